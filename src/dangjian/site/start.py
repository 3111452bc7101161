"""「开始使用」: what is still to be done before an organisation can work with the platform, ticked off by what is true."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.kernel.errors import PermissionDenied
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.offers import StartedState, StartStep
from dangjian.kernel.registry import offers
from dangjian.org.models import Organization
from dangjian.org.scope import opened

STARTS = "org.groups"
"""Whoever looks after an organisation's own members: the office, party workers, secretaries and those who keep the records."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as the page shows it."""

    step: StartStep
    state: StartedState

    @property
    def share(self) -> int:
        """How far, in percent."""
        return self.state.done * 100 // self.state.total if self.state.total else 0


@requires(STARTS)
def start(request: Request) -> HttpResponse:
    """The steps of the highest organisation that the actor looks after, in their order."""
    organization = Organization.objects.standing().order_by("path").first()
    if organization is None:
        raise PermissionDenied("您没有可以准备的党组织。", how="如工作需要，请联系上级党组织授权。")
    steps = []
    for step in offers(StartStep):
        if organization.kind not in step.kinds or not request.actor.may(step.permission, organization):
            continue
        with opened(request.actor.scope_of(step.permission)):
            state = step.state(request, organization)
        if state is not None:
            steps.append(Shown(step, state))
    done = sum(shown.state.is_done for shown in steps)
    next_step = next((shown for shown in steps if not shown.state.is_done), None)
    context = {"organization": organization, "steps": steps, "done": done, "next": next_step}
    return render(request, "site/start.html", context)
