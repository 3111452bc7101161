"""Yearly plans: handed down from level to level, used up by those who are admitted, asked for, never exceeded."""

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection, connections, transaction
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangjian.accounts.models import Event
from dangjian.activities.development.actions import quotas
from dangjian.activities.development.models import Applicant, Quota, QuotaRequest, RequestState, Stage
from dangjian.activities.development.policy import given_away, standing_of, within
from dangjian.activities.development.queries import quotas as read
from dangjian.engines.notifications.models import Notification
from dangjian.engines.procedures.models import ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.kernel.rulebook import forget
from dangjian.org import roles
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.build import admitted, applicant, case_of, reserved, step
from tests.offered import browser, shown

DAY = pytest.mark.day("2026-11-23")
YEAR, TODAY = 2026, dt.date(2026, 11, 23)
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "quotas.yaml").read_text(encoding="utf-8"))
PATHS = {"党委": "1/", "总支": "1/2/", "甲": "1/2/3/", "乙": "1/2/4/"}


@pytest.mark.parametrize("case", CASES, ids=[one["情形"] for one in CASES])
def test_how_far_a_plan_is(case: dict[str, Any]) -> None:
    plans, used, reserved_ = ({PATHS[name]: n for name, n in case.get(what, {}).items()} for what in ("计划", "接收", "待接收"))
    for name, expected in case["应得"].items():
        now = standing_of(PATHS[name], plans, used, reserved_)
        assert {"剩余": now.left, "未下达": now.free} == expected, name


NUMBERS = st.dictionaries(st.sampled_from([*PATHS.values(), "1/5/", "1/5/6/"]), st.integers(0, 9))


@given(plans=NUMBERS, taken=NUMBERS)
def test_what_is_given_away_is_never_less_than_what_is_taken(plans: dict[str, int], taken: dict[str, int]) -> None:
    for path in plans:
        assert given_away(path, plans, taken) >= within(path, taken)


class World:
    """A committee with a plan of 10, below it a general branch with two branches, and a branch of its own."""

    def __init__(self) -> None:
        self.top = make.committee(name="虚构集团党委")
        self.general = make.general_branch(self.top, name="检修党总支")
        self.first = make.branch(self.general, name="检修一班党支部")
        self.second = make.branch(self.general, name="检修二班党支部")
        self.office = make.grant(self.top, roles.PARTY_OFFICE).user
        self.leader = make.post(self.general).user
        self.secretary = make.post(self.first).user
        self.neighbour = make.post(make.branch(self.top, name="机关党支部")).user

    def enter(self, places: int = 10, **more: Any) -> Quota:
        given = {"actor": make.actor(self.office), "organization": self.top, "year": YEAR, "document": "虚党〔2026〕1号"}
        return quotas.enter(**given | {"places": places} | more)

    def hand_down(self, organization: Organization, places: dict[Organization, int | None], **more: Any) -> list[Quota]:
        numbers = {one.pk: number for one, number in places.items()}
        given = {"actor": make.actor(self.office), "organization": organization, "year": YEAR, "places": numbers}
        return quotas.hand_down(**given | more)

    def planned(self) -> None:
        """Ten at the top, six for the general branch, two of them for the first branch."""
        self.enter()
        self.hand_down(self.top, {self.general: 6})
        self.hand_down(self.general, {self.first: 2})

    def ask(self, organization: Organization | None = None, wanted: int = 3, **more: Any) -> QuotaRequest:
        given = {"actor": make.actor(self.secretary), "organization": organization or self.first, "year": YEAR}
        return quotas.ask(**given | {"wanted": wanted, "reason": "今年申请人多"} | more)


@pytest.fixture
def world(db: None) -> Any:
    with unscoped("a test looks at everything"):
        yield World()


def refused(kind: type[Refusal], act: Callable[[], object]) -> Refusal:
    """The refusal of ``act``, after checking that nothing was written."""

    def stands() -> list[Any]:
        return [list(model.objects.order_by("pk").values_list()) for model in (Quota, QuotaRequest, Event)]

    before = stands()
    with pytest.raises(kind) as caught:
        act()
    assert stands() == before
    return caught.value


def places(organization: Organization) -> int | None:
    found = read.quota_of(organization, YEAR)
    return found.places if found else None


