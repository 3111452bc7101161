"""What is to be passed up: the terms a superior set, the periods they make, and the sums that follow from what was paid."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Q, QuerySet, Sum

from dangjian.activities.dues.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Posting,
    RemittanceLevel,
    RemittancePeriod,
    RemittanceTerm,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.kernel.periods import Span
from dangjian.kernel.rulebook import Choice, NotInForce, RuleValue
from dangjian.kernel.rulebook import book as rulebook
from dangjian.org.models import Organization
from dangjian.org.openings import register


@dataclass(frozen=True, slots=True)
class Term:
    """What is asked: ``ratio`` in hundredths of a per cent, how often, how many days after the period.

    ``row`` is ``None`` where nothing was set and the settings of the platform hold; ``superior_name`` only for a superior that is
    not on it.
    """

    ratio: int
    period: RemittancePeriod
    due_days: int
    superior_name: str = ""
    row: RemittanceTerm | None = None

    def share(self, base_fen: int) -> int:
        """So much of ``base_fen``, rounded half up to the fen; 0 for nothing or less."""
        return max(0, (base_fen * self.ratio + 5000) // 10000)


SYSTEM_RULES = {
    "rail_aviation": ("dues.up.rail_aviation_local", "所在地方党委"),
    "central_organs": ("dues.up.central_organs_ratio", "中央和国家机关工委"),
}
"""What the top of the platform passes up by law, and to whom, where the unit belongs to one of these systems."""
_LOCAL_COMMITTEE = re.compile("[省市区县州旗]委|地方党委")
FIRST_QUARTER = 90
"""Days of the new year within which the central organs pass up the share of the year before."""


def system_rule(day: dt.date) -> tuple[RuleValue, Term] | None:
    """The share that the system of the unit passes up a year, with the term it makes; ``None`` for an ordinary unit."""
    rules = rulebook()
    system = rules.on("dues.up.system", day).expect(Choice).code
    if system not in SYSTEM_RULES:
        return None
    key, superior = SYSTEM_RULES[system]
    try:
        rule = rules.on(key, day)
    except NotInForce:
        return None
    due_days = FIRST_QUARTER if system == "central_organs" else rules.on("dues.up.due_days", day).expect(int)
    return rule, Term(int(rule.expect(Fraction) * 10000), RemittancePeriod.YEAR, due_days, superior)


def _is_entitled(key: str, superior_name: str) -> bool:
    """Whether the share of ``key`` belongs to this superior: that of rail and aviation to the local committee alone."""
    return key != "dues.up.rail_aviation_local" or bool(_LOCAL_COMMITTEE.search(superior_name))


def require_lawful(ratio: int, superior_name: str, day: dt.date) -> None:
    """Raise ``Invalid`` for less than the share that a unit of a system with one of its own passes up to whom it belongs.

    ``ratio`` is in hundredths of a percent.
    """
    lawful = system_rule(day)
    if lawful and ratio < lawful[1].ratio and _is_entitled(lawful[0].key, superior_name):
        raise Invalid(
            f"{lawful[0].title}不低于{lawful[1].ratio / 100:g}%。",
            how="请核对上级的规定；本单位不属于这个系统的，请管理员修改平台设定“本单位所属系统”。",
            citation=lawful[0].citation,
            fields={"ratio": f"不低于{lawful[1].ratio / 100:g}%"},
        )


def default_term(level: RemittanceLevel, day: dt.date | None = None) -> Term:
    """What holds where a superior on the platform has set nothing."""
    rules, day = rulebook(), day or clock.today()
    key = "dues.up.branch_ratio" if level == RemittanceLevel.BRANCH else "dues.up.soe_ratio"
    ratio = rules.on(key, day).expect(Fraction)
    period = RemittancePeriod(rules.on("dues.up.period", day).expect(Choice).code)
    return Term(int(ratio * 10000), period, rules.on("dues.up.due_days", day).expect(int))


def ended_period(period: RemittancePeriod, day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the last period that was over before ``day``."""
    return Span.of(day, period).previous().days


