"""Pages of statistics, arrears and checks: figures lead to the rows behind them; forms keep what was typed."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.oversight.actions import arrears as oversight
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsState, Inspection
from dangjian.kernel import spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import World

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
STATISTICS = "/dues/statistics/"


@pytest.fixture
def billed(world: World) -> Iterator[World]:
    """Bills of August to November; in September one person paid, one partly and one with something extra."""
    with unscoped("test world"):
        for number in (8, 9, 10, 11):
            billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, number, 1))
        bills = [build.bill(person, dt.date(2026, 9, 1)) for person in world.people[:3]]
        rows = [
            collecting.Receipt(world.people[0], {bills[0].pk: 10_00}),
            collecting.Receipt(world.people[1], {bills[1].pk: 5_00}),
            collecting.Receipt(world.people[2], {bills[2].pk: 30_00}, extra_fen=8_00),
        ]
        collecting.receive(
            actor=world.secretary,
            organization=world.branch,
            rows=rows,
            paid_on=dt.date(2026, 9, 20),
            method="cash",
            key="test-september",
            note="虚构：8月另有安排，本人坚持另外多交",
        )
    return world


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend="dangjian.accounts.backends.AccountBackend")
    return client


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_every_figure_leads_to_rows_that_add_up_to_it(billed: World) -> None:
    client = browser(billed.office)
    page = text(client, STATISTICS)
    assert "1,120.00" in page  # four months of 280 yuan
    assert "45.00" in page
    for href in set(re.findall(r'href="(/dues/statistics/[^"]+)"', page)):
        assert client.get(href.replace("&amp;", "&")).status_code == 200
    paid = text(client, f"{STATISTICS}bills/?organization={billed.top.pk}&period=2026&show=paid")
    assert "45.00 元" in paid
    extra = text(client, f"{STATISTICS}extra/?organization={billed.top.pk}&period=2026-09")
    assert "8.00 元" in extra
    arrears = text(client, f"{STATISTICS}bills/?organization={billed.branch.pk}&period=2026-Q3&show=arrears")
    assert billed.people[1].name in arrears
    assert billed.people[0].name in arrears  # August


def test_a_secretary_sees_their_own_branch_only(billed: World) -> None:
    client = browser(billed.secretary)
    page = text(client, f"{STATISTICS}?organization={billed.other.pk}")
    assert billed.branch.name in page
    assert billed.other.short_name not in page
    assert billed.stranger.name not in text(client, f"{STATISTICS}members/")


def test_members_are_found_and_sorted(billed: World) -> None:
    client = browser(billed.secretary)
    rich, poor = (f">{billed.people[number].name}</a>" for number in (5, 0))
    most = text(client, f"{STATISTICS}members/")
    assert most.index(rich) < most.index(poor)
    least = text(client, f"{STATISTICS}members/?sort=-left")
    assert least.index(poor) < least.index(rich)
    assert "没有符合条件的内容" in text(client, f"{STATISTICS}members/?q=无此人")
    assert rich in text(client, f"{STATISTICS}members/?q=xugoudangyuan")


def test_kinds_and_odd_addresses(billed: World) -> None:
    client = browser(billed.office)
    assert "还没有应交党费" in text(client, f"{STATISTICS}?kind=farmer")
    assert "1,120.00" in text(client, f"{STATISTICS}?kind=nonsense&period=nonsense&organization=x")


def test_spreadsheets(billed: World) -> None:
    client = browser(billed.office)
    for address, header in (
        (f"{STATISTICS}table.xlsx", "应交（元）"),
        (f"{STATISTICS}bills/table.xlsx?show=unsettled", "未交（元）"),
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        file = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # a file
        rows = list(spreadsheets.read(file, filename="a.xlsx", known_headers={header}))
        assert rows
    whole = next(row for row in rows if row.text("姓名") == billed.people[5].name)
    assert whole.get("未交（元）") == 60


def test_statements_do_not_grow_with_the_members(billed: World) -> None:
    client = browser(billed.office)
    text(client, STATISTICS)

    def statements() -> int:
        with CaptureQueriesContext(connection) as caught:
            text(client, STATISTICS)
        return len(caught)

    few = statements()
    with unscoped("test world"):
        for _ in range(3):
            build.assessed(make.member(make.branch(billed.top)), 9_00)
        billing.make_bills(actor=make.SYSTEM, month=dt.date(2026, 11, 1))
    assert statements() == few


# Arrears


@pytest.fixture
def talk(billed: World) -> ArrearsCase:
    with unscoped("test world"):
        oversight.open_cases(actor=make.SYSTEM)
        found: ArrearsCase = ArrearsCase.objects.get(member=billed.people[3], stage="talk")
        return found


def test_a_talk_is_recorded(billed: World, talk: ArrearsCase) -> None:
    client = browser(billed.secretary)
    listed = text(client, reverse("dues:arrears"))
    assert billed.people[3].name in listed
    assert billed.stranger.name not in listed
    page = text(client, reverse("dues:arrears_case", args=[talk.pk]))
    assert "第十三条" in page
    assert "不会改变任何人的党籍" in page
    answer = client.post(
        reverse("dues:arrears_case", args=[talk.pk]),
        {"step": "talk", "talked_on": "2026-11-23", "note": "已经谈过，月底交清", "promised_on": "2026-11-30"},
    )
    assert answer.status_code == 302
    talk.refresh_from_db()
    assert talk.state == ArrearsState.TALKED
    assert billed.people[3].name in text(client, f"{reverse('dues:arrears')}?state=talked")
    assert "没有符合条件" in text(client, f"{reverse('dues:arrears')}?state=excused")


def test_a_refused_form_keeps_what_was_typed(billed: World, talk: ArrearsCase) -> None:
    client = browser(billed.secretary)
    answer = client.post(
        reverse("dues:arrears_case", args=[talk.pk]), {"step": "excuse", "found_on": "2027-01-01", "note": "虚构的长期住院"}
    )
    assert answer.status_code == 422
    assert "虚构的长期住院" in answer.content.decode()
    talk.refresh_from_db()
    assert talk.state == ArrearsState.OPEN


def test_strangers_and_readers(billed: World, talk: ArrearsCase) -> None:
    address = reverse("dues:arrears_case", args=[talk.pk])
    assert browser(make.actor(billed.stranger.user)).get(address).status_code == 404
    assert browser(billed.actor(4)).get(address).status_code == 403
    page = text(browser(billed.office), address)
    assert "登记谈话" not in page  # it is the branch that talks


# The yearly check


def test_a_check_is_recorded_and_read(billed: World) -> None:
    client = browser(billed.office)
    address = reverse("dues:inspection_new")
    given = {
        "organization": billed.top.pk,
        "year": 2026,
        "checked_on": "2026-11-20",
        "inspectors": "虚构检查组",
        "findings": "抽查两个支部，账实相符。",
    }
    wrong = client.post(address, given | {"checked_on": "2026-12-20"})
    assert wrong.status_code == 422
    assert "虚构检查组" in wrong.content.decode()
    assert client.post(address, given).status_code == 302
    with unscoped("test"):
        made = Inspection.objects.get()
    assert "账实相符" in text(client, reverse("dues:inspection", args=[made.pk]))
    assert "虚构检查组" in text(client, reverse("dues:inspections"))
    assert browser(billed.secretary).get(reverse("dues:inspection", args=[made.pk])).status_code == 404


def test_the_panel_of_an_organisation(billed: World) -> None:
    page = text(browser(billed.office), f"/org/{billed.branch.pk}/?tab=dues")
    assert "840.00" in page


def test_daily_work_runs(billed: World) -> None:
    call_command("daily", verbosity=0)
    with unscoped("test"):
        assert ArrearsCase.objects.exists()


def test_a_members_year(billed: World) -> None:
    client, who = browser(billed.secretary), billed.people[1]
    answer = client.get(reverse("dues:member_year", args=[who.pk]))
    assert {tile["label"]: tile["value"] for tile in answer.context["tiles"]}["已交"] == "5.00"
    assert [bill.month.month for bill in answer.context["page_obj"]] == [11, 10, 9, 8]
    assert "这一年没有应交党费" in text(client, f"{reverse('dues:member_year', args=[who.pk])}?year=2025")
    sheet: Any = client.get(reverse("dues:member_year_sheet", args=[who.pk]))
    assert sheet.status_code == 200
    with unscoped("test"):
        assert Event.objects.filter(verb="dues.people_exported", summary__contains=who.name).exists()
    assert browser(make.actor(billed.stranger.user)).get(reverse("dues:member_year", args=[who.pk])).status_code == 404
