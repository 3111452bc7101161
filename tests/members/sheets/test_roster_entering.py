"""A roster is entered as a whole, and taken back as a whole."""

import datetime as dt
import io

import pytest

from dangjian.accounts.models import Event
from dangjian.engines.exchange import actions, files
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.kernel.pinyin import sort_key
from dangjian.members.actions.record import update_record
from dangjian.members.models import ChangeKind, Education, GroupAssignment, Member, MembershipEntry
from dangjian.members.queries import completeness
from dangjian.org.gate import admitted
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days
from tests.importing import Enterprise
from tests.members.sheets.people import HEADERS, person, resident_id, sheet

BRANCH = "机电党支部"


def test_entering_opens_records_with_all_that_belongs_to_them(enterprise: Enterprise) -> None:
    probationary = person(2, "机务党支部", 入党时间="2026-05-01", 转正日期=None, 人员类别="预备")
    batch = enterprise.commit(enterprise.upload([person(1, BRANCH), probationary]))
    assert batch.state == State.COMMITTED
    with unscoped("test world"):
        one, two = Member.objects.order_by("name")
        assert (one.name, one.resident_id, one.mobile, one.branch, one.organization) == (
            "虚构1号", resident_id(1), "19900000001", enterprise.one, enterprise.one,
        )  # fmt: skip
        assert (one.sex, one.birth_on, one.ethnicity, one.category) == ("1", dt.date(1980, 3, 7), "01", "1")
        assert one.name_sort == sort_key("虚构1号")
        assert one.completeness == completeness.of_record(one).percent > 0
        assert Member.objects.get(resident_id_index__matches=resident_id(2)) == two
        assert Member.objects.get(mobile_index__matches="19900000001") == one
        assert (two.category, two.converted_on) == ("2", None)
        line = MembershipEntry.objects.get(member=one)
        assert (line.kind, line.sign, line.effective_on, line.organization, line.category, line.batch) == (
            ChangeKind.OPENING, 1, dt.date(2026, 11, 1), enterprise.one, "1", batch.pk,
        )  # fmt: skip
        assert Education.objects.filter(member=one).count() == 1
        event = Event.objects.get(member_id=one.pk)
        assert "虚构1号期初（机电党支部" in event.summary
        assert (event.organization_path, event.data["batch"]) == (enterprise.one.path, batch.pk)
        assert not ImportRow.objects.filter(batch=batch).exists()


def test_entering_as_transferred_in(enterprise: Enterprise) -> None:
    enterprise.commit(enterprise.upload([person(1, BRANCH)], entry_kind=ChangeKind.TRANSFERRED_IN, document="虚党〔2026〕1号"))
    with unscoped("test world"):
        line = MembershipEntry.objects.get()
    assert (line.kind, line.document) == (ChangeKind.TRANSFERRED_IN, "虚党〔2026〕1号")


def test_entering_twice_is_harmless(enterprise: Enterprise) -> None:
    batch = enterprise.commit(enterprise.upload([person(1, BRANCH)]))
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        assert actions.start_commit(actor=actor, batch=batch) is False
    actions.commit(pk=batch.pk)
    with unscoped("test world"):
        assert Member.objects.count() == MembershipEntry.objects.count() == 1


def test_a_roster_with_faults_is_not_entered(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH, 民族="汗族")])
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"), pytest.raises(Conflict):
        actions.start_commit(actor=actor, batch=batch)
    with unscoped("test world"):
        assert not Member.objects.exists()


def test_all_or_nothing_when_somebody_was_registered_meanwhile(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH)])
    make.member(enterprise.two, "虚构2号", resident_id=resident_id(2))
    batch = enterprise.commit(batch)
    assert batch.state == State.FAILED
    assert "一行也没有写入" in batch.failure
    with unscoped("test world"):
        assert Member.objects.count() == 1
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        assert actions.start_check(actor=actor, batch=batch)
    actions.check(pk=batch.pk)
    batch = enterprise.again(batch)
    assert (batch.state, batch.failure) == (State.PROBLEMS, "")
    assert enterprise.outcomes(batch) == ["new", "problem"]


def test_nobody_enters_for_an_uploader_who_has_lost_the_right(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH)], who=enterprise.below, organization=enterprise.first)
    with unscoped("test world"):
        enterprise.below.grants.update(ends_on=clock.today())
    batch = enterprise.commit(batch)
    assert batch.state == State.FAILED
    with unscoped("test world"):
        assert not Member.objects.exists()


