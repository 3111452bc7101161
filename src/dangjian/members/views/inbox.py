"""Corrections that members propose: the list of those who decide them, and one of them, for its member too."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.kernel.actor import Actor
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.lists import MOMENT, PROSE, Act, Asked, Choice, Drawn, Empty, ListPage, Loaded, Several
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.members import columns as items
from dangjian.members.actions import proposals
from dangjian.members.columns import COLUMNS
from dangjian.members.forms import AnswerForm
from dangjian.members.models import CorrectionProposal
from dangjian.members.own import is_own, require_or_stand_in
from dangjian.members.queries.records import waiting_proposals
from dangjian.org.cases import Card, Case, Fact, Step
from dangjian.org.gate import find

State = CorrectionProposal.State
TONES = {State.OPEN: "warn", State.ACCEPTED: "good", State.REFUSED: "bad", State.WITHDRAWN: "neutral"}


def proposal_to_see(request: Request, pk: int) -> CorrectionProposal:
    """A proposal, for the member who made it and for whoever decides it."""
    rows = CorrectionProposal.objects.select_related("member__branch", "member__organization", "decided_by")
    found: CorrectionProposal = find(rows, pk=pk)
    if found.member.user_id != request.actor.user_id:
        require_or_stand_in(request.actor, "members.decide_proposals", found.member.organization, [found.member])
    return found


def _title(row: CorrectionProposal) -> str:
    return COLUMNS[row.column].title


def _before(row: CorrectionProposal) -> str:
    return items.masked(row.column, getattr(row.member, row.column)) or "未填写"


def _proposed(row: CorrectionProposal) -> str:
    """In full while somebody has to check it against the paper, masked afterwards."""
    value = items.clean(row.column, row.value)
    return (items.show(row.column, value) if row.state == State.OPEN else items.masked(row.column, value)) or "空"


def _decided(row: CorrectionProposal) -> str:
    return f"{words.daytime(row.decided_at)} {row.decided_by.name if row.decided_by else ''}" if row.decided_at else ""


IS_MINE: Loaded[bool] = Loaded("is_mine")
"""Whether the reader made it."""


def _load(row: CorrectionProposal, request: Request) -> None:
    IS_MINE.put(row, row.member.user_id == request.actor.user_id)


def _member_address(row: CorrectionProposal) -> str:
    return reverse("members:me") if IS_MINE.of(row) else reverse("members:detail", args=[row.member_id])


def _waits(row: CorrectionProposal, actor: Actor) -> str:
    if row.state != State.OPEN:
        return ""
    decides = is_own(actor, row.member) and actor.may("members.decide_proposals", row.member.organization)
    return "这是您本人的更正申请，请由其他同志审核。" if decides else "等党支部审核。"


def _inbox(_decided_one: CorrectionProposal) -> str:
    return reverse("members:proposals")


PROPOSAL = Case(
    name="members:proposal",
    model=CorrectionProposal,
    found=proposal_to_see,
    permission=SIGNED_IN,
    subject="proposal",
    title=lambda row: f"{row.member.name}：更正{_title(row)}",
    crumb=lambda row: f"更正{_title(row)}",
    crumbs=lambda row: [("我的", reverse("members:me")) if IS_MINE.of(row) else ("更正申请", reverse("members:proposals"))],
    intro=lambda row: row.member.branch.short_name,
    states=TONES,
    load=_load,
    waits=_waits,
    cards=(
        Card(
            _title,
            "edit",
            (
                Fact("党员", "member.name", url=_member_address),
                Fact("现在", lambda row: _before(row) if row.state == State.OPEN else ""),
                Fact("改为", _proposed),
                Fact("说明", "note", PROSE),
                Fact("提出", "proposed_at", MOMENT),
                Fact("办理", _decided),
                Fact("答复", "answer"),
            ),
        ),
    ),
    steps=(
        Step(
            code="accept",
            label="采纳",
            require=proposals.require_deciding,
            act=proposals.accept,
            done=lambda row: f"已采纳{row.member.name}的更正",
            to=_inbox,
            is_primary=True,
        ),
        Step(
            code="refuse",
            label="不采纳",
            title="不采纳并答复",
            icon="x",
            look="fold",
            require=proposals.require_deciding,
            act=proposals.refuse,
            form=AnswerForm,
            done=lambda row: f"已答复{row.member.name}",
            to=_inbox,
            is_dangerous=True,
        ),
        Step(
            code="withdraw",
            label="撤回",
            icon="arrow-back-up",
            require=proposals.require_withdrawing,
            act=proposals.withdraw,
            done="已撤回",
            to=lambda _result: reverse("members:me"),
        ),
    ),
)


def _is_decided(asked: Asked) -> bool:
    return asked.values.get("state") == "done"


def _in_state(rows: QuerySet[CorrectionProposal], state: str) -> QuerySet[CorrectionProposal]:
    return rows.exclude(state=State.OPEN) if state else rows.filter(state=State.OPEN)


SHOWN: Loaded[dict[str, Any]] = Loaded("shown")
"""What the templates of the list say of a row."""
IS_OWN: Loaded[bool] = Loaded("is_own")
"""Whether it is about the reader, who then does not decide it."""


def _present(rows: list[CorrectionProposal], asked: Asked) -> None:
    for row in rows:
        IS_OWN.put(row, is_own(asked.request.actor, row.member))
        shown = {"title": _title(row), "before": _before(row), "after": _proposed(row)}
        SHOWN.put(row, {**shown, "url": PROPOSAL.url(row), "look": PROPOSAL.state_of(row)})


def _nothing(asked: Asked) -> Empty:
    if _is_decided(asked):
        return Empty("history", "还没有办理过更正申请", "采纳或答复后会列在这里。")
    return Empty("checks", "没有待审核的更正申请", "党员在手机“我的”里提出更正后，会出现在这里。")


WAITING = Drawn("members/_proposal.html", "cards")
DECIDED = Drawn("members/_proposal_decided.html")

PROPOSALS = ListPage(
    name="members:proposals",
    title="更正申请",
    permission="members.decide_proposals",
    intro="党员对本人档案提出的更正。采纳后立即写入档案。",
    rows=lambda _asked: CorrectionProposal.objects.select_related("member__branch", "member__organization", "decided_by"),
    drawn=lambda asked: DECIDED if _is_decided(asked) else WAITING,
    order=lambda asked: ("-decided_at",) if _is_decided(asked) else ("proposed_at",),
    load=_present,
    actions=(PROPOSAL.action("accept"), PROPOSAL.action("refuse")),
    filters=(
        Choice(
            "state",
            "办理情况",
            [("done", "已办理")],
            "待审核",
            look="tabs",
            rows=_in_state,
            counts=lambda _asked: {"": waiting_proposals().count()},
        ),
    ),
    several=Several(
        "proposal",
        called=lambda row: f"{row.member.name}的{_title(row)}",
        acts=(Act("采纳勾选的", "members:accept_many", "checks", may=lambda asked: not _is_decided(asked)),),
        sends=True,
        may=lambda row, _asked: not IS_OWN.of(row),
    ),
    empty=_nothing,
    has_sheet=False,  # what is proposed may be a number that the office sees in part only
)


@requires("members.decide_proposals", methods=("POST",))
def accept_many(request: Request) -> HttpResponse:
    """Those that were ticked."""
    ids = [pk for one in request.POST.getlist("proposal") if (pk := number(one))]
    rows = list(waiting_proposals().filter(pk__in=ids))
    if not rows:
        messages.error(request, "还没有选择更正申请。")
        return redirect("members:proposals")
    accepted, problems = proposals.accept_many(actor=request.actor, proposals=rows)
    if accepted:
        messages.success(request, f"已采纳{accepted}条更正")
    for problem in problems:
        messages.error(request, problem)
    return redirect("members:proposals")
