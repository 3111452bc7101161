"""Lists of duties, with what a person needs to know about each."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse

from dangjian.engines.duties.models import Duty, DutyQuerySet, LocalDuty, State, amber_until, is_overdue, is_soon
from dangjian.engines.duties.queries.matrix import counts
from dangjian.kernel import clock
from dangjian.kernel.actor import Visitor
from dangjian.kernel.registry import by_code, offers
from dangjian.kernel.rulebook import NotInForce
from dangjian.org.caching import cached_for_large_scope
from dangjian.org.duty_offers import ActionLink, DutyRule, InProgress, LocalEvidence, lets_in
from dangjian.org.models import Organization
from dangjian.org.openings import own
from dangjian.org.prepared import prepared_figures, prepared_number


@dataclass(frozen=True, slots=True)
class Item:
    """A duty as a card shows it: why, how, what has been begun, and the button that begins it or leads there (or empty)."""

    duty: Duty
    why: str
    how: str
    icon: str
    begun: str
    start_label: str
    start_url: str
    evidence_url: str

    @property
    def tone(self) -> str:
        """The tint of its icon."""
        return {"overdue": "bad", "due_soon": "warn", "pending": "warn", "done": "good", "late": "good", "submitted": "info"}.get(
            self.duty.look,
            "",
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a duty is owed and how it is done; ``start`` begins it, ``url_name`` opens what shows it done."""

    why: str
    how: str
    icon: str
    start: ActionLink | None
    url_name: str


def to_present(rows: DutyQuerySet) -> DutyQuerySet:
    """``rows`` with everything that ``present`` reads, so that a list needs no further query."""
    return rows.select_related(
        "organization", "organization__parent", "member", "responsible", "local_duty", "local_duty__organization"
    )


def present(duties: Iterable[Duty], actor: Visitor) -> list[Item]:
    """Cards for ``duties`` (from ``to_present``) as the actor sees them; asks what has been begun, once for the whole list."""
    found = [(duty, reason_of(duty)) for duty in duties]
    begun = _begun([(duty, reason.start) for duty, reason in found if duty.is_open and reason.start], actor)
    return [_item(duty, reason, begun.get(duty.pk), actor) for duty, reason in found]


def _begun(started: Iterable[tuple[Duty, ActionLink]], actor: Visitor) -> dict[int, InProgress]:
    askers: dict[Callable[[Sequence[Duty], Visitor], Mapping[int, InProgress]], list[Duty]] = {}
    for duty, start in started:
        if start.begun:
            askers.setdefault(start.begun, []).append(duty)
    return {pk: begun for ask, duties in askers.items() for pk, begun in ask(duties, actor).items()}


def _item(duty: Duty, reason: Reason, begun: InProgress | None, actor: Visitor) -> Item:
    label = url = ""
    if begun and lets_in(begun.permission, actor, duty):
        label, url = begun.label, begun.url
    elif begun and begun.own_url:
        label, url = begun.label, begun.own_url
    elif not begun and reason.start and duty.is_open and (start := reason.start.now(duty)).is_open_to(actor, duty):
        label, url = start.label, start.url(duty)
    return Item(
        duty=duty,
        why=reason.why,
        how=reason.how,
        icon=reason.icon,
        begun=begun.text if begun else "",
        start_label=label,
        start_url=url,
        evidence_url=_link(reason.url_name, duty),
    )


def reason_of(duty: Duty) -> Reason:
    """Of a duty from ``to_present``; asks the database nothing."""
    if duty.local_duty is not None:
        return _local_reason(duty, duty.local_duty)
    rule = by_code(DutyRule).get(duty.rule)
    if rule is None:  # the plugin that offered it has been taken out
        return Reason("", "", "checklist", None, "")
    return Reason(citation(rule, duty), rule.how, rule.icon, rule.start, rule.evidence.url_name if rule.evidence else "")


