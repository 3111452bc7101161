"""What an applicant's case says is kept beside the applicant, so that lists, registers and statistics ask no steps."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db import IntegrityError, transaction

from dangjian.activities.development.actions import accounts
from dangjian.activities.development.models import OVER, Applicant, Helper, HelperRole
from dangjian.activities.development.queries.sources import DAYS
from dangjian.activities.development.queries.way import BEFORE_COMING, applicant_of, way_of
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel.actor import SystemActor
from dangjian.kernel.errors import Conflict
from dangjian.members.actions.record import update_record
from dangjian.members.models import Standing
from dangjian.org.openings import at


def follow_case(case: ProcedureCase) -> None:
    """Bring the applicant of a case, and those who stand by them, up to date with the steps that count."""
    applicant, way = applicant_of(case), way_of(case)
    before = {name: getattr(applicant, name) for name in DAYS}
    applicant.organization, applicant.stage = case.organization, way.stage
    for name, day in way.dates.items():
        setattr(applicant, name, day or (case.started_on if name == "applied_on" else None))
    if applicant.came_on:
        for name in BEFORE_COMING:
            setattr(applicant, name, None)
    member = applicant.member
    applicant.converted_on = member.converted_on if member and way.stage == "full" else None
    applicant.ended_on = case.ended_on if way.stage == "ended" else None
    _save(applicant)
    _carry_to_record(applicant, before)
    accounts.follow(actor=SystemActor(f"入党申请{way.stage.label}"), applicant=applicant)
    is_over = way.stage in OVER
    over_on = case.ended_on or applicant.converted_on
    _stand_by(applicant, HelperRole.CONTACT, () if is_over else way.contacts, way.contacts_since, over_on)
    _stand_by(applicant, HelperRole.SPONSOR, () if is_over else way.sponsors, way.sponsors_since, over_on)


def _carry_to_record(applicant: Applicant, before: Mapping[str, dt.date | None]) -> None:
    """A day on the member's record that came from a step follows when the step is corrected after the admission."""
    member = applicant.member
    if member is None or applicant.came_on or member.standing != Standing.NORMAL:
        return
    days = {
        name: day
        for name, was in before.items()
        if was and (day := getattr(applicant, name)) not in {None, was} and getattr(member, name) == was
    }
    if days:
        with at(member.organization):
            update_record(SystemActor("发展党员，步骤更正"), member, **days)


def _save(applicant: Applicant) -> None:
    try:
        with transaction.atomic():
            applicant.save()
    except IntegrityError:  # taken up again, while the same person has applied elsewhere
        raise Conflict(f"{applicant.name}已另有一件入党申请正在办理，不能恢复这一件。", how="请在另一件上接着办理。") from None


def _stand_by(
    applicant: Applicant, role: HelperRole, wanted: Collection[int], since: dt.date | None, over_on: dt.date | None
) -> None:
    """Those ``wanted`` stand by the applicant from ``since`` on; whoever did before does so no more."""
    now = Helper.objects.current().filter(applicant=applicant, role=role)
    there = set(now.values_list("member_id", flat=True))
    for row in now.exclude(member__in=wanted):
        row.ends_on = max(row.starts_on, over_on or since or row.starts_on)
        row.save(update_fields=["ends_on"])
    if since:
        Helper.objects.bulk_create(
            [Helper(applicant=applicant, member_id=pk, role=role, starts_on=since) for pk in wanted if pk not in there]
        )
