"""Bills of one month for an enterprise, 60 and 600 of them, beside a plain ``INSERT … SELECT`` of the same rows.

``BENCH_SCALES`` names the factors (``1,60,600``; 600 is about a million members). Members, account lines, assessments and a few
reliefs are copies of one enterprise, written by SQL. Both sides fill the same empty table with its constraints and indexes; the
plain one copies the very rows that ``make_bills`` made, from a table without indexes. What ``make_bills`` does besides, the sums
of every branch and the event, counts against it.
"""

import datetime as dt
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench import ground

SCALES = [int(text) for text in os.environ.get("BENCH_SCALES", "1,60,600").split(",")]
BRANCHES, MEMBERS = 70, 1768
MONTH = dt.date(2026, 11, 1)
AIM, LINEAR = 3.0, 1.5
COLUMNS = (
    "organization_id, member_id, month, kind, assessment_id, relief_id, standard_fen, amount_fen, adjusted_fen, owed_fen, "
    "paid_fen, settled_on, made_at"
)


def main() -> None:
    """Measure every factor in the same database, which only grows, and print times, ratios and statements."""
    ground.database("bench_bills")
    found = []
    written = 0
    print(f"  {'members':>9}{'make_bills':>14}{'plain':>12}   ratio   a member   SQL   made again")
    for scale in SCALES:
        _fill(written, scale)
        written = scale
        found.append(_measure(scale))
    ratios = [ratio for ratio, _, _ in found]
    growth = found[-1][1] / found[1 if len(found) > 2 else 0][1]
    constant = len({number for _, _, number in found}) == 1
    print(f"  worst ratio {max(ratios):.2f} (aim <= {AIM}), growth of a member's share {growth:.2f} (aim <= {LINEAR})")
    sys.exit(0 if max(ratios) <= AIM and growth <= LINEAR and constant else 1)


def _fill(done: int, scale: int) -> None:
    """Copies of the enterprise numbered from ``done`` on, until there are ``scale`` of them."""
    from django.db import connection

    from dangjian.kernel.actor import SystemActor
    from dangjian.org.actions import tree
    from dangjian.org.models import Organization
    from dangjian.org.unscoped import unscoped

    with unscoped("measurement"):
        top = Organization.objects.filter(parent=None).first() or tree.set_up(
            actor=SystemActor("measurement"), parent=None, type_code="611", name="测量党委", short_name="测量党委",
            effective_on=dt.date(2020, 1, 1),
        )  # fmt: skip
    with connection.cursor() as cursor:
        values = {"top": top.pk, "path": top.path, "from": done, "until": scale - 1, "branches": BRANCHES, "members": MEMBERS}
        for statement in _FILLING:
            cursor.execute(_with_defaults(statement), values)
        cursor.execute("ANALYZE")


def _with_defaults(statement: str) -> str:
    """The statement with every column of its table that it does not name, at the default of that column."""
    from django.apps import apps
    from django.db import connection

    found = re.search(r"INSERT INTO (\w+)\s+\(([^)]*), \{rest\}\)", statement)
    if found is None:
        return statement
    model = next(one for one in apps.get_models() if one._meta.db_table == found[1])
    given = {name.strip().strip('"') for name in found[2].split(",")}
    left = [f for f in model._meta.concrete_fields if not (f.primary_key or f.null or f.column in given)]
    names = ", ".join(connection.ops.quote_name(f.column) for f in left)
    values = ", ".join(_literal(f.column, f.get_default()) for f in left)
    return statement.replace("{rest}", names).replace("{values}", values)


def _literal(column: str, value: Any) -> str:
    if column == "updated_at":
        return "now()"
    if isinstance(value, bool):
        return str(value).upper()
    return "''" if value == "" else str(value)


