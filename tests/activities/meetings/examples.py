"""How to call each address of organisational life in the small world of the contracts. See ``tests/contracts/examples.py``."""

import datetime as dt
import io
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dangjian.accounts.models import User
from dangjian.activities.contact.actions import guests
from dangjian.activities.meetings import actions, calendar
from dangjian.activities.meetings.election import Ballots, Candidate
from dangjian.activities.meetings.models import (
    AgendaItem,
    Attachment,
    Attendance,
    Decision,
    Election,
    MakeUp,
    Meeting,
    MeetingGuest,
    MeetingKindRow,
    RegisterPaper,
)
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return SimpleUploadedFile("现场.jpg", out.getvalue(), "image/jpeg")


def form(world: World, **more: Any) -> dict[str, Any]:
    """What the form of a new meeting holds when nothing is changed."""
    return {
        "kinds": ["general_meeting"],
        "title": "虚构党员大会",
        "mode": "onsite",
        "place": "虚构会议室",
        "audience": "members",
        "chair": _person(world.secretary).pk,
        "recorder": world.member.pk,
        "s-TOTAL_FORMS": "1",
        "s-INITIAL_FORMS": "0",
        "s-0-on": clock.today() + dt.timedelta(days=1),
        "s-0-starts": "14:00",
        "s-0-ends": "15:30",
        "a-TOTAL_FORMS": "1",
        "a-INITIAL_FORMS": "0",
        "a-0-title": "虚构议题",
        "a-0-type": "study",
        **more,
    }


def planned(world: World, *kinds: str) -> Meeting:
    starts_at = clock.now() - dt.timedelta(minutes=30)
    return actions.plan(
        actor=make.actor(world.secretary),
        organization=world.branch,
        kinds=kinds or ("general_meeting",),
        title="虚构党员大会",
        place="虚构会议室",
        chair=_person(world.secretary),
        recorder=world.member,
        sittings=[actions.SittingPlan(starts_at, starts_at + dt.timedelta(minutes=90))],
        agenda=[actions.AgendaPlan("虚构议题")],
    )


def called(world: World, *kinds: str) -> Meeting:
    return actions.call(actor=make.actor(world.secretary), meeting=planned(world, *kinds))


def running(world: World, *kinds: str) -> Meeting:
    meeting = actions.begin(actor=make.actor(world.secretary), meeting=called(world, *kinds))
    actions.check_in_by_hand(
        actor=make.actor(world.secretary),
        meeting=meeting,
        presence="present",
        reason="现场点名登记",
        attendance_ids=[row.pk for row in meeting.attendances.exclude(member__in=[world.member, meeting.chair])],
    )
    actions.check_in_by_hand(
        actor=make.actor(world.member_user),
        meeting=meeting,
        presence="present",
        reason="现场点名登记",
        attendance_ids=[row.pk for row in meeting.attendances.filter(member=meeting.chair)],
    )
    return meeting


def held(world: World, *kinds: str) -> Meeting:
    meeting = running(world, *kinds)
    with clock.at(clock.now() + dt.timedelta(hours=2)):
        return actions.end(actor=make.actor(world.secretary), meeting=meeting)


def _another_attendance(world: World, _number: int) -> Any:
    """Of somebody who was due at a meeting of their own branch below the same superior."""
    meeting = Meeting.objects.filter(status="held").first() or held(world)
    return meeting.attendances.create(member=make.member(world.branch), presence="absent")


def _meeting_held(world: World) -> dict[str, Any]:
    return {"meeting_id": held(world).pk}


def _held_elsewhere(world: World, _number: int) -> Meeting:
    """By a branch of its own, of two kinds; its secretary came, and somebody did not."""
    branch = make.branch(world.general_branch)
    secretary = make.member(branch, with_user=True)
    make.post(branch, "secretary", secretary.user)
    recorder, actor = make.member(branch, with_user=True), make.actor(secretary.user)
    starts_at = clock.now() - dt.timedelta(minutes=30)
    meeting = actions.plan(
        actor=actor,
        organization=branch,
        kinds=("general_meeting", "theme_day"),
        title="虚构党员大会",
        place="虚构会议室",
        chair=secretary,
        recorder=recorder,
        sittings=[actions.SittingPlan(starts_at, starts_at + dt.timedelta(minutes=90))],
        agenda=[actions.AgendaPlan("虚构议题")],
    )
    actions.begin(actor=actor, meeting=actions.call(actor=actor, meeting=meeting))
    rows = [row.pk for row in meeting.attendances.filter(member=recorder)]
    actions.check_in_by_hand(actor=actor, meeting=meeting, presence="present", reason="现场点名登记", attendance_ids=rows)
    with clock.at(clock.now() + dt.timedelta(hours=2)):
        return actions.end(actor=actor, meeting=meeting)


