"""Signing in by account name or by mobile phone number."""

from collections import Counter
from collections.abc import Sequence

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from dangjian.accounts.models import User
from dangjian.kernel.crypto import blind_index, normalise
from dangjian.kernel.fields import mask_phone

PHONE_CONTEXT = "accounts.User.phone"


def phone_index(number: str) -> str:
    """What the ``phone_index`` column holds for a phone number (empty for none)."""
    return blind_index(number, PHONE_CONTEXT) if number else ""


def phone_indexes(numbers: Sequence[str]) -> list[str]:
    """What the ``phone_index`` column holds for new accounts with these numbers.

    "" for a number that several of them have, or another account already: those people sign in by their account name.
    """
    found = [phone_index(number) for number in numbers]
    often = Counter(found)
    taken = set(User.objects.filter(phone_index__in=[index for index in often if index]).values_list("phone_index", flat=True))
    return [index if often[index] == 1 and index not in taken else "" for index in found]


def masked(number: str) -> str:
    """What the ``phone_shown`` column holds for a phone number (empty for none)."""
    return mask_phone(normalise(number)) if number else ""


def bind_phone(user: User, index: str, number: str) -> None:
    """Let ``user`` sign in with the phone of this index, or with none; keep of the ``number`` what its owner is shown."""
    user.phone_index, user.phone_shown = index, masked(number) if index else ""


class AccountBackend(BaseBackend):
    """Finds the account by name or phone. A phone shared by two accounts signs in to neither."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 - Django's signature
        username: str | None = None,
        password: str | None = None,
        **_kwargs: object,
    ) -> User | None:
        """The account, if name and password are right and it is active."""
        if not username or password is None:
            return None
        user = find(username.strip())
        if user is None:
            User().set_password(password)  # the same time whether the account exists or not
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, unless it was switched off meanwhile."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def find(text: str) -> User | None:
    """The account that somebody means who types ``text`` to sign in."""
    by_name = User.objects.filter(username=text).first()
    if by_name is not None:
        return by_name
    by_phone = list(User.objects.filter(phone_index=phone_index(text))[:2])
    return by_phone[0] if len(by_phone) == 1 else None


def counted_name(typed: str, user: User | None) -> str:
    """Under which name wrong passwords are counted: the account's own, however it was typed.

    A phone number may be written with spaces in many places; each of them must not open more tries. What belongs to no account is
    kept without the middle of a phone number.
    """
    if user is not None:
        return user.username
    plain = normalise(typed)
    return (mask_phone(plain) if plain.isdigit() else plain)[:255]
