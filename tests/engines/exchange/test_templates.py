"""Templates: what they may say, who changes them, how a file is read and written by them, and how they are handed on."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from dangjian.accounts.models import Event
from dangjian.engines.exchange import actions, installed, payload, writing
from dangjian.engines.exchange.definition import Definition, made_of
from dangjian.engines.exchange.models import ImportRow, SheetTemplate, State, TemplateVersion
from dangjian.engines.exchange.queries.templates import templates_for, tried
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.rulebook import Choices, book
from dangjian.members.models import Member
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org import roles
from dangjian.org.gate import admitted
from dangjian.org.unscoped import unscoped
from tests import make, tables
from tests.importing import Enterprise
from tests.members.sheets.people import person, resident_id, sheet

CASES = yaml.safe_load(Path(__file__).with_name("definitions.yaml").read_text("utf-8"))
THEIR_HEADERS = ("人员姓名", "证件号", "支部", "类别", "入党年月日", "转为正式", "联系手机", "学历层次", "备注")
"""The header of another system, of which we know nothing by ourselves."""

COLUMNS: list[dict[str, Any]] = [
    {"header": "人员姓名", "item": "name"},
    {"header": "证件号", "item": "resident_id"},
    {"header": "支部", "item": "branch"},
    {"header": "类别", "item": "category", "spellings": {"正式党员": ["正式", "已转正"], "预备党员": ["预备"]}},
    {"header": "入党年月日", "item": "joined_on"},
    {"header": "转为正式", "item": "converted_on"},
    {"header": "联系手机", "item": "mobile"},
    {"header": "学历层次", "item": "education", "spellings": {"大学本科毕业": ["本科层次"]}},
    {"header": "备注"},
]


def theirs(place: int, branch: str, **changes: Any) -> dict[str, Any]:
    """A row as the other system writes it."""
    return {
        "人员姓名": f"虚构{place}号",
        "证件号": resident_id(place),
        "支部": branch,
        "类别": "已转正",
        "入党年月日": "20040630",
        "转为正式": "2005.06.30",
        "联系手机": f"199{place:08d}",
        "学历层次": "本科层次",
        "备注": "无",
        **changes,
    }


def meaning(**changes: Any) -> Definition:
    """The template of the other system."""
    return made_of({"title": "某系统党员表", "sheet": "roster", "columns": COLUMNS, **changes})


def template(enterprise: Enterprise, **changes: Any) -> SheetTemplate:
    """A template of the unit's own, made by the office."""
    actor = make.actor(enterprise.office)
    shipped = SheetTemplate.objects.get(key="platform.members.national").latest
    made = actions.copy_template(actor=actor, version=shipped, title="某系统党员表")
    actions.save_template(actor=actor, template=made, based_on=1, definition=meaning(**changes), reason="对方的列")
    return made


@pytest.mark.parametrize("case", CASES["allowed"], ids=lambda case: case["title"])
def test_a_template_may_say(enterprise: Enterprise, case: dict[str, Any]) -> None:
    made = template(enterprise)
    definition = made_of({"sheet": "roster", **case})
    version = actions.save_template(
        actor=make.actor(enterprise.office), template=made, based_on=2, definition=definition, reason="试"
    )
    assert (version.number, version.meaning) == (3, definition)


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["title"])
def test_a_template_is_refused_for(enterprise: Enterprise, case: dict[str, Any]) -> None:
    made = template(enterprise)
    content = {name: value for name, value in case.items() if name != "why"}
    with pytest.raises(Invalid, match=case["why"]):
        actions.save_template(
            actor=make.actor(enterprise.office),
            template=made,
            based_on=2,
            definition=made_of({"sheet": "roster", **content}),
            reason="试",
        )
    assert made.latest.number == 2


def test_what_ships_is_in_the_table_once_and_says_what_the_rulebook_says(db: None) -> None:
    before = TemplateVersion.objects.count()
    installed.install()
    assert TemplateVersion.objects.count() == before
    national = SheetTemplate.objects.get(key="platform.members.national")
    ruled = [(one.title, one.code) for one in book().on("rec.member_export", clock.today()).expect(Choices)]
    assert [(one.header, one.item) for one in national.latest.meaning.columns][: len(ruled)] == ruled


