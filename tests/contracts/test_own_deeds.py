"""The actions by which somebody could decide in their own case, each tried by an official who holds every permission it takes."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.dues.assessment.actions import assessing, reliefs
from dangjian.activities.dues.assessment.actions.assessing import Row
from dangjian.activities.dues.assessment.models import Relief
from dangjian.activities.dues.billing.actions import billing, collecting, reversing
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.models import Bill
from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.oversight.actions import arrears
from dangjian.activities.dues.oversight.models import ArrearsCase
from dangjian.activities.meetings import actions as meetings
from dangjian.engines.notifications.models import Notification
from dangjian.kernel import clock
from dangjian.kernel.errors import PermissionDenied
from dangjian.members.actions import access, account, details, proposals, record
from dangjian.members.models import ChangeKind, CorrectionProposal, Member, Sanction
from dangjian.members.own import is_own, may_for, require_for
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.queries import holders
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.dues.build import assessed, relieved

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
MONTH = dt.date(2026, 11, 1)


@dataclass
class Own:
    """Somebody who holds the party office of the committee and the secretary's post of the branch they are a member of."""

    committee: Organization
    branch: Organization
    me: Member
    other: Member
    actor: GrantedActor

    @property
    def bill(self) -> Bill:
        billing.make_bills(actor=make.SYSTEM, month=MONTH)
        found: Bill = Bill.objects.get(member=self.me, month=MONTH)
        return found


@pytest.fixture
def own(db: None) -> Iterator[Own]:
    with unscoped("tests of actions"):
        committee = make.committee(name="虚构公司党委")
        branch = make.branch(committee, name="虚构第一党支部")
        me, other = (make.member(branch, with_user=True) for _ in range(2))
        assert me.user
        make.grant(committee, "party_office", who=me.user)
        make.post(committee, "secretary", me.user)
        make.post(branch, "secretary", me.user)
        assessed(me, 100_00)
        yield Own(committee, branch, me, other, make.actor(me.user))


def _meeting(own: Own) -> Any:
    starts_at = clock.now() - dt.timedelta(minutes=10)
    planned = meetings.plan(
        actor=make.SYSTEM,
        organization=own.branch,
        kinds=["general_meeting"],
        title="虚构党员大会",
        place="虚构会议室",
        chair=own.me,
        recorder=own.other,
        sittings=[meetings.SittingPlan(starts_at, starts_at + dt.timedelta(minutes=60))],
        agenda=[meetings.AgendaPlan("虚构议题")],
    )
    return meetings.call(actor=make.SYSTEM, meeting=planned)


def _present(own: Own) -> Callable[[], Any]:
    meeting = _meeting(own)
    row = meeting.attendances.get(member=own.me)
    return lambda: meetings.check_in_by_hand(
        actor=own.actor, meeting=meeting, attendance_ids=[row.pk], presence="present", reason="手机没电"
    )


def _leave(own: Own) -> Callable[[], Any]:
    meeting = _meeting(own)
    row = meetings.answer(actor=own.actor, meeting=meeting, coming=False, reason="出差")
    return lambda: meetings.decide_leave(actor=own.actor, attendance=row, grant=True)


def _relief(own: Own) -> Callable[[], Any]:
    row = Relief.objects.create(
        member=own.me, kind="exempt", from_month=MONTH, reason="虚构", studied_on=MONTH, studied_at="虚构", monthly_fen=0
    )
    return lambda: reliefs.approve_relief(actor=own.actor, relief=row)


def _ended(own: Own) -> Callable[[], Any]:
    row = relieved(own.me, MONTH)
    return lambda: reliefs.end_relief(actor=own.actor, relief=row, until_month=dt.date(2027, 1, 1), reason="虚构")


def _reversed(own: Own) -> Callable[[], Any]:
    bill = own.bill
    payments = collecting.receive(
        actor=make.SYSTEM,
        organization=own.branch,
        rows=[Receipt(own.me, {bill.pk: bill.left_fen})],
        paid_on=clock.today(),
        method="cash",
        key="k",
    )
    return lambda: reversing.reverse_payment(actor=own.actor, payment=payments[0], reason="虚构")


