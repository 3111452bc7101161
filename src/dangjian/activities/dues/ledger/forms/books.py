"""Forms of the books: accounts, sums, terms, allocations, use, counting. Money is typed in yuan and cleans to 分."""

import datetime as dt
import uuid
from typing import Any, Unpack

from django import forms
from django.db.models import Q, QuerySet

from dangjian.accounts.models import User
from dangjian.accounts.queries import found_account
from dangjian.activities.dues.ledger.actions.books import banks
from dangjian.activities.dues.ledger.models import PURPOSES, Book, BookKind, RemittanceLevel, RemittancePeriod
from dangjian.activities.dues.ledger.queries import books, remittances
from dangjian.activities.dues.policy import months_between, shifted
from dangjian.kernel import clock, money
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, MonthField, YuanField, field_of
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import Choices
from dangjian.kernel.rulebook import book as rulebook
from dangjian.kernel.ui.forms import RadioCards, Segmented
from dangjian.kernel.ui.words import day as written_day
from dangjian.members.queries.people import by_pinyin
from dangjian.org import queries as org_queries
from dangjian.org.forms import organization_field, person_field
from dangjian.org.lookup import LookupField, Option
from dangjian.org.models import Grant, Organization
from dangjian.org.offers import Decided, DecisionSource, Person


def _today() -> forms.DateField:
    return forms.DateField(label="日期", initial=clock.today, help_text="不能晚于今天，也不能落在已经对账复核的月份。")


class PeopleForm(EditForm):
    """Accountant and cashier of a book: members, holders of posts or roles there, and whoever keeps it now."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        self.organization = organization
        for name, label in (("accountant", "会计"), ("cashier", "出纳")):
            self.fields[name] = person_field(self._search, self._resolve, label=label)

    def _near(self) -> QuerySet[User]:
        """Accounts with a role at the organisation itself, or named in its book."""
        granted = Grant.objects.in_effect().filter(organization=self.organization).values("user")
        kept = Book.objects.filter(organization=self.organization)
        named = Q(pk__in=kept.values("accountant")) | Q(pk__in=kept.values("cashier"))
        return by_pinyin(User.objects.filter(named | Q(pk__in=granted), is_active=True))

    def _search(self, text: str) -> list[Person]:
        near = [Person(one.pk, one.name, self.organization.short_name) for one in self._near().filter(found_account(text))]
        seen = {one.user_id for one in near}
        return near + [one for one in org_queries.people_inside(self.organization, text) if one.user_id not in seen]

    def _resolve(self, user_id: int) -> Person | None:
        one = self._near().filter(pk=user_id).first()
        return Person(one.pk, one.name, self.organization.short_name) if one else org_queries.person(user_id)

    def clean(self) -> dict[str, object]:
        """Accounts in place of their numbers."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("accountant", "cashier"):
            if cleaned.get(name):
                cleaned[name] = User.objects.get(pk=cleaned[name])
        return cleaned


class OpenForm(PeopleForm):
    """A committee's account with its bank."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(organization, data, files, **more)
        own = {
            "bank": forms.ChoiceField(label="开户银行", choices=banks(), widget=RadioCards()),
            "branch_name": forms.CharField(label="开户网点", max_length=80, help_text="例如：云岭市人民路支行。"),
            "account_name": forms.CharField(
                label="户名",
                max_length=120,
                initial=organization.name,
                help_text="以党委或者党委组织部门的名义单独开设，与银行预留的一致。",
            ),
            "account_number": forms.CharField(
                label="账号",
                max_length=40,
                help_text="加密保存，页面上只显示后四位；党员转账时才显示全号。",
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "data-private": True}),
            ),
            "opened_on": forms.DateField(label="开户日期", initial=clock.today),
        }
        self.fields = {**own, **self.fields}


class AmountForm(forms.Form):
    """A sum and a day; ``key`` makes sending it twice harmless."""

    amount_fen = YuanField(label="金额（元）", least=1)
    booked_on = _today()
    key = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        more["initial"] = {"key": uuid.uuid4().hex, **(more.get("initial") or {})}
        super().__init__(data, files, **more)


class SendForm(forms.Form):
    """The money leaves."""

    sent_on = forms.DateField(label="转出日期", initial=clock.today, help_text="钱实际转出的日期。")
    in_cash = forms.BooleanField(label="用库存现金", required=False)

    def __init__(self, book: Book, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        if book.kind == BookKind.CASH:
            del self.fields["in_cash"]


class ReceiveForm(forms.Form):
    """The money has arrived, or (``outside``) the superior's receipt."""

    received_on = forms.DateField(label="到账日期", initial=clock.today)
    in_cash = forms.BooleanField(label="收到的是现金", required=False)
    receipt = forms.CharField(label="收据号", max_length=80, required=False)

    def __init__(
        self, book: Book, data: Data = None, files: Files = None, *, outside: bool = False, **more: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **more)
        if outside:
            self.fields["received_on"].label = "收据日期"
            self.fields["receipt"].label = "上级收据号"
            self.fields["receipt"].required = True
        else:
            self.fields["receipt"].help_text = "开给下级的收据号，不填就用本级的凭证号。"
        if outside or book.kind == BookKind.CASH:
            del self.fields["in_cash"]


