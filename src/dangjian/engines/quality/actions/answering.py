"""What whoever keeps records says about flaws: why a record stays as it is, and that the list of a month was worked through."""

from functools import partial

from django.db import IntegrityError, transaction

from dangjian.accounts.events import EventsOf, record
from dangjian.engines.quality.actions.refresh import refresh, settle
from dangjian.engines.quality.models import Flaw, WorkedThrough
from dangjian.engines.quality.queries.checks import MONTHLY, title_of
from dangjian.engines.quality.queries.flaws import left_of
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.periods import MONTH, Span
from dangjian.members.own import require_not_own
from dangjian.org.duty_offers import tell_duties
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import hold

LONGEST = 200

NOTES = EventsOf[Flaw](
    member_id=lambda flaw: flaw.member_id,
    words=lambda flaw, done: f"{done}{flaw.about}的“{title_of(flaw.check_code)}”",
    purpose=lambda flaw: flaw.explanation,
)


def require_explaining(actor: Actor, flaw: Flaw) -> None:
    """Whoever keeps the records there, of somebody else's record, as long as it can be mended and was not explained."""
    _require_keeping(actor, flaw)
    if flaw.is_late:
        raise Conflict("录入晚了的记录不用补正，也不用说明。", how="以后及时录入就可以。")
    if flaw.explained_at:
        raise Conflict("这条记录已经说明过了。", how="要改说明，请先收回。")


def require_taking_back(actor: Actor, flaw: Flaw) -> None:
    """Whoever keeps the records there, of what was explained."""
    _require_keeping(actor, flaw)
    if not flaw.explained_at:
        raise Conflict("这条记录还没有说明。")


@transaction.atomic
def explain(*, actor: Actor, flaw: Flaw, explanation: str) -> Flaw:
    """Say why a record that was checked stays as it is; it leaves the list as long as the setting says, or until it changes."""
    hold(flaw, "organization", "keeper", "member", check=partial(require_explaining, actor))
    explanation = explanation.strip()[:LONGEST]
    if not explanation:
        raise Invalid("请写明原因。", fields={"explanation": "请写明原因"})
    flaw.explanation, flaw.explained_at, flaw.explained_by_id = explanation, clock.now(), actor.user_id
    flaw.save()
    NOTES.record(actor, flaw, "quality.flaw_explained", "说明")
    refresh(actor=actor, organizations=[flaw.organization_id])
    if flaw.found_on < Span.of(clock.today(), MONTH).start:
        settle(actor=actor, keeper=flaw.keeper)
    return flaw


@transaction.atomic
def take_back(*, actor: Actor, flaw: Flaw) -> Flaw:
    """The record is to be mended after all."""
    hold(flaw, "organization", "keeper", "member", check=partial(require_taking_back, actor))
    flaw.explanation, flaw.explained_at, flaw.explained_by_id = "", None, None
    flaw.save()
    NOTES.record(actor, flaw, "quality.explanation_taken_back", "收回说明，重新列出")
    refresh(actor=actor, organizations=[flaw.organization_id])
    return flaw


def require_examining(actor: Actor, organization: Organization) -> None:
    """Whoever keeps the records of an organisation that is no group."""
    actor.require("quality.mend", organization)
    if organization.kind == Kind.GROUP:
        raise Conflict("党小组的记录由党支部核对。")


def require_finishing(actor: Actor, organization: Organization) -> None:
    """As for examining; something of the month is left, and nobody has said yet that it was worked through."""
    require_examining(actor, organization)
    month = Span.of(clock.today(), MONTH)
    if WorkedThrough.objects.filter(organization=organization, month=month.start).exists():
        raise Conflict("本月的核对已经完成。")
    if not left_of(organization, month).exists():
        raise Conflict("本月没有要核对的记录。")


@transaction.atomic
def examine(*, actor: Actor, organization: Organization) -> None:
    """Look at the records of an organisation anew, now."""
    require_examining(actor, organization)
    refresh(actor=actor, organizations=[organization])


@transaction.atomic
def finish(*, actor: Actor, organization: Organization, note: str) -> WorkedThrough:
    """The list of the month was worked through; ``note`` says why what is left could not be mended yet. It stays on the list."""
    require_finishing(actor, organization)
    note = note.strip()[:LONGEST]
    if not note:
        raise Invalid("请写明没有补正的原因。", fields={"note": "请写明没有补正的原因，例如：正在等本人提供毕业证"})
    month = Span.of(clock.today(), MONTH)
    try:
        with transaction.atomic():
            done = WorkedThrough.objects.create(
                organization=organization,
                month=month.start,
                ordinal=month.start.toordinal(),
                done_on=clock.today(),
                left_over=left_of(organization, month).count(),
                note=note,
                done_by_id=actor.user_id,
            )
    except IntegrityError:
        raise Conflict("刚刚有人登记了本月核对完成。", how="请刷新页面查看。") from None
    summary = f"“{organization}”{month.label}核对补正完成，还有{done.left_over}条没有补正：{note}"
    record(actor=actor, verb="quality.month_finished", summary=summary, organization=organization, subject=done)
    tell_duties(actor=actor, organization_ids=[organization.pk], rules=MONTHLY)
    return done


def _require_keeping(actor: Actor, flaw: Flaw) -> None:
    actor.require("quality.mend", flaw.organization)
    if flaw.member is not None:
        require_not_own(actor, [flaw.member], how="您本人档案的缺项，请在“我的”中填写，由其他同志审核。")
