"""The officers' sheet: problems by cell, posts with terms and accounts, officers who come in before the roster, taking back."""

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dangjian.accounts.events import record
from dangjian.accounts.models import Event, User
from dangjian.engines.exchange import actions
from dangjian.engines.exchange import sheets as product_sheets
from dangjian.engines.exchange.models import ImportBatch, ImportRow, State
from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.members.actions import account
from dangjian.members.actions.record import update_record
from dangjian.members.models import ChangeKind, Member, WaitingAccount
from dangjian.members.sheets.officers.columns import post_kind, term_number
from dangjian.members.sheets.officers.sheet import OFFICERS
from dangjian.org import roles
from dangjian.org.actions import grants, posts
from dangjian.org.gate import admitted
from dangjian.org.models import Organization, Post, TermOfBody
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.pages import signed_in
from tests.importing import Enterprise
from tests.members.sheets.people import person, resident_id, sheet

HEADERS = ("党组织", "姓名", "公民身份号码", "员工编码", "职务", "任职日期", "任职文号", "届次", "本届开始日期")
BRANCH = "机电党支部"


def officer(place: int, **changes: Any) -> dict[str, Any]:
    """The secretary of the branch in its third term; ``changes`` by header replace cells."""
    return {
        "党组织": BRANCH,
        "姓名": f"虚构{place}号",
        "公民身份号码": resident_id(place),
        "职务": "书记",
        "任职日期": "2024-06-18",
        "届次": 3,
        "本届开始日期": "2024-06-18",
        **changes,
    }


def upload(world: Enterprise, rows: list[dict[str, Any]], who: User | None = None, **more: Any) -> ImportBatch:
    actor = make.actor(who or world.office)
    more.setdefault("organization", world.committee)
    with admitted(actor, OFFICERS.permission):
        batch = actions.upload(
            actor=actor, sheet=OFFICERS, file=sheet(rows, HEADERS), file_name="任职表.xlsx", answers={}, **more
        )
    actions.check(pk=batch.pk)
    return world.again(batch)


def commit(world: Enterprise, batch: ImportBatch) -> ImportBatch:
    actor = make.actor(batch.uploaded_by)
    with admitted(actor, OFFICERS.permission):
        assert actions.start_commit(actor=actor, batch=batch)
    actions.commit(pk=batch.pk)
    return world.again(batch)


def undo(world: Enterprise, batch: ImportBatch) -> ImportBatch:
    actor = make.actor(batch.uploaded_by)
    with admitted(actor, OFFICERS.permission):
        assert actions.start_undo(actor=actor, batch=batch)
    actions.undo(pk=batch.pk)
    return world.again(batch)


def on_roster(branch: Organization, place: int, **more: Any) -> Member:
    return make.member(branch, f"虚构{place}号", resident_id=resident_id(place), **more)


def held(organization: Organization) -> list[tuple[str, str]]:
    with unscoped("test"):
        rows = Post.objects.in_effect().filter(organization=organization).order_by("pk")
        return [(post.kind, post.user.name) for post in rows]


