"""Writes on posts and terms: who holds which post from which day, and which term a committee is in."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from dangjian.accounts.events import record
from dangjian.accounts.models import User
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.org import policy
from dangjian.org.actions.apart import require_apart
from dangjian.org.actions.structure import tell_followers
from dangjian.org.gate import permissions_of
from dangjian.org.models import COMMITTEE_POSTS, Grant, Kind, Organization, Post, PostKind, TermOfBody
from dangjian.org.offers import AppointmentGuard, Concern
from dangjian.org.openings import inside

ALONE = frozenset({PostKind.SECRETARY, PostKind.GROUP_LEADER})
"""Posts that one person holds at a time."""


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    organization: Organization,
    user: User,
    kind: str,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    term: TermOfBody | None = None,
    document: str = "",
    special: str = "",
    replace: bool = False,
    one_of_many: bool = False,
) -> Post:
    """``user`` holds the post ``kind`` from ``starts_on``; with ``ends_on`` a post that is already over is recorded.

    A secretary or group leader in office stands in the way (``Conflict``) unless ``replace`` is true: then that post ends
    the day before. ``term`` defaults, for posts of the committee, to the open term. Leaders of groups need ``org.groups``,
    all others ``org.posts``. Nobody gives themselves a post in office that carries more than they may do there already, and no
    administrator of the three holds one (``actions.apart``). What speaks against a post of the committee (``AppointmentGuard``)
    needs a ``special`` reason, which stays on record. Whoever gives ``one_of_many`` tells the followers once for all
    (``actions.structure``).
    """
    require_filling(actor, organization)
    post_kind = kind_at(organization, kind)
    if user.pk == actor.user_id and ends_on is None:
        check_own_gain(actor, organization, post_kind)
    check_days(organization, starts_on, ends_on)
    if not user.is_active:
        raise Invalid(f"{user.name}的账号已停用，不能任职。", fields={"user": "请选择其他人"})
    require_apart(user=user, role=post_kind, starts_on=starts_on, ends_on=ends_on)
    concerns = _concerns(user, organization, post_kind, starts_on) if post_kind in COMMITTEE_POSTS else []
    if ends_on is None:
        _require_reason(concerns, special)
    _check_not_twice(organization, user, post_kind, starts_on, ends_on)
    if post_kind in ALONE:
        _make_room(actor, organization, post_kind, starts_on, ends_on, document, replace=replace)
    if term is None and post_kind in COMMITTEE_POSTS:
        term = TermOfBody.objects.filter(organization=organization, ended_on=None, starts_on__lte=starts_on).first()
    post: Post = Post.objects.create(
        organization=organization,
        user=user,
        kind=post_kind,
        term=term,
        starts_on=starts_on,
        ends_on=ends_on,
        document=document,
        special=special.strip() if concerns else "",
    )
    record(
        actor=actor,
        verb="org.appointed",
        summary=f"{user.name}任“{organization}”{post_kind.label}（{words.day(starts_on)}起）"
        + (f"，特殊情况：{post.special}" if post.special else ""),
        organization=organization,
        subject=post,
        data={"user": user.pk, "kind": kind, "starts_on": starts_on.isoformat(), "document": document},
    )
    if not one_of_many:
        tell_followers(actor=actor, organization_ids=[organization.pk])
    return post


def _concerns(user: User, organization: Organization, kind: PostKind, starts_on: dt.date) -> list[Concern]:
    return [concern for guard in offers(AppointmentGuard) for concern in guard.check(user, organization, kind, starts_on)]


def _require_reason(concerns: list[Concern], special: str) -> None:
    if concerns and not special.strip():
        raise Invalid(
            "；".join(concern.text for concern in concerns) + "。",
            how="确需任职的，请在“特殊情况”中写明原因。",
            citation="；".join(dict.fromkeys(concern.citation for concern in concerns)),
            fields={"special": "请写明仍然任职的原因"},
        )


@transaction.atomic
def end_post(*, actor: Actor, post: Post, ends_on: dt.date, reason: str) -> Post:
    """The post ends: from ``ends_on`` its holder no longer has it. What was delegated by virtue of it ends too."""
    require_filling(actor, post.organization)
    post = Post.objects.select_for_update().select_related("organization", "user").get(pk=post.pk)
    if post.ends_on:
        raise Conflict(f"{post.user.name}的“{post}”已于{words.day(post.ends_on)}免去。")
    if not reason.strip():
        raise Invalid("请写明免职原因。", fields={"reason": "请填写原因，例如：换届、调离、任免文件"})
    if ends_on > clock.today():
        raise Invalid("免职日期不能晚于今天。", fields={"ends_on": "请填今天或以前的日期"})
    if ends_on < post.starts_on:
        raise Invalid(f"免职日期早于任职日期（{words.day(post.starts_on)}）。", fields={"ends_on": "请填任职日期以后的日期"})
    _close(actor, post, ends_on, reason.strip())
    tell_followers(actor=actor, organization_ids=[post.organization_id])
    return post


@transaction.atomic
def start_term(
    *,
    actor: Actor,
    organization: Organization,
    starts_on: dt.date,
    number: int | None = None,
    document: str = "",
    end_posts: bool = False,
    is_by_direct_election: bool = False,
    heads_elected: str = "",
) -> TermOfBody:
    """A new term begins; its last day follows from the rulebook. The term before it ends that day.

    With ``end_posts`` the posts of the outgoing committee end too. The last two say how it was elected (table 38).
    Raises ``Invalid`` if the election was brought forward by more than the rules admit, or without the superior's ``document``.
    """
    actor.require("org.posts", organization)
    if organization.is_group:
        raise Invalid("党小组没有届次。")
    if rule := policy.barred(organization.type_code, "election", starts_on):
        raise Conflict(
            f"“{organization}”是临时党组织，不进行换届，没有届次。",
            how="书记、副书记和委员由批准成立的上级党组织指定，请直接登记任职。",
            citation=rule.citation,
        )
    check_days(organization, starts_on, None)
    before = TermOfBody.objects.select_for_update().filter(organization=organization).order_by("-number").first()
    if before:
        check_succession(before, starts_on, number, document)
    if before and before.ended_on is None:
        before.ended_on = starts_on
        before.save()
    if end_posts:
        for post in Post.objects.filter(
            organization=organization, kind__in=COMMITTEE_POSTS, ends_on=None, starts_on__lt=starts_on
        ):
            _close(actor, post, starts_on, "换届")
    term: TermOfBody = TermOfBody.objects.create(
        organization=organization,
        number=number or (before.number + 1 if before else 1),
        starts_on=starts_on,
        due_on=policy.term_due_on(organization.kind, starts_on, book=book()),
        is_by_direct_election=is_by_direct_election,
        heads_elected=heads_elected,
    )
    by_members = "，公推直选产生" if is_by_direct_election else ""
    record(
        actor=actor,
        verb="org.term_started",
        summary=f"“{organization}”第{term.number}届自{words.day(starts_on)}开始{by_members}，{words.day(term.due_on)}届满",
        organization=organization,
        subject=term,
        data={"number": term.number, "starts_on": starts_on.isoformat(), "due_on": term.due_on.isoformat(), "document": document},
    )
    return term


@transaction.atomic
def extend_term(*, actor: Actor, term: TermOfBody, extended_to: dt.date, document: str) -> TermOfBody:
    """The election is put off to ``extended_to`` with the superior's ``document``: once, and no further than the rules admit."""
    actor.require("org.posts", term.organization)
    term = TermOfBody.objects.select_for_update().select_related("organization").get(pk=term.pk)
    rule = book().on_or_first("term.extend_or_advance", term.due_on)
    if term.ended_on:
        raise Conflict("这一届已经结束，不能延期。")
    if term.extended_to:
        raise Conflict(f"这一届已批准延期至{words.day(term.extended_to)}，不能再次延期。", citation=rule.citation)
    if not document.strip():
        raise Invalid(
            "延期换届须经上级党组织批准。",
            how="请填写上级党组织批复的文号。",
            citation=rule.citation,
            fields={"document": "请填写批复文号"},
        )
    if extended_to <= term.due_on:
        raise Invalid(f"延期后的日期应在届满日期（{words.day(term.due_on)}）之后。", fields={"extended_to": "请填届满以后的日期"})
    limit = policy.extension_limit(term.due_on, book=book())
    if extended_to > limit:
        raise Invalid(
            f"延期不得超过{rule.text}，最晚到{words.day(limit)}。",
            citation=rule.citation,
            fields={"extended_to": f"最晚可填{words.day(limit)}"},
        )
    term.extended_to, term.extension_document = extended_to, document.strip()
    term.save()
    record(
        actor=actor,
        verb="org.term_extended",
        summary=f"“{term.organization}”第{term.number}届经批准延期至{words.day(extended_to)}",
        organization=term.organization,
        subject=term,
        data={"extended_to": extended_to.isoformat(), "document": document.strip()},
    )
    return term


