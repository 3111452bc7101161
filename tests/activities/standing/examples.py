"""Addresses of every procedure about standing, made from its file: a case of the branch that stands before each step."""

import datetime as dt
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.activities.standing.declared import ORDER
from dangjian.engines.procedures.actions import deciding, ending, taking
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.forms import ENTRY
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.members.actions import account
from dangjian.members.models import ChangeKind, Member, Sanction
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.standing.house import OUTCOMES, filled, photo
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

CHOSEN = {
    ("removal", "decide"): "self_exit",
    ("withdrawal", "decide"): "resigned",
    ("unrecognised", "decide"): "unrecognised",
    ("probation_end", "meeting"): "restore",
    ("probation_end", "decide"): "restored",
    ("deceased", "confirm"): "confirmed",
}
GIVEN: dict[tuple[str, str], dict[str, Any]] = {
    ("removal", "propose"): {"kind": "self_exit"},
    ("suspension", "propose"): {"why": "settled", "since": "2026-01-01"},
    ("correction", "decide"): {"months": 1},
    ("restoration", "propose"): {"since": "2026-01-01"},
    ("penalty_from_above", "record"): {"decided_on": "2026-01-02"},
    ("deceased", "register"): {"died_on": "2026-06-01"},
}
SENT_BACK = {
    "correction": "filing",
    "removal": "filing",
    "penalty": "decide",
    "penalty_from_above": "confirm",
    "probation_end": "decide",
    "suspension": "decide",
    "restoration": "decide",
    "withdrawal": "decide",
    "unrecognised": "decide",
    "appeal": "answer",
    "deceased": "confirm",
}
"""By procedure, the step that sends a case back to the first one."""
BEGUN = dt.timedelta(days=40)
"""So long ago, so that a month to mend is over by today."""


def person(code: str, branch: Organization, number: int = 0) -> Member:
    """Somebody of the branch about whom such a case can be."""
    made = make.member(branch, f"甲当事{number}密", with_user=True)
    with unscoped("test"):
        if code == "restoration":
            day = dt.date(2025, 6, 1)
            account.leave(actor=make.SYSTEM, member=made, kind=ChangeKind.SUSPENDED, effective_on=day)
        if code == "probation_end":
            day, until = clock.today() - dt.timedelta(days=340), clock.today() + dt.timedelta(days=25)
            kind = "probation_within_party"
            Sanction.objects.create(member=made, kind=kind, starts_on=day, ends_on=until, document="虚纪1号")
    return register(Member).select_related("branch", "user").get(pk=made.pk)


def steps_of(code: str) -> tuple[Step, ...]:
    return procedure(code).versions[-1].steps


def entry(code: str, step: Step, branch: Organization) -> dict[str, Any]:
    """What a step is filled in with."""
    people = {one.code: [make.member(branch).pk] for one in step.entry if one.kind == "members"}
    return filled(code, step.code, GIVEN.get((code, step.code), {})) | people


def files(step: Step) -> dict[str, list[SimpleUploadedFile]]:
    wanted = [one.code for one in step.papers if one.required]
    return {name: [photo()] for name in wanted}


def begin(code: str, branch: Organization, number: int = 0, day: dt.date | None = None) -> ProcedureCase:
    """A case that has begun, today if no day is named."""
    first = steps_of(code)[0]
    with clock.at(f"{day} 10:00") if day else nullcontext():
        return start_for(
            actor=make.SYSTEM,
            code=code,
            member=person(code, branch, number),
            day=clock.today(),
            entry=entry(code, first, branch),
            files=files(first),
        )


def take(case: ProcedureCase, step: Step, outcome: str = "") -> None:
    """A step of a case, taken today or decided by a meeting."""
    case = register(ProcedureCase).select_related("organization", "account").get(pk=case.pk)
    with at(case.organization):
        bring_up_to_date([case], clock.today())
    chosen = outcome or CHOSEN.get((case.procedure, step.code), OUTCOMES.get(step.code, "")) if step.outcomes else ""
    common: dict[str, Any] = {"actor": make.SYSTEM, "case": case, "code": step.code, "day": clock.today(), "outcome": chosen}
    if step.meeting:
        deciding.decide(**common, said="虚构大会")
        return
    given = entry(case.procedure, step, case.organization)
    if outcome == "returned":
        given |= {name: "缺材料" for name in ("opinion",) if any(one.code == name for one in step.entry)}
    taking.take(**common, entry=given, files=files(step))


def before(code: str, target: str, day: dt.date | None = None) -> Callable[[World], dict[str, Any]]:
    """The case of somebody who stands before a step."""

    def made(world: World) -> dict[str, Any]:
        return {"pk": stand_before(code, target, world.branch).pk}

    return made


def stand_before(code: str, target: str, branch: Organization) -> ProcedureCase:
    """A case of which the step ``target`` can be taken today."""
    first, *others = steps_of(code)
    Organization.objects.filter(pk=branch.pk).update(live_on=clock.today() + dt.timedelta(days=1))
    branch.refresh_from_db()
    case = begin(code, branch, day=clock.today() - BEGUN)
    stop = SENT_BACK[code] if target == first.code else target
    with clock.at(f"{clock.today() - BEGUN} 11:00"):
        for step in others:
            if step.code == stop:
                break
            if not step.repeats and CaseStep.objects.filter(case=case, code=step.code, state=StepState.OPEN).exists():
                take(case, step)
    if target == first.code:
        take(case, next(one for one in others if one.code == stop), "returned")
    with at(branch):
        bring_up_to_date([register(ProcedureCase).get(pk=case.pk)], clock.today())
    return case