class TestReading:
    @pytest.mark.parametrize(
        ("typed", "kind"),
        [
            ("书记", "secretary"),
            ("党支部书记", "secretary"),
            ("党委副书记", "deputy_secretary"),
            ("党委常委", "standing_member"),
            ("常务委员", "standing_member"),
            ("总支委员", "committee_member"),
            ("支委", "committee_member"),
            ("青年委员", "committee_member"),
            ("组织委员（兼）", "organisation_member"),
            (" 党小组 组长 ", "group_leader"),
            ("小组长", "group_leader"),
            ("党建干事", "party_worker"),
        ],
    )
    def test_posts_as_people_write_them(self, typed: str, kind: str) -> None:
        assert post_kind(typed) == kind

    @pytest.mark.parametrize("typed", ["书记、组织委员", "副书记兼纪检委员", "书记 宣传委员"])
    def test_two_posts_in_one_cell_are_asked_for_in_two_rows(self, typed: str) -> None:
        with pytest.raises(Invalid, match="几个职务"):
            post_kind(typed)

    @pytest.mark.parametrize("typed", ["纪委委员", "工会主席", "主任"])
    def test_other_posts_are_not_taken_for_one(self, typed: str) -> None:
        with pytest.raises(Invalid, match="没有"):
            post_kind(typed)

    @pytest.mark.parametrize(
        ("typed", "number"), [(3, 3), ("第3届", 3), ("第三届", 3), ("十", 10), ("第十五届", 15), ("二十一", 21), ("３", 3)]
    )
    def test_terms_as_people_number_them(self, typed: Any, number: int) -> None:
        assert term_number(typed) == number

    @pytest.mark.parametrize("typed", ["0", "100", "三四", "届", "2.5", "上届"])
    def test_what_is_no_term(self, typed: Any) -> None:
        with pytest.raises(Invalid, match="第几届"):
            term_number(typed)