def _came_to(world: World, number: int) -> None:
    """A meeting of a branch of its own, of which the member of the world was part too."""
    _held_elsewhere(world, number).attendances.create(member=world.member, presence="present")


def _studied_again(world: World, number: int) -> None:
    row = _held_elsewhere(world, number).attendances.create(member=world.member, presence="absent")
    MakeUp.objects.create(attendance=row, state="confirmed", due_on=clock.today(), done_at=clock.now())


def written(world: World) -> Meeting:
    meeting = held(world)
    actions.draft_minutes(actor=make.actor(world.member_user), meeting=meeting)
    return meeting


def confirmed(world: World) -> Meeting:
    meeting = written(world)
    actions.confirm(actor=make.actor(world.secretary), meeting=meeting)
    return meeting


def closed(world: World) -> Meeting:
    return actions.close(actor=make.actor(world.secretary), meeting=confirmed(world))


def asked_leave(world: World) -> Meeting:
    meeting = called(world)
    actions.answer(actor=make.actor(world.member_user), meeting=meeting, coming=False, reason="值班")
    return meeting


def decision(world: World) -> Decision:
    return actions.record_decision(
        actor=make.actor(world.secretary), meeting=running(world), text="同意。", votes=actions.Votes(2)
    )


def attached(world: World) -> Attachment:
    return actions.attach(actor=make.actor(world.secretary), meeting=called(world), file=picture(), kind="photo")


def _person(user: User) -> Member:
    found: Member = Member.objects.get(user=user)
    return found


def _secretary(world: World) -> User:
    return world.secretary


def _example(kwargs: Any, post: Any = None, **more: Any) -> Example:
    """An example of the secretary; what a form contains is looked up in the whole world."""

    def looked_up(world: World) -> dict[str, Any]:
        with unscoped("a form names rows of the world"):
            found: dict[str, Any] = post(world)
            return found

    return Example(kwargs, post=looked_up if post else None, holder=_secretary, **more)


def _of(make_meeting: Any, **more: Any) -> Example:
    return _example(lambda world: {"pk": make_meeting(world).pk}, **more)


def _with_guest(world: World) -> Meeting:
    """One that a floating member of another organisation sits in on."""
    given = {"name": "虚构来客", "home": "虚构县虚构镇党委", "came_from": "city", "since_on": clock.today()}
    guest = guests.welcome(actor=make.SYSTEM, organization=world.branch, **given)
    meeting = running(world)
    actions.add_guest(actor=make.actor(world.secretary), meeting=meeting, key=f"contact:{guest.pk}")
    return meeting


def _row(world: World) -> int:
    return int(Meeting.objects.latest("pk").attendances.first().pk)


def _item(make_meeting: Any, **more: Any) -> Example:
    def kwargs(world: World) -> dict[str, int]:
        meeting = make_meeting(world)
        return {"pk": meeting.pk, "item_pk": meeting.agenda.get().pk}

    return _example(kwargs, **more)


def _detail(name: str, make_row: Any, **more: Any) -> Example:
    def kwargs(world: World) -> dict[str, int]:
        row = make_row(world)
        return {"pk": row.meeting_id, f"{name}_pk": row.pk}

    return _example(kwargs, **more)


def _grades(_world: World) -> dict[str, Any]:
    rows = Meeting.objects.latest("pk").attendances.due().select_related("member")
    return {f"grade-{row.member_id}": "qualified" for row in rows} | {"save": "1"}


def register_paper(world: World) -> RegisterPaper:
    """A register that is ready."""
    asked = {"organization": world.branch, "year": clock.today().year, "form": "docx"}
    paper = actions.ask_for_register(actor=make.actor(world.secretary), **asked)
    actions.compile_register(pk=paper.pk)
    return paper


def election(world: World) -> Election:
    return actions.record_election(
        actor=make.actor(world.secretary),
        meeting=running(world),
        title="支部委员会委员",
        seats=1,
        ballots=Ballots(1, 1, 1, 0),
        candidates=[Candidate("虚构甲", 1)],
    )


