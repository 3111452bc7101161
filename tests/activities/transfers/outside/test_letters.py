"""Transfers out of the platform: the letter, its number and its days, the receipt, and what happens when it expires."""

import datetime as dt
from functools import partial
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.transfers.models import Letter, LetterState
from dangjian.engines.duties.actions.refresh import refresh
from dangjian.engines.duties.models import Duty
from dangjian.engines.procedures.actions import ending, members, taking_back
from dangjian.engines.procedures.jobs import refresh_today
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock, pdf
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.members.actions import account, reorganise
from dangjian.members.models import ChangeKind, Member, MembershipEntry, Standing
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import Outside, letter, state
from tests.at_once import at_once
from tests.offered import browser

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
DAY = dt.date(2026, 11, 23)


@pytest.fixture
def house() -> Outside:
    return Outside()


def now(member: Member) -> Member:
    return register(Member).get(pk=member.pk)


def test_asked_for_released_issued_and_received_elsewhere(house: Outside) -> None:
    before, case = house.counted(), house.go()
    assert state(case) == ("open", {"release"})
    issued = house.issued(case)
    assert (issued.number, issued.valid_days, issued.ends_on) == (
        f"{house.committee.short_name}组介〔2026〕1号",
        30,
        DAY + dt.timedelta(days=30),
    )
    assert state(case) == ("open", {"report", "receipt", "expiry"})
    assert (house.counted(), now(house.member).standing) == (before, Standing.NORMAL), "the sender is responsible until then"
    house.take(case, "report", house.person)
    house.take(case, "receipt", house.above, "received", slip=True, received_on=str(DAY))
    assert (state(case)[0], house.counted()) == (CaseState.FINISHED, before - 1)
    assert house.counted(DAY - dt.timedelta(days=1)) == before
    entry = register(MembershipEntry).filter(member=house.member).latest("pk")
    assert (entry.kind, entry.effective_on, entry.document) == (ChangeKind.TRANSFERRED_OUT, DAY, issued.number)
    assert entry.counterpart_name == "中共虚构市委组织部"
    done = letter(case)
    assert (done.state, done.settled_on, done.took_days) == (LetterState.RECEIVED, DAY, 0)


def test_letters_of_a_year_are_numbered_by_committee_without_a_gap(house: Outside) -> None:
    other = Outside()
    numbers = [house.issued(house.go(house.secretary, make.member(house.branch))).serial for _ in range(2)]
    assert (numbers, other.issued(other.go()).serial) == ([1, 2], 1)
    case = house.go(house.secretary, make.member(house.branch))
    with pytest.raises(Invalid, match="最多90天"):
        house.issued(case, valid_days="91")
    house.take(case, "issue", house.above, valid_days="90")
    assert letter(case).serial == 3, "the one that was refused took no number"
    assert letter(case).ends_on == DAY + dt.timedelta(days=90)


@pytest.mark.django_db(transaction=True)
def test_two_letters_at_one_moment_get_a_number_each() -> None:
    house = Outside()
    cases = [house.go(house.secretary, make.member(house.branch)) for _ in range(2)]
    for case in cases:
        house.take(case, "release", house.above, "released")
    at_once(*(partial(house.take, case, "issue", house.above) for case in cases))
    assert sorted(register(Letter).values_list("serial", flat=True)) == [1, 2]


def test_nobody_releases_what_they_have_asked_for_or_themselves(house: Outside) -> None:
    make.post(house.committee, "organisation_member", house.secretary)
    make.post(house.committee, "deputy_secretary", house.person)
    case = house.go(house.secretary)
    with pytest.raises(PermissionDenied, match="另一位同志"):
        house.take(case, "release", house.secretary, "released")
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        house.take(case, "release", house.person, "released")
    with pytest.raises(Invalid, match="理由"):
        house.take(case, "release", house.above, "refused")
    assert not register(Letter).exists()


class TestTheReceipt:
    def test_needs_a_day_that_can_be(self, house: Outside) -> None:
        case = house.go()
        house.issued(case)
        for day, says in (("", "接收日期"), (str(DAY - dt.timedelta(days=1)), "之间"), (str(DAY + dt.timedelta(days=1)), "之间")):
            with pytest.raises(Invalid, match=says) as refused:
                house.take(case, "receipt", house.above, "received", slip=True, received_on=day)
            assert "received_on" in refused.value.fields
        assert (state(case)[0], now(house.member).standing) == (CaseState.OPEN, Standing.NORMAL)

    def test_without_the_slip_somebody_says_why(self, house: Outside) -> None:
        case = house.go()
        house.issued(case)
        with pytest.raises(Invalid, match="回执联") as refused:
            house.take(case, "receipt", house.above, "received", received_on=str(DAY))
        assert "reason" in refused.value.fields
        house.take(case, "receipt", house.above, "received", received_on=str(DAY), reason="对方来电确认，回执在途")
        assert now(house.member).standing == Standing.TRANSFERRED_OUT

    def test_a_new_letter_makes_the_old_one_void(self, house: Outside) -> None:
        case = house.go()
        first = house.issued(case)
        with pytest.raises(Invalid, match="请写明情况"):
            house.take(case, "receipt", house.above, "extended")
        house.take(case, "receipt", house.above, "extended", note="对方下月才受理")
        assert state(case) == ("open", {"issue"})
        house.take(case, "issue", house.above, valid_days="60")
        assert (letter(case).serial, letter(case).valid_days) == (2, 60)
        assert register(Letter).get(pk=first.pk).state == LetterState.VOID

    def test_a_letter_that_is_handed_back_keeps_the_member_here(self, house: Outside) -> None:
        before, case = house.counted(), house.go()
        house.issued(case)
        house.take(case, "receipt", house.above, "returned", note="调动取消，介绍信已交回")
        assert (state(case)[0], letter(case).state, house.counted()) == (CaseState.REFUSED, LetterState.RETURNED, before)


