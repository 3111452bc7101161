"""The table in which transfers go to the national system and come back, as ``national.yaml`` says."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, StrictInt

from dangjian.kernel.closed_yaml import TEXT, Closed, read_mapping
from dangjian.kernel.spreadsheets import Column

FILE: Final = Path(__file__).with_name("national.yaml")
PREFIX: Final = "ZJ"
"""Before the number of a case in the table."""
LONGEST: Final = 15
Answer = Literal["pending", "released", "received", "confirmed", "returned"]
Spellings = Annotated[tuple[TEXT, ...], Field(min_length=1)]


class TableColumn(Closed):
    """A column of the table."""

    code: TEXT
    title: TEXT
    width: Annotated[StrictInt, Field(ge=1)]

    @property
    def column(self) -> Column:
        """For the spreadsheet."""
        return Column(self.title, kind="date" if self.code.endswith("_on") else "text", width=self.width)


class Takes(Closed):
    """The step that an answer takes: with which ``outcome``, its reason and a further day in which fields of the entry.

    A step that is only done has no outcome.
    """

    step: TEXT
    outcome: str = ""
    reason: str = ""
    day: str = ""


class Template(Closed):
    """Columns, spellings, and what each answer does, by procedure; ``stands_for`` says how far a transfer is by an answer."""

    title: TEXT
    columns: tuple[TableColumn, ...]
    directions: Mapping[str, TEXT]
    categories: Mapping[str, TEXT]
    answers: Mapping[Answer, Spellings]
    stands_for: Mapping[Answer, Answer]
    takes: Mapping[str, Mapping[str, Takes]]

    def answer(self, text: str) -> Answer | None:
        """What a spelling of an answer means; ``None`` for one that nobody knows."""
        return next((code for code, spelt in self.answers.items() if text in spelt), None)

    def how_far(self, answer: str) -> str:
        """How far a transfer is by an answer, in the words of our own cases: pending, received or returned."""
        return next((far for code, far in self.stands_for.items() if code == answer), answer)

    def spelt(self, answer: Answer) -> str:
        """How an answer is spelt."""
        return self.answers[answer][0]

    def titles(self, *codes: str) -> Sequence[str]:
        """What columns are called."""
        known = {one.code: one.title for one in self.columns}
        return [known[code] for code in codes]


@cache
def template() -> Template:
    """The table as the file says."""
    return Template.model_validate(read_mapping(FILE))


def number_of(case_id: int) -> str:
    """The number of a case in the table."""
    return f"{PREFIX}{case_id:08d}"


def case_in(number: str) -> int | None:
    """The case that a number in the table means; ``None`` if it is none of ours."""
    digits = number.removeprefix(PREFIX)
    is_ours = number.startswith(PREFIX) and digits.isascii() and digits.isdigit() and len(digits) <= LONGEST
    return int(digits) if is_ours else None
