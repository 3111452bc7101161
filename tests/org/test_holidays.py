"""The next notice on holidays: who enters it, what is shown and refused, who is told, and what follows from it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.kernel import clock, registry, working_days
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org import contributes, holidays, roles
from dangjian.org.actions import enterprise
from dangjian.org.actions import holidays as actions
from dangjian.org.models import Enterprise, HolidayNotice
from dangjian.org.offers import WorkingDaysFollower
from tests import make
from tests.contracts.forms import form_with
from tests.contracts.world import World, build
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

TITLE = "国务院办公厅关于2027年部分节假日安排的通知"
TEXT = """元旦：1月1日至3日放假
春节：2月5日（周五）至11日（周四）放假调休，共7天。2月20日（周六）上班。
清明节：4月3日至5日放假
劳动节：5月1日至5日放假，5月8日上班
端午节：6月9日放假
中秋节：9月15日放假
国庆节：10月1日至7日放假，9月26日、10月9日上班
"""
FORM = {"document": TITLE, "number": "国办发明电〔2026〕99号", "arrangements": TEXT}
WHERE = "/org/working-days/2027/"


@pytest.fixture
def world() -> World:
    return build()


@pytest.fixture
def office(world: World) -> Client:
    return browser(world.office)


def next_day_worked(day: str) -> working_days.WorkingDay:
    working_days.look_again()
    return working_days.table().after(dt.date.fromisoformat(day), 1)


def test_the_next_notice_is_looked_at_and_then_entered(office: Client, world: World) -> None:
    assert next_day_worked("2027-10-01") == working_days.WorkingDay(dt.date(2027, 10, 4), is_provisional=True)
    form = form_with(office.get(WHERE).content.decode(), "seen")
    looked = office.post(WHERE, {**form, **FORM})
    page = looked.content.decode()
    assert looked.status_code == 200
    assert "2027年放假27天，周末上班4天，全年248个工作日" in page
    assert "春节：2月5日（周五）至11日（周四）放假，共7天；2月20日（周六）上班。" in page
    assert "请核对：" not in page
    assert not HolidayNotice.objects.exists()
    assert next_day_worked("2027-10-01").is_provisional

    done = office.post(WHERE, {**form, **FORM, "step": "confirm"}, follow=True)
    assert "2027年节假日安排已保存" in done.content.decode()
    assert "国办发明电〔2026〕99号" in done.content.decode()
    row = HolidayNotice.objects.get()
    assert (row.year, row.document, row.changed_by) == (2027, TITLE, world.office.name)
    assert row.arrangements.splitlines()[1] == "春节：2月5日至11日放假，2月20日上班"
    assert next_day_worked("2027-10-01") == working_days.WorkingDay(dt.date(2027, 10, 8), is_provisional=False)
    event = Event.objects.get(verb="org.holidays_entered")
    assert event.summary == "录入2027年节假日安排"
    assert event.data["values"]["arrangements"] == row.arrangements


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"arrangements": TEXT.replace("2月20日（周六）", "2月19日")}, "2月19日是周五，本来就上班"),
        ({"arrangements": TEXT.replace("（周五）", "（周日）")}, "是周五，写的是周日"),
        ({"arrangements": ""}, "必须填写"),
        ({"document": ""}, "必须填写"),
    ],
)
@pytest.mark.parametrize("step", ["", "confirm"])
def test_what_cannot_be_right_comes_back_and_nothing_is_written(
    office: Client, changed: dict[str, str], said: str, step: str
) -> None:
    answer = office.post(WHERE, {**FORM, **changed, "step": step})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "国办发明电〔2026〕99号" in answer.content.decode()
    assert not HolidayNotice.objects.exists()
    assert not Event.objects.filter(verb__startswith="org.holidays").exists()


def test_what_looks_wrong_is_said_and_can_be_entered_all_the_same(office: Client) -> None:
    odd = {**FORM, "arrangements": TEXT.replace("端午节：6月9日放假\n", "")}
    page = office.post(WHERE, odd).content.decode()
    assert "请核对：没有写端午的安排。" in page
    assert "法定节假日是13天（《全国年节及纪念日放假办法》（国务院令第795号）第二条）" in page
    assert office.post(WHERE, {**odd, "step": "confirm"}).status_code == 302


def test_a_year_that_is_shipped_can_be_corrected_and_is_as_shipped_again(office: Client) -> None:
    where = reverse("org:holiday_notice", args=[2026])
    form = form_with(office.get(where).content.decode(), "seen", "document", "number", "arrangements")
    assert form["number"] == ["国办发明电〔2025〕7号"]
    text = form["arrangements"][0].replace("10月1日至7日", "10月1日至8日")
    assert office.post(where, {**form, "arrangements": text, "step": "confirm"}).status_code == 302
    assert next_day_worked("2026-09-30").value == dt.date(2026, 10, 9)

    removal = reverse("org:remove_holiday_notice", args=[2026])
    assert office.post(removal, {"reason": "", "step": "confirm"}).status_code == 422
    assert "恢复为随平台提供的安排" in office.post(removal, {"reason": "录错了"}).content.decode()
    assert HolidayNotice.objects.exists()
    assert office.post(removal, {"reason": "录错了", "step": "confirm"}).status_code == 302
    assert not HolidayNotice.objects.exists()
    assert next_day_worked("2026-09-30").value == dt.date(2026, 10, 8)
    summaries = Event.objects.filter(verb__startswith="org.holidays").order_by("pk").values_list("summary", flat=True)
    assert list(summaries) == ["更正2026年节假日安排", "删除录入的2026年节假日安排"]


def test_what_is_shipped_is_not_removed(office: Client) -> None:
    assert office.get(reverse("org:remove_holiday_notice", args=[2026])).status_code == 404
    with pytest.raises(Conflict, match="没有在平台上录入过"):
        actions.remove(actor=make.SYSTEM, year=2026, reason="试试")


@pytest.mark.parametrize("year", [1, 2003, 2028, 9999, 123456789])
def test_other_years_cannot_be_entered(office: Client, year: int) -> None:
    assert office.get(reverse("org:holiday_notice", args=[year])).status_code == 404
    with pytest.raises(Invalid, match="现在不能录入"):
        actions.enter(actor=make.SYSTEM, year=year, **FORM)
    assert not HolidayNotice.objects.exists()


def test_only_whoever_sets_rules_for_the_whole_enterprise_may(world: World) -> None:
    below = make.grant(world.general_branch, roles.PARTY_OFFICE).user
    for somebody in (world.secretary, world.member_user, world.system_admin, below):
        client = browser(somebody)
        assert client.post(WHERE, {**FORM, "step": "confirm"}).status_code in {403, 404}
        with pytest.raises((PermissionDenied, NotFound)):
            actions.enter(actor=make.actor(somebody), year=2027, **FORM)
        page = client.get(reverse("org:working_days") + "?year=2026").content.decode()
        assert "9月25日（周五）至27日（周日）" in page
        assert "更正2026年" not in page
    assert not HolidayNotice.objects.exists()


def test_the_page_says_what_is_known(office: Client) -> None:
    page = office.get(reverse("org:working_days")).content.decode()
    assert "全年 248 个工作日" in page
    assert "国办发明电〔2025〕7号" in page
    assert "更正2026年安排" in page
    assert "删除录入" not in page
    unknown = office.get(reverse("org:working_days") + "?year=2027").content.decode()
    assert "2027年的节假日安排还没有录入" in unknown
    assert "录入2027年安排" in unknown
    for odd in ("abc", "0", "2003", "99999999999"):
        assert "全年 248 个工作日" in office.get(reverse("org:working_days"), {"year": odd}).content.decode()


# Who is told, and what follows


@pytest.mark.parametrize(
    ("day", "year"),
    [("2026-10-31", None), ("2026-11-01", 2027), ("2026-12-31", 2027), ("2027-01-15", 2027), ("2028-03-01", 2028)],
)
def test_from_november_on_the_next_notice_is_missing(day: str, year: int | None) -> None:
    assert holidays.missing(dt.date.fromisoformat(day)) == year


def test_the_office_is_told_until_it_is_entered(world: World, office: Client) -> None:
    page = office.get(reverse("duties:mine")).content.decode()
    assert "录入2027年节假日安排" in page
    assert WHERE in page
    below = make.grant(world.general_branch, roles.PARTY_OFFICE).user
    for somebody in (below, world.secretary, world.system_admin):
        assert "录入2027年节假日安排" not in browser(somebody).get(reverse("duties:mine")).content.decode()
    with clock.at("2026-10-20 09:00"):
        assert "录入2027年节假日安排" not in office.get(reverse("duties:mine")).content.decode()
    actions.enter(actor=make.SYSTEM, year=2027, **FORM)
    working_days.look_again()
    assert "录入2027年节假日安排" not in office.get(reverse("duties:mine")).content.decode()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dt.date]]:
    """The days that a follower works out."""
    found: list[dt.date] = []
    follower = WorkingDaysFollower("test", lambda: found.append(working_days.table().after(dt.date(2027, 10, 1), 1).value))
    monkeypatch.setattr(contributes, "OFFERS", (*contributes.OFFERS, follower))
    for kept in (registry._collected, registry._of_kind):
        kept.cache_clear()
    yield found
    monkeypatch.undo()
    for kept in (registry._collected, registry._of_kind):
        kept.cache_clear()


def test_whoever_counted_days_works_them_out_again(told: list[dt.date], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        actions.enter(actor=make.SYSTEM, year=2027, **FORM)
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(actor=make.SYSTEM, year=2027, reason="试试")
    assert told == [dt.date(2027, 10, 8), dt.date(2027, 10, 4)]


def test_what_a_newer_version_does_not_understand_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    HolidayNotice.objects.create(year=2027, document=TITLE, arrangements="元旦：一月一日放假")
    Enterprise.objects.update_or_create(pk=1, defaults={"rules_version": 7})
    assert next_day_worked("2027-01-01").is_provisional
    assert "录入的2027年节假日安排不再适用" in caplog.text


def test_beginning_again_forgets_it() -> None:
    actions.enter(actor=make.SYSTEM, year=2027, **FORM)
    enterprise.start_over(actor=make.SYSTEM)
    assert not HolidayNotice.objects.exists()
