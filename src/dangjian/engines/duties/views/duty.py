"""One duty: why, how, who, what shows it done, and what the reader may decide about it."""

from functools import partial

from django import forms
from django.http import FileResponse
from django.urls import reverse
from django.utils.html import format_html

from dangjian.engines.duties import actions
from dangjian.engines.duties.forms import ConfirmForm, DecideForm, ReturnForm
from dangjian.engines.duties.models import ConfirmationState, DoneBefore, Duty, DutyConfirmation, State
from dangjian.engines.duties.queries import lists
from dangjian.engines.duties.queries.people import posts_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.kernel.forms import Data, Files
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import PROSE
from dangjian.kernel.lists import State as ListState
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.registry import by_code
from dangjian.kernel.ui import states, words
from dangjian.kernel.ui.marks import badge
from dangjian.org.cases import Card, Case, Due, Fact, Paper, Step
from dangjian.org.duty_offers import DutyRule
from dangjian.org.gate import find


def _found(request: Request, pk: int) -> Duty:
    """If it may be seen. A member's own is seen by the member, by whoever answers for it, and by those with the matrix."""
    duty: Duty = find(lists.to_present(Duty.objects.exclude(state=State.VOID)), pk=pk)
    rule = by_code(DutyRule).get(duty.rule)
    if rule and rule.view and request.user.pk != duty.responsible_id:
        request.actor.require(rule.view, duty.organization)
    user = request.user.pk
    if duty.member_id and user not in {duty.responsible_id, duty.member.user_id if duty.member else None}:
        request.actor.require("duties.matrix", duty.organization)
    return duty


ITEM: Loaded[lists.Item] = Loaded("item")
CONFIRMATIONS: Loaded[list[DutyConfirmation]] = Loaded("confirmations_now")
POST: Loaded[str] = Loaded("post")
"""Of whoever is responsible."""


def _load(duty: Duty, request: Request) -> None:
    ITEM.put(duty, lists.present([duty], request.actor)[0])
    CONFIRMATIONS.put(duty, list(duty.confirmations.select_related("by", "decided_by")))
    POST.put(duty, posts_of([duty.responsible_id]).get(duty.responsible_id, "") if duty.responsible_id else "")


def look_of(duty: Duty) -> ListState:
    """Its state, as lists and its page show it."""
    word = "待验收" if duty.look == "submitted" else states.look(duty.look).word
    return ListState(duty.look, word)


def _concerns(duty: Duty) -> list[dict[str, str]]:
    """What the rule finds wrong now."""
    rule = by_code(DutyRule).get(duty.rule)
    text = rule.explain(duty.organization, clock.today()) if rule and rule.explain and duty.is_open else ""
    return [{"text": text.removesuffix("。"), "citation": ""}] if text else []


def _time(duty: Duty) -> str:
    until = f"，{words.day(duty.due_on)}前办完" if duty.due_on else ""
    return f"{words.day(duty.opens_on)}起{until}"


def _begun(duty: Duty) -> str:
    item = ITEM.of(duty)
    link = format_html(' · <a href="{}">{}</a>', item.start_url, item.start_label) if item.start_url else ""
    return format_html("{}{}", item.begun, link)


def _responsible(duty: Duty) -> str:
    if duty.responsible is None:
        return "未明确，请先登记任职或指定责任人"
    post = format_html('<span class="faint">（{}）</span>', POST.of(duty)) if POST.of(duty) else ""
    return format_html("{}{} {}", duty.responsible.name, post, badge("reassigned", "改派", "info") if duty.reassigned else "")


def _done(duty: Duty) -> str:
    how = ""
    if duty.is_late:
        how = "（逾期）"
    elif duty.was_done_on_paper:
        same = DoneBefore.objects.filter(organization=duty.organization_id, rule=duty.rule, period_start=duty.period_start)
        note = same.values_list("note", flat=True).first()
        how = f"（启用前在纸面办理{f'：{note}' if note else ''}）"
    evidence = ITEM.of(duty).evidence_url
    link = format_html(' · <a href="{}">查看记录</a>', evidence) if evidence else ""
    return format_html("{}{}{}", words.day(duty.done_on), how, link)


def _file(one: DutyConfirmation) -> FileResponse:
    return FileResponse(one.file.open("rb"), as_attachment=True, filename=one.file_name)


