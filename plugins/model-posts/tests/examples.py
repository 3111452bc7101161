import datetime as dt
import io
from collections.abc import Callable
from typing import Any

from dangjian_model_posts import actions
from dangjian_model_posts.models import ModelPost
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from dangjian.accounts.models import User
from dangjian.engines.procedures.actions import deciding, ending, papers, starting, taking
from dangjian.engines.procedures.models import CasePaper, CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def named(world: World, member: Member | None = None) -> ModelPost:
    who = member or world.member
    with at(who.branch):
        return actions.name_post(actor=make.SYSTEM, member=who, title="焊接示范岗", promise="焊缝一次合格")


PLAN = {"entry_goal": "把停机时间降到一半", "entry_ends_on": "2027-03-31"}


def project(world: World, *codes: str, branch: Organization | None = None) -> ProcedureCase:
    """A case that has come past ``codes`` of its steps."""
    entry = {"goal": "把停机时间降到一半", "ends_on": dt.date(2027, 3, 31)}
    where = branch or world.branch
    case = starting.start(
        actor=make.SYSTEM, code="project", organization=where, title="降低停机时间", day=clock.today(), entry=entry
    )
    for code in codes:
        if code == "discuss":
            deciding.decide(actor=make.SYSTEM, case=case, code=code, day=clock.today(), outcome="agreed", said="虚构党员大会")
        else:
            taking.take(actor=make.SYSTEM, case=case, code=code, day=clock.today(), **TAKEN[code]())
    return case


def step_of(world: World, *codes: str) -> CaseStep:
    """The last step that was taken."""
    case = project(world, *codes)
    return CaseStep.objects.taken().filter(case=case).order_by("pk").last()


def paper_of(world: World) -> CasePaper:
    """A paper of the first step."""
    row = step_of(world)
    return papers.add(actor=make.SYSTEM, row=row, code="plan", files=[plan()]).kept[0]


def plan() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return SimpleUploadedFile("方案.png", out.getvalue(), "image/png")


TAKEN: dict[str, Callable[[], dict[str, Any]]] = {
    "approve": lambda: {"outcome": "agreed"},
    "report": lambda: {"entry": {"result": "停机减半"}, "files": {"evidence": [plan()]}, "reason": "提前完成"},
}


def _today(**more: Any) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"day": clock.today(), **{name: value() if callable(value) else value for name, value in more.items()}}


def _at(*codes: str) -> Callable[[World], dict[str, Any]]:
    return lambda world: {"pk": project(world, *codes).pk}


def _before_live(world: World) -> dict[str, Any]:
    """Of a branch that is kept on the platform from tomorrow: what it discussed by now is history, entered by hand."""
    Organization.objects.filter(pk=world.branch.pk).update(live_on=clock.today() + dt.timedelta(days=1))
    return {"pk": project(world).pk}


def _sent_back(world: World) -> dict[str, Any]:
    case = project(world, "discuss")
    taking.take(actor=make.SYSTEM, case=case, code="approve", day=clock.today(), outcome="returned")
    return {"pk": case.pk}


def _withdrawn(world: World) -> dict[str, Any]:
    case = project(world)
    ending.withdraw(actor=make.SYSTEM, case=case, reason="不办了")
    return {"pk": case.pk}


def _office(world: World) -> User:
    return world.office


EXAMPLES = {
    "procedures:project": Example(row=lambda world, _number: project(world)),
    "procedures:project_statistics": Example(
        row=lambda world, _number: project(world, branch=make.branch(world.general_branch)), holder=_office
    ),
    "procedures:project_new": Example(
        post=lambda world: {"title": "降低停机时间", "organization": world.branch.pk, "day": clock.today(), **PLAN}
    ),
    "procedures:project_case": Example(
        _at(),
        steps={
            "apply": StepExample(_today(**PLAN), _sent_back),
            "discuss": StepExample(_today(outcome="agreed"), _before_live),
            "approve": StepExample(_today(outcome="agreed"), _at("discuss"), _office),
            "progress": StepExample(_today(entry_text="完成第一台"), _at("discuss", "approve")),
            "report": StepExample(
                _today(entry_result="停机减半", paper_evidence=plan, reason="提前完成"), _at("discuss", "approve")
            ),
            "accept": StepExample(_today(outcome="passed"), _at("discuss", "approve", "report"), _office),
            "take_back": StepExample(lambda _world: {"reason": "录错了"}, _at("discuss", "approve"), _office),
            "withdraw": StepExample(lambda _world: {"reason": "不办了"}),
            "reopen": StepExample(lambda _world: {"reason": "接着办"}, _withdrawn),
        },
    ),
    "api:procedures_project_case": Example(lambda world: {"case_id": project(world).pk}),
    "api:procedures_project_take": Example(
        lambda world: {"case_id": project(world, "discuss", "approve").pk, "step": "progress"},
        post=lambda _world: {"day": str(clock.today()), "entry": {"text": "完成第一台"}},
    ),
    "procedures:step": Example(lambda world: {"pk": step_of(world).pk}),
    "procedures:correct": Example(
        lambda world: {"pk": step_of(world).pk},
        holder=lambda world: world.secretary,
        post=lambda _world: {"day": clock.today(), "reason": "填错了", **PLAN},
    ),
    "procedures:add_papers": Example(
        lambda world: {"pk": step_of(world).pk},
        holder=lambda world: world.secretary,
        post=lambda _world: {"paper": "plan", "files": plan()},
    ),
    "procedures:project_dossier": Example(lambda world: {"pk": project(world).pk}),
    "procedures:project_ask_dossier": Example(lambda world: {"pk": project(world).pk}),
    "procedures:paper": Example(lambda world: {"pk": paper_of(world).pk}),
    "procedures:remove_paper": Example(
        lambda world: {"pk": paper_of(world).pk}, holder=lambda world: world.secretary, post=lambda _world: {}
    ),
    "model_posts:list": Example(row=lambda world, _number: named(world, make.member(world.branch))),
    "model_posts:statistics": Example(
        row=lambda world, _number: named(world, make.member(make.branch(world.general_branch))), holder=lambda world: world.office
    ),
    "model_posts:new": Example(post=lambda world: {"member": world.member.pk, "title": "焊接示范岗", "promise": "焊缝一次合格"}),
    "model_posts:review": Example(
        post=lambda world: {"organization": world.branch.pk, "reviewed_on": clock.today(), "finding": "承诺兑现"}
    ),
    "model_posts:take_back": Example(lambda world: {"pk": named(world).pk}, post=lambda _world: {}),
}
