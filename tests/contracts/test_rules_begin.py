"""Questions about a day before a rule begins: always a sentence and a way on, on every page, never an error of the program."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dangjian.accounts.models import User
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import Votes
from dangjian.activities.meetings.election import Ballots, Candidate
from dangjian.activities.meetings.models import Meeting
from dangjian.kernel.errors import Invalid, Refusal
from dangjian.kernel.rulebook import NotInForce, book
from dangjian.members.actions import details
from dangjian.members.models import Sanction
from dangjian.org.actions import posts
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.world import World, build

LAW = sorted((key, entry.validities[0].starts) for key, entry in book().entries.items() if entry.validities[0].starts)
EARLY = dt.date(2016, 5, 20)
"""Before the rules of organisational life, of elections and of penalties."""


@pytest.mark.parametrize(("key", "first"), LAW, ids=[key for key, _ in LAW])
def test_the_day_before_a_rule_begins_is_answered_with_a_sentence_and_a_way_on(key: str, first: dt.date) -> None:
    assert book().on(key, first).citation
    with pytest.raises(NotInForce) as asked:
        book().on(key, first - dt.timedelta(days=1))
    assert isinstance(asked.value, Refusal)
    assert f"自{first.year}年{first.month}月{first.day}日起施行" in asked.value.message
    assert asked.value.how


@pytest.fixture
def world(db: None) -> World:
    return build()


def long_ago(world: World, *kinds: str) -> Meeting:
    """A meeting of 2016, written down now."""
    starts = timezone.make_aware(dt.datetime.combine(EARLY, dt.time(14)))
    planned = actions.plan(
        actor=make.SYSTEM,
        organization=world.branch,
        kinds=list(kinds or ("general_meeting",)),
        title="虚构旧会",
        place="虚构会议室",
        chair=world.member,
        sittings=[actions.SittingPlan(starts, starts + dt.timedelta(hours=1))],
        agenda=[actions.AgendaPlan("虚构议题")],
        audience="chosen",
        member_ids=[world.member.pk],
    )
    return actions.begin(actor=make.SYSTEM, meeting=planned)


def test_a_vote_of_long_ago_is_recorded_with_the_result_by_hand(world: World) -> None:
    with unscoped("test"):
        meeting = long_ago(world)
        with pytest.raises(Invalid) as asked:
            actions.record_decision(actor=make.SYSTEM, meeting=meeting, text="同意", votes=Votes(1))
        assert "passed" in asked.value.fields
        assert actions.record_decision(actor=make.SYSTEM, meeting=meeting, text="同意", votes=Votes(1), passed=True).passed


def test_an_election_of_long_ago_is_pointed_to_another_way(world: World) -> None:
    with unscoped("test"):
        meeting = long_ago(world)
        rest: dict[str, Any] = {
            "title": "书记",
            "seats": 1,
            "ballots": Ballots(1, 1, 1, 0),
            "candidates": [Candidate("虚构甲", 1)],
        }
        with pytest.raises(Invalid) as asked:
            actions.record_election(actor=make.SYSTEM, meeting=meeting, **rest)
        assert "登记决议" in asked.value.how
        assert actions.record_decision(actor=make.SYSTEM, meeting=meeting, text="选举虚构甲为书记", type="other", passed=True)


def test_grades_of_long_ago_know_no_limit(world: World) -> None:
    with unscoped("test"):
        meeting = long_ago(world, "member_appraisal")
        graded = [actions.Appraised(world.member, "excellent")]
        assert actions.record_appraisal(actor=make.SYSTEM, meeting=meeting, results=graded) == 1


def test_a_penalty_of_long_ago_is_taken_over_as_it_was_decided(world: World) -> None:
    rest: dict[str, Any] = {
        "kind": "probation_within_party",
        "starts_on": dt.date(2023, 6, 1),
        "document": "虚构文号",
        "entered_why": "启用平台以前的处分",
    }
    with unscoped("test"):
        world.branch.live_on = world.member.branch.live_on = dt.date(2026, 1, 1)
        world.branch.save()
        with pytest.raises(Invalid) as asked:
            details.add(actor=make.SYSTEM, member=world.member, code="sanction", **rest)
        assert "当时的处分决定" in asked.value.fields["ends_on"]
        details.add(actor=make.SYSTEM, member=world.member, code="sanction", ends_on=dt.date(2025, 6, 1), **rest)
        assert Sanction.objects.get().ends_on == dt.date(2025, 6, 1)


def test_a_term_that_was_due_before_the_rules_is_shown_and_followed_by_a_new_one(world: World) -> None:
    with unscoped("test"):
        posts.start_term(actor=make.SYSTEM, organization=world.branch, starts_on=world.branch.established_on)
        world.branch.terms.update(starts_on=dt.date(2010, 1, 1), due_on=dt.date(2013, 1, 1))
        term = posts.start_term(actor=make.SYSTEM, organization=world.branch, starts_on=dt.date(2026, 11, 1), document="虚构")
    assert term.due_on == dt.date(2029, 11, 1)
    client = _signed_in(world.office)
    assert client.get(reverse("org:detail", args=[world.branch.pk])).status_code == 200


@pytest.mark.parametrize("tab", ["", "people", "agenda", "record"])
def test_the_pages_of_a_meeting_of_long_ago_open(world: World, tab: str) -> None:
    with unscoped("test"):
        meeting = long_ago(world, "general_meeting", "member_appraisal")
    client = _signed_in(world.secretary)
    addresses = [reverse("meetings:detail", args=[meeting.pk]) + f"?tab={tab}"]
    addresses += [
        reverse(f"meetings:{name}", args=[meeting.pk]) for name in ("roll", "appraisal", "decision_new", "election_new")
    ]
    assert {client.get(address).status_code for address in addresses} == {200}
    figures = {"type": "ordinary", "in_favour": "1", "method": "show_of_hands", "text": "同意"}
    preview = client.post(reverse("meetings:decision_preview", args=[meeting.pk]), figures)
    assert "直接选择结果" in preview.content.decode()


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client
