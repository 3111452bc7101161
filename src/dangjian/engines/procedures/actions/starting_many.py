"""Many cases begin at once, as strictly as one by one, with as many statements for a thousand as for ten."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from dangjian.accounts.events import record_many
from dangjian.engines.procedures.actions.effects import apply_effects
from dangjian.engines.procedures.actions.following import CASES_A_TIME, bring_up_to_date, tell
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.starting import already_running, require_there
from dangjian.engines.procedures.actions.taking import check, checked_entry, require_past
from dangjian.engines.procedures.actions.turns import require_not_own
from dangjian.engines.procedures.definition import Step
from dangjian.engines.procedures.duties import codes_of
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import Attempt
from dangjian.engines.procedures.queries import Hands, side_of
from dangjian.engines.procedures.schema import ProcedureError
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.org.duty_offers import tell_duties
from dangjian.org.models import Organization
from dangjian.org.openings import at, register

NAMED_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class Beginning:
    """A case that is to begin, with its first step (``starting.start``)."""

    organization: Organization
    title: str
    day: dt.date
    subject_id: int
    account_id: int | None = None
    other_side: Organization | None = None
    outcome: str = ""
    entry: Mapping[str, object] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """What came of many beginnings, by their places: the case, or why there is none."""

    cases: Mapping[int, ProcedureCase]
    refused: Mapping[int, Refusal]


@transaction.atomic
def start_many(
    *,
    actor: Actor,
    code: str,
    beginnings: Sequence[Beginning],
    permission: str = "",
    load: Callable[[Sequence[ProcedureCase]], None] = lambda _cases: None,
) -> Begun:
    """Open cases and take the first step of each; whoever is refused has none, and the others begin.

    :param permission: by which the app lets many begin, where it is another one than that of the first step.
    :param load: puts onto the cases, before they are saved, what the gates would ask for one by one.
    :raises Conflict: if somebody began one of them at this moment.
    """
    first = procedure(code).on(clock.today()).steps[0]
    permission = permission or first.who.permission
    if any(paper.required for paper in first.papers):
        message = f"procedure {code}: its first step wants papers, so that its cases begin one by one"
        raise ProcedureError(message)
    places = {one.organization.pk: one.organization for one in beginnings}
    closed = {pk: refusal for pk, place in places.items() if (refusal := _not_there(actor, place, permission))}
    running = _running(code, [one.subject_id for one in beginnings])
    refused: dict[int, Refusal] = {}
    wanted: dict[int, ProcedureCase] = {}
    for number, one in enumerate(beginnings):
        if one.organization.pk in closed:
            refused[number] = closed[one.organization.pk]
        elif one.subject_id in running:
            refused[number] = already_running(one.title, running[one.subject_id])
        else:
            wanted[number] = running[one.subject_id] = _case(actor, code, one, first)
    with at(*places.values()):
        load(list(wanted.values()))
        hands, steps = Hands(wanted.values()), {}
        for number, case in list(wanted.items()):
            try:
                steps[number] = _taken(actor, case, beginnings[number], first, hands)
            except Refusal as refusal:
                refused[number] = refusal
                del wanted[number]
        _write(actor, list(wanted.values()), list(steps.values()), first)
    return Begun(wanted, refused)


def _not_there(actor: Actor, place: Organization, permission: str) -> Refusal | None:
    try:
        actor.require(permission, place)
        require_there(place)
    except Refusal as refusal:
        return refusal
    return None


def _running(code: str, subject_ids: Collection[int]) -> dict[int, ProcedureCase]:
    rows = register(ProcedureCase).filter(track=procedure(code).track, state=CaseState.OPEN, subject_id__in=subject_ids)
    return {case.subject_id: case for case in rows.select_related("organization")}


def _case(actor: Actor, code: str, one: Beginning, first: Step) -> ProcedureCase:
    case = ProcedureCase(
        procedure=code,
        track=procedure(code).track,
        organization=one.organization,
        title=one.title.strip(),
        started_on=one.day,
        started_by_id=actor.user_id,
        subject_id=one.subject_id,
        account_id=one.account_id,
        other_side=one.other_side,
        stage=first.stage,
        stage_on=one.day,
    )
    case.spell_title()
    return case


def _taken(actor: Actor, case: ProcedureCase, one: Beginning, first: Step, hands: Hands) -> CaseStep:
    """The first step of a case, taken; raises what ``taking.take`` would."""
    require_past(one.day)
    require_not_own(actor, case)
    if first.outcomes and first.outcome(one.outcome) is None:
        raise Invalid("请选择结果。", fields={"outcome": "请选择"})
    row = CaseStep(case=case, code=first.code, place_id=hands.of(first, case), opens_on=one.day)
    filled = checked_entry(first, one.entry, side_of(first, case), outcome=one.outcome)
    check(Attempt(case, first, one.day, one.outcome, filled), row, one.reason)
    row.write_entry(filled)
    row.state, row.taken_on, row.taken_at, row.taken_by_id = StepState.TAKEN, one.day, clock.now(), actor.user_id
    row.outcome, row.reason, row.version = one.outcome, one.reason.strip(), procedure(case.procedure).on(one.day).starts
    return row


def _write(actor: Actor, cases: Sequence[ProcedureCase], steps: Sequence[CaseStep], first: Step) -> None:
    try:
        with transaction.atomic():
            ProcedureCase.objects.bulk_create(cases, batch_size=CASES_A_TIME)
    except IntegrityError:
        raise Conflict("其中有人的事项刚刚由别人提出。", how="请重新提交，已经在办的会列出来。") from None
    CaseStep.objects.bulk_create(steps, batch_size=CASES_A_TIME)
    for row in steps:
        apply_effects(actor, row, first)
    bring_up_to_date(cases, clock.today())
    record_many([event for case, row in zip(cases, steps, strict=True) for event in _events(actor, case, row, first)])
    tell(cases, actor=actor)


def _events(actor: Actor, case: ProcedureCase, row: CaseStep, first: Step) -> list[dict[str, Any]]:
    step = {"step": first.code, "round": row.round, "day": case.started_on.isoformat(), "outcome": row.outcome}
    return [
        NOTES.keywords(actor, case, "procedures.started", f"开始{procedure(case.procedure).title}"),
        NOTES.keywords(actor, case, "procedures.taken", first.title, data=step),
    ]


@transaction.atomic
def drop_many(*, actor: Actor, code: str, case_ids: Collection[int], permission: str) -> int:
    """Take back what ``start_many`` began, as if it had not been; returns how many cases that were.

    :raises Conflict: naming some, if anything was done to one of them since.
    """
    rows = register(ProcedureCase).filter(procedure=code, pk__in=case_ids).select_for_update()
    cases = list(rows.order_by("pk"))
    places = register(Organization).in_bulk({case.organization_id for case in cases})
    for place in places.values():
        actor.require(permission, place)
    first = procedure(code).on(clock.today()).steps[0]
    with at(*places.values()):
        done = CaseStep.objects.filter(case__in=cases).exclude(state=StepState.OPEN)
        touched = set(done.exclude(state=StepState.TAKEN, code=first.code).values_list("case_id", flat=True))
        names = [case.title for case in cases if not case.is_open or case.pk in touched]
        if names:
            shown = "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
            raise Conflict(f"不能撤销：{shown}的事项后来又办理过。", how="个别提错的，请打开那一件撤回。")
        concerned = set(CaseStep.objects.filter(case__in=cases).values_list("place_id", flat=True)) | set(places)
        record_many([NOTES.keywords(actor, case, "procedures.dropped", "撤销成批提出") for case in cases])
        ProcedureCase.objects.filter(pk__in=[case.pk for case in cases]).delete()
        tell_duties(actor=actor, organization_ids=concerned, rules=codes_of(code))
    return len(cases)
