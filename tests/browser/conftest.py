"""Journeys in a real Chromium against a running server.

A journey takes ``desktop`` or ``phone`` (a Playwright page) and signs in with ``sign_in(page, user)``::

    def test_a_secretary_calls_a_meeting(phone: Page, sign_in: SignIn) -> None:
        sign_in(phone, world.secretary)
        phone.goto("/meetings/")
        ...
        assert_accessible(phone)

A script error or a breach of the content security policy fails the journey; a failed journey leaves its
picture in ``test-results/``.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from dangjian.accounts.models import User

# Playwright keeps an event loop in the main thread, where tests read and write rows as usual.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

RESULTS = Path(__file__).resolve().parents[2] / "test-results"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "user_agent": (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
    ),
}

PATIENCE = 30_000
"""Milliseconds after which a journey gives up: a machine may be busy with other things."""
expect.set_options(timeout=PATIENCE)

SignIn = Callable[[Page, User], None]
NewPage = Callable[[dict[str, Any]], Page]
_reports = pytest.StashKey[dict[str, pytest.TestReport]]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            # The server reads and writes from threads of its own, so nothing may wait in an open transaction.
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: pytest.TestReport = yield
    item.stash.setdefault(_reports, {})[report.when] = report
    return report


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts the system's Chromium, with further options of Playwright's ``launch``; the tests never download one."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "Chromium is needed: apt-get install chromium"
    with sync_playwright() as playwright:
        yield partial(playwright.chromium.launch, executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"])


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """The browser of the journeys."""
    started = launch()
    yield started
    started.close()


@pytest.fixture
def new_page(browser: Browser, live_server: Any, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Opens further pages, each like a person of its own: ``new_page(PHONE)``."""
    pages: list[Page] = []
    problems: list[str] = []

    def open_page(device: dict[str, Any]) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai", **device)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("console", lambda message: problems.extend(_breaches(message)))
        pages.append(page)
        return page

    yield open_page
    failed = any(report.failed for report in request.node.stash.get(_reports, {}).values())
    for number, page in enumerate(pages):
        if failed and not page.is_closed():
            RESULTS.mkdir(exist_ok=True)
            name = re.sub(r"[^\w.-]+", "-", request.node.nodeid)
            page.screenshot(path=RESULTS / f"{name}-{number}.png", full_page=True)
        page.context.close()
    if not failed:
        assert problems == []


@pytest.fixture
def desktop(new_page: NewPage) -> Page:
    """A page on a wide screen."""
    return new_page(DESKTOP)


@pytest.fixture
def phone(new_page: NewPage) -> Page:
    """A page on a phone."""
    return new_page(PHONE)


@pytest.fixture
def sign_in(live_server: Any) -> SignIn:
    """Signs somebody in without the form: ``sign_in(page, user)``."""

    def put_session(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    return put_session


def _breaches(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type == "error" and "Content Security Policy" in message.text else []
