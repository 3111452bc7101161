"""Applications for a branch: filed below, answered above within the time of the rule, founded, filed with the superior."""

import datetime as dt
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import Event, User
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org import applications as reads
from dangjian.org.actions import applications, posts, tree
from dangjian.org.gate import admitted
from dangjian.org.models import BranchApplication, Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import duties, on, refreshed
from tests.offered import shown, tried

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
APPLIED, DUE, TODAY = dt.date(2026, 10, 31), dt.date(2026, 11, 30), dt.date(2026, 11, 23)
State = BranchApplication.State


@pytest.fixture(autouse=True)
def _all_rows() -> Any:
    with unscoped("a test looks at everything"):
        yield


class World:
    """A committee with its party worker, below it a general branch with a branch, whose secretary asks for another branch."""

    def __init__(self) -> None:
        self.top = make.committee(name="虚构集团党委")
        self.committee = make.committee(self.top, name="虚构公司党委")
        self.general = make.general_branch(self.committee, name="检修党总支")
        self.branch = make.branch(self.general, name="检修一班党支部")
        self.secretary = make.post(self.branch).user
        self.worker = make.post(self.committee, "party_worker", make.user("虚构干事")).user
        self.leader = make.post(self.committee).user

    def stated(self, **more: Any) -> dict[str, Any]:
        return {
            "actor": make.actor(self.secretary),
            "organization": self.branch,
            "superior": self.general,
            "type_code": "631",
            "name": "中共虚构公司检修二班支部委员会",
            "short_name": "检修二班党支部",
            "unit_name": "检修二班",
            "full_members": 5,
            "all_members": 7,
            "reason": "班组一分为二。",
            "applied_on": APPLIED,
            **more,
        }

    def filed(self, **more: Any) -> BranchApplication:
        return applications.file(**self.stated(**more))

    def agreed(self, answered_on: dt.date = TODAY, **more: Any) -> BranchApplication:
        return applications.agree(actor=make.actor(self.worker), application=self.filed(**more), answered_on=answered_on)


@pytest.fixture
def world() -> World:
    return World()


def refused(kind: type[Refusal], deed: Any) -> Refusal:
    """The refusal of ``deed``, after checking that nothing was written."""

    def stands() -> list[Any]:
        return [list(model.objects.order_by("pk").values_list()) for model in (BranchApplication, Organization, Event)]

    before = stands()
    with pytest.raises(kind) as caught:
        deed()
    assert stands() == before
    return caught.value


class TestFiling:
    def test_it_goes_to_the_nearest_committee_above_with_the_last_day_of_the_rule(self, world: World) -> None:
        filed = world.filed()
        assert (filed.approver, filed.state, filed.due_on) == (world.committee, State.WAITING, DUE)
        assert "第六条" in reads.citation(filed)
        assert Event.objects.filter(verb="org.branch_applied", organization_id=world.branch.pk).count() == 1

    def test_a_committee_asks_the_one_above_it(self, world: World) -> None:
        assert world.filed(actor=make.actor(world.leader), organization=world.committee, superior=world.committee).approver == (
            world.top
        )

    def test_the_uppermost_committee_decides_by_itself(self, world: World) -> None:
        asked = world.stated(actor=make.SYSTEM, organization=world.top, superior=world.top)
        assert "没有党委" in refused(Conflict, lambda: applications.file(**asked)).message

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"applied_on": dt.date(2026, 11, 24)}, "applied_on"),
            ({"applied_on": dt.date(2019, 12, 31)}, "applied_on"),
            ({"type_code": "621"}, "type_code"),
            ({"full_members": 8}, "full_members"),
            ({"reason": " "}, "reason"),
            ({"unit_name": ""}, "unit_name"),
            ({"short_name": "检修一班党支部"}, "short_name"),
            ({"expected_end_on": dt.date(2027, 3, 1)}, "expected_end_on"),
        ],
    )
    def test_what_cannot_be_right(self, world: World, wrong: dict[str, Any], field: str) -> None:
        assert field in refused(Invalid, lambda: world.filed(**wrong)).fields

    def test_it_stands_on_the_line_up_to_the_committee(self, world: World) -> None:
        assert reads.places_for(world.branch) == [world.general, world.committee]
        for elsewhere in (world.top, world.branch, make.general_branch(world.committee)):
            assert "superior" in refused(Invalid, lambda place=elsewhere: world.filed(superior=place)).fields

    def test_the_same_is_asked_for_once(self, world: World) -> None:
        world.filed()
        refused(Conflict, world.filed)

    def test_whoever_runs_nothing_there_may_not_ask(self, world: World) -> None:
        plain = make.member(world.branch, with_user=True).user
        assert plain
        refused(PermissionDenied, lambda: world.filed(actor=make.actor(plain)))
        stranger = make.post(make.branch(world.committee)).user
        refused(NotFound, lambda: world.filed(actor=make.actor(stranger)))

    def test_too_few_full_members_are_shown_to_both_sides(self, world: World) -> None:
        assert [one.code for one in reads.concerns(world.filed(full_members=2, all_members=2))] == ["branch_too_small"]

    def test_a_long_task_is_shown_to_both_sides(self, world: World) -> None:
        filed = world.filed(type_code="931", expected_end_on=dt.date(2027, 11, 1))
        assert [one.code for one in reads.concerns(filed)] == ["project_branch"]


