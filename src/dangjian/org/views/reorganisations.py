"""A split, merge, move or change of branch of many members that was wrong is taken back as a whole."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.urls import reverse

from dangjian.kernel.gate import Request, requires
from dangjian.kernel.ui.words import day
from dangjian.org import forms
from dangjian.org.actions import reorganisations
from dangjian.org.models import ChangeKind, Organization, OrganizationChange, Reorganisation, ReorganisationKind
from dangjian.org.views.access import reorganisation_to_take_back
from dangjian.org.views.steps import Step, run

AFTERWARDS = {
    ReorganisationKind.SPLIT: "“{other}”不再存在，编入的党员回到“{one}”。",
    ReorganisationKind.MERGE: "“{one}”恢复，原来的党员和党小组都回到“{one}”，原来的任职、届次继续有效。",
    ReorganisationKind.MOVE: "“{one}”连同下级回到原来的上级之下。",
    ReorganisationKind.MEMBERS: "调整到“{one}”的{number}名党员回到原来的党支部。",
    ReorganisationKind.LEFT: "转出的{number}名党员重新计入“{one}”。",
}


@requires("org.manage", on=reorganisation_to_take_back, methods=("GET", "POST"))
def take_back(request: Request, found: Reorganisation) -> HttpResponse:
    """Undo it, as long as nothing was built on it; what was built on it is named before anybody fills in the form."""
    reorganisations.check(actor=request.actor, reorganisation=found)
    what, kind = found.get_kind_display(), ReorganisationKind(found.kind)
    others_name = found.other_name

    def effects(_keywords: dict[str, object], _done: Reorganisation) -> Sequence[str]:
        text = AFTERWARDS[kind].format(one=found.organization, other=others_name, number=found.number)
        ended = (
            "随之结束的任职、授权和党小组编入也一并恢复。" if kind != ReorganisationKind.MOVE else "随之失效的委托也一并恢复。"
        )
        return [text, ended, f"{day(found.effective_on)}以后的名册和统计按没有办过这次{what}计算；操作记录保留。"]

    step = Step(
        title=f"撤销本次{what}",
        intro=f"{day(found.effective_on)}，{reorganisations.in_words(found)}。",
        organization=found.organization,
        form=forms.TakeBackForm(request.POST or None),
        act=lambda keywords: reorganisations.take_back(actor=request.actor, reorganisation=found, **keywords),
        effects=effects,
        done=f"这次{what}已撤销，都恢复到原来的样子。",
        label=f"撤销本次{what}",
        back=page_of(found),
        after=page_of,
        danger=True,
    )
    return run(request, step)


def page_of(reorganisation: Reorganisation) -> str:
    """Where it is shown, among the history of its organisation."""
    return f"{reverse('org:detail', args=[reorganisation.organization_id])}?tab=history"


def address_of(reorganisation: Reorganisation) -> str:
    """Where it is taken back."""
    return reverse("org:take_back", args=[reorganisation.pk])


def address_of_change(organization: Organization, kind: ChangeKind) -> str:
    """Where the step is taken back of which the latest change of this kind is a part."""
    change = OrganizationChange.objects.select_related("reorganisation").filter(organization=organization, kind=kind).first()
    return address_of(change.reorganisation) if change and change.reorganisation else ""
