"""核定: what each member pays a month from a month on. Nothing is overwritten; what is put right stays on record."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.models import Assessment
from dangjian.activities.dues.billing.actions.billing import adjust_bills
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import BANDED, CollectionRules, counted_base, month_of, shifted
from dangjian.activities.dues.timeline import Piece, Placing, place, split
from dangjian.kernel import bulk, clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member, Standing
from dangjian.members.own import require_for

CHUNK = 500
MONTHS_AHEAD = 12
_KEPT = (
    "member_id",
    "kind",
    "base_fen",
    "items",
    "rate",
    "amount_fen",
    "explanation",
    "citation",
    "reason",
    "batch",
    "assessed_by_id",
    "assessed_at",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One assessment to be made: ``base_fen`` or wage ``items`` (分); kinds with a fixed sum need neither.

    It holds until the next one, or until before ``until_month``, when what held before goes on.
    """

    member: Member
    kind: str
    from_month: dt.date
    base_fen: int | None = None
    items: Mapping[str, int] = field(default_factory=dict)
    until_month: dt.date | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Former:
    """What a member's new assessment took the place of: those that no longer count, the former ends of those cut short."""

    replaced: Sequence[int] = ()
    cut: Mapping[int, dt.date | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assessed:
    """How many assessments were made, and what they took the place of, by the number of the member."""

    made: int
    former: Mapping[int, Former]


@transaction.atomic
def assess(
    *,
    actor: Actor,
    member: Member,
    kind: str,
    from_month: dt.date,
    base_fen: int | None = None,
    items: Mapping[str, int] | None = None,
    until_month: dt.date | None = None,
    reason: str = "",
    batch: int | None = None,
) -> Assessment:
    """Assess one member from ``from_month`` on, and put their bills right; returns the assessment of that month.

    :raises Invalid: for a month before the rules or out of reach, a missing base, or a change within the year without a reason.
    :raises Conflict: for somebody who no longer is a member.
    """
    require_assessing(actor, member)
    row = Row(member, kind, month_of(from_month), base_fen, items or {}, until_month, reason.strip())
    _check_reason(row)
    _enter(actor, [row], batch)
    made: Assessment = Assessment.objects.holding().get(member=member, from_month=row.from_month)
    record(
        actor=actor,
        verb="dues.assessed",
        summary=f"核定{member.name}的党费：自{made.from_month:%Y年%m月}起每月{money.yuan(made.amount_fen)}元",
        organization=member.branch,
        member_id=member.pk,
        subject=made,
        data={"amount_fen": made.amount_fen, "from_month": made.from_month.isoformat(), "reason": made.reason},
    )
    return made


@transaction.atomic
def assess_many(*, actor: Actor, rows: Iterable[Row], batch: int | None = None) -> Assessed:
    """Assess many members at once, each once; the number of statements grows with thousands of rows, not with rows.

    A change within the year needs no reason here: whoever assesses a whole unit has one.
    """
    wanted = [_normal(row) for row in rows]
    doubled = len(wanted) - len({row.member.pk for row in wanted})
    if doubled:
        raise Invalid(f"有{doubled}名党员出现了不止一次，每名党员只能核定一次。")
    _require(actor, [row.member for row in wanted])
    done = _enter(actor, wanted, batch)
    if wanted:
        branches = {row.member.branch_id for row in wanted}
        only = wanted[0].member.branch if len(branches) == 1 else None
        record(
            actor=actor,
            verb="dues.assessed_many",
            summary=f"核定{len(wanted)}名党员的党费",
            organization=only,
            data={"members": len(wanted), "branches": len(branches), "batch": batch},
        )
    return done


def require_assessing(actor: Actor, member: Member) -> None:
    """Raise unless the actor may say what the member pays, which nobody does of themselves."""
    require_for(actor, "dues.assess", member.organization, [member])


def _require(actor: Actor, members: Iterable[Member]) -> None:
    """The permission at each organisation once, and nobody in their own case."""
    by_organization: dict[int, list[Member]] = defaultdict(list)
    for member in members:
        by_organization[member.organization_id].append(member)
    for here in by_organization.values():
        require_for(actor, "dues.assess", here[0].organization, here)


def _normal(row: Row) -> Row:
    return Row(row.member, row.kind, month_of(row.from_month), row.base_fen, row.items, row.until_month, row.reason.strip()[:200])


@transaction.atomic
def withdraw_assessment(*, actor: Actor, assessment: Assessment, reason: str) -> None:
    """Take back an assessment that should not have been made; the one before it holds on in its place."""
    member = assessment.member
    require_assessing(actor, member)
    if not reason.strip():
        raise Invalid("请写明撤销的原因。", fields={"reason": "请写明原因。"})
    held = Assessment.objects.holding().select_for_update().filter(pk=assessment.pk).first()
    if held is None:
        raise Conflict("这条核定已经更正或者撤销过了。", how="请刷新页面查看现在的核定。")
    _take_out([held])
    adjust_bills(actor=actor, member_ids=[member.pk], from_month=held.from_month)
    record(
        actor=actor,
        verb="dues.assessment_withdrawn",
        summary=f"撤销{member.name}自{held.from_month:%Y年%m月}起的党费核定：{reason.strip()}",
        organization=member.branch,
        member_id=member.pk,
        subject=held,
    )


@transaction.atomic
def take_back(*, actor: Actor, batch: int, former: Iterable[Former]) -> int:
    """Undo the assessments of an import: what it replaced counts again, what it cut short runs on. Returns how many members.

    :raises Conflict: if somebody was assessed again since.
    """
    rows = list(Assessment.objects.filter(batch=batch).select_related("member__organization"))
    _require(actor, [row.member for row in rows])
    if not rows:
        return 0
    members = sorted({row.member_id for row in rows})
    if any(row.replaced_at for row in rows) or _assessed_since(members, max(row.assessed_at for row in rows)):
        raise Conflict("导入以后又核定过其中的党员，不能整批撤回。", how="请逐个更正这些党员的核定。")
    Assessment.objects.filter(batch=batch).update(replaced_at=clock.now())
    _bring_back(list(former))
    adjust_bills(actor=actor, member_ids=members, from_month=min(row.from_month for row in rows))
    return len(members)


def _assessed_since(member_ids: Sequence[int], at: dt.datetime) -> bool:
    later = Assessment.objects.filter(assessed_at__gt=at)
    return any(later.filter(member__in=part).exists() for part in _chunks(member_ids))


def _bring_back(former: Sequence[Former]) -> None:
    by_end: dict[dt.date | None, list[int]] = defaultdict(list)
    for one in former:
        for pk, until in one.cut.items():
            by_end[until].append(pk)
    for until, ids in by_end.items():
        for part in _chunks(ids):
            Assessment.objects.filter(pk__in=part).update(until_month=until)
    for part in _chunks([pk for one in former for pk in one.replaced]):
        Assessment.objects.filter(pk__in=part).update(replaced_at=None)


def _take_out(rows: Sequence[Assessment]) -> None:
    for row in rows:
        Assessment.objects.filter(pk=row.pk).update(replaced_at=clock.now())
        before = Assessment.objects.holding().filter(member=row.member_id, until_month=row.from_month)
        before.update(until_month=row.until_month)


def _check_reason(row: Row) -> None:
    """A sum is fixed for the year; the same kind of payer gets another one within it only for a stated reason."""
    held = Assessment.objects.in_month(row.from_month).filter(member=row.member).first()
    if held is None or row.reason or not rates.keeps_for_the_year(held.kind, held.from_month, row.kind, row.from_month):
        return
    wanted = rates.worked_out(PayerKind(row.kind), _base_of(row), row.from_month)
    if wanted.amount_fen == held.amount_fen:
        return
    year = row.from_month.year
    raise Invalid(
        f"{row.member.name}{year}年的党费已经核定为每月{money.yuan(held.amount_fen)}元，年内一般不变动。",
        how=f"请从{year + 1}年1月起执行；确需年内变动或者原来核错了的，请写明原因。",
        citation=rates.fixed_in_year_citation(row.from_month),
        fields={"reason": "年内变动要写明原因。"},
    )


def _base_of(row: Row) -> int:
    if PayerKind(row.kind) not in BANDED:
        return 0
    if row.items:
        return counted_base(row.items)
    if row.base_fen is None:
        raise Invalid("没有填写计算基数。", fields={"base_fen": "请填写计算基数。"})
    return row.base_fen


def _check(row: Row, working: "_Working") -> None:
    member, today = row.member, clock.today()
    if row.kind not in PayerKind.values:
        raise Invalid("请选择交纳人类别。", fields={"kind": "请选择交纳人类别。"})
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}的党籍状态是“{member.get_standing_display()}”，不再核定党费。")
    if member.joined_on and row.from_month < working.rules(row.from_month).first_month(member.joined_on):
        raise Invalid(
            f"{member.name}{member.joined_on:%Y年%m月%d日}入党，不能从更早的月份核定。",
            citation=rates.start_citation(row.from_month),
            fields={"from_month": "早于开始交纳党费的月份。"},
        )
    if row.from_month > shifted(month_of(today), MONTHS_AHEAD):
        raise Invalid("起交月份太远了，只能提前一年核定。", fields={"from_month": "只能提前一年核定。"})
    if row.until_month is not None and row.until_month <= row.from_month:
        raise Invalid("结束月份应在起交月份以后。", fields={"until_month": "应在起交月份以后。"})


