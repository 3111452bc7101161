"""To and from the national system: what goes out, what comes back, what would happen, what happens, and what differs."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import Event, EventMember
from dangjian.activities.transfers.actions.national import hand_over
from dangjian.activities.transfers.models import NationalRow
from dangjian.activities.transfers.national import case_in, number_of, template
from dangjian.activities.transfers.sheets.answers import ANSWERS
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow, State
from dangjian.engines.exchange.queries.batches import preview
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.members import start_for
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.identity import fictional_resident_id
from dangjian.members.models import Member, Standing
from dangjian.org.gate import admitted
from dangjian.org.openings import at, register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.transfers.outside import GOES, comes, paper
from tests.importing import Enterprise, enterprise, own_files
from tests.members.sheets import people

__all__ = ["enterprise", "own_files"]
pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-30"), pytest.mark.any_database]
DAY = dt.date(2026, 11, 30)
TITLES = {one.code: one.title for one in template().columns}


class Flow:
    """A transfer inside, one out and one in, as far as the other side has them."""

    def __init__(self, house: Enterprise) -> None:
        self.house = house
        self.first, self.second = (
            make.member(house.one, f"虚构对照{word}", resident_id=fictional_resident_id(dt.date(1980, 3, 7), place))
            for place, word in ((1, "甲"), (3, "乙"))
        )
        self.inside = start_for(
            actor=make.SYSTEM, code="transfer", member=self.first, other_side=house.two, day=DAY, entry={"why": "work"}
        )
        self.take(self.inside, "release", "released")
        self.out = start_for(actor=make.SYSTEM, code="transfer_out", member=self.second, day=DAY, entry=GOES)
        self.take(self.out, "release", "released")
        self.take(self.out, "issue", "")
        self.number = fictional_resident_id(dt.date(1988, 3, 1), 5)
        self.coming = starting.start(
            actor=make.SYSTEM,
            code="transfer_in",
            organization=house.two,
            title="虚构转来人",
            day=DAY,
            entry=comes(resident_id=self.number),
            files={"letter": [paper()]},
        )

    def take(self, case: ProcedureCase, code: str, outcome: str) -> None:
        case = register(ProcedureCase).select_related("organization", "other_side").get(pk=case.pk)
        taking.take(actor=make.SYSTEM, case=case, code=code, day=DAY, outcome=outcome)

    def row(self, case: ProcedureCase, answer: str, **more: Any) -> dict[str, Any]:
        given = {"number": number_of(case.pk), "name": case.title, "answer": answer, "answered_on": "2026-11-30"} | more
        return {TITLES[code]: value for code, value in given.items()}

    def upload(self, *rows: dict[str, Any], **more: Any) -> ImportBatch:
        return self.house.upload(people.sheet(list(rows), tuple(TITLES.values())), sheet=ANSWERS, **more)

    def then(self, batch: ImportBatch) -> list[tuple[str, ...]]:
        with unscoped("test"):
            lines = preview(batch, ImportRow.objects.filter(batch=batch).order_by("number"))
        return [tuple(text for _title, text in line.figures) for line in lines]

    def state(self, case: ProcedureCase) -> str:
        return str(register(ProcedureCase).get(pk=case.pk).state)


@pytest.fixture
def flow(enterprise: Enterprise) -> Flow:
    return Flow(enterprise)


def problems(batch: ImportBatch) -> list[str]:
    with unscoped("test"):
        return list(ImportProblem.objects.filter(batch=batch).values_list("message", flat=True))


class TestOut:
    def table(self, flow: Flow, purpose: str = "报送全国党员管理信息系统") -> list[tuple[Any, ...]]:
        actor = make.actor(flow.house.office)
        with admitted(actor, "transfers.exchange"):
            book = hand_over(actor=actor, purpose=purpose)
        return list(load_workbook(book).worksheets[0].values)

    def test_open_transfers_in_the_fixed_columns(self, flow: Flow) -> None:
        head, *rows = self.table(flow)
        assert list(head) == list(TITLES.values())
        found = {row[1]: dict(zip(TITLES, row, strict=True)) for row in rows}
        inside, out, coming = found["虚构对照甲"], found["虚构对照乙"], found["虚构转来人"]
        assert [one["direction"] for one in (inside, out, coming)] == ["本单位内转接", "转出", "转入"]
        assert (inside["resident_id"], inside["to"], inside["category"]) == (
            self.number_of(flow.first), flow.house.two.name, "正式党员",
        )  # fmt: skip
        assert (out["letter"] != "", out["to"], coming["resident_id"]) == (True, GOES["to"], flow.number)
        assert case_in(inside["number"]) == flow.inside.pk

    def number_of(self, member: Member) -> str:
        return member.resident_id

    def test_with_a_purpose_on_the_trail_of_each(self, flow: Flow) -> None:
        with pytest.raises(Invalid, match="用途"):
            self.table(flow, " ")
        assert not Event.objects.filter(verb="transfers.handed_over").exists()
        self.table(flow)
        event = Event.objects.get(verb="transfers.handed_over")
        assert event.purpose == "报送全国党员管理信息系统"
        assert set(EventMember.objects.filter(event=event).values_list("member_id", flat=True)) == {
            flow.first.pk, flow.second.pk,
        }  # fmt: skip

    def test_not_by_everybody_and_not_of_nothing(self, flow: Flow) -> None:
        actor = make.actor(make.post(flow.house.one, "publicity_member").user)
        with pytest.raises(PermissionDenied), at(flow.house.one):
            hand_over(actor=actor, purpose="报送全国系统")
        with pytest.raises(Conflict, match="没有正在办理"), at(flow.house.committee):
            hand_over(actor=make.SYSTEM, purpose="报送全国系统")

    def test_the_page(self, flow: Flow, client: Client) -> None:
        client.force_login(flow.house.office)
        address = reverse("transfers:national_export")
        assert "3件" in client.get(address).content.decode()
        assert client.post(address, {"purpose": ""}).status_code == 422
        assert "spreadsheet" in client.post(address, {"purpose": "报送全国系统"})["Content-Type"]


class TestBack:
    def test_compared_and_taken_and_harmless_the_second_time(self, flow: Flow) -> None:
        rows = (
            flow.row(flow.inside, "已接收"),
            flow.row(flow.out, "已接收"),
            flow.row(flow.coming, "已退回", reason="对方收回介绍信"),
        )
        batch = flow.upload(*rows)
        assert (batch.state, problems(batch)) == (State.READY, [])
        assert [one[2] for one in flow.then(batch)] == [
            "办理“接收”：接收", "办理“登记回执”：对方已接收", "办理“审核，编入党支部”：不能接收，介绍信退回对方",
        ]  # fmt: skip
        assert flow.state(flow.inside) == CaseState.OPEN, "nothing is taken before it is entered"
        batch = flow.house.commit(batch)
        assert batch.state == State.COMMITTED, batch.failure
        states = [flow.state(one) for one in (flow.inside, flow.out, flow.coming)]
        assert states == [CaseState.FINISHED, CaseState.FINISHED, CaseState.REFUSED]
        assert register(Member).get(pk=flow.first.pk).branch == flow.house.two
        assert register(Member).get(pk=flow.second.pk).standing == Standing.TRANSFERRED_OUT
        steps, kept = register(CaseStep).count(), register(NationalRow).count()
        again = flow.upload(*rows)
        assert {one[2] for one in flow.then(again)} == {"两边一致，不用办"}
        assert flow.house.commit(again).state == State.COMMITTED
        assert (register(CaseStep).count(), register(NationalRow).count()) == (steps, kept)

    def test_of_who_comes_the_reception_and_the_slip_are_taken_once(self, flow: Flow) -> None:
        flow.take(flow.coming, "assign", "assigned")
        flow.house.commit(flow.upload(flow.row(flow.coming, "已接收")))
        came = register(Member).get(name="虚构转来人")
        assert (came.branch, flow.state(flow.coming)) == (flow.house.two, CaseState.OPEN)
        rows = [flow.row(flow.coming, "回执已确认", reason="邮寄签收")]
        batch = flow.upload(*rows)
        assert [one[2] for one in flow.then(batch)] == ["办理“寄回回执联”"]
        flow.house.commit(batch)
        assert register(CaseStep).get(case=flow.coming, code="reply").read_entry()["way"] == "邮寄签收"
        steps = register(CaseStep).count()
        again = flow.upload(*rows)
        assert [one[2] for one in flow.then(again)] == ["两边一致，不用办"]
        flow.house.commit(again)
        assert (register(CaseStep).count(), register(NationalRow).get(case=flow.coming).answer) == (steps, "confirmed")

    def test_a_refusal_with_its_reason_sends_ours_back(self, flow: Flow) -> None:
        assert "退回的须写明原因。" in problems(flow.upload(flow.row(flow.inside, "退回")))
        flow.house.commit(flow.upload(flow.row(flow.inside, "退回", reason="人事档案未到")))
        step = register(CaseStep).get(case=flow.inside, code="receive", state="returned")
        assert (step.read_entry()["opinion"], flow.state(flow.inside)) == ("人事档案未到", CaseState.OPEN)

    def test_matched_by_id_number_and_name(self, flow: Flow) -> None:
        row = flow.row(flow.inside, "已接收", number=None, resident_id=flow.first.resident_id)
        other = flow.row(flow.coming, "办理中", number=None, resident_id=flow.number)
        flow.house.commit(flow.upload(row, other))
        assert flow.state(flow.inside) == CaseState.FINISHED
        assert register(NationalRow).get(case=flow.coming).answer == "pending"

    def test_another_name_an_unknown_result_or_no_number_is_named(self, flow: Flow) -> None:
        said = problems(
            flow.upload(
                flow.row(flow.inside, "已接收", name="虚构别人"),
                flow.row(flow.out, "不知道"),
                flow.row(flow.coming, "已接收", number=None),
            )
        )
        for text in ("虚构对照甲，请核对", "不认识办理结果", "请填完整的18位"):
            assert any(text in one for one in said), said

    def test_whose_turn_has_not_come_is_only_written_down(self, flow: Flow) -> None:
        late = start_for(
            actor=make.SYSTEM,
            code="transfer",
            member=make.member(flow.house.one, "虚构未审"),
            other_side=flow.house.two,
            day=DAY,
            entry={"why": "work"},
        )
        batch = flow.upload(flow.row(late, "已接收"))
        assert "还没有轮到“接收”" in flow.then(batch)[0][2]
        flow.house.commit(batch)
        assert (flow.state(late), register(NationalRow).get(case=late).answer) == (CaseState.OPEN, "received")

    def test_what_changed_since_the_check_takes_nothing(self, flow: Flow) -> None:
        batch = flow.upload(flow.row(flow.inside, "已接收"), flow.row(flow.out, "已接收"))
        flow.take(flow.inside, "receive", "received")
        batch = flow.house.commit(batch)
        assert batch.state == State.COMMITTED, batch.failure
        assert flow.state(flow.out) == CaseState.FINISHED

    def test_nobody_takes_the_answer_about_themselves(self, flow: Flow) -> None:
        with at(flow.house.one):
            ProcedureCase.objects.filter(pk=flow.inside.pk).update(account=flow.house.office)
        assert "这一行关系到您本人，请由其他同志导入。" in problems(flow.upload(flow.row(flow.inside, "已接收")))

    def test_only_of_ones_own(self, flow: Flow) -> None:
        batch = flow.upload(flow.row(flow.coming, "办理中"), who=flow.house.below, organization=flow.house.first)
        assert "这件转接不在您的办理范围内。" in problems(batch)


class TestWhatDiffers:
    def test_theirs_not_here_ours_not_there_and_another_state(self, flow: Flow, client: Client) -> None:
        stranger = fictional_resident_id(dt.date(1970, 3, 7), 9)
        rows = (
            flow.row(flow.inside, "办理中"),
            flow.row(flow.coming, "已接收"),
            flow.row(flow.out, "办理中", number=None, name="虚构外人", resident_id=stranger, direction="转入"),
        )
        flow.house.commit(flow.upload(*rows))
        client.force_login(flow.house.office)
        pages = {which: client.get(reverse("transfers:national"), {"which": which}) for which in ("", "theirs", "same")}
        found = {which: page.content.decode() for which, page in pages.items()}
        for which, name in (("", "虚构转来人"), ("theirs", "虚构外人"), ("same", "虚构对照甲")):
            assert [other for other, text in found.items() if name in text] == [which]
        missing = client.get(reverse("transfers:national_missing")).content.decode()
        assert ("虚构对照乙" in missing, "虚构对照甲" in missing) == (True, False)


def test_the_numbers_of_cases_are_told_from_others() -> None:
    assert [case_in(one) for one in (number_of(7), "ZJ", "ZJ12x", "7", f"ZJ{'9' * 30}")] == [7, None, None, None, None]
    assert [template().answer(one) for one in ("已接收", "退回", "在办", "？")] == ["received", "returned", "pending", None]
