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
from dangjian.kernel.errors import Conflict
from dangjian.kernel.rulebook import Period
from dangjian.kernel.ui import words
from dangjian.members.actions import account, reversing, sanctions
from dangjian.members.models import ChangeKind, Member, Standing
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
        _leave(actor, row, ChangeKind(row.outcome), _day(row))


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
    day, kind = dt.date.fromisoformat(given["decided_on"]) if "decided_on" in given else _day(row), given["kind"]
    if kind == EXPULSION:
        _leave(actor, row, ChangeKind.EXPELLED, day)
        return
    months = int(given.get("months") or 0)
    sanctions.impose(
        actor=_system(actor, row),
        member=member_of(row.case),
        kind=kind,
        starts_on=day,
        ends_on=Period(months=months).after(day) if kind == PROBATION_WITHIN_PARTY else None,
        document=given.get("document", ""),
        case_id=row.case_id,
    )


def end_probation(actor: Actor, row: CaseStep) -> None:
    """留党察看 goes on, or ends in expulsion; that rights come back at its end needs nothing."""
    member, given = member_of(row.case), row.read_entry()
    if row.outcome == "expelled":
        _leave(actor, row, ChangeKind.EXPELLED, _day(row))
    first = probation_of(member, row.case.started_on)
    if row.outcome != "extended" or first is None:
        return
    first = first.extends or first
    if first.ends_on:
        until = Period(months=int(given["months"])).after(first.ends_on)
        sanctions.extend(
            actor=_system(actor, row), first=first, until=until, case_id=row.case_id, document=given.get("document", "")
        )


def _leave(actor: Actor, row: CaseStep, kind: ChangeKind, day: dt.date) -> None:
    """Written once; the step may be entered again when it is corrected."""
    member = member_of(row.case)
    if member.standing in {Standing.REMOVED, Standing.DECEASED} or (
        member.standing == Standing.SUSPENDED and kind == ChangeKind.SUSPENDED
    ):
        return
    document = row.read_entry().get("document", "")
    account.leave(actor=_system(actor, row), member=member, kind=kind, effective_on=day, document=document)


# And back again


def take_back_line(actor: Actor, row: CaseStep) -> None:
    """The line of the account that the step had written is followed by its opposite."""
    if row.outcome in CHANGING:
        _reverse(actor, row)


def take_back_penalty(actor: Actor, row: CaseStep) -> None:
    """The penalty is taken off the record, or the expulsion off the account."""
    if row.outcome == "expelled" or (row.outcome == "approved" and _kind(row) == EXPULSION):
        _reverse(actor, row)
    elif row.outcome in {"approved", "extended"}:
        sanctions.take_back(actor=_system(actor, row), member=member_of(row.case), case_id=row.case_id)


CHANGING = REMOVING | {"confirmed", "approved"}


def _reverse(actor: Actor, row: CaseStep) -> None:
    member: Member = member_of(row.case)
    last = account.valid_lines(member)[-1]
    if last.kind not in _kinds(row):
        raise Conflict(
            f"{member.name}后来又有党籍变动（{words.day(last.effective_on)}{last.get_kind_display()}）。",
            how="请先撤销后来的那一件，或者办理恢复党籍。",
        )
    reversing.reverse(actor=_system(actor, row), entry=last, reason="撤销这一步")


def _kinds(row: CaseStep) -> frozenset[str]:
    """The kinds of which the line of the account is one that the step has written."""
    if row.outcome in REMOVING:
        return frozenset({row.outcome})
    written = {
        "deceased": ChangeKind.DECEASED,
        "suspension": ChangeKind.SUSPENDED,
        "restoration": ChangeKind.RESTORED,
    }
    return frozenset({written.get(row.case.procedure, ChangeKind.EXPELLED)})


def _kind(row: CaseStep) -> str:
    return row.read_entry().get("kind") or entry_of(row.case, "record").get("kind", "")


def _day(row: CaseStep) -> dt.date:
    return row.taken_on or clock.today()


def _system(actor: Actor, row: CaseStep) -> SystemActor:
    return SystemActor(f"{procedure(row.case.procedure).title}，{actor.name}办理")


EFFECTS = {effect.__name__: effect for effect in (die, suspend, remove, restore, punish, end_probation)}
UNDO = {
    **dict.fromkeys(("die", "suspend", "remove", "restore"), take_back_line),
    **dict.fromkeys(("punish", "end_probation"), take_back_penalty),
}
