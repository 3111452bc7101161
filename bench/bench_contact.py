"""The nightly clock of contact over 106,080 members: its duties, who is a floating member, and the list of whom to contact.

``BENCH_MEMBERS`` names another number. Each member has come to a meeting a month and paid dues by the quarter for a year, but for
one in a hundred, of whom nothing was heard for five to seven months; one in two hundred is away. Aims: duties and days in 10
seconds together, with as many statements as for a hundredth of the members.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from bench import ground

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "106080"))
OF_A_BRANCH, AIM = 30, 10.0
RULES = ("contact.away", "contact.abroad", "contact.transfer", "contact.silent", "contact.suspend", "contact.decide")


def main() -> None:
    """Measure with a hundredth of the members, then with all, each in a database of its own."""
    import subprocess

    found = []
    for number in (MEMBERS // 100, MEMBERS):
        command = [sys.executable, "-m", "bench.bench_contact", str(number)]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ground.ROOT)
        seconds, statements, page, page_sql = answer.stdout.split()[-4:]
        print(f"  {number:>7} members: night {float(seconds):5.2f} s, {statements} SQL; list {float(page):.2f} s, {page_sql} SQL")
        found.append((float(seconds), int(statements)))
    few, many = found
    same = many[1] <= few[1]
    print(f"  night {many[0]:.1f} s (aim <= {AIM:.0f}), no more statements: {'yes' if same else 'NO'}")
    sys.exit(0 if many[0] <= AIM and same else 1)


def one(number: int) -> None:
    """Fill a database with so many members and print seconds and statements of the night and of the list."""
    ground.database(f"bench_contact_{number}")
    from django.db import connection
    from django.test import Client

    from dangjian.activities.contact.actions.days import follow_days
    from dangjian.engines.duties.actions import refresh
    from dangjian.kernel.actor import SystemActor
    from dangjian.org import roles
    from tests import make

    committee = make.committee(name="虚构集团党委")
    office = make.grant(committee, roles.PARTY_OFFICE).user
    _people(committee, number)

    def night() -> None:
        refresh(actor=SystemActor("夜间"), rules=RULES)
        follow_days()

    refresh(actor=SystemActor("夜间"), rules=("contact.decide",))  # what this process reads once is read
    night_seconds, night_sql = _timed(night, connection)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(office, backend="dangjian.accounts.backends.AccountBackend")
    client.get("/contact/people/")

    def page() -> None:
        assert client.get("/contact/people/").status_code == 200

    page_seconds, page_sql = _timed(page, connection)
    print(night_seconds, night_sql, page_seconds, page_sql)


def _timed(work: Callable[[], object], connection: Any) -> tuple[float, int]:
    statements = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    begun = time.perf_counter()
    with connection.execute_wrapper(count):
        work()
    return time.perf_counter() - begun, len(statements)


def _people(committee: Any, number: int) -> None:
    """Branches, members, a year of attendance and payments, members away: copied row by row inside the database."""
    from django.db import connection

    from dangjian.activities.contact.models import Away
    from dangjian.activities.dues.billing.models import Payment
    from dangjian.activities.meetings.models import Attendance, Meeting
    from dangjian.kernel import clock
    from dangjian.members.models import Member
    from dangjian.org.models import Organization
    from dangjian.org.unscoped import unscoped
    from tests import make

    today = clock.today()
    with unscoped("bench"):
        first = make.branch(committee)
        make.many_branches(committee, -(-number // OF_A_BRANCH) - 1)
        branches = list(Organization.objects.filter(kind="branch").order_by("pk"))
        Organization.objects.filter(pk__in=[one.pk for one in branches]).update(live_on=first.live_on)
        Member.objects.bulk_create(
            (
                Member(
                    organization=branches[one // OF_A_BRANCH],
                    branch=branches[one // OF_A_BRANCH],
                    name=f"虚构{one}",
                    name_sort=f"xu{one:07d}",
                    category="1",
                )
                for one in range(number)
            ),
            batch_size=2000,
        )
        Meeting.objects.bulk_create(
            (
                Meeting(
                    organization=branch,
                    title="虚构会议",
                    status="closed",
                    number=f"{branch.pk}-{back}",
                    held_on=_back(today, back),
                )
                for branch in branches
                for back in range(12)
            ),
            batch_size=2000,
        )
        silent = "(m.id %% 100 = 0 AND {day} > %(today)s::date - (150 + m.id %% 60)::int)"
        with connection.cursor() as cursor:
            cursor.execute(
                f"""INSERT INTO {Attendance._meta.db_table} (meeting_id, member_id, role, answer, leave_reason, decision_note,
                    presence, method, hand_reason)
                SELECT g.id, m.id, 'attendee', 'coming', '', '', 'present', 'code', '' FROM {Meeting._meta.db_table} g
                JOIN {Member._meta.db_table} m ON m.branch_id = g.organization_id
                WHERE NOT {silent.format(day="g.held_on")}""",
                {"today": today},
            )
            cursor.execute(
                f"""INSERT INTO {Payment._meta.db_table} (organization_id, held_by_id, member_id, paid_on, method, amount_fen,
                    extra_fen, payer_name, provider, transaction_no, receipt_no, note, recorded_at)
                SELECT m.branch_id, m.branch_id, m.id, d.day, 'cash', 900, 0, '', '', '', m.id || '-' || d.day, '', now()
                FROM {Member._meta.db_table} m, (SELECT (%(today)s::date - n * 91)::date AS day FROM generate_series(0, 3) n) d
                WHERE NOT {silent.format(day="d.day")}""",
                {"today": today},
            )
        Away.objects.bulk_create(
            (
                Away(member=one, direction="other_province", place="虚构市", since_on=_back(today, 4), is_fixed=one.pk % 400 == 0)
                for one in Member.objects.extra(where=["members_member.id %% 200 = 0"])
            ),
            batch_size=2000,
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _back(today: Any, months: int) -> Any:
    from dangjian.kernel.rulebook import Period

    return Period(months=months).before(today) if months else today


if __name__ == "__main__":
    one(int(sys.argv[1])) if len(sys.argv) > 1 else main()
