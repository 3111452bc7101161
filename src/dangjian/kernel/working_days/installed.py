"""The table of this process: the notices of ``notices.yaml``, and those that the pages add or correct."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictInt, TypeAdapter, ValidationError

from dangjian.kernel.closed_yaml import TEXT, Closed, FileProblem, Sources, cited, explained, read_mapping
from dangjian.kernel.errors import Invalid
from dangjian.kernel.offers import WorkingDaysSource
from dangjian.kernel.registry import offers
from dangjian.kernel.set_on_pages import SetOnPages
from dangjian.kernel.working_days.table import Table
from dangjian.kernel.working_days.wording import Notice, read_notice

FILE = Path(__file__).with_name("notices.yaml")


class _Entry(Closed):
    source: Sources
    arrangements: Annotated[list[TEXT], Field(min_length=1)]

    def notice(self, year: int) -> Notice:
        return read_notice(year, "\n".join(self.arrangements), cited(self.source))


_YEAR: TypeAdapter[int] = TypeAdapter(Annotated[StrictInt, Field(ge=1950, le=2099)])


def load(file: Path = FILE) -> Table:
    """The notices of ``file``. Raises ``FileProblem`` naming file and year."""
    try:
        content = read_mapping(file)
    except ValueError as error:
        raise FileProblem(f"节假日安排 {file} {error}") from error
    notices = []
    for year, raw in content.items():
        try:
            notices.append(_Entry.model_validate(raw).notice(_YEAR.validate_python(year)))
        except ValidationError as error:
            raise FileProblem(f"节假日安排 {file} 中的 {year}：{explained(error)}") from error
        except Invalid as error:
            raise FileProblem(f"节假日安排 {file} 中的 {year}：{error.message}") from error
    return Table({notice.year: notice for notice in notices})


@cache
def _of_files() -> Table:
    return load()


def _with(files: Table, entered: Mapping[int, Notice]) -> Table:
    return files.with_notices(entered)


_installed = SetOnPages(_of_files, lambda: offers(WorkingDaysSource), _with)


def table() -> Table:
    """The table of working days, as it is known today."""
    return _installed.current()


def shipped() -> Table:
    """What comes with the platform, without what was entered on its pages."""
    return _installed.of_files()


def look_again() -> None:
    """Look now whether notices were entered, corrected or removed on the pages, and go by them."""
    _installed.look_again()


def forget() -> None:
    """Go by what is shipped until the pages are looked at again: for tests, whose entries are rolled back."""
    _installed.forget()