def test_what_a_newer_platform_says_differently_is_another_version(db: None) -> None:
    national = SheetTemplate.objects.get(key="platform.members.national")
    older = national.latest.meaning.model_copy(update={"dates": "dots"})
    TemplateVersion.objects.filter(template=national).update(definition=older.model_dump(mode="json", exclude_defaults=True))
    installed.install()
    assert [one.meaning.dates for one in national.versions.order_by("number")] == ["dots", "dashes"]
    assert national.latest.made_by is None


def test_what_ships_is_copied_and_not_changed(enterprise: Enterprise) -> None:
    national = SheetTemplate.objects.get(key="platform.members.national")
    with pytest.raises(Conflict, match="随平台提供的模板不能修改"):
        actions.save_template(
            actor=make.actor(enterprise.office), template=national, based_on=1, definition=meaning(), reason="改"
        )
    assert national.versions.count() == 1


def test_only_an_office_makes_templates(enterprise: Enterprise) -> None:
    secretary = make.actor(make.post(enterprise.one, "secretary").user)
    version = SheetTemplate.objects.get(key="platform.members.national").latest
    number = SheetTemplate.objects.count()
    with pytest.raises(PermissionDenied):
        actions.copy_template(actor=secretary, version=version, title="另一份")
    with pytest.raises(PermissionDenied):
        actions.save_template(actor=secretary, template=template(enterprise), based_on=2, definition=meaning(), reason="改")
    assert SheetTemplate.objects.count() == number + 1


def test_of_two_who_change_it_the_second_is_told(enterprise: Enterprise) -> None:
    made, actor = template(enterprise), make.actor(enterprise.office)
    actions.save_template(actor=actor, template=made, based_on=2, definition=meaning(dates="dots"), reason="先")
    with pytest.raises(Conflict, match="已经存了第3版"):
        actions.save_template(actor=actor, template=made, based_on=2, definition=meaning(dates="digits"), reason="后")
    assert made.latest.meaning.dates == "dots"


def test_a_template_out_of_use_is_no_choice_and_is_not_changed(enterprise: Enterprise) -> None:
    made, actor = template(enterprise), make.actor(enterprise.office)
    actions.retire_template(actor=actor, template=made)
    assert made not in templates_for(ROSTER)
    with pytest.raises(Conflict, match="已经停用"):
        actions.save_template(actor=actor, template=made, based_on=2, definition=meaning(dates="dots"), reason="改")
    actions.restore_template(actor=actor, template=made)
    assert made in templates_for(ROSTER)
    events = Event.objects.filter(subject_type="exchange.sheettemplate", subject_id=made.pk).order_by("pk")
    verbs = list(events.values_list("verb", flat=True))
    assert [verb.removeprefix("exchange.template_") for verb in verbs] == ["made", "saved", "retired", "restored"]


def test_a_template_made_from_a_file_knows_what_can_be_known(enterprise: Enterprise) -> None:
    file = sheet(
        [person(1, "机电党支部", 工资系数="1.2")], ("姓名", "身份证号", "所在支部", "文化程度", "工资系数"), above=("某系统",)
    )
    made = actions.make_from_file(
        actor=make.actor(enterprise.office), sheet=ROSTER, title="按文件", file=file, file_name="导出.xlsx"
    )
    found = [(one.header, one.item) for one in made.latest.meaning.columns]
    assert found == [
        ("姓名", "name"),
        ("身份证号", "resident_id"),
        ("所在支部", "branch"),
        ("文化程度", "education"),
        ("工资系数", ""),
    ]
    assert made.latest.meaning.above == ("某系统",)


def test_a_file_is_read_by_its_template(enterprise: Enterprise) -> None:
    rows = [theirs(1, "机电党支部"), theirs(2, "机务党支部", 类别="预备", 转为正式=None, 入党年月日="2026年6月30日")]
    file = sheet(rows, THEIR_HEADERS)
    with pytest.raises(Invalid):
        enterprise.upload(sheet(rows, THEIR_HEADERS))
    batch = enterprise.upload(file, template=meaning())
    assert (batch.state, enterprise.problems(batch)) == (State.READY, {})
    assert batch.unknown_headers == []
    enterprise.commit(batch)
    with unscoped("test world"):
        found = list(Member.objects.order_by("name").values_list("name", "education", "category", "joined_on", "mobile"))
    assert [(name, education) for name, education, *_ in found] == [("虚构1号", "21"), ("虚构2号", "21")]
    assert [str(day) for *_, day, _mobile in found] == ["2004-06-30", "2026-06-30"]