@DAY
class TestTheTop:
    def test_it_enters_its_own_number_with_the_document(self, world: World) -> None:
        made = world.enter()
        assert (made.places, made.document, made.given_by) == (10, "虚党〔2026〕1号", world.office)
        assert world.enter(12).pk == made.pk
        told = Event.objects.filter(verb="development.quota_given", organization_id=world.top.pk).order_by("pk")
        assert [one.data["places"] for one in told] == [10, 12]
        assert "document" in refused(Invalid, lambda: world.enter(document=" ")).fields
        assert "places" in refused(Invalid, lambda: world.enter(-1)).fields

    def test_whoever_is_handed_a_plan_enters_none(self, world: World) -> None:
        below = make.committee(world.top)
        assert world.enter(3, organization=below).places == 3, "as long as nobody above hands plans down"
        world.enter()
        assert "上级" in refused(Conflict, lambda: world.enter(4, organization=below)).message
        refused(Conflict, lambda: world.enter(organization=world.general))

    def test_not_less_than_is_handed_down(self, world: World) -> None:
        world.planned()
        refusal = refused(Invalid, lambda: world.enter(5))
        assert "不能少于6名" in refusal.message
        assert world.enter(6).places == 6

    def test_only_years_that_are_planned(self, world: World) -> None:
        assert world.enter(year=2027).year == 2027
        refused(Conflict, lambda: world.enter(year=2028))

    def test_a_branch_below_does_not(self, world: World) -> None:
        refused(NotFound, lambda: world.enter(actor=make.actor(world.secretary)))
        plain = make.post(world.top, "publicity_member").user
        refused(PermissionDenied, lambda: world.enter(actor=make.actor(plain)))


@DAY
class TestHandingDown:
    def test_several_units_at_once(self, world: World) -> None:
        world.planned()
        world.hand_down(world.general, {world.first: 3, world.second: 3}, document="检修总支〔2026〕2号")
        assert (places(world.first), places(world.second)) == (3, 3)
        told = Event.objects.filter(verb="development.quota_handed_down", organization_id=world.general.pk).latest("pk")
        assert "检修一班党支部3名、检修二班党支部3名" in told.summary
        assert read.last_document(world.general, YEAR) == "检修总支〔2026〕2号"

    def test_never_more_than_one_has(self, world: World) -> None:
        world.planned()
        refusal = refused(Invalid, lambda: world.hand_down(world.general, {world.first: 4, world.second: 3}))
        assert "超出1名" in refusal.message
        assert "第三十八条" in refusal.citation

    def test_what_a_unit_without_a_plan_took_counts(self, world: World) -> None:
        world.planned()
        reserved(world.second)
        refused(Invalid, lambda: world.hand_down(world.general, {world.first: 6}))
        world.hand_down(world.general, {world.first: 5})

    def test_not_below_what_is_taken_or_handed_on(self, world: World) -> None:
        world.planned()
        admitted(world.first)
        reserved(world.first)
        refusal = refused(Invalid, lambda: world.hand_down(world.general, {world.first: 1}))
        assert refusal.fields == {str(world.first.pk): "不能少于2"}
        assert "已接收1名、预审通过待接收1名" in refusal.message
        refused(Invalid, lambda: world.hand_down(world.top, {world.general: 1}))
        world.hand_down(world.top, {world.general: 2})

    def test_what_is_over_already_may_grow_and_not_shrink(self, world: World) -> None:
        world.planned()
        for _ in range(4):
            admitted(world.first)
        refused(Invalid, lambda: world.hand_down(world.general, {world.first: 1}))
        world.hand_down(world.general, {world.first: 3})

    def test_a_plan_is_taken_back(self, world: World) -> None:
        world.planned()
        world.hand_down(world.general, {world.first: None})
        assert places(world.first) is None
        assert Event.objects.filter(verb="development.quota_taken_back", organization_id=world.first.pk).exists()
        assert read.standing(world.first, YEAR).holder == world.general

    def test_only_once_one_has_a_plan_and_only_to_ones_own_units(self, world: World) -> None:
        assert "登记本级计划" in refused(Conflict, lambda: world.hand_down(world.top, {world.general: 1})).how
        world.enter()
        assert "上级下达" in refused(Conflict, lambda: world.hand_down(world.general, {world.first: 1})).how
        refused(Invalid, lambda: world.hand_down(world.top, {world.first: 1}))
        refused(Conflict, lambda: world.hand_down(world.first, {}))

    def test_by_whoever_answers_for_it(self, world: World) -> None:
        world.planned()
        assert world.hand_down(world.general, {world.second: 1}, actor=make.actor(world.leader))
        refused(NotFound, lambda: world.hand_down(world.top, {world.general: 7}, actor=make.actor(world.leader)))
        for stranger in (world.secretary, world.neighbour):
            refused(NotFound, lambda who=stranger: world.hand_down(world.general, {world.first: 3}, actor=make.actor(who)))
        plain = make.actor(make.post(world.general, "publicity_member").user)
        refused(PermissionDenied, lambda: world.hand_down(world.general, {world.first: 3}, actor=plain))

    def test_where_nothing_changes_nothing_is_written(self, world: World) -> None:
        world.planned()
        before = Event.objects.count()
        assert world.hand_down(world.general, {world.first: 2}) == []
        assert Event.objects.count() == before

    def test_a_document_that_comes_later_is_added(self, world: World) -> None:
        world.planned()
        world.hand_down(world.general, {world.first: 2}, document="检修总支〔2026〕2号")
        assert read.last_document(world.general, YEAR) == "检修总支〔2026〕2号"


