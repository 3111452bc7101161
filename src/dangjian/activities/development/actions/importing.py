"""Many applicants at once, of a list that was checked: with what was done before the platform came, and taken back."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction

from dangjian.accounts.events import record_many
from dangjian.activities.development import columns as typed
from dangjian.activities.development.actions import accounts
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.way import PROCEDURE, case_of
from dangjian.engines.procedures.actions import starting
from dangjian.engines.procedures.actions.past import Past, PastStep, begin_past, drop_past
from dangjian.engines.procedures.entries import BETWEEN
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict
from dangjian.members.models import Member
from dangjian.org.models import Organization
from dangjian.org.openings import at, register

STEPS = (
    ("apply", "applied_on"),
    ("activist", "activist_on"),
    ("file_activist", "filed_on"),
    ("object", "object_on"),
    ("admission_meeting", "admitted_on"),
    ("approve", "approved_on"),
)
"""Steps whose days a list has, each with its column; what lies between them is past."""
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody of a list: their branch, the days of the stages they have come to, what is known of them.

    ``contacts`` are the numbers of the members who stand by them; ``member_id`` is the record of somebody on probation.
    """

    branch_id: int
    days: Mapping[str, dt.date]
    columns: Mapping[str, Any]
    contacts: Sequence[int] = field(default_factory=list)
    member_id: int | None = None


@transaction.atomic
def enter_many(*, actor: Actor, rows: Iterable[Arrival], batch: int, progress: Callable[[int], None]) -> int:
    """Enter applicants with their cases as far as they had come; returns how many. ``batch`` marks them for ``take_back``.

    Raises ``Conflict`` if one of them has applied meanwhile.
    """
    arrivals, done = list(rows), 0
    branches: dict[int, Organization] = Organization.objects.in_bulk({row.branch_id for row in arrivals})
    for branch_id in {row.branch_id for row in arrivals}:
        branch = branches.get(branch_id)
        if branch is None or branch.dissolved_on:
            raise Conflict("名单里有党支部已撤销或移出您的管理范围。", how="请点“重新检查”后再入库。")
        actor.require("development.import", branch)
    members: dict[int, Member] = register(Member).in_bulk({row.member_id for row in arrivals if row.member_id})
    for start in range(0, len(arrivals), CHUNK):
        part = arrivals[start : start + CHUNK]
        with at(*{row.branch_id: branches[row.branch_id] for row in part}.values()):
            made = [_made(actor, row, branches[row.branch_id], members, batch) for row in part]
            cases = [_past(one, row) for one, row in zip(made, part, strict=True)]
            begin_past(actor=actor, code=PROCEDURE, cases=cases)
            record_many([_event(actor, one, batch, "development.imported", "由表格登记入党申请人") for one in made])
        done += len(part)
        progress(done)
    return done


def _made(actor: Actor, row: Arrival, branch: Organization, members: Mapping[int, Member], batch: int) -> Applicant:
    member = members.get(row.member_id or 0)
    one = Applicant(
        organization=branch,
        member=member,
        user_id=member.user_id if member else None,
        entered_by_id=actor.user_id,
        batch=batch,
        applied_on=row.days["applied_on"],
        **row.columns,
    )
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError:
        raise Conflict(f"{one.name}刚刚由别人登记过。", how="请点“重新检查”后再入库。") from None
    return one


def _past(one: Applicant, row: Arrival) -> Past:
    steps = [PastStep(code, row.days[name]) for code, name in STEPS if name in row.days]
    if row.contacts:
        given = BETWEEN.join(str(pk) for pk in row.contacts)
        steps.insert(2, PastStep("contacts", row.days["activist_on"], {"contacts": given}))
    return Past(one.organization, one.name, one.pk, steps, one.user_id)


@transaction.atomic
def take_back(*, actor: Actor, batch: int) -> int:
    """Undo ``enter_many`` of one batch; returns how many were removed. Raises ``Conflict`` if some were dealt with since."""
    rows = list(register(Applicant).filter(batch=batch).select_related("organization", "user"))
    places = {one.organization_id: one.organization for one in rows}
    for place in places.values():
        actor.require("development.import", place)
    with at(*places.values()):
        ids = [one.pk for one in rows]
        drop_past(code=PROCEDURE, subject_ids=ids)
        record_many([_event(actor, one, batch, "development.import_undone", "撤销由表格登记的入党申请人") for one in rows])
        for one in rows:
            accounts.give_up(actor=actor, applicant=one)
        Applicant.objects.filter(pk__in=ids).delete()
    return len(rows)


@transaction.atomic
def amend(*, actor: Actor, applicant_id: int, columns: Mapping[str, Any], batch: int) -> dict[str, Any]:
    """Set clean ``columns`` of an applicant on hand from a comparison; returns what was there of those that changed.

    Raises ``Conflict`` for one who is no applicant any more, and where the number is somebody else's.
    """
    one = _held(actor, applicant_id)
    before = {name: getattr(one, name) for name in columns if getattr(one, name) != columns[name]}
    _set(actor, one, {name: columns[name] for name in before}, batch, "development.changed", "按比对结果修改")
    return before


@transaction.atomic
def put_back(*, actor: Actor, applicant_id: int, before: Mapping[str, Any], after: Mapping[str, Any], batch: int) -> None:
    """Undo ``amend``. Raises ``Conflict`` if one of these items was changed since."""
    one = _held(actor, applicant_id)
    if any(getattr(one, name) != value for name, value in after.items()):
        raise Conflict(f"不能撤销：{one.name}的登记内容在采用以后又改过。", how="请到本人的登记里更正。")
    _set(actor, one, before, batch, "development.changed", "撤销比对结果，改回")


def _held(actor: Actor, applicant_id: int) -> Applicant:
    one = register(Applicant).select_for_update(of=("self",)).select_related("organization").filter(pk=applicant_id).first()
    if one is None or not one.is_running:
        raise Conflict("有申请人刚刚办结或被删除。", how="请点“重新检查”后再采用。")
    actor.require("development.import", one.organization)
    if one.member_id:
        raise Conflict(f"{one.name}已是党员。", how="请在党员档案中修改，这一行改为“以本平台为准”。")
    found: Applicant = one
    return found


def _set(actor: Actor, one: Applicant, columns: Mapping[str, Any], batch: int, verb: str, text: str) -> None:
    if not columns:
        return
    before = {name: getattr(one, name) for name in columns}
    for name, value in columns.items():
        setattr(one, name, value)
    with at(one.organization):
        try:
            with transaction.atomic():
                one.save()
        except IntegrityError:
            raise Conflict(f"{one.name}的公民身份号码已由别人登记。", how="请核对号码，这一行改为“以本平台为准”。") from None
        case = case_of(one)
        if case and case.title != one.name:
            starting.follow_subject(actor=actor, case=case, title=one.name, account_id=case.account_id)
        event = _event(actor, one, batch, verb, f"{text}{'、'.join(typed.title(name) for name in columns)}")
        event["data"] |= {
            "titles": {name: typed.title(name) for name in columns},
            "before": {name: typed.masked(name, value) for name, value in before.items()},
            "after": {name: typed.masked(name, value) for name, value in columns.items()},
        }
        record_many([event])


def _event(actor: Actor, one: Applicant, batch: int, verb: str, text: str) -> dict[str, Any]:
    return {
        "actor": actor,
        "verb": verb,
        "summary": f"{text}：{one.name}",
        "organization": one.organization,
        "subject": one,
        "data": {"batch": batch},
    }