class TestChecks:
    @pytest.mark.day("2026-11-23")
    @pytest.mark.parametrize(
        ("header", "value", "cell", "words"),
        [
            ("党组织", "不存在的组织", "A2", "没有党组织叫"),
            ("党组织", "机电党支", "A2", "是不是“机电党支部”"),
            ("党组织", None, "A2", "没有填写党组织"),
            ("姓名", None, "B2", "没有填写"),
            ("公民身份号码", "990000198003070022", "C2", "最后一位不对"),
            ("公民身份号码", None, "C2", "至少填一项"),
            ("职务", None, "E2", "没有填写"),
            ("职务", "党小组组长", "E2", "党支部不设这个职务"),
            ("职务", "书记兼组织委员", "E2", "一行只填一个职务"),
            ("任职日期", "2026-11-24", "F2", "不能晚于今天"),
            ("任职日期", "2019-12-31", "F2", "成立于2020年1月1日"),
            ("任职日期", "24.6.18", "F2", "没有写全年份"),
            ("届次", "上一届", "H2", "看不出是第几届"),
            ("本届开始日期", "2019-12-31", "I2", "成立于2020年1月1日"),
            ("本届开始日期", None, "I2", "也要填本届开始日期"),
        ],
    )
    def test_a_fault_is_named_by_its_cell(self, enterprise: Enterprise, header: str, value: Any, cell: str, words: str) -> None:
        batch = upload(enterprise, [officer(1, **{header: value})])
        assert words in enterprise.problems(batch)[cell]
        assert not enterprise.problems(batch)[cell].startswith("~")
        assert batch.state == State.PROBLEMS

    def test_organisations_of_one_name_are_told_apart_by_the_one_above(self, enterprise: Enterprise) -> None:
        first = make.group(enterprise.one, name="第一党小组")
        make.group(enterprise.two, name="第一党小组")
        leader = {"职务": "组长", "届次": None, "本届开始日期": None}
        ways = ["第一党小组", "机电党支部/第一党小组", "机电党支部第一党小组", "虚构第一总支＞第一党小组", first.code]
        rows = [officer(place, 党组织=way, **leader) for place, way in enumerate(ways, start=1)]
        batch = upload(enterprise, rows)
        found = enterprise.problems(batch)
        assert "有2个党组织都叫“第一党小组”" in found["A2"]
        assert "机电党支部/第一党小组" in found["A2"]
        assert [cell for cell in found if cell.startswith("A") and not found[cell].startswith("~")] == ["A2"]
        # All the others mean one group, which has one leader.
        assert {cell for cell, text in found.items() if "只能有一名党小组组长，第3行" in text} == {"E4", "E5", "E6"}

    def test_a_body_has_one_secretary(self, enterprise: Enterprise) -> None:
        found = enterprise.problems(upload(enterprise, [officer(1), officer(2)]))
        assert "“机电党支部”同一时间只能有一名书记，第2行已经填了一名" in found["E3"]

    def test_a_secretary_in_office_stands_in_the_way(self, enterprise: Enterprise) -> None:
        make.post(enterprise.one, "secretary", make.user("虚构老书记"))
        found = enterprise.problems(upload(enterprise, [officer(1)]))
        assert "2020年1月1日起是虚构老书记" in found["E2"]

    def test_a_post_somebody_holds_already_is_left_alone(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1, with_user=True)
        make.post(enterprise.one, "secretary", one.user)
        rows = [officer(1, 届次=None, 本届开始日期=None), officer(1, 职务="党务工作者")]
        batch = upload(enterprise, rows)
        assert enterprise.outcomes(batch) == ["ignored", "new"]

    def test_the_same_post_twice_is_a_double(self, enterprise: Enterprise) -> None:
        found = enterprise.problems(upload(enterprise, [officer(1, 职务="委员"), officer(1, 职务="支委")]))
        assert "第2行已经填了虚构1号任“机电党支部”委员" in found["E3"]

    def test_one_body_has_one_term(self, enterprise: Enterprise) -> None:
        rows = [
            officer(1),
            officer(2, 职务="组织委员", 本届开始日期="2025-06-18"),
            officer(3, 职务="宣传委员", 届次=4),
            officer(4, 职务="纪检委员", 届次=None, 本届开始日期=None, 任职日期=None),
        ]
        batch = upload(enterprise, rows)
        found = enterprise.problems(batch)
        assert "其他行写的是2024年6月18日，请统一" in found["I3"]
        assert "其他行写的是第3届，请统一" in found["H4"]
        assert enterprise.outcomes(batch) == ["new", "problem", "problem", "new"]

    def test_correcting_one_row_judges_those_it_was_held_against(self, enterprise: Enterprise) -> None:
        rows = [officer(1, 本届开始日期="2025-06-18"), officer(2, 职务="组织委员"), officer(3, 职务="宣传委员")]
        batch = upload(enterprise, rows)
        assert enterprise.outcomes(batch) == ["problem", "new", "new"]
        actor = make.actor(enterprise.office)
        with admitted(actor, OFFICERS.permission):
            for number in (3, 4):
                actions.fix_row(actor=actor, batch=batch, number=number, values={"term_starts_on": "2025-06-18"})
        batch = enterprise.again(batch)
        assert enterprise.outcomes(batch) == ["new", "new", "new"]
        assert batch.state == State.READY

    def test_leaving_a_row_out_frees_the_others(self, enterprise: Enterprise) -> None:
        batch = upload(enterprise, [officer(1), officer(2)])
        actor = make.actor(enterprise.office)
        with admitted(actor, OFFICERS.permission):
            actions.leave_out(actor=actor, batch=batch, number=2, out=True)
        assert enterprise.outcomes(batch) == ["ignored", "new"]
        assert enterprise.again(batch).state == State.READY

    def test_a_term_that_is_over_is_a_warning_that_says_since_when(self, enterprise: Enterprise) -> None:
        batch = upload(enterprise, [officer(1, 任职日期="2022-03-01", 本届开始日期="2022-03-01")])
        assert "~这一届到2025年3月1日已经届满" in enterprise.problems(batch)["I2"]
        assert batch.state == State.READY

    def test_a_term_on_record_is_not_changed(self, enterprise: Enterprise) -> None:
        with unscoped("test"):
            posts.start_term(actor=make.SYSTEM, organization=enterprise.one, starts_on=dt.date(2023, 3, 1), number=2)
        found = enterprise.problems(upload(enterprise, [officer(1)]))
        assert "已登记第2届，2023年3月1日开始" in found["I2"]
        rows = [officer(1, 届次=3, 本届开始日期="2023-03-01")]
        assert "登记的这一届是第2届" in enterprise.problems(upload(enterprise, rows))["H2"]

    def test_a_term_must_follow_the_last_one(self, enterprise: Enterprise) -> None:
        with unscoped("test"):
            term = posts.start_term(actor=make.SYSTEM, organization=enterprise.one, starts_on=dt.date(2021, 3, 1), number=5)
            posts.end_term(actor=make.SYSTEM, term=term, ended_on=dt.date(2024, 3, 1), reason="换届")
        assert "新的届次应更大" in enterprise.problems(upload(enterprise, [officer(1)]))["H2"]

    def test_a_group_has_no_term(self, enterprise: Enterprise) -> None:
        make.group(enterprise.one, name="检修小组")
        batch = upload(enterprise, [officer(1, 党组织="检修小组", 职务="组长")])
        found = enterprise.problems(batch)
        assert found["H2"] == found["I2"] == "~党小组没有届次，这一格不导入。"
        assert batch.state == State.READY

    def test_size_of_a_committee_and_a_missing_secretary_are_warnings(self, enterprise: Enterprise) -> None:
        rows = [officer(place, 党组织="虚构第一总支", 职务="委员") for place in (1, 2)]
        batch = upload(enterprise, rows)
        text = enterprise.problems(batch)["A2"]
        assert text.startswith("~")
        with unscoped("test"):
            texts = list(batch.problems.filter(column="organization").values_list("message", flat=True))
        assert any("没有书记" in text for text in texts)
        assert any("党总支委员会2人，应当不少于5人" in text for text in texts)
        assert batch.state == State.READY

    def test_somebody_who_would_give_themselves_more_is_told_in_the_cell(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1, with_user=True)
        assert one.user
        make.grant(enterprise.first, roles.PARTY_WORKER, one.user)
        batch = upload(enterprise, [officer(1)], who=one.user, organization=enterprise.first)
        assert "不能给自己登记带有更多权限的职务" in enterprise.problems(batch)["E2"]

    def test_missing_columns_are_named(self, enterprise: Enterprise) -> None:
        actor = make.actor(enterprise.office)
        with admitted(actor, OFFICERS.permission), pytest.raises(Invalid) as refused:
            actions.upload(
                actor=actor, sheet=OFFICERS, organization=enterprise.committee, file_name="a.xlsx", answers={},
                file=sheet([{"党组织": BRANCH, "姓名": "虚构甲"}], ("党组织", "姓名")),
            )  # fmt: skip
        assert "“职务”、“公民身份号码或员工编码”、“任职日期或本届开始日期”" in refused.value.message

    def test_the_template_is_read_back(self, enterprise: Enterprise) -> None:
        actor = make.actor(enterprise.office)
        with admitted(actor, OFFICERS.permission):
            batch = actions.upload(
                actor=actor, sheet=OFFICERS, organization=enterprise.committee, file_name="模板.xlsx", answers={},
                file=product_sheets.template(OFFICERS),
            )  # fmt: skip
        actions.check(pk=batch.pk)
        assert enterprise.outcomes(batch) == ["ignored"]
        assert enterprise.again(batch).unknown_headers == []