@DAY
class TestUse:
    def test_admitted_in_the_year_and_not_refused_above(self, world: World) -> None:
        world.planned()
        admitted(world.first)
        admitted(world.first, dt.date(2025, 12, 31))
        admitted(world.first, stage=Stage.ENDED, ended_on=TODAY)
        admitted(world.first, stage=Stage.ENDED, ended_on=TODAY, approved_on=TODAY)
        assert (read.standing(world.first, YEAR).used, read.standing(world.first, 2025).plan) == (2, None)

    def test_where_they_were_admitted_whoever_moves(self, world: World) -> None:
        world.planned()
        person = admitted(world.first)
        person.organization = world.second
        person.save()
        plan = read.year_plan(YEAR)
        assert (plan.of(world.first).used, plan.of(world.second).used) == (1, 0)

    def test_reserved_until_they_are_admitted_or_gone(self, world: World) -> None:
        world.planned()
        waits, gone = reserved(world.first), reserved(world.first)
        reserved(world.first, outcome="refused")
        assert read.standing(world.first, YEAR).reserved == 2
        ProcedureCase.objects.filter(subject_id=gone.pk).update(state="withdrawn", ended_on=TODAY)
        admitted(world.first, person=waits)
        now = read.standing(world.first, YEAR)
        assert (now.plan, now.used, now.reserved, now.left) == (2, 1, 0, 1)

    def test_whoever_waits_over_the_turn_of_the_year_counts_in_the_new_one(self, world: World) -> None:
        world.planned()
        world.enter(year=2027)
        reserved(world.first)
        with clock.at("2027-01-04 09:00"):
            assert read.standing(world.first, YEAR).reserved == 0
            assert read.standing(world.first, 2027).reserved == 1

    def test_the_nearest_plan_above_decides(self, world: World) -> None:
        world.planned()
        plan = read.standing(world.second, YEAR)
        assert (plan.holder, plan.plan, plan.left) == (world.general, 6, 4)
        assert "已下达给下级还没有使用2名" in plan.in_words
        assert "没有下达" in read.standing(make.committee(), YEAR).in_words

    def test_over_the_plan_is_refused_with_the_article(self, world: World) -> None:
        world.planned()
        reserved(world.first)
        assert read.objection(world.first, TODAY) is None
        found = read.objection(world.first, TODAY, extra=2)
        assert found
        reserved(world.first)
        found = read.objection(world.first, TODAY)
        assert found
        assert "“检修一班党支部”2026年发展党员计划2名，已接收0名，预审通过待接收2名，还可接收0名" in found.text
        assert ("第三十八条" in found.citation, found.is_usual_only, "申请追加" in found.how) == (True, False, True)

    def test_without_a_plan_nothing_is_refused(self, world: World) -> None:
        assert read.objection(world.first, TODAY) is None
        world.planned()
        assert read.objection(world.first, dt.date(2025, 6, 1)) is None

    @pytest.mark.parametrize(("over", "is_usual"), [("warn", True), ("off", None)])
    def test_the_enterprise_may_set_that_it_only_warns_or_only_shows(self, world: World, over: str, is_usual: Any) -> None:
        world.enter(0)
        try:
            with override_settings(DANGJIAN_RULE_SETTINGS={"development.plan.over": over}):
                forget()
                found = read.objection(world.first, TODAY)
        finally:
            forget()
        assert (found.is_usual_only if found else None) == is_usual

    def test_as_many_questions_for_many_units_as_for_one(self, world: World, django_assert_num_queries: Any) -> None:
        world.planned()
        admitted(world.first)
        with django_assert_num_queries(3):
            read.year_plan(YEAR)


