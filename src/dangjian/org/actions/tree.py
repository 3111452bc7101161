"""Writes on organisations: set up, rename, move, dissolve — each a dated event that leaves the past as it was."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, Value
from django.db.models.functions import Concat, Greatest, Substr

from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import reserve
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.org.actions.grants import end_delegations_outside
from dangjian.org.actions.reorganisations import noted
from dangjian.org.actions.temporary import reason_kept
from dangjian.org.models import (
    PARENT_KINDS,
    BranchApplication,
    ChangeKind,
    Grant,
    Kind,
    Organization,
    OrganizationChange,
    OrganizationVersion,
    ReorganisationKind,
)
from dangjian.org.offers import DissolutionGuard
from dangjian.org.openings import at, inside, register
from dangjian.org.quality_offers import tell_quality

KIND_OF_TYPE = {
    "611": Kind.COMMITTEE,
    "911": Kind.COMMITTEE,
    "621": Kind.GENERAL_BRANCH,
    "921": Kind.GENERAL_BRANCH,
    "631": Kind.BRANCH,
    "632": Kind.BRANCH,
    "931": Kind.BRANCH,
    "932": Kind.BRANCH,
    "641": Kind.GROUP,
}
"""Level in the tree of each code of ``org_type``. A 党组 (612) is no grassroots organisation and has no place in the tree."""

LAST_ORDER = 9999
"""The greatest number that the page of details takes for the order."""

VERSIONED = ("parent_id", "kind", "type_code", "name", "short_name", "path", "body_path", "order")


@transaction.atomic
def set_up(
    *,
    actor: Actor,
    parent: Organization | None,
    type_code: str,
    name: str,
    short_name: str,
    effective_on: dt.date,
    code: str = "",
    document: str = "",
    live_on: dt.date | None = None,
    full_members: int | None = None,
    special: str = "",
    **details: Any,
) -> Organization:
    """Set up an organisation under ``parent`` (the first committee has none) from ``effective_on``.

    It is kept on the platform from ``live_on``, by default from its founding, and not before its superior is.
    ``details`` are further columns (``site``, ``order``, ``unit_name`` …). Raises ``Invalid`` for a name already used beside it,
    a kind that cannot stand there, or a date in the future or before the parent's beginning. A temporary branch with an
    ``expected_end_on`` for which a branch is to be set up (with so many ``full_members``) needs a ``special`` reason, which stays
    on record (``actions.temporary``).
    """
    kind = KIND_OF_TYPE.get(type_code)
    if kind is None:
        raise Invalid("没有这种党组织类别。", how="请从列表中选择。", fields={"type_code": "请选择党组织类别"})
    actor.require("org.groups" if kind == Kind.GROUP else "org.manage", parent)
    check_place(kind, parent)
    _check_day(effective_on, parent)
    check_name(parent, name, short_name)
    _check_code(code)
    details["special"] = reason_kept(
        type_code=type_code,
        since=effective_on,
        expected_end_on=details.get("expected_end_on"),
        special=special,
        full_members=full_members,
    )
    details.setdefault("order", order_after(parent))
    number = reserve(Organization, 1)[0]
    path = f"{parent.path if parent else ''}{number:07d}/"
    organization = Organization(
        pk=number,
        kind=kind,
        type_code=type_code,
        name=name.strip(),
        short_name=short_name.strip(),
        parent=parent,
        established_on=effective_on,
        live_on=live_on or live_from(parent, effective_on),
        code=code or free_code(number, _is_used),
        path=path,
        body_path=parent.path if kind == Kind.GROUP and parent else path,
        **details,
    )
    with at(organization):  # the first one stands where nobody could hold a permission before
        organization.save(force_insert=True)
        _open_version(organization, effective_on)
        _note(actor, organization, ChangeKind.SET_UP, effective_on, after=organization.name, document=document)
    return organization


def order_after(parent: Organization | None) -> int:
    """The place of a new organisation in the order of those under ``parent``: after all of them, until somebody changes it.

    Where nobody has given them an order they stand by their codes, and so does the new one.
    """
    last = register(Organization).standing().filter(parent=parent).aggregate(last=Max("order"))["last"]
    return min(last + 1, LAST_ORDER) if last else 0


def live_from(parent: Organization | None, established_on: dt.date) -> dt.date:
    """From when an organisation under ``parent`` is kept on the platform: from its founding, and not before its superior is."""
    return max(established_on, parent.live_on) if parent else established_on


@transaction.atomic
def rename(
    *,
    actor: Actor,
    organization: Organization,
    name: str,
    short_name: str,
    effective_on: dt.date,
    document: str = "",
) -> Organization:
    """Give an organisation another name from ``effective_on``. Earlier days keep the old one.

    Raises ``Conflict`` for the names it has: nothing that did not happen goes into its history, which nobody can take back.
    """
    require_changing(actor, organization)
    organization = _locked(organization)
    before, after = renaming(organization, name.strip(), short_name.strip())
    if before == after:
        raise Conflict(f"“{organization}”的名称没有变化。", how="请填写新的名称；不更名的，返回即可。")
    _check_change_day(organization, effective_on)
    check_name(organization.parent, name, short_name, but=organization)
    organization.name, organization.short_name = name.strip(), short_name.strip()
    organization.save()
    _new_versions([organization], effective_on)
    _note(actor, organization, ChangeKind.RENAMED, effective_on, before=before, after=after, document=document)
    return organization


def require_changing(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor may rename and dissolve an organisation: a group is looked after by whoever divides the branch."""
    actor.require("org.groups" if organization.is_group else "org.manage", organization)