@transaction.atomic
def end_term(*, actor: Actor, term: TermOfBody, ended_on: dt.date, reason: str) -> TermOfBody:
    """The term ends without a new one beginning at once (the election follows later, or the body is put under another)."""
    actor.require("org.posts", term.organization)
    term = TermOfBody.objects.select_for_update().select_related("organization").get(pk=term.pk)
    if term.ended_on:
        raise Conflict(f"这一届已于{words.day(term.ended_on)}结束。")
    if not reason.strip():
        raise Invalid("请写明结束的原因。", fields={"reason": "请填写原因"})
    if ended_on > clock.today():
        raise Invalid("结束日期不能晚于今天。", fields={"ended_on": "请填今天或以前的日期"})
    if ended_on <= term.starts_on:
        raise Invalid(f"结束日期应在本届开始日期（{words.day(term.starts_on)}）之后。", fields={"ended_on": "请检查日期"})
    term.ended_on = ended_on
    term.save()
    record(
        actor=actor,
        verb="org.term_ended",
        summary=f"“{term.organization}”第{term.number}届于{words.day(ended_on)}结束：{reason.strip()}",
        organization=term.organization,
        subject=term,
        data={"ended_on": ended_on.isoformat(), "reason": reason.strip()},
    )
    return term


def require_filling(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor fills the posts of an organisation."""
    actor.require(permission_for(organization), organization)


def permission_for(organization: Organization) -> str:
    """What somebody needs to fill the posts of an organisation: the branch appoints the leaders of its groups."""
    return "org.groups" if organization.is_group else "org.posts"


def kinds_at(organization: Organization) -> list[PostKind]:
    """The posts that there are in an organisation of this kind."""
    if organization.is_group:
        return [PostKind.GROUP_LEADER]
    without = (
        {PostKind.GROUP_LEADER} if organization.kind == Kind.COMMITTEE else {PostKind.GROUP_LEADER, PostKind.STANDING_MEMBER}
    )
    return [kind for kind in PostKind if kind not in without]


def kind_at(organization: Organization, kind: str) -> PostKind:
    """The post ``kind``; ``Invalid`` if an organisation of this kind has no such post."""
    if kind not in {str(one) for one in kinds_at(organization)}:
        raise Invalid(f"{organization.get_kind_display()}不设这个职务。", fields={"kind": "请从列表中选择"})
    return PostKind(kind)


def check_days(organization: Organization, starts_on: dt.date, ends_on: dt.date | None) -> None:
    """Refuse a post or a term from ``starts_on`` that the organisation or the calendar does not admit. No query."""
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已于{words.day(organization.dissolved_on)}撤销。")
    if starts_on > clock.today():
        raise Invalid("开始日期不能晚于今天。", fields={"starts_on": "请填今天或以前的日期"})
    if starts_on < organization.established_on:
        raise Invalid(
            f"“{organization}”成立于{words.day(organization.established_on)}，开始日期不能早于这一天。",
            fields={"starts_on": "请检查日期"},
        )
    if ends_on and not starts_on < ends_on <= clock.today():
        raise Invalid("免职日期应在任职日期之后，且不晚于今天。", fields={"ends_on": "请检查日期；仍在任的留空"})


def _overlapping(organization: Organization, kind: PostKind, starts_on: dt.date, ends_on: dt.date | None) -> list[Post]:
    posts = (
        Post.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(Q(ends_on=None) | Q(ends_on__gt=starts_on), organization=organization, kind=kind)
    )
    if ends_on:
        posts = posts.filter(starts_on__lt=ends_on)
    return list(posts)


def check_own_gain(actor: Actor, organization: Organization, kind: PostKind) -> None:
    """Refuse the actor a post of their own that carries more than they may do there already."""
    if any(not actor.may(code, organization) for code in permissions_of(kind)):
        raise PermissionDenied("不能给自己登记带有更多权限的职务。", how="请由上级党组织或其他党务工作者登记。")


def _check_not_twice(organization: Organization, user: User, kind: PostKind, starts_on: dt.date, ends_on: dt.date | None) -> None:
    if any(post.user_id == user.pk for post in _overlapping(organization, kind, starts_on, ends_on)):
        raise Conflict(f"{user.name}在这段时间已是“{organization}”{kind.label}。", how="如原记录有误，请先免去原任职。")


def _make_room(
    actor: Actor,
    organization: Organization,
    kind: PostKind,
    starts_on: dt.date,
    ends_on: dt.date | None,
    document: str,
    *,
    replace: bool,
) -> None:
    """End the post of the one in office the day before, or refuse."""
    in_the_way = _overlapping(organization, kind, starts_on, ends_on)
    if not in_the_way:
        return
    old = in_the_way[0]
    removable = len(in_the_way) == 1 and old.ends_on is None and old.starts_on < starts_on and ends_on is None
    if not removable:
        raise Conflict(
            f"{old.user.name}从{words.day(old.starts_on)}起任“{organization}”{kind.label}，与填写的日期重叠。",
            how="请核对任职日期。",
        )
    if not replace:
        last_day = starts_on - dt.timedelta(days=1)
        raise Conflict(
            f"“{organization}”现有{kind.label}{old.user.name}，同一时间只能有一名{kind.label}。",
            how=f"如由新人接任，请勾选“免去现任”，其任职到{words.day(last_day)}为止。",
        )
    _close(actor, old, starts_on, f"由新任{kind.label}接任{document and f'（{document}）'}")


def _close(actor: Actor, post: Post, ends_on: dt.date, reason: str) -> None:
    post.ends_on = ends_on
    post.save()
    with inside(post.organization):  # what was handed on by virtue of the post may lie in any organisation below
        Grant.objects.filter(Q(ends_on=None) | Q(ends_on__gt=ends_on), basis=post).update(ends_on=ends_on)
    record(
        actor=actor,
        verb="org.post_ended",
        summary=f"免去{post.user.name}“{post.organization}”{post.get_kind_display()}（{words.day(ends_on)}起）：{reason}",
        organization=post.organization,
        subject=post,
        data={"user": post.user_id, "kind": post.kind, "ends_on": ends_on.isoformat(), "reason": reason},
    )


def check_succession(before: TermOfBody, starts_on: dt.date, number: int | None, document: str) -> None:
    """Refuse a term that cannot follow ``before``, the last one on record. No query."""
    if starts_on <= before.starts_on:
        raise Invalid(
            f"第{before.number}届开始于{words.day(before.starts_on)}，新一届应在这之后。", fields={"starts_on": "请检查日期"}
        )
    if before.ended_on and starts_on < before.ended_on:
        raise Invalid(
            f"第{before.number}届到{words.day(before.ended_on)}才结束，新一届不能早于这一天。",
            fields={"starts_on": "请检查日期"},
        )
    if number is not None and number <= before.number:
        raise Invalid(f"已有第{before.number}届，新的届次应更大。", fields={"number": f"请填{before.number + 1}"})
    if before.ended_on is None:
        _check_not_too_early(before, starts_on, document)


def _check_not_too_early(before: TermOfBody, starts_on: dt.date, document: str) -> None:
    if starts_on >= before.due_on:
        return
    rule = book().on_or_first("term.extend_or_advance", before.due_on)
    earliest = policy.earliest_election_on(before.due_on, book=book())
    if starts_on < earliest:
        raise Invalid(
            f"本届{words.day(before.due_on)}届满，提前换届不得超过{rule.text}，最早为{words.day(earliest)}。",
            citation=rule.citation,
            fields={"starts_on": f"请填{words.day(earliest)}以后的日期"},
        )
    if not document.strip():
        raise Invalid(
            f"本届{words.day(before.due_on)}才届满，提前换届须经上级党组织批准。",
            how="请填写上级党组织批复的文号。",
            citation=rule.citation,
            fields={"document": "请填写批复文号"},
        )