def _case(own: Own) -> Callable[[], Any]:
    case = ArrearsCase.objects.create(
        organization=own.branch, member=own.me, stage="talk", since_month=MONTH, months=3, opened_on=MONTH, due_on=MONTH
    )
    return lambda: arrears.excuse(actor=own.actor, case=case, found_on=clock.today(), note="虚构理由")


def _penalty(own: Own) -> Callable[[], Any]:
    row = Sanction.objects.create(member=own.me, kind="warning", starts_on=MONTH, document="虚构")
    return lambda: details.end(actor=own.actor, row=row, ends_on=clock.today())


def _correction(own: Own) -> Callable[[], Any]:
    row = CorrectionProposal.objects.create(member=own.me, column="school", value="虚构大学")
    return lambda: proposals.accept(actor=own.actor, proposal=row)


def _received(own: Own) -> Callable[[], Any]:
    bill = own.bill
    row = Receipt(own.me, {bill.pk: bill.left_fen})
    rest: dict[str, Any] = {"organization": own.branch, "paid_on": clock.today(), "method": "cash", "key": "k"}
    return lambda: collecting.receive(actor=own.actor, rows=[row], **rest)


def _waived(own: Own) -> Callable[[], Any]:
    bill = own.bill
    return lambda: billing.waive(actor=own.actor, bill=bill, note="虚构")


