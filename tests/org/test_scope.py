"""What a scope covers, and what cannot be written outside it."""

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from dangjian.activities.meetings.models import AgendaItem, Meeting
from dangjian.kernel.reach import Reach, Scope
from dangjian.org.models import Organization, Post
from dangjian.org.scope import OutsideScope, opened
from dangjian.org.unscoped import unscoped
from tests import make

pytestmark = pytest.mark.django_db

PLACES = ("committee", "general", "branch", "group", "neighbour", "its_group")
"""A committee, a general branch with two branches, a group in each."""


@pytest.fixture
def place() -> SimpleNamespace:
    committee = make.committee()
    general = make.general_branch(committee)
    branch, neighbour = make.branch(general), make.branch(general)
    return SimpleNamespace(
        committee=committee,
        general=general,
        branch=branch,
        group=make.group(branch),
        neighbour=neighbour,
        its_group=make.group(neighbour),
    )


def post(where: Organization) -> Post:
    return Post(organization=where, user=make.user(), kind="secretary", starts_on=where.established_on)


def _row(where: Organization) -> Post:
    row = post(where)
    with unscoped("test world"):
        row.save()
    return row


def _detail(where: Organization) -> AgendaItem:
    with unscoped("test world"):
        meeting = Meeting.objects.create(organization=where, title="虚构会议")
        return AgendaItem.objects.create(meeting=meeting, order=1, title="虚构议题")


def _itself(where: Organization) -> Organization:
    """Another of the same body, which nothing hangs on."""
    path, body = f"{where.path}9999999/", where.body_path
    standing = {"kind": where.kind, "type_code": where.type_code, "code": f"虚构{where.pk}", "name": "虚构", "short_name": "虚构"}
    days = {"established_on": where.established_on, "live_on": where.established_on}
    with unscoped("test world"):
        return Organization.objects.create(parent=where, path=path, body_path=body, **standing, **days)


ROWS: dict[str, Callable[[Organization], Any]] = {"row": _row, "detail": _detail, "organization": _itself}
COLUMN = {"row": "document", "detail": "notes", "organization": "phone"}


def _saved(row: Any, column: str) -> None:
    setattr(row, column, "虚构改动")
    row.save()


def _saved_in_bulk(row: Any, column: str) -> None:
    setattr(row, column, "虚构改动")
    type(row).objects.bulk_update([row], [column])


CHANGES: dict[str, Callable[[Any, str], Any]] = {
    "save": _saved,
    "update": lambda row, column: type(row).objects.filter(pk=row.pk).update(**{column: "虚构改动"}),
    "bulk_update": _saved_in_bulk,
    "delete": lambda row, _column: row.delete(),
    "delete_many": lambda row, _column: type(row).objects.filter(pk=row.pk).delete(),
}
"""Every way to write to a row that stands."""