def renaming(organization: Organization, name: str, short_name: str) -> tuple[str, str]:
    """What a change of names is told by: the full names before and after, or the short ones where these alone change."""
    return (organization.short_name, short_name) if organization.name == name else (organization.name, name)


@transaction.atomic
def move(
    *,
    actor: Actor,
    organization: Organization,
    parent: Organization,
    effective_on: dt.date,
    document: str = "",
) -> Organization:
    """Put an organisation, with all below it, under another superior from ``effective_on``.

    The actor needs ``org.manage`` here and at both superiors. Members go with their branch; counts of both superiors show it as
    a transfer of a whole unit (整建制). A group stays in its branch, whose members it divides: those who leave are moved one by
    one.
    """
    actor.require("org.manage", parent)
    organization = _locked(organization)
    require_moving(actor, organization)
    old_parent = organization.parent
    if organization.is_group:
        raise Conflict(
            "党小组在党支部之内，不能单独调整到别的党支部。",
            how="请先在新的党支部设立党小组，把党员转到那个党支部并编入；原党小组没有党员后再撤销。",
        )
    if old_parent is None:
        raise Conflict("最高一级党组织没有上级，不能调整隶属关系。")
    if parent.path.startswith(organization.path):
        raise Invalid("不能把党组织移到它自己或它的下级之下。", fields={"parent": "请选择其他上级党组织"})
    if parent.pk == old_parent.pk:
        raise Invalid(f"“{organization}”现在的上级就是“{parent}”。", fields={"parent": "请选择其他上级党组织"})
    check_place(Kind(organization.kind), parent)
    _check_nothing_asked(organization)
    _check_day(effective_on, parent)
    check_name(parent, organization.name, organization.short_name, but=organization)
    kind = ReorganisationKind.MOVE
    with noted(actor=actor, kind=kind, organization=organization, other=parent, effective_on=effective_on) as step:
        step.ended["superior"] = old_parent.pk
        with inside(old_parent, parent):  # all below the moved organisation move with it
            below = list(Organization.objects.select_for_update().below(organization).standing())
            for one in below:
                _check_change_day(one, effective_on)
            old_path, new_path = organization.path, f"{parent.path}{organization.pk:07d}/"
            Organization.objects.below(organization).update(
                path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1)),
                body_path=Concat(Value(new_path), Substr(F("body_path"), len(old_path) + 1)),
            )
            Organization.objects.filter(pk=organization.pk).update(parent=parent)
            _new_versions(list(Organization.objects.filter(pk__in=[one.pk for one in below])), effective_on)
            organization = Organization.objects.get(pk=organization.pk)
            end_delegations_outside(organization, clock.today())
            _note(
                actor,
                organization,
                ChangeKind.MOVED,
                effective_on,
                other=parent,
                before=old_parent.name,
                after=parent.name,
                document=document,
            )
    return organization


