"""Sign-in, one's own account, and the pages of the system and the security administrator."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from dangjian.accounts import actions, door, queries
from dangjian.accounts.backends import counted_name, find
from dangjian.accounts.editing import editing
from dangjian.accounts.forms import AccountForm, ContactForm, PasswordForm, SignInForm, TokenForm
from dangjian.accounts.joint_resets import guarded
from dangjian.accounts.models import ApiToken, User
from dangjian.kernel import clock
from dangjian.kernel.addresses import address_of
from dangjian.kernel.editing import Overtaken
from dangjian.kernel.errors import Invalid, NotThere
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Request, page
from dangjian.kernel.ordering import ordered_by

PAGE_SIZE = 25
SORTS = {name: name for name in ("username", "name", "last_login", "created_at")}


@page(PUBLIC, methods=("GET", "POST"))
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in and go where one wanted to."""
    target = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("site:home")
    if request.user.is_authenticated and request.method == "GET":
        return redirect(target)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user, refusal = _try(request, **form.cleaned_data)
        if user is not None:
            response = redirect(target)
            door.remember_device(request, response, user)
            return response
        if refusal is not None:
            return refusal
        form.add_error(None, "登录名（手机号）或密码不正确。请检查大小写，或请系统管理员重置密码。")
    return render(
        request,
        "accounts/sign_in.html",
        {
            "form": form,
            "next": target,
            "demo": queries.demo_accounts(),
            "demo_password": queries.DEMO_PASSWORD,
        },
        status=422 if form.errors else 200,
    )


def _try(request: HttpRequest, username: str, password: str) -> tuple[User | None, HttpResponse | None]:
    """Who is signed in now, or nobody and, unless the form is shown again, what to answer."""
    meant = find(username.strip())
    name = counted_name(username, meant)
    knock = door.knock_at(request, name=name, user_id=meant.pk if meant else None)
    user = authenticate(request, username=username, password=password) if knock.is_open else None
    if isinstance(user, User):
        knock.let_in()
        login(request, user)
        actions.note_sign_in(actor=actions.AtTheDoor(name=user.name, address=address_of(request), user_id=user.pk), user=user)
        return user, None
    verdict = door.Verdict.LOCKED if knock.is_open and knock.is_last else knock.verdict
    actions.note_refused_sign_in(actor=actions.AtTheDoor(name=name, address=address_of(request)), user=meant, verdict=verdict)
    if verdict is door.Verdict.SLOW:
        return None, _not_now(request, seconds=round(door.SLOWLY.total_seconds()))
    return None, _not_now(request, minutes=settings.SIGN_IN_LOCK_MINUTES) if verdict is door.Verdict.LOCKED else None


def _not_now(request: HttpRequest, **waiting: int) -> HttpResponse:
    """The answer after too many wrong passwords, with how long to wait."""
    response = render(request, "accounts/locked_out.html", waiting, status=429)
    response["Retry-After"] = str(waiting.get("seconds") or waiting["minutes"] * 60)
    return response


@page(SIGNED_IN, methods=("POST",), before_password_change=True, opened="site:home")
def sign_out(request: Request) -> HttpResponse:
    """End the session, and have the device forget what it may have kept of it."""
    actions.note_sign_out(actor=request.actor, user=request.user)
    logout(request)
    messages.success(request, "您已安全退出。")
    response = redirect("accounts:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@page(SIGNED_IN, methods=("GET", "POST"), before_password_change=True)
def password(request: Request) -> HttpResponse:
    """Change one's own password; the first thing after the first sign-in."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        knock = door.knock_at(request, name=request.user.username, user_id=request.user.pk)
        if not knock.is_open:
            return _not_now(request, minutes=settings.SIGN_IN_LOCK_MINUTES)
        tokens = ApiToken.objects.filter(user=request.user, revoked_at=None).exists()
        try:
            user = actions.change_password(
                actor=request.actor, user=request.user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except Invalid as refusal:
            if "old" in refusal.fields:
                actions.note_wrong_old_password(actor=request.actor, user=request.user, locked=knock.is_last)
                if knock.is_last:
                    # Whoever sits before somebody else's session must not find out the password that goes with it.
                    logout(request)
                    return _not_now(request, minutes=settings.SIGN_IN_LOCK_MINUTES)
            else:
                knock.let_in()
            show_refusal(form, refusal)
        else:
            knock.let_in()
            update_session_auth_hash(request, user)
            ended = "以前签发的接口令牌已全部停用。" if tokens else ""
            messages.success(request, f"密码已修改，请记住新密码。{ended}")
            return redirect("site:home")
    first = request.user.must_change_password
    old = not first and request.user.password_is_old
    must = first or old
    frame = "frame_bare.html" if must else "frame.html"
    context = {"form": form, "first": first, "old": old, "must": must, "frame": frame}
    return render(request, "accounts/password.html", context, status=422 if form.errors else 200)


@page(SIGNED_IN, methods=("GET", "POST"))
def contact(request: Request) -> HttpResponse:
    """One's own phone number for sign-in and e-mail address for reminders."""
    form = ContactForm(request.POST or None, initial={"email": request.user.email})
    if request.method == "POST" and form.is_valid():
        changes = {"email": form.cleaned_data["email"], "password": form.cleaned_data["password"]}
        if form.cleaned_data["phone"]:
            changes["phone"] = form.cleaned_data["phone"]
        try:
            with editing(form, row=request.user, again=lambda: _contact_of(request.user.pk), verbs=("accounts.contact_changed",)):
                actions.update_contact(actor=request.actor, user=request.user, **changes)
        except (Invalid, Overtaken) as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "联系方式已保存。")
            return redirect("accounts:contact")
    return render(request, "accounts/contact.html", {"form": form}, status=422 if form.errors else 200)


