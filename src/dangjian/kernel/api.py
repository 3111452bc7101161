"""What all operations of the machine interface share: what is taken, paging and the form of a problem."""

import datetime as dt
import re
from typing import Annotated

from ninja import Schema
from ninja.pagination import PageNumberPagination
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from dangjian.kernel.typed import LARGEST

MAX_PAGE = 200

Key = Annotated[int, Field(ge=1, le=LARGEST)]
"""The number of a row."""
Fen = Annotated[int, Field(ge=0, le=10**12)]
"""Money in whole 分; ten thousand million 元 are more than anybody pays."""
_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|[T ]\d{2}:)")


def _written(value: object) -> object:
    """Only what is written as a date: a bare number would be read as seconds since 1970."""
    if (isinstance(value, str) and not _WRITTEN.match(value)) or isinstance(value, int | float):
        kind = "date_form"
        raise PydanticCustomError(kind, "not written as a date")
    return value


_FIRST, _LAST = dt.date(1921, 7, 1), dt.date(2199, 12, 31)
_ON = r"^(1921-(0[7-9]|1[0-2])|192[2-9]-\d{2}|19[3-9]\d-\d{2}|2[01]\d{2}-\d{2})-\d{2}"
"""What a day between the two begins with, for programs that read the description of the interface."""


def _between(value: dt.date) -> dt.date:
    """A day, or an instant of one, on which the Party has something to record."""
    day = value.date() if isinstance(value, dt.datetime) else value
    if day < _FIRST:
        kind = "day_too_early"
        raise PydanticCustomError(kind, "too early", {"day": _FIRST.isoformat()})
    if day > _LAST:
        kind = "day_too_late"
        raise PydanticCustomError(kind, "too late", {"day": _LAST.isoformat()})
    return value


Day = Annotated[dt.date, BeforeValidator(_written), AfterValidator(_between), Field(json_schema_extra={"pattern": f"{_ON}$"})]
"""A day on which the Party has something to record."""
Moment = Annotated[
    AwareDatetime, BeforeValidator(_written), AfterValidator(_between), Field(json_schema_extra={"pattern": f"{_ON}[T ]"})
]
"""An instant with its time zone."""


class Given(Schema):
    """What a program sends. A field that the operation does not know is refused: it is a misspelled one, and would be lost."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """Why a request was refused; nothing was written."""

    detail: str = Field(description="办不成的原因")
    how: str = Field("", description="怎么办")
    citation: str = Field("", description="依据的条文")
    fields: dict[str, str] = Field(default_factory=dict, description="各字段的问题")


class Pages(PageNumberPagination):
    """``page`` from 1, ``page_size`` up to 200; returns ``{count, items}``."""

    class Input(Schema):
        """The query string."""

        page: int = Field(1, ge=1, le=1_000_000, description="第几页，从 1 开始")
        page_size: int = Field(20, ge=1, le=MAX_PAGE, description="每页条数，最多 200")


REFUSED = {frozenset({401, 403, 404, 409, 422}): Problem}
"""Add to ``response=`` of every operation: ``response={200: MeetingOut, **REFUSED}``."""
