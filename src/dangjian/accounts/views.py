"""Sign-in, one's own account, and the pages of the system and the security administrator."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from dangjian.accounts import actions, door, queries
from dangjian.accounts.access import account_to_reset, account_to_switch, token_of_mine
from dangjian.accounts.backends import counted_name, find
from dangjian.accounts.editing import Turn
from dangjian.accounts.forms import AccountForm, ContactForm, PasswordForm, SignInForm, TokenForm
from dangjian.accounts.joint_resets import guarded
from dangjian.accounts.models import ApiToken, User
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.addresses import address_of
from dangjian.kernel.errors import Invalid
from dangjian.kernel.forms import Cleaned, show_refusal
from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Request, requires
from dangjian.kernel.lists import (
    CODE,
    DAY,
    MOMENT,
    NUMBER,
    STATE,
    Asked,
    Choice,
    Column,
    Empty,
    ListPage,
    RowAction,
    Search,
    Start,
    State,
)
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.ui import words


@requires(PUBLIC, methods=("GET", "POST"))
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
            "is_set_up": queries.anybody(),
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


@requires(SIGNED_IN, methods=("POST",), before_password_change=True, opened="site:home")
def sign_out(request: Request) -> HttpResponse:
    """End the session, and have the device forget what it may have kept of it."""
    actions.note_sign_out(actor=request.actor, user=request.user)
    logout(request)
    messages.success(request, "您已安全退出。")
    response = redirect("accounts:sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@requires(SIGNED_IN, methods=("GET", "POST"), before_password_change=True)
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


@requires(SIGNED_IN, methods=("GET", "POST"))
def contact(request: Request) -> HttpResponse:
    """One's own phone number for sign-in and e-mail address for reminders."""
    form = ContactForm(request.POST or None, initial={"email": request.user.email})

    def change(data: Cleaned) -> User:
        phone = {"phone": data["phone"]} if data["phone"] else {}
        return actions.update_contact(
            actor=request.actor, user=request.user, email=data["email"], password=data["password"], **phone
        )

    return submit(
        request,
        form,
        change,
        turn=Turn(request.user, lambda: _contact_of(request.user.pk), ("accounts.contact_changed",)),
        template="accounts/contact.html",
        done="联系方式已保存。",
        to=reverse("accounts:contact"),
    )


def _contact_of(pk: int) -> ContactForm:
    return ContactForm(initial={"email": User.objects.get(pk=pk).email})


@requires(SIGNED_IN, methods=("GET", "POST"))
def tokens(request: Request) -> HttpResponse:
    """One's own API tokens."""
    form = TokenForm(request.POST or None)
    key = ""
    if request.method == "POST" and form.is_valid():
        _token, key = actions.issue_token(actor=request.actor, user=request.user, **form.cleaned_data)
        form = TokenForm()
    mine = ApiToken.objects.filter(user=request.user)
    return render(request, "accounts/tokens.html", {"form": form, "key": key, "tokens": mine, "now": clock.now()})


@requires(SIGNED_IN, on=token_of_mine, methods=("POST",))
def revoke_token(request: Request, token: ApiToken) -> HttpResponse:
    """Stop one of one's own tokens."""
    actions.revoke_token(actor=request.actor, token=token)
    messages.success(request, f"令牌“{token.title}”已停用。")
    return redirect("accounts:tokens")


def _mark_guarded(rows: list[Any], _asked: Asked) -> None:
    """For the actions: whose password takes two."""
    found = guarded()
    for one in rows:
        one.is_guarded = one.pk in found


def _in_state(rows: QuerySet[User], state: str) -> QuerySet[User]:
    if state == "first":
        return rows.filter(must_change_password=True)
    return rows.filter(is_active=state == "on") if state else rows


def _state(one: User) -> State:
    if not one.is_active:
        return State("inactive", "停用")
    return State("pending", "待首次改密") if one.must_change_password else State("active", "启用")


