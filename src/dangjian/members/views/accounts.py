"""Accounts of members: how far each branch is, opening them at once, first passwords told or printed, who has never signed in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html

from dangjian.kernel import clock, parameters
from dangjian.kernel.documents import download
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import NUMBER, Asked, Choice, Column, Drawn, Empty, ListPage, RowAction, Start
from dangjian.kernel.progress import progress_part
from dangjian.kernel.ui import words
from dangjian.members.actions import account_runs, first_passwords
from dangjian.members.filters import organization_choices, those
from dangjian.members.forms import RunForm
from dangjian.members.lists import by_person
from dangjian.members.models import AccountRun, FirstPassword, Member
from dangjian.members.queries import access
from dangjian.members.queries.records import post_title, posts_by_user
from dangjian.members.views.access import member_to_sign_in, run_of
from dangjian.org.caching import CachedPaginator
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind, Organization
from dangjian.org.views.access import organization_of

TO_COME_SHOWN = 20
PRINT_CONFIRM = "登录条只能打印一次，打印后平台不再保存这些密码。请准备好纸张再打印。"


def _place(request: Request) -> Organization:
    """The organisation that was chosen, else the highest one in reach."""
    chosen = parameters.number(request, "organization")
    if chosen is not None:
        found: Organization = find(Organization, pk=chosen)
        return found.branch()
    rows = Organization.objects.standing().exclude(kind=Kind.GROUP)
    highest: Organization | None = rows.order_by("path").first()
    if highest is None:
        raise PermissionDenied("您没有可以开通账号的党组织。", how="如工作需要，请联系上级党组织或安全管理员授权。")
    return highest


def _below(place: Organization) -> QuerySet[Member]:
    return Member.objects.counted().filter(organization__path__startswith=place.path)


def _around(asked: Asked) -> dict[str, object]:
    """What stands above the branches: totals, the run that is under way or was last, who is to come."""
    place: Organization = asked.of
    to_come = access.officers_to_come().filter(organization__path__startswith=place.path)
    totals = access.totals(_below(place))
    first, number = list(to_come.order_by("organization__path")[:TO_COME_SHOWN]), to_come.count()
    named = "、".join(f"{one.user.name}（{one.organization}）" for one in first)
    return {
        "place": place,
        "organizations": organization_choices(),
        "totals": _shown(totals, place),
        "run": AccountRun.objects.filter(organization=place).select_related("asked_by", "organization").first(),
        "form": RunForm(place=place),
        "to_come_number": number,
        "to_come_words": f"{named}等" if number > len(first) else named,
        "prints_all": asked.number > 1 and 0 < totals["slips"] <= first_passwords.MOST_PRINTED,
        "print_confirm": PRINT_CONFIRM,
        "kept_days": settings.FIRST_PASSWORD_DAYS,
    }


def _in_short(row: Any) -> str:
    """The numbers of a branch in a line, for a narrow screen."""
    missing = f"没有账号 {row.missing}，" if row.missing else ""
    never = f"没登录过 {row.never}，" if row.never else ""
    return f"党员 {row.members} 名，{missing}{never}已登录 {row.signed_in}"


def _warned(name: str) -> Callable[[object], Any]:
    """Draws a number that is to become nought."""
    return lambda row: format_html('<span class="text-warn">{}</span>', getattr(row, name)) if getattr(row, name) else "0"


def _who(row: Any) -> str:
    return f"{reverse('members:never')}?organization={row.branch_id}"


OVERVIEW = ListPage(
    name="members:accounts",
    title="登录账号",
    permission="members.accounts",
    of=_place,
    kept=("organization",),
    intro=lambda asked: asked.of.name,
    rows=lambda asked: access.by_branch(_below(asked.of)),
    paginator=CachedPaginator,
    pk="branch_id",
    columns=(
        Column("党支部", "branch_name", sort="branch__path", key="branch", width=28),
        Column("概况", _in_short, on_wide=False, in_sheet=False),
        Column("上级", "superior", on_phone=False, width=28),
        Column("党员", "members", NUMBER, sort="-members", on_phone=False),
        Column("没有账号", "missing", NUMBER, sort="-missing", drawn=_warned("missing"), on_phone=False),
        Column("没登录过", "never", NUMBER, sort="-never", drawn=_warned("never"), on_phone=False),
        Column("已登录", "signed_in", NUMBER, sort="-signed_in", on_phone=False),
    ),
    order=("branch__path",),
    row=_who,
    starts=(Start("发放初始密码", lambda asked: f"{reverse('members:never')}?organization={asked.of.pk}", "user-question"),),
    actions=(
        RowAction(
            lambda row: f"打印登录条（{row.slips} 张）",
            lambda row: reverse("members:print_slips", args=[row.branch_id]),
            lambda row, _asked: row.slips > 0,
            "printer",
            tone="",
            sends=lambda _row: {},
            confirm=lambda _row: PRINT_CONFIRM,
            confirm_label="打印",
            is_download=True,
        ),
        RowAction("看是谁", _who, lambda row, _asked: not row.slips and (row.missing > 0 or row.never > 0), "list", tone=""),
    ),
    above="members/accounts_above.html",
    beside="members/accounts_print_all.html",
    more=_around,
    empty=Empty("users", "还没有党员", "先导入党员名册，再开通账号。"),
)


@requires("members.accounts", on=organization_of, methods=("POST",))
def run(request: Request, place: Organization) -> HttpResponse:
    """Have the background open accounts and make slips."""
    form = RunForm(request.POST, place=place)
    if form.is_valid():
        account_runs.start(actor=request.actor, organization=place, **form.keywords())
    else:
        messages.error(request, "请选择给谁开通、要不要制作登录条。")
    return redirect(f"{reverse('members:accounts')}?organization={place.pk}")


@requires("members.accounts", on=run_of)
def progress(request: Request, found: AccountRun) -> HttpResponse:
    """How far a run is."""
    page = f"{reverse('members:accounts')}?organization={found.organization_id}"
    return progress_part(request, found.progress, page=page)


@requires("members.accounts", on=organization_of, methods=("POST",))
def print_slips(request: Request, place: Organization) -> HttpResponse:
    """Slips of an organisation as PDF; each can be printed once."""
    paper = first_passwords.print_slips(actor=request.actor, organization=place, address=_address(request))
    return download(paper, f"{place.short_name}登录条{clock.today():%Y%m%d}.pdf")


def _find_obstacles(rows: list[Any], asked: Asked) -> None:
    barred = access.obstacles(asked.request.actor, rows)
    posts = posts_by_user([member.user_id for member in rows if member.user_id])
    for member in rows:
        member.held = "、".join(post_title(post, member) for post in posts.get(member.user_id or 0, []))
        member.barred, member.progress = barred.get(member.pk, ""), state_of(member)


def _among(rows: QuerySet[Member], who: str) -> QuerySet[Member]:
    if not who:
        return rows
    officers = access.officers_among(rows)
    return officers if who == "officers" else rows.exclude(pk__in=officers.values("pk"))


PROGRESS = {
    "none": ("没有账号", Q(user=None)),
    "new": ("还没有发初始密码", Q(user__isnull=False, first_password=None)),
    "slip": ("登录条待打印", Q(first_password__isnull=False, first_password__handed_at=None)),
    "handed": ("已经发放", Q(first_password__handed_at__isnull=False)),
}
"""How far somebody is who has not signed in yet."""

NEVER = ListPage(
    name="members:never",
    title="还没有登录的党员",
    permission="members.accounts",
    crumbs=(("登录账号", "members:accounts"),),
    intro=lambda asked: f"{words.number(asked.number)} 名。点“发放”当面告知登录名和初始密码，本人登录后自动从这里消失。",
    rows=lambda _asked: access.not_signed_in(Member.objects.counted()).select_related(
        "branch", "organization", "user", "first_password"
    ),
    paginator=CachedPaginator,
    columns=(
        Column("党支部", "branch.name", width=30),
        Column("姓名", "name", width=12),
        Column("登录名", "user.username", width=20),
        Column("进度", "progress", width=20),
    ),
    order=("branch__path", "name_sort"),
    load=_find_obstacles,
    drawn=Drawn("members/_never_row.html"),
    filters=(
        by_person(""),
        OrganizationFilter(),
        Choice("who", "范围", [("officers", "任职人员"), ("members", "其他党员")], "全部人员", rows=_among),
        Choice(
            "state",
            "进度",
            [(code, title) for code, (title, _) in PROGRESS.items()],
            "全部进度",
            rows=those(lambda code: PROGRESS[code][1]),
        ),
    ),
    missed=lambda _asked: Empty("search-off", "没有符合条件的党员", "换个条件再看。"),
    empty=Empty("circle-check", "都登录过了", "所有党员都已经用自己的密码登录。"),
    exported=on_trail("members.never_exported"),
)


@requires("members.accounts", on=member_to_sign_in, methods=("POST",))
def hand_out(request: Request, member: Member) -> HttpResponse:
    """A fresh first password for one member, shown once, to be told to them."""
    back = _back(request, member)
    try:
        user, password = first_passwords.hand_out(actor=request.actor, member=member)
    except Conflict as refusal:
        messages.error(request, refusal.brief)
        return redirect(back)
    address = _address(request)
    context = {
        "member": member,
        "account": user,
        "password": password,
        "address": address,
        "told": f"{member.name}，请用手机浏览器打开 {address} ，登录名 {user.username} ，"
        f"初始密码 {password} ，登录后按提示换成自己的密码。",
        "back": back,
        "following": _following(member),
    }
    return render(request, "members/first_password.html", context)


def state_of(member: Member) -> str:
    """How far a member is who has not signed in yet."""
    if member.user_id is None:
        return "没有账号"
    given: FirstPassword | None = getattr(member, "first_password", None)
    if given is None:
        return "还没有发初始密码"
    if given.handed_at is None:
        return "登录条待打印"
    return given.get_how_display()


def _shown(numbers: dict[str, int], place: Organization) -> dict[str, object]:
    """The totals with what the tiles need: tones, and where each leads."""
    missing, never = numbers["members"] - numbers["accounts"], numbers["never"]
    signed_in = numbers["accounts"] - never
    return {
        **numbers,
        "missing": missing,
        "missing_tone": "warn" if missing else "",
        "missing_query": f"?organization={place.pk}&state=none",
        "never_tone": "warn" if never else "",
        "never_query": f"?organization={place.pk}",
        "signed_in": signed_in,
        "share": signed_in / numbers["members"] if numbers["members"] else None,
    }


def _address(request: Request) -> str:
    return request.build_absolute_uri("/")


def _back(request: Request, member: Member) -> str:
    if request.POST.get("from") == "record":
        return reverse("members:detail", args=[member.pk])
    return f"{reverse('members:never')}?organization={member.branch_id}"


def _following(member: Member) -> Member | None:
    """The next of the branch who has not been given a first password yet."""
    rows = access.not_signed_in(Member.objects.counted().filter(branch=member.branch_id, first_password=None))
    following: Member | None = rows.exclude(pk=member.pk).order_by("name_sort", "pk").first()
    return following
