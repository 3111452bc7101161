"""Transfers in numbers: the lines of table 1 of the yearly statistics, letters, and how long it took; and who is behind them."""

from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, Sum, When
from django.db.models.functions import TruncMonth

from dangjian.activities.transfers.models import Direction, Letter, LetterState, TransferKind
from dangjian.activities.transfers.views.letters import EXPIRED, LETTERS
from dangjian.kernel import clock, statistics
from dangjian.kernel.lists import ALL, DAY, Choice, Column, Days, Empty, ListPage
from dangjian.kernel.statistics import Asked, ByChoice, ByMonth, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.members.lists import by_person
from dangjian.members.models import ChangeKind, MembershipEntry
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind
from dangjian.org.statistics import Organizations

PLACES = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)
WAYS = {
    "in": ("转入", (ChangeKind.TRANSFERRED_IN, ChangeKind.WHOLE_IN)),
    "whole_in": ("整建制转入", (ChangeKind.WHOLE_IN,)),
    "out": ("转出", (ChangeKind.TRANSFERRED_OUT, ChangeKind.WHOLE_OUT)),
    "whole_out": ("整建制转出", (ChangeKind.WHOLE_OUT,)),
    "moved_in": ("内部转入", (ChangeKind.MOVED_IN,)),
    "moved_out": ("内部转出", (ChangeKind.MOVED_OUT,)),
}
"""The lines of the account by which somebody comes and goes, as table 1 sums them up."""
EVERY = tuple(dict.fromkeys(kind for _title, kinds in WAYS.values() for kind in kinds))


def _lines() -> QuerySet[MembershipEntry]:
    rows: QuerySet[MembershipEntry] = MembershipEntry.objects.filter(kind__in=EVERY, reverses=None, reversed_by=None)
    return rows


def _of_way(rows: QuerySet[MembershipEntry], way: str) -> QuerySet[MembershipEntry]:
    return rows.filter(kind__in=WAYS[way][1]) if way else rows


