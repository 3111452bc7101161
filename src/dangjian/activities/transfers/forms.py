"""To which branch members go, and why."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from dangjian.activities.transfers.queries import units
from dangjian.activities.transfers.queries.going import PROCEDURE
from dangjian.engines.procedures.forms import StepForm
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.queries import branches_there
from dangjian.kernel import clock
from dangjian.kernel.ui.forms import PersonPicker
from dangjian.members.models import Member
from dangjian.org.forms import ActionForm, organization_field
from dangjian.org.models import Organization


class BatchForm(StepForm):
    """The branch to which several members go, and the first step of the procedure for all of them."""

    def __init__(self, data: Any = None, *, near: Organization | None = None) -> None:
        super().__init__(procedure(PROCEDURE).on(clock.today()).steps[0], data)
        self.fields["to"] = organization_field(branches_there(), near=near, label="转到哪个党支部")
        self.fields["day"].label = "提出日期"
        self.order_fields(["to"])

    def keywords(self) -> dict[str, Any]:
        """To which branch, and what the first step takes."""
        given = super().keywords()
        return {"to": self.cleaned_data["to"], "day": given["day"], "entry": given["entry"]}


def _people_field(members: Sequence[Member], **more: Any) -> forms.MultipleChoiceField:
    choices = [(str(member.pk), member.name) for member in members]
    return forms.MultipleChoiceField(choices=choices, widget=PersonPicker, **more)


class UnitForm(StepForm):
    """How a whole unit goes, who goes with it, and why. Whoever is ``busy`` on their own is not ticked."""

    def __init__(self, branch: Organization, members: Sequence[Member], data: Any = None, *, busy: Collection[Member]) -> None:
        super().__init__(procedure(units.PROCEDURE).on(clock.today()).steps[0], data)
        self._members = {str(member.pk): member for member in members}
        self.fields["outcome"].label = "怎样转"
        self.fields["to"] = organization_field(
            branches_there().exclude(pk=branch.pk),
            near=branch,
            label="转到哪个党支部",
            required=False,
            help_text="转到本单位另一个党支部的选择。",
        )
        self.fields["members"] = _people_field(
            members,
            label="一起转的党员",
            required=False,
            initial=[str(member.pk) for member in members if member not in busy],
            help_text="留下的去掉勾选；从本单位以外转入的不用选。",
        )
        self.fields["day"].label = "提出日期"
        self.order_fields(["outcome", "to", "entry_outside", "entry_number", "members", "entry_why", "entry_note", "day"])

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        given, chosen = super().keywords(), self.cleaned_data["members"]
        return {
            "way": given["outcome"],
            "to": self.cleaned_data["to"] or None,
            "members": [self._members[pk] for pk in chosen],
            "day": given["day"],
            "entry": given["entry"],
        }

    def _shown(self, name: str) -> str:
        if name == "members":
            return f"{len(self.cleaned_data['members'])}名"
        return super()._shown(name)


class LeaveOutForm(ActionForm):
    """Who does not go with the unit after all, and why."""

    def __init__(self, members: Sequence[Member], data: Any = None) -> None:
        super().__init__(data)
        self._members = {str(member.pk): member for member in members}
        self.fields["members"] = _people_field(members, label="不一起转的党员")
        self.fields["reason"] = forms.CharField(label="原因", max_length=200, help_text="例如：已单独转到别的党支部。")

    def keywords(self) -> dict[str, Any]:
        """``members`` as rows."""
        data = self.cleaned_data
        return {"members": [self._members[pk] for pk in data["members"]], "reason": data["reason"]}


class BranchForm(ActionForm):
    """Which branch goes."""

    def __init__(self, branches: Any, data: Any = None) -> None:
        super().__init__(data)
        self.fields["organization"] = organization_field(branches, label="哪个党支部")
