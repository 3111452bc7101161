"""Examples of the addresses of yearly plans."""

from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.development.actions import quotas
from dangjian.activities.development.models import QuotaRequest
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def _office(world: World) -> User:
    return world.office


def planned(world: World) -> int:
    """The committee has a plan, handed down to the branch; returns the year."""
    year = clock.today().year
    with unscoped("the world of the contracts"):
        quotas.enter(actor=make.SYSTEM, organization=world.committee, year=year, places=20, document="虚党〔2026〕1号")
        quotas.hand_down(actor=make.SYSTEM, organization=world.committee, year=year, places={world.general_branch.pk: 9})
        quotas.hand_down(actor=make.SYSTEM, organization=world.general_branch, year=year, places={world.branch.pk: 2})
    return year


def asked(world: World, organization: Organization | None = None) -> QuotaRequest:
    """A branch asks for more."""
    year = clock.today().year
    with unscoped("the world of the contracts"):
        who = make.SYSTEM if organization else make.actor(world.secretary)
        where = organization or world.branch
        return quotas.ask(actor=who, organization=where, year=year, wanted=2, reason="申请人多")


def _asked(world: World) -> dict[str, Any]:
    planned(world)
    return {"pk": asked(world).pk}


def _another_asked(world: World, number: int) -> None:
    if number == 0:
        planned(world)
    asked(world, make.branch(world.general_branch, name=f"甲申请计划支部{number}密"))


def _unit(world: World) -> dict[str, Any]:
    return {"pk": world.branch.pk, "year": planned(world)}


def _top(world: World) -> dict[str, Any]:
    return {"pk": world.committee.pk, "year": planned(world)}


EXAMPLES = {
    "development:quotas": Example(
        query="?plan=given",
        row=lambda world, number: make.branch(world.general_branch, name=f"甲计划支部{number}密"),
        holder=_office,
    ),
    "development:quota": Example(_unit),
    "development:quota_enter": Example(_top, post=lambda _world: {"places": "21", "document": "虚党〔2026〕2号"}, holder=_office),
    "development:quota_hand_down": Example(
        lambda world: {"pk": world.general_branch.pk, "year": planned(world)},
        post=lambda world: {f"unit_{world.branch.pk}": "3", "document": "虚党〔2026〕2号"},
        holder=_office,
    ),
    "development:quota_ask": Example(
        _unit, post=lambda _world: {"wanted": "1", "reason": "申请人多"}, holder=lambda world: world.secretary
    ),
    "development:quota_requests": Example(query="?state=asked", row=_another_asked, holder=_office),
    "development:quota_request": Example(
        _asked,
        steps={
            "grant": StepExample(lambda _world: {"granted": "1"}, holder=_office),
            "refuse": StepExample(lambda _world: {"answer": "名额已用完"}, holder=_office),
            "withdraw": StepExample(holder=lambda world: world.secretary),
        },
    ),
}