def test_a_batch_keeps_the_template_it_was_uploaded_by(enterprise: Enterprise) -> None:
    made, actor = template(enterprise), make.actor(enterprise.office)
    batch = enterprise.upload(sheet([theirs(1, "机电党支部")], THEIR_HEADERS), template=made.latest.meaning)
    other = [{**one, "spellings": {}} if one.get("spellings") else one for one in COLUMNS]
    actions.save_template(actor=actor, template=made, based_on=2, definition=meaning(columns=other), reason="改")
    with admitted(actor, "members.import"):
        actions.start_check(actor=actor, batch=batch)
    actions.check(pk=batch.pk)
    assert enterprise.problems(batch) == {}


def test_a_trial_says_what_would_be_read_and_writes_nothing(enterprise: Enterprise) -> None:
    rows = [theirs(1, "机电党支部"), theirs(2, "机电党支部", 学历层次="不知道", 多出来="1")]
    file = sheet(rows, (*THEIR_HEADERS, "多出来"))
    with unscoped("test world"):
        trial = tried(meaning(), ROSTER, enterprise.committee, file, "导出.xlsx", actions.LIMITS)
    assert (trial.rows, trial.missing, trial.unknown) == (2, [], ["多出来（J列）"])
    education = next(one for one in trial.columns if one.header == "学历层次")
    assert (education.item, education.filled, education.wrong, education.example) == ("学历", 2, 1, "不知道")
    number = next(cell for cell, one in zip(trial.lines[0][1], trial.columns, strict=True) if one.header == "证件号")
    assert number.typed == f"990000********{resident_id(1)[-4:]}"
    read = [cell.read for cell in trial.lines[0][1]]
    assert "大学本科毕业" in read
    with unscoped("test world"):
        assert not Member.objects.exists()


def test_a_trial_of_another_file_says_what_is_missing(enterprise: Enterprise) -> None:
    file = sheet([theirs(1, "机电党支部")], ("人员姓名", "支部", "备注"))
    with unscoped("test world"):
        trial = tried(meaning(), ROSTER, enterprise.committee, file, "导出.xlsx", actions.LIMITS)
    assert trial.missing == ["公民身份号码"]


def test_a_template_is_handed_on_with_all_its_versions(enterprise: Enterprise) -> None:
    made, actor = template(enterprise), make.actor(enterprise.office)
    content = actions.hand_on(made)
    said = [one.meaning for one in made.versions.order_by("number")]
    with pytest.raises(Invalid, match="已经有了"):
        actions.receive_template(actor=actor, content=content)
    key = made.key
    TemplateVersion.objects.filter(template=made).delete()
    made.delete()
    received = actions.receive_template(actor=actor, content=content)
    assert received.key == key
    assert [one.meaning for one in received.versions.order_by("number")] == said
    assert resident_id(1) not in content.decode()


def test_versions_that_go_on_are_added_and_others_become_a_copy(enterprise: Enterprise) -> None:
    made, actor = template(enterprise), make.actor(enterprise.office)
    older = actions.hand_on(made)
    actions.save_template(actor=actor, template=made, based_on=2, definition=meaning(dates="dots"), reason="第三版")
    newer = actions.hand_on(made)
    TemplateVersion.objects.filter(template=made, number=3).delete()
    assert actions.receive_template(actor=actor, content=newer).pk == made.pk
    assert made.latest.meaning.dates == "dots"
    TemplateVersion.objects.filter(template=made, number__gte=2).delete()
    actions.save_template(actor=actor, template=made, based_on=1, definition=meaning(dates="digits"), reason="自己的")
    copy = actions.receive_template(actor=actor, content=older)
    assert copy.pk != made.pk
    assert made.latest.meaning.dates == "digits"