class TestPeople:
    def test_somebody_not_on_the_roster_of_their_branch_is_a_problem(self, enterprise: Enterprise) -> None:
        on_roster(enterprise.one, 7)
        found = enterprise.problems(upload(enterprise, [officer(1), officer(2, 党组织="虚构第一总支")]))
        assert "“机电党支部”的名册里没有虚构1号" in found["B2"]
        assert "“虚构第一总支”的名册里没有虚构2号" in found["B3"]

    def test_where_nobody_is_on_the_roster_yet_they_are_waited_for(self, enterprise: Enterprise) -> None:
        on_roster(enterprise.two, 7)
        batch = upload(enterprise, [officer(1)])
        assert enterprise.problems(batch)["B2"].startswith("~名册里还没有虚构1号")
        assert batch.state == State.READY

    def test_without_an_id_number_nobody_is_waited_for(self, enterprise: Enterprise) -> None:
        found = enterprise.problems(upload(enterprise, [officer(1, 公民身份号码=None, 员工编码="100001")]))
        assert "没有员工编码和姓名都相同的党员" in found["D2"]

    def test_a_member_is_found_by_employee_number_and_name(self, enterprise: Enterprise) -> None:
        on_roster(enterprise.one, 1, employee_no="100001")
        on_roster(enterprise.one, 2, employee_no="100002")
        rows = [
            officer(1, 公民身份号码=None, 员工编码=100001),
            officer(9, 职务="组织委员", 公民身份号码=None, 员工编码="100002"),
        ]
        batch = upload(enterprise, rows)
        assert enterprise.outcomes(batch) == ["new", "problem"]

    def test_a_number_of_somebody_else_is_told(self, enterprise: Enterprise) -> None:
        on_roster(enterprise.one, 1)
        found = enterprise.problems(upload(enterprise, [officer(1, 姓名="虚构他人")]))
        assert "这个号码登记的是虚构1号" in found["B2"]

    def test_one_number_has_one_name(self, enterprise: Enterprise) -> None:
        found = enterprise.problems(upload(enterprise, [officer(1), officer(2, 职务="委员", 公民身份号码=resident_id(1))]))
        assert "同一个号码在表里另一行写的姓名是“虚构1号”" in found["B3"]

    def test_who_has_left_holds_no_post(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1)
        with unscoped("test"):
            account.leave(actor=make.SYSTEM, member=one, kind=ChangeKind.TRANSFERRED_OUT, effective_on=dt.date(2026, 1, 1))
        assert "组织关系已转出" in enterprise.problems(upload(enterprise, [officer(1)]))["B2"]

    def test_an_account_that_is_switched_off_is_told(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1, with_user=True)
        User.objects.filter(pk=one.user_id).update(is_active=False)
        assert "账号已停用" in enterprise.problems(upload(enterprise, [officer(1)]))["B2"]

    def test_an_administrator_holds_no_post(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1, with_user=True)
        make.grant(enterprise.committee, roles.AUDIT_ADMIN, one.user)
        assert "审计管理员" in enterprise.problems(upload(enterprise, [officer(1)]))["B2"]

    def test_a_stranger_to_the_other_branch_does_not_learn_who_it_is(self, enterprise: Enterprise) -> None:
        on_roster(enterprise.two, 1)
        batch = upload(enterprise, [officer(1, 姓名="虚构他人")], who=enterprise.below, organization=enterprise.first)
        texts = " ".join(enterprise.problems(batch).values())
        assert "另一个党组织" in texts
        assert "虚构1号" not in texts
        assert "机务" not in texts

    def test_whoever_waits_elsewhere_is_not_told_either(self, enterprise: Enterprise) -> None:
        commit(enterprise, upload(enterprise, [officer(1, 党组织="机务党支部")]))
        batch = upload(enterprise, [officer(1, 姓名="虚构他人")], who=enterprise.below, organization=enterprise.first)
        texts = " ".join(enterprise.problems(batch).values())
        assert "另一个党组织" in texts
        assert "虚构1号" not in texts

    def test_an_office_below_names_only_its_own_organisations(self, enterprise: Enterprise) -> None:
        rows = [officer(1, 党组织="机务党支部"), officer(2, 党组织="虚构集团党委")]
        found = enterprise.problems(upload(enterprise, rows, who=enterprise.below, organization=enterprise.first))
        assert "没有党组织叫" in found["A2"]
        assert "没有党组织叫" in found["A3"]


