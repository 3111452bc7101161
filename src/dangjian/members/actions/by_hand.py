"""Changes of membership written down by hand: those of the time before a branch was kept on the platform, with the reason.

What happens since is done on the platform, as a case with its papers and approvals, and writes its lines by itself.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import transaction

from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.offers import ByHandGuard
from dangjian.org.models import Organization

Result = TypeVar("Result")


@transaction.atomic
def write_down(
    change: Callable[..., Result],
    *,
    actor: Actor,
    branches: Iterable[Organization],
    effective_on: dt.date,
    reason: str,
    about: Member | None = None,
    **given: object,
) -> Result:
    """Do what a function of ``actions.account`` (or ``actions.record.register``) does, for a day of the time before.

    :param branches: those that are left or entered; for each of them the day must lie before it was kept on the platform.
    :param reason: why it is written down by hand; it stays on the line.
    :param about: the member, if they are on record.
    :raises Invalid: for a later day, or without a reason.
    :raises Conflict: if something runs about the member that is to be ended by its own steps (``ByHandGuard``).
    """
    for branch in branches:
        if effective_on > branch.live_on:
            raise Invalid(
                f"“{branch}”{words.day(branch.live_on)}起在平台上办理，这一天以后的变动按流程办理，不能补录。",
                how="请打开党员页面的“办理事项”，或者“组织关系转接”“党籍和处分”“发展党员”。",
                fields={"effective_on": f"只能补录{words.day(branch.live_on)}或以前的"},
            )
    if not reason.strip():
        raise Invalid("请写明为什么补录。", fields={"reason": "请填写原因"})
    against = [text for guard in offers(ByHandGuard) if about and (text := guard.against(about))]
    if against:
        raise Conflict(against[0], how="请在那里办理，或者先终止那一件。")
    return change(actor=actor, effective_on=effective_on, by_hand=reason.strip(), **given)
