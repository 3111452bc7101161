"""The dialog that asks for a purpose, then shows in full what is masked on screen."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import Request

PURPOSES = ("核对身份信息", "办理组织关系", "填报统计报表", "联系本人")


def answer_in_full(
    request: Request,
    act: Callable[[str], str],
    *,
    name: str,
    title: str,
    address: str,
    purposes: tuple[str, ...] = PURPOSES,
) -> HttpResponse:
    """A fragment for the shared dialog: the question for the purpose, or what ``act`` returns for the purpose stated.

    :param name: whose it is; ``title`` what it is.
    :param address: where the purpose is sent.
    """
    context: dict[str, object] = {"name": name, "title": title, "address": address, "purposes": purposes}
    if request.method == "POST":
        purpose = request.POST.get("other", "").strip() or request.POST.get("purpose", "")
        try:
            context["value"] = act(purpose)
        except Invalid as problem:
            return render(request, "members/unmask.html", {**context, "problem": problem}, status=422)
    return render(request, "members/unmask.html", context)
