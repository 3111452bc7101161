"""The table of opening balances: what each book held when it began on the platform, checked by cell, booked and taken back.

A branch's cash book opens by itself. The account of the committee that the table is entered for may be opened with it, if its
bank, number and two persons stand in the row; the account of another committee is opened there first.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.db.models import Min
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.dues.ledger.actions import openings
from dangjian.activities.dues.ledger.actions.books import banks, close_book, open_book
from dangjian.activities.dues.ledger.actions.openings import Opening
from dangjian.activities.dues.ledger.models import Book, BookKind, EntryKind, JournalEntry, Reconciliation
from dangjian.activities.dues.ledger.queries import books
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.fields import mask_resident_id
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.ui.words import day as written_day
from dangjian.members.models import Member
from dangjian.members.queries.known import index_of
from dangjian.org import queries as org_queries
from dangjian.org import sheet_offers as offers
from dangjian.org.models import Grant, Kind, Organization
from dangjian.org.sheet_offers import Checked, Done, NextStep, Progress, Sheet, SheetColumn, Upload, Words
from dangjian.org.written.names import Names

CODE: Final = "dues_balances"
KEEPING: Final = (Kind.COMMITTEE, Kind.BRANCH)
ACCOUNT: Final = ("bank_name", "bank_branch", "account_number", "accountant", "cashier")
"""What an account is opened with, beside the name in which it is held."""
PARTS: Final = ("due_up", "large", "earmarked")
KINDS: Final = {
    "organization": "党组织",
    "day": "余额日期",
    "money": "金额",
    "sum": "合计不符",
    "begun": "账已经开始",
    "account": "账户",
    "person": "会计和出纳",
}
WORDS: Final = Words(
    noun="余额表",
    subject="党费账期初余额",
    unit="本账",
    advice=(
        "一个党组织的党费账填一行：余额日期一般是启用平台的前一天，写明那一天日终的现金、银行存款和合计。",
        "合计里有还没有上缴的、上级下拨的专款、待转交的大额党费的，分别写明；其余是留存可使用的。",
        "党支部不用开户；本级党委还没有开设党费账户的，在同一行填开户银行、网点、账号、会计和出纳，入库时一并开设。",
    ),
    empty="启用前账上有钱的，先下载模板，按纸质账填写。",
    undo="期初余额用相反的凭证冲销。登记以后又记过别的账的，不能整批撤回。",
    needs="党组织要先在平台上；同时开设党费账户的，会计和出纳要先有账号。",
)
NOTES: Final = (
    "一个党组织的党费账填一行。第二行是示例，名称以“示例”开头的行不会导入，可以删除。",
    "金额以元为单位，最多两位小数；没有的项目不填。现金加银行存款应等于合计，应上缴、大额、专款加留存也应等于合计。",
    "期初余额记成一张凭证，只能记一次，余额日期当天和以前不能再记别的账；没有记别的账以前，可以整批撤回。",
)


def columns() -> Sequence[SheetColumn]:
    """Whose book, of which day, how much, what of it is bound, and the account."""

    def fen(code: str, title: str, *headers: str, **more: Any) -> SheetColumn:
        return SheetColumn(code, title, headers, read=money.parse, kind="money", **more)

    return (
        SheetColumn(
            "organization", "账本党组织", ("党组织", "单位", "党组织名称", "账簿"), required=True, kind="organization",
            example="示例机电党支部", hint="写全称、简称或编码；只有党委和党支部记党费账。", in_preview=True,
        ),
        SheetColumn(
            "day", "余额日期", ("日期", "截止日期", "截至日期"), read=_day, kind="day", repeats=True, example="2026-12-31",
            hint="一般是启用平台的前一天；不填按启用前一天。", in_preview=True,
        ),
        fen("cash", "现金", "库存现金", "现金余额", example="120.00", in_preview=True),
        fen("bank", "银行存款", "存款", "银行余额", "银行存款余额", in_preview=True),
        fen("total", "合计", "余额合计", "合计余额", "总额", required=True, example="120.00", in_preview=True),
        fen("due_up", "应上缴", "应上缴上级", "待上缴", "未上缴", example="120.00", hint="已经收到、还没有上缴上级的。"),
        fen("large", "待转交大额党费", "大额党费", hint="一次交纳1000元以上、还没有转交的，由最上一级党委登记。"),
        fen("earmarked", "上级专款", "专款", "下拨专款", hint="上级下拨、还没有用完的。"),
        SheetColumn("purpose", "专款用途", ("用途",), read=as_text, hint="有专款的必填。"),
        fen("free", "留存可使用", "留存", "可使用", "可动用", hint="不填按合计减去前三项。"),
        SheetColumn("bank_name", "开户银行", ("银行",), read=_bank, kind="account", choices=tuple(t for _, t in banks())),
        SheetColumn("bank_branch", "开户网点", ("网点", "开户行网点"), read=as_text, kind="account"),
        SheetColumn("account_name", "户名", ("账户名称",), read=as_text, kind="account", hint="不填按党组织全称。"),
        SheetColumn("account_number", "账号", ("银行账号",), read=_number, kind="account", mask=_number_end),
        SheetColumn("accountant", "会计", (), kind="person", mask=_masked, hint="姓名；有同名的填公民身份号码。"),
        SheetColumn("cashier", "出纳", (), kind="person", mask=_masked, hint="与会计不能是同一个人。"),
    )  # fmt: skip


def _day(value: Value) -> dt.date:
    found = parse_date(value)
    if found.month_only:
        raise Invalid("余额日期要写到哪一天。", how="例如2026-12-31。")
    return found.value


def _bank(value: Value) -> str:
    typed = as_text(value).strip()
    short = {"工行": "icbc", "农行": "abc", "中行": "boc", "建行": "ccb", "交行": "bocom", "邮储": "psbc", "邮储银行": "psbc"}
    allowed = dict(banks())
    codes = [code for code, title in allowed.items() if typed in {title, title.removeprefix("中国")} or short.get(typed) == code]
    if not codes:
        raise Invalid("党费账户只能开在规定的银行。", how=f"请填{'、'.join(allowed.values())}。")
    return codes[0]


def _number(value: Value) -> str:
    if isinstance(value, int | float):
        raise Invalid("账号在表格里成了数字，末几位可能已经丢失。", how="请把这一列设成文本，重新填写。")
    number = as_text(value).replace(" ", "").replace("-", "")
    if not (number.isdecimal() and 8 <= len(number) <= 30):
        raise Invalid("账号不对。", how="请填写8至30位数字的银行账号。")
    return number


def _number_end(typed: str) -> str:
    return f"尾号{typed[-4:]}"


def _masked(typed: str) -> str:
    return mask_resident_id(typed) if _is_identity(typed) else typed


def _is_identity(typed: str) -> bool:
    return len(typed) in (15, 18) and typed[:-1].isdecimal()


class BalancesChecker:
    """Finds the books of one table, adds up each row, and says what keeps a book from beginning with it."""

    def __init__(self, upload: Upload) -> None:
        self.place = upload.organization
        self.names: Names | None = None

    def check(self, row: Checked) -> None:
        """See ``offers.Checker``."""
        for name in ("cash", "bank", "total", *PARTS):
            row.clean.setdefault(name, 0)
        if row.is_wrong:
            return
        _check_held(row)
        _check_bound(row)
        if "day" in row.clean and row.clean["day"] >= clock.today():
            row.complain("day", "day", "余额日期应早于今天：填那一天日终的余额。")
        if row.clean["earmarked"] and not row.clean.get("purpose"):
            row.complain("purpose", "sum", "有上级专款的，要写明专款用途。")

    def compare(self, rows: Sequence[Checked]) -> None:
        """Four queries for organisations, books, entries and months; accounts of persons for the one account that is opened."""
        named = [(row, one) for row in rows if (one := self._organization(row)) is not None]
        ids = [one.pk for _, one in named]
        held = {book.organization_id: book for book in Book.objects.filter(organization__in=ids, closed_on=None)}
        begun = _begun(ids)
        for row, one in named:
            row.key, row.key_column = f"organization:{one.pk}", "organization"
            row.clean["organization_id"] = one.pk
            row.clean.setdefault("day", one.live_on - dt.timedelta(days=1))
            book = held.get(one.pk)
            _check_kind(row, one)
            _check_day(row, one, begun.get(one.pk))
            self._check_account(row, one, book)

    def _organization(self, row: Checked) -> Organization | None:
        typed = as_text(row.raw.get("organization"))
        if not typed:
            return None
        if self.names is None:
            self.names = Names(list(Organization.objects.standing().below(self.place).select_related("parent")))
        found = self.names.called(typed)
        keeping = [one for one in found if one.kind in KEEPING]
        if len(keeping) == 1:
            return keeping[0]
        row.complain("organization", "organization", _unclear(typed, self.place, found, keeping))
        return None

    def _check_account(self, row: Checked, one: Organization, book: Book | None) -> None:
        given = [name for name in ACCOUNT if name in row.raw]
        if one.is_branch or book is not None:
            if given:
                text = "党支部不开户，开户信息不会使用。" if one.is_branch else "账户已经开设，这里的开户信息不会使用。"
                row.complain(given[0], "account", text, is_warning=True)
            return
        if one.pk != self.place.pk:
            row.complain(
                "organization", "account", f"{one.short_name}还没有开设党费账户。请先由它在“党费账簿”中开设，再登记期初余额。"
            )
            return
        titles = {column.code: column.title for column in columns()}
        for name in ACCOUNT:
            if name not in row.raw:
                text = f"还没有开设党费账户，要填“{titles[name]}”；也可以先在“党费账簿”中开设账户。"
                row.complain(name, "account", text)
        if not row.is_wrong:
            self._check_people(row, one)

    def _check_people(self, row: Checked, one: Organization) -> None:
        for name in ("accountant", "cashier"):
            try:
                row.clean[f"{name}_id"] = _account_of(as_text(row.raw[name]), one)
            except Invalid as problem:
                row.complain(name, "person", problem.brief)
        if not row.is_wrong and row.clean["accountant_id"] == row.clean["cashier_id"]:
            row.complain("cashier", "person", "会计和出纳不能是同一个人。")
        row.clean["opens"] = True


def _check_held(row: Checked) -> None:
    cash, bank, total = (row.clean[name] for name in ("cash", "bank", "total"))
    if cash + bank != total:
        both = f"现金{money.yuan(cash)}元加银行存款{money.yuan(bank)}元是{money.yuan(cash + bank)}元"
        row.complain("total", "sum", f"{both}，合计写的是{money.yuan(total)}元。")


def _check_bound(row: Checked) -> None:
    total, bound = row.clean["total"], sum(row.clean[name] for name in PARTS)
    if "free" not in row.clean and bound > total:
        name = next(name for name in PARTS if row.clean[name])
        text = f"应上缴、大额党费和专款共{money.yuan(bound)}元，超过了合计{money.yuan(total)}元。"
        row.complain(name, "sum", text)
    elif "free" in row.clean and bound + row.clean["free"] != total:
        both = f"应上缴、大额党费、专款和留存共{money.yuan(bound + row.clean['free'])}元"
        row.complain("free", "sum", f"{both}，合计写的是{money.yuan(total)}元。")


def _check_kind(row: Checked, one: Organization) -> None:
    if one.is_branch and row.clean["bank"]:
        row.complain("bank", "money", "党支部没有银行专户，钱在支部经手的填“现金”；已经存入党委专户的，填在党委那一行。")
    if row.clean["large"] and books.superior_of(one) is not None:
        row.complain("large", "money", f"{openings.LARGE_BELOW}{openings.LARGE_HOW}")


def _check_day(row: Checked, one: Organization, begun: "_Begun | None") -> None:
    day = row.clean["day"]
    if begun is not None and begun.opening is not None:
        row.complain("organization", "begun", f"已经登记过期初余额（{written_day(begun.opening)}），不能再登记。")
    elif begun is not None and begun.first is not None and begun.first <= day:
        row.complain("day", "begun", f"账上已经有{written_day(begun.first)}的业务。{openings.BEGUN_HOW}")
    elif begun is not None and begun.closed is not None and begun.closed >= day.replace(day=1):
        row.complain("day", "begun", f"{begun.closed.year}年{begun.closed.month}月的账已经对账复核，不能再登记以前的余额。")
    if day >= one.live_on and not row.has("day"):
        text = f"{one.short_name}从{written_day(one.live_on)}启用，余额日期一般是前一天；这一天及以前收的党费不能再在平台上登记。"
        row.complain("day", "day", text, is_warning=True)
    elif day >= clock.today() and not row.has("day"):
        row.complain("day", "day", "余额日期应早于今天：填那一天日终的余额。")


def _unclear(typed: str, place: Organization, found: Sequence[Organization], keeping: Sequence[Organization]) -> str:
    if len(keeping) > 1:
        full = "”“".join(f"{one.name}（{one.code}）" for one in keeping[:4])
        return f"有{len(keeping)}个党组织都叫“{typed}”，请写全称或编码：“{full}”。"
    if found:
        return f"“{typed}”是{found[0].get_kind_display()}，不单独记党费账。请写党委或者党支部。"
    return f"在“{place}”范围内没有党组织叫“{typed}”。请写全称、简称或编码。"


class _Begun:
    """How far a book is: its standing opening balance, its first business, its last month that was closed."""

    opening: dt.date | None = None
    first: dt.date | None = None
    closed: dt.date | None = None


def _begun(ids: Sequence[int]) -> dict[int, _Begun]:
    found: dict[int, _Begun] = defaultdict(_Begun)
    rows = JournalEntry.objects.filter(organization__in=ids).order_by()
    standing = rows.filter(kind=EntryKind.OPENING, reversed_by=None)
    for pk, day in standing.values_list("organization_id", "booked_on"):
        found[pk].opening = day
    business = rows.exclude(kind=EntryKind.OPENING).exclude(reverses__kind=EntryKind.OPENING)
    for pk, day in business.values_list("organization_id").annotate(first=Min("booked_on")):
        found[pk].first = day
    closed = Reconciliation.objects.filter(organization__in=ids, checked_at__isnull=False).order_by("month")
    for pk, month in closed.values_list("organization_id", "month"):
        found[pk].closed = month
    return found


def _account_of(typed: str, organization: Organization) -> int:
    """The account of the person meant: by name among those who hold something at the organisation or are members of it."""
    if _is_identity(typed):
        member = Member.objects.filter(
            resident_id_index=index_of(typed), organization__path__startswith=organization.path
        ).first()
        if member is None:
            raise Invalid("名册里没有这个身份号码。", how="请核对号码，或者先登记这名党员。")
        if member.user_id is None:
            raise Invalid(f"{member.name}还没有账号。", how="请先开通账号。")
        return int(member.user_id)
    granted = Grant.objects.in_effect().filter(organization=organization).values("user")
    found = {one.pk for one in User.objects.filter(pk__in=granted, is_active=True, name=typed)}
    found |= {one.user_id for one in org_queries.people_inside(organization, typed) if one.name == typed}
    if len(found) == 1:
        return found.pop()
    if found:
        raise Invalid(f"有{len(found)}个人都叫“{typed}”。", how="请填公民身份号码。")
    raise Invalid(f"找不到“{typed}”的账号。", how="请先开通账号；他应当在本单位任职，或者是这里的党员。")


def enter(*, actor: Actor, upload: Upload, new: Iterable[offers.Row], updates: Iterable[offers.Row], progress: Progress) -> Done:  # noqa: ARG001 - the offer's signature
    """Open the account that is not there yet, then book every balance."""
    rows = list(new)
    found = Organization.objects.in_bulk([row.values["organization_id"] for row in rows])
    for row in rows:
        if row.values.get("opens"):
            _open_account(actor, found[row.values["organization_id"]], row.values)
    openings.open_balances(actor=actor, openings=[_opening(found[row.values["organization_id"]], row.values) for row in rows])
    progress(len(rows))
    kept = {row.number: {"organization": row.values["organization_id"], "opened": bool(row.values.get("opens"))} for row in rows}
    return Done(new=len(rows), kept=kept)


def _open_account(actor: Actor, organization: Organization, values: Any) -> None:
    people = User.objects.in_bulk([values["accountant_id"], values["cashier_id"]])
    open_book(
        actor=actor,
        organization=organization,
        bank=values["bank_name"],
        branch_name=values["bank_branch"],
        account_name=values.get("account_name") or organization.name,
        account_number=values["account_number"],
        accountant=people[values["accountant_id"]],
        cashier=people[values["cashier_id"]],
        opened_on=values["day"],
    )


def _opening(organization: Organization, values: Any) -> Opening:
    return Opening(
        organization=organization,
        day=values["day"],
        cash_fen=values["cash"],
        bank_fen=values["bank"],
        due_up_fen=values["due_up"],
        large_fen=values["large"],
        earmarked_fen=values["earmarked"],
        purpose=values.get("purpose", ""),
    )


def undo(
    *,
    actor: Actor,
    upload: Upload,  # noqa: ARG001 - the offer's signature
    entered_at: dt.datetime,  # noqa: ARG001 - the offer's signature
    kept: Iterator[offers.Row],
    progress: Progress,
) -> int:
    """Take the balances back, and close the account that came with them. See ``offers.Undo``."""
    rows = [row.values for row in kept]
    found = Organization.objects.in_bulk([row["organization"] for row in rows])
    number = openings.take_back_balances(actor=actor, organizations=list(found.values()), reason="撤销导入的期初余额表")
    for row in rows:
        if row["opened"]:
            close_book(actor=actor, book=Book.objects.get(organization=row["organization"], kind=BookKind.BANK))
    progress(number)
    return number


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """Where the balances are to be seen."""
    return (
        NextStep("查看党费账簿", "各本账的余额和凭证", reverse("dues:balances"), "scale"),
        NextStep("上缴下拨", "启用前应上缴的，从这里转出", reverse("dues:transfers", args=[organization.pk]), "arrow-up-circle"),
    )


SHEET: Final = Sheet(
    code=CODE,
    title="党费账期初余额表",
    permission="dues.open_balance",
    words=WORDS,
    columns=columns,
    name_column="organization",
    checker=BalancesChecker,
    enter=enter,
    undo=undo,
    kinds=KINDS,
    headers_left_aside=frozenset({"序号", "备注"}),
    notes=NOTES,
    next_steps=next_steps,
    order=60,
)
