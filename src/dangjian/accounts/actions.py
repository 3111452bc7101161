"""Writes on accounts: opening, switching off, passwords, tokens."""

import datetime as dt
import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from dangjian.accounts import door
from dangjian.accounts.backends import bind_phone, masked, phone_index
from dangjian.accounts.events import record
from dangjian.accounts.joint_resets import guarded
from dangjian.accounts.models import ApiToken, SignInTry, User, end_tokens
from dangjian.kernel import clock, names
from dangjian.kernel.actor import Actor, NamedPlace, Place
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.kernel.identity import check_mobile
from dangjian.kernel.offers import PasswordResetWitness
from dangjian.kernel.registry import offers

ALPHABET = "abcdefghjkmnpqrstuvwxyz"
"""Letters of first passwords: none that is mistaken for another when read aloud or from paper."""


def first_password() -> str:
    """A password to hand over on paper: readable, in three classes, to be changed at the first sign-in."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return f"{letters.capitalize()}-{secrets.randbelow(9000) + 1000}"


@transaction.atomic
def open_account(
    *,
    actor: Actor,
    username: str,
    name: str,
    phone: str = "",
    email: str = "",
    is_demo: bool = False,
) -> tuple[User, str]:
    """Open an account. Returns it with its first password, which is shown once and must be changed at the first sign-in."""
    actor.require("accounts.manage")
    username = username.strip()
    if not username or not name.strip():
        raise Invalid("请填写登录名和姓名。", fields={"username" if not username else "name": "不能为空"})
    try:
        name = names.check(name)
    except Invalid as problem:
        raise Invalid(problem.message, how=problem.how, fields={"name": problem.brief}) from problem
    _check_username(username)
    _check_phone(phone)
    password = first_password()
    user = User.objects.create_user(
        username,
        password,
        name=name,
        phone_index=phone_index(phone),
        phone_shown=masked(phone),
        email=email,
        is_demo=is_demo,
    )
    record(actor=actor, verb="accounts.opened", summary=f"开通账号“{username}”（{user.name}）", subject=user)
    return user, password


@transaction.atomic
def set_active(*, actor: Actor, user: User, active: bool, reason: str = "") -> User:
    """Switch an account off or on. Whoever is signed in with it is out at once, and its tokens end with it for good."""
    require_switching(actor, user)
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.is_active == active:
        raise Conflict(f"账号“{user.username}”已经是{'启用' if active else '停用'}状态。")
    user.is_active = active
    user.save()
    if not active:
        end_tokens(user)
    verb = "accounts.enabled" if active else "accounts.disabled"
    record(actor=actor, verb=verb, summary=f"{'启用' if active else '停用'}账号“{user.username}”", subject=user, purpose=reason)
    return user


def require_switching(actor: Actor, user: User) -> None:
    """Raise unless the actor may switch the account on and off: never their own. Asks no database."""
    actor.require("accounts.manage")
    if user.pk == actor.user_id:
        raise Conflict("不能停用自己的账号。")


@transaction.atomic
def reset_password(*, actor: Actor, user: User) -> str:
    """Give an account a new first password, end its lockout, and return the password to hand over.

    Whoever was signed in with the old one is out, and tokens issued before end: they may be in wrong hands too. That of an
    administrator takes two (``joint_resets``); only an operator at the server's own shell does it alone.
    """
    require_resetting(actor, user)
    password = first_password()
    user = User.objects.select_for_update().get(pk=user.pk)
    user.set_password(password)
    user.must_change_password = True
    user.save()
    end_tokens(user)
    door.forget(user.username)
    record(actor=actor, verb="accounts.password_reset", summary=f"重置账号“{user.username}”的密码", subject=user)
    for witness in offers(PasswordResetWitness):
        witness.told(actor=actor, user=user)
    return password


def require_resetting(actor: Actor, user: User) -> None:
    """Raise unless the actor may give the account a new password alone: neither their own nor one that takes two."""
    actor.require("accounts.manage")
    if user.pk == actor.user_id:
        raise Conflict("修改自己的密码请用“修改密码”。")
    if actor.user_id is not None and user.pk in guarded():
        raise PermissionDenied(f"{user.name}是管理员，一个人不能重置其密码。", how="请在“管理员密码”中提出，由另一名管理员同意。")


@transaction.atomic
def unlock(*, actor: Actor, username: str) -> None:
    """End the lockout of an account after too many wrong passwords, wherever it is locked."""
    actor.require("accounts.unlock")
    if not SignInTry.objects.filter(name=username).exists():
        raise NotFound
    door.forget(username)
    user = User.objects.filter(username=username).first()
    record(actor=actor, verb="accounts.unlocked", summary=f"解除账号“{username}”的登录锁定", subject=user)


@transaction.atomic
def change_password(*, actor: Actor, user: User, old: str, new: str) -> User:
    """The person's own change of password. Tokens issued in their name end with the old one."""
    if user.pk != actor.user_id:
        raise PermissionDenied("只能修改自己的密码。")
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(old):
        raise Invalid("原密码不正确。", fields={"old": "原密码不正确，请重新输入"})
    if old == new:
        raise Invalid("新密码不能与原密码相同。", fields={"new": "请换一个新密码"})
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid("新密码不符合要求。", fields={"new": "".join(error.messages)}) from error
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = clock.now()
    user.save()
    end_tokens(user)
    record(actor=actor, verb="accounts.password_changed", summary="修改本人密码", subject=user)
    return user


