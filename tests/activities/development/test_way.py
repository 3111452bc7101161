"""The way from the application to the archive, and what the membership account, the lists and the helpers read from it."""

import datetime as dt

import pytest

from dangjian.activities.development.models import Applicant, Helper, HelperRole, Stage
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel.errors import Refusal
from dangjian.kernel.rulebook import Period
from dangjian.members.actions import account
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry, Standing
from dangjian.members.queries.account import count
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import CODE, DAYS, House, applicant, begin, filled, take, waiting_for, walk

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

BEGAN = dt.date(2024, 3, 4)


def day(code: str) -> dt.date:
    return BEGAN + dt.timedelta(days=DAYS[code])


def read(one: Applicant) -> Applicant:
    return register(Applicant).select_related("member").get(pk=one.pk)


@pytest.fixture
def house() -> House:
    return House()


def test_from_the_application_to_the_archive(house: House) -> None:
    one = applicant(house.branch)
    case = begin(one, BEGAN)
    for code in list(DAYS)[1:]:
        if code in procedure(CODE).on(day(code)).by_code:
            take(case, code, day(code))
    done = read(one)
    assert (done.stage, done.applied_on, done.activist_on, done.object_on) == (
        Stage.FULL,
        BEGAN,
        day("activist"),
        day("object"),
    )
    assert (done.admitted_on, done.approved_on, done.archived_on) == (day("admission_meeting"), day("approve"), day("archive"))
    case = register(ProcedureCase).get(pk=case.pk)
    assert (case.state, case.ended_on) == (CaseState.FINISHED, day("archive"))
    member = done.member
    assert member is not None
    assert (member.category, member.branch_id, member.name) == (Category.FULL, house.branch.pk, one.name)
    year_after = day("admission_meeting").replace(year=day("admission_meeting").year + 1)
    assert (member.joined_on, member.converted_on) == (day("admission_meeting"), year_after)
    lines = register(MembershipEntry).filter(member=member).order_by("pk").values_list("kind", "effective_on")
    assert list(lines) == [(ChangeKind.ADMITTED, member.joined_on), (ChangeKind.CONVERTED, year_after)]


def test_the_meeting_makes_a_probationary_member_and_a_refusal_takes_it_back(house: House) -> None:
    before = count(house.committee.pk, dt.date(2026, 11, 23))
    case = walk(applicant(house.branch), BEGAN, before="approve")
    assert count(house.committee.pk, day("admission_meeting")) == before + 1
    assert count(house.committee.pk, day("admission_meeting") - dt.timedelta(days=1)) == before
    take(case, "approve", day("approve"), outcome="refused")
    for on in (day("admission_meeting"), day("approve"), dt.date(2026, 11, 23)):
        assert count(house.committee.pk, on) == before
    one = register(Applicant).select_related("member").get(pk=case.subject_id)
    assert one.member is not None
    assert (one.stage, one.member.standing, one.member.joined_on) == (Stage.ENDED, Standing.NOT_ADMITTED, None)


def test_who_moved_before_the_decision_is_taken_back_in_both_branches(house: House) -> None:
    before = count(house.committee.pk, dt.date(2026, 11, 23))
    case = walk(applicant(house.branch), BEGAN, before="approve")
    member = read(Applicant(pk=case.subject_id)).member
    assert member is not None
    other = make.branch(make.general_branch(house.committee))
    moved_on = day("admission_meeting") + dt.timedelta(days=5)
    account.move(actor=make.SYSTEM, members=[member], to=other, effective_on=moved_on)
    case = register(ProcedureCase).select_related("organization").get(pk=case.pk)
    assert case.organization_id == other.pk
    take(case, "approve", day("approve"), outcome="refused")
    for on in (day("admission_meeting"), moved_on, day("approve")):
        assert (count(house.committee.pk, on), count(other.pk, on)) == (before, 0)
    assert read(Applicant(pk=case.subject_id)).stage == Stage.ENDED


def test_who_was_not_approved_may_be_admitted_by_a_later_application(house: House) -> None:
    number = "110101199505040015"
    case = walk(applicant(house.branch, resident_id=number), BEGAN, before="approve")
    take(case, "approve", day("approve"), outcome="refused")
    again = walk(applicant(house.branch, resident_id=number), BEGAN + dt.timedelta(days=300), before="approval_talk")
    member = read(Applicant(pk=again.subject_id)).member
    assert member is not None
    assert (member.standing, register(Member).filter(name=member.name).count()) == (Standing.NORMAL, 1)


def test_a_member_does_not_apply(house: House) -> None:
    member = make.member(house.branch, resident_id="110101199505040015")
    with pytest.raises(Refusal, match="已是正式党员"):
        begin(applicant(house.branch, resident_id=member.resident_id), BEGAN)
    assert not register(ProcedureCase).exists()


