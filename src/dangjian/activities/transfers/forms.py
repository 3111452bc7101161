"""To which branch somebody goes, and why."""

from typing import Any

from dangjian.activities.transfers.queries.going import PROCEDURE, branches_but
from dangjian.engines.procedures.forms import StepForm
from dangjian.engines.procedures.installed import procedure
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.forms import organization_field


class AskForm(StepForm):
    """The branch to go to, and the first step of the procedure."""

    def __init__(self, member: Member, data: Any = None) -> None:
        super().__init__(procedure(PROCEDURE).on(clock.today()).steps[0], data, organization=member.branch)
        self.fields["to"] = organization_field(branches_but(member), near=member.branch, label="转到哪个党支部")
        self.fields["day"].label = "提出日期"
        self.order_fields(["to"])

    def keywords(self) -> dict[str, Any]:
        """What the action takes."""
        given = super().keywords()
        return {"to": self.cleaned_data["to"], "day": given["day"], "entry": given["entry"]}
