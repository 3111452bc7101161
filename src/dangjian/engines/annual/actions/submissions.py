"""Reports go from below upwards: confirmed and put away, accepted, sent back, taken back."""

from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone

from dangjian.accounts.events import record
from dangjian.engines.annual.models import FrozenReport, State, Submission
from dangjian.engines.annual.queries import submissions as read
from dangjian.engines.annual.queries.frozen import content_of
from dangjian.engines.annual.queries.gatherings import is_current
from dangjian.engines.annual.queries.reports import Report
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.rulebook import book
from dangjian.org.duty_offers import tell_duties
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold

MOST_NAMED = 5
LONGEST_NOTE, LONGEST_REASON = 500, 300


def require_submitting(actor: Actor, submission: Submission) -> None:
    """Whoever keeps the records of the organisation, once the period is over and all below have been accepted."""
    organization, span = submission.organization, submission.span
    actor.require("annual.submit", organization)
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已撤销。")
    if span.last >= clock.today():
        raise Conflict(f"{submission.title}的统计期还没有结束。", how=f"请在{span.end:%Y年%m月%d日}以后核对上报。")
    if submission.is_confirmed:
        raise Conflict(f"{submission.title}{submission.get_state_display()}，不用再上报。")
    if missing := read.missing_below(organization, span):
        more = f"等{len(missing)}个党组织" if len(missing) > MOST_NAMED else ""
        raise Conflict(f"{'、'.join(missing[:MOST_NAMED])}{more}的报表还没有接收。", how="下级的报表都接收以后，再上报本级的。")


def require_accepting(actor: Actor, submission: Submission) -> None:
    """Whoever looks after the organisations below, in the superior itself."""
    _require_above(actor, submission)
    if submission.state != State.SUBMITTED:
        raise Conflict(f"{submission.title}{_now(submission)}。")


def require_accepting_below(actor: Actor, submission: Submission) -> None:
    """As for accepting, in the organisation whose own report this is; something below waits for it."""
    actor.require("annual.accept", submission.organization)
    if not read.waiting_below(submission.organization, submission.span):
        raise Conflict("没有等待接收的下级报表。")


def require_sending_back(actor: Actor, submission: Submission) -> None:
    """As for accepting; one that was accepted too, as long as the superior has not confirmed its own."""
    above = _require_above(actor, submission)
    if not submission.is_confirmed:
        raise Conflict(f"{submission.title}{_now(submission)}。")
    if read.submission_of(above, submission.span).is_confirmed:
        raise Conflict(f"“{above}”的{submission.title}已经上报，下级的不能再退回。", how="请先撤回或者请上级退回本级的报表。")


def require_taking_back(actor: Actor, submission: Submission) -> None:
    """Whoever may submit, as long as the superior has not accepted."""
    actor.require("annual.submit", submission.organization)
    if submission.state == State.ACCEPTED:
        raise Conflict("上级已经接收，不能自己撤回。", how="确需更正的，请上级退回。")
    if submission.state != State.SUBMITTED:
        raise Conflict(f"{submission.title}{_now(submission)}。")


