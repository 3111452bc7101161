"""What the examination of records asks of the comparisons: in which records other systems say something else."""

from collections import Counter, defaultdict
from urllib.parse import urlencode

from django.urls import reverse

from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import DifferenceKind, OutsideSystem
from dangjian.engines.exchange.queries.differences import ours_of, out_of
from dangjian.engines.exchange.queries.systems import THEY, standing, who_acts
from dangjian.org.quality_offers import Asking, Examined, FoundFlaw, QualityCheck


def agreement(asking: Asking) -> Examined:
    """Records on which a system that is compared with differs, of those that were compared.

    What only they over there have to mend is no flaw of a record here. The number of statements grows with the systems alone.
    """
    looked_at: Counter[int] = Counter()
    flaws: list[FoundFlaw] = []
    compared = OutsideSystem.objects.filter(closed_on=None).exclude(last_in_step_on=None).select_related("organization")
    for system in compared.order_by("pk"):
        places = [place for _record, place in out_of(system.sheet).numbers_in(system.organization)]
        looked_at.update(place for place in places if asking.organizations is None or place in asking.organizations)
        flaws += _flaws(system, asking)
    return Examined(looked_at, flaws)


def _flaws(system: OutsideSystem, asking: Asking) -> list[FoundFlaw]:
    known = columns(system.sheet)
    rows = asking.at(standing(system), "organization").exclude(kind=DifferenceKind.ADDED).order_by("pk")
    said: dict[tuple[int, int], list[str]] = defaultdict(list)
    for record, place, kind, column, believed in rows.values_list("record_id", "organization_id", "kind", "column", "believed"):
        if record is not None and who_acts(kind, believed) != THEY:
            said[record, place].append(known[column].title if column in known else DifferenceKind(kind).label)
    ours = ours_of(system.sheet, system.organization, {record for record, _place in said})
    found = []
    for (record, place), items in said.items():
        about = str(ours[record].values.get(system.sheet.name_column, "")) if record in ours else ""
        asked = urlencode({"system": system.pk, "organization": place})
        url = f"{reverse('exchange:differences')}?{asked}"
        text = f"与{system}不一致：{'、'.join(items)}"[:300]
        found.append(FoundFlaw(place, f"{system.pk}-{record}", about or system.title, text, url))
    return found


CHECKS = (
    QualityCheck(
        "exchange.agreement",
        "与外部系统一致",
        "agreement",
        "比对过的每条记录，有没有还没核对的差异",
        agreement,
        order=60,
    ),
)
