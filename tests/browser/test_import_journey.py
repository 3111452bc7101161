"""A roster with a mistake: uploaded, put right in place, entered, and taken back."""

import pytest
from playwright.sync_api import Page, expect

from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn
from tests.browser.hand import confirm
from tests.members.sheets.people import person, sheet
from tests.org.sheets.units import table, unit


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_a_roster_is_put_right_entered_and_taken_back(device: str, request: pytest.FixtureRequest, sign_in: SignIn) -> None:
    page: Page = request.getfixturevalue(device)
    top = make.committee(name="虚构集团党委")
    make.branch(top, name="机电党支部")
    sign_in(page, make.grant(top, "party_office").user)
    rows = [person(1, "机电党支部"), person(2, "机电党支部", 民族="汗族")]

    page.goto("/exchange/?sheet=roster")
    assert_accessible(page)
    page.get_by_role("link", name="上传名册").first.click()
    assert_accessible(page)
    page.locator("input[type=file]").set_input_files(
        {"name": "名册.xlsx", "mimeType": "application/octet-stream", "buffer": sheet(rows).getvalue()}
    )
    page.get_by_role("button", name="上传并检查").click()
    expect(page.get_by_text("有 1 行要先改好")).to_be_visible()
    expect(page.get_by_text("H3")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("link", name="修改").first.click()
    page.get_by_role("dialog").get_by_label("民族").fill("汉族")
    assert_accessible(page)
    page.get_by_role("button", name="保存并检查").click()
    expect(page.get_by_text("检查通过，可以入库")).to_be_visible()
    assert _names() == []
    page.get_by_role("button", name="确认入库").click()
    expect(page.get_by_text("已入库：新增 2 名")).to_be_visible()
    assert_accessible(page)
    assert _names() == ["虚构1号", "虚构2号"]

    page.get_by_role("button", name="撤销导入").click()
    confirm(page)
    expect(page.get_by_text("这次导入已整批撤销")).to_be_visible()
    assert_accessible(page)
    assert _names() == []


def test_what_is_wrong_with_long_names_stands_on_the_screen(desktop: Page, sign_in: SignIn) -> None:
    top = make.committee(name="虚构集团党委")
    sign_in(desktop, make.grant(top, "party_office").user)
    rows = [unit(name, "党支部", "没有这个党总支") for name in ("虚构" * 20, "长" * 200)]
    desktop.goto("/exchange/new/?sheet=organizations")
    desktop.locator("input[type=file]").set_input_files(
        {"name": "党组织表.xlsx", "mimeType": "application/octet-stream", "buffer": table(*rows).getvalue()}
    )
    desktop.get_by_role("button", name="上传并检查").click()
    said = desktop.locator("td.long").first
    expect(said).to_be_visible()
    box = said.bounding_box()
    assert box
    assert box["width"] >= 280
    assert box["x"] + box["width"] <= desktop.viewport_size["width"]
    assert desktop.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _names() -> list[str]:
    with unscoped("the journey looks at what it wrote"):
        return sorted(Member.objects.values_list("name", flat=True))
