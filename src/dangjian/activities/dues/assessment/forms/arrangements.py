"""Forms of what the branch agrees with a member about paying."""

import datetime as dt
from typing import Unpack

from django import forms

from dangjian.activities.dues.assessment.actions.arrangements import LONGEST
from dangjian.activities.dues.assessment.models import Arrangement
from dangjian.activities.dues.policy import month_of, months_between, quarter_of, shifted
from dangjian.kernel import clock
from dangjian.kernel.forms import Data, Files, FormOptions, MonthField, field_of
from dangjian.members.queries.certificates import KnownCertificate
from dangjian.org.forms import ActionForm


class _AgreeForm(ActionForm):
    """From which month to which, and when the branch agreed."""

    from_month = MonthField(label="从哪个月起")
    last_month = MonthField(label="到哪个月止（含）")
    agreed_on = forms.DateField(label="支部同意日期", initial=clock.today)

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        first = quarter_of(clock.today())[0]
        field_of(self, "from_month", MonthField).offer(months_between(first, shifted(first, 5)))
        field_of(self, "last_month", MonthField).offer(months_between(first, shifted(first, LONGEST + 4)))

    def keywords(self) -> dict[str, object]:
        """``until_month`` is the month after the last one."""
        asked = dict(self.cleaned_data)
        last: dt.date = asked.pop("last_month")
        return {**asked, "until_month": shifted(last, 1)}


class QuarterlyForm(_AgreeForm):
    """A member may pay by the quarter."""

    reason = forms.CharField(
        label="特殊情况", max_length=200, widget=forms.Textarea({"rows": 2}), help_text="例如：长期在外地项目工作。"
    )
    field_order = ("from_month", "last_month", "reason", "agreed_on")

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        quarter = quarter_of(clock.today())
        self.initial.setdefault("from_month", quarter[0])
        self.initial.setdefault("last_month", dt.date(quarter[0].year, 12, 1))


class ElsewhereForm(_AgreeForm):
    """A mobile member pays where they are. A certificate that is on record elsewhere is not asked for again."""

    certificate = forms.CharField(label="流动党员活动证编号", max_length=60)
    place = forms.CharField(label="收党费的流入地党组织", max_length=120)
    reason = forms.CharField(
        label="外出情况", max_length=200, widget=forms.Textarea({"rows": 2}), help_text="例如：到外地项目工作一年。"
    )
    field_order = ("certificate", "place", "from_month", "last_month", "reason", "agreed_on")

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        known: KnownCertificate | None = None,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        if known:
            del self.fields["certificate"]
            self.initial.setdefault("place", known.held.led_by)
        this = month_of(clock.today())
        self.initial.setdefault("from_month", this)
        self.initial.setdefault("last_month", shifted(this, 5))


class EndArrangementForm(ActionForm):
    """From when the member pays every month again, and why."""

    until_month = MonthField(label="从哪个月起恢复按月交纳")
    reason = forms.CharField(label="提前结束的原因", max_length=100)

    def __init__(
        self, data: Data = None, files: Files = None, *, arrangement: Arrangement, **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        last = shifted(arrangement.until_month, -1)
        field_of(self, "until_month", MonthField).offer(months_between(arrangement.from_month, last))
        following = shifted(month_of(clock.today()), 1)
        self.initial.setdefault("until_month", min(max(following, arrangement.from_month), last))
