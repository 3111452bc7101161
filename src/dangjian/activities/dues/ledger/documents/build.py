"""Builds the Word templates beside the HTML ones.

Run it after a change and commit what it writes:
``dangjian shell -c "from dangjian.activities.dues.documents.build import build; build()"``.
"""

from collections.abc import Sequence
from pathlib import Path

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "dues" / "documents"


def build() -> None:
    """Write both templates."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _statement().save(str(FOLDER / "statement.docx"))
    _publication().save(str(FOLDER / "publication.docx"))


def _paper() -> Paper:
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2.5)
    section.left_margin = section.right_margin = Cm(2.6)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = "仿宋", Pt(12)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(attribute), "仿宋")
    return paper


def _text(paper: Paper, text: str, *, size: float = 12, bold: bool = False, centred: bool = False) -> None:
    paragraph = paper.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(size), bold
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _tag(paper: Paper, tag: str) -> None:
    """A paragraph that only steers: docxtpl takes it out."""
    paper.add_paragraph(f"{{%p {tag} %}}")


def _listing(paper: Paper, loop: str, columns: Sequence[str], cells: Sequence[str], widths: Sequence[float]) -> None:
    """A table with a heading row and one row for each turn of ``loop``; the last column holds sums."""
    table = paper.add_table(rows=4, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
    for cell, text in zip(table.rows[0].cells, columns, strict=True):
        run = cell.paragraphs[0].add_run(text)
        run.bold = True
    table.rows[1].cells[0].paragraphs[0].add_run(f"{{%tr for {loop} %}}")
    for cell, text in zip(table.rows[2].cells, cells, strict=True):
        cell.paragraphs[0].add_run(text)
    table.rows[2].cells[-1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    table.rows[0].cells[-1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    table.rows[3].cells[0].paragraphs[0].add_run("{%tr endfor %}")


def _statement() -> Paper:
    paper = _paper()
    _text(paper, "党费收支情况表", size=20, bold=True, centred=True)
    _text(paper, "编制单位：{{ organization }}")
    _text(paper, "期间：{{ period }}　　　　单位：元")
    _listing(paper, "x in lines", ("项目", "金额"), ("{{ x.title }}", "{{ x.amount }}"), (11, 4.8))
    _text(paper, "")
    _text(paper, "负责人：　　　　　　　会计：　　　　　　　出纳：　　　　　　　")
    _text(paper, "打印日期：{{ printed_on }}")
    return paper


def _publication() -> Paper:
    paper = _paper()
    _text(paper, "{{ year }}年度党费收支公示", size=20, bold=True, centred=True)
    _text(paper, "{{ organization }}", centred=True)
    _text(paper, "一、收缴情况", bold=True)
    _text(paper, "{{ collected }}")
    _text(paper, "二、收支情况（单位：元）", bold=True)
    _listing(paper, "x in lines", ("项目", "金额"), ("{{ x.title }}", "{{ x.amount }}"), (11, 4.8))
    _tag(paper, "if uses")
    _text(paper, "三、使用情况（单位：元）", bold=True)
    _listing(
        paper,
        "x in uses",
        ("事项", "用途", "集体研究", "金额"),
        ("{{ x.title }}", "{{ x.purpose }}", "{{ x.decision }}", "{{ x.amount }}"),
        (5.2, 3.6, 4.2, 2.8),
    )
    _tag(paper, "endif")
    _tag(paper, "if note")
    _text(paper, "说明：{{ note }}")
    _tag(paper, "endif")
    _text(paper, "")
    _text(paper, "公示日期：{{ published_on }}")
    return paper
