"""Forms of a member who pays, and of the accountant who looks at what came."""

from collections.abc import Sequence
from typing import Unpack

from django import forms

from dangjian.activities.dues import rates
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.offers import PaymentProvider
from dangjian.activities.dues.payments.banking.files import MOST_BYTES
from dangjian.kernel import clock, money
from dangjian.kernel.forms import Data, Files, FormOptions, YuanField, field_of
from dangjian.kernel.ui import words
from dangjian.kernel.ui.forms import CheckChips, RadioCards, SuggestInput

LEFT_OUT_REASONS = (
    "银行利息",
    "下级党组织上缴的党费",
    "网上支付平台的结算款，已按通知入账",
    "误转，已退回付款人",
    "单位代交或者扣缴的，已退回付款单位",
)
"""Why money that came in is no member's dues, offered while one types."""


class _Months(forms.MultipleChoiceField):
    """Bills by their numbers, cleaned to whole numbers."""

    def clean(self, value: object) -> list[int]:
        return [int(one) for one in super().clean(value)]


class OrderForm(forms.Form):
    """What a member is going to pay, and how."""

    bills = _Months(label="要交的月份", required=False, error_messages={"invalid_choice": "选中的月份刚刚有变动，请重新勾选。"})
    extra_fen = YuanField(label="自愿多交（元）", required=False)
    provider = forms.ChoiceField(label="支付方式", widget=RadioCards, error_messages={"required": "请选择支付方式。"})

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        bills: Sequence[Bill],
        providers: Sequence[PaymentProvider],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["extra_fen"].help_text = rates.extra_rule(clock.today()).text
        field_of(self, "bills", forms.ChoiceField).choices = [(str(bill.pk), str(bill)) for bill in bills]
        provider = self.fields["provider"]
        provider.widget.notes = {one.code: one.intro for one in providers}
        provider.choices = [(one.code, one.title) for one in providers]  # type: ignore[attr-defined]  # a choice field
        if providers:
            provider.initial = providers[0].code


class StatementForm(forms.Form):
    """A bank's statement."""

    statement = forms.FileField(
        label="银行流水文件",
        help_text="从网上银行下载的账户交易明细，Excel（xlsx、xls）、ods或CSV都可以，不用改动。同一份文件、同一笔流水只入账一次。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": "这个文件是空的。", "required": "请选择文件。"},
    )

    def clean_statement(self) -> object:
        """Not larger than is read."""
        file = self.cleaned_data["statement"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"文件超过{MOST_BYTES // 1_000_000}MB，请缩短起止日期，分几次下载和导入。")
        return file


class ClaimForm(forms.Form):
    """Which bills of a ``member`` the money settles, and what of it is given freely; ``order`` if it settles one of theirs."""

    member = forms.IntegerField(widget=forms.HiddenInput)
    order = forms.IntegerField(required=False, widget=forms.HiddenInput)
    bills = _Months(
        label="交哪几个月",
        required=False,
        widget=CheckChips,
        error_messages={"invalid_choice": "选中的月份刚刚有变动，请重新勾选。"},
    )
    extra_fen = YuanField(label="其中自愿多交（元）", required=False, help_text="须经本人同意。没有就不填。")
    note = forms.CharField(label="说明", max_length=100, required=False, help_text="例如：由配偶代交。")

    def __init__(self, data: Data = None, files: Files = None, *, bills: Sequence[Bill], **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        shown = [(str(bill.pk), f"{words.month(bill.month)}，还需 {money.yuan(bill.left_fen)} 元") for bill in bills]
        field_of(self, "bills", forms.ChoiceField).choices = shown
        if not bills:
            del self.fields["bills"]


class PaymentForm(forms.Form):
    """Which payment money belongs to."""

    payment = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why something is left out or taken back."""

    reason = forms.CharField(label="说明", max_length=150, error_messages={"required": "请写明原因。"})


class LeftOutForm(forms.Form):
    """What money is that came in and is no dues."""

    reason = forms.CharField(
        label="是什么钱",
        max_length=150,
        widget=SuggestInput(suggestions=LEFT_OUT_REASONS),
        error_messages={"required": "请写明原因。"},
    )
