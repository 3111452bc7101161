"""Lines of the membership account: who enters, moves, changes category or leaves, and from which day.

Each function writes lines, then derives branch, category and standing of the member from them (``derive``). Dates may lie in the
past but not before the member's last line and never in the future, so a closed report stays as it was. They are called by what is
done on the platform; ``actions.by_hand`` alone gives them a reason ``by_hand``, which stays on the line.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import F

from dangjian.accounts.events import record, record_many
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.rulebook.book import NotInForce
from dangjian.kernel.ui import words
from dangjian.members import policy
from dangjian.members.actions import waiting
from dangjian.members.models import Category, ChangeKind, GroupAssignment, Member, MembershipEntry, Standing
from dangjian.members.models.account import DECREASES, INCREASES, REMOVALS
from dangjian.members.offers import MembershipFollower
from dangjian.members.own import require_for
from dangjian.members.queries import completeness
from dangjian.members.queries.account import last_days
from dangjian.org.actions import grants, offices, posts
from dangjian.org.models import Organization, Post, Reorganisation
from dangjian.org.openings import at, hold, own, register
from dangjian.org.policy import JOINT_BRANCH

STANDING_AFTER = {
    **dict.fromkeys(REMOVALS, Standing.REMOVED),
    ChangeKind.SUSPENDED: Standing.SUSPENDED,
    ChangeKind.DECEASED: Standing.DECEASED,
    ChangeKind.TRANSFERRED_OUT: Standing.TRANSFERRED_OUT,
    ChangeKind.WHOLE_OUT: Standing.TRANSFERRED_OUT,
    ChangeKind.MOVED_OUT: Standing.TRANSFERRED_OUT,
}
ENTERING = INCREASES - {ChangeKind.MOVED_IN}
LEAVING = DECREASES - {ChangeKind.MOVED_OUT}
FOR_GOOD = REMOVALS | {ChangeKind.DECEASED}
JOINING = frozenset({ChangeKind.ADMITTED, ChangeKind.READMITTED})

RETURNING = {
    ChangeKind.ADMITTED: frozenset({Standing.NOT_ADMITTED}),
    ChangeKind.READMITTED: frozenset({Standing.REMOVED}),
    ChangeKind.RESTORED: frozenset({Standing.SUSPENDED, Standing.REMOVED}),
    ChangeKind.TRANSFERRED_IN: frozenset({Standing.TRANSFERRED_OUT, Standing.NOT_ADMITTED}),
    ChangeKind.WHOLE_IN: frozenset({Standing.TRANSFERRED_OUT}),
}
"""Out of which standing somebody who is on record comes back by each way. Nobody comes back by another."""

REJOIN_BARS = {
    ChangeKind.EXPELLED: "disc.expulsion",
    ChangeKind.PERSUADED: "disp.rejoin_bar",
    ChangeKind.PERSUADED_REFUSED: "disp.rejoin_bar",
    ChangeKind.SELF_EXIT: "disp.rejoin_bar",
    ChangeKind.SELF_EXIT_LOST: "disp.rejoin_bar",
    ChangeKind.RESIGNED: "disp.rejoin_bar",
}
"""The rule that says for how long somebody who left by this kind may not join again."""


@transaction.atomic
def enter(
    *,
    actor: Actor,
    member: Member,
    branch: Organization,
    kind: ChangeKind,
    effective_on: dt.date,
    category: str,
    document: str = "",
    counterpart_name: str = "",
    by_hand: str = "",
    extended_to: dt.date | None = None,
) -> MembershipEntry:
    """``member`` (new, or one who had left) comes into ``branch``: admitted, restored, transferred in, or on the opening roster.

    ``extended_to`` is the day to which their probation was extended where they came from.
    ``member.organization`` and ``member.branch`` of a new record are set here; it need not be saved before. Raises ``Conflict``
    for somebody who is a member already, ``Invalid`` for a wrong day or kind.
    """
    require_for(actor, "members.account", branch, [member])
    _check_entering(kind, category)
    _check_branch(branch)
    places = [branch]
    if member.pk:
        hold(member, "branch", check=lambda row: actor.require("members.account", row.branch))
        places.append(member.branch)
        _check_return(member, kind, effective_on)
    elif kind == ChangeKind.RESTORED:
        raise Invalid("恢复党籍只能用于已在册的党员。", fields={"kind": "请先找到这名党员原来的档案，再办理恢复党籍"})
    _check_day(member, effective_on, branch)
    member.organization, member.branch = branch, branch
    member.category, member.standing = category, Standing.NORMAL
    if kind in JOINING:
        member.joined_on, member.converted_on, member.probation_extended_to = effective_on, None, None
    elif extended_to is not None:
        member.probation_extended_to = extended_to
    with at(*places):  # whoever comes back may have stood in another branch
        _save(member)
        entry = _line(
            member,
            branch,
            kind,
            +1,
            effective_on,
            category,
            document=document,
            counterpart_name=counterpart_name,
            by_hand=by_hand,
        )
    _note(actor, member, branch, entry)
    waiting.claim_for(actor=actor, member=member)
    return entry


@transaction.atomic
def move(
    *,
    actor: Actor,
    members: Sequence[Member],
    to: Organization,
    effective_on: dt.date,
    document: str = "",
    by_hand: str = "",
    whole_unit: bool = False,
    reorganisation: Reorganisation | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """``members`` go from their branches to the branch ``to``: one line out, one line in, the same day. Returns how many moved.

    Those who are in ``to`` already stay. All move or none. A ``whole_unit`` goes with everybody in it, the actor too.
    ``reorganisation`` is the step of which the move is a part (``actions.reorganise``).
    """
    require_for(actor, "members.account", to, [] if whole_unit else members)
    _check_branch(to)
    # Held first, wherever they stand by now: all move or none, and the actor's right to each branch that is left is asked then.
    rows = register(Member).select_for_update().filter(pk__in=[m.pk for m in members]).exclude(branch=to)
    moving: dict[int, Member] = {m.pk: m for m in rows}
    branches = register(Organization).in_bulk({m.branch_id for m in moving.values()})
    for branch in branches.values():
        actor.require("members.account", branch)
    with at(to, *branches.values()):
        last = last_days(moving)
        lines: list[MembershipEntry] = []
        for member in moving.values():
            _check_counted(member)
            _check_against(member, effective_on, to, last.get(member.pk))
            start, common = branches[member.branch_id], (effective_on, member.category)
            lines.append(unsaved(member, start, ChangeKind.MOVED_OUT, -1, *common, to, document))
            lines.append(unsaved(member, to, ChangeKind.MOVED_IN, +1, *common, start, document))
        for line in lines:
            line.reorganisation, line.by_hand = reorganisation, by_hand
        with _noting_ends(moving.values(), effective_on, [line for line in lines if line.sign < 0]):
            _leave_groups(moving, effective_on)
            for done, member in enumerate(moving.values(), start=1):
                end_posts(member, effective_on, "调离本支部", within=branches[member.branch_id])
                progress(done)
        MembershipEntry.objects.bulk_create(lines, batch_size=500)
        Member.objects.filter(pk__in=moving).update(branch=to, organization=to, updated_at=clock.now())
        if JOINT_BRANCH & {to.type_code, *(one.type_code for one in branches.values())}:
            renew_completeness(moving)
    _note_move(actor, moving.values(), branches, to, effective_on, whole_unit=whole_unit)
    for follower in offers(MembershipFollower):
        follower.moved(actor, moving.keys(), to, effective_on)
    for member in members:
        member.branch = member.organization = to
    return len(moving)


@transaction.atomic
def convert(*, actor: Actor, member: Member, effective_on: dt.date, document: str = "", by_hand: str = "") -> MembershipEntry:
    """The probation ends and the member becomes a full one; 党龄 counts from this day (发展党员工作细则第三十三条).

    Raises ``Invalid``, with the article, for a day before the end of the probation (and of its extension).
    """
    hold_member(actor, member)
    _check_counted(member)
    _check_day(member, effective_on, member.branch)
    if member.category == Category.FULL:
        raise Conflict(f"{member.name}已是正式党员。")
    _check_probation_over(member, effective_on)
    more = {"document": document, "by_hand": by_hand}
    entry = _line(member, member.branch, ChangeKind.CONVERTED, 0, effective_on, Category.FULL, **more)
    member.category, member.converted_on = Category.FULL, effective_on
    _save(member)
    _note(actor, member, member.branch, entry)
    return entry


@transaction.atomic
def extend_probation(
    *,
    actor: Actor,
    member: Member,
    months: int,
    effective_on: dt.date,
    document: str = "",
    by_hand: str = "",
) -> MembershipEntry:
    """The branch decides on ``effective_on`` to prolong the probation by ``months``, once, as far as the rule admits."""
    hold_member(actor, member)
    _check_counted(member)
    _check_day(member, effective_on, member.branch)
    if member.category == Category.FULL:
        raise Conflict(f"{member.name}已是正式党员，没有预备期。")
    if member.probation_extended_to:
        raise Conflict(f"{member.name}的预备期已延长到{words.day(member.probation_extended_to)}，只能延长一次。")
    if member.joined_on is None:
        raise Invalid(f"{member.name}的入党时间还没有填写，不能计算预备期。", how="请先补填入党时间。")
    try:
        until = policy.probation_ends_on(member.joined_on, extended_months=months, book=book())
    except (ValueError, NotInForce) as error:
        raise Invalid(str(error), fields={"months": "请按规定填写延长的月数"}) from error
    more = {"document": document, "by_hand": by_hand}
    entry = _line(member, member.branch, ChangeKind.PROBATION_EXTENDED, 0, effective_on, member.category, **more)
    member.probation_extended_to = until
    _save(member)
    _note(actor, member, member.branch, entry)
    return entry


@transaction.atomic
def leave(
    *,
    actor: Actor,
    member: Member,
    kind: ChangeKind,
    effective_on: dt.date,
    document: str = "",
    counterpart_name: str = "",
    by_hand: str = "",
    conduct: str = "",
) -> MembershipEntry:
    """The member leaves the count: expelled, removed, suspended, deceased, or transferred out of the enterprise.

    Of somebody suspended, who counts no longer, the line changes no count: they are removed for good, or have died. ``conduct``
    is for what they are removed (codes ``conduct``).
    """
    hold_member(actor, member)
    if kind not in LEAVING:
        raise Invalid(f"“{kind.label}”不是减少党员的方式。", fields={"kind": "请从列表中选择"})
    counts_no_longer = member.standing == Standing.SUSPENDED and kind in FOR_GOOD
    if not counts_no_longer:
        _check_counted(member)
    _check_day(member, effective_on, member.branch)
    if kind == ChangeKind.PROBATION_CANCELLED and member.category == Category.FULL:
        raise Invalid(f"{member.name}是正式党员，不能取消预备党员资格。", fields={"kind": "请选择其他方式"})
    more = {"document": document, "counterpart_name": counterpart_name, "by_hand": by_hand, "conduct": conduct}
    entry = _line(member, member.branch, kind, 0 if counts_no_longer else -1, effective_on, member.category, **more)
    with at(member.branch):  # their group is left with it
        with _noting_ends([member], effective_on, [entry]):
            _leave_groups([member.pk], effective_on)
            end_posts(member, effective_on, kind.label)
        entry.save(update_fields=["ended"])
        member.standing, member.organization = STANDING_AFTER[kind], member.branch
        _save(member)
    _note(actor, member, member.branch, entry)
    for follower in offers(MembershipFollower):
        follower.left(actor, member, kind, effective_on)
    return entry


@transaction.atomic
def leave_many(
    *,
    actor: Actor,
    members: Sequence[Member],
    kind: ChangeKind,
    effective_on: dt.date,
    document: str = "",
    counterpart_name: str = "",
    reorganisation: Reorganisation | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """As ``leave``, for a unit that leaves with everybody in it, the actor too: all or none. Returns how many left.

    ``reorganisation`` is the step of which it is a part (``actions.reorganise``).
    """
    rows = register(Member).select_for_update().filter(pk__in=[m.pk for m in members]).order_by("pk")
    leaving: dict[int, Member] = {m.pk: m for m in rows}
    branches = register(Organization).in_bulk({m.branch_id for m in leaving.values()})
    for branch in branches.values():
        actor.require("members.account", branch)
    last = last_days(leaving)
    with at(*branches.values()):
        lines: list[MembershipEntry] = []
        for member in leaving.values():
            member.branch = branches[member.branch_id]
            _check_counted(member)
            _check_against(member, effective_on, member.branch, last.get(member.pk))
            line = unsaved(member, member.branch, kind, -1, effective_on, member.category, None, document)
            line.counterpart_name, line.reorganisation = counterpart_name, reorganisation
            lines.append(line)
        with _noting_ends(leaving.values(), effective_on, lines):
            _leave_groups(leaving, effective_on)
            for done, member in enumerate(leaving.values(), start=1):
                end_posts(member, effective_on, kind.label)
                progress(done)
        MembershipEntry.objects.bulk_create(lines, batch_size=500)
        standing, now = STANDING_AFTER[kind], clock.now()
        Member.objects.filter(pk__in=leaving).update(standing=standing, organization=F("branch"), updated_at=now)
    for line in lines:
        _note(actor, line.member, line.organization, line)
    for member in leaving.values():
        for follower in offers(MembershipFollower):
            follower.left(actor, member, kind, effective_on)
    return len(leaving)


def derive(member: Member) -> None:
    """Set branch, category and standing of ``member`` from its lines and save it. Reversed lines and reversals do not count."""
    lines = valid_lines(member)
    if not lines:
        member.standing, member.organization = Standing.NOT_ADMITTED, member.branch
        _save(member)
        return
    last = stood_in(lines)
    if last.sign > 0 or not last.organization.dissolved_on:  # whoever does not count has gone with a branch that was merged
        member.branch = last.organization
    member.standing = Standing.NORMAL if last.sign > 0 else STANDING_AFTER[ChangeKind(last.kind)]
    member.category = lines[-1].category or member.category
    if member.category == Category.PROBATIONARY:
        member.converted_on = None
    in_group = member.group_assignments.filter(ends_on=None, organization__parent=member.branch).first()
    member.organization = in_group.organization if in_group else member.branch
    _save(member)


def stood_in(lines: Sequence[MembershipEntry]) -> MembershipEntry:
    """The last of the lines by which the member came into a branch or left it, or left for good while they were suspended."""
    return [line for line in lines if line.sign or line.kind in FOR_GOOD][-1]


def hold_member(actor: Actor, member: Member) -> None:
    """Two people cannot change one member at once."""
    hold(member, "branch", check=lambda row: require_changing(actor, row))


def require_changing(actor: Actor, member: Member) -> None:
    """Raise unless the actor decides about the member's membership where they stand, which nobody does about their own."""
    require_for(actor, "members.account", member.branch, [member])


