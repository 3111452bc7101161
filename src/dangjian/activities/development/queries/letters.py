"""Reads on letters of the political review: which are open, what is asked in them, what is due."""

import datetime as dt

from django.db.models import CharField, F, Max, QuerySet, Value
from django.db.models.functions import Concat

from dangjian.activities.development.models import Applicant, LetterState, ReviewLetter
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.models import CaseState, CaseStep, StepState
from dangjian.kernel import clock
from dangjian.kernel.lists import ALL
from dangjian.kernel.rulebook import Period, RuleValue, book
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register

STEP, PAPER = "political_review", "review_material"
"""The step to which letters belong, and its paper among which their answers are kept."""
RULE = "development.letter"
FOLLOWED = ("applicant__organization", "applicant__member", "issuer")
WITH_NAMES = (*FOLLOWED, "made_by")

RELATIONS = ("本人", "父亲", "母亲", "配偶", "子女", "兄弟姐妹", "岳父", "岳母", "公公", "婆婆", "其他主要社会关系")
OF_THEMSELVES = """一、对党的理论和路线、方针、政策的态度；
二、政治历史和在重大政治斗争中的表现；
三、遵纪守法、遵守社会公德的情况，有无违纪违法、受过何种处理；
四、工作表现和群众基础；
五、是否参加过非法组织或者邪教组织。"""
OF_OTHERS = """一、政治面貌和现实政治表现；
二、政治历史和在重大政治斗争中的表现；
三、遵纪守法的情况，有无违纪违法、受过何种处理；
四、是否参加过非法组织或者邪教组织。"""
"""What article 16 has reviewed, as questions to whoever knows the person."""


def answer_rule(day: dt.date) -> RuleValue:
    """Within what time a letter is to be answered, as the enterprise has set it."""
    return book().on("development.letter.answer", day)


def due_from(day: dt.date) -> dt.date:
    """Until when a letter that is sent on a day asks to be answered."""
    return answer_rule(day).expect(Period).after(day)


def readable(user_id: int) -> QuerySet[ReviewLetter]:
    """Letters of the scope, without those about the reader: what others answer about somebody is not for them to read."""
    rows: QuerySet[ReviewLetter] = ReviewLetter.objects.select_related(*WITH_NAMES)
    return rows.exclude(applicant__user=user_id).exclude(applicant__member__user=user_id)


def letters_of(applicant_id: int) -> QuerySet[ReviewLetter]:
    """The letters about an applicant, the latest first; whether they may be shown is for the caller to say."""
    rows: QuerySet[ReviewLetter] = register(ReviewLetter).filter(applicant=applicant_id)
    return rows.select_related(*WITH_NAMES).order_by("-made_at", "-pk")


def open_for(applicant_id: int) -> QuerySet[ReviewLetter]:
    """Letters about an applicant that are neither answered nor cancelled."""
    return letters_of(applicant_id).filter(state__in=(LetterState.WRITTEN, LetterState.SENT))


def review_of(applicant: Applicant) -> CaseStep | None:
    """The step of their case to which letters belong, open or taken, if the case runs."""
    rows: QuerySet[CaseStep] = register(CaseStep).select_related("case__organization", "place")
    states = (StepState.OPEN, StepState.TAKEN)
    found = rows.filter(case__procedure=PROCEDURE, case__subject_id=applicant.pk, case__state=CaseState.OPEN, code=STEP)
    return found.filter(state__in=states).order_by("pk").last()


def next_serial(issuer: Organization, year: int) -> int:
    """The number of the next letter of an organisation in a year."""
    last = register(ReviewLetter).filter(issuer=issuer, year=year).aggregate(last=Max("serial"))["last"]
    return int(last or 0) + 1


def in_state(rows: QuerySet[ReviewLetter], state: str) -> QuerySet[ReviewLetter]:
    """Those of a state, those that are late; those that are open if none is chosen."""
    if state == ALL:
        return rows
    if state == "late":
        return rows.filter(state=LetterState.SENT, due_on__lt=clock.today())
    return rows.filter(state=state) if state else rows.filter(state__in=(LetterState.WRITTEN, LetterState.SENT))


# What is due


def _waiting(_today: dt.date) -> QuerySet[ReviewLetter]:
    rows: QuerySet[ReviewLetter] = ReviewLetter.objects.filter(state=LetterState.SENT)
    title = Concat(F("applicant__name"), Value("：政审函调待回函（"), F("to"), Value("）"), output_field=CharField())
    return rows.annotate(duty_title=title)


def _returned() -> QuerySet[ReviewLetter]:
    rows: QuerySet[ReviewLetter] = ReviewLetter.objects.filter(state=LetterState.RETURNED)
    return rows


DUTY = DutyRule(
    RULE,
    "政审函调回函",
    "政审函调",
    rule="development.letter.answer",
    kinds=frozenset({Kind.BRANCH}),
    how="到期没有回函的，催办一次；收到以后登记回函，不再需要的作废。",
    responsible=("secretary", "organisation_member"),
    start=ActionLink("去办理", "development:letter", args=lambda duty: (duty.occasion,)),
    evidence=Evidence(_returned, on="returned_on", occasion="pk", url_name="development:letter"),
    occasions=DueDates(
        rows=_waiting,
        organization="applicant__organization_id",
        opens_on="sent_on",
        due_on="due_on",
        title="duty_title",
    ),
    icon="mail",
    order=620,
)
