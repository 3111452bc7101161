"""How to call the addresses of statistics, arrears and checks. See ``tests/contracts/examples.py``."""

from dangjian.accounts.models import User
from dangjian.activities.dues.models import ArrearsCase, Inspection
from dangjian.activities.dues.policy import month_of, shifted
from dangjian.kernel import clock
from dangjian.members.models import Member
from dangjian.org.models import Organization
from tests import make
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


EXAMPLES = {
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
