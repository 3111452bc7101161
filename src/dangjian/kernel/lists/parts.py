"""A list inside another page: under a tab of an object's page, or below what else stands there."""

from dataclasses import dataclass, field

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dangjian.kernel.gate import Request
from dangjian.kernel.lists.asking import Asked
from dangjian.kernel.lists.listing import Listing, Row


@dataclass(frozen=True, kw_only=True)
class ListPart(Listing[Row]):
    """A list as part of a page; the page's view says who may see it.

    >>> PAST_POSTS = ListPart(name="org:past_posts", page="org:detail", within={"tab": "posts"}, heading="历任", …)
    >>> {"past_posts": PAST_POSTS.of(request, organization)}  # and in the template: {{ past_posts }}

    :param page: name of the page's address.
    :param within: parameters with which the page shows it, kept by every link.
    :param heading: of the card in which it stands; ``icon`` stands in front.
    """

    page: str
    within: dict[str, str] = field(default_factory=dict)
    heading: str = ""
    icon: str = ""

    @property
    def at(self) -> dict[str, str]:
        """Parameters with which the page shows it."""
        return self.within

    @property
    def anchor(self) -> str:
        """Its place on the page, which alone is loaded anew for another page of rows."""
        return self.name.rpartition(":")[2].replace("_", "-")

    def of(self, request: Request, of: object = None) -> SafeString:
        """The rows that belong to ``of``, drawn."""
        return render_to_string("ui/lists/part.html", self.shown_rows(Asked(request, self, of)), request)
