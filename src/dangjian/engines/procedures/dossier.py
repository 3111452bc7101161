"""All papers of a case put together: one PDF with cover, contents and bookmarks, or an archive of numbered files with a list."""

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from django.template.loader import render_to_string

from dangjian.engines.procedures.documents.build import FOLDER
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CasePaper, ProcedureCase
from dangjian.engines.procedures.papers import Sheet, Stand, sheets, whose_turn
from dangjian.kernel import clock, pdf
from dangjian.kernel.documents import render_docx, render_pdf
from dangjian.kernel.errors import Conflict
from dangjian.kernel.ui import words

LISTED = {Stand.THERE, Stand.UNSIGNED, Stand.MISSING}
_NO_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
"""What the names of files may not hold."""

Told = Callable[[int], None]
"""Called with the number of papers that are in."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the contents: a paper that is there, or that is missing."""

    number: int
    sheet: Sheet

    @property
    def day(self) -> str:
        """When its step was taken."""
        return words.day(self.sheet.row.known_on)

    @property
    def who(self) -> str:
        """Who took its step, or whose turn it is."""
        row = self.sheet.row
        if row.taken_by:
            return row.taken_by.name
        return whose_turn(self.sheet.step, row)

    @property
    def bound(self) -> tuple[CasePaper, ...]:
        """Its files that can be bound into one PDF."""
        return tuple(file for file in self.sheet.files if file.pages)

    @property
    def is_apart(self) -> bool:
        """Whether some of it can only be put into the archive."""
        return len(self.bound) < len(self.sheet.files)


def contents(case: ProcedureCase) -> list[Line]:
    """What a dossier holds and what it lacks, in the order of the procedure."""
    listed = [sheet for sheet in sheets(case) if sheet.stand in LISTED]
    return [Line(number, sheet) for number, sheet in enumerate(listed, 1)]


def gaps(lines: Sequence[Line]) -> list[Line]:
    """What has to be handed in still."""
    return [line for line in lines if line.sheet.is_gap]


def write_pdf(case: ProcedureCase, out: BinaryIO, told: Told = lambda _number: None) -> None:
    """One PDF of all that can be bound; what cannot is named in its contents."""
    lines = contents(case)
    parts = [pdf.Part(f"{line.number} {line.sheet.title}", partial(_open, file)) for line in lines for file in line.bound]
    before = pdf.pages_in(_front(case, lines, 0))
    pdf.bound(_front(case, lines, before), parts, out, done=told)


def _front(case: ProcedureCase, lines: Sequence[Line], before: int) -> bytes:
    """Cover and contents, with the page on which each paper begins if ``before`` pages stand in front of the first."""
    found: list[dict[str, object]] = []
    page = before + 1
    for line in lines:
        pages = sum(file.pages for file in line.bound)
        found.append({"line": line, "pages": pages, "begins": page if pages else 0})
        page += pages
    context = {
        "case": case,
        "procedure": procedure(case.procedure),
        "lines": found,
        "gaps": len(gaps(lines)),
        "today": clock.today(),
    }
    return render_pdf(render_to_string("procedures/documents/dossier.html", context))


def write_zip(case: ProcedureCase, out: BinaryIO, told: Told = lambda _number: None) -> None:
    """An archive of all files, numbered as in the list that lies with them."""
    lines = contents(case)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("00 材料目录.docx", _list(case, lines))
        done = 0
        for line in lines:
            for file, name in zip(line.sheet.files, names(line), strict=True):
                with _open(file) as content, archive.open(name, "w") as entry:
                    while piece := content.read(1024 * 1024):
                        entry.write(piece)
                done += 1
                told(done)


def names(line: Line) -> list[str]:
    """What the files of a line are called in the archive."""
    several = len(line.sheet.files) > 1
    stem = _NO_NAME.sub("_", f"{line.number:02} {line.sheet.title}")[:80]
    return [
        f"{stem}{f'（{place}）' if several else ''}.{file.name.rpartition('.')[2]}"
        for place, file in enumerate(line.sheet.files, 1)
    ]


def _list(case: ProcedureCase, lines: Sequence[Line]) -> bytes:
    known = procedure(case.procedure)
    context = {
        "title": f"{known.title}材料目录",
        "name": case.title,
        "organization": case.organization.name,
        "today": words.day(clock.today()),
        "gaps": len(gaps(lines)),
        "lines": [
            {
                "number": line.number,
                "title": line.sheet.title,
                "step": line.sheet.step.title,
                "day": line.day,
                "who": line.who,
                "pages": line.sheet.pages or "",
                "stand": line.sheet.said,
            }
            for line in lines
        ],
    }
    return render_docx(FOLDER / "dossier.docx", context, title=f"{case.title}材料目录", author=case.organization.name)


def _open(paper: CasePaper) -> BinaryIO:
    try:
        file: BinaryIO = paper.file.open("rb").file
    except FileNotFoundError:
        raise Conflict(f"“{paper.name}”的文件找不到了。", how="请联系管理员，从备份中恢复。") from None
    return file
