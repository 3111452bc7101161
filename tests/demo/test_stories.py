"""The scenes of all stories are played in the order of their moments, each at its own."""

import datetime as dt
from random import Random

import pytest

from dangjian.demo.stories import play, told
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World, acting
from dangjian.kernel import clock
from dangjian.kernel.errors import PermissionDenied
from dangjian.kernel.registry import offers
from dangjian.org.models import Organization, Post
from tests import make


def test_scenes_are_played_by_their_moments_and_none_of_those_to_come() -> None:
    now, seen = clock.now(), []
    hours = (2, 5, 0, 3, -1)
    play([Scene(now - dt.timedelta(hours=each), lambda: seen.append(now - clock.now())) for each in hours])
    assert seen == [dt.timedelta(hours=each) for each in (5, 3, 2, 0)]
    assert clock.now() == now


@pytest.mark.django_db
def test_what_one_story_draws_changes_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[str, float] = {}
    story = [DemoStory(code, code, lambda _world, random, code=code: _draw(random, code, drawn)) for code in ("a", "b")]
    monkeypatch.setattr("dangjian.demo.stories.offers", lambda _kind: story)
    world = World(clock.now(), [clock.today()], 0, [], [], {}, make.user())
    told(world, "7")
    both = dict(drawn)
    drawn.clear()
    told(world, "7", only={"b"})
    assert drawn == {"b": both["b"]}
    assert both["a"] != both["b"]


def _draw(random: Random, code: str, drawn: dict[str, float]) -> list[Scene]:
    drawn[code] = random.random()
    return []


def test_the_stories_have_codes_of_their_own() -> None:
    codes = [story.code for story in offers(DemoStory)]
    assert "dues" in codes
    assert len(set(codes)) == len(codes)


@pytest.mark.django_db
def test_who_acts_has_the_rights_of_the_moment_in_their_scope() -> None:
    branch, other = make.branch(make.committee()), make.branch(make.committee(name="另一个党委"))
    secretary = make.post(branch)
    today = clock.today()
    with acting(secretary.user, "dues.collect") as actor:
        assert set(Organization.objects.filter(pk__in=[branch.pk, other.pk])) == {branch}
        assert actor.may("dues.collect", branch)
        Post.objects.filter(user=secretary.user).update(ends_on=today)
    with pytest.raises(PermissionDenied), acting(secretary.user, "dues.collect"):
        pass
