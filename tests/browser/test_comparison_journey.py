"""外部系统比对: a near match is decided, a whole column believed and taken, only the difference handed back, and all undone."""

import re
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from dangjian.engines.exchange import actions
from dangjian.engines.exchange.models import SystemKind
from dangjian.members.models import Member
from dangjian.org.gate import admitted
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.browser.hand import confirm
from tests.importing import Enterprise, enterprise, own_files
from tests.members.sheets.people import person, resident_id, sheet

__all__ = ["enterprise", "own_files"]

BRANCH, SYSTEM = "机电党支部", "全国党员管理信息系统"
COLLEGE, COURSE = "20", "30"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
def test_compared_decided_taken_handed_back_and_undone(
    new_page: NewPage, sign_in: SignIn, enterprise: Enterprise, tmp_path: Path, size: dict[str, Any]
) -> None:
    enterprise.commit(enterprise.upload([person(place, BRANCH) for place in (1, 2, 3, 4)]))
    actor = make.actor(enterprise.office)
    with admitted(actor, "exchange.keep_systems"):
        actions.register(
            actor=actor, organization=enterprise.committee, title=SYSTEM, kind=SystemKind.NATIONAL, sheet_code="roster"
        )
    page = new_page(size)
    sign_in(page, enterprise.office)

    _upload(page)
    _decide(page)
    _believe(page)
    assert _educations() == {COLLEGE}
    _take(page)
    comparison = page.url
    assert _educations() == {COLLEGE, COURSE}
    _hand_back(page, tmp_path / "差异.xlsx")
    page.goto(comparison)
    _undo(page)
    assert _educations() == {COLLEGE}


def _export() -> bytes:
    """Two are of another education, one has a number that is near, one another telephone; of one nothing is told."""
    rows = [
        person(1, BRANCH, 学历="大专"),
        person(2, BRANCH, 公民身份号码=resident_id(22)),
        person(3, BRANCH, 学历="大专", 手机号码="19900008888"),
    ]
    return sheet(rows).getvalue()


def _upload(page: Page) -> None:
    page.goto("/exchange/systems/")
    assert_accessible(page)
    page.get_by_role("link", name=SYSTEM).click()
    expect(page.get_by_text("还没有核对过")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="上传比对").click()
    page.get_by_role("button", name="上传并比对").click()
    expect(page.locator(".field.invalid")).to_have_count(1)
    page.locator("input[type=file]").set_input_files(
        {"name": "导出.xlsx", "mimeType": "application/octet-stream", "buffer": _export()}
    )
    page.get_by_role("button", name="上传并比对").click()
    expect(page.get_by_role("heading", name="1 行还没有认定")).to_be_visible()
    assert_accessible(page)
    _fits(page)


def _decide(page: Page) -> None:
    page.get_by_role("link", name="认定", exact=True).first.click()
    expect(page.get_by_role("heading", name="第3行的虚构2号是哪名党员？")).to_be_visible()
    expect(page.get_by_text(resident_id(2))).to_have_count(0)
    assert_accessible(page)
    _fits(page)
    page.get_by_role("button", name="就是这名党员").click()
    expect(page.get_by_text("第3行：已认定")).to_be_visible()


def _believe(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^逐项比对")).click()
    assert_accessible(page)
    _fits(page)
    expect(page.locator("tbody tr")).to_have_count(5)
    page.get_by_role("button", name="以对方为准", exact=True).click()
    expect(page.get_by_text("还没有勾选差异。")).to_be_visible()
    page.get_by_label("项目").select_option(label="学历")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="全部以对方为准").click()
    expect(page.get_by_text("已选定2处")).to_be_visible()
    page.get_by_label("项目").select_option(label="手机号码")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("checkbox", name="全选本页").check()
    page.get_by_role("button", name="以本平台为准", exact=True).click()
    expect(page.get_by_text("已选定1处")).to_be_visible()
    assert_accessible(page)


def _take(page: Page) -> None:
    page.goto(page.url.split("differences/")[0])
    expect(page.get_by_role("heading", name="1 处还没有定以谁为准")).to_be_visible()
    page.get_by_role("button", name="采用已选定的，其余留作差异").click()
    expect(page.get_by_text("采用对方的 2 处，3 处留作差异")).to_be_visible()
    assert_accessible(page)
    _fits(page)


def _hand_back(page: Page, file: Path) -> None:
    page.get_by_role("link", name="留作差异").click()
    expect(page.get_by_role("heading", name="谁来办")).to_be_visible()
    assert_accessible(page)
    _fits(page)
    page.get_by_role("link", name="导出差异", exact=True).click()
    page.get_by_role("button", name="导出差异表").click()
    expect(page.locator(".field.invalid")).to_have_count(1)
    page.get_by_label("用途").fill("交对方改正")
    with page.expect_download() as leaving:
        page.get_by_role("button", name="导出差异表").click()
    leaving.value.save_as(file)
    book = load_workbook(file)
    told = {(row[0], row[3]) for row in book["全部差异"].iter_rows(min_row=2, values_only=True)}
    assert told == {("虚构2号", "公民身份号码"), ("虚构3号", "手机号码"), ("虚构4号", None)}
    lacking = {row[0] for row in book["对方要补、要改的"].iter_rows(min_row=2, values_only=True)}
    assert "虚构1号" not in lacking


def _undo(page: Page) -> None:
    page.get_by_role("button", name="撤销比对").click()
    confirm(page)
    expect(page.get_by_text("这次比对已整批撤销")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="回到外部系统").click()
    expect(page.get_by_text("还没有核对过")).to_be_visible()


def _educations() -> set[str]:
    with unscoped("the journey looks at what it wrote"):
        return set(Member.objects.values_list("education", flat=True))


def _fits(page: Page) -> None:
    """Nothing reaches beyond the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