ELECTION = {
    "office": "other",
    "title": "支部委员会委员",
    "seats": "1",
    "issued": "1",
    "returned": "1",
    "valid": "1",
    "invalid": "0",
    "c-TOTAL_FORMS": "1",
    "c-INITIAL_FORMS": "0",
    "c-0-name": "虚构甲",
    "c-0-in_favour": "1",
}
VOTE = {"type": "ordinary", "text": "同意。", "method": "show_of_hands", "in_favour": "2", "against": "0", "abstain": "0"}
EMPTY: dict[str, Any] = {}


def _called_by_number(make_meeting: Any, **more: Any) -> Example:
    return _example(lambda world: {"meeting_id": make_meeting(world).pk}, **more)


def _appraised(world: World, number: int) -> Any:
    """One more branch that holds its appraisal today, with one member who comes."""
    branch = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    member, today = make.member(branch, f"虚构党员{number}"), clock.today()
    with unscoped("the contracts' world"):
        meeting = Meeting.objects.create(organization=branch, title="虚构评议会", status="held", held_on=today)
        kind = {"organization": branch, "body": branch, "kind": "member_appraisal"}
        MeetingKindRow.objects.create(meeting=meeting, held_on=today, **kind)
        Attendance.objects.create(meeting=meeting, member=member, presence="present")
        AgendaItem.objects.create(meeting=meeting, order=1, type="leaders", title="虚构评议支部委员会班子")
    return meeting


