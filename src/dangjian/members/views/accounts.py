"""Accounts of members: how far each branch is, opening them at once, first passwords told or printed, who has never signed in."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header

from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, PermissionDenied
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.typed import number
from dangjian.members.actions import account_runs, first_passwords
from dangjian.members.filters import NeverFilter, organization_choices
from dangjian.members.forms import RunForm
from dangjian.members.models import AccountRun, FirstPassword, Member
from dangjian.members.queries import access
from dangjian.members.queries.records import post_title, posts_by_user
from dangjian.org.caching import CachedPaginator
from dangjian.org.gate import find
from dangjian.org.models import Kind, Organization

PAGE = 30
TO_COME_SHOWN = 20
PRINT_CONFIRM = "登录条只能打印一次，打印后平台不再保存这些密码。请准备好纸张再打印。"


@requires("members.accounts")
def overview(request: Request) -> HttpResponse:
    """How far each branch is, the run that is under way, slips to print."""
    place = _place(request)
    rows = Member.objects.counted().filter(organization__path__startswith=place.path)
    page_obj = CachedPaginator(access.by_branch(rows), PAGE).get_page(request.GET.get("page"))
    to_come = access.officers_to_come().filter(organization__path__startswith=place.path)
    last = AccountRun.objects.filter(organization=place).select_related("asked_by", "organization").first()
    context = {
        "place": place,
        "organizations": organization_choices(),
        "totals": _shown(access.totals(rows), place),
        "page_obj": page_obj,
        "lines": access.as_lines(list(page_obj.object_list)),
        "run": last,
        "form": RunForm(place=place),
        "to_come": list(to_come.order_by("organization__path")[:TO_COME_SHOWN]),
        "to_come_number": to_come.count(),
        "most_printed": first_passwords.MOST_PRINTED,
        "print_confirm": PRINT_CONFIRM,
        "kept_days": settings.FIRST_PASSWORD_DAYS,
    }
    return render(request, "members/accounts.html", context)


@requires("members.accounts", methods=("POST",))
def run(request: Request, pk: int) -> HttpResponse:
    """Have the background open accounts and make slips."""
    place: Organization = find(Organization, pk=pk)
    form = RunForm(request.POST, place=place)
    if form.is_valid():
        account_runs.start(actor=request.actor, organization=place, **form.keywords())
    else:
        messages.error(request, "请选择给谁开通、要不要制作登录条。")
    return redirect(f"{reverse('members:accounts')}?organization={place.pk}")


@requires("members.accounts")
def progress(request: Request, pk: int) -> HttpResponse:
    """How far a run is; tells the page to show itself anew when it is through."""
    found: AccountRun = find(AccountRun, pk=pk)
    response = render(request, "members/_accounts_progress.html", {"run": found})
    if not found.is_under_way:
        response["HX-Refresh"] = "true"
    return response


@requires("members.accounts", methods=("POST",))
def print_slips(request: Request, pk: int) -> HttpResponse:
    """Slips of an organisation as PDF; each can be printed once."""
    place: Organization = find(Organization, pk=pk)
    paper = first_passwords.print_slips(actor=request.actor, organization=place, address=_address(request))
    response = HttpResponse(paper, content_type="application/pdf")
    name = f"{place.short_name}登录条{clock.today():%Y%m%d}.pdf"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@requires("members.accounts")
def never(request: Request) -> HttpResponse:
    """Members without an account and those who have never signed in, with what is to be done about each."""
    filters = NeverFilter(request.GET)
    page_obj = CachedPaginator(filters.rows(), PAGE).get_page(request.GET.get("page"))
    members = list(page_obj.object_list)
    barred = access.obstacles(request.actor, members)
    posts = posts_by_user([member.user_id for member in members if member.user_id])
    context = {
        "filters": filters,
        "page_obj": page_obj,
        "lines": [
            {
                "member": member,
                "posts": "、".join(post_title(post, member) for post in posts.get(member.user_id or 0, [])),
                "state": state_of(member),
                "barred": barred.get(member.pk, ""),
            }
            for member in members
        ],
    }
    return render(request, "members/never.html", context)


@requires("members.accounts")
def never_sheet(request: Request) -> HttpResponseBase:
    """The same as a spreadsheet, all pages."""
    filters = NeverFilter(request.GET)
    file = first_passwords.export_never(actor=request.actor, rows=filters.rows(), state=state_of)
    return FileResponse(file, as_attachment=True, filename=f"还没有登录的党员{clock.today():%Y%m%d}.xlsx")


@requires("members.accounts", methods=("POST",))
def hand_out(request: Request, pk: int) -> HttpResponse:
    """A fresh first password for one member, shown once, to be told to him."""
    member: Member = find(Member.objects.select_related("organization", "branch", "user"), pk=pk)
    back = _back(request, member)
    try:
        user, password = first_passwords.hand_out(actor=request.actor, member=member)
    except Conflict as refusal:
        messages.error(request, f"{refusal.message}{refusal.how}")
        return redirect(back)
    context = {
        "member": member,
        "account": user,
        "password": password,
        "address": _address(request),
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


def _place(request: Request) -> Organization:
    """The organisation that was chosen, else the highest one in reach."""
    chosen = number(request.GET.get("organization"))
    if chosen is not None:
        found: Organization = find(Organization, pk=chosen)
        return found.branch()
    rows = Organization.objects.standing().exclude(kind=Kind.GROUP)
    highest: Organization | None = rows.order_by("path").first()
    if highest is None:
        raise PermissionDenied("您没有可以开通账号的党组织。", how="如工作需要，请联系上级党组织或安全管理员授权。")
    return highest


def _shown(numbers: dict[str, int], place: Organization) -> dict[str, Any]:
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
