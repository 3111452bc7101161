"""What follows from what was taken: the open steps of cases with their days and places, their stage, and their end.

One function works it out (``policy.progress``). It is asked for one case after a step, and for all of them each morning, since a
text may have come into force, a setting or the calendar of working days may have changed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from dangjian.engines.procedures.duties import codes_of
from dangjian.engines.procedures.installed import offer_of, procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.offers import ProcedureOffer
from dangjian.engines.procedures.policy import NO_DAYS, Open, Progress, progress
from dangjian.engines.procedures.queries import Hands, known_days, taken_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.registry import offers
from dangjian.org.duty_offers import tell_duties

CASES_A_TIME = 1000
"""So many cases are worked out with one set of statements."""

FOLLOWS = ("place_id", "person_id", "opens_on", "due_on", "is_provisional")
DERIVED = ("state", "stage", "stage_on", "due_on", "ended_on")


@dataclass(slots=True)
class Followed:
    """How many open steps came in, changed and went, and how many cases changed."""

    opened: int = 0
    changed: int = 0
    closed: int = 0
    cases: int = 0

    @property
    def anything(self) -> bool:
        """Whether anything was not as it should be."""
        return bool(self.opened or self.changed or self.closed or self.cases)


def follow(case: ProcedureCase, *, actor: Actor) -> None:
    """Bring one case up to date after something was done to it, and tell the duties."""
    bring_up_to_date([case], clock.today())
    tell([case], actor=actor)


def tell(cases: Sequence[ProcedureCase], *, actor: Actor) -> None:
    """Let the app of a procedure, and the duties, follow cases of it that were brought up to date."""
    for case in cases:
        follower = offer_of(case.procedure).follower
        if follower:
            follower(case)
    for code in {case.procedure for case in cases}:
        tell_duties(actor=actor, organization_ids=_concerned(cases), rules=codes_of(code))


def _concerned(cases: Sequence[ProcedureCase]) -> set[int]:
    places: set[int] = set(CaseStep.objects.filter(case__in=[case.pk for case in cases]).values_list("place_id", flat=True))
    return places | {case.organization_id for case in cases}


def refresh(*, today: dt.date | None = None) -> Followed:
    """Bring all open cases up to date; the scope open decides which. Harmless if repeated: it writes only what differs."""
    found = Followed()
    for offer in offers(ProcedureOffer):
        rows: QuerySet[ProcedureCase] = ProcedureCase.objects.of(offer.code).running().order_by("pk")
        last = 0
        while part := list(rows.filter(pk__gt=last)[:CASES_A_TIME]):
            with transaction.atomic():
                held = list(rows.filter(pk__in=[case.pk for case in part]).select_for_update())
                bring_up_to_date(held, today or clock.today(), found)
            last = part[-1].pk
    return found


def bring_up_to_date(cases: Sequence[ProcedureCase], today: dt.date, found: Followed | None = None) -> Followed:
    """Work out where ``cases`` stand and write what differs, with as many statements for a thousand as for one."""
    done = found or Followed()
    taken, standing, hands, known = taken_of(cases), _open_rows(cases), Hands(cases), known_days(cases)
    fresh: list[CaseStep] = []
    changed: list[CaseStep] = []
    gone: list[int] = []
    moved: list[ProcedureCase] = []
    for case in cases:
        now = progress(
            procedure(case.procedure),
            taken[case.pk],
            started_on=case.started_on,
            today=today,
            live_on=hands.live_on(case),
            known=known.get(case.pk, NO_DAYS),
        )
        wanted = {(one.step.code, one.round): one for one in (now.open if case.is_open else ())}
        for row in standing.get(case.pk, ()):
            one = wanted.pop((row.code, row.round), None)
            if one is None:
                gone.append(row.pk)
            elif _follows(row, one, case, hands):
                changed.append(row)
        fresh += [_opened(case, one, hands) for one in wanted.values()]
        if _settle(case, now):
            moved.append(case)
    # First what goes: the same step may come back in another round.
    CaseStep.objects.filter(pk__in=gone).delete()
    CaseStep.objects.bulk_update(changed, [name.removesuffix("_id") for name in FOLLOWS], batch_size=CASES_A_TIME)
    CaseStep.objects.bulk_create(fresh, batch_size=CASES_A_TIME)
    ProcedureCase.objects.bulk_update(moved, DERIVED, batch_size=CASES_A_TIME)
    done.opened, done.changed, done.closed = done.opened + len(fresh), done.changed + len(changed), done.closed + len(gone)
    done.cases += len(moved)
    return done


def _open_rows(cases: Iterable[ProcedureCase]) -> dict[int, list[CaseStep]]:
    found: dict[int, list[CaseStep]] = {}
    for row in CaseStep.objects.filter(case__in=[case.pk for case in cases], state=StepState.OPEN):
        found.setdefault(row.case_id, []).append(row)
    return found


def _opened(case: ProcedureCase, one: Open, hands: Hands) -> CaseStep:
    row = CaseStep(case=case, code=one.step.code, round=one.round)
    _follows(row, one, case, hands)
    return row


def _follows(row: CaseStep, one: Open, case: ProcedureCase, hands: Hands) -> bool:
    """Put the days of an open step and whose turn it is; whether they differ from what stood there."""
    limit = one.step.not_before
    opens_on = one.since if one.earliest is None or (limit and limit.usually) else one.earliest
    place_id, person_id = hands.of(one.step, case), hands.person(one.step, case)
    wanted = (place_id, person_id, opens_on, one.latest, one.is_provisional)
    if tuple(getattr(row, name) for name in FOLLOWS) == wanted:
        return False
    row.place_id, row.person_id, row.opens_on, row.due_on, row.is_provisional = wanted
    return True


def _settle(case: ProcedureCase, now: Progress) -> bool:
    """Put stage, last day and end of a case; whether they differ. A case that somebody ended stays so."""
    if not case.is_open:
        return False
    before = tuple(getattr(case, name) for name in DERIVED)
    case.stage, case.stage_on = now.stage, now.stage_on
    case.due_on = min((one.latest for one in now.open if one.latest), default=None)
    if now.ended:
        case.state, case.ended_on = CaseState(now.ended), now.ended_on
    return before != tuple(getattr(case, name) for name in DERIVED)