class TestAnswering:
    def test_in_time(self, world: World) -> None:
        done = world.agreed()
        assert (done.state, done.answered_on, done.answered_by, done.is_late) == (State.AGREED, TODAY, world.worker, False)

    def test_late_is_taken_and_stays_visible(self, world: World) -> None:
        filed = world.filed()
        with on("2026-12-02"):
            late = applications.agree(actor=make.actor(world.worker), application=filed, answered_on=dt.date(2026, 12, 1))
        assert late.is_late
        assert "超过批复期限" in Event.objects.latest("pk").summary
        assert list(reads.in_state(BranchApplication.objects.all(), "late")) == [late]

    def test_on_the_last_day_is_in_time(self, world: World) -> None:
        filed = world.filed()
        with on("2026-12-02"):
            assert not applications.agree(actor=make.actor(world.worker), application=filed, answered_on=DUE).is_late

    def test_a_refusal_says_why(self, world: World) -> None:
        filed, actor = world.filed(), make.actor(world.worker)
        wanting = {"actor": actor, "application": filed, "answered_on": TODAY}
        assert "answer" in refused(Invalid, lambda: applications.refuse(**wanting, answer=" ")).fields
        done = applications.refuse(**wanting, answer="正式党员人数不够")
        assert (done.state, done.answer) == (State.REFUSED, "正式党员人数不够")
        refused(Conflict, lambda: applications.agree(**wanting))

    @pytest.mark.parametrize("day", [dt.date(2026, 10, 30), dt.date(2026, 11, 24)])
    def test_neither_before_the_application_nor_in_the_future(self, world: World, day: dt.date) -> None:
        filed = world.filed()
        deed = {"actor": make.actor(world.worker), "application": filed, "answered_on": day}
        assert "answered_on" in refused(Invalid, lambda: applications.agree(**deed)).fields

    def test_nobody_answers_what_they_filed(self, world: World) -> None:
        filed = world.filed(actor=make.actor(world.worker))
        answer = {"application": filed, "answered_on": TODAY}
        for deed in (applications.agree, lambda **more: applications.refuse(**more, answer="不同意")):
            refused(PermissionDenied, lambda deed=deed: deed(actor=make.actor(world.worker), **answer))
        other = make.post(world.committee, "party_worker").user
        assert applications.agree(actor=make.actor(other), **answer).state == State.AGREED

    def test_who_may_found_there_may_answer_and_nobody_else(self, world: World) -> None:
        filed = world.filed()
        below = make.post(world.general, "party_worker").user
        for user in (world.leader, world.secretary, below):
            deed = {"actor": make.actor(user), "application": filed, "answered_on": TODAY}
            refused(Refusal, lambda deed=deed: applications.agree(**deed))
        above = make.grant(world.top, "party_office").user
        assert applications.agree(actor=make.actor(above), application=filed, answered_on=TODAY).answered_by == above

    def test_whoever_filed_it_takes_it_back_while_it_waits(self, world: World) -> None:
        filed = world.filed()
        other = make.post(world.branch, "organisation_member").user
        refused(PermissionDenied, lambda: applications.withdraw(actor=make.actor(other), application=filed))
        applications.withdraw(actor=make.actor(world.secretary), application=filed)
        filed.refresh_from_db()
        assert (filed.state, filed.is_late) == (State.WITHDRAWN, False)
        refused(Conflict, lambda: applications.withdraw(actor=make.actor(world.secretary), application=filed))
        refused(Conflict, lambda: applications.agree(actor=make.actor(world.worker), application=filed, answered_on=TODAY))


