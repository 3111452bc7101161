"""Posts and terms: appoint, end; start, extend, end."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse

from dangjian.kernel import clock, parameters
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui.words import day
from dangjian.org import forms, policy, queries
from dangjian.org.actions import posts
from dangjian.org.models import Organization, Post, PostKind, TermOfBody
from dangjian.org.views.access import organization_of, organization_to_staff, post_to_end, term_of
from dangjian.org.views.changes import BOTH, page_of
from dangjian.org.views.steps import Step, run


@requires("org.posts", on=organization_to_staff, methods=BOTH)
def appoint(request: Request, organization: Organization) -> HttpResponse:
    """Somebody takes a post in this organisation."""
    return _appoint(request, organization)


@requires("org.groups", on=organization_to_staff, methods=BOTH)
def appoint_leader(request: Request, group: Organization) -> HttpResponse:
    """Somebody leads this group."""
    return _appoint(request, group)


def _appoint(request: Request, organization: Organization) -> HttpResponse:
    in_office = queries.officers(organization).posts

    def effects(keywords: Cleaned, made: Post) -> Sequence[str]:
        kind = PostKind(keywords["kind"])
        since = day(keywords["starts_on"])
        until = f"，到{day(keywords['ends_on'])}为止" if keywords.get("ends_on") else ""
        lines = [f"从{since}起，{made.user.name}任“{organization}”{kind.label}{until}。"]
        replaced = [post.user.name for post in in_office if post.kind == kind and keywords.get("replace")]
        if kind in posts.ALONE and replaced:
            lines.append(f"{'、'.join(replaced)}的{kind.label}任职到{since}的前一天为止，其委托他人代办的权限同时失效。")
        if not keywords.get("ends_on"):
            lines.append("任职期间可以使用这个职务的全部功能，免职后自动收回。")
        return lines

    kind = parameters.one_of(request, "kind", PostKind.values)
    initial: dict[str, Any] = {"kind": kind} if kind else {}
    step = Step(
        title="指定党小组组长" if organization.is_group else "任命",
        intro=organization.name,
        organization=organization,
        form=forms.AppointForm(organization, request.POST or None, initial=initial),
        act=lambda keywords: posts.appoint(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="任职已登记。",
        label="确认任命",
        back=_back(organization),
        after=lambda _post: _back(organization),
    )
    return run(request, step)


def _back(organization: Organization) -> str:
    return page_of(organization, "" if organization.is_group else "posts")


@requires("org.posts", on=post_to_end, methods=BOTH)
def end_post(request: Request, post: Post) -> HttpResponse:
    """A post ends."""
    return _end_post(request, post)


@requires("org.groups", on=post_to_end, methods=BOTH)
def end_leader(request: Request, post: Post) -> HttpResponse:
    """The leader of a group is relieved."""
    return _end_post(request, post)


def _end_post(request: Request, post: Post) -> HttpResponse:
    organization = post.organization

    def effects(keywords: Cleaned, _ended: Post) -> Sequence[str]:
        return [
            f"从{day(keywords['ends_on'])}起，{post.user.name}不再担任“{organization}”{post}。",
            "这个职务的权限同时收回，以这个职务委托他人代办的权限也同时失效。",
        ]

    step = Step(
        title="免职",
        intro=f"{post.user.name}，“{organization}”{post}，{day(post.starts_on)}任职",
        organization=organization,
        form=forms.EndPostForm(request.POST or None),
        act=lambda keywords: posts.end_post(actor=request.actor, post=post, **keywords),
        effects=effects,
        done="免职已登记。",
        label="确认免职",
        back=_back(organization),
        after=lambda _post: _back(organization),
        danger=True,
    )
    return run(request, step)


@requires("org.posts", on=organization_of, methods=BOTH)
def start_term(request: Request, organization: Organization) -> HttpResponse:
    """A new term of this organisation."""
    before = TermOfBody.objects.filter(organization=organization).order_by("-number").first()

    def effects(keywords: dict[str, object], made: TermOfBody) -> Sequence[str]:
        lines = [f"“{organization}”第{made.number}届从{day(made.starts_on)}开始，{day(made.due_on)}届满。"]
        if before and before.ended_on is None:
            lines.append(f"第{before.number}届同时结束。")
        if keywords.get("end_posts"):
            lines.append("上届班子成员的任职同时结束，连任的请重新任命。")
        return lines

    step = Step(
        title="登记新一届",
        intro="届满日期按规定的任期自动计算，系统会在届满前提醒。",
        organization=organization,
        citation="" if organization.is_group else queries.term_citation(organization.kind, clock.today()),
        form=forms.StartTermForm(
            request.POST or None, initial={"number": before.number + 1 if before else 1, "end_posts": bool(before)}
        ),
        act=lambda keywords: posts.start_term(actor=request.actor, organization=organization, **keywords),
        effects=effects,
        done="新一届已登记。",
        label="确认登记",
        back=page_of(organization, "posts"),
        after=lambda _term: page_of(organization, "posts"),
    )
    return run(request, step)


@requires("org.posts", on=term_of, methods=BOTH)
def extend_term(request: Request, term: TermOfBody) -> HttpResponse:
    """The election is put off."""
    limit = policy.extension_limit(term.due_on, book=book())
    rule = book().on_or_first("term.extend_or_advance", term.due_on)

    def effects(_keywords: dict[str, object], extended: TermOfBody) -> Sequence[str]:
        return [
            f"“{term.organization}”第{term.number}届由{day(term.due_on)}届满延期至{day(extended.extended_to)}。",
            "每届只能延期一次，登记后按新的日期提醒换届。",
        ]

    step = Step(
        title="延期换届",
        intro=f"第{term.number}届{day(term.due_on)}届满，延期不得超过{rule.text}，最晚到{day(limit)}。",
        organization=term.organization,
        citation=rule.citation,
        form=forms.ExtendTermForm(request.POST or None),
        act=lambda keywords: posts.extend_term(actor=request.actor, term=term, **keywords),
        effects=effects,
        done="延期已登记。",
        label="确认延期",
        back=page_of(term.organization, "posts"),
        after=lambda _term: page_of(term.organization, "posts"),
    )
    return run(request, step)


@requires("org.posts", on=term_of, methods=BOTH)
def end_term(request: Request, term: TermOfBody) -> HttpResponse:
    """The term ends, and no new one begins yet."""
    step = Step(
        title="结束本届",
        intro=f"“{term.organization}”第{term.number}届。如已选出新一届，请改为“登记新一届”，上届会自动结束。",
        organization=term.organization,
        form=forms.EndTermForm(request.POST or None),
        act=lambda keywords: posts.end_term(actor=request.actor, term=term, **keywords),
        effects=lambda keywords, _term: [f"从{day(keywords['ended_on'])}起第{term.number}届结束，不再计算届满日期。"],
        done="本届已结束。",
        label="确认结束",
        back=page_of(term.organization, "posts"),
        after=lambda _term: page_of(term.organization, "posts"),
        danger=True,
    )
    return run(request, step)
