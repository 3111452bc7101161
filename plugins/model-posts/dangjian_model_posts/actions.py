"""Writes on model posts."""

import datetime as dt

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.engines.duties import actions as duties
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.members.models import Member, Standing
from dangjian.org.models import Organization
from dangjian.org.openings import locked
from dangjian_model_posts.models import ModelPost, Review


@transaction.atomic
def name_post(*, actor: Actor, member: Member, title: str, promise: str) -> ModelPost:
    """Name a model post of ``member``. Raises ``Conflict`` if they have one or are no member any more."""
    actor.require("model_posts.manage", member.branch)
    missing = {name: "请填写" for name, text in (("title", title), ("promise", promise)) if not text.strip()}
    if missing:
        raise Invalid("岗位名称和承诺都要填写。", fields=missing)
    if member.standing != Standing.NORMAL:
        raise Conflict(f"{member.name}现在的党籍状态是“{member.get_standing_display()}”，不能挂牌。")
    if ModelPost.objects.filter(member=member, ended_on=None).exists():
        raise Conflict(f"{member.name}已有示范岗。", how="请先摘牌，再挂新的。")
    post: ModelPost = ModelPost.objects.create(
        organization=member.branch, member=member, title=title.strip(), promise=promise.strip(), named_on=clock.today()
    )
    record(actor=actor, verb="model_posts.named", summary=f"为{member.name}挂牌“{post}”示范岗", organization=member.branch,
           member_id=member.pk, subject=post)  # fmt: skip
    return post


def require_taking_back(actor: Actor, post: ModelPost) -> None:
    """Raise unless the actor may end the model post now."""
    actor.require("model_posts.manage", post.organization)
    if post.ended_on:
        raise Conflict("这个示范岗已经摘牌。")


@transaction.atomic
def take_back(*, actor: Actor, post: ModelPost) -> ModelPost:
    """End a model post today."""
    post = locked(post, "organization", check=lambda row: require_taking_back(actor, row))
    post.ended_on = clock.today()
    post.save()
    record(actor=actor, verb="model_posts.taken_back", summary=f"“{post}”示范岗摘牌", organization=post.organization,
           member_id=post.member_id, subject=post)  # fmt: skip
    return post


@transaction.atomic
def review(*, actor: Actor, organization: Organization, finding: str, reviewed_on: dt.date | None = None) -> Review:
    """Record a review of the branch's model posts. It settles the quarter's duty."""
    actor.require("model_posts.manage", organization)
    day = reviewed_on or clock.today()
    if not finding.strip():
        raise Invalid("请写一句评议意见。", fields={"finding": "请填写"})
    if day > clock.today():
        raise Invalid("评议日期不能晚于今天。", fields={"reviewed_on": "请填今天或以前的日期"})
    made: Review = Review.objects.create(organization=organization, reviewed_on=day, finding=finding.strip())
    record(
        actor=actor,
        verb="model_posts.reviewed",
        summary=f"“{organization}”评议党员示范岗",
        organization=organization,
        subject=made,
    )
    duties.refresh(actor=actor, organizations=[organization])
    return made
