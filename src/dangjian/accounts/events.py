"""Writing the event trail: one call inside the transaction that does the act."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.apps import apps
from django.db import models

from dangjian.accounts import saved
from dangjian.accounts.models import Event, EventMember
from dangjian.kernel import bulk, clock, effort
from dangjian.kernel.actor import Actor

Row = TypeVar("Row")
_SUMMARY: Final = 300


@dataclass(frozen=True, slots=True)
class Basis:
    """What is behind acts by the hundred: ``said`` in words, ``number`` of the row that has it."""

    said: str
    number: int


_basis: ContextVar[Basis | None] = ContextVar("according_to", default=None)


@contextmanager
def according_to(said: str, number: int) -> Iterator[None]:
    """Have every event of the block name what it follows, such as the data of another system of a day."""
    token = _basis.set(Basis(said, number))
    try:
        yield
    finally:
        _basis.reset(token)


def basis() -> str:
    """What events of this block add to their sentence, for those that the database makes (``insert_from``); "" outside one."""
    found = _basis.get()
    return f"（依据{found.said}）"[:_SUMMARY] if found else ""


def record(
    *,
    actor: Actor,
    verb: str,
    summary: str,
    organization: Any = None,
    member_id: int | None = None,
    subject: models.Model | None = None,
    purpose: str = "",
    result: str = "done",
    data: dict[str, Any] | None = None,
) -> Event:
    """Append one event.

    ``verb`` is ``module.past_tense``, ``summary`` a Chinese sentence for the audit page, ``organization`` anything with ``pk``
    and ``path``. Never put a full ID number, phone or address into ``summary`` or ``data``.
    """
    if result == "done":
        saved.on_commit()
        effort.concerns(verb, organization)
    return Event.objects.create(
        **fields(
            actor=actor,
            verb=verb,
            summary=summary,
            organization=organization,
            member_id=member_id,
            subject=subject,
            purpose=purpose,
            result=result,
            data=data,
        )
    )


def _organization_of(row: Any) -> object:
    return row.organization


def _done(_row: object, done: str) -> str:
    return done


def _row_itself(row: Any) -> models.Model:
    found: models.Model = row
    return found


@dataclass(frozen=True)
class EventsOf(Generic[Row]):
    """Events about rows of one kind: what each says of its row is declared once, beside the actions that record them.

        NOTES = EventsOf[Relief](
            organization=lambda relief: relief.member.branch,
            member_id=lambda relief: relief.member_id,
            words=lambda relief, done: f"{done}{relief.member.name}的党费减免",
        )
        NOTES.record(actor, relief, "dues.relief_refused", "不批准")

    ``words(row, done)`` makes the sentence of what was done; by default it is said in full. ``subject`` is what the event leads
    to, by default the row itself.
    """

    organization: Callable[[Row], object] = _organization_of
    member_id: Callable[[Row], int | None] = lambda _row: None
    subject: Callable[[Row], models.Model] = _row_itself
    words: Callable[[Row, str], str] = _done
    purpose: Callable[[Row], str] = lambda _row: ""
    data: Callable[[Row], dict[str, Any]] = lambda _row: {}

    def record(self, actor: Actor, row: Row, verb: str, done: str, *, data: Mapping[str, object] | None = None) -> Event:
        """Append one event about ``row``, with ``data`` beside what is declared."""
        return record(**self.keywords(actor, row, verb, done, data=data))

    def keywords(
        self, actor: Actor, row: Row, verb: str, done: str, *, data: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """The keywords of ``record`` for such an event, for those that are appended many at once (``record_many``)."""
        return {
            "actor": actor,
            "verb": verb,
            "summary": self.words(row, done),
            "organization": self.organization(row),
            "member_id": self.member_id(row),
            "subject": self.subject(row),
            "purpose": self.purpose(row),
            "data": {**self.data(row), **(data or {})},
        }


def record_about(members: Sequence[int], **keywords: Any) -> Event:
    """Append one event that concerns many members, such as an export, with the keywords of ``record``.

    Each of them finds it among their own; the trail has one line with all of them behind it.
    """
    if not members:
        return record(**keywords)
    about = {"members": len(members), "members_digest": digest_of(members)}
    event = record(**keywords | {"data": (keywords.get("data") or {}) | about})
    EventMember.objects.bulk_create([EventMember(event=event, member_id=pk) for pk in members], batch_size=2000)
    return event


def digest_of(members: Iterable[int]) -> str:
    """What an event keeps of the members behind it, so that none can be taken away or added without a trace."""
    return hashlib.sha256(",".join(map(str, sorted(members))).encode()).hexdigest()


def record_refusal(*, actor: Actor, method: str, path: str, message: str) -> Event:
    """Append that somebody was refused what they asked for: ``path`` without what stands behind the question mark.

    It belongs to no act, so it is written by itself, after whatever the request began was rolled back.
    """
    area = next((part for part in path.split("/") if part in apps.app_configs), "site")
    return record(
        actor=actor,
        verb=f"{area}.refused",
        summary=f"被拒绝：{message}",
        result="refused",
        data={"method": method, "path": path[:200]},
    )


def record_many(rows: list[dict[str, Any]]) -> None:
    """Append many events at once; each row holds the keywords of ``record``."""
    if rows:
        saved.on_commit()
    bulk.insert_rows(Event, [fields(**row) for row in rows])


def fields(
    *,
    actor: Actor,
    verb: str,
    summary: str,
    organization: object = None,
    member_id: int | None = None,
    subject: models.Model | None = None,
    purpose: str = "",
    result: str = "done",
    data: dict[str, object] | None = None,
) -> dict[str, object]:
    """The columns of an event for the keywords of ``record``."""
    behind, added = _basis.get(), basis()
    return {
        "at": clock.now(),
        "actor_id": actor.user_id,
        "actor_name": actor.name,
        "verb": verb,
        "summary": f"{summary[: _SUMMARY - len(added)]}{added}",
        "organization_id": getattr(organization, "pk", None),
        "organization_path": getattr(organization, "path", ""),
        "member_id": member_id,
        "subject_type": subject._meta.label_lower if subject is not None else "",
        "subject_id": subject.pk if subject is not None else None,
        "purpose": purpose,
        "address": actor.address,
        "result": result,
        "data": (data or {}) | ({"according_to": behind.number} if behind else {}),
    }
