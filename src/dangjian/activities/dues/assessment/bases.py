"""The table of wage bases: a whole enterprise's bases come in by one spreadsheet, are checked, entered and taken back.

A person is found by ID number, or by employee number and name. The base stands in one column, or is added up from the
columns of wage items, which are those of the rulebook.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.urls import reverse

from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions.assessing import MONTHS_AHEAD, Former, Row, assess_many, take_back
from dangjian.activities.dues.assessment.actions.paid_before import forget_paid, note_paid
from dangjian.activities.dues.assessment.bases_out import OUT
from dangjian.activities.dues.assessment.models import Assessment, PaidUntil
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import BANDED, WageItem, WagePart, counted_base, month_of, months_between, shifted
from dangjian.kernel import clock, identity, money, names
from dangjian.kernel.actor import Actor
from dangjian.kernel.dates import parse_month
from dangjian.kernel.errors import Invalid
from dangjian.kernel.fields import mask_resident_id
from dangjian.kernel.forms import month_choices
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.members.models import Member, Standing
from dangjian.members.own import is_own
from dangjian.members.queries.known import index_of
from dangjian.org import sheet_offers as offers
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Checked, Done, NextStep, Progress, Sheet, SheetColumn, Upload, Words

CODE: Final = "dues_bases"
BASE: Final = "base"
PAID: Final = "paid_until"
ITEM: Final = "item_"
AT_ONCE: Final = 500

KINDS: Final = {"person": "找不到这个人", "money": "金额", "payer": "交纳人类别", "base": "计算基数", "month": "已交至的月份"}
"""What problems are sorted by."""

PAYER_WORDS: Final[Mapping[str, PayerKind]] = {
    **{kind.label: kind for kind in PayerKind},
    "在职": PayerKind.SALARIED,
    "工资制": PayerKind.SALARIED,
    "年薪制": PayerKind.ANNUAL_SALARY,
    "个体经营": PayerKind.SELF_EMPLOYED,
    "自由职业": PayerKind.SELF_EMPLOYED,
    "退休": PayerKind.RETIRED,
    "离休": PayerKind.RETIRED,
    "退休人员": PayerKind.RETIRED,
    "下岗": PayerKind.UNEMPLOYED,
    "失业": PayerKind.UNEMPLOYED,
    "低保": PayerKind.RELIEF,
    "领取抚恤救济": PayerKind.RELIEF,
}
"""How people write the kind of payer."""

WORDS: Final = Words(
    noun="基数表",
    subject="党费计算基数",
    unit="人",
    advice=(
        "一名党员一行，写明姓名、公民身份号码或者员工编码，以及计算基数。",
        "没有现成基数的，可以直接填工资项目的各列，平台按规定算出基数；两种都填了的，以工资项目为准。",
        "不填类别的，在职党员按工资制核定；已经核定过的，按原来的类别。",
        "启用平台以前已经交了党费的，在“已交至”写明交到哪个月，从下个月起核定，交过的月份不再生成应交党费。",
    ),
    empty="先下载模板填写，也可以从工资系统导出后改表头。",
    needs="党员名册要先入库：按公民身份号码或员工编码找到每个人。",
    update="已核定过",
    undo="这次写入的核定会撤回，原来的核定恢复，应交党费随之调整。导入以后又核定过其中党员的，不能整批撤回。",
)
NOTES: Final = (
    "一名党员填一行。第二行是示例（虚构的人），名字以“示例”开头的行不会导入，可以删除。",
    "金额以元为单位，最多两位小数；扣除的项目（个人所得税、社会保险、公积金、年金）也填正数。",
    "上传后先检查，每个问题都会指出单元格；改好以后再入库，入库时按规定算出每人每月应交多少，入库后可以整批撤回。",
)


ITEM_WORDS: Final[Mapping[WageItem, tuple[str, ...]]] = {
    WageItem.BASE_PAY: ("基础工资", "基薪", "底薪", "薪级工资"),
    WageItem.POST_PAY: ("岗位薪资", "岗薪", "岗位薪酬"),
    WageItem.REGULAR_BONUS: ("绩效工资", "绩效", "绩效奖金", "月度绩效", "月绩效", "月度绩效工资", "月奖金", "月度奖金", "月奖"),
    WageItem.OTHER_FIXED: ("工龄工资", "年功工资"),
    WageItem.BASIC_PERFORMANCE: ("基础性绩效工资", "基础性绩效", "基础绩效"),
    WageItem.INCOME_TAX: ("个税", "所得税", "代扣个税", "代扣个人所得税", "扣个税", "代扣税", "个调税"),
    WageItem.PENSION_INSURANCE: (
        "养老保险",
        "基本养老保险",
        "养老",
        "养老金",
        "个人养老保险",
        "养老保险个人",
        "扣养老保险",
        "代扣养老保险",
    ),
    WageItem.MEDICAL_INSURANCE: (
        "医疗保险",
        "基本医疗保险",
        "医疗",
        "医保",
        "个人医疗保险",
        "医疗保险个人",
        "扣医疗保险",
        "代扣医疗保险",
    ),
    WageItem.UNEMPLOYMENT_INSURANCE: ("失业保险", "失业", "失业金", "个人失业保险", "失业保险个人", "扣失业保险", "代扣失业保险"),
    WageItem.HOUSING_FUND: ("公积金", "住房公积金", "个人公积金", "公积金个人", "扣公积金", "代扣公积金", "房积金"),
    WageItem.ANNUITY: ("年金", "企业年金", "职业年金", "年金个人", "扣年金", "代扣年金"),
    WageItem.HOUSING_ALLOWANCE: ("房补", "住房补助"),
    WageItem.TRANSPORT_ALLOWANCE: ("交通补助", "交通费", "交通津贴"),
    WageItem.CAR_ALLOWANCE: ("车补", "公车补贴"),
    WageItem.PHONE_ALLOWANCE: ("通讯费", "通讯补助", "话费补贴", "电话补贴"),
    WageItem.OVERTIME_PAY: ("加班费", "加班工资"),
    WageItem.MEAL_ALLOWANCE: ("餐补", "伙食补贴", "午餐补贴", "误餐费"),
    WageItem.HEATING_ALLOWANCE: ("取暖补贴", "采暖补贴", "采暖费"),
    WageItem.COOLING_ALLOWANCE: ("高温补贴", "高温津贴", "防暑降温补贴"),
    WageItem.PROPERTY_ALLOWANCE: ("物业补贴", "物业费补贴"),
}
"""How pay slips call the items. A name stands once; what could be another item (奖金, 津贴) is asked for instead."""


def columns() -> Sequence[SheetColumn]:
    """Who, what kind of payer, the base, and the wage items of today's rules."""
    items = [
        SheetColumn(
            f"{ITEM}{rule.item.value}",
            rule.item.label,
            ITEM_WORDS.get(rule.item, ()),
            read=_amount,
            kind="money",
            hint={"counted": "计入基数", "deducted": "从基数中扣除，填正数", "left_out": "不计入基数"}[rule.part],
            in_template=rule.part is not WagePart.LEFT_OUT,
        )
        for rule in rates.wage_items(month_of(clock.today()))
    ]
    return (
        SheetColumn("name", "姓名", ("党员姓名", "名字"), required=True, read=as_text, example="示例张三", in_preview=True),
        SheetColumn(
            "resident_id", "公民身份号码", ("身份证号", "身份证号码", "身份证", "证件号码"),
            example=identity.fictional_resident_id(dt.date(1980, 1, 1), 1),
            hint="18位；填了员工编码的可以不填。", mask=mask_resident_id,
        ),
        SheetColumn(
            "employee_no", "员工编码", ("工号", "员工编号", "职工编号", "人员编号"),
            read=as_text, example="100001", in_preview=True,
        ),
        SheetColumn(
            "payer", "交纳人类别", ("类别", "党费类别", "缴费类别"), read=_payer, kind="payer", repeats=True,
            example=PayerKind.SALARIED.label, choices=tuple(PayerKind.labels), in_preview=True,
            write=lambda kind: PayerKind(kind).label,
        ),
        SheetColumn(
            BASE, "计算基数", ("党费基数", "缴费基数", "基数", "党费计算基数", "交纳基数"), read=_amount, kind="money",
            example="6500", hint="税后，每月，单位元。", in_preview=True, write=lambda fen: fen / 100,
        ),
        SheetColumn(
            PAID, "已交至",
            ("已交至月份", "已交到", "交至", "交到", "党费交至", "党费已交至", "缴至", "已缴至", "交纳至", "缴纳至"),
            read=parse_month, kind="month", repeats=True, example="2026年12月",
            hint="启用平台以前已经交到哪个月，例如2026年12月；没有提前交的可以不填。", in_preview=True, write=_written,
        ),
        *items,
    )  # fmt: skip


