"""Accounts of applicants: opened by their branch, handed over when they become members, closed when the application ends."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from dangjian.accounts import door
from dangjian.accounts.actions import first_password
from dangjian.accounts.events import EventsOf
from dangjian.accounts.models import User, end_tokens
from dangjian.accounts.queries import NEVER_SIGNED_IN
from dangjian.activities.development.actions.office import require_office
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.people import APPLICANT, HELPER
from dangjian.activities.development.queries.way import case_of
from dangjian.engines.procedures.actions import starting
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.members.actions import access
from dangjian.members.models import Member
from dangjian.org.gate import roles_held
from dangjian.org.openings import at, hold

NOTES = EventsOf[Applicant](words=lambda applicant, done: done.format(applicant.name))


@transaction.atomic
def hand_out(*, actor: Actor, applicant: Applicant) -> tuple[User, str]:
    """Give the applicant a fresh first password to be told to them, opening their account if they have none.

    Returns their account and the password, which is shown once. Raises ``Conflict`` if they have chosen a password of their own,
    ``PermissionDenied`` if their account opens more than their own application.
    """
    hold(applicant, "organization", "user", check=lambda row: require_handing_out(actor, row))
    password = first_password()
    with at(applicant.organization):
        user = applicant.user or _open(actor, applicant)
        mine = User.objects.filter(NEVER_SIGNED_IN, pk=user.pk, is_active=True)
        if not mine.update(password=make_password(password)):
            raise Conflict(f"{applicant.name}已经用自己的密码登录过。", how="忘记密码的，请联系系统管理员重置。")
        door.forget(user.username)
        NOTES.record(actor, applicant, "development.password_handed_out", "当面告知{}初始密码")
    return user, password


def require_handing_out(actor: Actor, applicant: Applicant) -> None:
    """Raise unless the actor may give the applicant an account, or its first password: their branch, while it runs."""
    require_office(actor, "development.manage", applicant)
    if not applicant.is_running:
        raise Conflict(f"{applicant.name}的入党申请{applicant.get_stage_display()}，不能开通账号。")
    if applicant.user_id and _other_roles(applicant.user_id):
        raise PermissionDenied(f"{applicant.name}的账号还有其他用途，初始密码请由上级党务部门发放。")
    if applicant.user is not None and not applicant.user.has_never_signed_in:
        raise Conflict(f"{applicant.name}已经用自己的密码登录过。", how="忘记密码的，请联系系统管理员重置。")


@transaction.atomic
def hand_over(*, actor: Actor, applicant: Applicant, member: Member) -> None:
    """Somebody has become a member: the account with which they applied is the member's, and it still opens their case.

    For the step that admits them, which has asked for the right to it. A member who had an account of their own (who joins
    again) keeps that one, and it opens the case from now on.
    """
    if applicant.user_id is None and member.user_id is None:
        return
    if member.user is None and applicant.user is not None:
        access.take_over(actor=actor, member=member, user=applicant.user)
        return
    if applicant.user_id == member.user_id:
        return
    before = applicant.user
    belong(actor=actor, applicant=applicant, user=member.user)
    if before is not None:
        with at(applicant.organization):
            _close(actor, applicant, before)


def belong(*, actor: Actor, applicant: Applicant, user: User | None) -> None:
    """The application and its case are those of the holder of an account. For actions that have asked for the right to it."""
    with at(applicant.organization):
        applicant.user = user
        applicant.save(update_fields=["user"])
        _follow_case(actor, applicant)


@transaction.atomic
def follow(*, actor: Actor, applicant: Applicant) -> None:
    """The account is open while the application runs, and closed once it has ended, unless it opens anything else."""
    user = applicant.user
    if user is None or applicant.member_id:
        return
    if applicant.is_running and not user.is_active:
        User.objects.filter(pk=user.pk).update(is_active=True)
        NOTES.record(actor, applicant, "development.account_opened", "恢复{}的账号")
    elif not applicant.is_running and user.is_active:
        _close(actor, applicant, user)


def give_up(*, actor: Actor, applicant: Applicant) -> None:
    """The applicant was entered by mistake: an account that was opened for them opens nothing any more."""
    if applicant.user is not None and not applicant.member_id:
        user, applicant.user = applicant.user, None
        applicant.save(update_fields=["user"])
        _close(actor, applicant, user)


def _open(actor: Actor, applicant: Applicant) -> User:
    [user] = access.new_accounts([applicant], None)
    belong(actor=actor, applicant=applicant, user=user)
    NOTES.record(actor, applicant, "development.account_opened", f"为{{}}开通账号“{user.username}”")
    return user


def _follow_case(actor: Actor, applicant: Applicant) -> None:
    case = case_of(applicant)
    if case is not None:
        starting.follow_subject(actor=actor, case=case, title=applicant.name, account_id=applicant.user_id)


def _close(actor: Actor, applicant: Applicant, user: User) -> None:
    if _other_roles(user.pk) or hasattr(user, "member"):
        return
    User.objects.filter(pk=user.pk).update(is_active=False)
    end_tokens(user)
    NOTES.record(actor, applicant, "development.account_closed", "停用{}的账号")


def _other_roles(user_id: int) -> bool:
    """Whether the account opens more than an application."""
    return any(held.role not in {APPLICANT, HELPER} for held in roles_held([user_id])[user_id])
