"""What somebody with bad intent would try first: each attack is refused, and nothing was written or shown."""

import datetime as dt
import io
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import ApiToken, Event, User
from dangjian.activities.meetings import actions, checkin
from dangjian.activities.meetings.models import Attendance, Decision, Meeting
from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.engines.notifications.models import Notification
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import PermissionDenied
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions.record import update_record
from dangjian.members.models import CorrectionProposal, Member
from dangjian.org.actions import grants
from dangjian.org.models import Grant, Post
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.world import World, build
from tests.days import in_days

pytestmark = pytest.mark.django_db
NUMBER, MOBILE, STREET = fictional_resident_id(dt.date(1990, 5, 6), 12), "19900004321", "星光路8号"
BUSINESS = (
    "members:list",
    "meetings:list",
    "org:tree",
    "duties:matrix",
    "exchange:imports",
    "members:proposals",
    "org:delegations",
)
SYSTEM = {
    "system_admin": {"accounts:list", "accounts:new"},
    "security_admin": {"accounts:locks", "org:grants", "org:new_grant"},
    "audit_admin": {"accounts:events"},
}


@pytest.fixture
def world() -> Iterator[World]:
    cache.clear()
    with unscoped("the test looks at everything; each page opens its own scope"):
        yield build()


def at(user: User, **more: Any) -> Client:
    """A browser in which ``user`` is signed in."""
    client = Client(**more)
    client.force_login(user)
    return client


def called(world: World, who: User, branch: Any, **more: Any) -> Meeting:
    """A meeting of ``branch`` that is open for checking in."""
    starts_at = clock.now() - dt.timedelta(minutes=30)
    person = Member.objects.get(user=who)
    meeting = actions.plan(
        actor=make.actor(who),
        organization=branch,
        kinds=["general_meeting"],
        title="虚构党员大会",
        place="虚构会议室",
        chair=person,
        recorder=world.member if branch == world.branch else world.other_member,
        sittings=[actions.SittingPlan(starts_at, starts_at + dt.timedelta(minutes=90))],
        agenda=[actions.AgendaPlan("虚构议题")],
        **more,
    )
    return actions.call(actor=make.actor(who), meeting=meeting)


@pytest.fixture
def meetings(world: World) -> SimpleNamespace:
    own = called(world, world.neighbour, world.other_branch)
    foreign = called(world, world.secretary, world.branch)
    return SimpleNamespace(own=own, foreign=foreign)


# Rows of others, named by number.


@pytest.mark.parametrize("named", [{"observer_ids": True}, {"audience": "chosen", "member_ids": True}])
def test_a_stranger_is_not_invited_by_number_to_read_the_name(world: World, named: dict[str, Any]) -> None:
    victim, soon = make.member(world.branch, "甲党员密四"), in_days(3)
    body = {
        "organization_id": world.other_branch.pk,
        "kinds": ["general_meeting"],
        "title": "借故点名",
        "place": "虚构会议室",
        "sittings": [{"starts_at": f"{soon}T15:00:00+08:00", "ends_at": f"{soon}T16:00:00+08:00"}],
        "send": False,
        **{key: [victim.pk] if value is True else value for key, value in named.items()},
    }
    key = ApiToken.new_key()
    ApiToken.objects.create(user=world.neighbour, title="测试", digest=ApiToken.digest_of(key))
    headers = {"Authorization": f"Bearer {key}"}
    answer = Client().post("/api/v1/meetings", body, content_type="application/json", headers=headers)
    assert answer.status_code == 422
    assert "甲党员密四" not in answer.content.decode()
    assert not Meeting.objects.exists()


