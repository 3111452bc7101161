"""Duties go with organisations that were set up by mistake, as long as nobody has had to do with them."""

from collections.abc import Sequence

from django.db import transaction

from dangjian.engines.duties.models import Duty, State


@transaction.atomic
def drop_untouched(organization_ids: Sequence[int]) -> None:
    """Delete what the organisations are bound to do, but for what somebody has done, confirmed, excused or handed on."""
    own = Duty.objects.filter(organization__in=organization_ids, reassigned=False, confirmations=None)
    untouched = own.filter(state__in=(State.OPEN, State.VOID), excused_by=None, submitted_on=None)
    # One statement however many there are: nothing refers to a duty without confirmations, so nothing has to be collected first.
    rows = Duty.objects.order_by().filter(pk__in=untouched.values("pk"))
    rows._raw_delete(rows.db)  # noqa: SLF001 - Django has no public name for it
