"""Many records at once: a roster is entered, records on hand are amended from it, and both are taken back.

The rows were judged before (``engines.exchange``); here stands what must hold whoever calls. All or nothing: each function is one
transaction, set-based, so that a hundred thousand people take minutes and not hours.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from dangjian.accounts.events import basis, fields, record_many
from dangjian.accounts.models import Event, User
from dangjian.accounts.queries import WITHOUT_PASSWORD
from dangjian.kernel import clock, crypto
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import chunks, filled, grown, insert_from, insert_rows, reserve
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.kernel.pinyin import initials, sort_key
from dangjian.kernel.references import referring
from dangjian.kernel.ui import words
from dangjian.members import policy
from dangjian.members.actions import waiting
from dangjian.members.actions.record import update_record
from dangjian.members.columns import DATED, FOLLOWING
from dangjian.members.models import (
    Category,
    ChangeKind,
    EarlierValue,
    Education,
    GroupAssignment,
    Member,
    MembershipEntry,
    Standing,
)
from dangjian.members.models.account import FROM_LINES
from dangjian.members.queries import completeness
from dangjian.org.actions.structure import tell_followers
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, register
from dangjian.org.policy import JOINT_BRANCH
from dangjian.org.unscoped import unscoped

KINDS = (ChangeKind.OPENING, ChangeKind.TRANSFERRED_IN, ChangeKind.WHOLE_IN)
"""Ways in which a whole roster may come in."""

CHUNK = 2000
AMENDED_AT_ONCE = 200
REMOVED_AT_ONCE = 500
NAMED_AT_MOST = 3
SHARE_OF_RECORDS = 90
"""What has been done of a hundred once the records are in, and their lines, education and events are still to come."""

NAMES_REMEMBERED = 10_000
INDEXED = ("resident_id", "mobile")
_BLANK = (None, "")
Progress = Callable[[int], None]
"""Called with the number of rows done so far."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody new: clean values by the names of ``members.columns.COLUMNS``; name and ID number must be among them.

    ``group_id`` is a group of the branch, if the member belongs to one.
    """

    branch_id: int
    category: str
    columns: Mapping[str, Any]
    group_id: int | None = None


@dataclass(frozen=True, slots=True)
class Amendment:
    """New values for a record on hand; what is not named stays."""

    member_id: int
    columns: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Amended:
    """What a record held before, and the instant that says whether somebody has changed it since."""

    member_id: int
    before: Mapping[str, object]
    at: dt.datetime


@transaction.atomic
def enter_many(
    *,
    actor: Actor,
    rows: Iterable[Entrant],
    kind: ChangeKind,
    effective_on: dt.date,
    batch: int,
    document: str = "",
    counterpart_name: str = "",
    progress: Progress = lambda _done: None,
) -> int:
    """Open records with their first lines, education and events; returns how many. ``batch`` marks the lines for ``take_back``.

    Accounts that wait for some of these people become theirs.

    Raises ``Conflict`` if somebody is on record already, ``Invalid`` for a wrong day or kind.
    """
    if kind not in KINDS:
        raise Invalid(f"“{kind.label}”不能成批办理。", how="请选择期初建账、转入组织关系或整建制转入。")
    if effective_on > clock.today():
        raise Invalid("生效日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})
    branches: dict[int, Organization] = {}
    groups: set[tuple[int, int]] = set()
    spans: list[tuple[int, int]] = []
    done, maker = 0, _Maker(clock.now())
    try:
        for chunk in chunks(rows, CHUNK):
            _add_branches(actor, branches, {row.branch_id for row in chunk}, effective_on)
            _check_groups(groups, {(row.group_id, row.branch_id) for row in chunk if row.group_id})
            numbers = reserve(Member, len(chunk))
            records = (maker.record(pk, row, branches[row.branch_id]) for pk, row in zip(numbers, chunk, strict=True))
            insert_rows(Member, list(records))
            _add_spans(spans, numbers)
            done += len(chunk)
            progress(done * SHARE_OF_RECORDS // 100)
    except IntegrityError:
        raise Conflict("名册里有人已经建有档案，可能刚刚由别人录入。", how="请点“重新检查”后再入库。") from None
    grown(done, Member)
    line = {
        "kind": kind,
        "effective_on": effective_on,
        "batch": batch,
        "document": document,
        "counterpart_name": counterpart_name,
    }
    for span in spans:
        _add_lines(actor, Member.objects.filter(pk__range=span), line, maker.now)
        waiting.claim(actor=actor, members=Member.objects.filter(pk__range=span))
    grown(done, MembershipEntry)
    # What was wrong because nobody was there yet is right now: branches that were too small, groups without members.
    tell_followers(actor=actor, organization_ids={*branches, *(group for group, _ in groups)})
    progress(done)
    return done


@transaction.atomic
def amend_many(*, actor: Actor, rows: Iterable[Amendment], progress: Progress = lambda _done: None) -> list[Amended]:
    """Change what differs in records on hand; returns those that changed.

    Dates that follow from a line of the account stay as they are, whatever the roster says.
    """
    amended: list[Amended] = []
    done = 0
    for chunk in chunks(rows, AMENDED_AT_ONCE):
        ids = [row.member_id for row in chunk]
        found = {m.pk: m for m in Member.objects.filter(pk__in=ids).select_related("organization", "branch")}
        fixed = _fixed_columns(ids)
        for row in chunk:
            member = found.get(row.member_id)
            if member is None:
                raise Conflict("名册里有人的档案刚刚被移走。", how="请点“重新检查”后再入库。")
            changed = _changed(member, row.columns, fixed.get(member.pk, frozenset()))
            if changed:
                amended.append(_amend(actor, member, changed))
        done += len(chunk)
        progress(done)
    return amended


@transaction.atomic
def take_back(
    *, actor: Actor, batch: int, entered_at: dt.datetime, amended: Iterable[Amended], progress: Progress = lambda _done: None
) -> int:
    """Undo ``enter_many`` and ``amend_many`` of one batch; returns how many records were removed or put back.

    Raises ``Conflict`` naming people whose records were changed since, and then changes nothing.
    """
    with unscoped("a person of the batch may have been moved since, and whatever refers to them may lie anywhere"):
        entered = Member.objects.filter(pk__in=MembershipEntry.objects.filter(batch=batch).values("member"))
        for branch in Organization.objects.filter(pk__in=entered.order_by().values("branch")):
            actor.require("members.import", branch)
        _check_untouched(entered, batch, entered_at)
        gone = list(entered.select_related("branch").order_by("branch__path", "pk"))
    done = 0
    for row in amended:
        _put_back(actor, row)
        done += 1
        progress(done)
    for chunk in chunks(gone, REMOVED_AT_ONCE):
        with at(*{member.branch for member in chunk}):
            ids = [member.pk for member in chunk]
            waiting.wait_again(actor=actor, members=chunk)
            record_many([_taken_back(actor, member, batch) for member in chunk])
            Education.objects.filter(member__in=ids).delete()
            MembershipEntry.objects.filter(member__in=ids).delete()
            GroupAssignment.objects.filter(member__in=ids).delete()
            Member.objects.filter(pk__in=ids).delete()
        done += len(chunk)
        progress(done)
    return done


def _add_branches(actor: Actor, known: dict[int, Organization], wanted: set[int], day: dt.date) -> None:
    new = wanted - known.keys()
    known |= Organization.objects.in_bulk(new)
    for pk in new:
        branch = known.get(pk)
        if branch is None or branch.dissolved_on:
            raise Conflict("名册里有党支部已撤销或移出您的管理范围。", how="请点“重新检查”后再入库。")
        actor.require("members.import", branch)
        if not branch.is_branch:
            raise Invalid(f"党员只能编入党支部，“{branch}”是{branch.get_kind_display()}。")
        if day < branch.established_on:
            raise Invalid(f"“{branch}”成立于{words.day(branch.established_on)}，生效日期不能早于这一天。")


def _check_groups(known: set[tuple[int, int]], wanted: set[tuple[int, int]]) -> None:
    """Each of ``wanted``, a group and a branch, must be a standing group of that branch."""
    new = wanted - known
    if not new:
        return
    rows = Organization.objects.standing().filter(pk__in={group for group, _ in new}, kind=Kind.GROUP)
    known |= set(rows.order_by().values_list("pk", "parent_id"))
    if new - known:
        raise Conflict("名册里有党小组已撤销，或不属于所填的党支部。", how="请点“重新检查”后再入库。")


def _add_spans(spans: list[tuple[int, int]], numbers: Sequence[int]) -> None:
    """Primary keys without a gap make one span: nobody else's record lies between."""
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))