def _amount(value: Value) -> int:
    """分; an average is rounded, which the checker points out."""
    return money.parse(value, rounding=True)


def _payer(value: Value) -> str:
    typed = as_text(value).strip().replace("(", "（").replace(")", "）")
    found = PAYER_WORDS.get(typed)
    if found is None:
        raise Invalid(f"没有“{typed}”这个类别。", how="请填在职（工资制）、在职（年薪制）、离退休等。")
    return found.value


class BasesChecker:
    """Finds the people of one table, works out each base, and says what each will pay."""

    def __init__(self, upload: Upload) -> None:
        self.month: dt.date = dt.date.fromisoformat(upload.answers["from_month"])
        self.organization, self.by = upload.organization, upload.by
        self.first_month = rates.collection_rules(self.month).first_month
        self.latest = rates.collection_rules(clock.today()).prepay_latest(clock.today())

    def check(self, row: Checked) -> None:
        """See ``offers.Checker``."""
        if "resident_id" in row.raw:
            self._identity(row)
        elif "employee_no" not in row.raw:
            row.complain("resident_id", "person", "公民身份号码和员工编码至少填一项。")
        self._tell_rounding(row)
        items = {name.removeprefix(ITEM): fen for name, fen in row.clean.items() if name.startswith(ITEM) and fen}
        if items:
            try:
                row.clean["worked_base"] = counted_base(items)
            except Invalid as problem:
                row.complain("", "base", problem.message)
        elif BASE in row.clean:
            row.clean["worked_base"] = row.clean[BASE]

        if row.clean.get(PAID, self.month) > self.latest:
            row.complain(PAID, "month", f"党费最多可以预交到{_written(self.latest)}，请核对。")

    def _tell_rounding(self, row: Checked) -> None:
        for name, fen in row.clean.items():
            if name != BASE and not name.startswith(ITEM):
                continue
            try:
                money.parse(row.raw[name])
            except Invalid:
                text = f"“{as_text(row.raw[name])}”超过两位小数，四舍五入按{money.yuan(fen)}元计算。"
                row.complain(name, "money", text, is_warning=True)

    def _identity(self, row: Checked) -> None:
        try:
            row.clean["resident_id"] = identity.check_resident_id(row.raw["resident_id"], today=clock.today()).number
        except Invalid as problem:
            row.complain("resident_id", "person", problem.brief)

    def compare(self, rows: Sequence[Checked]) -> None:
        """Two queries for the people, two for the assessments they have and the months they have paid."""
        found = self._people(rows)
        known = {one.pk: one for one in {id(one): one for one in found.values()}.values()}
        held = {one.member_id: one for one in Assessment.objects.in_month(self.month).filter(member__in=known)}
        self.paid = dict(PaidUntil.objects.filter(member__in=known).values_list("member_id", "month"))
        for row in rows:
            member = found.get(_wanted(row))
            if member is None:
                if not row.has("resident_id") and not row.has("employee_no"):
                    row.complain("name", "person", self._nobody(row))
                continue
            row.key, row.key_column = f"member:{member.pk}", "name"
            row.doubled = "与第{first}行是同一名党员。请核对，重复的一行点“忽略此行”。"
            self._judge(row, member, held.get(member.pk))

    def _people(self, rows: Sequence[Checked]) -> dict[tuple[str, str], Member]:
        """Members of the organisation by what a row calls them: ``("id", index)`` or ``("no", number and name)``."""
        wanted = {_wanted(row) for row in rows}
        indexes = [text for how, text in wanted if how == "id" and text]
        numbers = [text.partition("\n")[0] for how, text in wanted if how == "no"]
        below = Member.objects.filter(organization__path__startswith=self.organization.path)
        by_id = below.filter(resident_id_index__in=indexes)
        by_number = below.filter(~Q(employee_no=""), employee_no__in=numbers, standing=Standing.NORMAL)
        found = {("id", one.resident_id_index): one for one in by_id.select_related("branch", "organization")}
        return found | {
            ("no", f"{one.employee_no}\n{names.fold(one.name)}"): one
            for one in by_number.select_related("branch", "organization")
        }

    def _nobody(self, row: Checked) -> str:
        where = self.organization.short_name
        if "resident_id" in row.clean:
            return f"{where}的名册里没有这个身份号码。请核对号码，或者先登记这名党员。"
        return f"{where}的名册里没有员工编码和姓名都相同的党员，请核对，或者填公民身份号码。"

    def _judge(self, row: Checked, member: Member, held: Assessment | None) -> None:
        if not names.same(row.clean.get("name", ""), member.name):
            row.complain("name", "person", f"这个号码登记的是{member.name}，请核对是不是填错了行。")
            return
        if is_own(self.by, member):
            row.outcome = "ignored"
            row.complain("name", "person", "这一行是您本人。本人的党费不能由自己核定，这一行不入库。", is_warning=True)
            return
        if member.standing != Standing.NORMAL:
            row.complain("name", "person", f"{member.name}的党籍状态是“{member.get_standing_display()}”，不再核定党费。")
            return
        kind = PayerKind(row.clean.get("payer") or (held.kind if held else PayerKind.SALARIED))
        base = row.clean.get("worked_base")
        if kind in BANDED and base is None:
            if not row.is_wrong:
                row.complain(BASE, "base", "没有填写计算基数，也没有填工资项目。")
            return
        if kind in BANDED and not base:
            text = f"{kind.label}人员的计算基数是0，每月应交就是0元。请核对是不是漏填，或者公式没有算出结果。"
            row.complain(BASE, "base", text, is_warning=True)
        first = self.first_month(member.joined_on) if member.joined_on else self.month
        paid = row.clean.get(PAID)
        if paid is not None:
            first = max(first, shifted(paid, 1))
            self._tell_gap(row, paid, member)
        row.clean |= {
            "member_id": member.pk,
            "payer": kind.value,
            "worked_base": base if kind in BANDED else 0,
            "start": max(first, self.month),
            "assess": True,
        }
        self._compare_with(row, held)

    def _tell_gap(self, row: Checked, paid: dt.date, member: Member) -> None:
        """Months between what was paid and going live are no arrears here; whoever fills in the table should know."""
        gap = months_between(shifted(paid, 1), shifted(month_of(member.branch.live_on), -1))
        if gap:
            span = _written(gap[0]) + (f"至{_written(gap[-1])}" if gap[1:] else "")
            text = f"{span}在启用以前，平台不计欠交；本人现在补交的，在收款页面登记。"
            row.complain(PAID, "month", text, is_warning=True)

    def _compare_with(self, row: Checked, held: Assessment | None) -> None:
        kind, base = PayerKind(row.clean["payer"]), row.clean["worked_base"]
        if held is None:
            return
        row.outcome, row.record_id = "update", held.pk
        if held.kind == kind and held.base_fen == base:
            row.clean["assess"] = False
            if row.clean.get(PAID) in {None, self.paid.get(held.member_id)}:
                row.outcome = "ignored"
            return
        worked = rates.worked_out(kind, base, row.clean["start"])
        if worked.amount_fen != held.amount_fen and rates.keeps_for_the_year(
            held.kind, held.from_month, kind, row.clean["start"]
        ):
            text = (
                f"今年已核定为每月{money.yuan(held.amount_fen)}元，年内一般不变动；入库后改为{money.yuan(worked.amount_fen)}元。"
            )
            row.complain(BASE, "base", text, is_warning=True)


