"""How to call the addresses of data quality in the contracts' small world."""

import datetime as dt
from typing import Any

from dangjian.engines.quality.actions import answering
from dangjian.engines.quality.actions.refresh import refresh
from dangjian.engines.quality.models import Flaw
from dangjian.kernel import clock
from dangjian.kernel.periods import MONTH, Span
from dangjian.members.models import Member
from dangjian.org.models import Organization
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def secretary(world: World) -> Any:
    return world.secretary


def office(world: World) -> Any:
    return world.office


def flaw(world: World) -> Flaw:
    """A record of the branch that lacks something."""
    member: Member = make.member(world.branch, "慕容虚构")
    refresh(actor=make.SYSTEM, organizations=[world.branch])
    found: Flaw = Flaw.objects.select_related("organization", "keeper", "member").get(member=member)
    return found


def explained(world: World) -> Flaw:
    return answering.explain(actor=make.actor(world.office), flaw=flaw(world), explanation="已向原单位去函")


def left_over(world: World) -> Organization:
    """The branch has something left of the month before."""
    one = flaw(world)
    Flaw.objects.filter(pk=one.pk).update(found_on=Span.of(clock.today(), MONTH).start - dt.timedelta(days=1))
    return world.branch


def one_more(world: World, number: int) -> None:
    """Another branch with one record that lacks something."""
    branch = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    make.member(branch, f"虚构党员{number}")
    refresh(actor=make.SYSTEM, organizations=[branch])


def _of(made: Any) -> Any:
    return lambda world: {"pk": made(world).pk}


EXAMPLES = {
    "quality:flaws": Example(row=one_more, holder=office),
    "quality:organizations": Example(row=one_more, holder=office),
    "quality:statistics": Example(row=one_more, holder=office),
    "quality:explain": Example(_of(flaw), post=lambda _world: {"explanation": "已向原单位去函"}, holder=office),
    "quality:take_back": Example(_of(explained), post=lambda _world: {}, holder=office),
    "quality:examine": Example(lambda world: {"pk": world.branch.pk}, post=lambda _world: {}, holder=secretary),
    "quality:finish": Example(_of(left_over), post=lambda _world: {"note": "正在等本人提供"}, holder=secretary),
    "members:check_own": Example(
        post=lambda _world: {"native_place": "湖南省长沙县", "note": "按户口簿填写"}, holder=lambda world: world.member.user
    ),
}
