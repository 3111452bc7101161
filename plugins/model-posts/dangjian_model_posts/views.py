"""The plugin's pages."""

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, let_in, requires
from dangjian.kernel.lists import ALL, DAY, STATE, Asked, Choice, Column, Days, Empty, ListPage, RowAction, Start, State
from dangjian.kernel.submit import submit
from dangjian.members.lists import by_person
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter
from dangjian_model_posts import actions
from dangjian_model_posts.forms import PostForm, ReviewForm
from dangjian_model_posts.models import ModelPost, Review


def _may_manage(asked: Asked) -> bool:
    return bool(asked.request.actor.may("model_posts.manage"))


def _standing(rows: Any, state: str) -> Any:
    """Posts that have not been taken back, unless others are asked for."""
    return rows if state == ALL else rows.filter(ended_on__isnull=state != "ended")


def _state(post: ModelPost) -> State:
    return State("inactive", "已摘牌") if post.ended_on else State("active", "挂牌中")


NOTHING = Empty("award", "还没有党员示范岗", "从身边的岗位开始，先挂一块牌。", Start("挂牌", "model_posts:new", may=_may_manage))

POSTS = ListPage(
    name="model_posts:list",
    title="党员示范岗",
    permission="model_posts.view",
    intro="党员在岗位上亮身份、作承诺，支部每季度评议一次。",
    rows=lambda _asked: ModelPost.objects.select_related("member", "organization"),
    columns=(
        Column("岗位", "title", sort="title"),
        Column("党员", "member.name", sort="member__name_sort", key="name"),
        Column("承诺", "promise", width=40),
        Column("党支部", "organization.short_name", sort="organization__path", key="organization"),
        Column("挂牌日期", "named_on", DAY, sort="-named_on", key="named"),
        Column("状态", _state, STATE),
    ),
    order=(F("ended_on").desc(nulls_first=True), "-named_on"),
    starts=(
        Start("统计", "model_posts:statistics", "chart-bar", is_primary=False),
        Start("评议", "model_posts:review", "list-check", _may_manage, is_primary=False),
        Start("挂牌", "model_posts:new", may=_may_manage),
    ),
    actions=(
        RowAction(
            "摘牌",
            "model_posts:take_back",
            lambda post, asked: may(actions.require_taking_back, asked.request.actor, post),
            tone="",
            sends=lambda _post: {},
            confirm=lambda post: f"确定为“{post.title}”摘牌吗？",
        ),
    ),
    filters=(
        Choice("state", "状态", [("ended", "已摘牌"), (ALL, "全部")], usual="挂牌中", rows=_standing, look="chips"),
        by_person(also="title"),
        OrganizationFilter(tells_own=True),
        Days("named", "挂牌日期", field="named_on"),
    ),
    empty=NOTHING,
    below="model_posts/reviews.html",
    more=lambda _asked: {"reviews": Review.objects.select_related("organization")[:5]},
)


@requires("model_posts.manage", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Name a model post."""
    return submit(
        request,
        PostForm(request.POST or None),
        lambda data: actions.name_post(actor=request.actor, **data),
        template="model_posts/form.html",
        context={"title": "挂牌示范岗"},
        done=lambda post: f"已为{post.member.name}挂牌“{post}”。",
        to=reverse("model_posts:list"),
    )


@requires("model_posts.manage", methods=("GET", "POST"))
def review(request: Request) -> HttpResponse:
    """Record a review; the duty's button leads here with the branch filled in."""
    return submit(
        request,
        ReviewForm(request.POST or None, initial={"organization": request.GET.get("organization")}),
        lambda data: actions.review(actor=request.actor, **data),
        template="model_posts/form.html",
        context={"title": "评议示范岗"},
        done="评议已登记，本季度的待办随之完成。",
        to=reverse("model_posts:list"),
    )


def post_to_take_back(request: Request, pk: int) -> ModelPost:
    """The model post, for somebody who may end it."""
    post = find(ModelPost.objects.select_related("organization"), pk=pk)
    let_in(request, actions.require_taking_back, post)
    return post


@requires("model_posts.manage", on=post_to_take_back, methods=("POST",))
def take_back(request: Request, post: ModelPost) -> HttpResponse:
    """End a model post."""
    actions.take_back(actor=request.actor, post=post)
    messages.success(request, f"“{post}”已摘牌。")
    return redirect("model_posts:list")