@pytest.mark.parametrize(
    ("above", "supply", "kept"),
    [
        ("file_activist", "supply_activist", {"activist", "contacts"}),
        ("object_agree", "supply_object", {"object_discuss"}),
        ("prereview", "supply_prereview", {"committee_check"}),
    ],
)
def test_papers_that_are_missing_are_supplied_and_nothing_is_voted_anew(
    house: House, above: str, supply: str, kept: set[str]
) -> None:
    """The branch supplies them and reports again; what the meeting decided, and what was done meanwhile, stands."""
    began = dt.date(2025, 3, 5)
    case = walk(applicant(house.branch), began, before=above)
    on = began + dt.timedelta(days=DAYS[above])
    if above == "file_activist":
        take(case, "contacts", on)
    opinion = {"opinion": "缺谈话记录"}
    with pytest.raises(Refusal) as refused:
        take(case, above, on, outcome="returned", entry=filled_for(case, above, on) | {"opinion": ""})
    assert "opinion" in refused.value.fields
    take(case, above, on, outcome="returned", entry=filled_for(case, above, on) | opinion)
    assert supply in open_of(case)
    assert above not in open_of(case)
    take(case, supply, on)
    assert above in open_of(case)
    assert supply not in open_of(case)
    take(case, above, on)
    counting = set(register(CaseStep).filter(case=case, state=StepState.TAKEN).values_list("code", flat=True))
    assert {*kept, above} <= counting


def filled_for(case: ProcedureCase, code: str, on: dt.date) -> dict[str, object]:
    step = procedure(CODE).step(code, on)
    assert step is not None
    with at(case.organization):
        return filled(step, case.organization)


def open_of(case: ProcedureCase) -> set[str]:
    return set(register(CaseStep).filter(case=case, state=StepState.OPEN).values_list("code", flat=True))


def test_sent_back_to_the_meeting_the_second_meeting_counts(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="approve")
    take(case, "approve", day("approve"), outcome="returned")
    later = day("approve") + dt.timedelta(days=10)
    take(case, "admission_meeting", later)
    member = register(Applicant).select_related("member").get(pk=case.subject_id).member
    assert member is not None
    assert (member.standing, member.joined_on) == (Standing.NORMAL, later)


def test_a_probation_is_extended_once_and_ends_later(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="conversion_meeting")
    take(case, "conversion_meeting", day("conversion_meeting"), outcome="extended")
    with pytest.raises(Refusal, match="6") as refused:
        take(case, "conversion_approve", day("conversion_approve"), outcome="extended", entry={"months": "3"})
    assert "第三十一条" in refused.value.citation or "2014" in refused.value.citation
    take(case, "conversion_approve", day("conversion_approve"), outcome="extended", entry={"months": "6"})
    one = register(Applicant).select_related("member").get(pk=case.subject_id)
    assert one.member is not None
    ends_on = one.member.probation_extended_to
    assert (one.stage, one.member.category) == (Stage.PROBATIONARY, Category.PROBATIONARY)
    assert ends_on is not None
    again = register(CaseStep).get(case=case, code="conversion_apply", state=StepState.OPEN)
    assert (again.due_on, again.is_late) == (ends_on, False)
    take(case, "conversion_apply", ends_on)
    meeting = register(CaseStep).get(case=case, code="conversion_meeting", state=StepState.OPEN)
    assert (meeting.opens_on, meeting.due_on) == (ends_on, Period(months=1).after(ends_on))
    with pytest.raises(Refusal, match="只能延长一次"):
        take(case, "conversion_meeting", ends_on, outcome="extended")
    take(case, "conversion_meeting", ends_on)
    take(case, "conversion_approve", ends_on + dt.timedelta(days=3))
    one = register(Applicant).select_related("member").get(pk=case.subject_id)
    assert one.member is not None
    assert (one.stage, one.converted_on, one.member.converted_on) == (Stage.FULL, ends_on, ends_on)


def test_a_cancelled_probation_ends_the_membership(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="conversion_meeting")
    take(case, "conversion_meeting", day("conversion_meeting"), outcome="cancelled")
    with pytest.raises(Refusal, match="支部大会的决定"):
        take(case, "conversion_approve", day("conversion_approve"))
    take(case, "conversion_approve", day("conversion_approve"), outcome="cancelled")
    one = register(Applicant).select_related("member").get(pk=case.subject_id)
    assert one.member is not None
    assert (one.stage, one.member.standing) == (Stage.ENDED, Standing.REMOVED)
    last = register(MembershipEntry).filter(member=one.member).order_by("-pk").first()
    found = last.kind, last.effective_on, last.conduct
    assert found == (ChangeKind.PROBATION_CANCELLED, day("conversion_approve"), "political")


def test_contacts_and_sponsors_follow_from_the_case(house: House) -> None:
    case = walk(applicant(house.branch), BEGAN, before="object_discuss")
    with at(house.branch):
        first = list(Helper.objects.filter(applicant=case.subject_id).order_by("pk"))
    assert [(row.role, row.ends_on) for row in first] == [(HelperRole.CONTACT, None)] * 2
    assert {row.member_id for row in first} <= {one.pk for one in house.helpers}
    left, stays = first
    other = next(one for one in house.helpers if one.pk not in {left.member_id, stays.member_id})
    changed_on = BEGAN + dt.timedelta(days=200)
    take(case, "change_contacts", changed_on, entry={"contacts": [stays.member_id, other.pk], "why": "调离"})
    with at(house.branch):
        now = {row.member_id: (row.starts_on, row.ends_on) for row in Helper.objects.filter(applicant=case.subject_id)}
    assert now == {
        left.member_id: (day("contacts"), changed_on),
        stays.member_id: (day("contacts"), None),
        other.pk: (changed_on, None),
    }


def test_under_the_text_of_2026_the_notice_comes_before_the_listing(house: House) -> None:
    case = waiting_for(house.branch, "object")
    with at(house.branch):
        notice = case.steps.get(code="notice")
        listing = case.steps.open().get(code="object")
    assert listing.opens_on >= notice.taken_on + dt.timedelta(days=7)
