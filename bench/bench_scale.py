"""The member list, the duty matrix and the refresh of all duties at once and many times the reference enterprise.

``BENCH_SCALE`` says how many times (60). Pages: median of ten, in this process, by the test client; beside them the number of SQL
statements, and what a page takes when the figures that a wide scope keeps for a minute are worked out anew. Meetings are written
without lists of people (``dangjian demo --light``), which neither page nor duties read.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench import ground

SCALE = int(os.environ.get("BENCH_SCALE", "60"))
PAGES = ("/members/", "/members/?q=春", "/duties/matrix/")
AIM = 1.5


def main() -> None:
    """Measure at ×1 and at ×``SCALE`` and print both with their ratio."""
    found = {scale: _measure(scale) for scale in (1, SCALE)}
    print(f"  {'':34}{'×1':>22}{f'×{SCALE}':>22}   ratio")
    for name in found[1]:
        (small, few, _), (large, many, anew) = found[1][name], found[SCALE][name]
        print(
            f"  {name:34}{small:12.0f} ms {few:4d} SQL{large:12.0f} ms {many:4d} SQL   {large / small:5.2f}   anew {anew:.0f} ms"
        )
    pages = [found[SCALE][name][0] / found[1][name][0] for name in PAGES]
    constant = all(found[1][name][1] >= found[SCALE][name][1] for name in found[1])
    sys.exit(0 if max(pages) <= AIM and constant else 1)


def _measure(scale: int) -> dict[str, tuple[float, int, float]]:
    """Milliseconds and SQL statements of each page and of a refresh, in a process and database of its own."""
    import json
    import subprocess

    answer = subprocess.run(
        [sys.executable, "-m", "bench.bench_scale", str(scale)], check=True, stdout=subprocess.PIPE, text=True, cwd=ground.ROOT
    )
    return {name: (ms, number, anew) for name, (ms, number, anew) in json.loads(answer.stdout.splitlines()[-1]).items()}


def one(scale: int) -> None:
    """Fill a database with ``scale`` enterprises and print the measurements as JSON."""
    import json

    ground.database(f"bench_scale_{scale}")
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from dangjian.accounts.models import User
    from dangjian.engines.duties.actions import refresh
    from dangjian.kernel.actor import SystemActor

    call_command("demo", "--scale", str(scale), "--light")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get(username="dangwei"), backend="dangjian.accounts.backends.AccountBackend")

    def timed(work: Callable[[], Any], rounds: int) -> tuple[float, int, float]:
        work()
        statements = []

        def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            statements.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(count):
            work()
        took = [milliseconds(work) for _ in range(rounds)]
        cache.clear()
        return statistics.median(took), len(statements), milliseconds(work)

    def milliseconds(work: Callable[[], Any]) -> float:
        begun = time.perf_counter()
        work()
        return (time.perf_counter() - begun) * 1000

    def page(address: str) -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            message = f"{address} answered {answer.status_code}"
            raise RuntimeError(message)

    found = {address: timed(lambda address=address: page(address), 10) for address in PAGES}
    found["refresh of all duties"] = timed(lambda: refresh(actor=SystemActor("measurement")), 3)
    print(json.dumps(found))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(int(sys.argv[1]))
    else:
        main()
