"""From an empty database to the first archived meeting, through the pages alone, with the files of a whole enterprise."""

import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.dues.assessment.models import Assessment
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.ledger.models import Book
from dangjian.activities.meetings.models import Meeting, Presence, Status
from dangjian.engines.duties import actions as duties
from dangjian.engines.duties.models import Duty, is_overdue
from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.kernel import clock
from dangjian.members.models import GroupAssignment, Member
from dangjian.org.actions import enterprise as platform
from dangjian.org.models import Kind, Organization, Post, PostKind, TermOfBody
from dangjian.org.unscoped import unscoped
from tests import make
from tests.journeys.enterprise import Enterprise, workbook

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.day("2026-11-10")]

PASSWORD = "Xinghe-2026"
LIVE = "2026-11-10"


def signed_in(username: str, password: str) -> Client:
    """Somebody signs in for the first time and chooses a password."""
    client = Client()
    assert client.post(reverse("accounts:sign_in"), {"username": username, "password": password}).status_code == 302
    assert client.get("/")["Location"] == reverse("accounts:password")
    changed = client.post(reverse("accounts:password"), {"old": password, "new": PASSWORD, "again": PASSWORD})
    assert changed.status_code == 302
    return client


def set_up() -> tuple[Client, Client]:
    """The office and the security administrator of a fresh platform."""
    where = reverse("org:setup_enterprise", args=[platform.open_address()])
    form = {
        "name": "虚构集团有限公司",
        "committee_short_name": "集团党委",
        "type_code": "611",
        "established_on": "1998-06-01",
        "live_on": LIVE,
        "system_name": "公冶昆仑",
        "security_name": "司空太行",
        "audit_name": "太史祁连",
        "office_name": "欧阳立夏",
        "step": "confirm",
    }
    page = Client().post(where, form).content.decode()
    passwords = re.findall(r"strong\">([A-Z][a-z]{4}-\d{4})<", page)
    assert len(passwords) == 4
    return signed_in("ouyanglixia", passwords[3]), signed_in("sikongtaixing", passwords[1])


def entered(office: Client, sheet: str, file: io.BytesIO, **answers: str) -> ImportBatch:
    """Upload a sheet, see that nothing is wrong with it, and enter it."""
    with unscoped("test"):
        top = Organization.objects.get(parent=None)
    file.name = f"{sheet}.xlsx"
    address = f"{reverse('exchange:upload')}?sheet={sheet}"
    uploaded = office.post(address, {"file": file, "organization": top.pk, **answers})
    assert uploaded.status_code == 302, re.findall(r"errorlist.*?</ul>", uploaded.content.decode(), re.DOTALL)
    with unscoped("test"):
        batch: ImportBatch = ImportBatch.objects.get(sheet_code=sheet)
        wrong = list(batch.problems.filter(is_warning=False).values_list("cell", "message")[:5])
    assert (batch.state, wrong) == (State.READY, [])
    office.post(reverse("exchange:commit", args=[batch.pk]))
    return batch


@pytest.mark.parametrize("size", [{}, {"general": 2, "branches": 4, "groups": 6, "members": 60}], ids=["whole", "small"])
def test_from_nothing_to_the_first_archived_meeting(size: dict[str, int]) -> None:
    if size:
        _journey(Enterprise(**size))
    else:
        _journey(Enterprise())


def _journey(paper: Enterprise) -> None:
    office, _security = set_up()
    for sheet, rows, answers in (
        ("organizations", paper.tree(), {}),
        ("officers", paper.officers(), {}),
        ("roster", paper.roster(), {"entry_kind": "opening", "effective_on": LIVE, "existing": "update"}),
        ("dues_bases", paper.bases(), {"from_month": "2026-12-01"}),
        ("dues_balances", paper.balances(), {}),
        ("done_before", paper.done_before(), {}),
    ):
        batch = entered(office, sheet, workbook(Sheet1=rows), **answers)
        with unscoped("test"):
            batch = ImportBatch.objects.get(pk=batch.pk)
        assert (batch.state, batch.failure) == (State.COMMITTED, "")
    _is_there(paper)
    _nobody_is_overdue()
    secretary = _handed_out(office, paper, PostKind.SECRETARY)
    deputy = _handed_out(secretary, paper, PostKind.DEPUTY_SECRETARY)
    _first_meeting(secretary, deputy)
    matrix = office.get(reverse("duties:matrix"), {"per": "month", "on": LIVE}).content.decode()
    assert "已完成 1 项" in matrix


