"""Builds the Word templates of the forms; ``make papers`` writes them anew after a change."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from dangjian.activities.development.documents.forms import FORMS
from dangjian.activities.development.documents.shapes import KEY, Form, Listing
from dangjian.kernel.word import WordTemplate, make_high, sign, write

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates" / "development" / "documents"
LETTER, TABLE = 16, 12
"""Sizes in points: 三号 of a letter, 小四 of a form."""
WIDTHS: Final = (2.9, 5.2, 2.9, 5.2)
LOOP: Final = "l"
SENTENCES: Final = re.compile(r"[^。]+。?")


def form(one: Form) -> WordTemplate:
    """The template of a form."""
    paper = WordTemplate(size=TABLE if one.rows or one.listing else LETTER)
    if one.each:
        with paper.each(one.each):
            with paper.when("not loop.first"):
                paper.new_page()
            _body(paper, one)
    else:
        _body(paper, one)
    return paper


def _body(paper: WordTemplate, one: Form) -> None:
    paper.title(_line(one, one.title))
    if one.number:
        paper.line(_line(one, one.number), right=True)
    if one.head:
        paper.line(_line(one, one.head))
    paper.line()
    if one.to:
        paper.line(_line(one, one.to))
    for text in one.paragraphs:
        paper.line(_line(one, text), indent=True)
    if one.rows:
        _table(paper, one)
    if one.listing:
        _listing(paper, one.listing)
    paper.line()
    for text in one.sign:
        paper.line(_line(one, text), right=True)


def _table(paper: WordTemplate, one: Form) -> None:
    table = paper.grid(len(one.rows), WIDTHS)
    for made, wanted in zip(table.rows, one.rows, strict=True):
        make_high(made, wanted.height)
        cells = made.cells
        if len(wanted.cells) == 1:
            cells[1].merge(cells[3])
        for place, (label, text) in enumerate(wanted.cells):
            write(cells[place * 2], label, heading=True, centred=True, level=True, size=TABLE)
            write(cells[place * 2 + 1], _cell(one, text), level=len(wanted.cells) > 1, size=TABLE)
        if wanted.seal:
            sign(cells[1], wanted.seal, size=TABLE)


def _listing(paper: WordTemplate, wanted: Listing) -> None:
    paper.line()
    cells = [f"{{{{ {cell} }}}}" for cell in wanted.cells]
    paper.listing(wanted.loop, wanted.columns, cells, wanted.widths, height=wanted.height)


def _line(one: Form, text: str) -> str:
    """A text outside the table, where what is not known is a line to write on."""
    return KEY.sub(lambda found: f"{{{{ {_name(one, 'line', found[1])} }}}}", text)


def _cell(one: Form, text: str) -> str:
    """A text in the table, where a sentence is left out if what it says is not known."""
    return "".join(_sentence(one, part) for part in SENTENCES.findall(text))


def _sentence(one: Form, text: str) -> str:
    said = KEY.sub(lambda found: f"{{{{ {_name(one, 'cell', found[1])} }}}}", text)
    wanted = " and ".join(_name(one, "cell", key) for key in KEY.findall(text))
    return f"{{% if {wanted} %}}{said}{{% endif %}}" if wanted else said


def _name(one: Form, where: str, key: str) -> str:
    turn = f"{LOOP}." if one.each and key.startswith("this.") else ""
    return f"{turn}{where}['{key}']"


BUILT: Final[Mapping[str, Callable[[], WordTemplate]]] = {f"{one.code}.docx": partial(form, one) for one in FORMS}
