"""What all operations of the machine interface share: paging and the form of a problem."""

from ninja import Schema
from ninja.pagination import PageNumberPagination
from pydantic import Field

MAX_PAGE = 200


class Problem(Schema):
    """Why a request was refused; nothing was written."""

    detail: str = Field(description="办不成的原因")
    how: str = Field("", description="怎么办")
    citation: str = Field("", description="依据的条文")
    fields: dict[str, str] = Field(default_factory=dict, description="各字段的问题")


class Pages(PageNumberPagination):
    """``page`` from 1, ``page_size`` up to 200; answers ``{count, items}``."""

    class Input(Schema):
        """The query string."""

        page: int = Field(1, ge=1, description="第几页，从 1 开始")
        page_size: int = Field(20, ge=1, le=MAX_PAGE, description="每页条数，最多 200")


REFUSED = {frozenset({401, 403, 404, 409, 422}): Problem}
"""Add to ``response=`` of every operation: ``response={200: MeetingOut, **REFUSED}``."""
