"""What follows from a step about somebody's standing: the membership account and the penalties on record.

Each function is named by the files in ``procedures`` and has its inverse. Whoever took the step had the right to it; what follows
is written by the system in their name, as the right to change the account is another one.
"""

import datetime as dt

from dangjian.activities.standing.queries.cases import entry_of, member_of, probation_of
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.rulebook import Period
from dangjian.members.actions import account, reversing, sanctions
from dangjian.members.models import ChangeKind, Standing
from dangjian.members.policy import PROBATION_WITHIN_PARTY

EXPULSION = "expulsion"
REMOVING = frozenset(
    {
        ChangeKind.PERSUADED,
        ChangeKind.PERSUADED_REFUSED,
        ChangeKind.SELF_EXIT,
        ChangeKind.SELF_EXIT_LOST,
        ChangeKind.RESIGNED,
        ChangeKind.UNRECOGNISED,
    }
)
"""Outcomes that are kinds of leaving, by the same codes."""


def die(actor: Actor, row: CaseStep) -> None:
    """From the day of death on they do not count."""
    if row.outcome == "confirmed":
        _leave(actor, row, ChangeKind.DECEASED, dt.date.fromisoformat(entry_of(row.case, "register")["died_on"]))


def suspend(actor: Actor, row: CaseStep) -> None:
    """From the day of the decision on they do not count and have no rights."""
    if row.outcome == "approved":
        _leave(actor, row, ChangeKind.SUSPENDED, _day(row))


def remove(actor: Actor, row: CaseStep) -> None:
    """They leave by the kind that was decided; of whoever is suspended the account notes why they do not come back."""
    if row.outcome in REMOVING:
        _leave(actor, row, ChangeKind(row.outcome), _day(row), _conduct(row))


def restore(actor: Actor, row: CaseStep) -> None:
    """They count again at their branch, as what they were."""
    member = member_of(row.case)
    if row.outcome != "approved" or member.standing == Standing.NORMAL:
        return
    account.enter(
        actor=_system(actor, row),
        member=member,
        branch=row.case.organization,
        kind=ChangeKind.RESTORED,
        effective_on=_day(row),
        category=member.category,
        document=row.read_entry().get("document", ""),
    )


def punish(actor: Actor, row: CaseStep) -> None:
    """The penalty stands on record from the day on which it was approved, or the day that the decision of above names."""
    if row.outcome != "approved":
        return
    given = {**entry_of(row.case, "record"), **row.read_entry()}
    day, kind = _decided_on(row), given["kind"]
    conduct = given.get("conduct") or _conduct(row)
    if kind == EXPULSION:
        _leave(actor, row, ChangeKind.EXPELLED, day, conduct)
        return
    months = int(given.get("months") or 0)
    sanctions.impose(
        actor=_system(actor, row),
        member=member_of(row.case),
        kind=kind,
        starts_on=day,
        ends_on=Period(months=months).after(day) if kind == PROBATION_WITHIN_PARTY else None,
        document=given.get("document", ""),
        conduct=conduct,
        case_id=row.case_id,
    )


def end_probation(actor: Actor, row: CaseStep) -> None:
    """留党察看 goes on, or ends in expulsion; that rights come back at its end needs nothing."""
    member, given = member_of(row.case), row.read_entry()
    first = probation_of(member, row.case.started_on)
    if row.outcome == "expelled":
        _leave(actor, row, ChangeKind.EXPELLED, _day(row), first.conduct if first else "")
    if row.outcome != "extended" or first is None:
        return
    first = first.extends or first
    if first.ends_on:
        until = Period(months=int(given["months"])).after(first.ends_on)
        sanctions.extend(
            actor=_system(actor, row), first=first, until=until, case_id=row.case_id, document=given.get("document", "")
        )


def _conduct(row: CaseStep) -> str:
    """For what it comes to that, as chosen where it was proposed, or where somebody who wants to leave was talked to."""
    return next((said for code in ("propose", "talk") if (said := entry_of(row.case, code).get("conduct"))), "")


def _leave(actor: Actor, row: CaseStep, kind: ChangeKind, day: dt.date, conduct: str = "") -> None:
    """Written once; the step may be entered again when it is corrected."""
    member = member_of(row.case)
    if member.standing in {Standing.REMOVED, Standing.DECEASED} or (
        member.standing == Standing.SUSPENDED and kind == ChangeKind.SUSPENDED
    ):
        return
    document = row.read_entry().get("document", "")
    system = _system(actor, row)
    account.leave(actor=system, member=member, kind=kind, effective_on=day, document=document, conduct=conduct)


# And back again


def take_back_death(actor: Actor, row: CaseStep) -> None:
    """They count again, as if nothing had been registered."""
    if row.outcome == "confirmed":
        _reverse(actor, row, ChangeKind.DECEASED, dt.date.fromisoformat(entry_of(row.case, "register")["died_on"]))


def take_back_suspension(actor: Actor, row: CaseStep) -> None:
    """They count again, without having been suspended."""
    if row.outcome == "approved":
        _reverse(actor, row, ChangeKind.SUSPENDED, _day(row))


def take_back_removal(actor: Actor, row: CaseStep) -> None:
    """They are what they were before they were removed."""
    if row.outcome in REMOVING:
        _reverse(actor, row, ChangeKind(row.outcome), _day(row))


def take_back_restoration(actor: Actor, row: CaseStep) -> None:
    """They do not count, as before it."""
    if row.outcome == "approved":
        _reverse(actor, row, ChangeKind.RESTORED, _day(row))


def take_back_penalty(actor: Actor, row: CaseStep) -> None:
    """The penalty is taken off the record, or the expulsion off the account."""
    if row.outcome == "expelled" or (row.outcome == "approved" and _kind(row) == EXPULSION):
        _reverse(actor, row, ChangeKind.EXPELLED, _decided_on(row))
    elif row.outcome in {"approved", "extended"}:
        sanctions.take_back(actor=_system(actor, row), member=member_of(row.case), case_id=row.case_id)


def _reverse(actor: Actor, row: CaseStep, kind: ChangeKind, day: dt.date) -> None:
    system, member = _system(actor, row), member_of(row.case)
    reversing.reverse_written(actor=system, member=member, kind=kind, effective_on=day, reason="撤销这一步")


def _kind(row: CaseStep) -> str:
    return row.read_entry().get("kind") or entry_of(row.case, "record").get("kind", "")


def _decided_on(row: CaseStep) -> dt.date:
    """The day of the step, or the one that the decision of above names."""
    named = entry_of(row.case, "record").get("decided_on")
    return dt.date.fromisoformat(named) if named else _day(row)


def _day(row: CaseStep) -> dt.date:
    return row.taken_on or clock.today()


def _system(actor: Actor, row: CaseStep) -> SystemActor:
    return SystemActor(f"{procedure(row.case.procedure).title}，{actor.name}办理")


EFFECTS = {effect.__name__: effect for effect in (die, suspend, remove, restore, punish, end_probation)}
UNDO = {
    "die": take_back_death,
    "suspend": take_back_suspension,
    "remove": take_back_removal,
    "restore": take_back_restoration,
    **dict.fromkeys(("punish", "end_probation"), take_back_penalty),
}