MOVES = ListPage(
    name="transfers:moves",
    title="转入转出名册",
    permission="transfers.view",
    intro="已经办成的转入和转出，按党员名册上的日期。",
    crumbs=(("组织关系转接统计", "transfers:statistics"),),
    crumb="名册",
    rows=lambda _asked: _lines().select_related("member", "organization"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("变动", "get_kind_display", sort="kind", key="kind"),
        Column("日期", "effective_on", DAY, sort="-effective_on", key="day"),
        Column("党支部", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("对方党组织", "counterpart_name", on_phone=False, width=36),
        Column("依据", "document", on_phone=False, width=30),
    ),
    order=("-effective_on",),
    filters=(
        by_person(),
        Choice("way", "方向", [(code, title) for code, (title, _kinds) in WAYS.items()], usual="全部方向", rows=_of_way),
        OrganizationFilter(field="organization", kinds=PLACES, tells_own=True),
        Days("day", "日期", field="effective_on"),
    ),
    exported=on_trail("transfers.moves_exported"),
    empty=Empty("transfer", "没有转入和转出", "办成的转入和转出按日期列在这里，换一段时间看看。"),
)


@dataclass(slots=True)
class Figures(statistics.Figures):
    """Who came and went in a period, and the letters of it as they stand now.

    ``issued`` are for those who go, ``entered`` for those who come. Of those issued ``out`` are valid, ``expired`` are out beyond
    their last day, of ``received`` the receipt came back, ``waited`` days after asking, all of them added up.
    """

    came: int = 0
    came_whole: int = 0
    left: int = 0
    left_whole: int = 0
    moved_in: int = 0
    moved_out: int = 0
    issued: int = 0
    out: int = 0
    expired: int = 0
    received: int = 0
    waited: int = 0
    entered: int = 0

    @property
    def average(self) -> int:
        """Days from asking to being received, rounded, of those who were received."""
        return round(self.waited / self.received)


def _entries(asked: Asked) -> QuerySet[MembershipEntry]:
    return _lines().filter(organization__path__startswith=asked.unit.path, effective_on__range=asked.days)


def _letters(asked: Asked) -> QuerySet[Letter]:
    rows: QuerySet[Letter] = Letter.objects.filter(
        case__organization__path__startswith=asked.unit.path, issued_on__range=asked.days
    )
    rows = rows.annotate(is_expired_now=Case(When(state=LetterState.OUT, ends_on__lt=clock.today(), then=True), default=False))
    return rows.filter(kind=asked.get("kind")) if asked.get("kind") else rows


def _count(way: str) -> Count:
    return Count("pk", filter=Q(kind__in=WAYS[way][1]))


LINES = Source(
    _entries,
    {"organization": "organization_id", "month": TruncMonth("effective_on")},
    {
        "came": _count("in"),
        "came_whole": _count("whole_in"),
        "left": _count("out"),
        "left_whole": _count("whole_out"),
        "moved_in": _count("moved_in"),
        "moved_out": _count("moved_out"),
    },
    when=lambda asked, split: split != "kind" and not asked.get("kind"),
)


def _issued(**more: object) -> Count:
    return Count("pk", filter=Q(direction=Direction.OUT, **more))


LETTER_COUNTS = Source(
    _letters,
    {"organization": "case__organization_id", "month": TruncMonth("issued_on"), "kind": "kind"},
    {
        "issued": _issued(),
        "out": _issued(is_expired_now=False, state=LetterState.OUT),
        "expired": _issued(is_expired_now=True),
        "received": _issued(state=LetterState.RECEIVED),
        "waited": Sum("took_days", filter=Q(direction=Direction.OUT)),
        "entered": Count("pk", filter=Q(direction=Direction.IN)),
    },
)


def _moves(way: str) -> Opens:
    return Opens(MOVES, {"way": way}, by_days=True)


def _opens(state: str, direction: Direction = Direction.OUT) -> Opens:
    return Opens(LETTERS, {"direction": direction, "state": state}, by_days=True)


STATISTICS = Statistics(
    name="transfers:statistics",
    title="组织关系转接统计",
    permission="transfers.view",
    crumbs=(("组织关系转接", "procedures:transfer"),),
    intro="转入、转出按办成的日期计，与党内统计年报表1一致（整建制的见导出的表格）；内部是本单位党支部之间。介绍信按开具日期计。",
    over=Organizations(kinds=PLACES),
    counted=Counted(Figures, LINES, LETTER_COUNTS),
    measures=(
        Measure("转入", "came", unit="名", icon="transfer-in", opens=_moves("in")),
        Measure("整建制转入", "came_whole", unit="名", opens=_moves("whole_in"), on_tile=False, in_table=False),
        Measure("转出", "left", unit="名", icon="transfer-out", opens=_moves("out")),
        Measure("整建制转出", "left_whole", unit="名", opens=_moves("whole_out"), on_tile=False, in_table=False),
        Measure("内部转入", "moved_in", unit="名", opens=_moves("moved_in"), on_tile=False),
        Measure("内部转出", "moved_out", unit="名", icon="transfer", opens=_moves("moved_out")),
        Measure("开出介绍信", "issued", unit="封", icon="mail-forward", opens=_opens(ALL)),
        Measure("有效", "out", unit="封", on_tile=False, in_table=False),
        Measure("已过期", "expired", unit="封", icon="clock-exclamation", tone="bad", opens=_opens(EXPIRED)),
        Measure("回执已回", "received", unit="封", icon="mail-check", opens=_opens(LetterState.RECEIVED)),
        Measure("平均天数", "average", unit="天", icon="hourglass", base="received", note="从提出到对方接收"),
        Measure("登记转入介绍信", "entered", unit="封", on_tile=False, in_table=False, opens=_opens(ALL, Direction.IN)),
    ),
    splits=(ByMonth(), ByChoice("kind", "类型", choices=lambda: TransferKind.choices)),
    charts=(Chart("各党组织转入转出", "organization", ("转入", "转出")),),
    is_none=lambda total: not any((total.came, total.left, total.moved_in, total.issued, total.entered)),
    empty=Empty("transfer", "这段时间没有转接组织关系", "换一个时间段看看。"),
)