def test_parts_of_another_meeting_are_not_reached_through_ones_own(meetings: SimpleNamespace, world: World) -> None:
    actions.begin(actor=make.actor(world.secretary), meeting=meetings.foreign)
    item = meetings.foreign.agenda.get()
    row = Decision.objects.create(meeting=meetings.foreign, type="other", text="虚构决议", passed=True)
    attendance = meetings.foreign.attendances.first()
    client, pk = at(world.neighbour), meetings.own.pk
    actions.begin(actor=make.actor(world.neighbour), meeting=meetings.own)
    assert client.post(reverse("meetings:agenda_remove", args=[pk, item.pk])).status_code == 404
    assert client.get(reverse("meetings:decision", args=[pk, row.pk])).status_code == 404
    assert client.post(reverse("meetings:decision_remove", args=[pk, row.pk])).status_code == 404
    mark = {"attendance": attendance.pk, "presence": "absent", "reason": "代签"}
    client.post(reverse("meetings:mark", args=[pk]), mark)
    vote = {"type": "other", "text": "同意。", "method": "show_of_hands", "passed": "true", "agenda_item": item.pk}
    assert client.post(reverse("meetings:decision_new", args=[pk]), vote).status_code == 422
    assert Attendance.objects.get(pk=attendance.pk).presence == "unknown"
    assert list(Decision.objects.all()) == [row]


def test_a_foreign_person_takes_no_post_and_a_foreign_member_does_not_move(world: World) -> None:
    worker = make.post(world.other_branch, "party_worker").user
    client = at(worker)
    form = {"kind": "committee_member", "user": world.member_user.pk, "starts_on": "2026-11-01", "step": "confirm"}
    assert client.post(reverse("org:appoint", args=[world.other_branch.pk]), form).status_code == 422
    move = {"to": world.other_branch.pk, "effective_on": "2026-11-01"}
    ask = {"to": world.other_branch.pk, "day": "2026-11-01", "entry_why": "work", "entry_note": ""}
    assert client.post(f"{reverse('transfers:batch')}?member={world.member.pk}", ask).status_code == 422
    assert not register(ProcedureCase).exists()
    assert client.post(reverse("members:move", args=[world.member.pk]), move).status_code == 404
    assert not Post.objects.filter(user=world.member_user).exists()
    assert Member.objects.get(pk=world.member.pk).branch == world.branch


def test_an_import_of_others_is_neither_read_nor_entered(world: World) -> None:
    batch = ImportBatch.objects.create(
        organization=world.branch,
        uploaded_by=world.office,
        file_name="甲支部密.xlsx",
        state=State.READY,
        sheet_code="roster",
    )
    client = at(make.post(world.other_branch, "party_worker").user)
    for name in ("exchange:detail", "exchange:progress"):
        assert client.get(reverse(name, args=[batch.pk])).status_code == 404
    for name in ("exchange:check", "exchange:commit", "exchange:undo", "exchange:discard", "exchange:leave_out_wrong"):
        assert client.post(reverse(name, args=[batch.pk])).status_code == 404
    batch.refresh_from_db()
    assert batch.state == State.READY


def test_one_accepts_neither_ones_own_correction_nor_that_of_another_branch(world: World) -> None:
    row = CorrectionProposal.objects.create(member=world.member, column="school", value="虚构大学")
    assert at(world.member_user).post(reverse("members:proposal", args=[row.pk]), {"step": "accept"}).status_code == 403
    assert at(world.neighbour).post(reverse("members:proposal", args=[row.pk]), {"step": "accept"}).status_code == 404
    at(world.neighbour).post(reverse("members:accept_many"), {"proposal": row.pk})
    row.refresh_from_db()
    assert row.state == "open"


def test_a_draft_is_read_by_those_who_prepare_it_only(world: World) -> None:
    draft = actions.plan(
        actor=make.actor(world.secretary), organization=world.branch, kinds=["general_meeting"], title="酝酿中的会议"
    )
    superior = at(world.office)
    assert "酝酿中的会议" not in superior.get("/api/v1/meetings").content.decode()
    assert superior.get(f"/api/v1/meetings/{draft.pk}").status_code in {403, 404}
    assert superior.get(reverse("meetings:detail", args=[draft.pk])).status_code == 403
    assert at(world.secretary).get(reverse("meetings:detail", args=[draft.pk])).status_code == 200


# More rights than one has.


def test_nobody_hands_on_what_they_lack_or_were_handed(world: World) -> None:
    secretary, deputy = make.actor(world.secretary), world.deputy
    day = in_days(8)
    for role in ("party_office", "party_worker"):
        with pytest.raises(PermissionDenied):
            grants.delegate(actor=secretary, organization=world.branch, user=deputy, role=role, ends_on=day, reason="越权")
    agent = make.member(world.branch, with_user=True).user
    assert agent
    grants.delegate(actor=secretary, organization=world.branch, user=agent, role="secretary", ends_on=day, reason="外出")
    with pytest.raises(PermissionDenied):
        grants.delegate(
            actor=make.actor(agent), organization=world.branch, user=deputy, role="deputy_secretary", ends_on=day, reason="转手"
        )
    assert Grant.objects.filter(granted_by=agent).count() == 0


