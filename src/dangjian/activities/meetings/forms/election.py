"""An election: its ballot papers, and a row for each candidate."""

from typing import Any, Unpack

from django import forms

from dangjian.activities.meetings.election import Ballots, Candidate
from dangjian.activities.meetings.models import ElectedOffice, Election, Meeting
from dangjian.activities.meetings.models.outcome import SPECIAL
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Data, FieldOptions, Files, FormOptions, PersonNameField, field_of

FIRST_ROWS = 4


def _number(name: str, least: int = 0, **more: Unpack[FieldOptions]) -> forms.IntegerField:
    attrs = {"min": least, "inputmode": "numeric"}
    more["label"] = name
    return forms.IntegerField(min_value=least, max_value=9999, widget=forms.NumberInput(attrs=attrs), **more)


class ElectionForm(EditForm):
    """What is elected, and the papers counted."""

    agenda_item: object = forms.ModelChoiceField(label="所属议题", queryset=None, required=False, empty_label="不属于某一项议题")
    office = forms.ChoiceField(
        label="选举哪一类",
        choices=ElectedOffice.choices,
        help_text="委员和代表实行差额选举；书记、副书记由新一届委员会第一次会议等额选举，不设委员会的由党员大会选举。",
    )
    title = forms.CharField(
        label="选举什么职务",
        max_length=60,
        error_messages={"required": "请填写选举什么职务"},
        widget=forms.TextInput(attrs={"placeholder": "例如：支部委员会委员"}),
    )
    seats = _number("应选名额", 1, error_messages={"required": "请填写应选名额"})
    issued = _number("发出选票")
    returned = _number("收回选票")
    valid = _number("有效票")
    invalid = _number("无效票", required=False, initial=0)

    tellers = forms.CharField(
        label="监票人", max_length=100, required=False, help_text="从不是候选人的党员中推选，经大会通过；几个人用顿号隔开。"
    )
    reason = forms.CharField(
        label="特殊情况",
        max_length=200,
        required=False,
        help_text="没有按规定的办法选举的，写明原因和上级的批复，会记入选举的说明。",
    )

    def __init__(self, data: Data = None, files: Files = None, *, meeting: Meeting, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        field_of(self, "agenda_item", forms.ModelChoiceField).queryset = meeting.agenda.all()

    @staticmethod
    def initial_of(election: Election) -> dict[str, object]:
        """What is recorded, for changing it."""
        names = ("agenda_item", "office", "title", "seats", "issued", "returned", "valid", "invalid", "tellers")
        return {name: getattr(election, name) for name in names} | {"reason": election.special_text.removeprefix(SPECIAL)}

    def plan(self) -> dict[str, Any]:
        """The keywords of ``record_election`` but the candidates."""
        data = self.cleaned_data
        papers = Ballots(data["issued"], data["returned"], data["valid"], data["invalid"] or 0)
        names = ("agenda_item", "office", "title", "seats", "tellers", "reason")
        return {name: data[name] for name in names} | {"ballots": papers}


class CandidateForm(forms.Form):
    """One candidate; a row without a name and without votes is left out."""

    name = PersonNameField(label="候选人", required=False, widget=forms.TextInput(attrs={"list": "people"}))
    in_favour = _number("赞成", required=False)
    against = _number("反对", required=False)
    abstain = _number("弃权", required=False)
    written_in = forms.BooleanField(label="另选", required=False)

    def clean(self) -> dict[str, object]:
        """Votes belong to somebody."""
        data = super().clean() or {}
        if not data.get("name") and any(data.get(name) for name in ("in_favour", "against", "abstain")):
            self.add_error("name", "请填写这些票是谁得的")
        return data

    def candidate(self) -> Candidate | None:
        """Of a row that was filled in."""
        data = self.cleaned_data
        votes = {name: data.get(name) or 0 for name in ("in_favour", "against", "abstain")}
        return Candidate(data["name"], **votes, written_in=data.get("written_in", False)) if data.get("name") else None


class _Candidates(forms.BaseFormSet):  # type: ignore[type-arg]  # Django's class takes no parameters at run time
    def plan(self) -> list[Candidate]:
        """Those filled in, in order."""
        return [one for form in self.forms if (one := form.candidate())]


CandidateRows = forms.formset_factory(CandidateForm, formset=_Candidates, extra=0, max_num=60, absolute_max=60)
