"""Deriving duties: which are owed, who answers for them, what is done.

Set-based: the number of statements depends on the rules, not on organisations, members or meetings.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, DateField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull

from dangjian.accounts.events import record
from dangjian.engines.duties.models import Duty, LocalDuty, Pace, State
from dangjian.engines.duties.offers import DutyRule, Evidence, LocalEvidence, Occasions
from dangjian.engines.duties.periods import Window, containing, windows
from dangjian.engines.duties.sql import insert_from
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.rulebook import Period, book
from dangjian.members.models import Member
from dangjian.org.models import Organization, Post
from dangjian.org.scope import everything

SELECTS_A_STATEMENT = 100
"""SQLite joins at most 500 selects."""

COLUMNS = (
    "rule", "organization", "occasion", "title", "period_start", "opens_on", "needed", "state", "reassigned", "excuse_reason",
)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did."""

    added: int = 0
    changed: int = 0
    voided: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    """One refresh: its day, the organisations it is for (``None`` = all), the first day it looks back to."""

    today: dt.date
    since: dt.date
    organizations: tuple[int, ...] | None

    def bodies(self) -> QuerySet[Organization]:
        """The standing organisations it is for."""
        rows = Organization.objects.standing()
        return rows if self.organizations is None else rows.filter(pk__in=self.organizations)

    def duties(self, **lookup: Any) -> QuerySet[Duty]:
        """Their duties."""
        rows = Duty.objects.order_by().filter(**lookup)
        return rows if self.organizations is None else rows.filter(organization_id__in=self.organizations)

    def of(self, occasions: Occasions) -> QuerySet[Any]:
        """Their occasions of a dated duty."""
        rows = occasions.rows(self.today).order_by()
        return rows if self.organizations is None else rows.filter(**{f"{occasions.organization}__in": self.organizations})


@transaction.atomic
def refresh(
    *, actor: Actor, today: dt.date | None = None, organizations: Iterable[Organization | int] | None = None,
) -> Refreshed:
    """Bring all duties up to date, or those of ``organizations`` (after a meeting of theirs closed, say).

    Needs no permission, because it only derives what follows from records that others were allowed to make. Full refreshes leave an
    event; the first one reaches back as far as the setting ``duties.history`` says.
    """
    day = today or clock.today()
    chosen = None if organizations is None else tuple(getattr(each, "pk", each) for each in organizations)
    with everything("duties are derived for everybody, whoever caused it"):
        since = book().on("duties.history", day).expect(Period).before(day) if chosen is None else day
        work = _Work(day, since, chosen)
        added = changed = voided = 0
        for rule in offers(DutyRule):
            done = {"calendar": _calendar, "dated": _dated, "standing": _standing}[rule.sort](rule, work)
            added, changed, voided = added + done.added, changed + done.changed, voided + done.voided
        added += _local(work)
        changed += _local_states(work)
        _name_responsible(work)
        if chosen is None:
            summary = f"刷新应办事项：新列{added}项，更新{changed}项，撤下{voided}项"
            record(actor=actor, verb="duties.refreshed", summary=summary, data={"day": day.isoformat()})
    return Refreshed(added, changed, voided)


def list_local(*, local: LocalDuty) -> int:
    """List one local duty with those who owe it now; called by the action that added it. Answers how many duties came in."""
    day = clock.today()
    if local.starts_on > day:
        return 0
    with everything("a superior's duty is listed at every organisation below that owes it"):
        work = _Work(day, day, None)
        added = _insert_local([local], work)
        mine = Duty.objects.filter(local_duty=local)
        if local.satisfied_by:
            _derive(mine, by_code(LocalEvidence)[local.satisfied_by].evidence, 1, work)
        _put(mine.filter(state=State.OPEN), _holder(LOCAL_POSTS, (), day))
    return added


# What is owed


