"""Nobody decides in their own application, whatever office they hold: each action by which they could, and nothing is written."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.activities.development.actions import accounts, applicants, letters
from dangjian.activities.development.models import Applicant, LetterState, ReviewLetter
from dangjian.activities.development.queries.letters import STEP
from dangjian.engines.procedures.actions import correcting, deciding, ending, papers, taking
from dangjian.engines.procedures.models import CasePaper, CaseStep, ProcedureCase
from dangjian.kernel.errors import PermissionDenied
from dangjian.members.actions import access
from dangjian.org import roles
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.build import step
from tests.activities.development.people import House, begun, case
from tests.contracts.visits import signed_in
from tests.engines.procedures.test_papers import coloured

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

TODAY = dt.date(2026, 11, 30)
TEXT: dict[str, Any] = {
    "about": "欧阳父",
    "relation": "父亲",
    "to": "虚构镇党委",
    "questions": "现实表现",
    "due_on": dt.date(2026, 12, 30),
}
APPLIED = ("apply", "2026-10-10")


class Own(House):
    """An officer of the branch and of the committee above it, who has applied there themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.me = make.user("欧阳甲")
        make.post(self.branch, "organisation_member", self.me)
        for place in (self.branch, self.committee):
            make.grant(place, roles.PARTY_OFFICE, self.me)
        make.post(self.committee, "organisation_member", self.me)
        self.actor = make.actor(self.me)

    def applied(self, *steps: tuple[str, str], **more: Any) -> Applicant:
        """Their application, which has come past these steps."""
        return begun(self.branch, APPLIED, *steps, name="欧阳甲", **{"user": self.me} | more)

    def row(self, one: Applicant, code: str) -> CaseStep:
        rows = register(CaseStep).select_related("case__organization", "place")
        found: CaseStep = rows.filter(case=case(one), code=code).latest("pk")
        return found

    def scan(self, one: Applicant) -> CasePaper:
        """The record of the talk, which the secretary handed in."""
        actor = make.actor(self.secretary)
        return papers.add(actor=actor, row=self.row(one, "talk"), code="talk_record", files=[coloured("red")]).kept[0]

    def letter(self, state: LetterState = LetterState.WRITTEN) -> ReviewLetter:
        """A letter about them, which the secretary wrote."""
        one, actor = self.applied(), make.actor(self.secretary)
        step(case(one), STEP)
        made = letters.write(actor=actor, applicant=one, **TEXT)
        if state != LetterState.WRITTEN:
            letters.send(actor=actor, letter=made, sent_on=TODAY)
        if state == LetterState.RETURNED:
            letters.take_answer(actor=actor, letter=made, returned_on=TODAY, answer="表现良好")
        return register(ReviewLetter).get(pk=made.pk)


@pytest.fixture
def own(settings: Any, tmp_path: Path) -> Own:
    settings.MEDIA_ROOT = tmp_path
    return Own()


def _take(code: str, *before: tuple[str, str], outcome: str = "") -> Callable[[Own], Callable[[], Any]]:
    def made(own: Own) -> Callable[[], Any]:
        found = case(own.applied(*before))
        return lambda: taking.take(actor=own.actor, case=found, code=code, day=TODAY, outcome=outcome)

    return made


def _decide(own: Own) -> Callable[[], Any]:
    found = case(own.applied(("recommend", "2026-11-01")))
    return lambda: deciding.decide(actor=own.actor, case=found, code="activist", day=TODAY, outcome="agreed", said="虚构的会议")


def _not_decide(own: Own) -> Callable[[], Any]:
    found = case(own.applied(("recommend", "2026-11-01")))
    return lambda: deciding.leave_open(actor=own.actor, case=found, code="activist", said="虚构的会议")


def _correct(own: Own) -> Callable[[], Any]:
    row = own.row(own.applied(("talk", "2026-10-20")), "talk")
    entry = {"talker": "慕容庚", "content": "谈了"}
    return lambda: correcting.correct(actor=own.actor, row=row, day=dt.date(2026, 10, 21), entry=entry, reason="写错了")