class TestFounding:
    def founding(self, world: World, done: BranchApplication, **more: Any) -> dict[str, Any]:
        named = {"type_code": "631", "name": done.name, "short_name": done.short_name}
        return {"actor": make.actor(world.worker), "application": done, "effective_on": TODAY, **named, **more}

    def test_what_was_agreed_to_is_founded_and_linked(self, world: World) -> None:
        done = world.agreed()
        made = applications.found(**self.founding(world, done))
        done.refresh_from_db()
        assert (done.founded, made.parent, done.may_be_founded) == (made, world.general, False)
        again = self.founding(world, done, name="虚构", short_name="虚构")
        refused(Conflict, lambda: applications.found(**again))

    def test_not_before_the_reply(self, world: World) -> None:
        done = world.agreed()
        early = self.founding(world, done, effective_on=dt.date(2026, 11, 22))
        assert "effective_on" in refused(Invalid, lambda: applications.found(**early)).fields

    def test_only_a_branch(self, world: World) -> None:
        done = world.agreed()
        assert "type_code" in refused(Invalid, lambda: applications.found(**self.founding(world, done, type_code="621"))).fields

    def test_not_before_it_is_agreed_to(self, world: World) -> None:
        filed = world.filed()
        refused(Conflict, lambda: applications.found(**self.founding(world, filed)))

    def test_a_stranger_does_not_learn_how_it_stands(self, world: World) -> None:
        stranger = make.actor(make.post(make.committee(), "party_worker").user)
        waiting, agreed = world.filed(), world.agreed(name="虚构另一支部", short_name="另一支部")
        for row in (waiting, agreed):
            refused(NotFound, lambda row=row: applications.found(**self.founding(world, row, actor=stranger)))
            refused(NotFound, lambda row=row: applications.report(actor=stranger, application=row, reported_on=TODAY))

    def test_a_branch_is_founded_without_an_application_as_ever(self, world: World) -> None:
        made = tree.set_up(
            actor=make.actor(world.worker),
            parent=world.committee,
            type_code="631",
            name="虚构",
            short_name="虚构",
            effective_on=TODAY,
        )
        assert made.parent == world.committee


class TestFilingWithTheSuperior:
    def test_the_reply_is_filed_once_after_it_was_given(self, world: World) -> None:
        done = world.agreed(answered_on=dt.date(2026, 11, 20))
        deed = {"actor": make.actor(world.worker), "application": done}
        for day in (dt.date(2026, 11, 19), dt.date(2026, 11, 24)):
            refused(Invalid, lambda day=day: applications.report(**deed, reported_on=day))
        refused(PermissionDenied, lambda: applications.report(**deed | {"actor": make.actor(world.leader)}, reported_on=TODAY))
        assert list(reads.in_state(BranchApplication.objects.all(), "unreported")) == [done]
        assert applications.report(**deed, reported_on=TODAY).reported_on == TODAY
        refused(Conflict, lambda: applications.report(**deed, reported_on=TODAY))

    def test_nothing_is_filed_of_what_waits(self, world: World) -> None:
        filed = world.filed()
        refused(Conflict, lambda: applications.report(actor=make.actor(world.worker), application=filed, reported_on=TODAY))


