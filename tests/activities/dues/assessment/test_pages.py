"""Pages of assessments and reliefs, as those who use them see them."""

import io
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from dangjian.activities.dues.assessment.models import Assessment, Relief, ReliefState
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World
from tests.activities.meetings.pages import signed_in
from tests.contracts.forms import form_with

LIST = "/dues/profiles/"


def secretary(world: World) -> Client:
    return signed_in(world.secretary.user)


def office(world: World) -> Client:
    return signed_in(world.office.user)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def held(member: Member) -> Assessment | None:
    with unscoped("a test looks at what was written"):
        found: Assessment | None = Assessment.objects.in_month(NOVEMBER).filter(member=member).first()
        return found


def form(**more: Any) -> dict[str, Any]:
    return {"kind": "salaried", "way": "base", "base_fen": "6,500", "from_month": "2026-11-01", "reason": "", **more}


def test_the_list_shows_who_pays_what_and_who_is_missing(world: World) -> None:
    fresh = make.member(world.branch, "虚构新人")
    build.relieved(world.people[1], NOVEMBER, monthly_fen=500)
    page = text(secretary(world).get(LIST))
    assert "还有 1 名党员没有核定" in page
    assert "少交，核定 20.00" in page
    assert fresh.name in page
    assert world.stranger.name not in page


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("", 7),
        ("?state=none", 1),
        ("?state=done", 6),
        ("?state=relief", 1),
        ("?kind=retired", 0),
        ("?q=新人", 1),
        ("?sort=-amount", 7),
    ],
)
def test_the_list_can_be_narrowed(world: World, query: str, number: int) -> None:
    make.member(world.branch, "虚构新人")
    build.relieved(world.people[1], NOVEMBER)
    answer = secretary(world).get(f"{LIST}{query}")
    rows = answer.context["page_obj"].object_list
    assert len(rows) == number
    if query == "?sort=-amount":
        assert [one.profile.pays_fen for one in rows][:2] == [6000, 5000]
        assert rows[6].profile.assessment is None


pytestmark = pytest.mark.day("2026-11-23")


def test_who_was_not_assessed_anew_this_year_or_quarter(world: World) -> None:
    old = make.member(world.branch)
    build.assessed(old, 1000, build.month("2025-01"))
    trader = make.member(world.branch)
    build.assessed(trader, 1000, build.month("2026-07"), kind="self_employed")
    build.assessed(make.member(world.branch), 1000, build.month("2026-10"), kind="self_employed")
    build.assessed(make.member(world.branch), 20, build.month("2025-01"), kind="student")
    rows = secretary(world).get(f"{LIST}?state=old").context["page_obj"].object_list
    assert {one.pk for one in rows} == {old.pk, trader.pk}


def test_the_list_as_a_spreadsheet(world: World) -> None:
    build.relieved(world.people[1], NOVEMBER, monthly_fen=500)
    answer = secretary(world).get(f"{LIST}table.xlsx?sort=amount")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("姓名", "党支部", "类别")
    assert (rows[2][0], rows[2][4], rows[2][8]) == (world.people[1].name, 20, 5)


def test_assessing_shows_the_sum_before_it_is_saved(world: World) -> None:
    fresh = make.member(world.branch, "虚构新人")
    url = f"{LIST}{fresh.pk}/assess/"
    assert "工资总额中相对固定的、经常性的工资收入（税后）" in text(secretary(world).get(url))
    shown = text(secretary(world).post(url, form(part="worked")))
    assert "每月应交 97.50 元" in shown
    assert "6,500.00元 × 1.5% = 97.50元" in shown
    assert "第二条" in shown
    assert "没有填写" not in text(secretary(world).post(url, form(part="worked", base_fen="一千")))
    assert "不是能认出的金额" in text(secretary(world).post(url, form(part="worked", base_fen="一千")))
    assert held(fresh) is None
    answer = secretary(world).post(url, form(), follow=True)
    assert "已核定：虚构新人自2026年11月起每月交97.50元" in text(answer)
    assert held(fresh).amount_fen == 9750


def test_the_fields_follow_the_kind_of_payer(world: World) -> None:
    fresh = make.member(world.branch, "虚构新人")
    url = f"{LIST}{fresh.pk}/assess/"
    wages = text(secretary(world).post(url, form(part="fields", way="items")))
    assert 'name="item_base_pay"' in wages
    assert "从中扣除" in wages
    assert "不计入（可以不填）" in wages
    trade = text(secretary(world).post(url, form(part="fields", kind="self_employed", way="quarter")))
    assert "2026年7月纯收入" in trade
    assert "base_fen" not in text(secretary(world).post(url, form(part="fields", kind="student")))
    retired = text(secretary(world).post(f"{LIST}{world.people[2].pk}/assess/", form(part="fields", kind="retired")))
    assert '<option value="2026-12-01" selected>' in retired


