"""What is looked at every month in how organisations are recorded, and who can mend that."""

from django.db.models import Q
from django.urls import reverse

from dangjian.kernel import clock
from dangjian.kernel.rulebook import Choices, book
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register
from dangjian.org.quality_offers import Asking, Examined, FoundFlaw, QualityCheck, number_by


def details(asking: Asking) -> Examined:
    """Items of an organisation that are missing; which items these are is a setting."""
    rows = asking.at(Organization.objects.standing(), "pk").exclude(kind=Kind.GROUP).order_by("path")
    items = book().on("org.record_required", clock.today()).expect(Choices)
    blank = Q(pk__in=())
    for item in items:
        blank |= Q(**{item.code: ""})
    keepers = committees_over()
    flaws = []
    for row in rows.filter(blank):
        lacks = [item.title for item in items if not getattr(row, item.code)]
        text = f"缺{len(lacks)}项：{'、'.join(lacks)}"
        url = reverse("org:edit", args=[row.pk])
        flaws.append(FoundFlaw(row.pk, str(row.pk), row.short_name, text, url, keeper_id=keepers.get(row.pk)))
    return Examined(number_by(rows, "pk"), flaws)


def committees_over() -> dict[int, int]:
    """By organisation the nearest committee, which keeps how it is set up and who holds its posts. One question."""
    rows = list(
        register(Organization).standing().exclude(kind=Kind.GROUP).order_by("path").values_list("pk", "kind", "parent_id")
    )
    found: dict[int, int] = {}
    for pk, kind, parent in rows:
        if kind == Kind.COMMITTEE:
            found[pk] = pk
        elif parent in found:
            found[pk] = found[parent]
    return found


CHECKS = (
    QualityCheck("org.details", "党组织基本信息", "completeness", "党委、党总支、党支部的基本信息，有没有空着", details, order=5),
)
