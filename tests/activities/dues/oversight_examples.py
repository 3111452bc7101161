"""How to call the addresses of statistics, arrears and checks. See ``tests/contracts/examples.py``."""

import datetime as dt

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.oversight.models import ArrearsCase, Inspection
from dangjian.activities.dues.policy import month_of, shifted
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from tests import make
from tests.activities.dues.build import assessed
from tests.activities.dues.collecting_examples import bill
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def case(world: World, member: Member | None = None) -> ArrearsCase:
    """Of a member of the branch."""
    made: ArrearsCase = ArrearsCase.objects.create(
        organization=world.branch,
        member=member or world.member,
        stage="talk",
        since_month=shifted(month_of(clock.today()), -3),
        months=3,
        citation="虚构依据",
        opened_on=clock.today(),
        due_on=clock.today(),
    )
    return made


def inspection(world: World, organization: Organization | None = None) -> Inspection:
    """By the superior of the branch only."""
    made: Inspection = Inspection.objects.create(
        organization=organization or world.general_branch,
        year=clock.today().year,
        checked_on=clock.today(),
        inspectors="虚构人",
        findings="虚构情况",
    )
    return made


def _secretary(world: World) -> User:
    return world.secretary


def _office(world: World) -> User:
    return world.office


def _handled(**told: str) -> StepExample:
    [(day, note)] = told.items()
    return StepExample(lambda _world: {day: clock.today(), "note": note}, holder=_secretary)


def _another_bill(world: World, _number: int) -> Bill:
    """Of somebody of the branch, owed this month."""
    return bill(world, make.member(world.branch))


def _another_extra(world: World, _number: int) -> None:
    """Something given freely by somebody of the branch."""
    collecting.receive(
        actor=make.actor(world.secretary),
        organization=world.branch,
        rows=[collecting.Receipt(make.member(world.branch), {}, extra_fen=500)],
        paid_on=clock.today(),
        method="cash",
        key=f"extra {Payment.objects.count()}",
        note="虚构：本人另外多交",
    )


def _another_month(world: World, number: int) -> None:
    """Of one member, further months of the year."""
    assessed(world.member, 3000, clock.today().replace(month=1, day=1)) if not number else None
    billing.make_bills(actor=make.SYSTEM, month=dt.date(clock.today().year, number + 1, 1), members=[world.member.pk])


def _owed_elsewhere(world: World, _number: int) -> None:
    """By somebody of a branch of its own, of whom two more months are over, and who gave something freely."""
    branch = make.branch(world.general_branch)
    make.post(branch, "secretary", make.member(branch, with_user=True).user)
    member, month = make.member(branch), month_of(clock.today())
    assessed(member, 3000, shifted(month, -2))
    for back in (2, 1, 0):
        billing.make_bills(actor=make.SYSTEM, month=shifted(month, -back), members=[member.pk])
    collecting.receive(
        actor=make.SYSTEM,
        organization=branch,
        rows=[collecting.Receipt(member, {Bill.objects.get(member=member, month=month).pk: 1000}, extra_fen=500)],
        paid_on=clock.today(),
        method="cash",
        key=f"elsewhere {member.pk}",
        note="虚构：本人另外多交",
    )


EXAMPLES = {
    "dues:statistics": Example(row=_owed_elsewhere, holder=_office),
    "dues:statistics_bills": Example(row=_another_bill, holder=_secretary),
    "dues:statistics_members": Example(row=_another_bill, holder=_secretary),
    "dues:statistics_extra": Example(row=_another_extra, holder=_secretary),
    "dues:member_year": Example(lambda world: {"pk": world.member.pk}, row=_another_month, holder=_secretary),
    "dues:member_year_sheet": Example(lambda world: {"pk": world.member.pk}, holder=_secretary),
    "dues:arrears": Example(row=lambda world, _number: case(world, make.member(world.branch))),
    "dues:inspections": Example(
        row=lambda world, _number: inspection(world, make.general_branch(world.committee)), holder=_office
    ),
    "dues:arrears_case": Example(
        lambda world: {"pk": case(world).pk},
        holder=_secretary,
        steps={
            "talk": _handled(talked_on="虚构谈话情况"),
            "excuse": _handled(found_on="虚构正当理由"),
            "refer": _handled(referred_on="虚构研究意见"),
        },
    ),
    "dues:inspection": Example(lambda world: {"pk": inspection(world).pk}, holder=_office),
    "dues:inspection_new": Example(
        post=lambda world: {
            "organization": world.committee.pk,
            "year": clock.today().year,
            "checked_on": clock.today(),
            "inspectors": "虚构人",
            "findings": "虚构检查情况",
        },
        holder=_office,
    ),
}
