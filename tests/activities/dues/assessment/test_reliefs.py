"""Reliefs: reported below, decided above by somebody else, felt in the bills, ended early."""

import datetime as dt
from typing import Any

import pytest

from dangjian.accounts.models import Event
from dangjian.activities.dues.assessment.actions import reliefs
from dangjian.activities.dues.assessment.models import Relief, ReliefKind, ReliefState
from dangjian.activities.dues.billing.actions.billing import make_bills
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from tests import make
from tests.activities.dues import build
from tests.activities.dues.build import NOVEMBER, World, month

pytestmark = [pytest.mark.usefixtures("open_scope"), pytest.mark.day("2026-11-23")]


def asked(**more: Any) -> dict[str, Any]:
    return {
        "kind": ReliefKind.REDUCED,
        "monthly_fen": 500,
        "from_month": NOVEMBER,
        "until_month": month("2027-02"),
        "reason": "虚构的困难",
        "studied_on": dt.date(2026, 11, 20),
        "studied_at": "虚构支部委员会会议",
        **more,
    }


def propose(world: World, number: int = 3, **more: Any) -> Relief:
    return reliefs.propose_relief(actor=world.secretary, member=world.people[number], **asked(**more))


def refused(world: World, **more: Any) -> Refusal:
    before = (Relief.objects.count(), Event.objects.count())
    with pytest.raises(Refusal) as refusal:
        propose(world, **more)
    assert (Relief.objects.count(), Event.objects.count()) == before
    return refusal.value


