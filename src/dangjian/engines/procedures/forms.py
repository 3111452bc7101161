"""The form of a step, made of what the procedure's file says of it."""

from typing import Any

from django import forms

from dangjian.engines.procedures import entries
from dangjian.engines.procedures.definition import Procedure, Step
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel import clock
from dangjian.kernel.forms import FilesField, ManyFiles, field_of
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.models import Kind, Organization

FILES_HELP = "可以一次选多个，手机上可以直接拍照。每个不超过20MB。"
ACCEPTED = "image/*,.pdf,.docx,.xlsx"
PLACES = (Kind.BRANCH, Kind.GENERAL_BRANCH, Kind.COMMITTEE)
"""Kinds of organisations that begin a case."""
ENTRY, PAPER = "entry_", "paper_"


class StepForm(ActionForm):
    """What came out of a step, on which day, what is filled in and handed in.

    A step that was sent back begins with what was entered before. Members and groups to choose are those of ``organization``.
    """

    def __init__(
        self,
        step: Step,
        data: Any = None,
        files: Any = None,
        *,
        organization: Organization | None = None,
        before: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, files)
        self.step = step
        kept = before or {}
        if step.outcomes:
            choices = [(one.code, one.title) for one in step.outcomes]
            self.fields["outcome"] = forms.ChoiceField(label="结果", choices=choices, widget=forms.RadioSelect)
        for entry in step.entry:
            field = entries.field_for(entry, organization)
            field.initial = entries.initial_of(entry, kept.get(entry.code, ""))
            self.fields[f"{ENTRY}{entry.code}"] = field
        for paper in step.papers:
            widget = ManyFiles(attrs={"accept": ACCEPTED})
            self.fields[f"{PAPER}{paper.code}"] = FilesField(
                label=paper.title, required=paper.required, help_text=FILES_HELP, widget=widget
            )
        self.fields["day"] = forms.DateField(label="办理日期", initial=clock.today, help_text="可以补录以前的日期。")
        if step.gates or (step.not_before and step.not_before.usually):
            self.fields["reason"] = forms.CharField(
                label="特殊情况", required=False, max_length=200, help_text="与一般要求不同的，写明原因；没有就不填。"
            )

    def place_of(self, keyword: str) -> str:
        """The field that belongs to a keyword of a refusal."""
        return next((name for name in (f"{ENTRY}{keyword}", f"{PAPER}{keyword}") if name in self.fields), keyword)

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        known = {name: data[name] for name in ("outcome", "day", "reason") if name in data}
        return {
            **known,
            "entry": {one.code: data[f"{ENTRY}{one.code}"] for one in self.step.entry},
            "files": {one.code: found for one in self.step.papers if (found := data[f"{PAPER}{one.code}"])},
        }


class StartForm(StepForm):
    """A new case: what it is called, where, and its first step."""

    title = forms.CharField(max_length=80)
    organization = OrganizationField(label="党组织", kinds=PLACES)

    def __init__(self, procedure: Procedure, data: Any = None, files: Any = None) -> None:
        super().__init__(procedure.on(clock.today()).steps[0], data, files)
        self.fields["title"].label = f"{procedure.noun}名称"
        places = field_of(self, "organization", OrganizationField)
        found = list(places.queryset[:2]) if places.queryset is not None else []
        places.initial = found[0] if len(found) == 1 else None

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        return {**super().keywords(), "title": data["title"], "organization": data["organization"]}


class CorrectForm(StepForm):
    """Another day and entry for a step that was taken, with the reason."""

    def __init__(self, row: CaseStep, step: Step, data: Any = None) -> None:
        super().__init__(step, data, organization=row.case.organization, before=row.read_entry())
        for name in [name for name in self.fields if name.startswith(PAPER) or name in {"outcome", "reason"}]:
            del self.fields[name]
        self.fields["day"].initial = row.taken_on
        self.fields["reason"] = forms.CharField(label="更正原因", max_length=200)

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        entry = {one.code: data[f"{ENTRY}{one.code}"] for one in self.step.entry}
        return {"day": data["day"], "entry": entry, "reason": data["reason"]}


class ReasonForm(ActionForm):
    """Why."""

    reason = forms.CharField(label="原因", max_length=200)