def _columns(rule: str, title: str, start: Any, opens: Any, needed: int = 1, **more: Any) -> dict[str, Any]:
    """Annotations for ``insert_from``; ``organization`` is the row itself unless named."""
    values = {
        "rule": rule, "organization": F("pk"), "occasion": 0, "title": title, "period_start": start, "opens_on": opens,
        "needed": needed, "state": State.OPEN.value, "reassigned": False, "excuse_reason": "", **more,
    }
    return {f"new_{name}": value if hasattr(value, "resolve_expression") else Value(value) for name, value in values.items()}


def _calendar(rule: DutyRule, work: _Work) -> Refreshed:
    kind = sorted(rule.kinds)[0]
    spans = list(windows(rule.key(kind), work.since, work.today, book()))
    selects = [
        _owing(rule, window, work).annotate(
            **_columns(
                rule.code, f"{window.label}{rule.title}", window.start, _opens(rule, window), window.needed,
                period_end=window.end, due_on=window.end,
            ),
        )
        for window in spans
    ]
    added = insert_from(Duty, selects, (*COLUMNS, "period_end", "due_on"))
    rows = work.duties(rule=rule.code)
    changed = sum(_derive(rows.filter(needed=needed), rule.evidence, needed, work) for needed in sorted({w.needed for w in spans}))
    running = rows.filter(period_start=spans[-1].start, occasion=0)
    owing = Q(organization_id__in=_owing(rule, spans[-1], work).values("pk"))
    voided = running.filter(~owing, state=State.OPEN).update(state=State.VOID)
    running.filter(owing, state=State.VOID).update(state=State.OPEN)
    return Refreshed(added, changed, voided)


def _opens(rule: DutyRule, window: Window) -> dt.date:
    return rule.opens(window) if rule.opens else window.start


def _owing(rule: DutyRule, window: Window, work: _Work) -> QuerySet[Organization]:
    """Organisations that owe the rule in the window; one set up in its course begins with the next, if the unit so sets."""
    full = book().on("duties.first_full_period", work.today).expect(bool)
    there_by = window.start if full else window.end
    rows = work.bodies().filter(kind__in=rule.kinds, established_on__lte=there_by)
    return rule.owed_by(rows, window) if rule.owed_by else rows


def _dated(rule: DutyRule, work: _Work) -> Refreshed:
    named = rule.occasions
    assert named is not None  # noqa: S101 - this is what makes a rule dated
    rows = work.duties(rule=rule.code)
    changed = _derive(rows, rule.evidence, 1, work)
    outstanding = Exists(work.of(named).filter(**_same(named)))
    open_rows = rows.filter(state=State.OPEN)
    if rule.evidence is None:
        changed += open_rows.filter(~outstanding).update(state=State.DONE, done_on=work.today)
        voided = 0
    else:
        voided = open_rows.filter(~outstanding).update(state=State.VOID)
    rows.filter(outstanding, state=State.VOID).update(state=State.OPEN)
    moved = Subquery(work.of(named).filter(**_same(named)).values(named.due_on)[:1])
    changed += open_rows.annotate(now_due=moved).filter(~Q(due_on=F("now_due")), now_due__isnull=False).update(due_on=moved)
    return Refreshed(_add_dated(rule, named, work), changed, voided)


def _add_dated(rule: DutyRule, named: Occasions, work: _Work) -> int:
    known = Duty.objects.filter(
        rule=rule.code, organization_id=OuterRef(named.organization), occasion=OuterRef(named.occasion) if named.occasion else 0,
        state__in=(State.OPEN, State.EXCUSED), **({"member_id": OuterRef(named.member)} if named.member else {}),
    )
    columns = _columns(
        rule.code, rule.title, F(named.opens_on), F(named.opens_on),
        organization=F(named.organization), due_on=F(named.due_on), occasion=F(named.occasion) if named.occasion else 0,
    )
    names = (*COLUMNS, "due_on")
    if named.member:
        columns["new_member"] = F(named.member)
        names = (*names, "member")
    return insert_from(Duty, [work.of(named).filter(~Exists(known)).annotate(**columns)], names)


