from dangjian.accounts import actions
from dangjian.accounts.models import ApiToken
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def token_of(world: World) -> ApiToken:
    return actions.issue_token(actor=make.SYSTEM, user=world.secretary, title="对接")[0]


EXAMPLES = {
    "accounts:new": Example(post=lambda _world: {"username": "bailu", "name": "南宫白露"}),
    "accounts:active": Example(lambda world: {"pk": world.member_user.pk}, post=lambda _world: {"active": "0"}),
    "accounts:reset": Example(lambda world: {"pk": world.member_user.pk}, post=lambda _world: {}),
    "accounts:unlock": Example(post=lambda world: {"username": world.member_user.username}),
    "accounts:revoke_token": Example(
        lambda world: {"pk": token_of(world).pk}, post=lambda _world: {}, holder=lambda world: world.secretary
    ),
}
