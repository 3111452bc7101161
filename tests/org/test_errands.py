"""Work of the background for the person who asked for it: with their rights of the moment, and a reason left behind."""

from collections.abc import Callable

import pytest

from dangjian.accounts.models import User
from dangjian.kernel.errors import Conflict
from dangjian.org import roles
from dangjian.org.errands import MESSAGE_LENGTH, do_for
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.scope import ScopeMissing, current
from tests import make

pytestmark = pytest.mark.django_db


def do(user: User, organization: Organization, work: Callable[[GrantedActor], None]) -> list[str]:
    """The reasons that were left behind."""
    reasons: list[str] = []
    do_for(user, "org.manage", organization, work, fail=reasons.append, broken="系统出错。", refused="没有办。")
    return reasons


def test_the_work_runs_in_the_scope_of_the_permission() -> None:
    committee = make.committee()
    seen: list[bool] = []

    def work(actor: GrantedActor) -> None:
        seen.append(current().covers(committee.path, committee.path) and actor.may("org.manage", committee))

    assert do(make.grant(committee, roles.PARTY_OFFICE).user, committee, work) == []
    assert seen == [True]


def test_without_the_right_nothing_is_done_and_the_reason_stays() -> None:
    committee = make.committee()
    done: list[GrantedActor] = []
    [reason] = do(make.grant(committee, roles.GROUP_LEADER).user, committee, done.append)
    assert reason.startswith("没有办。")
    assert not done


def test_a_refusal_is_left_behind_and_not_longer_than_its_column() -> None:
    committee = make.committee()

    def work(_actor: GrantedActor) -> None:
        raise Conflict("太长" * MESSAGE_LENGTH)

    [reason] = do(make.grant(committee, roles.PARTY_OFFICE).user, committee, work)
    assert (reason[:6], len(reason)) == ("没有办。太长", MESSAGE_LENGTH)
    with pytest.raises(ScopeMissing):
        current()


def test_a_fault_of_the_system_is_said_and_raised_again() -> None:
    committee = make.committee()
    reasons: list[str] = []

    def work(_actor: GrantedActor) -> None:
        raise ZeroDivisionError

    grant = make.grant(committee, roles.PARTY_OFFICE)
    with pytest.raises(ZeroDivisionError):
        do_for(grant.user, "org.manage", committee, work, fail=reasons.append, broken="系统出错。")
    assert reasons == ["系统出错。"]