def _same(named: Occasions) -> dict[str, OuterRef]:
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
    rows = work.duties(rule=rule.code)
    is_wrong = Q(organization_id__in=wrong.values("pk"))
    changed = rows.filter(~is_wrong, state__in=(State.OPEN, State.EXCUSED)).update(state=State.DONE, done_on=work.today)
    changed += rows.filter(is_wrong, state=State.DONE, done_on=work.today).update(state=State.OPEN, done_on=None)
    known = Duty.objects.filter(rule=rule.code, organization_id=OuterRef("pk"), state__in=(State.OPEN, State.EXCUSED))
    names, more = COLUMNS, {}
    if rule.severity == "error":
        names = (*names, "due_on")
        more["due_on"] = book().on("duties.correct_within", work.today).expect(Period).after(work.today)
    columns = _columns(rule.code, rule.title, work.today, work.today, **more)
    return Refreshed(insert_from(Duty, [wrong.filter(~Exists(known)).annotate(**columns)], names), changed)


# What is done


def _derive(rows: QuerySet[Duty], evidence: Evidence | None, needed: int, work: _Work) -> int:
    """Set state, day and evidence of ``rows`` from the ``needed``-th row of evidence; done ones are opened again when it is gone."""
    if evidence is None:
        return 0
    found = _found(evidence, work)
    on = Subquery(found.values(evidence.on)[needed - 1 : needed])
    reference = Subquery(found.values(evidence.reference)[needed - 1 : needed])
    other = ~Q(done_on=F("found_on")) | ~Q(evidence_id=F("found_reference"))
    changed = rows.annotate(found_on=on, found_reference=reference).filter(
        Q(state=State.OPEN, found_on__isnull=False) | Q(Q(found_on=None) | other, state=State.DONE),
    )
    state = Case(When(IsNull(on, True), then=Value(State.OPEN.value)), default=Value(State.DONE.value), output_field=CharField())
    return changed.update(done_on=on, evidence_id=reference, state=state)


def _found(evidence: Evidence, work: _Work) -> QuerySet[Any]:
    """The evidence of a duty, earliest first."""
    ends = Coalesce(OuterRef("period_end"), Value(work.today), output_field=DateField())
    match: dict[str, Any] = {f"{evidence.on}__lte": ends}
    if evidence.organization:
        match[evidence.organization] = OuterRef("organization_id")
    if evidence.member:
        match[evidence.member] = OuterRef("member_id")
    if evidence.occasion:
        match[evidence.occasion] = OuterRef("occasion")
    else:
        match[f"{evidence.on}__gte"] = OuterRef("period_start")
    until_today = evidence.rows().filter(**{f"{evidence.on}__lte": work.today})
    return until_today.filter(**match).order_by(evidence.on, evidence.reference)


# Duties that superiors add


def _local(work: _Work) -> int:
    rows = LocalDuty.objects.filter(Q(ended_on=None) | Q(ended_on__gt=work.today), starts_on__lte=work.today)
    return _insert_local(list(rows.select_related("organization").order_by("pk")), work)


def _insert_local(running: list[LocalDuty], work: _Work) -> int:
    names = (*COLUMNS, "due_on", "local_duty")
    once = [_single(one, work) for one in running if one.pace == Pace.ONCE]
    repeated = [rows for one in running if one.pace != Pace.ONCE for rows in _repeated(one, work)]
    return _insert_in_parts(once, names) + _insert_in_parts(repeated, (*names, "period_end"))


def _insert_in_parts(selects: list[QuerySet[Organization]], names: tuple[str, ...]) -> int:
    parts = range(0, len(selects), SELECTS_A_STATEMENT)
    return sum(insert_from(Duty, selects[first : first + SELECTS_A_STATEMENT], names) for first in parts)


def _single(one: LocalDuty, work: _Work) -> QuerySet[Organization]:
    columns = _columns(one.rule, one.title, one.starts_on, one.starts_on, due_on=one.due_on, local_duty=one.pk)
    return _targets(one, work).annotate(**columns)


