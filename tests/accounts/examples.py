from dangjian.accounts import actions, joint_resets
from dangjian.accounts.events import record
from dangjian.accounts.models import ApiToken, Event, SignInTry
from dangjian.kernel import clock
from tests import make
from tests.contracts.examples import Example
from tests.contracts.world import World


def token_of(world: World) -> ApiToken:
    return actions.issue_token(actor=make.SYSTEM, user=world.secretary, title="对接")[0]


def reset_of(world: World) -> dict[str, int]:
    made, _half = joint_resets.propose(actor=make.actor(world.system_admin), user=world.security_admin, reason="忘记密码")
    return {"pk": made.pk}


def wrong_password(name: str) -> None:
    SignInTry.objects.create(name=name, at=clock.now(), address="203.0.113.7", origin="203.0.113.7")


def wrong_password_of(world: World) -> dict[str, str]:
    name = world.member_user.username
    wrong_password(name)
    return {"username": name}


def trail(number: int) -> None:
    record(actor=make.SYSTEM, verb="members.viewed", summary=f"查看档案{number}", purpose="季度审计")


EXAMPLES = {
    "accounts:list": Example(row=lambda _world, _number: make.user()),
    "accounts:locks": Example(row=lambda _world, number: wrong_password(f"u-{number}")),
    "accounts:new": Example(post=lambda _world: {"username": "bailu", "name": "南宫白露"}),
    "accounts:active": Example(lambda world: {"pk": world.member_user.pk}, post=lambda _world: {"active": "0"}),
    "accounts:reset": Example(lambda world: {"pk": world.member_user.pk}, post=lambda _world: {}),
    "accounts:unlock": Example(post=wrong_password_of),
    "accounts:administrators": Example(holder=lambda world: world.system_admin),
    "accounts:propose_reset": Example(
        lambda world: {"pk": world.security_admin.pk},
        post=lambda _world: {"reason": "忘记密码"},
        holder=lambda world: world.system_admin,
    ),
    "accounts:agree_to_reset": Example(reset_of, post=lambda _world: {}, holder=lambda world: world.audit_admin),
    "accounts:withdraw_reset": Example(reset_of, post=lambda _world: {}, holder=lambda world: world.audit_admin),
    "accounts:events": Example(row=lambda _world, number: trail(number)),
    "accounts:event": Example(lambda _world: {"pk": Event.objects.latest("pk").pk}),
    "accounts:events_export": Example(post=lambda _world: {"purpose": "季度审计存档", "form": "csv"}),
    "accounts:revoke_token": Example(
        lambda world: {"pk": token_of(world).pk}, post=lambda _world: {}, holder=lambda world: world.secretary
    ),
}
