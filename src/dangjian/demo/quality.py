"""The demonstration's story of data quality: records are examined every month, and some branches put theirs right bit by bit."""

from collections.abc import Iterator
from functools import partial
from random import Random

from dangjian.demo.people import PLACES
from dangjian.engines.quality.actions import answering
from dangjian.engines.quality.actions.refresh import refresh
from dangjian.engines.quality.models import Flaw
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import Place, World, acting, moment
from dangjian.kernel.actor import SystemActor
from dangjian.members.actions.record import update_record
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import PostKind

MONTHS = 6
"""For so many months records have been examined."""
KEEPERS = (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY)
MENDED = {"exemplary": 6, "good": 3, "late": 2, "poor": 1, "merged": 2}
"""How many records a branch puts right in a month, by how well it works."""
EXPLANATION = "本人档案中没有记载，已向原单位去函核实"


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """At the beginning of each month records are examined, in its middle branches put some right or say why they cannot."""
    months = [month for month in world.months if month <= world.today][-MONTHS:]
    for month in months:
        yield Scene(moment(month, 5), _examine)
        for number, place in enumerate(world.places):
            yield Scene(moment(month.replace(day=8 + number % 12), 10, number % 60), partial(_mend, world, place, random))
    if len(months) > 1 and world.visitors:
        yield Scene(moment(months[-2].replace(day=20), 9), partial(_empty_one, world))
    if world.today not in months:
        yield Scene(moment(world.today, 5), _examine)


def _examine() -> None:
    refresh(actor=SystemActor("每日检查数据质量"))


def _mend(world: World, place: Place, random: Random) -> None:
    """The branch fills in what is soon found, and explains what is not."""
    unit = world.organization(place.number)
    held = [user for kind in KEEPERS if (user := world.officer(place.number, kind))]
    keeper = next((user for user in held if GrantedActor(user).may("quality.mend", unit)), None)
    if keeper is None:
        return
    with acting(keeper, "quality.mend") as actor:
        flaws = Flaw.objects.to_mend().filter(organization=place.number, check_code="members.required")
        chosen = list(flaws.exclude(member__user=keeper).select_related("member")[: MENDED[place.quality]])
        for flaw in chosen:
            if flaw.member is None:
                continue
            found = _found(flaw.member, random)
            if found and actor.may("members.edit", flaw.organization):
                update_record(actor, flaw.member, changes=None, **found)
            elif random.random() < 0.2:
                answering.explain(actor=actor, flaw=flaw, explanation=EXPLANATION)


def _found(member: Member, random: Random) -> dict[str, str]:
    """What is soon found of what a record lacks."""
    known = {
        "native_place": random.choice(PLACES),
        "registered_residence": f"{random.choice(PLACES)}虚构路{random.randint(1, 99)}号",
        "archive_unit": "本单位人力资源部",
    }
    return {name: value for name, value in known.items() if not getattr(member, name)}


def _empty_one(world: World) -> None:
    """Two items of a member whom visitors sign in as turned out to be wrong, and wait for what the member says."""
    known = {visitor.user.pk for visitor in world.visitors if visitor.username == "dangyuan"}
    with acting(world.office, "members.edit") as actor:
        for member in Member.objects.filter(user__in=known).select_related("organization", "branch"):
            update_record(actor, member, native_place="", archive_unit="")


STORY = DemoStory("quality", "数据质量", scenes, order=70)
