"""Two people at one case: one meeting has it on its agenda, and it is either decided or withdrawn."""

import pytest

from dangjian.activities.meetings.actions import Votes
from dangjian.activities.meetings.models import AgendaItem, Status
from dangjian.engines.procedures.actions import ending
from dangjian.engines.procedures.models import CaseState, CaseStep, StepState
from dangjian.kernel.errors import Conflict
from tests import make
from tests.activities.meetings.case_steps import confirm, discussed, of_project, project
from tests.activities.meetings.conftest import make_world
from tests.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_meetings_called_at_once_do_not_both_have_the_case() -> None:
    world = make_world()
    case = project(world)
    found = at_once(
        *(lambda title=title: world.plan(title=title, agenda=[of_project(case)]) for title in ("甲会", "乙会", "丙会"))
    )
    assert sorted(isinstance(one, Conflict) for one in found) == [False, True, True]
    assert AgendaItem.objects.filter(case=case).count() == 1


def test_a_case_withdrawn_at_the_moment_of_confirming_is_one_or_the_other() -> None:
    world = make_world()
    case = project(world)
    meeting = discussed(world, case, Votes(1, 3))
    other = type(case).objects.get(pk=case.pk)
    at_once(
        lambda: confirm(world, meeting),
        lambda: ending.withdraw(actor=make.SYSTEM, case=other, reason="不办了"),
    )
    case.refresh_from_db()
    meeting.refresh_from_db()
    taken = CaseStep.objects.filter(case=case, code="discuss", state=StepState.TAKEN).count()
    assert (case.state, meeting.status, taken) in {
        (CaseState.REFUSED, Status.CONFIRMED, 1),
        (CaseState.WITHDRAWN, Status.HELD, 0),
    }