def _save(member: Member) -> None:
    member.updated_at = clock.now()
    member.completeness = completeness.of_record(member).percent
    member.save()


def renew_completeness(member_ids: Iterable[int]) -> None:
    """Work out anew how complete the records are, where what they must hold may have changed."""
    rows = list(Member.objects.filter(pk__in=list(member_ids)).select_related("branch"))
    for member in rows:
        member.completeness = completeness.of_record(member).percent
    Member.objects.bulk_update(rows, ["completeness"], batch_size=500)


def _line(
    member: Member,
    branch: Organization,
    kind: ChangeKind,
    sign: int,
    day: dt.date,
    category: str,
    **more: Any,
) -> MembershipEntry:
    entry: MembershipEntry = MembershipEntry.objects.create(
        member=member,
        organization=branch,
        kind=kind,
        sign=sign,
        effective_on=day,
        category=category,
        **more,
    )
    return entry


def unsaved(
    member: Member,
    branch: Organization,
    kind: ChangeKind,
    sign: int,
    day: dt.date,
    category: str,
    counterpart: Organization | None,
    document: str,
) -> MembershipEntry:
    """A line, to be saved with others."""
    return MembershipEntry(
        member=member,
        organization=branch,
        kind=kind,
        sign=sign,
        effective_on=day,
        category=category,
        counterpart=counterpart,
        counterpart_name=counterpart.name if counterpart else "",
        document=document,
    )


