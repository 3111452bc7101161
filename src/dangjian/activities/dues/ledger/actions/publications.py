"""Telling the members once a year what became of their dues."""

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.ledger.models import Publication
from dangjian.activities.dues.ledger.queries import publications
from dangjian.engines.duties.actions import refresh
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.models import Organization


def require_publishing(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor publishes the dues of an organisation."""
    actor.require("dues.publish", organization)


@transaction.atomic
def publish(*, actor: Actor, organization: Organization, year: int, note: str = "") -> Publication:
    """Publish a year that is over, with the figures as they stand today; they stay as they were published.

    Raises ``Invalid`` for a year that runs, ``Conflict`` for one published before or with nothing to tell.
    """
    require_publishing(actor, organization)
    if not 2000 <= year < clock.today().year:
        raise Invalid("这一年还没有结束。", how="请在年度结束后公示。", fields={"year": "还没有结束"})
    if Publication.objects.filter(organization=organization, year=year).exists():
        raise Conflict(f"{year}年度党费已经公示过。", how="公示以后不能修改；有更正的，请写在下一年度的说明中。")
    figures = publications.figures(organization, year)
    if not figures["dues"]["bills"] and not any(line["fen"] for line in (*figures["incoming"], *figures["outgoing"])):
        raise Conflict(f"{year}年度没有党费收支，不用公示。")
    made: Publication = Publication.objects.create(
        organization=organization,
        year=year,
        figures=figures,
        note=note.strip(),
        published_on=clock.today(),
        published_by_id=actor.user_id,
    )
    record(
        actor=actor,
        verb="dues.published",
        summary=f"公示{organization}{year}年度党费收支",
        organization=organization,
        subject=made,
    )
    refresh(actor=actor, organizations=[organization], rules={"dues_publish"})
    return made