def _withdraw(own: Own) -> Callable[[], Any]:
    found = case(own.applied())
    return lambda: ending.withdraw(actor=own.actor, case=found, reason="不办了")


def _reopen(own: Own) -> Callable[[], Any]:
    found = case(own.applied())
    ending.withdraw(actor=make.SYSTEM, case=found, reason="不办了")
    return lambda: ending.reopen(actor=own.actor, case=found, reason="接着办")


def _end_case(own: Own) -> Callable[[], Any]:
    found = case(own.applied())
    return lambda: ending.end(actor=own.actor, case=found, reason="离开本单位")


def _add_paper(own: Own) -> Callable[[], Any]:
    row = own.row(own.applied(("talk", "2026-10-20")), "talk")
    return lambda: papers.add(actor=own.actor, row=row, code="talk_record", files=[coloured("red")])


def _remove_paper(own: Own) -> Callable[[], Any]:
    scan = own.scan(own.applied(("talk", "2026-10-20")))
    return lambda: papers.remove(actor=own.actor, paper=scan)


def _change_page(own: Own) -> Callable[[], Any]:
    scan = own.scan(own.applied(("talk", "2026-10-20")))
    return lambda: papers.change_page(actor=own.actor, paper=scan, number=1, change="left")


def _applicant(action: Callable[..., Any], **given: Any) -> Callable[[Own], Callable[[], Any]]:
    def made(own: Own) -> Callable[[], Any]:
        one = own.applied()
        return lambda: action(actor=own.actor, applicant=one, **given)

    return made


def _move(own: Own) -> Callable[[], Any]:
    one = own.applied()
    return lambda: applicants.move(actor=own.actor, applicant=one, to=own.other, day=TODAY)


def _letter(state: LetterState, action: Callable[..., Any], **given: Any) -> Callable[[Own], Callable[[], Any]]:
    def made(own: Own) -> Callable[[], Any]:
        found = own.letter(state)
        return lambda: action(actor=own.actor, letter=found, **given)

    return made


def _write(own: Own) -> Callable[[], Any]:
    one = own.applied()
    step(case(one), STEP)
    return lambda: letters.write(actor=own.actor, applicant=one, **TEXT)


DEEDS: dict[str, Callable[[Own], Callable[[], Any]]] = {
    "谈话": _take("talk", outcome="talked"),
    "推荐": _take("recommend", ("talk", "2026-10-20")),
    "上级备案": _take("file_activist", ("activist", "2026-11-10"), outcome="filed"),
    "支部考察": _take("review", ("activist", "2026-11-10"), ("contacts", "2026-11-10"), outcome="goes_on"),
    "确认会议的表决": _decide,
    "确认会议没有通过": _not_decide,
    "更正": _correct,
    "撤回": _withdraw,
    "恢复办理": _reopen,
    "终止": _end_case,
    "补材料": _add_paper,
    "删材料": _remove_paper,
    "转页面": _change_page,
    "修改资料": _applicant(applicants.change, name="别人"),
    "转支部": _move,
    "结束申请": _applicant(applicants.end, why="left"),
    "发初始密码": _applicant(accounts.hand_out),
    "写函": _write,
    "改函": _letter(LetterState.WRITTEN, letters.change, **TEXT),
    "发函": _letter(LetterState.WRITTEN, letters.send, sent_on=TODAY),
    "催办": _letter(LetterState.SENT, letters.remind),
    "登记回函": _letter(LetterState.SENT, letters.take_answer, returned_on=TODAY, answer="表现良好"),
    "撤销回函": _letter(LetterState.RETURNED, letters.take_back_answer, reason="登记错了"),
    "作废函调": _letter(LetterState.SENT, letters.cancel, reason="不需要"),
}


def stands() -> list[Any]:
    return [
        list(register(model).order_by("pk").values_list())
        for model in (Applicant, ProcedureCase, CaseStep, CasePaper, ReviewLetter)
    ] + [list(Event.objects.order_by("pk").values_list("pk"))]


@pytest.mark.parametrize("deed", DEEDS)
def test_not_in_ones_own_application_and_nothing_is_written(own: Own, deed: str) -> None:
    act = DEEDS[deed](own)
    before = stands()
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        act()
    assert stands() == before


