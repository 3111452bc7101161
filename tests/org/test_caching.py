"""Figures are live for a company and at most a minute old for a group of many."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from dangjian.kernel import clock
from dangjian.kernel.reach import Reach, Scope
from dangjian.org.caching import MANY, CachedPaginator, cached_for_large_scope, is_wide
from dangjian.org.models import Organization
from dangjian.org.scope import opened
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Each test begins with an empty memory."""
    cache.clear()
    yield
    cache.clear()


def test_figures_of_a_company_are_worked_out_each_time() -> None:
    top = make.committee()
    with opened(Scope.of([Reach(top.path)])):
        assert not is_wide()
        assert cached_for_large_scope("number", lambda: 1) == 1
        assert cached_for_large_scope("number", lambda: 2) == 2


def test_figures_of_a_group_are_kept_for_whoever_sees_the_same() -> None:
    top, other = make.committee(), make.committee(name="虚构乙公司")
    make.many_branches(top, MANY)
    with opened(Scope.of([Reach(top.path)])):
        assert is_wide()
        assert cached_for_large_scope("number", lambda: 1) == 1
        assert cached_for_large_scope("number", lambda: 2) == 1
        assert cached_for_large_scope("other figure", lambda: 2) == 2
        assert cached_for_large_scope("number", lambda: 3, of="another filter") == 3
        with clock.at("2026-11-24 09:00"):
            assert cached_for_large_scope("number", lambda: 4) == 4
    with opened(Scope.of([Reach(top.path), Reach(other.path)])):
        assert cached_for_large_scope("number", lambda: 5) == 5, "another scope has figures of its own"
    with opened(Scope.of([Reach(other.path)])):
        assert cached_for_large_scope("number", lambda: 6) == 6


def test_none_of_something_is_kept_too() -> None:
    top = make.committee()
    make.many_branches(top, MANY)
    with opened(Scope.of([Reach(top.path)])):
        assert cached_for_large_scope("number", lambda: 0) == 0
        assert cached_for_large_scope("number", lambda: 1) == 0


def test_pages_keep_the_number_of_rows_but_never_the_rows() -> None:
    top = make.committee()
    make.many_branches(top, MANY)
    with opened(Scope.of([Reach(top.path)])):
        assert CachedPaginator(Organization.objects.order_by("path"), 10).count == MANY + 1
    late = make.branch(top, name="虚构后来支部")
    with opened(Scope.of([Reach(top.path)])):
        page = CachedPaginator(Organization.objects.order_by("-pk"), 10).get_page(1)
        assert page.object_list[0] == late
        assert CachedPaginator(Organization.objects.order_by("path"), 10).count == MANY + 1
        assert CachedPaginator(Organization.objects.filter(name=late.name).order_by("pk"), 10).count == 1
