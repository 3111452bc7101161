"""Members out of contact: the searches, one of them with what was tried, beginning one."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from dangjian.activities.contact.actions import searches as actions
from dangjian.activities.contact.forms.contact import ConcludeForm, EndSearchForm, FoundForm, LostForm, SettleForm, TryForm
from dangjian.activities.contact.models import Search, SearchState, SearchTry
from dangjian.activities.contact.policy import silent_for
from dangjian.activities.contact.queries import searches as read
from dangjian.activities.contact.queries.clock import silent_since
from dangjian.activities.contact.queries.notes import MANAGE, VIEW
from dangjian.activities.contact.views.groups import ANY, OF_PERSON, by_bracket
from dangjian.activities.contact.views.people import BRANCHES
from dangjian.activities.contact.views.procedures import Beginning, beginnings
from dangjian.activities.contact.views.when import THERE, CountedDays
from dangjian.kernel import clock, codes
from dangjian.kernel.actor import Actor
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, DAY, PROSE, STATE, Choice, Column, Empty, ListPage, Loaded, Start, State, Table
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.queries.contact import reasons, with_contact
from dangjian.org.cases import Card, Case, Fact, Stage, Step
from dangjian.org.forms import ActionForm
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail

TONES = {
    SearchState.SEARCHING: "info",
    SearchState.LOST: "bad",
    SearchState.CONCLUDED: "bad",
    SearchState.FOUND: "good",
    SearchState.ENDED: "neutral",
}


def look(one: Search) -> State:
    """How far a search is; somebody found about whom something is to be decided says so."""
    if one.is_undecided:
        return State("undecided", "已取得联系，待研究", "warn")
    return State(one.state, one.get_state_display(), TONES[SearchState(one.state)])


def reason(one: Search) -> str:
    """Why somebody is out of contact."""
    return codes.get("lost_reason").label(one.reason) if one.reason else ""


SEARCHES = ListPage(
    name="contact:searches",
    title="失联党员",
    permission=VIEW,
    intro="查找失去联系的党员。认定失联、研究停止党籍都由党支部决定，平台只按日期提醒。",
    rows=lambda _asked: Search.objects.select_related("member__branch"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "member.branch.short_name", sort="member__branch__path", key="organization"),
        Column("没有联系自", "silent_since", DAY, sort="silent_since", key="since"),
        Column("开始查找", "began_on", DAY, sort="-began_on", key="began", on_phone=False),
        Column("失去联系情形", reason, sort="reason", on_phone=False),
        Column("认定失联", "lost_on", DAY, sort="lost_on", key="lost", on_phone=False),
        Column("多方查找无果", "concluded_on", DAY, on_page=False),
        Column("取得联系", "found_on", DAY, sort="-found_on", key="found", on_phone=False),
        Column("研究结果", "get_outcome_display", on_page=False),
        Column("状态", look, STATE, sort="state"),
    ),
    order=("silent_since",),
    row="contact:search",
    filters=(
        Choice("state", "状态", [*SearchState.choices, (ALL, "全部")], usual="要办理的", rows=read.in_state, look="chips"),
        by_person("member__"),
        OrganizationFilter(field="member__branch", kinds=BRANCHES, tells_own=True),
        Choice("reason", "失去联系情形", lambda _asked: codes.get("lost_reason").choices, ANY, look="dialog"),
        by_bracket("duration", "失联时间", "silent_since", 1, "lost_duration"),
        by_bracket("age", "年龄", "member__birth_on", 12, "age_lost"),
        by_bracket("party_age", "党龄", "member__converted_on", 12, "party_age_lost"),
        *OF_PERSON,
        Choice(
            "counted",
            "哪个日期",
            [("lost", "认定失联"), ("found", "取得联系"), (THERE, "到期末失联的")],
            "开始查找",
            rows=lambda rows, what: rows.exclude(lost_on=None) if what else rows,
            look="dialog",
        ),
        CountedDays(
            "days",
            "日期",
            field="began_on",
            columns={"lost": "lost_on", "found": "found_on", THERE: "lost_on"},
            ends=("found_on", "ended_on"),
        ),
    ),
    starts=(
        Start("联系党员", "contact:people", "phone", is_primary=False),
        Start("统计", "contact:lost_statistics", "chart-bar", is_primary=False),
    ),
    empty=Empty("user-search", "没有在查找的党员", "很久没有消息的党员列在“联系党员”中，联系不上的从那里开始查找。"),
    exported=on_trail("contact.searches_exported"),
)


WHY: Loaded[str] = Loaded("why")
KNOWN: Loaded[Any] = Loaded("known")
"""The member with the last days of contact that are on record."""
BUTTONS: Loaded[list[Beginning]] = Loaded("beginnings")
IN_FULL: Loaded[bool] = Loaded("in_full")


def _load(one: Search, request: Request) -> None:
    WHY.put(one, "；".join(reasons([one.member_id], clock.today()).get(one.member_id, ())))
    KNOWN.put(one, with_contact(Member.objects.filter(pk=one.member_id)).first())
    IN_FULL.put(one, request.actor.may(MANAGE, one.member.branch))
    wanted = {SearchState.CONCLUDED: ("suspension",), SearchState.FOUND: ("correction",) if one.is_undecided else ()}
    BUTTONS.put(one, beginnings(request, one.member, *wanted.get(SearchState(one.state), ())))


def _known(name: str) -> Any:
    return lambda one: getattr(KNOWN.of(one), f"contact_{name}", None)


def _when_lost(one: Search) -> Any:
    return silent_for(one.silent_since, "lost.def", clock.today())


def _concerns(one: Search) -> list[dict[str, str]]:
    """What the branch should look at first."""
    today, found = clock.today(), []
    heard = actions.heard_since(one)
    if heard is not None:
        found.append({"text": f"{words.day(heard)}有过联系（参会、交党费或者登记联系），请登记取得联系", "citation": ""})
    if one.state == SearchState.CONCLUDED:
        rule = book().on("lost.suspend", today)
        text = "多方查找仍没有取得联系，由支部党员大会讨论是否停止党籍，报上级党委批准"
        found.append({"text": text, "citation": str(rule.citation)})
    if one.is_undecided:
        rule = book().on("lost.correct", today)
        found.append({"text": "失去联系后重新取得联系，由党支部研究是否给予限期改正", "citation": str(rule.citation)})
    return found


def _waits(one: Search, _actor: Actor) -> str:
    if one.state == SearchState.SEARCHING:
        return f"由{one.member.branch.short_name}查找；{words.day(_when_lost(one))}满认定失联的时间。"
    return f"由{one.member.branch.short_name}办理。" if one.is_open or one.is_undecided else ""


def _found_how(one: Search) -> str:
    return one.found_how if IN_FULL.of(one) else ""


def _outcome(one: Search) -> str:
    if not one.outcome_on:
        return ""
    return f"{words.day(one.outcome_on)} {one.get_outcome_display()} {one.outcome_note}"


TRIES: Table[SearchTry] = Table(
    "查找记录",
    (
        Column("日期", "on", DAY),
        Column("方式", "get_way_display"),
        Column("谁去查找的", "by"),
        Column("结果", "get_result_display"),
        Column("情况", "text", PROSE),
    ),
)


def _more(one: Search, _request: Request) -> Mapping[str, object]:
    tries = TRIES.of(read.tries_of(one)) if IN_FULL.of(one) else ""
    return {"tries": tries, "number": read.tries_of(one).count(), "beginnings": BUTTONS.of(one)}


SEARCH = Case(
    name="contact:search",
    model=Search,
    follow=("member__branch", "member__user", "made_by"),
    permission=VIEW,
    subject="search",
    title=lambda one: f"查找{one.member.name}",
    crumbs=lambda _one: [("失联党员", reverse("contact:searches"))],
    crumb=lambda one: one.member.name,
    intro=lambda one: one.member.branch.short_name,
    states=look,
    load=_load,
    concerns=_concerns,
    waits=_waits,
    below="contact/search_below.html",
    more=_more,
    stages=(
        Stage(
            "查找", now=(SearchState.SEARCHING,), done=(SearchState.LOST, SearchState.CONCLUDED, SearchState.FOUND, "undecided")
        ),
        Stage("认定失联", now=(SearchState.LOST,), done=(SearchState.CONCLUDED, "undecided")),
        Stage("多方查找无果", now=(SearchState.CONCLUDED,)),
        Stage("取得联系", now=("undecided",), done=(SearchState.FOUND,)),
    ),
    cards=(
        Card(
            "联系情况",
            "phone-off",
            (
                Fact("没有联系自", "silent_since", DAY),
                Fact("最近参会", _known("meeting"), DAY),
                Fact("最近交党费", _known("dues"), DAY),
                Fact("最近联系", _known("noted"), DAY),
                Fact("不来的原因", WHY.of),
                Fact("满认定失联的时间", lambda one: _when_lost(one) if one.state == SearchState.SEARCHING else None, DAY),
            ),
            citation=lambda _one: book().on("lost.def", clock.today()).citation,
        ),
        Card(
            "查找",
            "user-search",
            (
                Fact("开始查找", "began_on", DAY),
                Fact("失去联系情形", reason),
                Fact("认定失联", "lost_on", DAY),
                Fact("多方查找无果", "concluded_on", DAY),
                Fact("取得联系", "found_on", DAY),
                Fact("怎样取得联系", _found_how, PROSE),
                Fact("研究结果", _outcome),
                Fact("终止", lambda one: f"{words.day(one.ended_on)} {one.end_note}" if one.ended_on else ""),
            ),
        ),
    ),
    steps=(
        Step(
            code="attempt",
            label="登记查找",
            title="登记一次查找",
            icon="phone-outgoing",
            look=lambda one: "card" if one.state == SearchState.SEARCHING else "fold",
            require=actions.require_attempting,
            act=actions.attempt,
            form=TryForm,
            is_draft=True,
            done="已登记。",
        ),
        Step(
            code="settle",
            label="登记研究结果",
            icon="gavel",
            require=actions.require_settling,
            act=actions.settle,
            form=SettleForm,
            done="已登记。",
        ),
        Step(
            code="found",
            label="登记取得联系",
            title="取得联系",
            icon="phone-check",
            look="fold",
            require=actions.require_attempting,
            act=actions.find,
            form=FoundForm,
            is_draft=True,
            done="已登记取得联系。",
        ),
        Step(
            code="lost",
            label="认定失联",
            icon="user-off",
            note="由党支部研究决定。认定以后，党员档案中记为失去联系，查找继续进行。",
            look="fold",
            require=actions.require_recording,
            act=actions.record_lost,
            form=LostForm,
            confirm="确定由党支部认定失联吗？",
            done="已认定失联，请继续查找。",
        ),
        Step(
            code="conclude",
            label="确认多方查找无果",
            icon="user-x",
            note="确认以后，提醒党支部研究停止党籍。",
            look="fold",
            require=actions.require_concluding,
            act=actions.conclude,
            form=ConcludeForm,
            confirm="确定已经通过各种方式查找，仍没有取得联系吗？",
            done="已确认。",
        ),
        Step(
            code="end",
            label="终止查找",
            title="登记错了",
            icon="ban",
            look="fold",
            require=actions.require_attempting,
            act=actions.end,
            form=EndSearchForm,
            done="已终止查找。",
            is_dangerous=True,
        ),
    ),
)


def member_to_search(request: Request, pk: int) -> Member:
    """A member for whom the reader may begin to search now."""
    member: Member = find(Member.objects.select_related("branch"), pk=pk)
    actions.require_beginning(request.actor, member)
    return member


@requires(MANAGE, on=member_to_search, methods=("GET", "POST"))
def begin(request: Request, member: Member) -> HttpResponse:
    """The branch begins to search, after it has read what is known."""
    return submit(
        request,
        ActionForm(request.POST or None),
        lambda _data: actions.begin(actor=request.actor, member=member),
        template="contact/search_new.html",
        context={
            "member": member,
            "since": silent_since(member.pk),
            "why": reasons([member.pk], clock.today()).get(member.pk, ()),
            "crumbs": [("失联党员", reverse("contact:searches"))],
            "crumb": member.name,
            "back": reverse("members:detail", args=[member.pk]),
            "citation": book().on("lost.def", clock.today()).citation,
        },
        done="已开始查找，请登记每次查找。",
        to=SEARCH.url,
    )
