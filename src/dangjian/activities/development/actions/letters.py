"""Writes on letters of the political review: written, sent, reminded of, answered, cancelled.

Whoever does the branch's work with applicants does them, never in their own case.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from dangjian.accounts.events import EventsOf, record
from dangjian.accounts.models import Event
from dangjian.activities.development.models import Applicant, LetterState, ReviewLetter
from dangjian.activities.development.queries import letters as read
from dangjian.engines.procedures.actions import papers, turns
from dangjian.kernel import clock, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.ui import words
from dangjian.members.own import require_not_own
from dangjian.org.duty_offers import tell_duties
from dangjian.org.openings import at, locked

LONGEST = {"relation": 20, "to": 120, "questions": 1000}
MISSING = {"relation": "请填写与申请人的关系", "to": "请填写收函单位", "questions": "请写明需要了解的情况"}
TRIES = 5
"""How often a number is asked for anew that somebody else has taken at the same moment."""

NOTES = EventsOf[ReviewLetter](
    organization=lambda letter: letter.applicant.organization,
    member_id=lambda letter: letter.applicant.member_id,
    words=lambda letter, done: f"{letter.applicant.name}的政审函调{letter.number}：{done}",
)


@transaction.atomic
def write(
    *, actor: Actor, applicant: Applicant, about: str, relation: str, to: str, questions: str, due_on: dt.date
) -> ReviewLetter:
    """Write a letter about an applicant or one of their family; it gets the next number of the branch's year.

    :raises Conflict: while no political review is open for the applicant.
    """
    applicant = locked(applicant, "organization", "member", check=lambda row: require_writing(actor, row))
    texts = _checked(about, relation, to, questions)
    _check_due(due_on, clock.today())
    letter = ReviewLetter(applicant=applicant, issuer=applicant.organization, made_by_id=actor.user_id, due_on=due_on, **texts)
    with at(applicant.organization):
        _number(letter)
        NOTES.record(actor, letter, "development.letter_written", f"写函（{letter.to}）")
    return letter


def require_writing(actor: Actor, applicant: Applicant) -> None:
    """Raise unless the actor may write a letter about the applicant now: while their political review is open."""
    _require_office(actor, applicant)
    step = read.review_of(applicant)
    if step is None or not step.is_open or not step.is_due(clock.today()):
        raise Conflict(f"{applicant.name}现在没有要办理的政治审查。", how="确定为发展对象以后，在政治审查这一步发函。")


@transaction.atomic
def change(
    *, actor: Actor, letter: ReviewLetter, about: str, relation: str, to: str, questions: str, due_on: dt.date
) -> ReviewLetter:
    """Write it otherwise, as long as it is not sent. Its number stays."""
    letter = _held(letter, lambda row: require_changing(actor, row))
    texts = _checked(about, relation, to, questions)
    _check_due(due_on, clock.today())
    for name, value in {**texts, "due_on": due_on}.items():
        setattr(letter, name, value)
    return _saved(actor, letter, "development.letter_changed", "修改")


def require_changing(actor: Actor, letter: ReviewLetter) -> None:
    """Raise unless the actor may change the letter now: before it is sent."""
    _require_in(actor, letter, LetterState.WRITTEN)


@transaction.atomic
def send(*, actor: Actor, letter: ReviewLetter, sent_on: dt.date) -> ReviewLetter:
    """It was sent on a day; from then on an answer is waited for."""
    letter = _held(letter, lambda row: require_sending(actor, row))
    if sent_on > clock.today():
        raise Invalid("发函日期不能晚于今天。", fields={"sent_on": "请填今天或以前的日期"})
    if sent_on > letter.due_on:
        raise Invalid(f"请对方函复的日期是{words.day(letter.due_on)}，已经过了。", how="请先修改函复日期。")
    letter.state, letter.sent_on = LetterState.SENT, sent_on
    return _saved(actor, letter, "development.letter_sent", f"{words.day(sent_on)}发出，请于{words.day(letter.due_on)}前函复")


def require_sending(actor: Actor, letter: ReviewLetter) -> None:
    """Raise unless the actor may say now that the letter was sent."""
    _require_in(actor, letter, LetterState.WRITTEN)


@transaction.atomic
def remind(*, actor: Actor, letter: ReviewLetter) -> ReviewLetter:
    """Whoever was asked has been reminded, by phone or however; noted with the day."""
    letter = _held(letter, lambda row: require_reminding(actor, row))
    letter.reminded_on = clock.today()
    return _saved(actor, letter, "development.letter_reminded", "催办")


def require_reminding(actor: Actor, letter: ReviewLetter) -> None:
    """Raise unless a reminder can be noted now: while the answer is waited for, once a day."""
    _require_in(actor, letter, LetterState.SENT)
    if letter.reminded_on == clock.today():
        raise Conflict("今天已经登记过催办。")


@transaction.atomic
def take_answer(
    *, actor: Actor, letter: ReviewLetter, returned_on: dt.date, answer: str = "", scans: Sequence[UploadedFile] = ()
) -> ReviewLetter:
    """The answer came back: what it says, or its scan, which is kept among the papers of the political review.

    :raises Invalid: without either, for a day that cannot be, for a file that may not be kept; nothing is written.
    """
    letter = _held(letter, lambda row: require_answering(actor, row))
    if letter.sent_on and not letter.sent_on <= returned_on <= clock.today():
        raise Invalid(f"回函日期应在发函日期（{words.day(letter.sent_on)}）和今天之间。", fields={"returned_on": "请检查日期"})
    if not answer.strip() and not scans:
        raise Invalid("请写明函复的内容，或者上传回函的照片、扫描件。", fields={"answer": "请填写，或者上传回函"})
    letter.state, letter.returned_on, letter.answer = LetterState.RETURNED, returned_on, answer.strip()
    done = _saved(actor, letter, "development.letter_returned", f"{words.day(returned_on)}回函")
    if scans:
        _keep(actor, letter, scans)
    return done


def require_answering(actor: Actor, letter: ReviewLetter) -> None:
    """Raise unless the actor may enter the answer now: once the letter is sent."""
    _require_in(actor, letter, LetterState.SENT)


@transaction.atomic
def take_back_answer(*, actor: Actor, letter: ReviewLetter, reason: str) -> ReviewLetter:
    """The answer was entered for the wrong letter, or wrongly: it is waited for again.

    What was typed stays in the form, so that only what is wrong is typed anew.
    """
    letter = _held(letter, lambda row: require_taking_back(actor, row))
    if not reason.strip():
        raise Invalid("请写明原因。", fields={"reason": "请填写原因"})
    letter.state, letter.returned_on = LetterState.SENT, None
    return _saved(actor, letter, "development.letter_answer_taken_back", f"撤销回函登记：{reason.strip()[:200]}")


def require_taking_back(actor: Actor, letter: ReviewLetter) -> None:
    """Raise unless the actor may take an answer back now: until the political review that rests on it is concluded."""
    _require_in(actor, letter, LetterState.RETURNED)
    step = read.review_of(letter.applicant)
    if step is None or not step.is_open:
        raise Conflict("政治审查已经有结论，不能再撤销回函。", how="结论要改的，请先更正政治审查这一步。")


@transaction.atomic
def cancel(*, actor: Actor, letter: ReviewLetter, reason: str) -> ReviewLetter:
    """Nobody waits for an answer any more. The number stays taken."""
    letter = _held(letter, lambda row: require_cancelling(actor, row))
    if not reason.strip():
        raise Invalid("请写明作废的原因。", fields={"reason": "请填写原因"})
    letter.state, letter.cancelled_on, letter.cancel_reason = LetterState.CANCELLED, clock.today(), reason.strip()[:200]
    return _saved(actor, letter, "development.letter_cancelled", f"作废：{letter.cancel_reason}")


def require_cancelling(actor: Actor, letter: ReviewLetter) -> None:
    """Raise unless the actor may cancel the letter now: until it is answered."""
    _require_in(actor, letter, LetterState.WRITTEN, LetterState.SENT)


def note_view(actor: Actor, letter: ReviewLetter) -> None:
    """Record that somebody else than whoever entered it has read what was answered: once a day for each reader."""
    actor.require("development.view", letter.applicant.organization)
    if actor.user_id is None or (letter.state != LetterState.RETURNED and not letter.answer):
        return
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    about = {"subject_type": letter._meta.label_lower, "subject_id": letter.pk, "actor_id": actor.user_id}
    seen = Event.objects.filter(verb__in=("development.letter_viewed", "development.letter_returned"), at__gte=midnight, **about)
    if not seen.exists():
        record(
            actor=actor,
            verb="development.letter_viewed",
            summary=f"查看{letter.applicant.name}的政审函调{letter.number}的回函",
            organization=letter.applicant.organization,
            member_id=letter.applicant.member_id,
            subject=letter,
        )


# What they have in common


def _require_office(actor: Actor, applicant: Applicant) -> None:
    actor.require("development.manage", applicant.organization)
    require_not_own(actor, [applicant.member] if applicant.member else [])
    if actor.user_id is not None and actor.user_id == applicant.user_id:
        raise PermissionDenied("这件事关系到您本人，不能由您自己办理。", how="请由其他同志办理。")


def _require_in(actor: Actor, letter: ReviewLetter, *states: LetterState) -> None:
    _require_office(actor, letter.applicant)
    if letter.state not in states:
        raise Conflict(f"这封函调{letter.get_state_display()}，不能再这样办理。", how="请刷新页面，看看现在的情况。")


def _held(letter: ReviewLetter, check: Any) -> ReviewLetter:
    return locked(letter, *read.FOLLOWED, check=check)


def _saved(actor: Actor, letter: ReviewLetter, verb: str, done: str) -> ReviewLetter:
    with at(letter.applicant.organization):
        letter.save()
        NOTES.record(actor, letter, verb, done)
        tell_duties(actor=actor, organization_ids=[letter.applicant.organization_id], rules=[read.RULE])
    return letter


def _checked(about: str, relation: str, to: str, questions: str) -> dict[str, str]:
    texts = {"relation": relation.strip(), "to": to.strip(), "questions": questions.strip()}
    problems = {name: MISSING[name] for name, text in texts.items() if not text}
    problems |= {name: f"最多{LONGEST[name]}个字" for name, text in texts.items() if len(text) > LONGEST[name]}
    if problems:
        raise Invalid("还有没填好的内容。", fields=problems)
    try:
        return {**texts, "about": names.check(about)}
    except Invalid as problem:
        raise Invalid(problem.message, how=problem.how, fields={"about": problem.message}) from None


def _check_due(due_on: dt.date, written_on: dt.date) -> None:
    if due_on <= written_on:
        raise Invalid("请对方函复的日期应在今天以后。", fields={"due_on": "请填今天以后的日期"})


def _number(letter: ReviewLetter) -> None:
    """Save it with the next number. Two who write at the same moment get one number each."""
    letter.year = clock.today().year
    for _ in range(TRIES):
        letter.serial = read.next_serial(letter.issuer, letter.year)
        letter.number = f"{letter.issuer.short_name}函〔{letter.year}〕{letter.serial}号"
        try:
            with transaction.atomic():
                letter.save()
        except IntegrityError:
            continue
        return
    raise Conflict("现在有多位同志同时发函，没有取到编号。", how="请再提交一次。")


def _keep(actor: Actor, letter: ReviewLetter, scans: Sequence[UploadedFile]) -> None:
    row = read.review_of(letter.applicant)
    if row is None:
        raise Conflict("这位同志的政治审查已经结束，不能再上传回函。", how="请只填写函复的内容。")
    try:
        papers.hand_in(actor=actor, row=row, step=turns.step_of(row), files={read.PAPER: scans})
    except Invalid as problem:
        raise Invalid(problem.message, how=problem.how, fields={"scans": problem.message}) from None
