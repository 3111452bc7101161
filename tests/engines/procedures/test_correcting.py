"""What was entered wrongly is corrected by an entry of its own: by whom, as long as what, on which day, and what goes along."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from dangjian.accounts.models import Event, User
from dangjian.engines.procedures.actions import correcting, ending, papers
from dangjian.engines.procedures.models import CasePaper, CaseState, CaseStep, StepState
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org.models import PostKind
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.people import House as Branch
from tests.activities.development.people import begun, case
from tests.engines.procedures.test_papers import coloured
from tests.engines.procedures.test_person import House

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2025-01-10")]


class Talked(House):
    """A case whose talk was entered for the twentieth, and what follows it for the first of the next month."""

    def __init__(self) -> None:
        super().__init__()
        self.case = self.start()
        self.talk = self.take(self.case, "talk", "2025-01-20")
        self.take(self.case, "train", "2025-02-01")

    def correct(self, day: str, row: CaseStep | None = None, *, by: User | None = None, **more: Any) -> CaseStep:
        with clock.at("2025-02-10 09:00"):
            given = {"row": row or self.talk, "day": dt.date.fromisoformat(day), "reason": "写错了"} | more
            return correcting.correct(actor=make.actor(by or self.secretary), **given)

    def states(self) -> list[tuple[str, str, str]]:
        rows = register(CaseStep).filter(case=self.case).exclude(state=StepState.OPEN).order_by("pk")
        return [(row.code, row.state, str(row.taken_on)) for row in rows]

    def refuses(self, kind: type[Refusal] | tuple[type[Refusal], ...], words: str | None, day: str, **more: Any) -> None:
        """The correction is refused in these words, and nothing was written."""
        before = self.states(), Event.objects.count()
        with pytest.raises(kind, match=words):
            self.correct(day, **more)
        assert (self.states(), Event.objects.count()) == before


@pytest.fixture
def house() -> Talked:
    return Talked()


def test_the_other_entry_counts_and_the_wrong_one_stays_on_record(house: Talked, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    papers.add(actor=make.actor(house.secretary), row=house.talk, code="talk_record", files=[coloured("red")])
    made = house.correct("2025-01-22")
    assert house.states() == [
        ("apply", "taken", "2025-01-10"),
        ("talk", "corrected", "2025-01-20"),
        ("train", "taken", "2025-02-01"),
        ("talk", "taken", "2025-01-22"),
    ]
    assert (made.outcome, made.reason, made.taken_by) == ("done", "写错了", house.secretary)
    assert register(CasePaper).get().step == made, "the scan belongs to the entry that counts"
    told = Event.objects.get(verb="procedures.corrected")
    assert (told.summary, told.data["from"]) == ("“欧阳甲”更正谈话：写错了", house.talk.pk)


def test_only_whoever_may_take_the_step_corrects_it(house: Talked) -> None:
    neighbour = make.post(make.branch(house.committee)).user
    for who, kind in ((house.person, PermissionDenied), (house.above, PermissionDenied), (neighbour, NotFound)):
        house.refuses(kind, None, "2025-01-22", by=who)
    assert house.correct("2025-01-22", by=house.officer(house.branch, PostKind.DEPUTY_SECRETARY)).taken_on


def test_what_was_corrected_is_not_corrected_a_second_time(house: Talked) -> None:
    house.correct("2025-01-22")
    house.refuses(Conflict, "已经更正", "2025-01-23")


def test_an_entry_of_a_case_at_its_end_stays(house: Talked) -> None:
    ending.withdraw(actor=make.SYSTEM, case=house.case, reason="本人撤回")
    house.refuses(Conflict, "已撤回，不能再更正", "2025-01-22")


@pytest.mark.parametrize(
    ("day", "more", "words"),
    [
        ("2025-01-22", {"reason": " "}, "原因"),
        ("2025-02-11", {}, "不能晚于今天"),
        ("2025-01-09", {}, "不能早于前一步"),
        ("2025-02-02", {}, "不能晚于后一步"),
        ("2025-01-22", {"entry": {"nothing": "有"}}, "没有这些填写项"),
    ],
)
def test_a_step_stays_between_those_around_it(house: Talked, day: str, more: dict[str, Any], words: str) -> None:
    house.refuses(Invalid, words, day, **more)


@pytest.mark.parametrize("day", ["2025-01-10", "2025-02-01"])
def test_it_may_lie_on_the_day_of_the_one_beside_it(house: Talked, day: str) -> None:
    assert house.correct(day).taken_on == dt.date.fromisoformat(day)
    assert house.case.state == CaseState.OPEN


@pytest.mark.day("2026-11-30")
def test_what_a_meeting_decides_is_corrected_by_hand_only_where_it_is_history() -> None:
    branch = Branch()
    one = begun(branch.branch, ("apply", "2026-01-10"), ("activist", "2026-09-10"))
    row = register(CaseStep).select_related("case__organization", "place").get(case=case(one), code="activist")
    given: dict[str, Any] = {"actor": make.actor(branch.secretary), "row": row, "reason": "写错了"}
    with pytest.raises(Conflict, match="请在会议中办理"):
        correcting.correct(day=dt.date(2026, 9, 11), **given)
    assert register(CaseStep).get(pk=row.pk).state == StepState.TAKEN
    with at(branch.branch):
        branch.branch.live_on = clock.today()
        branch.branch.save(update_fields=["live_on"])
    given["row"] = register(CaseStep).select_related("case__organization", "place").get(pk=row.pk)
    assert correcting.correct(day=dt.date(2026, 9, 11), **given).taken_on == dt.date(2026, 9, 11)