ACCOUNTS = ListPage(
    name="accounts:list",
    title="账号管理",
    permission="accounts.manage",
    intro="开通、停用账号和重置密码。角色由安全管理员分配，操作由审计管理员查看。",
    rows=lambda _asked: User.objects.all(),
    columns=(
        Column("登录名", "username", CODE, sort="username"),
        Column("姓名", "name", sort="name"),
        Column("最近登录", "last_login", sort="last_login", drawn=lambda one: words.daytime(one.last_login) or "从未登录"),
        Column("开通日期", "created_at", DAY, sort="created_at", on_phone=False),
        Column("状态", _state, STATE),
    ),
    order=("username",),
    load=_mark_guarded,
    starts=(Start("开通账号", "accounts:new", "user-plus"),),
    menu=lambda one: one.name,
    actions=(
        RowAction(
            "重置密码（两人办理）",
            lambda _one: reverse("accounts:administrators"),
            lambda one, _asked: one.is_guarded,
            icon="key",
            tone="",
        ),
        RowAction(
            "重置密码",
            "accounts:reset",
            lambda one, _asked: not one.is_guarded,
            icon="key",
            tone="",
            sends=lambda _one: {},
            confirm=lambda one: f"将为“{one.name}”生成新的初始密码，原密码立即失效。确定重置吗？",
            confirm_label="重置密码",
        ),
        RowAction(
            "停用",
            "accounts:active",
            lambda one, asked: one.is_active and may(actions.require_switching, asked.request.actor, one),
            icon="ban",
            tone="danger",
            sends=lambda _one: {"active": "0"},
            confirm=lambda one: f"停用后“{one.name}”立即不能使用系统，记录都会保留。确定停用吗？",
        ),
        RowAction(
            "启用",
            "accounts:active",
            lambda one, _asked: not one.is_active,
            icon="check",
            tone="",
            sends=lambda _one: {"active": "1"},
            confirm=lambda one: f"确定重新启用“{one.name}”的账号吗？",
        ),
    ),
    filters=(
        Search("q", "登录名、姓名或拼音", queries.found_account),
        Choice(
            "state",
            "状态",
            [("on", "启用"), ("off", "停用"), ("first", "未首次登录改密")],
            usual="全部状态",
            rows=_in_state,
        ),
    ),
    missed=lambda _asked: Empty("users-group", "没有符合条件的账号", "换个条件查找，或开通新账号。"),
    empty=Empty("users-group", "还没有账号", "", Start("开通账号", "accounts:new", "user-plus")),
    below="accounts/start_over.html",
    has_sheet=False,
)


@requires("accounts.manage", methods=("GET", "POST"))
def account_new(request: Request) -> HttpResponse:
    """Open an account."""
    form = AccountForm(request.POST or None)
    opened = attempt(form, lambda data: actions.open_account(actor=request.actor, **data)) if form.is_bound else None
    if opened:
        user, first = opened
        return render(request, "accounts/handover.html", {"account": user, "password": first})
    return render(request, "accounts/new.html", {"form": form}, status=422 if form.errors else 200)


@requires("accounts.manage", on=account_to_switch, methods=("POST",))
def account_active(request: Request, account: User) -> HttpResponse:
    """Switch an account on or off."""
    user = actions.set_active(actor=request.actor, user=account, active=request.POST.get("active") == "1")
    messages.success(request, f"账号“{user.username}”已{'启用' if user.is_active else '停用'}。")
    return redirect("accounts:list")


@requires("accounts.manage", on=account_to_reset, methods=("POST",))
def account_reset(request: Request, user: User) -> HttpResponse:
    """A new first password, shown once."""
    first = actions.reset_password(actor=request.actor, user=user)
    return render(request, "accounts/handover.html", {"account": user, "password": first})


def _limit(_asked: Asked) -> str:
    return (
        f"近 7 天输错过密码的账号。从同一处连续输错 {settings.SIGN_IN_FAILURES} 次，就在那一处暂停登录；"
        "本人以前登录过的设备不受别处影响。"
    )


def _add_tries(rows: list[Any], _asked: Asked) -> None:
    counts, locked = door.tries_of([one.name for one in rows]), door.locked_names()
    for one in rows:
        one.number, one.places = counts[one.name]
        one.is_locked = one.name in locked


LOCKS = ListPage(
    name="accounts:locks",
    title="登录锁定",
    permission="accounts.unlock",
    intro=_limit,
    rows=lambda _asked: door.last_tries(),
    columns=(
        Column("登录名", "name", CODE, sort="name"),
        Column("最近一次", "at", MOMENT, sort="-at", key="last"),
        Column("失败次数", "number", NUMBER),
        Column("来自几处", "places", NUMBER),
        Column(
            "状态",
            lambda one: State("locked", "已锁定", "bad") if one.is_locked else State("open", "未锁定", "neutral"),
            STATE,
        ),
    ),
    order=("-at",),
    load=_add_tries,
    actions=(
        RowAction(
            "解除锁定",
            lambda _one: reverse("accounts:unlock"),
            lambda _one, _asked: True,
            tone="",
            sends=lambda one: {"username": one.name},
            confirm=lambda one: f"请先向本人核实身份。确定解除“{one.name}”的锁定吗？",
        ),
    ),
    filters=(Search("q", "登录名", lambda text: Q(name__icontains=text)),),
    empty=Empty("lock-open", "近 7 天没有登录失败", "这里会列出输错密码的账号。"),
    has_sheet=False,
)


@requires("accounts.unlock", methods=("POST",))
def unlock(request: Request) -> HttpResponse:
    """End a lockout."""
    name = request.POST.get("username", "")
    actions.unlock(actor=request.actor, username=name)
    messages.success(request, f"“{name}”已可以重新登录。")
    return redirect("accounts:locks")
