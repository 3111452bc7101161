"""The form of a step, made of what the procedure's file says of it."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dangjian.engines.procedures import entries
from dangjian.engines.procedures.definition import Entry, Paper, Procedure, Step
from dangjian.engines.procedures.installed import offer_of
from dangjian.engines.procedures.models import CaseStep
from dangjian.engines.procedures.papers import Sheet
from dangjian.engines.procedures.queries import side_of
from dangjian.kernel import clock
from dangjian.kernel.files import SCANS_ACCEPTED, sizes
from dangjian.kernel.forms import FilesField, ManyFiles, field_of
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.models import Kind, Organization

FILES_HELP = "手机上可以直接拍照，一份材料的几张照片会自动转正，合成一份PDF。"
ACCEPTED = f"{SCANS_ACCEPTED},.docx,.xlsx"
PLACES = (Kind.BRANCH, Kind.GENERAL_BRANCH, Kind.COMMITTEE)
"""Kinds of organisations that begin a case."""
ENTRY, PAPER = "entry_", "paper_"


def fields_of(step: Step, organization: Organization | None, kept: Mapping[str, str]) -> dict[str, forms.Field]:
    """What came out of a step and what is filled in, beginning with what was ``kept``."""
    found: dict[str, forms.Field] = {}
    if step.outcomes:
        choices = [(one.code, one.title) for one in step.outcomes]
        found["outcome"] = forms.ChoiceField(label="结果", choices=choices, widget=forms.RadioSelect)
    for entry in step.entry:
        field = entries.field_for(entry, organization)
        field.initial = entries.initial_of(entry, kept.get(entry.code, ""))
        found[f"{ENTRY}{entry.code}"] = field
    return found


class StepForm(ActionForm):
    """What came out of a step, on which day, what is filled in and handed in.

    A step that was sent back begins with what was entered before. Members and groups to choose are those of ``organization``.
    ``sheets`` returns its papers as they stand: what is there needs not be handed in again. ``asks_why``: the step may be taken
    otherwise than is usual, with a reason.
    """

    def __init__(
        self,
        step: Step,
        data: Any = None,
        files: Any = None,
        *,
        organization: Organization | None = None,
        before: dict[str, str] | None = None,
        sheets: Callable[[], Iterable[Sheet]] = tuple,
        asks_why: bool = False,
    ) -> None:
        super().__init__(data, files)
        self.step = step
        self._sheets = sheets
        self.fields |= fields_of(step, organization, before or {})
        for paper in step.papers:
            widget = ManyFiles(attrs={"accept": ACCEPTED})
            self.fields[f"{PAPER}{paper.code}"] = FilesField(label=paper.title, widget=widget)
        self._ask_for_papers()
        self.fields["day"] = forms.DateField(label="办理日期", initial=clock.today, help_text="可以补录以前的日期。")
        if asks_why:
            self.fields["reason"] = forms.CharField(
                label="特殊情况", required=False, max_length=200, help_text="与一般要求不同的，写明原因；没有就不填。"
            )

    def _ask_for_papers(self) -> None:
        there = {sheet.paper.code: sheet for sheet in self._sheets()}
        for paper in self.step.papers:
            name, sheet = f"{PAPER}{paper.code}", there.get(paper.code)
            field = self.fields[name]
            field.required = field.widget.is_required = paper.required and not (sheet and sheet.files)
            field.help_text = self[name].help_text = _help(paper, sheet)

    def add_error(self, field: str | None, error: Any) -> None:
        """Show what is wrong. A refusal may come after some of the files were kept, which are not asked for again then."""
        super().add_error(field, error)
        if not field or field.startswith(PAPER):
            self._ask_for_papers()

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


def _help(paper: Paper, sheet: Sheet | None) -> SafeString:
    """What a field of files says: what is there, where its form comes from, what may be handed in."""
    said: list[object] = []
    if sheet and sheet.files:
        said.append(f"已上传：{'、'.join(file.name for file in sheet.files)}。")
    if sheet and sheet.form:
        address = reverse("procedures:form_paper", args=[sheet.row.pk, paper.code])
        said.append(format_html('<a href="{}">下载填好的{}（Word）</a>，打印签字后上传。', address, sheet.form.title))
    if paper.by_hand:
        said.append("由本人手写。")
    return format_html_join("", "{}", ((one,) for one in (*said, FILES_HELP, sizes())))


class StartForm(StepForm):
    """A new case: what it is called, where, and its first step."""

    title = forms.CharField(max_length=80)
    organization = OrganizationField(label="党组织", kinds=PLACES)

    def __init__(self, procedure: Procedure, data: Any = None, files: Any = None) -> None:
        first = procedure.on(clock.today()).steps[0]
        super().__init__(first, data, files, asks_why=offer_of(procedure.code).may_ask_why(first))
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
        super().__init__(step, data, organization=side_of(step, row.case), before=row.read_entry())
        for name in [name for name in self.fields if name.startswith(PAPER) or name in {"outcome", "reason"}]:
            del self.fields[name]
        self.fields["day"].initial = row.taken_on
        self.fields["reason"] = forms.CharField(label="更正原因", max_length=200)

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        entry = {one.code: data[f"{ENTRY}{one.code}"] for one in self.step.entry}
        return {"day": data["day"], "entry": entry, "reason": data["reason"]}


class ManyForm(ActionForm):
    """The day on which a step of many cases was taken, and a sentence for those of whom nothing else is written."""

    day = forms.DateField(label="办理日期", initial=clock.today, help_text="可以补录以前的日期。")
    shared = forms.CharField(
        label="没有单独写的，都用这一句",
        required=False,
        max_length=entries.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, step: Step, data: Any = None) -> None:
        super().__init__(data)
        if not shared_entry(step):
            del self.fields["shared"]


def shared_entry(step: Step) -> Entry | None:
    """The text of a step that may be the same for many; ``None`` if it has none."""
    return next((one for one in step.entry if one.kind == "text"), None)


class RowForm(ActionForm):
    """A case among many: what came out of its step and what is filled in, and whether it is chosen (``chosen``, its number).

    It begins with the first outcome; ``shared`` stands for a text that is left empty.
    """

    def __init__(self, row: CaseStep, step: Step, data: Any = None, *, shared: str = "", chosen: Collection[str] = ()) -> None:
        super().__init__(data, prefix=f"step{row.pk}")
        self.row, self.step, self._shared = row, step, shared
        self.is_chosen = str(row.pk) in chosen
        self.fields |= fields_of(step, side_of(step, row.case), {})
        if step.outcomes:
            self.fields["outcome"].initial = step.outcomes[0].code
        if one := shared_entry(step):
            field = self.fields[f"{ENTRY}{one.code}"]
            field.required = field.widget.is_required = False
            field.widget.attrs["rows"] = 2

    def place_of(self, keyword: str) -> str:
        """The field that belongs to a keyword of a refusal."""
        return f"{ENTRY}{keyword}" if f"{ENTRY}{keyword}" in self.fields else keyword

    def keywords(self) -> dict[str, Any]:
        """What the action takes, without the day."""
        data = self.cleaned_data
        entry = {one.code: data[f"{ENTRY}{one.code}"] for one in self.step.entry}
        one = shared_entry(self.step)
        if one and not entry[one.code]:
            entry[one.code] = self._shared
        return {"outcome": data.get("outcome", ""), "entry": entry}


class ReasonForm(ActionForm):
    """Why."""

    reason = forms.CharField(label="原因", max_length=200)
