"""In which order a list stands: what the address asks for, if the list knows it.

>>> ordered_by("-name", {"name": "name_sort"}, "-held_on")
'-name_sort'
>>> ordered_by("--name", {"name": "name_sort"}, "-held_on")
'-held_on'
"""

from collections.abc import Mapping


def ordered_by(asked: str, columns: Mapping[str, str], usual: str) -> str:
    """The column for ``order_by``: ``asked`` is a key of ``columns``, with ``-`` in front the other way round.

    Whatever else somebody writes into the address gets the list in its ``usual`` order (a column, with its sign).
    """
    column = columns.get(asked.removeprefix("-"))
    if column is None:
        return usual
    if not asked.startswith("-"):
        return column
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"
