"""Rows of the form that calls a meeting, while it is being filled in: sittings, agenda, candidates."""

import datetime as dt

from django.http import QueryDict
from django.utils import timezone

from dangjian.kernel import clock, form_rows
from dangjian.kernel.form_rows import typed

SITTINGS, AGENDA, CANDIDATES = "s", "a", "c"
ROWS = (SITTINGS, AGENDA, CANDIDATES)
HALF_AN_HOUR = dt.timedelta(minutes=30)


def change(data: QueryDict, part: str) -> QueryDict:
    """``data`` after ``part`` (``form_rows.change``), or with its sittings on another day: ``on-2026-11-24``."""
    verb, _, day = part.partition("-")
    if verb != "on":
        return form_rows.change(data, part, ROWS, following=_following)
    changed = data.copy()
    _set_day(changed, day)
    return changed


def put_sittings(data: QueryDict, rows: form_rows.Rows) -> None:
    """Let ``rows`` be the sittings, each in the place of what stood there: which one it is, and where it is held."""
    kept = [{name: row[name] for name in ("pk", "place") if name in row} for row in typed(data, SITTINGS)]
    kept += [{}] * (len(rows) - len(kept))
    form_rows.write(data, SITTINGS, [{**old, **new} for old, new in zip(kept, rows, strict=False)])


def _following(prefix: str, rows: form_rows.Rows) -> dict[str, str]:
    """A new row: a sitting begins when the last one ends, for the next shift."""
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
    form_rows.write(data, SITTINGS, rows)


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
