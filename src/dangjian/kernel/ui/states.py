"""How a state is shown: its tone, icon and word. Never colour alone.

A module hands ``{% badge state %}`` a state code; codes of its own it passes with word and tone:
``{% badge "sent_back" "退回修改" tone="warn" %}``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Tone = Literal["neutral", "info", "good", "warn", "bad", "gold"]


class Look(NamedTuple):
    """Tone, icon and word of a state."""

    tone: Tone
    icon: str
    word: str


TONE_ICONS: dict[Tone, str] = {
    "neutral": "circle",
    "info": "info-circle",
    "good": "circle-check",
    "warn": "alert-triangle",
    "bad": "alert-circle",
    "gold": "star",
}

LOOKS: dict[str, Look] = {
    "draft": Look("neutral", "pencil", "草稿"),
    "planned": Look("info", "calendar", "已安排"),
    "called": Look("info", "speakerphone", "已通知"),
    "open": Look("info", "circle-dot", "进行中"),
    "running": Look("info", "player-play", "进行中"),
    "held": Look("info", "check", "已召开"),
    "closed": Look("good", "circle-check", "已办结"),
    "cancelled": Look("neutral", "ban", "已取消"),
    "postponed": Look("warn", "calendar-pause", "已延期"),
    "pending": Look("warn", "hourglass", "待处理"),
    "submitted": Look("info", "send", "已提交"),
    "approved": Look("good", "circle-check", "已通过"),
    "rejected": Look("bad", "circle-x", "未通过"),
    "returned": Look("warn", "arrow-back-up", "已退回"),
    "done": Look("good", "circle-check", "已完成"),
    "late": Look("warn", "clock-exclamation", "逾期完成"),
    "upcoming": Look("neutral", "calendar", "未到期"),
    "due": Look("info", "clock", "待办"),
    "due_soon": Look("warn", "clock", "即将到期"),
    "overdue": Look("bad", "alert-circle", "已超期"),
    "waived": Look("neutral", "circle-minus", "免办"),
    "missed": Look("bad", "circle-x", "未完成"),
    "present": Look("good", "check", "到会"),
    "online": Look("good", "device-laptop", "线上到会"),
    "leave": Look("warn", "calendar-off", "请假"),
    "on_leave": Look("warn", "calendar-off", "请假"),
    "absent": Look("bad", "x", "缺席"),
    "made_up": Look("gold", "book", "已补课"),
    "make_up": Look("gold", "book", "待补课"),
    "unknown": Look("neutral", "help-circle", "未登记"),
    "full": Look("gold", "id-badge-2", "正式党员"),
    "probationary": Look("info", "id-badge", "预备党员"),
    "active": Look("good", "circle-check", "正常"),
    "inactive": Look("neutral", "circle-minus", "停用"),
    "suspended": Look("warn", "player-pause", "停止党籍"),
    "left": Look("neutral", "logout", "已转出"),
    "deceased": Look("neutral", "flower", "去世"),
    "sent": Look("good", "send", "已发送"),
    "failed": Look("bad", "alert-circle", "失败"),
    "success": Look("good", "circle-check", "成功"),
    "warning": Look("warn", "alert-triangle", "请注意"),
    "error": Look("bad", "alert-circle", "出错"),
    "info": Look("info", "info-circle", "提示"),
}


def look(state: str, word: str = "", tone: str = "") -> Look:
    """The look of ``state``; ``word`` and ``tone`` replace what is known of it. Raises ``LookupError`` if nothing is."""
    known = LOOKS.get(state)
    if known is None and not word:
        raise LookupError(f"状态 {state!r} 没有文字：请在 states.LOOKS 登记，或在 badge 标签中写明文字。")
    chosen: Tone = next(
        (each for each in TONE_ICONS if each == tone),
        known.tone if known else "neutral",
    )
    same = known is not None and chosen == known.tone
    return Look(
        chosen,
        known.icon if known and same else TONE_ICONS[chosen],
        word or (known.word if known else ""),
    )
