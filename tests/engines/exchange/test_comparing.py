"""The export of another system is compared with the records, and taken where it is believed."""

import datetime as dt
import io
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import (
    Believed,
    Difference,
    DifferenceKind,
    ImportBatch,
    ImportRow,
    OutsideSystem,
    State,
    SystemKind,
)
from dangjian.kernel.errors import Conflict
from dangjian.members.models import Member
from dangjian.org.gate import admitted
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.members.sheets.people import person, resident_id, sheet

BRANCH = "机电党支部"


def a_system(enterprise: Enterprise, kind: str = SystemKind.NATIONAL, **more: Any) -> OutsideSystem:
    actor = make.actor(enterprise.office)
    more.setdefault("title", "全国党员管理信息系统")
    with admitted(actor, "exchange.keep_systems"):
        return actions.register(actor=actor, organization=enterprise.committee, kind=kind, sheet_code="roster", **more)


def compared(enterprise: Enterprise, system: OutsideSystem, rows: list[dict[str, Any]] | io.BytesIO) -> ImportBatch:
    actor = make.actor(enterprise.office)
    content = sheet(rows) if isinstance(rows, list) else rows
    with admitted(actor, system.sheet.permission):
        batch = actions.upload_comparison(actor=actor, system=system, file=content, file_name="导出.xlsx")
    actions.check(pk=batch.pk)
    return enterprise.again(batch)


def found(batch: ImportBatch) -> set[tuple[int | None, str, str, str]]:
    """Number, kind, column, believed of each difference."""
    with unscoped("test world"):
        return set(Difference.objects.filter(batch=batch).values_list("number", "kind", "column", "believed"))


def taken(enterprise: Enterprise, batch: ImportBatch, *, leave_open: bool = False) -> ImportBatch:
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        assert actions.start_commit(actor=actor, batch=batch, leave_open=leave_open)
    actions.commit(pk=batch.pk)
    return enterprise.again(batch)


def believe(enterprise: Enterprise, batch: ImportBatch, believed: str, **which: Any) -> int:
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        return actions.believe(actor=actor, batch=batch, believed=believed, **which)


def entered(enterprise: Enterprise, *rows: dict[str, Any]) -> None:
    enterprise.commit(enterprise.upload(list(rows)))


def the_member(name: str) -> Member:
    with unscoped("test world"):
        one: Member = Member.objects.select_related("branch").get(name=name)
        return one


def test_rows_are_added_gone_changed_or_alike(enterprise: Enterprise) -> None:
    entered(enterprise, *(person(place, BRANCH) for place in (1, 2, 3)))
    system = a_system(enterprise)
    batch = compared(enterprise, system, [person(1, BRANCH), person(2, "机务党支部", 学历="大专"), person(4, BRANCH)])
    assert (batch.state, batch.failure) == (State.READY, "")
    assert (batch.alike_count, batch.update_count, batch.new_count) == (1, 1, 1)
    assert found(batch) == {
        (3, "changed", "branch", "ask"),
        (3, "changed", "education", "ask"),
        (4, "added", "", "ask"),
        (None, "gone", "", "ask"),
    }


def test_what_they_leave_blank_is_no_change_to_blank(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH), person(2, BRANCH, 学历=None))
    batch = compared(enterprise, a_system(enterprise), [person(1, BRANCH, 学历=None), person(2, BRANCH)])
    assert found(batch) == {(2, "lacking", "education", "ours"), (3, "changed", "education", "theirs")}
    assert believe(enterprise, batch, Believed.THEIRS, kind=DifferenceKind.LACKING) == 0
    taken(enterprise, batch)
    assert the_member("虚构1号").education == the_member("虚构2号").education != ""


def test_only_what_is_believed_is_taken_and_the_rest_stands(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH), person(2, BRANCH))
    system = a_system(enterprise)
    batch = compared(
        enterprise, system, [person(1, BRANCH, 学历="大专", 手机号码="19900009999"), person(2, BRANCH), person(3, BRANCH)]
    )
    with pytest.raises(Conflict, match="3处还没有定以谁为准"):
        taken(enterprise, batch)
    assert believe(enterprise, batch, Believed.THEIRS, column="education") == 1
    before = the_member("虚构1号")
    batch = taken(enterprise, batch, leave_open=True)
    assert (batch.state, batch.failure) == (State.COMMITTED, "")
    after = the_member("虚构1号")
    assert (after.education != before.education, after.mobile) == (True, before.mobile)
    with unscoped("test world"):
        assert not Member.objects.filter(name="虚构3号").exists()
        standing = set(Difference.objects.filter(stands=True).values_list("kind", "column"))
        system.refresh_from_db()
    assert standing == {("changed", "mobile"), ("added", "")}
    assert system.last_in_step_on is not None


def test_added_are_taken_only_if_chosen_and_undoing_restores(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH))
    batch = compared(enterprise, a_system(enterprise), [person(1, BRANCH, 学历="大专"), person(3, BRANCH)])
    believe(enterprise, batch, Believed.THEIRS, kind="added")
    believe(enterprise, batch, Believed.THEIRS, column="education")
    before = the_member("虚构1号").education
    batch = taken(enterprise, batch)
    assert the_member("虚构3号").branch == enterprise.one
    batch = enterprise.undo(batch)
    assert batch.state == State.UNDONE, batch.failure
    assert the_member("虚构1号").education == before
    with unscoped("test world"):
        assert not Member.objects.filter(name="虚构3号").exists()
        assert not Difference.objects.filter(stands=True).exists()


def without_number(place: int, **changes: Any) -> dict[str, Any]:
    return person(place, BRANCH, 公民身份号码=None, 出生日期=dt.date(1980, 3, 7), **changes)