class _Working:
    """What many rows have in common is worked out once."""

    def __init__(self) -> None:
        self._rules: dict[dt.date, CollectionRules] = {}
        self._worked: dict[tuple[str, int, dt.date], rates.Explained] = {}
        self._parts: dict[tuple[dt.date, dt.date | None], Sequence[tuple[dt.date, dt.date | None]]] = {}

    def rules(self, month: dt.date) -> CollectionRules:
        if month not in self._rules:
            self._rules[month] = rates.collection_rules(month)
        return self._rules[month]

    def explained(self, kind: str, base_fen: int, month: dt.date) -> rates.Explained:
        asked = (kind, base_fen, month)
        if asked not in self._worked:
            self._worked[asked] = rates.worked_out(PayerKind(kind), base_fen, month)
        return self._worked[asked]

    def parts(self, start: dt.date, until: dt.date | None) -> Sequence[tuple[dt.date, dt.date | None]]:
        asked = (start, until)
        if asked not in self._parts:
            self._parts[asked] = split(start, until, rates.changes_between(start, until))
        return self._parts[asked]


def _enter(actor: Actor, rows: Sequence[Row], batch: int | None) -> Assessed:
    working, made = _Working(), 0
    former: dict[int, Former] = {}
    common = {"batch": batch, "assessed_by_id": actor.user_id, "assessed_at": clock.now()}
    for part in _chunks(rows):
        for row in part:
            _check(row, working)
        held = _held([row.member.pk for row in part])
        placings = [(row, place([one.piece for one in held[row.member.pk]], row.from_month, row.until_month)) for row in part]
        _make_room(placings)
        former |= {row.member.pk: _former(held[row.member.pk], placing) for row, placing in placings}
        lines = [{**line, **common} for row, placing in placings for line in _lines(row, placing, working)]
        made += len(lines)
        lines += [line for row, placing in placings for line in _resumed(held[row.member.pk], placing)]
        bulk.insert_rows(Assessment, lines, replaced_at=None)
    if rows:
        first = min(row.from_month for row in rows)
        adjust_bills(actor=actor, member_ids=[row.member.pk for row in rows], from_month=first)
    return Assessed(made, former)


