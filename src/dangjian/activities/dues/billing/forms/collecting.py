"""Forms of collecting: what a treasurer ticks and fills in."""

import datetime as dt
import re
import uuid
from typing import Unpack

from django import forms

from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.billing.actions.collecting import BY_HAND, LONGEST_KEY
from dangjian.activities.dues.billing.models import PaymentMethod
from dangjian.kernel import clock
from dangjian.kernel.forms import Data, Files, FormOptions, PersonNameField, YuanField
from dangjian.kernel.ui.forms import Segmented

_MONTH = re.compile(r"(\d{4})-(\d{2})")


def month_of_text(text: str, fallback: dt.date | None = None) -> dt.date:
    """``2026-11`` as a month; this month (or ``fallback``) for anything else."""
    found = _MONTH.fullmatch(text)
    if found and 2008 <= int(found[1]) <= 2100 and 1 <= int(found[2]) <= 12:
        return dt.date(int(found[1]), int(found[2]), 1)
    return fallback or policy.month_of(clock.today())


class ReceiveForm(forms.Form):
    """How and when money came. ``key`` keeps a second tap from booking it twice."""

    method = forms.ChoiceField(
        label="收款方式",
        choices=[(method.value, method.label) for method in BY_HAND],
        initial=PaymentMethod.CASH,
        widget=Segmented,
    )
    paid_on = forms.DateField(label="交纳日期")
    note = forms.CharField(label="补交或其他说明", max_length=200, required=False)
    key = forms.CharField(max_length=LONGEST_KEY, widget=forms.HiddenInput)

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        more["initial"] = {"paid_on": clock.today(), "key": uuid.uuid4().hex, **(more.get("initial") or {})}
        super().__init__(data, files, **more)


class MemberReceiveForm(ReceiveForm):
    """The same for one member, who may give more or have somebody else bring the money."""

    extra_fen = YuanField(label="自愿多交（元）", required=False)
    payer_name = PersonNameField(label="代交人", required=False, help_text="由亲属或其他党员代交的，填代交人姓名；本人交的不用填")
    field_order = ("method", "extra_fen", "payer_name", "paid_on", "note", "key")

    def __init__(self, data: Data = None, files: Files = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        self.fields["extra_fen"].help_text = rates.extra_rule(clock.today()).text


class WaiveForm(forms.Form):
    """Why what is left of a bill is forgone."""

    reason = forms.CharField(
        label="原因和批准的会议",
        max_length=200,
        error_messages={"required": "请写明不再追缴的原因和批准的会议"},
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(forms.Form):
    """A reason that is kept."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
