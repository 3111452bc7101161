"""What the three administrators see on the home page: the figures of their own work, each opening to its rows."""

import datetime as dt
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from dangjian.accounts import door, queries
from dangjian.accounts.models import User
from dangjian.kernel import clock

RECENT = dt.timedelta(days=7)
IN_FULL = "完整"
"""Stands in the summary of every look at a full number."""


def tile(title: str, value: int, url: str, *, unit: str = "个", warn: bool = False) -> dict[str, object]:
    """One figure of ``accounts/panel_figures.html``; ``warn`` makes it stand out unless it is 0."""
    return {"title": title, "value": value, "unit": unit, "url": url, "tone": "warn" if warn and value else ""}


def of_accounts(_request: HttpRequest) -> dict[str, object]:
    """For the system administrator."""
    url = reverse("accounts:list")
    tiles = [
        tile("启用的账号", User.objects.filter(is_active=True).count(), f"{url}?state=on"),
        tile("未首次登录改密", User.objects.filter(must_change_password=True).count(), f"{url}?state=first"),
        tile("停用的账号", User.objects.filter(is_active=False).count(), f"{url}?state=off"),
    ]
    return {"title": "账号管理", "icon": "users-group", "url": url, "tiles": tiles}


def of_locks(_request: HttpRequest) -> dict[str, object]:
    """For the security administrator."""
    url = reverse("accounts:locks")
    locked = len(door.locked_names())
    recent = door.wrong_passwords().values("name").distinct()
    tiles = [
        tile("已锁定", locked, url, warn=True),
        tile("近 7 天输错过密码", recent.count(), url),
    ]
    return {"title": "登录锁定", "icon": "lock-open", "url": url, "tiles": tiles}


def of_events(_request: HttpRequest) -> dict[str, object]:
    """For the audit administrator."""
    url = reverse("accounts:events")
    today = clock.today()
    week = today - RECENT
    tiles = [
        tile("今天的记录", queries.events(today, today).count(), f"{url}?since={today}&until={today}", unit="条"),
        tile(
            "近 7 天被拒绝",
            queries.events(week, today, result="refused").count(),
            f"{url}?result=refused&since={week}",
            unit="条",
        ),
        tile(
            "近 7 天查看完整号码",
            queries.events(week, today, q=IN_FULL).count(),
            f"{url}?{urlencode({'q': IN_FULL, 'since': week})}",
            unit="次",
        ),
    ]
    return {"title": "操作留痕", "icon": "history", "url": url, "tiles": tiles}
