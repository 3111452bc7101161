"""Helpers of the tests of pages: a browser signed in as somebody, and the form of a new meeting."""

from typing import Any

from django.test import Client

from dangjian.accounts.models import User
from tests.activities.meetings.conftest import World
from tests.days import in_days


def signed_in(user: User | None) -> Client:
    """A browser; of nobody for ``None``."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def as_secretary(world: World) -> Client:
    return signed_in(world.people[0].user)


def as_recorder(world: World) -> Client:
    """Named as recorder, a plain member otherwise."""
    return signed_in(world.people[2].user)


def as_member(world: World) -> Client:
    return signed_in(world.people[3].user)


def as_neighbour(world: World) -> Client:
    return signed_in(world.stranger.user)


def form(world: World, **more: Any) -> dict[str, Any]:
    """What the form of a new meeting sends when little is changed."""
    return {
        "kinds": ["general_meeting"],
        "title": "虚构第四季度党员大会",
        "mode": "onsite",
        "place": "虚构会议室",
        "audience": "members",
        "chair": world.people[0].pk,
        "recorder": world.people[2].pk,
        "s-TOTAL_FORMS": "1",
        "s-INITIAL_FORMS": "0",
        "s-0-on": in_days(1).isoformat(),
        "s-0-starts": "14:00",
        "s-0-ends": "15:30",
        "a-TOTAL_FORMS": "1",
        "a-INITIAL_FORMS": "0",
        "a-0-title": "虚构议题",
        "a-0-type": "study",
        "a-0-speaker_name": "",
        **more,
    }
