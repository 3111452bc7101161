"""Deriving duties: which are owed, who answers for them, what is done.

Set-based: the number of statements depends on the rules, not on organisations, members or meetings.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property

from dangjian.accounts.events import record
from dangjian.engines.duties import live
from dangjian.engines.duties.models import DoneBefore, Duty, LocalDuty, Pace, State
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import MANY, grown, insert_from
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import update_from
from dangjian.kernel.windows import Window, windows
from dangjian.members.models import Member
from dangjian.org.duty_offers import DueDates, DutyRule, Evidence, LocalEvidence
from dangjian.org.models import Organization, Post
from dangjian.org.openings import inside
from dangjian.org.unscoped import unscoped

SELECTS_A_STATEMENT = 100
"""SQLite joins at most 500 selects."""

ORGANIZATIONS_BY_NUMBER = 300
"""More are not named one by one in a statement: then everything is derived."""

_at_end: ContextVar[bool] = ContextVar("refreshed_at_end", default=False)
"""Whether duties are derived once at the end of what is being done."""

COLUMNS = (
    "rule",
    "organization",
    "occasion",
    "title",
    "period_start",
    "opens_on",
    "needed",
    "state",
    "reassigned",
    "excuse_reason",
)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did."""

    added: int = 0
    changed: int = 0
    voided: int = 0


@dataclass(frozen=True)
class _Work:
    """One refresh: its day, the organisations it is for (``None`` = all), and by rule the first day it looks back to.

    ``anew_since`` is named when what is owed is to be judged anew from that day on. ``listed`` are the rules of which these
    organisations have duties, ``kinds`` their kinds: nothing is asked of what cannot be there.
    """

    today: dt.date
    organizations: tuple[int, ...] | None = None
    listed_until: Mapping[str, dt.date] = field(default_factory=dict)
    anew_since: dt.date | None = None
    listed: set[str] = field(default_factory=set)

    @cached_property
    def kinds(self) -> set[str]:
        """The kinds of the organisations."""
        return set(self.bodies().order_by().values_list("kind", flat=True).distinct())

    def since(self, rule: str) -> dt.date:
        """Where listing goes on: at the latest period listed; at the first refresh, as far back as the setting says."""
        farthest = book().on("duties.history", self.today).expect(Period).before(self.today)
        if self.anew_since is not None:
            return min(max(self.anew_since, farthest), self.today)
        if self.organizations is not None:
            return self.today
        # What was listed may lie later than today, if the machine's clock was once ahead.
        return min(self.listed_until.get(rule, farthest), self.today)

    def bodies(self) -> QuerySet[Organization]:
        """The organisations it is for that stand and are kept on the platform."""
        rows = Organization.objects.standing().filter(live_on__lte=self.today)
        return rows if self.organizations is None else rows.filter(pk__in=self.organizations)

    def duties(self, **lookup: object) -> QuerySet[Duty]:
        """Their duties."""
        rows = Duty.objects.order_by().filter(**lookup)
        return rows if self.organizations is None else rows.filter(organization_id__in=self.organizations)

    def of(self, occasions: DueDates) -> QuerySet[Any]:
        """Their occasions of a dated duty, with ``last_day_now``: until when it is to be done, seen from when they went live."""
        of_it = Organization.objects.filter(pk=OuterRef(occasions.organization))
        rows = occasions.rows(self.today).order_by().annotate(live_from=Subquery(of_it.values("live_on")))
        rows = rows.filter(live_from__lte=self.today)
        rows = rows.annotate(last_day_now=live.last_day(F(occasions.due_on), "live_from", self.today))
        return rows if self.organizations is None else rows.filter(**{f"{occasions.organization}__in": self.organizations})


@contextmanager
def refreshed_at_end(actor: Actor) -> Iterator[None]:
    """Derive all duties once, when the block ends, instead of some after each act in it: for acts by the thousand."""
    token = _at_end.set(True)
    try:
        yield
    finally:
        _at_end.reset(token)
    refresh(actor=actor)


