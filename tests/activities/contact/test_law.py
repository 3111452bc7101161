"""What the articles lay down of floating members and those out of contact: each with a case that allows and one that refuses."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.activities.contact.actions import away, searches
from dangjian.activities.contact.models import Away, Search
from dangjian.activities.contact.queries.away import TRANSFER_DUTY, with_due
from dangjian.activities.contact.queries.searches import DECIDE_DUTY, SUSPEND_DUTY
from dangjian.kernel import clock
from dangjian.kernel.errors import Refusal
from dangjian.kernel.rulebook import book
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.contact import build

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "law.yaml").read_text(encoding="utf-8"))
KNOWN = {
    "title", "fact", "away", "silent", "came", "ways", "day", "do", "later", "due", "floating", "transfer", "suspend",
    "decide", "refused",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_law(case: dict[str, Any]) -> None:
    assert not case.keys() - KNOWN
    assert book().on(case["fact"], case["day"]).citation
    with clock.at(f"{case['day']} 09:00"):
        branch = make.branch(make.committee())
        member = build.silent_since(branch, case.get("silent", dt.date(2026, 11, 1)))
        row: Any = _gone(member, case["away"]) if "away" in case else _searched(member, case)
        if "came" in case:
            build.came(member, case["came"])
        _expect(case, row)
    with clock.at(f"{case.get('later', case['day'])} 10:00"):
        _follows(case, row, member)


def _gone(member: Member, said: dict[str, Any]) -> Away:
    return build.go(
        member,
        since_on=said["since"],
        until_on=said.get("until"),
        is_fixed=said.get("fixed", False),
        direction=said.get("direction", "other_province"),
    )


def _searched(member: Member, case: dict[str, Any]) -> Search:
    search = searches.begin(actor=make.SYSTEM, member=member)
    build.tried(search, case.get("ways", 0))
    return search


def _lost(search: Search) -> Search:
    return searches.record_lost(actor=make.SYSTEM, search=search, reason="7", lost_on=clock.today())


def _found(search: Search) -> Search:
    return searches.find(actor=make.SYSTEM, search=search, found_on=clock.today(), way="phone", found_how="本人来电")


STEPS: dict[str, Any] = {
    "stay": lambda row: away.stay(actor=make.SYSTEM, away=row, stays_because="项目快要结束"),
    "lost": _lost,
    "conclude": lambda row: searches.conclude(actor=make.SYSTEM, search=_lost(row), concluded_on=clock.today()),
    "found": lambda row: _found(_lost(row)),
    "found_early": _found,
    "settle_nothing": lambda row: searches.settle(
        actor=make.SYSTEM, search=_found(_lost(row)), outcome="nothing", outcome_on=clock.today()
    ),
}


def _expect(case: dict[str, Any], row: Any) -> None:
    if "do" not in case:
        return
    if "refused" not in case:
        STEPS[case["do"]](row)
        return
    refused = case["refused"]
    with pytest.raises(Refusal) as raised:
        STEPS[case["do"]](row)
    assert refused["says"] in str(raised.value.message)
    assert refused.get("article", "") in raised.value.citation
    assert not refused.get("field") or refused["field"] in raised.value.fields


def _follows(case: dict[str, Any], row: Any, member: Member) -> None:
    with unscoped("test"):
        if "due" in case:
            assert with_due(Away.objects.filter(pk=row.pk), case["day"]).get().due_on == case["due"]
        if "floating" in case:
            assert Member.objects.get(pk=member.pk).is_mobile_member is case["floating"]
    for said, rule in (("transfer", TRANSFER_DUTY), ("suspend", SUSPEND_DUTY), ("decide", DECIDE_DUTY)):
        if said in case:
            assert bool(build.duties(rule)) is case[said]