_FILLING = (
    """
INSERT INTO org_organization
  (kind, type_code, code, name, short_name, parent_id, path, body_path, established_on, live_on, {rest})
SELECT 'branch', '631', n.code, n.code, n.code, %(top)s, n.path, n.path, DATE '2020-01-01', DATE '2020-01-01', {values}
  FROM (SELECT 'B' || c || '-' || b AS code, %(path)s || lpad((c * %(branches)s + b)::text, 9, '0') || '/' AS path
          FROM generate_series(%(from)s, %(until)s) c CROSS JOIN generate_series(0, %(branches)s - 1) b) n""",
    """
INSERT INTO members_member (organization_id, branch_id, category, standing, name, name_sort, {rest})
SELECT o.id, o.id, '1', 'normal', '测' || m, 'c', {values}
  FROM generate_series(%(from)s, %(until)s) c CROSS JOIN generate_series(0, %(members)s - 1) m
  JOIN org_organization o ON o.code = 'B' || c || '-' || (m %% %(branches)s)""",
    """
INSERT INTO members_membershipentry (member_id, organization_id, kind, sign, effective_on, category, counterpart_name, document,
                                     recorded_at)
SELECT m.id, m.branch_id, 'opening', 1, DATE '2020-02-01', '1', '', '', now()
  FROM members_member m WHERE NOT EXISTS (SELECT 1 FROM members_membershipentry e WHERE e.member_id = m.id)""",
    """
INSERT INTO dues_assessment (member_id, kind, from_month, base_fen, items, rate, amount_fen, explanation, citation, reason,
                             assessed_at)
SELECT m.id, CASE WHEN m.id %% 8 = 0 THEN 'retired' ELSE 'salaried' END, DATE '2026-01-01', 500000 + m.id %% 400000, '{}', '1%%',
       5000 + m.id %% 9000, '测量', '测量', '', now()
  FROM members_member m WHERE NOT EXISTS (SELECT 1 FROM dues_assessment a WHERE a.member_id = m.id)""",
    """
INSERT INTO dues_relief (member_id, kind, monthly_fen, from_month, until_month, reason, studied_on, studied_at, state,
                         proposed_at, document, answer)
SELECT m.id, CASE WHEN m.id %% 200 = 0 THEN 'exempt' ELSE 'reduced' END, 100, DATE '2026-06-01', DATE '2027-01-01', '测量',
       DATE '2026-05-20', '测量', 'approved', now(), '', ''
  FROM members_member m
 WHERE m.id %% 100 = 0 AND NOT EXISTS (SELECT 1 FROM dues_relief r WHERE r.member_id = m.id)""",
)


def _measure(scale: int) -> tuple[float, float, int]:
    """Ratio of the times, microseconds a member, and SQL statements at this factor."""
    from django.db import connection

    from dangjian.activities.dues.billing.actions import billing
    from dangjian.kernel.actor import SystemActor

    actor = SystemActor("measurement")
    rounds = 5 if scale < 10 else 3 if scale < 100 else 1
    statements: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    ours, plain = [], []
    for _ in range(rounds):
        _empty()
        statements.clear()
        with connection.execute_wrapper(count):
            ours.append(_timed(lambda: billing.make_bills(actor=actor, month=MONTH)))
        number = len(statements)
        again = _timed(lambda: billing.make_bills(actor=actor, month=MONTH))
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_rows")
            cursor.execute(f"CREATE TABLE bench_rows AS SELECT {COLUMNS} FROM dues_bill")
            cursor.execute("SELECT COUNT(*) FROM bench_rows")
            [rows] = cursor.fetchone()
        assert rows == scale * MEMBERS, f"{rows} bills for {scale * MEMBERS} members"
        _empty()
        plain.append(_timed(_copy))
    mine, theirs = statistics.median(ours), statistics.median(plain)
    share = mine / rows * 1_000_000
    times = f"{mine * 1000:11.0f} ms{theirs * 1000:9.0f} ms{mine / theirs:8.2f}{share:8.1f} µs"
    print(f"  {rows:9d}{times}{number:6d}{again * 1000:9.0f} ms", flush=True)
    return mine / theirs, share, number


def _copy() -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO dues_bill ({COLUMNS}) SELECT {COLUMNS} FROM bench_rows")


def _empty() -> None:
    """The same empty table for both, and a server with nothing left to write."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE dues_bill, dues_branchmonth, dues_monthrun CASCADE")
        cursor.execute("CHECKPOINT")


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
