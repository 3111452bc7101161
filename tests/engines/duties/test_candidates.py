"""Who may be given a duty, in the order of all lists of people."""

import pytest

from dangjian.engines.duties.queries.people import candidates
from dangjian.org.unscoped import unscoped
from tests import make


@pytest.mark.django_db
def test_people_who_may_be_given_a_duty_stand_in_the_order_of_pinyin() -> None:
    branch = make.branch(make.committee())
    for name in ("张虚构", "王虚构", "安虚构", "赵虚构"):
        make.member(branch, name, with_user=True)
    make.post(branch, "party_worker", make.user("丁不在册"))
    with unscoped("the people of the test"):
        found = [user.name for user in candidates(branch)]
    assert found == ["安虚构", "王虚构", "张虚构", "赵虚构", "丁不在册"]