class TestEntering:
    def test_posts_terms_and_accounts_come_in_together(self, enterprise: Enterprise) -> None:
        group = make.group(enterprise.one, name="检修小组")
        on_roster(enterprise.one, 1, mobile="19900000001")
        on_roster(enterprise.one, 2, with_user=True)
        on_roster(enterprise.one, 3)
        rows = [
            officer(1, 任职文号="虚党〔2024〕6号"),
            officer(2, 职务="组织委员", 届次=None, 本届开始日期=None, 任职日期=None),
            officer(3, 党组织="检修小组", 职务="组长", 届次=None, 本届开始日期=None),
            officer(1, 党组织="虚构第一总支", 职务="委员", 届次=None, 本届开始日期=None),
        ]
        batch = upload(enterprise, rows)
        assert batch.state == State.READY, enterprise.problems(batch)
        batch = commit(enterprise, batch)
        assert (batch.state, batch.failure) == (State.COMMITTED, "")
        assert held(enterprise.one) == [("secretary", "虚构1号"), ("organisation_member", "虚构2号")]
        assert held(group) == [("group_leader", "虚构3号")]
        assert held(enterprise.first) == [("committee_member", "虚构1号")]
        with unscoped("test"):
            term = TermOfBody.objects.get()
            assert (term.organization, term.number, term.starts_on, term.due_on) == (
                enterprise.one, 3, dt.date(2024, 6, 18), dt.date(2027, 6, 18),
            )  # fmt: skip
            assert set(Post.objects.filter(organization=enterprise.one).values_list("term", flat=True)) == {term.pk}
            secretary = Post.objects.get(organization=enterprise.one, kind="secretary")
            assert (secretary.document, secretary.starts_on) == ("虚党〔2024〕6号", dt.date(2024, 6, 18))
            one = Member.objects.get(name="虚构1号")
        assert one.user
        assert one.user == secretary.user
        assert (one.user.username, one.user.has_usable_password(), one.user.must_change_password) == (
            "xugou1hao", False, True,
        )  # fmt: skip
        assert one.user.phone_index
        assert make.actor(one.user).may("members.view", enterprise.one)
        assert Event.objects.filter(verb="org.appointed").count() == 4
        assert Event.objects.filter(verb="accounts.opened").count() == 2

    def test_a_term_comes_in_with_a_post_that_is_held(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1, with_user=True)
        make.post(enterprise.one, "secretary", one.user)
        batch = upload(enterprise, [officer(1, 任职日期=None)])
        assert enterprise.outcomes(batch) == ["update"]
        batch = commit(enterprise, batch)
        assert (batch.new_count, batch.update_count) == (0, 1)
        with unscoped("test"):
            assert TermOfBody.objects.get().number == 3
            assert Post.objects.count() == 1
        assert enterprise.outcomes(upload(enterprise, [officer(1)])) == ["ignored"]
        undo(enterprise, batch)
        with unscoped("test"):
            assert not TermOfBody.objects.exists()
            assert Post.objects.count() == 1

    def test_all_or_nothing_naming_the_row(self, enterprise: Enterprise) -> None:
        batch = upload(enterprise, [officer(1, 党组织="机务党支部"), officer(2)])
        make.post(enterprise.one, "secretary", make.user("虚构新人"))
        batch = commit(enterprise, batch)
        assert batch.state == State.FAILED
        assert "虚构2号任“机电党支部”书记" in batch.failure
        with unscoped("test"):
            assert Post.objects.count() == 1
            assert not TermOfBody.objects.exists()
            assert not WaitingAccount.objects.exists()
            assert not User.objects.filter(name="虚构1号").exists()

    @pytest.mark.django_db(transaction=True)
    def test_the_pages_show_the_sheet_and_what_comes_next(self, enterprise: Enterprise) -> None:
        client = signed_in(enterprise.office)
        address = f"{reverse('exchange:upload')}?sheet=officers"
        assert "任职表文件" in client.get(address).content.decode()
        file = SimpleUploadedFile("任职表.xlsx", sheet([officer(1)], HEADERS).getvalue())
        answer = client.post(address, {"file": file, "organization": enterprise.committee.pk})
        page = client.get(answer["Location"]).content.decode()
        assert "名册里还没有虚构1号" in page
        assert "990000********" not in page
        with unscoped("test"):
            batch = ImportBatch.objects.get()
        client.post(reverse("exchange:commit", args=[batch.pk]))
        assert "导入党员名册" in client.get(reverse("exchange:detail", args=[batch.pk])).content.decode()


