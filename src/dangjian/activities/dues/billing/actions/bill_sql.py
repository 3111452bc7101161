"""The statements that make and change bills of a whole month at once, for SQLite and PostgreSQL alike.

Raw SQL because each writes a set as large as the platform from a join, in one statement, and Django's ORM can neither insert
from a join nor update from one. Every value is a parameter; only the choice of members or branches changes a statement's text.
"""

# ruff: noqa: S608 - no input stands in a statement

import datetime as dt
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from dangjian.activities.dues.assessment.models import ArrangementKind
from dangjian.activities.dues.billing.models import AdjustmentReason, Bill
from dangjian.members.models import ChangeKind
from dangjian.org.policy import TEMPORARY

BEGINNING = (ChangeKind.OPENING, ChangeKind.ADMITTED, ChangeKind.READMITTED, ChangeKind.RESTORED)
"""Who becomes a member of the platform within a month by one of these owes that month to the branch of the line.

So does whoever is transferred in, if their letter says that they have paid up to an earlier month (``dues_paiduntil``).
"""
JOINING = (ChangeKind.ADMITTED, ChangeKind.READMITTED)


@dataclass(frozen=True, slots=True)
class Whose:
    """What a run is about: the month, the day on which the account is read, and some members or (``None``) all.

    ``begins_next_month`` leaves out who joined within the month. A month before the branch went live, or that a member has paid
    on paper, is not owed, unless the members are about to pay it (``pays_now``); what was paid all the same stays owed that far.
    Nothing is owed at a temporary branch (``temporary_free``), or while the member pays elsewhere; the bill of whoever may
    pay by the quarter is in time until ``quarter_due_on``.
    """

    month: dt.date
    next_month: dt.date
    branch_day: dt.date
    due_on: dt.date
    quarter_due_on: dt.date
    begins_next_month: bool
    temporary_free: bool = False
    members: Collection[int] | None = None
    pays_now: bool = False

    def values(self) -> dict[str, object]:
        """The parameters of the statements."""
        days = {
            "month": self.month,
            "next_month": self.next_month,
            "branch_day": self.branch_day,
            "due_on": self.due_on,
            "quarter_due_on": self.quarter_due_on,
            "joined_before": self.month if self.begins_next_month else self.next_month,
            "live_before": dt.date.max if self.pays_now else self.next_month,
            "paid_before": dt.date.max if self.pays_now else self.month,
        }
        values: dict[str, object] = {name: connection.ops.adapt_datefield_value(day) for name, day in days.items()}
        values["temporary_free"] = self.temporary_free
        if self.members is not None:
            values["chosen"] = many(self.members)
        return values

    def only(self, column: str) -> str:
        """The condition that keeps the chosen members; ``column`` holds a member."""
        return f" AND {among(column, 'chosen')}" if self.members is not None else ""


def many(numbers: Collection[int]) -> object:
    """Numbers as one parameter of ``among``."""
    ordered = sorted(numbers)
    return ordered if connection.vendor == "postgresql" else json.dumps(ordered)


def among(column: str, name: str) -> str:
    """That ``column`` is one of the numbers of the parameter ``name``, however many they are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%({name})s)"
    return f"{column} IN (SELECT value FROM json_each(%({name})s))"


def run(sql: str, values: dict[str, Any]) -> int:
    """Carry out one statement; returns how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return max(cursor.rowcount, 0)


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


def _arranged(kind: str) -> str:
    return f"(p.member_id, p.organization_id) IN (SELECT g.member_id, g.branch_id FROM arranged g WHERE g.kind = '{kind}')"