def typed(code: str, step: Step) -> Callable[[World], dict[str, Any]]:
    """What the form of a step contains."""

    def made(world: World) -> dict[str, Any]:
        given = {f"{ENTRY}{name}": value for name, value in entry(code, step, world.branch).items()}
        papers = {f"paper_{name}": value for name, [value] in files(step).items()}
        outcome = CHOSEN.get((code, step.code), OUTCOMES.get(step.code, "")) if step.outcomes else ""
        return {"day": clock.today(), "outcome": outcome, "reason": "", **given, **papers}

    return made


def holder(step: Step) -> Callable[[World], User] | None:
    return (lambda world: world.office) if step.who.at == "committee_above" else None


def withdrawn(code: str) -> Callable[[World], dict[str, Any]]:
    def made(world: World) -> dict[str, Any]:
        case = begin(code, world.branch)
        ending.withdraw(actor=make.SYSTEM, case=case, reason="不办了")
        return {"pk": case.pk}

    return made


def _of(code: str) -> dict[str, Example]:
    first, second, *_ = steps_of(code)

    def row(world: World, number: int) -> ProcedureCase:
        return begin(code, world.branch, number)

    def elsewhere(world: World, number: int) -> ProcedureCase:
        return begin(code, make.branch(world.general_branch), number)

    def of_case(world: World) -> dict[str, Any]:
        return {"pk": begin(code, world.branch).pk}

    def about(world: World) -> dict[str, Any]:
        return {"pk": person(code, world.branch).pk}

    keeper = holder(first) or (lambda world: world.secretary)
    return {
        f"procedures:{code}": Example(row=row),
        f"procedures:{code}_statistics": Example(row=elsewhere, holder=lambda world: world.office),
        f"procedures:{code}_new": Example(holder=keeper),
        f"procedures:{code}_for": Example(about, post=typed(code, first), holder=keeper),
        f"procedures:{code}_dossier": Example(of_case, holder=lambda world: world.secretary),
        f"procedures:{code}_ask_dossier": Example(of_case, holder=lambda world: world.secretary),
        f"api:procedures_{code}_case": Example(lambda world: {"case_id": begin(code, world.branch).pk}),
        f"api:procedures_{code}_take": Example(
            lambda world: {"case_id": begin(code, world.branch).pk, "step": second.code},
            post=lambda world: {
                "day": str(clock.today()),
                "outcome": CHOSEN.get((code, second.code), OUTCOMES.get(second.code, "")) if second.outcomes else "",
                "entry": {name: str(value) for name, value in entry(code, second, world.branch).items()},
            },
            holder=holder(second),
        ),
        f"procedures:{code}_case": Example(
            of_case,
            holder=lambda world: world.secretary,
            steps={
                **{
                    step.code: StepExample(typed(code, step), before(code, step.code), holder(step))
                    for step in procedure(code).all_steps
                },
                "take_back": StepExample(
                    lambda _world: {"reason": "录错了"}, lambda world: {"pk": _taken_once(code, world).pk}, holder(second)
                ),
                "withdraw": StepExample(lambda _world: {"reason": "不办了"}),
                "reopen": StepExample(lambda _world: {"reason": "接着办"}, withdrawn(code)),
            },
        ),
    }


def _taken_once(code: str, world: World) -> ProcedureCase:
    case = begin(code, world.branch)
    take(case, steps_of(code)[1])
    return case


def left(world: World, number: int, *, elsewhere: bool = False) -> Member:
    """Somebody who was removed this year."""
    branch = make.branch(world.general_branch) if elsewhere else world.branch
    who = make.member(branch, f"甲出党{number}密", birth_on=dt.date(1990, 1, 1))
    account.leave(actor=make.SYSTEM, member=who, kind=ChangeKind.SELF_EXIT, effective_on=clock.today())
    return who


def punished(world: World, number: int, *, elsewhere: bool = False) -> Sanction:
    """Somebody who was warned this year."""
    branch = make.branch(world.general_branch) if elsewhere else world.branch
    who = make.member(branch, f"甲处分{number}密", birth_on=dt.date(1990, 1, 1))
    made: Sanction = Sanction.objects.create(member=who, kind="warning", starts_on=clock.today(), document="虚纪1号")
    return made


def office(world: World) -> User:
    return world.office


EXAMPLES = {name: example for code in ORDER for name, example in _of(code).items()} | {
    "standing:changes": Example(row=left),
    "standing:penalties": Example(row=punished),
    "annual:behind_penalties": Example(row=lambda world, number: punished(world, number, elsewhere=True), holder=office),
    "standing:change_statistics": Example(row=lambda world, number: left(world, number, elsewhere=True), holder=office),
    "standing:exit_statistics": Example(row=lambda world, number: left(world, number, elsewhere=True), holder=office),
    "standing:penalty_statistics": Example(row=lambda world, number: punished(world, number, elsewhere=True), holder=office),
    "standing:cases": Example(row=lambda world, number: begin("appeal", world.branch, number)),
    "procedures:appeal_own": Example(
        post=typed("appeal", steps_of("appeal")[0]),
        holder=lambda world: world.member_user,
        open_to_neighbours="everybody appeals for themselves",
    ),
}
