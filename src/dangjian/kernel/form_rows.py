"""Adding, taking away and moving rows of a form that is still being filled in.

A button named ``part`` sends the whole form back; ``change`` returns the same data with the rows changed, and the page is laid
out anew with everything that was typed. It works without script; with htmx only the form is exchanged.
"""

from collections.abc import Callable, Collection, Sequence

from django.http import QueryDict

from dangjian.kernel.typed import number

Rows = list[dict[str, str]]
"""What was typed in each row, by the names of its fields."""


def change(
    data: QueryDict,
    part: str,
    prefixes: Collection[str],
    *,
    following: Callable[[str, Rows], dict[str, str]] = lambda _prefix, _rows: {},
    most: int = 60,
) -> QueryDict:
    """``data`` after ``part``: ``add-s``, ``remove-s-2``, ``up-s-1``, ``down-s-1``. Anything else changes nothing.

    :param prefixes: of the forms whose rows may be changed. ``most`` is how many rows a form has at most.
    :param following: of a prefix and its rows, what a row that is added begins with.
    """
    changed = data.copy()
    verb, _, rest = part.partition("-")
    prefix, _, place = rest.partition("-")
    at = number(place, most=most)
    if prefix not in prefixes:
        return changed
    rows = typed(changed, prefix, most=most)
    if verb == "add":
        write(changed, prefix, [*rows, following(prefix, rows)])
    elif at is not None and at < len(rows):
        if verb == "remove":
            rows.pop(at)
        elif verb == "up" and at:
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        elif verb == "down" and at + 1 < len(rows):
            rows[at + 1], rows[at] = rows[at], rows[at + 1]
        write(changed, prefix, rows)
    return changed


def typed(data: QueryDict, prefix: str, *, most: int = 60) -> Rows:
    """The rows of a form as they were typed."""
    rows: Rows = [{} for _ in range(min(number(data.get(f"{prefix}-TOTAL_FORMS")) or 0, most))]
    for key in data:
        head, _, rest = key.partition("-")
        place, _, name = rest.partition("-")
        at = number(place, most=len(rows) - 1)
        if head == prefix and name and at is not None:
            rows[at][name] = str(data[key])
    return rows


def write(data: QueryDict, prefix: str, rows: Sequence[dict[str, str]]) -> None:
    """Put ``rows`` into ``data`` in the place of those that are there."""
    for key in [key for key in data if key.startswith(f"{prefix}-") and key.split("-")[1].isdigit()]:
        del data[key]
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    data.setdefault(f"{prefix}-INITIAL_FORMS", "0")
    for at, row in enumerate(rows):
        for name, value in row.items():
            data[f"{prefix}-{at}-{name}"] = value