@transaction.atomic
def update_contact(*, actor: Actor, user: User, password: str, **contact: str) -> User:
    """Set ``email`` or ``phone`` of one's own account; the present ``password`` tells that it is its owner."""
    if user.pk != actor.user_id:
        raise PermissionDenied("只能修改自己的联系方式。")
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.check_password(password):
        raise Invalid("当前密码不正确，没有改动。", fields={"password": "当前密码不正确，请重新输入"})
    if "phone" in contact:
        _check_phone(contact["phone"], but=user)
        bind_phone(user, phone_index(contact["phone"]), contact["phone"])
    if "email" in contact:
        user.email = contact["email"]
    user.save()
    record(actor=actor, verb="accounts.contact_changed", summary="修改本人登录手机或邮箱", subject=user)
    return user


@transaction.atomic
def issue_token(*, actor: Actor, user: User, title: str, days: int | None = 90, may_write: bool = True) -> tuple[ApiToken, str]:
    """A key for programs that act as ``user``. The key is returned once and not kept. ``days=None`` never expires.

    It ends with the user's password. Unless it ``may_write``, it only reads.
    Nobody issues a key for somebody else, not even the system administrator: they would act in the other's name.
    """
    if actor.user_id is not None and user.pk != actor.user_id:
        raise PermissionDenied("只能为自己签发接口令牌。", how="请由账号本人登录后签发。")
    if not title.strip():
        raise Invalid("请填写令牌的用途。", fields={"title": "不能为空"})
    key = ApiToken.new_key()
    expires_at = clock.now() + dt.timedelta(days=days) if days else None
    token = ApiToken.objects.create(
        user=user, title=title.strip(), digest=ApiToken.digest_of(key), expires_at=expires_at, may_write=may_write
    )
    rights = "可以办理" if may_write else "只能读取"
    summary = f"为“{user.username}”签发接口令牌：{token.title}（{rights}）"
    record(actor=actor, verb="accounts.token_issued", summary=summary, subject=token)
    return token, key


@transaction.atomic
def revoke_token(*, actor: Actor, token: ApiToken) -> None:
    """Stop a key at once."""
    if token.user_id != actor.user_id:
        actor.require("accounts.manage")
    if token.revoked_at:
        raise Conflict("这个令牌已经停用。")
    token.revoked_at = clock.now()
    token.save()
    record(actor=actor, verb="accounts.token_revoked", summary=f"停用接口令牌：{token.title}", subject=token)


WHY_REFUSED = {
    door.Verdict.OPEN: ("accounts.sign_in_refused", "登录名或密码不正确"),
    door.Verdict.LOCKED: ("accounts.sign_in_locked", "输错密码次数过多，暂停登录"),
    door.Verdict.SLOW: ("accounts.sign_in_slowed", "这个网络地址登录失败过多，须稍候再试"),
}


class AtTheDoor:
    """Somebody whose rights nobody has asked for yet: signed in a moment ago, or (``user_id`` is ``None``) not let in at all."""

    def __init__(self, *, name: str, address: str, user_id: int | None = None) -> None:
        self.user_id = user_id
        self.name = name[:64]
        self.address = address

    def may(self, permission: str, organization: Place | None = None) -> bool:  # noqa: ARG002 - the protocol's signature
        """Never."""
        return False

    def require(self, permission: str, organization: NamedPlace | None = None) -> None:  # noqa: ARG002 - the protocol's signature
        """Always refused."""
        raise PermissionDenied("请先登录。")


@transaction.atomic
def note_sign_in(*, actor: Actor, user: User) -> None:
    """Write into the trail that somebody signed in."""
    record(actor=actor, verb="accounts.signed_in", summary="登录", subject=user)


@transaction.atomic
def note_refused_sign_in(*, actor: Actor, user: User | None, verdict: door.Verdict) -> None:
    """Write into the trail that somebody was not let in. ``actor.name`` is what was typed, ``user`` whose account it names."""
    verb, why = WHY_REFUSED[verdict]
    record(actor=actor, verb=verb, summary=f"登录被拒绝：{why}", subject=user, result="refused")


@transaction.atomic
def note_wrong_old_password(*, actor: Actor, user: User, locked: bool) -> None:
    """Write into the trail that somebody signed in did not know the password that they wanted to change."""
    why = "次数过多，已退出登录" if locked else "原密码不正确"
    record(actor=actor, verb="accounts.password_refused", summary=f"修改密码被拒绝：{why}", subject=user, result="refused")


@transaction.atomic
def note_sign_out(*, actor: Actor, user: User) -> None:
    """Write into the trail that somebody signed out."""
    record(actor=actor, verb="accounts.signed_out", summary="退出登录", subject=user)


def _check_username(username: str) -> None:
    """Raise for a name that is taken, in whatever letters, or that somebody may mean otherwise when they sign in.

    Whoever types a phone number is looked for among the names first (``backends.find``), so no number may be a name.
    """
    if any(character.isspace() for character in username):
        raise Invalid(f"登录名“{username}”里有空格。", fields={"username": "登录名里不能有空格"})
    try:
        check_mobile(username)
    except Invalid:
        pass
    else:
        raise Invalid(
            "登录名不能是手机号码。",
            how="请换一个登录名；手机号码另外填写，填了也能用来登录。",
            fields={"username": "请换一个登录名"},
        )
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid(f"登录名“{username}”已被使用。", fields={"username": "请换一个登录名"})


def _check_phone(phone: str, but: User | None = None) -> None:
    if not phone:
        return
    same = User.objects.filter(phone_index=phone_index(phone))
    if but:
        same = same.exclude(pk=but.pk)
    if same.exists():
        raise Invalid(
            "这个手机号已用于另一个账号登录。",
            how="请核对号码；确属同一号码时只能保留一个账号用它登录。",
            fields={"phone": "手机号已被使用"},
        )