@pytest.mark.parametrize(
    ("at", "whole", "inside"),
    [
        ("committee", True, set(PLACES)),
        ("committee", False, {"committee"}),
        ("general", True, {"general", "branch", "group", "neighbour", "its_group"}),
        ("general", False, {"general"}),
        ("branch", True, {"branch", "group"}),
        ("branch", False, {"branch", "group"}),
        ("group", True, {"group"}),
        ("group", False, set()),
    ],
)
class TestReach:
    """The same answer from the object, from the query and from every way to write."""

    def covered(self, place: SimpleNamespace, allowed: Callable[[Organization], bool]) -> set[str]:
        return {name for name in PLACES if allowed(getattr(place, name))}

    def test_what_is_covered(self, place: SimpleNamespace, at: str, inside: set[str], *, whole: bool) -> None:
        scope = Scope.of([Reach(getattr(place, at).path, whole=whole)])
        assert self.covered(place, lambda one: scope.covers(one.path, one.body_path)) == inside

    def test_what_is_seen(self, place: SimpleNamespace, at: str, inside: set[str], *, whole: bool) -> None:
        with unscoped("test world"):
            for name in PLACES:
                post(getattr(place, name)).save()
        with opened(Scope.of([Reach(getattr(place, at).path, whole=whole)])):
            seen = set(Post.objects.values_list("organization_id", flat=True))
        assert self.covered(place, lambda one: one.pk in seen) == inside

    @pytest.mark.parametrize("way", ["save", "create", "bulk_create"])
    def test_what_is_written(self, place: SimpleNamespace, at: str, inside: set[str], way: str, *, whole: bool) -> None:
        def write(row: Post) -> None:
            if way == "save":
                row.save()
            elif way == "create":
                Post.objects.create(organization=row.organization, user=row.user, kind=row.kind, starts_on=row.starts_on)
            else:
                Post.objects.bulk_create([row])

        def allowed(one: Organization) -> bool:
            row = post(one)
            try:
                with opened(Scope.of([Reach(getattr(place, at).path, whole=whole)])):
                    write(row)
            except OutsideScope:
                return False
            return True

        assert self.covered(place, allowed) == inside
        with unscoped("a test looks at what was written"):
            assert Post.objects.count() == len(inside)

    @pytest.mark.parametrize("way", CHANGES)
    @pytest.mark.parametrize("what", ["row", "detail", "organization"])
    def test_what_is_changed(
        self, place: SimpleNamespace, at: str, inside: set[str], what: str, way: str, *, whole: bool
    ) -> None:
        """Of rows that stand there already, of rows that hang on such a row, and of the organisations themselves."""
        rows = {name: ROWS[what](getattr(place, name)) for name in PLACES}
        scope = Scope.of([Reach(getattr(place, at).path, whole=whole)])

        def changed(one: Organization) -> bool:
            row = next(rows[name] for name in PLACES if getattr(place, name) == one)
            with transaction.atomic():
                with opened(scope), suppress(OutsideScope):
                    CHANGES[way](row, COLUMN[what])
                with unscoped("a test looks at what was written"):
                    now = type(row).objects.filter(pk=row.pk).values_list(COLUMN[what], flat=True).first()
                transaction.set_rollback(True)
            return bool(now is None or now == "虚构改动")

        assert self.covered(place, changed) == inside


def test_of_many_rows_one_outside_keeps_all_out(place: SimpleNamespace) -> None:
    with opened(Scope.of([Reach(place.branch.path)])), pytest.raises(OutsideScope):
        Post.objects.bulk_create([post(place.branch), post(place.neighbour)])
    with unscoped("a test looks at what was written"):
        assert not Post.objects.exists()


def test_a_row_is_not_moved_out_of_the_scope(place: SimpleNamespace) -> None:
    with unscoped("test world"):
        row = post(place.branch)
        row.save()
    with opened(Scope.of([Reach(place.branch.path)])):
        row.organization = place.neighbour
        with pytest.raises(OutsideScope):
            row.save()
        with pytest.raises(OutsideScope):
            Post.objects.bulk_update([row], ["organization"])
        with pytest.raises(OutsideScope):
            Post.objects.bulk_update([row], ["organization_id"])
        with pytest.raises(OutsideScope):
            Post.objects.filter(pk=row.pk).update(organization=place.neighbour)
        with pytest.raises(OutsideScope):
            Post.objects.filter(pk=row.pk).update(organization_id=place.neighbour.pk)
        Post.objects.filter(pk=row.pk).update(organization=place.group)
    with unscoped("a test looks at what was written"):
        assert Post.objects.get().organization == place.group


def test_an_organisation_is_not_moved_out_of_the_scope(place: SimpleNamespace) -> None:
    one, path = place.branch, f"{place.neighbour.path}9999999/"
    with opened(Scope.of([Reach(place.branch.path)])):
        for values in ({"path": path, "body_path": path}, {"path": path}):
            with pytest.raises(OutsideScope):
                Organization.objects.filter(pk=one.pk).update(**values)
            for name, value in values.items():
                setattr(one, name, value)
            with pytest.raises(OutsideScope):
                Organization.objects.bulk_update([one], list(values))
            with pytest.raises(OutsideScope):
                one.save()
            one.refresh_from_db()
        Organization.objects.filter(pk=one.pk).update(phone="0511", path=F("path"))
    one.refresh_from_db()
    assert (one.path, one.body_path, one.phone) == (place.branch.path, place.branch.path, "0511")


