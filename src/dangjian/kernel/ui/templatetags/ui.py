"""``{% load ui %}``: see docs/ui.md for every tag with an example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NotRequired, TypedDict

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.http import QueryDict
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from dangjian.kernel import money
from dangjian.kernel.editing import EditForm
from dangjian.kernel.rulebook import Citation
from dangjian.kernel.ui import done, icons, marks, words

register = template.Library()

register.filter("day", words.day)
register.filter("short_day", words.short_day)
register.filter("daytime", words.daytime)
register.filter("since", words.since)
register.filter("due", words.due)
register.filter("due_tone", words.due_tone)
register.filter("number", words.number)
register.filter("percent", words.percent)
register.filter("undo_of", done.undo_of)
register.simple_tag(marks.badge)
register.simple_tag(marks.due_badge)
register.simple_tag(marks.avatar)


@register.filter
def yuan(fen: int | None) -> str:
    """An amount in fen as ``1,234.50``; nothing for ``None``."""
    return money.yuan(fen) if isinstance(fen, int) else ""


@register.filter
def listed(rows: Iterable[object], attribute: str) -> str:
    """``张三、李四``: the same attribute of each."""
    return "、".join(str(getattr(row, attribute)) for row in rows)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """``{% icon "calendar" %}``; ``label`` speaks for an icon that stands alone."""
    return icons.icon(name, label=label, css=css)


@register.inclusion_tag("ui/stat.html")
def stat(
    label: str,
    value: object,
    *,
    unit: str = "",
    note: str = "",
    url: str = "",
    icon: str = "",
    tone: str = "",
    share: float | None = None,
) -> dict[str, object]:
    """A figure with its label; ``share`` (0–1) draws a ring; ``url`` opens what stands behind the figure."""
    shown = words.number(value) if isinstance(value, (int, float, Decimal)) else value
    length = None if share is None else round(max(0.0, min(1.0, float(share))) * 100, 1)
    return {
        "label": label,
        "value": shown,
        "unit": unit,
        "note": note,
        "url": url,
        "icon": icon,
        "tone": tone,
        "length": length,
    }


@register.inclusion_tag("ui/ring.html")
def ring(share: float | None, label: str = "") -> dict[str, object]:
    """A progress ring for a share of 0–1."""
    length = round(max(0.0, min(1.0, float(share or 0))) * 100, 1)
    return {"length": length, "text": words.percent(share), "label": label}


@register.simple_block_tag(end_name="endempty_state")
def empty_state(content: SafeString, icon: str, title: str) -> SafeString:
    """What a list shows when it has nothing; between the tags stand a sentence and the next step."""
    return render_to_string("ui/empty_state.html", {"icon": icon, "title": title, "content": content})


@register.inclusion_tag("ui/empty_of.html")
def empty_of(shown: dict[str, str]) -> dict[str, str]:
    """``empty_state`` where the view has worked out what it says: ``icon``, ``title``, ``text`` and the next step."""
    return shown


@register.inclusion_tag("ui/citation.html")
def citation(citation: Citation | Mapping[str, str] | str) -> dict[str, object]:
    """The article of a rule: a rulebook ``Citation``, text, or a dict of ``document``, ``number``, ``article``, ``quote``."""
    return {"citation": citation.text if isinstance(citation, Citation) else citation}


def _query(context: Context) -> QueryDict:
    request = context.get("request")
    return request.GET.copy() if request is not None else QueryDict(mutable=True)


def _with(query: QueryDict, **changes: object) -> str:
    changed = query.copy()
    for key, value in changes.items():
        if value in (None, ""):
            changed.pop(key, None)
        else:
            changed[key] = str(value)
    return f"?{changed.urlencode()}" if changed else "?"


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """The query string of this page with some parameters changed; an empty value takes one away, and page goes back to 1."""
    return _with(_query(context), **{"page": None, **changes})


@register.simple_tag(takes_context=True)
def set_query(context: Context, name: str, value: object) -> str:
    """``query`` for a parameter whose name is known only when the page is made."""
    return query(context, **{name: value})


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Context, page_obj: Page[object], parameter: str = "page", target: str = "") -> dict[str, object]:
    """Pages of a list; keeps filters and order. ``target`` (CSS selector) swaps by htmx instead of loading the page."""
    current = _query(context)

    def link(number: int) -> str:
        return _with(current, **{parameter: number})

    pages = page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    links = [{"number": each, "url": link(each) if isinstance(each, int) else ""} for each in pages]
    return {
        "page": page_obj,
        "links": links,
        "previous": link(page_obj.previous_page_number()) if page_obj.has_previous() else "",
        "next": link(page_obj.next_page_number()) if page_obj.has_next() else "",
        "target": target,
    }


@register.inclusion_tag("ui/sort_header.html", takes_context=True)
def sort_header(context: Context, label: str, key: str, *, css: str = "", parameter: str = "sort") -> dict[str, object]:
    """A ``<th>`` that sorts by ``key`` (``?sort=key``, ``?sort=-key``)."""
    current = _query(context)
    now = current.get(parameter, "")
    direction = {key: "ascending", f"-{key}": "descending"}.get(now, "none")
    following = f"-{key}" if now == key else key
    return {
        "label": label,
        "url": _with(current, page=None, **{parameter: following}),
        "direction": direction,
        "symbol": {"ascending": "arrow-up", "descending": "arrow-down"}.get(direction, "arrows-sort"),
        "css": css,
    }


@register.filter
def width(bound_field: BoundField) -> str:
    """The class of a field that is as wide as its form: a text of several lines, a group of choices."""
    kind = bound_field.widget_type
    return "whole-row" if kind == "textarea" or (bound_field.use_fieldset and kind != "clearablefile") else ""


@register.inclusion_tag("ui/field.html")
def field(bound_field: BoundField, css: str = "") -> dict[str, object]:
    """One form field with label, help and errors: ``{% field form.title %}``; ``css="wide"`` takes the whole row."""
    return {"field": bound_field, "css": css}


@register.inclusion_tag("ui/seen.html", takes_context=True)
def seen(context: Context, form: EditForm) -> dict[str, object]:
    """In a form laid out by hand: what stood in it when it was shown, and both texts if somebody else changed it meanwhile."""
    request = context.get("request")
    return {"form": form, "page": request.get_full_path() if request is not None else ""}


@register.inclusion_tag("ui/form_actions.html")
def form_actions(
    label: str = "保存",
    *,
    cancel_url: str = "",
    cancel_label: str = "取消",
    icon: str = "check",
    name: str = "",
    value: str = "",
    secondary_label: str = "",
    secondary_name: str = "",
    secondary_value: str = "1",
) -> dict[str, str]:
    """The buttons at the end of a form; they stay in reach at the bottom of a phone.

    The second button sends ``secondary_value`` by ``secondary_name``, or by the first one's ``name``.
    """
    return {
        "label": label,
        "cancel_url": cancel_url,
        "cancel_label": cancel_label,
        "icon": icon,
        "name": name,
        "value": value,
        "secondary_label": secondary_label,
        "secondary_name": secondary_name or name,
        "secondary_value": secondary_value,
    }


class Series(TypedDict):
    """One series of a chart; ``urls`` open what stands behind its bars."""

    name: str
    values: Sequence[float | None]
    urls: NotRequired[Sequence[str]]


class ChartData(TypedDict):
    """What a chart shows."""

    unit: NotRequired[str]
    categories: Sequence[str]
    series: Sequence[Series]


@register.inclusion_tag("ui/chart.html")
def chart(chart_id: str, title: str, data: ChartData, *, kind: str = "bar") -> dict[str, object]:
    """A chart with its table. ``kind``: bar, stacked, line, pie.

    ``data``: ``{"unit": "次", "categories": [...], "series": [{"name": …, "values": [...], "urls": [...]}]}``; ``urls`` is
    optional and opens what stands behind a bar. Values may be ``None``.
    """
    names = data["categories"] if kind == "pie" else [series["name"] for series in data["series"]]
    rows = []
    for position, category in enumerate(data["categories"]):
        cells = [
            {
                "name": series["name"],
                "value": series["values"][position],
                "url": (series.get("urls") or [""] * len(data["categories"]))[position],
            }
            for series in data["series"]
        ]
        rows.append({"category": category, "cells": cells})
    return {
        "id": chart_id,
        "title": title,
        "data": {**data, "kind": kind},
        "rows": rows,
        "series": data["series"],
        "unit": data.get("unit", ""),
        "legend": names if len(names) > 1 else [],
    }


@register.filter
def iso_input(value: object) -> str:
    """What a native date or time input needs, from the text that Django's widgets write (``2026/11/23 14:30:00``)."""
    text = str(value).strip().replace("/", "-")
    date, _, time = text.partition(" ")
    return f"{date}T{time[:5]}" if time else date