@transaction.atomic
def refresh(
    *,
    actor: Actor,
    today: dt.date | None = None,
    organizations: Iterable[Organization | int] | None = None,
    rules: Collection[str] | None = None,
    anew_since: dt.date | None = None,
) -> Refreshed:
    """Bring all duties up to date, or those of ``organizations`` and ``rules`` (after a meeting of theirs closed, say).

    Needs no permission, because it only derives what follows from records that others were allowed to make. A full refresh
    leaves an event; the first one reaches back as far as the setting ``duties.history`` says. ``anew_since`` judges all periods
    from that day on anew, not the running one alone: after the day of going live was changed. Inside ``refreshed_at_end``
    nothing is done yet.
    """
    if _at_end.get():
        return Refreshed()
    day = today or clock.today()
    chosen = None if organizations is None else tuple(each if isinstance(each, int) else each.pk for each in organizations)
    with unscoped("duties are derived for everybody, whoever caused it"):
        work = _Work(day, chosen, {} if chosen is not None else _listed_until(), anew_since)
        running = _running_local(work)
        work.listed.update(work.duties().values_list("rule", flat=True).distinct())
        added, changed, voided = _insert_local(running, work), _local_states(work), _follow_local(running, work)
        wanted = [rule for rule in offers(DutyRule) if rules is None or rule.code in rules]
        known = fresh = 0
        for rule in wanted:
            done = {"calendar": _calendar, "dated": _dated, "standing": _standing}[rule.sort](rule, work)
            fresh += done.added
            work.listed.update([rule.code] if done.added else ())
            if fresh >= max(MANY, known // 2):  # looking costs half a second: once for every time that it grows by half
                grown(fresh, Duty)
                known, fresh = known + fresh, 0
            added, changed, voided = added + done.added, changed + done.changed, voided + done.voided
        _name_responsible([rule for rule in wanted if rule.code in work.listed], work)
        if chosen is None and rules is None:
            summary = f"刷新应办事项：新列{added}项，更新{changed}项，撤下{voided}项"
            record(actor=actor, verb="duties.refreshed", summary=summary, data={"day": day.isoformat()})
    return Refreshed(added, changed, voided)


def follow_live(actor: Actor, organization_ids: Collection[int], since: dt.date) -> None:
    """Judge anew what these organisations owe, since they are kept on the platform from another day."""
    few = len(organization_ids) <= ORGANIZATIONS_BY_NUMBER
    refresh(actor=actor, organizations=organization_ids if few else None, anew_since=since)


def follow_structure(actor: Actor, organization_ids: Collection[int]) -> None:
    """List at once what new organisations owe, and name whoever answers for it now that others hold the posts."""
    few = len(organization_ids) <= ORGANIZATIONS_BY_NUMBER
    refresh(actor=actor, organizations=organization_ids if few else None)


def list_local(*, local: LocalDuty) -> int:
    """List one local duty with those who owe it now; called by the action that added it. Returns how many duties came in."""
    work = _Work(clock.today())
    if local.starts_on > work.today:
        return 0
    with inside(local.organization):
        added = _insert_local([local], work)
        mine = Duty.objects.filter(local_duty=local)
        if local.satisfied_by:
            _derive(mine, by_code(LocalEvidence)[local.satisfied_by].evidence, 1, work)
        _put(mine, _holder(LOCAL_POSTS, (), work.today))
    return added


def follow_local(*, local: LocalDuty) -> None:
    """Carry another last day of a single local duty to those who owe it."""
    with unscoped("a superior's duty is kept at every organisation that owes it, also one that was moved away since"):
        _follow_local([local], _Work(clock.today()))


def _listed_until() -> dict[str, dt.date]:
    rows = Duty.objects.filter(period_end__isnull=False).order_by().values_list("rule")
    return dict(rows.annotate(latest=Max("period_start")))


# What is owed


def _columns(rule: str, title: str | F, start: object, opens: object, needed: int = 1, **more: object) -> dict[str, object]:
    """Annotations for ``insert_from``; ``organization`` is the row itself unless named."""
    values = {
        "rule": rule,
        "organization": F("pk"),
        "occasion": 0,
        "title": title,
        "period_start": start,
        "opens_on": opens,
        "needed": needed,
        "state": State.OPEN.value,
        "reassigned": False,
        "excuse_reason": "",
        **more,
    }
    return {f"new_{name}": value if hasattr(value, "resolve_expression") else Value(value) for name, value in values.items()}


def _calendar(rule: DutyRule, work: _Work) -> Refreshed:
    if rule.code not in work.listed and not work.kinds & rule.kinds:
        return Refreshed()
    kind = min(rule.kinds)
    spans = list(windows(rule.key(kind), work.since(rule.code), work.today, book()))
    selects = [
        _owing(rule, window, work).annotate(
            **_columns(
                rule.code,
                f"{window.label}{rule.title}",
                window.start,
                _opens(rule, window),
                window.needed,
                period_end=window.last,
                due_on=_due(rule, window),
            ),
        )
        for window in spans
    ]
    added = insert_from(Duty, selects, (*COLUMNS, "period_end", "due_on"), keep_existing=True)
    if not added and rule.code not in work.listed:
        return Refreshed()
    rows = work.duties(rule=rule.code)
    if rule.due:
        _put_off(rows, rule, work)
    needed = sorted({window.needed for window in windows(rule.key(kind), _oldest(work), work.today, book())})
    changed = _derive_each(rows, rule, needed, work)
    voided = _void_unowed(rows, rule, spans, work)
    if work.anew_since is not None:  # what came back may be done
        changed += _derive_each(rows, rule, needed, work)
    return Refreshed(added, changed, voided)


def _derive_each(rows: QuerySet[Duty], rule: DutyRule, needed: Iterable[int], work: _Work) -> int:
    return sum(_derive(rows.filter(needed=number), rule.evidence, number, work) for number in needed)


def _oldest(work: _Work) -> dt.date:
    """Duties older than this are closed history; a change of frequency before it matters no more."""
    return work.today - dt.timedelta(days=3 * 365)


def _void_unowed(rows: QuerySet[Duty], rule: DutyRule, spans: list[Window], work: _Work) -> int:
    """Take what is not owed off the lists, and put back what is owed again: in the running period, and anew in all of ``spans``.

    What was done is done, unless it lies before the organisation went live.
    """
    spans = spans[-1:] if work.anew_since is None else spans
    before_live = live.before_live(work.today)
    judged = [
        When(period_start=window.start, organization_id__in=_owing(rule, window, work).values("pk"), then=Value("owed"))
        for window in spans
    ]
    owed = Case(When(before_live, then=Value("before")), *judged, default=Value("no"), output_field=CharField())
    concerned = Q(period_start__in=[window.start for window in spans]) | before_live
    return update_from(
        rows.filter(concerned).annotate(owed=owed),
        ["owed"],
        "state = CASE WHEN found.owed <> 'owed' THEN 'void' WHEN self.excused_at IS NULL THEN 'open' ELSE 'excused' END",
        "(self.state = 'open' AND found.owed <> 'owed') OR (self.state IN ('done', 'excused') AND found.owed = 'before')"
        " OR (self.state = 'void' AND found.owed = 'owed')",
    )


def _opens(rule: DutyRule, window: Window) -> dt.date:
    return rule.opens(window) if rule.opens else window.start


def _due(rule: DutyRule, window: Window) -> dt.date:
    return rule.due(window) if rule.due else window.last


def _put_off(rows: QuerySet[Duty], rule: DutyRule, work: _Work) -> None:
    """Open duties follow the setting by which their last day is worked out."""
    year_ago = work.today - dt.timedelta(days=366)
    for window in windows(rule.key(min(rule.kinds)), year_ago, work.today, book()):
        due_on = _due(rule, window)
        rows.filter(state=State.OPEN, period_start=window.start).exclude(due_on=due_on).update(due_on=due_on)


def _owing(rule: DutyRule, window: Window, work: _Work) -> QuerySet[Organization]:
    """Organisations that owe the rule in the window, as their founding, the day of going live and the rule itself decide."""
    rows = work.bodies().filter(live.owing(window, work.today), kind__in=rule.kinds)
    return rule.owed_by(rows, window) if rule.owed_by else rows


def _dated(rule: DutyRule, work: _Work) -> Refreshed:
    named = rule.occasions
    assert named is not None  # noqa: S101 - this is what makes a rule dated
    changed = _follow_dated(rule, named, work) if rule.code in work.listed else 0
    return Refreshed(_add_dated(rule, named, work), changed)


def _follow_dated(rule: DutyRule, named: DueDates, work: _Work) -> int:
    rows = work.duties(rule=rule.code)
    changed = _derive(rows, rule.evidence, 1, work)
    now = work.of(named).filter(**_same(named))
    return changed + update_from(
        rows.filter(state__in=(State.OPEN, State.VOID)).annotate(
            still=Exists(now), now_due=Subquery(now.values("last_day_now")[:1])
        ),
        ["still", "now_due"],
        "state = CASE WHEN found.still THEN 'open' ELSE 'void' END,"
        " due_on = CASE WHEN found.still THEN found.now_due ELSE self.due_on END",
        "(self.state = 'open' AND (NOT found.still OR found.now_due <> self.due_on"
        " OR (found.now_due IS NULL) <> (self.due_on IS NULL))) OR (self.state = 'void' AND found.still)",
    )


def _add_dated(rule: DutyRule, named: DueDates, work: _Work) -> int:
    match: dict[str, object] = {"organization_id": OuterRef(named.organization)}
    if named.member:
        match["member_id"] = OuterRef(named.member)
    if named.occasion:
        match["occasion"] = OuterRef(named.occasion)
    known = Duty.objects.filter(rule=rule.code, state__in=(State.OPEN, State.EXCUSED), **match)
    columns = _columns(
        rule.code,
        F(named.title) if named.title else rule.title,
        F(named.opens_on),
        F(named.opens_on),
        organization=F(named.organization),
        due_on=F("last_day_now"),
        occasion=F(named.occasion) if named.occasion else 0,
    )
    names: tuple[str, ...] = (*COLUMNS, "due_on")
    if named.member:
        columns["new_member"] = F(named.member)
        names = (*names, "member")
    return insert_from(Duty, [work.of(named).filter(~Exists(known)).annotate(**columns)], names, keep_existing=True)


def _same(named: DueDates) -> dict[str, OuterRef]:
    """The occasion of a duty."""
    match = {named.organization: OuterRef("organization_id")}
    if named.member:
        match[named.member] = OuterRef("member_id")
    if named.occasion:
        match[named.occasion] = OuterRef("occasion")
    return match


def _standing(rule: DutyRule, work: _Work) -> Refreshed:
    assert rule.condition is not None  # noqa: S101 - this is what makes a rule standing
    wrong = work.bodies().filter(kind__in=rule.kinds, pk__in=rule.condition(work.today).values("pk"))
    changed = _follow_standing(rule, wrong, work) if rule.code in work.listed else 0
    return Refreshed(_add_standing(rule, wrong, work) if work.kinds & rule.kinds else 0, changed)


def _follow_standing(rule: DutyRule, wrong: QuerySet[Organization], work: _Work) -> int:
    rows = work.duties(rule=rule.code)
    verdict = Case(
        When(organization__live_on__gt=work.today, then=Value("void")),
        When(organization_id__in=wrong.values("pk"), then=Value("open")),
        default=Value("done"),
        output_field=CharField(),
    )
    now = Q(state=State.DONE, done_on=work.today) | Q(state=State.VOID, opens_on=work.today)
    day = work.today.isoformat()
    return update_from(
        rows.filter(Q(state__in=(State.OPEN, State.EXCUSED)) | now).annotate(
            verdict=verdict, last_day_now=live.last_day(F("due_on"), "organization__live_on", work.today)
        ),
        ["verdict", "last_day_now"],
        "state = CASE WHEN self.state = 'excused' AND found.verdict <> 'done' THEN 'excused' ELSE found.verdict END,"
        f" done_on = CASE found.verdict WHEN 'done' THEN DATE('{day}') END, due_on = found.last_day_now",
        "(self.state = 'done' AND found.verdict = 'open') OR (self.state IN ('open', 'excused') AND found.verdict = 'done')"
        " OR (self.state = 'open' AND (found.verdict = 'void' OR found.last_day_now <> self.due_on))"
        " OR (self.state = 'void' AND found.verdict = 'open')",
    )


def _add_standing(rule: DutyRule, wrong: QuerySet[Organization], work: _Work) -> int:
    known = Duty.objects.filter(rule=rule.code, organization_id=OuterRef("pk"), state__in=(State.OPEN, State.EXCUSED))
    names: tuple[str, ...] = COLUMNS
    more: dict[str, Any] = {}
    if rule.severity == "error":
        names = (*names, "due_on")
        more["due_on"] = book().on("duties.correct_within", work.today).expect(Period).after(work.today)
    columns = _columns(rule.code, rule.title, work.today, work.today, **more)
    return insert_from(Duty, [wrong.filter(~Exists(known)).annotate(**columns)], names, keep_existing=True)


# What is done


def _derive(rows: QuerySet[Duty], evidence: Evidence | None, needed: int, work: _Work) -> int:
    """Set state, day and evidence of ``rows`` from the ``needed``-th row of evidence; open them again when it is gone."""
    if evidence is None:
        return 0
    found = _found(evidence, work)
    rows = rows.filter(state__in=(State.OPEN, State.DONE)).annotate(
        found_on=Coalesce(Subquery(found.values(evidence.on)[needed - 1 : needed]), Subquery(_on_paper().values("done_on"))),
        found_reference=Subquery(found.values(evidence.reference)[needed - 1 : needed]),
    )
    return update_from(
        rows,
        ["found_on", "found_reference"],
        "state = CASE WHEN found.found_on IS NULL THEN 'open' ELSE 'done' END,"
        " done_on = found.found_on, evidence_id = found.found_reference",
        "(self.state = 'open' AND found.found_on IS NOT NULL) OR (self.state = 'done' AND"
        " (found.found_on IS NULL OR found.found_on <> self.done_on OR found.found_reference <> self.evidence_id"
        " OR (found.found_reference IS NULL) <> (self.evidence_id IS NULL)))",
    )


def _on_paper() -> QuerySet[DoneBefore]:
    """What was done of a duty before its organisation was kept on the platform."""
    same = {"rule": OuterRef("rule"), "organization_id": OuterRef("organization_id"), "period_start": OuterRef("period_start")}
    return DoneBefore.objects.order_by().filter(**same)


def _found(evidence: Evidence, work: _Work) -> QuerySet[Any]:
    """The evidence of a duty, earliest first."""
    ends = Coalesce(OuterRef("period_end"), Value(work.today), output_field=DateField())
    match: dict[str, object] = {f"{evidence.period_by}__lte": ends}
    if evidence.organization:
        match[evidence.organization] = OuterRef("organization_id")
    if evidence.member:
        match[evidence.member] = OuterRef("member_id")
    if evidence.occasion:
        match[evidence.occasion] = OuterRef("occasion")
    else:
        match[f"{evidence.period_by}__gte"] = OuterRef("period_start")
    until_today = evidence.rows().filter(**{f"{evidence.on}__lte": work.today})
    return until_today.filter(**match).order_by(evidence.on, evidence.reference)


# Duties that superiors add


def _running_local(work: _Work) -> list[LocalDuty]:
    rows = LocalDuty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=work.today), starts_on__lte=work.today)
    return list(rows.select_related("organization").order_by("pk"))


