"""Accounts and slips of a whole organisation at once, in the background: a first password takes a tenth of a second to seal."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from dangjian.accounts.actions import first_password
from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, Visitor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Invalid
from dangjian.members.actions import access, first_passwords
from dangjian.members.models import AccountRun, Member, RunState, Who
from dangjian.members.models.passwords import UNDER_WAY
from dangjian.members.own import own_records
from dangjian.members.queries.access import NEVER_SIGNED_IN, obstacles, officers_among
from dangjian.org.errands import do_for
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped

OPENED_AT_ONCE = 200
SEALED_AT_ONCE = 10
"""First passwords between two reports: about a second of work."""
STUCK = dt.timedelta(hours=6)
"""After this long the background has given it up; a hundred thousand first passwords take three hours."""


@transaction.atomic
def start(
    *, actor: Visitor, organization: Organization, who: str = Who.EVERYBODY, makes_slips: bool = True, again: bool = False
) -> AccountRun:
    """Open the accounts that are missing at ``organization`` and below it; a run that is under way there is returned as it is.

    ``makes_slips`` gives whoever has never signed in a first password on a slip: those who were given none so far, with ``again``
    all of them. The numbers stay the same if it is started twice.
    """
    actor.require("members.accounts", organization)
    if who not in Who.values:
        raise Invalid("请选择范围。", fields={"who": "请从列表中选择"})
    try:
        with transaction.atomic():
            run: AccountRun = AccountRun.objects.create(
                organization=organization, who=who, makes_slips=makes_slips, again=again, asked_by_id=actor.user_id
            )
    except IntegrityError:
        under_way: AccountRun = AccountRun.objects.get(organization=organization, state__in=UNDER_WAY)
        return under_way
    text = f"为“{organization}”{Who(who).label}开通账号{'并制作登录条' if makes_slips else ''}"
    record(actor=actor, verb="members.accounts_started", summary=text, organization=organization, subject=run)
    enqueue("members.accounts", run.pk)
    return run


def carry_out(*, pk: int) -> None:
    """Do the work for whoever asked. May be called again after a stop: what has been done is not done twice."""
    # For the person who asked, whose rights are asked for below.
    run = register(AccountRun).select_related("organization", "asked_by").filter(pk=pk, state__in=UNDER_WAY).first()
    if run is None:
        return
    do_for(
        run.asked_by,
        "members.accounts",
        run.organization,
        lambda actor: _work(actor, run),
        fail=lambda reason: _set(run, state=RunState.FAILED, failure=reason),
        broken="系统出错，没有办完。请再办一次，已经办好的不会重复；仍不行的，请联系管理员。",
    )


def _work(actor: Actor, run: AccountRun) -> None:
    _open(actor, run)
    if run.makes_slips:
        _make_slips(actor, run)
    _set(run, state=RunState.READY)


def _concerned(run: AccountRun) -> QuerySet[Member]:
    rows: QuerySet[Member] = Member.objects.counted().filter(organization__path__startswith=run.organization.path)
    return officers_among(rows) if run.who == Who.OFFICERS else rows


def _open(actor: Actor, run: AccountRun) -> None:
    # Whoever asks has an account already; it is linked to their record, and no second one is opened.
    rows = _concerned(run).filter(user=None).exclude(pk__in=own_records(actor))
    missing = list(rows.order_by("pk").values_list("pk", flat=True))
    _set(run, state=RunState.OPENING, done=0, total=len(missing))
    for start in range(0, len(missing), OPENED_AT_ONCE):
        opened = access.open_accounts(actor=actor, member_ids=missing[start : start + OPENED_AT_ONCE])
        _set(run, done=F("done") + len(opened), opened=F("opened") + len(opened))


def _make_slips(actor: Actor, run: AccountRun) -> None:
    rows = _concerned(run).filter(NEVER_SIGNED_IN).exclude(first_password__run=run)
    if not run.again:
        rows = rows.filter(Q(first_password=None))
    members = list(rows.select_related("organization").order_by("branch__path", "pk"))
    barred = obstacles(actor, members)
    wanted = [member for member in members if member.pk not in barred]
    _set(run, state=RunState.SEALING, done=0, total=len(wanted))
    for start in range(0, len(wanted), SEALED_AT_ONCE):
        piece = wanted[start : start + SEALED_AT_ONCE]
        # Sealing takes long and writes nothing; only then is the database held.
        made = first_passwords.give(actor=actor, passwords=_sealed(piece), run=run)
        _set(run, done=F("done") + len(piece), made=F("made") + made)


def _sealed(members: Sequence[Member]) -> dict[Member, tuple[str, str]]:
    passwords = [first_password() for _ in members]
    return {member: (password, make_password(password)) for member, password in zip(members, passwords, strict=True)}


@transaction.atomic
def _set(run: AccountRun, **values: object) -> None:
    with at(run.organization):
        AccountRun.objects.filter(pk=run.pk).update(**values)


@transaction.atomic
def give_up_stuck() -> None:
    """Runs on which the background gave up are said to have failed."""
    with unscoped("runs of everybody are looked through"):
        stuck = AccountRun.objects.filter(state__in=UNDER_WAY, asked_at__lt=clock.now() - STUCK)
        stuck.update(state=RunState.FAILED, failure="后台处理中断，没有办完。请再办一次，已经办好的不会重复。")