def _papers(duty: Duty, _request: Request) -> list[Paper]:
    """What was handed in. Always a download: what units upload is never shown as a page of this site."""
    return [
        Paper(
            title=one.file_name,
            note=f"{one.by.name if one.by else '系统'}，{words.daytime(one.at)}提交",
            icon="paperclip",
            code=f"confirmation-{one.pk}",
            file=partial(_file, one),
        )
        for one in duty.confirmations.exclude(file="").select_related("by")
    ]


def _waiting(duty: Duty) -> DutyConfirmation:
    """What was handed in and waits to be accepted."""
    rows = duty.confirmations.select_related("duty__local_duty__organization", "duty__member", "duty__organization")
    found: DutyConfirmation | None = rows.filter(state=ConfirmationState.WAITING).first()
    if found is None:
        raise Conflict("没有等待验收的材料。", how="请刷新页面查看最新情况。")
    return found


def _require_deciding(actor: Actor, duty: Duty) -> None:
    actions.require_deciding(actor, _waiting(duty))


def _accept(*, actor: Actor, duty: Duty, note: str) -> DutyConfirmation:
    return actions.decide(actor=actor, confirmation=_waiting(duty), accept=True, note=note)


def _send_back(*, actor: Actor, duty: Duty, note: str) -> DutyConfirmation:
    return actions.decide(actor=actor, confirmation=_waiting(duty), accept=False, note=note)


def _confirm_form(duty: Duty, data: Data, files: Files) -> forms.Form:
    return ConfirmForm(data, files, needs_file=duty.local_duty is not None and duty.local_duty.needs_file)


DUTY = Case(
    name="duties:detail",
    model=Duty,
    found=_found,
    permission="duties.view",
    subject="duty",
    title=lambda duty: duty.title,
    crumbs=lambda _duty: [("待办", reverse("duties:mine"))],
    intro=lambda duty: f"{duty.organization.name} · {duty.member.name}" if duty.member else duty.organization.name,
    states=look_of,
    due=Due("due_on", runs=lambda duty: duty.is_open),
    papers=_papers,
    load=_load,
    concerns=_concerns,
    beside="duties/start_button.html",
    below="duties/confirmations.html",
    cards=(
        Card(
            "这件事",
            "info-circle",
            (
                Fact("为什么办", lambda duty: ITEM.of(duty).why or "—"),
                Fact("怎么办", lambda duty: ITEM.of(duty).how or "—", PROSE),
                Fact("进展", "item.begun", drawn=_begun),
                Fact("时间", "opens_on", drawn=_time),
                Fact("次数", lambda duty: f"{duty.needed} 次" if duty.needed > 1 else ""),
                Fact("责任人", lambda _duty: True, drawn=_responsible),
                Fact("完成", "done_on", drawn=_done),
                Fact("免办原因", lambda duty: duty.excuse_reason if duty.state == State.EXCUSED else ""),
            ),
        ),
    ),
    steps=(
        Step(
            code="confirm",
            label="提交",
            title="提交完成情况",
            icon="send",
            require=actions.require_confirming,
            act=actions.confirm,
            form=_confirm_form,
            done="已提交，等布置单位验收",
        ),
        Step(
            code="accept",
            label="验收通过",
            require=_require_deciding,
            act=_accept,
            form=DecideForm,
            done="已验收",
        ),
        Step(
            code="return",
            label="退回补充",
            icon="arrow-back-up",
            look="fold",
            require=_require_deciding,
            act=_send_back,
            form=ReturnForm,
            done="已退回，承办单位可以补充后再提交",
        ),
        Step(
            code="reassign",
            label="改派责任人",
            icon="user-share",
            require=actions.require_reassigning,
            page=lambda duty: reverse("duties:reassign", args=[duty.pk]),
            in_dialog=True,
        ),
        Step(
            code="hand_back",
            label="恢复由任职人员负责",
            icon="arrow-back-up",
            require=actions.require_handing_back,
            act=actions.hand_back,
            done="已恢复由任职人员负责",
        ),
        Step(
            code="excuse",
            label="免办",
            icon="circle-minus",
            require=actions.require_excusing,
            page=lambda duty: reverse("duties:excuse", args=[duty.pk]),
            in_dialog=True,
        ),
        Step(
            code="demand_again",
            label="撤销免办",
            icon="arrow-back-up",
            require=actions.require_demanding_again,
            act=actions.demand_again,
            confirm="撤销后，这件事要重新办理。",
            done="已撤销免办",
        ),
    ),
)
