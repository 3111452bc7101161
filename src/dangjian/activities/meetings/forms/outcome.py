"""What comes out of a meeting: decisions, grades, minutes, corrections, make-up study."""

from collections.abc import Mapping
from typing import Any, Unpack

from django import forms

from dangjian.activities.meetings.actions.deciding import Appraised, Votes
from dangjian.activities.meetings.models import (
    CorrectionSection,
    Decision,
    DecisionType,
    Meeting,
    Presence,
    Role,
    VoteMethod,
)
from dangjian.activities.meetings.models.outcome import SPECIAL
from dangjian.activities.meetings.queries import appraised_at
from dangjian.activities.meetings.usual import grades
from dangjian.kernel import clock, codes
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Data, Files, FormOptions, PersonNameField, field_of
from dangjian.kernel.ui.forms import CheckChips, Segmented
from dangjian.members.models import Member

NAMES_SOMEBODY = frozenset({DecisionType.ADMISSION, DecisionType.CONVERSION})
TAKES_WRITTEN = frozenset({DecisionType.ADMISSION, DecisionType.CONVERSION})
_COUNT = {"min": 0, "inputmode": "numeric"}


def _votes(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=9999, initial=0, required=False, widget=forms.NumberInput(attrs=_COUNT)
    )


VOTES = ("in_favour", "against", "abstain", "written_in_favour")


