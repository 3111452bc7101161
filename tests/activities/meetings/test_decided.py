"""Meetings that others may name as the decision they rest on: the organisation's own, held, of a kind that decides."""

from dangjian.activities.meetings import decided
from tests.activities.meetings.conftest import World, held


def test_a_meeting_that_was_held_is_found_by_its_title(world: World) -> None:
    meeting = held(world, kinds=["committee_meeting"], title="虚构支委会研究党费")
    found = decided.find(world.branch.pk, "研究党费", 5)
    assert [(one.title, one.held_on, one.url) for one in found] == [
        ("虚构支委会研究党费", meeting.held_on, f"/meetings/{meeting.pk}/")
    ]
    assert decided.named(world.branch.pk, found[0].url) == found[0]
    assert decided.find(world.branch.pk, "别的", 5) == []


def test_others_are_not(world: World) -> None:
    planned = world.call(kinds=["committee_meeting"])
    lecture = held(world, kinds=["party_lecture"])
    assert decided.find(world.branch.pk, "", 5) == []
    assert decided.find(world.other.pk, "", 5) == []
    for meeting in (planned, lecture):
        assert decided.named(world.branch.pk, f"/meetings/{meeting.pk}/") is None
    assert decided.named(world.branch.pk, "/meetings/") is None
    assert decided.named(world.branch.pk, "https://example.org/") is None
