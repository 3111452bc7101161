"""The form of a step, made of what the procedure's file says of it."""

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dangjian.engines.procedures import entries
from dangjian.engines.procedures.definition import Entry, Paper, Procedure, Step
from dangjian.engines.procedures.installed import offer_of
from dangjian.engines.procedures.models import CaseStep
from dangjian.engines.procedures.papers import Sheet
from dangjian.engines.procedures.queries import branches_there, side_of
from dangjian.kernel import clock
from dangjian.kernel.files import SCANS_ACCEPTED, sizes
from dangjian.kernel.forms import FilesField, ManyFiles, field_of
from dangjian.members.fields import member_field
from dangjian.members.models import Member
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm, organization_field
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
        self.fields["title"].label = procedure.named
        places = field_of(self, "organization", OrganizationField)
        found = list(places.queryset[:2]) if places.queryset is not None else []
        places.initial = found[0] if len(found) == 1 else None

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        return {**super().keywords(), "title": data["title"], "organization": data["organization"]}


class MemberForm(ActionForm):
    """About which of ``members`` a case is begun."""

    def __init__(self, members: QuerySet[Member], data: Any = None) -> None:
        super().__init__(data)
        self.fields["member"] = member_field(members, label="党员")


class StartForForm(StepForm):
    """A new case about a member: the branch on the other side, if it has one, and its first step."""

    def __init__(self, procedure: Procedure, member: Member, data: Any = None, files: Any = None) -> None:
        first = procedure.on(clock.today()).steps[0]
        asks_why = offer_of(procedure.code).may_ask_why(first)
        super().__init__(first, data, files, organization=member.branch, asks_why=asks_why)
        self.fields["day"].label = f"{first.title}日期"
        if procedure.other_side:
            self.fields["other_side"] = organization_field(
                branches_there().exclude(pk=member.branch_id), near=member.branch, label=procedure.other_side
            )
            self.order_fields(["other_side"])

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        chosen = {name: self.cleaned_data[name] for name in ("other_side",) if name in self.cleaned_data}
        return {**super().keywords(), **chosen}


class CorrectForm(StepForm):
    """Another day and entry for a step that was taken, with the reason."""

    def __init__(self, row: CaseStep, step: Step, data: Any = None) -> None:
        asked = tuple(replace(one, outcomes=()) for one in step.entry if one.is_asked(row.outcome))
        super().__init__(replace(step, entry=asked), data, organization=side_of(step, row.case), before=row.read_entry())
        for name in [name for name in self.fields if name.startswith(PAPER) or name in {"outcome", "reason"}]:
            del self.fields[name]
        self.fields["day"].initial = row.taken_on
        self.fields["reason"] = forms.CharField(label="更正原因", max_length=200)

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        entry = {one.code: data[f"{ENTRY}{one.code}"] for one in self.step.entry}
        return {"day": data["day"], "entry": entry, "reason": data["reason"]}


SHARED = "shared_"


class ManyForm(ActionForm):
    """The day on which a step of many cases was taken, and what holds for those for whom nothing else is filled in.

    ``place`` is the organisation whose groups are to choose from; ``None`` where the cases are of several.
    """

    day = forms.DateField(label="办理日期", initial=clock.today, help_text="可以补录以前的日期。")

    def __init__(self, step: Step, data: Any = None, *, place: Organization | None = None) -> None:
        super().__init__(data)
        for one in shared_entries(step):
            field = entries.field_for(replace(one, outcomes=()), place)  # outcomes are chosen case by case
            if one.kind == "group":
                if not field_choices(field)[1:]:
                    continue
                field.label = "没有单独选的，都编入"
            elif one.kind == "number":
                field.label = f"{one.title}：没有单独填的都用这个"
            else:
                field.label, field.widget.attrs["rows"] = "没有单独写的，都用这一句", 2
            field.required = field.widget.is_required = False
            self.fields[f"{SHARED}{one.code}"] = field

    @property
    def shared(self) -> dict[str, str]:
        """What was filled in for all of them, by the codes of the step's entry."""
        given = getattr(self, "cleaned_data", {})
        return {name.removeprefix(SHARED): entries.text_of(value) for name, value in given.items() if name.startswith(SHARED)}


def shared_entries(step: Step) -> list[Entry]:
    """What is filled in at a step and may be the same for many: the first text, the group, and numbers."""
    text = next((one for one in step.entry if one.kind == "text"), None)
    return [one for one in step.entry if one is text or one.kind in {"group", "number"}]


def field_choices(field: forms.Field) -> list[tuple[str, str]]:
    """The choices of a field that has some."""
    return list(getattr(field, "choices", ()))


class RowForm(ActionForm):
    """A case among many: what came out of its step and what is filled in, and whether it is chosen (``chosen``, its number).

    It begins with the first outcome. ``shared`` are the fields of ``ManyForm``: what holds where its own is left empty. ``said``
    is what was filled in before and stands beside it: title and text.
    """

    def __init__(
        self,
        row: CaseStep,
        step: Step,
        data: Any = None,
        *,
        fields: Mapping[str, forms.Field],
        shared: ManyForm,
        chosen: Collection[str] = (),
        said: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(data, prefix=f"step{row.pk}")
        self.row, self.step, self._shared, self.said = row, step, shared, said
        self.is_chosen = str(row.pk) in chosen
        self.fields |= {name: copy.deepcopy(field) for name, field in fields.items()}
        if step.outcomes:
            self.fields["outcome"].initial = step.outcomes[0].code
        for one in shared_entries(step):
            field = self.fields[f"{ENTRY}{one.code}"]
            if f"{SHARED}{one.code}" not in shared.fields:
                continue
            field.required = field.widget.is_required = False
            if one.kind == "group":
                chooser = field_of(self, f"{ENTRY}{one.code}", forms.ChoiceField)
                chooser.choices = [("", "按上面选的"), *field_choices(field)[1:]]
            elif one.kind == "number":
                field.help_text = "不填的，用上面的数。"
            else:
                field.widget.attrs["rows"] = 2

    def place_of(self, keyword: str) -> str:
        """The field that belongs to a keyword of a refusal."""
        return f"{ENTRY}{keyword}" if f"{ENTRY}{keyword}" in self.fields else keyword

    def keywords(self) -> dict[str, Any]:
        """What the action takes, without the day."""
        data = self.cleaned_data
        own = {one.code: data[f"{ENTRY}{one.code}"] for one in self.step.entry}
        shared = {code: text for code, text in self._shared.shared.items() if not own[code]}
        return {"outcome": data.get("outcome", ""), "entry": own | shared}


class ReasonForm(ActionForm):
    """Why."""

    reason = forms.CharField(label="原因", max_length=200)
