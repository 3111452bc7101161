"""The standing of members on any day: by readable cases, for many people at once, and where it is asked."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dangjian.members.actions import account, reversing
from dangjian.members.models import ChangeKind, Member, Sanction
from dangjian.members.queries import entitled, standing_on, voters
from dangjian.members.rights import Right
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "standing.yaml").read_text(encoding="utf-8"))
OPENING = [[dt.date(2020, 1, 1), "opening"]]
ENTERING = {"opening", "admitted", "restored"}


def member(branch: Organization, case: dict[str, Any]) -> Member:
    joined = case.get("入党", dt.date(2010, 1, 1))
    converted = case.get("转正", None if "入党" in case else dt.date(2011, 1, 1))
    category = "1" if converted else "2"
    (first_day, first), *changes = case.get("变动", OPENING)
    one = make.member(branch, effective_on=first_day, joined_on=joined, converted_on=converted, category=category)
    with unscoped("test"):
        one.entries.update(kind=first)
        for day, kind in changes:
            again = Member.objects.select_related("branch").get(pk=one.pk)
            if kind in ENTERING:
                account.enter(
                    actor=make.SYSTEM, member=again, branch=branch, kind=ChangeKind(kind), effective_on=day, category=category
                )
            else:
                account.leave(actor=make.SYSTEM, member=again, kind=ChangeKind(kind), effective_on=day)
        for kind, starts_on, ends_on in case.get("处分", ()):
            Sanction.objects.create(member=one, kind=kind, starts_on=starts_on, ends_on=ends_on, document="虚纪〔2026〕1号")
    return one


@pytest.mark.parametrize("case", CASES, ids=[case["情形"] for case in CASES])
def test_who_may_what_on_a_day(case: dict[str, Any]) -> None:
    who = member(make.branch(make.committee()), case)
    standing = standing_on([who.pk], case["问"])[who.pk]
    for right in case.get("能", ()):
        assert standing.grounds(Right(right)) == []
    for right, says in {**case.get("不能", {}), **case.get("一般", {})}.items():
        [ground] = standing.grounds(Right(right))
        assert says in ground.text
        assert ground.is_usual_only is (right in case.get("一般", {}))
        assert case.get("条文", {}).get(right, "") in ground.citation
        assert (who.pk in entitled(Right(right), [who.pk], case["问"])) is ground.is_usual_only


def test_many_people_are_asked_for_with_as_many_statements_as_one() -> None:
    branch = make.branch(make.committee())
    people = [member(branch, CASES[at % len(CASES)]) for at in range(12)]
    with CaptureQueriesContext(connection) as one:
        standing_on([people[0].pk], dt.date(2026, 11, 23))
    with CaptureQueriesContext(connection) as many:
        assert len(standing_on([each.pk for each in people], dt.date(2026, 11, 23))) == len(people)
    assert len(one) == len(many) == 3


def test_a_line_that_was_taken_back_does_not_count() -> None:
    branch = make.branch(make.committee())
    who = member(branch, {"变动": [[dt.date(2020, 1, 1), "opening"], [dt.date(2026, 3, 1), "suspended"]]})
    on = dt.date(2026, 6, 1)
    assert entitled(Right.VOTE, [who.pk], on) == set()
    with unscoped("test"):
        reversing.reverse(actor=make.SYSTEM, entry=who.entries.get(kind="suspended"), reason="登记错了")
        assert set(voters(branch, on)) == {who}
    assert entitled(Right.VOTE, [who.pk], on) == {who.pk}