class TestBeforeTheRoster:
    def test_the_account_waits_and_becomes_the_members(self, enterprise: Enterprise) -> None:
        rows = [officer(1), officer(1, 党组织="虚构第一总支", 职务="委员", 届次=None, 本届开始日期=None)]
        commit(enterprise, upload(enterprise, rows))
        with unscoped("test"):
            waiting = WaitingAccount.objects.select_related("user").get()
        user = waiting.user
        assert (user.name, user.has_usable_password(), waiting.organization) == ("虚构1号", False, enterprise.one)
        roster = enterprise.commit(enterprise.upload([person(1, BRANCH), person(2, BRANCH)]))
        assert roster.state == State.COMMITTED
        with unscoped("test"):
            one, two = Member.objects.order_by("name")
            assert (one.user, two.user) == (user, None)
            assert not WaitingAccount.objects.exists()
            assert User.objects.get(pk=user.pk).phone_index
            assert Event.objects.filter(verb="members.account_linked", member_id=one.pk).count() == 1
            assert Post.objects.filter(user=user).count() == 2

    def test_a_single_entry_claims_the_account_too(self, enterprise: Enterprise) -> None:
        commit(enterprise, upload(enterprise, [officer(1)]))
        one = on_roster(enterprise.one, 1)
        assert one.user
        assert one.user.name == "虚构1号"
        with unscoped("test"):
            assert Member.objects.get(pk=one.pk).user == one.user
            assert not WaitingAccount.objects.exists()

    def test_an_id_number_put_right_claims_the_account(self, enterprise: Enterprise) -> None:
        commit(enterprise, upload(enterprise, [officer(1)]))
        one = make.member(enterprise.one, "虚构1号")
        with unscoped("test"):
            update_record(make.SYSTEM, one, resident_id=resident_id(1))
            assert Member.objects.get(pk=one.pk).user_id
            assert not WaitingAccount.objects.exists()

    def test_a_second_sheet_finds_the_waiting_account(self, enterprise: Enterprise) -> None:
        commit(enterprise, upload(enterprise, [officer(1)]))
        batch = upload(
            enterprise, [officer(1), officer(1, 职务="党务工作者"), officer(2, 职务="委员", 公民身份号码=resident_id(1))]
        )
        assert enterprise.outcomes(batch) == ["ignored", "new", "problem"]
        assert "任职时登记的是虚构1号" in enterprise.problems(batch)["B4"]

    def test_undoing_the_roster_lets_the_account_wait_again(self, enterprise: Enterprise) -> None:
        commit(enterprise, upload(enterprise, [officer(1)]))
        roster = enterprise.undo(enterprise.commit(enterprise.upload([person(1, BRANCH), person(2, BRANCH)])))
        assert (roster.state, roster.failure) == (State.UNDONE, "")
        with unscoped("test"):
            waiting = WaitingAccount.objects.get()
            assert waiting.user.name == "虚构1号"
            assert not Member.objects.exists()
            assert Post.objects.count() == 1
        enterprise.commit(enterprise.upload([person(1, BRANCH)]))
        with unscoped("test"):
            assert Member.objects.get().user == waiting.user


