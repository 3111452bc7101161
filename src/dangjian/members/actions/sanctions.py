"""Penalties as they follow from the cases in which they were decided; ``details`` enters those of before the platform."""

import datetime as dt

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.members.actions.account import end_posts
from dangjian.members.actions.details import kind_of, label_of, require_keeping
from dangjian.members.models import Member, Sanction, Standing
from dangjian.members.policy import PROBATION_WITHIN_PARTY
from dangjian.org.actions import offices
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked, register

POSTS_LAPSE = frozenset({"removal_from_post", PROBATION_WITHIN_PARTY})
"""Penalties by which posts in the Party are lost (中国共产党纪律处分条例第十一条、第十二条)."""


@transaction.atomic
def impose(
    *,
    actor: Actor,
    member: Member,
    kind: str,
    starts_on: dt.date,
    case_id: int,
    ends_on: dt.date | None = None,
    document: str = "",
    conduct: str = "",
) -> Sanction:
    """Put the penalty that a case decided on the member's record, or put right what the case had written before.

    Posts that are lost by it end on its day.
    """
    member = locked(member, "branch", "organization", check=lambda row: require_keeping(actor, Sanction(member=row)))
    with at(member.branch):
        row = Sanction.objects.filter(member=member, decided_in=case_id).first() or Sanction(member=member, decided_in=case_id)
        row.kind, row.starts_on, row.ends_on, row.document = kind, starts_on, ends_on, document
        row.conduct = conduct
        offices.put_back(_still_possible(row, member))
        row.ended = _lapse(member, row) if kind in POSTS_LAPSE else {}
        row.save()
        _note(actor, row, "给予")
    return row


def _lapse(member: Member, row: Sanction) -> dict[str, dict[str, str | None]]:
    """The posts and roles that end with the penalty, each with its last day before."""
    before = offices.held_by([member.user_id] if member.user_id else [], row.starts_on)
    end_posts(member, row.starts_on, label_of(kind_of(row), "kind", row.kind))
    return offices.ended_of(before)


def _still_possible(row: Sanction, member: Member) -> offices.Ended:
    """What ended with the penalty, without what was held in a branch that the member has left since, or that is dissolved."""
    if member.standing != Standing.NORMAL:
        return {}
    kept: dict[str, dict[str, str | None]] = {}
    for name, ended in row.ended.items():
        rows = register(offices.MODELS[name]).filter(pk__in=[int(pk) for pk in ended]).select_related("organization__parent")
        kept[name] = {str(one.pk): ended[str(one.pk)] for one in rows if _holds(one.organization, member)}
    return kept


def _holds(place: Organization, member: Member) -> bool:
    """Whether somebody may hold something there for what they are a member of: anything above branches, or their own branch."""
    is_own = not (place.is_branch or place.is_group) or place.branch().pk == member.branch_id
    return is_own and place.dissolved_on is None


@transaction.atomic
def extend(*, actor: Actor, first: Sanction, until: dt.date, case_id: int, document: str = "") -> Sanction:
    """留党察看 goes on until before ``until``. Raises ``Conflict`` if its end is not on record, or it was prolonged already."""
    first = locked(first, "member__branch", "member__organization", check=lambda row: require_keeping(actor, row))
    with at(first.member.branch):
        row = Sanction.objects.filter(extends=first).first()
        if first.ends_on is None or (row is not None and row.decided_in != case_id):
            raise Conflict("留党察看只能在写明期满日期以后延长一次。", how="请核对这名党员的处分记录。")
        row = row or Sanction(member=first.member, kind=first.kind, extends=first, decided_in=case_id)
        row.starts_on, row.ends_on, row.document = first.ends_on, until, document
        row.save()
        _note(actor, row, "延长")
    return row


@transaction.atomic
def take_back(*, actor: Actor, member: Member, case_id: int) -> None:
    """What the case had put on record is taken off again, and posts lost by it go on; what it said stays on the trail.

    Posts and roles in a branch where the member is no longer have ended with that for themselves.

    :raises Conflict: if somebody else holds such a post by now, or another case has prolonged the penalty.
    """
    member = locked(member, "branch", "organization", check=lambda row: require_keeping(actor, Sanction(member=row)))
    with at(member.branch):
        for row in Sanction.objects.filter(member=member, decided_in=case_id).order_by("-pk"):
            if Sanction.objects.filter(extends=row).exists():
                raise Conflict(
                    f"{member.name}的{label_of(kind_of(row), 'kind', row.kind)}在其后已经延长。",
                    how="请先打开留党察看期满处理那一件，撤销最近一步。",
                )
            offices.put_back(_still_possible(row, member))
            _note(actor, row, "撤销")
            row.delete()


def _note(actor: Actor, row: Sanction, done: str) -> None:
    kind = kind_of(row)
    values = {name: label_of(kind, name, getattr(row, name)) for name in ("kind", "starts_on", "ends_on", "document")}
    record(
        actor=actor,
        verb="members.sanction_recorded",
        summary=f"{done}{row.member.name}的{kind.title}：{values['kind']}",
        organization=row.member.organization,
        member_id=row.member_id,
        subject=row,
        data=values | {"case": row.decided_in, "day": clock.today().isoformat()},
    )
