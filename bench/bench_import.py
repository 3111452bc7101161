"""How long a roster takes to be checked and entered, beside reading the same file alone with the same reader.

    python -m bench.bench_import            # rosters of 1,768 and 100,000 rows; a tree of 13,500 organisations and its members
    python -m bench.bench_import 5000       # a roster of another number

A group's whole tree comes in by one file; its 106,080 members by two, as a file holds at most a hundred thousand rows.

On the database that ``DATABASE_URL`` names (a PostgreSQL on which databases may be made), else on an SQLite file. Each size runs
in a process of its own, so that its peak of memory is its own. The rows are generated and belong to nobody.
"""

import datetime as dt
import io
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIZES = (1_768, 100_000)
MOST_RATIO = 10.0
MOST_MEMORY = 500
BRANCHES = 72
TREE = 13_500
TREE_ROSTER, TREE_FILES = 106_080, 2
MOST_TREE_SECONDS = 60.0
MOST_TREE_ROSTER_SECONDS = 600.0
STEPS = {"upload": "upload", "check": "check", "commit": "enter"}
WARM_UP = 20
"""Rows of a first import, with which a fresh process loads its code lists and rules."""

PEOPLE_A_DAY = 1000
HEADERS = (
    "姓名", "公民身份号码", "性别", "出生日期", "民族", "籍贯", "学历", "学位", "毕业院校", "专业", "入党时间",
    "转正日期", "工作岗位",
    "从事专业技术职务", "新的社会阶层", "人员类别", "是否农民工", "手机号码", "联系电话", "所在党支部",
    "联合支部单位名称", "档案所在单位",
    "户籍所在地", "现居住地", "失去联系情形", "失去联系日期", "信息完整度",
)  # fmt: skip
TREE_HEADERS = ("党组织全称", "党组织简称", "党组织类别", "上级党组织", "成立日期")
GENERAL_BRANCHES, GROUPS = 14, 137
COMPANY = 1 + GENERAL_BRANCHES + BRANCHES + GROUPS
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "明华建国志强文军秀英晓丽海燕玉兰春梅"


def roster(number: int, begin: int = 0, branches: int = BRANCHES) -> bytes:
    """A roster in the columns of the national export; dates are typed in four ways."""
    from dangjian.kernel import spreadsheets

    columns = [spreadsheets.Column(header) for header in HEADERS]
    rows = (_person(place, branches) for place in range(begin, begin + number))
    return spreadsheets.write(columns, rows, title="党员名册").getvalue()


def tree(number: int) -> bytes:
    """A table of ``number`` organisations in the proportions of the reference enterprise, in no order."""
    from dangjian.kernel import spreadsheets

    columns = [spreadsheets.Column(header) for header in TREE_HEADERS]
    rows = [_unit(place) for place in range(number)]
    random.Random(1).shuffle(rows)  # the same for every run
    return spreadsheets.write(columns, rows, title="党组织表").getvalue()


def branches_of(number: int) -> int:
    """How many branches there are in a tree of ``number`` organisations."""
    whole, rest = divmod(number, COMPANY)
    return whole * BRANCHES + max(0, min(rest - 1 - GENERAL_BRANCHES, BRANCHES))


def _unit(place: int) -> list[str]:
    """The organisation at ``place``: companies one after the other, each with its committee first and its groups last."""
    company, within = divmod(place, COMPANY)
    committee = f"虚构第{company + 1}公司党委"
    branch = within - 1 - GENERAL_BRANCHES
    if within == 0:
        return [f"中共虚构集团第{company + 1}公司委员会", committee, "党委", "虚构集团党委", "2020-01-01"]
    if branch < 0:
        return [name := f"虚构第{company + 1}公司第{within}党总支", name, "党总支", committee, "2020-03-01"]
    if branch < BRANCHES:
        upper = f"虚构第{company + 1}公司第{branch % GENERAL_BRANCHES + 1}党总支"
        return [
            f"中共虚构集团{company + 1}-{branch + 1}支部委员会",
            _branch(company * BRANCHES + branch),
            "党支部",
            upper,
            "20200501",
        ]
    group = branch - BRANCHES
    upper = _branch(company * BRANCHES + group % BRANCHES)
    return [f"第{group // BRANCHES + 1}党小组", f"第{group // BRANCHES + 1}党小组", "641", upper, "2020年6月1日"]


