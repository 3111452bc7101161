"""The party-affairs office: from the figures to the matrix to one duty, and what it does there."""

import datetime as dt
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from dangjian.accounts.models import User
from dangjian.engines.duties.models import Duty, State
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn
from tests.engines.duties.build import current, refreshed


@dataclass(frozen=True, slots=True)
class World:
    """An office above one branch."""

    branch: Organization
    office: User
    secretary: User
    deputy: User


@pytest.fixture
def world() -> World:
    since = dt.date(2026, 10, 15)
    top = make.committee(name="虚构集团党委")
    branch = make.branch(make.general_branch(top, name="虚构总支"), name="虚构一支部", effective_on=since)
    made = World(
        branch,
        make.grant(top, "party_office", make.user("虚构办")).user,
        make.post(branch, "secretary", make.user("虚构书记")).user,
        make.post(branch, "deputy_secretary", make.user("虚构副书记")).user,
    )
    refreshed()
    return made


def test_from_the_workbench_to_a_duty_that_is_given_to_another_and_excused(desktop: Page, sign_in: SignIn, world: World) -> None:
    sign_in(desktop, world.office)
    desktop.goto("/")
    assert_accessible(desktop)
    desktop.get_by_role("navigation", name="主菜单").get_by_role("link", name="责任矩阵").click()
    assert_accessible(desktop)
    desktop.locator(".duty-matrix tbody tr").filter(has_text="虚构总支").locator("a.cell").first.click()
    dialog = desktop.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="免办").first).to_be_visible()
    assert_accessible(desktop)

    duty = current("theme_day", world.branch)
    desktop.goto(f"/duties/{duty.pk}/")
    assert_accessible(desktop)
    desktop.get_by_role("link", name="改派责任人").click()
    dialog.get_by_text("虚构副书记").click()
    assert_accessible(desktop)
    dialog.get_by_role("button").last.click()
    expect(desktop.get_by_role("definition").filter(has_text="虚构副书记")).to_be_visible()
    duty.refresh_from_db()
    assert duty.responsible == world.deputy

    desktop.get_by_role("link", name="免办").click()
    dialog.get_by_label("免办原因").fill("全员外出检修")
    dialog.get_by_role("button").last.click()
    expect(desktop.get_by_role("definition").filter(has_text="全员外出检修")).to_be_visible()
    assert_accessible(desktop)
    duty.refresh_from_db()
    assert duty.state == State.EXCUSED


def test_a_local_duty_is_given_done_with_evidence_and_accepted(new_page: NewPage, sign_in: SignIn, world: World) -> None:
    office, phone = new_page(DESKTOP), new_page(PHONE)
    sign_in(office, world.office)
    sign_in(phone, world.secretary)

    office.goto("/duties/local/new/")
    office.get_by_label("事项").fill("报送年度工作总结")
    office.get_by_label("完成期限").fill("2026-11-30")
    office.get_by_label("必须上传证明材料").check()
    units = office.locator("[data-follows] .option:visible")
    expect(units).to_have_text(["虚构一支部"])
    units.first.click()
    office.get_by_text("党总支", exact=True).click()
    expect(units).to_have_text(["虚构总支"])
    expect(office.locator("[name=chosen]:checked")).to_have_count(0)
    office.get_by_text("党支部", exact=True).click()
    assert_accessible(office)
    office.get_by_role("button", name="布置").click()
    expect(office.get_by_role("heading", name="报送年度工作总结")).to_be_visible()
    assert_accessible(office)

    phone.goto("/")
    phone.get_by_role("link", name="报送年度工作总结").tap()
    phone.get_by_label("完成情况").fill("总结已经支委会讨论通过。")
    phone.get_by_label("证明材料").set_input_files({"name": "总结.pdf", "mimeType": "application/pdf", "buffer": _paper()})
    assert_accessible(phone)
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_text("待验收").first).to_be_visible()
    assert_accessible(phone)

    office.reload()
    office.get_by_role("row").filter(has_text="虚构一支部").get_by_role("link").click()
    office.get_by_role("button", name="验收通过").click()
    expect(office.get_by_text("已验收").first).to_be_visible()
    assert_accessible(office)
    with unscoped("the journey looks at what it wrote"):
        assert Duty.objects.get(title="报送年度工作总结").state == State.DONE


def _paper() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
