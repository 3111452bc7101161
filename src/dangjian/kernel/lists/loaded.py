"""What a ``load`` puts onto rows, with its type: a model does not know of it, and templates read it by its name."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Loaded(Generic[T]):
    """An attribute of rows that are shown.

    >>> COMMITTEE: Loaded[Organization | None] = Loaded("committee")
    >>> COMMITTEE.put(relief, committee_over(relief.member.branch))  # in ``load``
    >>> COMMITTEE.of(relief)  # in a column; {{ row.committee }} in a template

    :raises KeyError: when it is asked for before it was put there.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def put(self, row: object, value: T) -> None:
        """Put it onto a row."""
        vars(row)[self.name] = value

    def of(self, row: object) -> T:
        """What was put there."""
        value: T = vars(row)[self.name]
        return value