def valid_lines(member: Member) -> list[MembershipEntry]:
    """Lines that were not reversed, in their order; within a day, out comes before in."""
    lines = register(MembershipEntry).filter(member=member, reverses=None, reversed_by=None)
    return list(lines.select_related("organization", "counterpart").order_by("effective_on", "sign", "pk"))


def _leave_groups(member_ids: Iterable[int], day: dt.date) -> None:
    assignments = GroupAssignment.objects.filter(member__in=list(member_ids), ends_on=None)
    assignments.filter(starts_on__gte=day).delete()
    assignments.filter(starts_on__lt=day).update(ends_on=day)


@contextmanager
def _noting_ends(members: Iterable[Member], day: dt.date, lines: Sequence[MembershipEntry]) -> Iterator[None]:
    """Note on the line of each member (unsaved ones too) which posts, roles and group end inside."""
    ids, users = {member.pk for member in members}, {member.user_id for member in members if member.user_id}
    before = offices.held_by(users, day)
    groups = {
        one.member_id: [one.organization_id, one.starts_on.isoformat()]
        for one in GroupAssignment.objects.filter(member__in=ids, ends_on=None)
    }
    yield
    ended = offices.ended_of(before)
    holders = offices.holders(ended)
    for line in lines:
        of_them = {
            name: {pk: was for pk, was in rows.items() if holders[name][int(pk)] == line.member.user_id}
            for name, rows in ended.items()
        }
        line.ended = {name: rows for name, rows in of_them.items() if rows}
        if line.member_id in groups:
            line.ended["group"] = groups[line.member_id]