@dataclass(frozen=True, slots=True)
class _Held:
    piece: Piece
    row: Assessment


def _held(member_ids: Sequence[int]) -> dict[int, list[_Held]]:
    found: dict[int, list[_Held]] = defaultdict(list)
    for row in Assessment.objects.holding().select_for_update().filter(member__in=member_ids).order_by("member", "from_month"):
        origin = (row.assessed_at, row.kind, row.base_fen)
        found[row.member_id].append(_Held(Piece(row.pk, row.from_month, row.until_month, origin), row))
    return found


def _make_room(placings: Sequence[tuple[Row, Placing]]) -> None:
    """End and replace what the new assessments take the place of."""
    ends: dict[dt.date, list[int]] = defaultdict(list)
    replaced = [pk for _, placing in placings for pk in placing.replaced]
    for _, placing in placings:
        for pk, end in placing.cut.items():
            ends[end].append(pk)
    if replaced:
        Assessment.objects.filter(pk__in=replaced).update(replaced_at=clock.now())
    for end, ids in ends.items():
        Assessment.objects.filter(pk__in=ids).update(until_month=end)


def _former(held: Sequence[_Held], placing: Placing) -> Former:
    ends = {one.piece.pk: one.piece.until for one in held}
    return Former(sorted(placing.replaced), {pk: ends[pk] for pk in placing.cut})


def _lines(row: Row, placing: Placing, working: _Working) -> Iterable[dict[str, object]]:
    """The new assessment, in parts where a rule changes."""
    base = _base_of(row)
    for start, until in working.parts(row.from_month, placing.until):
        found = working.explained(row.kind, base, start)
        yield {
            "member_id": row.member.pk,
            "kind": row.kind,
            "from_month": start,
            "until_month": until,
            "base_fen": base,
            "items": dict(row.items) if row.kind in BANDED else {},
            "rate": found.rate,
            "amount_fen": found.amount_fen,
            "explanation": found.sentence,
            "citation": found.citation,
            "reason": row.reason[:200],
        }


def _resumed(held: Sequence[_Held], placing: Placing) -> Iterable[dict[str, object]]:
    """What held before goes on after an assessment with an end of its own, as it was worked out then."""
    rows = {one.piece.pk: one.row for one in held}
    for piece in placing.resumed:
        yield {name: getattr(rows[piece.pk], name) for name in _KEPT} | {
            "from_month": piece.start,
            "until_month": piece.until,
        }


Part = TypeVar("Part")


def _chunks(rows: Sequence[Part]) -> Iterable[Sequence[Part]]:
    return (rows[place : place + CHUNK] for place in range(0, len(rows), CHUNK))
