"""What a step of a whole unit's transfer asks for, and what follows from it. Named by ``procedures/unit_transfer.yaml``."""

from django.urls import reverse

from dangjian.activities.transfers.gates import SENDS_BACK, Against
from dangjian.activities.transfers.models import UnitTransfer
from dangjian.activities.transfers.queries.units import PROCEDURE, named, under_way_alone, unit_of, who_goes
from dangjian.engines.procedures.actions.turns import sees
from dangjian.engines.procedures.models import CaseStep
from dangjian.engines.procedures.offers import Attempt, Objection
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.members.actions import reorganise
from dangjian.members.models import ChangeKind, MembershipEntry
from dangjian.org.actions import reorganisations
from dangjian.org.models import Reorganisation
from dangjian.org.offers import Matter
from dangjian.org.openings import at, register

FROM_OUTSIDE = "in"


def says_where(attempt: Attempt) -> Against:
    """To another branch of the platform, or by name to one outside it, or from there."""
    if attempt.outcome == "inside":
        if attempt.case.other_side is None:
            return [Objection("没有选择转入的党支部。", "请撤回，重新提出。", field="to")]
        return ()
    if not attempt.entry.get("outside"):
        return [Objection("请写对方党组织的全称。", field="outside")]
    if attempt.outcome == FROM_OUTSIDE and not int(attempt.entry.get("number") or 0):
        return [Objection("请写转入多少名党员。", field="number")]
    return ()


def unit_may_go(attempt: Attempt) -> Against:
    """Whoever is on the list and still there goes; nobody goes twice; the branch that receives them stands."""
    case = attempt.case
    if attempt.outcome in {*SENDS_BACK, FROM_OUTSIDE} or unit_of(case) is None:
        return ()
    if case.other_side and case.other_side.dissolved_on:
        return [Objection("要转入的党支部已经撤销。", "请退回，撤回以后重新提出。")]
    members = list(who_goes(case))
    if not members:
        return [Objection(f"名单上的党员都已不在“{case.organization}”。", "请撤回这一件。")]
    busy = under_way_alone(members)
    if busy:
        how = "请先办结或者撤回他们各自的转接，或者调整名单，让他们不一起转。"
        return [Objection(f"{named(busy)}的组织关系正在单独转接，不能办两次。", how)]
    return ()


def unit_has_come(attempt: Attempt) -> Against:
    """They are on the roster of the branch, each with a line 整建制转入 since the case began."""
    case = attempt.case
    lines = register(MembershipEntry).filter(
        organization=case.organization, kind=ChangeKind.WHOLE_IN, reverses=None, reversed_by=None, effective_on__lte=attempt.day
    )
    if lines.filter(effective_on__gte=case.started_on).exists():
        return ()
    return [Objection("名册上还没有整建制转入的党员。", "请先在“表格导入”里按“整建制转入”导入他们的名册，再登记。")]


def receive_unit(actor: Actor, row: CaseStep) -> None:
    """All of them count at the other branch from that day on, in one step that can be taken back as a whole."""
    case, unit = row.case, unit_of(row.case)
    if row.outcome != "received" or unit is None or unit.reorganisation_id or case.other_side is None or row.taken_on is None:
        return
    members = list(who_goes(case))
    with at(case.organization, case.other_side):
        unit.reorganisation = reorganise.move_many(
            actor=_system(actor),
            members=members,
            to=case.other_side,
            effective_on=row.taken_on,
            document=case.title,
            whole_unit=True,
            progress=unit.reporter("正在转接", len(members)),
        )
        unit.save(update_fields=["reorganisation"])


def unit_leaves(actor: Actor, row: CaseStep) -> None:
    """All of them leave the count on that day."""
    case, unit = row.case, unit_of(row.case)
    if row.outcome != "received" or unit is None or row.taken_on is None:
        return
    members = list(who_goes(case))
    if not members:  # the entry that corrects the step finds what it wrote before
        return
    with at(case.organization):
        unit.reorganisation = reorganise.leave_many(
            actor=_system(actor),
            organization=case.organization,
            members=members,
            effective_on=row.taken_on,
            document=case.title,
            counterpart_name=_outside(unit),
            progress=unit.reporter("正在转出", len(members)),
        )
        unit.save(update_fields=["reorganisation"])


def _system(actor: Actor) -> SystemActor:
    return SystemActor(f"整建制转接，{actor.name}办理")


def _outside(unit: UnitTransfer) -> str:
    asked = register(CaseStep).filter(case=unit.case, code="ask").order_by("pk").last()
    return asked.read_entry().get("outside", "") if asked else ""


def give_back(actor: Actor, row: CaseStep) -> None:
    """They were not received after all, here or elsewhere: all are where they were, as long as nothing was built on it."""
    unit = unit_of(row.case)
    step = unit.reorganisation if unit else None
    if unit is None or step is None:
        return
    with at(row.case.organization):
        unit.reorganisation = None
        unit.save(update_fields=["reorganisation"])
    reorganisations.take_back(actor=_system(actor), reorganisation=step, reason="撤销整建制转接")


def matter(actor: Actor, reorganisation: Reorganisation) -> Matter | None:
    """The case by which a unit was received or left, where that is taken back."""
    unit = register(UnitTransfer).filter(reorganisation=reorganisation).select_related("case__organization").first()
    if unit is None:
        return None
    address = reverse(f"procedures:{PROCEDURE}_case", args=[unit.case_id])
    return Matter(f"“{unit.case}”的整建制转接", address if sees(actor, unit.case) else "")


GATES = {gate.__name__: gate for gate in (says_where, unit_may_go, unit_has_come)}
EFFECTS = {"receive_unit": receive_unit, "unit_leaves": unit_leaves}
UNDO = {"receive_unit": give_back, "unit_leaves": give_back}