def end_posts(member: Member, day: dt.date, reason: str, within: Organization | None = None) -> None:
    """Posts end with the membership they rest on: all, or those in the branch that is left (``within``) and its groups."""
    if member.user_id is None:
        return
    held = own(Post, member.user_id).filter(ends_on=None).select_related("organization", "user")
    if within is not None:
        held = held.filter(organization__body_path=within.path)
    system = SystemActor(f"{member.name}{reason}")
    for post in held:
        with at(post.organization):
            posts.end_post(actor=system, post=post, ends_on=max(day, post.starts_on), reason=reason)
    grants.end_with_membership(actor=system, user_id=member.user_id, day=day, reason=reason, within=within)


def _check_entering(kind: ChangeKind, category: str) -> None:
    if kind not in ENTERING:
        raise Invalid(f"“{kind.label}”不是进入党支部的方式。", fields={"kind": "请从列表中选择"})
    if category not in Category.values:
        raise Invalid("请选择人员类别。", fields={"category": "请选择正式党员或预备党员"})
    if kind in JOINING and category != Category.PROBATIONARY:
        raise Invalid("发展和重新入党的党员要先经过预备期。", fields={"category": "请选择预备党员"})


def _check_return(member: Member, kind: ChangeKind, day: dt.date) -> None:
    if member.standing == Standing.NORMAL:
        raise Conflict(f"{member.name}已是“{member.branch}”的党员，不能重复加入。", how="如要换支部，请办理支部间调整。")
    if member.standing not in RETURNING.get(kind, frozenset()):
        raise Invalid(
            f"{member.name}现在的党籍状态是“{member.get_standing_display()}”，不能按“{kind.label}”办理。",
            fields={"kind": "请选择与党籍状态相符的方式"},
        )
    if kind == ChangeKind.READMITTED:
        check_rejoining(member, day)


