"""Questions of one's own are kept under a name, renamed, shared and deleted."""

from functools import partial

from django.db import IntegrityError, transaction

from dangjian.accounts.events import record
from dangjian.engines.annual.models import SavedQuestion
from dangjian.engines.annual.queries.breakdowns import Breakdown
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold

LONGEST_TITLE = 40


def require_changing(actor: Actor, question: SavedQuestion) -> None:
    """Whoever keeps it; who else reads it is found out before (``annual.queries.saved.readable``)."""
    if question.owner_id != actor.user_id:
        raise PermissionDenied("这个统计是别人保存的，您可以查看，不能修改。", how="要改成自己的，请打开后另存一个名称。")


def require_deleting(actor: Actor, question: SavedQuestion) -> None:
    """Whoever keeps it; one that is shared also whoever reports the figures of that organisation, as people leave."""
    if not (question.is_shared and actor.may("annual.submit", question.organization)):
        require_changing(actor, question)


@transaction.atomic
def keep(*, actor: Actor, organization: Organization, breakdown: Breakdown, title: str, is_shared: bool = False) -> SavedQuestion:
    """Keep what is asked under a name. Raises ``Conflict`` for a name that the person has already used."""
    actor.require("annual.view", organization)
    question = SavedQuestion(
        organization=organization,
        owner_id=actor.user_id,
        title=_title(title),
        asked=breakdown.parameters,
        is_shared=is_shared,
        saved_at=clock.now(),
    )
    _write(question)
    _said(actor, question, "annual.question_saved", f"保存统计“{question}”{'，共享给下级' if is_shared else ''}")
    return question


@transaction.atomic
def change(*, actor: Actor, question: SavedQuestion, title: str, is_shared: bool) -> SavedQuestion:
    """Another name, shared or no more. Raises ``Conflict`` for a name that the person has already used."""
    hold(question, "organization", check=partial(require_changing, actor))
    before = question.title
    question.title, question.is_shared = _title(title), is_shared
    _write(question)
    summary = f"修改保存的统计“{before}”：{question}，{'共享' if is_shared else '不共享'}"
    _said(actor, question, "annual.question_changed", summary)
    return question


@transaction.atomic
def delete(*, actor: Actor, question: SavedQuestion) -> None:
    """It is gone; figures are not concerned."""
    hold(question, "organization", check=partial(require_deleting, actor))
    _said(actor, question, "annual.question_deleted", f"删除保存的统计“{question}”")
    with at(question.organization):
        question.delete()


def _title(title: str) -> str:
    title = title.strip()
    if not title or len(title) > LONGEST_TITLE:
        wrong = f"请写一个{LONGEST_TITLE}字以内的名称"
        raise Invalid(f"{wrong}。", fields={"title": wrong})
    return title


def _write(question: SavedQuestion) -> None:
    try:
        with at(question.organization), transaction.atomic():
            question.save()
    except IntegrityError:
        said = "您已经有一个叫这个名称的统计"
        raise Conflict(f"{said}。", how="请换一个名称。", fields={"title": said}) from None


def _said(actor: Actor, question: SavedQuestion, verb: str, summary: str) -> None:
    record(actor=actor, verb=verb, summary=summary, organization=question.organization, subject=question)