class TestExpiry:
    def test_until_then_there_is_nothing_to_do_about_it(self, house: Outside) -> None:
        case = house.go()
        house.issued(case, valid_days="10")
        step = register(CaseStep).get(case=case, code="expiry", state=StepState.OPEN)
        assert (step.place, step.opens_on) == (house.branch, DAY + dt.timedelta(days=11))
        with clock.at("2026-12-03 09:00"), pytest.raises(Conflict, match="介绍信过期以后"):
            house.take(case, "expiry", house.secretary, "renewed", note="本人生病")

    @pytest.mark.parametrize(
        ("outcome", "becomes", "letter_is"),
        [
            ("renewed", ("open", {"issue"}), LetterState.VOID),
            ("returned", ("refused", set()), LetterState.RETURNED),
        ],
    )
    def test_it_comes_back_to_the_branch(self, house: Outside, outcome: str, becomes: object, letter_is: LetterState) -> None:
        before, case = house.counted(), house.go()
        first = house.issued(case, valid_days="10")
        with clock.at("2026-12-04 09:00"):
            assert letter(case).is_expired
            with unscoped("test"):
                refresh_today()
            house.take(case, "expiry", house.secretary, outcome, note="本人生病，没有去报到")
            assert (state(case), register(Letter).get(pk=first.pk).state) == (becomes, letter_is)
            assert (house.counted(), now(house.member).standing) == (before, Standing.NORMAL)
            if outcome == "renewed":
                house.take(case, "issue", house.above)
                assert (letter(case).serial, letter(case).ends_on) == (2, dt.date(2027, 1, 3))

    def test_one_that_was_received_in_time_is_entered_still(self, house: Outside) -> None:
        case = house.go()
        house.issued(case, valid_days="10")
        with clock.at("2026-12-20 09:00"):
            house.take(case, "receipt", house.above, "received", slip=True, received_on="2026-12-02")
        assert (letter(case).state, letter(case).took_days) == (LetterState.RECEIVED, 9)

    def test_one_that_was_received_too_late_needs_a_reason(self, house: Outside) -> None:
        case = house.go()
        house.issued(case, valid_days="10")
        with clock.at("2026-12-20 09:00"):
            with pytest.raises(Invalid, match="已经过期"):
                house.take(case, "receipt", house.above, "received", slip=True, received_on="2026-12-05")
            house.take(case, "receipt", house.above, "received", slip=True, received_on="2026-12-05", reason="对方同意接收")
        assert now(house.member).standing == Standing.TRANSFERRED_OUT


class TestReminders:
    def duties(self, place: object) -> dict[str, dt.date | None]:
        with unscoped("test"):
            refresh(actor=make.SYSTEM)
            rows = Duty.objects.filter(
                organization=place, title__contains="诸葛丁", state__in=("open", "late"), opens_on__lte=clock.today()
            )
            return {one.title.partition("：")[2]: one.due_on for one in rows}

    def test_the_person_the_branch_and_the_committee_have_it_on_their_lists(self, house: Outside) -> None:
        issued = house.issued(house.go(), valid_days="20")
        last = issued.ends_on
        assert self.duties(house.branch) == {"持介绍信报到": last}
        assert self.duties(house.committee) == {"登记回执": last}
        with unscoped("test"):
            assert Duty.objects.get(title__endswith="持介绍信报到").responsible == house.person
        with clock.at("2026-12-03 09:00"):
            assert self.duties(house.branch) == {"持介绍信报到": last, "提醒在有效期内报到": last}
            house.take(issued.case, "receipt", house.above, "received", slip=True, received_on="2026-12-02")
            with unscoped("test"):
                assert not Duty.objects.filter(title__contains="诸葛丁", state="open").exists(), "at once"

    def test_once_it_is_over_the_branch_is_to_find_out(self, house: Outside) -> None:
        house.issued(house.go(), valid_days="10")
        with clock.at("2026-12-04 09:00"):
            with unscoped("test"):
                refresh_today()
            assert "介绍信过期，联系党员" in self.duties(house.branch)


