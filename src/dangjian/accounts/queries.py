"""Reads on accounts and the event trail."""

import datetime as dt
from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.utils import timezone

from dangjian.accounts.models import Event, User, area_title
from dangjian.kernel.offers import AccountSearch
from dangjian.kernel.registry import offers

DEMO_PASSWORD = "Dangjian-2026"  # noqa: S105 - public on purpose
"""Of every demo account; they exist only in the reference enterprise."""

NEVER_SIGNED_IN = Q(must_change_password=True, password_changed_at=None)
"""Accounts whose owner has never chosen a password of their own. Of signing in itself nothing is kept."""

WITHOUT_PASSWORD = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
"""Accounts that nobody has been given a first password for: nobody can sign in to them yet."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """A kind of events that an auditor looks for, whatever part of the platform they come from."""

    code: str
    title: str
    condition: Q


KINDS = (
    EventKind(
        "sign_in",
        "登录和退出",
        Q(verb__in=("accounts.signed_in", "accounts.signed_out")) | Q(verb__startswith="accounts.sign_in_"),
    ),
    EventKind("refused", "被拒绝的操作", Q(verb__endswith=".refused")),
    EventKind(
        "rights",
        "权限和任职",
        Q(
            verb__in=(
                "org.granted",
                "org.delegated",
                "org.grant_revoked",
                "org.appointed",
                "org.post_ended",
                "org.roles_not_apart",
            )
        ),
    ),
    EventKind(
        "accounts",
        "账号和密码",
        Q(verb__startswith="accounts.")
        & ~Q(verb__startswith="accounts.sign")
        & ~Q(verb__in=("accounts.refused", "accounts.trail_exported")),
    ),
    EventKind("looked", "查看档案和完整号码", Q(verb__endswith=".viewed") | Q(verb__endswith=".unmasked")),
    EventKind("exported", "导出和下载", Q(verb__endswith="exported")),
)


def found_by_text(text: str) -> Q:
    """Events whose actor or summary the text is part of: the words of that day, whoever has the account now."""
    return Q(actor_name__icontains=text) | Q(summary__icontains=text)


def found_account(text: str, prefix: str = "") -> Q:
    """The condition for an account: its name or sign-in name (or part), or what is known of its person (``AccountSearch``).

    Every box that asks for somebody with an account uses it. ``prefix`` leads from a row to its account.
    """
    text = text.strip()
    found = Q(**{f"{prefix}name__icontains": text}) | Q(**{f"{prefix}username__icontains": text})
    for source in offers(AccountSearch):
        found |= Q(**{f"{prefix}pk__in": source.found(text)})
    return found


def of_kind(rows: QuerySet[Event], kind: str) -> QuerySet[Event]:
    """Those of one of ``KINDS``, by its code; all of them without one."""
    return rows.filter(*(one.condition for one in KINDS if one.code == kind))


def events(since: dt.date, until: dt.date, *, q: str = "", result: str = "") -> QuerySet[Event]:
    """Events of the days ``since`` to ``until`` that match, the newest first."""
    start = timezone.make_aware(dt.datetime.combine(since, dt.time.min))
    end = timezone.make_aware(dt.datetime.combine(until + dt.timedelta(days=1), dt.time.min))
    found = Event.objects.filter(at__gte=start, at__lt=end)
    if q:
        found = found.filter(found_by_text(q))
    return found.filter(result=result) if result else found


def areas() -> list[tuple[str, str]]:
    """The parts of the platform, and what else happened in: the beginning of their verbs and their title."""
    verbs = Event.objects.order_by().values_list("verb", flat=True).distinct()
    labels = {one.label for one in apps.get_app_configs() if one.name.startswith("dangjian.")}
    labels |= {verb.partition(".")[0] for verb in verbs}
    return [(f"{label}.", area_title(label)) for label in sorted(labels)]


def demo_accounts() -> list[dict[str, object]]:
    """Accounts of the reference enterprise that visitors may try."""
    rows = User.objects.filter(is_demo=True, is_active=True).order_by("demo_order")
    return [dict(row) for row in rows.values("username", "name", "demo_note", "demo_organization")]


def anybody() -> bool:
    """Whether there is any account yet: without one nobody can sign in, and the platform is still to be set up."""
    return User.objects.exists()