def test_wage_items_quarters_and_fixed_sums_are_saved(world: World) -> None:
    people = [make.member(world.branch) for _ in range(3)]
    forms = [
        form(way="items", item_base_pay="5000", item_income_tax="100", item_meal_allowance="300"),
        form(kind="self_employed", way="quarter", net_1="3000", net_2="6000", net_3="3000"),
        form(kind="student", base_fen=""),
    ]
    for member, data in zip(people, forms, strict=True):
        assert secretary(world).post(f"{LIST}{member.pk}/assess/", data).status_code == 302
    assert [held(one).amount_fen for one in people] == [4900, 4000, 20]
    assert held(people[0]).items == {"base_pay": 500_000, "income_tax": 10_000, "meal_allowance": 30_000}


def test_one_month_of_annual_pay(world: World) -> None:
    member = make.member(world.branch)
    secretary(world).post(f"{LIST}{member.pk}/assess/", form(kind="annual_salary", base_fen="12000"))
    december = form(kind="annual_salary", base_fen="200000", from_month="2026-12-01", once="on")
    assert secretary(world).post(f"{LIST}{member.pk}/assess/", december).status_code == 302
    with unscoped("a test looks at what was written"):
        rows = Assessment.objects.holding().filter(member=member).order_by("from_month").values_list("amount_fen", flat=True)
        assert list(rows) == [24_000, 100_000, 24_000]


def test_a_refusal_keeps_what_was_typed(world: World) -> None:
    url = f"{LIST}{world.people[1].pk}/assess/"
    page = secretary(world).get(url)
    assert page.context["form"].initial["from_month"].isoformat() == "2027-01-01"
    answer = secretary(world).post(url, form(base_fen="6543.21"))
    assert answer.status_code == 422
    assert "年内一般不变动" in text(answer)
    assert 'value="6543.21"' in text(answer)
    answer = secretary(world).post(url, form(base_fen=""))
    assert "请填写计算基数" in text(answer)
    assert held(world.people[1]).amount_fen == 2000


def test_a_branch_at_once(world: World) -> None:
    fresh = [make.member(world.branch, f"虚构新人{n}") for n in range(2)]
    url = f"{LIST}branch/{world.branch.pk}/"
    assert len(secretary(world).get(f"{url}?show=none").context["lines"]) == 2
    lines = secretary(world).get(url).context["lines"]
    data = {f"{one.prefix}-kind": one["kind"].value() for one in lines}
    data |= {f"{one.prefix}-base_fen": one["base_fen"].value() or "" for one in lines}
    data |= {"from_month": "2026-11-01", "reason": "年中调整"}
    nothing = secretary(world).post(url, data)
    assert "还没有填写或改动任何人的基数" in text(nothing)
    data |= {f"m{fresh[0].pk}-base_fen": "4000", f"m{fresh[1].pk}-kind": "student", f"m{world.people[2].pk}-base_fen": "十"}
    assert "40.00" in text(secretary(world).post(url, data | {"part": f"m{fresh[0].pk}"}))
    wrong = secretary(world).post(url, data)
    assert wrong.status_code == 422
    assert "不是能认出的金额" in text(wrong)
    assert held(fresh[0]) is None
    data[f"m{world.people[2].pk}-base_fen"] = "5000"
    answer = secretary(world).post(url, data, follow=True)
    assert f"已核定{world.branch.short_name}3名党员的党费" in text(answer)
    assert [held(one).amount_fen for one in (*fresh, world.people[2], world.people[3])] == [4000, 20, 5000, 4000]


def test_the_page_of_a_member_tells_their_history(world: World) -> None:
    member = world.people[1]
    secretary(world).post(f"{LIST}{member.pk}/assess/", form(reason="岗位调整"))
    page = text(secretary(world).get(f"{LIST}{member.pk}/"))
    assert "每月 97.50 元" in page
    assert "原因：岗位调整" in page
    row = held(member)
    url = f"{LIST}assessments/{row.pk}/withdraw/"
    assert secretary(world).post(url, {"reason": ""}).status_code == 422
    assert "已撤销这条核定" in text(secretary(world).post(url, {"reason": "录错"}, follow=True))
    assert held(member).amount_fen == 2000
    assert "已更正" in text(secretary(world).get(f"{LIST}{member.pk}/"))


