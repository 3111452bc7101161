"""What is typed of an applicant: read and shown as the same items of a member's record are (``members.columns``)."""

import datetime as dt

from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.members import columns as items
from dangjian.members import policy

TYPED = (
    "name",
    "resident_id",
    "mobile",
    "unit_name",
    "employee_no",
    "sex",
    "birth_on",
    "ethnicity",
    "native_place",
    "education",
    "job_post",
    "job_title",
    "front_line",
    "work_started_on",
    "in_youth_league",
    "floating_at",
)
"""In the order in which they are asked for."""

FLAG, PLACE = "in_youth_league", "floating_at"
OWN_TITLES = {FLAG: "共青团员", PLACE: "流动人员的另一处所在地"}
"""Items that a member's record does not have."""
LONGEST_PLACE = 60
PRIVATE = frozenset({"resident_id", "mobile"})
"""Encrypted, masked on screen, and shown in full only for a stated purpose."""


def title(name: str) -> str:
    """What people call an item."""
    return OWN_TITLES.get(name) or items.COLUMNS[name].title


def clean(name: str, value: object) -> object:
    """``value`` as it is kept. Raises ``Invalid`` whose ``fields`` names the item."""
    if name == FLAG:
        return str(value).lower() in {"1", "true", "on", "是"}
    if name == PLACE:
        return _place(value)
    found: object = items.clean(name, value)
    return found


def _place(value: object) -> str:
    text = str(value or "").strip()
    if len(text) > LONGEST_PLACE:
        raise Invalid(f"最多{LONGEST_PLACE}个字。", fields={PLACE: f"最多{LONGEST_PLACE}个字"})
    return text


def masked(name: str, value: object) -> str:
    """As people read it, private ones without their middle."""
    if name == FLAG:
        return "是" if value else "否"
    if name == PLACE:
        return str(value or "")
    return items.masked(name, value)


def cleaned(columns: dict[str, object]) -> tuple[dict[str, object], dict[str, str]]:
    """What was typed as it is kept, and what is wrong with it, by item."""
    wanted: dict[str, object] = {}
    problems: dict[str, str] = {}
    for name, value in columns.items():
        try:
            wanted[name] = clean(name, value)
        except Invalid as problem:
            problems |= problem.fields
    return wanted, problems


def age(birth_on: dt.date | None) -> int | None:
    """Full years today; ``None`` if the birth date is not known."""
    return policy.age(birth_on, clock.today()) if birth_on else None
