"""How long a roster takes to be checked and entered, beside reading the same file alone with the same reader.

    python -m bench.bench_import            # 1,768 and 100,000 rows
    python -m bench.bench_import 5000       # another number

On the database that ``DATABASE_URL`` names (a PostgreSQL on which databases may be made), else on an SQLite file. Each size runs
in a process of its own, so that its peak of memory is its own. The rows are generated and belong to nobody.
"""

import datetime as dt
import io
import json
import os
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
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "明华建国志强文军秀英晓丽海燕玉兰春梅"


def roster(number: int, begin: int = 0) -> bytes:
    """A roster in the columns of the national export; dates are typed in four ways."""
    from dangjian.kernel import spreadsheets

    columns = [spreadsheets.Column(header) for header in HEADERS]
    return spreadsheets.write(columns, (_person(place) for place in range(begin, begin + number)), title="党员名册").getvalue()


def _person(place: int) -> list[str]:
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
        "工程师", "", "正式党员", "否", f"199{place:08d}", "010-5550000", f"虚构第{place % BRANCHES + 1}党支部", "",
        "虚构集团人力资源部",
        f"虚构省星河市星光路{place % 300}号", f"虚构省星河市云岭小区{place % 40}栋", "", "", "98%",
    ]  # fmt: skip


def measure(number: int) -> dict[str, float]:
    """Seconds for reading, checking and entering ``number`` rows, and the peak of memory in megabytes."""
    small, content = _file(WARM_UP, begin=number), _file(number)
    office, committee = _world()
    _import(office, committee, small, WARM_UP)
    from dangjian.engines.exchange.actions.uploading import open_table
    from dangjian.engines.exchange.roster.sheet import ROSTER

    def read() -> None:
        assert sum(1 for _ in open_table(ROSTER, io.BytesIO(content), "名册.xlsx")) == number

    alone = min(_timed(read) for _ in range(2))
    figures = _import(office, committee, content, number)
    return {"read": alone, **figures, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _import(office: Any, committee: Any, content: bytes, number: int) -> dict[str, float]:
    from dangjian.engines.exchange import actions
    from dangjian.engines.exchange.models import ImportBatch, State
    from dangjian.engines.exchange.roster.sheet import ROSTER
    from dangjian.kernel import clock
    from dangjian.members.models import MembershipEntry
    from dangjian.org.gate import GrantedActor
    from dangjian.org.scope import everything

    actor = GrantedActor(office)
    answers = {"entry_kind": "opening", "effective_on": clock.today(), "existing": "update", "document": ""}
    started = time.perf_counter()
    with everything("the measurement works on all organisations"):
        batch = actions.upload(
            actor=actor, sheet=ROSTER, organization=committee, file=io.BytesIO(content), file_name="名册.xlsx", answers=answers
        )
    uploaded = time.perf_counter()
    actions.check(pk=batch.pk)
    checked = time.perf_counter()
    with everything("the measurement works on all organisations"):
        batch = ImportBatch.objects.get(pk=batch.pk)
        assert batch.state == State.READY, (batch.state, batch.failure, batch.problem_count)
        assert actions.start_commit(actor=actor, batch=batch)
    actions.commit(pk=batch.pk)
    ended = time.perf_counter()
    with everything("the measurement works on all organisations"):
        batch = ImportBatch.objects.get(pk=batch.pk)
        assert batch.state == State.COMMITTED, (batch.state, batch.failure)
        assert MembershipEntry.objects.filter(batch=batch.pk).count() == number
    return {"upload": uploaded - started, "check": checked - uploaded, "commit": ended - checked}


def _file(number: int, begin: int = 0) -> bytes:
    """Made in a process of its own: writing a workbook takes memory that is not the import's."""
    path = Path(os.environ["DATA_DIR"]) / "roster.xlsx"
    command = [
        sys.executable,
        "-c",
        f"from bench.bench_import import roster; open({str(path)!r}, 'wb').write(roster({number}, {begin}))",
    ]
    subprocess.run(command, check=True)
    return path.read_bytes()


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _world() -> tuple[Any, Any]:
    """An empty enterprise with ``BRANCHES`` branches and somebody of its party office."""
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    from django.db import connection

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    from tests import make

    committee = make.committee(name="虚构集团党委")
    for place in range(BRANCHES):
        make.branch(committee, name=f"虚构第{place + 1}党支部")
    return make.grant(committee, "party_office").user, committee


def _child(number: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    figures = measure(number)
    from django.db import connection

    database = connection.vendor
    connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(json.dumps({**figures, "database": database}))


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Print one line for each size; end with status 1 if the largest misses its aim."""
    missed = False
    for number in sizes:
        with tempfile.TemporaryDirectory(prefix="dangjian-bench-") as folder:
            command = [sys.executable, "-m", "bench.bench_import", "--child", str(number)]
            done = subprocess.run(command, env={**os.environ, "DATA_DIR": folder}, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr)
            sys.exit(1)
        found = json.loads(done.stdout.splitlines()[-1])
        work = found["upload"] + found["check"] + found["commit"]
        ratio = work / found["read"]
        print(
            f"import of {number:>7,} rows on {found['database']}: reading alone {found['read']:6.2f} s; "
            f"upload {found['upload']:6.2f} s, "
            f"check {found['check']:6.2f} s, enter {found['commit']:6.2f} s = {work:6.2f} s, {ratio:4.1f} × reading "
            f"(aim at 100,000: ≤ {MOST_RATIO:g}); {number / work:,.0f} rows/s; "
            f"peak {found['memory']:.0f} MB (aim < {MOST_MEMORY})"
        )
        missed = number >= max(SIZES) and (ratio > MOST_RATIO or found["memory"] >= MOST_MEMORY)
    if missed:
        sys.exit(1)


if __name__ == "__main__":
    if "--child" in sys.argv:
        _child(int(sys.argv[-1]))
    else:
        main(tuple(int(each) for each in sys.argv[1:]) or SIZES)