def check_rejoining(member: Member, day: dt.date) -> None:
    """Raise ``Invalid`` while the rule keeps somebody who left from joining again; whether they have left is for the caller."""
    last = valid_lines(member)[-1]
    key = REJOIN_BARS.get(ChangeKind(last.kind))
    if key is None:
        return
    try:
        rule = book().on(key, last.effective_on)
    except NotInForce:
        return
    open_from = rule.expect(Period).after(last.effective_on)
    if day < open_from:
        raise Invalid(
            f"{member.name}于{words.day(last.effective_on)}{last.get_kind_display()}，{rule.text}内不得重新入党，"
            f"最早为{words.day(open_from)}。",
            citation=str(rule.citation),
            fields={"effective_on": "还在不得重新入党的期限内"},
        )


def _check_probation_over(member: Member, day: dt.date) -> None:
    if member.joined_on is None:
        return
    try:
        ends_on = member.probation_extended_to or policy.probation_ends_on(member.joined_on, book=book())
    except NotInForce:
        return
    if day < ends_on:
        rule = book().on("dev.probation", member.joined_on)
        raise Invalid(
            f"{member.name}的预备期到{words.day(ends_on)}才满，不能提前转正。",
            citation=str(rule.citation),
            fields={"effective_on": f"请填{words.day(ends_on)}或以后的日期"},
        )


