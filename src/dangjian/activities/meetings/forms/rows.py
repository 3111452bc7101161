"""Adding, taking away and moving rows of a form that is still being filled in.

A button named ``part`` sends the whole form back; ``change`` returns the same data with the rows changed, and the page is laid
out anew with everything that was typed. It works without script; with htmx only the form is exchanged.
"""

import datetime as dt

from django.http import QueryDict
from django.utils import timezone

from dangjian.kernel import clock
from dangjian.kernel.typed import number

SITTINGS, AGENDA, CANDIDATES = "s", "a", "c"
MOST = 60
"""Rows of a form at most."""
HALF_AN_HOUR = dt.timedelta(minutes=30)


def change(data: QueryDict, part: str) -> QueryDict:
    """``data`` after ``part``: ``add-s``, ``remove-s-2``, ``up-a-1``, ``on-2026-11-24``. Anything else changes nothing."""
    changed = data.copy()
    verb, _, rest = part.partition("-")
    prefix, _, place = rest.partition("-")
    at = number(place, most=MOST)
    if verb == "on":
        _set_day(changed, rest)
    elif verb == "add" and prefix in {SITTINGS, AGENDA, CANDIDATES}:
        _write(changed, prefix, [*typed(changed, prefix), _following(changed, prefix)])
    elif verb in {"remove", "up"} and at is not None:
        rows = typed(changed, prefix)
        if at < len(rows) and verb == "remove":
            rows.pop(at)
        elif 0 < at < len(rows):
            rows[at - 1], rows[at] = rows[at], rows[at - 1]
        _write(changed, prefix, rows)
    return changed


def _size(data: QueryDict, prefix: str) -> int:
    return min(number(data.get(f"{prefix}-TOTAL_FORMS")) or 0, MOST)


def typed(data: QueryDict, prefix: str) -> list[dict[str, str]]:
    """What was typed in each row, by the names of its fields."""
    rows: list[dict[str, str]] = [{} for _ in range(_size(data, prefix))]
    for key in data:
        head, _, rest = key.partition("-")
        place, _, name = rest.partition("-")
        at = number(place, most=len(rows) - 1)
        if head == prefix and name and at is not None:
            rows[at][name] = str(data[key])
    return rows


def _write(data: QueryDict, prefix: str, rows: list[dict[str, str]]) -> None:
    for key in [key for key in data if key.startswith(f"{prefix}-") and key.split("-")[1].isdigit()]:
        del data[key]
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    data.setdefault(f"{prefix}-INITIAL_FORMS", "0")
    for at, row in enumerate(rows):
        for name, value in row.items():
            data[f"{prefix}-{at}-{name}"] = value


def _following(data: QueryDict, prefix: str) -> dict[str, str]:
    """A new row: a sitting begins when the last one ends, for the next shift."""
    rows = typed(data, prefix)
    if prefix != SITTINGS or not rows:
        return {"type": "study"} if prefix == AGENDA else {}
    last = rows[-1]
    try:
        starts, ends = (dt.datetime.fromisoformat(f"{last['on']}T{last[name]}") for name in ("starts", "ends"))
    except (KeyError, ValueError):
        return {"on": last.get("on", "")}
    after = ends + (ends - starts if ends > starts else dt.timedelta(hours=1))
    return {"on": ends.date().isoformat(), "starts": f"{ends:%H:%M}", "ends": f"{after:%H:%M}", "place": ""}


def _set_day(data: QueryDict, day: str) -> None:
    """Every sitting is moved by as many days as the first one."""
    rows = typed(data, SITTINGS)
    if not rows:
        return
    try:
        target = dt.date.fromisoformat(day)
    except ValueError:
        return
    try:
        shift = target - dt.date.fromisoformat(rows[0].get("on", ""))
    except ValueError:
        shift = dt.timedelta()
        rows[0]["on"] = day
    for row in rows:
        try:
            row["on"] = (dt.date.fromisoformat(row.get("on", "")) + shift).isoformat()
        except ValueError:
            row["on"] = day
    _later_today(rows)
    _write(data, SITTINGS, rows)


def _later_today(rows: list[dict[str, str]]) -> None:
    """Times that are over today are moved so that the first sitting begins with the next half hour."""
    now = timezone.localtime(clock.now()).replace(tzinfo=None)
    try:
        first = dt.datetime.fromisoformat(f"{rows[0]['on']}T{rows[0]['starts']}")
    except (KeyError, ValueError):
        return
    if first.date() != now.date() or first > now:
        return
    begun = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    later = begun + HALF_AN_HOUR - first
    for row in rows:
        try:
            starts, ends = (dt.datetime.fromisoformat(f"{row['on']}T{row[name]}") + later for name in ("starts", "ends"))
        except (KeyError, ValueError):
            continue
        row |= {"on": starts.date().isoformat(), "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
