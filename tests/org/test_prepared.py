"""Prepared questions answer what the composed ones would, for other values, other scopes and at another time."""

import datetime as dt
import sys
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet
from django.test.utils import CaptureQueriesContext

from dangjian.kernel import clock, prepared_sql
from dangjian.kernel.reach import Reach, Scope
from dangjian.kernel.rulebook import book
from dangjian.org.models import Kind, Organization, Post
from dangjian.org.prepared import NotPreparable, compare_again, prepared_figures, prepared_number, prepared_rows
from dangjian.org.scope import ScopeMissing, opened
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db


@prepared_number
def standing_number() -> int:
    """Organisations of the scope that stand today."""
    return Organization.objects.standing().count()


@prepared_rows
def named(text: str) -> QuerySet[Organization]:
    """By a piece of their name, with their superior."""
    return Organization.objects.filter(short_name__contains=text).select_related("parent").order_by("path")


@prepared_figures
def kinds(where: Scope) -> dict[str, int]:
    """How many of each kind."""
    with unscoped("the scope is given"):
        rows = Organization.objects.filter(where.q(""))
        branches = Count("pk", filter=Q(kind=Kind.BRANCH))
        return rows.aggregate(all=Count("pk"), branches=branches)


@prepared_rows
def began_lately(numbers: tuple[int, ...]) -> QuerySet[Post, int]:
    """Posts that began in the last thirty days."""
    with unscoped("who holds which post is no secret"):
        rows = Post.objects.filter(user__in=numbers, starts_on__gte=clock.today() - dt.timedelta(days=30))
        return rows.order_by("pk").values_list("user_id", flat=True)


@pytest.fixture
def tree() -> tuple[Organization, Organization, Organization]:
    """A committee and two branches of it."""
    committee = make.committee(name="东华港务党委")
    return committee, make.branch(committee, name="一支部"), make.branch(committee, name="二支部")


def within(*organizations: Organization) -> Scope:
    """The scope of these organisations."""
    return Scope.of(Reach(one.path) for one in organizations)


def test_the_scope_of_the_moment_is_filled_in(tree: tuple[Organization, ...]) -> None:
    committee, first, second = tree
    for where, number in ((within(committee), 3), (within(first), 1), (within(first, second), 2), (within(), 0)):
        with opened(where):
            assert standing_number() == number
    with unscoped("all of them"):
        assert standing_number() == Organization.objects.count()


def test_what_depends_on_the_scope_is_refused_outside_one(tree: tuple[Organization, ...]) -> None:
    with opened(within(tree[0])):
        standing_number()
    with pytest.raises(ScopeMissing):
        standing_number()


def test_a_scope_that_is_worked_out_late_is_not_asked_for_in_vain(tree: tuple[Organization, ...]) -> None:
    asked = []

    def later() -> Scope:
        asked.append(1)
        return within(tree[0])

    with opened(later):
        began_lately((1,))
        assert asked == []
        assert standing_number() == 3
        assert asked


def test_rows_are_objects_with_what_was_joined(tree: tuple[Organization, ...]) -> None:
    committee, first, second = tree
    with opened(within(committee)):
        assert named("一") == [first]
        assert named("支部") == [first, second]
        assert named("100%_") == []
        with CaptureQueriesContext(connection) as asked:
            assert named("二")[0].parent == committee
        assert len([one for one in asked if "short_name" in one["sql"]]) == 1


def test_figures_come_by_name(tree: tuple[Organization, ...]) -> None:
    assert kinds(within(tree[0])) == {"all": 3, "branches": 2}
    assert kinds(within(tree[1])) == {"all": 1, "branches": 1}
    assert kinds(within()) == {}


def test_the_day_of_the_moment_is_filled_in_and_shifted(tree: tuple[Organization, ...]) -> None:
    today = clock.today()
    one, other = make.user("one"), make.user("other")
    make.post(tree[1], who=one, starts_on=today - dt.timedelta(days=30))
    make.post(tree[2], who=other, starts_on=today - dt.timedelta(days=31))
    assert began_lately((one.pk, other.pk)) == [one.pk]
    with clock.at(dt.datetime.combine(today - dt.timedelta(days=1), dt.time(9))):
        assert began_lately((one.pk, other.pk)) == [one.pk, other.pk]
    assert began_lately((other.pk,)) == []


def test_numbers_are_asked_with_one_statement(tree: tuple[Organization, ...]) -> None:
    questions = []
    for where in (within(tree[0]), within(tree[1]), within()):
        with opened(where):
            questions.append(standing_number.of())
    with CaptureQueriesContext(connection) as asked:
        assert prepared_sql.numbers([*questions, 7]) == [3, 1, 0, 7]
    assert len(asked) == 1


@prepared_number
def looks(day: dt.date) -> int:
    """It looks at its value."""
    with unscoped("a test"):
        rows = Organization.objects.filter(established_on__lte=day)
        return (rows if day.year < 8001 else rows.filter(kind=Kind.BRANCH)).count()


@prepared_number
def bends(day: dt.date) -> int:
    """It takes the first day of the month, which no shift is."""
    with unscoped("a test"):
        return Organization.objects.filter(established_on__lte=day.replace(day=1)).count()


@prepared_number
def asks_a_rule() -> int:
    """It asks for the value of a rule."""
    with unscoped("a test"):
        days = book().on("duties.amber", clock.today())
        return Organization.objects.filter(short_name=str(days)).count()


@prepared_number
def cuts(limit: int) -> int:
    """It has a number in the statement that is no value."""
    with unscoped("a test"):
        return Organization.objects.all()[:limit].count()


@prepared_rows
def fetches_more(text: str) -> QuerySet[Organization]:
    """What it fetches beside depends on its value."""
    with unscoped("a test"):
        children = Organization.objects.filter(short_name=text)
        return Organization.objects.prefetch_related(Prefetch("children", children))


@pytest.mark.parametrize(
    ("question", "value"), [(looks, dt.date(2026, 1, 1)), (bends, dt.date(2026, 1, 1)), (cuts, 3), (fetches_more, "一")]
)
def test_what_cannot_be_filled_in_is_refused_at_once(question: Callable[..., object], value: object) -> None:
    with pytest.raises(NotPreparable):
        question(value)


def test_a_rule_is_given_not_asked_for() -> None:
    with pytest.raises(RuntimeError, match="the rule's value"):
        asks_a_rule()


@prepared_number
def changes_its_mind(day: dt.date) -> int:
    """Alike for both made-up days, and another question for real ones."""
    with unscoped("a test"):
        rows = Organization.objects.filter(established_on__lte=day)
        return (rows if day.year > 8000 else rows.exclude(kind=Kind.BRANCH)).count()


def test_the_tests_compare_each_question_with_one_composed_anew() -> None:
    with pytest.raises(NotPreparable, match="prepared was"):
        changes_its_mind(dt.date(2026, 1, 1))


is_in_another_mood = False


@prepared_number
def follows_its_mood(name: str) -> int:
    """It depends on something that it is not given."""
    with unscoped("a test"):
        rows = Organization.objects.filter(short_name=name)
        return (rows.exclude(kind=Kind.BRANCH) if is_in_another_mood else rows).count()


def test_a_question_is_compared_once_a_test_for_each_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert follows_its_mood("一") == 0
    monkeypatch.setattr(sys.modules[__name__], "is_in_another_mood", True)
    assert follows_its_mood("一") == 0
    with pytest.raises(NotPreparable, match="prepared was"):
        follows_its_mood("二")
    compare_again()  # as before every test
    with pytest.raises(NotPreparable, match="prepared was"):
        follows_its_mood("一")
