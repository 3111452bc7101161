"""A new password for an administrator: two other administrators give it together, so that neither can sign in as them.

One proposes and gets the first half of the new password, another agrees within a day and gets the second half; from then on the
old one is void. Each hands one half to the person concerned. Whose password is guarded like this, other apps say
(``GuardedAccounts``).
"""

import secrets
from typing import cast

from django.db import transaction

from dangjian.accounts import door
from dangjian.accounts.events import record
from dangjian.accounts.models import JointReset, User, end_tokens
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.offers import GuardedAccounts, PasswordResetWitness
from dangjian.kernel.registry import offers

OF_ADMINISTRATORS = ("accounts.manage", "accounts.unlock", "accounts.audit")
"""Each of the three administrators holds one of these."""

LETTERS = "abcdefghjkmnpqrstuvwxyz"
"""None that is mistaken for another when read aloud or from paper."""
OWN = "自己的密码须由另外两名管理员共同重置；记得原密码的，请用“修改密码”。"


def guarded() -> dict[int, str]:
    """The accounts whose password takes two, with the title of what they are."""
    return {pk: title for offer in offers(GuardedAccounts) for pk, title in offer.found().items()}


def require_administrator(actor: Actor) -> None:
    """Raise ``PermissionDenied`` unless the actor is one of the three administrators."""
    if not any(actor.may(permission) for permission in OF_ADMINISTRATORS):
        raise PermissionDenied("只有系统管理员、安全管理员、审计管理员可以办理。")


def open_reset(user: User) -> JointReset | None:
    """The reset that was proposed for an account and can still be agreed to."""
    return JointReset.objects.open(clock.now()).filter(user=user).select_related("user", "proposed_by").first()


@transaction.atomic
def propose(*, actor: Actor, user: User, reason: str) -> tuple[JointReset, str]:
    """The first of two. Returns the first half of the new password, shown once; nothing is changed yet."""
    User.objects.select_for_update().get(pk=user.pk)
    require_proposing(actor, user)
    if not reason.strip():
        raise Invalid("请写明重置的原因。", fields={"reason": "例如：本人忘记密码，当面申请"})
    half = "".join(secrets.choice(LETTERS) for _ in range(5)).capitalize()
    made = JointReset.objects.create(user=user, proposed_by_id=cast("int", actor.user_id), reason=reason.strip()[:200], half=half)
    record(
        actor=actor,
        verb="accounts.joint_reset_proposed",
        summary=f"提出重置账号“{user.username}”的密码：{made.reason}",
        subject=user,
    )
    for witness in offers(PasswordResetWitness):
        witness.proposed(actor=actor, user=user)
    return made, half


@transaction.atomic
def agree(*, actor: Actor, reset: JointReset) -> str:
    """The second of two. The old password is void from now on; returns the second half of the new one, shown once."""
    require_administrator(actor)
    reset = _taken(reset)
    require_agreeing(actor, reset)
    user = User.objects.select_for_update().get(pk=reset.user_id)
    _check(actor, user)
    half = f"{secrets.randbelow(9000) + 1000}{''.join(secrets.choice(LETTERS) for _ in range(3))}"
    user.set_password(f"{reset.half}-{half}")
    user.must_change_password = True
    user.save()
    end_tokens(user)
    door.forget(user.username)
    _close(reset, actor)
    record(
        actor=actor,
        verb="accounts.password_reset",
        summary=f"与{reset.proposed_by.name}共同重置账号“{user.username}”的密码",
        subject=user,
        data={"proposed_by": reset.proposed_by_id},
    )
    for witness in offers(PasswordResetWitness):
        witness.told(actor=actor, user=user)
    return half


@transaction.atomic
def withdraw(*, actor: Actor, reset: JointReset) -> None:
    """Nothing comes of it: by any of the administrators, or by the person whose password it is."""
    if actor.user_id != reset.user_id:
        require_administrator(actor)
    reset = _taken(reset)
    _close(reset, actor)
    record(
        actor=actor,
        verb="accounts.joint_reset_withdrawn",
        summary=f"撤回重置账号“{reset.user.username}”密码的申请",
        subject=reset.user,
    )


def require_proposing(actor: Actor, user: User) -> None:
    """Raise unless the actor may propose now that this administrator's password be reset: once, and never one's own."""
    require_administrator(actor)
    _check(actor, user)
    if other := open_reset(user):
        raise Conflict(
            f"{other.proposed_by.name}已提出重置{user.name}的密码。", how="请由另一名管理员同意；不需要的，可以先撤回。"
        )


def require_agreeing(actor: Actor, reset: JointReset) -> None:
    """Raise unless the actor may be the second of two: neither who proposed it nor whose password it is. Asks no database."""
    require_another(actor, reset.proposed_by_id, "您已提出重置，须由另一名管理员同意。", how="")
    require_another(actor, reset.user_id, OWN, how="")


def _check(actor: Actor, user: User) -> None:
    require_another(actor, user.pk, OWN, how="")
    if user.pk not in guarded():
        raise Conflict(f"{user.name}不是管理员，由系统管理员直接重置。")
    if not user.is_active:
        raise Conflict(f"账号“{user.username}”已停用。")


def _taken(reset: JointReset) -> JointReset:
    """The row, held; refused once it is closed or too old."""
    row = JointReset.objects.select_for_update(of=("self",)).select_related("user", "proposed_by").get(pk=reset.pk)
    if not JointReset.objects.open(clock.now()).filter(pk=row.pk).exists():
        raise Conflict("这次重置已经办结、撤回，或提出超过了一天。", how="仍需要重置的，请重新提出。")
    return row


def _close(reset: JointReset, actor: Actor) -> None:
    reset.closed_at, reset.closed_by_id, reset.half = clock.now(), actor.user_id, ""
    reset.save()
