"""A branch with its secretary, the committee above it, and applicants who come as far as a test needs them."""

import datetime as dt
import itertools
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.development.actions import applicants
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import case_of
from dangjian.engines.procedures.actions.past import Past, PastStep, begin_past
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.identity import fictional_resident_id
from dangjian.org import roles
from dangjian.org.models import Organization, PostKind
from dangjian.org.openings import at
from tests import make

_numbers = itertools.count(1)
BORN = dt.date(1998, 3, 7)


def resident_id(number: int = 0, born: dt.date = BORN) -> str:
    """The number of somebody who does not exist, a man's where ``number`` is odd."""
    return fictional_resident_id(born, number or next(_numbers))


class House:
    """Two branches below one committee; their secretaries, and the office above."""

    def __init__(self) -> None:
        self.committee = make.committee()
        self.branch = make.branch(self.committee)
        self.other = make.branch(self.committee)
        self.secretary = officer(self.branch)
        self.neighbour = officer(self.other)
        office = make.grant(self.committee, roles.PARTY_OFFICE).user
        assert office
        self.office: User = office

    def enter(self, by: User | None = None, at_branch: Organization | None = None, **more: Any) -> Applicant:
        """Somebody who applied today, entered by the secretary."""
        given: dict[str, Any] = {"name": "欧阳甲", "resident_id": resident_id(), "day": clock.today(), "confirmed": True}
        actor: Actor = make.actor(by or self.secretary)
        return applicants.enter(actor=actor, organization=at_branch or self.branch, **(given | more))


def officer(place: Organization, post: PostKind = PostKind.SECRETARY) -> User:
    """A member of the organisation's branch, or of none, who holds a post there."""
    who = make.member(place, with_user=True).user if place.is_branch else make.user()
    assert who
    make.post(place, post, who)
    return who


def begun(branch: Organization, *steps: tuple[str, str], name: str = "司马乙", **more: Any) -> Applicant:
    """Somebody whose steps were taken on these days, as if it were before the branch was kept on the platform."""
    number = more.pop("resident_id", "") or resident_id()
    days = [PastStep(code, dt.date.fromisoformat(day)) for code, day in steps]
    with at(branch):
        one = Applicant(organization=branch, name=name, resident_id=number, applied_on=days[0].day, **more)
        one.save()
        live, branch.live_on = branch.live_on, clock.today()
        begin_past(actor=make.SYSTEM, code="development", cases=[Past(branch, name, one.pk, days, one.user_id)])
        branch.live_on = live
        one.refresh_from_db()
    return one


def case(one: Applicant) -> ProcedureCase:
    """Their case."""
    found = case_of(one)
    assert found
    return found