def _changed(content: bytes, **changes: Any) -> bytes:
    return json.dumps({**json.loads(content), **changes}, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda content: _changed(content, came_from="别的单位"), "被改动过"),
        (lambda content: _changed(content, key="../etc"), "内容不对"),
        (lambda content: content[:200], "不是模板文件"),
        (lambda _content: b"[" * 100_000, "不是模板文件"),
        (lambda _content: b"\xff\xfe\x00", "不是模板文件"),
        (lambda _content: b"x" * 9_000_000, "太大"),
    ],
)
def test_a_file_that_is_no_template_is_refused(enterprise: Enterprise, change: Any, why: str) -> None:
    content = actions.hand_on(template(enterprise))
    number = TemplateVersion.objects.count()
    with pytest.raises(Invalid, match=why):
        actions.receive_template(actor=make.actor(enterprise.office), content=change(content))
    assert TemplateVersion.objects.count() == number


def _taken_out(enterprise: Enterprise, version: TemplateVersion, **more: Any) -> io.BytesIO:
    actor = make.actor(enterprise.office)
    more.setdefault("organization", enterprise.committee)
    with admitted(actor, "members.export"):
        return actions.take_out(actor=actor, version=version, purpose="报送年度党内统计", **more)


def _filled(enterprise: Enterprise) -> None:
    rows = [theirs(1, "机电党支部"), theirs(2, "机务党支部", 类别="预备", 转为正式=None, 入党年月日="2026年6月30日")]
    enterprise.commit(enterprise.upload(sheet(rows, THEIR_HEADERS), template=meaning()))


def test_what_is_on_record_leaves_in_the_words_of_the_template(enterprise: Enterprise) -> None:
    _filled(enterprise)
    version = template(enterprise, dates="dots", above=["某系统党员信息表"], worksheet="党员").latest
    page = load_workbook(_taken_out(enterprise, version)).worksheets[0]
    lines = [[cell.value for cell in row] for row in page.iter_rows()]
    assert page.title == "党员"
    assert lines[0][0] == "某系统党员信息表"
    assert lines[1] == list(THEIR_HEADERS)
    assert lines[2][:2] == ["虚构1号", resident_id(1)]
    assert [line[3] for line in lines[2:]] == ["正式", "预备"]
    assert (lines[2][4], lines[2][7]) == ("2004.06.30", "本科层次")
    event = Event.objects.filter(verb="members.exported").latest("pk")
    assert (event.purpose, event.data["members"]) == ("报送年度党内统计", 2)


def test_nothing_leaves_without_purpose_or_right(enterprise: Enterprise) -> None:
    _filled(enterprise)
    version = template(enterprise).latest
    office, secretary = make.actor(enterprise.office), make.actor(make.grant(enterprise.one, roles.MEMBER).user)
    with admitted(office, "members.export"), pytest.raises(Invalid, match="用途"):
        actions.take_out(actor=office, version=version, organization=enterprise.committee, purpose="无")
    with unscoped("test world"), pytest.raises(PermissionDenied):
        actions.take_out(actor=secretary, version=version, organization=enterprise.one, purpose="报送统计")
    assert not Event.objects.filter(verb="members.exported").exists()


def test_an_official_workbook_keeps_its_styles_and_what_stands_below(enterprise: Enterprise) -> None:
    _filled(enterprise)
    made = Workbook()
    page = made.worksheets[0]
    page.append(["某系统党员信息表"])
    page.merge_cells("A1:I1")
    page.append(list(THEIR_HEADERS))
    page.append([None] * len(THEIR_HEADERS))
    page.append(["填表人："])
    page.merge_cells("A4:C4")
    for cell in page[3]:
        cell.font = Font(name="仿宋", bold=True)
    form = io.BytesIO()
    made.save(form)
    own, actor = template(enterprise), make.actor(enterprise.office)
    version = actions.save_template(
        actor=actor, template=own, based_on=2, definition=meaning(first_row=3), reason="官方表样", form=form.getvalue()
    )
    filled = load_workbook(_taken_out(enterprise, version)).worksheets[0]
    assert [filled.cell(row, 1).value for row in (1, 2, 3, 4, 5)] == [
        "某系统党员信息表",
        "人员姓名",
        "虚构1号",
        "虚构2号",
        "填表人：",
    ]
    assert {filled.cell(row, 2).font.name for row in (3, 4)} == {"仿宋"}
    assert {str(one) for one in filled.merged_cells.ranges} == {"A1:I1", "A5:C5"}


