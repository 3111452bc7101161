"""To which branch somebody goes, and why."""

from typing import Any

from dangjian.activities.transfers.queries.going import PROCEDURE, branches_there
from dangjian.engines.procedures.forms import StepForm
from dangjian.engines.procedures.installed import procedure
from dangjian.kernel import clock
from dangjian.org.forms import organization_field
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
