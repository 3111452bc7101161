"""A declared list as somebody who may see it visits it: what the contracts of lists and of the machine interface share."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import User
from dangjian.kernel.lists import Listing, ListPage, ListPart, ProgramList
from dangjian.org.gate import GrantedActor, admitted
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import Example, examples
from tests.contracts.routes import routes
from tests.contracts.world import World

EXAMPLES = examples()
PERMISSIONS = {route.name: str(route.permission) for route in routes()}
ROWS = 3
MADE_UP = "made-up"


def address_of(one: Listing) -> str:
    """The name of the address that shows it: of its own, or of the page that it is part of."""
    return one.page if isinstance(one, ListPart) else one.name


def has_sheet(one: Listing) -> bool:
    return isinstance(one, ListPage) and one.has_sheet


@dataclass(frozen=True, slots=True)
class Visit:
    """A list with one row, as somebody who may see it visits it."""

    listing: Listing
    example: Example
    client: Client
    kwargs: dict[str, Any]

    @classmethod
    def of(cls, listing: Listing, world: World) -> "Visit":
        """Makes the first row."""
        example, client = EXAMPLES[listing.name], Client()
        with unscoped("an example makes its own object"):
            kwargs = example.kwargs(world)
            _add_row(example, world, 0)
        client.force_login(_holder(listing, world, example), backend="dangjian.accounts.backends.AccountBackend")
        return cls(listing, example, client, kwargs)

    def add_rows(self, world: World) -> None:
        """All but the first."""
        with unscoped("an example makes its own object"):
            for number in range(1, ROWS):
                _add_row(self.example, world, number)

    def page(self, **query: Any) -> Any:
        """The answer with its context."""
        answer = self.client.get(reverse(address_of(self.listing), kwargs=self.kwargs), {**query, **self.listing.at})
        assert answer.status_code == 200, (self.listing.name, query, answer.status_code)
        return answer

    def numbers(self, **query: Any) -> list[Any]:
        """Numbers of the rows shown."""
        return self._numbers(self.page(**query).context["page_obj"])

    def rows(self, shown: Any, **query: Any) -> list[Any]:
        """The same without drawing the page: its filters, rows and cells. ``shown`` is how the page was asked for (``asked``)."""
        request = copy(shown.request)
        request.GET = QueryDict(urlencode({**query, **self.listing.at}))
        vars(request).pop("worked_out", None)
        with admitted(request.actor, PERMISSIONS[address_of(self.listing)]):
            return self._numbers(self.listing.shown_rows(replace(shown, request=request))["page_obj"])

    def _numbers(self, page: Any) -> list[Any]:
        return [getattr(row, self.listing.pk) for row in page.object_list]

    def sheet(self, **query: Any) -> list[tuple[Any, ...]]:
        """All lines of the spreadsheet, its header first."""
        answer: Any = self.client.get(reverse(f"{self.listing.name}_sheet", kwargs=self.kwargs), query)
        return list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0].values)


def questions(ask: Callable[[], Any]) -> int:
    """How many statements it takes."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)


@contextmanager
def undone() -> Iterator[None]:
    """What is made inside is gone afterwards."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def _add_row(example: Example, world: World, number: int) -> None:
    assert example.row is not None
    example.row(world, number)


def _holder(listing: Listing, world: World, example: Example) -> User:
    if example.holder:
        return example.holder(world)
    assert isinstance(listing, ListPage | ProgramList), f"{listing.name} is part of a page: its example names a holder"
    return next(who for who in world.people if GrantedActor(who).may(listing.permission))
