"""A step is taken: by whoever may, once, on a day that the regulation admits, with what belongs to it."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from dangjian.engines.procedures.actions import papers
from dangjian.engines.procedures.actions.effects import apply_effects
from dangjian.engines.procedures.actions.following import follow
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.turns import require_by_hand, require_seeing, require_turn, step_named
from dangjian.engines.procedures.definition import Limit, Outcome, Step
from dangjian.engines.procedures.entries import problem_of, text_of
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import Attempt, Objection, Votes
from dangjian.engines.procedures.queries import last_step, open_step, side_of, taken_steps
from dangjian.engines.procedures.schema import ProcedureError
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold

Files = Mapping[str, Sequence[UploadedFile]]


@transaction.atomic
def take(
    *,
    actor: Actor,
    case: ProcedureCase,
    code: str,
    day: dt.date,
    outcome: str = "",
    entry: Mapping[str, object] | None = None,
    files: Files | None = None,
    reason: str = "",
) -> CaseStep:
    """Take the step ``code`` of a case, done on ``day``.

    :param entry: what is filled in, by the codes of the step's entry.
    :param files: what is handed in, by the codes of the step's papers.
    :param reason: why it is done otherwise than is usual, where the text says 「一般」.
    :raises Invalid: for what can be mended in the form: the day, a field, a paper, a missing reason.
    :raises Conflict: if it is not its turn: taken by somebody else, too early, case at its end.
    """
    hold(case, "organization", check=lambda row: require_step(actor, row, code))
    require_by_hand(case, step_named(case, code), day)
    return settle(actor, case, code, day=day, outcome=outcome, entry=entry or {}, files=files or {}, reason=reason)


def settle(
    actor: Actor,
    case: ProcedureCase,
    code: str,
    *,
    day: dt.date,
    outcome: str,
    entry: Mapping[str, object],
    reason: str,
    files: Files | None = None,
    said: str = "",
    votes: Votes | None = None,
) -> CaseStep:
    """Write what came out of an open step of a case that is held, and what follows from it.

    What a meeting decided (``said`` tells how) is complete without entry and papers; those come later.
    """
    require_past(day)
    with at(case.organization):
        row = CaseStep.objects.select_related("place").get(case=case, code=code, state=StepState.OPEN)
        step = step_named(case, code)
        chosen = _outcome(step, outcome)
        filled = checked_entry(step, entry, side_of(step, case), outcome=outcome, is_complete=not said)
        check(Attempt(case, step, day, outcome, filled, frozenset(files or {})), row, reason)
        row.write_entry(filled)
        row.state, row.taken_on, row.taken_at, row.taken_by_id = StepState.TAKEN, day, clock.now(), actor.user_id
        row.outcome, row.reason, row.version = outcome, reason.strip(), procedure(case.procedure).on(day).starts
        row.said, row.votes = said, votes._asdict() if votes else {}
        row.save()
        if not said:
            papers.hand_in(actor=actor, row=row, step=step, files=files or {})
        apply_effects(actor, row, step)  # before anything is sent back: an effect sees what the step rested on
        if chosen and chosen.back_to:
            send_back(case, chosen.back_to, row)
        came_out = f"：{chosen.title}" if chosen else ""
        NOTES.record(
            actor,
            case,
            "procedures.taken",
            f"{step.title}{came_out}",
            data={"step": code, "round": row.round, "day": day.isoformat(), "outcome": outcome},
        )
        follow(case, actor=actor)
    return row


def require_past(day: dt.date) -> None:
    """Raise unless something may have been done on ``day``."""
    if day > clock.today():
        raise Invalid("办理日期不能晚于今天。", fields={"day": "请填今天或以前的日期"})


def require_step(actor: Actor, case: ProcedureCase, code: str) -> None:
    """Raise unless the actor may take the step now: the right, its turn, its time, and that it is not their own case."""
    if not case.is_open:
        require_seeing(actor, case)
        raise Conflict(f"“{case}”{case.get_state_display()}，不能再办理。")
    step = step_named(case, code)
    row = open_step(case, code)
    last = row or last_step(case, code)  # whoever comes second is told that somebody was faster, not that it is not theirs
    require_turn(actor, case, step, last.place if last else case.organization)
    if row is None:
        raise not_open(case, step)
    require_by_hand(case, step, row.opens_on)
    if not row.is_due(clock.today()):
        raise _too_early(step, row.opens_on)


def not_open(case: ProcedureCase, step: Step) -> Conflict:
    """What is said where a step is not open: it was taken already, or its turn has not come, as the text has it."""
    cited = "" if last_step(case, step.code) else step.citation
    return Conflict(_why_not_open(case, step), how="请刷新页面，看看现在进行到哪一步。", citation=cited)


def _why_not_open(case: ProcedureCase, step: Step) -> str:
    taken = taken_steps(case).filter(code=step.code).select_related("taken_by").last()
    if taken:
        by = f"由{taken.taken_by.name}" if taken.taken_by else ""
        return f"“{step.title}”已于{words.day(taken.taken_at)}{by}办理。"
    last = last_step(case, step.code)
    outcome = step.outcome(last.outcome) if last else None
    if last and outcome and outcome.back_to:
        by = f"由{last.taken_by.name}" if last.taken_by else ""
        return f"“{step.title}”已于{words.day(last.taken_at)}{by}办理：{outcome.title}。补充以后才能再办理。"
    return f"还没有轮到“{step.title}”，前面的步骤尚未办完。"


def _too_early(step: Step, opens_on: dt.date) -> Conflict:
    limit = step.not_before
    since = limit.said(clock.today(), "须满", "，") if limit else "还没有到时间，"
    cited = step.cited(limit) if limit else step.citation
    return Conflict(f"“{step.title}”{since}最早可在{words.day(opens_on)}办理。", citation=cited)


def check(attempt: Attempt, row: CaseStep, reason: str) -> None:
    """Raise for what the text, or the app, has against taking an open step on a day, which may be to come."""
    _check_day(attempt.case, row, attempt.step, attempt.day, reason)
    _check_gates(attempt, reason)


def _check_day(case: ProcedureCase, row: CaseStep, step: Step, day: dt.date, reason: str) -> None:
    if day < row.opens_on and day < _first_day(case, row):
        if step.not_before and not step.not_before.usually:
            raise Invalid(
                f"“{step.title}”{step.not_before.said(day, '须满', '，')}办理日期不能早于{words.day(row.opens_on)}。",
                citation=step.cited(step.not_before),
                fields={"day": "日期太早"},
            )
        raise Invalid(
            f"办理日期不能早于前一步的日期（{words.day(row.opens_on)}）。",
            how="如果前一步的日期登记错了，请先更正前一步。",
            fields={"day": "日期太早"},
        )
    for limit, is_kept in _usual_limits(case, row, step, day):
        if not is_kept and not reason.strip():
            raise _reason_wanted(f"“{step.title}”一般应满{limit.on(day)}。", step.cited(limit))


def _first_day(case: ProcedureCase, row: CaseStep) -> dt.date:
    """From when on a step may have been taken: what follows from a step that was taken elsewhere, perhaps there too."""
    if row.opens_on > case.started_on or case.pk is None:
        return row.opens_on
    there = [one.known_on for one in CaseStep.objects.taken().filter(case=case, elsewhere=True).select_related("case")]
    return max((day for day in there if day), default=dt.date.min) if there else row.opens_on


def _usual_limits(case: ProcedureCase, row: CaseStep, step: Step, day: dt.date) -> list[tuple[Limit, bool]]:
    """Limits that the text calls usual, each with whether the day keeps it."""
    found: list[tuple[Limit, bool]] = []
    if step.not_before and step.not_before.usually:
        since = row.opens_on
        if step.not_before.since:
            other = CaseStep.objects.taken().filter(case=case, code=step.not_before.since).last()
            since = other.taken_on if other and other.taken_on else since
        found.append((step.not_before, day >= step.not_before.on(day).after(since)))
    return found


def _reason_wanted(message: str, citation: str) -> Invalid:
    how = "确有特殊情况的，请在“特殊情况”中写明原因。"
    return Invalid(message, how=how, citation=citation, fields={"reason": "请写明原因"})


def _outcome(step: Step, code: str) -> Outcome | None:
    if not step.outcomes:
        return None
    found = step.outcome(code)
    if found is None:
        raise Invalid("请选择结果。", fields={"outcome": "请选择"})
    return found


def _check_gates(attempt: Attempt, reason: str) -> None:
    """Ask what the app says against it; what is usual only is let pass with a reason."""
    offer, step = offer_of(attempt.case.procedure), attempt.step
    against: list[Objection] = [one for name in step.gates for one in offer.gates[name](attempt)]
    for one in against:
        if one.is_usual_only and not offer.may_ask_why(step):
            message = f"a gate of {step.code} speaks of what is usual, and none of them is named in ``usual`` of {offer.code}"
            raise ProcedureError(message)
        citation = one.citation or step.citation
        if one.is_usual_only and not reason.strip():
            raise _reason_wanted(one.text, citation)
        if not one.is_usual_only and one.field:
            raise Invalid(one.text, how=one.how, citation=citation, fields={one.field: one.text})
        if not one.is_usual_only:
            raise Conflict(one.text, how=one.how, citation=citation)


def checked_entry(
    step: Step, entry: Mapping[str, object], organization: Organization, *, outcome: str, is_complete: bool = True
) -> dict[str, str]:
    """What is kept of what was filled in. Raises ``Invalid`` for what is missing, unknown or cannot be read.

    Members and groups are those of ``organization``. What is not asked for with this outcome is left out.
    """
    known = {one.code: one for one in step.entry}
    unknown = entry.keys() - known.keys()
    if unknown:
        raise Invalid(f"“{step.title}”没有这些填写项：{'、'.join(sorted(unknown))}。")
    asked = {code: one for code, one in known.items() if one.is_asked(outcome)}
    texts = {code: text for code in asked if (text := text_of(entry.get(code)))}
    missing = {code: "请填写" for code, one in asked.items() if is_complete and one.required and code not in texts}
    if missing:
        raise Invalid("还有没填的内容。", fields=missing)
    wrong = {code: problem for code, text in texts.items() if (problem := problem_of(known[code], text, organization))}
    if wrong:
        raise Invalid("有的内容填得不对。", fields=wrong)
    return texts


def send_back(case: ProcedureCase, code: str, by: CaseStep) -> None:
    """What was taken from the step ``code`` on counts no longer, and is kept so that nobody types it again."""
    again = procedure(case.procedure).on(clock.today()).dependents(code)
    CaseStep.objects.taken().filter(case=case, code__in=again).update(state=StepState.RETURNED)
    by.state = StepState.RETURNED
    by.save(update_fields=["state"])