def test_what_is_outside_is_neither_changed_nor_deleted(place: SimpleNamespace) -> None:
    with unscoped("test world"):
        post(place.neighbour).save()
    with opened(Scope.of([Reach(place.branch.path)])):
        assert Post.objects.update(document="虚构1号") == 0
        assert Post.objects.all().delete()[0] == 0


@pytest.mark.parametrize(
    ("at", "permission", "inside"),
    [
        ("branch", "meetings.record", {"branch", "group"}),
        ("group", "meetings.record", {"group"}),
        ("general", "meetings.record", {"general"}),
        ("general", "meetings.statistics", {"general", "branch", "group", "neighbour", "its_group"}),
    ],
)
def test_a_role_reaches_as_far_as_its_permission_says(place: SimpleNamespace, at: str, permission: str, inside: set[str]) -> None:
    where = getattr(place, at)
    actor = make.actor(make.post(where, "group_leader" if where.is_group else "secretary").user)
    assert {name for name in PLACES if actor.may(permission, getattr(place, name))} == inside


class TestWaysAround:
    """What was read or asked for in a wider scope, and is written in a narrower one."""

    def test_a_foreign_row_is_not_made_one_s_own(self, place: SimpleNamespace) -> None:
        row = _row(place.neighbour)
        with opened(Scope.of([Reach(place.branch.path)])):
            row.organization = place.branch
            with pytest.raises(OutsideScope):
                row.save()
            with pytest.raises(OutsideScope):
                row.delete()
        row.refresh_from_db()
        assert row.organization == place.neighbour

    def test_an_organisation_is_not_taken_in(self, place: SimpleNamespace) -> None:
        one = _itself(place.neighbour)
        with unscoped("test world"):
            one = Organization.objects.get(pk=one.pk)
        one.path = f"{place.branch.path}9999998/"
        one.body_path = place.branch.path
        with opened(Scope.of([Reach(place.branch.path)])), pytest.raises(OutsideScope):
            one.save()

    def test_a_saved_row_may_be_moved_on(self, place: SimpleNamespace) -> None:
        with opened(Scope.of([Reach(place.general.path)])):
            row = post(place.branch)
            row.save()
            row.organization = place.neighbour
            row.save()
            row.organization = place.group
            row.save()
        assert row.stood_at == {"organization_id": place.group.pk}

    @pytest.mark.parametrize("way", ["update", "bulk_update", "delete"])
    def test_a_queryset_keeps_to_the_scope_of_now(self, place: SimpleNamespace, way: str) -> None:
        mine, foreign = _row(place.branch), _row(place.neighbour)
        with unscoped("a queryset made too wide"):
            rows = Post.objects.all()
        foreign.document = mine.document = "虚构改动"
        with opened(Scope.of([Reach(place.branch.path)])):
            changed = {
                "update": lambda: rows.update(document="虚构改动"),
                "bulk_update": lambda: rows.bulk_update([mine, foreign], ["document"]),
                "delete": lambda: rows.delete()[0],
            }[way]()
        assert changed == 1
        foreign.refresh_from_db()
        assert foreign.document == ""

    def test_a_row_that_is_there_is_not_written_over(self, place: SimpleNamespace) -> None:
        foreign = _row(place.neighbour)
        made = Post(pk=foreign.pk, organization=place.branch, user=foreign.user, kind="secretary", starts_on=foreign.starts_on)
        over = {"update_conflicts": True, "update_fields": ["organization"]}
        with opened(Scope.of([Reach(place.branch.path)])):
            with pytest.raises(OutsideScope):
                Post.objects.bulk_create([made], **over, unique_fields=["id"])
            with pytest.raises(OutsideScope):
                made.save()
        foreign.refresh_from_db()
        assert foreign.organization == place.neighbour