def _insert_local(running: list[LocalDuty], work: _Work) -> int:
    names = (*COLUMNS, "due_on", "local_duty")
    once = [_single(one, work) for one in running if one.pace == Pace.ONCE]
    repeated = [rows for one in running if one.pace != Pace.ONCE for rows in _repeated(one, work)]
    return _insert_in_parts(once, names) + _insert_in_parts(repeated, (*names, "period_end"))


def _insert_in_parts(selects: list[QuerySet[Organization]], names: tuple[str, ...]) -> int:
    parts = range(0, len(selects), SELECTS_A_STATEMENT)
    return sum(insert_from(Duty, selects[first : first + SELECTS_A_STATEMENT], names, keep_existing=True) for first in parts)


def _single(one: LocalDuty, work: _Work) -> QuerySet[Organization]:
    due_on = live.last_day(Value(one.due_on, output_field=DateField()), "live_on", work.today)
    columns = _columns(one.rule, one.title, one.starts_on, one.starts_on, due_on=due_on, local_duty=one.pk)
    return _targets(one, work).annotate(**columns)


def _repeated(one: LocalDuty, work: _Work) -> list[QuerySet[Organization]]:
    """Those who owe a local duty, once for each of its periods until today."""
    spans = [Window.of(max(one.starts_on, work.since(one.rule)), one.pace)]
    while spans[-1].last < work.today:
        spans.append(spans[-1].next())
    return [
        _targets(one, work)
        .filter(live.owing(window, work.today, any_founding=True))
        .annotate(
            **_columns(
                one.rule,
                f"{window.label}{one.title}",
                window.start,
                max(window.start, one.starts_on),
                period_end=window.last,
                due_on=window.last,
                local_duty=one.pk,
            ),
        )
        for window in spans
    ]


