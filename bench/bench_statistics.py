"""All tables of the annual statistics at 1,768, 106,080 and 1,060,800 members, on PostgreSQL and on SQLite, beside one scan.

``BENCH_MEMBERS`` names another number for the second, ``BENCH_TIMES=1`` leaves out the third, which is ten times the second.
Each member has a line of the account, a line of education and one of work; one in fifty came this year, one in sixty left.
Aims: at the second number all tables in 3 seconds from the living records, the list behind a figure in 100 ms of the database,
and as many statements as for the few; at the third all tables within 10 scans from what the background has gathered.
"""

import datetime as dt
import os
import sys
import time
from typing import Any

from bench import ground

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "106080"))
TIMES = int(os.environ.get("BENCH_TIMES", "10"))
"""The largest number is so many times the second."""
FEW, OF_A_BRANCH = 1768, 25
AIM, AIM_BEHIND, AIM_SCANS = 3.0, 0.1, 10.0
UNTIL = dt.date(2026, 12, 31)


def main() -> None:
    """Measure few, many and very many on both databases, each in a process of its own."""
    met = True
    for kind in ("postgresql", "sqlite"):
        few, many = (_measured(kind, number) for number in (FEW, MEMBERS))
        met &= many["tables"] <= AIM and many["behind"] <= AIM_BEHIND and few["statements"] == many["statements"]
        if TIMES > 1:
            met &= _measured(kind, MEMBERS, TIMES)["scans"] <= AIM_SCANS
    print(
        f"  aims {'met' if met else 'MISSED'}: at {MEMBERS} all tables ≤ {AIM:g} s, behind a figure ≤ {AIM_BEHIND * 1000:g} ms,"
        f" statements constant; at {MEMBERS * TIMES} from what was gathered ≤ {AIM_SCANS:g} scans"
    )
    sys.exit(0 if met else 1)


def _measured(kind: str, number: int, times: int = 1) -> dict[str, float]:
    """The figures of a database of its own, in a process of its own."""
    import json
    import subprocess

    command = [sys.executable, "-m", "bench.bench_statistics", kind, str(number), str(times)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ground.ROOT)
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    found["scans"] = found["tables"] / found["scan"]
    print(
        f"  {kind:<10} {number * times:>7} members: {found['cells']} cells in {found['tables']:6.2f} s,"
        f" {found['scans']:5.1f} scans of {found['scan'] * 1000:.0f} ms; behind a figure {found['behind'] * 1000:4.0f} ms;"
        f" {found['statements']} SQL; peak {found['memory']:.0f} MB"
        + (f"; gathered before in {found['gathered']:.0f} s" if times > 1 else ""),
        flush=True,
    )
    return found


def one(kind: str, number: int, times: int) -> None:
    """Fill a database with so many members, ``times`` over, and print as JSON what was measured."""
    import json
    import resource

    if kind == "sqlite":
        ground.sqlite()
    else:
        ground.database(f"bench_statistics_{number * times}")
    from django.conf import settings
    from django.db import connection

    from dangjian.engines.annual import installed
    from dangjian.engines.annual.actions.gatherings import gather_all
    from dangjian.engines.annual.queries.gatherings import most_branches
    from dangjian.engines.annual.queries.reports import Report
    from dangjian.kernel import clock
    from dangjian.kernel.rulebook.installed import forget
    from dangjian.org.unscoped import unscoped
    from tests import make

    if times > 1:
        settings.DANGJIAN_RULE_SETTINGS = {"stat.gather.branches": min(most_branches(), number // OF_A_BRANCH)}
        forget()
    with clock.at("2026-12-31 09:00"), unscoped("bench"):
        committee = make.committee(name="虚构集团党委")
        _people(committee, number, times)
        statements: list[str] = []

        def count(execute: Any, sql: str, *rest: Any) -> Any:
            statements.append(sql)
            return execute(sql, *rest)

        scan = min(_timed(_scan) for _ in range(3))
        gathered = _timed(gather_all)
        tables = installed.tables()

        def ready() -> Report:
            return Report.ready(committee, UNTIL.replace(month=1, day=1), UNTIL)

        def all_tables() -> Report:
            report = ready()
            assert (report.gathering is not None) == (times > 1)
            for table in tables.values():
                report.figures(table)
                report.failures(table)
            return report

        report = all_tables()
        with connection.execute_wrapper(count):
            seconds = _timed(all_tables)
        # Of what was gathered a list reads its own columns; living records were read for the tables.
        behind = min(_timed(lambda: _behind(ready() if times > 1 else report)) for _ in range(3))
    cells = sum(len(table.rows) * len(table.columns) for table in tables.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "scan": scan,
                "gathered": gathered,
                "tables": seconds,
                "behind": behind,
                "statements": len(statements),
                "cells": cells,
                "memory": memory,
            }
        )
    )


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


def _people(committee: Any, number: int, times: int) -> None:
    from django.db import connection

    from dangjian.members.models import ChangeKind, Education, JobRecord, Member, MembershipEntry
    from dangjian.org.models import Organization
    from tests import make

    make.branch(committee)
    make.many_branches(committee, -(-number // OF_A_BRANCH) * times - 1)
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
    places = {Member: ("id",), MembershipEntry: ("member_id",), Education: ("member_id",), JobRecord: ("member_id",)}
    for place in range(1, times):
        further = {"branch_id": branches[-(-number // OF_A_BRANCH) * place].pk - branches[0].pk}
        further["organization_id"] = further["branch_id"]
        for model, names in places.items():
            _once_more(model, {**further, **dict.fromkeys(names, number * place)}, made[0].pk, made[-1].pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _once_more(model: Any, further: dict[str, int], first: int, last: int) -> None:
    """The rows of the members from ``first`` to ``last`` a second time, with numbers that lie ``further``."""
    from django.db import connection

    about = "id" if "id" in further else "member_id"
    columns = [field.column for field in model._meta.concrete_fields if field.column != "id" or about == "id"]
    values = [f"{column} + {further[column]}" if column in further else column for column in columns]
    names, table = ", ".join(f'"{column}"' for column in columns), model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} WHERE {about} BETWEEN %s AND %s",
            [first, last],
        )


def _line(member: Any, kind: str, sign: int) -> Any:
    from dangjian.members.models import MembershipEntry

    day = dt.date(2026, 6, 1) if sign < 0 else dt.date(2026, 3, 1) if kind == "admitted" else dt.date(2021, 7, 1)
    return MembershipEntry(
        member=member, organization_id=member.branch_id, kind=kind, sign=sign, effective_on=day, category=member.category
    )


if __name__ == "__main__":
    one(sys.argv[1], *map(int, sys.argv[2:])) if len(sys.argv) > 1 else main()