def test_the_same_officer_does_all_of_it_for_another(own: Own) -> None:
    """It is the case that stands in the way, not a right that is missing."""
    one = begun(own.branch, APPLIED, ("talk", "2026-10-20"), name="司马乙")
    found = case(one)
    row, entry = own.row(one, "talk"), {"talker": "慕容庚", "content": "谈了"}
    made = correcting.correct(actor=own.actor, row=row, day=dt.date(2026, 10, 21), entry=entry, reason="写错了")
    scan = papers.add(actor=own.actor, row=made, code="talk_record", files=[coloured("red")]).kept[0]
    papers.change_page(actor=own.actor, paper=scan, number=1, change="left")
    accounts.hand_out(actor=own.actor, applicant=one)
    applicants.change(actor=own.actor, applicant=one, job_title="焊工")
    ending.withdraw(actor=own.actor, case=found, reason="不办了")
    ending.reopen(actor=own.actor, case=found, reason="接着办")
    applicants.move(actor=own.actor, applicant=register(Applicant).get(pk=one.pk), to=own.other, day=TODAY)
    assert case(one).organization == own.other


@pytest.mark.parametrize(
    ("action", "given"), [(applicants.change, {}), (applicants.end, {"why": "left"}), (accounts.hand_out, {})]
)
def test_nor_where_their_record_says_that_it_is_theirs(own: Own, action: Callable[..., Any], given: dict[str, str]) -> None:
    """Of somebody on probation the record is asked, also where no account was tied to the application."""
    member = make.member(own.branch, "欧阳甲", category="2", effective_on=dt.date(2026, 3, 10), joined_on=dt.date(2026, 3, 10))
    with at(own.branch):
        member.user = own.me
        member.save()
    one = own.applied(user=None, member=member)
    before = stands()
    with pytest.raises(PermissionDenied, match="本人"):
        action(actor=own.actor, applicant=one, **given)
    assert stands() == before


@pytest.mark.parametrize("given", ["opened", "opened_with_others", "linked"])
def test_nor_with_an_account_that_they_were_given_on_probation(own: Own, given: str) -> None:
    """From then on the case is theirs: to read, to take their own steps, and not to decide."""
    member = make.member(own.branch, "欧阳甲", category="2", effective_on=dt.date(2026, 3, 10), joined_on=dt.date(2026, 3, 10))
    steps = ("activist", "2026-03-01"), ("admission_meeting", "2026-03-10"), ("approve", "2026-03-20")
    one = begun(own.branch, ("apply", "2024-01-10"), *steps, name="欧阳甲", member=member)
    assert case(one).account is None
    with at(own.branch):
        if given == "opened":
            access.open_account(actor=make.SYSTEM, member=member)
        elif given == "opened_with_others":
            access.open_accounts(actor=make.SYSTEM, member_ids=[member.pk])
        else:
            access.link(actor=make.SYSTEM, member=member, username=own.me.username)
    member.refresh_from_db()
    who, found = member.user, case(one)
    assert who
    assert (found.account, register(Applicant).get(pk=one.pk).user) == (who, who)
    make.grant(own.branch, roles.PARTY_OFFICE, who)
    before = stands()
    with pytest.raises(PermissionDenied, match="关系到您本人"):
        taking.take(actor=make.actor(who), case=found, code="probation_review", day=TODAY, entry={"opinion": "好"})
    assert stands() == before
    assert taking.take(actor=make.actor(who), case=found, code="conversion_apply", day=TODAY).taken_by == who


def test_what_others_answered_about_them_is_not_theirs_to_read(own: Own) -> None:
    letter = own.letter(LetterState.RETURNED)
    address = reverse("development:letter", args=[letter.pk])
    assert "表现良好" in signed_in(own.office).get(address).content.decode()
    mine = signed_in(own.me)
    for page in (address, f"{address}?paper=word"):
        assert mine.get(page).status_code in {403, 404}
    assert letter.number not in mine.get(reverse("development:letters"), {"state": "all"}).content.decode()
