"""Splits, merges, moves and changes of branch of many members: noted while they are done, and taken back as a whole.

While nothing was built on it, a step that was wrong leaves everything as it would be without it: what it ended goes on, what it
set up is gone. The trail keeps both.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from dangjian.accounts.events import record_about
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.references import referring
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.org.actions import offices
from dangjian.org.actions.structure import tell_followers, told_once
from dangjian.org.models import (
    ChangeKind,
    Grant,
    Organization,
    OrganizationChange,
    OrganizationVersion,
    Post,
    Reorganisation,
    ReorganisationKind,
    TermOfBody,
)
from dangjian.org.offers import DerivedRows, Matter, ReorganisationPart
from dangjian.org.openings import at, inside, register
from dangjian.org.unscoped import unscoped

ENDINGS: dict[str, tuple[Any, str]] = {
    "posts": (Post, "ends_on"),
    "grants": (Grant, "ends_on"),
    "terms": (TermOfBody, "ended_on"),
    "organizations": (Organization, "dissolved_on"),
}
"""What a reorganisation brings to an end, by its name in ``Reorganisation.ended``: the rows, and the day on which they end."""


@contextmanager
def noted(
    *,
    actor: Actor,
    kind: ReorganisationKind,
    organization: Organization,
    effective_on: dt.date,
    users: Collection[int] = (),
    other: Organization | None = None,
) -> Iterator[Reorganisation]:
    """Do a reorganisation inside, by the actions that check it; what it ends is noted when it is done.

    ``users`` are the accounts of the members who go elsewhere: their posts and grants end with it. Whoever makes ``other``
    inside says so; ``number`` is set there too.
    """
    below = set(register(Organization).below(organization).values_list("pk", flat=True))
    before = _endings(below, users, effective_on)
    last = register(OrganizationChange).aggregate(last=Max("pk"))["last"] or 0
    with at(organization):  # the steps inside check the actor's rights
        made = Reorganisation.objects.create(
            organization=organization, kind=kind, other=other, effective_on=effective_on, done_by=actor.name
        )
    with told_once(actor):
        yield made
        tell_followers(actor=actor, organization_ids=_concerned(made))
    made.ended |= _ended(before)
    made.other_name = made.other_name or str(made.other or "")
    made.refresh_from_db(fields=["organization"])  # it may stand elsewhere by now
    with inside(made.organization, *([made.other] if made.other else [])):
        made.save()
        own = Q(organization__in=below) | Q(organization=made.other, kind=ChangeKind.SET_UP)
        OrganizationChange.objects.filter(own, pk__gt=last).update(reorganisation=made)


def _endings(below: Collection[int], users: Collection[int], day: dt.date) -> dict[str, dict[int, dt.date | None]]:
    """What might end: rows still in effect at these organisations or of these people, wherever, and what they handed on."""
    here, theirs = Q(organization__in=below), Q(user__in=users)
    handed_on = Q(basis__organization__in=below) | Q(basis_grant__organization__in=below)
    handed_on |= Q(basis__user__in=users) | Q(basis_grant__user__in=users)
    found: dict[str, QuerySet[Any]] = {
        "posts": register(Post).filter(here | theirs, ends_on=None),
        "grants": register(Grant).filter(here | theirs | handed_on, Q(ends_on=None) | Q(ends_on__gt=day)),
        "terms": register(TermOfBody).filter(here, ended_on=None),
        "organizations": register(Organization).standing().filter(pk__in=below),
    }
    return {name: dict(rows.order_by().values_list("pk", ENDINGS[name][1])) for name, rows in found.items()}


def _ended(before: dict[str, dict[int, dt.date | None]]) -> dict[str, dict[str, str | None]]:
    """Of these rows, those that have another last day now, with the one they had."""
    ended: dict[str, dict[str, str | None]] = {}
    for name, rows in before.items():
        model, column = ENDINGS[name]
        now = register(model).filter(pk__in=rows).order_by().values_list("pk", column)
        ended[name] = {str(pk): _iso(rows[pk]) for pk, day in now if day != rows[pk]}
    return ended


def _concerned(reorganisation: Reorganisation) -> set[int]:
    """The organisations that took part and are there; ``left`` are those that members came from."""
    numbers = {reorganisation.organization_id, reorganisation.other_id, *reorganisation.ended.get("left", ())}
    return {number for number in numbers if number is not None}


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


@transaction.atomic
def take_back(*, actor: Actor, reorganisation: Reorganisation, reason: str) -> Reorganisation:
    """Undo a reorganisation as a whole: nothing is left of it but the trail.

    Raises ``Conflict`` that names what was built on it, and then changes nothing.
    """
    with unscoped("a reorganisation touches all organisations that took part; the actor's right to each is checked"):
        found: Reorganisation = (
            Reorganisation.objects.select_for_update(of=("self",))
            .select_related("organization__parent", "other")
            .get(pk=reorganisation.pk)
        )
        check(actor=actor, reorganisation=found)
        if not reason.strip():
            raise Invalid("请写明撤销的原因。", fields={"reason": "请填写原因，例如：选错了党支部"})
        made = found.other if found.kind == ReorganisationKind.SPLIT else None
        _put_in_place(found)
        members: set[int] = set()
        for part in sorted(offers(ReorganisationPart), key=lambda part: part.order):
            if part.put_back is not None:
                members.update(part.put_back(actor, found))
        _put_back_endings(found)
        if made is not None:
            _remove(found, made)
        found.undone_at, found.undone_by = clock.now(), actor.name
        found.save()
        record_about(
            sorted(members),
            actor=actor,
            verb="org.reorganisation_undone",
            summary=f"撤销{words.day(found.effective_on)}的{in_words(found)}：{reason.strip()}",
            organization=found.organization,
            subject=found,
            data={"kind": found.kind, "number": found.number, "reason": reason.strip()},
        )
        tell_followers(actor=actor, organization_ids=_concerned(found))
    return found


def check(*, actor: Actor, reorganisation: Reorganisation) -> None:
    """Raise if the reorganisation cannot be taken back, or not by the actor: for its page, and for ``take_back``."""
    require_taking_back(actor, reorganisation)
    with unscoped("what was built on a reorganisation may stand in any organisation"):
        what = reorganisation.get_kind_display()
        if reorganisation.undone_at:
            raise Conflict(f"这次{what}已由{reorganisation.undone_by}于{words.day(reorganisation.undone_at)}撤销。")
        matter = matter_of(actor, reorganisation)
        if matter:
            raise Conflict(f"这次{what}由{matter.title}办理，不能在这里撤销。", how="请打开那一件，在那里撤销最近一步。")
        reasons = [
            *_changed_since(reorganisation),
            *(reason for part in offers(ReorganisationPart) for reason in part.built_on(reorganisation)),
        ]
        if reasons:
            raise _refused(reorganisation, reasons)


def matter_of(actor: Actor, reorganisation: Reorganisation) -> Matter | None:
    """The matter of an app by which a reorganisation was done, where it is taken back; ``None`` if it was done by itself."""
    asked = (part.matter(actor, reorganisation) for part in offers(ReorganisationPart) if part.matter)
    return next((found for found in asked if found), None)


def in_words(reorganisation: Reorganisation) -> str:
    """What was done, for a sentence: 由“一支部”拆分出“二支部”（12名党员）."""
    one, other = reorganisation.organization, reorganisation.other_name
    people = f"（{reorganisation.number}名党员）" if reorganisation.number else ""
    return {
        ReorganisationKind.SPLIT: f"由“{one}”拆分出“{other}”{people}",
        ReorganisationKind.MERGE: f"“{one}”并入“{other}”{people}",
        ReorganisationKind.MOVE: f"“{one}”隶属关系调整到“{other}”",
        ReorganisationKind.MEMBERS: f"党员成批调整，由“{other}”到“{one}”{people}",
        ReorganisationKind.LEFT: f"“{one}”的党员整建制转出到“{other}”{people}",
    }[ReorganisationKind(reorganisation.kind)]


def require_taking_back(actor: Actor, reorganisation: Reorganisation) -> None:
    """Raise unless the actor holds, today, what it took to do it; what speaks against it is for ``check``."""
    one, kind = reorganisation.organization, reorganisation.kind
    with unscoped("who took part in a reorganisation may stand anywhere; the actor's right to each is asked"):
        if kind == ReorganisationKind.SPLIT:
            actor.require("org.manage", one.parent or one)
        elif kind == ReorganisationKind.MERGE:
            actor.require("org.manage", one)
        elif kind == ReorganisationKind.MOVE:
            for place in (one, one.parent, _former_superior(reorganisation)):
                actor.require("org.manage", place)
        for part in offers(ReorganisationPart):
            if part.check is not None:
                part.check(actor, reorganisation)


def _refused(reorganisation: Reorganisation, reasons: Sequence[str]) -> Conflict:
    what = reorganisation.get_kind_display()
    return Conflict(
        f"不能撤销这次{what}：{'；'.join(reasons)}。", how="在其后办理的事项不能一并取消，请按现在的情况另行办理调整或合并。"
    )


def _former_superior(reorganisation: Reorganisation) -> Organization:
    found: Organization = Organization.objects.get(pk=reorganisation.ended["superior"])
    return found


def _changed_since(reorganisation: Reorganisation) -> list[str]:
    """What has happened to the organisations themselves."""
    one, kind = reorganisation.organization, reorganisation.kind
    if kind == ReorganisationKind.MERGE:
        return _gone(one.parent) + _name_taken(one, one.parent)
    if kind == ReorganisationKind.MOVE:
        superior = _former_superior(reorganisation)
        return _moved_on(reorganisation) + _gone(superior) + _name_taken(one, superior)
    made = reorganisation.other if kind == ReorganisationKind.SPLIT else None
    if made is None:
        return []
    later = OrganizationChange.objects.filter(Q(organization=made) | Q(other=made)).exclude(reorganisation=reorganisation)
    reasons = [f"“{made}”在其后又有“{change.get_kind_display()}”" for change in later[:1]]
    if Organization.objects.filter(parent=made).exists():
        reasons.append(f"“{made}”在其后设立了党小组")
    return reasons


def _gone(organization: Organization | None) -> list[str]:
    if organization is None or organization.dissolved_on is None:
        return []
    return [f"原来的上级“{organization}”已于{words.day(organization.dissolved_on)}撤销"]


def _name_taken(organization: Organization, superior: Organization | None) -> list[str]:
    beside = Organization.objects.standing().filter(parent=superior).exclude(pk=organization.pk)
    if not beside.filter(Q(name=organization.name) | Q(short_name=organization.short_name)).exists():
        return []
    return [f"“{superior}”之下现在另有名称为“{organization}”的党组织"]


def _moved_on(reorganisation: Reorganisation) -> list[str]:
    """Whether an organisation that was moved, or one below it, has had a change since."""
    one, day = reorganisation.organization, reorganisation.effective_on
    if one.dissolved_on:
        return [f"“{one}”在其后已撤销"]
    own = reorganisation.changes.latest("pk")
    later = OrganizationChange.objects.filter(organization__path__startswith=one.path, pk__gt=own.pk)
    later = later.select_related("organization")
    reasons = [f"“{change.organization}”在其后又有“{change.get_kind_display()}”" for change in later[:3]]
    latest = OrganizationVersion.objects.filter(organization=one, ends_on=None).get()
    if not reasons and latest.starts_on != day:
        reasons = [f"“{one}”在其后又有变更"]
    former = _former_superior(reorganisation)
    stood = OrganizationVersion.objects.filter(organization=one, ends_on=day).get()
    if not stood.path.startswith(former.path):
        reasons.append(f"原来的上级“{former}”在其后又调整过隶属关系")
    return reasons


def _put_in_place(reorganisation: Reorganisation) -> None:
    """Organisations stand where they stood: those that had ended are there again, one that was moved is back."""
    day = reorganisation.effective_on
    ended = [int(pk) for pk in reorganisation.ended["organizations"]]
    if ended:
        _check_path(reorganisation.organization)
        Organization.objects.filter(pk__in=ended).update(dissolved_on=None)
        OrganizationVersion.objects.filter(organization__in=ended, ends_on=day).update(ends_on=None)
    if reorganisation.kind == ReorganisationKind.MOVE:
        _move_back(reorganisation)
    reorganisation.organization.refresh_from_db()


def _check_path(organization: Organization) -> None:
    last = OrganizationVersion.objects.filter(organization=organization).order_by("-starts_on")[0]
    if last.path != organization.path:
        raise Conflict(
            f"不能撤销这次合并：“{organization}”原来的上级在其后又调整过隶属关系。", how="请重新设立党支部，再调整党员。"
        )


def _move_back(reorganisation: Reorganisation) -> None:
    one, day = reorganisation.organization, reorganisation.effective_on
    below = list(Organization.objects.select_for_update(of=("self",)).below(one))
    former = {row.organization_id: row for row in OrganizationVersion.objects.filter(organization__in=below, ends_on=day)}
    standing = [each for each in below if each.dissolved_on is None]
    OrganizationVersion.objects.filter(organization__in=standing, ends_on=None, starts_on=day).delete()
    OrganizationVersion.objects.filter(organization__in=standing, ends_on=day).update(ends_on=None)
    old, new = one.path, former[one.pk].path
    for each in below:
        each.path, each.body_path = f"{new}{each.path.removeprefix(old)}", f"{new}{each.body_path.removeprefix(old)}"
        if each.pk == one.pk:
            each.parent = _former_superior(reorganisation)
    Organization.objects.bulk_update(below, ["path", "body_path", "parent"], batch_size=200)


def _put_back_endings(reorganisation: Reorganisation) -> None:
    """Posts, roles and terms that ended with it go on, unless somebody else holds the post by now."""
    offices.put_back(reorganisation.ended, refuse=lambda reason: _refused(reorganisation, [reason]))
    terms = TermOfBody.objects.filter(pk__in=[int(pk) for pk in reorganisation.ended["terms"]])
    for term in terms.select_related("organization"):
        if TermOfBody.objects.filter(organization=term.organization, number__gt=term.number).exists():
            raise _refused(reorganisation, [f"“{term.organization}”在其后已换届"])
    terms.update(ended_on=None)


def _remove(reorganisation: Reorganisation, made: Organization) -> None:
    """The branch that was made is gone. Whatever still refers to it was built on it, and refuses by its name."""
    for offer in offers(DerivedRows):
        offer.drop([made.pk])
    of_itself = {Organization, OrganizationVersion, OrganizationChange, Reorganisation}
    called = [
        name
        for model, column, name in referring(Organization)
        if model not in of_itself and model.objects.filter(**{column: made.pk}).exists()
    ]
    others = Reorganisation.objects.filter(Q(organization=made) | Q(other=made)).exclude(pk=reorganisation.pk)
    if called or others.exists():
        names = "、".join(f"“{name}”" for name in dict.fromkeys(called or ["党员成批调整"]))
        raise _refused(reorganisation, [f"“{made}”在其后有了{names}记录"])
    OrganizationChange.objects.filter(other=made).update(other=None)
    OrganizationChange.objects.filter(organization=made).delete()
    OrganizationVersion.objects.filter(organization=made).delete()
    reorganisation.other = None
    reorganisation.save()
    Organization.objects.filter(pk=made.pk).delete()
