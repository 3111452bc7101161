"""Whoever saves second at a form that overwrites is shown both texts and chooses; nobody's text is covered unseen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel.editing import SEEN, EditForm
from dangjian.kernel.gate import PUBLIC, SIGNED_IN
from dangjian.org.gate import GrantedActor
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import Example, examples
from tests.contracts.forms import form_with
from tests.contracts.routes import Route, routes
from tests.contracts.world import World, build

EXAMPLES = examples()
ROUTES = {route.name: route for route in routes() if not route.is_api}
EDITORS: dict[str, tuple[str, str, str]] = {
    "accounts:contact": ("email", "first@example.com", "second@example.com"),
    "annual:question_change": ("title", "第一个名称", "第二个名称"),
    "development:quota_enter": ("document", "第一号", "第二号"),
    "development:quota_hand_down": ("document", "第一号", "第二号"),
    "exchange:row": ("c-name", "甲党员一", "甲党员二"),
    "duties:local_edit": ("how", "第一种要求", "第二种要求"),
    "meetings:agenda_item": ("notes", "第一人的记录", "第二人的记录"),
    "meetings:decision": ("text", "第一人的决议", "第二人的决议"),
    "meetings:edit": ("place", "第一会议室", "第二会议室"),
    "meetings:election": ("title", "第一个职务", "第二个职务"),
    "meetings:make_up": ("reflection", "第一次的体会", "第二次的体会"),
    "meetings:report": ("document", "第一号", "第二号"),
    "meetings:minutes": ("text", "第一人的记录", "第二人的记录"),
    "members:change_detail": ("school", "第一学院", "第二学院"),
    "members:edit": ("school", "第一学院", "第二学院"),
    "org:edit": ("address", "第一街", "第二街"),
    "org:group_rename": ("short_name", "第一小组", "第二小组"),
    "org:holiday_notice": ("number", "第一号", "第二号"),
    "org:rename": ("short_name", "第一支部", "第二支部"),
}
"""Each editor with a field and what two people type into it."""
BESIDES = {"accounts:contact": {"password": "Test-1234"}}
"""What else somebody types into the form each time, and no page fills in for them."""
ONCE_A_DAY = {"org:rename", "org:group_rename"}
"""Changes of which there is one a day, so that the second person cannot go on today."""
ELSEWHERE = {
    "duties:reassign": "tests/engines/duties/test_pages.py",
    "dues:book_people": "tests/activities/dues/ledger/test_pages.py",
    "dues:assess": "tests/activities/dues/assessment/test_pages.py",
    "dues:assess_branch": "tests/activities/dues/assessment/test_pages.py",
    "meetings:appraisal": "tests/activities/meetings/test_pages_outcome.py",
    "org:rules": "tests/org/test_enterprise.py",
}
"""Editors whose field is a choice; each is tested with its module."""
OVERWRITES_NOTHING = {
    "dues:arrangement_end": "brings an arrangement to an end once",
    "dues:deposit": "books an entry of its own",
    "dues:elsewhere": "adds an arrangement of its own",
    "dues:interest": "books an entry of its own",
    "dues:quarterly": "adds an arrangement of its own",
    "dues:relief_propose": "proposes a relief of its own",
    "dues:terms": "adds what holds from a month on; the page lists all of them",
    "exchange:sheet_template_copy": "makes a template of its own",
    "exchange:sheet_template_edit": "every saving is another version, and one made from an older version is refused",
    "meetings:assign_make_up": "whoever has a task keeps it",
    "members:appoint": "adds a post",
    "members:come_back": "adds a line to the account",
    "org:setup_enterprise": "makes the enterprise",
    "org:start_term": "adds a term; its number is taken once",
}
"""Pages that fill a form in and yet overwrite nothing, with the reason."""


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("name", EDITORS)
def test_the_second_one_sees_both(name: str) -> None:
    world = build()
    field, first, second = EDITORS[name]
    with _page(world, ROUTES[name]) as (client, address, example):
        sent = form_with(_text(client.get(address)), SEEN, field) | _confirmed(example, world)
        assert field in sent, f"{sorted(sent)} has no {field}"

        typed = BESIDES.get(name, {})
        saved = client.post(address, sent | typed | {field: first})
        assert saved.status_code in {200, 204, 302}, _text(saved)[:2000]
        refused = client.post(address, sent | typed | {field: second})
        assert refused.status_code in {409, 422}
        page = _text(refused)
        assert first in page
        assert second in page
        assert "没有丢失" in page

        if name in ONCE_A_DAY:
            return
        again = _confirmed(example, world) | form_with(page, SEEN, field)
        assert again[field] == [second], "what was typed stays in the form"
        chosen = client.post(address, again | typed)
        assert chosen.status_code in {200, 204, 302}, _text(chosen)[:2000]
        assert form_with(_text(client.get(address)), SEEN, field).get(field, [second]) == [second]


@pytest.mark.any_database
@pytest.mark.django_db
def test_a_page_with_such_a_form_says_what_was_seen() -> None:
    world, silent, unprotected = build(), [], []
    for route in ROUTES.values():
        if "GET" not in route.methods or "POST" not in route.methods or (route.arguments and route.name not in EXAMPLES):
            continue
        with _page(world, route) as (client, address, _example):
            answer: Any = client.get(address)
            form = (answer.context or {}).get("form") if answer.status_code == 200 else None
            if isinstance(form, EditForm) and route.name not in OVERWRITES_NOTHING:
                silent += [] if SEEN in form_with(_text(answer), SEEN) else [route.name]
            elif route.arguments and isinstance(form, forms.Form) and _is_filled(form) and route.name not in OVERWRITES_NOTHING:
                unprotected.append(route.name)
    assert silent == [], "{% seen form %} is missing in a form laid out by hand"
    assert unprotected == [], "an EditForm, or a reason in OVERWRITES_NOTHING"


def _is_filled(form: forms.Form) -> bool:
    return any(form.initial.get(name) not in (None, "", [], False) for name in form.fields)


def _confirmed(example: Example, world: World) -> dict[str, Any]:
    """What a form in two steps sends with its second one, and the cells that make a row of a sheet right."""
    sent = example.post(world) if example.post else {}
    return {name: value for name, value in sent.items() if name in {"step", "effective_on"} or name.startswith("c-")}


@contextmanager
def _page(world: World, route: Route) -> Iterator[tuple[Client, str, Example]]:
    point = transaction.savepoint()
    example = EXAMPLES.get(route.name, Example())
    try:
        with unscoped("an example makes its own object"):
            kwargs = example.kwargs(world)
        client = Client()
        client.force_login(_holder(route, example, world), backend="dangjian.accounts.backends.AccountBackend")
        yield client, reverse(route.name, kwargs=kwargs) + example.query, example
    finally:
        transaction.savepoint_rollback(point)


def _holder(route: Route, example: Example, world: World) -> User:
    if example.holder:
        return example.holder(world)
    if route.permission in {PUBLIC, SIGNED_IN}:
        return world.member_user
    return next(one for one in world.people if GrantedActor(one).may(str(route.permission)))


def _text(answer: HttpResponse | Any) -> str:
    return str(answer.content.decode(errors="replace"))
