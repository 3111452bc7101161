"""The first start: the pages behind the one-time address, and beginning again."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict, Refusal
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import PUBLIC, Request, requires
from dangjian.kernel.rulebook import read_settings
from dangjian.kernel.submit import submit
from dangjian.org import queries
from dangjian.org.actions import enterprise as actions
from dangjian.org.setup_forms import SettingsForm, SetUpForm

BY_ADDRESS = SystemActor("首次启动，凭一次性地址")


@requires(PUBLIC)
def choose(request: HttpRequest, key: str) -> HttpResponse:
    """The real platform, or the fictional enterprise to look around in."""
    closed = _closed(request, key)
    return closed or render(request, "org/setup/choose.html", {"key": key})


@requires(PUBLIC, methods=("GET", "POST"))
def set_up(request: HttpRequest, key: str) -> HttpResponse:
    """Enter the enterprise, look at it once more, and get the passwords of the four people."""
    if closed := _closed(request, key):
        return closed
    form = SetUpForm(request.POST or None)
    context = {"form": form, "key": key}
    step = request.POST.get("step")
    if request.method != "POST" or step == "back":
        return render(request, "org/setup/form.html", context)
    if not form.is_valid():
        return render(request, "org/setup/form.html", context, status=422)
    try:
        handed = _done(form, key, keep=step == "confirm")
    except Conflict:
        return _closed(request, key) or redirect("org:setup", key)
    except Refusal as refusal:
        show_refusal(form, refusal)
        return render(request, "org/setup/form.html", context, status=422)
    if step != "confirm":
        hidden = [field.as_hidden() for field in form]
        return render(request, "org/setup/confirm.html", {**context, "summary": form.summary(), "hidden": hidden})
    return render(request, "org/setup/done.html", {"handed": handed, "plan": form.plan()})


def _done(form: SetUpForm, key: str, *, keep: bool) -> list[actions.Handover]:
    """Set up; without ``keep`` only to see whether anything refuses it."""
    with transaction.atomic():
        handed = actions.set_up(actor=BY_ADDRESS, plan=form.plan(), key=key)
        transaction.set_rollback(not keep)
    return handed


@requires(PUBLIC, methods=("POST",))
def demonstration(request: HttpRequest, key: str) -> HttpResponse:
    """Load the fictional enterprise instead."""
    if closed := _closed(request, key):
        return closed
    with transaction.atomic():
        actions.become_demonstration(actor=BY_ADDRESS, key=key)
        enqueue("demo.load")
    return redirect("org:setup_loading")


@requires(PUBLIC)
def loading(request: HttpRequest) -> HttpResponse:
    """Wait for the fictional enterprise; then sign in."""
    found = queries.enterprise()
    if found.set_up_at:
        response: HttpResponse = redirect("accounts:sign_in")
        if request.headers.get("HX-Request"):
            response = HttpResponse(headers={"HX-Redirect": response["Location"]})
        return response
    if not found.is_demonstration:
        return redirect("accounts:sign_in")
    return render(request, "org/setup/loading.html")


def _closed(request: HttpRequest, key: str) -> HttpResponse | None:
    """What is answered once the address has served, or if it never did; ``None`` while it is open."""
    if queries.is_setup_address(key):
        return None
    found = queries.enterprise()
    status = 410 if found.set_up_at or found.is_demonstration else 404
    return render(request, "org/setup/closed.html", {"enterprise": found}, status=status)


@requires("org.settings", methods=("GET", "POST"))
def rules(request: Request) -> HttpResponse:
    """What the enterprise sets for itself, each with its default and where that comes from."""
    read_settings()  # as they are now, not as this process knew them up to a minute ago
    form = SettingsForm(request.POST or None)
    return submit(
        request,
        form,
        lambda _data: actions.set_rules(actor=request.actor, values=form.chosen),
        turn=Turn(queries.enterprise(), _settings_now, ("org.rules_set",)),
        template="org/rules.html",
        context={"fixed_in_file": sorted(settings.DANGJIAN_RULE_SETTINGS)},
        done="本单位设定已保存，一分钟内对所有人生效。",
        to=reverse("org:rules"),
    )


def _settings_now() -> SettingsForm:
    read_settings()
    return SettingsForm()


@requires("accounts.manage", methods=("GET", "POST"))
def start_over(request: Request) -> HttpResponse:
    """Begin the set-up again, as long as nobody has worked with the platform."""
    found = queries.enterprise()
    if request.method != "POST":
        return render(request, "org/setup/start_over.html", {"enterprise": found})
    if request.POST.get("name", "").strip() != found.name:
        wrong = {"enterprise": found, "problem": "与单位名称不一致，没有清空。请照着上面的单位名称填写。"}
        return render(request, "org/setup/start_over.html", wrong, status=422)
    actions.start_over(actor=request.actor)
    key = actions.open_address()
    logout(request)
    messages.success(request, "已清空，可以重新建立。")
    return redirect("org:setup", key)