def _local_reason(duty: Duty, local: LocalDuty) -> Reason:
    offer = by_code(LocalEvidence).get(local.satisfied_by)
    confirm = ActionLink("提交完成情况", "duties:detail", args=lambda one: (one.pk,))
    return Reason(
        why=f"{local.organization}布置" + (f"（{local.document}）" if local.document else ""),
        how=local.how or (f"{offer.title}即可，系统自动认定。" if offer else "办完后提交完成情况，由布置单位验收。"),
        icon=offer.icon if offer else "flag",
        start=None if duty.submitted_on else (offer.start if offer else confirm),
        url_name=offer.evidence.url_name if offer else "",
    )


def citation(rule: DutyRule, duty: Duty) -> str:
    """The article, as it held when the period began; where each duty has its own, that."""
    if rule.cited:
        return rule.cited(duty)
    try:
        return rule.citation(duty.organization.kind, duty.period_start)
    except NotInForce:
        return rule.citation(duty.organization.kind, clock.today())


def _link(url_name: str, duty: Duty) -> str:
    return reverse(url_name, args=(duty.evidence_id,)) if url_name and duty.evidence_id and duty.state == State.DONE else ""


def may_be_seen_by(actor: Visitor) -> Q:
    """Of the duties of a scope those that the actor may read of.

    A member's own duty concerns that member, whoever answers for it, and those who see the matrix there; one whose rule names a
    permission (``DutyRule.view``) whoever answers for it, and those who hold that there.
    """
    user_id = actor.user_id
    seen = Q(member=None) | Q(responsible=user_id) | Q(member__user=user_id) | actor.scope_of("duties.matrix").q("organization__")
    closed: dict[str, list[str]] = {}
    for rule in offers(DutyRule):
        if rule.view:
            closed.setdefault(rule.view, []).append(rule.code)
    for view, codes in closed.items():
        seen &= ~Q(rule__in=codes) | Q(responsible=user_id) | actor.scope_of(view).q("organization__")
    return seen


def mine(user_id: int) -> DutyQuerySet:
    """What one person answers for, wherever it lies."""
    rows: DutyQuerySet = own(Duty, user_id).live()
    return rows


def to_do(user_id: int) -> DutyQuerySet:
    """What one person has to do now, soonest first."""
    return mine(user_id).unfinished().opened(clock.today()).soonest_first()


@prepared_number
def waiting_count(user_id: int, amber: dt.date) -> int:
    """How many duties of one person are overdue or due by ``amber``."""
    today = clock.today()
    return mine(user_id).filter(is_soon(today, amber) | is_overdue(today)).count()


def of_organization(organization: Organization) -> DutyQuerySet:
    """Open duties of an organisation and the groups in it, soonest first."""
    rows = Duty.objects.live().unfinished().opened(clock.today())
    return to_present(rows.filter(organization__body_path=organization.body_path)).soonest_first()


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of duties that fall in a span of time."""

    total: int
    done: int
    late: int
    soon: int
    overdue: int
    excused: int

    @property
    def share(self) -> float | None:
        """How much of what must be done is done."""
        wanted = self.total - self.excused
        return self.done / wanted if wanted else None


NOTHING = dict.fromkeys(("total", "done", "late", "soon", "overdue", "excused"), 0)


def figures(start: dt.date, end: dt.date) -> Figures:
    """Counts over the scope, in one query; over a wide scope kept for a minute."""
    amber = amber_until(clock.today())
    return cached_for_large_scope("duties.figures", lambda: Figures(**(_figures(start, end, amber) or NOTHING)), of=(start, end))


@prepared_figures
def _figures(start: dt.date, end: dt.date, amber: dt.date) -> dict[str, int]:
    return Duty.objects.live().falling_in(start, end).aggregate(total=Count("pk"), **counts(clock.today(), amber))


def overdue_before(day: dt.date) -> int:
    """How many duties of the scope were due before ``day`` and are not done; over a wide scope kept for a minute."""
    rows = Duty.objects.live().filter(is_overdue(clock.today()), due_on__lt=day)
    return cached_for_large_scope("duties.overdue_before", rows.count, of=day)