def test_updating_changes_what_differs_and_keeps_what_the_roster_leaves_blank(enterprise: Enterprise) -> None:
    known = make.member(enterprise.one, "虚构1号", resident_id=resident_id(1), native_place="虚构省", mobile="19911111111")
    batch = enterprise.commit(enterprise.upload([person(1, BRANCH)]))
    assert (batch.state, batch.update_count) == (State.COMMITTED, 1)
    with unscoped("test world"):
        known.refresh_from_db()
        assert (known.mobile, known.native_place, known.ethnicity) == ("19900000001", "虚构省", "01")
        assert MembershipEntry.objects.filter(member=known).count() == 1


def test_undoing_removes_the_new_and_puts_back_the_changed(enterprise: Enterprise) -> None:
    known = make.member(enterprise.one, "虚构1号", resident_id=resident_id(1), mobile="19911111111")
    batch = enterprise.commit(enterprise.upload([person(1, BRANCH), person(2, BRANCH)]))
    batch = enterprise.undo(batch)
    assert (batch.state, batch.failure) == (State.UNDONE, "")
    with unscoped("test world"):
        assert list(Member.objects.all()) == [known]
        known.refresh_from_db()
        assert (known.mobile, known.ethnicity) == ("19911111111", "")
        assert MembershipEntry.objects.count() == 1
        assert not Education.objects.exists()
        assert not ImportRow.objects.exists()
        assert Event.objects.filter(verb="members.import_undone").count() == 1


@pytest.mark.parametrize("touched", ["record", "account", "other"])
def test_undoing_is_refused_once_somebody_of_the_batch_was_changed(enterprise: Enterprise, touched: str) -> None:
    batch = enterprise.commit(enterprise.upload([person(1, BRANCH), person(2, BRANCH)]))
    with clock.at(f"{in_days(1)} 09:00"), unscoped("test world"):
        one = Member.objects.order_by("name").first()
        if touched == "record":
            update_record(make.SYSTEM, one, native_place="虚构省")
        elif touched == "account":
            one.user = make.user("虚构1号")
            one.save()
        else:
            one.rewards.create(title="虚构先进", granted_on=clock.today())
    batch = enterprise.undo(batch)
    assert batch.state == State.COMMITTED
    assert "虚构1号" in batch.failure
    with unscoped("test world"):
        assert Member.objects.count() == 2


def test_undoing_twice_is_harmless_and_late_is_refused(enterprise: Enterprise) -> None:
    batch = enterprise.undo(enterprise.commit(enterprise.upload([person(1, BRANCH)])))
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        assert actions.start_undo(actor=actor, batch=batch) is False
    other = enterprise.commit(enterprise.upload([person(1, BRANCH)]))
    with clock.at(f"{in_days(53)} 09:00"), admitted(actor, "members.import"), pytest.raises(Conflict, match="30天"):
        actions.start_undo(actor=actor, batch=other)


def test_a_row_is_put_right_and_checked_at_once(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH, 民族="汗族", 手机号码="199")])
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        row = actions.fix_row(actor=actor, batch=batch, number=3, values={"ethnicity": "汉族"})
        assert row.outcome == "problem"
        row = actions.fix_row(actor=actor, batch=batch, number=3, values={"mobile": ""})
        assert row.outcome == "new"
    assert enterprise.again(batch).state == State.READY
    batch = enterprise.commit(batch)
    with unscoped("test world"):
        assert Member.objects.get(name="虚构2号").mobile == ""


def test_putting_one_of_two_namesakes_right_frees_the_other(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH, 公民身份号码=resident_id(1))])
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        actions.leave_out(actor=actor, batch=batch, number=2, out=True)
        assert enterprise.outcomes(batch) == ["ignored", "new"]
        actions.leave_out(actor=actor, batch=batch, number=2, out=False)
        assert enterprise.outcomes(batch) == ["problem", "problem"]
        actions.fix_row(actor=actor, batch=batch, number=2, values={"resident_id": resident_id(5)})
    assert enterprise.outcomes(batch) == ["new", "new"]
    assert enterprise.problems(batch) == {}


def test_all_faulty_rows_are_left_out_at_once(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH), person(2, BRANCH, 民族="汗族")])
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        assert actions.leave_out_wrong(actor=actor, batch=batch) == 1
    batch = enterprise.again(batch)
    assert (batch.state, batch.ignored_count) == (State.READY, 1)
    assert enterprise.commit(batch).state == State.COMMITTED
    with unscoped("test world"):
        assert Member.objects.count() == 1


def test_an_entered_roster_is_not_changed_any_more(enterprise: Enterprise) -> None:
    batch = enterprise.commit(enterprise.upload([person(1, BRANCH)]))
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        with pytest.raises(Conflict):
            actions.fix_row(actor=actor, batch=batch, number=2, values={"name": "别人"})
        with pytest.raises(Conflict):
            actions.discard(actor=actor, batch=batch)