class Terms:
    """The terms of all superiors at once."""

    def __init__(self) -> None:
        self._rows: dict[tuple[int, str], list[RemittanceTerm]] = {}
        for row in register(RemittanceTerm).order_by("from_month", "pk"):
            self._rows.setdefault((row.organization_id, row.level), []).append(row)

    def of(self, superior_id: int, level: RemittanceLevel, day: dt.date) -> Term | None:
        """What holds on ``day``, or the platform's setting.

        For a superior outside that set nothing it is the share of the unit's system, or ``None``.
        """
        found = None
        for row in self._rows.get((superior_id, level), ()):
            if row.from_month <= day:
                found = row
        if found is not None:
            period = RemittancePeriod(found.period)
            return Term(found.ratio_percent_x100, period, found.due_days, found.superior_name, found)
        if level != RemittanceLevel.OWN:
            return default_term(level, day)
        lawful = system_rule(day)
        return lawful[1] if lawful else None


def level_of(organization: Organization, superior: Organization | None) -> RemittanceLevel:
    """As what an organisation passes up its dues."""
    if superior is None:
        return RemittanceLevel.OWN
    return RemittanceLevel.BRANCH if organization.is_branch else RemittanceLevel.COMMITTEE


def counted_before() -> dict[int, list[tuple[dt.date, int]]]:
    """Last day and base of each remittance of a period that is not cancelled, by organisation."""
    rows = Transfer.objects.filter(kind=TransferKind.UP, period_end__isnull=False).order_by()
    rows = rows.exclude(state=TransferState.CANCELLED)
    found: dict[int, list[tuple[dt.date, int]]] = {}
    for organization_id, end, base in rows.values_list("organization_id", "period_end", "base_fen"):
        if end is not None:
            found.setdefault(organization_id, []).append((end, base))
    return found


@dataclass(frozen=True, slots=True)
class Gift:
    """A large gift as it stands in one book: who gave it, how much, and whether it has left that book."""

    organization: Organization
    payment_id: int
    amount_fen: int


def gifts_held() -> list[Gift]:
    """Large gifts that are in some book and for which no passing on is under way there."""
    under_way = Transfer.objects.filter(kind=TransferKind.LARGE).exclude(state=TransferState.CANCELLED)
    taken = set(under_way.values_list("organization_id", "payment_id"))
    net: dict[tuple[int, int], int] = {}
    for side, sign in (("credit", 1), ("debit", -1)):
        rows = Posting.objects.filter(**{side: Account.LARGE}).exclude(payment=None).order_by()
        for organization_id, payment_id, total in rows.values_list("entry__organization_id", "payment_id").annotate(
            total=Sum("amount_fen")
        ):
            net[organization_id, payment_id] = net.get((organization_id, payment_id), 0) + sign * total
    left = {key: fen for key, fen in net.items() if fen > 0 and key not in taken}
    organizations = Organization.objects.in_bulk({organization_id for organization_id, _ in left})
    return [Gift(organizations[at], payment_id, fen) for (at, payment_id), fen in sorted(left.items())]


def transfers() -> QuerySet[Transfer]:
    """Transfers with what a line of a list shows."""
    return _with_parts(Transfer.objects.all())


def _with_parts(rows: QuerySet[Transfer]) -> QuerySet[Transfer]:
    return rows.select_related("organization", "superior", "sent_entry", "payment__member")


def transfers_of(organization: Organization) -> QuerySet[Transfer]:
    """Those that leave or reach the book of ``organization``, what is open first."""
    return transfers().filter(Q(organization=organization) | Q(superior=organization))


def trail(payment_ids: Iterable[int]) -> QuerySet[Transfer]:
    """The steps of large gifts that the caller has found, from the branch upwards through all levels."""
    rows = _with_parts(register(Transfer)).filter(kind=TransferKind.LARGE, payment__in=list(payment_ids))
    return rows.exclude(state=TransferState.CANCELLED).order_by("payment_id", "-organization__path", "pk")


def booked_for(transfer: Transfer) -> list[Posting]:
    """What was booked for a transfer, in the books of both sides, for whoever may see the transfer."""
    rows = register(Posting).filter(transfer=transfer)
    return list(rows.select_related("entry__organization", "entry__made_by").order_by("pk"))


def large_part(payment_id: int) -> int:
    """How much of a payment is a large gift, by the entry by which it came into the books."""
    entries = register(JournalEntry).filter(postings__payment=payment_id, kind=EntryKind.RECEIVED)
    came = entries.order_by("pk").first()
    lines = register(Posting).filter(entry=came, credit=Account.LARGE, payment=payment_id)
    return sum(line.amount_fen for line in lines) if came else 0