class OutsideForm(forms.Form):
    """An allocation from a superior that is not on this platform."""

    superior_name = forms.CharField(label="下拨的上级党组织", max_length=120)
    amount_fen = YuanField(label="金额（元）", least=1)
    use = forms.ChoiceField(label="用途", choices=PURPOSES, widget=RadioCards())
    purpose = forms.CharField(label="具体用途", max_length=200, help_text="按上级通知填写，例如：慰问生活困难党员。")
    received_on = _today()
    receipt = forms.CharField(label="上级文号或者收据号", max_length=80, required=False)


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label="原因", max_length=150, help_text="会写进冲销凭证的摘要，请写清楚。")


class TermsForm(forms.Form):
    """What a superior asks of those below."""

    level = forms.ChoiceField(label="适用于", widget=RadioCards())
    superior_name = forms.CharField(
        label="上级党组织", max_length=120, required=False, help_text="只在登记平台以外上级的要求时填写。"
    )
    ratio = forms.DecimalField(
        label="上缴比例（%）", min_value=0, max_value=100, decimal_places=2, help_text="占党员实交党费的百分比，全部上缴填100。"
    )
    period = forms.ChoiceField(label="上缴周期", choices=RemittancePeriod.choices, widget=Segmented())
    due_days = forms.IntegerField(label="周期结束后多少天内上缴", min_value=0, max_value=180)
    from_month = MonthField(label="从哪个月起")
    document = forms.CharField(label="依据文号", max_length=120, required=False)

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        levels = [RemittanceLevel.BRANCH, RemittanceLevel.COMMITTEE]
        if books.superior_of(organization) is None:
            levels.append(RemittanceLevel.OWN)
        else:
            del self.fields["superior_name"]
        field_of(self, "level", forms.ChoiceField).choices = [(one.value, one.label) for one in levels]
        default, this = remittances.default_term(RemittanceLevel.COMMITTEE), clock.today().replace(day=1)
        field_of(self, "from_month", MonthField).offer(months_between(shifted(this, -24), shifted(this, 12)))
        self.initial = {
            "level": RemittanceLevel.BRANCH,
            "period": default.period,
            "due_days": default.due_days,
            "from_month": this,
            **self.initial,
        }

    def keywords(self) -> Cleaned:
        """The keywords of ``set_terms``."""
        chosen = dict(self.cleaned_data)
        chosen["ratio_percent_x100"] = int(chosen.pop("ratio") * 100)
        return chosen


