"""Members who were ticked on the list are to go to one branch: a transfer for each of them."""

from collections.abc import Collection
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.activities.transfers.actions.batches import BATCH, Asked, Going, ask_many
from dangjian.activities.transfers.forms import BatchForm
from dangjian.activities.transfers.queries.going import PROCEDURE
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists.loaded import Loaded
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui.done import say_done
from dangjian.members.models import Member
from dangjian.members.views.roster import chosen_members, nobody_chosen
from dangjian.org.lookup import answer_search, is_search

WHY_NOT: Loaded[str] = Loaded("why_not")
"""Why there is no transfer of a member, on the page."""


@requires(BATCH, methods=("GET", "POST"))
def batch(request: Request) -> HttpResponse:
    """One transfer for each of the members chosen. Whoever is refused stays on the page with the reason, the others are done."""
    members = chosen_members(request)
    if not members:
        return nobody_chosen(request)
    form = BatchForm(request.POST or None, near=members[0].branch)
    if is_search(request):
        return answer_search(request, form)
    asked = attempt(form, lambda _data: _ask(request, form, members)) if request.method == "POST" else None
    if asked and not asked.refused:
        say_done(request, f"已提出{len(asked.cases)}名党员的转接，等上级审核。")
        return redirect(reverse(f"procedures:{PROCEDURE}"))
    if asked:
        members = _left(members, asked)
        form.add_error(None, f"有{len(members)}名党员没有提出，原因写在姓名后面。")
        if asked.cases:
            messages.success(request, f"已提出{len(asked.cases)}名党员的转接，等上级审核。")
    context = {
        "form": form,
        "members": members,
        "title": "转接组织关系",
        "intro": "所选党员转到同一个党支部，每人一件。上级审核以后由转入的党支部接收；接收以前仍由现在的党支部负责。",
        "label": "提出转接",
        "back": reverse("members:list"),
        "action": f"?{urlencode([('member', member.pk) for member in members])}",
    }
    return render(request, "transfers/batch.html", context, status=422 if form.is_bound and form.errors else 200)


def _ask(request: Request, form: BatchForm, members: Collection[Member]) -> Asked:
    keywords = form.keywords()
    return ask_many(actor=request.actor, going=[Going(member.pk, **keywords) for member in members])


def _left(members: Collection[Member], asked: Asked) -> list[Member]:
    left = [member for member in members if member.pk in asked.refused]
    for member in left:
        WHY_NOT.put(member, asked.refused[member.pk].brief)
    return left
