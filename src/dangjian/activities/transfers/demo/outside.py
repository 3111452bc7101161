"""Who goes out of the platform and who comes into it: one in every state, letters about to expire, one expired, one returned."""

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from dangjian.accounts.models import User
from dangjian.activities.transfers.queries import letters as read
from dangjian.activities.transfers.queries.going import ids_under_way
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import CaseState, ProcedureCase
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel import clock
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Category, Member, Standing
from dangjian.org.models import PostKind
from dangjian.org.openings import register

HERE = (PostKind.ORGANISATION_MEMBER, PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
ABOVE = (PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY)
OFFICE = frozenset({"release", "issue", "receipt", "assign", "reply"})
"""Steps of the committee above."""
PERMISSIONS = dict.fromkeys(OFFICE, "transfers.release")


@dataclass(frozen=True, slots=True)
class Turn:
    """A step, so many days after the beginning."""

    code: str
    later: int
    outcome: str = ""
    entry: Mapping[str, str] | None = None
    reason: str = ""


def _received(later: int, on: int) -> Turn:
    """The receipt came back; the other side received ``on`` days after the beginning."""
    return Turn("receipt", later, "received", {"received_on": str(on)}, "对方来电确认已接收，回执联在途。")


RELEASED, ISSUED = Turn("release", 1, "released"), Turn("issue", 2)
GOING: tuple[tuple[int, tuple[Turn, ...]], ...] = (
    (80, (RELEASED, ISSUED, Turn("report", 12), _received(20, 15))),
    (52, (RELEASED, Turn("issue", 3), _received(24, 18))),
    (
        70,
        (
            RELEASED,
            Turn("issue", 3, "", {"valid_days": "15"}),
            Turn("receipt", 16, "extended", {"note": "对方党委月底才集中受理，本人已说明情况。"}),
            Turn("issue", 17),
            _received(40, 35),
        ),
    ),
    (28, (RELEASED, ISSUED)),
    (14, (RELEASED, Turn("issue", 2, "", {"valid_days": "14"}))),
    (26, (RELEASED, ISSUED, Turn("report", 20))),
    (30, (RELEASED, Turn("issue", 2, "", {"valid_days": "20"}))),
    (40, (RELEASED, ISSUED, Turn("receipt", 21, "returned", {"note": "调动取消，介绍信已经交回。"}))),
    (20, (Turn("release", 2, "refused", {"opinion": "调令已经撤销，本人仍在原岗位。"}),)),
    (6, (Turn("release", 2, "returned", {"opinion": "请写清对方党委的全称。"}),)),
    (5, (RELEASED, ISSUED)),
    (3, (RELEASED,)),
    (1, ()),
)
"""How many days ago each asked to go, and what was done since."""

ASSIGNED, CAME = Turn("assign", 2, "assigned"), Turn("receive", 4, "received")
COMING: tuple[tuple[int, tuple[Turn, ...]], ...] = (
    (60, (ASSIGNED, CAME, Turn("reply", 6, "", {"way": "邮寄"}), Turn("talk", 8, "", {"content": "介绍了支部和党小组的情况。"}))),
    (15, (ASSIGNED, CAME, Turn("reply", 7, "", {"way": "传真"}))),
    (9, (ASSIGNED, CAME)),
    (5, (ASSIGNED,)),
    (2, ()),
    (8, (Turn("assign", 2, "returned", {"opinion": "介绍信照片看不清编号，请重新拍照。"}),)),
    (25, (Turn("assign", 3, "refused", {"opinion": "介绍信抬头写错了党委，已退回对方。"}),)),
)
"""How many days ago each letter was entered, and what was done since."""
ON_PROBATION = frozenset({1})
"""Which of them are probationary members."""

TO = (
    ("中共虚构市虚构区委组织部", "虚构区云中街道第一党支部", "within_province", "work"),
    ("中共虚构集团西南公司委员会", "西南公司机关党支部", "within_system", "work"),
    ("中共虚构省虚构县委组织部", "虚构县桃源镇党支部", "cross_province", "residence"),
    ("中共虚构铁路局委员会", "虚构铁路局车辆段党支部", "cross_system", "work"),
)
NAMES = ("闻人初", "尉迟澄", "公孙澈", "轩辕朗", "令狐屿", "钟离柠", "宇文笙")
FROM = (("中共虚构市委组织部", "cross_province"), ("中共虚构集团东北公司委员会", "within_system"))
AHEAD = 3
"""So many people of a branch may go, of whom the first who can goes."""


def scenes(world: World, random: Random) -> Iterator[Scene]:
    """Each case with its steps, on working hours of their days."""
    places = [one.number for one in world.places if one.merged_on is None and world.officer(one.number, *HERE)]
    for number, (ago, turns) in enumerate(GOING):
        place = random.choice(places)
        case = _Case(world, read.OUT, place, number, _free(world, place, random))
        yield from _scenes(case, ago, turns)
    for number, (ago, turns) in enumerate(COMING):
        yield from _scenes(_Case(world, read.IN, random.choice(places), number, ()), ago, turns)


def _free(world: World, place: int, random: Random) -> tuple[int, ...]:
    """Full members of a branch without a task, who have one from now on."""
    busy = {user.pk for held in world.officers.values() for user in held.values()} | world.taken
    found = [
        one
        for one in world.members
        if one.branch_id == place
        and one.category == Category.FULL
        and one.user_id not in busy
        and not one.employee_no.endswith("L")
    ]
    chosen = random.sample(found, min(AHEAD, len(found)))
    world.taken.update(one.user_id for one in chosen if one.user_id)
    return tuple(one.pk for one in chosen)


def _scenes(case: "_Case", ago: int, turns: tuple[Turn, ...]) -> Iterator[Scene]:
    begun = case.world.today - dt.timedelta(days=ago)
    yield Scene(moment(begun, 9, 40), case.begin)
    for turn in turns:
        yield Scene(moment(begun + dt.timedelta(days=turn.later), 15, 20), partial(case.take, turn))


@dataclass(slots=True)
class _Case:
    """Somebody who goes or comes."""

    world: World
    procedure: str
    place: int
    number: int
    people: tuple[int, ...]
    pk: int = 0

    def begin(self) -> None:
        """The branch asks, or enters the letter."""
        officer = self.world.officer(self.place, *HERE)
        if officer is None:
            return
        if self.procedure == read.IN:
            self._enter(officer)
            return
        going = set(ids_under_way(self.people))
        rows = register(Member).filter(pk__in=set(self.people) - going, branch=self.place, standing=Standing.NORMAL)
        member = rows.select_related("branch").order_by("pk").first()
        if member is None:
            return
        to, unit, kind, why = TO[self.number % len(TO)]
        entry = {"to": to, "to_unit": unit, "kind": kind, "why": why, "address": "虚构路1号，电话000-0000000"}
        with acting(officer, "transfers.manage") as actor:
            self.pk = start_for(actor=actor, code=read.OUT, member=member, day=clock.today(), entry=entry).pk

    def _enter(self, officer: User) -> None:
        today, (sender, kind) = clock.today(), FROM[self.number % len(FROM)]
        birth = dt.date(1985 + self.number, 3, 5)
        entry = {
            "resident_id": fictional_resident_id(birth, 800 + self.number, region=f"99{8000 + self.world.committee % 1000:04d}"),
            **_way(birth, today, on_probation=self.number in ON_PROBATION),
            "from": sender,
            "from_unit": "虚构公司第三党支部",
            "kind": kind,
            "number": f"虚构组介〔{today.year}〕{101 + self.number}号",
            "issued_on": str(today - dt.timedelta(days=3)),
            "valid_days": "30",
            "paid_to": str(today.replace(day=1)),
            "address": "虚构市虚构路2号，电话000-0000000",
        }
        with acting(officer, "transfers.take_in") as actor:
            self.pk = starting.start(
                actor=actor,
                code=read.IN,
                organization=self.world.organization(self.place),
                title=NAMES[self.number],
                day=today,
                entry=entry,
                files={"letter": [_scan("介绍信.png")]},
            ).pk

    def take(self, turn: Turn) -> None:
        """Whoever's turn it is takes the step."""
        case = register(ProcedureCase).select_related("organization").filter(pk=self.pk, state=CaseState.OPEN).first()
        above = self.world.officer(self.world.committee, *ABOVE) or self.world.office
        who = above if turn.code in OFFICE else self.world.officer(self.place, *HERE)
        if case is None or who is None:
            return
        entry = dict(turn.entry or {})
        if "received_on" in entry:
            entry["received_on"] = str(case.started_on + dt.timedelta(days=int(entry["received_on"])))
        with acting(who, PERMISSIONS.get(turn.code, "transfers.manage")) as actor:
            taking.take(
                actor=actor,
                case=case,
                code=turn.code,
                day=clock.today(),
                outcome=turn.outcome,
                entry=entry,
                reason=turn.reason,
            )


def _way(birth: dt.date, today: dt.date, *, on_probation: bool) -> dict[str, str]:
    """How somebody became a member: as a student, or half a year ago, on probation."""
    if on_probation:
        return {"category": "probationary", "joined_on": str(today - dt.timedelta(days=190))}
    return {"category": "full", "joined_on": f"{birth.year + 22}-06-28", "converted_on": f"{birth.year + 23}-06-28"}


def _scan(name: str) -> SimpleUploadedFile:
    """A page as from a camera, with lines in the place of writing."""
    page, out = Image.new("L", (420, 594), "white"), io.BytesIO()
    pen = ImageDraw.Draw(page)
    pen.rectangle((30, 30, 390, 564), outline="gray")
    for line in range(90, 520, 36):
        pen.line((60, line, 360, line), fill="lightgray", width=2)
    page.save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")
