"""What tables of the annual report count of the people on record, and how the list behind a figure shows them."""

from collections.abc import Collection
from dataclasses import replace

from django.db.models import QuerySet
from django.urls import reverse

from dangjian.kernel.actor import Visitor, may
from dangjian.kernel.lists import LINE, Column
from dangjian.kernel.sql import numbered
from dangjian.kernel.tabulation import Behind, Population
from dangjian.members.actions.record import require_editing
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.queries.changes import CHANGE_DIMENSIONS, scan_changes
from dangjian.members.queries.population import DIMENSIONS, scan_members
from dangjian.members.queries.rewards import REWARD_DIMENSIONS, scan_rewards
from dangjian.org.openings import register
from dangjian.org.unit_dimensions import UNIT_DIMENSIONS


def _people(numbers: Collection[int]) -> QuerySet[Member]:
    """Those whom a figure counts: they belonged to the organisation on the day, wherever they are now."""
    rows: QuerySet[Member] = register(Member).filter(numbered("pk", numbers)).select_related("branch")
    return rows


def _form_of(member: Member, actor: Visitor) -> str:
    return reverse("members:edit", args=[member.pk]) if may(require_editing, actor, member) else ""


PEOPLE = Behind(
    rows=_people,
    columns=(
        Column("姓名", "name", sort="name_sort", key="name"),
        Column("现在所在支部", "branch.short_name", LINE, sort="branch__path", key="branch"),
    ),
    order=("branch__path", "name_sort"),
    address=lambda member: reverse("members:detail", args=[member.pk]),
    filters=(by_person(""),),
    mend=_form_of,
)

MEMBERS = Population(
    code="members",
    title="党员",
    unit="名",
    says="{until}在册的党员",
    dimensions=(*DIMENSIONS, *UNIT_DIMENSIONS),
    scan=scan_members,
    behind=PEOPLE,
)

CHANGES = Population(
    code="changes",
    title="党员增减",
    unit="人次",
    says="{since}至{until}的党员增减",
    dimensions=CHANGE_DIMENSIONS,
    scan=scan_changes,
    behind=replace(PEOPLE, of="person"),
    about="members",
)

REWARDS = Population(
    code="rewards",
    title="表彰",
    unit="人次",
    says="{since}至{until}受表彰的党员",
    dimensions=REWARD_DIMENSIONS,
    scan=scan_rewards,
    behind=replace(PEOPLE, of="person"),
    about="members",
)
