"""Pages of rows, for lists and for what is no list but too long for one page (a matrix, a calendar of many)."""

from collections.abc import Sequence
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row")
PAGE_SIZE = 25


def page_of(
    rows: QuerySet[Model, Row] | Sequence[Row],
    asked: HttpRequest | str | int | None,
    size: int = PAGE_SIZE,
    *,
    paginator: type[Paginator[Row]] = Paginator,
) -> Page[Row]:
    """The page of ``rows`` that a request or a number asks for (``?page=``): the first if none is named, the nearest there is.

    >>> page_of(rows, request)
    """
    number = asked.GET.get("page") if isinstance(asked, HttpRequest) else asked
    return paginator(rows, size).get_page(str(number) if number is not None else None)
