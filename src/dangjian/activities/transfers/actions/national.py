"""Transfers go out to the national system as a table, and its answers are taken: each is written down, and moves our case."""

import datetime as dt
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from dangjian.accounts.events import record_about
from dangjian.activities.transfers.models import NationalAnswer, NationalRow
from dangjian.activities.transfers.national import template
from dangjian.activities.transfers.queries.national import open_cases, steps_open, told
from dangjian.engines.procedures.actions import taking
from dangjian.engines.procedures.actions.turns import require_not_own
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, Refusal
from dangjian.kernel.purposes import PRIVATE, stated
from dangjian.kernel.ui import words
from dangjian.org.models import Organization
from dangjian.org.openings import at, register

EXCHANGE = "transfers.exchange"
CHUNK = 500
BY_TABLE = "按全国党员管理信息系统的结果办理"
"""Why a step is taken without what is usual, such as the slip of paper."""


@transaction.atomic
def hand_over(*, actor: Actor, purpose: str) -> io.BytesIO:
    """The transfers under way in the open scope as the table of the national system, with complete ID numbers.

    It is noted on each person's trail. Raises ``Invalid`` without a purpose, ``Conflict`` if there is none.
    """
    purpose = stated(purpose, "向全国系统报送转接")
    cases = list(open_cases())
    if not cases:
        raise Conflict("没有正在办理的转接。", how="提出转接以后再导出。")
    for place in {case.organization_id: case.organization for case in cases}.values():
        actor.require(EXCHANGE, place)
        actor.require("members.unmask", place)
    known, sent = template(), told(cases)
    record_about(
        [one.member_id for one in sent if one.member_id],
        actor=actor,
        verb="transfers.handed_over",
        summary=f"导出{known.title}{len(sent)}行（完整号码）",
        purpose=purpose,
        data={"rows": len(sent)},
    )
    said = f"由{actor.name}于{words.daytime(clock.now())}导出，用途：{purpose}。"
    how = "全国系统办理以后，填写“办理结果”“办理日期”“原因”三列，从“表格导入”传回来。"
    return spreadsheets.write(
        [one.column for one in known.columns],
        ([one.values.get(column.code) for column in known.columns] for one in sent),
        title=known.title,
        notes=[said, PRIVATE, how],
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A row that came back: what it says (columns of ``NationalRow``), and our case if there is one."""

    number: int
    key: str
    columns: Mapping[str, object]
    answer: NationalAnswer
    answered_on: dt.date | None
    reason: str
    case_id: int | None = None
    takes: bool = False


@transaction.atomic
def take_answers(
    *, actor: Actor, organization: Organization, rows: Sequence[Told], progress: Callable[[int], None] = lambda _done: None
) -> int:
    """Write down what the national system says, and take the steps of our cases that follow; returns how many were taken.

    Taken twice, nothing is done the second time. All or none: raises ``Conflict`` that names the row that cannot be.
    """
    actor.require(EXCHANGE, organization)
    cases = _cases([row.case_id for row in rows if row.case_id])
    for place in {case.organization_id: case.organization for case in cases.values()}.values():
        actor.require(EXCHANGE, place)
    done = 0
    for number, row in enumerate(rows, start=1):
        case = cases.get(row.case_id or 0)
        if case and row.takes and case.is_open:
            _take(actor, case, row)
            done += 1
        progress(number)
    _keep(actor, organization, rows, cases)
    return done


def _cases(case_ids: Collection[int]) -> dict[int, ProcedureCase]:
    rows = register(ProcedureCase).filter(pk__in=case_ids).select_related("organization", "other_side")
    return {case.pk: case for case in rows}


def _take(actor: Actor, case: ProcedureCase, row: Told) -> None:
    """The national system has decided; what follows here is written by the system, for whoever brought the table."""
    what = template().takes[case.procedure][row.answer.value]
    opened = steps_open([case]).get(case.pk, {}).get(what.step, clock.today())
    day = max(row.answered_on or clock.today(), opened)
    entry: dict[str, object] = {what.reason: row.reason} if what.reason else {}
    if what.day:
        entry[what.day] = row.answered_on or day
    try:
        require_not_own(actor, case)
        system = SystemActor(f"全国系统回执，{actor.name}导入")
        taking.take(actor=system, case=case, code=what.step, day=day, outcome=what.outcome, entry=entry, reason=BY_TABLE)
    except Refusal as refusal:
        how = "请点“重新检查”；仍不行的，在办理页面办理这一件，再把这一行删除。"
        raise Conflict(f"第{row.number}行{case}办不了：{refusal.message}", how=how, citation=refusal.citation) from refusal


def _keep(actor: Actor, organization: Organization, rows: Sequence[Told], cases: Mapping[int, ProcedureCase]) -> None:
    places = {case.organization_id: case.organization for case in cases.values()} | {organization.pk: organization}
    with at(*places.values()):
        kept = [_row(actor, organization, row, cases.get(row.case_id or 0)) for row in rows]
        NationalRow.objects.bulk_create(
            kept,
            batch_size=CHUNK,
            update_conflicts=True,
            unique_fields=["organization", "key"],
            update_fields=["case", "name", "answer", "answered_on", "reason", "sent_from", "sent_to", "read_at", "read_by"],
        )
    record_about(
        [],
        actor=actor,
        verb="transfers.answers_taken",
        summary=f"导入全国系统的转接结果{len(rows)}行",
        organization=organization,
        data={"rows": len(rows)},
    )


def _row(actor: Actor, organization: Organization, row: Told, case: ProcedureCase | None) -> NationalRow:
    return NationalRow(
        organization=case.organization if case else organization,
        case=case,
        key=row.key,
        answer=row.answer,
        answered_on=row.answered_on,
        reason=row.reason[:200],
        read_by_id=actor.user_id,
        **row.columns,
    )
