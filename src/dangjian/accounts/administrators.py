"""The page on which the three administrators reset each other's passwords, two for the third."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts import joint_resets
from dangjian.accounts.forms import ProposeResetForm
from dangjian.accounts.models import JointReset, User
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt


@requires(SIGNED_IN)
def administrators(request: Request) -> HttpResponse:
    """The administrators, and what was proposed for whom."""
    joint_resets.require_administrator(request.actor)
    titles = joint_resets.guarded()
    waiting = JointReset.objects.open(clock.now()).select_related("proposed_by")
    by_user = {reset.user_id: reset for reset in waiting}
    people = User.objects.filter(pk__in=titles, is_active=True).order_by("username")
    lines = [{"account": one, "title": titles[one.pk], "reset": by_user.get(one.pk)} for one in people]
    return render(request, "accounts/administrators.html", {"lines": lines})


@requires(SIGNED_IN, methods=("GET", "POST"))
def propose_reset(request: Request, pk: int) -> HttpResponse:
    """The first of two: say why, and get the first half."""
    joint_resets.require_administrator(request.actor)
    account = User.objects.filter(pk=pk).first()
    if account is None:
        raise NotFound
    form = ProposeResetForm(request.POST or None)
    made = attempt(form, lambda data: joint_resets.propose(actor=request.actor, user=account, **data)) if form.is_bound else None
    if made:
        return render(request, "accounts/half.html", {"account": account, "half": made[1], "which": "前一半"})
    return render(request, "accounts/propose_reset.html", {"form": form, "account": account}, status=422 if form.errors else 200)


@requires(SIGNED_IN, methods=("POST",))
def agree_to_reset(request: Request, pk: int) -> HttpResponse:
    """The second of two: the old password is void, here is the second half."""
    reset = _reset(request, pk)
    half = joint_resets.agree(actor=request.actor, reset=reset)
    return render(
        request,
        "accounts/half.html",
        {"account": reset.user, "half": half, "which": "后一半", "other": reset.proposed_by},
    )


@requires(SIGNED_IN, methods=("POST",))
def withdraw_reset(request: Request, pk: int) -> HttpResponse:
    """Nothing comes of it."""
    joint_resets.withdraw(actor=request.actor, reset=_reset(request, pk))
    messages.success(request, "已撤回，原密码仍然有效。")
    return redirect("accounts:administrators")


def _reset(request: Request, pk: int) -> JointReset:
    joint_resets.require_administrator(request.actor)
    found = JointReset.objects.filter(pk=pk).select_related("user", "proposed_by").first()
    if found is None:
        raise NotFound
    return found
