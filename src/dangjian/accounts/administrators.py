"""The page on which the three administrators reset each other's passwords, two for the third."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts import joint_resets
from dangjian.accounts.access import account_to_reset_by_two, accounts_guarded, reset_proposed
from dangjian.accounts.forms import ProposeResetForm
from dangjian.accounts.models import JointReset, User
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.submit import attempt


@requires(SIGNED_IN, on=accounts_guarded)
def administrators(request: Request, titles: dict[int, str]) -> HttpResponse:
    """The administrators, and what was proposed for whom."""
    waiting = JointReset.objects.open(clock.now()).select_related("proposed_by")
    by_user = {reset.user_id: reset for reset in waiting}
    people = User.objects.filter(pk__in=titles, is_active=True).order_by("username")
    lines = [_line(request, one, titles[one.pk], by_user.get(one.pk)) for one in people]
    return render(request, "accounts/administrators.html", {"lines": lines})


def _line(request: Request, account: User, title: str, reset: JointReset | None) -> dict[str, object]:
    may_agree = reset is not None and may(joint_resets.require_agreeing, request.actor, reset)
    return {"account": account, "title": title, "reset": reset, "may_agree": may_agree}


@requires(SIGNED_IN, on=account_to_reset_by_two, methods=("GET", "POST"))
def propose_reset(request: Request, account: User) -> HttpResponse:
    """The first of two: say why, and get the first half."""
    form = ProposeResetForm(request.POST or None)
    made = attempt(form, lambda data: joint_resets.propose(actor=request.actor, user=account, **data)) if form.is_bound else None
    if made:
        return render(request, "accounts/half.html", {"account": account, "half": made[1], "which": "前一半"})
    return render(request, "accounts/propose_reset.html", {"form": form, "account": account}, status=422 if form.errors else 200)


@requires(SIGNED_IN, on=reset_proposed, methods=("POST",))
def agree_to_reset(request: Request, reset: JointReset) -> HttpResponse:
    """The second of two: the old password is void, here is the second half."""
    half = joint_resets.agree(actor=request.actor, reset=reset)
    return render(
        request,
        "accounts/half.html",
        {"account": reset.user, "half": half, "which": "后一半", "other": reset.proposed_by},
    )


@requires(SIGNED_IN, on=reset_proposed, methods=("POST",))
def withdraw_reset(request: Request, reset: JointReset) -> HttpResponse:
    """Nothing comes of it."""
    joint_resets.withdraw(actor=request.actor, reset=reset)
    messages.success(request, "已撤回，原密码仍然有效。")
    return redirect("accounts:administrators")
