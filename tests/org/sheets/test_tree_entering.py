"""A tree is entered as a whole, as if each organisation had been set up by itself, and taken back as a whole."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.accounts.models import Event
from dangjian.engines.duties.actions import refresh
from dangjian.engines.duties.models import Duty
from dangjian.engines.exchange.models import ImportBatch, ImportRow, State
from dangjian.kernel import clock
from dangjian.org.actions import tree
from dangjian.org.models import PARENT_KINDS, Organization, OrganizationChange, OrganizationVersion
from dangjian.org.sheets.tree.sheet import TREE
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.org.sheets.units import table, unit

TOP = "虚构集团党委"
ROWS = (
    unit("第一党小组", "党小组", "电气第一党支部", 成立日期="2022-05-01"),
    unit(
        "中共虚构集团电气第一支部委员会", "联合党支部", "电气党总支", 党组织简称="电气第一党支部", 联合单位数="3",
        党组织编码="044001", 所在行政单位="虚构电气公司", 场区="星河基地", 批准成立的党组织=TOP, 批复文号="虚构党〔2021〕1号",
        联系电话="010-5550000", 地址="虚构省星河市星光路1号",
    ),
    unit("电气党总支", "党总支", TOP, 成立日期="2020-03"),
)  # fmt: skip


def _entered(enterprise: Enterprise, *rows: dict[str, Any]) -> ImportBatch:
    batch = enterprise.commit(enterprise.upload(table(*rows), sheet=TREE))
    assert (batch.state, batch.failure) == (State.COMMITTED, "")
    return batch


@pytest.fixture
def before(enterprise: Enterprise) -> list[tuple[Any, ...]]:
    """What is on record of organisations before anything is entered."""
    return _on_record()


def _on_record() -> list[tuple[Any, ...]]:
    with unscoped("test world"):
        columns = [each.attname for each in Organization._meta.concrete_fields]
        versions = OrganizationVersion.objects.order_by("pk").values_list("pk", "path", "starts_on", "ends_on", "name")
        changes = OrganizationChange.objects.order_by("pk").values_list("pk", "kind", "after")
        return [*Organization.objects.order_by("pk").values_list(*columns), *versions, *changes]


def test_entering_sets_up_what_the_pages_would(enterprise: Enterprise) -> None:
    with unscoped("test world"):
        Organization.objects.filter(pk=enterprise.committee.pk).update(live_on=dt.date(2020, 6, 1))
    batch = _entered(enterprise, *ROWS)
    with unscoped("test world"):
        general, branch, group = Organization.objects.filter(pk__gt=enterprise.two.pk).order_by("path")
        assert (general.parent, branch.parent, group.parent) == (enterprise.committee, general, branch)
        assert branch.path == f"{general.path}{branch.pk:07d}/"
        assert (branch.body_path, group.body_path) == (branch.path, branch.path)
        assert (branch.name, branch.short_name, branch.type_code, branch.code) == (
            "中共虚构集团电气第一支部委员会", "电气第一党支部", "632", "044001",
        )  # fmt: skip
        assert (branch.unit_name, branch.unit_count, branch.site, branch.approved_by, branch.phone, branch.address) == (
            "虚构电气公司", 3, "星河基地", TOP, "010-5550000", "虚构省星河市星光路1号",
        )  # fmt: skip
        assert (general.established_on, general.live_on) == (dt.date(2020, 3, 1), dt.date(2020, 6, 1))
        assert (group.established_on, group.live_on) == (dt.date(2022, 5, 1), dt.date(2022, 5, 1))
        assert (general.code, general.search_key) == (f"{general.pk:06d}", _search_key(general))
        version = OrganizationVersion.objects.get(organization=group)
        assert (version.parent, version.path, version.starts_on, version.ends_on) == (
            branch,
            group.path,
            dt.date(2022, 5, 1),
            None,
        )
        change = OrganizationChange.objects.get(organization=branch)
        assert (change.kind, change.effective_on, change.after, change.document, change.recorded_by) == (
            "set_up", dt.date(2021, 3, 1), branch.name, "虚构党〔2021〕1号", enterprise.office.name,
        )  # fmt: skip
        event = Event.objects.get(verb="org.set_up", organization_id=branch.pk)
        assert (event.subject_id, event.organization_path, event.actor) == (branch.pk, branch.path, enterprise.office)
        assert event.data["batch"] == batch.pk
        # A page that sets one up afterwards gets the next number.
        assert make.branch(general, effective_on=general.established_on).pk > group.pk


def _search_key(organization: Organization) -> str:
    key = organization.search_key
    organization.set_search_key()
    assert key
    return organization.search_key


def test_taking_back_leaves_nothing_of_it(enterprise: Enterprise, before: list[tuple[Any, ...]]) -> None:
    corrected = unit("机电党支部", "党支部", "虚构第一总支", 联系电话="010-5550001", 联合单位数="1", 成立日期="2020-01-01")
    batch = _entered(enterprise, *ROWS, corrected)
    assert (batch.new_count, batch.update_count) == (3, 1)
    with unscoped("test world"):
        enterprise.one.refresh_from_db()
        assert enterprise.one.phone == "010-5550001"
        refresh(actor=make.SYSTEM)
        assert Duty.objects.filter(organization__pk__gt=enterprise.two.pk).exists()
    batch = enterprise.undo(batch)
    assert (batch.state, batch.failure) == (State.UNDONE, "")
    assert _on_record() == before
    with unscoped("test world"):
        assert not ImportRow.objects.exists()
        assert Event.objects.filter(verb="org.import_undone").count() == 3


def _given_a_member(branch: Organization) -> None:
    make.member(branch, effective_on=branch.established_on)


def _given_a_secretary(branch: Organization) -> None:
    make.post(branch)


def _given_a_group(branch: Organization) -> None:
    make.group(branch, effective_on=branch.established_on)


def _renamed(branch: Organization) -> None:
    with clock.at("2026-11-25 09:00"):
        tree.rename(
            actor=make.SYSTEM, organization=branch, name="电气一支部", short_name="电气一支部", effective_on=dt.date(2026, 11, 24)
        )


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (_given_a_member, "有了“党员”记录"),
        (_given_a_secretary, "有了“任职”记录"),
        (_given_a_group, "又设立了下级党组织"),
        (_renamed, "又有变更"),
    ],
)
def test_what_is_worked_with_is_not_taken_back(enterprise: Enterprise, happens: Any, words: str) -> None:
    batch = _entered(enterprise, *ROWS)
    with unscoped("test world"):
        happens(Organization.objects.get(code="044001"))
    now = _on_record()
    batch = enterprise.undo(batch)
    assert batch.state == State.COMMITTED
    assert words in batch.failure
    assert "“电气" in batch.failure
    assert _on_record() == now


def test_details_corrected_again_since_are_not_put_back(enterprise: Enterprise) -> None:
    batch = _entered(enterprise, unit("机电党支部", "党支部", "虚构第一总支", 联系电话="010-5550001", 成立日期="2020-01-01"))
    with unscoped("test world"):
        tree.correct_details(actor=make.SYSTEM, organization=enterprise.one, phone="010-5550002")
    batch = enterprise.undo(batch)
    assert (batch.state, "又改过" in batch.failure) == (State.COMMITTED, True)


def test_a_given_number_becomes_the_code_and_takes_no_other_place(enterprise: Enterprise) -> None:
    with unscoped("test world"):
        ahead = Organization.objects.order_by("-pk").values_list("pk", flat=True)[0] + 1
    rows = [unit("虚构第一总支", "党总支", TOP, 党组织编码="044100", 成立日期="2020-01-01")]
    rows += [
        unit("电气第一党支部", "党支部", "044100", 党组织编码=f"{ahead + 1:06d}"),
        unit("电气第二党支部", "党支部", "044100"),
    ]
    batch = _entered(enterprise, *rows)
    with unscoped("test world"):
        codes = dict(Organization.objects.filter(pk__gte=ahead).values_list("short_name", "code"))
        assert codes == {"电气第一党支部": f"{ahead + 1:06d}", "电气第二党支部": f"0{ahead + 1:06d}"}
        enterprise.first.refresh_from_db()
        assert enterprise.first.code == "044100"
    enterprise.undo(batch)
    with unscoped("test world"):
        enterprise.first.refresh_from_db()
        assert enterprise.first.code == f"{enterprise.first.pk:06d}"


@pytest.mark.parametrize("meanwhile", ["name", "code", "dissolved", "moved"])
def test_nothing_is_entered_when_the_tree_has_changed_meanwhile(enterprise: Enterprise, meanwhile: str) -> None:
    under = [unit("甲党支部", "党支部", "虚构第一总支", 党组织编码="1001"), *ROWS]
    batch = enterprise.upload(table(*under), sheet=TREE)
    assert batch.state == State.READY
    with unscoped("test world"):
        if meanwhile == "name":
            make.branch(enterprise.first, name="甲党支部")
        elif meanwhile == "code":
            make.branch(enterprise.second, code="1001")
        elif meanwhile == "moved":
            far = make.committee(enterprise.committee)
            tree.move(actor=make.SYSTEM, organization=enterprise.first, parent=far, effective_on=dt.date(2025, 1, 1))
        else:
            tree.dissolve(actor=make.SYSTEM, organization=enterprise.one, effective_on=dt.date(2026, 1, 1))
            tree.dissolve(actor=make.SYSTEM, organization=enterprise.first, effective_on=dt.date(2026, 1, 2))
    now = _on_record()
    batch = enterprise.commit(batch)
    assert batch.state == State.FAILED
    assert batch.failure.startswith("没有入库，一行也没有写入。“甲党支部”不能设立：")
    assert "请点“重新检查”" in batch.failure
    assert _on_record() == now


def test_a_general_branch_enters_what_is_below_it_and_nothing_else(enterprise: Enterprise) -> None:
    rows = [unit("电气党支部", "党支部", "虚构第一总支"), unit("运行党小组", "党小组", "机电党支部")]
    batch = enterprise.upload(table(*rows), sheet=TREE, who=enterprise.below, organization=enterprise.first)
    assert enterprise.commit(batch).state == State.COMMITTED
    with unscoped("test world"):
        made = Organization.objects.filter(pk__gt=enterprise.two.pk)
        assert {one.parent_id for one in made} == {enterprise.first.pk, enterprise.one.pk}


def test_the_number_of_statements_does_not_grow_with_the_tree(enterprise: Enterprise) -> None:
    def statements(number: int) -> int:
        rows = [unit(f"{number}之{place}党支部", "党支部", "虚构第一总支") for place in range(number)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            batch = _entered(enterprise, *rows)
            enterprise.undo(batch)
        return len(asked)

    assert statements(40) == statements(4)


# Kinds by what people write, from the top down.
KINDS = {"党委": "committee", "党总支部": "general_branch", "党支部": "branch", "临时党支部": "branch", "党小组": "group"}


@dataclass(frozen=True)
class Drawn:
    """An organisation of a random tree; ``above`` is its place among them, -1 for the top that is there already."""

    number: int
    kind: str
    above: int
    founded: dt.date
    has_code: bool
    way: int

    @property
    def name(self) -> str:
        return f"中共虚构集团第{self.number}委员会"

    @property
    def short_name(self) -> str:
        return f"第{self.number}组织"

    @property
    def code(self) -> str:
        return f"K{self.number}" if self.has_code else ""


@st.composite
def trees(draw: st.DrawFn) -> list[Drawn]:
    """A valid tree, superiors before those below them."""
    made: list[Drawn] = []
    for number in range(draw(st.integers(1, 18))):
        places = [-1, *range(len(made))]
        above = draw(st.sampled_from([place for place in places if place < 0 or KINDS[made[place].kind] != "group"]))
        upper = "committee" if above < 0 else KINDS[made[above].kind]
        kind = draw(st.sampled_from([word for word, kind in KINDS.items() if upper in PARENT_KINDS[kind]]))
        begins = dt.date(2020, 1, 1) if above < 0 else made[above].founded
        founded = begins + dt.timedelta(days=draw(st.integers(0, 100)))
        made.append(Drawn(number, kind, above, founded, draw(st.booleans()), draw(st.integers(0, 3))))
    return made


def _calls(drawn: list[Drawn], one: Drawn) -> str:
    """What the row of ``one`` writes for its superior."""
    if one.above < 0:
        return TOP
    upper = drawn[one.above]
    path = f"{TOP if upper.above < 0 else drawn[upper.above].short_name}/{upper.short_name}"
    return [upper.name, upper.short_name, upper.code or upper.name, path][one.way]


def _shape(enterprise: Enterprise) -> dict[str, tuple[Any, ...]]:
    """Each organisation by its names from the top, with what its paths and its history say."""
    with unscoped("test world"):
        rows = list(Organization.objects.filter(pk__gt=enterprise.two.pk).order_by("path"))
        names = dict(Organization.objects.values_list("pk", "short_name"))
        versions = {row.organization_id: row for row in OrganizationVersion.objects.filter(organization__in=rows)}
        events = dict(Event.objects.filter(verb="org.set_up").values_list("subject_id", "organization_path"))
    shape = {}
    for one in rows:
        version = versions[one.pk]
        assert (version.path, version.body_path, version.parent_id) == (one.path, one.body_path, one.parent_id)
        assert (events[one.pk], version.starts_on) == (one.path, one.established_on)
        code = one.code if one.code.startswith("K") else "own"
        shape[_named(one.path, names)] = (
            _named(one.body_path, names), one.kind, one.type_code, names[one.parent_id or 0], one.name, code, one.established_on,
            one.live_on,
        )  # fmt: skip
    return shape


def _named(path: str, names: dict[int, str]) -> str:
    return "/".join(names[int(part)] for part in path.rstrip("/").split("/"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_tree_in_any_order_comes_in_as_if_set_up_one_by_one(enterprise: Enterprise, data: st.DataObject) -> None:
    drawn = data.draw(trees())
    rows = [
        unit(one.name, one.kind, _calls(drawn, one), 党组织简称=one.short_name, 成立日期=one.founded, 党组织编码=one.code or None)
        for one in data.draw(st.permutations(drawn))
    ]
    before = _on_record()
    with transaction.atomic():
        batch = _entered(enterprise, *rows)
        entered = _shape(enterprise)
        assert len(entered) == len(drawn)
        enterprise.undo(batch)
        assert _on_record() == before
        _set_up_one_by_one(enterprise, drawn)
        assert _shape(enterprise) == entered
        transaction.set_rollback(True)


def _set_up_one_by_one(enterprise: Enterprise, drawn: list[Drawn]) -> None:
    codes = {"党委": "611", "党总支部": "621", "党支部": "631", "临时党支部": "931", "党小组": "641"}
    made: list[Organization] = []
    with unscoped("test world"):
        for one in drawn:
            made.append(
                tree.set_up(
                    actor=make.SYSTEM,
                    parent=enterprise.committee if one.above < 0 else made[one.above],
                    type_code=codes[one.kind],
                    name=one.name,
                    short_name=one.short_name,
                    effective_on=one.founded,
                    code=one.code,
                )
            )
