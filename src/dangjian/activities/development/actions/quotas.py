"""Writes on yearly plans: entered at the top, handed down from level to level, asked for and granted.

What an organisation hands down never exceeds its own plan, and no plan is less than what was given away or taken of it. Whoever
changes a plan holds that of the level above first.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from dangjian.accounts.events import EventsOf, record
from dangjian.activities.development.models import Quota, QuotaRequest, RequestState
from dangjian.activities.development.policy import given_away
from dangjian.activities.development.queries import quotas as read
from dangjian.engines.notifications.actions import notify
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, require_another
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, inside, locked, register

MOST = 9999
LONGEST_DOCUMENT = 120

NOTES = EventsOf[Quota](data=lambda quota: {"year": quota.year, "places": quota.places, "document": quota.document})
ASKING = EventsOf[QuotaRequest](data=lambda one: {"year": one.year, "wanted": one.wanted, "granted": one.granted})


# At the top


@transaction.atomic
def enter(*, actor: Actor, organization: Organization, year: int, places: int, document: str) -> Quota:
    """A committee enters the plan that it has from outside the platform, with the number of the document.

    :raises Conflict: where the level above hands plans down on the platform.
    :raises Invalid: for fewer places than are given away or taken already, or without a document.
    """
    require_entering(actor, organization, year)
    if not document.strip():
        raise Invalid("请填写下达计划的文号。", fields={"document": "请填写文号"})
    _check_number(places, "places")
    quota = read.quota_of(organization, year)
    if quota is not None:
        quota = locked(quota, "organization", check=lambda row: require_entering(actor, row.organization, year))
    _check_not_below(organization, places, quota, read.year_plan(year, organization.path), "places")
    with at(organization):
        return _put(actor, quota or Quota(organization=organization, year=year), places, document, "登记")


def require_entering(actor: Actor, organization: Organization, year: int) -> None:
    """Raise unless the actor may enter the plan of this organisation now: a committee above which nobody hands plans down."""
    actor.require("development.plan", organization)
    _require_year(year)
    _require_standing(organization)
    if organization.kind != Kind.COMMITTEE:
        raise Conflict(f"“{organization}”的计划由上级下达。", how="需要增加的，请向上级申请追加。")
    if organization.parent is not None and read.quota_for(organization.parent, year) is not None:
        raise Conflict(f"“{organization}”{year}年的计划由上级下达。", how="需要增加的，请向上级申请追加。")


# Handing down


@transaction.atomic
def hand_down(
    *, actor: Actor, organization: Organization, year: int, places: Mapping[int, int | None], document: str = ""
) -> list[Quota]:
    """Hand the plan of an organisation down to its units.

    :param places: for units by their number; ``None`` takes a plan back, a unit that is not named stays as it is.
    :raises Invalid: for more than the organisation has, and for less than a unit has given away or taken; nothing is written.
    """
    own = _held(actor, organization, year)
    units = {one.pk: one for one in units_of(organization)}
    unknown = places.keys() - units.keys()
    if unknown:
        raise Invalid("有的单位不是本级的下级，请刷新页面后再填。")
    with inside(organization):
        rows = Quota.objects.select_for_update(of=("self",)).filter(organization__in=list(units), year=year)
        quotas = {row.organization_id: row for row in rows.order_by("organization__path")}
        changed = _changed(places, quotas, document)
        _check_units(own, {units[pk]: places[pk] for pk in changed}, quotas)
        made = []
        for pk in changed:
            row, number = quotas.get(pk) or Quota(organization=units[pk], year=year), places[pk]
            if number is None:
                _take_back(actor, row)
            else:
                made.append(_put(actor, row, number, document, f"“{organization}”下达"))
    if changed:
        said = "、".join(f"{units[pk]}{_places(places[pk])}" for pk in changed)
        NOTES.record(actor, own, "development.quota_handed_down", f"下达{year}年发展党员计划：{said}")
    return made


def require_handing_down(actor: Actor, organization: Organization, year: int) -> None:
    """Raise unless the actor may hand down now what the organisation has: once it has a plan itself."""
    actor.require("development.plan", organization)
    _require_year(year)
    _require_standing(organization)
    if organization.kind == Kind.BRANCH:
        raise Conflict("党支部没有下级，不用再下达计划。")
    if read.quota_of(organization, year) is None:
        first = "请先登记本级计划。" if read.quota_for(organization, year) is None else "请先由上级下达本级的计划。"
        raise Conflict(f"“{organization}”还没有{year}年的发展党员计划。", how=first)


def units_of(organization: Organization) -> list[Organization]:
    """The units to which an organisation hands down, in the order of the tree."""
    return list(register(Organization).standing().filter(parent=organization, kind__in=read.UNITS).order_by("order", "path"))


# Asking for more


@transaction.atomic
def ask(*, actor: Actor, organization: Organization, year: int, wanted: int, reason: str) -> QuotaRequest:
    """An organisation asks the one above it for more places.

    :raises Conflict: if it has asked already and waits, or the level above has no plan to give of.
    """
    require_asking(actor, organization, year)
    _check_number(wanted, "wanted", least=1)
    if not reason.strip():
        raise Invalid("请写明为什么需要追加，上级会看到。", fields={"reason": "请填写理由"})
    made = QuotaRequest(
        organization=organization, year=year, wanted=wanted, reason=reason.strip()[:500], asked_by_id=actor.user_id
    )
    with at(organization):
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError:  # somebody else asked at this moment
            raise _asked_already(organization, year) from None
        ASKING.record(actor, made, "development.quota_asked", f"申请追加{year}年发展党员计划{wanted}名")
    return made


def require_asking(actor: Actor, organization: Organization, year: int) -> None:
    """Raise unless the actor may ask for more places now: whoever does this work there, once at a time."""
    actor.require("development.manage", organization)
    _require_year(year)
    _require_standing(organization)
    if organization.parent is None or read.quota_of(organization.parent, year) is None:
        raise Conflict(f"“{organization}”的上级没有{year}年的发展党员计划，不用申请追加。")
    if register(QuotaRequest).filter(organization=organization, year=year, state=RequestState.ASKED).exists():
        raise _asked_already(organization, year)


@transaction.atomic
def grant(*, actor: Actor, request: QuotaRequest, granted: int, answer: str = "") -> QuotaRequest:
    """The level above gives some of what was asked for, or all of it; the unit's plan grows by that.

    :raises Invalid: for none, for more than was asked for, and for more than the level above still has.
    """
    request = _to_answer(actor, request)
    organization, year = request.organization, request.year
    if not 1 <= granted <= request.wanted:
        raise Invalid(f"申请追加{request.wanted}名，请填1至{request.wanted}。", fields={"granted": "请检查人数"})
    above = organization.parent
    if above is None:  # require_answering has refused it
        raise Conflict("没有上级可以答复。")
    own = _held(actor, above, year)
    with inside(above):
        rows = Quota.objects.select_for_update(of=("self",)).filter(organization=organization, year=year)
        quota = rows.first() or Quota(organization=organization, year=year, places=_taken_without_plan(organization, year))
        number = quota.places + granted
        try:
            _check_units(own, {organization: number}, {organization.pk: quota})
        except Invalid as problem:
            raise Invalid(problem.message, how=problem.how, fields={"granted": "名额不够"}) from None
        _put(actor, quota, number, quota.document, f"“{above}”追加{granted}名，")
    return _answer(actor, request, RequestState.GRANTED, granted, answer, f"同意追加{granted}名")


@transaction.atomic
def refuse(*, actor: Actor, request: QuotaRequest, answer: str) -> QuotaRequest:
    """The level above gives nothing; whoever asked reads why."""
    request = _to_answer(actor, request)
    if not answer.strip():
        raise Invalid("请写明原因，申请单位会看到。", fields={"answer": "请填写原因"})
    return _answer(actor, request, RequestState.REFUSED, 0, answer, "没有同意追加")


@transaction.atomic
def withdraw(*, actor: Actor, request: QuotaRequest) -> QuotaRequest:
    """The unit takes its request back before it is answered."""
    request = locked(request, "organization__parent", check=lambda row: require_withdrawing(actor, row))
    request.state = RequestState.WITHDRAWN
    with at(request.organization):
        request.save()
    ASKING.record(actor, request, "development.quota_request_withdrawn", f"撤回追加{request.year}年发展党员计划的申请")
    return request


def require_answering(actor: Actor, request: QuotaRequest) -> None:
    """Raise unless the actor may answer the request now: for the level above, and never what they asked for themselves."""
    above = request.organization.parent
    actor.require("development.plan", above or request.organization)
    require_another(
        actor,
        request.asked_by_id,
        "这份申请是您本人提出的，不能由您本人答复。",
        how=f"请由“{above}”的其他同志答复。",
    )
    _require_open(request)
    if above is None:
        raise Conflict("没有上级可以答复。")


def require_withdrawing(actor: Actor, request: QuotaRequest) -> None:
    """Raise unless the actor may take the request back now: whoever may ask there, until it is answered."""
    actor.require("development.manage", request.organization)
    _require_open(request)


# What they have in common


def _held(actor: Actor, organization: Organization, year: int) -> Quota:
    """The plan of an organisation, held, if the actor may hand it down."""
    require_handing_down(actor, organization, year)
    own = read.quota_of(organization, year)
    if own is None:  # taken back since
        raise Conflict(f"“{organization}”还没有{year}年的发展党员计划。")
    return locked(own, "organization", check=lambda row: require_handing_down(actor, row.organization, year))


def _changed(places: Mapping[int, int | None], quotas: Mapping[int, Quota], document: str) -> list[int]:
    """Units whose places change; where none do, those whose document does."""
    before = {pk: quotas[pk].places if pk in quotas else None for pk in places}
    changed = [pk for pk, number in places.items() if number != before[pk]]
    return changed or [pk for pk, row in quotas.items() if places.get(pk) is not None and row.document != document.strip()]


def _check_units(own: Quota, places: Mapping[Organization, int | None], quotas: Mapping[int, Quota]) -> None:
    """Raise ``Invalid`` where units would get more than there is, or less than they have given away or taken."""
    now = read.year_plan(own.year, own.organization.path)
    for unit, number in places.items():
        if number is not None:
            _check_number(number, str(unit.pk))
            _check_not_below(unit, number, quotas.get(unit.pk), now, str(unit.pk))
    paths = {unit.path: number for unit, number in places.items()}
    kept = {path: number for path, number in now.plans.items() if path not in paths}
    planned = {**kept, **{path: number for path, number in paths.items() if number is not None}}
    before = given_away(own.organization.path, now.plans, now.taken)
    after = given_away(own.organization.path, planned, now.taken)
    if after > own.places and after > before:
        raise Invalid(
            f"“{own.organization}”{own.year}年的计划是{own.places}名，这样下达共需{after}名，超出{after - own.places}名。",
            how="请减少下达的人数，或者先增加本级的计划。",
            citation=read.over_rule(clock.today()).citation,
        )


def _check_not_below(unit: Organization, number: int, quota: Quota | None, now: read.YearPlan, field: str) -> None:
    """Raise ``Invalid`` for less than was given away or taken; where that is more than the plan already, for still less."""
    stands = now.of(unit)
    least = stands.given if quota is None or quota.pk is None else min(stands.given, quota.places)
    if number < least:
        said = f"已接收{stands.used}名、预审通过待接收{stands.reserved}名"
        handed = stands.given - stands.taken
        more = f"，已下达给下级还没有使用{handed}名" if handed else ""
        raise Invalid(
            f"“{unit}”{said}{more}，计划不能少于{least}名。",
            how="下级的计划用不完的，可以先减少下级的计划。" if handed else "",
            fields={field: f"不能少于{least}"},
        )


def _taken_without_plan(organization: Organization, year: int) -> int:
    return read.year_plan(year, organization.path).of(organization).given


def _check_number(number: int, field: str, *, least: int = 0) -> None:
    if not least <= number <= MOST:
        raise Invalid(f"人数请填{least}至{MOST}的整数。", fields={field: "请检查人数"})


def _require_year(year: int) -> None:
    if year not in read.years():
        raise Conflict(f"{year}年的计划不能在这里办理。", how="可以办理今年和明年的，以及前几年补录的。")


def _require_standing(organization: Organization) -> None:
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已撤销。")
    if organization.is_group:
        raise Conflict("党小组没有发展党员计划。", how="请从所在的党支部办理。")


def _put(actor: Actor, quota: Quota, places: int, document: str, how: str) -> Quota:
    """Write a plan. Raises ``Conflict`` where somebody else wrote the same one at this moment."""
    quota.places, quota.document = places, document.strip()[:LONGEST_DOCUMENT]
    quota.given_by_id, quota.given_at = actor.user_id, clock.now()
    try:
        with transaction.atomic():
            quota.save()
    except IntegrityError:
        raise Conflict("刚刚有人登记了这一年的计划。", how="请刷新页面，核对以后再改。") from None
    paper = f"（{quota.document}）" if quota.document else ""
    NOTES.record(actor, quota, "development.quota_given", f"{quota.year}年发展党员计划：{how}共{places}名{paper}")
    return quota


def _take_back(actor: Actor, quota: Quota) -> None:
    record(
        actor=actor,
        verb="development.quota_taken_back",
        summary=f"收回{quota.year}年发展党员计划（原为{quota.places}名）",
        organization=quota.organization,
        data={"year": quota.year, "places": quota.places},
    )
    quota.delete()


def _places(number: int | None) -> str:
    return "收回" if number is None else f"{number}名"


def _require_open(request: QuotaRequest) -> None:
    if request.state != RequestState.ASKED:
        raise Conflict(f"这份申请{request.get_state_display()}，不用再办理。")


def _asked_already(organization: Organization, year: int) -> Refusal:
    return Conflict(f"“{organization}”{year}年追加计划的申请已经提出，正在等待答复。", how="可以先撤回，改好人数后再申请。")


def _to_answer(actor: Actor, request: QuotaRequest) -> QuotaRequest:
    return locked(request, "organization__parent", check=lambda row: require_answering(actor, row))


def _answer(actor: Actor, request: QuotaRequest, state: RequestState, granted: int, answer: str, said: str) -> QuotaRequest:
    request.state, request.granted, request.answer = state, granted, answer.strip()[:200]
    request.answered_by_id, request.answered_at = actor.user_id, clock.now()
    with at(request.organization):
        request.save()
    ASKING.record(actor, request, f"development.quota_{state.value}", f"{request.year}年发展党员计划：{said}")
    _tell(actor, request, said)
    return request


def _tell(actor: Actor, request: QuotaRequest, said: str) -> None:
    if request.asked_by_id:
        more: dict[str, Any] = {"topic": "development", "organization": request.organization}
        notify(actor=actor, user_ids=[request.asked_by_id], title=f"追加{request.year}年发展党员计划：{said}", **more)
