"""A secretary photographs the pages of a signed paper on the phone, turns one, and sees on the desk what is still missing."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from dangjian.accounts.models import User
from dangjian.engines.procedures.actions.following import bring_up_to_date
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.org.models import PostKind
from dangjian.org.openings import at
from tests import make
from tests.activities.development import way
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import DESKTOP, PHONE, NewPage, SignIn

WIDE, HIGH = 1200, 1600


def photo(number: int) -> dict[str, Any]:
    """A page with a dark head, as a phone took it."""
    picture = Image.new("RGB", (WIDE, HIGH), "white")
    ImageDraw.Draw(picture).rectangle((100, 100, WIDE - 100, 300 + 100 * number), fill=(60, 60, 60))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return {"name": f"IMG_{number}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


@pytest.fixture
def case(settings: Any, tmp_path: Path) -> tuple[User, ProcedureCase]:
    """Of an applicant who was talked to, with the secretary of the branch."""
    settings.MEDIA_ROOT = tmp_path
    house = way.House()
    secretary = make.member(house.branch, with_user=True).user
    make.post(house.branch, PostKind.SECRETARY, secretary)
    began = clock.today() - dt.timedelta(days=45)
    one = way.walk(way.applicant(house.branch, name="欧阳小明"), began, before="recommend")
    with at(house.branch):
        bring_up_to_date([one], clock.today())
    return secretary, one


def test_pages_are_photographed_turned_and_put_together(
    new_page: NewPage, sign_in: SignIn, case: tuple[User, ProcedureCase]
) -> None:
    secretary, one = case
    phone, desk = new_page(PHONE), new_page(DESKTOP)
    sign_in(phone, secretary)
    sign_in(desk, secretary)
    phone.goto(f"/procedures/development/{one.pk}/")
    desk.goto(f"/procedures/development/{one.pk}/")
    talk = phone.locator("#talk")
    expect(talk.get_by_text("待签字上传")).to_be_visible()
    with phone.expect_download() as download:
        talk.get_by_role("link", name="下载入党申请谈话记录（Word）").click()
    assert download.value.suggested_filename == "欧阳小明入党申请谈话记录.docx"
    talk.get_by_text("上传入党申请谈话记录").click()
    talk.get_by_label("入党申请谈话记录的文件").set_input_files(
        [photo(1), photo(2), {"name": "x.exe", "mimeType": "x/x", "buffer": b"MZ"}]
    )
    talk.get_by_role("button", name="上传").click()
    expect(phone.get_by_text("“x.exe”：不支持这种文件")).to_be_visible()
    phone.locator("#talk").get_by_role("link", name="入党申请谈话记录.pdf").click()
    expect(phone.get_by_role("heading", name="第2页")).to_be_visible()
    picture = phone.get_by_role("img", name="入党申请谈话记录.pdf第2页")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("one => one.naturalWidth < one.naturalHeight")
    assert_accessible(phone)
    phone.locator("#p2").get_by_role("button", name="向右转").click()
    picture = phone.get_by_role("img", name="入党申请谈话记录.pdf第2页")
    picture.scroll_into_view_if_needed()
    phone.wait_for_function("one => one.complete && one.naturalWidth > one.naturalHeight", arg=picture.element_handle())

    desk.goto(f"/procedures/development/{one.pk}/")
    desk.get_by_role("link", name="全部材料").click()
    expect(desk.get_by_text("还缺 1 份")).to_be_visible()
    assert_accessible(desk)
    desk.get_by_role("button", name="生成PDF").click()
    expect(desk.get_by_role("link", name="下载PDF")).to_be_visible()
    phone.goto(desk.url)
    assert_accessible(phone)
    with desk.expect_download():
        desk.get_by_role("link", name="下载PDF").click()
