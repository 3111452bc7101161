"""Transfers by the thousand: a spreadsheet of 1,000 members, a whole unit of 500, and the nightly clocks of a whole group.

The clocks (silence of members, floating members, letters that end, effects of penalties, steps of cases) run over 1,768
members and over 106,080 with as many statements. ``BENCH_MEMBERS`` names another number.
"""

import datetime as dt
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench import ground

FEW, MANY = 1_768, int(os.environ.get("BENCH_MEMBERS", "106080"))
BRANCHES, COMMITTEES = 1_440, 20
SENT, UNIT = 1_000, 500
NIGHT_AIM, SHEET_AIM, UNIT_AIM = 10.0, 60.0, 30.0
CLOCKS = ("contact.", "standing.", "transfers.")
SINCE = dt.date(2020, 1, 1)


def main() -> None:
    """Print what each takes; end with status 1 if one misses its aim."""
    ground.database("bench_transfers")
    branches, office = _tree()
    _members(branches, 0, FEW)
    few = _night()
    print(f"  nightly clocks over {FEW:>7,} members: {few[0]:5.2f} s, {few[1]} SQL", flush=True)
    _members(branches, FEW, MANY)
    many = _night()
    print(
        f"  nightly clocks over {MANY:>7,} members: {many[0]:5.2f} s, {many[1]} SQL (aim < {NIGHT_AIM:g} s, no more SQL)",
        flush=True,
    )
    sheet = _sheet(branches, office)
    unit = _unit(branches)
    met = many[0] < NIGHT_AIM and many[1] <= few[1] and sheet < SHEET_AIM and unit < UNIT_AIM
    sys.exit(0 if met else 1)


def _tree() -> tuple[list[Any], Any]:
    """A group with its branches, and somebody of its party office."""
    from dangjian.accounts.models import User
    from dangjian.kernel.actor import SystemActor
    from dangjian.org import roles
    from dangjian.org.actions import tree, whole_tree
    from dangjian.org.models import Grant, Kind, Organization
    from dangjian.org.unscoped import unscoped

    system = SystemActor("measurement")
    with unscoped("measurement"):
        top = tree.set_up(
            actor=system, parent=None, type_code="611", name="虚构集团党委", short_name="虚构集团党委", effective_on=SINCE
        )
        below = [_founding(number, None, top.pk, "611", f"虚构第{number}党委") for number in range(COMMITTEES)]
        below += [
            _founding(COMMITTEES + number, number % COMMITTEES, None, "631", f"虚构第{number}支部") for number in range(BRANCHES)
        ]
        whole_tree.set_up_many(actor=system, rows=below, batch=1)
        office = User.objects.create(username="office", name="测量", must_change_password=False)
        Grant.objects.create(user=office, organization=top, role=roles.PARTY_OFFICE, starts_on=SINCE, reason="测量")
        Organization.objects.update(live_on=SINCE)
        branches = list(Organization.objects.filter(kind=Kind.BRANCH).select_related("parent").order_by("pk"))
    return branches, office


def _founding(key: int, parent_key: int | None, parent_id: int | None, type_code: str, name: str) -> Any:
    from dangjian.org.actions.whole_tree import Founding

    return Founding(key, parent_key, parent_id, type_code, name, name, SINCE)


def _members(branches: list[Any], begin: int, end: int) -> None:
    """Members numbered from ``begin`` on: nine of ten were spoken with lately, one of a hundred is away."""
    from dangjian.activities.contact.models import Away, ContactNote
    from dangjian.kernel import clock
    from dangjian.kernel.actor import SystemActor
    from dangjian.kernel.bulk import insert_rows
    from dangjian.members.actions import roster
    from dangjian.members.models import ChangeKind, Member
    from dangjian.org.unscoped import unscoped

    today = clock.today()
    with unscoped("measurement"):
        roster.enter_many(
            actor=SystemActor("measurement"),
            rows=_entrants(branches, begin, end),
            kind=ChangeKind.OPENING,
            effective_on=SINCE,
            batch=begin + 1,
        )
        numbers = list(Member.objects.filter(employee_no__gte=_staff(begin)).order_by("pk").values_list("pk", flat=True))
        notes = [{"member_id": pk, "on": today - dt.timedelta(days=pk % 120), "way": "phone"} for pk in numbers if pk % 10]
        insert_rows(ContactNote, notes, made_at=clock.now())
        away = [{"member_id": pk, "since_on": today - dt.timedelta(days=pk % 300)} for pk in numbers if pk % 100 == 0]
        insert_rows(Away, away, direction="other_province", place="外地")
    _analyze()


def _staff(place: int) -> str:
    return f"M{place:08d}"


