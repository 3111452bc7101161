"""How to call the member's pages in the small world of the contracts. See ``tests/contracts/examples.py``."""

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dangjian.activities.meetings import actions, checkin
from dangjian.activities.meetings.models import Attachment, MakeUp, Meeting
from dangjian.kernel import clock
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def called(world: World) -> Meeting:
    """A meeting of the branch that begins in half an hour."""
    starts_at = clock.now() + dt.timedelta(minutes=30)
    chair = world.secretary.member  # type: ignore[attr-defined]  # the other side of Member.user
    meeting = actions.plan(
        actor=make.actor(world.secretary),
        organization=world.branch,
        kinds=["general_meeting"],
        title="虚构党员大会",
        place="虚构会议室",
        chair=chair,
        recorder=world.member,
        sittings=[actions.SittingPlan(starts_at, starts_at + dt.timedelta(minutes=90))],
        agenda=[actions.AgendaPlan("虚构议题")],
    )
    return actions.call(actor=make.actor(world.secretary), meeting=meeting)


def token(world: World) -> dict[str, Any]:
    """The token on the host's screen."""
    return {"token": checkin.token(called(world).sittings.get().pk, clock.now())}


def paper(world: World) -> dict[str, Any]:
    """A paper of a meeting."""
    one = attached(world, called(world))
    return {"pk": one.meeting_id, "attachment_pk": one.pk}


def attached(world: World, meeting: Meeting) -> Attachment:
    content = b"%PDF-1.4\n% fictional\n"
    file = SimpleUploadedFile("虚构材料.pdf", content, "application/pdf")
    return actions.attach(actor=make.actor(world.secretary), meeting=meeting, file=file, kind="paper")


def study(world: World) -> dict[str, Any]:
    """A make-up study that the member still has to do, with something to read."""
    meeting = called(world)
    to_read = attached(world, meeting)
    actor = make.actor(world.secretary)
    meeting = actions.begin(actor=actor, meeting=meeting)
    with clock.at(clock.now() + dt.timedelta(hours=3)):
        meeting = actions.end(actor=actor, meeting=meeting)
        row = meeting.attendances.get(member=world.member)
        actions.assign_make_up(
            actor=actor,
            meeting=meeting,
            attendance_ids=[row.pk],
            material="虚构材料",
            attachment=to_read,
            due_on=clock.today() + dt.timedelta(days=7),
        )
    return {"pk": MakeUp.objects.get(attendance=row).pk}


def studied(world: World) -> dict[str, Any]:
    """One that the member handed in."""
    named = study(world)
    row: MakeUp = MakeUp.objects.get(**named)
    actions.submit_make_up(actor=make.actor(world.member_user), make_up=row, reflection="虚构体会")
    return named


EXAMPLES = {
    "api:answer": Example(
        lambda world: {"meeting_id": called(world).pk},
        post=lambda _world: {"coming": True},
        holder=lambda world: world.member_user,
    ),
    "api:hand_in_make_up": Example(
        lambda world: {"make_up_id": study(world)["pk"]},
        post=lambda _world: {"reflection": "虚构体会"},
        holder=lambda world: world.member_user,
    ),
    "meetings:attend": Example(lambda world: {"pk": called(world).pk}),
    "meetings:answer": Example(lambda world: {"pk": called(world).pk}, post=lambda _world: {"answer": "leave", "reason": "出差"}),
    "meetings:own_attachment": Example(paper),
    "meetings:check_in": Example(token, post=lambda _world: {"online": ""}),
    "meetings:make_up": Example(
        study,
        steps={
            "hand_in": StepExample(
                lambda _world: {"reflection": "虚构体会"},
                holder=lambda world: world.member_user,
                again="what was handed in may be rewritten until it is accepted",
            ),
            "confirm": StepExample(kwargs=studied, holder=lambda world: world.secretary),
            "return": StepExample(lambda _world: {"note": "请写具体些"}, kwargs=studied, holder=lambda world: world.secretary),
        },
        papers=study,
    ),
}
