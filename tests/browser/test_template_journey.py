"""表格模板: a template is made from another system's file, mapped with a mistake, tried, and taken out by."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dangjian.engines.exchange.models import SheetTemplate
from dangjian.org import roles
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.members.sheets.people import person, resident_id, sheet

HEADERS = ("人员姓名", "身份证号", "支部", "人员类别", "入党时间", "转正日期", "手机号码", "民族", "学历层次", "工资系数")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
def test_made_tried_and_taken_out_by(new_page: NewPage, sign_in: SignIn, tmp_path: Path, size: dict[str, Any]) -> None:
    committee = make.committee(name="虚构集团党委")
    branch = make.branch(committee, name="机电党支部")
    make.member(branch, "虚构1号", resident_id=resident_id(1), education="21")
    office = make.grant(committee, roles.PARTY_OFFICE).user
    theirs = {"人员姓名": "虚构2号", "身份证号": resident_id(2), "支部": branch.name, "学历层次": "本科层次", "工资系数": 1.2}
    file = tmp_path / "对方.xlsx"
    file.write_bytes(sheet([person(2, branch.name, **theirs)], HEADERS).getvalue())
    page = new_page(size)
    sign_in(page, office)

    _make(page, file)
    _map(page)
    page.get_by_role("link", name="试读文件").click()
    page.get_by_label("名册文件").set_input_files(file)
    page.get_by_role("button", name="试读").click()
    expect(page.get_by_text("读出 1 行，9 列")).to_be_visible()
    expect(page.get_by_text("工资系数（J列）")).to_be_visible()
    expect(page.get_by_text("大学本科毕业").first).to_be_visible()
    assert_accessible(page)
    _take_out(page)


def _make(page: Page, file: Path) -> None:
    page.goto("/exchange/")
    page.get_by_role("link", name="表格模板").click()
    expect(page.get_by_role("link", name="全国党员管理信息系统党员信息表")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="按文件新建").click()
    page.get_by_label("是哪一种表").select_option(label="党员名册")
    page.get_by_label("模板名称").fill("某系统党员表")
    page.get_by_label("对方系统导出的文件").set_input_files(file)
    page.get_by_role("button", name="建立模板").click()


def _map(page: Page) -> None:
    expect(page.get_by_text("认得的列已经对上")).to_be_visible()
    expect(page.locator("#id_c-1-item")).to_have_value("resident_id")
    page.locator("#id_c-0-item").select_option(label="姓名")
    page.locator("#id_c-2-item").select_option(label="所在党支部")
    page.locator("#id_c-8-item").select_option(label="学历")
    page.get_by_role("button", name="去掉第 10 列").click()
    expect(page.locator("#id_c-9-header")).to_have_count(0)
    page.get_by_role("button", name="第 2 列往上移").click()
    expect(page.locator("#id_c-0-header")).to_have_value("身份证号")
    page.locator("#column-8").get_by_text("别的叫法、写法对照").click()
    page.locator("#id_c-8-spellings").fill("大学本科毕业 本科层次")
    page.get_by_label("这次改了什么").fill("对上三列")
    page.get_by_role("button", name="保存为新的一版").click()
    expect(page.get_by_text("要写成：本平台的写法=对方的写法")).to_be_visible()
    assert_accessible(page)
    page.locator("#id_c-8-spellings").fill("大学本科毕业=本科层次")
    page.get_by_role("button", name="保存为新的一版").click()
    expect(page.get_by_text("已存为第2版")).to_be_visible()
    assert_accessible(page)


def _take_out(page: Page) -> None:
    made = SheetTemplate.objects.get(title="某系统党员表")
    page.goto(f"/exchange/templates/{made.pk}/")
    page.get_by_role("link", name="导出数据").click()
    page.get_by_role("button", name="导出", exact=True).click()
    expect(page.locator(".field.invalid")).to_have_count(1)
    page.get_by_label("用途").fill("核对数据")
    with page.expect_download() as leaving:
        page.get_by_role("button", name="导出", exact=True).click()
    assert leaving.value.suggested_filename == "某系统党员表.xlsx"
    assert_accessible(page)