def _wanted(row: Checked) -> tuple[str, str]:
    """By what a row calls its person; the ID number goes before the employee number."""
    if "resident_id" in row.clean:
        return "id", index_of(row.clean["resident_id"])
    return "no", f"{row.clean.get('employee_no', '')}\n{names.fold(row.clean.get('name', ''))}"


def _written(month: dt.date) -> str:
    return f"{month.year}年{month.month}月"


def enter(*, actor: Actor, upload: Upload, new: Iterable[offers.Row], updates: Iterable[offers.Row], progress: Progress) -> Done:
    """Note what was paid on paper and assess everybody of the table; what that takes the place of is kept for undoing."""
    fresh, again = list(new), list(updates)
    wanted = [*fresh, *again]
    members = _members(wanted)
    paid = {members[row.values["member_id"]]: row.values[PAID] for row in wanted if PAID in row.values}
    before = note_paid(actor=actor, months=paid, batch=upload.batch)
    done = assess_many(actor=actor, rows=_rows(wanted, members), batch=upload.batch)
    progress(len(wanted))
    kept = {row.number: _packed(row.values["member_id"], done.former, before) for row in wanted}
    return Done(new=len(fresh), updated=len(again), kept=kept)


def _members(rows: Sequence[offers.Row]) -> dict[int, Member]:
    members: dict[int, Member] = {}
    for place in range(0, len(rows), AT_ONCE):
        ids = [row.values["member_id"] for row in rows[place : place + AT_ONCE]]
        members |= Member.objects.select_related("branch", "organization").in_bulk(ids)
    return members


