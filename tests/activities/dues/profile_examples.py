"""How to call the addresses of assessments and reliefs in the small world of the contracts."""

import datetime as dt
from typing import Any

from dangjian.activities.dues.assessment.actions import arrangements, assessing, reliefs
from dangjian.activities.dues.assessment.models import Arrangement, Assessment, Relief
from dangjian.activities.dues.policy import month_of, shifted
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def this_month() -> dt.date:
    return month_of(clock.today())


def assessed(world: World) -> Assessment:
    with unscoped("small world"):
        return assessing.assess(
            actor=make.actor(world.secretary), member=world.member, kind="salaried", base_fen=650_000, from_month=this_month()
        )


def relief(world: World, *, approved: bool = False, member: Member | None = None) -> Relief:
    with unscoped("small world"):
        made = reliefs.propose_relief(
            actor=make.actor(world.secretary),
            member=member or world.member,
            kind="exempt",
            from_month=this_month(),
            until_month=shifted(this_month(), 7),
            reason="虚构的困难",
            studied_on=clock.today(),
            studied_at="虚构支部委员会会议",
        )
        return reliefs.approve_relief(actor=make.actor(world.office), relief=made) if approved else made


def arrangement(world: World) -> Arrangement:
    with unscoped("small world"):
        return arrangements.agree(
            actor=make.actor(world.secretary),
            member=world.member,
            kind="quarterly",
            from_month=this_month(),
            until_month=shifted(this_month(), 6),
            reason="虚构的特殊情况",
            agreed_on=clock.today(),
        )


def agreed(**more: Any) -> dict[str, Any]:
    return {
        "from_month": this_month(),
        "last_month": shifted(this_month(), 2),
        "reason": "虚构的特殊情况",
        "agreed_on": clock.today(),
        **more,
    }


def a_branch(world: World) -> dict[str, Any]:
    with unscoped("small world"):
        members = list(Member.objects.filter(branch=world.branch))
    return {f"m{one.pk}-kind": "student" for one in members} | {"from_month": this_month(), "reason": ""}


EXAMPLES: dict[str, Example] = {
    "dues:profiles": Example(row=lambda world, _number: make.member(world.branch)),
    "dues:profile": Example(lambda world: {"pk": assessed(world).member_id}),
    "dues:assess": Example(
        lambda world: {"pk": world.member.pk},
        post=lambda _world: {"kind": "salaried", "way": "base", "base_fen": "6500", "from_month": this_month()},
    ),
    "dues:assess_branch": Example(lambda world: {"pk": world.branch.pk}, post=a_branch),
    "dues:assessment_withdraw": Example(
        lambda world: {"pk": assessed(world).pk}, post=lambda _world: {"reason": "虚构的录入错误"}
    ),
    "dues:reliefs": Example(row=lambda world, _number: relief(world, member=make.member(world.branch))),
    "dues:relief_propose": Example(
        lambda world: {"pk": world.member.pk},
        post=lambda _world: {
            "kind": "exempt",
            "from_month": this_month(),
            "last_month": "",
            "reason": "虚构的困难",
            "studied_on": clock.today(),
            "studied_at": "虚构支部委员会会议",
        },
    ),
    "dues:quarterly": Example(
        lambda world: {"pk": world.member.pk}, post=lambda _world: agreed(), holder=lambda world: world.secretary
    ),
    "dues:elsewhere": Example(
        lambda world: {"pk": world.member.pk},
        post=lambda _world: agreed(certificate="虚构0001", place="虚构外地党支部"),
        holder=lambda world: world.secretary,
    ),
    "dues:arrangement_end": Example(
        lambda world: {"pk": arrangement(world).pk},
        post=lambda _world: {"until_month": this_month(), "reason": "虚构的变化"},
        holder=lambda world: world.secretary,
    ),
    "dues:relief": Example(
        lambda world: {"pk": relief(world).pk},
        steps={
            "approve": StepExample(lambda _world: {"document": "虚构〔2026〕1号"}, holder=lambda world: world.office),
            "refuse": StepExample(lambda _world: {"answer": "材料不全"}, holder=lambda world: world.office),
            "withdraw": StepExample(),
            "end": StepExample(
                lambda _world: {"until_month": this_month(), "reason": "已经好转"},
                kwargs=lambda world: {"pk": relief(world, approved=True).pk},
            ),
        },
    ),
}
