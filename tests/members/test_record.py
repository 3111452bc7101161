"""The record: corrections with checks, who looked, numbers in full, dated rows, groups, proposals, accounts."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dangjian.accounts.backends import phone_index
from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions import access, details, groups, proposals, sanctions
from dangjian.members.actions.record import note_view, register, unmask, update_record
from dangjian.members.models import (
    ChangeKind,
    CorrectionProposal,
    Education,
    GroupAssignment,
    JobRecord,
    Member,
    MembershipEntry,
    Sanction,
)
from dangjian.org import roles
from dangjian.org.models import Post
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days

pytestmark = pytest.mark.django_db
SYSTEM = make.SYSTEM
BORN = dt.date(1990, 5, 6)
NUMBER = fictional_resident_id(BORN, 12)


@pytest.fixture(autouse=True)
def whole_scope() -> Iterator[None]:
    with unscoped("tests of actions"):
        yield


def refused(kind: type[Refusal], act: Callable[[], Any]) -> Refusal:
    before = _rows()
    with pytest.raises(kind) as caught:
        act()
    assert _rows() == before
    return caught.value


def _rows() -> list[Any]:
    models = (Member, MembershipEntry, GroupAssignment, Event, CorrectionProposal, Education, JobRecord, Sanction, User, Post)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def keeper(member: Member) -> Any:
    return make.actor(make.post(member.branch, "secretary").user)


class TestUpdate:
    def test_birth_and_sex_follow_from_the_number_and_completeness_grows(self) -> None:
        one = make.member(make.branch(make.committee()))
        before = one.completeness
        changed = update_record(keeper(one), one, resident_id=f" {NUMBER.lower()} ", ethnicity="汉", mobile="138 0000 0000")
        assert set(changed) == {"resident_id", "birth_on", "sex", "ethnicity", "mobile"}
        one = Member.objects.get(pk=one.pk)
        assert (one.resident_id, one.birth_on, one.sex, one.ethnicity, one.mobile) == (NUMBER, BORN, "2", "01", "13800000000")
        assert one.completeness > before
        assert Member.objects.get(resident_id_index__matches=NUMBER) == one

    def test_the_trail_holds_no_full_number(self) -> None:
        one = make.member(make.branch(make.committee()))
        update_record(keeper(one), one, resident_id=NUMBER, current_address="虚构省虚构市星光路8号")
        event = Event.objects.get(verb="members.record_changed")
        assert NUMBER not in str(event.data)
        assert "星光路" not in str(event.data)
        assert event.data["after"]["resident_id"].startswith("990000********")

    def test_a_new_name_is_sorted_and_found_anew(self) -> None:
        one = make.member(make.branch(make.committee()), "虚构甲")
        update_record(keeper(one), one, name="单虚构")
        assert one.name_initials == "sxg"
        assert one.name_sort.startswith("shan")

    def test_every_problem_is_named_at_once(self) -> None:
        one = make.member(make.branch(make.committee()))
        refusal = refused(
            Invalid,
            lambda: update_record(SYSTEM, one, resident_id="990000199005060130", ethnicity="火星", birth_on="90.5.6", name=""),
        )
        assert set(refusal.fields) == {"resident_id", "ethnicity", "birth_on", "name"}

    @pytest.mark.parametrize(
        ("columns", "wrong"),
        [
            ({"resident_id": NUMBER, "birth_on": "1991-05-06"}, "birth_on"),
            ({"resident_id": NUMBER, "sex": "1"}, "sex"),
            ({"birth_on": "2015-01-01"}, "birth_on"),
            ({"joined_on": "2012-07-01"}, "joined_on"),
            ({"work_started_on": "9999-01-01"}, "work_started_on"),
        ],
    )
    def test_what_contradicts_itself_is_refused(self, columns: dict[str, str], wrong: str) -> None:
        one = make.member(make.branch(make.committee()))
        assert set(refused(Invalid, lambda: update_record(SYSTEM, one, **columns)).fields) == {wrong}

    def test_one_person_has_one_record(self) -> None:
        top = make.committee()
        first, second = make.member(make.branch(top), "虚构甲"), make.member(make.branch(top), "虚构乙")
        update_record(SYSTEM, first, resident_id=NUMBER)
        known = refused(Invalid, lambda: update_record(SYSTEM, second, resident_id=NUMBER))
        assert "虚构甲" in known.fields["resident_id"]
        blind = keeper(second)
        unknown = refused(Invalid, lambda: update_record(blind, second, resident_id=NUMBER))
        assert "虚构甲" not in unknown.fields["resident_id"]

    def test_a_date_that_a_line_says_is_not_typed(self) -> None:
        branch = make.branch(make.committee())
        one = register(
            actor=SYSTEM,
            branch=branch,
            kind=ChangeKind.ADMITTED,
            effective_on=dt.date(2026, 5, 1),
            category="2",
            name="虚构新人",
        )
        assert set(refused(Invalid, lambda: update_record(SYSTEM, one, joined_on="2026-04-01")).fields) == {"joined_on"}

    def test_only_keepers_of_the_branch_write(self) -> None:
        top = make.committee()
        one = make.member(make.branch(top), with_user=True)
        stranger, publicity = make.actor(make.post(make.branch(top), "secretary").user), make.post(one.branch, "publicity_member")
        refused(NotFound, lambda: update_record(stranger, one, school="虚构大学"))
        refused(PermissionDenied, lambda: update_record(make.actor(publicity.user), one, school="虚构大学"))
        refused(PermissionDenied, lambda: update_record(make.actor(one.user), one, school="虚构大学"))

    def test_the_sign_in_follows_the_mobile(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True)
        update_record(SYSTEM, one, mobile="13800000000")
        assert User.objects.get(pk=one.user_id).phone_index == phone_index("13800000000")
        other = make.member(one.branch, with_user=True)
        refused(Conflict, lambda: update_record(SYSTEM, other, mobile="13800000000"))


def test_a_new_member_is_registered_with_a_first_line() -> None:
    branch = make.branch(make.committee())
    more = {"kind": ChangeKind.TRANSFERRED_IN, "effective_on": dt.date(2026, 5, 1), "category": "1"}
    one = register(actor=SYSTEM, branch=branch, name="虚构新人", resident_id=NUMBER, joined_on="2012-07-01", **more)
    assert one.entries.get().kind == "transferred_in"
    assert (one.birth_on, one.name_initials, one.joined_on) == (BORN, "xgxr", dt.date(2012, 7, 1))
    refused(Invalid, lambda: register(actor=SYSTEM, branch=branch, name="虚构他人", resident_id=NUMBER, **more))
    refused(Invalid, lambda: register(actor=SYSTEM, branch=branch, **more))
    secretary = keeper(one)
    refused(PermissionDenied, lambda: register(actor=secretary, branch=branch, name="虚构他人", **more))


class TestLooking:
    def test_a_look_is_noted_once_a_day_and_never_ones_own(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True)
        viewer = keeper(one)
        looks = Event.objects.filter(verb="members.viewed", member_id=one.pk)
        note_view(viewer, one)
        note_view(viewer, one)
        assert looks.count() == 1
        with clock.at(f"{in_days(1)} 00:01"):
            note_view(viewer, one)
        assert looks.count() == 2
        own = make.actor(make.post(one.branch, "deputy_secretary", one.user).user)
        note_view(own, one)
        assert looks.count() == 2

    def test_a_full_number_takes_a_purpose_and_is_noted(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True, mobile="13800000000")
        viewer = keeper(one)
        refused(Invalid, lambda: unmask(viewer, one, "mobile", " "))
        refused(Invalid, lambda: unmask(viewer, one, "name", "核对"))
        publicity = make.actor(make.post(one.branch, "publicity_member").user)
        refused(PermissionDenied, lambda: unmask(publicity, one, "mobile", "核对"))
        assert unmask(viewer, one, "mobile", "联系本人") == "13800000000"
        event = Event.objects.get(verb="members.unmasked")
        assert (event.purpose, event.member_id, event.data) == ("联系本人", one.pk, {"column": "mobile"})
        assert unmask(make.actor(one.user), one, "mobile") == "13800000000"


class TestDetails:
    def test_the_highest_education_stands_on_the_record(self) -> None:
        one = make.member(make.branch(make.committee()))
        details.add(actor=SYSTEM, member=one, code="education", level="31", school="虚构学院", major="机械")
        details.add(actor=SYSTEM, member=one, code="education", level="21", school="虚构大学", major="机电")
        details.add(actor=SYSTEM, member=one, code="education", level="61", school="虚构中学")
        one.refresh_from_db()
        assert (one.education, one.school, one.major) == ("21", "虚构大学", "机电")

    def test_a_new_post_at_work_ends_the_last(self) -> None:
        one = make.member(make.branch(make.committee()))
        for title, since in (("操作工", dt.date(2015, 1, 1)), ("班长", dt.date(2020, 1, 1))):
            details.add(actor=SYSTEM, member=one, code="job", unit_name="虚构车间", job_title=title, starts_on=since)
        assert list(one.jobs.values_list("job_title", "ends_on")) == [("操作工", dt.date(2020, 1, 1)), ("班长", None)]
        one.refresh_from_db()
        assert one.job_title == "班长"

    def test_what_a_penalty_must_say(self) -> None:
        one = make.member(make.branch(make.committee(), live_on=dt.date(2026, 3, 1)))
        more = {
            "actor": SYSTEM,
            "member": one,
            "code": "sanction",
            "document": "虚构〔2026〕1号",
            "starts_on": dt.date(2026, 1, 1),
            "entered_why": "启用平台以前的处分",
        }
        assert "ends_on" in refused(Invalid, lambda: details.add(kind="probation_within_party", **more)).fields
        late = {"kind": "probation_within_party", "ends_on": dt.date(2028, 1, 2)}
        assert "ends_on" in refused(Invalid, lambda: details.add(**late, **more)).fields
        assert "kind" in refused(Invalid, lambda: details.add(kind="expulsion", **more)).fields
        row = details.add(kind="probation_within_party", ends_on=dt.date(2027, 1, 1), **more)
        refused(Conflict, lambda: details.remove(actor=SYSTEM, row=row))
        details.end(actor=SYSTEM, row=row, ends_on=dt.date(2026, 10, 1))
        assert Sanction.objects.get().ends_on == dt.date(2026, 10, 1)

    def test_by_hand_only_what_was_decided_before_the_platform_with_the_reason(self) -> None:
        one = make.member(make.branch(make.committee(), live_on=dt.date(2026, 3, 1)))
        more = {"actor": SYSTEM, "member": one, "code": "sanction", "document": "虚构〔2026〕1号"}
        before = {"kind": "warning", "starts_on": dt.date(2026, 2, 28)}
        since = refused(Invalid, lambda: details.add(kind="warning", starts_on=dt.date(2026, 3, 1), entered_why="补", **more))
        assert "党纪处分" in since.fields["starts_on"]
        assert "entered_why" in refused(Invalid, lambda: details.add(**before, **more)).fields
        assert not Sanction.objects.exists()
        assert details.add(**before, entered_why="启用平台以前的处分", **more).pk
        assert details.add(kind="rights_suspended", starts_on=dt.date(2026, 5, 1), **more).pk, "no case leads to it"

    def test_what_a_case_decided_is_changed_there_alone(self) -> None:
        one = make.member(make.branch(make.committee()))
        row = sanctions.impose(actor=SYSTEM, member=one, kind="warning", starts_on=dt.date(2026, 5, 1), case_id=7)
        refused(Conflict, lambda: details.change(actor=SYSTEM, row=row, document="虚构"))
        refused(Conflict, lambda: details.end(actor=SYSTEM, row=row, ends_on=dt.date(2026, 6, 1)))
        sanctions.impose(actor=SYSTEM, member=one, kind="serious_warning", starts_on=dt.date(2026, 5, 2), case_id=7)
        assert one.sanctions.get().kind == "serious_warning", "the case puts right what it wrote"
        sanctions.take_back(actor=SYSTEM, member=one, case_id=7)
        assert not one.sanctions.exists()

    def test_posts_lapse_with_removal_and_probation_and_no_other_penalty(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True)
        post = make.post(one.branch, "publicity_member", one.user)
        for case_id, kind, ends_on in ((1, "warning", None), (2, "removal_from_post", dt.date(2026, 5, 2))):
            sanctions.impose(actor=SYSTEM, member=one, kind=kind, starts_on=dt.date(2026, 5, case_id), case_id=case_id)
            post.refresh_from_db()
            assert post.ends_on == ends_on

    def test_rows_are_changed_and_taken_away(self) -> None:
        one = make.member(make.branch(make.committee()))
        row = details.add(actor=SYSTEM, member=one, code="reward", title="虚构先进", granted_on=dt.date(2026, 1, 1))
        refused(Invalid, lambda: details.change(actor=SYSTEM, row=row, title=""))
        row.refresh_from_db()
        details.change(actor=SYSTEM, row=row, title="虚构标兵")
        assert one.rewards.get().title == "虚构标兵"
        publicity = make.actor(make.post(one.branch, "publicity_member").user)
        refused(PermissionDenied, lambda: details.remove(actor=publicity, row=row))
        details.remove(actor=keeper(one), row=row)
        assert not one.rewards.exists()

    def test_a_secretary_records_rewards_but_no_penalties(self) -> None:
        one = make.member(make.branch(make.committee()))
        secretary = keeper(one)
        details.add(actor=secretary, member=one, code="reward", title="虚构先进", granted_on=dt.date(2026, 1, 1))
        penalty = {"kind": "warning", "starts_on": dt.date(2026, 1, 1), "document": "虚构1号"}
        refused(PermissionDenied, lambda: details.add(actor=secretary, member=one, code="sanction", **penalty))


class TestGroups:
    def test_assignments_follow_each_other(self) -> None:
        branch = make.branch(make.committee())
        first, second, one = make.group(branch), make.group(branch), make.member(branch)
        secretary = keeper(one)
        assert groups.assign(actor=secretary, group=first, members=[one], effective_on=dt.date(2026, 1, 1)) == 1
        assert groups.assign(actor=secretary, group=second, members=[one], effective_on=dt.date(2026, 3, 1)) == 1
        assert groups.assign(actor=secretary, group=second, members=[one], effective_on=dt.date(2026, 4, 1)) == 0
        one.refresh_from_db()
        assert (one.organization, one.branch) == (second, branch)
        assert groups.remove(actor=secretary, members=[one], effective_on=dt.date(2026, 5, 1)) == 1
        one.refresh_from_db()
        assert one.organization == branch
        assert list(one.group_assignments.values_list("organization", "ends_on")) == [
            (first.pk, dt.date(2026, 3, 1)),
            (second.pk, dt.date(2026, 5, 1)),
        ]

    def test_what_is_refused(self) -> None:
        top = make.committee()
        branch = make.branch(top)
        group, one, stranger = make.group(branch), make.member(branch), make.member(make.branch(top))
        day = dt.date(2026, 1, 1)
        refused(Invalid, lambda: groups.assign(actor=SYSTEM, group=group, members=[one, stranger], effective_on=day))
        refused(Invalid, lambda: groups.assign(actor=SYSTEM, group=branch, members=[one], effective_on=day))
        refused(Invalid, lambda: groups.assign(actor=SYSTEM, group=group, members=[], effective_on=day))
        refused(Invalid, lambda: groups.assign(actor=SYSTEM, group=group, members=[one], effective_on=in_days(8)))
        refused(Invalid, lambda: groups.assign(actor=SYSTEM, group=group, members=[one], effective_on=dt.date(2020, 1, 2)))
        outsider = keeper(stranger)
        refused(NotFound, lambda: groups.assign(actor=outsider, group=group, members=[one], effective_on=day))


class TestProposals:
    def test_what_is_accepted_stands_on_the_record(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True)
        own, secretary = make.actor(one.user), keeper(one)
        made = proposals.propose(actor=own, member=one, column="mobile", value="13800000000", note="换号")
        proposals.accept(actor=secretary, proposal=made)
        made.refresh_from_db()
        assert (made.state, made.decided_by_id) == ("accepted", secretary.user_id)
        assert Member.objects.get(pk=one.pk).mobile == "13800000000"
        assert not any("13800000000" in str(event.data) for event in Event.objects.all())
        refused(Conflict, lambda: proposals.accept(actor=secretary, proposal=made))

    def test_what_is_refused_is_answered(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True)
        made = proposals.propose(actor=make.actor(one.user), member=one, column="school", value="虚构大学")
        refused(Invalid, lambda: proposals.refuse(actor=SYSTEM, proposal=made, answer=" "))
        proposals.refuse(actor=SYSTEM, proposal=made, answer="请交毕业证")
        made.refresh_from_db()
        assert (made.state, made.answer, Member.objects.get(pk=one.pk).school) == ("refused", "请交毕业证", "")

    def test_a_stranger_does_not_learn_what_was_decided(self) -> None:
        one, foreign = (make.member(make.branch(make.committee()), with_user=True) for _ in range(2))
        stranger = keeper(foreign)
        made = proposals.propose(actor=make.actor(one.user), member=one, column="school", value="虚构大学")
        deeds = (
            lambda: proposals.accept(actor=stranger, proposal=made),
            lambda: proposals.refuse(actor=stranger, proposal=made, answer="虚构"),
            lambda: proposals.withdraw(actor=stranger, proposal=made),
        )
        for deed in deeds:
            refused(NotFound, deed)
        proposals.withdraw(actor=make.actor(one.user), proposal=made)
        for deed in deeds:
            refused(NotFound, deed)

    def test_only_for_oneself_and_only_what_can_be_right(self) -> None:
        one = make.member(make.branch(make.committee()), with_user=True)
        own, other = make.actor(one.user), make.member(one.branch, with_user=True)
        refused(PermissionDenied, lambda: proposals.propose(actor=own, member=other, column="school", value="虚构大学"))
        refused(Invalid, lambda: proposals.propose(actor=own, member=one, column="standing", value="normal"))
        refused(Invalid, lambda: proposals.propose(actor=own, member=one, column="attendance_eased", value="1"))
        refused(Invalid, lambda: proposals.propose(actor=own, member=one, column="resident_id", value="123"))
        refused(Invalid, lambda: proposals.propose(actor=own, member=one, column="name", value=one.name))
        made = proposals.propose(actor=own, member=one, column="school", value="虚构大学")
        refused(Conflict, lambda: proposals.propose(actor=own, member=one, column="school", value="虚构学院"))
        refused(PermissionDenied, lambda: proposals.withdraw(actor=make.actor(other.user), proposal=made))
        refused(PermissionDenied, lambda: proposals.accept(actor=own, proposal=made))
        proposals.withdraw(actor=own, proposal=made)
        proposals.propose(actor=own, member=one, column="school", value="虚构学院")

    def test_of_many_the_sound_ones_are_accepted(self) -> None:
        branch = make.branch(make.committee())
        one, other = make.member(branch, with_user=True), make.member(branch, with_user=True)
        rows = [
            proposals.propose(actor=make.actor(who.user), member=who, column="resident_id", value=NUMBER) for who in (one, other)
        ]
        number, problems = proposals.accept_many(actor=SYSTEM, proposals=rows)
        assert (number, len(problems)) == (1, 1)
        assert CorrectionProposal.objects.filter(state="open").count() == 1


class TestAccess:
    def test_an_account_is_opened_once(self) -> None:
        one = make.member(make.branch(make.committee()), "虚构甲", mobile="13800000000")
        user, password = access.open_account(actor=keeper(one), member=one)
        assert (user.username, user.must_change_password, user.check_password(password)) == ("xugoujia", True, True)
        assert user.phone_index == phone_index("13800000000")
        assert Member.objects.get(pk=one.pk).user == user
        refused(Conflict, lambda: access.open_account(actor=SYSTEM, member=one))
        namesake = make.member(one.branch, "虚构甲")
        assert access.open_account(actor=SYSTEM, member=namesake)[0].username == "xugoujia2"

    def test_with_a_phone_of_another_account_one_signs_in_by_name(self) -> None:
        one = make.member(make.branch(make.committee()), "虚构甲", mobile="13800000000")
        make.user(phone_index=phone_index("13800000000"))
        user, _password = access.open_account(actor=SYSTEM, member=one)
        assert (user.username, user.phone_index) == ("xugoujia", "")

    def test_two_who_share_a_phone_sign_in_by_name(self) -> None:
        branch = make.branch(make.committee())
        people = [
            make.member(branch, "虚构甲", mobile="13800000000"),
            make.member(branch, "虚构甲", mobile="13800000000"),
            make.member(branch, "虚构乙", mobile="13900000000"),
            make.member(branch, "虚构丙"),
        ]
        opened = access.open_accounts(actor=SYSTEM, member_ids=[one.pk for one in people])
        users = [one.user for one in opened if one.user]
        assert [user.username for user in users] == ["xugoujia", "xugoujia2", "xugouyi", "xugoubing"]
        assert [bool(user.phone_index) for user in users] == [False, False, True, False]
        assert not any(user.has_usable_password() for user in users)
        assert access.open_accounts(actor=SYSTEM, member_ids=[one.pk for one in people]) == []

    def test_an_account_is_linked_by_name(self) -> None:
        one = make.member(make.branch(make.committee()), "虚构甲")
        user = make.user("虚构甲")
        access.link(actor=SYSTEM, member=one, username=f" {user.username} ")
        assert make.actor(user).roles[0].role == roles.MEMBER
        other = make.member(one.branch, "虚构甲")
        refused(Invalid, lambda: access.link(actor=SYSTEM, member=other, username=user.username))

    def test_a_sign_in_name_that_will_not_do_tells_nothing_of_its_owner(self) -> None:
        branch = make.branch(make.committee())
        one = make.member(branch, "虚构甲")
        taken = make.member(branch, "虚构甲", with_user=True).user
        assert taken
        unsuitable = {
            "nobody": "nobody",
            "another": make.user("公冶昆仑").username,
            "off": make.user("虚构甲", is_active=False).username,
            "taken": taken.username,
        }
        told = set()
        for username in unsuitable.values():
            refusal = refused(Invalid, lambda username=username: access.link(actor=SYSTEM, member=one, username=username))
            told.add((refusal.message.replace(username, "…"), refusal.how, str(refusal.fields)))
        assert len(told) == 1
        assert "公冶" not in str(told)

    def test_a_post_brings_an_account(self) -> None:
        branch = make.branch(make.committee())
        one = make.member(branch, "虚构甲")
        made = access.appoint(
            actor=SYSTEM,
            member=one,
            organization=branch,
            kind="secretary",
            starts_on=dt.date(2026, 1, 1),
        )
        assert made.password
        assert make.actor(made.post.user).may("members.edit", branch)
        rival = make.member(branch, "虚构乙")
        refused(
            Conflict,
            lambda: access.appoint(
                actor=SYSTEM,
                member=rival,
                organization=branch,
                kind="secretary",
                starts_on=dt.date(2026, 2, 1),
            ),
        )
