"""Calling a meeting: what, when, where, who. The page fills the form in; a person looks it over and sends it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Unpack

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.utils import timezone

from dangjian.activities.meetings.forms.people import People
from dangjian.activities.meetings.kinds import OF_A_YEAR, kinds_for
from dangjian.activities.meetings.models import AgendaType, Audience, Meeting, Mode
from dangjian.activities.meetings.plans import AgendaPlan, CaseStepPlan, SittingPlan
from dangjian.activities.meetings.policy import years_counted
from dangjian.activities.meetings.queries.case_steps import CarriedStep
from dangjian.kernel import clock
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, field_of
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui.forms import CheckChips, PersonPicker, Segmented
from dangjian.members.models import Member
from dangjian.org.models import Organization

NIGHT = dt.timedelta(hours=8)
"""An end before its beginning is read as the next morning if the sitting is then no longer than this (night shifts)."""


FAR = dt.timedelta(days=183)
"""Whoever calls a meeting later than this is asked whether the year is right."""


class SketchMixin:
    """A form that may be shown with what was typed, before anybody asked to check it."""

    is_sketch = False

    def full_clean(self) -> None:
        """Check, unless the page is only being laid out anew."""
        if self.is_sketch:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
            return
        super().full_clean()  # type: ignore[misc]  # of the form that it is mixed into


class SittingForm(SketchMixin, forms.Form):
    """One time of the meeting."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    on = forms.DateField(label="日期", error_messages={"required": "请选择日期"})
    starts = forms.TimeField(label="开始", error_messages={"required": "请填写开始时间"})
    ends = forms.TimeField(label="结束", error_messages={"required": "请填写结束时间"})
    place = forms.CharField(
        label="这一场的地点", max_length=120, required=False, widget=forms.TextInput(attrs={"placeholder": "与上面相同时不填"})
    )
    is_sure = forms.BooleanField(label="日期没有写错", required=False)

    is_far = False
    """Whether to ask if the day is meant."""

    def clean(self) -> Cleaned:
        """The end lies after the beginning, maybe past midnight; a day that is far ahead is meant."""
        data = super().clean() or {}
        self._ask_about_year(data)
        on, starts, ends = data.get("on"), data.get("starts"), data.get("ends")
        if on and starts and ends:
            begin = timezone.make_aware(dt.datetime.combine(on, starts))
            end = timezone.make_aware(dt.datetime.combine(on, ends))
            if end <= begin and end + dt.timedelta(days=1) - begin <= NIGHT:
                end += dt.timedelta(days=1)
            if end <= begin:
                self.add_error("ends", "结束时间应晚于开始时间")
            data["span"] = (begin, end)
        return data

    def _ask_about_year(self, data: dict[str, Any]) -> None:
        on = data.get("on")
        is_new = not data.get("pk") or "on" in self.changed_data
        self.is_far = bool(on and is_new and on > clock.today() + FAR)
        if self.is_far and not data.get("is_sure"):
            self.add_error("on", "这一天在半年以后，请核对年份；没有写错的，请勾选“日期没有写错”")

    def plan(self) -> SittingPlan:
        """What the action takes."""
        begin, end = self.cleaned_data["span"]
        return SittingPlan(begin, end, self.cleaned_data["place"], self.cleaned_data["pk"])


class AgendaForm(SketchMixin, forms.Form):
    """One item of the agenda."""

    title = forms.CharField(
        label="议题", max_length=200, required=False, widget=forms.TextInput(attrs={"placeholder": "例如：传达上级会议精神"})
    )
    type = forms.ChoiceField(label="类型", choices=AgendaType.choices, initial=AgendaType.STUDY)
    speaker_name = forms.CharField(
        label="主讲人", max_length=64, required=False, widget=forms.TextInput(attrs={"placeholder": "可不填", "list": "people"})
    )
    case_step = forms.CharField(label="提请表决", required=False, widget=forms.HiddenInput)

    carried: CarriedStep | None = None

    def offer(self, steps: Iterable[CarriedStep]) -> None:
        """Say what of ``steps`` the item carries, and let one choose where several outcomes can be put to the vote."""
        wanted = CaseStepPlan.read(str(self["case_step"].value() or ""))
        self.carried = next((one for one in steps if wanted and (one.case.pk, one.step.code) == wanted[:2]), None)
        if self.carried and len(self.carried.meeting.passed) > 1:
            each = self.carried.with_each_outcome()
            self.fields["case_step"].widget = forms.Select(choices=[(one.plan.key, one.outcome_title) for one in each])

    def plan(self, people: People) -> AgendaPlan:
        """What the action takes; a name that belongs to one person of the organisation names that person."""
        name = self.cleaned_data["speaker_name"].strip()
        speaker = people.named(name)
        data = self.cleaned_data
        return AgendaPlan(data["title"], data["type"], speaker, "" if speaker else name, CaseStepPlan.read(data["case_step"]))


class _Rows(BaseFormSet):  # type: ignore[type-arg]  # Django's class takes no parameters at run time
    is_sketch = False

    def _construct_form(self, i: int, **kwargs: object) -> object:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]  # not in the stubs
        form.is_sketch = self.is_sketch
        form.empty_permitted = False
        return form


