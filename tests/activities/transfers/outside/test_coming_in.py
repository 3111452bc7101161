"""Transfers into the platform: a letter is entered, a branch assigned, the branch receives, the slip goes back."""

import datetime as dt
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from dangjian.activities.transfers.models import Letter, LetterState
from dangjian.engines.duties.actions.refresh import refresh
from dangjian.engines.duties.models import Duty
from dangjian.engines.procedures.actions import taking_back
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied, Refusal
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.actions import account, reorganise
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Standing
from dangjian.org.actions import reorganisations, tree
from dangjian.org.models import Organization
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import RESIDENT_ID, Outside, comes, letter, paper, state
from tests.at_once import at_once
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
DAY = dt.date(2026, 11, 23)


@pytest.fixture
def house() -> Outside:
    return Outside()


def known() -> Member:
    return register(Member).get(resident_id_index__matches=RESIDENT_ID)


def test_entered_assigned_received_and_told_to_the_other_side(house: Outside) -> None:
    before, group, case = house.counted(), make.group(house.branch), house.come(house.above)
    assert (state(case), letter(case).ends_on) == (("open", {"assign", "check_file"}), DAY + dt.timedelta(days=20))
    house.assigned(case)
    assert house.counted() == before, "the other side is responsible until then"
    house.take(case, "receive", house.secretary, "received", group=str(group.pk))
    member = known()
    assert (member.name, member.branch, member.organization, member.category) == ("欧阳丁", house.branch, group, "1")
    assert (member.joined_on, member.converted_on, member.sex) == (dt.date(2015, 6, 1), dt.date(2016, 6, 1), "1")
    assert (house.counted(), house.counted(DAY - dt.timedelta(days=1))) == (before + 1, before)
    entry = register(MembershipEntry).get(member=member)
    assert (entry.kind, entry.document, entry.counterpart_name) == (
        ChangeKind.TRANSFERRED_IN,
        "虚构介〔2026〕7号",
        "中共虚构县委组织部",
    )
    assert (letter(case).state, letter(case).member_id, letter(case).took_days) == (LetterState.RECEIVED, member.pk, 0)
    house.take(case, "reply", house.above, way="邮寄", slip=True)
    house.take(case, "talk", house.secretary, content="介绍了支部情况")
    assert state(case)[0] == CaseState.FINISHED


def test_who_assigns_does_not_receive(house: Outside) -> None:
    make.post(house.branch, "organisation_member", house.above)
    case = house.assigned(house.come())
    with pytest.raises(PermissionDenied, match="另一位同志"):
        house.take(case, "receive", house.above, "received")
    assert not register(Member).filter(name="欧阳丁").exists()


def test_somebody_who_left_comes_back_with_their_record(house: Outside) -> None:
    member = make.member(house.branch, "欧阳丁", resident_id=RESIDENT_ID)
    with unscoped("test"):
        account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.TRANSFERRED_OUT, effective_on=dt.date(2024, 5, 6))
    case = house.assigned(house.come())
    house.take(case, "receive", house.secretary, "received")
    assert (known().pk, known().standing, known().branch) == (member.pk, Standing.NORMAL, house.branch)
    kinds = list(register(MembershipEntry).filter(member=member).values_list("kind", flat=True))
    assert kinds == [ChangeKind.OPENING, ChangeKind.TRANSFERRED_OUT, ChangeKind.TRANSFERRED_IN]


class TestTakenBack:
    def received(self, house: Outside) -> ProcedureCase:
        case = house.assigned(house.come())
        house.take(case, "receive", house.secretary, "received", group=str(make.group(house.branch).pk))
        return case

    def test_somebody_new_is_no_member_and_can_be_received_with_the_same_record(self, house: Outside) -> None:
        before, case = house.counted(), self.received(house)
        first = known()
        taking_back.take_back(actor=make.actor(house.secretary), case=case, reason="点错了")
        assert (house.counted(), house.counted(DAY), known().standing) == (before, before, Standing.NOT_ADMITTED)
        assert (state(case)[1], letter(case).state) == ({"receive", "check_file"}, LetterState.OUT)
        house.take(case, "receive", house.secretary, "received")
        assert (known().pk, known().standing, house.counted()) == (first.pk, Standing.NORMAL, before + 1)

    def test_somebody_who_was_here_before_has_left_again(self, house: Outside) -> None:
        member = make.member(house.branch, "欧阳丁", resident_id=RESIDENT_ID)
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=member, kind=ChangeKind.TRANSFERRED_OUT, effective_on=dt.date(2024, 5, 6))
        before, case = house.counted(), self.received(house)
        taking_back.take_back(actor=make.actor(house.secretary), case=case, reason="点错了")
        assert (house.counted(), known().standing) == (before, Standing.TRANSFERRED_OUT)