def _repeated(one: LocalDuty, work: _Work) -> list[QuerySet[Organization]]:
    """Those who owe a local duty, once for each of its periods until today."""
    spans = [containing(max(one.starts_on, work.since), one.pace)]
    while spans[-1].end < work.today:
        spans.append(spans[-1].next())
    return [
        _targets(one, work).filter(established_on__lte=window.end).annotate(
            **_columns(
                one.rule, f"{window.label}{one.title}", window.start, max(window.start, one.starts_on),
                period_end=window.end, due_on=window.end, local_duty=one.pk,
            ),
        )
        for window in spans
    ]


def _targets(one: LocalDuty, work: _Work) -> QuerySet[Organization]:
    """The chosen organisations, or if none is chosen those of the duty's kind below the issuer."""
    named = LocalDuty.chosen.through.objects.filter(localduty_id=one.pk)
    by_kind = Q(~Exists(named), kind=one.kind, path__startswith=one.organization.path) & ~Q(pk=one.organization_id)
    return work.bodies().filter(Q(pk__in=named.values("organization_id")) | by_kind)


def _local_states(work: _Work) -> int:
    """Derive those satisfied by records of an activity; confirmed ones were settled by the people who accepted them."""
    rows = work.duties(local_duty__isnull=False)
    changed = 0
    for offer in offers(LocalEvidence):
        by_offer = rows.filter(local_duty_id__in=LocalDuty.objects.filter(satisfied_by=offer.code).values("pk"))
        changed += _derive(by_offer, offer.evidence, 1, work)
    stopped = LocalDuty.objects.filter(ended_on__lte=work.today).values("pk")
    rows.filter(local_duty_id__in=stopped, state=State.OPEN, due_on__gte=work.today, submitted_on=None).update(state=State.VOID)
    return changed


# Who answers for it


def _name_responsible(work: _Work) -> None:
    """Put the holder of the first filled post at each open duty, unless somebody reassigned it."""
    by_posts: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for rule in offers(DutyRule):
        by_posts.setdefault((rule.responsible, rule.above), []).append(rule.code)
    mine = work.duties(state=State.OPEN)
    mine.filter(reassigned=True, responsible__is_active=False).update(reassigned=False)
    for (posts, above), codes in by_posts.items():
        who = _holder(posts, above, work.today) if posts or above else Subquery(
            Member.objects.filter(pk=OuterRef("member_id")).values("user_id")[:1],
        )
        _put(mine.filter(rule__in=codes), who)
    _put(mine.filter(local_duty__isnull=False), _holder(LOCAL_POSTS, (), work.today))


LOCAL_POSTS = ("secretary", "group_leader", "deputy_secretary")


def _holder(posts: Collection[str], above: Collection[str], day: dt.date) -> Any:
    own = _of_posts(posts, day).filter(organization_id=OuterRef("organization_id"))
    choices = [Subquery(own.values("user_id")[:1])]
    if above:
        superior = _of_posts(above, day).filter(organization__children=OuterRef("organization_id"))
        choices.append(Subquery(superior.values("user_id")[:1]))
    return Coalesce(*choices) if len(choices) > 1 else choices[0]


def _of_posts(posts: Collection[str], day: dt.date) -> QuerySet[Post]:
    ranks = [When(kind=code, then=Value(rank)) for rank, code in enumerate(posts)]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    held = Post.objects.in_effect(day).filter(kind__in=posts, user__is_active=True)
    return held.annotate(rank=rank).order_by("rank", "starts_on", "pk")


def _put(rows: QuerySet[Duty], who: Any) -> None:
    wrong = Q(Q(responsible=None) | ~Q(responsible_id=F("rightly")), rightly__isnull=False) | Q(rightly=None, responsible__isnull=False)
    rows.filter(reassigned=False).annotate(rightly=who).filter(wrong).update(responsible=who)
