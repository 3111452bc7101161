"""Accounts, API tokens and the event trail."""

import datetime as dt
import hashlib
import secrets
from importlib import import_module
from typing import Any, ClassVar, NoReturn, Self, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField, NameField


class UserManager(BaseUserManager["User"]):
    """Finds accounts by the name a person signs in with."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """Make an account; without a password nobody can sign in to it yet."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who may sign in. What they may do follows from posts, membership and grants (``dangjian.org``)."""

    username = models.CharField("登录名", max_length=64, unique=True)
    name = NameField("姓名", max_length=64)
    phone_index = models.CharField("手机号索引", max_length=64, blank=True, db_index=True)
    phone_shown = EncryptedTextField("登录手机号（掩码）", blank=True)
    """The number as its owner is shown it (``138****0000``); empty for one that was bound before this was kept."""

    email = models.EmailField("电子邮箱", blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("首次登录须改密码", default=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    is_demo = models.BooleanField("演示账号", default=False)
    demo_order = models.PositiveSmallIntegerField("演示次序", default=0)
    demo_note = models.CharField("演示说明", max_length=60, blank=True)
    demo_role = models.CharField("演示角色", max_length=40, blank=True)
    demo_organization = models.CharField("演示党组织", max_length=120, blank=True)
    created_at = models.DateTimeField("开通时间", default=clock.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = "账号"
        ordering = ("username",)

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"

    @property
    def password_is_old(self) -> bool:
        """Whether the password was set longer ago than the deployment allows (``PASSWORD_MAX_AGE_DAYS``, 0 for no limit)."""
        since = self.password_changed_at or self.created_at
        limit: int = settings.PASSWORD_MAX_AGE_DAYS
        return bool(limit) and clock.now() - since > dt.timedelta(days=limit)

    @property
    def has_never_signed_in(self) -> bool:
        """Whether its owner has not chosen a password of their own yet (``accounts.queries.NEVER_SIGNED_IN``)."""
        return self.must_change_password and self.password_changed_at is None

    @property
    def needs_new_password(self) -> bool:
        """Whether nothing may be done before the password is changed."""
        return self.must_change_password or self.password_is_old


class Session(AbstractBaseSession):
    """Somebody's visit on one device, from signing in to signing out. Read and written by ``accounts.sessions``."""

    session_key = models.CharField("会话密钥的摘要", max_length=64, primary_key=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions", verbose_name="账号")

    class Meta:
        verbose_name = "会话"
        verbose_name_plural = "会话"

    @classmethod
    def get_session_store_class(cls) -> type:
        """The engine that reads these rows."""
        engine: Any = import_module(settings.SESSION_ENGINE)  # by name, because the engine needs this model
        store: type = engine.SessionStore
        return store


class SignInTry(models.Model):
    """A password that was wrong, or is being looked at; see ``accounts.door``.

    ``name`` is the account's, or what was typed; ``origin`` the network address, or the device where the account is known on it.
    """

    at = models.DateTimeField("时间", default=clock.now)
    name = models.CharField("登录名", max_length=255)
    address = models.CharField("网络地址", max_length=45, blank=True)
    origin = models.CharField(max_length=45, blank=True)
    is_known = models.BooleanField("用过的设备", default=False)

    class Meta:
        verbose_name = "登录失败"
        verbose_name_plural = "登录失败"
        ordering = ("-at",)
        indexes = (
            models.Index(fields=["name", "at"], name="sign_in_try_name"),
            models.Index(fields=["address", "at"], name="sign_in_try_address"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.name}"


class ApiToken(models.Model):
    """A key for programs. Only its digest is kept; the key itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens", verbose_name="账号")
    title = models.CharField("用途", max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField("创建时间", default=clock.now)
    expires_at = models.DateTimeField("到期时间", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    may_write = models.BooleanField("可以办理", default=True)
    """Whether programs may do with it what its owner may do, or only read what they may read."""

    class Meta:
        verbose_name = "接口令牌"
        verbose_name_plural = "接口令牌"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.title

    @staticmethod
    def new_key() -> str:
        """A fresh key with 256 bits of chance in it."""
        return f"dj_{secrets.token_urlsafe(32)}"

    @staticmethod
    def digest_of(key: str) -> str:
        """What is stored of a key. The key is random and long, so a plain digest cannot be turned back."""
        return hashlib.sha256(key.encode()).hexdigest()


def end_tokens(user: User) -> None:
    """Keys that programs were given in somebody's name end with that person's password: they may be in the same wrong hands."""
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())


class JointResetQuerySet(models.QuerySet["JointReset"]):
    """Resets that take two."""

    def open(self, now: dt.datetime) -> Self:
        """Those that another administrator can still agree to."""
        return self.filter(closed_at=None, proposed_at__gt=now - dt.timedelta(days=1))


class JointReset(models.Model):
    """A new password that one administrator proposed for another; see ``accounts.joint_resets``.

    ``half`` is the first half of it, until somebody agrees.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="账号")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    reason = models.CharField("原因", max_length=200)
    half = EncryptedTextField(blank=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="办结人")
    closed_at = models.DateTimeField("办结时间", null=True)

    objects = JointResetQuerySet.as_manager()

    class Meta:
        verbose_name = "管理员密码重置"
        verbose_name_plural = "管理员密码重置"
        ordering = ("-proposed_at",)

    def __str__(self) -> str:
        return f"{self.proposed_by.name}提出重置{self.user.name}的密码"


class SecretCheck(models.Model):
    """By what a secret of the deployment is known again: see ``accounts.keys``. It tells nothing of the secret itself."""

    name = models.CharField(max_length=20, unique=True)
    value = models.CharField(max_length=64)

    class Meta:
        verbose_name = "密钥核对值"
        verbose_name_plural = "密钥核对值"

    def __str__(self) -> str:
        return self.name


Row = TypeVar("Row", bound=models.Model)
KEPT = "the trail is append-only: an event is put right by a further event"


class AppendOnly(models.QuerySet[Row]):
    """Rows that are written once."""

    def update(self, **_kwargs: object) -> NoReturn:
        """Refused."""
        raise TypeError(KEPT)

    def delete(self) -> NoReturn:
        """Refused."""
        raise TypeError(KEPT)


class Kept(models.Model):
    """A row of the trail: written once, never changed or deleted. The database refuses it too (``accounts.trail``)."""

    objects = AppendOnly.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: Any) -> None:
        """Insert only."""
        if self.pk is not None:
            raise TypeError(KEPT)
        super().save(*args, **kwargs)

    def delete(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refused."""
        raise TypeError(KEPT)


def area_title(verb: str) -> str:
    """What people call the part of the platform to which a verb belongs: 党员 for ``members.viewed``."""
    found = apps.app_configs.get(verb.partition(".")[0])
    return str(found.verbose_name) if found else "其他"


class Event(Kept):
    """One thing that was done, by whom, when, to what. Written in the transaction of the act by ``accounts.events.record``.

    ``organization_id`` and ``member_id`` are plain numbers, because the tables they point to stand on higher floors.
    ``organization_path`` is the path of the organisation when it happened. Where one act concerns many members, such as an
    export, they stand behind it as ``EventMember`` rows, and ``data`` has their number and digest.
    """

    at = models.DateTimeField("时间", default=clock.now)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="操作人")
    actor_name = NameField("操作人姓名", max_length=64)
    verb = models.CharField("事项", max_length=64)
    summary = models.CharField("内容", max_length=300)
    organization_id = models.BigIntegerField("党组织", null=True)
    organization_path = models.CharField(max_length=255, blank=True)
    member_id = models.BigIntegerField("涉及党员", null=True)
    subject_type = models.CharField(max_length=64, blank=True)
    subject_id = models.BigIntegerField(null=True)
    purpose = models.CharField("目的", max_length=200, blank=True)
    address = models.CharField("网络地址", max_length=45, blank=True)
    result = models.CharField("结果", max_length=10, default="done", choices=[("done", "成功"), ("refused", "拒绝")])
    data = models.JSONField("细节", default=dict)

    class Meta:
        verbose_name = "留痕"
        verbose_name_plural = "留痕"
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=["-at"], name="event_at"),
            models.Index(fields=["member_id", "-at"], name="event_member"),
            models.Index(fields=["subject_type", "subject_id"], name="event_subject"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.summary}"

    @property
    def area(self) -> str:
        """The part of the platform in which it happened."""
        return area_title(self.verb)


class EventMember(Kept):
    """A member whom an event of many concerns."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="members")
    member_id = models.BigIntegerField("涉及党员", db_index=True)

    class Meta:
        verbose_name = "留痕涉及的党员"
        verbose_name_plural = "留痕涉及的党员"
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.event_id} {self.member_id}"


class TrailSeal(Kept):
    """The end of the chain over the events up to the number ``through``, ``rows`` of them since the seal before.

    See ``accounts.trail``.
    """

    number = models.PositiveBigIntegerField("封存号", unique=True)
    through = models.BigIntegerField("至记录编号")
    rows = models.PositiveIntegerField("记录数")
    key = models.CharField("密钥编号", max_length=8)
    digest = models.CharField("摘要", max_length=64)
    sealed_at = models.DateTimeField("封存时间", default=clock.now)

    class Meta:
        verbose_name = "留痕封存"
        verbose_name_plural = "留痕封存"
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"第{self.number}号封存"
