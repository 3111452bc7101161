"""What follows from being away and from a search: items of the member's record; and what ends when somebody moves or leaves."""

import datetime as dt
from collections.abc import Collection, Sequence

from dangjian.activities.contact.models import Away, End, Guest, Search, SearchState
from dangjian.activities.contact.policy import is_floating
from dangjian.activities.contact.queries.away import running_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.members.actions.account import renew_completeness
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Standing
from dangjian.org.models import Organization, Reorganisation
from dangjian.org.openings import at, inside, register

KEPT = "guests"
"""Under this name a merger keeps the numbers of the guests whom it took along."""


def follow_away(member: Member) -> None:
    """Whether somebody is a floating member follows from whether they are away."""
    away = running_of(member.pk)
    floating = away is not None and is_floating(away.since_on, away.until_on, clock.today())
    with at(member.branch):
        Member.objects.filter(pk=member.pk).exclude(is_mobile_member=floating).update(
            is_mobile_member=floating, updated_at=clock.now()
        )


def follow_search(member: Member) -> None:
    """Since when somebody is out of contact, and why, follows from the branch's decision; whoever is found is so no more."""
    lost = register(Search).running().filter(member=member, lost_on__isnull=False).first()
    reason, since = (lost.reason, lost.silent_since) if lost else ("", None)
    with at(member.branch):
        Member.objects.filter(pk=member.pk).update(lost_reason=reason, lost_on=since, updated_at=clock.now())
        renew_completeness([member.pk])


def moved(_actor: Actor, member_ids: Collection[int], to: Organization, day: dt.date) -> None:
    """Whoever was transferred is away no more; whoever was moved with their branch still is."""
    lines = register(MembershipEntry).filter(
        member__in=list(member_ids), organization=to, effective_on=day, kind=ChangeKind.MOVED_IN, reorganisation=None
    )
    went = set(lines.filter(reverses=None, reversed_by=None).values_list("member_id", flat=True))
    for away in register(Away).running().filter(member__in=went).select_related("member__branch"):
        _end_away(away, End.TRANSFERRED, day)


def left(_actor: Actor, member: Member, kind: ChangeKind, day: dt.date) -> None:
    """Whoever does not count any more is neither away nor searched for. That they were lost stays on their record."""
    away = running_of(member.pk)
    if away is not None:
        _end_away(away, End.LEFT, day)
    for search in register(Search).running().filter(member=member):
        with at(member.branch):
            Search.objects.filter(pk=search.pk).update(state=SearchState.ENDED, ended_on=day, end_note=kind.label)


def came_back(_actor: Actor, member: Member, lines: Sequence[MembershipEntry]) -> None:
    """What their transfer or leaving had ended goes on."""
    kinds, ended_on = {line.get_kind_display() for line in lines}, lines[0].effective_on
    if member.standing != Standing.NORMAL or running_of(member.pk):
        return
    rows = register(Away).filter(member=member, end__in=(End.TRANSFERRED, End.LEFT), ended_on__gte=ended_on)
    with at(member.branch):
        for away in rows.order_by("-pk")[:1]:
            Away.objects.filter(pk=away.pk).update(ended_on=None, end="")
        for search in Search.objects.filter(member=member, state=SearchState.ENDED, ended_on=ended_on, end_note__in=kinds)[:1]:
            state = SearchState.LOST if search.lost_on else SearchState.SEARCHING
            search.state = SearchState.CONCLUDED if search.concluded_on else state
            search.ended_on, search.end_note = None, ""
            search.save()
    follow_away(member)


def _end_away(away: Away, end: End, day: dt.date) -> None:
    with at(away.member.branch):
        Away.objects.filter(pk=away.pk).update(ended_on=max(day, away.since_on), end=end)
    follow_away(away.member)


# Guests stand at a branch, which may go into another one


def merged(_actor: Actor, organization: Organization, into: Organization, reorganisation: Reorganisation) -> None:
    """Guests of a branch that goes into another one are led by that one."""
    with inside(organization, into):
        rows = Guest.objects.running().filter(organization=organization)
        reorganisation.ended |= {KEPT: list(rows.values_list("pk", flat=True))}
        rows.update(organization=into)


def put_back(_actor: Actor, reorganisation: Reorganisation) -> Collection[int]:
    """They are where they were."""
    to = reorganisation.entered
    if to is not None and reorganisation.ended.get(KEPT):
        with inside(reorganisation.organization, to):
            kept = Guest.objects.filter(pk__in=reorganisation.ended[KEPT], organization=to)
            kept.update(organization=reorganisation.organization)
    return ()


def built_on(_reorganisation: Reorganisation) -> list[str]:
    """Nothing that guests do keeps a merger from being taken back."""
    return []


def obstacle(organization: Organization, _day: dt.date) -> str:
    """A branch that leads guests is not dissolved."""
    number = register(Guest).running().filter(organization=organization).count()
    return f"“{organization}”还有{number}名流入党员，请先登记离开，或者改由其他党支部管理。" if number else ""
