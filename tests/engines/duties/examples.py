"""How to call each address of duties in the small world of the contracts. See ``tests/contracts/examples.py``."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.accounts.models import User
from dangjian.engines.duties import actions
from dangjian.engines.duties.models import Duty, DutyConfirmation, LocalDuty
from dangjian.kernel import clock
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def duty(world: World) -> Duty:
    """An open duty of the branch."""
    actions.refresh(actor=make.SYSTEM, organizations=[world.branch])
    found: Duty = Duty.objects.select_related("organization__parent", "responsible").get(
        organization=world.branch, rule="theme_day"
    )
    return found


def reassigned(world: World) -> Duty:
    one = duty(world)
    actions.reassign(actor=make.actor(world.office), duties=[one], to=world.deputy)
    return one


def excused(world: World) -> Duty:
    return actions.excuse(actor=make.actor(world.office), duty=duty(world), reason="停产检修")


def local(world: World) -> LocalDuty:
    """A duty that the branch gives to its group."""
    today = clock.today()
    return actions.add_local(
        actor=make.actor(world.secretary),
        organization=world.branch,
        title="报送小结",
        kind="group",
        pace="once",
        starts_on=today,
        due_on=today + dt.timedelta(days=7),
    )


def another_group(world: World) -> None:
    """It owes what the branch gives to all its groups."""
    actions.refresh(actor=make.SYSTEM, organizations=[make.group(world.branch)])


def owed_by(world: World, who: User | None) -> None:
    """A duty of the group for which ``who`` answers."""
    Duty.objects.filter(local_duty=local(world)).update(responsible=who)


def owed_by_another(world: World) -> None:
    """A further branch with a secretary of its own owes what every branch does."""
    branch = make.branch(world.general_branch)
    make.post(branch)
    actions.refresh(actor=make.SYSTEM, organizations=[branch])


def to_confirm(world: World) -> Duty:
    one: Duty = Duty.objects.get(local_duty=local(world))
    return one


def confirmed(world: World) -> DutyConfirmation:
    one = to_confirm(world)
    return actions.confirm(
        actor=make.actor(world.group_leader), duty=one, text="已报送", file=SimpleUploadedFile("小结.txt", b"x")
    )


def _of(made: Any) -> Any:
    return lambda world: {"pk": made(world).pk}


def _duty_of_confirmed(world: World) -> dict[str, Any]:
    return {"pk": confirmed(world).duty_id}


def _secretary(world: World) -> Any:
    return world.secretary


def _office(world: World) -> Any:
    return world.office


EXAMPLES = {
    "api:get_duty": Example(lambda world: {"duty_id": duty(world).pk}),
    "duties:detail": Example(
        _of(duty),
        steps={
            "confirm": StepExample(
                lambda _world: {"text": "已报送"}, kwargs=_of(to_confirm), holder=lambda world: world.group_leader
            ),
            "accept": StepExample(lambda _world: {"note": ""}, kwargs=_duty_of_confirmed, holder=_secretary),
            "return": StepExample(lambda _world: {"note": "缺签字"}, kwargs=_duty_of_confirmed, holder=_secretary),
            "hand_back": StepExample(kwargs=_of(reassigned), holder=_secretary),
            "demand_again": StepExample(kwargs=_of(excused), holder=_office),
        },
        papers=_duty_of_confirmed,
    ),
    "duties:all": Example(row=lambda world, _number: owed_by(world, world.secretary), holder=_secretary),
    "duties:mine": Example(row=lambda world, _number: owed_by(world, world.secretary), holder=_secretary),
    "duties:load": Example(row=lambda world, _number: owed_by_another(world), holder=_office),
    "duties:load_person": Example(row=lambda world, _number: owed_by(world, None), holder=_office),
    "duties:reassign": Example(_of(duty), post=lambda world: {"to": world.deputy.pk}, holder=_secretary),
    "duties:excuse": Example(_of(duty), post=lambda _world: {"reason": "停产检修"}, holder=_office),
    "duties:matrix_rows": Example(lambda world: {"pk": world.branch.pk}, query="?level=own", holder=_secretary),
    "duties:cell": Example(lambda world: {"pk": world.branch.pk}, holder=_secretary),
    "duties:local": Example(row=lambda world, _number: local(world), holder=_secretary),
    "duties:local_new": Example(
        post=lambda world: {
            "title": "报送小结",
            "organization": world.branch.pk,
            "kind": "group",
            "pace": "month",
            "starts_on": clock.today().isoformat(),
            "satisfied_by": "",
        },
        holder=_secretary,
    ),
    "duties:local_detail": Example(_of(local), row=lambda world, _number: another_group(world), holder=_secretary),
    "duties:local_detail_sheet": Example(_of(local), holder=_secretary),
    "duties:local_edit": Example(
        _of(local), post=lambda _world: {"title": "报送总结", "due_on": clock.today().isoformat()}, holder=_secretary
    ),
    "duties:local_end": Example(_of(local), post=lambda _world: {}, holder=_secretary),
}
