"""Members to be contacted: the list for the phone, contact with one tap, contact in full, taking it back."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from dangjian.activities.contact.actions import notes, searches
from dangjian.activities.contact.forms.contact import NoteForm
from dangjian.activities.contact.models import Away, ContactNote, SearchState, Way
from dangjian.activities.contact.queries.away import with_due
from dangjian.activities.contact.queries.clock import nearing, with_search
from dangjian.activities.contact.queries.notes import MANAGE, VIEW, notes_of
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, DUE, LINE, Asked, Choice, Column, Empty, ListPage, Loaded, RowAction, Table
from dangjian.kernel.rulebook import book
from dangjian.kernel.submit import submit
from dangjian.kernel.ui import words
from dangjian.kernel.ui.done import say_done
from dangjian.members.lists import by_person
from dangjian.members.models import Member
from dangjian.members.own import is_own
from dangjian.members.queries.contact import reasons, with_contact
from dangjian.org.forms import ActionForm
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind

BRANCHES = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)
AWAY = "away"
WHY: Loaded[str] = Loaded("why")
"""Why a member may rightly stay away."""


def _rows(asked: Asked) -> QuerySet[Member]:
    """Members nobody heard of for long; or those who are away and are to be contacted soon."""
    today, members = clock.today(), Member.objects.counted().select_related("branch")
    if asked.values.get("who") != AWAY:
        return with_search(nearing(members, today))
    soon = with_due(Away.objects.running(), today).filter(opens_on__lte=today)
    rows = with_search(with_contact(members.filter(pk__in=soon.values("member"))))
    due = with_due(Away.objects.running(), today).filter(member=OuterRef("pk"))
    return rows.annotate(lost_from=Subquery(due.values("due_on")[:1]))


def _load(rows: list[Any], _asked: Asked) -> None:
    found = reasons([one.pk for one in rows], clock.today())
    for one in rows:
        WHY.put(one, "；".join(found.get(one.pk, ())))


def _search(one: Any) -> str:
    return SearchState(one.search_state).label if one.search_id else ""


def _drawn_search(one: Any) -> str:
    if not one.search_id:
        return ""
    return format_html('<a href="{}">{}</a>', reverse("contact:search", args=[one.search_id]), _search(one))


def _heard(one: Any) -> str:
    """On a phone, what else the columns say."""
    days = (("参会", one.contact_meeting), ("党费", one.contact_dues), ("联系", one.contact_noted))
    return format_html_join("，", "{} {}", ((word, words.day(day)) for word, day in days if day)) or "没有记录"


def _may(one: Any, asked: Asked) -> bool:
    actor = asked.request.actor
    return not one.search_id and actor.may(MANAGE, one.branch) and not is_own(actor, one)


def _nobody(asked: Asked) -> Empty:
    if asked.values.get("who") == AWAY:
        return Empty("phone-check", "外出的党员都联系过了", "到期以前会再列在这里。")
    return Empty("phone-check", "没有很久没联系的党员", "四个月没有参加组织生活、交纳党费，也没有登记联系的，会列在这里。")


PEOPLE = ListPage(
    name="contact:people",
    title="联系党员",
    permission=VIEW,
    intro="从最后一次参加组织生活、交纳党费或者登记联系算起。先看“不来的原因”，不要误催。",
    rows=_rows,
    load=_load,
    columns=(
        Column("姓名", "name", LINE, sort="name_sort", key="name"),
        Column("党支部", "branch.short_name", LINE, sort="branch__path", key="organization"),
        Column("不来的原因", WHY.of, width=30),
        Column("最近参会", "contact_meeting", DAY, sort="contact_meeting", key="meeting", on_phone=False),
        Column("最近交党费", "contact_dues", DAY, sort="contact_dues", key="dues", on_phone=False),
        Column("最近联系", "contact_noted", DAY, sort="contact_noted", key="noted", on_phone=False),
        Column("最近", _heard, on_wide=False, in_sheet=False),
        Column("没有联系自", "silent_since", DAY, sort="silent_since", key="since"),
        Column("期限", "lost_from", DUE, sort="lost_from", key="due"),
        Column("查找", _search, LINE, drawn=_drawn_search),
    ),
    order=("lost_from", "name_sort"),
    row="members:detail",
    filters=(
        Choice("who", "哪些人", [(AWAY, "外出要联系的")], usual="很久没有消息的", look="tabs", rows=lambda rows, _who: rows),
        by_person(""),
        OrganizationFilter(field="branch", kinds=BRANCHES),
    ),
    actions=(
        RowAction("已联系", "contact:tap", may=_may, icon="phone-check", sends=lambda _one: {}, called=lambda one: one.name),
        RowAction("登记详情", "contact:note", may=_may, icon="edit", tone="", called=lambda one: one.name),
    ),
    empty=_nobody,
    exported=on_trail("contact.people_exported"),
)


def member_to_contact(request: Request, pk: int) -> Member:
    """A member with whom the reader may note contact now."""
    member: Member = find(Member.objects.select_related("branch"), pk=pk)
    notes.require_noting(request.actor, member)
    return member


@requires(MANAGE, on=member_to_contact, methods=("POST",))
def tap(request: Request, member: Member) -> HttpResponse:
    """Contact with one tap: by phone, today."""
    made = notes.note(actor=request.actor, member=member, on=clock.today(), way=Way.PHONE)
    say_done(request, f"已登记今天与{member.name}电话联系。", undo=reverse("contact:take_back", args=[made.pk]))
    return redirect("contact:people")


@requires(MANAGE, on=member_to_contact, methods=("GET", "POST"))
def note(request: Request, member: Member) -> HttpResponse:
    """Contact in full: another way, another day, what was said."""
    return submit(
        request,
        NoteForm(request.POST or None),
        lambda data: notes.note(actor=request.actor, member=member, **data),
        template="contact/note.html",
        context={
            "member": member,
            "crumbs": [("联系党员", reverse("contact:people")), (member.name, reverse("members:detail", args=[member.pk]))],
            "crumb": "登记联系",
            "back": reverse("contact:people"),
            "may_search": may(searches.require_beginning, request.actor, member),
            "citation": book().on("lost.def", clock.today()).citation,
            "why": reasons([member.pk], clock.today()).get(member.pk, ()),
            "history": shown_notes(member),
        },
        done=f"已登记与{member.name}的联系。",
        to=reverse("contact:people"),
    )


def note_to_take_back(request: Request, pk: int) -> ContactNote:
    """A note that the reader may take back now."""
    found: ContactNote = find(ContactNote.objects.select_related("member__branch"), pk=pk)
    notes.require_taking_back(request.actor, found)
    return found


@requires(MANAGE, on=note_to_take_back, methods=("GET", "POST"))
def take_back(request: Request, note: ContactNote) -> HttpResponse:
    """A slip is taken back, once asked."""
    return submit(
        request,
        ActionForm(request.POST or None),
        lambda _data: notes.take_back(actor=request.actor, note=note),
        template="contact/take_back.html",
        context={
            "note": note,
            "crumbs": [("联系党员", reverse("contact:people"))],
            "crumb": "撤销",
            "back": reverse("contact:people"),
        },
        done=lambda member: f"已撤销与{member.name}的这次联系。",
        to=reverse("contact:people"),
    )


HISTORY: Table[ContactNote] = Table(
    "联系记录",
    (
        Column("日期", "on", DAY),
        Column("方式", "get_way_display"),
        Column("联系人", "by.name"),
        Column("情况", "note"),
    ),
)


def shown_notes(member: Member, most: int = 5) -> str:
    """The last contacts, drawn; nothing where there are none."""
    return HISTORY.of(notes_of(member.pk)[:most])