class TestUndoing:
    @pytest.mark.day("2026-11-23")
    def test_posts_terms_and_waiting_accounts_go(self, enterprise: Enterprise) -> None:
        on_roster(enterprise.two, 2)
        rows = [officer(1), officer(2, 党组织="机务党支部")]
        batch = undo(enterprise, commit(enterprise, upload(enterprise, rows)))
        assert (batch.state, batch.failure) == (State.UNDONE, "")
        with unscoped("test"):
            assert not Post.objects.exists()
            assert not TermOfBody.objects.exists()
            assert not WaitingAccount.objects.exists()
            assert Member.objects.get().user is None
            assert not User.objects.filter(name__in=["虚构1号", "虚构2号"]).exists()
            assert not ImportRow.objects.filter(batch=batch).exists()
            assert Event.objects.filter(verb="org.post_taken_back").count() == 2
            assert Event.objects.filter(verb="accounts.removed").count() == 2

    def test_an_account_somebody_was_given_stays(self, enterprise: Enterprise) -> None:
        one = on_roster(enterprise.one, 1)
        batch = commit(enterprise, upload(enterprise, [officer(1)]))
        with unscoped("test"):
            user = Member.objects.get(pk=one.pk).user
            assert user
            user.set_password("Test-1234")
            user.save()
        undo(enterprise, batch)
        with unscoped("test"):
            assert Member.objects.get(pk=one.pk).user == user
            assert not Post.objects.exists()

    @pytest.mark.parametrize("done", ["ended", "acted", "extended", "appointed", "delegated"])
    @pytest.mark.day("2026-11-23")
    def test_what_was_done_since_stands_in_the_way(self, enterprise: Enterprise, done: str) -> None:
        one = on_roster(enterprise.one, 1, with_user=True)
        batch = commit(enterprise, upload(enterprise, [officer(1)]))
        assert one.user
        with clock.at("2026-11-24 09:00"), unscoped("test"):
            post, term = Post.objects.get(), TermOfBody.objects.get()
            if done == "ended":
                posts.end_post(actor=make.SYSTEM, post=post, ends_on=clock.today(), reason="调离")
            elif done == "acted":
                record(actor=make.actor(one.user), verb="meetings.called", summary="召集会议", organization=enterprise.one)
            elif done == "extended":
                posts.extend_term(actor=make.SYSTEM, term=term, extended_to=dt.date(2028, 1, 1), document="虚党〔2026〕1号")
            elif done == "appointed":
                posts.appoint(
                    actor=make.SYSTEM, organization=enterprise.one, user=make.user(), kind="committee_member",
                    starts_on=clock.today(),
                )  # fmt: skip
            else:
                grants.delegate(
                    actor=make.actor(one.user), organization=enterprise.one, user=make.user(), role="committee_member",
                    ends_on=dt.date(2026, 12, 1), reason="代办",
                )  # fmt: skip
            batch = undo(enterprise, batch)
        assert batch.state == State.COMMITTED
        assert "不能撤销" in batch.failure
        with unscoped("test"):
            assert Post.objects.filter(user=one.user).count() == 1
            assert TermOfBody.objects.count() == 1