OF_BRANCHES = "?" + urlencode({"table": "8", "row": "branches", "column": "total"})
OF_MEMBERS = "?" + urlencode({"table": "8", "row": "members", "column": "total"})
OF_LEADERS = "?" + urlencode({"table": "39", "row": "organizations", "column": "total"})
BY_WHOM = "?" + urlencode({"table": "39", "row": "members", "column": "total"})
EXAMPLES = {
    "annual:behind_leaders_appraised": Example(query=OF_LEADERS, row=_appraised, holder=lambda world: world.office),
    "annual:behind_leaders_appraised_sheet": Example(query=OF_LEADERS),
    "annual:behind_leaders_appraising": Example(query=BY_WHOM, row=_appraised, holder=lambda world: world.office),
    "annual:behind_leaders_appraising_sheet": Example(query=BY_WHOM),
    "annual:behind_appraised_branches": Example(query=OF_BRANCHES, row=_appraised, holder=lambda world: world.office),
    "annual:behind_appraised_branches_sheet": Example(query=OF_BRANCHES),
    "annual:behind_appraised_members": Example(query=OF_MEMBERS, row=_appraised, holder=lambda world: world.office),
    "annual:behind_appraised_members_sheet": Example(query=OF_MEMBERS),
    "api:get_meeting": _called_by_number(called),
    "api:send_call": _called_by_number(planned),
    "api:begin_meeting": _called_by_number(called),
    "api:end_meeting": _called_by_number(running),
    "api:meetings_attendances": _called_by_number(called),
    "api:check_in_by_hand": _called_by_number(
        running, post=lambda world: {"attendance_ids": [_row(world)], "presence": "leave", "reason": "现场点名登记"}
    ),
    "meetings:mine_past": Example(row=_came_to, holder=lambda world: world.member_user),
    "meetings:mine_handed_in": Example(row=_studied_again, holder=lambda world: world.member_user),
    "meetings:list": Example(row=lambda world, _number: called(world), holder=lambda world: world.secretary),
    "meetings:attendances": Example(_meeting_held, row=_another_attendance, holder=lambda world: world.secretary),
    "meetings:own_meetings": Example(row=_came_to, holder=lambda world: world.member_user),
    "meetings:own_make_ups": Example(row=_studied_again, holder=lambda world: world.member_user),
    "meetings:subscription": Example(lambda world: {"key": calendar.key_of(world.member_user)}),
    "meetings:new": _example(lambda _world: {}, query="?kind=general_meeting", post=form),
    "meetings:detail": _of(called),
    "meetings:edit": _of(called, post=form),
    "meetings:call": _of(planned, post=lambda _world: EMPTY),
    "meetings:cancel": _of(called, post=lambda _world: {"reason": "虚构原因"}),
    "meetings:leave": _of(
        asked_leave,
        post=lambda world: {"pk": Meeting.objects.latest("pk").attendances.get(member=world.member).pk, "decision": "grant"},
    ),
    "meetings:host": _of(running),
    "meetings:host_board": _of(running),
    "meetings:roll": _of(running),
    "meetings:mark_guest": _of(
        _with_guest, post=lambda world: {"guest": MeetingGuest.objects.latest("pk").pk, "presence": "present"}
    ),
    "meetings:mark_rest": _of(
        running,
        post=lambda world: {"attendance": Meeting.objects.latest("pk").attendances.get(member=world.member).pk},
    ),
    "meetings:mark": _of(running, post=lambda world: {"attendance": _row(world), "presence": "leave", "reason": "现场点名登记"}),
    "meetings:add_person": _of(running, post=lambda world: {"member": make.member(world.branch).pk, "role": "attendee"}),
    "meetings:begin": _of(called, post=lambda _world: EMPTY),
    "meetings:end": _of(running, post=lambda _world: EMPTY),
    "meetings:agenda_new": _of(called, post=lambda _world: {"title": "虚构议题二", "type": "study"}),
    "meetings:agenda_item": _item(called, post=lambda _world: {"title": "虚构议题", "type": "study", "notes": "虚构记录"}),
    "meetings:agenda_move": _item(called, post=lambda _world: {"direction": "up"}),
    "meetings:agenda_remove": _item(called, post=lambda _world: EMPTY),
    "meetings:decision_new": _of(running, post=lambda _world: VOTE),
    "meetings:decision_preview": _of(running, post=lambda _world: VOTE),
    "meetings:decision": _detail("decision", decision, post=lambda _world: VOTE),
    "meetings:decision_remove": _detail("decision", decision, post=lambda _world: EMPTY),
    "meetings:decision_judge": _detail("decision", decision),
    "meetings:election_new": _of(running, post=lambda _world: ELECTION),
    "meetings:election_preview": _of(running, post=lambda _world: ELECTION),
    "meetings:election": _detail("election", election, post=lambda _world: ELECTION),
    "meetings:election_remove": _detail("election", election, post=lambda _world: EMPTY),
    "meetings:appraisal": _of(lambda world: running(world, "member_appraisal"), post=_grades),
    "meetings:minutes": _of(held, post=lambda _world: {"text": "虚构记录"}),
    "meetings:draft": _of(held, post=lambda _world: EMPTY),
    "meetings:confirm": _of(written, post=lambda _world: EMPTY),
    "meetings:send_back": _of(confirmed, post=lambda _world: {"note": "虚构意见"}),
    "meetings:close": _of(confirmed, post=lambda _world: EMPTY),
    "meetings:correct": _of(
        closed, post=lambda _world: {"section": "other", "old_text": "甲", "new_text": "乙", "reason": "虚构原因"}
    ),
    "meetings:report": _of(
        lambda world: held(world, "org_life_meeting"),
        post=lambda _world: {"reported_on": clock.today(), "document": "虚党〔2026〕1号"},
    ),
    "meetings:assign_make_up": _of(
        held,
        post=lambda world: {
            "attendance_ids": Meeting.objects.latest("pk").attendances.get(member=world.member).pk,
            "material": "虚构材料",
            "due_on": clock.today(),
        },
    ),
    "meetings:upload": _of(called, post=lambda _world: {"kind": "photo", "uploads": picture()}),
    "meetings:attachment": _detail("attachment", attached),
    "meetings:thumbnail": _detail("attachment", attached),
    "meetings:detach": _detail("attachment", attached, post=lambda _world: EMPTY),
    "meetings:statistics": Example(row=_held_elsewhere, holder=lambda world: world.office),
    "meetings:statistics_attendances": Example(row=_another_attendance, holder=_secretary),
    "meetings:statistics_people": Example(row=_another_attendance, holder=_secretary),
    "meetings:member_year": _example(lambda world: {"pk": world.member.pk}, row=lambda world, _number: held(world)),
    "meetings:member_year_sheet": _example(lambda world: {"pk": world.member.pk}),
    "meetings:record_paper": _example(lambda world: {"pk": closed(world).pk, "form": "docx"}),
    "meetings:register_ask": _example(
        lambda world: {"pk": world.branch.pk, "year": clock.today().year}, post=lambda _world: {"form": "docx"}
    ),
    "meetings:register_paper": _example(lambda world: {"pk": register_paper(world).pk}),
    "meetings:register_progress": _example(lambda world: {"pk": register_paper(world).pk}),
    "meetings:register_file": _example(lambda world: {"pk": register_paper(world).pk}),
}
