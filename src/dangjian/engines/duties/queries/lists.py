"""Lists of duties, with what a person needs to know about each."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from dangjian.engines.duties.models import Duty, DutyQuerySet, State, is_overdue, is_soon
from dangjian.engines.duties.offers import DutyRule, LocalEvidence, Start
from dangjian.engines.duties.queries.matrix import counts
from dangjian.kernel import clock
from dangjian.kernel.registry import by_code
from dangjian.kernel.rulebook import NotInForce
from dangjian.org.models import Organization
from dangjian.org.scope import everything


@dataclass(frozen=True, slots=True)
class Item:
    """A duty as a card shows it: why, how, and the button that begins it (empty if there is nothing to begin)."""

    duty: Duty
    why: str
    how: str
    icon: str
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


def shown(rows: DutyQuerySet) -> DutyQuerySet:
    """``rows`` with everything that ``present`` reads, so that a list needs no further query."""
    return rows.select_related(
        "organization", "organization__parent", "member", "responsible", "local_duty", "local_duty__organization"
    )


def present(duties: Iterable[Duty]) -> list[Item]:
    """Cards for ``duties`` (from ``shown``); asks the database nothing."""
    return [_item(duty) for duty in duties]


def _item(duty: Duty) -> Item:
    if duty.local_duty is not None:
        return _local_item(duty)
    rule = by_code(DutyRule).get(duty.rule)
    if rule is None:  # the plugin that offered it has been taken out
        return Item(duty, "", "", "checklist", "", "", "")
    start, evidence = rule.start, rule.evidence
    return Item(
        duty=duty,
        why=citation(rule, duty),
        how=rule.how,
        icon=rule.icon,
        start_label=start.label if start and duty.is_open else "",
        start_url=start.url(duty) if start and duty.is_open else "",
        evidence_url=_link(evidence.url_name if evidence else "", duty),
    )


def _local_item(duty: Duty) -> Item:
    local = duty.local_duty
    assert local is not None  # noqa: S101 - asked by the caller
    offer = by_code(LocalEvidence).get(local.satisfied_by)
    confirm = Start("提交完成情况", "duties:detail", args=lambda one: (one.pk,))
    start = offer.start if offer else confirm
    if duty.submitted_on:
        start = None
    return Item(
        duty=duty,
        why=f"{local.organization}布置" + (f"（{local.document}）" if local.document else ""),
        how=local.how or (f"{offer.title}即可，系统自动认定。" if offer else "办完后提交完成情况，由布置单位验收。"),
        icon=offer.icon if offer else "flag",
        start_label=start.label if start and duty.is_open else "",
        start_url=start.url(duty) if start and duty.is_open else "",
        evidence_url=_link(offer.evidence.url_name if offer else "", duty),
    )


def citation(rule: DutyRule, duty: Duty) -> str:
    """The article, as it held when the period began."""
    try:
        return rule.citation(duty.organization.kind, duty.period_start)
    except NotInForce:
        return rule.citation(duty.organization.kind, clock.today())


def _link(url_name: str, duty: Duty) -> str:
    return reverse(url_name, args=(duty.evidence_id,)) if url_name and duty.evidence_id and duty.state == State.DONE else ""


def mine(user_id: int) -> DutyQuerySet:
    """What one person answers for, wherever it lies."""
    return Duty.objects.live().filter(responsible_id=user_id)


def to_do(user_id: int) -> DutyQuerySet:
    """What one person has to do now, soonest first."""
    return mine(user_id).unfinished().opened(clock.today()).soonest_first()


def waiting_count(user_id: int) -> int:
    """How many duties of one person are due soon or overdue."""
    today = clock.today()
    with everything("a person's own duties, wherever they lie"):
        return mine(user_id).filter(is_soon(today) | is_overdue(today)).count()


def of_organization(organization: Organization) -> DutyQuerySet:
    """Open duties of an organisation and the groups in it, soonest first."""
    rows = Duty.objects.live().unfinished().opened(clock.today())
    return shown(rows.filter(organization__body_path=organization.body_path)).soonest_first()


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


def figures(start: dt.date, end: dt.date) -> Figures:
    """Counts over the scope, in one query."""
    return Figures(**Duty.objects.live().falling_in(start, end).aggregate(total=Count("pk"), **counts(clock.today())))
