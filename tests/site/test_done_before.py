"""The table of what was done on paper: settles the duties it names, is taken back, and says by cell what is wrong."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.engines.duties.actions import PaperWork, note_paper_work
from dangjian.engines.duties.models import DoneBefore
from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import ImportBatch, ImportProblem
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid, NotFound, PermissionDenied
from dangjian.org.gate import admitted
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from dangjian.site.done_before import SHEET
from tests import make
from tests.engines.duties.build import current, duties, held, refreshed
from tests.members.sheets.people import sheet

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
LIVE = dt.date(2026, 11, 10)
HEADERS = ("党组织", "事项", "办理日期", "所属期", "说明")


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def top() -> Organization:
    return make.committee(name="虚构集团党委")


@pytest.fixture
def branch(top: Organization) -> Organization:
    made = make.branch(make.general_branch(top), name="虚构机电党支部")
    with unscoped("test world"):
        Organization.objects.update(live_on=LIVE)
    made.refresh_from_db()
    return made


@pytest.fixture
def office(top: Organization) -> Actor:
    return make.actor(make.grant(top, "party_office").user)


def upload(office: Actor, top: Organization, *rows: tuple[Any, ...]) -> ImportBatch:
    file: io.BytesIO = sheet([dict(zip(HEADERS, row, strict=False)) for row in rows], HEADERS)
    with admitted(office, SHEET.permission):
        batch = actions.upload(actor=office, sheet=SHEET, organization=top, file=file, file_name="已办.xlsx", answers={})
    actions.check(pk=batch.pk)
    return again(batch)


def again(batch: ImportBatch) -> ImportBatch:
    with unscoped("test"):
        found: ImportBatch = ImportBatch.objects.select_related("organization", "uploaded_by").get(pk=batch.pk)
    return found


def run(office: Actor, batch: ImportBatch, start: Any, work: Any) -> ImportBatch:
    with admitted(office, SHEET.permission):
        assert start(actor=office, batch=batch)
    work(pk=batch.pk)
    return again(batch)


def said(batch: ImportBatch) -> list[tuple[str, str, bool]]:
    with unscoped("test"):
        rows = ImportProblem.objects.filter(batch=batch).order_by("number", "pk")
        return [(row.cell, row.message, row.is_warning) for row in rows]


def test_what_was_done_on_paper_is_done_and_opens_again_when_taken_back(
    office: Actor, top: Organization, branch: Organization
) -> None:
    refreshed()
    assert current("general_meeting", branch).state == "open"
    batch = upload(office, top, (branch.short_name, "支部党员大会", "2026-10-15", "", "记录本第12页"))
    assert said(batch) == []
    run(office, batch, actions.start_commit, actions.commit)
    duty = current("general_meeting", branch)
    assert (duty.state, duty.done_on, duty.was_done_on_paper, duty.is_late) == ("done", dt.date(2026, 10, 15), True, False)
    refreshed()
    assert current("general_meeting", branch).state == "done"
    assert Event.objects.filter(verb="duties.done_before_noted").count() == 1
    run(office, batch, actions.start_undo, actions.undo)
    assert current("general_meeting", branch).state == "open"
    with unscoped("test"):
        assert not DoneBefore.objects.exists()


def test_the_page_of_the_duty_says_how_it_was_done(
    client: Client, office: Actor, top: Organization, branch: Organization
) -> None:
    secretary = make.post(branch)
    refreshed()
    batch = upload(office, top, (branch.short_name, "支部党员大会", "2026-10-15", "", "记录本第12页"))
    run(office, batch, actions.start_commit, actions.commit)
    client.force_login(secretary.user)
    page = client.get(reverse("duties:detail", args=[current("general_meeting", branch).pk])).content.decode()
    assert "启用前在纸面办理：记录本第12页" in page


def test_a_meeting_on_the_platform_shows_it_better(office: Actor, top: Organization, branch: Organization) -> None:
    refreshed()
    batch = upload(office, top, (branch.short_name, "支部党员大会", "2026-10-15"))
    run(office, batch, actions.start_commit, actions.commit)
    meeting = held(branch, "general_meeting", "2026-10-15")
    refreshed(branch)
    duty = current("general_meeting", branch)
    assert (duty.state, duty.evidence_id, duty.was_done_on_paper) == ("done", meeting.pk, False)
    later = upload(office, top, (branch.short_name, "支部党员大会", "2026-10-16"))
    assert [message for _, message, is_warning in said(later) if is_warning] == [
        "平台上已有2026年第四季度支部党员大会的记录，不用再登记。"
    ]


def test_another_day_takes_the_place_of_the_first_and_goes_back(office: Actor, top: Organization, branch: Organization) -> None:
    for day in ("2026-10-15", "2026-10-20"):
        batch = upload(office, top, (branch.short_name, "支部党员大会", day))
        assert said(batch) == []
        run(office, batch, actions.start_commit, actions.commit)
    assert current("general_meeting", branch).done_on == dt.date(2026, 10, 20)
    run(office, batch, actions.start_undo, actions.undo)
    assert current("general_meeting", branch).done_on == dt.date(2026, 10, 15)


@pytest.mark.parametrize(
    ("row", "cell", "text"),
    [
        (("虚构机电党支部", "支部党员大会", "2026-11-10"), "C2", "从2026年11月10日起使用平台"),
        (("虚构机电党支部", "支部党员大会", "2026-11-30"), "C2", "晚于今天"),
        (("虚构机电党支部", "支部党员大会", "2026-10"), "C2", "要写到哪一天"),
        (("虚构机电党支部", "民主生活会", "2026-10-15"), "B2", "不用办“民主生活会”"),
        (("虚构机电党支部", "春游", "2026-10-15"), "B2", "没有“春游”这个事项"),
        (("虚构机电支部", "支部党员大会", "2026-10-15"), "A2", "没有党组织叫“虚构机电支部”"),
        (("虚构机电党支部", "支部党员大会", "2026-10-15", "2026年第三季度"), "C2", "不在“2026年第三季度”的期限内"),
        (("虚构机电党支部", "支部党员大会", "2026-10-15", "上个季度"), "D2", "没有“上个季度”这一期"),
        (("虚构机电党支部", "支部党员大会", "2019-10-15"), "C2", "不在启用前一年以内"),
    ],
)
def test_what_is_wrong_is_said_by_cell(
    office: Actor, top: Organization, branch: Organization, row: tuple[Any, ...], cell: str, text: str
) -> None:
    batch = upload(office, top, row)
    [(where, message, is_warning)] = said(batch)
    assert (where, text in message, is_warning) == (cell, True, False), message
    with unscoped("test"):
        assert not DoneBefore.objects.exists()


@pytest.mark.parametrize("typed", ["2026年第四季度", "2026年第4季度", "2026 年 第四季度", "2026-10"])
def test_the_period_is_read_as_people_write_it(office: Actor, top: Organization, branch: Organization, typed: str) -> None:
    assert said(upload(office, top, (branch.short_name, "支部党员大会", "2026-10-15", typed))) == []


@pytest.mark.day("2027-02-23")
def test_the_year_before_may_be_named_in_the_first_months(office: Actor, top: Organization) -> None:
    branch = make.branch(top, name="虚构后勤党支部")
    with unscoped("test world"):
        Organization.objects.update(live_on=dt.date(2027, 2, 10))
    [(_, message, is_warning)] = said(upload(office, top, (branch.short_name, "组织生活会", "2027-01-20")))
    assert (is_warning, "请在“所属期”里写“2026年”" in message) == (True, True)
    batch = upload(office, top, (branch.short_name, "组织生活会", "2027-01-20", "2026年度"))
    assert said(batch) == []
    run(office, batch, actions.start_commit, actions.commit)
    with unscoped("test"):
        assert DoneBefore.objects.get().period_start == dt.date(2026, 1, 1)


def test_nobody_attests_to_their_own_work(top: Organization, branch: Organization) -> None:
    secretary = make.actor(make.post(branch).user)
    work = PaperWork(branch, "general_meeting", "支部党员大会", dt.date(2026, 10, 1), dt.date(2026, 10, 15))
    with pytest.raises((PermissionDenied, NotFound)), admitted(secretary, "duties.view"):
        note_paper_work(actor=secretary, rows=[work])
    own = upload(secretary, branch, (branch.short_name, "支部党员大会", "2026-10-15"))
    assert [message for _, message, _ in said(own)] == ["虚构机电党支部自己的已办事项，由上级党组织登记。"]
    with pytest.raises(Invalid, match="不能登记为启用前已办"):
        note_paper_work(actor=make.SYSTEM, rows=[PaperWork(branch, "general_meeting", "x", dt.date(2026, 10, 1), clock.today())])
    with unscoped("test"):
        assert not DoneBefore.objects.exists()
    assert duties(rule="general_meeting", organization=branch) == []
