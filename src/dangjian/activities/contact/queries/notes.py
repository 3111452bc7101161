"""Contact that was noted, and which rows show it."""

from django.db.models import Max, OuterRef, QuerySet, Subquery

from dangjian.activities.contact.models import ContactNote
from dangjian.org.openings import register

VIEW, MANAGE = "contact.view", "contact.manage"


def noted() -> QuerySet[ContactNote]:
    """All contact that was noted."""
    rows: QuerySet[ContactNote] = register(ContactNote).all()
    return rows


def last_note(member: str) -> Subquery:
    """The day of the last contact noted with the member whose number stands in the column ``member``."""
    rows = noted().filter(member=OuterRef(member)).order_by().values("member")
    return Subquery(rows.annotate(last=Max("on")).values("last"))


def notes_of(member_id: int) -> QuerySet[ContactNote]:
    """What was noted about one member, the latest first; whether it may be shown is for the caller to say."""
    return noted().filter(member=member_id).select_related("by")
