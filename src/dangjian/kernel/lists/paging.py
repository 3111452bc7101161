"""Pages of rows, for lists and for what is no list but too long for one page (a matrix, a calendar of many)."""

from typing import Any

from django.core.paginator import Page, Paginator

PAGE_SIZE = 25


def page_of(
    rows: Any, number: str | int | None, size: int = PAGE_SIZE, *, paginator: type[Paginator[Any]] = Paginator
) -> Page[Any]:
    """Page ``number`` of ``rows`` as an address names it (``?page=``): the first if it names none, the nearest there is.

    >>> page_of(rows, request.GET.get("page"))
    """
    return paginator(rows, size).get_page(number)
