"""Talks and cases about dues that were not paid for months, and the yearly check.

Nothing here removes anybody: a case quotes the article and is handled by people. What the Party's rules say about somebody who
does not pay for long is decided by the branch's general meeting and the superior, in another procedure.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value

from dangjian.accounts.events import record
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsStage, ArrearsState, Inspection
from dangjian.activities.dues.oversight.queries import arrears
from dangjian.engines.duties.actions import refresh
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.bulk import insert_from
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import update_from
from dangjian.members.models import Member
from dangjian.members.own import require_for
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import at, locked
from dangjian.org.unscoped import unscoped

RUNNING = (ArrearsState.OPEN, ArrearsState.TALKED)
"""States in which a case still waits for the money or for a decision."""
CASE_RULES = frozenset({"dues_arrears_talk", "dues_arrears_case"})
MONEY_RULES = CASE_RULES | {"dues_collect"}
LEAST_NOTE = 4


@dataclass(frozen=True, slots=True)
class Opened:
    """What a run did: cases that are new, that were brought up to date, and that ended because the money came."""

    added: int
    changed: int
    paid: int


@transaction.atomic
def open_cases(*, actor: Actor, day: dt.date | None = None) -> Opened:
    """Open talks and cases for everybody who has not paid for as long as the rules say; end those that were paid.

    Set-based; a second run on the day changes nothing. Needs no permission, because it only derives what follows from bills.
    """
    today = day or clock.today()
    with unscoped("arrears are followed for every branch"):
        changed, paid = _follow(ArrearsCase.objects.all(), today)
        added = sum(_add(stage, today) for stage in ArrearsStage)
        if added or changed or paid:
            summary = f"欠交党费提醒：新增{added}件，更新{changed}件，已补交{paid}件"
            record(actor=actor, verb="dues.arrears_followed", summary=summary, data={"day": today.isoformat()})
    return Opened(added, changed, paid)


def follow_payments(*, actor: Actor, member_ids: Collection[int], organization_ids: Collection[int]) -> None:
    """After money came or a bill changed: end the members' cases that are paid, settle the duties of their branches."""
    with unscoped("what follows from a payment is derived for whoever it concerns"):
        cases = ArrearsCase.objects.filter(member__in=list(member_ids))
        concerned = set(cases.filter(state__in=RUNNING).values_list("organization_id", flat=True))
        if concerned:
            _follow(cases, clock.today())
    refresh(actor=actor, organizations={*organization_ids, *concerned}, rules=MONEY_RULES)


def _follow(cases: QuerySet[ArrearsCase], today: dt.date) -> tuple[int, int]:
    """Bring running cases up to date with the bills, and end those below the months of their stage."""
    run = arrears.runs().filter(member=OuterRef("member_id"))
    changed = paid = 0
    for stage in ArrearsStage:
        least = arrears.threshold(stage, today)
        twin = ArrearsCase.objects.filter(member=OuterRef("member_id"), stage=stage, since_month=OuterRef("now_since"))
        rows = cases.filter(stage=stage, state__in=RUNNING).annotate(
            now_since=Subquery(run.values("month")[:1]), now_months=Subquery(run.values("run")[:1])
        )
        rows = rows.annotate(taken=Exists(twin.exclude(pk=OuterRef("pk"))))
        paid += update_from(
            rows,
            ["now_months"],
            f"state = 'paid', handled_on = DATE('{today.isoformat()}')",
            f"found.now_months IS NULL OR found.now_months < {least}",
        )
        changed += update_from(
            rows.filter(taken=False),
            ["now_months", "now_since"],
            "months = found.now_months, since_month = found.now_since",
            f"found.now_months >= {least} AND (found.now_months <> self.months OR found.now_since <> self.since_month)",
        )
    return changed, paid


def _add(stage: ArrearsStage, today: dt.date) -> int:
    """Cases for runs that reach the stage; one that had begun when somebody handled it is not asked about again."""
    handled = Q(
        state__in=(ArrearsState.EXCUSED, ArrearsState.REFERRED),
        since_month__lte=OuterRef("month"),
        handled_on__gte=OuterRef("month"),
    )
    known = ArrearsCase.objects.filter(
        Q(state__in=RUNNING) | Q(since_month=OuterRef("month")) | handled, member=OuterRef("member_id"), stage=stage
    )
    due_on = book().on("dues.nonpay.within", today).expect(Period).after(today)
    values = {
        "organization": F("member__branch_id"),
        "member": F("member_id"),
        "stage": Value(stage.value),
        "since_month": F("month"),
        "months": F("run"),
        "citation": Value(book().on(arrears.CITED[stage], today).citation[:300]),
        "opened_on": Value(today),
        "due_on": Value(due_on),
        "state": Value(ArrearsState.OPEN.value),
        "note": Value(""),
    }
    rows = arrears.runs().filter(
        ~Exists(known), run__gte=arrears.threshold(stage, today), member__in=Member.objects.counted().values("pk")
    )
    return insert_from(
        ArrearsCase,
        [rows.annotate(**{f"new_{name}": value for name, value in values.items()})],
        tuple(values),
        keep_existing=True,
    )


