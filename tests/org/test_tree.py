"""The tree of any day: changes show from their day, and the days before stay as they were."""

import datetime as dt
from typing import Any

import pytest

from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.reach import Scope
from dangjian.members.actions import reorganise
from dangjian.members.actions.groups import assign
from dangjian.org import queries
from dangjian.org.actions import tree, whole_tree
from dangjian.org.gate import admitted
from dangjian.org.models import ChangeKind, Organization, OrganizationVersion
from dangjian.org.scope import opened
from dangjian.org.unscoped import unscoped
from tests import make
from tests.org.test_posts import refused

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 1)
EVE = dt.date(2026, 10, 31)
TODAY = dt.date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _all_rows() -> Any:
    with unscoped("a test looks at everything"):
        yield


class Enterprise:
    """One committee, two general branches; the first has two branches, the second one."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.first = make.general_branch(self.committee, name="机电党总支")
        self.second = make.general_branch(self.committee, name="运行党总支")
        self.repair = make.branch(self.first, name="检修党支部", code="JX01")
        self.shift = make.branch(self.first, name="值班党支部")
        self.plant = make.branch(self.second, name="电厂党支部")
        self.group = make.group(self.repair, name="第一党小组")


@pytest.fixture
def world() -> Enterprise:
    return Enterprise()


def shape(day: dt.date, **more: Any) -> dict[str, list[str]]:
    """Names of the children of every node."""
    shown = queries.tree(day, **more)
    return {node.short_name: [child.short_name for child in node.children] for node in shown.by_pk.values()}


def test_the_tree_hangs_together(world: Enterprise) -> None:
    shown = queries.tree(TODAY)
    assert [node.short_name for node in shown.roots] == ["虚构集团党委"]
    assert shape(TODAY)["机电党总支"] == ["值班党支部", "检修党支部"], "by order, then by code"
    node = shown.by_pk[world.group.pk]
    assert node.depth == 4
    assert [one.short_name for one in node.above()] == ["检修党支部", "机电党总支", "虚构集团党委"]


def test_before_its_first_day_there_is_nothing(world: Enterprise) -> None:
    assert queries.tree(dt.date(2019, 12, 31)).roots == []


def test_a_rename_shows_from_its_day(world: Enterprise) -> None:
    tree.rename(actor=make.SYSTEM, organization=world.repair, name="检修第一党支部", short_name="检修一支部", effective_on=DAY)
    assert "检修党支部" in shape(EVE)["机电党总支"]
    assert "检修一支部" in shape(DAY)["机电党总支"]


def test_names_that_stay_as_they_are_are_no_rename(world: Enterprise) -> None:
    names = {"name": world.repair.name, "short_name": world.repair.short_name}
    refused(Conflict, lambda: tree.rename(actor=make.SYSTEM, organization=world.repair, effective_on=DAY, **names))
    assert world.repair.versions.count() == 1


def test_a_change_of_the_short_name_alone_is_told_by_it(world: Enterprise) -> None:
    names = {"name": world.repair.name, "short_name": "检修一支部"}
    renamed = tree.rename(actor=make.SYSTEM, organization=world.repair, effective_on=DAY, **names)
    change = renamed.changes.get(kind=ChangeKind.RENAMED)
    assert (change.before, change.after) == ("检修党支部", "检修一支部")


def test_a_move_shows_from_its_day_with_all_below_and_its_members(world: Enterprise) -> None:
    for _ in range(3):
        make.member(world.repair)
    tree.move(actor=make.SYSTEM, organization=world.repair, parent=world.second, effective_on=DAY)
    before, after = queries.tree(EVE), queries.tree(DAY)
    assert [before.by_pk[one.pk].figures["members"] for one in (world.first, world.second)] == [3, 0]
    assert [after.by_pk[one.pk].figures["members"] for one in (world.first, world.second)] == [0, 3]
    assert [one.short_name for one in after.by_pk[world.group.pk].above()][1] == "运行党总支"
    assert after.by_pk[world.committee.pk].figures["members"] == 3


def test_a_group_stays_in_its_branch(world: Enterprise) -> None:
    member = make.member(world.repair)
    assign(actor=make.SYSTEM, group=world.group, members=[member], effective_on=EVE)
    refused(Conflict, lambda: tree.move(actor=make.SYSTEM, organization=world.group, parent=world.shift, effective_on=DAY))
    member.refresh_from_db()
    world.group.refresh_from_db()
    assert (member.branch_id, member.organization_id) == (world.repair.pk, world.group.pk)
    assert (world.group.parent_id, world.group.versions.count()) == (world.repair.pk, 1)


def test_groups_do_not_count_twice(world: Enterprise) -> None:
    member = make.member(world.repair)
    from dangjian.members.models import GroupAssignment

    GroupAssignment.objects.create(organization=world.group, member=member, starts_on=DAY)
    shown = queries.tree(TODAY)
    assert shown.by_pk[world.group.pk].figures["members"] == 1
    assert shown.by_pk[world.repair.pk].figures["members"] == 1


def test_a_dissolved_branch_is_shown_on_request_only(world: Enterprise) -> None:
    tree.dissolve(actor=make.SYSTEM, organization=world.shift, effective_on=DAY)
    assert "值班党支部" in shape(EVE)["机电党总支"]
    assert "值班党支部" not in shape(DAY)["机电党总支"]
    assert "值班党支部" in shape(DAY, with_dissolved=True)["机电党总支"]
    assert queries.tree(DAY, with_dissolved=True).by_pk[world.shift.pk].dissolved_on == DAY


def test_a_merger_moves_the_members_and_is_told_by_both(world: Enterprise) -> None:
    for _ in range(2):
        make.member(world.shift)
    reorganise.merge(actor=make.SYSTEM, organization=world.shift, into=world.repair, effective_on=DAY)
    assert queries.tree(EVE).by_pk[world.shift.pk].figures["members"] == 2
    assert queries.tree(DAY).by_pk[world.repair.pk].figures["members"] == 2
    told = [change.kind for change in queries.history(world.repair).changes]
    assert told == ["merged", "set_up"]
    assert queries.history(world.shift).changes[0].after == "检修党支部"


def test_the_history_names_the_superior_of_its_time(world: Enterprise) -> None:
    tree.rename(actor=make.SYSTEM, organization=world.first, name="机电分公司党总支", short_name="机电总支", effective_on=DAY)
    tree.move(actor=make.SYSTEM, organization=world.repair, parent=world.second, effective_on=dt.date(2026, 11, 10))
    periods = queries.history(world.repair).periods
    assert [(one.superior, one.starts_on, one.last_day) for one in periods] == [
        ("机电党总支", make.BEGIN, dt.date(2026, 11, 9)),
        ("运行党总支", dt.date(2026, 11, 10), None),
    ]


@pytest.mark.parametrize("text", ["检修", "jxdzb", "JX01", "jianxiu", "检修党支部"])
def test_organisations_are_found_by_name_pinyin_and_code(world: Enterprise, text: str) -> None:
    assert list(queries.find_by_text(text)) == [world.repair]


def test_a_new_name_is_found_by_its_pinyin(world: Enterprise) -> None:
    tree.rename(actor=make.SYSTEM, organization=world.repair, name="维护党支部", short_name="维护党支部", effective_on=DAY)
    assert [one.pk for one in queries.find_by_text("whdzb")] == [world.repair.pk]
    assert not queries.find_by_text("jxdzb").exists()


def test_an_officer_sees_their_own_subtree_only(world: Enterprise) -> None:
    secretary = make.actor(make.post(world.first, "secretary").user)
    with admitted(secretary, "org.view"):
        shown = queries.tree(TODAY)
    assert [node.short_name for node in shown.roots] == ["机电党总支"]
    assert len(shown.by_pk) == 4


def test_an_officer_sees_what_was_theirs_on_that_day_without_a_way_in(world: Enterprise) -> None:
    tree.move(actor=make.SYSTEM, organization=world.repair, parent=world.second, effective_on=DAY)
    secretary = make.actor(make.post(world.first, "secretary").user)
    with admitted(secretary, "org.view"):
        past, present = queries.tree(EVE), queries.tree(DAY)
    assert not past.by_pk[world.repair.pk].reachable
    assert past.by_pk[world.shift.pk].reachable
    assert world.repair.pk not in present.by_pk


def test_an_empty_scope_shows_nothing(world: Enterprise) -> None:
    with opened(Scope.of([])):
        assert queries.tree(TODAY).by_pk == {}


def test_the_tree_takes_the_same_number_of_queries_at_any_size(
    world: Enterprise, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8) as few:
        queries.tree(TODAY)
    for _ in range(10):
        make.group(make.branch(world.first))
    with django_assert_num_queries(len(few)):
        queries.tree(TODAY)


def test_a_code_is_used_once(world: Enterprise) -> None:
    refusal = refused(
        Invalid,
        lambda: tree.set_up(
            actor=make.SYSTEM,
            parent=world.first,
            type_code="631",
            name="新支部",
            short_name="新支部",
            effective_on=DAY,
            code="JX01",
        ),
    )
    assert "code" in refusal.fields


def test_a_change_comes_after_the_last_one(world: Enterprise) -> None:
    tree.rename(actor=make.SYSTEM, organization=world.repair, name="甲", short_name="甲", effective_on=DAY)
    refused(
        Invalid, lambda: tree.rename(actor=make.SYSTEM, organization=world.repair, name="乙", short_name="乙", effective_on=DAY)
    )
    assert OrganizationVersion.objects.filter(organization=world.repair).count() == 2


def test_a_branch_with_groups_or_members_is_not_dissolved(world: Enterprise) -> None:
    refused(Conflict, lambda: tree.dissolve(actor=make.SYSTEM, organization=world.repair, effective_on=DAY))
    make.member(world.shift)
    refused(Conflict, lambda: tree.dissolve(actor=make.SYSTEM, organization=world.shift, effective_on=DAY))


def test_a_reader_changes_nothing(world: Enterprise) -> None:
    secretary = make.actor(make.post(world.repair, "secretary").user)
    for organization in (world.repair,):
        refused(
            PermissionDenied,
            lambda one=organization: tree.rename(actor=secretary, organization=one, name="新", short_name="新", effective_on=DAY),
        )
        refused(PermissionDenied, lambda one=organization: tree.dissolve(actor=secretary, organization=one, effective_on=DAY))
        refused(PermissionDenied, lambda one=organization: tree.correct_details(actor=secretary, organization=one, phone="1"))


def test_plain_details_are_changed_with_a_trace(world: Enterprise) -> None:
    tree.correct_details(actor=make.SYSTEM, organization=world.repair, phone="010-5550000", site="一号场区")
    assert Organization.objects.get(pk=world.repair.pk).phone == "010-5550000"


@pytest.mark.day("2026-11-23")
def test_a_term_shows_its_days_and_article(world: Enterprise) -> None:
    from dangjian.org.actions import posts

    assert queries.open_term(world.repair) is None
    posts.start_term(actor=make.SYSTEM, organization=world.repair, starts_on=dt.date(2024, 1, 1))
    state = queries.open_term(world.repair)
    assert state
    assert (state.days_left, state.tone, state.remind_on) == (39, "warn", dt.date(2026, 7, 1))
    assert state.citation == "《关于党的基层组织任期的意见》第一条"


def test_people_are_found_by_pinyin_inside_the_scope(world: Enterprise) -> None:
    mine = make.member(world.repair, "单田芳", with_user=True)
    make.member(world.plant, "单田林", with_user=True)
    make.member(world.repair, "单无号")
    secretary = make.actor(make.post(world.first, "secretary").user)
    with admitted(secretary, "org.groups"):
        assert [person.user_id for person in queries.people("st")] == [mine.user_id]
        assert queries.person(mine.user_id or 0)
        assert queries.people_inside(world.group, "单田")[0].name == "单田芳"
    assert len(queries.people("单田")) == 2


def test_nothing_begins_below_an_organisation_before_it_stood_there() -> None:
    top = make.committee()
    one, two = make.general_branch(top), make.general_branch(top)
    branch = make.branch(one)
    with unscoped("test"):
        tree.move(actor=make.SYSTEM, organization=branch, parent=two, effective_on=dt.date(2026, 6, 1))
        branch.refresh_from_db()
        before = Organization.objects.count()
        with pytest.raises(Invalid, match="调整过隶属关系"):
            tree.set_up(
                actor=make.SYSTEM,
                parent=branch,
                type_code="641",
                name="早组",
                short_name="早组",
                effective_on=dt.date(2026, 5, 1),
            )
        assert Organization.objects.count() == before


def test_a_new_organisation_comes_after_those_beside_it() -> None:
    top = make.committee()
    first = make.branch(top, code="XH-02", order=7)
    second = make.branch(top, code="XH-01")
    assert (first.order, second.order) == (7, 8)
    with unscoped("the tree of the test"):
        shown = queries.tree(clock.today()).by_pk[top.pk].children
    assert [node.pk for node in shown] == [first.pk, second.pk]


def test_an_organisation_that_is_imported_comes_after_those_beside_it() -> None:
    top = make.committee()
    make.branch(top, order=7)
    row = {"type_code": "631", "name": "虚构乙支部", "short_name": "乙支部", "established_on": make.BEGIN, "parent_key": None}
    with unscoped("the tree of the test"):
        made = whole_tree.set_up_many(actor=make.SYSTEM, rows=[whole_tree.Founding(key=1, parent_id=top.pk, **row)], batch=1)
        assert Organization.objects.get(pk=made[1]).order == 8