@DAY
class TestRequests:
    def test_asked_and_granted_in_part(self, world: World) -> None:
        world.planned()
        asked = world.ask()
        done = quotas.grant(actor=make.actor(world.leader), request=asked, granted=2)
        assert (done.state, done.granted, places(world.first)) == (RequestState.GRANTED, 2, 4)
        assert Notification.objects.get(user=world.secretary).title == "追加2026年发展党员计划：同意追加2名"
        assert "追加2名" in Event.objects.filter(verb="development.quota_given").latest("pk").summary

    def test_the_plan_of_a_unit_without_one_begins_with_what_it_took(self, world: World) -> None:
        world.planned()
        reserved(world.second)
        asked = world.ask(world.second, actor=make.actor(make.post(world.second).user))
        quotas.grant(actor=make.actor(world.leader), request=asked, granted=1)
        assert places(world.second) == 2

    def test_not_more_than_there_is_nor_than_was_asked_for(self, world: World) -> None:
        world.planned()
        asked, leader = world.ask(wanted=5), make.actor(world.leader)
        for number in (0, 5, 6):
            assert "granted" in refused(Invalid, lambda n=number: quotas.grant(actor=leader, request=asked, granted=n)).fields
        quotas.grant(actor=leader, request=asked, granted=4)

    def test_refused_with_a_reason_once(self, world: World) -> None:
        world.planned()
        asked, leader = world.ask(), make.actor(world.leader)
        assert "answer" in refused(Invalid, lambda: quotas.refuse(actor=leader, request=asked, answer=" ")).fields
        assert quotas.refuse(actor=leader, request=asked, answer="名额已用完").state == RequestState.REFUSED
        refused(Conflict, lambda: quotas.grant(actor=leader, request=asked, granted=1))
        assert world.ask().state == RequestState.ASKED, "may ask again"

    def test_withdrawn_while_it_waits(self, world: World) -> None:
        world.planned()
        asked = world.ask()
        refused(NotFound, lambda: quotas.withdraw(actor=make.actor(world.neighbour), request=asked))
        quotas.withdraw(actor=make.actor(world.secretary), request=asked)
        refused(Conflict, lambda: quotas.grant(actor=make.actor(world.leader), request=asked, granted=1))

    def test_once_at_a_time_and_only_where_there_is_a_plan(self, world: World) -> None:
        refused(Conflict, world.ask)
        world.planned()
        world.ask()
        assert "正在等待答复" in refused(Conflict, world.ask).message
        refused(Conflict, lambda: world.ask(world.top, actor=make.actor(world.office)))

    def test_nobody_answers_their_own_nor_from_below(self, world: World) -> None:
        world.planned()
        asked = world.ask(world.general, actor=make.actor(world.leader))
        assert world.top == asked.organization.parent
        refused(NotFound, lambda: quotas.grant(actor=make.actor(world.leader), request=asked, granted=1))
        both = make.grant(world.general, roles.PARTY_OFFICE, world.office).user
        own = world.ask(world.first, actor=make.actor(make.grant(world.first, roles.PARTY_OFFICE, both).user))
        refused(PermissionDenied, lambda: quotas.grant(actor=make.actor(both), request=own, granted=1))
        quotas.grant(actor=make.actor(world.office), request=asked, granted=1)

    def test_it_waits_for_whoever_answers(self, world: World) -> None:
        world.planned()
        asked = world.ask()
        assert f"/development/quota-requests/{asked.pk}/" in shown(world.leader, "/duties/")
        assert f"/development/quota-requests/{asked.pk}/" not in shown(world.secretary, "/duties/")
        row = shown(world.leader, "/development/quota-requests/").partition("<tbody")[2]
        assert re.search(r'data-label="同意追加"[^>]*>\s*</td>', row), "nothing was granted or refused yet"


# Whatever is done in whatever order

UNITS = st.sampled_from(["general", "first", "second"])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("hand"), UNITS, st.integers(0, 6) | st.none()),
        st.tuples(st.just("enter"), st.just("top"), st.integers(0, 8)),
        st.tuples(st.just("ask"), UNITS, st.integers(1, 4)),
        st.tuples(st.just("grant"), UNITS, st.integers(1, 4)),
        st.tuples(st.just("reserve"), st.sampled_from(["first", "second"]), st.just(0)),
        st.tuples(st.just("admit"), st.sampled_from(["first", "second"]), st.just(0)),
    ),
    max_size=14,
)


