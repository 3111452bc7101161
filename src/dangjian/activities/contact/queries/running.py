"""What was running on a day: who was away, here as a guest, or out of contact."""

from django.db.models import Q


def running_at(day: object, since: str, *ends: str) -> Q:
    """Rows that had begun by ``day`` and had not ended on it, by their columns."""
    condition = Q(**{f"{since}__lte": day})
    for end in ends:
        condition &= Q(**{end: None}) | Q(**{f"{end}__gt": day})
    return condition
