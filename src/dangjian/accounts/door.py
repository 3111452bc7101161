"""How often a password may be tried. Tries are counted where they come from, so that nobody locks another out.

A device on which the account has signed in before has its own tries and no others. Elsewhere these are counted: tries at the
account from this network address, tries at it from everywhere (somebody who guesses from many addresses), and tries at any
account from this address (somebody who tries one password on many accounts), which let only one through every few seconds.

    knock = knock_at(request, name=user.username)     # before the password is looked at
    if knock.is_open and user.check_password(…):
        knock.let_in()
"""

import datetime as dt
import enum
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from dangjian.accounts.models import SignInTry, User
from dangjian.kernel import clock
from dangjian.kernel.addresses import address_of

FROM_EVERYWHERE = 10
"""So many times the tries of one place may be made at an account from all unknown places together."""

OF_AN_ADDRESS = 6
"""So many times the tries at one account may be made at all accounts from one network address, before it is slowed down."""

SLOWLY = dt.timedelta(seconds=10)
KEPT = dt.timedelta(days=7)
COOKIE, SALT, COOKIE_DAYS, MOST_ACCOUNTS = "device", "dangjian.accounts.door", 180, 12


class Verdict(enum.Enum):
    """What may be done with a try."""

    OPEN = "open"
    LOCKED = "locked"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Knock:
    """One try. ``is_last`` says that a wrong password now locks."""

    verdict: Verdict
    row: SignInTry
    is_last: bool

    @property
    def is_open(self) -> bool:
        """Whether the password may be looked at."""
        return self.verdict is Verdict.OPEN

    def let_in(self) -> None:
        """The password was right: the tries from this place are forgotten."""
        SignInTry.objects.filter(name=self.row.name, origin=self.row.origin, is_known=self.row.is_known).delete()


def knock_at(request: HttpRequest, *, name: str, user_id: int | None) -> Knock:
    """Count a try at the account ``name`` (``user_id`` if there is one).

    It is counted, and committed, before the password is looked at: of many at the same moment each sees the others, and what is
    too much is refused unseen. What is refused is not counted, so that a lock ends by itself however often somebody knocks.
    """
    device = _device(request, user_id)
    address = address_of(request)
    now = clock.now()
    row = SignInTry.objects.create(at=now, name=name, address=address, origin=device or address, is_known=bool(device))
    counts = _earlier(row, now)
    limit: int = settings.SIGN_IN_FAILURES
    verdict = Verdict.OPEN
    if counts["here"] >= limit or (not device and counts["everywhere"] >= limit * FROM_EVERYWHERE):
        verdict = Verdict.LOCKED
    elif not device and counts["spray"] >= limit * OF_AN_ADDRESS and counts["latest"] > now - SLOWLY:
        verdict = Verdict.SLOW
    if verdict is not Verdict.OPEN:
        row.delete()
    return Knock(verdict, row, is_last=counts["here"] + 1 >= limit)


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Have the device know, for half a year, that this account signs in on it."""
    device, accounts = _read_cookie(request)
    kept = [user.pk, *(pk for pk in accounts if pk != user.pk)][:MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        signing.dumps([device or secrets.token_hex(12), kept], salt=SALT),
        max_age=COOKIE_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(name: str) -> None:
    """Open the door for an account again, wherever it was locked."""
    SignInTry.objects.filter(name=name).delete()


def clear_old() -> None:
    """The daily job: drop what no longer matters."""
    SignInTry.objects.filter(at__lt=clock.now() - KEPT).delete()


def wrong_passwords() -> QuerySet[SignInTry]:
    """Wrong passwords of the past seven days."""
    return SignInTry.objects.filter(at__gte=clock.now() - KEPT)


def last_tries() -> QuerySet[SignInTry]:
    """The last wrong password of each account in the past seven days."""
    last = wrong_passwords().order_by().values("name").annotate(last=Max("pk"))
    return SignInTry.objects.filter(pk__in=last.values("last"))


def tries_of(names: list[str]) -> dict[str, tuple[int, int]]:
    """How many wrong passwords these accounts had in the past seven days, and from how many places."""
    rows = wrong_passwords().filter(name__in=names).order_by().values("name")
    counted = rows.annotate(number=Count("pk"), places=Count("origin", distinct=True))
    return {row["name"]: (row["number"], row["places"]) for row in counted}


def locked_names() -> set[str]:
    """Accounts that are locked at this moment, somewhere."""
    window = SignInTry.objects.filter(at__gt=clock.now() - _window())
    limit: int = settings.SIGN_IN_FAILURES
    here = window.values("name", "origin", "is_known").annotate(number=Count("pk")).filter(number__gte=limit)
    everywhere = window.filter(is_known=False).values("name").annotate(number=Count("pk"))
    far = everywhere.filter(number__gte=limit * FROM_EVERYWHERE)
    return {*here.values_list("name", flat=True), *far.values_list("name", flat=True)}


def _window() -> dt.timedelta:
    return dt.timedelta(minutes=settings.SIGN_IN_LOCK_MINUTES)


def _earlier(row: SignInTry, now: dt.datetime) -> dict[str, Any]:
    """How many others were tried here, at this account from unknown places, and from this address at all."""
    unknown = Q(is_known=False)
    return (
        SignInTry.objects.filter(Q(name=row.name) | Q(address=row.address), at__gt=now - _window())
        .exclude(pk=row.pk)
        .aggregate(
            here=Count("pk", filter=Q(name=row.name, origin=row.origin, is_known=row.is_known)),
            everywhere=Count("pk", filter=unknown & Q(name=row.name)),
            spray=Count("pk", filter=unknown & Q(address=row.address)),
            latest=Max("at", filter=unknown & Q(address=row.address)),
        )
    )


def _device(request: HttpRequest, user_id: int | None) -> str:
    """What the device is called, if the account has signed in on it before; else empty."""
    device, accounts = _read_cookie(request)
    return device if user_id in accounts else ""


def _read_cookie(request: HttpRequest) -> tuple[str, list[int]]:
    try:
        device, accounts = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_DAYS * 24 * 3600)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(device), [pk for pk in accounts if isinstance(pk, int)]
