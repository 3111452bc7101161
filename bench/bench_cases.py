"""Ten thousand open cases of a procedure: its list, the page of a case, what may be done next, and bringing all up to date.

The list and the page of a case are compared with two hundred cases: as many statements, and a list within 1.5 times. Bringing all
cases up to date when nothing has changed is compared with one scan of their rows; what it finds on the first run, when every
open step is new, is printed beside it. ``BENCH_CASES`` names another number.
"""

import datetime as dt
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import ground

FEW, MANY = 200, int(os.environ.get("BENCH_CASES", "10000"))
BRANCHES = 100
LIST_AIM, REFRESH_AIM = 1.5, 20.0
ROUNDS = 7


def main() -> None:
    """Measure with few cases, then with many, in the same database."""
    os.environ["DANGJIAN_PLUGINS"] = "dangjian_model_posts"
    sys.path.insert(0, str(ground.ROOT / "plugins" / "model-posts"))
    ground.database("bench_cases")
    branches, office = _house()
    found = []
    written = 0
    for number in (FEW, MANY):
        _cases(branches, written, number)
        written = number
        found.append(_measure(office))
        print(f"  {number:>7} cases: {found[-1]}")
    few, many = found
    growth, beside = many.listing / few.listing, many.again / many.scan
    pairs = ((few.listing_sql, many.listing_sql), (few.page_sql, many.page_sql), (few.step_sql, many.step_sql))
    same = all(of_many <= of_few for of_few, of_many in pairs)
    print(f"  list {growth:.2f} x that of {FEW} (aim <= {LIST_AIM}), refresh {beside:.1f} x one scan (aim <= {REFRESH_AIM})")
    print(f"  no more statements: {'yes' if same else 'NO'}")
    sys.exit(0 if growth <= LIST_AIM and beside <= REFRESH_AIM and same else 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, and numbers of statements."""

    listing: float
    listing_sql: int
    page: float
    page_sql: int
    step: float
    step_sql: int
    first: float
    again: float
    scan: float

    def __str__(self) -> str:
        return (
            f"list {self.listing * 1000:.0f} ms ({self.listing_sql} SQL), case {self.page * 1000:.0f} ms ({self.page_sql} SQL), "
            f"next step {self.step * 1000:.1f} ms ({self.step_sql} SQL), refresh {self.first:.2f} s first, {self.again:.2f} s "
            f"again, scan {self.scan:.3f} s"
        )


def _house() -> tuple[list[Any], Any]:
    """A committee with branches, and somebody of its office."""
    from dangjian.accounts.models import User
    from dangjian.kernel.actor import SystemActor
    from dangjian.org import roles
    from dangjian.org.actions import tree
    from dangjian.org.models import Grant
    from dangjian.org.unscoped import unscoped

    system, since = SystemActor("measurement"), dt.date(2020, 1, 1)
    with unscoped("measurement"):
        top = tree.set_up(actor=system, parent=None, type_code="611", name="测量党委", short_name="测量党委", effective_on=since)
        branches = [
            tree.set_up(
                actor=system, parent=top, type_code="631", name=f"测量{n}支部", short_name=f"测量{n}支部", effective_on=since
            )
            for n in range(BRANCHES)
        ]
        office = User.objects.create(username="office", name="测量", must_change_password=False)
        Grant.objects.create(user=office, organization=top, role=roles.PARTY_OFFICE, starts_on=since, reason="测量")
    return branches, office


def _cases(branches: list[Any], done: int, until: int) -> None:
    """Cases numbered from ``done`` on, of which every second has been discussed; nothing is open yet."""
    from django.db import connection

    from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
    from dangjian.kernel import clock
    from dangjian.org.unscoped import unscoped

    today = clock.today()
    with unscoped("measurement"):
        cases = [
            ProcedureCase(
                track="project",
                procedure="project",
                organization=branches[number % BRANCHES],
                title=f"测量{number}",
                title_sort=f"{number:06}",
                stage="begin",
                stage_on=today,
                started_on=today - dt.timedelta(days=number % 60),
            )
            for number in range(done, until)
        ]
        ProcedureCase.objects.bulk_create(cases, batch_size=2000)
        steps = [
            CaseStep(
                case=case,
                code=code,
                state=StepState.TAKEN,
                place=case.organization,
                opens_on=case.started_on,
                taken_on=case.started_on,
                taken_at=clock.now(),
                outcome="agreed" if code == "discuss" else "",
                version=dt.date(2026, 1, 1),
            )
            for number, case in enumerate(cases)
            for code in (("apply", "discuss") if number % 2 else ("apply",))
        ]
        CaseStep.objects.bulk_create(steps, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _measure(office: Any) -> Measured:
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from dangjian.engines.procedures.actions import deciding, following
    from dangjian.engines.procedures.models import CaseStep, ProcedureCase
    from dangjian.kernel.actor import SystemActor
    from dangjian.org.unscoped import unscoped

    client = Client(SERVER_NAME="localhost")
    client.force_login(office, backend="dangjian.accounts.backends.AccountBackend")
    with unscoped("measurement"):
        first = _seconds(following.refresh)
        again = min(_seconds(following.refresh) for _ in range(3))
        case = ProcedureCase.objects.select_related("organization").get(title="测量0")

    def scan() -> None:
        with connection.cursor() as cursor:
            for model in (ProcedureCase, CaseStep):
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
                cursor.fetchall()

    def step() -> None:
        with unscoped("measurement"):
            deciding.require_deciding(SystemActor("measurement"), case, "discuss")

    listing, listing_sql = _typical(lambda: client.get(reverse("procedures:project")))
    page, page_sql = _typical(lambda: client.get(reverse("procedures:project_case", args=[case.pk])))
    next_step, step_sql = _typical(step)
    return Measured(
        listing, listing_sql, page, page_sql, next_step, step_sql, first, again, min(_seconds(scan) for _ in range(5))
    )


def _typical(act: Callable[[], Any]) -> tuple[float, int]:
    """The median time, and how many statements the last time took."""
    from django.db import connection

    statements: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    act()
    taken = []
    for _ in range(ROUNDS):
        statements.clear()
        with connection.execute_wrapper(count):
            taken.append(_seconds(act))
    return statistics.median(taken), len(statements)


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    answer = act()
    assert getattr(answer, "status_code", 200) == 200, answer
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
