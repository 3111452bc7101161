"""Who can be chosen for a meeting, in the shape that widgets take."""

import datetime as dt
from typing import Any

from django.utils.functional import cached_property

from dangjian.activities.meetings.queries import callable_above_branches
from dangjian.activities.meetings.queries.guests import invitable
from dangjian.kernel import clock, names
from dangjian.members.models import Member
from dangjian.members.queries import committee_of, members_of
from dangjian.org.models import Organization, Post


class People:
    """The people around an organisation: members, officers, and guests from the levels above.

    Of an organisation above the branches, its committee and the officers below it stand for the members.
    """

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    @cached_property
    def officers(self) -> list[Member]:
        """The committee of the branch or higher organisation, then the leader of a group."""
        rows = list(committee_of(self.organization.branch(), clock.today()))
        if self.organization.is_group:
            leaders = Post.objects.in_effect().filter(organization=self.organization).values("user")
            rows += [row for row in Member.objects.filter(user__in=leaders) if row not in rows]
        return rows

    @cached_property
    def members(self) -> list[Member]:
        """Everybody who can be called."""
        branch = self.organization.branch()
        if branch.is_branch:
            return list(members_of(branch))
        return list(callable_above_branches(branch))

    @cached_property
    def superiors(self) -> list[Member]:
        """The committees above, who may sit in."""
        found: list[Member] = []
        parent = self.organization.branch().parent
        while parent is not None:
            found += [row for row in committee_of(parent, clock.today()) if row not in found]
            parent = parent.parent
        return found

    @cached_property
    def _by_pk(self) -> dict[int, Member]:
        return {row.pk: row for row in [*self.superiors, *self.members, *self.officers]}

    def get(self, pk: int) -> Member | None:
        """One of them by number."""
        return self._by_pk.get(pk)

    def named(self, name: str) -> Member | None:
        """The one person of this name; ``None`` if there is none or several."""
        found = [row for row in self._by_pk.values() if names.same(row.name, name)]
        return found[0] if name and len(found) == 1 else None

    @cached_property
    def names(self) -> list[str]:
        """Names to suggest while typing."""
        return sorted({row.name for row in [*self.officers, *self.members]})

    @cached_property
    def choices(self) -> list[tuple[int, str]]:
        """Everybody who can be called, by name."""
        return [(row.pk, self._label(row)) for row in self.members]

    @cached_property
    def grouped(self) -> list[object]:
        """Officers first, for chair and recorder."""
        inside = {row.pk for row in self.officers}
        rest = [(row.pk, self._label(row)) for row in self.members if row.pk not in inside]
        groups = [("委员", [(row.pk, row.name) for row in self.officers]), ("党员", rest)]
        return [group for group in groups if group[1]]

    @cached_property
    def guests(self) -> list[Any]:
        """Who may sit in: members of the branch who are not called, and officers from above."""
        inside = {row.pk for row in self.members}
        above = [(row.pk, row.name) for row in self.superiors if row.pk not in inside]
        groups = [("本支部", self.choices), ("上级党组织", above)]
        return [group for group in groups if group[1]]

    def outside(self, day: dt.date) -> list[tuple[str, str]]:
        """Guests of the branch on a day who are on no roster here, by their keys."""
        return [(key, f"{one.name}（{one.home}）") for key, one in invitable(self.organization, day).items()]

    def _label(self, row: Member) -> str:
        return row.name if row.is_full else f"{row.name}（预备）"
