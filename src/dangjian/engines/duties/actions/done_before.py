"""Noting what was done on paper of the duties whose period was running when their organisations came onto the platform."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from dangjian.accounts.events import record_many
from dangjian.engines.duties.actions.people import level_above
from dangjian.engines.duties.actions.refresh import refresh
from dangjian.engines.duties.models import DoneBefore
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.ui import words
from dangjian.org.models import Organization

Key = tuple[int, str, dt.date]
"""The number of an organisation, the code of a rule, the first day of a period."""


@dataclass(frozen=True, slots=True)
class PaperWork:
    """What ``organization`` did on ``done_on`` of the duty ``rule`` in the period that begins on ``period_start``.

    The organisation has been read with its superior, which attests.
    """

    organization: Organization
    rule: str
    title: str
    period_start: dt.date
    done_on: dt.date
    note: str = ""

    @property
    def key(self) -> Key:
        """What there is one note about."""
        return (self.organization.pk, self.rule, self.period_start)


@transaction.atomic
def note_paper_work(*, actor: Actor, rows: Sequence[PaperWork], batch: int | None = None) -> dict[Key, dt.date]:
    """Note each of ``rows``, and settle the duties it is about. Returns the days that were noted before, where there were any.

    Raises ``Invalid`` for a day on which the organisation was kept on the platform already: since then things are done there.
    """
    for organization in {row.organization.pk: row.organization for row in rows}.values():
        _require_above(actor, organization)
    for row in rows:
        if row.done_on >= row.organization.live_on:
            raise Invalid(
                f"{row.organization}从{words.day(row.organization.live_on)}起使用平台，{words.day(row.done_on)}的“{row.title}”不能登记为启用前已办。",
                how="启用以后办的，请在平台上办理；开过的会可以补记。",
            )
    former = _noted([row.key for row in rows])
    DoneBefore.objects.bulk_create(
        [
            DoneBefore(
                organization=row.organization,
                rule=row.rule,
                period_start=row.period_start,
                done_on=row.done_on,
                note=row.note,
                batch=batch,
                noted_by_id=actor.user_id,
                noted_at=clock.now(),
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["organization", "rule", "period_start"],
        update_fields=["done_on", "note", "batch", "noted_by", "noted_at"],
    )
    record_many(
        [
            {
                "actor": actor,
                "verb": "duties.done_before_noted",
                "summary": f"登记{row.organization}启用前已办：{row.title}（{words.day(row.done_on)}）",
                "organization": row.organization,
            }
            for row in rows
        ]
    )
    _follow(actor, [row.key for row in rows])
    return former


@transaction.atomic
def forget_paper_work(*, actor: Actor, former: Mapping[Key, dt.date | None]) -> int:
    """Take the notes back; ``former`` has the day that stood there before, if any.

    Duties that nothing else shows done open again. Returns how many notes it was about.
    """
    organizations = Organization.objects.select_related("parent").in_bulk({key[0] for key in former})
    for organization in organizations.values():
        _require_above(actor, organization)
    for note in DoneBefore.objects.select_for_update(of=("self",)).filter(organization__in=organizations):
        key = (note.organization_id, note.rule, note.period_start)
        if key not in former:
            continue
        day = former[key]
        if day is None:
            note.delete()
        else:
            note.done_on = day
            note.save(update_fields=["done_on"])
    record_many(
        [
            {
                "actor": actor,
                "verb": "duties.done_before_taken_back",
                "summary": f"撤回{organization}启用前已办事项的登记",
                "organization": organization,
            }
            for organization in organizations.values()
        ]
    )
    _follow(actor, former)
    return len(former)


def _require_above(actor: Actor, organization: Organization) -> None:
    """Nobody attests to the work of their own organisation: the level above does, as it excuses."""
    actor.require("duties.excuse", level_above(organization))


def _noted(keys: Sequence[Key]) -> dict[Key, dt.date]:
    rows = DoneBefore.objects.filter(organization__in={key[0] for key in keys}).order_by()
    wanted = set(keys)
    found = {(one.organization_id, one.rule, one.period_start): one.done_on for one in rows}
    return {key: day for key, day in found.items() if key in wanted}


def _follow(actor: Actor, keys: Collection[Key]) -> None:
    refresh(
        actor=actor,
        organizations=sorted({organization for organization, _, _ in keys}),
        rules={rule for _, rule, _ in keys},
        anew_since=min((start for _, _, start in keys), default=None),
    )