def _expected(whose: Whose) -> str:
    """What each member owes for the month, and to which branch, by the account, the assessments and the reliefs as they are."""
    joining = f"MAX(CASE WHEN e.kind IN ({_listed(JOINING)}) AND e.sign = 1 THEN e.effective_on END)"
    return f"""
WITH placed AS (
  SELECT e.member_id, e.organization_id
    FROM members_membershipentry e
   WHERE e.effective_on <= %(branch_day)s{whose.only("e.member_id")}
   GROUP BY e.member_id, e.organization_id
  HAVING SUM(e.sign) > 0 AND COALESCE({joining} < %(joined_before)s, TRUE)
   UNION ALL
  SELECT x.member_id, x.organization_id
    FROM members_membershipentry x
   WHERE x.effective_on > %(branch_day)s AND x.effective_on < %(next_month)s{whose.only("x.member_id")}
     AND x.sign = 1 AND (x.kind IN ({_listed(BEGINNING)}) OR x.kind = '{ChangeKind.TRANSFERRED_IN}' AND EXISTS (
           SELECT 1 FROM dues_paiduntil n WHERE n.member_id = x.member_id AND n.from_month = %(month)s AND n.month < %(month)s))
     AND (x.effective_on < %(joined_before)s OR x.kind NOT IN ({_listed(JOINING)}))
     AND NOT EXISTS (SELECT 1 FROM members_membershipentry v WHERE v.reverses_id = x.id)
     AND COALESCE((SELECT SUM(b.sign) FROM members_membershipentry b
                    WHERE b.member_id = x.member_id AND b.effective_on <= %(branch_day)s), 0) = 0
), relieved AS (
  SELECT r.member_id, MAX(r.id) AS relief_id
    FROM dues_relief r
   WHERE r.state = 'approved' AND r.from_month <= %(month)s
     AND (r.until_month IS NULL OR r.until_month > %(month)s){whose.only("r.member_id")}
   GROUP BY r.member_id
), arranged AS (
  SELECT g.member_id, g.branch_id, g.kind
    FROM dues_arrangement g
   WHERE g.withdrawn_at IS NULL AND g.from_month <= %(month)s AND g.until_month > %(month)s{whose.only("g.member_id")}
), temporary AS (
  SELECT v.organization_id
    FROM org_organizationversion v
   WHERE v.type_code IN ({_listed(sorted(TEMPORARY))}) AND %(temporary_free)s
     AND v.starts_on <= %(branch_day)s AND (v.ends_on IS NULL OR v.ends_on > %(branch_day)s)
), due AS (
  SELECT p.member_id, p.organization_id, a.id AS assessment_id, a.kind, a.amount_fen AS standard_fen, r.id AS relief_id,
         CASE WHEN r.id IS NULL THEN a.amount_fen WHEN r.kind = 'exempt' THEN 0
              WHEN r.monthly_fen < a.amount_fen THEN r.monthly_fen ELSE a.amount_fen END AS amount_fen,
         CASE WHEN p.organization_id IN (SELECT t.organization_id FROM temporary t) THEN '{AdjustmentReason.TEMPORARY}'
              WHEN {_arranged(ArrangementKind.ELSEWHERE)} THEN '{AdjustmentReason.ELSEWHERE}'
              WHEN o.live_on >= %(live_before)s OR u.month >= %(paid_before)s
                   THEN '{AdjustmentReason.NOT_LIVE}' END AS not_owed,
         CASE WHEN {_arranged(ArrangementKind.QUARTERLY)} THEN %(quarter_due_on)s END AS later_due_on,
         COALESCE(k.paid_fen, 0) AS paid_fen
    FROM placed p
    JOIN org_organization o ON o.id = p.organization_id
    LEFT JOIN dues_paiduntil u ON u.member_id = p.member_id AND COALESCE(u.from_month, %(month)s) <= %(month)s
    LEFT JOIN dues_bill k ON k.member_id = p.member_id AND k.month = %(month)s
    JOIN dues_assessment a ON a.member_id = p.member_id AND a.replaced_at IS NULL AND a.from_month <= %(month)s
                          AND (a.until_month IS NULL OR a.until_month > %(month)s)
    LEFT JOIN relieved l ON l.member_id = p.member_id
    LEFT JOIN dues_relief r ON r.id = l.relief_id
), expected AS (
  SELECT member_id, organization_id, assessment_id, kind, standard_fen, relief_id, later_due_on,
         CASE WHEN not_owed IS NULL OR amount_fen < paid_fen THEN amount_fen ELSE paid_fen END AS amount_fen
    FROM due
   WHERE not_owed IS NULL OR paid_fen > 0
)"""


def insert_bills(whose: Whose, now: dt.datetime, today: dt.date) -> int:
    """A bill for everybody who is assessed and has none for the month. Nothing to pay is settled on the spot."""
    sql = f"""
INSERT INTO dues_bill (organization_id, member_id, month, kind, assessment_id, relief_id, standard_fen, amount_fen, adjusted_fen,
                       owed_fen, paid_fen, settled_on, later_due_on, made_at) {_expected(whose)}
SELECT e.organization_id, e.member_id, %(month)s, e.kind, e.assessment_id, e.relief_id, e.standard_fen, e.amount_fen, 0,
       e.amount_fen, 0, CASE WHEN e.amount_fen = 0 THEN %(today)s END, e.later_due_on, %(now)s
  FROM expected e
 WHERE NOT EXISTS (SELECT 1 FROM dues_bill b WHERE b.member_id = e.member_id AND b.month = %(month)s)
    ON CONFLICT (member_id, month) DO NOTHING"""
    return run(sql, whose.values() | _at(now, today))


