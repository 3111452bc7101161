"""What the yearly tables want of changes of membership and of penalties, each figure with the people behind it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.urls import reverse

from dangjian.activities.standing.queries.figures import (
    AFTER,
    AGES,
    EXIT,
    JOINED,
    MINUS,
    PLUS,
    WAS_SUSPENDED,
    changes,
    of_kind,
    penalties,
)
from dangjian.kernel import clock, codes, statistics
from dangjian.kernel.lists import DAY, Asked, Choice, Column, Days, Empty, ListPage
from dangjian.kernel.rulebook import Choices, book
from dangjian.kernel.statistics import Asked as Counting
from dangjian.kernel.statistics import ByChoice, ByMonth, Chart, Counted, Measure, Opens, Source, Statistics
from dangjian.members.lists import by_person
from dangjian.members.models import ChangeKind, MembershipEntry, Sanction
from dangjian.members.policy import effect_period_ends_on
from dangjian.org.lists import OrganizationFilter, on_trail
from dangjian.org.models import Kind
from dangjian.org.statistics import Organizations

VIEW = "standing.view"
HOME = (("党籍和处分", "standing:cases"),)
UNITS = Organizations(kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH))
NONE = Empty("chart-bar", "这个期间没有", "换一个期间再看。")


def _groups(name: str) -> list[tuple[str, str]]:
    return list(codes.get(name).choices)


def _kinds(_asked: Asked) -> list[tuple[str, str]]:
    rules, today = book(), clock.today()
    return [
        (one.code, one.title)
        for key in ("count.plus", "count.minus", "count.out_kinds")
        for one in rules.on(key, today).expect(Choices)
    ]


def _counting(rows: QuerySet[MembershipEntry], which: str) -> QuerySet[MembershipEntry]:
    """Whoever leaves the Party after 停止党籍 had left the count before: their line changes no number."""
    return rows.exclude(sign=0) if which else rows


def _penalty_kinds(_asked: Asked) -> list[tuple[str, str]]:
    return [(one.code, one.title) for one in book().on("disc.kinds", clock.today()).expect(Choices) if one.code != "expulsion"]


GROUPS = (
    Choice("age", "年龄", lambda _asked: _groups(AGES), "不限", field="age_group", look="dialog"),
    Choice("joined", "入党时间", lambda _asked: _groups(JOINED), "不限", field="joined_group", look="dialog"),
)


def _penalty(row: Sanction) -> str:
    return codes.get("discipline_kind").label(row.kind)


def _until(row: Sanction) -> object:
    return effect_period_ends_on(row.kind, row.starts_on, row.ends_on, book=book())


CHANGES: ListPage[MembershipEntry] = ListPage(
    name="standing:changes",
    title="党员增减名单",
    permission=VIEW,
    crumbs=HOME,
    rows=lambda _asked: changes().select_related("member", "organization"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "organization.short_name", sort="organization__path", key="organization", width=28),
        Column("变动", "get_kind_display", sort="kind", key="kind"),
        Column("日期", "effective_on", DAY, sort="-effective_on", key="day"),
        Column("依据文号", "document", key="document", on_phone=False),
    ),
    order=("-effective_on", "member__name_sort"),
    row=lambda row: f"{reverse('members:detail', args=[row.member_id])}?tab=account",
    filters=(
        by_person("member__"),
        Choice("kind", "变动", _kinds, "全部变动", rows=of_kind),
        Choice("counts", "党员数", [("yes", "改变党员数的")], "不限", rows=_counting),
        OrganizationFilter(tells_own=True),
        Days("day", "日期", field="effective_on"),
        *GROUPS,
    ),
    empty=Empty("arrows-exchange", "没有党员增减", "发展、恢复、转接和出党办结以后列在这里。"),
    exported=on_trail("standing.changes_exported"),
)

PENALTIES: ListPage[Sanction] = ListPage(
    name="standing:penalties",
    title="党纪处分名单",
    permission=VIEW,
    crumbs=HOME,
    rows=lambda _asked: penalties().select_related("member__branch"),
    columns=(
        Column("姓名", "member.name", sort="member__name_sort", key="name"),
        Column("党支部", "member.branch.short_name", sort="member__branch__path", key="branch", width=28),
        Column("处分", _penalty, key="kind"),
        Column("开始日期", "starts_on", DAY, sort="-starts_on", key="starts"),
        Column("期满日期", "ends_on", DAY, sort="ends_on", key="ends"),
        Column("影响期到", _until, DAY, key="until"),
        Column("决定文号", "document", key="document", on_phone=False),
        Column("补录的原因", "entered_why", key="entered_why", on_phone=False),
    ),
    order=("-starts_on", "member__name_sort"),
    row=lambda row: f"{reverse('members:detail', args=[row.member_id])}?tab=details",
    filters=(
        by_person("member__"),
        Choice("kind", "处分", _penalty_kinds, "全部处分"),
        OrganizationFilter(field="member__branch", tells_own=True),
        Days("day", "开始日期", field="starts_on"),
        *GROUPS,
    ),
    empty=Empty("gavel", "没有处分", "处分批准以后列在这里；启用平台以前的，在党员档案中补录。"),
    exported=on_trail("standing.penalties_exported"),
)


@dataclass(slots=True)
class Account(statistics.Figures):
    """How many came and left, by the lines of table 1; ``exits`` are all kinds of 出党."""

    admitted: int = 0
    readmitted: int = 0
    restored: int = 0
    restored_after_suspension: int = 0
    transferred_in: int = 0
    whole_in: int = 0
    exits: int = 0
    suspended: int = 0
    deceased: int = 0
    transferred_out: int = 0
    whole_out: int = 0


@dataclass(slots=True)
class Exits(statistics.Figures):
    """How many left the Party, by the kinds of tables 10 and 11."""

    exits: int = 0
    expelled: int = 0
    resigned: int = 0
    persuaded: int = 0
    persuaded_refused: int = 0
    self_exit: int = 0
    self_exit_lost: int = 0
    probation_cancelled: int = 0
    unrecognised: int = 0


@dataclass(slots=True)
class Penalties(statistics.Figures):
    """Penalties by the kinds of tables 12 and 13."""

    warning: int = 0
    serious_warning: int = 0
    removal_from_post: int = 0
    probation_within_party: int = 0
    expelled: int = 0


def _chosen(rows: QuerySet[Any], asked: Counting) -> QuerySet[Any]:
    """Those in the groups that were chosen."""
    for name in ("age", "joined"):
        if asked.get(name):
            rows = rows.filter(**{f"{name}_group": asked.get(name)})
    return rows


def _changes(asked: Counting) -> QuerySet[MembershipEntry]:
    rows = changes().filter(organization__path__startswith=asked.unit.path, effective_on__range=asked.days)
    return _chosen(rows, asked)


def _account(asked: Counting) -> QuerySet[MembershipEntry]:
    """The lines of table 1, which balances: those that change the number of members."""
    return _counting(_changes(asked), "yes")


def _penalties(asked: Counting) -> QuerySet[Sanction]:
    rows = penalties().filter(member__branch__path__startswith=asked.unit.path, starts_on__range=asked.days)
    return _chosen(rows, asked)


def _of(kind: str) -> Count:
    return Count("pk", filter=Q(kind=kind))


EXIT_KINDS = (
    ChangeKind.EXPELLED,
    ChangeKind.RESIGNED,
    ChangeKind.PERSUADED,
    ChangeKind.PERSUADED_REFUSED,
    ChangeKind.SELF_EXIT,
    ChangeKind.SELF_EXIT_LOST,
    ChangeKind.PROBATION_CANCELLED,
    ChangeKind.UNRECOGNISED,
)
KEYS: Any = {
    "organization": "organization_id",
    "month": TruncMonth("effective_on"),
    "age": "age_group",
    "joined": "joined_group",
}
OF_PENALTIES: Any = KEYS | {"organization": "member__branch_id", "month": TruncMonth("starts_on")}
ALL_EXITS = Count("pk", filter=Q(kind__in=EXIT_KINDS))
SPLITS = (
    ByMonth(),
    ByChoice("age", "年龄", choices=lambda: _groups(AGES), blank="没有出生日期"),
    ByChoice("joined", "入党时间", choices=lambda: _groups(JOINED), blank="没有入党时间"),
)


def _opens(kind: str) -> Opens:
    return Opens(CHANGES, {"kind": kind}, by_days=True)


def _counted(kind: str) -> Opens:
    return Opens(CHANGES, {"kind": kind, "counts": "yes"}, by_days=True)


def _change(kind: ChangeKind, icon: str, *, tone: Any = "", on_tile: bool = False) -> Measure:
    return Measure(kind.label, kind.value, unit="名", icon=icon, tone=tone, opens=_opens(kind.value), on_tile=on_tile)


CHANGE_STATISTICS = Statistics(
    name="standing:change_statistics",
    title="党员增减统计",
    permission=VIEW,
    crumbs=HOME,
    intro="按党籍变动的生效日期计，与年报表一的增减各行一致；单位内党支部之间的调整不是增减。",
    over=UNITS,
    counted=Counted(
        Account,
        Source(
            _account,
            KEYS,
            {kind.value: _of(kind) for kind in (*PLUS, *MINUS)} | {"exits": ALL_EXITS, AFTER: Count("pk", filter=WAS_SUSPENDED)},
        ),
    ),
    measures=(
        _change(ChangeKind.ADMITTED, "user-plus", on_tile=True),
        _change(ChangeKind.READMITTED, "user-plus"),
        _change(ChangeKind.RESTORED, "rotate", on_tile=True),
        Measure("停止党籍后恢复", AFTER, unit="名", icon="rotate", opens=_counted(AFTER), on_tile=False),
        _change(ChangeKind.TRANSFERRED_IN, "login", on_tile=True),
        _change(ChangeKind.WHOLE_IN, "login"),
        Measure("出党", "exits", unit="名", icon="user-x", opens=_counted(EXIT)),
        _change(ChangeKind.SUSPENDED, "player-pause", on_tile=True),
        _change(ChangeKind.DECEASED, "candle", on_tile=True),
        _change(ChangeKind.TRANSFERRED_OUT, "logout", on_tile=True),
        _change(ChangeKind.WHOLE_OUT, "logout"),
    ),
    splits=SPLITS,
    charts=(Chart("各月党员减少", "month", ("出党", ChangeKind.SUSPENDED.label, ChangeKind.DECEASED.label)),),
    is_none=lambda total: (
        not any((total.admitted, total.restored, total.exits, total.suspended, total.deceased))
        and not any((total.readmitted, total.transferred_in, total.whole_in, total.transferred_out, total.whole_out))
    ),
    empty=NONE,
)

EXIT_STATISTICS = Statistics(
    name="standing:exit_statistics",
    title="出党统计",
    permission=VIEW,
    crumbs=HOME,
    intro="按出党的生效日期计，类别、年龄和入党时间的分段与年报表十、表十一一致；年龄按出党的那一天计。",
    over=UNITS,
    counted=Counted(Exits, Source(_changes, KEYS, {kind.value: _of(kind) for kind in EXIT_KINDS} | {"exits": ALL_EXITS})),
    measures=(
        Measure("出党", "exits", unit="名", icon="user-x", opens=_opens(EXIT)),
        *(_change(kind, "user-minus", on_tile=kind == ChangeKind.EXPELLED) for kind in EXIT_KINDS),
    ),
    splits=SPLITS,
    charts=(Chart("各党组织出党", "organization", ("出党",)),),
    is_none=lambda total: not total.exits,
    empty=NONE,
)


def _measure(code: str, title: str, icon: str) -> Measure:
    return Measure(title, code, unit="人次", icon=icon, opens=Opens(PENALTIES, {"kind": code}, by_days=True))


LIGHTER = ("warning", "serious_warning", "removal_from_post", "probation_within_party")
PENALTY_STATISTICS = Statistics(
    name="standing:penalty_statistics",
    title="党纪处分统计",
    permission=VIEW,
    crumbs=HOME,
    intro="按处分开始的日期计，人员按现在所在的党支部计；分段与年报表十二、表十三一致。",
    over=UNITS,
    counted=Counted(
        Penalties,
        Source(_penalties, OF_PENALTIES, {code: _of(code) for code in LIGHTER}),
        Source(_changes, KEYS, {"expelled": _of(ChangeKind.EXPELLED)}),
    ),
    measures=(
        _measure("warning", "警告", "alert-circle"),
        _measure("serious_warning", "严重警告", "alert-triangle"),
        _measure("removal_from_post", "撤销党内职务", "user-down"),
        _measure("probation_within_party", "留党察看", "hourglass-high"),
        _change(ChangeKind.EXPELLED, "user-x", on_tile=True),
    ),
    splits=SPLITS,
    charts=(Chart("各党组织党纪处分", "organization", ("警告", "严重警告", "撤销党内职务", "留党察看")),),
    is_none=lambda total: not any(getattr(total, code) for code in (*LIGHTER, "expelled")),
    empty=NONE,
)
