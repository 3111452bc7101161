"""How long the export of another system takes to be compared, beside reading the same file alone with the same reader.

    python -m bench.bench_compare            # 100,000 rows, of which every hundredth differs
    python -m bench.bench_compare 20000      # another number

On the database that ``DATABASE_URL`` names, else on an SQLite file. The rows are generated and belong to nobody.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.bench_import import BRANCHES, HEADERS, _memory, _person, _reading_alone, _world

NUMBER = 100_000
MOST_RATIO = 3.0
MOST_MEMORY = 500


def export(number: int) -> bytes:
    """The export of a system that knows another school of every hundredth person."""
    from dangjian.kernel import spreadsheets

    school = HEADERS.index("毕业院校")
    rows = (_person(place, BRANCHES) for place in range(number))
    changed = ([*row[:school], "虚构理工大学", *row[school + 1 :]] if place % 100 == 0 else row for place, row in enumerate(rows))
    columns = [spreadsheets.Column(header) for header in HEADERS]
    return spreadsheets.write(columns, changed, title="党员名册").getvalue()


def fill(number: int) -> tuple[int, int]:
    """Write the export and fill a database with the records it is about; returns who compares, and where."""
    path = _path()
    command = [
        sys.executable,
        "-c",
        f"from bench.bench_compare import export; open({str(path)!r}, 'wb').write(export({number}))",
    ]
    subprocess.run(command, check=True)
    office, committee = _world(BRANCHES)
    _records(number, committee)
    return office.pk, committee.pk


def measure(number: int, office_pk: int, committee_pk: int) -> dict[str, Any]:
    """Seconds for reading alone and for comparing, statements of the check, and the peak of memory in megabytes."""
    import django

    django.setup()
    from dangjian.accounts.models import User
    from dangjian.engines.exchange import actions
    from dangjian.engines.exchange.models import ImportBatch, State
    from dangjian.members.sheets.roster.sheet import ROSTER
    from dangjian.org.gate import GrantedActor
    from dangjian.org.models import Organization
    from dangjian.org.unscoped import unscoped

    content = _path().read_bytes()
    alone = _reading_alone(ROSTER, content, number)
    with unscoped("the measurement works on all organisations"):
        actor, committee = GrantedActor(User.objects.get(pk=office_pk)), Organization.objects.get(pk=committee_pk)
        system = actions.register(actor=actor, organization=committee, title="虚构系统", kind="national", sheet_code="roster")
        batch = actions.upload_comparison(actor=actor, system=system, file=io.BytesIO(content), file_name="表格.xlsx")
    begun = time.perf_counter()
    with _counted() as statements:
        actions.check(pk=batch.pk)
    seconds = time.perf_counter() - begun
    with unscoped("the measurement works on all organisations"):
        batch = ImportBatch.objects.get(pk=batch.pk)
    assert batch.state == State.READY, (batch.state, batch.failure, batch.problem_count)
    assert (batch.update_count, batch.new_count) == (-(-number // 100), 0), (batch.update_count, batch.new_count)
    return {"read": alone, "compare": seconds, "statements": len(statements), "memory": _memory()}


def _path() -> Path:
    return Path(os.environ["DATA_DIR"]) / "made.xlsx"


@contextmanager
def _counted() -> Iterator[list[str]]:
    """Counts statements."""
    from django.db import connection

    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def _records(number: int, committee: Any) -> None:
    """So many members as the export knows them, with their record alone: no account, which a comparison does not read."""
    from dangjian.engines.exchange.checks import Cells
    from dangjian.engines.exchange.layout import known_headers
    from dangjian.kernel import clock
    from dangjian.kernel.bulk import insert_rows, reserve
    from dangjian.members.actions.roster import Entrant, _Maker
    from dangjian.members.models import Member
    from dangjian.members.sheets.roster.checks import RosterChecker
    from dangjian.members.sheets.roster.sheet import ROSTER
    from dangjian.org.models import Organization
    from dangjian.org.sheet_offers import Upload
    from dangjian.org.unscoped import unscoped
    from tests import make

    known = known_headers(ROSTER)
    answers = {"effective_on": clock.today(), "existing": "update"}
    with unscoped("the measurement works on all organisations"):
        cells = Cells(ROSTER)
        checker = RosterChecker(Upload(0, committee, answers, make.SYSTEM))
        branches = Organization.objects.in_bulk()
        maker = _Maker(clock.now())
        for begin in range(0, number, 5000):
            rows = []
            for place in range(begin, min(begin + 5000, number)):
                raw = {
                    known[header]: value
                    for header, value in zip(HEADERS, _person(place, BRANCHES), strict=True)
                    if value and known.get(header)
                }
                row = cells.read(raw)
                checker.check(row)
                values = dict(row.clean)
                branch, category = values.pop("branch_id"), values.pop("category")
                rows.append((Entrant(branch, category, values), branches[branch]))
            keys = reserve(Member, len(rows))
            insert_rows(Member, [maker.record(pk, *row) for pk, row in zip(keys, rows, strict=True)])


def main(number: int = NUMBER) -> None:
    """Print one line; end with status 1 if it misses its aim."""
    with tempfile.TemporaryDirectory(prefix="dangjian-bench-") as folder:
        command = [sys.executable, "-m", "bench.bench_compare", "--child", str(number)]
        done = subprocess.run(command, env={**os.environ, "DATA_DIR": folder}, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        sys.exit(1)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    ratio = found["compare"] / found["read"]
    print(
        f"compare {number:,} rows on {found['database']}: reading alone {found['read']:.2f} s, "
        f"comparing {found['compare']:.2f} s, "
        f"{ratio:.1f} × reading (aim at 100,000: ≤ {MOST_RATIO:g}); {found['statements']} statements; "
        f"peak {found['memory']:.0f} MB (aim < {MOST_MEMORY})"
    )
    if number >= NUMBER and (ratio > MOST_RATIO or found["memory"] >= MOST_MEMORY):
        sys.exit(1)


def _child(number: int) -> None:
    """Fill a database, and compare in a process of its own: what filling has taken is not the comparison's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    keys = fill(number)
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.close()
    address = (
        f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}" if connection.vendor == "postgresql" else f"sqlite:///{name}"
    )
    command = [sys.executable, "-m", "bench.bench_compare", "--measure", str(number), *map(str, keys)]
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, stdout=subprocess.PIPE, text=True, check=True)
    connection.creation.destroy_test_db(name, verbosity=0)
    print(json.dumps({**json.loads(done.stdout.splitlines()[-1]), "database": connection.vendor}))


if __name__ == "__main__":
    if "--child" in sys.argv:
        _child(int(sys.argv[-1]))
    elif "--measure" in sys.argv:
        print(json.dumps(measure(*map(int, sys.argv[2:]))))
    else:
        main(*(int(each) for each in sys.argv[1:]))