class TestStarting:
    def test_the_first_steps_name_who_is_missing(self, enterprise: Enterprise) -> None:
        make.group(enterprise.one, name="检修小组")
        client = signed_in(enterprise.office)
        page = client.get(reverse("site:start")).content.decode()
        assert "虚构集团党委、虚构第一总支、机电党支部等6个党组织还没有书记（组长）" in page
        assert "等5个党组织还没有登记届次" in page
        assert f"{reverse('exchange:upload')}?sheet=officers" in page
        names = ["虚构集团党委", "虚构第一总支", "虚构第二总支", "机电党支部", "机务党支部"]
        rows = [officer(place, 党组织=name) for place, name in enumerate(names, start=1)]
        rows.append(officer(6, 党组织="检修小组", 职务="组长", 届次=None, 本届开始日期=None))
        commit(enterprise, upload(enterprise, rows))
        page = client.get(reverse("site:start")).content.decode()
        assert "还没有书记" not in page
        assert "还没有登记届次" not in page
        assert "6名任职人员还不在名册上" in page

    def test_a_temporary_branch_has_no_term_to_record(self, enterprise: Enterprise) -> None:
        make.organization("931", enterprise.first, name="临时支部")
        page = signed_in(enterprise.office).get(reverse("site:start")).content.decode()
        assert "等5个党组织还没有登记届次" in page