def test_a_relief_from_the_branch_to_the_committee_and_back(world: World) -> None:
    member = world.people[3]
    data = {
        "kind": "reduced",
        "monthly_fen": "5",
        "from_month": "2026-11-01",
        "last_month": "2027-01-01",
        "reason": "虚构困难",
        "studied_on": "2026-11-20",
        "studied_at": "虚构支委会",
    }
    wrong = secretary(world).post(f"{LIST}{member.pk}/relief/", data | {"monthly_fen": "400"})
    assert wrong.status_code == 422
    assert "应少于核定的每月40.00元" in text(wrong)
    answer = secretary(world).post(f"{LIST}{member.pk}/relief/", data, follow=True)
    assert "已报虚构公司党委批准" in text(answer)
    with unscoped("a test looks at what was written"):
        relief = Relief.objects.get()
    assert relief.until_month.isoformat() == "2027-02-01"
    url = f"{LIST}reliefs/{relief.pk}/"
    assert "批准</button>" not in text(secretary(world).get(url))
    assert member.name in text(office(world).get("/"))
    assert "批复</a>" in text(office(world).get(f"{LIST}reliefs/?state=proposed"))
    assert secretary(world).post(url, {"step": "approve"}).status_code in {403, 404}
    empty = office(world).post(url, {"step": "refuse", "answer": ""})
    assert empty.status_code == 422
    assert "已批准" in text(office(world).post(url, {"step": "approve", "document": "虚构1号"}, follow=True))
    assert held(member).amount_fen == 4000
    assert "少交，核定 40.00" in text(secretary(world).get(LIST))
    ended = secretary(world).post(url, {"step": "end", "until_month": "2026-12-01", "reason": "好转"}, follow=True)
    assert "已提前结束" in text(ended)
    with unscoped("a test looks at what was written"):
        assert Relief.objects.get().until_month.isoformat() == "2026-12-01"


def test_a_report_is_taken_back(world: World) -> None:
    relief = build.relieved(world.people[3], NOVEMBER, monthly_fen=500, state=ReliefState.PROPOSED)
    assert "已撤回" in text(secretary(world).post(f"{LIST}reliefs/{relief.pk}/", {"step": "withdraw"}, follow=True))


def test_the_tab_of_a_member(world: World) -> None:
    page = text(secretary(world).get(f"/members/{world.people[1].pk}/?tab=dues"))
    assert "查看核定、减免和每月应交" in page


def test_members_and_neighbours_stay_outside(world: World) -> None:
    for who in (world.people[3].user, world.stranger.user):
        client = signed_in(who)
        for url in (f"{LIST}{world.people[1].pk}/", f"{LIST}{world.people[1].pk}/assess/", f"{LIST}branch/{world.branch.pk}/"):
            assert client.get(url).status_code in {403, 404}


def test_two_people_assess_one_member(world: World) -> None:
    address = f"/dues/profiles/{world.people[0].pk}/assess/"
    mine = form_with(text(office(world).get(address)), "seen")
    secretary(world).post(address, form(base_fen="7,000", reason="工资调整"))
    answer = office(world).post(address, mine | {"base_fen": "7,500", "reason": "工资变动"})
    assert answer.status_code == 422
    assert "7,000.00元" in text(answer)
    now = held(world.people[0])
    assert now
    assert now.base_fen == 700_000


def test_a_line_that_somebody_assessed_meanwhile_is_shown(world: World) -> None:
    branch, one, other = world.branch, world.people[1], world.people[2]
    address = f"/dues/profiles/branch/{branch.pk}/"
    mine = form_with(text(secretary(world).get(address)), "seen")
    office(world).post(f"/dues/profiles/{one.pk}/assess/", form(base_fen="7,000", reason="工资调整"))
    answer = secretary(world).post(address, mine | {f"m{other.pk}-base_fen": "8,000", "reason": "工资调整"})
    page = text(answer)
    assert answer.status_code == 422
    assert f"{one.name}的计算基数" in page
    again = form_with(page, "seen")
    assert again[f"m{one.pk}-base_fen"] == ["7000.00"]
    assert secretary(world).post(address, again).status_code == 302
    assert [held(person).base_fen for person in (one, other)] == [700_000, 800_000]  # type: ignore[union-attr]  # both are assessed


def test_whoever_left_the_branch_meanwhile_is_named(world: World) -> None:
    address = f"/dues/profiles/branch/{world.branch.pk}/?show=none"
    stays, goes = (make.member(world.branch, name) for name in ("虚构留下", "虚构离开"))
    mine = form_with(text(office(world).get(address)), "seen")
    with unscoped("test"):
        account.move(actor=make.SYSTEM, members=[goes], to=world.stranger.branch, effective_on=clock.today())
    sent = mine | {f"m{person.pk}-base_fen": "6,000" for person in (stays, goes)}
    answer = office(world).post(address, sent, follow=True)
    assert f"虚构离开已不在{world.branch.short_name}，没有核定" in text(answer)
    assert held(stays)
    assert held(goes) is None
