"""What a step writes elsewhere: the record of a new member, the account of members, the group; once, and on the right day."""

import datetime as dt
from typing import Any

import pytest

from dangjian.activities.development.actions import quotas
from dangjian.activities.development.models import Applicant
from dangjian.engines.procedures.actions import correcting
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict
from dangjian.members.actions import account
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import DAYS, House, applicant, take, waiting_for, walk

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

BEGAN = dt.date(2024, 3, 4)
NUMBER = "110101199505040015"


@pytest.fixture
def house() -> House:
    return House()


def day(code: str) -> dt.date:
    return BEGAN + dt.timedelta(days=DAYS[code])


def member_of(case: ProcedureCase) -> Member:
    found = register(Applicant).select_related("member__organization").get(pk=case.subject_id).member
    assert found is not None
    return found


def entries(member: Member) -> list[tuple[str, dt.date]]:
    return list(register(MembershipEntry).filter(member=member).order_by("pk").values_list("kind", "effective_on"))


def test_what_was_known_of_the_applicant_is_on_record_of_the_member(house: House) -> None:
    known: dict[str, Any] = {"mobile": "19900000001", "education": "21", "front_line": "01", "job_title": "焊工"}
    one = applicant(house.branch, resident_id=NUMBER, **known)
    case = walk(one, BEGAN, before="admission_meeting")
    take(case, "admission_meeting", day("admission_meeting"))
    member = member_of(case)
    assert {name: getattr(member, name) for name in known} == known
    assert (member.resident_id, member.sex, member.birth_on) == (NUMBER, one.sex, one.birth_on)
    assert (member.applied_on, member.activist_on, member.object_on) == (BEGAN, day("activist"), day("object"))


def test_an_admission_that_somebody_entered_already_is_not_written_twice(house: House) -> None:
    case = walk(applicant(house.branch, resident_id=NUMBER), BEGAN, before="admission_meeting")
    on = day("admission_meeting")
    known = make.member(house.branch, category="2", effective_on=on, joined_on=on, resident_id=NUMBER)
    take(case, "admission_meeting", on)
    assert (member_of(case), len(entries(known))) == (known, 1)


def test_who_was_a_member_once_joins_again(house: House) -> None:
    gone = make.member(house.branch, resident_id=NUMBER)
    with at(house.branch):
        account.leave(actor=make.SYSTEM, member=gone, kind=ChangeKind.EXPELLED, effective_on=dt.date(2020, 3, 2))
    case = walk(applicant(house.branch, resident_id=NUMBER), BEGAN, before="approval_talk")
    assert member_of(case) == gone
    assert entries(gone)[-1] == (ChangeKind.READMITTED, day("admission_meeting"))


def test_a_vote_that_failed_makes_nobody_a_member(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="admission_meeting")
    take(case, "admission_meeting", day("admission_meeting"), outcome="failed")
    assert register(Applicant).get(pk=case.subject_id).member is None
    assert not register(MembershipEntry).filter(effective_on=day("admission_meeting")).exists()


def test_what_the_superior_sends_back_is_taken_back(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="approve")
    member = member_of(case)
    take(case, "approve", day("approve"), outcome="returned")
    member.refresh_from_db()
    assert (member.joined_on, entries(member)[-1][0]) == (None, ChangeKind.ADMITTED)
    assert not register(Member).counted().filter(pk=member.pk).exists()


def test_who_changed_branch_after_their_probation_is_full_from_the_day_after(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="conversion_approve")
    member = member_of(case)
    moved_on = day("conversion_meeting") + dt.timedelta(days=5)
    account.move(actor=make.SYSTEM, members=[member], to=make.branch(house.committee), effective_on=moved_on)
    case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
    take(case, "conversion_approve", day("conversion_approve"))
    assert member_of(case).converted_on == moved_on + dt.timedelta(days=1)


def test_an_extension_counts_from_the_meeting(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="conversion_approve", outcomes={"conversion_meeting": "extended"})
    take(case, "conversion_approve", day("conversion_approve"), outcome="extended", entry={"months": "6"})
    member = member_of(case)
    assert entries(member)[-1] == (ChangeKind.PROBATION_EXTENDED, day("conversion_meeting"))
    assert member.category == Category.PROBATIONARY


def test_the_group_that_was_chosen_and_the_one_that_takes_its_place(house: House) -> None:
    first, second = (make.group(house.branch) for _ in range(2))
    case = walk(applicant(house.branch), BEGAN, before="group")
    row = take(case, "group", day("group"), entry={"group": first.pk})
    assert member_of(case).organization == first
    with clock.at(f"{day('group')} 15:00"):
        row = register(CaseStep).select_related("case__organization", "place").get(pk=row.pk)
        correcting.correct(actor=make.SYSTEM, row=row, day=day("group"), entry={"group": second.pk}, reason="选错了")
    assert member_of(case).organization == second


def test_over_the_plan_nobody_is_put_forward_and_may_be_sent_back(house: House) -> None:
    case = waiting_for(house.branch, "prereview")
    quotas.enter(actor=make.SYSTEM, organization=house.committee, year=2026, places=0, document="虚党〔2026〕1号")
    with pytest.raises(Conflict, match="名额不够") as refused:
        take(case, "prereview", clock.today())
    assert "第三十八条" in refused.value.citation
    assert not register(CaseStep).filter(case=case, code="prereview", state="taken").exists()
    assert take(case, "prereview", clock.today(), outcome="returned").outcome == "returned"