def _entrants(branches: list[Any], begin: int, end: int) -> Iterator[Any]:
    from dangjian.kernel.identity import fictional_resident_id
    from dangjian.members.actions.roster import Entrant

    for place in range(begin, end):
        born = dt.date(1968, 1, 1) + dt.timedelta(days=place // 1000 * 61)
        number = fictional_resident_id(born, place % 1000, region=f"99{place // 28_000:04d}")
        columns = {
            "name": f"虚构{place}",
            "resident_id": number,
            "employee_no": _staff(place),
            "joined_on": dt.date(1995, 7, 1),
            "converted_on": dt.date(1996, 7, 1),
        }
        yield Entrant(branches[place % len(branches)].pk, "1", columns)


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _night() -> tuple[float, int]:
    """Seconds and statements of what runs every night, the second time: the first one writes what is new."""
    from dangjian.activities.contact.actions.days import follow_days
    from dangjian.engines.duties.actions import refresh
    from dangjian.engines.procedures.actions import following
    from dangjian.kernel.actor import SystemActor
    from dangjian.kernel.registry import offers
    from dangjian.org.duty_offers import DutyRule
    from dangjian.org.unscoped import unscoped

    rules = [rule.code for rule in offers(DutyRule) if rule.code.startswith(CLOCKS)]

    def night() -> None:
        follow_days()
        with unscoped("measurement"):
            following.refresh()
        refresh(actor=SystemActor("measurement"), rules=rules)

    night()
    return _counted(night)


def _sheet(branches: list[Any], office: Any) -> float:
    """Seconds for checking and entering a spreadsheet of members who go to the next branch."""
    from dangjian.activities.transfers.sheets.batch import TRANSFERS
    from dangjian.engines.exchange import actions
    from dangjian.engines.exchange.models import ImportBatch, State
    from dangjian.engines.procedures.models import ProcedureCase
    from dangjian.kernel import spreadsheets
    from dangjian.org.gate import GrantedActor
    from dangjian.org.unscoped import unscoped

    heads = [spreadsheets.Column(head) for head in ("姓名", "员工编码", "所在党支部", "转入党支部", "转接原因")]
    rows = (
        [f"虚构{n}", _staff(n), branches[n % BRANCHES].name, branches[(n + 1) % BRANCHES].name, "工作单位变动"]
        for n in range(SENT)
    )
    content = spreadsheets.write(heads, rows, title="转接名单").getvalue()
    actor, top = GrantedActor(office), branches[0].parent.parent
    begun = time.perf_counter()
    with unscoped("measurement"):
        batch = actions.upload(
            actor=actor, sheet=TRANSFERS, organization=top, file=io.BytesIO(content), file_name="名单.xlsx", answers={}
        )
    actions.check(pk=batch.pk)
    checked = time.perf_counter()
    with unscoped("measurement"):
        batch = ImportBatch.objects.get(pk=batch.pk)
        assert batch.state == State.READY, (batch.state, batch.failure, batch.problem_count)
        assert actions.start_commit(actor=actor, batch=batch)
    entered, number = _counted(lambda: actions.commit(pk=batch.pk))
    with unscoped("measurement"):
        assert ImportBatch.objects.get(pk=batch.pk).state == State.COMMITTED
        assert ProcedureCase.objects.count() == SENT
    seconds = checked - begun + entered
    print(
        f"  spreadsheet of {SENT:,} members: checked {checked - begun:.2f} s, sent {entered:.2f} s ({number} SQL) "
        f"= {seconds:.2f} s (aim < {SHEET_AIM:g} s)",
        flush=True,
    )
    return seconds


def _unit(branches: list[Any]) -> float:
    """Seconds for receiving a whole unit, in one transaction."""
    from dangjian.accounts.models import User
    from dangjian.activities.transfers.actions import units
    from dangjian.engines.procedures.actions import taking
    from dangjian.engines.procedures.models import CaseState, ProcedureCase
    from dangjian.kernel import clock
    from dangjian.kernel.actor import SystemActor
    from dangjian.members.actions import roster
    from dangjian.members.models import ChangeKind, Member
    from dangjian.org.unscoped import unscoped

    system, today = SystemActor("measurement"), clock.today()
    origin, to = branches[-1], branches[-2]
    with unscoped("measurement"):
        roster.enter_many(
            actor=system, rows=_entrants([origin], MANY, MANY + UNIT), kind=ChangeKind.OPENING, effective_on=SINCE, batch=0
        )
        members = list(Member.objects.filter(branch=origin, employee_no__gte=_staff(MANY)))
        for member in members[::2]:
            member.user = User.objects.create(username=member.employee_no, name=member.name)
        Member.objects.bulk_update(members, ["user"], batch_size=500)
        case = units.ask_unit(
            actor=system, organization=origin, way="inside", to=to, members=members, day=today, entry={"why": "structure"}
        )
        taking.take(actor=system, case=case, code="release", day=today, outcome="released")
        case = ProcedureCase.objects.select_related("organization", "other_side").get(pk=case.pk)
        _analyze()
        seconds, number = _counted(lambda: taking.take(actor=system, case=case, code="receive", day=today, outcome="received"))
        assert ProcedureCase.objects.get(pk=case.pk).state == CaseState.FINISHED
        assert Member.objects.filter(pk__in=[one.pk for one in members], branch=to).count() == UNIT
    print(f"  whole unit of {UNIT} members: {seconds:.2f} s in one transaction, {number} SQL (aim < {UNIT_AIM:g} s)", flush=True)
    return seconds


def _counted(act: Callable[[], object]) -> tuple[float, int]:
    """How long it takes, and how many statements."""
    from django.db import connection

    number = 0

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal number
        number += 1
        return execute(sql, *rest)

    begun = time.perf_counter()
    with connection.execute_wrapper(count):
        act()
    return time.perf_counter() - begun, number


if __name__ == "__main__":
    main()
