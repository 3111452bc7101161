"""One person's turn at a form that overwrites: what somebody else saved meanwhile is shown, not covered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model

from dangjian.accounts.models import Event
from dangjian.kernel.editing import EditForm, Overtaken
from dangjian.kernel.ui import words


@dataclass(frozen=True, slots=True)
class Turn:
    """What a form overwrites, for pages that run one form.

    ``row`` is what the action itself holds first. ``again()`` reads anew and returns the form, unbound, as it would be shown
    now. ``verbs`` are the events about the row (or about ``member_id``) by which somebody changes it, so that they are named.
    """

    row: Model
    again: Callable[[], EditForm]
    verbs: tuple[str, ...] = ()
    member_id: int | None = None

    @contextmanager
    def of(self, form: Any) -> Iterator[None]:
        """Save inside, with ``row`` held against others; raises ``Overtaken`` if what ``form`` shows was changed since."""
        with transaction.atomic():
            rows: Any = self.row._meta.model
            rows.objects.select_for_update(of=("self",)).filter(pk=self.row.pk).first()
            if form.overtaken(self.again()):
                raise Overtaken(
                    f"{self._who()}改过这里的内容。您填写的还没有保存，也没有丢失。",
                    how="请对照下面两份内容，改好后再保存一次。",
                )
            yield

    def _who(self) -> str:
        about = {"subject_type": self.row._meta.label_lower, "subject_id": self.row.pk}
        events = Event.objects.filter(verb__in=self.verbs, **({"member_id": self.member_id} if self.member_id else about))
        last = events.order_by("-at", "-pk").first()
        return f"{last.actor_name}（{words.daytime(last.at)}）" if last else "您打开这一页以后，有人"


@contextmanager
def editing(form: EditForm, *, row: Model | None, again: Callable[[], EditForm], verbs: tuple[str, ...] = ()) -> Iterator[None]:
    """The same in a view of its own; ``row`` is ``None`` while the thing is new and nothing can be overwritten.

    >>> with editing(form, row=meeting, again=lambda: form_of(meeting), verbs=("meetings.minutes_saved",)):
    ...     save_minutes(actor=request.actor, meeting=meeting, text=form.cleaned_data["text"])
    """
    if row is None:
        yield
        return
    with Turn(row, again, verbs).of(form):
        yield
