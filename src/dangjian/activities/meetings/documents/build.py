"""Builds the Word templates beside the HTML ones.

Run it after a change and commit what it writes: ``python -m dangjian.activities.meetings.documents.build``.
"""

from collections.abc import Sequence
from pathlib import Path

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "meetings" / "documents"
BODY, HEADING = "仿宋", "黑体"

RECORD_ROWS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("党组织", "{{ %s.organization }}"), ("档案编号", "{{ %s.number }}")),
    (("会议名称", "{{ %s.title }}"),),
    (("会议类型", "{{ %s.kinds }}"), ("召开方式", "{{ %s.mode }}")),
    (("时间", "{{ %s.times|join('；') }}"),),
    (("地点", "{{ %s.place }}"),),
    (("主持人", "{{ %s.chair }}"), ("记录人", "{{ %s.recorder }}")),
    (
        (
            "出席",
            "应到{{ %s.due }}人，实到{{ %s.present }}人（线上{{ %s.online }}人），请假{{ %s.leave }}人，缺席{{ %s.absent }}人",
        ),
    ),
    (("参加人员", "{{ %s.present_names }}"),),
    (("请假人员", "{{ %s.leave_names }}"),),
    (("缺席人员", "{{ %s.absent_names }}"),),
    (("列席人员", "{{ %s.observer_names }}"),),
)
VOTE_COLUMNS = ("决议", "方式", "应到", "实到", "赞成", "反对", "弃权", "须赞成", "结果", "依据")
VOTE_CELLS = (
    "{{ v.text }}",
    "{{ v.method }}",
    "{{ v.due }}",
    "{{ v.present }}",
    "{{ v.in_favour }}",
    "{{ v.against }}",
    "{{ v.abstain }}",
    "{{ v.need }}",
    "{{ v.result }}",
    "{{ v.citations }}{{ v.judged }}",
)