HEADERS = ("姓名", "公民身份号码", "所在党支部", "人员类别", "入党时间", "转正日期", "手机号码", "民族", "学历", "出生日期")


def test_who_is_told_by_name_birth_date_and_branch(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH), person(2, BRANCH))
    batch = compared(enterprise, a_system(enterprise), sheet([without_number(1), without_number(2)], HEADERS))
    # Nothing differs, so that it is finished without a further press.
    assert (batch.state, batch.alike_count, batch.update_count) == (State.COMMITTED, 2, 0), enterprise.problems(batch)
    with unscoped("test world"):
        assert OutsideSystem.objects.get(pk=batch.system_id).last_in_step_on is not None
    assert enterprise.undo(batch).state == State.UNDONE


def test_near_matches_are_for_a_person_to_decide(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH), person(2, BRANCH))
    number = resident_id(1)
    rows = [person(2, BRANCH), person(1, BRANCH, 公民身份号码=resident_id(5))]
    assert number != resident_id(5)
    batch = compared(enterprise, a_system(enterprise), rows)
    assert enterprise.outcomes(batch) == ["alike", "decide"]
    assert (batch.state, batch.decide_count) == (State.READY, 1)
    with pytest.raises(Conflict, match="1行还没有认定"):
        taken(enterprise, batch)
    one = the_member("虚构1号")
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        actions.decide(actor=actor, batch=batch, number=3, record_id=one.pk)
    batch = enterprise.again(batch)
    assert enterprise.outcomes(batch) == ["alike", "update"]
    assert (3, "changed", "resident_id", "ask") in found(batch)
    with admitted(actor, batch.sheet.permission):
        actions.decide(actor=actor, batch=batch, number=3, record_id=0)
    assert enterprise.outcomes(enterprise.again(batch)) == ["alike", "new"]
    assert (None, "gone", "", "ask") in found(batch)


def test_two_rows_about_one_record_are_both_wrong(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH))
    batch = compared(
        enterprise, a_system(enterprise), sheet([person(1, BRANCH, 出生日期=dt.date(1980, 3, 7)), without_number(1)], HEADERS)
    )
    assert enterprise.outcomes(batch) == ["problem", "problem"]
    actor = make.actor(enterprise.office)
    with admitted(actor, batch.sheet.permission):
        actions.leave_out(actor=actor, batch=batch, number=3, out=True)
    batch = enterprise.again(batch)
    assert enterprise.outcomes(batch) == ["alike", "ignored"]
    assert batch.state == State.READY
    with unscoped("test world"):
        assert ImportRow.objects.filter(batch=batch).count() == 2


def test_a_difference_that_has_become_none_is_gone(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH))
    system = a_system(enterprise)
    batch = taken(enterprise, compared(enterprise, system, [person(1, BRANCH, 学历="大专")]), leave_open=True)
    second = compared(enterprise, system, [person(1, BRANCH, 学历="大专")])
    believe(enterprise, second, Believed.THEIRS, column="education")
    with unscoped("test world"):
        assert Difference.objects.filter(batch=batch, stands=True).count() == 1
    taken(enterprise, second)
    with unscoped("test world"):
        assert not Difference.objects.filter(stands=True).exists()
    enterprise.undo(enterprise.again(second))
    with unscoped("test world"):
        assert Difference.objects.filter(batch=batch, stands=True).count() == 1
        assert actions.settle(system=system) == 0
        one = Member.objects.get()
        Member.objects.filter(pk=one.pk).update(education=Difference.objects.get(batch=batch).their_values["education"])
        assert actions.settle(system=system) == 1


def test_whoever_was_over_there_alone_and_has_come_is_no_difference(enterprise: Enterprise) -> None:
    entered(enterprise, person(1, BRANCH))
    system = a_system(enterprise)
    batch = taken(enterprise, compared(enterprise, system, [person(2, BRANCH)]), leave_open=True)
    assert {kind for _number, kind, _column, _believed in found(batch)} == {"added", "gone"}
    with unscoped("test world"):
        assert actions.settle(system=system) == 0
    entered(enterprise, person(2, BRANCH))
    with unscoped("test world"):
        assert actions.settle(system=system) == 1
        Member.objects.filter(name="虚构1号").update(standing="transferred_out")
        assert actions.settle(system=system) == 1
        assert not Difference.objects.filter(stands=True).exists()


ITEMS = {
    "学历": st.sampled_from(["大专", "本科", None]),
    "手机号码": st.sampled_from(["19900000001", "19900007777", None]),
    "民族": st.sampled_from(["汉", "满族", None]),
}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.fixed_dictionaries(ITEMS), min_size=2, max_size=3))
def test_taking_all_then_comparing_again_says_alike_and_undoing_leaves_all_as_it_was(
    enterprise: Enterprise, rows: list[dict[str, Any]]
) -> None:
    with transaction.atomic():
        entered(enterprise, *(person(place, BRANCH) for place in range(1, len(rows) + 1)))
        system = a_system(enterprise)
        theirs = [person(place, BRANCH, **row) for place, row in enumerate(rows, start=1)]
        before = held()
        batch = compared(enterprise, system, theirs)
        believe(enterprise, batch, Believed.THEIRS, kind=DifferenceKind.CHANGED)
        batch = taken(enterprise, batch)
        assert batch.state == State.COMMITTED, batch.failure
        again = compared(enterprise, system, theirs)
        assert {kind for _number, kind, _column, _believed in found(again)} <= {"lacking"}
        assert enterprise.undo(batch).state == State.UNDONE
        assert held() == before
        transaction.set_rollback(True)


def held() -> list[tuple[str, str, str, str]]:
    """What the members' records hold."""
    with unscoped("test world"):
        return [(one.name, one.education, one.mobile, one.ethnicity) for one in Member.objects.order_by("name")]