class TestTheTreeMeanwhile:
    def test_who_asks_neither_moves_away_nor_ends_before_the_answer(self, world: World) -> None:
        filed = world.filed()
        other = make.general_branch(world.top)
        for one in (world.branch, world.general):
            deed = {"actor": make.SYSTEM, "organization": one, "parent": other if one is world.branch else world.top}
            assert "等待批复" in refused(Conflict, lambda deed=deed: tree.move(**deed, effective_on=TODAY)).message
        posts.end_post(actor=make.SYSTEM, post=world.branch.posts.get(), ends_on=TODAY, reason="调离")
        refused(Conflict, lambda: tree.dissolve(actor=make.SYSTEM, organization=world.branch, effective_on=TODAY))
        applications.refuse(actor=make.actor(world.worker), application=filed, answered_on=TODAY, answer="不具备条件")
        tree.dissolve(actor=make.SYSTEM, organization=world.branch, effective_on=TODAY)

    def test_it_moves_together_with_the_committee_that_answers(self, world: World) -> None:
        world.filed()
        tree.move(actor=make.SYSTEM, organization=world.committee, parent=make.committee(world.top), effective_on=TODAY)


class TestWhatWaits:
    def test_for_whoever_may_answer_but_not_for_whoever_filed_it(self, world: World) -> None:
        world.filed(actor=make.actor(world.worker))
        other = make.post(world.committee, "party_worker").user
        below = make.post(world.general, "party_worker").user
        assert [self.number(user) for user in (world.worker, other, below)] == [0, 1, 0]

    @staticmethod
    def number(user: User) -> int:
        actor = make.actor(user)
        with admitted(actor, "org.manage"):
            return reads.answerable(actor.user_id).count()

    def test_the_committee_owes_the_answer_until_the_last_day(self, world: World) -> None:
        filed = world.filed()
        [duty] = duties(rule="branch_application", organization=world.committee)
        assert (duty.occasion, duty.due_on, duty.look, duty.responsible) == (filed.pk, DUE, "due_soon", world.leader)
        with on("2026-12-01"):
            refreshed()
            [duty] = duties(rule="branch_application", organization=world.committee)
            assert duty.look == "overdue"
            applications.agree(actor=make.actor(world.worker), application=filed, answered_on=dt.date(2026, 12, 1))
            [duty] = duties(rule="branch_application", organization=world.committee)
            assert (duty.look, duty.evidence_id) == ("late", filed.pk)

    def test_what_is_taken_back_is_owed_no_more(self, world: World) -> None:
        filed = world.filed()
        applications.withdraw(actor=make.actor(world.secretary), application=filed)
        assert [one.state for one in duties(rule="branch_application")] == ["void"]


def step_address(filed: BranchApplication, step: str) -> str:
    return f"{reverse('org:application', args=[filed.pk])}?step={step}"


