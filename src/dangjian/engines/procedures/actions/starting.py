"""A case begins with its first step."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction

from dangjian.engines.procedures.actions.following import bring_up_to_date, follow
from dangjian.engines.procedures.actions.notes import NOTES
from dangjian.engines.procedures.actions.taking import Files, require_past, take
from dangjian.engines.procedures.actions.turns import page_for
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.engines.procedures.queries import first_place, running_for
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.models import Organization
from dangjian.org.openings import at, hold


@transaction.atomic
def start(
    *,
    actor: Actor,
    code: str,
    organization: Organization,
    title: str,
    day: dt.date,
    outcome: str = "",
    entry: Mapping[str, object] | None = None,
    files: Files | None = None,
    reason: str = "",
    subject_id: int = 0,
    account_id: int | None = None,
    other_side: Organization | None = None,
) -> ProcedureCase:
    """Open a case of a procedure at an organisation and take its first step, done on ``day``.

    :param title: what the case is called: the name of a project, of a person.
    :param subject_id: the row of the app that it is about, of which there may be one open case of a track; 0 if there is none.
    :param account_id: the account of the person whom it is about.
    :param other_side: the organisation on the other side, which sees the case and takes its own steps.
    :raises Invalid: as ``take``, for a name or a day that can be mended.
    :raises Conflict: if the subject has an open case, or the organisation is dissolved.
    """
    first = procedure(code).on(clock.today()).steps[0]
    require_starting(actor, code, organization)
    if not title.strip():
        raise Invalid("请填写名称。", fields={"title": "请填写"})
    require_past(day)
    with at(organization):
        made = ProcedureCase(
            procedure=code,
            track=procedure(code).track,
            organization=organization,
            title=title,
            started_on=day,
            started_by_id=actor.user_id,
            subject_id=subject_id,
            account_id=account_id,
            other_side=other_side,
            stage=first.stage,
            stage_on=day,
        )
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError:
            running = running_for(made.track, subject_id)
            raise already_running(title.strip(), running, page_for(actor, running)) from None
        NOTES.record(actor, made, "procedures.started", f"开始{procedure(code).title}")
        bring_up_to_date([made], clock.today())
    take(actor=actor, case=made, code=first.code, day=day, outcome=outcome, entry=entry, files=files, reason=reason)
    return made


def already_running(title: str, running: ProcedureCase | None, page: tuple[str, str] | None = None) -> Conflict:
    """What is said where a subject has an open case of the same track; ``page`` leads to that one (``turns.page_for``)."""
    of_it = f"“{procedure(running.procedure).title}”" if running else "同类事项"
    where = f"（{running.organization.short_name}）" if running else ""
    return Conflict(f"{title}的{of_it}正在办理{where}。", how="请打开那一件继续办理；确实不用办了，先撤回。", elsewhere=page)


def require_starting(actor: Actor, code: str, organization: Organization | None = None) -> None:
    """Raise unless the actor may begin a case at ``organization`` (anywhere, if none is named)."""
    one = procedure(code)
    first = one.on(clock.today()).steps[0]
    if not first.who.themselves:
        actor.require(first.who.permission, organization and first_place(one, organization))
    if organization is not None:
        require_there(organization)


def require_there(organization: Organization) -> None:
    """Raise for an organisation at which no case begins any more."""
    if organization.dissolved_on:
        raise Conflict(f"“{organization}”已撤销，不能再办理新的事项。")


@transaction.atomic
def follow_subject(*, actor: Actor, case: ProcedureCase, title: str, account_id: int | None) -> None:
    """The case is called as its subject is now, and belongs to its account: for the app that owns the subject."""
    hold(case, "organization", check=lambda _case: None)
    with at(case.organization):
        case.title, case.account_id = title, account_id
        case.save()
        follow(case, actor=actor)
