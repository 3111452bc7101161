"""Reads on the notices of holidays: which years can be entered, and whether somebody should look for the next notice."""

import datetime as dt
import logging
from typing import cast

from django.http import HttpRequest
from django.urls import reverse

from dangjian.kernel import clock, working_days
from dangjian.kernel.actor import may
from dangjian.kernel.errors import Invalid
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import Matter
from dangjian.kernel.working_days import Notice
from dangjian.org.actions.enterprise import require_setting
from dangjian.org.models import HolidayNotice

ANNOUNCED_FROM = 11
"""The month in which the notice for the next year is looked for; since 2013 it came between late October and mid December."""

log = logging.getLogger(__name__)


def entered() -> dict[int, Notice]:
    """The notices that were entered, by year; what a newer version does not understand is left out, and said in the log."""
    found = {}
    for row in HolidayNotice.objects.all():
        try:
            found[row.year] = row.read()
        except Invalid as refusal:
            log.warning("录入的%s不再适用：%s", row, refusal.message)
    return found


def years() -> list[int]:
    """The years that are known or may be entered, the latest first: up to the next one."""
    table = working_days.table()
    return list(range(max(table.last_year, clock.today().year + 1), table.first_year - 1, -1))


def missing(today: dt.date) -> int | None:
    """The year whose notice should be entered now: this one, or from November on the next one, if it is not known."""
    known = working_days.table().notices
    due = [today.year, today.year + 1] if today.month >= ANNOUNCED_FROM else [today.year]
    return next((year for year in due if year not in known), None)


def waiting_number(request: HttpRequest) -> int:
    """1 for whoever may enter the notice that is missing."""
    return int(missing(clock.today()) is not None and may(require_setting, cast("Request", request).actor))


def waiting_matters(_request: HttpRequest, _limit: int) -> list[Matter]:
    """The notice to be entered, by the end of the year before."""
    year = missing(clock.today()) or 0
    title, detail = f"录入{year}年节假日安排", "国务院办公厅的通知公布后录入；录入以前，工作日按周一至周五暂算"
    return [Matter(title, reverse("org:holiday_notice", args=[year]), detail, dt.date(year - 1, 12, 31))]
