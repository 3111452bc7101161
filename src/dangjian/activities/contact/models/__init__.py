"""Tables of this app: contact noted, members who are away, guests from elsewhere, the search for members out of contact."""

from dangjian.activities.contact.models.away import Away, Direction, End
from dangjian.activities.contact.models.guest import Guest, GuestNote, GuestNoteKind
from dangjian.activities.contact.models.note import ContactNote, Way
from dangjian.activities.contact.models.search import Outcome, Result, Search, SearchState, SearchTry, Tried

__all__ = [
    "Away",
    "ContactNote",
    "Direction",
    "End",
    "Guest",
    "GuestNote",
    "GuestNoteKind",
    "Outcome",
    "Result",
    "Search",
    "SearchState",
    "SearchTry",
    "Tried",
    "Way",
]