@transaction.atomic
def record_talk(
    *, actor: Actor, case: ArrearsCase, talked_on: dt.date, note: str, promised_on: dt.date | None = None
) -> ArrearsCase:
    """The secretary talked to the member on ``talked_on``; ``promised_on`` is the day until which they will pay.

    Raises ``Invalid`` for a day to come or no account of the talk, ``Conflict`` if the case has ended.
    """
    case = _held(actor, case, ArrearsState.TALKED)
    if promised_on is not None and promised_on < talked_on:
        raise Invalid("限期交纳日期早于谈话日期。", fields={"promised_on": "不能早于谈话日期"})
    return _handled(actor, case, ArrearsState.TALKED, note, promised_on=promised_on, talked_on=talked_on)


@transaction.atomic
def excuse(*, actor: Actor, case: ArrearsCase, found_on: dt.date, note: str) -> ArrearsCase:
    """The branch found that there is a good reason (illness, abroad, hardship). The bills stay as they are."""
    return _handled(actor, _held(actor, case, ArrearsState.EXCUSED), ArrearsState.EXCUSED, note, found_on=found_on)


@transaction.atomic
def refer(*, actor: Actor, case: ArrearsCase, referred_on: dt.date, note: str) -> ArrearsCase:
    """The branch reported the matter to its superior, who studies it with the branch; nothing else follows from it here."""
    return _handled(actor, _held(actor, case, ArrearsState.REFERRED), ArrearsState.REFERRED, note, referred_on=referred_on)


def require_handling(actor: Actor, case: ArrearsCase, state: ArrearsState) -> None:
    """Raise unless the actor may bring the case to ``state`` now.

    A case takes one talk: what was said in the first would be written over by the next.
    """
    require_for(actor, "dues.handle_arrears", case.organization, [case.member])
    if case.state not in RUNNING:
        raise Conflict(
            f"这件事已经办结（{case.get_state_display()}），不能再改。", how="如有新的情况，请在支部会议中研究并记录。"
        )
    if case.state == state:
        raise Conflict("这件事已经登记过谈话。", how="后来的情况，请在确认有正当理由或者报上级研究时写明。")


def _held(actor: Actor, case: ArrearsCase, state: ArrearsState) -> ArrearsCase:
    """The case, held until the end of the transaction, for somebody who may bring it to ``state``."""
    return locked(case, "organization", "member", check=lambda row: require_handling(actor, row, state))


def _handled(
    actor: Actor, case: ArrearsCase, state: ArrearsState, note: str, *, promised_on: dt.date | None = None, **on: dt.date
) -> ArrearsCase:
    """``on`` is the day of the action under the name that its form has for it."""
    note, [(field, day)] = note.strip(), on.items()
    if len(note) < LEAST_NOTE:
        raise Invalid("请写明情况。", fields={"note": "请写明谈话或核查的情况"})
    if not case.since_month <= day <= clock.today():
        raise Invalid("日期不对。", fields={field: f"应在{case.since_month:%Y年%m月%d日}至今天之间"})
    case.state, case.handled_on, case.handled_by_id, case.note = state, day, actor.user_id, note[:500]
    case.promised_on = promised_on or case.promised_on
    with at(case.organization):
        case.save(update_fields=["state", "handled_on", "handled_by", "note", "promised_on"])
    record(
        actor=actor,
        verb="dues.arrears_handled",
        summary=f"{case.member}欠交党费（{case.get_stage_display()}）：{case.get_state_display()}",
        organization=case.organization,
        member_id=case.member_id,
        subject=case,
    )
    refresh(actor=actor, organizations=[case.organization_id], rules=CASE_RULES)
    return case


@transaction.atomic
def record_inspection(
    *,
    actor: Actor,
    organization: Organization,
    year: int,
    checked_on: dt.date,
    inspectors: str,
    findings: str,
    follow_up: str = "",
) -> Inspection:
    """Record the check of a year's dues work by a committee or general branch.

    Raises ``Invalid`` for a day to come, a year that is not the one before or that of the check, or an empty field.
    """
    actor.require("dues.inspect", organization)
    if organization.kind not in {Kind.COMMITTEE, Kind.GENERAL_BRANCH}:
        raise Conflict("党费工作的检查由党委或者党总支组织，党支部不用登记。", how="请由上级党组织登记。")
    problems = {}
    if checked_on > clock.today():
        problems["checked_on"] = "不能晚于今天"
    if not checked_on.year - 1 <= year <= checked_on.year:
        problems["year"] = "应为检查当年或者上一年"
    for name, text, least in (("inspectors", inspectors, 2), ("findings", findings, LEAST_NOTE)):
        if len(text.strip()) < least:
            problems[name] = "请填写"
    if problems:
        raise Invalid("检查情况没有填写完整。", fields=problems)
    with at(organization):
        made: Inspection = Inspection.objects.create(
            organization=organization,
            year=year,
            checked_on=checked_on,
            inspectors=inspectors.strip(),
            findings=findings.strip(),
            follow_up=follow_up.strip(),
            recorded_by_id=actor.user_id,
        )
    record(
        actor=actor,
        verb="dues.inspected",
        summary=f"登记{year}年度党费工作检查",
        organization=organization,
        subject=made,
    )
    refresh(actor=actor, organizations=[organization], rules={"dues_check"})
    return made
