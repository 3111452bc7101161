"""How to call the addresses of the annual statistics in the contracts' small world."""

from typing import Any
from urllib.parse import urlencode

from dangjian.engines.annual.actions.questions import keep
from dangjian.engines.annual.actions.submissions import submit
from dangjian.engines.annual.models import Gathering, SavedQuestion
from dangjian.engines.annual.queries.breakdowns import read
from dangjian.engines.annual.queries.submissions import spans, submission_of
from dangjian.kernel import clock
from dangjian.kernel.periods import Span
from dangjian.org.models import Organization
from dangjian.org.openings import at
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World

TOTAL = "?" + urlencode({"table": "2", "row": "total", "column": "total"})


OWN_FIGURES = "the number is that of a table, whose figures are those of one's own organisation"


def office(world: World) -> Any:
    return world.office


def a_member(world: World, number: int) -> Any:
    """One more, each in a branch of their own."""
    branch: Organization = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    return make.member(branch, f"虚构党员{number}")


CHANGED = "?" + urlencode({"table": "1", "row": "increase", "column": "total"})


def a_newcomer(world: World, number: int) -> Any:
    """One more who came today."""
    branch: Organization = make.branch(world.general_branch, name=f"虚构第{number}党支部")
    return make.member(branch, f"虚构党员{number}", effective_on=clock.today())


def a_branch(world: World, number: int) -> Any:
    """One more that owes a report."""
    return make.branch(world.general_branch, name=f"虚构第{number}党支部")


def period() -> Span:
    """The latest that is over."""
    return spans()[0]


def address(unit: Organization) -> dict[str, object]:
    return {"pk": unit.pk, "period": period().code}


def of_branch(world: World) -> dict[str, object]:
    return address(world.branch)


def submitted(world: World) -> dict[str, object]:
    """The branch has confirmed its figures."""
    submit(actor=make.actor(world.secretary), submission=submission_of(world.branch, period()), note="虚构说明")
    return of_branch(world)


def a_report(world: World, number: int) -> Any:
    """One more report, of a branch of its own."""
    branch = a_branch(world, number)
    keeper = make.actor(make.post(branch, "secretary", make.user()).user)
    return submit(actor=keeper, submission=submission_of(branch, period()), note="虚构说明")


def with_one_waiting(world: World) -> dict[str, object]:
    """The report of what stands above it."""
    submitted(world)
    return address(world.general_branch)


def a_question(world: World, number: int = 1) -> SavedQuestion:
    """The branch's secretary keeps one."""
    breakdown = read({"down": "sex"}, "members", world.branch, clock.today().replace(month=1, day=1), clock.today())
    actor, title = make.actor(world.secretary), f"虚构统计{number}"
    return keep(actor=actor, organization=world.branch, breakdown=breakdown, title=title, is_shared=True)


def its_number(world: World) -> dict[str, object]:
    return {"pk": a_question(world).pk}


def secretary(world: World) -> Any:
    return world.secretary


def whole(world: World) -> dict[str, object]:
    """The organisation above all others."""
    return {"pk": world.committee.pk}


def gathering(world: World) -> dict[str, object]:
    """What the background has still to gather, as if the committee were large."""
    today = clock.today()
    with at(world.committee):
        row = Gathering.objects.create(organization=world.committee, since=today.replace(month=1, day=1), until=today)
    return {"pk": row.pk}


REASON = {"reason": "虚构原因"}
EXAMPLES = {
    "annual:all_reports": Example(row=a_report, holder=office),
    "annual:submissions": Example(row=a_branch, holder=office),
    "annual:submission": Example(
        of_branch,
        steps={
            "submit": StepExample(lambda _world: {"step": "confirm", "note": "虚构说明"}),
            "accept_below": StepExample(kwargs=with_one_waiting, holder=office),
            "accept": StepExample(kwargs=submitted, holder=office),
            "send_back": StepExample(lambda _world: REASON, kwargs=submitted, holder=office),
            "take_back": StepExample(lambda _world: REASON, kwargs=submitted),
        },
    ),
    "annual:gather": Example(whole, holder=office),
    "annual:gathering_progress": Example(gathering, holder=office),
    "annual:table": Example(lambda _world: {"number": "2"}, open_to_neighbours=OWN_FIGURES),
    "annual:printed": Example(open_to_neighbours=OWN_FIGURES),
    "annual:table_printed": Example(lambda _world: {"number": "2"}, open_to_neighbours=OWN_FIGURES),
    "annual:table_sheet": Example(lambda _world: {"number": "2"}, open_to_neighbours=OWN_FIGURES),
    "annual:questions": Example(row=a_question, holder=secretary),
    "annual:question_new": Example(post=lambda _world: {"title": "虚构统计"}, holder=secretary),
    "annual:question_change": Example(its_number, post=lambda _world: {"title": "虚构统计二"}, holder=secretary),
    "annual:question_delete": Example(its_number, post=lambda _world: {}, holder=secretary),
    "annual:behind_members": Example(query=TOTAL, row=a_member, holder=office),
    "annual:behind_members_sheet": Example(query=TOTAL),
    "annual:behind_changes": Example(query=CHANGED, row=a_newcomer, holder=office),
    "annual:behind_changes_sheet": Example(query=CHANGED),
}