@transaction.atomic
def submit(*, actor: Actor, submission: Submission, note: str = "") -> Submission:
    """Confirm the figures as they are now, and put them away with what they were counted from.

    ``note`` explains checks that do not hold (rule ``count.identity``: a difference is nought or explained). Raises ``Invalid``
    without it, ``Conflict`` when it is not the time.
    """
    organization = submission.organization
    check = partial(require_submitting, actor)
    if submission.pk:
        hold(submission, "organization", check=check)
    else:
        check(submission)
    report = Report.ready(organization, submission.since, submission.until)
    if report.gathering is not None and not is_current(report.gathering):
        gathered = f"{timezone.localtime(report.gathering.gathered_at):%Y年%m月%d日 %H:%M}"
        raise Conflict(f"统计数字是{gathered}汇总的，以后的办理不在内。", how="请先点“重新汇总”，汇总好以后再上报。")
    note = note.strip()[:LONGEST_NOTE]
    failing = [f"表{table.code}“{one.check.title}”" for table in report.tables.values() for one in report.failures(table)]
    if failing and not note:
        raise Invalid(
            f"有{len(failing)}项核对不平：{'、'.join(failing[:MOST_NAMED])}。",
            how="请先点开核对，补全或者更正有关记录；确实无误的，在说明中写明原因。",
            fields={"note": "核对不平时必须说明原因"},
            citation=book().on("count.identity", clock.today()).citation,
        )
    now = clock.now()
    with at(organization):
        submission.report = FrozenReport.objects.create(
            organization=organization,
            since=submission.since,
            until=submission.until,
            content=content_of(report),
            gathering=report.gathering,
            made_at=now,
            made_by_id=actor.user_id,
        )
        submission.state, submission.note, submission.reason = State.SUBMITTED, note, ""
        submission.submitted_by_id, submission.submitted_at, submission.submitted_on = actor.user_id, now, clock.today()
        submission.decided_by, submission.decided_at = None, None
        try:
            with transaction.atomic():
                submission.save()
        except IntegrityError:
            raise Conflict("刚刚有人上报了这一期报表。", how="请刷新页面查看。") from None
    _said(actor, submission, "annual.submitted", f"核对上报{submission.title}{f'，说明：{note}' if note else ''}")
    return submission


@transaction.atomic
def accept(*, actor: Actor, submission: Submission) -> Submission:
    """The superior takes the report over."""
    hold(submission, "organization__parent", check=partial(require_accepting, actor))
    _decide(actor, submission, State.ACCEPTED, "")
    _said(actor, submission, "annual.accepted", f"接收{submission.title}")
    return submission


@transaction.atomic
def accept_below(*, actor: Actor, submission: Submission) -> list[Submission]:
    """Take over all reports that wait below an organisation, whose own report ``submission`` is."""
    require_accepting_below(actor, submission)
    return [accept(actor=actor, submission=one) for one in read.waiting_below(submission.organization, submission.span)]


@transaction.atomic
def send_back(*, actor: Actor, submission: Submission, reason: str) -> Submission:
    """The superior gives the report back to be put right; what was put away stays."""
    hold(submission, "organization__parent", check=partial(require_sending_back, actor))
    _decide(actor, submission, State.RETURNED, _reason(reason))
    _said(actor, submission, "annual.sent_back", f"退回{submission.title}：{submission.reason}")
    return submission


@transaction.atomic
def take_back(*, actor: Actor, submission: Submission, reason: str) -> Submission:
    """The organisation takes its report back before it was accepted."""
    hold(submission, "organization", check=partial(require_taking_back, actor))
    submission.state, submission.reason = State.TAKEN_BACK, _reason(reason)
    with at(submission.organization):
        submission.save()
    _said(actor, submission, "annual.taken_back", f"撤回{submission.title}：{submission.reason}")
    return submission


def _require_above(actor: Actor, submission: Submission) -> Organization:
    above = submission.organization.parent
    if above is None:
        raise Conflict(f"“{submission.organization}”在平台上没有上级，它的报表不用接收。")
    actor.require("annual.accept", above)
    return above


def _now(submission: Submission) -> str:
    return submission.get_state_display() if submission.pk else "还没有上报"


def _reason(reason: str) -> str:
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise Invalid("请写明原因。", fields={"reason": "请写明原因"})
    return reason


def _decide(actor: Actor, submission: Submission, state: State, reason: str) -> None:
    submission.state, submission.reason = state, reason
    submission.decided_by_id, submission.decided_at = actor.user_id, clock.now()
    with at(submission.organization):
        submission.save()


def _said(actor: Actor, submission: Submission, verb: str, summary: str) -> None:
    """On the trail, and to the list of duties."""
    organization = submission.organization
    record(actor=actor, verb=verb, summary=summary, organization=organization, subject=submission)
    tell_duties(actor=actor, organization_ids=[organization.pk], rules=[read.duty_code(submission.per, organization.kind)])