SittingRows = formset_factory(SittingForm, formset=_Rows, extra=0, max_num=12, absolute_max=12, validate_max=True)
AgendaRows = formset_factory(AgendaForm, formset=_Rows, extra=0, max_num=30, absolute_max=30, validate_max=True)


class MeetingForm(SketchMixin, EditForm):
    """All of a meeting but its times and its agenda."""

    kinds = forms.MultipleChoiceField(label="会议类型", widget=CheckChips, error_messages={"required": "请至少选择一种会议类型"})
    title = forms.CharField(label="会议名称", max_length=120, error_messages={"required": "请填写会议名称"})
    mode = forms.ChoiceField(label="召开方式", choices=Mode.choices, widget=Segmented, initial=Mode.ONSITE)
    place = forms.CharField(label="地点", max_length=120, required=False, widget=forms.TextInput(attrs={"list": "places"}))
    online_url = forms.URLField(
        label="线上会议链接",
        max_length=300,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"inputmode": "url", "placeholder": "现场召开时不填"}),
    )
    audience = forms.ChoiceField(label="参加人员", choices=Audience.choices, widget=Segmented, initial=Audience.MEMBERS)
    member_ids = forms.TypedMultipleChoiceField(label="指定人员", coerce=int, required=False, widget=PersonPicker)
    observer_ids = forms.TypedMultipleChoiceField(label="列席人员", coerce=int, required=False, widget=PersonPicker)
    guest_keys = forms.MultipleChoiceField(
        label="列席的流入党员",
        required=False,
        widget=PersonPicker,
        help_text="组织关系在外单位，没有表决权，不计入应到和实到。没有账号，请另外通知。",
    )
    chair = forms.TypedChoiceField(label="主持人", coerce=int, required=False, empty_value=None)
    recorder = forms.TypedChoiceField(label="记录人", coerce=int, required=False, empty_value=None)
    for_year = forms.TypedChoiceField(label="算哪一年度的", coerce=int, required=False, empty_value=None)
    is_fixed_day = forms.BooleanField(label="这一天是本支部的固定党日", required=False)
    notes = forms.CharField(
        label="会议要求",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "例如：请提前学习材料、佩戴党员徽章。可不填"}),
    )

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        organization: Organization,
        people: People,
        day: dt.date | None = None,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.people = people
        self._years(day)
        self._choices("kinds", [(kind.code, kind.title) for kind in kinds_for(organization)])
        self._choices("member_ids", people.choices)
        self._choices("observer_ids", people.guests)
        self._guests(people.outside(day or clock.today()))
        blank = [("", "请选择")]
        self._choices("chair", blank + people.grouped)
        self._choices("recorder", blank + people.grouped)

    def _years(self, day: dt.date | None) -> None:
        """A meeting that the yearly notice asks for may count for the year before, if the day admits it."""
        years = years_counted(day, book=book()) if day else ()
        kinds = set(map(str, self["kinds"].value() or ()))
        if len(years) > 1 and kinds & OF_A_YEAR:
            self._choices("for_year", [(year, f"{year}年度") for year in years])
        else:
            del self.fields["for_year"]

    def _guests(self, guests: list[tuple[str, str]]) -> None:
        """Where a branch has guests on no roster here, they may be invited too."""
        if guests:
            self._choices("guest_keys", guests)
        else:
            del self.fields["guest_keys"]

    def _choices(self, name: str, choices: Any) -> None:
        field_of(self, name, forms.ChoiceField).choices = choices

    def clean(self) -> dict[str, object]:
        """People must be named where they are chosen one by one."""
        data = super().clean() or {}
        if data.get("audience") == Audience.CHOSEN and not data.get("member_ids"):
            self.add_error("member_ids", "请选择参加人员")
        return data

    def plan(self) -> dict[str, Any]:
        """The keywords of ``plan`` and ``update`` but sittings and agenda."""
        data = {"for_year": None, **self.cleaned_data}
        data["chair"], data["recorder"] = self._person("chair"), self._person("recorder")
        return data

    def _person(self, name: str) -> Member | None:
        pk = self.cleaned_data[name]
        return self.people.get(pk) if pk else None


class CancelForm(forms.Form):
    """Calling a meeting off."""

    reason = forms.CharField(
        label="取消原因",
        max_length=200,
        required=False,
        help_text="已经收到通知的人员会看到这个原因。",
        widget=forms.TextInput(attrs={"placeholder": "例如：因生产任务调整，另行通知"}),
    )


class LeaveForm(forms.Form):
    """Leave requests ticked in the list, and what is decided on them."""

    pk = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "请先勾选要审批的人员"})
    decision = forms.ChoiceField(choices=[("grant", "准假"), ("refuse", "不准假")])
    note = forms.CharField(label="意见", max_length=200, required=False)

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        rows = meeting.attendances.order_by().values_list("pk", flat=True)
        field_of(self, "pk", forms.ChoiceField).choices = [(pk, str(pk)) for pk in rows]
