"""What the development of members shows on other pages: a case, home, an organisation, the search box."""

from collections.abc import Mapping, Sequence
from typing import cast

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse

from dangjian.activities.development import columns as typed
from dangjian.activities.development.actions import accounts, applicants
from dangjian.activities.development.lists import late
from dangjian.activities.development.models import Applicant, HelperRole, Stage
from dangjian.activities.development.queries.people import helpers_of, with_case
from dangjian.activities.development.queries.way import PROCEDURE, applicant_of
from dangjian.activities.development.views.own import helping, standing
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import SearchHit
from dangjian.members.queries.people import found_by_text
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.scope import opened

OF_PERSON = tuple(name for name in typed.TYPED if name != "name")


def of_case(request: Request, case: ProcedureCase) -> Mapping[str, object] | None:
    """Who the person of a case is, and what their branch may do with them; the person themselves sees no more than the facts."""
    one = applicant_of(case)
    if one is None:
        return None
    actor = request.actor
    is_office = actor.may("development.view", case.organization)
    unmasks = is_office and actor.may("members.unmask", case.organization)
    shown: dict[str, object] = {"lines": _lines(one, unmasks=unmasks), "is_office": is_office}
    if may(applicants.require_changing, actor, one):
        shown["change_url"] = reverse("development:change", args=[one.pk])
    if may(applicants.require_moving, actor, one):
        shown["move_url"] = reverse("development:move", args=[one.pk])
    if may(applicants.require_ending, actor, one):
        shown["end_url"] = reverse("development:end", args=[one.pk])
    if may(accounts.require_handing_out, actor, one):
        shown["hand_out_url"] = reverse("development:hand_out", args=[one.pk])
        shown["hand_out_label"] = "重发初始密码" if one.user_id else "开通账号"
    return shown


def _lines(one: Applicant, *, unmasks: bool) -> list[dict[str, str]]:
    found = []
    for name in OF_PERSON:
        text = typed.masked(name, getattr(one, name)) if getattr(one, name) else ""
        if text:
            unmask = reverse("development:unmask", args=[one.pk, name]) if unmasks and name in typed.PRIVATE else ""
            found.append({"title": typed.title(name), "text": text, "unmask": unmask})
    age = typed.age(one.birth_on)
    helpers = helpers_of(one)
    more = {
        "年龄": f"{age}岁" if age is not None else "",
        "培养联系人": "、".join(helpers[HelperRole.CONTACT]),
        "入党介绍人": "、".join(helpers[HelperRole.SPONSOR]),
        "党员档案": str(one.member.branch.short_name) if one.member else "",
        "登录账号": f"{one.user.username}{'' if one.user.is_active else '（已停用）'}" if one.user else "",
    }
    return [*found, *({"title": title, "text": text, "unmask": ""} for title, text in more.items() if text)]


def found_applicants(text: str, limit: int) -> Sequence[SearchHit]:
    """Applicants of the open scope by name, pinyin, mobile, identity or employee number."""
    rows = with_case(Applicant.objects.filter(found_by_text(text)).select_related("organization")).order_by("name_sort")
    return [
        SearchHit(
            row.name,
            reverse(f"procedures:{PROCEDURE}_case", args=[row.case_id]),
            f"{row.organization.short_name} {row.get_stage_display()}",
        )
        for row in rows.filter(case_id__isnull=False)[:limit]
    ]


def of_organization(request: HttpRequest, organization: Organization) -> dict[str, object] | None:
    """The tab 发展党员 of an organisation: how many are in each stage, how many are late."""
    actor = cast("GrantedActor", cast("Request", request).actor)
    if organization.is_group:
        return None
    with opened(actor.scope_of("development.view")):
        rows = Applicant.objects.running().filter(organization__path__startswith=organization.path)
        numbers = dict(rows.order_by().values_list("stage").annotate(number=Count("pk")))
        number_late = late(rows, "late").count()
    address = f"{reverse('development:applicants')}?organization={organization.pk}"
    return {
        "stages": [
            {"title": stage.label, "number": numbers.get(stage.value, 0), "url": f"{address}&stage={stage.value}"}
            for stage in (Stage.APPLICANT, Stage.ACTIVIST, Stage.OBJECT, Stage.PROBATIONARY)
        ],
        "late": number_late,
        "late_url": f"{address}&late=late",
        "address": address,
        "is_none": not numbers,
    }


def of_me(request: Request) -> dict[str, object] | None:
    """On the home page of somebody who has applied: where they stand and what is to be done."""
    found = standing(request)
    return {"own": found} if found else None


def of_helper(request: Request) -> dict[str, object] | None:
    """On the home page of somebody who stands by applicants: who they are, and what is due from them."""
    people = helping(request)
    return {"people": people} if people else None
