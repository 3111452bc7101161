"""A table that came back from the national system: some agree, one was received there, one was sent back, some differ."""

import datetime as dt
from collections.abc import Iterator
from functools import partial

from dangjian.activities.transfers.actions.national import EXCHANGE, Told, take_answers
from dangjian.activities.transfers.models import NationalAnswer
from dangjian.activities.transfers.national import template
from dangjian.activities.transfers.queries import letters as read
from dangjian.activities.transfers.queries.going import PROCEDURE
from dangjian.activities.transfers.queries.national import steps_open, taken_by, told
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel import clock
from dangjian.org.openings import register

STRANGER = "司徒遥"
"""Somebody of whom the national system says that they come, and nobody has entered a letter."""


def scenes(world: World) -> Iterator[Scene]:
    """The office brings the table of yesterday."""
    yield Scene(moment(world.today - dt.timedelta(days=1), 17), partial(_bring, world))


def _bring(world: World) -> None:
    rows = list(_rows(world))
    with acting(world.office, EXCHANGE) as actor:
        take_answers(actor=actor, organization=world.organization(world.committee), rows=rows)


def _rows(world: World) -> Iterator[Told]:
    """Transfers that wait for the other side and what became of them there; some of which the two sides say different things."""
    cases = [*register(ProcedureCase).filter(procedure__in=template().takes).select_related("organization", "other_side")]
    cases = [one for one in cases if one.organization.path.startswith(world.organization(world.committee).path)]
    opened = steps_open([one for one in cases if one.is_open])

    def first(procedure: str, *steps: str, state: str = CaseState.OPEN, skip: int = 0) -> ProcedureCase | None:
        found = [
            one
            for one in cases
            if one.procedure == procedure and one.state == state and set(steps) <= set(opened.get(one.pk, ()))
        ]
        return found[skip] if len(found) > skip else None

    said = (
        (first(read.OUT, "report", "receipt"), NationalAnswer.RECEIVED, ""),
        (first(PROCEDURE, "receive", skip=1), NationalAnswer.RETURNED, "接收单位已满编，请重新商定接收党支部。"),
        (first(PROCEDURE, "receive"), NationalAnswer.PENDING, ""),
        (first(read.OUT, "issue"), NationalAnswer.RECEIVED, ""),
        (first(read.OUT, state=CaseState.FINISHED), NationalAnswer.PENDING, ""),
        (first(read.IN, "receive"), NationalAnswer.RELEASED, ""),
        (first(read.IN, "talk"), NationalAnswer.CONFIRMED, ""),
    )
    for number, (case, answer, reason) in enumerate(said, start=2):
        if case is not None:
            yield _told(number, case, answer, reason, takes=taken_by(case, answer, opened.get(case.pk, ())) is not None)
    yield Told(
        number=len(said) + 2,
        key=f"demo {STRANGER}",
        columns={"name": STRANGER, "direction": "转入", "sent_from": "中共虚构集团华东公司委员会", "sent_to": ""},
        answer=NationalAnswer.RELEASED,
        answered_on=clock.today(),
        reason="",
    )


def _told(number: int, case: ProcedureCase, answer: NationalAnswer, reason: str, *, takes: bool) -> Told:
    sent = told([case])[0].values
    return Told(
        number=number,
        key=f"case {case.pk}",
        columns={
            "name": case.title,
            "direction": sent["direction"],
            "sent_from": sent["from"],
            "sent_to": sent["to"],
        },
        answer=answer,
        answered_on=clock.today(),
        reason=reason,
        case_id=case.pk,
        takes=takes,
    )
