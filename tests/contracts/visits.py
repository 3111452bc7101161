"""How the contracts visit an address: as somebody signed in, and so that what a refusal leaves behind is seen."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from html import unescape
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve

from dangjian.accounts.models import Event, Session, User
from dangjian.kernel.errors import Conflict, NotFound, PermissionDenied
from dangjian.kernel.gate import SIGNED_IN, found_by
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.unscoped import unscoped
from tests.contracts.routes import Route

WRITTEN_TABLE = re.compile(r"""(?:INTO|UPDATE|FROM)\s+["']?(\w+)""", re.IGNORECASE)
"""The table that a statement which writes names first is the one it writes to."""
LEADING_TAG = re.compile(r"<(?:a|form|button|div|details)\b[^>]*>", re.DOTALL)
ATTRIBUTE = re.compile(r"""([\w-]+)=["']([^"']*)["']""")


def faults(client: Client, method: str, address: str, data: dict[str, Any], expected: Collection[int] = (403, 404)) -> list[str]:
    """What is wrong, if somebody who must be refused is not (``expected``), or if the refusal leaves traces."""
    answer, changed = refused(client, method, address, data)
    if answer.status_code in expected and not changed:
        return []
    return [f"got {answer.status_code}, changed: {changed}"]


def refused(client: Client, method: str, address: str, data: dict[str, Any]) -> tuple[HttpResponse, list[str]]:
    """The answer to a request that must be refused, and the tables in which it left traces."""
    point = transaction.savepoint()
    written: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        answer = send(client, method, address, data)
    if not written:
        transaction.savepoint_commit(point)
        return answer, []
    tables = {table for sql in written for table in WRITTEN_TABLE.findall(sql)[:1]}
    assert tables, written
    after = contents(tables)
    transaction.savepoint_rollback(point)
    before = contents(tables)
    return answer, sorted(name for name in after if after[name] != before[name])


def contents(tables: Collection[str]) -> dict[str, list[Any]]:
    """What stands in these tables, but for sessions, and events that say no more than that somebody was refused."""
    found = {}
    with unscoped("the contract compares whole tables"):
        for model in apps.get_models(include_auto_created=True):
            if model is Session or model._meta.db_table not in tables:
                continue
            rows = model._base_manager.order_by("pk")  # past every scope, on purpose
            found[model._meta.label] = list((rows.exclude(result="refused") if model is Event else rows).values_list())
    return found


def wrong_for(route: Route, who: User, client: Client, address: str, data: dict[str, Any]) -> list[str]:
    """What is wrong if somebody visits a page: it refuses whom it is closed to, and whoever is let in breaks nothing."""
    wrong = []
    for method in route.methods:
        if not is_let_in(route, who, method, address):
            sent = data if method == "POST" else {}
            wrong += [f"{method} by {who} {fault}" for fault in faults(client, method, address, sent)]
        elif method == "POST" and route.opens:
            answer, _ = refused(client, method, address, {})
            if answer.status_code >= 500:
                wrong.append(f"POST without data got {answer.status_code}, by {who}")
    return wrong


def send(client: Client, method: str, address: str, data: dict[str, Any]) -> HttpResponse:
    """As a form, or as a program sends it."""
    if method == "POST" and address.startswith("/api/"):
        return client.post(address, data, content_type="application/json")  # type: ignore[return-value]  # responds alike
    return client.post(address, data) if method == "POST" else client.generic(method, address)  # type: ignore[return-value]  # either responds alike


def is_let_in(route: Route, user: User, method: str, address: str) -> bool:
    """Whether a page opens for somebody: they hold its permission, and ``on`` finds its object for them; asked as by the gate.

    It also opens for whoever it tells on opening that the thing does not stand so any more (``Conflict``).
    """
    actor = GrantedActor(user)
    if route.permission != SIGNED_IN and not actor.may(str(route.permission)):
        return False
    if route.opens is None:
        return True
    request: Any = RequestFactory().generic(method, address)
    request.user, request.actor = user, actor
    try:
        with admitted(actor, str(route.permission)):
            found_by(route.opens, request, dict(resolve(request.path).kwargs))
    except (PermissionDenied, NotFound):
        return False
    except Conflict:
        return True
    return True


def text_of(answer: HttpResponse) -> str:
    """What it says."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]  # a file or a page
    return body.decode(errors="replace")


def refused_links(pages: Iterable[Route], user: User, answer: HttpResponse) -> list[str]:
    """What is wrong with the links and buttons of a page shown to ``user``: those that lead to what does not open for them."""
    if not answer["Content-Type"].startswith("text/html"):
        return []
    by_name = {route.name: route for route in pages}
    wrong = []
    for method, address in sorted(set(_leads(text_of(answer)))):
        route = by_name.get(_name_at(address))
        if route and route.opens and method in route.methods and not is_let_in(route, user, method, address):
            wrong.append(f"a {'button' if method == 'POST' else 'link'} leads to {address}, which does not open")
    return wrong


def _leads(page: str) -> Iterator[tuple[str, str]]:
    """Method and address of everything on a page that leads further on the platform."""
    for tag in LEADING_TAG.findall(page):
        said = dict(ATTRIBUTE.findall(tag))
        posts = ("hx-post", "formaction", *(["action"] if said.get("method") == "post" else []))
        for name, method in (("href", "GET"), ("hx-get", "GET"), *((name, "POST") for name in posts)):
            if said.get(name, "").startswith("/"):
                yield method, unescape(said[name])


def _name_at(address: str) -> str:
    try:
        return resolve(address.partition("?")[0].partition("#")[0]).view_name
    except Resolver404:
        return ""


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client
