"""Pages of rows, for lists and for what is no list but too long for one page (a matrix, a calendar of many)."""

from collections.abc import Sequence
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet

Row = TypeVar("Row")
PAGE_SIZE = 25


def page_of(
    rows: QuerySet[Model, Row] | Sequence[Row],
    number: str | int | None,
    size: int = PAGE_SIZE,
    *,
    paginator: type[Paginator[Row]] = Paginator,
) -> Page[Row]:
    """Page ``number`` of ``rows`` as an address names it (``?page=``): the first if it names none, the nearest there is.

    >>> page_of(rows, request.GET.get("page"))
    """
    return paginator(rows, size).get_page(number)