def _is_there(paper: Enterprise) -> None:
    """Everything of the files is on record, in its place."""
    with unscoped("test"):
        kinds = {kind: Organization.objects.filter(kind=kind).count() for kind in Kind}
        assert kinds == {
            Kind.COMMITTEE: 1,
            Kind.GENERAL_BRANCH: paper.general,
            Kind.BRANCH: paper.branches,
            Kind.GROUP: paper.groups,
        }
        assert Member.objects.count() == paper.members
        assert GroupAssignment.objects.count() == paper.members
        assert Organization.objects.exclude(live_on=clock.today()).count() == 0
        assert Post.objects.filter(kind=PostKind.SECRETARY).count() == paper.branches + paper.general
        assert TermOfBody.objects.count() == paper.branches + paper.general
        # Officers came before the roster; their accounts are their members' now.
        assert not Post.objects.filter(user__member=None).exists()
        assert Assessment.objects.count() == paper.members
        assert not Bill.objects.exists()
        assert Book.objects.filter(balanced_on__isnull=False).count() == paper.branches + 1


def _handed_out(by: Client, paper: Enterprise, kind: PostKind) -> Client:
    """Somebody hands an officer of the first branch a first password, and the officer signs in with it."""
    with unscoped("test"):
        post = Post.objects.select_related("user__member").get(organization__short_name=paper.branch(0), kind=kind)
    told = by.post(reverse("members:hand_out", args=[post.user.member.pk])).content.decode()
    found = re.search(r"[A-Z][a-z]{4}-\d{4}", told)
    assert found, told
    return signed_in(User.objects.get(pk=post.user_id).username, found[0])


def _nobody_is_overdue() -> None:
    with unscoped("test"):
        listed = Duty.objects.live().filter(organization__kind=Kind.BRANCH, rule="party_lecture")
        assert listed.exists()
        assert {duty.look for duty in Duty.objects.filter(rule="general_meeting")} == {"done"}
        assert not listed.filter(responsible=None).exists(), "the secretaries have their duties before the first night"
    duties.refresh(actor=make.SYSTEM)
    with unscoped("test"):
        assert Duty.objects.live().exists()
        late = Duty.objects.live().filter(is_overdue(clock.today()))
        assert list(late.values_list("rule", "due_on")[:5]) == []


def _first_meeting(secretary: Client, deputy: Client) -> None:
    """The secretary calls, holds and minutes the first meeting, the deputy as its chair confirms and archives it."""
    address = f"{reverse('meetings:new')}?kind=theme_day"
    assert secretary.get(address).status_code == 200
    called = secretary.post(address, _call(_member_of(deputy), _member_of(secretary)))
    assert called.status_code == 302, re.findall(r"errorlist.*?</ul>", called.content.decode(), re.DOTALL)
    with unscoped("test"):
        meeting = Meeting.objects.get()
        ids = list(meeting.attendances.values_list("pk", flat=True))
    assert (meeting.status, len(ids) > 1) == (Status.CALLED, True)
    with clock.at(f"{LIVE} 09:15"):
        secretary.post(reverse("meetings:begin", args=[meeting.pk]))
        marks = {"attendance": ids, "presence": Presence.PRESENT}
        secretary.post(reverse("meetings:mark", args=[meeting.pk]), marks)
    with clock.at(f"{LIVE} 10:40"):
        secretary.post(reverse("meetings:end", args=[meeting.pk]))
        secretary.post(reverse("meetings:minutes", args=[meeting.pk]), {"text": "学习了有关文件。", "ready": "1"})
        deputy.post(reverse("meetings:confirm", args=[meeting.pk]))
        deputy.post(reverse("meetings:close", args=[meeting.pk]))
    with unscoped("test"):
        meeting = Meeting.objects.get()
    assert meeting.status == Status.CLOSED
    assert meeting.number


def _member_of(client: Client) -> Member:
    with unscoped("test"):
        found: Member = Member.objects.get(user=int(client.session["_auth_user_id"]))
    return found


def _call(chair: Member, recorder: Member) -> dict[str, object]:
    return {
        "kinds": ["theme_day"],
        "title": "2026年11月主题党日",
        "mode": "onsite",
        "place": "党员活动室",
        "audience": "members",
        "chair": chair.pk,
        "recorder": recorder.pk,
        "s-TOTAL_FORMS": "1",
        "s-INITIAL_FORMS": "0",
        "s-0-on": LIVE,
        "s-0-starts": "09:10",
        "s-0-ends": "10:30",
        "a-TOTAL_FORMS": "1",
        "a-INITIAL_FORMS": "0",
        "a-0-title": "学习",
        "a-0-type": "study",
        "call": "1",
    }
