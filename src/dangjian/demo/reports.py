"""The demonstration's story of the annual statistics: one general branch and its branches report the latest half-year.

A question of its own stands ready on the page 自定义统计.
"""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from random import Random

from dangjian.accounts.models import User
from dangjian.engines.annual.actions import questions
from dangjian.engines.annual.actions import submissions as actions
from dangjian.engines.annual.queries.breakdowns import read
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.annual.queries.submissions import below, missing_below, submission_of, waiting_below
from dangjian.engines.stories.offers import DemoStory, Scene
from dangjian.engines.stories.world import World, acting, moment
from dangjian.kernel.periods import HALF_YEAR, Span
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization, PostKind

KEEPERS = (PostKind.SECRETARY, PostKind.ORGANISATION_MEMBER, PostKind.DEPUTY_SECRETARY)
REASON = "有党员的学历还没有填，请补全以后重新上报。"
NOTE = "个别党员的学历正在与档案核对。"


def scenes(world: World, _random: Random) -> Iterator[Scene]:
    """Branches report, one of them twice, then the general branch; the committee has accepted it."""
    span = _latest_half(world.today)
    if not world.places or span.start < world.months[0]:
        return
    above = world.organization(world.places[0].number).parent
    if above is None:
        return
    branches = [one.pk for one, _ in below(above, span)]
    for place, branch in enumerate(branches):
        yield Scene(_day(span, 2 + place % 3, 9, place), partial(_submit, world, branch, span))
    if branches:
        yield Scene(_day(span, 6, 9), partial(_send_back, world, above.pk, branches[-1], span))
        yield Scene(_day(span, 7, 9), partial(_submit, world, branches[-1], span))
    yield Scene(_day(span, 8, 9), partial(_accept_below, world, above.pk, span))
    yield Scene(_day(span, 9, 9), partial(_submit, world, above.pk, span))
    yield Scene(_day(span, 10, 9), partial(_accept_below, world, world.committee, span))
    yield Scene(_day(span, 11, 9), partial(_keep, world))


def _latest_half(today: dt.date) -> Span:
    half = Span(HALF_YEAR, dt.date(today.year, 1, 1))
    return half if half.last < today else half.shifted(-2)


def _day(span: Span, later: int, hour: int, minute: int = 0) -> dt.datetime:
    return moment(span.last + dt.timedelta(days=later), hour, minute)


def _keeper(world: World, unit: Organization, permission: str) -> User | None:
    """Who may do it on the day, if somebody may: posts change, and branches are merged."""
    held = [world.office, *(user for kind in KEEPERS if (user := world.officer(unit.pk, kind)))]
    return next((user for user in held if GrantedActor(user).may(permission, unit)), None)


def _submit(world: World, organization: int, span: Span) -> None:
    unit = world.organization(organization)
    keeper = _keeper(world, unit, "annual.submit")
    if keeper is None or unit.dissolved_on or missing_below(unit, span):
        return
    report = Report(unit, *span.days)
    note = NOTE if any(report.failures(one) for one in report.tables.values()) else ""
    with acting(keeper, "annual.submit") as actor:
        actions.submit(actor=actor, submission=submission_of(unit, span), note=note)


def _send_back(world: World, above: int, organization: int, span: Span) -> None:
    keeper = _keeper(world, world.organization(above), "annual.accept")
    submission = submission_of(world.organization(organization), span)
    if keeper is not None and submission.is_confirmed:
        with acting(keeper, "annual.accept") as actor:
            actions.send_back(actor=actor, submission=submission, reason=REASON)


def _accept_below(world: World, above: int, span: Span) -> None:
    unit = world.organization(above)
    keeper = _keeper(world, unit, "annual.accept")
    if keeper is not None and waiting_below(unit, span):
        with acting(keeper, "annual.accept") as actor:
            actions.accept_below(actor=actor, submission=submission_of(unit, span))


def _keep(world: World) -> None:
    """A question of the office's own, which everybody below asks of themselves."""
    unit = world.organization(world.committee)
    asked = read(
        {"down": "below", "across": "education_group"}, "members", unit, world.today.replace(month=1, day=1), world.today
    )
    with acting(world.office, "annual.view") as actor:
        questions.keep(actor=actor, organization=unit, breakdown=asked, title="各党组织党员的学历", is_shared=True)


STORY = DemoStory("annual", "党内统计", scenes, order=60)
