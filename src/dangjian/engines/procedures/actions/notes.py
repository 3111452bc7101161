"""What the trail says of a case."""

from dangjian.accounts.events import EventsOf
from dangjian.engines.procedures.models import ProcedureCase

NOTES = EventsOf[ProcedureCase](words=lambda case, done: f"“{case}”{done}")
