"""Events about rows of one kind: what each says of its row is declared once."""

import pytest

from dangjian.accounts.events import EventsOf
from dangjian.members.models import Member
from dangjian.org.models import Organization, Post
from tests import make

pytestmark = pytest.mark.django_db


def test_a_row_with_an_organisation_needs_no_declaration() -> None:
    post: Post = make.post(make.branch(make.committee()))
    event = EventsOf[Post]().record(make.SYSTEM, post, "org.appointed", "任命")
    assert (event.verb, event.summary, event.member_id, event.purpose, event.data) == ("org.appointed", "任命", None, "", {})
    assert (event.organization_id, event.organization_path) == (post.organization_id, post.organization.path)
    assert (event.subject_type, event.subject_id) == ("org.post", post.pk)


def test_what_is_declared_is_asked_of_the_row() -> None:
    branch: Organization = make.branch(make.committee())
    member = make.member(branch, "欧阳立夏")
    notes = EventsOf[Member](
        organization=lambda one: one.branch,
        member_id=lambda one: one.pk,
        subject=lambda one: one.branch,
        words=lambda one, done: f"{one.name}：{done}",
        purpose=lambda one: f"为{one.name}",
        data=lambda one: {"category": one.category, "from": "declared"},
    )
    event = notes.record(make.SYSTEM, member, "members.tried", "试过", data={"from": "call"})
    assert (event.summary, event.purpose, event.member_id) == ("欧阳立夏：试过", "为欧阳立夏", member.pk)
    assert (event.subject_type, event.subject_id) == ("org.organization", branch.pk)
    assert event.data == {"category": member.category, "from": "call"}


def test_a_sentence_that_is_too_long_is_cut() -> None:
    post: Post = make.post(make.branch(make.committee()))
    assert len(EventsOf[Post]().record(make.SYSTEM, post, "org.appointed", "长" * 400).summary) == 300
