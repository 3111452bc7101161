"""While the meeting is held: marks on the roll, guests, items of the agenda."""

from collections.abc import Sequence
from typing import Any, Unpack

from django import forms

from dangjian.activities.meetings.actions import AgendaPlan
from dangjian.activities.meetings.forms.people import People
from dangjian.activities.meetings.models import AgendaItem, AgendaType, Meeting, Presence, Role
from dangjian.activities.meetings.plans import CaseStepPlan
from dangjian.activities.meetings.queries.case_steps import CarriedStep, carried_by
from dangjian.kernel import clock
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, field_of
from dangjian.kernel.ui.forms import PersonChoice, Segmented
from dangjian.members.models import Member


class MarkForm(forms.Form):
    """Marks one person of the roll, or several. ``other`` replaces the reason chosen by chip, ``was`` is what the page showed."""

    attendance = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "请选择要登记的人员。"})
    presence = forms.ChoiceField(choices=Presence.choices, error_messages={"required": "请选择出席情况。"})
    was = forms.ChoiceField(choices=Presence.choices, required=False)
    reason = forms.CharField(max_length=200, required=False)
    other = forms.CharField(max_length=200, required=False)

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        rows = meeting.attendances.order_by().values_list("pk", flat=True)
        field_of(self, "attendance", forms.ChoiceField).choices = [(pk, str(pk)) for pk in rows]

    def plan(self) -> dict[str, Any]:
        """The keywords of ``check_in_by_hand``."""
        data = self.cleaned_data
        return {
            "attendance_ids": data["attendance"],
            "presence": data["presence"],
            "was": data["was"],
            "reason": data["other"].strip() or data["reason"].strip(),
        }


class GuestForm(forms.Form):
    """Somebody who came without having been called."""

    member = forms.ChoiceField(label="人员", widget=PersonChoice)
    role = forms.ChoiceField(label="身份", choices=Role.choices, initial=Role.OBSERVER, widget=Segmented)

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.people = People(meeting.organization)
        called = set(meeting.attendances.order_by().values_list("member_id", flat=True))
        groups: list[Any] = [(title, [(pk, name) for pk, name in rows if pk not in called]) for title, rows in self.people.guests]
        invited = {row.key for row in meeting.guests.all()}
        outside = self.people.outside(meeting.held_on or clock.today())
        groups.append(("流入党员（只列席）", [(key, name) for key, name in outside if key not in invited]))
        field_of(self, "member", forms.ChoiceField).choices = [group for group in groups if group[1]]
        self.has_choices = any(rows for _, rows in groups)

    @property
    def guest(self) -> str:
        """The key of a guest who is on no roster here; empty for a member."""
        chosen: str = self.cleaned_data["member"]
        return chosen if ":" in chosen else ""

    def clean(self) -> Cleaned:
        """Whoever belongs to another organisation sits in, whatever was ticked."""
        data = super().clean() or {}
        if ":" in data.get("member", "") and data.get("role") == Role.ATTENDEE:
            self.add_error("role", "流入党员只能列席，请选“列席”")
        return data

    def plan(self) -> dict[str, Any]:
        """The keywords of ``add_attendee``."""
        return {"member": self.people.get(int(self.cleaned_data["member"])), "role": self.cleaned_data["role"]}


class MarkGuestForm(forms.Form):
    """Says of one guest whether they came; ``was`` is what the page showed."""

    guest = forms.TypedChoiceField(coerce=int, error_messages={"required": "请选择要登记的人员。"})
    presence = forms.ChoiceField(choices=Presence.choices, error_messages={"required": "请选择出席情况。"})
    was = forms.ChoiceField(choices=Presence.choices, required=False)

    def __init__(self, data: Data = None, *, meeting: Meeting) -> None:
        super().__init__(data)
        self.rows = {row.pk: row for row in meeting.guests.all()}
        field_of(self, "guest", forms.ChoiceField).choices = [(pk, row.name) for pk, row in self.rows.items()]

    def plan(self) -> dict[str, Any]:
        """The keywords of ``mark_guest``."""
        data = self.cleaned_data
        return {"guest": self.rows[data["guest"]], "presence": data["presence"], "was": data["was"]}


class AgendaItemForm(EditForm):
    """An item of the agenda and, once it exists, what was said under it."""

    title = forms.CharField(label="议题", max_length=200, error_messages={"required": "请填写议题"})
    type = forms.ChoiceField(label="类型", choices=AgendaType.choices)
    speaker_name = forms.CharField(
        label="主讲人", max_length=64, required=False, widget=forms.TextInput(attrs={"list": "people", "placeholder": "可不填"})
    )
    case_step = forms.ChoiceField(
        label="会上表决的办理事项",
        required=False,
        help_text="选上以后，表决结果在会议记录确认时自动办理这一步，不用再登记。",
    )
    notes = forms.CharField(
        label="记录要点",
        max_length=20_000,
        required=False,
        help_text="会上怎么说的，简要记下；起草会议记录时会自动写入。",
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        meeting: Meeting,
        item: AgendaItem | None,
        steps: Sequence[CarriedStep] = (),
        first: CarriedStep | None = None,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        initial: dict[str, object] = {"type": AgendaType.STUDY}
        if item is not None:
            initial = {"title": item.title, "type": item.type, "speaker_name": item.speaker_text, "notes": item.notes}
        if first is not None:
            initial |= {"title": first.item_title, "type": AgendaType.VOTE}
        carried = carried_by(item) if item else first
        super().__init__(data, files, **kwargs | {"initial": initial | {"case_step": carried.plan.key if carried else ""}})
        self.people = People(meeting.organization)
        if item is None:
            del self.fields["notes"]
        self._offer(steps, carried, is_decided=item is not None and item.decisions.filter(case_step__isnull=False).exists())

    def _offer(self, steps: Sequence[CarriedStep], carried: CarriedStep | None, *, is_decided: bool) -> None:
        """The steps that can be put to the vote under the item. What was decided stays, and without any nothing is asked."""
        chosen = {one.plan.key: one.label for step in steps for one in step.with_each_outcome()}
        if carried and carried.plan.key not in chosen:
            chosen = {carried.plan.key: carried.label} | chosen
        if is_decided or not chosen:
            del self.fields["case_step"]
            return
        field_of(self, "case_step", forms.ChoiceField).choices = [("", "没有，只是一般议题"), *chosen.items()]

    def _speaker(self) -> tuple[Member | None, str]:
        name = self.cleaned_data["speaker_name"].strip()
        speaker = self.people.named(name)
        return speaker, "" if speaker else name

    def new(self) -> AgendaPlan:
        """A new item."""
        speaker, name = self._speaker()
        data = self.cleaned_data
        return AgendaPlan(data["title"], data["type"], speaker, name, CaseStepPlan.read(data.get("case_step", "")))

    def changes(self) -> dict[str, object]:
        """The keywords of ``edit_agenda_item``."""
        speaker, name = self._speaker()
        changed = {key: self.cleaned_data[key] for key in ("title", "type", "notes")}
        if "case_step" in self.cleaned_data:
            changed["case_step"] = CaseStepPlan.read(self.cleaned_data["case_step"])
        return changed | {"speaker": speaker, "speaker_name": name}
