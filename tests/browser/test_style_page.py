"""The script of the UI kit in a real browser, on the style page."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dangjian.kernel import frontend

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.browser.style_page")]

AXE = frontend.ROOT / "devtools/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Open = Callable[..., Page]
SIGNED_IN = """new MutationObserver((_changes, observer) => {
  if (document.body) { document.body.dataset.user = "1"; observer.disconnect(); }
}).observe(document, {childList: true, subtree: true})"""
"""The page as if somebody had signed in: what is typed is kept for people, not for the device."""


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Open]:
    """``open_page(width)`` returns the style page; what the console complains of fails the test."""
    contexts, complaints = [], []

    def opened(width: int = 1440, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
        page.goto(f"{live_server.url}/ui/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("large", [False, True])
def test_everybody_can_use_it(open_page: Open, width: int, large: bool) -> None:
    page = open_page(width)
    if large:
        page.evaluate("document.documentElement.dataset.type = 'large'")
    # The page has opened at its first wrong field, where the bar above may cut a neighbour in two.
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(Path(AXE).read_text("utf-8") + ";0")
    found = page.evaluate("rules => axe.run(document, {preload: false, runOnly: rules})", RULES)["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_finger_must_hit_is_large_enough(open_page: Open) -> None:
    page = open_page(390, is_mobile=True, has_touch=True)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, summary, .button, .chip, .cell, .row, .tabs a, .tabbar a")]
             .filter((e) => e.checkVisibility() && !e.closest(".option, .check-line, .skip"))
             .filter((e) => e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []


def test_dialog_opens_and_closes(open_page: Open) -> None:
    page = open_page()
    page.click("[data-dialog=call]")
    expect(page.locator("#call")).to_be_visible()
    page.click("#call [data-close]")
    expect(page.locator("#call")).to_be_hidden()


def test_a_destructive_step_asks_first(open_page: Open) -> None:
    page = open_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.click("form[data-confirm] button")
    expect(page.locator("#confirm-text")).to_contain_text("确定取消这次会议吗")
    page.click("#confirm button:has-text('返回')")
    assert sent == []
    page.click("form[data-confirm] button")
    with page.expect_request(lambda request: request.method == "POST"):
        page.click("#confirm [data-confirm-ok]")


def test_a_destructive_step_asks_first_in_an_old_safari(open_page: Open) -> None:
    page = open_page()
    page.add_init_script(
        """delete HTMLDialogElement.prototype.showModal;
           delete HTMLDialogElement.prototype.close;
           delete HTMLFormElement.prototype.requestSubmit;
           delete SubmitEvent.prototype.submitter;"""
    )
    page.reload()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.click("form[data-confirm] button")
    expect(page.locator("#confirm-text")).to_contain_text("确定取消这次会议吗")
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    page.click("form[data-confirm] button")
    page.click("#confirm button:has-text('返回')")
    expect(page.locator("#confirm")).to_be_hidden()
    assert sent == []
    page.click("form[data-confirm] button")
    with page.expect_request(lambda request: request.method == "POST"):
        page.click("#confirm [data-confirm-ok]")


def test_large_type_stays(open_page: Open) -> None:
    page = open_page()
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<button data-large-type><span data-large-label></span></button>')"
    )
    page.click("[data-large-type]")
    page.reload()
    expect(page.locator("html[data-type=large]")).to_have_count(1)


def test_people_are_found_by_initials(open_page: Open) -> None:
    page = open_page()
    page.fill("[data-picker-filter]", "rzy")
    expect(page.locator(".people .option:visible")).to_have_text(["容知远"])
    page.click("[data-picker-all]")
    expect(page.locator("[data-picker-count]")).to_have_text("已选 3 人")
    page.fill("[data-picker-filter]", "zzz")
    expect(page.locator(".picker-none")).to_be_visible()


def test_what_was_typed_comes_back_but_private_fields_do_not(open_page: Open) -> None:
    page = open_page()
    page.add_init_script(SIGNED_IN)
    page.reload()
    page.evaluate("document.querySelector('#id_phone').dataset.private = 'yes'")
    page.fill("#id_phone", "13800000000")
    page.fill("#id_place", "三楼会议室")
    kept = "async () => { for (let n = 0; n < 600 && !localStorage.length; n++) await new Promise((go) => setTimeout(go, 50)); }"
    page.evaluate(kept)
    text = json.dumps(page.evaluate("({...localStorage})"), ensure_ascii=False)
    assert "三楼会议室" in text
    assert "13800000000" not in text
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.reload()
    assert asked == ["beforeunload"]
    page.click("form[data-draft] .notice button[value=restore]")
    expect(page.locator("#id_place")).to_have_value("三楼会议室")


def test_without_network_nothing_is_sent_and_nothing_is_lost(open_page: Open) -> None:
    page = open_page()
    page.add_init_script(SIGNED_IN)
    page.reload()
    page.locator("form#form").evaluate("form => { form.noValidate = true }")
    page.fill("#id_place", "三楼会议室")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible()
    page.click("form#form .button.primary")
    expect(page.locator(".toast")).to_contain_text("没有网络")
    assert "三楼会议室" in json.dumps(page.evaluate("({...localStorage})"), ensure_ascii=False)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden(timeout=15_000)


def test_a_form_is_not_sent_twice(open_page: Open) -> None:
    page = open_page()
    sent: list[str] = []

    def receive(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.url)
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route("**/ui/", receive)
    page.locator("form#form").evaluate("form => { form.noValidate = true }")
    page.locator("form#form .button.primary").dblclick(no_wait_after=True)
    expect(page.locator("form#form .button.primary")).to_have_attribute("aria-busy", "true")
    assert len(sent) == 1


def test_a_chart_is_drawn_when_it_comes_into_view(open_page: Open) -> None:
    page = open_page()
    page.locator("#chart").scroll_into_view_if_needed()
    expect(page.locator(".chart-canvas[data-ready] canvas")).to_be_visible()


def test_app_shell_answers_without_network(open_page: Open, live_server: Any) -> None:
    page = open_page()
    page.evaluate(
        """async () => {
             await navigator.serviceWorker.ready;
             const workers = navigator.serviceWorker;
             if (!workers.controller) await new Promise((taken) => workers.addEventListener("controllerchange", taken));
           }"""
    )
    page.context.set_offline(True)
    page.goto(f"{live_server.url}/somewhere/")
    expect(page.locator("h1")).to_have_text("现在没有网络")
