"""A procedure that a plugin brings by one file and one offer: 党建+项目 from the application to the acceptance."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.duties.models import Duty
from dangjian.engines.duties.models import State as DutyState
from dangjian.engines.procedures.actions import correcting, deciding, ending, starting, taking
from dangjian.engines.procedures.models import CasePaper, CaseState, CaseStep, ProcedureCase, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization, PostKind
from dangjian.org.openings import at, inside
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]

DAY = dt.date(2026, 11, 23)
SAID = "2026年11月23日“第四季度党员大会”：应到会有表决权的20人，实到18人；赞成18票，反对0票，弃权0票"
GOAL = {"goal": "把停机时间降到一半", "ends_on": dt.date(2027, 3, 31), "cost": 12_000_00}


class House:
    """A committee with a branch, and whoever acts there."""

    def __init__(self) -> None:
        self.committee = make.committee()
        self.branch = make.branch(make.general_branch(self.committee))
        self.secretary = self._officer(self.branch, "secretary")
        self.deputy = self._officer(self.branch, "deputy_secretary")
        self.above = self._officer(self.committee, "secretary")

    def _officer(self, place: Organization, post: str) -> GrantedActor:
        who = make.member(self.branch, with_user=True).user
        make.post(place, PostKind(post), who)
        return make.actor(who)

    def start(self, **more: Any) -> ProcedureCase:
        given = {"title": "降低停机时间", "day": DAY, "entry": GOAL} | more
        return starting.start(actor=self.secretary, code="project", organization=self.branch, **given)

    def take(self, case: ProcedureCase, code: str, *, by: GrantedActor | None = None, **more: Any) -> CaseStep:
        given = {"day": clock.today()} | more
        return taking.take(actor=by or self.secretary, case=case, code=code, **given)

    def discuss(self, case: ProcedureCase, outcome: str = "agreed", **more: Any) -> CaseStep:
        """As a meeting of the branch hands in what it decided, confirmed by the secretary."""
        given: dict[str, Any] = {"day": clock.today(), "said": SAID} | more
        return deciding.decide(actor=self.secretary, case=case, code="discuss", outcome=outcome, **given)

    def approved(self) -> ProcedureCase:
        case = self.start()
        self.discuss(case)
        self.take(case, "approve", by=self.above, outcome="agreed")
        return case

    def open_codes(self, case: ProcedureCase) -> set[str]:
        with at(self.branch):
            return set(CaseStep.objects.open().filter(case=case).values_list("code", flat=True))


@pytest.fixture
def house() -> House:
    return House()


def photo(name: str = "成果.png") -> SimpleUploadedFile:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def test_from_the_application_to_the_acceptance(house: House) -> None:
    case = house.start()
    assert (case.stage, house.open_codes(case)) == ("begin", {"discuss"})
    house.discuss(case)
    house.take(case, "approve", by=house.above, outcome="agreed")
    assert house.open_codes(case) == {"progress", "report"}
    assert case.stage == "work"
    with clock.at("2027-01-10 09:00"):
        house.take(case, "progress", entry={"text": "完成第一台改造"})
        house.take(case, "report", entry={"result": "停机时间降了55%"}, files={"evidence": [photo()]})
        house.take(case, "accept", by=house.above, outcome="passed")
    assert (case.state, case.ended_on, house.open_codes(case)) == (CaseState.FINISHED, dt.date(2027, 1, 10), set())


def test_each_open_step_is_a_duty_with_its_person_and_its_day(house: House) -> None:
    case = house.start()
    with inside(house.committee):
        duty = Duty.objects.get(rule__startswith="procedure.")
        assert (duty.title, duty.organization, duty.due_on) == ("降低停机时间：支部讨论", house.branch, dt.date(2026, 12, 23))
        assert duty.responsible_id == house.secretary.user_id
        house.discuss(case)
        duty.refresh_from_db()
        assert (duty.state, duty.done_on) == (DutyState.DONE, DAY)
        above = Duty.objects.get(rule="procedure.project.committee_above")
        assert (above.organization, above.due_on) == (house.committee, dt.date(2026, 12, 8))
        assert above.responsible_id == house.above.user_id


def test_whoever_applied_or_discussed_does_not_approve(house: House) -> None:
    case = house.start()
    house.discuss(case)
    with pytest.raises(PermissionDenied, match="办理"):
        house.take(case, "approve", outcome="agreed")
    make.post(house.committee, PostKind("deputy_secretary"), User.objects.get(pk=house.secretary.user_id))
    both = make.actor(User.objects.get(pk=house.secretary.user_id))
    with pytest.raises(PermissionDenied, match="另一位同志"):
        house.take(case, "approve", by=both, outcome="agreed")
    assert house.open_codes(case) == {"approve"}


def test_what_is_sent_back_is_kept_and_done_again(house: House) -> None:
    case = house.start()
    house.discuss(case)
    house.take(case, "approve", by=house.above, outcome="returned", entry={"opinion": "补充经费来源"})
    assert house.open_codes(case) == {"apply"}
    with at(house.branch):
        kept = CaseStep.objects.get(case=case, code="apply", state=StepState.RETURNED)
        assert kept.read_entry()["goal"] == GOAL["goal"]
    page = Client()
    page.force_login(User.objects.get(pk=house.secretary.user_id), backend="dangjian.accounts.backends.AccountBackend")
    shown: Any = page.get(reverse("procedures:project_case", args=[case.pk]))
    assert shown.status_code == 200
    assert GOAL["goal"] in shown.content.decode()
    house.take(case, "apply", entry=GOAL)
    assert house.open_codes(case) == {"discuss"}


def test_a_step_is_taken_once(house: House) -> None:
    case = house.start()
    house.discuss(case)
    with pytest.raises(Conflict, match="已于"):
        house.discuss(case, "refused")
    assert case.is_open


def test_what_the_branch_discusses_is_decided_in_a_meeting_alone(house: House) -> None:
    case = house.start()
    with pytest.raises(Conflict, match="由支部委员会会议或支部党员大会表决，请在会议中办理"):
        house.take(case, "discuss", outcome="agreed")
    assert house.open_codes(case) == {"discuss"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"day": dt.date(2026, 11, 24)}, "不能晚于今天"),
        ({"day": dt.date(2026, 11, 22)}, "不能早于前一步"),
        ({"outcome": "maybe"}, "请选择结果"),
        ({"entry": {"opinion": "同意", "made_up": "1"}}, "没有这些填写项"),
    ],
)
def test_what_is_wrong_writes_nothing(house: House, given: dict[str, Any], words: str) -> None:
    case = house.start()
    house.discuss(case)
    right: dict[str, Any] = {"outcome": "agreed", "entry": {"opinion": "同意"}}
    with pytest.raises(Invalid, match=words):
        house.take(case, "approve", by=house.above, **(right | given))
    assert house.open_codes(case) == {"approve"}
    with at(house.branch):
        assert not CasePaper.objects.exists()


def test_a_file_of_another_kind_is_refused_by_its_name(house: House) -> None:
    with pytest.raises(Invalid, match=r"方案\.exe"):
        house.start(files={"plan": [SimpleUploadedFile("方案.exe", b"MZ")]})
    with at(house.branch):
        assert not ProcedureCase.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ends_on": "明年三月"}, "请写成2026-12-01的样子"),
        ({"cost": "-5"}, "请填不小于0的整数"),
        ({"goal": "长" * 5001}, "内容太长"),
    ],
)
def test_what_a_program_sends_is_read_as_strictly_as_a_form(house: House, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid) as refused:
        house.start(entry=GOAL | wrong)
    assert refused.value.fields == dict.fromkeys(wrong, words)
    with at(house.branch):
        assert not ProcedureCase.objects.exists()


def test_a_required_paper_is_handed_in(house: House) -> None:
    case = house.approved()
    with clock.at("2027-01-10 09:00"):
        with pytest.raises(Invalid, match="还缺材料：成果材料"):
            house.take(case, "report", entry={"result": "完成"})
        assert "report" in house.open_codes(case)


def test_what_is_usual_only_asks_for_a_reason(house: House) -> None:
    case = house.approved()
    given: dict[str, Any] = {"entry": {"result": "提前完成"}, "files": {"evidence": [photo()]}}
    with pytest.raises(Invalid, match="一般应满30天"):
        house.take(case, "report", **given)
    given["files"] = {"evidence": [photo()]}
    assert house.take(case, "report", reason="设备提前到货", **given).reason == "设备提前到货"


def test_a_wrong_day_is_corrected_and_moves_the_limits(house: House) -> None:
    case = house.start(day=dt.date(2026, 11, 20))
    with at(house.branch):
        row = CaseStep.objects.get(case=case, code="apply")
        with pytest.raises(Invalid, match="原因"):
            correcting.correct(actor=house.secretary, row=row, day=DAY, entry=GOAL)
        made = correcting.correct(actor=house.secretary, row=row, day=DAY, entry=GOAL, reason="日期填错")
        row.refresh_from_db()
        assert (row.state, made.state, made.corrects) == (StepState.CORRECTED, StepState.TAKEN, row)
        assert CaseStep.objects.open().get(case=case).due_on == dt.date(2026, 12, 23)


def test_a_case_is_withdrawn_and_taken_up_again(house: House) -> None:
    case = house.start()
    ending.withdraw(actor=house.secretary, case=case, reason="并入另一个项目")
    assert (case.state, house.open_codes(case)) == (CaseState.WITHDRAWN, set())
    with pytest.raises(Conflict):
        house.discuss(case)
    ending.reopen(actor=house.secretary, case=case, reason="继续单独办理")
    assert (case.state, house.open_codes(case)) == (CaseState.OPEN, {"discuss"})


def test_a_case_goes_on_at_another_branch(house: House) -> None:
    case = house.start()
    other = make.branch(make.general_branch(house.committee))
    ending.move(actor=make.SYSTEM, case=case, organization=other, day=DAY)
    with at(house.branch):
        assert not ProcedureCase.objects.exists()
    with at(other):
        assert CaseStep.objects.open().get(case=case).place == other
    with inside(house.committee):
        owed = Duty.objects.filter(rule="procedure.project.here", state=DutyState.OPEN)
        assert [duty.organization for duty in owed] == [other]