class DecisionForm(forms.Form):
    """Something that rests on a collective decision: a meeting held on this platform, or one named by hand."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        self.organization = organization
        self.fields["meeting"] = LookupField(
            search=self._search,
            resolve=self._resolve,
            placeholder="按会议名称查找",
            missing="请选择会议",
            label="集体研究决定的会议",
            required=False,
            help_text="选在平台上召开的会议；会议没有在平台上召开的，在下面填写名称和日期。",
        )
        self.fields["decision"] = forms.CharField(label="会议名称（没有在平台上召开时填写）", max_length=160, required=False)
        self.fields["decided_on"] = forms.DateField(label="会议日期（没有在平台上召开时填写）", required=False)

    def _search(self, text: str) -> list[Option]:
        found = [one for source in offers(DecisionSource) for one in source.find(self.organization.pk, text, 12)]
        return [_option(one) for one in found]

    def _resolve(self, value: str) -> Option | None:
        for source in offers(DecisionSource):
            if one := source.named(self.organization.pk, value):
                return _option(one)
        return None

    def clean(self) -> dict[str, object]:
        """``decision``, ``decided_on`` and ``decision_url`` of the meeting chosen, or as they were typed."""
        cleaned: dict[str, Any] = super().clean() or {}
        meeting: Decided | None = cleaned.pop("meeting", None)
        cleaned["decision_url"] = ""
        if meeting is not None:
            cleaned |= {"decision": meeting.title, "decided_on": meeting.held_on, "decision_url": meeting.url}
        for name in ("decision", "decided_on"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, "请选择平台上的会议，或者在这里填写。")
        return cleaned


def _option(one: Decided) -> Option:
    return Option(one.url, one.title, f"{written_day(one.held_on)} {one.detail}", one)


class _Earmarks(forms.ChoiceField):
    """One of the allocations that have something left, or none."""

    def __init__(self, organization: Organization) -> None:
        self.found = {str(one.transfer.pk): one for one in books.earmarks(organization)}
        choices = [("", "不是，用本级自有的党费")]
        for key, one in self.found.items():
            row = one.transfer
            text = f"{row.superior_name} {written_day(row.received_on)}下拨：{row.purpose or row.get_use_display()}"
            choices.append((key, f"{text}，还有{money.yuan(one.left_fen)}元"))
        super().__init__(label="是否使用上级下拨的专款", choices=choices, required=False, widget=RadioCards())

    def clean(self, value: object) -> object:
        """The allocation itself."""
        found = self.found.get(super().clean(value))
        return found.transfer if found else None


class SpendingForm(DecisionForm):
    """Use of dues."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(organization, data, files, **more)
        scope = rulebook().on("dues.use.scope", clock.today()).expect(Choices)
        own: dict[str, forms.Field] = {
            "purpose": forms.ChoiceField(label="用途", choices=[(one.code, one.title) for one in scope], widget=RadioCards()),
            "title": forms.CharField(label="事项", max_length=120, help_text="例如：订阅党员学习资料；慰问困难党员3人。"),
            "amount_fen": YuanField(label="金额（元）", least=1),
            "payee": forms.CharField(label="收款方", max_length=120),
        }
        earmark = _Earmarks(organization)
        if earmark.found:
            own["earmark"] = earmark
        self.fields = {**own, **self.fields}


class AllocationForm(DecisionForm):
    """An allocation to one below."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(organization, data, files, **more)
        below = books.directly_below(organization)
        own: dict[str, forms.Field] = {
            "organization": organization_field(below, label="下拨给"),
            "amount_fen": YuanField(label="金额（元）", least=1),
            "use": forms.ChoiceField(
                label="限定用途", choices=[("", "不限定，按五个方面使用"), *PURPOSES], required=False, widget=RadioCards()
            ),
            "purpose": forms.CharField(label="具体用途", max_length=200, help_text="例如：七一前慰问生活困难党员。"),
        }
        earmark = _Earmarks(organization)
        if earmark.found:
            own["earmark"] = earmark
        self.fields = {**own, **self.fields}


class PayForm(forms.Form):
    """The cashier pays."""

    paid_on = forms.DateField(label="付款日期", initial=clock.today)
    in_cash = forms.BooleanField(label="用库存现金支付", required=False)

    def __init__(self, book: Book, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        if book.kind == BookKind.CASH:
            del self.fields["in_cash"]


class CountForm(forms.Form):
    """What was counted at the end of a month."""

    cash_fen = YuanField(label="清点的现金（元）")
    bank_fen = YuanField(label="银行对账单余额（元）")
    explanation = forms.CharField(
        label="差额说明",
        max_length=300,
        required=False,
        help_text="与账面一致的不用填。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, book: Book, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        if book.kind == BookKind.CASH:
            del self.fields["bank_fen"]
            self.fields["cash_fen"].label = "清点的现金和代收款（元）"


class PublishForm(forms.Form):
    """What is added to the figures."""

    note = forms.CharField(
        label="说明",
        max_length=500,
        required=False,
        help_text="可以说明党费使用情况和下一步打算，不填也可以。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SpanFilter(forms.Form):
    """A period between two days, the present year until today if nothing is chosen."""

    since = forms.DateField(label="从", required=False)
    until = forms.DateField(label="到", required=False)

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        self.is_valid()

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day, in order."""
        today = clock.today()
        first = self.cleaned_data.get("since") or today.replace(month=1, day=1)
        last = self.cleaned_data.get("until") or today
        return (first, last) if first <= last else (last, first)
