"""Daily jobs: once a day, again after a failure, never in the way of each other."""

import datetime as dt
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from dangjian.engines.jobs import actions
from dangjian.engines.jobs.models import DailyRun
from dangjian.kernel import clock
from dangjian.kernel.offers import DailyJob
from dangjian.kernel.registry import by_code
from tests.days import in_days

pytestmark = pytest.mark.django_db


def finished(at: dt.datetime) -> None:
    DBTaskResult.objects.create(
        status=TaskResultStatus.SUCCESSFUL,
        task_path="dangjian.engines.notifications.jobs.anything",
        args_kwargs={"args": [], "kwargs": {}},
        queue_name="default",
        backend_name="default",
        finished_at=at,
    )


class Boom(Exception):
    pass


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Replaces the jobs of the house; returns the list into which each of them writes its code."""

    def offer(*jobs: tuple[str, str, bool]) -> list[str]:
        ran: list[str] = []

        def runner(code: str, breaks: bool) -> Callable[[], None]:
            def run() -> None:
                ran.append(code)
                if breaks:
                    raise Boom

            return run

        made = {code: DailyJob(code, code, runner(code, breaks), at=at) for code, at, breaks in jobs}
        monkeypatch.setattr("dangjian.engines.jobs.queries.by_code", lambda kind: made)
        monkeypatch.setattr("dangjian.engines.jobs.management.commands.daily.by_code", lambda kind: made)
        return ran

    return offer


def test_a_job_waits_for_its_hour_and_runs_once(offered: Callable[..., list[str]]) -> None:
    ran = offered(("early", "06:00", False), ("late", "22:00", False))
    assert actions.run_due() == ["early"]
    assert actions.run_due() == []
    with clock.at(f"{clock.today()} 22:00"):
        assert actions.run_due() == ["late"]
    with clock.at(f"{in_days(1)} 06:00"):
        assert actions.run_due() == ["early"]
    assert ran == ["early", "late", "early"]


def test_a_broken_job_keeps_its_reason_and_lets_the_others_run(offered: Callable[..., list[str]]) -> None:
    offered(("broken", "05:00", True), ("sound", "06:00", False))
    assert actions.run_due() == ["sound"]
    run = DailyRun.objects.get(code="broken")
    assert "Boom" in run.failure
    assert run.finished_at is None


def test_a_broken_job_is_tried_three_times_with_pauses(offered: Callable[..., list[str]]) -> None:
    ran = offered(("broken", "05:00", True))
    for minute in range(0, 60, 5):
        with clock.at(f"{clock.today()} 09:{minute:02}"):
            actions.run_due()
    assert len(ran) == 3
    assert DailyRun.objects.get().attempts == 3


def test_a_job_cut_off_is_taken_up_again_after_two_hours(offered: Callable[..., list[str]]) -> None:
    ran = offered(("cut", "05:00", False))
    DailyRun.objects.create(code="cut", day=clock.today(), started_at=clock.now() - dt.timedelta(minutes=119))
    assert actions.run_due() == []
    DailyRun.objects.update(started_at=clock.now() - dt.timedelta(minutes=121))
    assert actions.run_due() == ["cut"]
    assert ran == ["cut"]


def test_the_command_runs_everything_again(offered: Callable[..., list[str]]) -> None:
    ran = offered(("one", "05:00", False), ("evening", "22:00", False))
    actions.run_due()
    said = StringIO()
    call_command("daily", stdout=said)
    assert ran == ["one", "one", "evening"]
    assert said.getvalue().count("完成") == 2


def test_the_command_fails_if_a_job_does(offered: Callable[..., list[str]]) -> None:
    offered(("broken", "05:00", True))
    with pytest.raises(CommandError):
        call_command("daily", stdout=StringIO())


def test_old_runs_are_cleared_out() -> None:
    DailyRun.objects.create(code="old", day=clock.today() - dt.timedelta(days=91))
    DailyRun.objects.create(code="kept", day=clock.today() - dt.timedelta(days=90))
    for days in (29, 31):
        finished(clock.now() - dt.timedelta(days=days))
    by_code(DailyJob)["jobs.clear_out"].run()
    assert [run.code for run in DailyRun.objects.all()] == ["kept"]
    assert DBTaskResult.objects.count() == 1
