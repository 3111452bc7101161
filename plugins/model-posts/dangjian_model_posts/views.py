"""The plugin's pages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.kernel.errors import Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request, page
from dangjian.org.gate import find
from dangjian_model_posts import actions
from dangjian_model_posts.forms import PostForm, ReviewForm
from dangjian_model_posts.models import ModelPost, Review

PAGE_SIZE = 20


@page("model_posts.view")
def listing(request: Request) -> HttpResponse:
    """Model posts and the latest reviews."""
    posts = ModelPost.objects.select_related("member", "organization")
    if request.GET.get("state") != "all":
        posts = posts.filter(ended_on=None)
    context = {
        "page_obj": Paginator(posts, PAGE_SIZE).get_page(request.GET.get("page")),
        "reviews": Review.objects.select_related("organization")[:5],
        "everything": request.GET.get("state") == "all",
        "may_manage": request.actor.may("model_posts.manage"),
    }
    return render(request, "model_posts/list.html", context)


@page("model_posts.manage", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Name a model post."""
    form = PostForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            post = actions.name_post(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"已为{post.member.name}挂牌“{post}”。")
            return redirect("model_posts:list")
    return render(request, "model_posts/form.html", {"form": form, "title": "挂牌示范岗"}, status=422 if form.errors else 200)


@page("model_posts.manage", methods=("GET", "POST"))
def review(request: Request) -> HttpResponse:
    """Record a review; the duty's button leads here with the branch filled in."""
    form = ReviewForm(request.POST or None, initial={"organization": request.GET.get("organization")})
    if request.method == "POST" and form.is_valid():
        try:
            actions.review(actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "评议已登记，本季度的待办随之完成。")
            return redirect("model_posts:list")
    return render(request, "model_posts/form.html", {"form": form, "title": "评议示范岗"}, status=422 if form.errors else 200)


@page("model_posts.manage", methods=("POST",))
def take_back(request: Request, pk: int) -> HttpResponse:
    """End a model post."""
    post = actions.take_back(actor=request.actor, post=find(ModelPost, pk=pk))
    messages.success(request, f"“{post}”已摘牌。")
    return redirect("model_posts:list")
