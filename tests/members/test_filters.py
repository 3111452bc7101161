"""What the filters of the members' list offer."""

import pytest

from dangjian.members.filters import MOST_ORGANIZATIONS, organization_choices
from dangjian.org.scope import Reach, Scope, opened
from tests import make

pytestmark = pytest.mark.django_db


def test_organisations_to_choose_from_are_never_too_many() -> None:
    top = make.committee(name="虚构集团党委")
    below = make.general_branch(top, name="虚构党总支")
    make.many_branches(top, MOST_ORGANIZATIONS - 2)
    with opened(Scope.of([Reach(top.path)])):
        assert len(organization_choices()) == MOST_ORGANIZATIONS
    branch = make.branch(below, name="虚构多出来的支部")
    with opened(Scope.of([Reach(top.path)])):
        assert [value for value, _ in organization_choices()] == [str(top.pk), str(below.pk)]
    with opened(Scope.of([Reach(below.path)])):
        assert str(branch.pk) in {value for value, _ in organization_choices()}