@pytest.mark.parametrize("role", sorted(SYSTEM))
def test_an_administrator_does_neither_business_nor_anothers_work(world: World, role: str) -> None:
    client = at(getattr(world, role))
    others = {name for names in SYSTEM.values() for name in names} - SYSTEM[role]
    assert {name for name in SYSTEM[role] if client.get(reverse(name)).status_code != 200} == set()
    assert {name for name in {*BUSINESS, *others} if client.get(reverse(name)).status_code != 403} == set()
    assert f"/members/{world.member.pk}/" not in client.get(reverse("site:search"), {"q": "甲党员密"}).content.decode()


def test_whoever_resets_a_password_is_seen(world: World) -> None:
    at(world.system_admin).post(reverse("accounts:reset", args=[world.office.pk]))
    told = set(Notification.objects.values_list("user_id", flat=True))
    assert told == {world.office.pk, world.security_admin.pk, world.audit_admin.pk}
    assert Event.objects.get(verb="accounts.password_reset").actor == world.system_admin


# Checking in without being there.


def test_a_code_counts_at_its_meeting_for_those_called_and_for_a_minute(meetings: SimpleNamespace, world: World) -> None:
    code = checkin.current_code(meetings.foreign.sittings.get().pk, clock.now())
    token = checkin.token(meetings.foreign.sittings.get().pk, clock.now())
    stranger = at(world.neighbour_member)
    stranger.post(reverse("meetings:check_in_code"), {"code": code, "way": "onsite", "meeting": meetings.own.pk})
    stranger.post(reverse("meetings:check_in", args=[token]))
    with clock.at(clock.now() + dt.timedelta(seconds=61)):
        late = at(world.member_user)
        late.post(reverse("meetings:check_in_code"), {"code": code, "way": "onsite"})
        late.post(reverse("meetings:check_in", args=[token]))
    assert not Attendance.objects.exclude(presence="unknown").exists()
    member, address = at(world.member_user), reverse("meetings:check_in", args=[token])
    assert member.post(address, {"online": "1"}).status_code == 409, "the meeting is held on site alone"
    assert not Attendance.objects.exclude(presence="unknown").exists()
    member.post(address)
    assert Attendance.objects.exclude(presence="unknown").get().presence == "present"


def test_digits_are_not_guessed_by_a_program(meetings: SimpleNamespace, world: World) -> None:
    client, address = at(world.member_user), reverse("meetings:check_in_code")
    code = checkin.current_code(meetings.foreign.sittings.get().pk, clock.now())
    wrong = f"{(int(code) + 500_000) % 1_000_000:06d}"
    for _ in range(actions.checking_in.TRIES_A_MINUTE):
        client.post(address, {"code": wrong, "way": "onsite"})
    client.post(address, {"code": code, "way": "onsite"})
    assert not Attendance.objects.exclude(presence="unknown").exists()


# Personal data.


@pytest.fixture
def private(world: World) -> World:
    update_record(make.SYSTEM, world.member, resident_id=NUMBER, mobile=MOBILE, current_address=f"虚构省虚构市{STREET}")
    return world


def test_full_numbers_stand_on_no_page(private: World) -> None:
    client, pk = at(private.secretary), private.member.pk
    addresses = [
        *(f"{reverse('members:detail', args=[pk])}?tab={tab}" for tab in ("basic", "account", "details", "viewers")),
        reverse("members:edit", args=[pk]),
        reverse("members:list"),
        f"{reverse('site:search')}?q=甲党员密",
        reverse("org:detail", args=[private.branch.pk]),
        f"/api/v1/members/{pk}",
        "/api/v1/members",
    ]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert not [secret for secret in (NUMBER, MOBILE, STREET) if secret in answer.content.decode()], address
    assert not [event for event in Event.objects.all() if NUMBER in f"{event.summary}{event.data}"]


