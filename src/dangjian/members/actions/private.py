"""What is masked on screen is shown in full to whoever states a purpose, and that is an event."""

from django.db import transaction
from django.db.models import Model

from dangjian.accounts.events import record
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Invalid
from dangjian.kernel.purposes import LEAST
from dangjian.org.models import Organization


@transaction.atomic
def open_private(
    *,
    actor: Actor,
    row: Model,
    column: str,
    title: str,
    name: str,
    organization: Organization,
    purpose: str,
    verb: str = "members.unmasked",
    member_id: int | None = None,
) -> str:
    """The full text of a private ``column`` of ``row``; the caller has asked for the right to it.

    :param title: what the column is called, and ``name`` whose it is.
    :param member_id: the member whom it concerns, who sees on their own page that somebody looked.
    :raises Invalid: without a purpose.
    """
    if len(purpose.strip()) < LEAST:
        raise Invalid("请写明查看完整内容的用途。", fields={"purpose": "请写明用途，例如：联系本人"})
    record(
        actor=actor,
        verb=verb,
        summary=f"查看{name}的完整{title}",
        purpose=purpose.strip(),
        organization=organization,
        member_id=member_id,
        subject=row,
        data={"column": column},
    )
    return str(getattr(row, column))