def _follow_local(running: list[LocalDuty], work: _Work) -> int:
    """Open ones that lie before their organisation went live go, those from then on come back; single ones get their last day."""
    if not running:
        return 0
    verdict = Case(
        When(organization__live_on__gt=work.today, then=Value("void")),
        When(live.before_live(work.today), period_end__isnull=False, then=Value("void")),
        default=Value("open"),
        output_field=CharField(),
    )
    single = live.last_day(F("local_duty__due_on"), "organization__live_on", work.today)
    rows = work.duties(local_duty__in=[one.pk for one in running], state__in=(State.OPEN, State.VOID))
    return update_from(
        rows.annotate(verdict=verdict, last_day_now=Coalesce(single, F("due_on"))),
        ["verdict", "last_day_now"],
        "state = found.verdict, due_on = found.last_day_now",
        "self.state <> found.verdict OR found.last_day_now <> self.due_on",
    )


def _targets(one: LocalDuty, work: _Work) -> QuerySet[Organization]:
    """The chosen organisations, or if none is chosen those of the duty's kind below the issuer."""
    named = LocalDuty.chosen.through.objects.filter(localduty_id=one.pk)
    by_kind = Q(~Exists(named), kind=one.kind, path__startswith=one.organization.path) & ~Q(pk=one.organization_id)
    return work.bodies().filter(Q(pk__in=named.values("organization_id")) | by_kind)


