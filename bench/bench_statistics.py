"""All tables of the annual statistics at 1,768 and 106,080 members, on PostgreSQL and on SQLite, beside one scan of the members.

``BENCH_MEMBERS`` names another largest number. Each member has a line of the account, a line of education and one of work; one in
fifty came this year, one in sixty left. Aims at the largest number: all tables in 3 seconds from the living records, the list
behind a figure in 100 ms of the database, and as many statements as for the few.
"""

import datetime as dt
import os
import sys
import time
from typing import Any

from bench import ground

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "106080"))
FEW, OF_A_BRANCH = 1768, 25
AIM, AIM_BEHIND = 3.0, 0.1
UNTIL = dt.date(2026, 12, 31)


def main() -> None:
    """Measure few and many on both databases, each in a process of its own."""
    import subprocess

    met = True
    for kind in ("postgresql", "sqlite"):
        statements = []
        for number in (FEW, MEMBERS):
            command = [sys.executable, "-m", "bench.bench_statistics", kind, str(number)]
            answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ground.ROOT)
            scan, tables, behind, sql, cells = map(float, answer.stdout.split()[-5:])
            print(
                f"  {kind:<10} {number:>7} members: {int(cells)} cells in {tables:6.2f} s,"
                f" {tables / scan:5.1f} scans of {scan * 1000:.0f} ms; behind a figure {behind * 1000:4.0f} ms; {int(sql)} SQL"
            )
            statements.append(int(sql))
            if number == MEMBERS:
                met &= tables <= AIM and behind <= AIM_BEHIND
        met &= statements[0] == statements[1]
    print(f"  aims {'met' if met else 'MISSED'}")
    sys.exit(0 if met else 1)


def one(kind: str, number: int) -> None:
    """Fill a database with so many members and print seconds of a scan, of all tables and of a list, statements, cells."""
    if kind == "sqlite":
        ground.sqlite()
    else:
        ground.database(f"bench_statistics_{number}")
    from django.db import connection

    from dangjian.engines.annual import installed
    from dangjian.engines.annual.queries.reports import Report
    from dangjian.kernel import clock
    from dangjian.org.unscoped import unscoped
    from tests import make

    with clock.at("2026-12-31 09:00"), unscoped("bench"):
        committee = make.committee(name="虚构集团党委")
        _people(committee, number)
        statements: list[str] = []

        def count(execute: Any, sql: str, *rest: Any) -> Any:
            statements.append(sql)
            return execute(sql, *rest)

        scan = min(_timed(_scan) for _ in range(3))
        tables = installed.tables()
        cells = 0

        def all_tables() -> Report:
            report = Report(committee, UNTIL.replace(month=1, day=1), UNTIL)
            for table in tables.values():
                report.counted(table).figures()
                report.failures(table)
            return report

        all_tables()
        with connection.execute_wrapper(count):
            begun = time.perf_counter()
            report = all_tables()
            seconds = time.perf_counter() - begun
        cells = sum(len(table.rows) * len(table.columns) for table in tables.values())
        behind = min(_timed(lambda: _behind(report)) for _ in range(3))
    print(scan, seconds, behind, len(statements), cells)


def _timed(work: Any) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _scan() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM members_member WHERE sex = '2' AND birth_on > '1980-01-01'")
        cursor.fetchall()


def _behind(report: Any) -> None:
    """A page of the women among the workers."""
    from dangjian.engines.annual import installed

    table = installed.table("2")
    cut, bits = report.counted(table).bits(table.row("occupation.016"), table.column("women"))
    people = cut.population.behind
    assert list(people.rows(cut.numbers(bits)).order_by(*people.order)[:30])


def _people(committee: Any, number: int) -> None:
    from django.db import connection

    from dangjian.members.models import ChangeKind, Education, JobRecord, Member, MembershipEntry
    from dangjian.org.models import Organization
    from tests import make

    make.branch(committee)
    make.many_branches(committee, -(-number // OF_A_BRANCH) - 1)
    branches = list(Organization.objects.filter(kind="branch").order_by("pk"))
    posts = ("soe_worker", "soe_manager", "soe_specialist", "retired", "")
    people = [
        Member(
            organization=branches[place // OF_A_BRANCH],
            branch=branches[place // OF_A_BRANCH],
            name=f"虚构{place}",
            name_sort=f"xu{place:07d}",
            category="1",
            sex="12"[place % 3 == 0],
            ethnicity="01" if place % 9 else "05",
            birth_on=dt.date(1955, 1, 1) + dt.timedelta(days=place * 37 % 17_000) if place % 500 else None,
            joined_on=dt.date(1985, 1, 1) + dt.timedelta(days=place * 53 % 14_000),
            converted_on=dt.date(1986, 1, 1) + dt.timedelta(days=place * 53 % 14_000),
            education=("14", "21", "31", "61")[place % 4],
            job_post=posts[place % 5],
        )
        for place in range(number)
    ]
    made = Member.objects.bulk_create(people, batch_size=2000)
    lines = [_line(one, ChangeKind.ADMITTED if one.pk % 50 == 0 else ChangeKind.OPENING, 1) for one in made]
    lines += [_line(one, ChangeKind.DECEASED, -1) for one in made if one.pk % 60 == 0]
    MembershipEntry.objects.bulk_create(lines, batch_size=5000)
    Education.objects.bulk_create(
        (Education(member=one, level=one.education, school="虚构大学") for one in made), batch_size=5000
    )
    JobRecord.objects.bulk_create(
        (
            JobRecord(member=one, unit_name="虚构车间", job_title="员工", job_post="soe_worker", starts_on=dt.date(2020, 1, 1))
            for one in made
            if one.pk % 2
        ),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _line(member: Any, kind: str, sign: int) -> Any:
    from dangjian.members.models import MembershipEntry

    day = dt.date(2026, 6, 1) if sign < 0 else dt.date(2026, 3, 1) if kind == "admitted" else dt.date(2021, 7, 1)
    return MembershipEntry(
        member=member, organization_id=member.branch_id, kind=kind, sign=sign, effective_on=day, category=member.category
    )


if __name__ == "__main__":
    one(sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 1 else main()
