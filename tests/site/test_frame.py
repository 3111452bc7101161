"""The frame of a page is worked out once, whatever number of templates the page is put together from."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from dangjian.org.gate import GrantedActor
from dangjian.org.models import PostKind
from dangjian.site.context import frame
from tests import make

pytestmark = pytest.mark.django_db


def test_no_question_is_asked_twice_for_the_start_page() -> None:
    branch = make.branch(make.committee())
    secretary = make.post(branch, PostKind.SECRETARY, make.member(branch, with_user=True).user).user
    client = Client()
    client.force_login(secretary, backend="dangjian.accounts.backends.AccountBackend")
    client.get("/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/").content.decode()
    assert "退出登录" in page
    often = Counter(query["sql"] for query in asked if (query["sql"] or "").startswith("SELECT"))
    assert {sql: times for sql, times in often.items() if times > 1} == {}


def test_a_template_that_shows_no_menu_asks_nothing() -> None:
    request: Any = RequestFactory().get("/")
    request.user = make.user()
    request.actor = GrantedActor(request.user)
    with CaptureQueriesContext(connection) as asked:
        shown = frame(request)
    assert len(asked) == 0
    assert next(item["title"] for item in shown["tabs"]) == "首页"


def test_nobody_has_no_frame() -> None:
    assert frame(RequestFactory().get("/")) == {"menu": [], "tabs": [], "me": None, "unread": 0}
