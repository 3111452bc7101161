"""The pages of the audit administrator: the trail, one event of it with all that stands behind it, and the trail as a file."""

from dataclasses import replace
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from dangjian.accounts import queries, trail_export
from dangjian.accounts.access import event_of
from dangjian.accounts.forms import TrailExportForm
from dangjian.accounts.models import Event, EventMember, TrailSeal, area_title
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import (
    CODE,
    LINE,
    STATE,
    Asked,
    Choice,
    Column,
    Days,
    Empty,
    Kind,
    ListPage,
    Search,
    Start,
    State,
    Table,
    page_of,
)
from dangjian.kernel.offers import MemberNames
from dangjian.kernel.registry import offers
from dangjian.kernel.submit import attempt
from dangjian.kernel.ui import words

BEHIND = 100
"""Members of an event that are shown on a page."""


def _summary(event: Event) -> str:
    members, purpose = event.data.get("members"), event.purpose
    return format_html(
        "<span>{}{}{}</span>",
        event.summary,
        format_html(' <span class="faint nowrap">涉及 {} 名党员</span>', words.number(members)) if members else "",
        format_html('<br><span class="faint">用途：{}</span>', purpose) if purpose else "",
    )


def _result(event: Event) -> State:
    return State("success", "成功") if event.result == "done" else State("error", "拒绝")


MOMENT_OF_ACT = Kind(lambda at: f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}", css="nowrap")
"""To the second, as the trail is compared with the logs of other machines."""

EVENTS = ListPage(
    name="accounts:events",
    title="操作留痕",
    permission="accounts.audit",
    rows=lambda _asked: Event.objects.all(),
    columns=(
        Column("内容", "summary", drawn=_summary),
        Column("时间", "at", MOMENT_OF_ACT),
        Column("操作人", "actor_name", LINE),
        Column("所属", "area", LINE),
        Column("网络地址", "address", replace(CODE, css="nowrap")),
        Column("结果", _result, STATE),
    ),
    order=("-at",),
    row="accounts:event",
    above="accounts/last_seal.html",
    more=lambda _asked: {"seal": TrailSeal.objects.first()},
    starts=(
        Start(
            "导出",
            lambda asked: reverse("accounts:events_export") + asked.query,
            "download",
            may=lambda asked: asked.number > 0,
            is_primary=False,
        ),
    ),
    filters=(
        Search("q", "操作人或内容，如：登录、导出", queries.found_by_text, longest=60),
        Choice("kind", "种类", [(one.code, one.title) for one in queries.KINDS], "全部种类", rows=queries.of_kind),
        Choice("verb", "所属", lambda _asked: queries.areas(), "全部模块", field="verb__startswith"),
        Choice("result", "结果", [("done", "成功"), ("refused", "拒绝")], "全部结果"),
        Days("days", "时间", field="at", is_moment=True, usual=30),
    ),
    missed=lambda _asked: Empty("history", "没有符合条件的记录", "放宽时间范围或换个条件再查。"),
    empty=Empty("history", "最近30天没有记录", "放宽时间范围再查。"),
    intro="谁在什么时候做了什么，以及被拒绝的操作。记录只能追加，任何人都不能修改或删除。",
    has_sheet=False,  # the trail goes out with a purpose, by ``export``
)


CHANGES: Table[dict[str, Any]] = Table(
    "前后对照",
    (
        Column("项目", lambda line: line["title"]),
        Column("原来", lambda line: line["before"]),
        Column("改为", lambda line: line["after"]),
    ),
)


@requires("accounts.audit", on=event_of)
def event(request: Request, found: Event) -> HttpResponse:
    """One event: all that is kept of it, what changed, and whom it concerned."""
    behind = page_of(EventMember.objects.filter(event=found), request, BEHIND)
    numbers = [row.member_id for row in behind] or ([found.member_id] if found.member_id else [])
    return render(
        request,
        "accounts/event.html",
        {
            "event": found,
            "changes": CHANGES.of(_changes(found.data)),
            "members": _named(numbers),
            "page_obj": behind,
            "seal": TrailSeal.objects.filter(through__gte=found.pk).order_by("number").first(),
        },
    )


@requires("accounts.audit", methods=("GET", "POST"))
def export(request: Request) -> HttpResponseBase:
    """The events that the filters in the address find, as a file."""
    asked = EVENTS.asked(request)
    said = _in_words(asked)
    form = TrailExportForm(request.POST or None)

    def leave(data: dict[str, Any]) -> object:
        return trail_export.export(actor=request.actor, rows=asked.ordered, asked=said, **data)

    if request.method == "POST" and (file := attempt(form, leave)):
        name = f"操作留痕{clock.now():%Y%m%d-%H%M}.{form.cleaned_data['form']}"
        return FileResponse(file, as_attachment=True, filename=name)
    context = {"form": form, "number": asked.number, "asked": said}
    return render(request, "accounts/events_export.html", context, status=422 if form.errors else 200)


def _in_words(asked: Asked) -> str:
    """Which events these are, for a file that is read elsewhere."""
    values = asked.values
    said = [f"{words.day(values['since'])}至{words.day(values['until'])}"]
    for name in ("kind", "result"):
        field: Any = asked.form.fields[name]
        said += [str(title) for code, title in field.choices if code and code == values.get(name)]
    said += [area_title(values["verb"])] if values.get("verb") else []
    said += [f"含“{values['q']}”"] if values.get("q") else []
    return "，".join(said)


def _changes(data: dict[str, Any]) -> list[dict[str, object]]:
    """What an event says was there before and after, row by row."""
    before, after = data.get("before"), data.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    titles = data.get("titles", {})
    return [
        {"title": titles.get(name, name), "before": before.get(name), "after": after.get(name)} for name in {**before, **after}
    ]


def _named(numbers: list[int]) -> list[str]:
    """The names of members, of whom there may be no record any more."""
    known: dict[int, str] = {}
    for offer in offers(MemberNames):
        known.update(offer.named(numbers))
    return [known.get(number, f"编号{number}") for number in numbers]