def _check_branch(branch: Organization) -> None:
    if not branch.is_branch:
        raise Invalid(
            f"党员只能编入党支部，“{branch}”是{branch.get_kind_display()}。",
            fields={"branch": "请选择党支部"},
        )
    if branch.dissolved_on:
        raise Conflict(f"“{branch}”已撤销，不能再编入党员。")


def _check_counted(member: Member) -> None:
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}现在的党籍状态是“{member.get_standing_display()}”，不能办理此项。")


def _check_day(member: Member, day: dt.date, branch: Organization) -> None:
    last = last_days([member.pk]).get(member.pk) if member.pk else None
    _check_against(member, day, branch, last)


def _check_against(member: Member, day: dt.date, branch: Organization, last: dt.date | None) -> None:
    if day > clock.today():
        raise Invalid("生效日期不能晚于今天。", fields={"effective_on": "请填今天或以前的日期"})
    if day < branch.established_on:
        raise Invalid(
            f"“{branch}”成立于{words.day(branch.established_on)}，生效日期不能早于这一天。",
            fields={"effective_on": "请检查日期"},
        )
    if last is not None and day <= last:
        raise Invalid(
            f"{member.name}在{words.day(last)}已有一次变动，新的生效日期应在这之后。",
            how="同一天只能办一项：请明天再办；如那次变动办错了，请先撤销那次拆分、合并或调整，或更正那次变动。"
            if last >= clock.today()
            else "",
            fields={"effective_on": f"请填{words.day(last)}以后的日期"},
        )


def _note(actor: Actor, member: Member, branch: Organization, entry: MembershipEntry) -> None:
    record(
        actor=actor,
        verb=f"members.{entry.kind}",
        summary=f"{member.name}{entry.get_kind_display()}（{branch}，{words.day(entry.effective_on)}）",
        organization=branch,
        member_id=member.pk,
        subject=member,
        data={"entry": entry.pk, "effective_on": entry.effective_on.isoformat(), "document": entry.document},
    )


def _note_move(
    actor: Actor,
    moved: Iterable[Member],
    branches: dict[int, Organization],
    to: Organization,
    day: dt.date,
    *,
    whole_unit: bool,
) -> None:
    record_many(
        [
            {
                "actor": actor,
                "verb": "members.moved",
                "summary": f"{m.name}由“{branches[m.branch_id]}”调整到“{to}”（{words.day(day)}）",
                "organization": to,
                "member_id": m.pk,
                "subject": m,
                "data": {"from": m.branch_id, "to": to.pk, "effective_on": day.isoformat(), "whole_unit": whole_unit},
            }
            for m in moved
        ],
    )
