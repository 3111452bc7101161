"""One member's record: reading it, putting it right, its dated rows, numbers shown in full."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from dangjian.accounts.editing import Turn
from dangjian.kernel import clock, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.offers import ObjectPanel
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.members import columns as items
from dangjian.members import policy
from dangjian.members.actions import details
from dangjian.members.actions.access import require_appointing, require_giving
from dangjian.members.actions.account import require_changing
from dangjian.members.actions.details import KINDS, DetailKind, kind_of, label_of
from dangjian.members.actions.record import note_view, require_editing, unmask, update_record
from dangjian.members.columns import COLUMNS, SECTIONS
from dangjian.members.forms import DetailForm, RecordForm, detail_initial, returning_kinds
from dangjian.members.models import Category, EarlierValue, Member, Sanction
from dangjian.members.models.account import NEUTRAL
from dangjian.members.models.details import Detail
from dangjian.members.own import is_own
from dangjian.members.queries import completeness
from dangjian.members.queries.records import lines_of, posts_of
from dangjian.members.views import entry
from dangjian.members.views.access import detail_to_add, detail_to_change, member_of, member_to_edit
from dangjian.members.views.looks import LOOKS
from dangjian.members.views.private import answer_in_full
from dangjian.org.gate import find

TABS = (("basic", "基本信息"), ("account", "党籍变动"), ("details", "学历履历"), ("viewers", "谁看过"))
HALVES = ((0, 2, 4, 5), (1, 3))
"""Sections of the record in the left and the right column, about equally long."""

FOR_KEEPERS = frozenset({"sanction", "exemption"})
"""Kinds of rows that only those see who keep the record."""


@requires("members.view", on=member_of)
def detail(request: Request, member: Member) -> HttpResponse:
    """The record with its tabs."""
    note_view(request.actor, member)
    panels = _panels(request, member)
    may_edit = may(require_editing, request.actor, member)
    tabs = [tab for tab in TABS if tab[0] != "viewers" or may_edit] + [(code, title) for code, title, _ in panels]
    tab = parameters.one_of(request, "tab", dict(tabs), "basic")
    context: dict[str, Any] = {
        "parts": tabs,
        "tab": tab,
        "may_edit": may_edit,
        "keeps_own": is_own(request.actor, member) and request.actor.may("members.edit", member.organization),
        "may_account": may(require_changing, request.actor, member),
        "may_accounts": may(require_giving, request.actor, member),
        "may_appoint": may(require_appointing, request.actor, member),
        "may_unmask": request.actor.may("members.unmask", member.organization),
        **header(member),
    }
    fill = {"basic": _basic, "account": _account, "details": _details, "viewers": _viewers}.get(context["tab"])
    context |= fill(request, member, context) if fill else {"panel": next(html for code, _, html in panels if code == tab)}
    return render(request, "members/detail.html", context)


@requires("members.edit", on=member_to_edit, methods=("GET", "POST"))
def edit(request: Request, member: Member) -> HttpResponse:
    """All items of the record, by section."""
    form = RecordForm(request.POST or None, member=member)
    missing = completeness.of_record(member).missing
    return entry.run(
        request,
        form=form,
        act=lambda keywords: update_record(request.actor, member, **keywords),
        done=lambda changed: f"已保存，修改了{len(changed)}项" if changed else "没有改动",
        back=parameters.back(request, reverse("members:detail", args=[member.pk])),
        template="members/edit.html",
        turn=Turn(member, lambda: RecordForm(member=member_of(request, member.pk)), ("members.record_changed",)),
        member=member,
        missing=missing,
    )


@requires("members.unmask", on=member_of, methods=("GET", "POST"))
def show_in_full(request: Request, member: Member, column: str) -> HttpResponse:
    """Ask for the purpose, then show the number in full. Returns a fragment for the shared dialog."""
    if column not in items.PRIVATE:
        raise NotFound
    return answer_in_full(
        request,
        lambda purpose: unmask(request.actor, member, column, purpose),
        name=member.name,
        title=COLUMNS[column].title,
        address=reverse("members:unmask", args=[member.pk, column]),
    )


@requires("members.edit", on=detail_to_add, methods=("GET", "POST"))
def add_detail(request: Request, row: Detail) -> HttpResponse:
    """A new dated row."""
    member, kind = row.member, kind_of(row)
    return entry.run(
        request,
        form=DetailForm(request.POST or None, kind=kind),
        act=lambda keywords: details.add(actor=request.actor, member=member, code=kind.code, **keywords),
        done=f"已登记{kind.title}",
        back=_details_url(member),
        member=member,
        title=f"登记{kind.title}",
        label="保存",
    )


@requires("members.edit", on=detail_to_change, methods=("GET", "POST"))
def change_detail(request: Request, row: Detail) -> HttpResponse:
    """A dated row, put right."""
    kind, member = kind_of(row), row.member

    def again() -> DetailForm:
        return DetailForm(kind=kind, initial=detail_initial(find(kind.rows_of(member.pk), pk=row.pk)))

    removable = kind.code not in FOR_KEEPERS
    return entry.run(
        request,
        form=DetailForm(request.POST or None, kind=kind, initial=detail_initial(row)),
        act=lambda keywords: details.change(actor=request.actor, row=row, **keywords),
        done=f"已修改{kind.title}",
        back=_details_url(member),
        turn=Turn(row, again, (f"members.{kind.code}_recorded",)),
        member=member,
        title=f"修改{kind.title}",
        label="保存",
        remove_url=reverse("members:remove_detail", args=[member.pk, kind.code, row.pk]) if removable else "",
    )


@requires("members.edit", on=detail_to_change, methods=("POST",))
def remove_detail(request: Request, row: Detail) -> HttpResponse:
    """Take away a row entered by mistake."""
    details.remove(actor=request.actor, row=row)
    messages.success(request, f"已删除这条{kind_of(row).title}")
    return redirect(_details_url(row.member))


def header(member: Member) -> dict[str, object]:
    """What the head of a record shows."""
    today = clock.today()
    return {
        "member": member,
        "age": policy.age(member.birth_on, today) if member.birth_on else None,
        "party_age": policy.party_age(member.converted_on, today, member.party_age_correction_months),
        "party_age_rule": book().on_or_first("member.party_age", today),
        "posts": posts_of(member),
        "missing": completeness.of_record(member).missing,
        "share": member.completeness / 100,
    }


def sections_of(member: Member) -> list[dict[str, object]]:
    """The items of a record as people read them, masked, by section."""
    return [
        {
            "title": section.title,
            "icon": section.icon,
            "rows": [
                {"column": column, "text": items.masked(column.name, getattr(member, column.name))} for column in section.columns
            ],
        }
        for section in SECTIONS
    ]


def _basic(_request: Request, member: Member, _context: dict[str, object]) -> dict[str, object]:
    sections = sections_of(member)
    return {"halves": [[sections[place] for place in half] for half in HALVES]}


def _account(_request: Request, member: Member, _context: dict[str, object]) -> dict[str, object]:
    lines = lines_of(member)
    valid = [line for line in lines if line.reverses_id is None and not hasattr(line, "reversed_by")]
    first_day = valid[-1].effective_on if valid else None
    last = valid[0] if valid and valid[0].effective_on != first_day else None
    return {
        "lines": lines,
        "last": last,
        "neutral": NEUTRAL,
        "probationary": member.category == Category.PROBATIONARY,
        "ways_back": returning_kinds(member),
    }


def _details(_request: Request, member: Member, context: dict[str, object]) -> dict[str, object]:
    shown = [kind for kind in KINDS.values() if context["may_edit"] or kind.code not in FOR_KEEPERS]
    may_sanction = context["may_account"]
    return {
        "kinds": [
            {"kind": kind, "rows": _rows(kind, member), "may": may_sanction if kind.code in FOR_KEEPERS else context["may_edit"]}
            for kind in shown
        ],
    }


def _rows(kind: DetailKind, member: Member) -> list[dict[str, object]]:
    rows = kind.rows_of(member.pk).order_by(f"-{kind.from_column}", "-pk")
    names = {name: str(kind.field(name).verbose_name) for name in kind.columns}
    return [
        {
            "row": row,
            "is_fixed": isinstance(row, Sanction) and row.is_by_case,
            "title": _title(kind, row),
            "cells": [
                (names[name], label_of(kind, name, getattr(row, name)))
                for name in kind.columns
                if (name != kind.required[0] or kind.follows) and getattr(row, name) not in {None, ""}
            ]
            + _effect(row),
        }
        for row in rows
    ]


def _title(kind: DetailKind, row: Detail) -> str:
    """What a row is called: its first item, of an earlier value what the item was."""
    if isinstance(row, EarlierValue):
        return f"{COLUMNS[row.column].title}原为{items.show(row.column, row.value) or '空'}"
    return label_of(kind, kind.required[0], getattr(row, kind.required[0]))


def _effect(row: object) -> list[tuple[str, str]]:
    """Until when a penalty has effect, as far as the platform knows the rule."""
    if not isinstance(row, Sanction):
        return []
    until = policy.effect_period_ends_on(row.kind, row.starts_on, row.ends_on, book=book())
    return [("影响期到", words.day(until))] if until else []


def _viewers(request: Request, member: Member, _context: dict[str, object]) -> dict[str, object]:
    return {"looks": LOOKS.of(request, member)}


def _panels(request: Request, member: Member) -> list[tuple[str, str, str]]:
    """Tabs that other modules offer: code, title and the rendered panel, which is drawn only if it is the one asked for."""
    asked = parameters.text(request, "tab")
    found = []
    for panel in offers(ObjectPanel):
        if panel.on != "member" or not request.actor.may(panel.permission, member.organization):
            continue
        if panel.code != asked:
            found.append((panel.code, panel.title, ""))
            continue
        context = panel.context(request, member)
        if context is not None:
            found.append((panel.code, panel.title, render_to_string(panel.template, {**context, "member": member}, request)))
    return found


def _details_url(member: Member) -> str:
    return f"{reverse('members:detail', args=[member.pk])}?tab=details"