def test_an_unwanted_roster_is_deleted(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH, 民族="汗族")])
    actor = make.actor(enterprise.office)
    with admitted(actor, "members.import"):
        actions.discard(actor=actor, batch=batch)
    with unscoped("test world"):
        assert not ImportBatch.objects.exists()
        assert not ImportRow.objects.exists()
        assert not ImportProblem.objects.exists()


def test_old_rosters_are_cleared_away(enterprise: Enterprise) -> None:
    entered = enterprise.commit(enterprise.upload([person(1, BRANCH)]))
    enterprise.upload([person(2, BRANCH)])
    with unscoped("test world"):
        stuck = ImportBatch.objects.get(state=State.READY)
        ImportBatch.objects.filter(pk=stuck.pk).update(state=State.CHECKING, kept_file="")
    with clock.at(f"{in_days(1)} 09:00"), unscoped("test world"):
        actions.clear_old()
        assert ImportBatch.objects.get(pk=stuck.pk).state == State.FAILED
    with clock.at(f"{in_days(37)} 09:00"), unscoped("test world"):
        actions.clear_old()
        assert list(ImportBatch.objects.all()) == [entered]


def test_nothing_of_a_person_lies_readable_in_the_tables_or_in_the_kept_file(enterprise: Enterprise) -> None:
    batch = enterprise.upload([person(1, BRANCH)])
    with unscoped("test world"):
        stored = str(ImportRow.objects.filter(batch=batch).values_list("payload", flat=True).get())
    assert resident_id(1) not in stored
    assert "虚构1号" not in stored
    name = files.keep(io.BytesIO(b"secret" * 1000))
    assert b"secret" not in (files._folder() / name).read_bytes()
    found = files.fetch(name)
    assert found
    assert found.read() == b"secret" * 1000
    files.drop(name)
    assert files.fetch(name) is None


GROUPED = (*HEADERS, "所在党小组")


def test_people_come_in_with_their_groups_and_go_back(enterprise: Enterprise) -> None:
    group = make.group(enterprise.one, name="第一党小组")
    make.group(enterprise.two, name="第一党小组")
    rows = [person(1, BRANCH, 所在党小组="第一党小组"), person(2, BRANCH, 所在党小组="无"), person(3, BRANCH, 所在党小组=None)]
    batch = enterprise.commit(enterprise.upload(sheet(rows, GROUPED)))
    assert batch.state == State.COMMITTED
    with unscoped("test world"):
        one, two, three = Member.objects.order_by("name")
        assert (one.branch, one.organization, two.organization, three.organization) == (
            enterprise.one, group, enterprise.one, enterprise.one,
        )  # fmt: skip
        [assigned] = GroupAssignment.objects.all()
        assert (assigned.member, assigned.organization, assigned.starts_on) == (one, group, dt.date(2026, 11, 1))
        assert MembershipEntry.objects.get(member=one).organization == enterprise.one
    enterprise.undo(batch)
    with unscoped("test world"):
        assert not Member.objects.exists()
        assert not GroupAssignment.objects.exists()


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("第二党小组", "“机电党支部”没有党小组叫“第二党小组”。现有：第一党小组。"),
        ("机务党支部", "“机电党支部”没有党小组叫“机务党支部”。现有：第一党小组。"),
    ],
)
def test_a_group_that_the_branch_has_not_is_named(enterprise: Enterprise, typed: str, text: str) -> None:
    make.group(enterprise.one, name="第一党小组")
    batch = enterprise.upload(sheet([person(1, BRANCH, 所在党小组=typed)], GROUPED))
    assert enterprise.problems(batch) == {"J2": text}


def test_who_is_on_record_stays_in_their_group(enterprise: Enterprise) -> None:
    group = make.group(enterprise.one, name="第一党小组")
    enterprise.commit(enterprise.upload([person(1, BRANCH)]))
    batch = enterprise.upload(sheet([person(1, BRANCH, 所在党小组="第一党小组")], GROUPED))
    [(cell, text)] = enterprise.problems(batch).items()
    assert (cell, "党小组不随名册改变" in text) == ("J2", True)
    enterprise.commit(batch)
    with unscoped("test world"):
        assert Member.objects.get().organization == enterprise.one
    assert group.pk


def test_a_group_that_was_dissolved_meanwhile_lets_nobody_in(enterprise: Enterprise) -> None:
    group = make.group(enterprise.one, name="第一党小组")
    batch = enterprise.upload(sheet([person(1, BRANCH, 所在党小组="第一党小组")], GROUPED))
    with unscoped("test world"):
        Organization.objects.filter(pk=group.pk).update(dissolved_on=dt.date(2026, 11, 20))
    batch = enterprise.commit(batch)
    assert (batch.state, "党小组已撤销" in batch.failure) == (State.FAILED, True)
    with unscoped("test world"):
        assert not Member.objects.exists()
