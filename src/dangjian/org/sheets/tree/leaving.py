"""Organisations leave as rows of the table they came in by."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db.models import OuterRef, Subquery

from dangjian.org.models import ChangeKind, Organization, OrganizationChange, Post, PostKind
from dangjian.org.sheet_offers import GoingOut, OnRecord
from dangjian.org.sheets.tree.columns import DETAILS
from dangjian.org.written.names import Names

SECRETARY: Final = "secretary"


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Those that stand, from the top down. See ``sheet_offers.GoingOut``."""
    founded = OrganizationChange.objects.filter(organization=OuterRef("pk"), kind=ChangeKind.SET_UP)
    found = Organization.objects.standing().below(organization).select_related("parent")
    if only is not None:
        found = found.filter(pk__in=only)
    ordered = found.annotate(document=Subquery(founded.order_by("pk").values("document")[:1])).order_by("path")
    names = _names()
    heading = Post.objects.in_effect().filter(kind=PostKind.SECRETARY, organization__path__startswith=organization.path)
    secretaries = dict(heading.order_by("starts_on").values_list("organization_id", "user__name"))
    for one in ordered.iterator(chunk_size=1000):
        yield OnRecord(one.pk, one.pk, {**_values(one, names), SECRETARY: secretaries.get(one.pk)})


def _values(one: Any, names: Counter[str]) -> dict[str, Any]:
    values = {
        "name": one.name,
        "short_name": one.short_name,
        "type": one.type_code,
        "parent": "" if one.parent is None else _called(one.parent, names),
        "established_on": one.established_on,
        "code": one.code,
        "document": one.document,
        **{name: getattr(one, name) for name in DETAILS},
    }
    return {name: value for name, value in values.items() if value or (value == 0 and name == "order")}


def _names() -> Counter[str]:
    return Counter(Organization.objects.standing().values_list("name", flat=True))


def _called(one: Organization, names: Counter[str]) -> str:
    """How an organisation is named as a superior: a name that several have says nothing; the code does."""
    return one.name if names[one.name] == 1 else one.code


class Written:
    """Puts superiors as people write them into the words in which they leave."""

    def __init__(self, place: Organization) -> None:
        self._names = _names()
        above = [place.parent] if place.parent else []
        self._known = Names([*Organization.objects.standing().below(place).select_related("parent"), *above])

    def parent(self, text: str) -> str:
        """The superior that is meant; ``text`` as it stands if that is none, or not certain."""
        found = self._known.called(text)
        return _called(found[0], self._names) if len(found) == 1 else text


OUT: Final = GoingOut(permissions=("org.manage",), rows=rows, worked_out={SECRETARY: "书记"})
