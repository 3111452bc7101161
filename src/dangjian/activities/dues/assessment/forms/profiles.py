"""Forms of assessments: one member's base, a whole branch at once."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Unpack

from django import forms
from django.core.exceptions import ValidationError

from dangjian.activities.dues import rates
from dangjian.activities.dues.assessment.actions.assessing import MONTHS_AHEAD, Row
from dangjian.activities.dues.assessment.models import Assessment
from dangjian.activities.dues.assessment.queries.profiles import Profile
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.policy import (
    BANDED,
    WagePart,
    counted_base,
    month_of,
    months_between,
    quarter_average,
    shifted,
)
from dangjian.kernel import clock
from dangjian.kernel.editing import EditForm
from dangjian.kernel.errors import Invalid, Refusal
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, MonthField, YuanField, field_of
from dangjian.kernel.periods import QUARTER, Span
from dangjian.kernel.ui.forms import Segmented
from dangjian.members.models import Member
from dangjian.org.forms import ActionForm


def proposed_month(member: Member, held: Assessment | None, kind: str, today: dt.date) -> dt.date:
    """From which month a new assessment usually holds.

    Somebody new: from the first month; a pensioner: from the month after; a new base of the year: from next January; else now.
    """
    this = month_of(today)
    rules = rates.collection_rules(today)
    if held is None:
        first = rules.first_month(member.joined_on) if member.joined_on else this
        return first if rules.backpay_oldest(today) <= first <= shifted(this, MONTHS_AHEAD) else this
    if kind != held.kind:
        return shifted(this, 1) if kind == PayerKind.RETIRED else this
    if rates.keeps_for_the_year(held.kind, held.from_month, kind, this):
        return dt.date(this.year + 1, 1, 1)
    return this


class AssessForm(EditForm, ActionForm):
    """One member's base. Which fields there are depends on the kind of payer and on the way chosen to give the base."""

    kind = forms.ChoiceField(label="交纳人类别", choices=PayerKind.choices)
    way = forms.ChoiceField(label="基数怎么填", required=False, widget=Segmented)
    base_fen = YuanField(label="计算基数（元/月）", required=False)
    from_month = MonthField(label="从哪个月起")
    once = forms.BooleanField(label="只用于这一个月，下月起恢复原来的核定", required=False)
    reason = forms.CharField(
        label="核定或变动的原因", required=False, max_length=200, help_text="年初核定可以不填；年内变动、更正要写明。"
    )

    def __init__(self, data: Data = None, files: Files = None, *, profile: Profile, **kwargs: Unpack[FormOptions]) -> None:
        self.profile, self.held = profile, profile.assessment
        held, today = self.held, clock.today()
        initial = {
            "kind": held.kind if held else PayerKind.SALARIED,
            "way": "items" if held and held.items else "base",
            "base_fen": held.base_fen if held and held.kind in BANDED else None,
        }
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(data, files, **kwargs)
        kind = self.data.get("kind") if self.is_bound else self.initial["kind"]
        self.payer = PayerKind(kind) if kind in PayerKind.values else PayerKind.SALARIED
        self.initial["from_month"] = proposed_month(profile.member, held, self.payer, today)
        self._offer_months(today)
        self._offer_ways()
        self._fit()

    def _offer_months(self, today: dt.date) -> None:
        this = month_of(today)
        oldest = rates.collection_rules(today).backpay_oldest(today)
        field_of(self, "from_month", MonthField).offer(months_between(oldest, shifted(this, MONTHS_AHEAD)))

    def _offer_ways(self) -> None:
        ways = [("base", "直接填基数")]
        if self.payer == PayerKind.SALARIED:
            ways.append(("items", "按工资项目算"))
        if self.payer == PayerKind.SELF_EMPLOYED:
            ways.append(("quarter", "填上季度三个月"))
        field_of(self, "way", forms.ChoiceField).choices = ways
        way = self.data.get("way") if self.is_bound else self.initial["way"]
        self.way_chosen = way if way in dict(ways) else "base"

    def _fit(self) -> None:
        """Leave only the fields that the kind and the way need."""
        banded = self.payer in BANDED
        if not banded or len(self.fields["way"].choices) < 2:  # type: ignore[attr-defined]  # a choice field
            del self.fields["way"]
        if not banded or self.way_chosen != "base":
            del self.fields["base_fen"]
        if self.payer != PayerKind.ANNUAL_SALARY or self.held is None:
            del self.fields["once"]
        if banded and self.way_chosen == "items":
            for rule in rates.wage_items(month_of(clock.today())):
                given = self.held.items.get(rule.item.value) if self.held else None
                self.fields[f"item_{rule.item.value}"] = YuanField(label=rule.item.label, required=False, initial=given)
        if banded and self.way_chosen == "quarter":
            for number, month in enumerate(_last_quarter(clock.today()), 1):
                self.fields[f"net_{number}"] = YuanField(label=f"{month.year}年{month.month}月纯收入（元）", required=False)

    @property
    def base_rule(self) -> rates.BaseRule:
        """What counts as the base, in the words of the rule."""
        return rates.base_rule(self.payer, month_of(clock.today()))

    @property
    def pay_change(self) -> rates.BaseRule:
        """From when a sum follows a change of pay; nothing for whoever pays a fixed sum."""
        return rates.pay_change(month_of(clock.today())) if self.payer in BANDED else rates.BaseRule("", "")

    @property
    def item_groups(self) -> list[dict[str, Any]]:
        """The wage items, sorted by what becomes of them."""
        if self.way_chosen != "items" or self.payer not in BANDED:
            return []
        titles = {
            WagePart.COUNTED: ("计入基数", "plus", "good"),
            WagePart.DEDUCTED: ("从中扣除", "minus", "warn"),
            WagePart.LEFT_OUT: ("不计入（可以不填）", "ban", ""),
        }
        rules = rates.wage_items(month_of(clock.today()))
        found = []
        for part, (title, icon, tone) in titles.items():
            mine = [rule for rule in rules if rule.part is part]
            fields = [self[f"item_{rule.item.value}"] for rule in mine]
            citations = list(dict.fromkeys(rule.citation for rule in mine))
            found.append({"title": title, "icon": icon, "tone": tone, "fields": fields, "citation": "；".join(citations)})
        return found

    @property
    def net_fields(self) -> list[forms.BoundField]:
        """The three months of the self-employed."""
        return [self[name] for name in self.fields if name.startswith("net_")]

    def clean(self) -> dict[str, object]:
        """Work the base out of whatever way it was given."""
        cleaned = super().clean() or self.cleaned_data
        try:
            cleaned["base"], cleaned["items"] = self._base(cleaned)
        except Invalid as problem:
            raise ValidationError(problem.brief) from problem
        return cleaned

    def _base(self, cleaned: Mapping[str, Any]) -> tuple[int | None, dict[str, int]]:
        if self.payer not in BANDED:
            return 0, {}
        if self.way_chosen == "items":
            items = {name.removeprefix("item_"): fen for name, fen in cleaned.items() if name.startswith("item_") and fen}
            if not items and not self.errors:
                raise Invalid("还没有填写工资项目。")
            return counted_base(items), items
        if self.way_chosen == "quarter":
            nets = [cleaned.get(name) for name in self.fields if name.startswith("net_")]
            given = [fen for fen in nets if fen is not None]
            return (quarter_average(given) if given or not self.errors else None), {}
        base = cleaned.get("base_fen")
        if base is None and "base_fen" not in self.errors:
            self.add_error("base_fen", "请填写计算基数。")
        return base, {}

    def keywords(self) -> Cleaned:
        """What ``assess`` takes."""
        asked = self.cleaned_data
        month = asked["from_month"]
        return {
            "kind": self.payer,
            "base_fen": asked["base"],
            "items": asked["items"],
            "from_month": month,
            "until_month": shifted(month, 1) if asked.get("once") else None,
            "reason": asked["reason"],
        }

    def preview(self) -> dict[str, object]:
        """What comes out of what was typed so far, or what is still missing; nothing is shown as wrong yet."""
        self.is_valid()
        base, month = self.cleaned_data.get("base"), self.cleaned_data.get("from_month")
        if base is None:
            problems = [text for name, texts in self.errors.items() if name != "reason" for text in texts]
            return {"problem": problems[0] if problems else ""}
        try:
            return {"worked": rates.worked_out(self.payer, base, month or self.initial["from_month"])}
        except Refusal as refusal:
            return {"problem": refusal.message}


