"""Examples of the addresses of yearly plans."""

import datetime as dt
from typing import Any

from dangjian.accounts.models import User
from dangjian.activities.development.actions import letters, quotas
from dangjian.activities.development.models import Applicant, QuotaRequest, ReviewLetter
from dangjian.activities.development.queries.letters import STEP
from dangjian.kernel import clock
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.build import applicant, case_of, step
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def _office(world: World) -> User:
    return world.office


def planned(world: World) -> int:
    """The committee has a plan, handed down to the branch; returns the year."""
    year = clock.today().year
    with unscoped("the world of the contracts"):
        quotas.enter(actor=make.SYSTEM, organization=world.committee, year=year, places=20, document="虚党〔2026〕1号")
        quotas.hand_down(actor=make.SYSTEM, organization=world.committee, year=year, places={world.general_branch.pk: 9})
        quotas.hand_down(actor=make.SYSTEM, organization=world.general_branch, year=year, places={world.branch.pk: 2})
    return year


def asked(world: World, organization: Organization | None = None) -> QuotaRequest:
    """A branch asks for more."""
    year = clock.today().year
    with unscoped("the world of the contracts"):
        who = make.SYSTEM if organization else make.actor(world.secretary)
        where = organization or world.branch
        return quotas.ask(actor=who, organization=where, year=year, wanted=2, reason="申请人多")


def _asked(world: World) -> dict[str, Any]:
    planned(world)
    return {"pk": asked(world).pk}


def _another_asked(world: World, number: int) -> None:
    if number == 0:
        planned(world)
    asked(world, make.branch(world.general_branch, name=f"甲申请计划支部{number}密"))


def _unit(world: World) -> dict[str, Any]:
    return {"pk": world.branch.pk, "year": planned(world)}


def _top(world: World) -> dict[str, Any]:
    return {"pk": world.committee.pk, "year": planned(world)}


def _reviewed(world: World, branch: Organization | None = None) -> Applicant:
    """Somebody whose political review is open."""
    person = applicant(branch or world.branch, f"甲申请人密{branch.pk if branch else ''}")
    step(case_of(person), STEP)
    return person


def letter(world: World, *, is_sent: bool = False, branch: Organization | None = None) -> ReviewLetter:
    """A letter about them."""
    due_on = clock.today() + dt.timedelta(days=30)
    text = {"about": "甲父密", "relation": "父亲", "to": "甲镇党委密", "questions": "现实表现", "due_on": due_on}
    with unscoped("the world of the contracts"):
        made = letters.write(actor=make.SYSTEM, applicant=_reviewed(world, branch), **text)
        return letters.send(actor=make.SYSTEM, letter=made, sent_on=clock.today()) if is_sent else made


def _written(world: World) -> dict[str, Any]:
    return {"pk": letter(world).pk}


def _sent(world: World) -> dict[str, Any]:
    return {"pk": letter(world, is_sent=True).pk}


def _answered(world: World) -> dict[str, Any]:
    sent = letter(world, is_sent=True)
    letters.take_answer(actor=make.SYSTEM, letter=sent, returned_on=clock.today(), answer="表现良好")
    return {"pk": sent.pk}


def _text(_world: World) -> dict[str, Any]:
    due_on = clock.today() + dt.timedelta(days=20)
    return {"about": "甲母密", "relation": "母亲", "to": "甲镇党委密", "questions": "现实表现", "due_on": due_on}


EXAMPLES = {
    "development:letters": Example(
        query="?state=late",
        row=lambda world, number: letter(world, branch=make.branch(world.general_branch, name=f"甲函调支部{number}密")),
        holder=_office,
    ),
    "development:letter": Example(
        _written,
        steps={
            "send": StepExample(lambda _world: {"sent_on": clock.today()}),
            "change": StepExample(_text, again="it may be changed until it is sent"),
            "answer": StepExample(lambda _world: {"returned_on": clock.today(), "answer": "表现良好"}, _sent),
            "take_back_answer": StepExample(lambda _world: {"reason": "登记到别的函上了"}, _answered),
            "remind": StepExample(kwargs=_sent),
            "cancel": StepExample(lambda _world: {"reason": "不需要"}),
        },
        papers=_written,
    ),
    "development:letter_new": Example(
        lambda world: {"pk": _reviewed(world).pk}, post=_text, holder=lambda world: world.secretary
    ),
    "development:quotas": Example(
        query="?plan=given",
        row=lambda world, number: make.branch(world.general_branch, name=f"甲计划支部{number}密"),
        holder=_office,
    ),
    "development:quota": Example(_unit),
    "development:quota_enter": Example(_top, post=lambda _world: {"places": "21", "document": "虚党〔2026〕2号"}, holder=_office),
    "development:quota_hand_down": Example(
        lambda world: {"pk": world.general_branch.pk, "year": planned(world)},
        post=lambda world: {f"unit_{world.branch.pk}": "3", "document": "虚党〔2026〕2号"},
        holder=_office,
    ),
    "development:quota_ask": Example(
        _unit, post=lambda _world: {"wanted": "1", "reason": "申请人多"}, holder=lambda world: world.secretary
    ),
    "development:quota_requests": Example(query="?state=asked", row=_another_asked, holder=_office),
    "development:quota_request": Example(
        _asked,
        steps={
            "grant": StepExample(lambda _world: {"granted": "1"}, holder=_office),
            "refuse": StepExample(lambda _world: {"answer": "名额已用完"}, holder=_office),
            "withdraw": StepExample(holder=lambda world: world.secretary),
        },
    ),
}
