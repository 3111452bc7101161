"""Making the reference enterprise, step by step."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction

from dangjian.accounts.models import User
from dangjian.accounts.queries import DEMO_PASSWORD
from dangjian.demo import meetings, officers, organizations, people, plan, today
from dangjian.demo.calendar import months_back
from dangjian.demo.officers import publish
from dangjian.demo.sizes import know_sizes
from dangjian.demo.stories import play, told
from dangjian.engines.duties import actions as duties
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.members.actions import account, reorganise
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import enterprise as platform
from dangjian.org.actions import tree
from dangjian.org.actions.live import go_live
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped

Say = Callable[[str], None]
SEED = 20201101
RENAMED_BRANCH, MOVED_BRANCH = 11, 47


FILLED = "数据库里已有党组织或账号。演示数据只能装入空数据库，请另设 DATA_DIR 或 DATABASE_URL。"


def is_filled() -> bool:
    """Whether there is anything of anybody's that must not be mixed with the demonstration."""
    return bool(register(Organization).exists()) or User.objects.filter(is_active=True).exists()


def load() -> None:
    """Build the reference enterprise because somebody chose it at the first start; a second time does nothing."""
    if not is_filled():
        build()


@transaction.atomic
def build(
    *,
    scale: int = 1,
    seed: int = SEED,
    with_people: bool = True,
    stories: Collection[str] | None = None,
    size: plan.Size = plan.WHOLE,
    say: Say = lambda _text: None,
) -> organizations.Enterprise:
    """Write ``scale`` enterprises into an empty database. The same seed and day give the same enterprise.

    ``with_people=False`` leaves out who came to the meetings, what is under way and all stories. ``stories`` are the only ones
    to be told.
    """
    only = () if stories is None and not with_people else stories
    actor = SystemActor("演示企业")
    with duties.refreshed_at_end(actor):
        made = _filled(actor, scale, seed, size, say)
        go_live(actor=actor, organization=made[0].enterprise.committee, live_on=made[0].world.months[0])
        scenes: list[Scene] = []
        for number, one in enumerate(made):
            scenes += [*_changes(one), *told(one.world, f"{seed}-{number}", only)]
        say("十五个月的党务")
        play(scenes)
        with unscoped("the demonstration fills an empty database"):
            for number, one in enumerate(made):
                say(f"十五个月的组织生活（{number + 1}/{scale}）")
                for _, branch, _ in one.enterprise.branches:
                    branch.refresh_from_db()
                members = list(Member.objects.filter(pk__in=[m.pk for m in one.members]).select_related("user").order_by("pk"))
                random = Random(seed + number)  # noqa: S311 - plausible figures, no secrets
                quiet = one.world.quiet
                meetings.hold_all(random=random, enterprise=one.enterprise, members=members, quiet=quiet, with_people=with_people)
                if number == 0 and with_people:
                    today.begin(enterprise=one.enterprise, members=members)
        publish(made[0].world.visitors)
        know_sizes()
        say("应办事项")
    platform.finish_demonstration()
    return made[0].enterprise


@dataclass
class Filled:
    """One enterprise with its people and their world."""

    enterprise: organizations.Enterprise
    members: list[Member]
    world: World


def _filled(actor: SystemActor, scale: int, seed: int, size: plan.Size, say: Say) -> list[Filled]:
    """The organisations, people and officers of all enterprises, the second and further ones below the first."""
    password = make_password(DEMO_PASSWORD)
    begin = dt.date(clock.today().year - 2, 1, 1)
    made: list[Filled] = []
    with unscoped("the demonstration fills an empty database"):
        for number in range(scale):
            random = Random(seed + number)  # noqa: S311 - plausible figures, no secrets
            say(f"党组织和党员（{number + 1}/{scale}）")
            enterprise = organizations.set_up(
                actor=actor,
                random=random,
                begin=begin,
                parent=made[0].enterprise.committee if made else None,
                number=number,
                size=size,
            )
            members = people.enter_all(random=random, enterprise=enterprise, begin=begin, password=password, number=number)
            people.honour_some(members)
            officers.appoint_all(random=random, enterprise=enterprise, members=members)
            world = officers.world_of(enterprise, members, merged_on=merged_on())
            if not made:
                officers.invite(world=world, enterprise=enterprise, members=members, password=password)
            made.append(Filled(enterprise, members, world))
    know_sizes()
    return made


def merged_on() -> dt.date:
    """The day on which a branch was merged into its neighbour: the first of last month, so that every month has one branch."""
    return months_back(clock.today())[-2]


def _changes(made: Filled) -> Iterator[Scene]:
    """A branch renamed, one under another general branch, one merged into its neighbour, some members gone."""
    enterprise, today = made.enterprise, clock.today()
    places = enterprise.branches
    renamed = places[enterprise.size.place(RENAMED_BRANCH)][1]
    moved = places[enterprise.size.place(MOVED_BRANCH)][1]
    into = places[enterprise.size.place(plan.MERGED_INTO)][1]
    yield _on(today - dt.timedelta(days=200), partial(_rename, made.world, renamed.pk))
    yield _on(today - dt.timedelta(days=120), partial(_move, made.world, moved.pk, enterprise.general_branches[0].pk))
    if enterprise.merged is not None:
        yield _on(merged_on(), partial(_merge, made.world, enterprise.merged[1].pk, into.pk))
    kinds = (ChangeKind.TRANSFERRED_OUT, ChangeKind.TRANSFERRED_OUT, ChangeKind.DECEASED)
    leaving = [member for member in made.members if member.employee_no.endswith("L")]
    for i, member in enumerate(leaving):
        yield _on(today - dt.timedelta(days=5 + i), partial(_leave, made.world, member.pk, kinds[i % 3]))


def _on(day: dt.date, play: Callable[[], object]) -> Scene:
    return Scene(moment(day, 10), play)


def _rename(world: World, number: int) -> None:
    with acting(world.office, "org.manage") as actor:
        branch = world.organization(number)
        tree.rename(
            actor=actor,
            organization=branch,
            name=f"{branch.name}（原试运行）",
            short_name=branch.short_name.replace("党支部", "第一党支部"),
            effective_on=clock.today(),
            document="星河党〔示范〕12号",
        )


def _move(world: World, number: int, to: int) -> None:
    branch, parent = world.organization(number), world.organization(to)
    with acting(world.office, "org.manage") as actor:
        tree.move(actor=actor, organization=branch, parent=parent, effective_on=clock.today(), document="星河党〔示范〕18号")


def _merge(world: World, number: int, to: int) -> None:
    branch, into, document = world.organization(number), world.organization(to), "星河党〔示范〕21号"
    with acting(world.office, "org.manage") as actor:
        reorganise.merge(actor=actor, organization=branch, into=into, effective_on=clock.today(), document=document)


def _leave(world: World, number: int, kind: ChangeKind) -> None:
    with acting(world.office, "members.account") as actor:
        account.leave(
            actor=actor,
            member=Member.objects.select_related("branch").get(pk=number),
            kind=kind,
            effective_on=clock.today(),
            counterpart_name="" if kind == ChangeKind.DECEASED else "虚构省外单位党委",
        )