def _rows(rows: Sequence[offers.Row], members: Mapping[int, Member]) -> list[Row]:
    return [
        Row(
            members[one["member_id"]],
            one["payer"],
            one["start"],
            one["worked_base"],
            {name.removeprefix(ITEM): fen for name, fen in one.items() if name.startswith(ITEM) and fen},
            reason="按基数表核定",
        )
        for one in (row.values for row in rows)
        if one["assess"]
    ]


def _packed(member_id: int, former: Mapping[int, Former], paid: Mapping[int, dt.date | None]) -> dict[str, object]:
    """What undoing a row needs: its assessments, and under ``paid`` what was noted before (``""`` for nothing) if it changed."""
    assessed = former.get(member_id, Former())
    cut = [[pk, until.isoformat() if until else ""] for pk, until in assessed.cut.items()]
    packed = {"replaced": list(assessed.replaced), "cut": cut, "member": member_id}
    if member_id in paid:
        before = paid[member_id]
        packed["paid"] = before.isoformat() if before else ""
    return packed


def undo(
    *,
    actor: Actor,
    upload: Upload,
    entered_at: dt.datetime,  # noqa: ARG001 - the offer's signature; the assessments know when they were made
    kept: Iterator[offers.Row],
    progress: Progress,
) -> int:
    """Take the assessments and paid months of the table back. See ``offers.Undo``."""
    rows = [row.values for row in kept]
    paid = {row["member"]: dt.date.fromisoformat(row["paid"]) if row["paid"] else None for row in rows if "paid" in row}
    forget_paid(actor=actor, batch=upload.batch, former=paid)
    former = [
        Former(row["replaced"], {pk: dt.date.fromisoformat(end) if end else None for pk, end in row["cut"]}) for row in rows
    ]
    take_back(actor=actor, batch=upload.batch, former=former)
    progress(len(rows))
    return len(rows)