class _Maker:
    """Makes the columns of new records; what repeats from person to person is worked out once."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self._required = tuple(completeness.required())
        self._counted = tuple({choice.code for choice in self._required} | {"lost_reason", "lost_on"})
        self._percents: dict[tuple[object, ...], int] = {}
        self._blind_index = crypto.keyring().blind_index
        about: Any = Member._meta
        self._contexts = {name: about.get_field(name).context for name in INDEXED}
        self._names: dict[str, tuple[str, str]] = {}

    def record(self, pk: int, row: Entrant, branch: Organization) -> dict[str, object]:
        """The columns of a new record."""
        columns = row.columns
        name = columns["name"]
        if not columns.get("resident_id"):
            raise Invalid(f"{name}没有公民身份号码，不能成批录入。", how="请在“补录党员”中单独登记。")
        record = {
            **columns,
            "id": pk,
            "branch_id": branch.pk,
            "organization_id": row.group_id or branch.pk,
            "category": row.category,
            "standing": Standing.NORMAL.value,
            "updated_at": self.now,
        }
        record["name_sort"], record["name_initials"] = self._sorted(name)
        for indexed, context in self._contexts.items():
            text = columns.get(indexed)
            record[f"{indexed}_index"] = self._blind_index(text, context) if text else ""
        if row.category == Category.PROBATIONARY:
            record["converted_on"] = None
        record["completeness"] = self._percent(record, branch)
        return record

    def _sorted(self, name: str) -> tuple[str, str]:
        found = self._names.get(name)
        if found is None:
            found = (sort_key(name), initials(name))
            if len(self._names) < NAMES_REMEMBERED:
                self._names[name] = found
        return found

    def _percent(self, record: dict[str, object], branch: Organization) -> int:
        """See ``policy.record_completeness``: it depends on what is blank, and on three values and the branch for conditions."""
        record["branch"] = branch.pk
        joint = branch.type_code in JOINT_BRANCH
        get = record.get
        blank = [get(code) in _BLANK for code in self._counted]
        key = (get("category"), get("education"), joint, *blank)
        percent = self._percents.get(key)
        if percent is None:
            percent = policy.record_completeness(record, self._required, in_joint_branch=joint).percent
            self._percents[key] = percent
        del record["branch"]
        return percent


def _add_lines(actor: Actor, entered: QuerySet[Member], line: Mapping[str, Any], now: dt.datetime) -> None:
    """The first line, the group, the education and the event of each, written by the database itself."""
    kind, day, batch = line["kind"], line["effective_on"], line["batch"]
    lines = filled(
        MembershipEntry,
        entered,
        **line,
        sign=1,
        recorded_at=now,
        member_id=F("pk"),
        organization_id=F("branch_id"),
        category=F("category"),
    )
    insert_from(MembershipEntry, [lines])
    grouped = entered.exclude(organization=F("branch_id"))
    insert_from(
        GroupAssignment,
        [filled(GroupAssignment, grouped, member_id=F("pk"), organization_id=F("organization_id"), starts_on=day)],
    )
    degrees = filled(
        Education,
        entered.exclude(education=""),
        member_id=F("pk"),
        level=F("education"),
        degree=F("degree"),
        school=F("school"),
        major=F("major"),
    )
    insert_from(Education, [degrees])
    text = Concat("name", Value(f"{kind.label}（"), "branch__short_name", Value(f"，{words.day(day)}），由名册导入{basis()}"))
    common = fields(actor=actor, verb=f"members.{kind}", summary="", data={"batch": batch, "effective_on": day.isoformat()})
    common |= {"summary": text, "organization_id": F("branch_id"), "organization_path": F("branch__path"), "member_id": F("pk")}
    common |= {"subject_type": Member._meta.label_lower, "subject_id": F("pk")}
    insert_from(Event, [filled(Event, entered, **common)])


def _fixed_columns(ids: list[int]) -> dict[int, frozenset[str]]:
    lines = register(MembershipEntry).filter(member__in=ids, reverses=None, reversed_by=None).order_by()
    kinds = list(lines.values_list("member_id", "kind"))
    fixed: dict[int, set[str]] = {}
    for member_id, kind in kinds:
        fixed.setdefault(member_id, set()).update(name for name, by in FROM_LINES.items() if kind in by)
    return {member_id: frozenset(names) for member_id, names in fixed.items()}


def _changed(member: Member, columns: Mapping[str, object], fixed: frozenset[str]) -> dict[str, object]:
    if not member.is_full:
        fixed |= {"converted_on"}
    fixed |= FOLLOWING
    return {name: value for name, value in columns.items() if name not in fixed and getattr(member, name) != value}


def _amend(actor: Actor, member: Member, changed: Mapping[str, object]) -> Amended:
    before = {name: getattr(member, name) for name in changed}
    # A roster says what is so now; what somebody was on earlier days stays, but for what was not known.
    days = {name: clock.today() for name in changed if name in DATED and before[name] not in {"", None}}
    try:
        update_record(actor, member, changes=days, **changed)
    except Refusal as refusal:
        text = "".join(refusal.fields.values()) or refusal.message
        raise Conflict(f"{member.name}的档案不能按名册更新：{text}", how="请在名册中改正这一行后再入库。") from refusal
    return Amended(member.pk, before, member.updated_at)


def _check_untouched(entered: QuerySet[Member], batch: int, entered_at: dt.datetime) -> None:
    reasons = {
        "办理过党籍变动": MembershipEntry.objects.filter(member__in=entered.values("pk")).exclude(batch=batch).values("member"),
        "改过档案": entered.filter(updated_at__gt=entered_at).values("pk"),
        "领到了账号的初始密码": entered.exclude(user=None).exclude(user__in=User.objects.filter(WITHOUT_PASSWORD)).values("pk"),
    }
    for reason, touched in reasons.items():
        _refuse_if_any(entered.filter(pk__in=touched), reason)
    for model, name, called in referring(Member):
        if model not in {MembershipEntry, Education, GroupAssignment}:
            holders = model.objects.filter(**{f"{name}__in": entered.values("pk")}).order_by().values(name)
            _refuse_if_any(entered.filter(pk__in=holders), f"有了“{called}”记录")


def _refuse_if_any(touched: QuerySet[Member], reason: str) -> None:
    names = list(touched.values_list("name", flat=True)[: NAMED_AT_MOST + 1])
    if not names:
        return
    shown = "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
    raise Conflict(f"不能撤销：{shown}在导入以后{reason}。", how="个别人导错的，请到本人档案中更正。")


def _put_back(actor: Actor, row: Amended) -> None:
    member = Member.objects.filter(pk=row.member_id).select_related("organization", "branch").first()
    if member is None:
        raise Conflict("不能撤销：名册更新过的党员已移出您的管理范围。", how="个别人导错的，请到本人档案中更正。")
    if member.updated_at > row.at:
        raise Conflict(f"不能撤销：{member.name}在导入以后改过档案。", how="个别人导错的，请到本人档案中更正。")
    day = timezone.localtime(row.at).date()
    EarlierValue.objects.filter(member=member, column__in=DATED & row.before.keys(), held_until=day).delete()
    update_record(actor, member, changes=None, **row.before)


def _taken_back(actor: Actor, member: Member, batch: int) -> dict[str, object]:
    return {
        "actor": actor,
        "verb": "members.import_undone",
        "summary": f"撤销导入{member.name}的档案（{member.branch}）",
        "organization": member.branch,
        "member_id": member.pk,
        "data": {"batch": batch},
    }