class TestNobodyTwice:
    def refused(self, house: Outside, name: str = "欧阳丁", **more: str) -> Refusal:
        before = register(ProcedureCase).count()
        with pytest.raises(Refusal) as found:
            house.come(name=name, **more)
        assert register(ProcedureCase).count() == before
        return found.value

    def test_who_counts_here(self, house: Outside) -> None:
        make.member(house.branch, "欧阳丁", resident_id=RESIDENT_ID)
        assert "已经是本单位的党员" in self.refused(house).message

    def test_whose_number_has_another_name(self, house: Outside) -> None:
        make.member(house.branch, "欧阳戊", resident_id=RESIDENT_ID)
        problem = self.refused(house)
        assert "另一个姓名" in problem.message
        assert "欧阳戊" not in f"{problem.message}{problem.how}", "whose number it is is not told"

    @pytest.mark.parametrize("kind", [ChangeKind.SUSPENDED, ChangeKind.EXPELLED])
    def test_who_left_otherwise(self, house: Outside, kind: ChangeKind) -> None:
        member = make.member(house.branch, "欧阳丁", resident_id=RESIDENT_ID)
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=member, kind=kind, effective_on=dt.date(2025, 5, 6))
        assert "不能按转入办理" in self.refused(house).message

    def test_whose_letter_is_entered_already(self, house: Outside) -> None:
        house.come()
        assert "已经登记过一封" in self.refused(house, number="虚构介〔2026〕8号").message
        number = fictional_resident_id(dt.date(1990, 1, 1), 3)
        assert "编号的介绍信已经登记过" in self.refused(house, name="欧阳己", resident_id=number).message


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"issued_on": "2026-11-24"}, "issued_on"),
        ({"valid_days": "91"}, "valid_days"),
        ({"joined_on": "2026-11-24"}, "joined_on"),
        ({"converted_on": ""}, "converted_on"),
        ({"converted_on": "2016-05-31"}, "converted_on"),
        ({"category": "probationary"}, "converted_on"),
        ({"mobile": "12345"}, "mobile"),
        ({"resident_id": RESIDENT_ID[:-1]}, "resident_id"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_written(house: Outside, more: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        house.come(**more)
    assert field in refused.value.fields
    assert not register(ProcedureCase).exists()
    assert not register(Letter).exists()


class TestReceiving:
    @pytest.mark.parametrize(
        ("more", "says"),
        [
            ({"issued_on": "2026-10-01"}, "介绍信有效期到2026年10月31日，已经过期"),
            ({"paid_to": "2026-09-01"}, "党费只交到2026年9月"),
            ({"paid_to": ""}, "没有写党费交到哪个月"),
            ({"category": "probationary", "joined_on": "2025-11-01", "converted_on": ""}, "预备期2026年11月1日已满"),
        ],
    )
    def test_otherwise_than_usual_needs_a_reason(self, house: Outside, more: dict[str, str], says: str) -> None:
        before, case = house.counted(), house.assigned(house.come(**more))
        with pytest.raises(Invalid, match=says) as refused:
            house.take(case, "receive", house.secretary, "received")
        assert ("reason" in refused.value.fields, house.counted()) == (True, before)
        house.take(case, "receive", house.secretary, "received", reason="已向对方党委核实，对方来函同意")
        assert house.counted() == before + 1

    def test_whatever_is_in_order_needs_none(self, house: Outside) -> None:
        case = house.assigned(house.come(issued_on="2026-10-24", paid_to="2026-10-01"))
        house.take(case, "receive", house.secretary, "received")
        assert letter(case).took_days == 0

    def test_a_branch_that_sends_back_says_why_and_the_committee_decides_anew(self, house: Outside) -> None:
        case = house.assigned(house.come())
        with pytest.raises(Invalid, match="理由"):
            house.take(case, "receive", house.secretary, "returned")
        house.take(case, "receive", house.secretary, "returned", opinion="应编到第二党支部")
        assert "assign" in state(case)[1]
        house.take(case, "assign", house.above, "returned", opinion="请重新登记到第二党支部")
        assert state(case)[1] == {"enter"}
        house.take(case, "enter", house.secretary, **comes(valid_days="60"))
        assert (letter(case).valid_days, register(Letter).count()) == (60, 1)

    def test_a_letter_that_is_refused_goes_back(self, house: Outside) -> None:
        case = house.come()
        house.take(case, "assign", house.above, "refused", opinion="对方开错了党委")
        assert (state(case)[0], letter(case).state) == (CaseState.REFUSED, LetterState.RETURNED)

    def test_the_file_may_be_checked_meanwhile(self, house: Outside) -> None:
        case = house.come()
        house.take(case, "check_file", house.above, found="档案完整")
        house.assigned(case)
        house.take(case, "receive", house.secretary, "received")
        assert "check_file" not in state(case)[1]


class TestWhatHappensMeanwhile:
    def merged(self, house: Outside, into: Organization) -> None:
        with unscoped("test"):
            reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=into, effective_on=DAY)

    def test_in_a_merger_they_come_to_the_branch_into_which_it_went_and_back(self, house: Outside) -> None:
        into = make.branch(house.committee)
        case = house.assigned(house.come())
        self.merged(house, into)
        moved = register(ProcedureCase).get(pk=case.pk)
        assert (moved.organization, moved.is_open) == (into, True)
        assert register(CaseStep).get(case=case, code="receive", state=StepState.OPEN).place == into
        with unscoped("test"):
            reorganisations.take_back(
                actor=make.SYSTEM, reorganisation=reorganisations.Reorganisation.objects.get(), reason="登记错了"
            )
        assert register(ProcedureCase).get(pk=case.pk).organization == house.branch

    def test_once_they_are_received_there_the_merger_is_not_taken_back(self, house: Outside) -> None:
        into = make.branch(house.committee)
        case = house.assigned(house.come())
        self.merged(house, into)
        secretary = house.officer(into, "secretary")
        with clock.at(f"{DAY} 10:00"):
            house.take(case, "receive", secretary, "received")
        assert (known().branch, letter(case).state) == (into, LetterState.RECEIVED)
        with pytest.raises(Conflict, match="欧阳丁"), unscoped("test"):
            reorganisations.take_back(
                actor=make.SYSTEM, reorganisation=reorganisations.Reorganisation.objects.get(), reason="登记错了"
            )

    def test_a_branch_to_which_somebody_is_to_come_is_not_dissolved(self, house: Outside) -> None:
        empty = make.branch(house.committee)
        house.branch = empty
        house.come(house.above)
        with pytest.raises(Conflict, match="欧阳丁”没有办结"), unscoped("test"):
            tree.dissolve(actor=make.SYSTEM, organization=empty, effective_on=DAY)


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_one_moment_receive_once() -> None:
    house = Outside()
    before, case = house.counted(), house.assigned(house.come())
    done = at_once(
        lambda: house.take(case, "receive", house.secretary, "received"),
        lambda: house.take(case, "receive", house.deputy, "returned", opinion="名单不符"),
    )
    assert sorted(isinstance(one, Refusal) for one in done) == [False, True]
    arrived = any(isinstance(one, CaseStep) and one.outcome == "received" for one in done)
    assert house.counted() - before == int(arrived)


def test_the_branch_is_reminded_before_the_letter_ends(house: Outside) -> None:
    case = house.assigned(house.come())
    with clock.at("2026-12-03 09:00"):
        with unscoped("test"):
            refresh(actor=make.SYSTEM)
            duty = Duty.objects.get(title="欧阳丁：介绍信到期以前接收", state="open")
        assert (duty.organization, duty.due_on) == (house.branch, letter(case).ends_on)
        house.take(case, "receive", house.secretary, "received")
        with unscoped("test"):
            assert not Duty.objects.filter(pk=duty.pk, state="open").exists()


class TestPages:
    def sent(self, house: Outside, **more: object) -> dict[str, object]:
        entry = {f"entry_{code}": text for code, text in comes().items()}
        return {"title": "欧阳丁", "organization": house.branch.pk, "day": str(DAY), **entry, "paper_letter": paper(), **more}

    def test_the_committee_enters_a_letter_for_a_branch_below_with_a_mistake(self, house: Outside) -> None:
        address, client = reverse("procedures:transfer_in_new"), browser(house.above)
        assert house.branch.short_name in client.get(address).content.decode()
        wrong = client.post(address, self.sent(house, entry_resident_id=RESIDENT_ID[:-1]))
        assert (wrong.status_code, "应为18位" in wrong.content.decode()) == (422, True)
        assert register(ProcedureCase).count() == 0
        page = client.get(client.post(address, self.sent(house))["Location"]).content.decode()
        assert (RESIDENT_ID in page, f"{RESIDENT_ID[:6]}********" in page) == (False, True)

    def test_the_return_slip_is_printed_with_the_day_of_reception(self, house: Outside) -> None:
        case = house.assigned(house.come())
        house.take(case, "receive", house.secretary, "received")
        row = register(CaseStep).get(case=case, code="reply", state=StepState.OPEN)
        answer = browser(house.above).get(reverse("procedures:form_paper", args=[row.pk, "receipt"]))
        with ZipFile(BytesIO(answer.content)) as file:
            text = file.read("word/document.xml").decode()
        for said in ("中共虚构县委组织部", "欧阳丁", "2026年11月23日", "虚构介〔2026〕7号", house.committee.name):
            assert said in text, said

    def test_a_place_that_is_no_branch_is_asked_for_again(self, house: Outside) -> None:
        answer = browser(house.above).post(
            reverse("procedures:transfer_in_new"), self.sent(house, organization=house.committee.pk)
        )
        assert (answer.status_code, "请选择编入的党支部" in answer.content.decode()) == (422, True)