def test_an_official_workbook_without_the_columns_is_refused(enterprise: Enterprise) -> None:
    form = sheet([theirs(1, "机电党支部")], THEIR_HEADERS[:-2]).getvalue()
    with pytest.raises(Invalid, match="没有“学历层次”“备注”"):
        actions.save_template(
            actor=make.actor(enterprise.office),
            template=template(enterprise),
            based_on=2,
            definition=meaning(first_row=2),
            reason="官方表样",
            form=form,
        )


@pytest.mark.parametrize("filled_in", [False, True])
def test_no_text_becomes_a_formula(enterprise: Enterprise, *, filled_in: bool) -> None:
    make.member(enterprise.one, "虚构甲", resident_id=resident_id(1), native_place='=HYPERLINK("http://x","y")')
    definition = made_of(
        {
            "title": "籍贯",
            "sheet": "roster",
            "first_row": 2,
            "columns": [{"header": "姓名", "item": "name"}, {"header": "籍贯", "item": "native_place"}],
        }
    )
    with unscoped("test world"):
        records = list(ROSTER.out.rows(enterprise.committee, None)) if ROSTER.out else []
    if filled_in:
        form = writing.workbook(definition, ROSTER, ()).getvalue()
        file = writing.filled_in(form, definition, ROSTER, records)
    else:
        file = writing.workbook(definition, ROSTER, records)
    cell = load_workbook(file).worksheets[0]["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x","y")')
    assert spreadsheets.read(file, filename="x.xlsx", known_headers=["姓名", "籍贯"]).uncalculated == ()


WRITERS: dict[str, dict[str, Any]] = {
    "xlsx": {"kind": "xlsx"},
    "WPS 表格": {"kind": "wps"},
    "严格的 Open XML": {"kind": "xlsx", "strict": True},
    "从1904年数日期": {"kind": "xlsx", "since_1904": True},
    "没有计算过": {"kind": "xlsx", "calculated": False},
    "xls": {"kind": "xls"},
    "ods": {"kind": "ods"},
    "csv": {"kind": "csv"},
}


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS.keys())
def test_a_template_reads_alike_whoever_wrote_the_file(enterprise: Enterprise, writer: dict[str, Any]) -> None:
    rows = [theirs(1, "机电党支部"), theirs(2, "机务党支部", 类别="正式", 入党年月日="2004年6月30日")]
    lines = [["某系统党员信息表", *[None] * 8], list(THEIR_HEADERS), *([row[header] for header in THEIR_HEADERS] for row in rows)]
    kind = writer["kind"]
    more = {"merged": {"党员": ["A1:I1"]}, "hidden": ["旧表"]} if kind != "csv" else {}
    content = tables.written(**writer, sheets={"党员": lines, "旧表": lines[:2]}, **more)
    _is_read(enterprise, content, kind)


def test_a_template_reads_text_in_the_old_encoding(enterprise: Enterprise) -> None:
    rows = [theirs(1, "机电党支部"), theirs(2, "机务党支部", 类别="正式", 入党年月日="2004年6月30日")]
    lines = [THEIR_HEADERS, *([row[header] for header in THEIR_HEADERS] for row in rows)]
    # Digits that a spreadsheet would round are often written so into such files.
    text = "\r\n".join(",".join(f'="{cell}"' if cell.isdigit() else cell for cell in line) for line in lines)
    _is_read(enterprise, text.encode("gbk"), "csv")


def _is_read(enterprise: Enterprise, content: bytes, kind: str) -> None:
    batch = enterprise.upload(io.BytesIO(content), file_name=f"导出.{kind}", template=meaning())
    assert (batch.state, enterprise.problems(batch)) == (State.READY, {})
    with unscoped("test world"):
        found = [payload.clean_of(row.payload) for row in ImportRow.objects.filter(batch=batch).order_by("number")]
    for place, row in enumerate(found, start=1):
        assert (row["name"], row["resident_id"], row["category"]) == (f"虚构{place}号", resident_id(place), "1")
        assert (str(row["joined_on"]), str(row["converted_on"]), row["education"]) == ("2004-06-30", "2005-06-30", "21")