def _contact_of(pk: int) -> ContactForm:
    return ContactForm(initial={"email": User.objects.get(pk=pk).email})


@page(SIGNED_IN, methods=("GET", "POST"))
def tokens(request: Request) -> HttpResponse:
    """One's own API tokens."""
    form = TokenForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        _token, key = actions.issue_token(actor=request.actor, user=request.user, **form.cleaned_data)
        form = TokenForm()
    mine = ApiToken.objects.filter(user=request.user)
    return render(request, "accounts/tokens.html", {"form": form, "key": key, "tokens": mine, "now": clock.now()})


@page(SIGNED_IN, methods=("POST",))
def revoke_token(request: Request, pk: int) -> HttpResponse:
    """Stop one of one's own tokens."""
    token = ApiToken.objects.filter(pk=pk, user=request.user).first()
    if token is None:
        raise NotThere
    actions.revoke_token(actor=request.actor, token=token)
    messages.success(request, f"令牌“{token.title}”已停用。")
    return redirect("accounts:tokens")


@page("accounts.manage")
def account_list(request: Request) -> HttpResponse:
    """All accounts, for the system administrator: names and states, no Party data."""
    shown = User.objects.all()
    q, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    if q:
        shown = shown.filter(Q(username__icontains=q) | Q(name__icontains=q))
    if state in {"on", "off"}:
        shown = shown.filter(is_active=state == "on")
    if state == "first":
        shown = shown.filter(must_change_password=True)
    shown = shown.order_by(ordered_by(request.GET.get("sort", ""), SORTS, "username"), "pk")
    return render(
        request,
        "accounts/list.html",
        {
            "page_obj": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
            "q": q,
            "state": state,
            "guarded": guarded(),
            "states": [("", "全部状态"), ("on", "启用"), ("off", "停用"), ("first", "未首次登录改密")],
        },
    )


@page("accounts.manage", methods=("GET", "POST"))
def account_new(request: Request) -> HttpResponse:
    """Open an account."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, first = actions.open_account(actor=request.actor, **form.cleaned_data)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            return render(request, "accounts/handover.html", {"account": user, "password": first})
    return render(request, "accounts/new.html", {"form": form}, status=422 if form.errors else 200)


def _account(pk: int) -> User:
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise NotThere
    return user


@page("accounts.manage", methods=("POST",))
def account_active(request: Request, pk: int) -> HttpResponse:
    """Switch an account on or off."""
    user = actions.set_active(actor=request.actor, user=_account(pk), active=request.POST.get("active") == "1")
    messages.success(request, f"账号“{user.username}”已{'启用' if user.is_active else '停用'}。")
    return redirect("accounts:list")


@page("accounts.manage", methods=("POST",))
def account_reset(request: Request, pk: int) -> HttpResponse:
    """A new first password, shown once."""
    user = _account(pk)
    first = actions.reset_password(actor=request.actor, user=user)
    return render(request, "accounts/handover.html", {"account": user, "password": first})


@page("accounts.unlock")
def locks(request: Request) -> HttpResponse:
    """Accounts with wrong passwords lately, for the security administrator."""
    lately = (
        door.wrong_passwords().values("name").annotate(last=Max("at"), number=Count("pk"), places=Count("origin", distinct=True))
    )
    page_obj = Paginator(lately.order_by("-last"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page_obj, "limit": settings.SIGN_IN_FAILURES, "locked": door.locked_names()}
    return render(request, "accounts/locks.html", context)


@page("accounts.unlock", methods=("POST",))
def unlock(request: Request) -> HttpResponse:
    """End a lockout."""
    name = request.POST.get("username", "")
    actions.unlock(actor=request.actor, username=name)
    messages.success(request, f"“{name}”已可以重新登录。")
    return redirect("accounts:locks")
