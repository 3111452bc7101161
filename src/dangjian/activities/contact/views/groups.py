"""Filters and groups in which the yearly tables count members: by age, time, sex, category and education."""

from typing import Any

from django.db.models import Case, Value, When

from dangjian.activities.contact.views.when import in_bracket
from dangjian.kernel import codes
from dangjian.kernel.lists import Choice

ANY = "不限"
SEXES = [("1", "男"), ("2", "女")]
CATEGORIES = [("1", "正式党员"), ("2", "预备党员")]


def by_bracket(name: str, label: str, column: str, months: int, bracket: str) -> Choice:
    """A filter by the time since a day, in the brackets of a table."""

    def rows(found: Any, code: str) -> Any:
        return found.filter(in_bracket(column, code, bracket, months)) if code else found

    return Choice(name, label, lambda _asked: codes.get(bracket).choices, ANY, rows=rows, look="dialog")


def _of_education(rows: Any, group: str) -> Any:
    listed = [item.code for item in codes.get("education").items if item.extra.get("group") == group]
    return rows.filter(member__education__in=listed) if group else rows


OF_PERSON = (
    Choice("sex", "性别", SEXES, ANY, field="member__sex", look="dialog"),
    Choice("category", "人员类别", CATEGORIES, ANY, field="member__category", look="dialog"),
    Choice("education", "学历", lambda _asked: codes.get("education_group").choices, ANY, rows=_of_education, look="dialog"),
)
"""Filters by what the member is."""


def bracket_group(column: str, bracket: str, months: int) -> Case:
    """The code of the bracket in which the time since a day lies."""
    listed = codes.get(bracket).choices
    return Case(*(When(in_bracket(column, code, bracket, months), then=Value(code)) for code, _ in listed), default=Value(""))


def education_group() -> Case:
    """The code of the group of the member's education."""
    groups: dict[str, list[str]] = {}
    for item in codes.get("education").items:
        groups.setdefault(str(item.extra.get("group", "")), []).append(item.code)
    found = (When(member__education__in=listed, then=Value(group)) for group, listed in groups.items() if group)
    return Case(*found, default=Value(""))


def choices(name: str) -> list[tuple[str, str]]:
    """Codes with their titles."""
    return list(codes.get(name).choices)