def _local_states(work: _Work) -> int:
    """Derive those satisfied by records of an activity; confirmed ones were settled by the people who accepted them."""
    in_use = set(LocalDuty.objects.exclude(satisfied_by="").order_by().values_list("satisfied_by", flat=True).distinct())
    changed = 0
    for offer in offers(LocalEvidence):
        if offer.code in in_use:
            locals_of_it = LocalDuty.objects.filter(satisfied_by=offer.code).values("pk")
            changed += _derive(work.duties(local_duty_id__in=locals_of_it), offer.evidence, 1, work)
    return changed


# Who answers for it


def _name_responsible(rules: Iterable[DutyRule], work: _Work) -> None:
    """Put the holder of the first filled post at each open duty, unless somebody reassigned it."""
    by_posts: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for rule in rules:
        if rule.occasions and rule.occasions.responsible:
            named = Subquery(work.of(rule.occasions).filter(**_same(rule.occasions)).values(rule.occasions.responsible)[:1])
            instead = Coalesce(named, _holder(rule.responsible, rule.above, work.today)) if rule.responsible else named
            _put(work.duties(rule=rule.code), instead)
        else:
            by_posts.setdefault((rule.responsible, rule.above), []).append(rule.code)
    work.duties(state=State.OPEN, reassigned=True, responsible__is_active=False).update(reassigned=False)
    for (posts, above), codes in by_posts.items():
        members_own = Subquery(Member.objects.filter(pk=OuterRef("member_id")).values("user_id")[:1])
        _put(work.duties(rule__in=codes), _holder(posts, above, work.today) if posts or above else members_own)
    if work.duties(local_duty__isnull=False).exists():
        _put(work.duties(local_duty__isnull=False), _holder(LOCAL_POSTS, (), work.today))


