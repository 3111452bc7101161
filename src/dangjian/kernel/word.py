"""Word templates are built by programs, so that they can be read, compared and changed; ``kernel.documents`` fills them.

    paper = WordTemplate()
    paper.title("会议记录")
    paper.line("党组织：{{ organization }}")
    with paper.when("votes"):
        paper.heading("表决情况", 2)
        paper.listing("v in votes", ("决议", "结果"), ("{{ v.text }}", "{{ v.result }}"), (10, 4))

An app names its templates in ``documents/build.py`` as ``BUILT = {"record.docx": record}`` beside the ``FOLDER`` they are kept
in; ``make papers`` writes all of them, and a contract finds one that nobody wrote anew. Sizes are in points, widths in
centimetres; a paper is A4. Fonts are those of official documents, which every office has.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph

BODY: Final = "仿宋"
HEADING: Final = "黑体"
TITLE: Final = "宋体"
CELL_SIZE: Final = 10.5
CELL_AIR: Final = 0.1
"""Centimetres above and below what stands in a cell."""
_STYLES: Final = (("Normal", BODY, 12), ("Heading 1", HEADING, 16), ("Heading 2", HEADING, 14), ("Title", TITLE, 22))
_A4: Final = (21, 29.7)


class WordTemplate:
    """A Word document in the making, with the number of the page at the foot of each page."""

    def __init__(self, *, side: float = 2.4, size: float = 12) -> None:
        self._paper = Document()
        self._size = size
        section = self._paper.sections[0]
        section.page_width, section.page_height = (Cm(length) for length in _A4)
        section.top_margin = section.bottom_margin = Cm(2.5)
        section.left_margin = section.right_margin = Cm(side)
        for name, font, usual in _STYLES:
            _set_style(self._paper.styles[name], font, size if name == "Normal" else usual)
        _number_pages(section.footer.paragraphs[0])

    def title(self, text: str, *, size: float = 22, bold: bool = True) -> None:
        """A line in the middle of the page."""
        paragraph = self._paper.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        run.bold, run.font.size = bold, Pt(size)

    def heading(self, text: str, level: int = 1) -> None:
        """A heading, of which there are two levels."""
        self._paper.add_heading(text, level)

    def line(self, text: str = "", *, indent: bool = False, right: bool = False) -> None:
        """A paragraph of text; ``indent`` moves its first line in by two letters, with ``right`` it ends at the right margin."""
        paragraph = self._paper.add_paragraph(text)
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.line_spacing = 1.4
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * self._size)
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What is written inside is there only if ``condition`` holds."""
        self._steer(f"if {condition}")
        yield
        self._steer("endif")

    @contextmanager
    def each(self, loop: str) -> Iterator[None]:
        """What is written inside is there once for each turn of ``loop`` (``x in attachments``)."""
        self._steer(f"for {loop}")
        yield
        self._steer("endfor")

    def _steer(self, tag: str) -> None:
        # A paragraph of its own, which docxtpl takes out.
        self._paper.add_paragraph(f"{{%p {tag} %}}")

    def listing(
        self,
        loop: str,
        columns: Sequence[str],
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        sums: bool = False,
        height: float = 0,
    ) -> None:
        """A table with a heading row that is repeated on each page, and one row for each turn of ``loop``.

        With ``sums`` the last column holds amounts, which stand to the right. ``height`` is the least of a row, where people
        write into it.
        """
        table = self.grid(4, widths)
        for cell, text in zip(table.rows[0].cells, columns, strict=True):
            write(cell, text, heading=True, centred=True)
        table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - repeated heading rows
        write(table.rows[1].cells[0], f"{{%tr for {loop} %}}")
        for cell, text in zip(table.rows[2].cells, cells, strict=True):
            write(cell, text)
        write(table.rows[3].cells[0], "{%tr endfor %}")
        if height:
            make_high(table.rows[2], height)
        if sums:
            for row in (table.rows[0], table.rows[2]):
                row.cells[-1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT

    def grid(self, rows: int, widths: Sequence[float]) -> Table:
        """A table of empty cells with lines around them; ``write`` fills them."""
        table = self._paper.add_table(rows=rows, cols=len(widths))
        table.style, table.autofit = "Table Grid", False
        _give_air(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)  # some programs go by this, others by the cells
        for row in table.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = Cm(width)
        return table

    def new_page(self) -> None:
        """Go on with the next page."""
        self._paper.add_page_break()

    def turn(self, *, landscape: bool) -> None:
        """Go on with the next page, which lies on its side or stands."""
        section = self._paper.add_section()
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Cm(length) for length in (reversed(_A4) if landscape else _A4))

    def save(self, file: Path | BytesIO) -> None:
        """Write it into a file, or into memory."""
        self._paper.save(str(file) if isinstance(file, Path) else file)


def write(
    cell: _Cell, text: str, *, heading: bool = False, centred: bool = False, level: bool = False, size: float = CELL_SIZE
) -> None:
    """Put ``text`` into a cell of a table; ``centred`` between its sides, ``level`` between its upper and lower edge."""
    if level:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if heading:
        run.font.name = HEADING
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEADING)  # noqa: SLF001 - East Asian font of a run
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def sign(cell: _Cell, text: str, *, size: float = CELL_SIZE) -> None:
    """Put a line at the foot of a cell, at its right side: for a signature, a seal, a day."""
    paragraph = cell.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.add_run(text).font.size = Pt(size)


def make_high(row: _Row, height: float) -> None:
    """Make a row of a table at least ``height`` centimetres high, so that there is room to write."""
    row.height = Cm(height)


def _give_air(table: Table) -> None:
    """Keep what stands in its cells off the lines above and below it."""
    properties = table._tbl.tblPr  # noqa: SLF001 - margins of cells
    margins = OxmlElement("w:tblCellMar")
    for side in ("top", "bottom"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(Cm(CELL_AIR).twips))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.insert_element_before(margins, "w:tblLook")


def _set_style(style: Any, font: str, size: float) -> None:
    style.font.name, style.font.size = font, Pt(size)
    style.font.color.rgb = None
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(attribute), font)
    for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(attribute), None)


def _number_pages(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no other way to a field
