"""Filters of a page that is no list: a matrix, a month, the record of one year.

    ASKED = PageFilters(filters=(OrganizationFilter(), Choice("state", "状态", STATES), AsOf("on", "日期")))

    asked = ASKED.asked(request)
    duties = duties.filter(state=asked.values["state"]) if asked.values.get("state") else duties

They are read as those of a list: what cannot be read stands at its usual choice. The page draws them with
``{% include "ui/lists/filters.html" %}``, for which it has ``ASKED.shown(asked)`` among its variables.
"""

from dataclasses import dataclass
from typing import Any, cast

from dangjian.kernel.gate import Request
from dangjian.kernel.lists.asking import Asked
from dangjian.kernel.lists.listing import Filtered, Listing


@dataclass(frozen=True, kw_only=True)
class PageFilters(Filtered):
    """See the text of this module."""

    def asked(self, request: Request, **usual: str) -> Asked:
        """As ``request`` asks for it, ``usual`` where it says nothing; it has no rows of its own."""
        given = {name: value for name, value in request.GET.dict().items() if value}
        return Asked(request, cast("Listing[Any]", self), sent={**usual, **given}, usual=usual)

    def shown(self, asked: Asked) -> dict[str, Any]:
        """Variables of the template that draws them."""
        return {"list": self, "asked": asked, "filters": self.drawn_filters(asked)}
