"""What the pages of accounts open, and for whom."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from dangjian.accounts import actions, joint_resets
from dangjian.accounts.models import ApiToken, Event, JointReset, User
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, let_in

Row = TypeVar("Row", bound=Model)


def token_of_mine(request: Request, pk: int) -> ApiToken:
    """One of the reader's own tokens."""
    return _one(ApiToken.objects.filter(user=request.user), pk)


def account_to_switch(request: Request, pk: int) -> User:
    """The account, for somebody who may switch it on and off."""
    account = _one(User.objects.all(), pk)
    let_in(request, actions.require_switching, account)
    return account


def account_to_reset(request: Request, pk: int) -> User:
    """The account, for somebody who may give it a new password alone."""
    account = _one(User.objects.all(), pk)
    let_in(request, actions.require_resetting, account)
    return account


def account_to_reset_by_two(request: Request, pk: int) -> User:
    """The account, for an administrator who may be the first of two to give it a new password."""
    joint_resets.require_administrator(request.actor)
    account = _one(User.objects.all(), pk)
    let_in(request, joint_resets.require_proposing, account)
    return account


def accounts_guarded(request: Request) -> dict[int, str]:
    """The accounts whose password takes two, with what they are; for administrators."""
    joint_resets.require_administrator(request.actor)
    return joint_resets.guarded()


def reset_proposed(request: Request, pk: int) -> JointReset:
    """A reset that was proposed, for an administrator."""
    joint_resets.require_administrator(request.actor)
    return _one(JointReset.objects.select_related("user", "proposed_by"), pk)


def event_of(_request: Request, pk: int) -> Event:
    """An event of the trail, which is read as a whole."""
    return _one(Event.objects.select_related("actor"), pk)


def _one(rows: QuerySet[Row], pk: int) -> Row:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