class TestPages:
    def browser(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def test_from_the_application_to_the_branch(self, world: World) -> None:
        asks, answers = self.browser(world.secretary), self.browser(world.worker)
        asked = {**world.stated(), "superior": world.general.pk, "applied_on": "2026-10-31", "step": ""}
        asked = {name: value for name, value in asked.items() if name not in {"actor", "organization"}}
        shown = asks.post(reverse("org:apply", args=[world.branch.pk]), asked).content.decode()
        assert "最晚2026年11月30日批复" in shown
        assert not BranchApplication.objects.exists(), "it was only tried"
        asks.post(reverse("org:apply", args=[world.branch.pk]), {**asked, "step": "confirm"})
        filed = BranchApplication.objects.get()
        assert "申请设立“检修二班党支部”" in answers.get("/duties/").content.decode()
        to_found = answers.post(
            step_address(filed, "agree"), {"answered_on": "2026-11-23", "document": "虚党〔2026〕3号", "step": "confirm"}
        )
        form = answers.get(to_found["Location"]).context["form"]
        assert (form["name"].value(), form["document"].value(), form["unit_name"].value()) == (
            filed.name,
            "虚党〔2026〕3号",
            "检修二班",
        )
        founding = {name: form[name].value() or "" for name in form.fields}
        answers.post(to_found["Location"], {**founding, "effective_on": "2026-11-23", "step": "confirm"})
        filed.refresh_from_db()
        assert filed.founded
        assert filed.founded.name == filed.name
        page = asks.get(reverse("org:application", args=[filed.pk])).content.decode()
        assert "已同意" in page
        assert "虚党〔2026〕3号" in page

    def test_the_applicant_reads_why_not(self, world: World) -> None:
        filed = world.filed()
        applications.refuse(actor=make.actor(world.worker), application=filed, answered_on=TODAY, answer="正式党员人数不够")
        page = self.browser(world.secretary).get(reverse("org:application", args=[filed.pk])).content.decode()
        assert "正式党员人数不够" in page

    def test_who_filed_it_is_offered_no_answer(self, world: World) -> None:
        filed = world.filed(actor=make.actor(world.worker))
        page = self.browser(world.worker).get(reverse("org:application", args=[filed.pk])).content.decode()
        assert step_address(filed, "agree") not in page
        assert step_address(filed, "withdraw") in page

    @pytest.mark.parametrize("step", ["withdraw", "agree", "refuse"])
    def test_a_step_is_offered_to_exactly_those_who_may_take_it(self, world: World, step: str) -> None:
        former = make.post(world.branch, "deputy_secretary", ends_on=dt.date(2026, 11, 1)).user
        deputy, member = make.post(world.branch, "deputy_secretary").user, make.member(world.branch, with_user=True).user
        both = make.post(world.branch, "organisation_member", who=make.grant(world.committee, "party_worker").user).user
        people = [world.secretary, world.worker, world.leader, former, deputy, member, both, make.post(world.general).user]
        data = {"answered_on": "2026-11-23", "answer": "虚构原因", "step": "confirm"}
        for filer, may_answer in ((world.secretary, {world.worker, both}), (both, {world.worker})):
            filed = world.filed(actor=make.actor(filer), name=f"虚构{filer.pk}", short_name=f"虚构{filer.pk}")
            address, expected = step_address(filed, step), {filer} if step == "withdraw" else may_answer
            for user in people:
                offered = f'href="{address}"' in shown(user, reverse("org:application", args=[filed.pk]))
                assert offered == (user in expected), (user, filer)
                assert (tried(user, address, data) == 302) == offered
                assert bool(shown(user, address)) == offered
            refused_to = [user for user in people if user not in expected]
            filed.state = State.REFUSED
            filed.save()
            assert all(f'href="{address}"' not in shown(user, reverse("org:application", args=[filed.pk])) for user in people)
            assert all(tried(user, address, data) in {403, 404} for user in refused_to)

    @pytest.mark.parametrize("step", ["withdraw", "agree", "refuse"])
    def test_a_neighbour_takes_no_step(self, world: World, step: str) -> None:
        filed, beside = world.filed(), make.branch(world.general)
        neighbour = make.post(beside).user
        data = {"answered_on": "2026-11-23", "answer": "虚构原因", "step": "confirm", "organization": beside.pk}
        assert self.browser(neighbour).post(step_address(filed, step), data).status_code in {403, 404}
        filed.refresh_from_db()
        assert filed.state == State.WAITING

    def test_the_list_is_filtered_sorted_and_exported(self, world: World) -> None:
        world.filed()
        world.filed(name="虚构另一支部", short_name="另一支部", applied_on=dt.date(2026, 9, 1))
        client, address = self.browser(world.worker), reverse("org:applications")

        def shown(query: str) -> list[str]:
            return [one.short_name for one in client.get(f"{address}?{query}").context["page_obj"]]

        assert shown("sort=due") == ["另一支部", "检修二班党支部"]
        assert shown("sort=-due") == ["检修二班党支部", "另一支部"]
        assert shown("state=late") == ["另一支部"]
        assert shown("q=检修二班党") == ["检修二班党支部"]
        assert shown("state=refused") == []
        answer = client.get(reverse("org:applications_sheet"), {"state": "late"})
        sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
        assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == ["另一支部"]

    def test_a_neighbour_sees_nothing(self, world: World) -> None:
        filed = world.filed()
        client = self.browser(make.post(make.branch(world.committee)).user)
        assert client.get(reverse("org:application", args=[filed.pk])).status_code == 404
        assert list(client.get(reverse("org:applications")).context["page_obj"]) == []