def questions() -> dict[str, forms.Field]:
    """From which month on the bases hold: from next January, as a rule, or from now on if nobody is assessed yet."""
    today = clock.today()
    this = month_of(today)
    oldest = rates.collection_rules(today).backpay_oldest(today)
    january = dt.date(this.year + 1, 1, 1)
    waits = this.month >= 11 and Assessment.objects.exists()
    return {
        "from_month": forms.ChoiceField(
            label="从哪个月起",
            choices=month_choices(months_between(oldest, shifted(this, MONTHS_AHEAD))),
            initial=(january if waits else this).isoformat(),
            help_text="年度核定选1月。入党晚于这个月的，从本人开始交纳党费的月份起。",
        )
    }


def figures(values: Mapping[str, Any]) -> Sequence[str]:
    """The base that was worked out of a row, and the sum of a month that follows from it."""
    if not values.get("assess"):
        return ()
    kind, base = PayerKind(values["payer"]), values["worked_base"]
    worked = rates.worked_out(kind, base, values["start"])
    return (money.yuan(base) if kind in BANDED else "—", money.yuan(worked.amount_fen))


def missing(_organization: Organization, found: Collection[str]) -> list[str]:
    """A name, something that tells people apart, and a base in one way or the other."""
    lacking = [] if "name" in found else ["姓名"]
    if not {"resident_id", "employee_no"} & set(found):
        lacking.append("公民身份号码或员工编码")
    if not any(name in {BASE, "payer"} or name.startswith(ITEM) for name in found):
        lacking.append("计算基数或工资项目")
    return lacking


def said(answers: Mapping[str, Any]) -> Sequence[str]:
    """What was answered, in a line."""
    month = dt.date.fromisoformat(answers["from_month"])
    return (f"{month.year}年{month.month}月起执行",)


def next_steps(organization: Organization) -> Sequence[NextStep]:
    """Where the sums are to be seen."""
    profiles = f"{reverse('dues:profiles')}?organization={organization.pk}"
    return (
        NextStep("查看核定结果", "每个人每月应交多少", profiles, "coin-yuan"),
        NextStep("还没有核定的人", "看看还差谁", f"{profiles}&state=none", "user-question"),
    )


SHEET: Final = Sheet(
    code=CODE,
    title="党费计算基数表",
    permission="dues.assess",
    words=WORDS,
    columns=columns,
    name_column="name",
    checker=BasesChecker,
    enter=enter,
    undo=undo,
    questions=questions,
    missing=missing,
    kinds=KINDS,
    of_people=True,
    out=OUT,
    answer_for=lambda found: any(name.startswith(ITEM) for name in found),
    figure_titles=("计入的基数（元）", "每月应交（元）"),
    figures=figures,
    headers_left_aside=frozenset(
        {"序号", "部门", "所在支部", "党支部", "所在党支部", "所在部门", "备注", "每月应交", "月交党费"}
    ),
    notes=NOTES,
    said=said,
    next_steps=next_steps,
    order=50,
)
