"""How to call each address of feedback in the small world of the contracts. See ``tests/contracts/examples.py``."""

import datetime as dt
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.feedback import actions
from dangjian.activities.feedback.models import Feedback
from dangjian.kernel import clock
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def written(world: World) -> dict[str, Any]:
    """What the member of the branch wrote to it."""
    feedback = actions.write(
        actor=make.actor(world.member_user),
        organization=world.branch,
        kind="suggestion",
        title="甲支部密的建议",
        text="虚构的内容",
    )
    return {"pk": feedback.pk}


def late(world: World) -> dict[str, Any]:
    """The same, with its last day in the past."""
    found = written(world)
    with unscoped("test"):
        Feedback.objects.filter(**found).update(due_on=clock.today() - dt.timedelta(days=1))
    return found


def author(world: World) -> User:
    return world.member_user


def secretary(world: World) -> User:
    return world.secretary


EXAMPLES = {
    "feedback:mine": Example(row=lambda world, _number: written(world), holder=author),
    "feedback:inbox": Example(row=lambda world, _number: written(world), holder=secretary),
    "feedback:write": Example(
        post=lambda w: {"kind": "trouble", "organization": w.branch.pk, "title": "虚构问题", "text": "虚构的情况"},
        holder=author,
    ),
    "feedback:own": Example(written, holder=author),
    "feedback:add": Example(written, post=lambda _w: {"text": "虚构的补充"}, holder=author),
    "feedback:withdraw": Example(written, post=lambda _w: {}, holder=author),
    "feedback:turn_to_superior": Example(late, post=lambda _w: {}, holder=author),
    "feedback:case": Example(written, holder=secretary),
    "feedback:answer": Example(written, post=lambda _w: {"text": "虚构的答复"}, holder=secretary),
    "feedback:assign": Example(written, post=lambda w: {"user_id": w.deputy.pk}, holder=secretary),
    "feedback:pass_on": Example(
        written, post=lambda w: {"organization": w.committee.pk, "note": "属于上级的职责"}, holder=secretary
    ),
}
