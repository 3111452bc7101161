"""Pages on paper, which is narrower than a window, though what stands on it is laid out as on a wide screen."""

from playwright.sync_api import Page, expect

from tests import make
from tests.browser.conftest import SignIn
from tests.engines.duties.build import refreshed

TABLET = {"width": 800, "height": 1100}
PAPER = {"width": 673, "height": 980}
"""A4 upright within the margins of ``css/print.css``."""


def test_a_list_has_a_heading_over_each_of_its_columns(desktop: Page, sign_in: SignIn) -> None:
    branch = make.branch(make.committee(name="虚构集团党委"), name="机电党支部")
    secretary = make.post(branch)
    make.member(branch, name="虚构党员甲")
    sign_in(desktop, secretary.user)
    desktop.goto("/members/")
    expect(desktop.get_by_text("虚构党员甲").first).to_be_visible()
    shown = "cells => cells.filter(cell => cell.offsetWidth > 0).map(cell => cell.offsetLeft)"
    for media, size in (("screen", TABLET), ("print", PAPER)):
        desktop.emulate_media(media=media)
        desktop.set_viewport_size(size)
        heading = desktop.eval_on_selector_all("main .table thead th", shown)
        row = desktop.eval_on_selector_all("main .table tbody tr:first-child > *", shown)
        assert len(heading) > 3
        assert heading == row, media
        wraps = "cells => cells.map(cell => getComputedStyle(cell).overflowWrap)"
        assert set(desktop.eval_on_selector_all("main .table td.num", wraps)) == {"normal"}, "numbers are not broken"
    assert desktop.eval_on_selector_all("main .table input[type=checkbox]", "all => all.every(box => !box.offsetWidth)")


def test_a_card_that_is_longer_than_a_page_begins_where_it_stands(desktop: Page, sign_in: SignIn) -> None:
    sign_in(desktop, make.post(make.branch(make.committee())).user)
    desktop.goto("/")
    desktop.emulate_media(media="print")
    breaks = "cards => cards.map(card => getComputedStyle(card).breakInside)"
    assert set(desktop.eval_on_selector_all("main .card", breaks)) == {"auto"}


def test_what_follows_a_table_that_is_longer_than_a_page_stands_below_it(desktop: Page, sign_in: SignIn) -> None:
    """Chromium lays a grid out before it repeats the heading of a table on the next page."""
    sign_in(desktop, make.grant(make.committee(), "party_office").user)
    desktop.goto("/meetings/statistics/")
    desktop.emulate_media(media="print")
    assert set(desktop.eval_on_selector_all("main .stack", "all => all.map(one => getComputedStyle(one).display)")) == {"block"}


def test_what_is_too_wide_for_paper_stands_there_as_on_a_phone(desktop: Page, sign_in: SignIn) -> None:
    top = make.committee(name="虚构集团党委")
    refreshed(make.branch(top, name="机电党支部"))
    sign_in(desktop, make.grant(top, "party_office").user)
    desktop.goto("/duties/matrix/")
    matrix, rows = desktop.locator(".matrix-wrap"), desktop.locator("main .rows").first
    expect(matrix).to_be_visible()
    expect(rows).to_be_hidden()
    desktop.emulate_media(media="print")
    desktop.set_viewport_size(PAPER)
    expect(matrix).to_be_hidden()
    expect(rows).to_be_visible()
