"""To which branch somebody goes, and why."""

from typing import Any

from django import forms

from dangjian.activities.transfers.queries.going import PROCEDURE, branches_but
from dangjian.engines.procedures.forms import StepForm
from dangjian.engines.procedures.installed import procedure
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization


class AskForm(StepForm):
    """The branch to go to, and the first step of the procedure."""

    to = forms.ChoiceField(label="转到哪个党支部")

    def __init__(self, member: Member, data: Any = None) -> None:
        super().__init__(procedure(PROCEDURE).on(clock.today()).steps[0], data, organization=member.branch)
        self._branches = {str(one.pk): one for one in branches_but(member)}
        labels = [(pk, f"{one.short_name}（{one.parent.short_name}）") for pk, one in self._branches.items() if one.parent]
        self.fields["to"].choices = [("", "请选择"), *labels]  # type: ignore[attr-defined]  # of a choice field
        self.fields["day"].label = "提出日期"
        self.order_fields(["to"])

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        given = super().keywords()
        to: Organization = self._branches[self.cleaned_data["to"]]
        return {"to": to, "day": given["day"], "entry": given["entry"], "reason": given.get("reason", "")}
