"""Addresses of the development of members: applicants of the branch who stand before each step of their way."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.forms import ENTRY
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.org.models import Organization
from tests import make
from tests.activities.development.way import CODE, OUTCOMES, applicant, begin, come_from, filled, take, waiting_for, walk
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

REPEATED = {
    "change_contacts": "object_discuss",
    "thought_report": "object_discuss",
    "contact_review": "object_discuss",
    "review": "object_discuss",
    "analysis": "object_discuss",
    "defer_conversion": "conversion_apply",
    "sponsor_review": "conversion_apply",
    "probation_review": "conversion_apply",
}
"""Steps that come back, with the step before which they are open."""

SUPPLIED = {"supply_activist": "file_activist", "supply_object": "object_agree", "supply_prereview": "prereview"}
"""Steps by which the branch supplies what the committee above has sent back for, with the step of the committee."""

ABOVE = {step.code for step in procedure(CODE).all_steps if step.who.turn == "committee_above"}


def ready(world: World) -> None:
    """Members of the branch to choose from, and a branch whose meetings are history up to today."""
    for _ in range(2):
        make.member(world.branch)
    Organization.objects.filter(pk=world.branch.pk).update(live_on=clock.today() + dt.timedelta(days=1))
    world.branch.refresh_from_db()


def before(code: str) -> Callable[[World], dict[str, Any]]:
    """The case of somebody who stands before a step."""

    def made(world: World) -> dict[str, Any]:
        ready(world)
        if code == "apply":
            case = waiting_for(world.branch, "talk", name="申请人密")
            take(case, "talk", clock.today(), outcome="returned")
            return {"pk": case.pk}
        case = waiting_for(world.branch, SUPPLIED.get(code, REPEATED.get(code, code)), name="申请人密")
        if code in SUPPLIED:
            take(case, SUPPLIED[code], clock.today(), outcome="returned", entry=sent_back(SUPPLIED[code], world.branch))
        if code == "defer_conversion":
            come_from(case, make.branch(world.committee))
        return {"pk": case.pk}

    return made


def sent_back(code: str, branch: Organization) -> dict[str, object]:
    """What the committee above fills in where it sends something back."""
    step = procedure(CODE).step(code, clock.today())
    assert step is not None
    return filled(step, branch) | {"opinion": "缺谈话记录"}


def typed(code: str) -> Callable[[World], dict[str, Any]]:
    """What the form of a step contains."""

    def made(world: World) -> dict[str, Any]:
        step = procedure(CODE).step(code, clock.today())
        assert step is not None
        entry = {f"{ENTRY}{name}": value for name, value in filled(step, world.branch).items()}
        if code == "thought_report":
            entry[f"{ENTRY}content"] = "这个季度学习了党章。"
        return {"day": clock.today(), "outcome": OUTCOMES.get(code, ""), "reason": "", **entry}

    return made


def withdrawn(world: World) -> dict[str, Any]:
    case = waiting_for(world.branch, "recommend", name="申请人密")
    ending.withdraw(actor=make.SYSTEM, case=case, reason="本人撤回申请")
    return {"pk": case.pk}


def begun_today(branch: Organization) -> ProcedureCase:
    return begin(applicant(branch), clock.today())


def _step(code: str) -> StepExample:
    return StepExample(typed(code), before(code), (lambda world: world.office) if code in ABOVE else None)


STEPS = [step.code for step in procedure(CODE).all_steps]

EXAMPLES = {
    "procedures:development": Example(
        row=lambda world, number: walk(
            applicant(world.branch, name=f"申请人密{number}"), clock.today() - dt.timedelta(days=30), before="recommend"
        )
    ),
    "procedures:development_dossier": Example(
        lambda world: {"pk": begun_today(world.branch).pk},
        holder=lambda world: world.secretary,
    ),
    "procedures:development_ask_dossier": Example(
        lambda world: {"pk": begun_today(world.branch).pk},
        holder=lambda world: world.secretary,
    ),
    "procedures:development_statistics": Example(
        row=lambda world, _number: begun_today(make.branch(world.general_branch)),
        holder=lambda world: world.office,
    ),
    "api:procedures_development_case": Example(lambda world: {"case_id": begun_today(world.branch).pk}),
    "api:procedures_development_take": Example(
        lambda world: {"case_id": begun_today(world.branch).pk, "step": "talk"},
        post=lambda _world: {
            "day": str(clock.today()),
            "outcome": "talked",
            "entry": {"talker": "虚构人", "content": "谈了基本情况"},
        },
    ),
    "procedures:development_case": Example(
        before("recommend"),
        holder=lambda world: world.secretary,
        steps={
            **{code: _step(code) for code in STEPS},
            "take_back": StepExample(lambda _world: {"reason": "录错了"}, before("recommend")),
            "withdraw": StepExample(lambda _world: {"reason": "本人撤回申请"}),
            "reopen": StepExample(lambda _world: {"reason": "本人要求恢复"}, withdrawn),
        },
    ),
}
