"""What is done every month can be done on the browsers that offices still have: on Chromium 80, and on 88 as on new ones."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest

from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.meetings.models import Meeting, Status
from dangjian.kernel import clock, frontend
from dangjian.org.models import PostKind
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.browser.meetings_world import branch
from tests.browser.old_engine import Engine, Tab
from tests.engines.duties.build import refreshed

ENGINES = ["chromium-80", "chromium-88"]


@pytest.fixture(params=ENGINES)
def phone(request: pytest.FixtureRequest, live_server: Any) -> Iterator[Tab]:
    """A phone with one of the old engines. What a script throws there fails the journey."""
    with Engine.start(program(request.param)) as engine:
        assert f"/{request.param.removeprefix('chromium-')}." in engine.version
        tab = engine.open(live_server.url, width=390, height=844)
        yield tab
        assert tab.problems == []


def program(name: str) -> Path:
    """The engine, unpacked at its first use from what ``dangjian frontend --dev`` has brought."""
    packed = frontend.ROOT / "devtools" / name / "chromium.br"
    found = packed.with_suffix("")
    if not found.exists():
        assert packed.exists(), "run: dangjian frontend --dev"
        fresh = packed.with_name(f"{os.getpid()}.fresh")
        fresh.write_bytes(brotli.decompress(packed.read_bytes()))
        fresh.chmod(0o755)
        fresh.replace(found)
    return found


def test_a_secretary_calls_a_meeting(phone: Tab) -> None:
    world = branch()
    refreshed(world.organization)
    secretary = world.user(0)

    phone.goto("/accounts/sign-in/?next=/")
    _sign_in(phone, secretary.username, "Wrong-1234")
    phone.wait_to_see(".errorlist, [role=alert]")
    assert phone.evaluate("document.querySelector('[name=username]').value") == secretary.username
    _sign_in(phone, secretary.username, "Test-1234")
    phone.wait_for("location.pathname === '/' && document.readyState === 'complete'")
    phone.wait_to_see("a", "召集党员大会")
    wait_until_laid_out(phone)

    phone.press("[aria-label=打开主菜单]")
    phone.wait_to_see("#side a", "组织生活")
    phone.press_at(380, 500)  # beside the menu
    phone.wait_for("!document.querySelector('#side').getClientRects().length")
    phone.press("[aria-label=打开主菜单]")
    phone.press("#side a", "待办")
    phone.wait_for("location.pathname === '/duties/' && document.readyState === 'complete'")
    phone.press("summary.user-button")
    phone.wait_to_see("button", "退出登录")
    phone.press("summary.user-button")

    phone.press("a", "召集党员大会")
    phone.wait_to_see("#id_title")
    wait_until_laid_out(phone)
    assert phone.sees("#id_place")
    assert not phone.sees("#id_online_url"), "who meets in a room is not asked for an address"
    phone.press(".segmented .option", "线上")
    phone.wait_to_see("#id_online_url")
    assert not phone.sees("#id_place")
    phone.press(".segmented .option", "现场")
    phone.wait_to_see("#id_place")
    phone.evaluate("document.querySelector('#id_title').value = ''")
    phone.fill("#id_place", "虚构党员活动室")
    phone.press("button", "发出通知")
    phone.wait_to_see(".invalid .errorlist", "请填写会议名称")
    assert phone.evaluate("document.querySelector('#id_place').value") == "虚构党员活动室"
    phone.fill("#id_title", "虚构第四季度党员大会")
    phone.press("button", "发出通知")
    phone.wait_to_see("body", "已通知")

    with unscoped("the journey looks at what it wrote"):
        assert Meeting.objects.get().status == Status.CALLED


def test_a_button_that_asks_first_is_never_skipped(phone: Tab) -> None:
    committee = make.committee()
    organization = make.branch(committee, name="虚构机电第一党支部")
    for number in range(3):
        build.assessed(make.member(organization), 2000 + number * 100)
    # Who collects is a member elsewhere, so that nobody's dues are their own.
    keeper = make.member(make.branch(committee), with_user=True).user
    make.post(organization, PostKind.ORGANISATION_MEMBER, keeper)
    billing.make_bills(actor=make.SYSTEM, month=clock.today().replace(day=1))

    phone.goto(f"/accounts/sign-in/?next=/dues/collect/{organization.pk}/")
    _sign_in(phone, keeper.username, "Test-1234")
    phone.wait_to_see("[data-collect-button]")
    wait_until_laid_out(phone)
    phone.press(".tick")
    phone.wait_to_see("[data-people]", "2")
    phone.press("[data-collect-button]")
    phone.wait_to_see("#confirm-text", "2 名党员")
    phone.press("#confirm button", "返回")
    assert _payments() == 0, "nothing is booked before the answer"
    phone.press("[data-collect-button]")
    phone.press("#confirm button[data-confirm-ok]")
    phone.wait_for("location.pathname.startsWith('/dues/collect/received/')")
    assert _payments() == 2


def wait_until_laid_out(tab: Tab) -> None:
    """Until the style sheet is read: the main action looks like a button, and nothing is wider than the screen."""
    tab.wait_for(
        """document.readyState === "complete" && document.documentElement.scrollWidth <= innerWidth
           && getComputedStyle(document.querySelector(".button.primary")).backgroundColor === "rgb(168, 20, 28)\""""
    )


def _sign_in(tab: Tab, name: str, password: str) -> None:
    tab.fill("[name=username]", name)
    tab.fill("[name=password]", password)
    tab.press("form button[type=submit]", "登录")


def _payments() -> int:
    with unscoped("the journey looks at what it wrote"):
        return Payment.objects.count()
