"""Forms of reliefs: reported by the branch, decided above, ended early."""

import datetime as dt
from typing import Unpack

from django import forms

from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions.assessing import MONTHS_AHEAD
from dangjian.activities.dues.assessment.models import Relief, ReliefKind
from dangjian.activities.dues.policy import month_of, months_between, shifted
from dangjian.kernel import clock
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, MonthField, YuanField, field_of
from dangjian.kernel.ui.forms import RadioCards
from dangjian.org.forms import ActionForm

LONGEST = 36
"""Months ahead that can be chosen as the last one."""


class ReliefForm(ActionForm):
    """What the branch reports."""

    kind = forms.ChoiceField(
        label="怎样减免",
        choices=ReliefKind.choices,
        widget=RadioCards(notes={ReliefKind.REDUCED: "每月交一部分", ReliefKind.EXEMPT: "这段时间不交"}),
        initial=ReliefKind.REDUCED,
    )
    monthly_fen = YuanField(label="少交以后每月交（元）", required=False, help_text="选免交的不用填。")
    from_month = MonthField(label="从哪个月起")
    last_month = MonthField(label="到哪个月止（含）", empty="不定期，恢复时再结束", required=False)
    reason = forms.CharField(label="困难情况", max_length=300, widget=forms.Textarea({"rows": 3}))
    studied_on = forms.DateField(label="支部研究日期", initial=clock.today)
    studied_at = forms.CharField(label="在什么会议上研究", max_length=120, help_text="例如：11月支部委员会会议。")

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        this = month_of(clock.today())
        oldest = rates.collection_rules(this).backpay_oldest(this)
        field_of(self, "from_month", MonthField).offer(months_between(oldest, shifted(this, MONTHS_AHEAD)))
        field_of(self, "last_month", MonthField).offer(months_between(oldest, shifted(this, LONGEST)))
        self.initial.setdefault("from_month", this)

    def keywords(self) -> Cleaned:
        """``until_month`` is the month after the last one."""
        asked = dict(self.cleaned_data)
        last: dt.date | None = asked.pop("last_month")
        return {**asked, "until_month": shifted(last, 1) if last else None}


class ApproveForm(ActionForm):
    """What the committee writes when it approves."""

    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text="没有可不填。")
    answer = forms.CharField(label="批复意见", max_length=200, required=False)


class RefuseForm(ActionForm):
    """Why the committee says no."""

    answer = forms.CharField(label="不批准的原因", max_length=200, help_text="支部会看到。")


class EndForm(ActionForm):
    """From when the member pays again, and why."""

    until_month = MonthField(label="从哪个月起恢复交纳")
    reason = forms.CharField(label="提前结束的原因", max_length=100)

    def __init__(self, data: Data = None, files: Files = None, *, relief: Relief, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        last = shifted(relief.until_month, -1) if relief.until_month else shifted(month_of(clock.today()), MONTHS_AHEAD)
        field_of(self, "until_month", MonthField).offer(months_between(relief.from_month, last))
        following = shifted(month_of(clock.today()), 1)
        self.initial.setdefault("until_month", min(max(following, relief.from_month), last))
