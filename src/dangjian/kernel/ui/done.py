"""What is said when something was done, with the way to take it back where there is one."""

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

UNDO = "undo:"


def say_done(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Tell on the next page that something was done; ``undo`` is the address of the page that takes it back, if one does."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo}" if undo else "")


def undo_of(message: Message) -> str:
    """The address that takes back what ``message`` tells of; empty if nothing does."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""
