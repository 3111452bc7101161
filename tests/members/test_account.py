"""Lines of the membership account: what each change writes, and what is refused without writing anything."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.members import queries
from dangjian.members.actions import account, reorganise, reversing
from dangjian.members.models import ChangeKind, GroupAssignment, Member, MembershipEntry
from dangjian.org import roles
from dangjian.org.models import Organization, OrganizationChange, Post
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db
SYSTEM = make.SYSTEM
DAY = dt.date(2026, 5, 1)


@pytest.fixture(autouse=True)
def whole_scope() -> Any:
    with unscoped("tests of actions"):
        yield


def refused(kind: type[Refusal], act: Callable[[], Any]) -> Refusal:
    """``act`` is refused, and nothing at all was written."""
    before = _rows()
    with pytest.raises(kind) as caught:
        act()
    assert _rows() == before
    return caught.value


def _rows() -> list[Any]:
    models = (Member, MembershipEntry, GroupAssignment, Event, Organization, OrganizationChange, Post)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def test_an_admitted_member_is_probationary_from_that_day() -> None:
    branch = make.branch(make.committee())
    one = Member(name="虚构新人", name_sort="x")
    account.enter(actor=SYSTEM, member=one, branch=branch, kind=ChangeKind.ADMITTED, effective_on=DAY, category="2")
    assert (one.joined_on, one.converted_on, one.category, one.standing) == (DAY, None, "2", "normal")
    assert queries.count(branch.pk, DAY - dt.timedelta(days=1)) == 0
    assert queries.count(branch.pk, DAY) == 1


@pytest.mark.parametrize(
    ("kind", "category", "day", "wrong"),
    [
        (ChangeKind.MOVED_IN, "1", DAY, "kind"),
        (ChangeKind.RESTORED, "1", DAY, "kind"),
        (ChangeKind.ADMITTED, "1", DAY, "category"),
        (ChangeKind.TRANSFERRED_IN, "", DAY, "category"),
        (ChangeKind.TRANSFERRED_IN, "1", dt.date.max, "effective_on"),
        (ChangeKind.TRANSFERRED_IN, "1", dt.date(2019, 12, 31), "effective_on"),
    ],
)
def test_a_wrong_entry_is_refused(kind: ChangeKind, category: str, day: dt.date, wrong: str) -> None:
    branch = make.branch(make.committee())
    new = Member(name="虚构新人", name_sort="x")

    def enter() -> None:
        account.enter(actor=SYSTEM, member=new, branch=branch, kind=kind, effective_on=day, category=category)

    assert wrong in refused(Invalid, enter).fields


def test_nobody_enters_twice_or_into_a_group() -> None:
    branch = make.branch(make.committee())
    one, group = make.member(branch), make.group(branch)
    more = {"kind": ChangeKind.TRANSFERRED_IN, "effective_on": DAY, "category": "1"}
    refused(Conflict, lambda: account.enter(actor=SYSTEM, member=one, branch=branch, **more))
    refused(Invalid, lambda: account.enter(actor=SYSTEM, member=Member(name="虚构", name_sort="x"), branch=group, **more))


def test_a_move_takes_group_and_posts_of_the_old_branch_with_it() -> None:
    top = make.committee()
    old, new = make.branch(top), make.branch(top)
    group, one = make.group(old), make.member(old, with_user=True)
    here, above = make.post(old, "secretary", one.user), make.post(top, "committee_member", one.user)
    GroupAssignment.objects.create(organization=group, member=one, starts_on=dt.date(2026, 1, 1))
    Member.objects.filter(pk=one.pk).update(organization=group)
    assert account.move(actor=SYSTEM, members=[one], to=new, effective_on=DAY, document="虚构〔2026〕1号") == 1
    one.refresh_from_db()
    assert (one.branch, one.organization) == (new, new)
    assert list(one.entries.values_list("kind", "sign", "organization")) == [
        ("opening", 1, old.pk),
        ("moved_out", -1, old.pk),
        ("moved_in", 1, new.pk),
    ]
    assert one.group_assignments.get().ends_on == DAY
    here.refresh_from_db()
    above.refresh_from_db()
    assert (here.ends_on, above.ends_on) == (DAY, None)


def test_a_move_inside_is_no_increase_of_the_committee() -> None:
    top = make.committee()
    old, new = make.branch(top), make.branch(top)
    account.move(actor=SYSTEM, members=[make.member(old)], to=new, effective_on=DAY)
    inside = queries.flow(top.pk, dt.date(2025, 12, 31), DAY)
    assert (inside.opening, inside.increases, inside.decreases, inside.closing) == (1, {}, {}, 1)
    assert queries.flow(old.pk, dt.date(2025, 12, 31), DAY).decreases == {"moved_out": 1}


def test_of_several_all_move_or_none() -> None:
    top = make.committee()
    old, new = make.branch(top), make.branch(top)
    fine, gone = make.member(old), make.member(old)
    account.leave(actor=SYSTEM, member=gone, kind=ChangeKind.DECEASED, effective_on=DAY)
    refused(Conflict, lambda: account.move(actor=SYSTEM, members=[fine, gone], to=new, effective_on=dt.date(2026, 6, 1)))


def test_conversion_waits_for_the_end_of_the_probation() -> None:
    branch = make.branch(make.committee())
    one = make.member(branch, category="2", joined_on=dt.date(2025, 6, 1))
    refusal = refused(Invalid, lambda: account.convert(actor=SYSTEM, member=one, effective_on=dt.date(2026, 5, 31)))
    assert "发展党员工作细则" in refusal.citation
    account.convert(actor=SYSTEM, member=one, effective_on=dt.date(2026, 6, 1))
    assert (one.category, one.converted_on) == ("1", dt.date(2026, 6, 1))
    refused(Conflict, lambda: account.convert(actor=SYSTEM, member=one, effective_on=dt.date(2026, 6, 2)))


def test_the_probation_is_prolonged_once_within_the_rule() -> None:
    branch = make.branch(make.committee())
    one = make.member(branch, category="2", joined_on=dt.date(2025, 6, 1))
    refused(Invalid, lambda: account.extend_probation(actor=SYSTEM, member=one, months=13, effective_on=dt.date(2026, 6, 1)))
    account.extend_probation(actor=SYSTEM, member=one, months=6, effective_on=dt.date(2026, 6, 1))
    assert one.probation_extended_to == dt.date(2026, 12, 1)
    refused(Conflict, lambda: account.extend_probation(actor=SYSTEM, member=one, months=6, effective_on=dt.date(2026, 7, 1)))
    refused(Invalid, lambda: account.convert(actor=SYSTEM, member=one, effective_on=dt.date(2026, 11, 1)))


def test_leaving_ends_groups_and_posts_and_the_role_of_a_member() -> None:
    branch = make.branch(make.committee())
    one = make.member(branch, with_user=True)
    post = make.post(branch, "secretary", one.user)
    make.grant(branch, roles.PARTY_OFFICE, one.user)
    account.leave(actor=SYSTEM, member=one, kind=ChangeKind.EXPELLED, effective_on=DAY)
    post.refresh_from_db()
    assert (one.standing, post.ends_on) == ("removed", DAY)
    assert make.actor(one.user).roles == []
    refused(Conflict, lambda: account.leave(actor=SYSTEM, member=one, kind=ChangeKind.DECEASED, effective_on=dt.date(2026, 6, 1)))


def test_only_probationary_members_lose_their_candidacy() -> None:
    one = make.member(make.branch(make.committee()))
    refused(Invalid, lambda: account.leave(actor=SYSTEM, member=one, kind=ChangeKind.PROBATION_CANCELLED, effective_on=DAY))
    refused(Invalid, lambda: account.leave(actor=SYSTEM, member=one, kind=ChangeKind.MOVED_OUT, effective_on=DAY))


def test_the_expelled_may_not_join_again_for_years() -> None:
    branch = make.branch(make.committee())
    one = make.member(branch)
    account.leave(actor=SYSTEM, member=one, kind=ChangeKind.EXPELLED, effective_on=DAY)
    more = {"actor": SYSTEM, "member": one, "branch": branch, "kind": ChangeKind.READMITTED, "category": "2"}
    refusal = refused(Invalid, lambda: account.enter(effective_on=dt.date(2026, 11, 1), **more))
    assert "纪律处分条例" in refusal.citation
    refused(Invalid, lambda: account.enter(effective_on=dt.date(2026, 11, 1), **{**more, "kind": ChangeKind.TRANSFERRED_IN}))


def test_a_reversed_move_leads_back_and_may_be_recorded_anew_for_the_same_day() -> None:
    top = make.committee()
    old, wrong, right = make.branch(top), make.branch(top), make.branch(top)
    group, one = make.group(old), make.member(old)
    GroupAssignment.objects.create(organization=group, member=one, starts_on=dt.date(2026, 1, 1))
    Member.objects.filter(pk=one.pk).update(organization=group)
    account.move(actor=SYSTEM, members=[one], to=wrong, effective_on=DAY)
    entry = one.entries.get(kind="moved_in")
    refused(Invalid, lambda: reversing.reverse(actor=SYSTEM, entry=entry, reason=" "))
    refused(Conflict, lambda: reversing.reverse(actor=SYSTEM, entry=one.entries.get(kind="opening"), reason="录错了"))
    reversing.reverse(actor=SYSTEM, entry=entry, reason="支部选错了")
    one.refresh_from_db()
    assert (one.branch, one.organization) == (old, group)
    assert (queries.count(old.pk, DAY), queries.count(wrong.pk, DAY)) == (1, 0)
    account.move(actor=SYSTEM, members=[one], to=right, effective_on=DAY)
    assert (queries.count(wrong.pk, DAY), queries.count(right.pk, DAY)) == (0, 1)
    assert queries.flow(wrong.pk, dt.date(2025, 12, 31), DAY).balances


def test_the_first_entry_and_a_way_into_a_dissolved_branch_are_not_reversed() -> None:
    top = make.committee()
    old, new = make.branch(top), make.branch(top)
    one = make.member(old)
    refused(Conflict, lambda: reversing.reverse(actor=SYSTEM, entry=one.entries.get(), reason="录错了"))
    reorganise.merge(actor=SYSTEM, organization=old, into=new, effective_on=DAY)
    refused(Conflict, lambda: reversing.reverse(actor=SYSTEM, entry=one.entries.get(kind="moved_in"), reason="录错了"))


def test_a_branch_with_later_lines_is_not_dissolved_before_them() -> None:
    top = make.committee()
    old, new = make.branch(top), make.branch(top)
    one = make.member(old, effective_on=dt.date(2026, 3, 1))
    account.move(actor=SYSTEM, members=[one], to=new, effective_on=DAY)
    refused(Conflict, lambda: reorganise.tree.dissolve(actor=SYSTEM, organization=old, effective_on=dt.date(2026, 2, 1)))
    reorganise.tree.dissolve(actor=SYSTEM, organization=old, effective_on=DAY)


def test_merge_and_split_move_members_and_leave_the_past() -> None:
    top = make.committee()
    one, other = make.branch(top), make.branch(top)
    make.group(one)
    members = [make.member(one) for _ in range(3)]
    stays = make.member(one)
    made = reorganise.split(
        actor=SYSTEM, organization=one, members=members, name="虚构三支部", short_name="三支部", effective_on=DAY
    )
    assert (queries.count(one.pk, DAY), queries.count(made.pk, DAY)) == (1, 3)
    assert one.changes.filter(kind="split", other=made).exists()
    reorganise.merge(actor=SYSTEM, organization=one, into=other, effective_on=dt.date(2026, 6, 1))
    stays.refresh_from_db()
    assert stays.branch == other
    assert queries.count(one.pk, dt.date(2026, 5, 31)) == 1
    assert queries.count(top.pk, dt.date(2026, 6, 1)) == 4


def test_merge_and_split_refuse_what_cannot_be() -> None:
    top = make.committee()
    one, other = make.branch(top), make.branch(top)
    stranger = make.member(other)
    refused(Invalid, lambda: reorganise.merge(actor=SYSTEM, organization=one, into=one, effective_on=DAY))
    refused(Invalid, lambda: reorganise.merge(actor=SYSTEM, organization=one, into=top, effective_on=DAY))
    name = {"name": "虚构新支部", "short_name": "新支部", "effective_on": DAY}
    refused(Invalid, lambda: reorganise.split(actor=SYSTEM, organization=one, members=[stranger], **name))
    refused(Invalid, lambda: reorganise.split(actor=SYSTEM, organization=one, members=[], **name))


def test_who_may_change_the_account() -> None:
    top = make.committee()
    one, other = make.branch(top), make.branch(top)
    moved = make.member(one)
    secretary = make.actor(make.post(one, "secretary").user)
    stranger = make.actor(make.post(other, "party_worker").user)
    office = make.actor(make.grant(top, roles.PARTY_OFFICE).user)
    refused(PermissionDenied, lambda: account.leave(actor=secretary, member=moved, kind=ChangeKind.DECEASED, effective_on=DAY))
    refused(NotFound, lambda: account.leave(actor=stranger, member=moved, kind=ChangeKind.DECEASED, effective_on=DAY))
    refused(NotFound, lambda: account.move(actor=stranger, members=[moved], to=other, effective_on=DAY))
    account.move(actor=office, members=[moved], to=other, effective_on=DAY)
