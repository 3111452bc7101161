"""A list goes out as a sheet, for a stated purpose: the frame of every export."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from dangjian.accounts.events import record_about
from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.spreadsheets import Column
from dangjian.kernel.ui import words
from dangjian.members.actions.record import LEAST_PURPOSE

PRIVATE = "含有个人信息，请按规定保管，用完及时删除，不得转发无关人员。"


def stated(purpose: str) -> str:
    """The purpose without blanks around it. Raises ``Invalid`` if there is none to speak of."""
    if len(purpose.strip()) < LEAST_PURPOSE:
        raise Invalid("请写明导出的用途。", fields={"purpose": "请写明用途，例如：年度党内统计核对"})
    return purpose.strip()


@transaction.atomic
def send_out(
    *,
    actor: Actor,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    number: int,
    purpose: str,
    full: bool,
    selection: str = "",
    notes: Sequence[str] = (),
    members: Sequence[int] = (),
) -> io.BytesIO:
    """An xlsx of ``rows``, and an event that says who took ``number`` of them out and what for.

    ``members`` are those whose record went out: each of them finds the event among those of his own.
    The caller has asked for the permission, chosen the rows and masked their private values unless ``full``; ``title`` names the
    sheet, ``selection`` says in Chinese which rows these are, ``notes`` stand behind those that every export bears.
    """
    purpose = stated(purpose)
    how = "完整号码" if full else "号码已隐去"
    record_about(
        members,
        actor=actor,
        verb="exchange.exported",
        summary=f"导出{title}{number}行（{how}）{selection}",
        purpose=purpose,
        data={"rows": number, "full": full},
    )
    said = f"由{actor.name}于{words.daytime(clock.now())}导出，用途：{purpose}。"
    return spreadsheets.write(columns, rows, title=title, notes=[said, PRIVATE, *notes])
