"""Each opening lets through what its name says, and nothing else: a foreign row stands beside in every test."""

import pytest
from django.db import transaction

from dangjian.kernel.errors import NotFound, PermissionDenied
from dangjian.kernel.reach import Reach, Scope
from dangjian.org.models import Grant, Organization, Post
from dangjian.org.openings import at, either, hold, inside, locked, own, register
from dangjian.org.scope import OutsideScope, ScopeMissing, opened
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db

NOWHERE = Scope(())


@pytest.fixture
def mine() -> Post:
    return make.post(make.branch(make.committee()), "secretary")


@pytest.fixture
def foreign(mine: Post) -> Post:
    return make.post(make.branch(mine.organization.parent), "secretary")


def _documents() -> dict[int, str]:
    with unscoped("a test looks at what was written"):
        return dict(Post.objects.values_list("pk", "document"))


class TestOwn:
    def test_the_rows_of_one_person(self, mine: Post, foreign: Post) -> None:
        assert list(own(Post, mine.user_id)) == [mine]

    def test_they_may_be_changed_wherever_they_stand(self, mine: Post, foreign: Post) -> None:
        with opened(NOWHERE):
            own(Post, mine.user_id).update(document="虚构1号")
        assert _documents() == {mine.pk: "虚构1号", foreign.pk: ""}

    def test_they_are_not_given_away(self, mine: Post, foreign: Post) -> None:
        with opened(NOWHERE), pytest.raises(OutsideScope):
            own(Post, mine.user_id).update(organization=foreign.organization)

    def test_nobody_has_none(self, mine: Post) -> None:
        assert not own(Post, None).exists()

    def test_a_model_that_does_not_say_whose_its_rows_are(self) -> None:
        with pytest.raises(TypeError):
            own(Organization, 1)


class TestEither:
    def test_rows_of_which_one_side_is_inside_to_be_read_only(self, mine: Post, foreign: Post) -> None:
        """Grants of an organisation that rest on a post of another one have two sides."""
        branch, other = mine.organization, foreign.organization
        make.grant(branch, "party_worker", basis=foreign)
        make.grant(other, "party_worker", basis=foreign)
        make.grant(branch, "party_worker", basis=mine)
        sides = ("organization__", "basis__organization__")
        for place, number in ((branch, 2), (other, 2)):
            with opened(NOWHERE):
                found = either(Grant, Scope.of([Reach(place.path)]), *sides)
                assert found.count() == number
                with pytest.raises(OutsideScope):
                    found.update(document="虚构1号")
        assert not either(Grant, NOWHERE, *sides).exists()


class TestAt:
    def test_these_alone(self, mine: Post, foreign: Post) -> None:
        superior = mine.organization.parent
        below = make.post(make.group(mine.organization), "group_leader")
        above = make.post(superior, "secretary")
        with at(mine.organization):
            assert set(Post.objects.all()) == {mine, below}
        with at(superior):
            assert set(Post.objects.all()) == {above}
        with at(mine.organization, foreign.organization):
            assert set(Post.objects.all()) == {mine, below, foreign}
        with at(below.organization):
            assert set(Post.objects.all()) == {below}

    def test_a_foreign_row_is_not_written(self, mine: Post, foreign: Post) -> None:
        with at(mine.organization):
            mine.save()
            with pytest.raises(OutsideScope):
                foreign.save()


def test_inside_one_and_all_below(mine: Post, foreign: Post) -> None:
    with inside(mine.organization.parent):
        assert set(Post.objects.all()) == {mine, foreign}
    with inside(mine.organization):
        assert set(Post.objects.all()) == {mine}


class TestRegister:
    def test_all_rows_without_a_scope(self, mine: Post, foreign: Post) -> None:
        assert set(register(Post)) == {mine, foreign}
        with pytest.raises(ScopeMissing):
            Organization.objects.exists()

    @pytest.mark.parametrize("way", ["update", "delete", "bulk_update", "bulk_create"])
    def test_it_is_only_read(self, mine: Post, foreign: Post, way: str) -> None:
        rows = register(Post).filter(pk=foreign.pk)
        with unscoped("even here"), pytest.raises(OutsideScope):
            {
                "update": lambda: rows.update(document="虚构1号"),
                "delete": rows.delete,
                "bulk_update": lambda: rows.bulk_update([foreign], ["document"]),
                "bulk_create": lambda: rows.bulk_create([foreign]),
            }[way]()
        assert _documents() == {mine.pk: "", foreign.pk: ""}

    def test_what_was_found_is_saved_in_its_scope_only(self, mine: Post, foreign: Post) -> None:
        with at(mine.organization), pytest.raises(OutsideScope):
            register(Post).get(pk=foreign.pk).save()


class TestLocked:
    def test_it_is_read_anew(self, mine: Post) -> None:
        with unscoped("somebody was faster"):
            Post.objects.update(document="虚构1号")
        with transaction.atomic():
            held = locked(mine, "organization__parent", check=lambda row: row.document == "虚构1号")
        assert (held.document, mine.document) == ("虚构1号", "")

    def test_nothing_is_answered_to_whom_the_check_refuses(self, mine: Post) -> None:
        def refuse(row: Post) -> None:
            raise PermissionDenied(row.document)

        with transaction.atomic(), pytest.raises(PermissionDenied):
            locked(mine, check=refuse)

    def test_what_is_gone(self, mine: Post) -> None:
        with unscoped("somebody was faster"):
            Post.objects.all().delete()
        with transaction.atomic(), pytest.raises(NotFound):
            locked(mine, check=lambda _row: None)


class TestHold:
    def test_the_object_itself_is_read_anew(self, mine: Post) -> None:
        other = self.moved(mine)
        with transaction.atomic():
            hold(mine, "organization", check=lambda row: row.document == "虚构1号")
        assert (mine.document, mine.organization) == ("虚构1号", other)

    def moved(self, mine: Post) -> Organization:
        other = make.branch(mine.organization.parent)
        with unscoped("somebody was faster"):
            Post.objects.filter(pk=mine.pk).update(document="虚构1号", organization=other)
        return other

    def test_it_stands_where_it_was_found(self, mine: Post) -> None:
        """What was moved away meanwhile is written there, and not where it stood."""
        before, now = mine.organization, self.moved(mine)
        with transaction.atomic():
            hold(mine, check=lambda _row: None)
            with at(now):
                mine.save()
            with at(before), pytest.raises(OutsideScope):
                mine.save()

    def test_nothing_is_held_for_whom_the_check_refuses(self, mine: Post) -> None:
        def refuse(row: Post) -> None:
            raise PermissionDenied(row.document)

        with transaction.atomic(), pytest.raises(PermissionDenied):
            hold(mine, check=refuse)

    def test_what_is_gone(self, mine: Post) -> None:
        with unscoped("somebody was faster"):
            Post.objects.all().delete()
        with transaction.atomic(), pytest.raises(NotFound):
            hold(mine, check=lambda _row: None)