class RecordBackForm(forms.Form):
    """What is to be changed in a record that goes back to whoever wrote it."""

    note = forms.CharField(
        label="需要修改的地方",
        max_length=200,
        error_messages={"required": "请写明需要修改的地方，记录人会收到"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionForm(EditForm):
    """A decision with its votes; ``passed`` is asked only where no rule counts them."""

    type = forms.ChoiceField(
        label="决议类型", choices=[each for each in DecisionType.choices if each[0] != DecisionType.ELECTION]
    )
    agenda_item: object = forms.ModelChoiceField(label="所属议题", queryset=None, required=False, empty_label="不属于某一项议题")
    candidate_name = PersonNameField(label="对象姓名", required=False, help_text="每名对象逐个表决、单独登记。")
    text = forms.CharField(
        label="决议内容", max_length=5000, error_messages={"required": "请填写决议内容"}, widget=forms.Textarea(attrs={"rows": 3})
    )
    method = forms.ChoiceField(label="表决方式", choices=VoteMethod.choices, widget=Segmented, initial=VoteMethod.SHOW_OF_HANDS)
    tellers = forms.CharField(
        label="监票人、计票人",
        max_length=100,
        required=False,
        help_text="无记名投票由大会推选的监票人、计票人，用顿号隔开。",
        widget=forms.TextInput(attrs={"list": "people"}),
    )
    in_favour = _votes("赞成")
    against = _votes("反对")
    abstain = _votes("弃权")
    written_in_favour = _votes("会前书面赞成")
    passed = forms.TypedChoiceField(
        label="结果",
        choices=[("yes", "通过"), ("no", "未通过")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=Segmented,
    )
    reason = forms.CharField(
        label="特殊情况", max_length=200, required=False, help_text="没有按一般要求办理的，写明原因，会记入这项决议的说明。"
    )

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        field_of(self, "agenda_item", forms.ModelChoiceField).queryset = meeting.agenda.all()

    @staticmethod
    def initial_of(decision: Decision) -> dict[str, object]:
        """What is recorded, for changing it."""
        names = (
            "type",
            "agenda_item",
            "candidate_name",
            "text",
            "method",
            "tellers",
            "in_favour",
            "against",
            "abstain",
            "written_in_favour",
        )
        passed = {True: "yes", False: "no", None: None}[decision.passed]
        reason = decision.special_text.removeprefix(SPECIAL)
        return {name: getattr(decision, name) for name in names} | {"passed": passed, "reason": reason}

    def vote_fields(self) -> list[tuple[forms.BoundField, str]]:
        """The fields of what was counted, each with its class."""
        return [(self[name], "when-written" if name == "written_in_favour" else "") for name in VOTES]

    def votes(self) -> Votes:
        """What was counted, as far as it is readable."""
        counted = {name: self.cleaned_data.get(name) or 0 for name in VOTES}
        return Votes(**counted) if self.cleaned_data.get("type") in TAKES_WRITTEN else Votes(**counted | {"written_in_favour": 0})

    def plan(self) -> dict[str, Any]:
        """The keywords of ``record_decision``."""
        names = ("type", "agenda_item", "candidate_name", "text", "method", "tellers", "passed", "reason")
        plan = {name: self.cleaned_data[name] for name in names} | {"votes": self.votes()}
        return plan if plan["type"] in NAMES_SOMEBODY else plan | {"candidate_name": ""}


class GradesForm(EditForm):
    """One grade for each member called; a probationary member has none."""

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.members: list[Member] = appraised_at(meeting)
        there = dict(meeting.appraisals.values_list("member_id", "grade"))
        choices = [("", "未定"), *(grades(meeting.held_on or clock.today()) or codes.get("appraisal_grade").choices)]
        self.fields["reason"] = forms.CharField(
            label="优秀超出比例的原因", max_length=200, required=False, initial=meeting.appraisal_reason
        )
        for member in self.members:
            if member.is_full:
                self.fields[f"grade-{member.pk}"] = forms.ChoiceField(
                    label=member.name,
                    choices=choices,
                    required=False,
                    initial=there.get(member.pk, ""),
                )

    @classmethod
    def completed(cls, data: Mapping[str, str], *, meeting: Meeting) -> dict[str, str]:
        """What was chosen so far, with 合格 for whoever has no grade yet."""
        names = [name for name in cls(meeting=meeting).fields if name.startswith("grade-")]
        return {name: data.get(name) or "qualified" for name in names} | {"reason": data.get("reason", "")}

    def lines(self) -> list[tuple[Member, Any]]:
        """Each member with the field of their grade (``None`` for a probationary one)."""
        return [(member, self[f"grade-{member.pk}"] if member.is_full else None) for member in self.members]

    def excellent(self) -> int:
        """How many are graded 优秀 as the form stands."""
        return sum(field is not None and field.value() == "excellent" for _, field in self.lines())

    def plan(self) -> list[Appraised]:
        """What the action takes."""
        return [Appraised(member, self.cleaned_data.get(f"grade-{member.pk}", "")) for member in self.members]


class MinutesForm(EditForm):
    """The text of the minutes."""

    text = forms.CharField(
        label="会议记录",
        max_length=60_000,
        error_messages={"required": "请填写会议记录"},
        widget=forms.Textarea(attrs={"rows": 24, "class": "minutes-text"}),
    )


class CorrectionForm(forms.Form):
    """What is wrong in a closed record and how it should read."""

    section = forms.ChoiceField(label="更正哪一部分", choices=CorrectionSection.choices)
    old_text = forms.CharField(
        label="原文",
        max_length=5000,
        error_messages={"required": "请填写原文"},
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="更正会议记录时，请从记录中原样复制这一段。",
    )
    new_text = forms.CharField(
        label="更正为",
        max_length=5000,
        error_messages={"required": "请填写更正后的内容"},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.CharField(label="更正原因", max_length=200, error_messages={"required": "请填写更正原因"})


class ReportForm(EditForm):
    """When the superior was told how the meeting went."""

    reported_on = forms.DateField(label="报送日期", error_messages={"required": "请填写报送日期"})
    document = forms.CharField(label="文号", max_length=120, required=False, help_text="没有可不填。")


class MakeUpForm(forms.Form):
    """What those who did not come have to study."""

    attendance_ids = forms.TypedMultipleChoiceField(
        label="补课人员", coerce=int, widget=CheckChips, error_messages={"required": "请选择需要补课的人员"}
    )
    material = forms.CharField(
        label="补课内容", max_length=5000, error_messages={"required": "请填写补课内容"}, widget=forms.Textarea(attrs={"rows": 4})
    )
    due_on = forms.DateField(label="完成期限", error_messages={"required": "请选择完成期限"})
    link = forms.URLField(label="学习链接", max_length=300, required=False, assume_scheme="https")
    attachment: object = forms.ModelChoiceField(
        label="学习材料（会议附件）", queryset=None, required=False, empty_label="不用附件"
    )

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        rows = list(
            meeting.attendances.filter(
                role=Role.ATTENDEE, presence__in=(Presence.ABSENT, Presence.LEAVE), make_up=None
            ).select_related("member")
        )
        choices = [(row.pk, f"{row.member.name}（{row.get_presence_display()}）") for row in rows]
        field_of(self, "attendance_ids", forms.ChoiceField).choices = choices
        self.fields["attendance_ids"].initial = [row.pk for row in rows if not row.member.attendance_eased]
        field_of(self, "attachment", forms.ModelChoiceField).queryset = meeting.attachments.all()
        self.has_people = bool(rows)


class RemarkForm(forms.Form):
    """What the recorder says to a make-up study that is accepted."""

    note = forms.CharField(label="意见", max_length=200, required=False)


class SendBackForm(forms.Form):
    """Why a make-up study is given back."""

    note = forms.CharField(
        label="退回的原因",
        max_length=200,
        help_text="本人会收到。",
        error_messages={"required": "退回请写明原因"},
    )
