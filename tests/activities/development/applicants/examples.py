"""Applicants of the small world's branch, and what the forms about them contain."""

import itertools
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.development.actions import accounts, applicants
from dangjian.activities.development.models import Applicant, Helper, HelperRole
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make
from tests.activities.development.people import resident_id
from tests.contracts.examples import Example
from tests.contracts.world import World

_numbers = itertools.count(100)


def applicant(world: World, branch: Organization | None = None) -> Applicant:
    """Somebody who applied today at the branch."""
    place = branch or world.branch
    return applicants.enter(
        actor=make.SYSTEM,
        organization=place,
        day=clock.today(),
        name="甲申请人密",
        resident_id=resident_id(next(_numbers)),
        education="21",
        front_line="01",
    )


def _of(world: World, **more: Any) -> dict[str, Any]:
    return {"pk": applicant(world).pk, **more}


def _their_user(world: World) -> User:
    user, _ = accounts.hand_out(actor=make.SYSTEM, applicant=applicant(world))
    user.must_change_password = False
    user.save()
    return user


def _helper(world: World) -> User:
    one = applicant(world)
    with at(world.branch):
        Helper.objects.create(applicant=one, member=world.member, role=HelperRole.CONTACT, starts_on=clock.today())
    return world.member_user


def _office(world: World) -> User:
    return world.office


EXAMPLES = {
    "development:applicants": Example(row=lambda world, _number: applicant(world)),
    "development:register": Example(row=lambda world, _number: applicant(world)),
    "development:statistics": Example(
        row=lambda world, _number: applicant(world, make.branch(world.general_branch)), holder=_office
    ),
    "development:enter": Example(
        post=lambda world: {
            "name": "甲申请人密",
            "resident_id": resident_id(next(_numbers)),
            "organization": world.branch.pk,
            "day": clock.today(),
        }
    ),
    "development:own": Example(holder=_their_user),
    "development:helping": Example(holder=_helper),
    "development:change": Example(_of, post=lambda _world: {"name": "甲申请人密二"}),
    "development:move": Example(
        _of, post=lambda world: {"to": make.branch(world.general_branch).pk, "day": clock.today()}, holder=_office
    ),
    "development:end": Example(_of, post=lambda _world: {"why": "left"}),
    "development:hand_out": Example(_of, post=lambda _world: {}),
    "development:unmask": Example(
        lambda world: _of(world, column="resident_id"), post=lambda _world: {"purpose": "核对身份信息"}
    ),
}