def require_moving(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor keeps the organisation and its superior, from where it is taken away."""
    for place in filter(None, (organization, organization.parent)):
        actor.require("org.manage", place)


@transaction.atomic
def dissolve(
    *,
    actor: Actor,
    organization: Organization,
    effective_on: dt.date,
    document: str = "",
    kind: ChangeKind = ChangeKind.DISSOLVED,
    into: Organization | None = None,
) -> Organization:
    """End an organisation. It must be empty: whatever other modules still keep in it (members, open meetings) refuses."""
    require_changing(actor, organization)
    organization = _locked(organization)
    _check_change_day(organization, effective_on)
    with inside(organization):
        if Organization.objects.standing().filter(parent=organization).exists():
            raise Conflict(f"“{organization}”下面还有党组织，不能撤销。", how="请先撤销、合并或调整下级党组织。")
        _check_nothing_asked(organization)
        for guard in offers(DissolutionGuard):
            obstacle = guard.obstacle(organization, effective_on)
            if obstacle:
                raise Conflict(obstacle)
        organization.dissolved_on = effective_on
        organization.save()
        version = organization.versions.get(ends_on=None)
        version.ends_on = effective_on
        version.save()
        organization.posts.filter(ends_on=None).update(ends_on=Greatest("starts_on", Value(effective_on)))
        _end_grants(organization, effective_on)
        organization.terms.filter(ended_on=None).update(ended_on=effective_on)
        _note(
            actor,
            organization,
            kind,
            effective_on,
            other=into,
            before=organization.name,
            after=into.name if into else "",
            document=document,
        )
    return organization


@transaction.atomic
def correct_details(*, actor: Actor, organization: Organization, **details: Any) -> Organization:
    """Change what is not part of the dated history: phone, address, site, unit, order, grade, the end of a task.

    ``special`` is the reason for a temporary branch that lasts as long as one that is to be set up (``actions.temporary``).
    In a ``unit`` on record the organisation has its name.
    """
    actor.require("org.manage", organization)
    organization = _locked(organization)
    if details.get("unit"):
        details["unit_name"] = details["unit"].name
    if "expected_end_on" in details:
        details["special"] = reason_kept(
            type_code=organization.type_code,
            since=organization.established_on,
            expected_end_on=details["expected_end_on"],
            special=details.get("special", ""),
        )
    changed = {key: value for key, value in details.items() if getattr(organization, key) != value}
    for key, value in changed.items():
        setattr(organization, key, value)
    if changed:
        organization.save()
        record(
            actor=actor,
            verb="org.details_corrected",
            summary=f"修改“{organization}”的基本信息",
            organization=organization,
            subject=organization,
            data={"fields": sorted(changed)},
        )
        tell_quality(actor=actor, organization_ids=[organization.pk])
    return organization


def _end_grants(organization: Organization, day: dt.date) -> None:
    """Roles at the dissolved organisation end, and what its officers handed on ends with them."""
    in_effect = Q(ends_on=None) | Q(ends_on__gt=day)
    of_officers = Q(basis__organization=organization) | Q(basis_grant__organization=organization) | Q(organization=organization)
    Grant.objects.filter(in_effect, pk__in=Grant.objects.filter(of_officers).values("pk")).update(
        ends_on=Greatest("starts_on", Value(day))
    )


def _locked(organization: Organization) -> Organization:
    found: Organization = Organization.objects.select_for_update().get(pk=organization.pk)
    if found.dissolved_on:
        raise Conflict(f"“{found}”已于{words.day(found.dissolved_on)}撤销。")
    return found


def check_place(kind: Kind, parent: Organization | None) -> None:
    """Raise if an organisation of ``kind`` cannot stand under ``parent``."""
    if parent is None:
        if kind != Kind.COMMITTEE:
            raise Invalid(f"{kind.label}必须有上级党组织。", fields={"parent": "请选择上级党组织"})
    elif parent.dissolved_on:
        raise Conflict(f"“{parent}”已撤销，不能作为上级。")
    elif parent.kind not in PARENT_KINDS[kind]:
        allowed = "或".join(sorted(Kind(k).label for k in PARENT_KINDS[kind]))
        raise Invalid(
            f"{kind.label}只能设在{allowed}之下，“{parent}”是{parent.get_kind_display()}。",
            fields={"parent": f"请选择一个{allowed}"},
        )


def _check_nothing_asked(organization: Organization) -> None:
    """An application for a branch is answered by the committee above while the organisations it names stand where they stood."""
    waiting = register(BranchApplication).filter(state=BranchApplication.State.WAITING)
    below = Q(organization__path__startswith=organization.path) | Q(superior__path__startswith=organization.path)
    row = waiting.filter(below).exclude(approver__path__startswith=organization.path).select_related("organization").first()
    if row:
        raise Conflict(f"“{row.organization}”申请设立“{row}”，还在等待批复。", how="请先由上级批复，或由报送的人撤回，再办理。")


def _check_day(day: dt.date, parent: Organization | None) -> None:
    check_founding(day, parent)
    if parent:
        here = register(OrganizationVersion).filter(organization=parent, path=parent.path)
        check_stood_there(parent, here.order_by("starts_on").values_list("starts_on", flat=True).first(), day)


def check_founding(day: dt.date, parent: Organization | None) -> None:
    """Raise if nothing can begin on ``day`` under ``parent``: a day to come, or one before the parent itself began."""
    if day > clock.today():
        raise Invalid("生效日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})
    if parent and day < parent.established_on:
        raise Invalid(
            f"生效日期早于上级党组织的成立日期（{words.day(parent.established_on)}）。", fields={"effective_on": "请检查日期"}
        )


def check_stood_there(parent: Organization, since: dt.date | None, day: dt.date) -> None:
    """``since`` is when ``parent`` came to where it stands: what began below it before would stand in two places."""
    if since and day < since:
        raise Invalid(
            f"“{parent}”在{words.day(since)}调整过隶属关系，生效日期不能早于这一天。", fields={"effective_on": "请检查日期"}
        )


def _check_change_day(organization: Organization, day: dt.date) -> None:
    """A change comes after the last one, so that no closed period is rewritten."""
    _check_day(day, None)
    latest = OrganizationVersion.objects.filter(organization=organization, ends_on=None).get()
    if day <= latest.starts_on:
        raise Invalid(
            f"“{organization}”在{words.day(latest.starts_on)}已有变更，新的生效日期应在这之后。",
            how="历史沿革不能改写；如当时录错，请在其后登记一次更正"
            + ("（同一天只能办一次，请明天再办）。" if latest.starts_on >= clock.today() else "。"),
            fields={"effective_on": f"请填{words.day(latest.starts_on)}以后的日期"},
        )


def check_name(
    parent: Organization | None,
    name: str,
    short_name: str,
    but: Organization | None = None,
) -> None:
    """Raise if a name is empty, or another organisation under ``parent`` has it; ``but`` is the one that is renamed."""
    if not name.strip() or not short_name.strip():
        raise Invalid("请填写全称和简称。", fields={"name" if not name.strip() else "short_name": "不能为空"})
    beside = register(Organization).standing().filter(parent=parent)
    if but:
        beside = beside.exclude(pk=but.pk)
    if beside.filter(name=name.strip()).exists():
        raise Invalid(f"同一上级下已有“{name.strip()}”。", fields={"name": "请换一个名称"})
    if beside.filter(short_name=short_name.strip()).exists():
        raise Invalid(f"同一上级下已有党组织简称“{short_name.strip()}”，名单上会分不清。", fields={"short_name": "请换一个简称"})


def free_code(number: int, is_used: Callable[[str], bool]) -> str:
    """The code of an organisation that was given none: its number, with more zeros in front where somebody typed that one."""
    code = f"{number:06d}"
    while is_used(code):
        code = f"0{code}"
    return code


def _is_used(code: str) -> bool:
    return bool(register(Organization).filter(code=code).exists())


def _check_code(code: str) -> None:
    if code and _is_used(code):
        raise Invalid(f"编码“{code}”已被其他党组织使用。", fields={"code": "请换一个编码，或留空由系统编号"})


def _open_version(organization: Organization, starts_on: dt.date) -> None:
    OrganizationVersion.objects.create(
        organization=organization,
        starts_on=starts_on,
        **{column: getattr(organization, column) for column in VERSIONED},
    )


def _new_versions(organizations: list[Organization], starts_on: dt.date) -> None:
    OrganizationVersion.objects.filter(organization__in=organizations, ends_on=None).update(ends_on=starts_on)
    OrganizationVersion.objects.bulk_create(
        [
            OrganizationVersion(
                organization=one,
                starts_on=starts_on,
                **{column: getattr(one, column) for column in VERSIONED},
            )
            for one in organizations
        ]
    )


def _note(
    actor: Actor,
    organization: Organization,
    kind: ChangeKind,
    effective_on: dt.date,
    *,
    other: Organization | None = None,
    before: str = "",
    after: str = "",
    document: str = "",
) -> None:
    OrganizationChange.objects.create(
        organization=organization,
        kind=kind,
        effective_on=effective_on,
        other=other,
        before=before,
        after=after,
        document=document,
        recorded_by=actor.name,
    )
    record(
        actor=actor,
        verb=f"org.{kind.value}",
        summary=f"{kind.label}“{organization}”（{words.day(effective_on)}起）",
        organization=organization,
        subject=organization,
        data={"effective_on": effective_on.isoformat(), "before": before, "after": after, "document": document},
    )
