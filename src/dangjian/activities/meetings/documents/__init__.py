"""The papers a branch keeps, as Word and PDF: the record of a meeting (会议记录) and its yearly register (党支部工作手册)."""

from collections.abc import Callable
from typing import Any

from dangjian.activities.meetings.documents.build import FOLDER
from dangjian.activities.meetings.documents.meeting import record_context
from dangjian.activities.meetings.documents.yearly import register_context
from dangjian.activities.meetings.models import Meeting
from dangjian.kernel.documents import Form, render
from dangjian.org.models import Organization


def record(meeting: Meeting, form: Form) -> bytes:
    """The official record of a meeting that took place. Before the chair has confirmed the minutes it says so."""
    context = {"record": record_context(meeting)}
    return _rendered("record", context, form, title=f"{meeting.title}会议记录", author=meeting.organization.name)


def register(organization: Organization, year: int, form: Form, *, gathered: Callable[[], None] = lambda: None) -> bytes:
    """The yearly register of a branch (or group): officers, members, plan, every meeting's record, figures.

    ``gathered`` is called when everything has been read and only the typesetting is left.
    """
    context = register_context(organization, year)
    gathered()
    return _rendered("register", context, form, title=f"{organization.short_name}{year}年工作手册", author=organization.name)


def _rendered(name: str, context: dict[str, Any], form: Form, *, title: str, author: str) -> bytes:
    page = f"meetings/documents/{name}.html"
    return render(form, word=FOLDER / f"{name}.docx", page=page, context=context, title=title, author=author)
