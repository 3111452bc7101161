"""Cases that had begun before the platform came, or elsewhere: what was done then is written down without asking the gates."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from dangjian.engines.procedures.actions.following import bring_up_to_date, tell
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import Hands
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.openings import at

NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class History:
    """Where steps were taken that are written down: the ``reason`` they bear, the note ``told`` on the case, and since when.

    ``since`` is what was done when they were written down, for a sentence: 导入, 转入. What was done ``elsewhere`` is not ours to
    print or to correct.
    """

    reason: str
    told: str
    since: str
    elsewhere: bool = False


BEFORE = History("启用平台以前办理，由表格导入", "由表格导入，补记启用平台以前办理的步骤", "导入")


@dataclass(frozen=True, slots=True)
class PastStep:
    """A step that was taken on ``day``; ``entry`` are texts as they are kept."""

    code: str
    day: dt.date
    entry: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """A case as it stood, with the steps that were taken, the first one first.

    ``begun_on`` is the day on which it came here, of one that had begun elsewhere.
    """

    organization: Organization
    title: str
    subject_id: int
    steps: Sequence[PastStep]
    account_id: int | None = None
    begun_on: dt.date | None = None


@transaction.atomic
def begin_past(*, actor: Actor, code: str, cases: Sequence[Past], history: History = BEFORE) -> list[ProcedureCase]:
    """Open cases that had begun before. Of each step that has outcomes the first one is written down.

    Who may do so has been asked by the app that owns the procedure. All steps but the first lie before the day on which the
    organisation went live, or not after the one on which the case came here: what was done since then is done on the platform,
    where it is checked.

    :raises Invalid: for a step that the procedure does not have, or a day on which the platform was in use.
    """
    one, today = procedure(code), clock.today()
    made: list[ProcedureCase] = []
    with at(*{past.organization.pk: past.organization for past in cases}.values()):
        for past in cases:
            case = ProcedureCase(
                procedure=code,
                track=one.track,
                organization=past.organization,
                title=past.title,
                started_on=past.begun_on or past.steps[0].day,
                started_by_id=actor.user_id,
                subject_id=past.subject_id,
                account_id=past.account_id,
                stage=one.on(today).steps[0].stage,
                stage_on=past.steps[0].day,
            )
            case.save()
            made.append(case)
        hands = Hands(made)
        CaseStep.objects.bulk_create(
            [
                _written(actor, one, case, past, each, hands, history)
                for case, past in zip(made, cases, strict=True)
                for each in past.steps
            ],
            batch_size=500,
        )
        bring_up_to_date(made, today)
        for case in made:
            NOTES.record(actor, case, "procedures.started", f"{one.title}：{history.told}")
        tell(made, actor=actor)
    return made


def day_problem(organization: Organization, day: dt.date) -> str:
    """Why a step of this day cannot be written down as history; empty if it can."""
    if day < organization.live_on:
        return ""
    live = words.day(organization.live_on)
    return f"“{organization}”{live}起在平台上办理。这一天以后办的步骤不随表格导入，请导入以后在平台上补办，可以填原来的日期。"


def _written(
    actor: Actor, one: Procedure, case: ProcedureCase, past: Past, each: PastStep, hands: Hands, history: History
) -> CaseStep:
    step = one.step(each.code, each.day)
    if step is None:
        raise Invalid(f"流程“{one.title}”没有步骤“{each.code}”。")
    if past.begun_on is None and each is not past.steps[0] and (problem := day_problem(past.organization, each.day)):
        raise Invalid(problem)
    row = CaseStep(
        case=case,
        code=each.code,
        place_id=hands.of(step, case),
        opens_on=each.day,
        state=StepState.TAKEN,
        taken_on=each.day,
        taken_at=clock.now(),
        taken_by_id=actor.user_id,
        outcome=_outcome(step),
        reason=history.reason,
        version=one.on(each.day).starts,
        elsewhere=history.elsewhere,
    )
    row.write_entry(each.entry)
    return row


def _outcome(step: Step) -> str:
    return next((each.code for each in step.outcomes if not each.back_to and each.ends != "refused"), "")


@transaction.atomic
def drop_past(*, code: str, subject_ids: Collection[int], history: History = BEFORE) -> None:
    """Take back cases that were begun by mistake. Raises ``Conflict``, naming some, if anything was done to them since.

    Who may do so has been asked by the app that owns the procedure; its scope is open.
    """
    rows = ProcedureCase.objects.of(code).filter(subject_id__in=subject_ids)
    done = CaseStep.objects.filter(case__in=rows).exclude(state=StepState.OPEN)
    touched = done.exclude(state=StepState.TAKEN, reason=history.reason)
    _refuse(rows.filter(pk__in=touched.values("case")).values_list("title", flat=True)[: NAMED_AT_MOST + 1], history)
    rows.delete()


def _refuse(titles: Iterable[str], history: History) -> None:
    names = list(titles)
    if names:
        shown = "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
        raise Conflict(
            f"不能撤销：{shown}在{history.since}以后又办理过。", how=f"个别人{history.since}有误的，请打开本人的办理页面处理。"
        )