DEEDS: dict[str, Callable[[Own], Callable[[], Any]]] = {
    "批准减免": _relief,
    "结束减免": _ended,
    "不再追缴": _waived,
    "核定": lambda own: (
        lambda: assessing.assess(
            actor=own.actor, member=own.me, kind="salaried", from_month=dt.date(2027, 1, 1), base_fen=100, reason="虚构"
        )
    ),
    "成批核定": lambda own: (
        lambda: assessing.assess_many(
            actor=own.actor, rows=[Row(one, PayerKind.SALARIED, dt.date(2027, 1, 1), 100) for one in (own.other, own.me)]
        )
    ),
    "收本人党费": _received,
    "撤销本人收据": _reversed,
    "欠交有正当理由": _case,
    "登记处分": lambda own: (
        lambda: details.add(actor=own.actor, member=own.me, code="sanction", kind="warning", starts_on=MONTH, document="虚构")
    ),
    "结束处分": _penalty,
    "不计入应到会": lambda own: (
        lambda: details.add(actor=own.actor, member=own.me, code="exemption", reason="abroad", starts_on=MONTH, document="虚构")
    ),
    "修改档案": lambda own: lambda: record.update_record(own.actor, own.me, school="虚构大学"),
    "采纳更正": _correction,
    "转出": lambda own: (
        lambda: account.leave(actor=own.actor, member=own.me, kind=ChangeKind.TRANSFERRED_OUT, effective_on=clock.today())
    ),
    "任职": lambda own: (
        lambda: access.appoint(actor=own.actor, member=own.me, organization=own.branch, kind="deputy_secretary", starts_on=MONTH)
    ),
    "登记到会": _present,
    "准假": _leave,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_not_in_ones_own_case_and_nothing_is_written(own: Own, deed: str) -> None:
    act = DEEDS[deed](own)
    before = Event.objects.count()
    with pytest.raises(PermissionDenied, match="本人"):
        act()
    assert Event.objects.count() == before


def test_another_may_do_the_same(own: Own) -> None:
    second = make.actor(make.post(own.branch, "organisation_member").user)
    assert assessing.assess(
        actor=second, member=own.me, kind="salaried", from_month=dt.date(2027, 1, 1), base_fen=300_000, reason="虚构"
    )
    assert details.add(
        actor=make.actor(make.grant(own.committee, "party_office").user),
        member=own.me,
        code="sanction",
        kind="rights_suspended",
        starts_on=MONTH,
        document="虚构",
    )


def test_the_refusal_names_who_does_it_instead(own: Own) -> None:
    with pytest.raises(PermissionDenied) as alone:
        require_for(own.actor, "dues.collect", own.branch, [own.me])
    assert alone.value.how == "“虚构第一党支部”没有其他人可以办理，请由上级党组织“虚构公司党委”办理。"
    second = make.post(own.branch, "organisation_member").user
    with pytest.raises(PermissionDenied) as named:
        require_for(own.actor, "dues.collect", own.branch, [own.me])
    assert named.value.how == f"请由{second.name}办理。"


def test_where_nobody_is_left_the_level_above_stands_in_for_that_one_alone(own: Own) -> None:
    above = make.actor(make.grant(own.committee, "party_worker").user)
    assert may_for(above, "dues.collect", own.branch, own.me)
    assert not may_for(above, "dues.collect", own.branch, own.other)
    assert not may_for(above, "dues.collect", own.branch, own.me, own.other)
    make.post(own.branch, "organisation_member")
    assert not may_for(above, "dues.collect", own.branch, own.me)


def test_the_level_above_receives_from_the_only_treasurer_on_the_page(own: Own) -> None:
    bill = own.bill
    client = Client()
    client.force_login(make.grant(own.committee, "party_worker").user)
    assert "登记收款" in client.get(reverse("dues:member", args=[own.me.pk])).content.decode()
    form = {"bill": bill.pk, "method": "cash", "paid_on": clock.today().isoformat(), "key": "k"}
    answer = client.post(reverse("dues:member_receive", args=[own.me.pk]), form)
    assert answer.status_code == 302
    assert client.get(answer["Location"]).status_code == 200
    bill.refresh_from_db()
    assert not bill.left_fen


def test_nobody_is_offered_what_they_may_not_do(own: Own) -> None:
    client = Client()
    client.force_login(own.actor.user)
    record_page = client.get(reverse("members:detail", args=[own.me.pk])).content.decode()
    assert "这是您本人的档案" in record_page
    assert reverse("members:edit", args=[own.me.pk]) not in record_page
    assert (
        reverse("members:edit", args=[own.other.pk])
        in client.get(reverse("members:detail", args=[own.other.pk])).content.decode()
    )
    assert reverse("dues:assess", args=[own.me.pk]) not in client.get(reverse("dues:profile", args=[own.me.pk])).content.decode()
    bill = own.bill
    assert f'value="{bill.pk}"' not in client.get(reverse("dues:collect", args=[own.branch.pk])).content.decode()


def test_an_account_without_a_record_counts_as_that_of_its_name(own: Own) -> None:
    unlinked = make.member(own.branch, name="虚构同名")
    namesake = make.actor(make.grant(own.committee, "party_office", who=make.user("虚构同名")).user)
    assert is_own(namesake, unlinked)
    with pytest.raises(PermissionDenied) as refused:
        require_for(namesake, "members.account", own.branch, [unlinked])
    assert "关联" in refused.value.how
    Member.objects.filter(pk=own.other.pk).update(user=namesake.user)
    assert not is_own(namesake, unlinked)
    assert is_own(namesake, Member.objects.get(pk=own.other.pk))
    assert not is_own(make.SYSTEM, unlinked)


def test_who_may_is_known_from_posts_and_grants_in_effect(own: Own) -> None:
    assert list(holders("dues.collect", own.branch)) == [own.actor.user_id]
    worker = make.grant(own.branch, "party_worker").user
    make.grant(own.branch, "party_worker", ends_on=dt.date(2026, 1, 1))
    assert set(holders("dues.collect", own.branch)) == {own.actor.user_id, worker.pk}
    assert own.actor.user_id in holders("dues.assess", own.branch)
    assert not holders("dues.collect", make.branch(own.committee))


def test_the_payer_is_told_that_the_receipt_was_taken_back(own: Own) -> None:
    assessed(own.other, 50_00)
    billing.make_bills(actor=make.SYSTEM, month=MONTH)
    bill = Bill.objects.get(member=own.other, month=MONTH)
    rest: dict[str, Any] = {"organization": own.branch, "paid_on": clock.today(), "method": "cash", "key": "k"}
    [payment] = collecting.receive(actor=own.actor, rows=[Receipt(own.other, {bill.pk: bill.left_fen})], **rest)
    reversing.reverse_payment(actor=own.actor, payment=payment, reason="登记错人")
    told = Notification.objects.get(user=own.other.user)
    assert own.actor.name in told.body
    assert "登记错人" in told.body
    assert payment.receipt_no in told.body
