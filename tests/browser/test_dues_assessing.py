"""A secretary assesses dues on the phone and a branch at the desk, seeing each sum before it is saved; a relief goes up."""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Page, expect

from dangjian.activities.dues.assessment.models import Relief
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues import build
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn


def test_the_sum_is_explained_while_it_is_typed(phone: Page, sign_in: SignIn) -> None:
    world = build.world()
    fresh = make.member(world.branch, "虚构新人")
    sign_in(phone, world.secretary.user)
    phone.goto(reverse("dues:profiles"))
    assert_accessible(phone)
    phone.get_by_role("link", name="核定虚构新人").click()
    phone.wait_for_load_state()
    phone.get_by_label("计算基数（元/月）").fill("6500")
    expect(phone.locator("#worked")).to_contain_text("每月应交 97.50 元")
    expect(phone.locator("#worked")).to_contain_text("6,500.00元 × 1.5% = 97.50元")
    phone.locator("label.option", has_text="按工资项目算").click()
    phone.get_by_label("基本工资").fill("5000")
    phone.get_by_label("个人所得税").fill("100")
    expect(phone.locator("#worked")).to_contain_text("每月应交 49.00 元")
    assert_accessible(phone)
    phone.get_by_role("button", name="核定").click()
    expect(phone.get_by_text("自2026年11月起每月交49.00元")).to_be_visible()
    expect(phone.get_by_role("heading", name="虚构新人的党费")).to_be_visible()
    assert_accessible(phone)
    assert phone.url.endswith(reverse("dues:profile", args=[fresh.pk]))


def test_a_branch_at_the_desk(desktop: Page, sign_in: SignIn) -> None:
    world = build.world()
    fresh = make.member(world.branch, "虚构新人")
    sign_in(desktop, world.secretary.user)
    desktop.goto(reverse("dues:profiles"))
    desktop.get_by_role("link", name="现在核定").click()
    desktop.wait_for_load_state()  # what is typed before the script has come is not worked out
    desktop.get_by_label("虚构新人的计算基数（元）").fill("4000")
    expect(desktop.locator(f"#worked-m{fresh.pk}")).to_contain_text("40.00")
    assert_accessible(desktop)
    desktop.get_by_role("button", name="核定改动的人").click()
    expect(desktop.get_by_text("1名党员的党费")).to_be_visible()


def test_a_relief_is_reported_and_approved(desktop: Page, sign_in: SignIn, new_page: Callable[..., Page]) -> None:
    world = build.world()
    sign_in(desktop, world.secretary.user)
    desktop.goto(reverse("dues:profile", args=[world.people[3].pk]))
    desktop.get_by_role("link", name="报批减免").click()
    desktop.get_by_label("少交以后每月交（元）").fill("5")
    desktop.get_by_label("困难情况").fill("虚构的困难")
    desktop.get_by_label("在什么会议上研究").fill("虚构支部委员会会议")
    assert_accessible(desktop)
    desktop.get_by_role("button", name="报上级党委批准").click()
    expect(desktop.get_by_text("等虚构公司党委批复")).to_be_visible()
    other = new_page({"viewport": {"width": 1440, "height": 900}})
    sign_in(other, world.office.user)
    other.goto(reverse("dues:reliefs"))
    other.get_by_role("link", name="批复").click()
    assert_accessible(other)
    other.get_by_role("button", name="批准", exact=True).click()
    expect(other.get_by_text("已批准，应交党费已随之调整。")).to_be_visible()
    with unscoped("a test looks at what was written"):
        assert Relief.objects.get().state == "approved"
