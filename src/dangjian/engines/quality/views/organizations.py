"""How much each organisation has to mend of its own records: in the order of the tree, no ranking."""

from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from dangjian.engines.quality.models import Flaw, QualityMonth
from dangjian.kernel import clock
from dangjian.kernel.lists import LINE, NUMBER, Asked, Choice, Column, Empty, ListPage
from dangjian.kernel.periods import MONTH, Span
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Kind, Organization
from dangjian.org.quality_offers import SORTS

BODIES = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)


def _rows(_asked: Asked) -> QuerySet[Organization]:
    month = Span.of(clock.today(), MONTH)
    own = QualityMonth.objects.filter(organization=OuterRef("pk"), month=month.start).order_by().values("organization")
    flaws = Flaw.objects.to_mend().filter(organization=OuterRef("pk")).order_by().values("organization")
    shown = {sort: _number(own.filter(sort=sort).annotate(n=Sum("failing"))) for sort in SORTS}
    rows = Organization.objects.standing().filter(kind__in=BODIES, live_on__lte=clock.today()).select_related("parent")
    return rows.annotate(
        looked_at=_number(own.annotate(n=Sum("looked_at"))),
        failing=_number(own.annotate(n=Sum("failing"))),
        to_mend=_number(flaws.annotate(n=Count("pk"))),
        **{f"wrong_{sort}": number for sort, number in shown.items()},
    ).annotate(right=F("looked_at") - F("failing"))


def _number(rows: QuerySet[Any, Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("n")), 0, output_field=IntegerField())


def _share(row: Any) -> str:
    return f"{100 * row.right / row.looked_at:.1f}%" if row.looked_at else ""


_BY_SORT: tuple[Column[Organization], ...] = tuple(
    Column(f"{title}：有问题", f"wrong_{sort}", NUMBER, sort=f"-wrong_{sort}", on_phone=False) for sort, title in SORTS.items()
)
ORGANIZATIONS = ListPage(
    name="quality:organizations",
    title="各党组织的记录",
    permission="quality.view",
    crumbs=(("数据质量", "quality:flaws"),),
    intro="各党组织本级的记录，本月到现在的检查结果，按组织顺序排列。只看记录，不评比个人。",
    rows=_rows,
    columns=(
        Column("党组织", "short_name", LINE, sort="path", key="organization"),
        Column("上级", "parent.short_name", LINE, key="superior", on_phone=False),
        Column("要补正", "to_mend", NUMBER, sort="-to_mend", unit="条"),
        Column("检查的记录", "looked_at", NUMBER, sort="-looked_at", on_phone=False),
        Column("没有问题的", _share, key="share"),
        *_BY_SORT,
    ),
    order=("path",),
    row=lambda row: f"{reverse('quality:flaws')}?organization={row.pk}",
    filters=(
        OrganizationFilter(field="", kinds=BODIES),
        Choice("kind", "类别", [(kind.value, kind.label) for kind in BODIES], usual="各类党组织"),
    ),
    is_tiled=True,
    empty=Empty("building-community", "没有党组织", "设立党组织并启用以后，每天早上检查一遍记录。"),
)
