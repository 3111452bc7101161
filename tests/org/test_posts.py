"""Posts and terms: who holds what from when, and what is refused without a trace."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.reach import Reach, Scope
from dangjian.org.actions import grants, posts, tree
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Grant, Organization, Post, TermOfBody
from dangjian.org.scope import OutsideScope, ScopeMissing, opened
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _all_rows() -> Any:
    with unscoped("a test looks at everything"):
        yield


@pytest.fixture
def committee() -> Organization:
    return make.committee(name="虚构集团党委")


@pytest.fixture
def branch(committee: Organization) -> Organization:
    return make.branch(make.general_branch(committee))


@pytest.fixture
def office(committee: Organization) -> GrantedActor:
    return make.actor(make.grant(committee, "party_office").user)


def refused(kind: type[Refusal], deed: Callable[[], object]) -> Refusal:
    """The refusal of ``deed``, after checking that nothing was written."""

    def counts() -> tuple[Any, ...]:
        models = (Post, TermOfBody, Grant, Event, Organization)
        return tuple(list(model.objects.order_by("pk").values_list()) for model in models)

    before = counts()
    with pytest.raises(kind) as caught:
        deed()
    assert counts() == before
    return caught.value


def test_only_a_committee_has_standing_members(office: GrantedActor, committee: Organization, branch: Organization) -> None:
    post = {"actor": office, "user": make.user(), "kind": "standing_member", "starts_on": DAY}
    refused(Invalid, lambda: posts.appoint(organization=branch, **post))
    refused(Invalid, lambda: posts.appoint(organization=branch.parent, **post))
    assert str(posts.appoint(organization=committee, **post)) == "常务委员"


def test_an_appointment_gives_the_role_from_its_day(office: GrantedActor, branch: Organization) -> None:
    who = make.user("秦守正")
    post = posts.appoint(actor=office, organization=branch, user=who, kind="secretary", starts_on=DAY, document="虚党〔2026〕1号")
    assert (post.starts_on, post.ends_on, post.document) == (DAY, None, "虚党〔2026〕1号")
    assert make.actor(who).may("org.view", branch)
    event = Event.objects.get(verb="org.appointed")
    assert event.summary == f"秦守正任“{branch}”书记（2026年11月1日起）"
    assert event.organization_id == branch.pk


@pytest.mark.parametrize(("starts_on", "field"), [(dt.date.max, "starts_on"), (dt.date(2019, 12, 31), "starts_on")])
def test_an_appointment_lies_neither_ahead_nor_before_the_branch(
    office: GrantedActor, branch: Organization, starts_on: dt.date, field: str
) -> None:
    who = make.user()
    refusal = refused(
        Invalid, lambda: posts.appoint(actor=office, organization=branch, user=who, kind="secretary", starts_on=starts_on)
    )
    assert field in refusal.fields


def test_there_is_one_secretary_at_a_time(office: GrantedActor, branch: Organization) -> None:
    old = make.post(branch, "secretary", make.user("乔映山"))
    who = make.user()
    refusal = refused(
        Conflict, lambda: posts.appoint(actor=office, organization=branch, user=who, kind="secretary", starts_on=DAY)
    )
    assert "乔映山" in refusal.message
    assert "2026年10月31日为止" in refusal.how
    posts.appoint(actor=office, organization=branch, user=who, kind="secretary", starts_on=DAY, replace=True)
    old.refresh_from_db()
    assert old.ends_on == DAY
    assert [post.user for post in Post.objects.in_effect().filter(organization=branch, kind="secretary")] == [who]


def test_a_past_secretary_is_recorded_beside_the_present_one(office: GrantedActor, branch: Organization) -> None:
    make.post(branch, "secretary")
    Post.objects.filter(organization=branch).update(starts_on=dt.date(2024, 1, 1))
    who = make.user()
    past: dict[str, Any] = {"actor": office, "organization": branch, "user": who, "kind": "secretary"}
    refused(Conflict, lambda: posts.appoint(**past, starts_on=dt.date(2021, 1, 1), ends_on=dt.date(2024, 1, 2)))
    post = posts.appoint(**past, starts_on=dt.date(2021, 1, 1), ends_on=dt.date(2024, 1, 1))
    assert not make.actor(who).may("org.view", branch)
    assert Post.objects.in_effect(dt.date(2023, 12, 31)).get(organization=branch) == post


def test_nobody_holds_the_same_post_twice(office: GrantedActor, branch: Organization) -> None:
    who = make.post(branch, "committee_member").user
    refused(Conflict, lambda: posts.appoint(actor=office, organization=branch, user=who, kind="committee_member", starts_on=DAY))


def test_a_disabled_account_takes_no_post(office: GrantedActor, branch: Organization) -> None:
    who = make.user(is_active=False)
    refused(Invalid, lambda: posts.appoint(actor=office, organization=branch, user=who, kind="secretary", starts_on=DAY))


def test_posts_fit_the_kind_of_organisation(office: GrantedActor, branch: Organization) -> None:
    who, group = make.user(), make.group(branch)
    refused(Invalid, lambda: posts.appoint(actor=office, organization=branch, user=who, kind="group_leader", starts_on=DAY))
    refused(Invalid, lambda: posts.appoint(actor=office, organization=group, user=who, kind="secretary", starts_on=DAY))
    refused(Invalid, lambda: posts.appoint(actor=office, organization=group, user=who, kind="king", starts_on=DAY))


def test_the_branch_names_its_group_leaders_but_no_secretary(branch: Organization) -> None:
    group, who = make.group(branch), make.user()
    secretary = make.actor(make.post(branch, "secretary").user)
    assert posts.appoint(actor=secretary, organization=group, user=who, kind="group_leader", starts_on=DAY).pk
    refused(
        PermissionDenied,
        lambda: posts.appoint(actor=secretary, organization=branch, user=who, kind="deputy_secretary", starts_on=DAY),
    )


def test_a_stranger_does_not_learn_of_the_branch(branch: Organization, committee: Organization) -> None:
    stranger = make.actor(make.post(make.branch(committee), "secretary").user)
    who = make.user()
    refused(NotFound, lambda: posts.appoint(actor=stranger, organization=branch, user=who, kind="secretary", starts_on=DAY))


def test_a_post_ends_with_what_was_delegated_by_it(office: GrantedActor, branch: Organization) -> None:
    post = make.post(branch, "secretary")
    helper = make.user()
    granted = grants.delegate(
        actor=make.actor(post.user), organization=branch, user=helper, role="organisation_member",
        ends_on=in_days(39), reason="外出学习",
    )  # fmt: skip
    assert make.actor(helper).may("org.groups", branch)
    posts.end_post(actor=office, post=post, ends_on=clock.today(), reason="调离")
    granted.refresh_from_db()
    assert granted.ends_on == clock.today()
    assert not make.actor(helper).may("org.groups", branch)
    assert not make.actor(post.user).may("org.view", branch)
    assert Event.objects.filter(verb="org.post_ended").count() == 1


@pytest.mark.parametrize(("ends_on", "reason"), [(dt.date.max, "调离"), (dt.date(2019, 1, 1), "调离"), (DAY, " ")])
def test_an_end_needs_a_possible_day_and_a_reason(
    office: GrantedActor, branch: Organization, ends_on: dt.date, reason: str
) -> None:
    post = make.post(branch, "secretary")
    refused(Invalid, lambda: posts.end_post(actor=office, post=post, ends_on=ends_on, reason=reason))


def test_a_post_ends_once(office: GrantedActor, branch: Organization) -> None:
    post = make.post(branch, "secretary")
    posts.end_post(actor=office, post=post, ends_on=clock.today(), reason="调离")
    refused(Conflict, lambda: posts.end_post(actor=office, post=post, ends_on=clock.today(), reason="调离"))


def test_a_term_ends_by_the_rulebook(office: GrantedActor, branch: Organization, committee: Organization) -> None:
    first = posts.start_term(actor=office, organization=branch, starts_on=dt.date(2023, 6, 1))
    assert (first.number, first.due_on) == (1, dt.date(2026, 6, 1))
    assert posts.start_term(actor=office, organization=committee, starts_on=dt.date(2023, 6, 1)).due_on == dt.date(2028, 6, 1)


def test_a_new_term_ends_the_old_one_and_its_posts(office: GrantedActor, branch: Organization) -> None:
    first = posts.start_term(actor=office, organization=branch, starts_on=dt.date(2023, 6, 1))
    member = posts.appoint(
        actor=office, organization=branch, user=make.user(), kind="committee_member", starts_on=dt.date(2023, 6, 1)
    )
    worker = make.post(branch, "party_worker")
    assert member.term == first
    second = posts.start_term(actor=office, organization=branch, starts_on=dt.date(2026, 7, 1), end_posts=True)
    for row in (first, member, worker):
        row.refresh_from_db()
    assert (second.number, first.ended_on, member.ends_on, worker.ends_on) == (2, second.starts_on, second.starts_on, None)


def test_an_election_brought_forward_needs_the_superiors_paper(office: GrantedActor, branch: Organization) -> None:
    posts.start_term(actor=office, organization=branch, starts_on=dt.date(2024, 6, 1))
    refusal = refused(Invalid, lambda: posts.start_term(actor=office, organization=branch, starts_on=dt.date(2026, 7, 1)))
    assert "document" in refusal.fields
    assert "任期的意见" in refusal.citation
    posts.start_term(actor=office, organization=branch, starts_on=dt.date(2026, 7, 1), document="虚党〔2026〕9号")


def test_an_election_is_brought_forward_a_year_at_most(office: GrantedActor, branch: Organization) -> None:
    posts.start_term(actor=office, organization=branch, starts_on=dt.date(2024, 6, 1))
    refusal = refused(
        Invalid,
        lambda: posts.start_term(actor=office, organization=branch, starts_on=dt.date(2026, 5, 31), document="虚党〔2026〕9号"),
    )
    assert "2026年6月1日" in refusal.message


def test_terms_are_numbered_upwards_and_groups_have_none(office: GrantedActor, branch: Organization) -> None:
    group = make.group(branch)
    posts.start_term(actor=office, organization=branch, starts_on=dt.date(2020, 6, 1), number=4)
    for number in (3, 4):
        refused(
            Invalid,
            lambda number=number: posts.start_term(
                actor=office, organization=branch, starts_on=dt.date(2023, 6, 1), number=number
            ),
        )
    refused(Invalid, lambda: posts.start_term(actor=office, organization=branch, starts_on=dt.date(2020, 6, 1)))
    refused(Invalid, lambda: posts.start_term(actor=office, organization=group, starts_on=DAY))


def test_a_term_is_extended_once_with_a_paper_for_a_year_at_most(office: GrantedActor, branch: Organization) -> None:
    term = posts.start_term(actor=office, organization=branch, starts_on=dt.date(2023, 6, 1))
    paper = "虚党〔2026〕9号"
    no_paper = refused(
        Invalid, lambda: posts.extend_term(actor=office, term=term, extended_to=dt.date(2026, 12, 1), document=" ")
    )
    assert "选举工作条例" in no_paper.citation
    too_far = refused(
        Invalid, lambda: posts.extend_term(actor=office, term=term, extended_to=dt.date(2027, 6, 2), document=paper)
    )
    assert too_far.fields == {"extended_to": "最晚可填2027年6月1日"}
    refused(Invalid, lambda: posts.extend_term(actor=office, term=term, extended_to=term.due_on, document=paper))
    term = posts.extend_term(actor=office, term=term, extended_to=dt.date(2027, 6, 1), document=paper)
    assert term.last_day == dt.date(2027, 6, 1)
    refused(Conflict, lambda: posts.extend_term(actor=office, term=term, extended_to=dt.date(2027, 5, 1), document=paper))


def test_a_term_ends_without_a_successor(office: GrantedActor, branch: Organization) -> None:
    term = posts.start_term(actor=office, organization=branch, starts_on=dt.date(2023, 6, 1))
    refused(Invalid, lambda: posts.end_term(actor=office, term=term, ended_on=clock.today(), reason=""))
    refused(Invalid, lambda: posts.end_term(actor=office, term=term, ended_on=in_days(1), reason="改设"))
    assert posts.end_term(actor=office, term=term, ended_on=clock.today(), reason="改设").ended_on == clock.today()
    refused(Conflict, lambda: posts.end_term(actor=office, term=term, ended_on=clock.today(), reason="改设"))


def test_without_a_scope_posts_cannot_be_read(branch: Organization) -> None:
    from dangjian.org import scope

    token = scope._current.set(None)
    try:
        with pytest.raises(ScopeMissing):
            Post.objects.count()
    finally:
        scope._current.reset(token)


def test_a_post_outside_the_scope_cannot_be_written(branch: Organization, committee: Organization) -> None:
    other, who = make.branch(committee), make.user()
    with opened(Scope.of([Reach(other.path)])), pytest.raises(OutsideScope):
        Post.objects.create(organization=branch, user=who, kind="secretary", starts_on=DAY)
    assert not Post.objects.exists()


def test_a_dissolved_organisation_takes_no_posts(office: GrantedActor, branch: Organization) -> None:
    tree.dissolve(actor=office, organization=branch, effective_on=DAY)
    branch.refresh_from_db()
    who: User = make.user()
    refused(
        Conflict, lambda: posts.appoint(actor=office, organization=branch, user=who, kind="secretary", starts_on=clock.today())
    )


def test_nobody_gives_themselves_a_post_that_carries_more(branch: Organization) -> None:
    worker = make.actor(make.post(branch, "party_worker").user)
    before = Post.objects.count()
    with pytest.raises(PermissionDenied, match="给自己"):
        posts.appoint(actor=worker, organization=branch, user=worker.user, kind="secretary", starts_on=DAY)
    assert Post.objects.count() == before
    posts.appoint(actor=worker, organization=branch, user=make.user(), kind="secretary", starts_on=DAY)


def test_the_old_superior_is_asked_too_when_a_branch_is_moved(committee: Organization, branch: Organization) -> None:
    elsewhere = make.general_branch(committee)
    both = make.grant(branch, "party_office").user
    make.grant(elsewhere, "party_office", both)
    with pytest.raises(NotFound):
        tree.move(actor=make.actor(both), organization=branch, parent=elsewhere, effective_on=DAY)
    branch.refresh_from_db()
    assert not branch.path.startswith(elsewhere.path)


def test_a_switched_off_account_carries_no_role(office: GrantedActor, branch: Organization) -> None:
    office.user.is_active = False
    assert not GrantedActor(office.user).may("org.posts", branch)


def test_a_temporary_branch_has_no_term(office: GrantedActor, committee: Organization) -> None:
    temporary, usual = make.organization("931", committee), make.branch(committee)
    refusal = refused(Conflict, lambda: posts.start_term(actor=office, organization=temporary, starts_on=dt.date(2026, 6, 1)))
    assert "不进行换届" in refusal.message
    assert "第八条" in refusal.citation
    assert posts.start_term(actor=office, organization=usual, starts_on=dt.date(2026, 6, 1)).number == 1
