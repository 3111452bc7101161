"""Whom one may remind of duties: those who answer for the open ones behind a cell of the matrix, or for a single one."""

import datetime as dt
from collections.abc import Iterable
from typing import cast

from django.urls import reverse

from dangjian.engines.duties.models import Duty
from dangjian.engines.duties.queries import lists
from dangjian.engines.duties.queries import matrix as query
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Owing, Reminder, ReminderSource
from dangjian.kernel.periods import MONTHS
from dangjian.kernel.typed import number
from dangjian.kernel.windows import Window
from dangjian.org.gate import find
from dangjian.org.models import Organization

NAMED = 2
"""So many organisations are named behind a person who answers for several."""


def cell_key(organization: Organization, level: str, window: Window, rule: str) -> str:
    """The key of a cell, as ``of_cell`` reads it."""
    return f"{organization.pk}.{level}.{window.per}.{window.start:%Y%m%d}.{rule or 'all'}"


def of_cell(request: Request, key: str) -> Reminder:  # noqa: ARG001 - the offer's signature
    """The open duties behind a cell; see ``cell_key``."""
    parts = key.split(".")
    pk, level, per, start, rule = parts if len(parts) == 5 else ("", "", "", "", "")
    if per not in MONTHS or level not in query.OWNERS or (rule != "all" and rule not in dict(query.column_choices())):
        raise NotFound
    try:
        window = Window.of(dt.date.fromisoformat(start), per)
    except ValueError as error:
        raise NotFound from error
    organization: Organization = find(Organization.objects.standing(), pk=number(pk) or 0)
    code = "" if rule == "all" else rule
    rows = query.behind(query.duties_in(window, code, ""), cast("query.Level", level), organization.pk)
    title = dict(query.column_choices()).get(code, "应办事项")
    address = f"{reverse('duties:cell', args=[organization.pk])}?per={per}&on={window.start:%Y-%m-%d}&rule={code}&level={level}"
    return Reminder(
        matter=f"{organization.short_name}{window.label}{title}",
        text=f"{window.label}的{title}还没有办好，请尽快办理。",
        url=reverse("duties:mine"),
        people=_responsible(rows),
        back=address,
        organization=organization,
    )


def of_duty(request: Request, key: str) -> Reminder:  # noqa: ARG001 - the offer's signature
    """One open duty; the key is its number."""
    duty: Duty = find(lists.to_present(Duty.objects.live()), pk=number(key) or 0)
    address = reverse("duties:detail", args=[duty.pk])
    return Reminder(
        matter=f"{duty.organization.short_name}{duty.title}",
        text=f"“{duty.title}”还没有办好，请尽快办理。",
        url=address,
        people=_responsible(Duty.objects.filter(pk=duty.pk)),
        back=address,
        organization=duty.organization,
    )


def _responsible(rows: Iterable[Duty]) -> list[Owing]:
    open_rows = rows.unfinished().opened(clock.today()).filter(submitted_on=None, responsible__is_active=True)  # type: ignore[attr-defined]  # a queryset of duties
    names: dict[int, tuple[str, list[str]]] = {}
    for user_id, name, organization in open_rows.order_by("responsible__name", "organization__path").values_list(
        "responsible_id", "responsible__name", "organization__short_name"
    ):
        where = names.setdefault(user_id, (name, []))[1]
        if organization not in where:
            where.append(organization)
    return [
        Owing(user_id, name, "、".join(where[:NAMED]) + (f"等{len(where)}个" if len(where) > NAMED else ""))
        for user_id, (name, where) in names.items()
    ]


OFFERS = (
    ReminderSource("duties-cell", "duties.matrix", of_cell),
    ReminderSource("duties-duty", "duties.matrix", of_duty),
)
