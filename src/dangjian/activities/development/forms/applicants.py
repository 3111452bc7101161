"""Forms of applicants: who they are, where they go, why their application ends."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms import BoundField

from dangjian.activities.development import columns as typed
from dangjian.activities.development.actions.applicants import ENDS
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE
from dangjian.engines.procedures.forms import StepForm
from dangjian.engines.procedures.installed import procedure
from dangjian.kernel import clock
from dangjian.kernel.editing import HidingForm
from dangjian.kernel.ui.forms import RadioCards
from dangjian.members.columns import COLUMNS
from dangjian.members.forms import column_field
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm, organization_field
from dangjian.org.known import SourcedForm
from dangjian.org.models import Kind, Organization

AT_ONCE = ("name", "resident_id", "mobile", "unit_name")
"""What is asked for first; the rest can come later."""
HELP = {
    "resident_id": "18位，出生日期和性别由号码带出。",
    "birth_on": "填了公民身份号码的不用填。",
    "sex": "填了公民身份号码的不用填。",
    typed.PLACE: "流动人员才填：流入地或者流出地的单位、党组织。公示时两处都要公示。",
}


def person_fields() -> dict[str, forms.Field]:
    """A field for each item of ``columns.TYPED``."""
    found: dict[str, forms.Field] = {}
    for name in typed.TYPED:
        if name == typed.FLAG:
            found[name] = forms.BooleanField(label=typed.title(name), required=False)
            continue
        if name == typed.PLACE:
            found[name] = forms.CharField(label=typed.title(name), required=False, max_length=typed.LONGEST_PLACE)
        else:
            found[name] = column_field(COLUMNS[name])
        found[name].help_text = HELP.get(name, found[name].help_text)
    found["name"].required = True
    return found


def _confirmed() -> forms.BooleanField:
    return forms.BooleanField(label="不是同一人", required=False, help_text="已有同名、同手机号的人时，核对以后勾选。")


class EnterForm(StepForm):
    """Somebody who applies: who they are, at which branch, and their application, the first step of the procedure."""

    organization = OrganizationField(label="受理的党支部", kinds=(Kind.BRANCH,))

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(procedure(PROCEDURE).on(clock.today()).steps[0], data, files)
        places: Any = self.fields["organization"]
        found = list(places.queryset[:2]) if places.queryset is not None else []
        places.initial = found[0] if len(found) == 1 else None
        self.step_names = [name for name in self.fields if name != "organization"]
        self.fields["day"].label = "申请日期"
        self.fields["day"].help_text = "申请书上写的日期，可以补录以前的。"
        self.fields |= person_fields()
        self.fields["confirmed"] = _confirmed()

    @property
    def first(self) -> Sequence[BoundField]:
        """What is asked for at once."""
        names = [*AT_ONCE, "organization", *self.step_names]
        asked = [*names, "confirmed"] if "confirmed" in self.errors else names
        return [self[name] for name in asked]

    @property
    def later(self) -> Sequence[BoundField]:
        """What can be filled in afterwards too."""
        return [self[name] for name in typed.TYPED if name not in AT_ONCE]

    @property
    def later_is_wrong(self) -> bool:
        """Whether something is to be put right among ``later``."""
        return any(name in self.errors for name in typed.TYPED if name not in AT_ONCE)

    def keywords(self) -> dict[str, Any]:
        """What ``applicants.enter`` takes; blank items are left to be filled in later."""
        data = self.cleaned_data
        person = {name: data[name] for name in typed.TYPED if data[name] not in {None, "", False}}
        more = {"organization": data["organization"], "confirmed": data["confirmed"]}
        return {**super().keywords(), **more, **person}


class ChangeForm(SourcedForm, HidingForm, ActionForm):
    """What is on record of an applicant. Private items are not shown: what is typed there takes their place."""

    def __init__(self, data: Any = None, *, applicant: Applicant) -> None:
        self.applicant = applicant
        super().__init__(data, initial={name: getattr(applicant, name) for name in typed.TYPED if name not in typed.PRIVATE})
        self.fields |= person_fields()
        self.hide(applicant, {name: partial(typed.masked, name) for name in typed.PRIVATE})
        self.leave_to_sources(applicant)
        self.fields["confirmed"] = _confirmed()

    def keywords(self) -> dict[str, Any]:
        """The items that differ from what is on record."""
        data = self.cleaned_data
        return {name: data[name] for name in self.changed_data if name in typed.TYPED} | {"confirmed": data["confirmed"]}


class MoveForm(ActionForm):
    """To which branch an applicant goes."""

    to = forms.CharField()
    day = forms.DateField(label="转出日期", initial=clock.today, help_text="不能晚于今天。")

    def __init__(self, data: Any = None, *, branches: QuerySet[Organization], near: Organization) -> None:
        super().__init__(data)
        self.fields["to"] = organization_field(branches, near=near, label="转到哪个党支部")
        self.order_fields(["to", "day"])


class EndForm(ActionForm):
    """Why an application ends."""

    why = forms.ChoiceField(label="原因", choices=list(ENDS.items()), widget=RadioCards())
    note = forms.CharField(label="说明", max_length=150, required=False, help_text="选“其他原因”的，写明原因。")