def build() -> None:
    """Write both templates."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _record().save(str(FOLDER / "record.docx"))
    _register().save(str(FOLDER / "register.docx"))


def _paper() -> Paper:
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin = section.bottom_margin = Cm(2.5)
    section.left_margin = section.right_margin = Cm(2.4)
    for name, font, size in (("Normal", BODY, 12), ("Heading 1", HEADING, 16), ("Heading 2", HEADING, 14), ("Title", "宋体", 22)):
        style = paper.styles[name]
        style.font.name, style.font.size = font, Pt(size)
        style.font.color.rgb = None
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in ("w:eastAsia", "w:ascii", "w:hAnsi"):
            fonts.set(qn(attribute), font)
        for attribute in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(attribute), None)
    _page_numbers(section.footer.paragraphs[0])
    return paper


def _page_numbers(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no other way to a field


def _centred(paper: Paper, text: str, *, size: int = 22, bold: bool = True) -> None:
    paragraph = paper.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)


def _text(paper: Paper, text: str, *, indent: bool = False) -> None:
    paragraph = paper.add_paragraph(text)
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.line_spacing = 1.4
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(24)


def _tag(paper: Paper, tag: str) -> None:
    """A paragraph that only steers: docxtpl takes it out."""
    paper.add_paragraph(f"{{%p {tag} %}}")


def _cell(cell: _Cell, text: str, *, heading: bool = False, centred: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size = Pt(10.5)
    if heading:
        run.font.name = HEADING
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEADING)  # noqa: SLF001 - East Asian font of a run
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _grid(paper: Paper, rows: int, widths: Sequence[float]) -> Table:
    table = paper.add_table(rows=rows, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
    return table


def _listing(paper: Paper, loop: str, columns: Sequence[str], cells: Sequence[str], widths: Sequence[float]) -> None:
    """A table with a heading row that is repeated on each page, and one row for each turn of ``loop``."""
    table = _grid(paper, 4, widths)
    for cell, text in zip(table.rows[0].cells, columns, strict=True):
        _cell(cell, text, heading=True, centred=True)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - repeated heading rows
    _cell(table.rows[1].cells[0], f"{{%tr for {loop} %}}")
    for cell, text in zip(table.rows[2].cells, cells, strict=True):
        _cell(cell, text)
    _cell(table.rows[3].cells[0], "{%tr endfor %}")


def _heading_table(paper: Paper, name: str) -> None:
    table = _grid(paper, len(RECORD_ROWS), (2.4, 5.7, 2.4, 5.7))
    for row, pairs in zip(table.rows, RECORD_ROWS, strict=True):
        if len(pairs) == 1:
            row.cells[1].merge(row.cells[3])
        for place, (label, text) in enumerate(pairs):
            _cell(row.cells[place * 2], label, heading=True, centred=True)
            _cell(row.cells[place * 2 + 1], text.replace("%s", name))


def _record_body(paper: Paper, name: str) -> None:
    """Everything of one record after its title; ``name`` is the variable that holds it."""
    _heading_table(paper, name)
    _tag(paper, f"if {name}.is_draft")
    _text(paper, "（本记录尚未经主持人确认）")
    _tag(paper, "endif")
    paper.add_heading("会议内容", 2)
    _tag(paper, f"for line in {name}.paragraphs")
    _text(paper, "{{ line }}", indent=True)
    _tag(paper, "endfor")
    _tag(paper, f"if {name}.votes")
    paper.add_heading("表决情况", 2)
    _listing(paper, f"v in {name}.votes", VOTE_COLUMNS, VOTE_CELLS, (3.6, 1.6, 1.1, 1.1, 1.1, 1.1, 1.1, 1.3, 1.4, 2.8))
    _tag(paper, "endif")
    for part, title, line in (
        ("make_ups", "补课情况", "{{ x.name }}：{{ x.state }}（期限{{ x.due }}{% if x.done %}，{{ x.done }}提交{% endif %}）"),
        ("attachments", "附件", "{{ x }}"),
        (
            "corrections",
            "更正",
            "{{ x.on }}{{ x.by }}更正“{{ x.section }}”：原文“{{ x.old }}”，更正为“{{ x.new }}”。原因：{{ x.reason }}。",
        ),
    ):
        _tag(paper, f"if {name}.{part}")
        paper.add_heading(title, 2)
        _tag(paper, f"for x in {name}.{part}")
        _text(paper, line)
        _tag(paper, "endfor")
        _tag(paper, "endif")
    _text(paper, "")
    _text(paper, f"主持人（签字）：{{{{ {name}.chair }}}}　　　　　　　　记录人（签字）：{{{{ {name}.recorder }}}}")
    _tag(paper, f"if {name}.confirmed_on")
    _text(paper, f"记录确认：{{{{ {name}.confirmed_by }}}}　{{{{ {name}.confirmed_on }}}}")
    _tag(paper, "endif")


def _record() -> Paper:
    paper = _paper()
    _centred(paper, "会议记录")
    _record_body(paper, "record")
    return paper


def _register() -> Paper:
    paper = _paper()
    for _ in range(6):
        _text(paper, "")
    _centred(paper, "党支部工作手册", size=36)
    _centred(paper, "（{{ year }}年度）", size=20, bold=False)
    for _ in range(10):
        _text(paper, "")
    _centred(paper, "{{ organization }}", size=18)
    _centred(paper, "{{ printed_on }}打印", size=12, bold=False)
    paper.add_page_break()
    _basics(paper)
    _year_tables(paper)
    _figures(paper)
    paper.add_page_break()
    paper.add_heading("六、会议记录", 1)
    _tag(paper, "for r in records")
    paper.add_heading("{{ r.day }}　{{ r.title }}", 2)
    _record_body(paper, "r")
    _tag(paper, "endfor")
    return paper


def _basics(paper: Paper) -> None:
    paper.add_heading("一、基本情况", 1)
    _text(paper, "党组织全称：{{ organization }}")
    _text(paper, "上级党组织：{{ superior }}")
    _text(paper, "成立日期：{{ established_on }}　　所在单位：{{ unit }}")
    _text(paper, "党员人数：{{ members|length }}人")
    paper.add_heading("二、任职情况", 1)
    _listing(
        paper,
        "o in officers",
        ("职务", "姓名", "任职日期", "免职日期"),
        ("{{ o.post }}", "{{ o.name }}", "{{ o.since }}", "{{ o.until }}"),
        (4, 4, 4.1, 4.1),
    )
    _tag(paper, "if groups")
    paper.add_heading("党小组", 2)
    _listing(
        paper,
        "g in groups",
        ("党小组", "组长", "党员人数"),
        ("{{ g.name }}", "{{ g.leader }}", "{{ g.members }}"),
        (8.2, 4, 4),
    )
    _tag(paper, "endif")
    paper.add_heading("三、党员名册", 1)
    _listing(
        paper,
        "m in members",
        ("序号", "姓名", "性别", "民族", "出生年月", "入党时间", "转正时间", "类别", "党小组", "职务"),
        (
            "{{ m.place }}",
            "{{ m.name }}",
            "{{ m.sex }}",
            "{{ m.ethnicity }}",
            "{{ m.born }}",
            "{{ m.joined }}",
            "{{ m.converted }}",
            "{{ m.category }}",
            "{{ m.group }}",
            "{{ m.job }}",
        ),
        (1, 1.8, 1, 1.4, 1.6, 2, 2, 1.8, 1.8, 1.8),
    )


def _year_tables(paper: Paper) -> None:
    section = paper.add_section()
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21)
    paper.add_heading("四、全年组织生活开展情况（次数）", 1)
    _listing(
        paper,
        "p in plan",
        ("类型", *(f"{month}月" for month in range(1, 13)), "合计"),
        ("{{ p.kind }}", *(f"{{{{ p.months[{month}] }}}}" for month in range(12)), "{{ p.total }}"),
        (5, *([1.5] * 12), 1.6),
    )


def _figures(paper: Paper) -> None:
    section = paper.add_section()
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Cm(21), Cm(29.7)
    paper.add_heading("五、出席统计", 1)
    columns = ("会议数", "应到人次", "实到人次", "请假", "缺席", "补课", "出席率")
    cells = ("due", "present", "leave", "absent", "made_up", "rate")
    table = _grid(paper, 5, (4.2, *([1.7] * 7)))
    for cell, text in zip(table.rows[0].cells, ("类型", *columns), strict=True):
        _cell(cell, text, heading=True, centred=True)
    _cell(table.rows[1].cells[0], "{%tr for k in kinds %}")
    for row, name in ((table.rows[2], "k"), (table.rows[4], "total")):
        for cell, key in zip(row.cells, ("title", "meetings", *cells), strict=True):
            _cell(cell, f"{{{{ {name}.{key} }}}}")
    _cell(table.rows[3].cells[0], "{%tr endfor %}")
    paper.add_heading("党员出席情况", 2)
    _listing(
        paper,
        "m in people",
        ("序号", "姓名", *columns[1:]),
        ("{{ m.place }}", "{{ m.name }}", *(f"{{{{ m.{key} }}}}" for key in cells)),
        (1.4, 3.4, *([1.9] * 6)),
    )


if __name__ == "__main__":
    build()
