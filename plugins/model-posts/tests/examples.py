from dangjian_model_posts import actions
from dangjian_model_posts.models import ModelPost

from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.openings import at
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def named(world: World, member: Member | None = None) -> ModelPost:
    who = member or world.member
    with at(who.branch):
        return actions.name_post(actor=make.SYSTEM, member=who, title="焊接示范岗", promise="焊缝一次合格")


EXAMPLES = {
    "model_posts:list": Example(row=lambda world, _number: named(world, make.member(world.branch))),
    "model_posts:statistics": Example(
        row=lambda world, _number: named(world, make.member(make.branch(world.general_branch))), holder=lambda world: world.office
    ),
    "model_posts:new": Example(post=lambda world: {"member": world.member.pk, "title": "焊接示范岗", "promise": "焊缝一次合格"}),
    "model_posts:review": Example(
        post=lambda world: {"organization": world.branch.pk, "reviewed_on": clock.today(), "finding": "承诺兑现"}
    ),
    "model_posts:take_back": Example(lambda world: {"pk": named(world).pk}, post=lambda _world: {}),
}
