"""Builds the Word templates beside the HTML ones; ``make papers`` writes them anew after a change."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from dangjian.kernel.word import WordTemplate, write

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates" / "meetings" / "documents"

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
    "{{ v.citations }}{% if v.more %}；{{ v.more }}{% endif %}",
)


def _heading_table(paper: WordTemplate, name: str) -> None:
    table = paper.grid(len(RECORD_ROWS), (2.4, 5.7, 2.4, 5.7))
    for row, pairs in zip(table.rows, RECORD_ROWS, strict=True):
        if len(pairs) == 1:
            row.cells[1].merge(row.cells[3])
        for place, (label, text) in enumerate(pairs):
            write(row.cells[place * 2], label, heading=True, centred=True)
            write(row.cells[place * 2 + 1], text.replace("%s", name))


def _record_body(paper: WordTemplate, name: str) -> None:
    """Everything of one record after its title; ``name`` is the variable that holds it."""
    _heading_table(paper, name)
    with paper.when(f"{name}.is_draft"):
        paper.line("（本记录尚未经主持人确认）")
    paper.heading("会议内容", 2)
    with paper.each(f"line in {name}.paragraphs"):
        paper.line("{{ line }}", indent=True)
    with paper.when(f"{name}.votes"):
        paper.heading("表决情况", 2)
        paper.listing(f"v in {name}.votes", VOTE_COLUMNS, VOTE_CELLS, (3.6, 1.6, 1.1, 1.1, 1.1, 1.1, 1.1, 1.3, 1.4, 2.8))
    for part, title, line in (
        ("make_ups", "补课情况", "{{ x.name }}：{{ x.state }}（期限{{ x.due }}{% if x.done %}，{{ x.done }}提交{% endif %}）"),
        ("attachments", "附件", "{{ x }}"),
        (
            "corrections",
            "更正",
            "{{ x.on }}{{ x.by }}更正“{{ x.section }}”：原文“{{ x.old }}”，更正为“{{ x.new }}”。原因：{{ x.reason }}。",
        ),
    ):
        with paper.when(f"{name}.{part}"):
            paper.heading(title, 2)
            with paper.each(f"x in {name}.{part}"):
                paper.line(line)
    paper.line()
    paper.line(f"主持人（签字）：{{{{ {name}.chair }}}}　　　　　　　　记录人（签字）：{{{{ {name}.recorder }}}}")
    with paper.when(f"{name}.confirmed_on"):
        paper.line(f"记录确认：{{{{ {name}.confirmed_by }}}}　{{{{ {name}.confirmed_on }}}}")


def record() -> WordTemplate:
    """The record of a meeting."""
    paper = WordTemplate()
    paper.title("会议记录")
    _record_body(paper, "record")
    return paper


def register() -> WordTemplate:
    """The yearly register of a branch."""
    paper = WordTemplate()
    for _ in range(6):
        paper.line()
    paper.title("党支部工作手册", size=36)
    paper.title("（{{ year }}年度）", size=20, bold=False)
    for _ in range(10):
        paper.line()
    paper.title("{{ organization }}", size=18)
    paper.title("{{ printed_on }}打印", size=12, bold=False)
    paper.new_page()
    _basics(paper)
    _year_tables(paper)
    _figures(paper)
    paper.new_page()
    paper.heading("六、会议记录", 1)
    with paper.each("r in records"):
        paper.heading("{{ r.day }}　{{ r.title }}", 2)
        _record_body(paper, "r")
    return paper


def _basics(paper: WordTemplate) -> None:
    paper.heading("一、基本情况", 1)
    paper.line("党组织全称：{{ organization }}")
    paper.line("上级党组织：{{ superior }}")
    paper.line("成立日期：{{ established_on }}　　所在单位：{{ unit }}")
    paper.line("党员人数：{{ members|length }}人")
    paper.heading("二、任职情况", 1)
    paper.listing(
        "o in officers",
        ("职务", "姓名", "任职日期", "免职日期"),
        ("{{ o.post }}", "{{ o.name }}", "{{ o.since }}", "{{ o.until }}"),
        (4, 4, 4.1, 4.1),
    )
    with paper.when("groups"):
        paper.heading("党小组", 2)
        paper.listing(
            "g in groups",
            ("党小组", "组长", "党员人数"),
            ("{{ g.name }}", "{{ g.leader }}", "{{ g.members }}"),
            (8.2, 4, 4),
        )
    paper.heading("三、党员名册", 1)
    paper.listing(
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


def _year_tables(paper: WordTemplate) -> None:
    paper.turn(landscape=True)
    paper.heading("四、全年组织生活开展情况（次数）", 1)
    paper.listing(
        "p in plan",
        ("类型", *(f"{month}月" for month in range(1, 13)), "合计"),
        ("{{ p.kind }}", *(f"{{{{ p.months[{month}] }}}}" for month in range(12)), "{{ p.total }}"),
        (5, *([1.5] * 12), 1.6),
    )


def _figures(paper: WordTemplate) -> None:
    paper.turn(landscape=False)
    paper.heading("五、出席统计", 1)
    columns = ("会议数", "应到人次", "实到人次", "请假", "缺席", "补课", "出席率")
    cells = ("due", "present", "leave", "absent", "made_up", "rate")
    table = paper.grid(5, (4.2, *([1.7] * 7)))
    for cell, text in zip(table.rows[0].cells, ("类型", *columns), strict=True):
        write(cell, text, heading=True, centred=True)
    write(table.rows[1].cells[0], "{%tr for k in kinds %}")
    for row, name in ((table.rows[2], "k"), (table.rows[4], "total")):
        for cell, key in zip(row.cells, ("title", "meetings", *cells), strict=True):
            write(cell, f"{{{{ {name}.{key} }}}}")
    write(table.rows[3].cells[0], "{%tr endfor %}")
    paper.heading("党员出席情况", 2)
    paper.listing(
        "m in people",
        ("序号", "姓名", *columns[1:]),
        ("{{ m.place }}", "{{ m.name }}", *(f"{{{{ m.{key} }}}}" for key in cells)),
        (1.4, 3.4, *([1.9] * 6)),
    )


BUILT: Final[Mapping[str, Callable[[], WordTemplate]]] = {"record.docx": record, "register.docx": register}