def _act(world: World, what: str, unit: Organization, number: Any) -> None:
    actor = make.SYSTEM
    if what == "hand":
        world.hand_down(unit.parent, {unit: number}, actor=actor)
    elif what == "enter":
        world.enter(number, actor=actor)
    elif what == "ask":
        world.ask(unit, number, actor=actor)
    elif what == "grant":
        asked = QuotaRequest.objects.filter(organization=unit, state=RequestState.ASKED).first()
        if asked:
            quotas.grant(actor=actor, request=asked, granted=number)
    elif what == "reserve" and read.objection(unit, TODAY) is None:
        reserved(unit)
    elif what == "admit":
        waiting = Applicant.objects.not_admitted().filter(organization=unit).first()
        if waiting:
            admitted(unit, person=waiting)


@DAY
@pytest.mark.any_database
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_no_plan_is_ever_exceeded(world: World, acts: list[tuple[str, str, Any]]) -> None:
    with transaction.atomic():
        world.enter(6)
        for what, name, number in acts:
            try:
                with transaction.atomic():
                    _act(world, what, getattr(world, name), number)
            except Refusal:
                continue
            plan = read.year_plan(YEAR)
            for unit in (world.top, world.general, world.first, world.second):
                now = plan.of(unit)
                if now.plan is not None:
                    assert now.left is not None
                    assert now.free is not None
                    assert now.left >= now.free >= 0, (what, name, number)
        transaction.set_rollback(True)


@DAY
@pytest.mark.django_db(transaction=True)
def test_two_who_hand_out_the_last_place_at_once() -> None:
    with unscoped("test world"):
        world = World()
        world.enter(1)
        world.hand_down(world.top, {world.general: 1})

    def give(unit: Organization) -> bool:
        try:
            with unscoped("a thread"), clock.at("2026-11-23 09:00"):
                world.hand_down(world.general, {unit: 1})
        except Invalid:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(give, (world.first, world.second))) == [False, True]
    connection.close()


@DAY
@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_last_place_at_once() -> None:
    with unscoped("test world"):
        world = World()
        world.enter(1)
        people = [case_of(applicant(branch, stage=Stage.OBJECT)) for branch in (world.first, world.second)]

    def take(case: ProcedureCase) -> bool:
        try:
            with unscoped("a thread"), clock.at("2026-11-23 09:00"), transaction.atomic():
                if read.objection(case.organization, TODAY):
                    return False
                step(case, "prereview", taken_on=TODAY, outcome="agreed")
                return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(take, people)) == [False, True]
    connection.close()


@DAY
class TestPages:
    def test_the_list_says_how_far_each_plan_is(self, world: World) -> None:
        world.planned()
        admitted(world.first)
        page = shown(world.office, "/development/quotas/")
        assert "检修一班党支部" in page
        assert f"/development/quotas/{world.first.pk}/2026/" in page
        assert f"/development/quotas/{world.first.pk}/2026/" not in shown(world.office, "/development/quotas/?plan=none")

    def test_a_units_page_offers_what_may_be_done_there(self, world: World) -> None:
        world.planned()
        address = f"/development/quotas/{world.general.pk}/2026/"
        assert "下达计划" in shown(world.leader, address)
        assert "申请追加" in shown(world.leader, address)
        assert "登记本级计划" not in shown(world.leader, address)
        assert "申请追加" in shown(world.secretary, f"/development/quotas/{world.first.pk}/2026/")
        assert shown(world.secretary, address) == ""

    def test_too_much_is_said_in_the_form_and_nothing_is_lost(self, world: World) -> None:
        world.planned()
        address = f"/development/quotas/{world.general.pk}/2026/hand-down/"
        answer: Any = browser(world.leader).post(address, {f"unit_{world.first.pk}": "7", "document": "检修总支〔2026〕2号"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "超出1名" in page
        assert 'value="7"' in page
        assert "检修总支〔2026〕2号" in page
        sent = {f"unit_{world.first.pk}": "1", f"unit_{world.second.pk}": "", "document": ""}
        admitted(world.first)
        admitted(world.first)
        answer = browser(world.leader).post(address, sent)
        assert "不能少于2" in answer.content.decode()
