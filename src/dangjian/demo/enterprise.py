"""Making the reference enterprise, step by step."""

import datetime as dt
from collections.abc import Callable
from random import Random

from django.contrib.auth.hashers import make_password
from django.db import transaction

from dangjian.accounts.models import User
from dangjian.accounts.queries import DEMO_PASSWORD
from dangjian.demo import dues, meetings, officers, organizations, people, plan, today
from dangjian.demo.sizes import know_sizes
from dangjian.demo.treasuries import Treasury, treasury
from dangjian.engines.duties import actions as duties
from dangjian.kernel import clock
from dangjian.kernel.actor import SystemActor
from dangjian.members.actions import account, reorganise
from dangjian.members.models import ChangeKind, Member
from dangjian.org.actions import enterprise as platform
from dangjian.org.actions import tree
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
    size: plan.Size = plan.WHOLE,
    say: Say = lambda _text: None,
) -> organizations.Enterprise:
    """Write ``scale`` enterprises into an empty database. The same seed and day give the same enterprise."""
    actor = SystemActor("演示企业")
    password = make_password(DEMO_PASSWORD)
    begin = dt.date(clock.today().year - 2, 1, 1)
    first: organizations.Enterprise | None = None
    alive: list[Member] = []
    treasuries: list[Treasury] = []
    with unscoped("the demonstration fills an empty database"):
        for number in range(scale):
            random = Random(seed + number)  # noqa: S311 - plausible figures, no secrets
            say(f"党组织和党员（{number + 1}/{scale}）")
            made = organizations.set_up(
                actor=actor,
                random=random,
                begin=begin,
                parent=first.committee if first else None,
                number=number,
                size=size,
            )
            members = people.enter_all(random=random, enterprise=made, begin=begin, password=password, number=number)
            officers.appoint_all(random=random, enterprise=made, members=members)
            _past_changes(actor, made, members)
            say(f"十五个月的组织生活（{number + 1}/{scale}）")
            meetings.hold_all(random=random, enterprise=made, members=members, with_people=with_people)
            taken: list[int] = []
            if first is None:
                first = made
                alive = members
                taken = officers.offer_accounts(enterprise=made, members=members, password=password)
            treasuries.append(treasury(made, members, taken))
        if first is not None and with_people:
            say("十五个月的党费")
            officers.offer_treasury(enterprise=first, accountant=treasuries[0].accountant, cashier=treasuries[0].cashier)
            dues.fill(actor=actor, random=Random(seed + scale), treasuries=treasuries)  # noqa: S311 - as above
            say("近期会议")
            today.begin(enterprise=first, members=alive)
        say("应办事项")
        know_sizes()
        duties.refresh(actor=actor)
    platform.finish_demonstration()
    if first is None:
        message = "scale must be at least 1"
        raise ValueError(message)
    return first


def _past_changes(actor: SystemActor, made: organizations.Enterprise, members: list[Member]) -> None:
    """A branch renamed, one under another general branch, one merged into its neighbour, some members gone."""
    day = clock.today()
    renamed = made.branches[made.size.place(RENAMED_BRANCH)][1]
    tree.rename(
        actor=actor,
        organization=renamed,
        name=f"{renamed.name}（原试运行）",
        short_name=renamed.short_name.replace("党支部", "第一党支部"),
        effective_on=day - dt.timedelta(days=200),
        document="星河党〔示范〕12号",
    )
    moved = made.branches[made.size.place(MOVED_BRANCH)][1]
    tree.move(
        actor=actor,
        organization=moved,
        parent=made.general_branches[0],
        effective_on=day - dt.timedelta(days=120),
        document="星河党〔示范〕18号",
    )
    if made.merged is not None:
        reorganise.merge(
            actor=actor,
            organization=made.merged[1],
            into=made.branches[made.size.place(plan.MERGED_INTO)][1],
            effective_on=day - dt.timedelta(days=30),
            document="星河党〔示范〕21号",
        )
    for changed in (renamed, moved):
        changed.refresh_from_db()
    kinds = (ChangeKind.TRANSFERRED_OUT, ChangeKind.TRANSFERRED_OUT, ChangeKind.DECEASED)
    leaving = [m for m in members if m.employee_no.endswith("L")]
    for i, member in enumerate(leaving):
        account.leave(
            actor=actor,
            member=member,
            kind=kinds[i % 3],
            effective_on=day - dt.timedelta(days=5 + i),
            counterpart_name="虚构省外单位党委" if i % 3 < 2 else "",
        )