def test_a_full_number_needs_a_purpose_and_leaves_a_trace(private: World) -> None:
    address = reverse("members:unmask", args=[private.member.pk, "resident_id"])
    client = at(private.secretary)
    assert NUMBER not in client.get(address).content.decode()
    assert NUMBER not in client.post(address, {"purpose": " "}).content.decode()
    assert not Event.objects.filter(verb="members.unmasked").exists()
    assert NUMBER in client.post(address, {"purpose": "核对身份信息"}).content.decode()
    assert "核对身份信息" in at(private.member_user).get(reverse("members:me_views")).content.decode()
    assert at(private.group_leader).post(address, {"purpose": "核对身份信息"}).status_code == 403
    assert at(private.neighbour).post(address, {"purpose": "核对身份信息"}).status_code == 404


def test_a_record_read_by_a_program_is_a_look_at_it(private: World) -> None:
    at(private.secretary).get(f"/api/v1/members/{private.member.pk}")
    assert private.secretary.name in at(private.member_user).get(reverse("members:me_views")).content.decode()


def test_an_export_is_masked_seen_by_those_in_it_and_holds_no_formula(private: World) -> None:
    update_record(make.SYSTEM, private.member, school='=HYPERLINK("http://elsewhere.example")')
    answer = at(private.secretary).post(reverse("members:export"), {"purpose": "年度核对"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    text = " ".join(str(cell.value) for cell in cells)
    assert not [secret for secret in (NUMBER, MOBILE, STREET) if secret in text]
    assert {cell.data_type for cell in cells if str(cell.value).startswith("=")} == {"s"}
    assert "年度核对" in at(private.member_user).get(reverse("members:me_views")).content.decode()


def test_a_decided_correction_hides_the_number_again(private: World) -> None:
    CorrectionProposal.objects.create(member=private.member, column="mobile", value="19900008765", state="refused")
    page = at(private.secretary).get(reverse("members:proposals"), {"state": "done"}).content.decode()
    assert "甲党员密" in page
    assert "19900008765" not in page


# The browser.


def test_what_people_type_is_text_and_no_script(meetings: SimpleNamespace, world: World) -> None:
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    actions.update(actor=make.actor(world.secretary), meeting=meetings.foreign, title=script, notes=script)
    update_record(make.SYSTEM, world.member, school=script)
    client = at(world.secretary)
    for address in (
        reverse("meetings:detail", args=[meetings.foreign.pk]),
        reverse("meetings:list"),
        reverse("members:detail", args=[world.member.pk]),
        f"{reverse('site:search')}?q={script}",
    ):
        answer = client.get(address)
        page = answer.content.decode()
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
        assert "unsafe" not in answer["Content-Security-Policy"], address
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", re.sub(r'"[^"]*"', '""', page)), address


def test_a_message_never_leads_outside(world: World) -> None:
    row = Notification.objects.create(user=world.member_user, topic="general", title="点我", url="//elsewhere.example/")
    answer = at(world.member_user).post(reverse("notifications:open", args=[row.pk]))
    assert answer["Location"] == reverse("notifications:inbox")


def test_a_page_elsewhere_writes_nothing_with_ones_session(meetings: SimpleNamespace, world: World) -> None:
    client = at(world.member_user, enforce_csrf_checks=True)
    body = {"coming": False, "reason": "伪造"}
    answer = client.post(f"/api/v1/meetings/{meetings.foreign.pk}/answer", body, content_type="application/json")
    assert answer.status_code == 403
    assert client.post(reverse("meetings:answer", args=[meetings.foreign.pk]), {"answer": "leave"}).status_code == 403
    assert not Attendance.objects.exclude(answer="none").exists()


def test_signing_in_gives_a_new_session_and_a_new_password_ends_the_others(world: World) -> None:
    user = make.user()
    elsewhere, here = at(user), Client()
    here.get(reverse("accounts:sign_in"))
    here.cookies["sessionid"] = "planted"
    here.post(reverse("accounts:sign_in"), {"username": user.username, "password": "Test-1234"})
    assert here.cookies["sessionid"].value != "planted"
    here.post(reverse("accounts:password"), {"old": "Test-1234", "new": "Nova-5678", "again": "Nova-5678"})
    assert here.get("/").status_code == 200
    assert elsewhere.get("/")["Location"].startswith(reverse("accounts:sign_in"))
