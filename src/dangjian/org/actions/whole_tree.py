"""Many organisations at once: a tree is set up, details are corrected from it, and both are taken back.

The rows were judged before (``engines.exchange``); here stands what must hold whoever calls. All or nothing: each function is one
transaction, set-based, so that a group's whole tree takes seconds and not hours.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.db.models.functions import Length

from dangjian.accounts.events import fields, record_many
from dangjian.accounts.models import Event
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks, grown, insert_rows, reserve
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.kernel.references import referring
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.org.actions import tree
from dangjian.org.actions.structure import tell_followers
from dangjian.org.actions.tree import KIND_OF_TYPE, VERSIONED
from dangjian.org.models import ChangeKind, Kind, Organization, OrganizationChange, OrganizationVersion
from dangjian.org.offers import DerivedRows
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped

CHUNK = 2000
LONGEST_PATH = 255
NAMED_AT_MOST = 3
AGAIN = "请点“重新检查”后再入库。"
Progress = Callable[[int], None]
"""Called with the number of organisations done so far."""


@dataclass(frozen=True, slots=True)
class Founding:
    """An organisation to be set up.

    ``key`` tells it from the others of the call. Its superior is one of them (``parent_key``) or on record (``parent_id``).
    ``details`` are further columns (``site``, ``unit_name`` …).
    """

    key: int
    parent_key: int | None
    parent_id: int | None
    type_code: str
    name: str
    short_name: str
    established_on: dt.date
    code: str = ""
    document: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Correction:
    """New details for an organisation on record; what is not named stays."""

    organization_id: int
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Corrected:
    """What the details of an organisation were before, and what they were made."""

    organization_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@transaction.atomic
def set_up_many(*, actor: Actor, rows: Iterable[Founding], batch: int, progress: Progress = lambda _done: None) -> dict[int, int]:
    """Set up organisations in whatever order they are named; returns their numbers by ``key``. See ``tree.set_up``.

    ``batch`` is noted on their trail. Raises ``Conflict`` naming the organisation that cannot be set up as it is said.
    """
    ordered = _superiors_first(list(rows))
    superiors = _superiors(actor, ordered)
    numbers = reserve(Organization, len(ordered))
    founder = _Founder(superiors, numbers, {row.code for row in ordered if row.code})
    made: dict[int, Organization] = {}
    for number, row in zip(numbers, ordered, strict=True):
        parent = superiors[row.parent_id] if row.parent_id is not None else made[row.parent_key or 0]
        try:
            made[row.key] = founder.organization(number, row, parent)
        except Refusal as refusal:
            raise Conflict(f"“{row.name}”不能设立：{refusal.message}", how=AGAIN) from refusal
    done = 0
    for chunk in chunks(ordered, CHUNK):
        _write(actor, [(made[row.key], row) for row in chunk], batch)
        done += len(chunk)
        progress(done)
    grown(done, Organization, OrganizationVersion)
    tell_followers(actor=actor, organization_ids=[organization.pk for organization in made.values()])
    return {key: organization.pk for key, organization in made.items()}


@transaction.atomic
def correct_many(
    *, actor: Actor, rows: Iterable[Correction], batch: int, progress: Progress = lambda _done: None
) -> list[Corrected]:
    """Change what differs in the details of organisations on record; returns those that changed."""
    corrected: list[Corrected] = []
    done = 0
    for chunk in chunks(rows, CHUNK):
        found = _held({row.organization_id for row in chunk})
        for row in chunk:
            organization = found.get(row.organization_id)
            if organization is None or organization.dissolved_on:
                raise Conflict("表里有党组织已撤销或移出您的管理范围。", how=AGAIN)
            actor.require("org.manage", organization)
            before = {name: getattr(organization, name) for name in row.details}
            after = {name: value for name, value in row.details.items() if before[name] != value}
            if after:
                corrected.append(Corrected(organization.pk, {name: before[name] for name in after}, after))
        done += len(chunk)
        progress(done)
    _apply(actor, [(one.organization_id, one.after) for one in corrected], batch)
    return corrected


@transaction.atomic
def take_back_many(
    *,
    actor: Actor,
    founded: Collection[int],
    corrected: Sequence[Corrected],
    batch: int,
    progress: Progress = lambda _done: None,
) -> int:
    """Undo ``set_up_many`` and ``correct_many`` of one batch; returns how many organisations were removed or put back.

    Raises ``Conflict`` naming organisations that have been worked with since, and then changes nothing.
    """
    with unscoped("an organisation of the batch may have been moved out of the actor's reach since"):
        rows = list(_by_number(founded).values())
        for organization in rows:
            actor.require("org.groups" if organization.is_group else "org.manage", organization)
        for chunk in chunks(sorted(founded), CHUNK):
            for offer in offers(DerivedRows):
                offer.drop(chunk)
        _check_untouched(founded)
        record_many([_taken_back(actor, organization, batch) for organization in rows])
        _delete(founded, progress)
    _put_back(actor, corrected, batch)
    return len(rows) + len(corrected)


def _superiors_first(rows: list[Founding]) -> list[Founding]:
    """Level by level, each level in the order named, so that no organisation comes before its superior."""
    below: dict[int, list[Founding]] = defaultdict(list)
    ordered = []
    for row in rows:
        if row.parent_id is not None:
            ordered.append(row)
        else:
            below[row.parent_key or 0].append(row)
    for row in ordered:
        ordered.extend(below.pop(row.key, ()))
    if len(ordered) < len(rows):
        raise Conflict("表里有党组织的上级不在表里，或者上级关系成了一个圈。", how=AGAIN)
    return ordered


def _superiors(actor: Actor, rows: Iterable[Founding]) -> dict[int, Organization]:
    """The superiors on record, held, so that none is dissolved or moved meanwhile; the actor may set up below each."""
    # Whoever may set up below a superior may do so at any depth, as both permissions reach the whole subtree.
    wanted = {row.parent_id for row in rows if row.parent_id is not None}
    found = _held(wanted)
    if len(found) < len(wanted):
        raise Conflict("表里有党组织的上级已移出您的管理范围。", how=AGAIN)
    kinds = {KIND_OF_TYPE.get(row.type_code) for row in rows}
    needed = [code for code, used in (("org.manage", kinds - {Kind.GROUP}), ("org.groups", kinds & {Kind.GROUP})) if used]
    for organization in found.values():
        for permission in needed:
            actor.require(permission, organization)
    return found


def _held(numbers: Collection[int]) -> dict[int, Organization]:
    found: dict[int, Organization] = {}
    for chunk in chunks(sorted(numbers), CHUNK):
        rows = Organization.objects.filter(pk__in=chunk).order_by("pk")
        found |= {one.pk: one for one in rows.select_for_update()}
    return found


class _Founder:
    """Makes organisations and refuses what cannot be; knows what stands beside them."""

    def __init__(self, superiors: Mapping[int, Organization], numbers: Collection[int], typed_codes: Collection[str]) -> None:
        self._since = _stand_there_since(superiors)
        self._typed = typed_codes
        self._used = _codes_on_record({*typed_codes, *(f"{number:06d}" for number in numbers)})
        self._names: set[tuple[int, str]] = set()
        self._short_names: set[tuple[int, str]] = set()
        self._orders: dict[int, int] = {}
        for chunk in chunks(sorted(superiors), CHUNK):
            beside = Organization.objects.standing().filter(parent__in=chunk).order_by()
            for parent, last in beside.values_list("parent_id").annotate(last=Max("order")):
                self._orders[parent] = min(last + 1, tree.LAST_ORDER) if last else 0
            for parent, name, short_name in beside.values_list("parent_id", "name", "short_name"):
                self._names.add((parent, name))
                self._short_names.add((parent, short_name))

    def organization(self, number: int, row: Founding, parent: Organization) -> Organization:
        """The organisation of ``row``, not yet written."""
        kind = KIND_OF_TYPE.get(row.type_code)
        if kind is None:
            raise Invalid("没有这种党组织类别。")
        tree.check_place(kind, parent)
        tree.check_founding(row.established_on, parent)
        tree.check_stood_there(parent, self._since.get(parent.pk), row.established_on)
        self._check_names(parent, row)
        path = f"{parent.path}{number:07d}/"
        if len(path) > LONGEST_PATH:
            raise Invalid(f"在“{parent}”之下层级太多。")
        organization = Organization(
            pk=number,
            kind=kind,
            type_code=row.type_code,
            name=row.name.strip(),
            short_name=row.short_name.strip(),
            parent=parent,
            established_on=row.established_on,
            live_on=tree.live_from(parent, row.established_on),
            code=self._code(number, row.code),
            path=path,
            body_path=parent.path if kind == Kind.GROUP else path,
            **{"order": self._orders.get(parent.pk, 0), **row.details},
        )
        organization.set_search_key()
        return organization

    def _check_names(self, parent: Organization, row: Founding) -> None:
        name, short_name = (parent.pk, row.name.strip()), (parent.pk, row.short_name.strip())
        if not name[1] or not short_name[1]:
            raise Invalid("请填写全称和简称。")
        if name in self._names:
            raise Invalid(f"“{parent}”之下已有“{name[1]}”。")
        if short_name in self._short_names:
            raise Invalid(f"“{parent}”之下已有党组织简称“{short_name[1]}”，名单上会分不清。")
        self._names.add(name)
        self._short_names.add(short_name)

    def _code(self, number: int, typed: str) -> str:
        code = typed or tree.free_code(number, lambda code: code in self._typed or code in self._used)
        if code in self._used:
            raise Invalid(f"编码“{code}”已被其他党组织使用。")
        self._used.add(code)
        return code


def _stand_there_since(superiors: Mapping[int, Organization]) -> dict[int, dt.date]:
    found: dict[int, dt.date] = {}
    for chunk in chunks(sorted(superiors), CHUNK):
        here = register(OrganizationVersion).filter(organization__in=chunk, path=F("organization__path")).order_by()
        found |= dict(here.values_list("organization").annotate(since=Min("starts_on")))
    return found


def _codes_on_record(codes: Collection[str]) -> set[str]:
    found: set[str] = set()
    for chunk in chunks(sorted(codes), CHUNK):
        found.update(register(Organization).filter(code__in=chunk).values_list("code", flat=True))
    return found


def _write(actor: Actor, rows: Sequence[tuple[Organization, Founding]], batch: int) -> None:
    """The organisations with their first periods, changes and events, as ``tree.set_up`` writes them."""
    columns = [each.attname for each in Organization._meta.concrete_fields]
    try:
        insert_rows(Organization, [{name: getattr(one, name) for name in columns} for one, _ in rows])
    except IntegrityError:
        raise Conflict("表里有编码刚刚被别的党组织使用。", how=AGAIN) from None
    insert_rows(
        OrganizationVersion,
        [
            {"organization_id": one.pk, "starts_on": one.established_on, **{name: getattr(one, name) for name in VERSIONED}}
            for one, _ in rows
        ],
    )
    insert_rows(
        OrganizationChange,
        [
            {"organization_id": one.pk, "effective_on": one.established_on, "after": one.name, "document": row.document}
            for one, row in rows
        ],
        kind=ChangeKind.SET_UP.value,
        recorded_at=clock.now(),
        recorded_by=actor.name,
    )
    insert_rows(Event, [_founded(actor, one, row, batch) for one, row in rows])


def _founded(actor: Actor, organization: Organization, row: Founding, batch: int) -> dict[str, object]:
    day = organization.established_on
    return fields(
        actor=actor,
        verb=f"org.{ChangeKind.SET_UP.value}",
        summary=f"{ChangeKind.SET_UP.label}“{organization}”（{words.day(day)}起），由党组织表导入",
        organization=organization,
        subject=organization,
        data={"effective_on": day.isoformat(), "after": organization.name, "document": row.document, "batch": batch},
    )


def _apply(actor: Actor, rows: Sequence[tuple[int, Mapping[str, object]]], batch: int) -> None:
    for chunk in chunks(rows, CHUNK):
        found = _by_number([number for number, _ in chunk])
        for number, details in chunk:
            for name, value in details.items():
                setattr(found[number], name, value)
        changed = sorted({name for _, details in chunk for name in details})
        Organization.objects.bulk_update(found.values(), changed, batch_size=200)
        record_many([_details_corrected(actor, found[number], details, batch) for number, details in chunk])


def _details_corrected(actor: Actor, organization: Organization, details: Mapping[str, object], batch: int) -> dict[str, object]:
    return {
        "actor": actor,
        "verb": "org.details_corrected",
        "summary": f"修改“{organization}”的基本信息",
        "organization": organization,
        "subject": organization,
        "data": {"fields": sorted(details), "batch": batch},
    }


def _put_back(actor: Actor, corrected: Sequence[Corrected], batch: int) -> None:
    found = _held({one.organization_id for one in corrected})
    for one in corrected:
        organization = found.get(one.organization_id)
        if organization is None:
            raise Conflict("不能撤销：更新过的党组织已移出您的管理范围。", how="请到党组织页面更正。")
        actor.require("org.manage", organization)
        if organization.dissolved_on or any(getattr(organization, name) != value for name, value in one.after.items()):
            raise Conflict(f"不能撤销：“{organization}”的基本信息在导入以后又改过。", how="请到党组织页面更正。")
    _apply(actor, [(one.organization_id, one.before) for one in corrected], batch)


def _check_untouched(founded: Collection[int]) -> None:
    """Raise if anything has happened to an organisation since it was set up, or hangs on it."""
    for chunk in chunks(sorted(founded), CHUNK):
        own = Organization.objects.filter(pk__in=chunk)
        changed = OrganizationChange.objects.filter(Q(organization__in=chunk) | Q(other__in=chunk))
        happened = changed.exclude(kind=ChangeKind.SET_UP)
        _refuse_if_any(own.filter(Q(pk__in=happened.values("organization")) | Q(pk__in=happened.values("other"))), "又有变更")
        below = Organization.objects.filter(parent__in=chunk).values_list("pk", "parent_id")
        added = {parent for number, parent in below if number not in founded}
        _refuse_if_any(own.filter(pk__in=added), "又设立了下级党组织")
        for model, name, called in referring(Organization):
            if model not in {Organization, OrganizationVersion, OrganizationChange}:
                holders = model.objects.filter(**{f"{name}__in": chunk}).order_by().values(name)
                _refuse_if_any(own.filter(pk__in=holders), f"有了“{called}”记录")


def _refuse_if_any(touched: QuerySet[Organization], reason: str) -> None:
    names = [f"“{one}”" for one in touched.order_by("path")[: NAMED_AT_MOST + 1]]
    if names:
        shown = "、".join(names[:NAMED_AT_MOST]) + ("等" if len(names) > NAMED_AT_MOST else "")
        raise Conflict(f"不能撤销：{shown}在导入以后{reason}。", how="个别导错的，请到党组织页面更正或撤销。")


def _taken_back(actor: Actor, organization: Organization, batch: int) -> dict[str, object]:
    return {
        "actor": actor,
        "verb": "org.import_undone",
        "summary": f"撤销导入“{organization}”",
        "organization": organization,
        "subject": organization,
        "data": {"batch": batch},
    }


def _delete(founded: Collection[int], progress: Progress) -> None:
    """Lowest first: an organisation that has another below it is protected."""
    done = 0
    lengths = Organization.objects.annotate(length=Length("path"))
    depths: dict[int, list[int]] = defaultdict(list)
    for chunk in chunks(sorted(founded), CHUNK):
        for number, length in lengths.filter(pk__in=chunk).order_by().values_list("pk", "length"):
            depths[length].append(number)
    for length in sorted(depths, reverse=True):
        for chunk in chunks(depths[length], CHUNK):
            OrganizationVersion.objects.filter(organization__in=chunk).delete()
            OrganizationChange.objects.filter(organization__in=chunk).delete()
            Organization.objects.filter(pk__in=chunk).delete()
            done += len(chunk)
            progress(done)


def _by_number(numbers: Collection[int]) -> dict[int, Organization]:
    found: dict[int, Organization] = {}
    for chunk in chunks(sorted(numbers), CHUNK):
        found |= Organization.objects.in_bulk(chunk)
    return found
