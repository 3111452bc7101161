"""Forms of collecting: what a treasurer ticks and fills in, filters of payments and of branches."""

import datetime as dt
import re
import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangjian.activities.dues import policy, rates
from dangjian.activities.dues.actions.collecting import BY_HAND, LONGEST_KEY
from dangjian.activities.dues.models import Payment, PaymentMethod
from dangjian.activities.dues.queries.collecting import found_by
from dangjian.kernel import clock
from dangjian.kernel.forms import PersonNameField, YuanField
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

    def __init__(self, *args: Any, **more: Any) -> None:
        more["initial"] = {"paid_on": clock.today(), "key": uuid.uuid4().hex} | more.get("initial", {})
        super().__init__(*args, **more)


class MemberReceiveForm(ReceiveForm):
    """The same for one member, who may give more or have somebody else bring the money."""

    extra_fen = YuanField(label="自愿多交（元）", required=False)
    payer_name = PersonNameField(label="代交人", required=False, help_text="由亲属或其他党员代交的，填代交人姓名；本人交的不用填")
    field_order = ("method", "extra_fen", "payer_name", "paid_on", "note", "key")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["extra_fen"].help_text = rates.extra_rule(clock.today()).text


class ReasonForm(forms.Form):
    """A reason that is kept."""

    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class PaymentFilter(forms.Form):
    """Of the list of payments. What cannot be read is left out."""

    q = forms.CharField(max_length=60, required=False)
    method = forms.ChoiceField(label="方式", required=False, choices=[("", "全部方式"), *PaymentMethod.choices])
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部记录"), ("standing", "有效"), ("reversed", "已撤销和撤销记录"), ("extra", "有自愿多交")],
    )
    since = forms.DateField(label="从", required=False)
    until = forms.DateField(label="到", required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.is_valid()

    def apply(self, rows: QuerySet[Payment]) -> QuerySet[Payment]:
        """The rows that pass."""
        chosen = self.cleaned_data
        if chosen.get("q"):
            rows = found_by(rows, chosen["q"].strip())
        if chosen.get("method"):
            rows = rows.filter(method=chosen["method"])
        if chosen.get("since"):
            rows = rows.filter(paid_on__gte=chosen["since"])
        if chosen.get("until"):
            rows = rows.filter(paid_on__lte=chosen["until"])
        state = chosen.get("state")
        if state == "standing":
            rows = rows.filter(reverses=None, reversed_by=None)
        elif state == "reversed":
            rows = rows.exclude(reverses=None, reversed_by=None)
        elif state == "extra":
            rows = rows.filter(extra_fen__gt=0, reversed_by=None)
        return rows
