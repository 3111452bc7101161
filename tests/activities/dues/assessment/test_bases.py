"""The table of wage bases through the import engine: people found, sums worked out, problems by cell, entering, taking back."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import Event
from dangjian.activities.dues.assessment.bases import SHEET
from dangjian.activities.dues.assessment.models import Assessment, PaidUntil
from dangjian.activities.dues.billing.actions.billing import make_bills, make_due_bills
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.duties import unassessed
from dangjian.activities.dues.kinds import PayerKind
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make, tables
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World
from tests.activities.meetings.pages import signed_in
from tests.members.sheets.people import sheet

MONTHS = (NOVEMBER, dt.date(2026, 12, 1), dt.date(2027, 1, 1))
BORN = dt.date(1980, 3, 7)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def table(rows: list[dict[str, Any]]) -> io.BytesIO:
    return sheet(rows, tuple(dict.fromkeys(header for row in rows for header in row)))


def upload(world: World, rows: list[dict[str, Any]], actor: GrantedActor | None = None, **more: Any) -> ImportBatch:
    actor = actor or world.office
    more.setdefault("organization", world.top)
    answers = {"from_month": more.pop("from_month", "2026-11-01")}
    with admitted(actor, SHEET.permission):
        batch = actions.upload(actor=actor, sheet=SHEET, file=table(rows), file_name="基数.xlsx", answers=answers, **more)
    actions.check(pk=batch.pk)
    return again(batch)


def again(batch: ImportBatch) -> ImportBatch:
    with unscoped("test world"):
        found: ImportBatch = ImportBatch.objects.select_related("organization", "uploaded_by").get(pk=batch.pk)
    return found


def commit(world: World, batch: ImportBatch) -> ImportBatch:
    with admitted(world.office, SHEET.permission):
        assert actions.start_commit(actor=world.office, batch=batch)
    actions.commit(pk=batch.pk)
    return again(batch)


def undo(world: World, batch: ImportBatch) -> ImportBatch:
    with admitted(world.office, SHEET.permission):
        assert actions.start_undo(actor=world.office, batch=batch)
    actions.undo(pk=batch.pk)
    return again(batch)


def problems(batch: ImportBatch) -> list[str]:
    with unscoped("test world"):
        return [("~" if row.is_warning else "") + row.message for row in ImportProblem.objects.filter(batch=batch).order_by("pk")]


def outcomes(batch: ImportBatch) -> list[str]:
    with unscoped("test world"):
        return list(ImportRow.objects.filter(batch=batch).order_by("number").values_list("outcome", flat=True))


def sums(members: list[Member]) -> list[int]:
    with unscoped("test world"):
        rows = dict(Assessment.objects.in_month(NOVEMBER).values_list("member_id", "amount_fen"))
    return [rows.get(one.pk, 0) for one in members]


def known(world: World) -> list[Member]:
    """Members of the branch with an employee number, the last two of them not assessed yet."""
    people = [make.member(world.branch, f"虚构工号{n}", employee_no=f"E{n}") for n in range(3)]
    build.assessed(people[0], 1000)
    return people


def row(member: Member, base: Any = 6500, **more: Any) -> dict[str, Any]:
    return {"姓名": member.name, "员工编码": member.employee_no, "计算基数": base, **more}


def test_bases_come_in_and_go_back(world: World) -> None:
    people = known(world)
    with unscoped("test world"):
        make_bills(actor=world.office, month=NOVEMBER)
    batch = upload(world, [row(people[0], 6500, 类别="年薪制"), row(people[1], "4,000.00"), row(people[2], None, 类别="学生")])
    assert (problems(batch), outcomes(batch)) == ([], ["update", "new", "new"])
    assert sums(people) == [1000, 0, 0]
    batch = commit(world, batch)
    assert sums(people) == [9750, 4000, 20]
    assert build.bill(people[0]).owed_fen == 9750
    assert build.bill(people[1]).owed_fen == 4000
    undo(world, batch)
    assert sums(people) == [1000, 0, 0]
    assert build.bill(people[0]).owed_fen == 1000


def test_the_base_is_added_up_from_wage_items(world: World) -> None:
    people = known(world)
    wages = {"基本工资": 5000, "岗位工资": "2000", "个人所得税": 100, "误餐补贴": 300}
    batch = commit(world, upload(world, [{"姓名": people[1].name, "工号": "E1", **wages}]))
    assert sums(people) == [1000, 10350, 0]
    with unscoped("test world"):
        kept = Assessment.objects.get(batch=batch.pk)
    assert (kept.base_fen, kept.items["meal_allowance"], kept.kind) == (690_000, 30_000, PayerKind.SALARIED)


def test_people_are_found_by_their_identity_number(world: World) -> None:
    number = fictional_resident_id(BORN, 7)
    member = make.member(world.branch, resident_id=number)
    commit(world, upload(world, [{"姓名": member.name, "身份证号": number, "基数": 5000}]))
    assert sums([member]) == [5000]


def test_who_was_admitted_later_pays_from_the_first_month(world: World) -> None:
    member = make.member(
        world.branch, joined_on=dt.date(2026, 11, 20), category="2", employee_no="N1", effective_on=dt.date(2026, 11, 20)
    )
    commit(world, upload(world, [row(member)], from_month="2026-06-01"))
    with unscoped("test world"):
        assert Assessment.objects.get(member=member).from_month == NOVEMBER


def test_what_is_wrong_is_said_by_cell(world: World) -> None:
    people = known(world)
    batch = upload(
        world,
        [
            row(people[0], "很多"),
            row(people[1], None),
            {**row(people[2]), "员工编码": "E9"},
            {**row(people[2]), "员工编码": None},
            row(people[2], 5000, 类别="富豪"),
            row(people[2], 12.345),
            {**row(people[2]), "计算基数": None, "基本工资": 1, "个人所得税": 2},
        ],
    )
    said = "\n".join(problems(batch))
    for text in (
        "“很多”不是能认出的金额",
        "没有填写计算基数，也没有填工资项目",
        "没有员工编码和姓名都相同的党员",
        "至少填一项",
        "没有“富豪”这个类别",
        "~“12.345”超过两位小数，四舍五入按12.35元计算。",
        "扣除的项目比计入的工资多",
    ):
        assert text in said
    with admitted(world.office, SHEET.permission), pytest.raises(Conflict, match="还不能入库"):
        actions.start_commit(actor=world.office, batch=batch)
    assert sums(people) == [1000, 0, 0]


def test_one_person_twice_is_wrong(world: World) -> None:
    people = known(world)
    assert problems(upload(world, [row(people[1]), row(people[1], 7000)])) == [
        "与第2行是同一名党员。请核对，重复的一行点“忽略此行”。"
    ]


def test_a_change_within_the_year_is_pointed_out(world: World) -> None:
    people = known(world)
    batch = upload(world, [row(people[0], 6500)])
    assert problems(batch) == ["~今年已核定为每月10.00元，年内一般不变动；入库后改为97.50元。"]
    assert problems(upload(world, [row(people[0], 6500)], from_month="2027-01-01")) == []


def test_the_same_base_again_changes_nothing(world: World) -> None:
    people = known(world)
    commit(world, upload(world, [row(people[1])]))
    assert outcomes(upload(world, [row(people[1])])) == ["ignored"]


def test_nobody_outside_the_place_is_found(world: World) -> None:
    people = known(world)
    batch = upload(world, [row(people[1])], actor=make.actor(world.stranger.user), organization=world.other)
    assert "名册里没有员工编码和姓名都相同的党员" in problems(batch)[0]


def test_a_table_without_people_or_bases_is_no_table(world: World) -> None:
    with pytest.raises(Invalid, match="“公民身份号码或员工编码”、“计算基数或工资项目”"):
        upload(world, [{"姓名": "虚构某人", "备注": "无"}])


@pytest.mark.day("2026-11-23")
def test_where_nobody_is_assessed_yet_bases_hold_from_now_on(world: World) -> None:
    with unscoped("test world"):
        Assessment.objects.all().delete()
    page = signed_in(world.secretary.user).get(f"{reverse('exchange:upload')}?sheet={SHEET.code}").content.decode()
    assert '<option value="2026-11-01" selected>' in page


@pytest.mark.day("2026-11-23")
def test_a_secretary_finds_the_form_and_the_template(world: World) -> None:
    client = signed_in(world.secretary.user)
    page = client.get(f"{reverse('exchange:upload')}?sheet={SHEET.code}").content.decode()
    assert "从哪个月起" in page
    assert '<option value="2027-01-01" selected>' in page
    answer = client.get(f"{reverse('exchange:template')}?sheet={SHEET.code}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    headers = [str(cell.value).rstrip("*") for cell in next(load_workbook(io.BytesIO(content)).worksheets[0].iter_rows())]
    assert headers[:5] == ["姓名", "公民身份号码", "员工编码", "交纳人类别", "计算基数"]
    assert {"基本工资", "个人所得税"} <= set(headers)
    assert "住房补贴" not in headers


def test_the_template_as_it_is_holds_nobody(world: World) -> None:
    client = signed_in(world.office.user)
    answer = client.get(f"{reverse('exchange:template')}?sheet={SHEET.code}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    with admitted(world.office, SHEET.permission):
        batch = actions.upload(
            actor=world.office,
            sheet=SHEET,
            organization=world.top,
            file=io.BytesIO(content),
            file_name="模板.xlsx",
            answers={"from_month": "2026-11-01"},
        )
    actions.check(pk=batch.pk)
    assert problems(batch) == []
    assert set(outcomes(batch)) <= {"ignored"}


def paid(member: Member) -> str:
    with unscoped("test world"):
        return str(PaidUntil.objects.filter(member=member).first() or "")


def test_who_has_paid_on_paper_is_assessed_from_the_month_after(world: World) -> None:
    people = known(world)
    with unscoped("test world"):
        Organization.objects.update(live_on=dt.date(2026, 11, 10))
        make_bills(actor=world.office, month=NOVEMBER)
    months = ("2026年12月底", 202610, "2026-08")
    rows = [row(one, base, 缴至=month) for one, base, month in zip(people, (6500, 4000, 3000), months, strict=True)]
    batch = upload(world, rows)
    assert problems(batch) == ["~2026年9月至2026年10月在启用以前，平台不计欠交；本人现在补交的，在收款页面登记。"]
    commit(world, batch)
    assert [paid(one) for one in people] == ["启用前已交至2026年12月", "启用前已交至2026年10月", "启用前已交至2026年8月"]
    with unscoped("test world"):
        starts = [Assessment.objects.holding().filter(member=one).latest("from_month").from_month for one in people]
        assert starts == [dt.date(2027, 1, 1), NOVEMBER, NOVEMBER]
    assert [build.bill(one).owed_fen for one in people] == [0, 4000, 1500]
    with clock.at("2027-01-01 09:00"), unscoped("test world"):
        make_due_bills()
        bills = Bill.objects.filter(member=people[0])
        owed = {month: set(bills.filter(month=month).values_list("owed_fen", flat=True)) for month in MONTHS}
    assert owed == {NOVEMBER: {0}, dt.date(2026, 12, 1): set(), dt.date(2027, 1, 1): {9750}}
    page = signed_in(world.secretary.user).get(reverse("dues:profile", args=[people[0].pk])).content.decode()
    assert "启用前已交至2026年12月" in page
    undo(world, again(batch))
    assert [paid(one) for one in people] == ["", "", ""]
    assert build.bill(people[0]).owed_fen == 1000


def test_a_paid_month_alone_changes_no_assessment_and_can_be_put_right(world: World) -> None:
    people = known(world)
    first = commit(world, upload(world, [row(people[0], 6500, 已交至="2026-10")]))
    second = upload(world, [row(people[0], 6500, 已交至="2026-11")])
    assert outcomes(second) == ["update"]
    assert outcomes(upload(world, [row(people[0], 6500, 已交至="2026-10")])) == ["ignored"]
    second = commit(world, second)
    with unscoped("test world"):
        assert Assessment.objects.holding().get(member=people[0], from_month=NOVEMBER).batch == first.pk
    assert paid(people[0]) == "启用前已交至2026年11月"
    undo(world, first)
    assert "不能整批撤回" in again(first).failure
    undo(world, second)
    assert paid(people[0]) == "启用前已交至2026年10月"


@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("12月", "“12月”没有写年份。请写成2026-12、2026年12月或202612的样子。"),
        (2026.1, "“2026.1”在表格里分不清是1月还是10月，请写成2026-01或2026-10。请写成2026-12、2026年12月或202612的样子。"),
        ("2028年1月", "党费最多可以预交到2027年5月，请核对。"),
    ],
)
def test_a_month_that_cannot_be_is_named_by_its_cell(world: World, typed: object, message: str) -> None:
    batch = upload(world, [row(known(world)[1], 6500, 已交至=typed)])
    with unscoped("test world"):
        problem = ImportProblem.objects.get(batch=batch)
    assert (problem.cell, problem.message, problem.kind) == ("D2", message, "month")
    assert outcomes(batch) == ["problem"]


@pytest.mark.day("2026-11-23")
def test_a_member_reads_up_to_which_month_they_have_paid(world: World) -> None:
    with unscoped("test world"):
        member = make.member(world.branch, with_user=True, employee_no="M1")
    commit(world, upload(world, [row(member, 6500, 已交至="2026年12月")]))
    page = signed_in(member.user).get(reverse("dues:mine")).content.decode()
    assert "启用前已交至2026年12月" in page
    assert "2027年1月起交纳" in page
    with unscoped("test world"):
        assert not unassessed(clock.today()).filter(pk=member.pk).exists()


SLIP = {"基本工资": 4000, "岗位工资": 2500, "绩效工资": 1000, "养老保险": 520, "医疗保险": 130, "公积金": 650, "个税": 30}


def test_a_pay_slip_under_everyday_names(world: World) -> None:
    """4000 + 2500 + 1000 - 520 - 130 - 650 - 30 = 6170, of which the member pays 1.5 %."""
    people = known(world)
    batch = upload(world, [{"姓名": people[1].name, "工号": "E1", **SLIP}])
    assert (problems(batch), batch.unknown_headers, batch.unanswered) == ([], [], [])
    page = signed_in(world.office.user).get(reverse("exchange:detail", args=[batch.pk]) + "?show=rows").content.decode()
    assert "6,170.00" in page
    assert "92.55" in page
    commit(world, batch)
    assert sums(people)[1] == 9255


def test_unused_columns_of_numbers_are_answered_for_before_anything_is_added_up(world: World) -> None:
    people = known(world)
    batch = upload(world, [{"姓名": people[1].name, "工号": "E1", **SLIP, "夜班津贴": 300, "说明": "无", "序号": 1}])
    assert batch.unanswered == ["夜班津贴（J列）"]
    with admitted(world.office, SHEET.permission), pytest.raises(Conflict, match="夜班津贴"):
        actions.start_commit(actor=world.office, batch=batch)
    client = signed_in(world.office.user)
    page = reverse("exchange:detail", args=[batch.pk])
    assert "这些列里有数字，却没有用到" in client.get(page).content.decode()
    assert "确认入库" not in client.get(page).content.decode()
    assert client.post(reverse("exchange:columns", args=[batch.pk])).status_code == 302
    assert "确认入库" in client.get(page).content.decode()
    with unscoped("test world"):
        assert Event.objects.filter(verb="exchange.columns_answered", summary__contains="夜班津贴").count() == 1
    assert sums(people)[1] == 0
    commit(world, again(batch))
    assert sums(people)[1] == 9255


def test_beside_a_base_nobody_is_asked_for_other_columns(world: World) -> None:
    assert upload(world, [row(known(world)[1], 6500, 夜班津贴=300)]).unanswered == []


def test_the_part_of_the_firm_is_not_taken_for_that_of_the_member(world: World) -> None:
    batch = upload(world, [{"姓名": known(world)[1].name, "工号": "E1", "基本工资": 5000, "养老保险（单位）": 800}])
    assert batch.unanswered == ["养老保险(单位)（D列）"]


def test_an_average_is_rounded_and_a_base_of_nought_is_pointed_out(world: World) -> None:
    people = known(world)
    batch = upload(world, [row(people[1], 7333.33333333333), row(people[2], 0, 类别="退休")])
    assert problems(batch) == [
        "~“7333.33333333333”超过两位小数，四舍五入按7,333.33元计算。",
        "~离退休人员的计算基数是0，每月应交就是0元。请核对是不是漏填，或者公式没有算出结果。",
    ]
    assert outcomes(batch) == ["new", "new"]


@pytest.mark.parametrize("kind", tables.KINDS)
def test_the_same_bases_from_every_format(world: World, kind: str) -> None:
    people = known(world)
    rows = [
        ["姓名", "员工编码", "计算基数"],
        [people[1].name, "E1", 6500],
        [people[2].name, "E2", tables.Failed("#N/A")],
        ["合计", "", 6500],
    ]
    with admitted(world.office, SHEET.permission):
        batch = actions.upload(
            actor=world.office, sheet=SHEET, organization=world.top, file=io.BytesIO(tables.written(kind, {"基数": rows})),
            file_name=f"基数.{kind}", answers={"from_month": "2026-11-01"},
        )  # fmt: skip
    actions.check(pk=batch.pk)
    assert outcomes(batch) == ["new", "problem", "ignored"]
    assert "错误值" in problems(batch)[0]