def _last_quarter(today: dt.date) -> tuple[dt.date, ...]:
    return Span.of(today, QUARTER).previous().months


class RowForm(forms.Form):
    """One member in the table of a branch: left as it is, it changes nothing."""

    kind = forms.ChoiceField(label="类别", choices=PayerKind.choices)
    base_fen = YuanField(label="计算基数（元）", required=False)

    def __init__(self, data: Data = None, files: Files = None, *, profile: Profile, **kwargs: Unpack[FormOptions]) -> None:
        self.profile, held = profile, profile.assessment
        initial = {
            "kind": held.kind if held else PayerKind.SALARIED,
            "base_fen": held.base_fen if held and held.kind in BANDED else None,
        }
        kwargs |= {"initial": initial, "prefix": f"m{profile.member.pk}"}
        super().__init__(data, files, **kwargs)
        name = profile.member.name
        self.fields["kind"].widget.attrs["aria-label"] = f"{name}的类别"
        self.fields["base_fen"].widget.attrs["aria-label"] = f"{name}的计算基数（元）"

    def clean(self) -> dict[str, object]:
        """A base where the kind needs one."""
        cleaned = super().clean() or self.cleaned_data
        changed = self.has_changed()
        if changed and cleaned.get("kind") in BANDED and cleaned.get("base_fen") is None and not self.errors:
            self.add_error("base_fen", "请填写基数。")
        return cleaned

    @property
    def worked(self) -> rates.Explained | None:
        """What comes out of what was typed."""
        asked = self.cleaned_data if self.is_bound and self.is_valid() else {}
        kind, base = asked.get("kind"), asked.get("base_fen")
        if kind in BANDED and base is None:
            return None
        return rates.worked_out(PayerKind(kind), base or 0, month_of(clock.today())) if kind else None

    def row(self, month: dt.date, reason: str) -> Row:
        """What ``assess_many`` takes."""
        kind = self.cleaned_data["kind"]
        base = self.cleaned_data["base_fen"] if kind in BANDED else 0
        return Row(self.profile.member, kind, month, base, reason=reason)


class BranchForm(EditForm, ActionForm):
    """What is the same for all members of a branch that are assessed at once."""

    from_month = MonthField(label="从哪个月起")
    reason = forms.CharField(label="核定原因", required=False, max_length=200, help_text="例如：2027年度核定、工资调整。")

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        today = clock.today()
        this = month_of(today)
        oldest = rates.collection_rules(today).backpay_oldest(today)
        field_of(self, "from_month", MonthField).offer(months_between(oldest, shifted(this, MONTHS_AHEAD)))
        self.initial.setdefault("from_month", this)


class WithdrawForm(ActionForm):
    """Why an assessment is taken back."""

    reason = forms.CharField(label="撤销的原因", max_length=200)
