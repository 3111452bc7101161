"""What holds whatever is done."""

import datetime as dt
from collections import Counter

from dangjian.activities.contact.models import Away, Guest, Search
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import case_of
from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.models import Assessment
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.meetings.models import Meeting
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, StepState
from dangjian.kernel.rulebook import Period
from dangjian.members.models import ChangeKind, GroupAssignment, Standing
from dangjian.members.queries.account import branch_counts, count, flow
from dangjian.members.queries.standing import standing_on
from dangjian.members.rights import Right
from dangjian.org.models import Organization, Post
from dangjian.org.openings import register
from tests.activities.together.history import History
from tests.activities.together.world import FIRST, LAST, World, cases

BEFORE = FIRST - dt.timedelta(days=30)
BEGINNING = frozenset({ChangeKind.OPENING, ChangeKind.ADMITTED, ChangeKind.READMITTED, ChangeKind.RESTORED})


def everybody_counts_once(world: World, history: History) -> None:
    """On every day nobody is in two branches; today's records say what the lines say, and the branches add up."""
    for day in {*history.days, FIRST, world.today}:
        where = history.where(day)
        assert max(map(len, where.values())) <= 1, (day, where)
    now = {member: places[0] for member, places in history.where(LAST).items() if places}
    assert now == {pk: one.branch_id for pk, one in history.members.items() if one.standing == Standing.NORMAL}
    dissolved = set(register(Organization).exclude(dissolved_on=None).values_list("pk", flat=True))
    assert not set(now.values()) & dissolved
    by_branch = Counter(now.values())
    assert branch_counts(world.today) == by_branch
    assert count(world.committee.pk, world.today) == len(now)


def accounts_balance(world: World, history: History) -> None:
    """For every organisation, between any two days on which something changed, and over the whole time."""
    days = sorted({BEFORE, *(day for day in history.days if day >= FIRST), LAST})
    spans = {(BEFORE, LAST), *zip(days, days[2:], strict=False), (days[len(days) // 2], world.today)}
    for pk in register(Organization).values_list("pk", flat=True):
        for after, until in spans:
            if after < until:
                assert flow(pk, after, until).balances, (pk, after, until)


def no_case_excludes_another(_world: World, history: History) -> None:
    """One of a track is open for a subject; each is where its member is, about whom it can be, and has a way on."""
    running = list(cases().filter(state=CaseState.OPEN))
    tracks = Counter((case.track, case.subject_id) for case in running if case.subject_id)
    assert not [track for track, number in tracks.items() if number > 1], tracks
    ways_on = set(register(CaseStep).filter(state=StepState.OPEN).values_list("case_id", flat=True))
    for case in running:
        named = (case.pk, case.procedure, case.title)
        assert case.pk in ways_on, named
        assert case.organization.dissolved_on is None, named
        assert case.other_side is None or (case.other_side.dissolved_on is None), named
        if procedure(case.procedure).about == "member":
            member = history.members[case.subject_id]
            assert case.organization_id == member.branch_id, named
            assert case.other_side_id != case.organization_id, named
            decided = [row for row in history.steps if row.case_id == case.pk and row.outcome and row.code != "hear"]
            assert member.standing in procedure(case.procedure).members.standings or decided, named


def cases_and_account_agree(_world: World, history: History) -> None:
    """Each line that only a case can write has its step, and each such step its line."""
    assert history.written_by_cases() == history.on_account()


def applications_are_where_their_people_are(_world: World, history: History) -> None:
    """Whoever is on probation has their case with them."""
    for one in register(Applicant).select_related("organization"):
        case = case_of(one)
        assert case, one
        assert case.organization_id == one.organization_id, one
        if case.is_open and one.member_id and one.is_running:
            member = history.members[one.member_id]
            assert (member.standing, one.organization_id) == (Standing.NORMAL, member.branch_id), one


def what_rests_on_membership_has_it(world: World, history: History) -> None:
    """Posts, groups, being away and being searched for."""
    normal = {pk: one for pk, one in history.members.items() if one.standing == Standing.NORMAL}
    users = {one.user_id: one for one in normal.values() if one.user_id}
    for post in register(Post).filter(ends_on=None).select_related("organization__parent"):
        assert post.user_id in users, post
        assert users[post.user_id].branch_id == post.organization.branch().pk, post
    groups = {
        one.member_id: one.organization for one in register(GroupAssignment).filter(ends_on=None).select_related("organization")
    }
    assert groups.keys() <= normal.keys()
    for pk, one in normal.items():
        group = groups.get(pk)
        assert group is None or (group.dissolved_on is None and group.parent_id == one.branch_id), one
        assert one.organization_id == (group.pk if group else one.branch_id), one
    away = register(Away).running().values_list("member_id", flat=True)
    assert {*away, *register(Search).running().values_list("member_id", flat=True)} <= normal.keys()
    for guest in register(Guest).running().select_related("organization"):
        assert guest.organization.dissolved_on is None, guest


def rights_follow_from_what_was_played(world: World, history: History) -> None:
    """Who may vote, today and on another day of the play."""
    earlier = [day for day in history.days if FIRST <= day <= world.today]
    for day in {world.today, *earlier[-1:], *earlier[:1]}:
        known = history.known(day)
        for pk, one in standing_on(known, day).items():
            assert (one.barred(Right.VOTE) is None) == history.may_vote(pk, day), (day, one.facts)


def list_is_right(meeting: Meeting, history: History) -> None:
    """Whoever belongs to the branch on the day of the meeting is due, and votes or not as they may."""
    day = meeting.held_on
    assert day
    due = dict(meeting.attendances.filter(role="attendee").values_list("member_id", "eligible_voter"))
    there = {pk for pk, places in history.where(day).items() if meeting.organization_id in places}
    assert due.keys() == there, (day, due, there)
    assert due == {pk: history.may_vote(pk, day) for pk in there}, (day, due)


def bills_are_right(month: dt.date, history: History) -> None:
    """Whoever pays and belonged in the month owes it, to the branch of the day on which the account is read, and nobody else."""
    rules = rates.collection_rules(month)
    day, end = rules.branch_day(month), Period(months=1).after(month) - dt.timedelta(days=1)
    owed = {pk: places[0] for pk, places in history.where(day).items() if places}
    for line in history.standing_lines:
        if line.sign > 0 and line.kind in BEGINNING and day < line.effective_on <= end:
            owed.setdefault(line.member_id, line.organization_id)
        if line.kind == ChangeKind.ADMITTED and month <= line.effective_on and rules.start == "next_month":
            owed.pop(line.member_id, None)
    bills = dict(register(Bill).filter(month=month, owed_fen__gt=0).values_list("member_id", "organization_id"))
    payers = {pk for pk in owed if _pays(pk)}
    assert bills == {pk: owed[pk] for pk in payers}, (month, day)


def _pays(member_id: int) -> bool:
    return bool(register(Assessment).filter(member=member_id, replaced_at=None).exists())


ALWAYS = (
    everybody_counts_once,
    no_case_excludes_another,
    cases_and_account_agree,
    applications_are_where_their_people_are,
    what_rests_on_membership_has_it,
    rights_follow_from_what_was_played,
)