LOCAL_POSTS = ("secretary", "group_leader", "deputy_secretary")


def _holder(posts: Collection[str], above: Collection[str], day: dt.date) -> object:
    own = _of_posts(posts, day).filter(organization_id=OuterRef("organization_id"))
    superior = _of_posts(above, day).filter(organization__children=OuterRef("organization_id"))
    choices = [Subquery(held.values("user_id")[:1]) for held, codes in ((own, posts), (superior, above)) if codes]
    return Coalesce(*choices) if len(choices) > 1 else choices[0]


def _of_posts(posts: Collection[str], day: dt.date) -> QuerySet[Post]:
    ranks = [When(kind=code, then=Value(rank)) for rank, code in enumerate(posts)]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    held = Post.objects.in_effect(day).filter(kind__in=posts, user__is_active=True)
    return held.annotate(rank=rank).order_by("rank", "starts_on", "pk")


def _put(rows: QuerySet[Duty], who: object) -> None:
    """Name ``who`` for open duties, and for those that were done before anybody was named."""
    unnamed = Q(state=State.OPEN) | Q(state=State.DONE, responsible=None)
    update_from(
        rows.filter(unnamed, reassigned=False).annotate(rightly=who),
        ["rightly"],
        "responsible_id = found.rightly",
        "found.rightly <> self.responsible_id OR (found.rightly IS NULL) <> (self.responsible_id IS NULL)",
    )