_DIFFERENT = """
  FROM dues_bill b
  LEFT JOIN expected e ON e.member_id = b.member_id
  LEFT JOIN due d ON d.member_id = b.member_id
 WHERE b.month = %(month)s
   AND NOT EXISTS (SELECT 1 FROM dues_billadjustment w WHERE w.bill_id = b.id AND w.reason = 'waived')"""


def insert_adjustments(whose: Whose, made_by: str, now: dt.datetime) -> int:
    """An adjustment for every bill of the month whose sum is not what is owed now; a waived one stays as it is."""
    sql = f"""
INSERT INTO dues_billadjustment (bill_id, delta_fen, reason, note, assessment_id, relief_id, made_by, made_at) {_expected(whose)}
SELECT b.id, COALESCE(e.amount_fen, 0) - b.owed_fen,
       CASE WHEN d.not_owed IS NOT NULL THEN d.not_owed
            WHEN e.member_id IS NOT NULL AND e.standard_fen = b.standard_fen THEN '{AdjustmentReason.RELIEF}'
            WHEN e.member_id IS NOT NULL OR EXISTS (SELECT 1 FROM placed p WHERE p.member_id = b.member_id)
            THEN '{AdjustmentReason.ASSESSED}' ELSE '{AdjustmentReason.LEFT}' END,
       '', e.assessment_id, e.relief_id, %(made_by)s, %(now)s{_DIFFERENT}
   AND COALESCE(e.amount_fen, 0) <> b.owed_fen{whose.only("b.member_id")}"""
    return run(sql, whose.values() | _at(now) | {"made_by": made_by})


def apply_adjustments(month: dt.date, after: int, today: dt.date) -> int:
    """Carry the adjustments numbered above ``after`` into their bills of the month."""
    sql = """
UPDATE dues_bill SET adjusted_fen = dues_bill.adjusted_fen + a.delta_fen, owed_fen = dues_bill.owed_fen + a.delta_fen,
       settled_on = CASE WHEN dues_bill.owed_fen + a.delta_fen <= dues_bill.paid_fen
                         THEN COALESCE(dues_bill.settled_on, %(today)s) END
  FROM dues_billadjustment a
 WHERE a.id > %(after)s AND a.bill_id = dues_bill.id AND dues_bill.month = %(month)s"""
    return run(sql, _at(today=today) | {"after": after, "month": connection.ops.adapt_datefield_value(month)})


def renew_basis(whose: Whose) -> int:
    """Let the bills of the month name the assessment and relief they rest on now; one that nobody paid moves with its member."""
    sql = f"""
UPDATE dues_bill SET assessment_id = r.assessment_id, relief_id = r.relief_id, kind = r.kind, standard_fen = r.standard_fen,
       organization_id = r.organization_id, later_due_on = r.later_due_on
  FROM ({_expected(whose)}
SELECT b.id, e.assessment_id, e.relief_id, e.kind, e.standard_fen,
       CASE WHEN EXISTS (SELECT 1 FROM dues_paymentline l WHERE l.bill_id = b.id) THEN b.organization_id
            ELSE e.organization_id END AS organization_id, e.later_due_on{_DIFFERENT.replace("LEFT JOIN", "JOIN")}
   AND (b.assessment_id <> e.assessment_id OR COALESCE(b.relief_id, 0) <> COALESCE(e.relief_id, 0)
        OR COALESCE(b.later_due_on, b.month) <> COALESCE(e.later_due_on, b.month)
        OR b.organization_id <> e.organization_id){whose.only("b.member_id")}) r
 WHERE r.id = dues_bill.id"""
    return run(sql, whose.values())


_PAID = {
    "postgresql": "unnest(%(id)s::bigint[], %(paid)s::bigint[], %(settled)s::date[]) AS n(id, paid, settled)",
    "sqlite": """(
    SELECT i.value AS id, p.value AS paid, s.value AS settled
      FROM json_each(%(id)s) i
      JOIN json_each(%(paid)s) p ON p.key = i.key
      JOIN json_each(%(settled)s) s ON s.key = i.key) n""",
}


