"""Who plays in the story of dues, and the spans in which registers are entered."""

import datetime as dt
from dataclasses import dataclass

from dangjian.accounts.models import User
from dangjian.activities.dues import permissions
from dangjian.engines.stories.world import Place, Visitor, World
from dangjian.kernel.periods import HALF_YEAR, MONTH, QUARTER, Span, spans
from dangjian.members.models import Member
from dangjian.org.models import PostKind

MONTHS = 15
RECENT = 2
"""So many months at least are entered and passed up month by month; before that it was by the quarter and the half-year."""


@dataclass
class Cast:
    """The world with those who keep the committee's account, and the months of bills."""

    world: World
    accountant: User
    cashier: User
    months: list[dt.date]

    @property
    def spans(self) -> list[Span]:
        """What is entered and passed up together: half-years, at most a quarter, and months from the beginning of a quarter."""
        recent = Span.of(self.months[-RECENT], QUARTER)
        half = Span.of(recent.start, HALF_YEAR)
        found = spans(self.months[0], half.previous().last, HALF_YEAR)
        if half.start < recent.start:
            found.append(recent.previous())
        return [*found, *spans(recent.start, self.world.today, MONTH)]

    @property
    def first_month(self) -> Span:
        """The first month that was entered by itself."""
        return next(span for span in self.spans if span.per == MONTH)

    @property
    def chief(self) -> User:
        """The secretary of the committee."""
        found = self.world.officer(self.world.committee, PostKind.SECRETARY)
        if found is None:
            message = "the committee has no secretary"
            raise LookupError(message)
        return found

    def collectors(self, place: Place) -> tuple[User, User]:
        """Who receives for a branch, and who receives what the first one pays: another of the branch, else of the level above."""
        world, kinds = self.world, (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY)
        first = world.officer(place.number, *kinds)
        if first is None:
            message = f"nobody collects in branch {place.number}"
            raise LookupError(message)
        second = world.officer(place.number, PostKind.SECRETARY)
        if second is None or second == first:
            above = world.organization(place.number).parent
            second = world.officer(above.pk, *reversed(kinds)) if above else None
        return first, second or self.chief


def cast(world: World) -> Cast:
    """Two members of the first branch without another task keep the committee's account; visitors may sign in as them."""
    months = list(world.months[-MONTHS:])
    busy = world.taken | {user.pk for held in world.officers.values() for user in held.values()}
    free = [member for member in world.members if _is_free(member, world.places[0].number, busy, months[0])]
    accountant, cashier = (member.user for member in (free[-1], free[-2]))
    if accountant is None or cashier is None:
        message = "everybody of the demonstration has an account"
        raise LookupError(message)
    world.taken |= {accountant.pk, cashier.pk}
    committee = world.organization(world.committee).short_name
    world.visitors += [
        Visitor("kuaiji", accountant, permissions.ACCOUNTANT, "党费会计", committee, order=61),
        Visitor("chuna", cashier, permissions.CASHIER, "党费出纳", committee, order=62),
    ]
    return Cast(world, accountant, cashier, months)


def _is_free(member: Member, branch: int, busy: set[int], since: dt.date) -> bool:
    joined = member.joined_on or since
    return member.branch_id == branch and member.user_id not in busy and joined < since
