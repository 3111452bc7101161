"""Counting what was filled in: one statement for each form."""

from dangjian.engines.burden.models import FilledIn
from dangjian.kernel import clock
from dangjian.kernel.bulk import add_up
from dangjian.kernel.effort import Effort
from dangjian.kernel.periods import MONTH, Span


def add(effort: Effort) -> None:
    """Add to the row of the organisation, month and module, or begin it.

    Runs after the transaction of the act, which has asked for every right; who acted is not known here.
    """
    month = Span.of(clock.today(), MONTH).start
    add_up(
        FilledIn,
        {"organization_id": effort.organization_id, "month": month, "module": effort.module},
        {"forms": effort.forms, "typed": effort.typed, "proposed": effort.proposed, "cells": effort.cells},
    )