def carry(bills: Sequence[Bill]) -> None:
    """Write what is paid of each of these bills and since when it is settled, however many they are. The caller holds them."""
    columns: dict[str, list[Any]] = {
        "id": [bill.pk for bill in bills],
        "paid": [bill.paid_fen for bill in bills],
        "settled": [bill.settled_on and bill.settled_on.isoformat() for bill in bills],
    }
    in_json = connection.vendor != "postgresql"
    sql = f"""
UPDATE dues_bill SET paid_fen = n.paid, settled_on = n.settled
  FROM {_PAID[connection.vendor]}
 WHERE n.id = dues_bill.id"""
    run(sql, {name: json.dumps(column) if in_json else column for name, column in columns.items()})


def add_up(month: dt.date, due_on: dt.date, branches: Collection[int] | None) -> None:
    """Work out the sums of the month anew from its bills, for some branches or (``None``) all."""
    values: dict[str, object] = {
        "month": connection.ops.adapt_datefield_value(month),
        "due_on": connection.ops.adapt_datefield_value(due_on),
    }
    of_bill = of_other = of_sum = ""
    if branches is not None:
        values["chosen"] = many(branches)
        of_bill, of_other, of_sum = (
            f" AND {among(f'{name}.organization_id', 'chosen')}" for name in ("b", "x", "dues_branchmonth")
        )
    run(_ADD_UP.format(of_bill=of_bill, of_other=of_other), values)
    run(
        f"""DELETE FROM dues_branchmonth WHERE month = %(month)s{of_sum} AND NOT EXISTS (
            SELECT 1 FROM dues_bill b WHERE b.month = %(month)s AND b.organization_id = dues_branchmonth.organization_id)""",
        values,
    )


_OPEN_OR_LATE = """CASE WHEN b.settled_on IS NULL OR b.settled_on > %(due_on)s
                          THEN COALESCE(b.later_due_on, %(due_on)s) END"""
"""The last day of a bill that was not settled by the end of its month: the earliest of these is that of the branch's month."""
_SUMS = ("due_on", "bills", "unsettled", "reduced", "exempt", "owed_fen", "paid_fen", "on_time_fen", "settled_on")
# What came in time is worked out once: PostgreSQL, which may know nothing yet of the bills of a month that were just made, takes
# them for one row, and would add all payments up anew for each of them.
_ADD_UP = f"""
INSERT INTO dues_branchmonth (organization_id, month, {", ".join(_SUMS)})
WITH in_time AS MATERIALIZED (
    SELECT l.bill_id, SUM(l.amount_fen) AS amount_fen
      FROM dues_bill x
      JOIN dues_paymentline l ON l.bill_id = x.id
      JOIN dues_payment p ON p.id = l.payment_id
     WHERE x.month = %(month)s{{of_other}} AND p.paid_on <= COALESCE(x.later_due_on, %(due_on)s)
       AND p.reverses_id IS NULL
       AND NOT EXISTS (SELECT 1 FROM dues_payment v WHERE v.reverses_id = p.id)
     GROUP BY l.bill_id
)
SELECT b.organization_id, b.month, COALESCE(MIN({_OPEN_OR_LATE}), %(due_on)s), COUNT(*),
       SUM(CASE WHEN b.settled_on IS NULL THEN 1 ELSE 0 END),
       SUM(CASE WHEN b.relief_id IS NOT NULL AND b.owed_fen > 0 AND b.owed_fen < b.standard_fen THEN 1 ELSE 0 END),
       SUM(CASE WHEN b.relief_id IS NOT NULL AND b.owed_fen = 0 THEN 1 ELSE 0 END),
       SUM(b.owed_fen), SUM(b.paid_fen), COALESCE(SUM(t.amount_fen), 0),
       CASE WHEN COUNT(b.settled_on) = COUNT(*) THEN MAX(b.settled_on) END
  FROM dues_bill b
  LEFT JOIN in_time t ON t.bill_id = b.id
 WHERE b.month = %(month)s{{of_bill}}
 GROUP BY b.organization_id, b.month
    ON CONFLICT (organization_id, month) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _SUMS)}"""


def _at(now: dt.datetime | None = None, today: dt.date | None = None) -> dict[str, object]:
    found: dict[str, object] = {}
    if now is not None:
        found["now"] = connection.ops.adapt_datetimefield_value(now)
    if today is not None:
        found["today"] = connection.ops.adapt_datefield_value(today)
    return found
