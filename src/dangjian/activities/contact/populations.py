"""What tables of the annual report count of members who are away, out of contact or here as guests."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from dangjian.activities.contact.models import Away, Guest, Search
from dangjian.activities.contact.queries import population as read
from dangjian.kernel.lists import DAY, LINE, Column
from dangjian.kernel.sql import numbered
from dangjian.kernel.tabulation import Behind, Population
from dangjian.members.lists import by_person
from dangjian.org.openings import register


def _rows(model: Any, *follow: str) -> Callable[[Collection[int]], QuerySet[Any]]:
    """Those whom a figure counts: the reader has the right to the unit that is asked for, under which they stood on the day."""

    def rows(numbers: Collection[int]) -> QuerySet[Any]:
        found: QuerySet[Any] = register(model).filter(numbered("pk", numbers)).select_related(*follow)
        return found

    return rows


NAME: Column[Any] = Column("姓名", "member.name", sort="member__name_sort", key="name")
BRANCH: Column[Any] = Column("现在所在支部", "member.branch.short_name", LINE, sort="member__branch__path", key="branch")
ORDER = ("member__branch__path", "member__name_sort", "pk")

ABSENCES = Behind(
    rows=_rows(Away, "member__branch"),
    columns=(
        NAME,
        BRANCH,
        Column("外出地点", "place", sub="get_direction_display", key="place"),
        Column("外出日期", "since_on", DAY, sort="since_on", key="since"),
    ),
    order=ORDER,
    address=lambda one: reverse("contact:away_one", args=[one.pk]),
    filters=(by_person("member__"),),
)

AWAY = Population(
    code="away",
    title="流出党员",
    unit="名",
    says="{until}登记在外的党员",
    dimensions=read.AWAY_DIMENSIONS,
    scan=read.scan_away,
    behind=ABSENCES,
    about="members",
)

RETURNED = Population(
    code="returned",
    title="外出返回的党员",
    unit="名",
    says="{since}至{until}外出返回的党员",
    dimensions=read.RETURNED_DIMENSIONS,
    scan=read.scan_returned,
    behind=ABSENCES,
    about="members",
)

GUESTS = Population(
    code="guests",
    title="流入党员",
    unit="名",
    says="{until}登记在这里的流入党员",
    dimensions=read.GUEST_DIMENSIONS,
    scan=read.scan_guests,
    behind=Behind(
        rows=_rows(Guest, "organization"),
        columns=(
            Column("姓名", "name", sort="name_sort", key="name"),
            Column("接受管理的党支部", "organization.short_name", LINE, sort="organization__path", key="branch"),
            Column("组织关系所在党组织", "home", key="home"),
            Column("流入日期", "since_on", DAY, sort="since_on", key="since"),
        ),
        order=("organization__path", "name_sort", "pk"),
        address=lambda one: reverse("contact:guest", args=[one.pk]),
    ),
)

LOST = Population(
    code="lost",
    title="失去联系党员",
    unit="名",
    says="{until}认定失去联系的党员",
    dimensions=read.LOST_DIMENSIONS,
    scan=read.scan_lost,
    behind=Behind(
        rows=_rows(Search, "member__branch"),
        columns=(
            NAME,
            BRANCH,
            Column("没有联系自", "silent_since", DAY, sort="silent_since", key="since"),
            Column("认定失联", "lost_on", DAY, sort="lost_on", key="lost"),
        ),
        order=ORDER,
        address=lambda one: reverse("contact:search", args=[one.pk]),
        filters=(by_person("member__"),),
    ),
    about="members",
)

OFFERS = (AWAY, RETURNED, GUESTS, LOST)
