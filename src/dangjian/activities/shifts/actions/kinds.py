"""The shifts of an organisation are set, and set no more."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.shifts.models import ShiftDay, ShiftKind
from dangjian.activities.shifts.policy import APART, Shift, by_word, folded
from dangjian.activities.shifts.queries import IMPORT, known_at
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.models import Organization
from dangjian.org.openings import at, locked, register


@transaction.atomic
def set_shift(
    *,
    actor: Actor,
    organization: Organization,
    title: str,
    writings: Sequence[str] = (),
    starts: dt.time | None = None,
    ends: dt.time | None = None,
) -> ShiftKind:
    """Lay down what the shift ``title`` is in an organisation and all below it, anew or in the place of what held before.

    Without times it is a day off. ``writings`` are further words that plans have for it.
    """
    organization = locked(organization, check=lambda row: actor.require(IMPORT, row))
    title = title.strip()
    words = tuple(dict.fromkeys(word for text in writings if (word := text.strip()) and folded(word) != folded(title)))
    if not title:
        raise Invalid("请填写班次的名称。", fields={"title": "请填写"})
    if (starts is None) != (ends is None):
        lacking = "starts" if starts is None else "ends"
        raise Invalid("上班和下班时间要么都填，要么都不填（休息）。", fields={lacking: "请填写"})
    if starts is not None and starts == ends:
        raise Invalid("下班时间和上班时间相同。", fields={"ends": "请填写下班时间"})
    if len(APART.join(words)) > 100:
        raise Invalid("写法太多了，合起来最多100个字。", fields={"writings": "请减少几种"})
    _check_words(organization, title, words)
    with at(organization):
        rows = [row for row in ShiftKind.objects.filter(organization=organization) if folded(row.title) == folded(title)]
        row = rows[0] if rows else ShiftKind(organization=organization, title=title)
        row.writings, row.starts, row.ends = APART.join(words), starts, ends
        row.save()
        told = f"{title}（{Shift(title, words, starts, ends).hours}）"
        record(actor=actor, verb="shifts.kind_set", summary=f"设定班次：{told}", organization=organization, subject=row)
    return row


def _check_words(organization: Organization, title: str, words: Sequence[str]) -> None:
    others = by_word(one.shift for one in known_at(organization) if folded(one.shift.title) != folded(title))
    for word in words:
        if other := others.get(folded(word)):
            text = f"“{word}”已经是{other.title}的写法。"
            raise Invalid(text, how="一种写法只能属于一个班次。", fields={"writings": text})


def require_removing(actor: Actor, row: ShiftKind) -> None:
    """Raise unless the actor may take the shift away from where it was laid down."""
    actor.require(IMPORT, row.organization)


@transaction.atomic
def remove_shift(*, actor: Actor, row: ShiftKind) -> None:
    """Lay a shift down no more: what stands above holds again. Raises ``Conflict`` if plans have it and nothing is left of it."""
    row = locked(row, "organization", check=lambda found: require_removing(actor, found))
    place, title = row.organization, row.title
    with at(place):
        used = register(ShiftDay).filter(member__organization__path__startswith=place.path, shift=title).count()
        row.delete()
        if used and title not in {one.shift.title for one in known_at(place)}:
            raise Conflict(f"排班表里还有{used}天是“{title}”，不能删除。", how="可以改它的时间和写法。")
        record(actor=actor, verb="shifts.kind_removed", summary=f"不再单独设定班次：{title}", organization=place)
