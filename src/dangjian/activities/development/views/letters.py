"""Letters of the political review: the list, one of them with its steps, writing one, the card on the page of a case."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dangjian.activities.development.actions import letters
from dangjian.activities.development.forms.letters import AnswerForm, CancelForm, LetterForm, SendForm, TakeBackForm
from dangjian.activities.development.models import Applicant, LetterState, ReviewLetter
from dangjian.activities.development.papers import letter_as_word
from dangjian.activities.development.queries import letters as read
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.offers import CasePanel
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, may
from dangjian.kernel.documents import download
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, PROSE, STATE, Choice, Column, Days, Empty, ListPage, State, Table
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.org.cases import Card, Case, Due, Fact, Paper, Step
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind

TONES = {
    LetterState.WRITTEN: "info",
    LetterState.SENT: "warn",
    LetterState.RETURNED: "good",
    LetterState.CANCELLED: "neutral",
}
LAST_DAY: Due[ReviewLetter] = Due("due_on", runs=lambda one: one.state == LetterState.SENT)


def look(one: ReviewLetter) -> State:
    """Its state; one whose answer should have come says so."""
    if one.is_late:
        return State("late", "超期未回", "bad")
    return State(one.state, one.get_state_display(), TONES[LetterState(one.state)])


LETTERS = ListPage(
    name="development:letters",
    title="政审函调",
    permission="development.view",
    intro="政治审查时发出的函调信和回函。要发函的，请打开发展对象的页面。",
    rows=lambda asked: read.readable(asked.request.user.pk),
    columns=(
        Column("编号", "number", sort="number", width=30),
        Column("申请人", "applicant.name", sort="applicant__name_sort", key="applicant"),
        Column("党支部", "applicant.organization.short_name", sort="applicant__organization__path", key="organization", width=28),
        Column("被调查人", "about", sub="relation", header="被调查人"),
        Column("与申请人的关系", "relation", on_page=False),
        Column("收函单位", "to", on_phone=False, width=32),
        Column("发函日期", "sent_on", DAY, sort="-sent_on", key="sent"),
        LAST_DAY.column("函复期限", sort="due_on", key="due"),
        Column("催办日期", "reminded_on", DAY, on_phone=False),
        Column("回函日期", "returned_on", DAY, on_page=False),
        Column("状态", look, STATE, sort="state", key="state"),
    ),
    order=("due_on",),
    row="development:letter",
    filters=(
        Choice(
            "state",
            "状态",
            [
                ("late", "超期未回"),
                *LetterState.choices,
                (ALL, "全部"),
            ],
            usual="没有回函的",
            rows=read.in_state,
            look="chips",
        ),
        by_person("applicant__", also="number", called="编号"),
        OrganizationFilter(field="applicant__organization", kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)),
        Days("sent", "发函日期", field="sent_on"),
    ),
    exported=on_trail("development.letters_exported"),
    empty=Empty("mail", "没有等回函的函调", "发展对象需要函调的，在其办理页面点“写函调信”，回函以后登记。"),
)


def _found(request: Request, pk: int) -> ReviewLetter:
    return find(read.readable(request.user.pk), pk=pk)


def _load(one: ReviewLetter, request: Request) -> None:
    letters.note_view(request.actor, one)


def _papers(one: ReviewLetter, _request: Request) -> Iterable[Paper]:
    case = case_of(one.applicant)
    if case is None:
        return
    word = partial(letter_as_word, one, case)
    yield Paper(title="函调信（Word）", note="打印盖章后发出", code="word", icon="file-type-docx", file=lambda: download(*word()))
    if one.state == LetterState.RETURNED:
        yield Paper(title="政审材料", note="回函的照片和扫描件", icon="folder", page=f"{_case_url(case)}#{read.STEP}")


def _case_url(case: ProcedureCase) -> str:
    return reverse(f"procedures:{PROCEDURE}_case", args=[case.pk])


def _crumbs(one: ReviewLetter) -> list[tuple[str, str]]:
    case = case_of(one.applicant)
    return [
        ("政审函调", reverse("development:letters")),
        *([(one.applicant.name, _case_url(case))] if case else []),
    ]


def _waits(one: ReviewLetter, _actor: Actor) -> str:
    return f"等{one.applicant.organization.short_name}办理。" if one.is_open else ""


def _cancelled(one: ReviewLetter) -> str:
    return f"{words.day(one.cancelled_on)} {one.cancel_reason}" if one.cancelled_on else ""


def _answer(one: ReviewLetter) -> str:
    return one.answer if one.state == LetterState.RETURNED else ""


LETTER = Case(
    name="development:letter",
    model=ReviewLetter,
    found=_found,
    permission="development.view",
    subject="letter",
    title=lambda one: f"函调：{one.about}",
    crumb=lambda one: one.number,
    crumbs=_crumbs,
    intro=lambda one: one.number,
    states=look,
    due=LAST_DAY,
    load=_load,
    waits=_waits,
    papers=_papers,
    cards=(
        Card(
            "函调",
            "mail",
            (
                Fact("申请人", "applicant.name"),
                Fact("党支部", "applicant.organization.short_name"),
                Fact("被调查人", lambda one: f"{one.about}（{one.relation}）"),
                Fact("收函单位", "to"),
                Fact("需要了解的情况", "questions", PROSE),
                Fact("发函日期", "sent_on", DAY),
                Fact("请于何日前函复", "due_on", DAY),
                Fact("最近催办", "reminded_on", DAY),
                Fact("作废", _cancelled),
                Fact("写函", lambda one: f"{words.day(one.made_at)} {one.made_by.name if one.made_by else '系统'}"),
            ),
            citation=lambda one: read.answer_rule(one.sent_on or clock.today()).citation,
        ),
        Card("回函", "mail-opened", (Fact("回函日期", "returned_on", DAY), Fact("函复内容", _answer, PROSE))),
    ),
    steps=(
        Step(
            code="send",
            label="登记发出",
            title="已经发出",
            icon="send",
            note="打印盖章以后发出，在这里登记日期。",
            require=letters.require_sending,
            act=letters.send,
            form=SendForm,
            done="已登记发出。",
        ),
        Step(
            code="change",
            label="保存修改",
            title="修改函调信",
            icon="edit",
            look="fold",
            require=letters.require_changing,
            act=letters.change,
            form=lambda one, data, _files: LetterForm(data, letter=one),
            verbs=("development.letter_changed",),
            done="已修改。",
        ),
        Step(
            code="answer",
            label="登记回函",
            icon="mail-opened",
            require=letters.require_answering,
            act=letters.take_answer,
            form=lambda one, data=None, files=None: AnswerForm(data, files, initial={"answer": one.answer}),
            is_draft=True,
            done="回函已登记。",
        ),
        Step(
            code="take_back_answer",
            label="撤销回函",
            title="回函登记错了",
            icon="arrow-back-up",
            note="撤销以后重新登记，填过的内容还在。上传错的照片请在政审材料中删除。",
            look="fold",
            require=letters.require_taking_back,
            act=letters.take_back_answer,
            form=TakeBackForm,
            verbs=("development.letter_answer_taken_back",),
            done="已撤销，请重新登记回函。",
        ),
        Step(
            code="remind",
            label="登记催办",
            icon="bell",
            require=letters.require_reminding,
            act=letters.remind,
            done="已登记今天催办。",
        ),
        Step(
            code="cancel",
            label="作废",
            icon="ban",
            look="fold",
            require=letters.require_cancelling,
            act=letters.cancel,
            form=CancelForm,
            confirm="作废以后不再等这封函的回函，编号不再使用。确定作废吗？",
            done="已作废。",
            is_dangerous=True,
        ),
    ),
)


# Writing one


def applicant_to_review(_request: Request, pk: int) -> Applicant:
    """An applicant of the branch whose work with applicants the reader does."""
    return find(Applicant.objects.select_related("organization", "member"), pk=pk)


@requires("development.manage", on=applicant_to_review, methods=("GET", "POST"))
def write(request: Request, applicant: Applicant) -> HttpResponse:
    """Write a letter about an applicant or one of their family."""
    if request.method == "GET":
        letters.require_writing(request.actor, applicant)
    case = case_of(applicant)
    back = _case_url(case) if case else reverse("development:letters")
    return submit(
        request,
        LetterForm(request.POST or None),
        lambda data: letters.write(actor=request.actor, applicant=applicant, **data),
        template="development/letter_form.html",
        context={
            "applicant": applicant,
            "crumbs": [("政审函调", reverse("development:letters")), (applicant.name, back)],
            "crumb": "写函",
            "back": back,
            "citation": read.answer_rule(clock.today()).citation,
        },
        done=lambda made: f"{made.number}已写好，请下载打印，盖章后发出。",
        to=LETTER.url,
    )


# On the page of a case

ABOUT_ONE: Table[ReviewLetter] = Table(
    "政审函调",
    (
        Column("编号", "number"),
        Column("被调查人", "about", sub="relation"),
        Column("收函单位", "to"),
        Column("函复期限", "due_on", DAY, drawn=LAST_DAY.drawn),
        Column("状态", look, STATE),
    ),
    row="development:letter",
)


def _of_case(request: Request, case: ProcedureCase) -> Mapping[str, Any] | None:
    """The letters about the person of a case, for the office alone: what others answer about them is not for them to read."""
    actor = request.actor
    if not actor.may("development.view", case.organization) or actor.user_id == case.account_id:
        return None
    applicant = Applicant.objects.filter(pk=case.subject_id).select_related("organization", "member").first()
    if applicant is None:
        return None
    rows = list(read.letters_of(applicant.pk))
    may_write = may(letters.require_writing, actor, applicant)
    if not rows and not may_write:
        return None
    return {
        "applicant": applicant,
        "letters": ABOUT_ONE.of(rows),
        "may_write": may_write,
    }


OF_CASE = CasePanel("政审函调", "mail", "development/letters_panel.html", _of_case)