def _branch(place: int) -> str:
    return f"虚构第{place + 1}党支部"


def _person(place: int, branches: int) -> list[str]:
    from dangjian.kernel.identity import fictional_resident_id

    born = dt.date(1968, 1, 1) + dt.timedelta(days=place // PEOPLE_A_DAY * 61 + place % 28)
    sequence = place // 28 % PEOPLE_A_DAY
    joined = born.replace(year=born.year + 24)
    converted = joined.replace(year=joined.year + 1)
    way = ("{0:%Y-%m-%d}", "{0:%Y%m%d}", "{0:%Y年%m月%d日}", "{0:%Y.%m.%d}")[place % 4]
    name = SURNAMES[place % 10] + GIVEN[place % 18] + GIVEN[place // 18 % 18]
    return [
        name, fictional_resident_id(born, sequence, region=f"99{place // 28_000:04d}"),
        "男" if sequence % 2 else "女", way.format(born),
        "汉族", "虚构省星河市", "大学本科毕业", "", "星河理工大学", "机械工程", way.format(joined), way.format(converted), "",
        "工程师", "", "正式党员", "否", f"199{place:08d}", "010-5550000", _branch(place % branches), "",
        "虚构集团人力资源部",
        f"虚构省星河市星光路{place % 300}号", f"虚构省星河市云岭小区{place % 40}栋", "", "", "98%",
    ]  # fmt: skip


def measure(number: int) -> dict[str, float]:
    """Seconds for reading, checking and entering a roster of ``number`` rows, and the peak of memory in megabytes."""
    small, content = _file(f"roster({WARM_UP}, {number})"), _file(f"roster({number})")
    office, committee = _world(BRANCHES)
    from dangjian.members.sheets.roster.sheet import ROSTER

    _import(office, committee, ROSTER, small, WARM_UP)
    alone = _reading_alone(ROSTER, content, number)
    return {"read": alone, **_import(office, committee, ROSTER, content, number), "memory": _memory()}


def measure_tree(number: int) -> dict[str, float]:
    """The same for a tree of ``number`` organisations, and seconds for entering its members (``members`` of them)."""
    small, content = _file(f"tree({WARM_UP})"), _file(f"tree({number})")
    office, committee = _world(0)
    from dangjian.members.sheets.roster.sheet import ROSTER
    from dangjian.org.sheets.tree.sheet import TREE as SHEET

    _import(office, committee, SHEET, small, WARM_UP, undo=True)
    alone = _reading_alone(SHEET, content, number)
    figures = {"read": alone, **_import(office, committee, SHEET, content, number), "memory": _memory()}
    each, branches = TREE_ROSTER // TREE_FILES, branches_of(number)
    seconds = 0.0
    for part in range(TREE_FILES):
        found = _import(office, committee, ROSTER, _file(f"roster({each}, {part * each}, {branches})"), each)
        seconds += sum(found[name] for name in STEPS)
    return {**figures, "roster": seconds, "roster_memory": _memory()}


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _reading_alone(sheet: Any, content: bytes, number: int) -> float:
    from dangjian.engines.exchange.actions.uploading import open_book

    def read() -> None:
        assert sum(1 for _ in open_book(sheet, io.BytesIO(content), "表格.xlsx").sheets[0]) == number

    return min(_timed(read) for _ in range(2))


def _import(office: Any, committee: Any, sheet: Any, content: bytes, number: int, *, undo: bool = False) -> dict[str, float]:
    from dangjian.engines.exchange import actions
    from dangjian.engines.exchange.models import ImportBatch, State
    from dangjian.kernel import clock
    from dangjian.org.gate import GrantedActor
    from dangjian.org.unscoped import unscoped

    actor = GrantedActor(office)
    answers = {"entry_kind": "opening", "effective_on": clock.today(), "existing": "update", "document": ""}
    before = _entered(sheet)
    started = time.perf_counter()
    with unscoped("the measurement works on all organisations"):
        batch = actions.upload(
            actor=actor,
            sheet=sheet,
            organization=committee,
            file=io.BytesIO(content),
            file_name="表格.xlsx",
            answers=answers if sheet.code == "roster" else {},
        )
    uploaded = time.perf_counter()
    actions.check(pk=batch.pk)
    checked = time.perf_counter()
    with unscoped("the measurement works on all organisations"):
        batch = ImportBatch.objects.get(pk=batch.pk)
        assert batch.state == State.READY, (batch.state, batch.failure, batch.problem_count)
        assert actions.start_commit(actor=actor, batch=batch)
    actions.commit(pk=batch.pk)
    ended = time.perf_counter()
    with unscoped("the measurement works on all organisations"):
        batch = ImportBatch.objects.get(pk=batch.pk)
        assert batch.state == State.COMMITTED, (batch.state, batch.failure)
    assert _entered(sheet) == before + number
    if undo:
        with unscoped("the measurement works on all organisations"):
            assert actions.start_undo(actor=actor, batch=batch)
        actions.undo(pk=batch.pk)
        assert _entered(sheet) == before
    return {"upload": uploaded - started, "check": checked - uploaded, "commit": ended - checked}


def _entered(sheet: Any) -> int:
    from dangjian.members.models import MembershipEntry
    from dangjian.org.models import Organization
    from dangjian.org.unscoped import unscoped

    with unscoped("the measurement works on all organisations"):
        return int((MembershipEntry if sheet.code == "roster" else Organization).objects.count())


def _file(call: str) -> bytes:
    """Made in a process of its own: writing a workbook takes memory that is not the import's."""
    path = Path(os.environ["DATA_DIR"]) / "made.xlsx"
    command = [sys.executable, "-c", f"from bench.bench_import import roster, tree; open({str(path)!r}, 'wb').write({call})"]
    subprocess.run(command, check=True)
    return path.read_bytes()


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _world(branches: int) -> tuple[Any, Any]:
    """An empty enterprise with so many branches and somebody of its party office."""
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    from tests import make

    committee = make.committee(name="虚构集团党委")
    for place in range(branches):
        make.branch(committee, name=_branch(place))
    return make.grant(committee, "party_office").user, committee


def _child(kind: str, number: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    figures = measure_tree(number) if kind == "tree" else measure(number)
    from django.db import connection

    database = connection.vendor
    connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(json.dumps({**figures, "database": database}))


def _measured(kind: str, number: int) -> dict[str, Any]:
    """The figures of one import in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="dangjian-bench-") as folder:
        command = [sys.executable, "-m", "bench.bench_import", "--child", kind, str(number)]
        done = subprocess.run(command, env={**os.environ, "DATA_DIR": folder}, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr)
        sys.exit(1)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"work": sum(found[name] for name in STEPS)}


def _said(kind: str, number: int, found: dict[str, Any], aim: str) -> None:
    steps = ", ".join(f"{title} {found[name]:6.2f} s" for name, title in STEPS.items())
    print(
        f"{kind} of {number:>7,} rows on {found['database']}: reading alone {found['read']:6.2f} s; {steps} "
        f"= {found['work']:6.2f} s, {found['work'] / found['read']:4.1f} × reading ({aim}); "
        f"{number / found['work']:,.0f} rows/s; peak {found['memory']:.0f} MB (aim < {MOST_MEMORY})",
        flush=True,
    )


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print one line for each size; end with status 1 if the largest misses its aim."""
    missed = False
    for number in sizes:
        found = _measured("roster", number)
        _said("import", number, found, f"aim at 100,000: ≤ {MOST_RATIO:g}")
        missed = number >= max(SIZES) and (found["work"] / found["read"] > MOST_RATIO or found["memory"] >= MOST_MEMORY)
    if sizes == SIZES:
        missed |= _tree_missed()
    if missed:
        sys.exit(1)


def _tree_missed() -> bool:
    found = _measured("tree", TREE)
    _said("tree", TREE, found, f"aim: ≤ {MOST_TREE_SECONDS:g} s")
    print(
        f"its {TREE_ROSTER:,} members in {TREE_FILES} files: {found['roster']:6.2f} s (aim: ≤ {MOST_TREE_ROSTER_SECONDS:g} s); "
        f"peak {found['roster_memory']:.0f} MB (aim < {MOST_MEMORY})"
    )
    slow = found["work"] > MOST_TREE_SECONDS or found["roster"] > MOST_TREE_ROSTER_SECONDS
    return bool(slow or found["roster_memory"] >= MOST_MEMORY)


if __name__ == "__main__":
    if "--child" in sys.argv:
        _child(sys.argv[-2], int(sys.argv[-1]))
    else:
        main(tuple(int(each) for each in sys.argv[1:]) or SIZES)
