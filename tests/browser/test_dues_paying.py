"""A member orders on the phone and copies the code; the accountant imports the statement and claims the rest with one tap."""

from pathlib import Path

from playwright.sync_api import Page, expect

from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.payments.models import PaymentOrder
from dangjian.org.unscoped import unscoped
from tests.activities.dues.paying import Paying, content, owed, paying_world
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignIn


def ordered_on_the_phone(phone: Page, sign_in: SignIn, place: Paying) -> str:
    """The code that the member copied."""
    sign_in(phone, place.people[2].user)
    phone.goto("/dues/mine/")
    phone.get_by_role("link", name="交党费").tap()
    expect(phone.get_by_role("heading", name="网上交纳党费")).to_be_visible()
    assert_accessible(phone)
    phone.get_by_role("button", name="下一步").tap()
    expect(phone.get_by_role("heading", name="怎样付款")).to_be_visible()
    assert_accessible(phone)
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.get_by_role("button", name="复制附言码").tap()
    copied = str(phone.evaluate("navigator.clipboard.readText()"))
    with unscoped("the journey looks at what it wrote"):
        assert PaymentOrder.objects.get().reference == copied
    return copied


def test_from_the_order_to_the_receipt(phone: Page, desktop: Page, sign_in: SignIn, tmp_path: Path) -> None:
    place = paying_world()
    code = ordered_on_the_phone(phone, sign_in, place)
    file = tmp_path / "党费专户流水.csv"
    file.write_bytes(content(f"20,30.00,虚构配偶,{code},S1", "20,40.00,虚构亲属,代交,S2", "21,3.50,虚构银行,结息,S3"))

    sign_in(desktop, place.book.accountant)  # type: ignore[arg-type]  # the account has one
    desktop.goto("/dues/books/statements/")
    assert_accessible(desktop)
    desktop.get_by_label("银行流水文件").set_input_files(file)
    desktop.get_by_role("button", name="导入并核对").click()
    expect(desktop.get_by_role("heading", name="党费专户流水.csv")).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_role("link", name="虚构亲属").click()
    expect(desktop.get_by_role("heading", name="可能是谁的党费")).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_role("button", name="认领").click()
    expect(desktop.get_by_role("heading", name="待认领")).to_be_visible()
    assert_accessible(desktop)
    desktop.get_by_role("link", name="虚构银行").click()
    desktop.get_by_text("不是党员交的党费").click()
    desktop.get_by_label("是什么钱").fill("银行利息")
    desktop.get_by_role("button", name="不作为党费入账").click()
    expect(desktop.get_by_text("没有待认领的钱")).to_be_visible()
    desktop.goto("/dues/books/online/")
    expect(desktop.get_by_role("cell", name=code)).to_be_visible()
    assert_accessible(desktop)

    phone.reload()
    expect(phone.get_by_text("党费已到账")).to_be_visible()
    assert_accessible(phone)
    assert [owed(place.people[number]) for number in (2, 3)] == [0, 0]
    with unscoped("the journey looks at what it wrote"):
        assert Payment.objects.count() == 2
