"""Which organisations are on record at and below the place that a table is entered into."""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db.models import F, Min
from django.utils.functional import cached_property

from dangjian.org.models import Organization, OrganizationVersion
from dangjian.org.openings import register
from dangjian.org.sheet_offers import PictureNode, Upload
from dangjian.org.sheets.tree.units import Unit

AT_ONCE = 1000


class Known:
    """What stands at and below ``place``; read once for a check."""

    def __init__(self, place: Organization) -> None:
        below = list(Organization.objects.below(place).order_by("path"))
        self.units = {one.pk: Unit.of_record(one) for one in below if one.dissolved_on is None}
        self.dissolved = [Unit.of_record(one) for one in below if one.dissolved_on is not None]
        for unit in self.units.values():
            unit.above = self.units.get(unit.record.parent_id or 0) if unit.record else None
        self.place = self.units[place.pk]
        self._path = place.path

    @cached_property
    def moved_here(self) -> dict[int, dt.date]:
        """From when each organisation has stood where it stands, of those that were moved."""
        here = register(OrganizationVersion).filter(path=F("organization__path"), path__startswith=self._path).order_by()
        since = dict(here.values_list("organization").annotate(since=Min("starts_on")))
        founded = {number: unit.established_on for number, unit in self.units.items()}
        return {number: day for number, day in since.items() if (begun := founded.get(number)) and day > begun}


def codes_elsewhere(codes: Collection[str], known: Known) -> set[str]:
    """Those of ``codes`` that an organisation outside the place or a dissolved one has."""
    wanted = sorted(codes)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        rows = register(Organization).filter(code__in=wanted[start : start + AT_ONCE])
        found.update(code for number, code in rows.values_list("pk", "code") if number not in known.units)
    return found


def there(upload: Upload) -> Iterable[PictureNode]:
    """What stands at and below the place, for the picture of the batch."""
    place = upload.organization
    rows = Organization.objects.standing().below(place).order_by("order", "code")
    for number, parent, kind, short_name in rows.values_list("pk", "parent_id", "kind", "short_name"):
        yield PictureNode(f"o{number}", "" if number == place.pk else f"o{parent}", kind, short_name)