class TestOnPaper:
    def word(self, answer: Any) -> str:
        with ZipFile(BytesIO(answer.content)) as file:
            return file.read("word/document.xml").decode()

    def test_three_parts_with_number_days_and_the_whole_identity_number(self, house: Outside) -> None:
        with unscoped("test"):
            Member.objects.filter(pk=house.member.pk).update(ethnicity="01", sex="1")
        issued = house.issued(house.go())
        text = self.word(browser(house.above).get(reverse("transfers:letter_paper", args=[issued.pk, "docx"])))
        for said in (
            "介绍信存根",
            "党员组织关系介绍信",
            "回执联",
            issued.number,
            "中共虚构市委组织部",
            "有效期30天",
            "汉族",
            "中共正式党员",
        ):
            assert said in text, said
        assert text.count(issued.number) == 3
        assert Event.objects.filter(verb="transfers.letter_printed", member_id=house.member.pk).exists()

    def test_as_a_pdf_it_is_one_page(self, house: Outside) -> None:
        issued = house.issued(house.go())
        answer = browser(house.above).get(reverse("transfers:letter_paper", args=[issued.pk, "pdf"]))
        assert pdf.pages_in(answer.content) == 1
        assert browser(house.above).get(reverse("transfers:letter_paper", args=[issued.pk, "exe"])).status_code == 404

    def test_only_the_committee_that_issued_it_prints_it_while_it_is_valid(self, house: Outside) -> None:
        case = house.go()
        address = reverse("transfers:letter_paper", args=[house.issued(case).pk, "pdf"])
        for who in (house.secretary, house.person):
            assert browser(who).get(address).status_code in {403, 404}
        house.take(case, "receipt", house.above, "returned", note="不转了")
        assert browser(house.above).get(address).status_code == 409


def test_a_case_that_is_withdrawn_takes_its_letter_back_and_reopened_it_is_valid_again(house: Outside) -> None:
    case = house.go()
    house.issued(case)
    with at(house.branch):
        ending.withdraw(actor=make.actor(house.secretary), case=case, reason="不调动了")
    assert letter(case).state == LetterState.RETURNED
    with at(house.branch):
        ending.reopen(actor=make.actor(house.secretary), case=case, reason="又要调动")
    assert (letter(case).state, letter(case).settled_on) == (LetterState.OUT, None)


class TestWhatHappensMeanwhile:
    def test_in_a_merger_the_letter_goes_along_and_the_receipt_is_entered_from_there(self, house: Outside) -> None:
        into = make.branch(house.committee)
        case = house.go()
        house.issued(case)
        with unscoped("test"):
            reorganise.merge(actor=make.SYSTEM, organization=house.branch, into=into, effective_on=DAY)
        assert register(ProcedureCase).get(pk=case.pk).organization == into
        with clock.at("2026-11-24 09:00"):
            house.take(case, "receipt", house.above, "received", slip=True, received_on="2026-11-24")
        assert (now(house.member).standing, letter(case).state) == (Standing.TRANSFERRED_OUT, LetterState.RECEIVED)

    def test_somebody_who_dies_is_transferred_no_more_and_the_letter_is_taken_back(self, house: Outside) -> None:
        case = house.go()
        house.issued(case)
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=house.member, kind=ChangeKind.DECEASED, effective_on=DAY)
        assert (state(case), letter(case).state) == ((CaseState.ENDED, set()), LetterState.RETURNED)

    def test_inside_and_outside_exclude_each_other(self, house: Outside) -> None:
        house.go()
        with pytest.raises(Conflict, match="正在办理"):
            members.start_for(
                actor=make.actor(house.secretary),
                code="transfer",
                member=house.member,
                other_side=make.branch(house.committee),
                day=DAY,
                entry={"why": "work"},
            )


class TestTakenBack:
    def back(self, house: Outside, case: ProcedureCase) -> None:
        taking_back.take_back(actor=make.actor(house.above), case=case, reason="登记错了")

    def test_a_receipt_that_was_entered_by_mistake(self, house: Outside) -> None:
        before, case = house.counted(), house.go()
        house.issued(case)
        house.take(case, "receipt", house.above, "received", slip=True, received_on=str(DAY))
        self.back(house, case)
        assert (state(case), house.counted()) == (("open", {"report", "receipt", "expiry"}), before)
        assert (now(house.member).standing, letter(case).state, letter(case).took_days) == (Standing.NORMAL, "out", None)

    def test_a_letter_that_was_issued_by_mistake_is_void_and_its_number_stays_taken(self, house: Outside) -> None:
        case = house.go()
        first = house.issued(case)
        self.back(house, case)
        assert (state(case)[1], register(Letter).get(pk=first.pk).state) == ({"issue"}, LetterState.VOID)
        house.take(case, "issue", house.above)
        assert letter(case).serial == 2