def test_from_the_report_to_the_bill(world: World) -> None:
    make_bills(actor=world.office, month=NOVEMBER)
    relief = propose(world)
    assert relief.state == ReliefState.PROPOSED
    assert build.bill(world.people[3]).owed_fen == 4000
    relief = reliefs.approve_relief(actor=world.office, relief=relief, document="虚构〔2026〕1号")
    assert (relief.state, relief.decided_by_id, relief.document) == (
        ReliefState.APPROVED,
        world.office.user_id,
        "虚构〔2026〕1号",
    )
    assert build.bill(world.people[3]).owed_fen == 500
    assert build.sums(world.branch).reduced == 1
    verbs = list(Event.objects.filter(subject_type="dues.relief").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["dues.relief_proposed", "dues.relief_approved"]


def test_exemption_ends_by_itself(world: World) -> None:
    relief = propose(world, kind=ReliefKind.EXEMPT, monthly_fen=None, until_month=month("2026-12"))
    reliefs.approve_relief(actor=world.office, relief=relief)
    for text in ("2026-11", "2026-12"):
        make_bills(actor=world.office, month=month(text))
    assert build.bill(world.people[3]).owed_fen == 0
    assert build.bill(world.people[3], month("2026-12")).owed_fen == 4000


def test_refused_with_a_reason(world: World) -> None:
    relief = propose(world)
    with pytest.raises(Invalid, match="请写明不批准的原因"):
        reliefs.refuse_relief(actor=world.office, relief=relief, answer=" ")
    relief = reliefs.refuse_relief(actor=world.office, relief=relief, answer="材料不全")
    assert (relief.state, relief.answer) == (ReliefState.REFUSED, "材料不全")
    with pytest.raises(Conflict, match="现在的状态是“未批准”"):
        reliefs.approve_relief(actor=world.office, relief=relief)


def test_only_the_committee_above_decides_and_nobody_on_their_own_report(world: World) -> None:
    relief = propose(world)
    for actor in (world.secretary, world.deputy, world.actor(3)):
        with pytest.raises((PermissionDenied, NotFound)):
            reliefs.approve_relief(actor=actor, relief=relief)
    both = make.actor(make.grant(world.top, "party_office", who=world.secretary.user).user)
    with pytest.raises(PermissionDenied, match="不能由您自己批准"):
        reliefs.approve_relief(actor=both, relief=relief)
    relief.refresh_from_db()
    assert relief.state == ReliefState.PROPOSED


def test_withdrawn_by_the_branch(world: World) -> None:
    relief = propose(world)
    with pytest.raises((PermissionDenied, NotFound)):
        reliefs.withdraw_relief(actor=make.actor(world.stranger.user), relief=relief)
    assert reliefs.withdraw_relief(actor=world.deputy, relief=relief).state == ReliefState.WITHDRAWN
    assert propose(world).state == ReliefState.PROPOSED


def test_ended_early(world: World) -> None:
    relief = reliefs.approve_relief(actor=world.office, relief=propose(world))
    for text in ("2026-11", "2026-12"):
        make_bills(actor=world.office, month=month(text))
    for until in (month("2026-10"), month("2027-02")):
        with pytest.raises(Invalid, match="应在减免的月份以内"):
            reliefs.end_relief(actor=world.secretary, relief=relief, until_month=until, reason="已好转")
    with pytest.raises(Invalid, match="请写明提前结束的原因"):
        reliefs.end_relief(actor=world.secretary, relief=relief, until_month=month("2026-12"), reason="")
    relief = reliefs.end_relief(actor=world.secretary, relief=relief, until_month=month("2026-12"), reason="已好转")
    assert (relief.until_month, relief.state) == (month("2026-12"), ReliefState.APPROVED)
    assert [build.bill(world.people[3], month(text)).owed_fen for text in ("2026-11", "2026-12")] == [500, 4000]
    relief = reliefs.end_relief(actor=world.office, relief=relief, until_month=NOVEMBER, reason="原来就不该减")
    assert relief.state == ReliefState.WITHDRAWN
    assert build.bill(world.people[3]).owed_fen == 4000


@pytest.mark.parametrize(
    ("more", "said", "field"),
    [
        ({"reason": " "}, "要先经党支部研究", "reason"),
        ({"studied_at": ""}, "要先经党支部研究", "studied_at"),
        ({"studied_on": dt.date(2026, 11, 24)}, "要先经党支部研究", "studied_on"),
        ({"from_month": month("2026-04")}, "减免最早只能从2026年5月起", "from_month"),
        ({"until_month": NOVEMBER}, "结束月份不能早于起始月份", "last_month"),
        ({"monthly_fen": None}, "请填写少交以后每月交多少", "monthly_fen"),
        ({"monthly_fen": 4000}, "应少于核定的每月40.00元", "monthly_fen"),
        ({"kind": "half"}, "请选择少交还是免交", "kind"),
    ],
)
def test_what_cannot_be_is_refused(world: World, more: dict[str, Any], said: str, field: str) -> None:
    refusal = refused(world, **more)
    assert said in refusal.message
    assert field in refusal.fields


def test_one_relief_at_a_time(world: World) -> None:
    propose(world)
    assert "已有一项少交" in refused(world, from_month=month("2026-12")).message
    assert propose(world, from_month=month("2027-02"), until_month=None).until_month is None


def test_only_the_branch_itself_reports(world: World) -> None:
    for actor in (world.actor(3), make.actor(world.stranger.user)):
        with pytest.raises((PermissionDenied, NotFound)):
            reliefs.propose_relief(actor=actor, member=world.people[3], **asked())
    assert not Relief.objects.exists()


def test_a_retired_member_in_hardship_is_relieved_by_the_branch_itself(world: World) -> None:
    retired = world.people[3]
    build.assessed(retired, 4000, month("2026-06"), kind="retired")
    make_bills(actor=world.office, month=NOVEMBER)
    relief = propose(world)
    assert (relief.state, relief.decided_by_id) == (ReliefState.APPROVED, world.secretary.user_id)
    assert "虚构支部委员会会议" in relief.answer
    assert build.bill(retired).owed_fen == 500
    assert reliefs.end_relief(
        actor=world.deputy, relief=relief, until_month=month("2026-12"), reason="已好转"
    ).until_month == month("2026-12")


def test_a_retired_secretary_does_not_record_their_own(world: World) -> None:
    build.assessed(world.people[1], 4000, month("2026-06"), kind="retired")
    with pytest.raises(PermissionDenied, match="本人"):
        reliefs.propose_relief(actor=world.deputy, member=world.people[1], **asked())
    assert not Relief.objects.exists()
