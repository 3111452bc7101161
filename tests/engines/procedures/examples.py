"""Cases of the procedure about a person (``tests/person_procedure``), whose steps were taken when their time had come."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dangjian.engines.procedures.actions import dossiers, ending, papers, starting, taking
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.models import CasePaper, CaseStep, Dossier, ProcedureCase
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

BEFORE = {"apply": 500, "talk": 490, "train": 200, "agree": 40, "notice": 30, "list": 20}
"""How many days ago each step was taken."""


def case_past(world: World, *codes: str) -> ProcedureCase:
    """A case of the member of the branch that has come past ``codes``, with the text of today."""
    where, today = world.branch, clock.today()
    begun = today - dt.timedelta(days=BEFORE["apply"])
    with clock.at(f"{begun} 09:00"):
        case = starting.start(
            actor=make.SYSTEM,
            code="example",
            organization=where,
            title="申请人密",
            day=begun,
            account_id=world.member_user.pk,
        )
    for code in codes:
        day = today - dt.timedelta(days=BEFORE[code])
        with clock.at(f"{day} 09:00"), at(where):
            bring_up_to_date([case], day)  # as every morning
            taking.take(actor=make.SYSTEM, case=case, code=code, day=day, outcome="done" if code == "talk" else "")
    with at(where):
        bring_up_to_date([case], today)
    return case


def begun_today(branch: Organization) -> ProcedureCase:
    return starting.start(actor=make.SYSTEM, code="example", organization=branch, title="申请人密", day=clock.today())


def at_step(*codes: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": case_past(world, *codes).pk}


def before_live(*codes: str) -> Callable[[World], dict[str, Any]]:
    """Of a branch that is kept on the platform from tomorrow: what a meeting decided by now is history, entered by hand."""

    def made(world: World) -> dict[str, Any]:
        Organization.objects.filter(pk=world.branch.pk).update(live_on=clock.today() + dt.timedelta(days=1))
        return {"pk": case_past(world, *codes).pk}

    return made


def today(**more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"day": clock.today(), **more}


def withdrawn(world: World) -> dict[str, Any]:
    case = case_past(world)
    ending.withdraw(actor=make.SYSTEM, case=case, reason="不办了")
    return {"pk": case.pk}


def sent_back(world: World) -> dict[str, Any]:
    case = case_past(world)
    taking.take(actor=make.SYSTEM, case=case, code="talk", day=clock.today(), outcome="again")
    return {"pk": case.pk}


def talk_of(world: World) -> CaseStep:
    case = case_past(world)
    row: CaseStep = register(CaseStep).get(case=case, code="talk")
    return row


def scan_of(world: World) -> CasePaper:
    """The record of the talk, of two pages."""
    photos = [SimpleUploadedFile(f"{name}.png", _picture(name)) for name in ("red", "blue")]
    return papers.add(actor=make.SYSTEM, row=talk_of(world), code="talk_record", files=photos).kept[0]


def _picture(name: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 40), name).save(out, "PNG")
    return out.getvalue()


def dossier_of(world: World) -> Dossier:
    """The papers of a case in one file."""
    case = scan_of(world).step.case
    row = dossiers.ask_for(actor=make.actor(world.secretary), case=case, form="zip")
    dossiers.compile_dossier(pk=row.pk)
    return row


EXAMPLES = {
    "procedures:example_dossier": Example(lambda world: {"pk": case_past(world).pk}),
    "procedures:example_ask_dossier": Example(
        lambda world: {"pk": scan_of(world).step.case_id},
        holder=lambda world: world.secretary,
        post=lambda _world: {"form": "pdf"},
    ),
    "procedures:dossier_progress": Example(lambda world: {"pk": dossier_of(world).pk}),
    "procedures:dossier_file": Example(lambda world: {"pk": dossier_of(world).pk}),
    "procedures:form_paper": Example(lambda world: {"pk": talk_of(world).pk, "code": "talk_record"}),
    "procedures:paper_pages": Example(lambda world: {"pk": scan_of(world).pk}),
    "procedures:paper_page": Example(lambda world: {"pk": scan_of(world).pk, "number": 2}),
    "procedures:change_page": Example(
        lambda world: {"pk": scan_of(world).pk},
        holder=lambda world: world.secretary,
        post=lambda _world: {"page": 2, "change": "left"},
    ),
    "procedures:example": Example(row=lambda world, _number: case_past(world)),
    "procedures:example_statistics": Example(
        row=lambda world, _number: begun_today(make.branch(world.general_branch)),
        holder=lambda world: world.office,
    ),
    "api:procedures_example_case": Example(lambda world: {"case_id": case_past(world).pk}),
    "api:procedures_example_take": Example(
        lambda world: {"case_id": case_past(world).pk, "step": "talk"},
        post=lambda _world: {"day": str(clock.today()), "outcome": "done"},
    ),
    "procedures:example_case": Example(
        at_step(),
        steps={
            "apply": StepExample(today(), sent_back, lambda world: world.member_user),
            "talk": StepExample(today(outcome="done")),
            "train": StepExample(today(), at_step("talk")),
            "agree": StepExample(today(), at_step("talk"), lambda world: world.office),
            "notice": StepExample(today(), at_step("talk", "agree")),
            "list": StepExample(today(), at_step("talk", "agree", "notice")),
            "meeting": StepExample(today(outcome="passed"), before_live("talk", "agree", "notice", "list")),
            "take_back": StepExample(lambda _world: {"reason": "录错了"}, at_step("talk")),
            "withdraw": StepExample(lambda _world: {"reason": "不办了"}),
            "reopen": StepExample(lambda _world: {"reason": "接着办"}, withdrawn),
        },
    ),
}
