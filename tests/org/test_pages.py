"""Pages of organisations, posts and roles, as a browser asks for them."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event, User
from dangjian.kernel import clock
from dangjian.org import roles
from dangjian.org.actions import tree
from dangjian.org.models import Grant, Organization, Post, Reorganisation, TermOfBody
from dangjian.org.unscoped import unscoped
from tests import make
from tests.days import in_days

pytestmark = pytest.mark.django_db
DAY = "2026-11-01"


class Enterprise:
    """A committee with one general branch and two branches, and somebody in every role."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.general = make.general_branch(self.committee, name="机电党总支")
        self.repair = make.branch(self.general, name="检修党支部")
        self.shift = make.branch(self.general, name="值班党支部")
        self.group = make.group(self.repair, name="第一党小组")
        self.office = make.grant(self.committee, roles.PARTY_OFFICE).user
        self.security = make.grant(self.committee, roles.SECURITY_ADMIN).user
        self.secretary = make.post(self.repair, "secretary", make.user("秦守正")).user
        self.member = make.member(self.repair, "容知远", with_user=True)


@pytest.fixture
def world() -> Enterprise:
    return Enterprise()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_tree_begins_with_what_one_looks_after(world: Enterprise) -> None:
    page = text(browser(world.secretary).get("/org/"))
    assert "检修党支部" in page
    assert "第一党小组" in page
    assert "机电党总支" in page, "the superior is named"
    assert "值班党支部" not in page


def test_the_tree_of_a_past_day(world: Enterprise) -> None:
    with unscoped("a test makes its world"):
        tree.rename(
            actor=make.SYSTEM,
            organization=world.repair,
            name="维护党支部",
            short_name="维护党支部",
            effective_on=dt.date(2026, 11, 1),
        )
    client = browser(world.office)
    past = text(client.get(f"/org/{world.general.pk}/?on=2026-10-31"))
    assert "检修党支部" in past
    assert "维护党支部" not in past
    assert "正在查看 <b>2026年10月31日</b> 的组织架构" in past
    now = text(client.get(f"/org/{world.general.pk}/?on=2026-11-01"))
    assert "检修党支部" not in now
    assert "维护党支部" in now


@pytest.mark.parametrize("on", ["9999-12-31", "2026-02-30", "abc"])
def test_an_impossible_day_is_explained(world: Enterprise, on: str) -> None:
    answer = browser(world.office).get(f"/org/?on={on}")
    assert answer.status_code == 422
    assert "日期" in text(answer) or "组织架构" in text(answer)


@pytest.mark.parametrize("tab", ["overview", "history", "posts", "groups", "nonsense"])
def test_every_tab_opens(world: Enterprise, tab: str) -> None:
    for organization in (world.committee, world.repair, world.group):
        assert browser(world.office).get(f"/org/{organization.pk}/?tab={tab}").status_code == 200


def test_a_dissolved_organisation_is_still_explained(world: Enterprise) -> None:
    with unscoped("a test makes its world"):
        tree.dissolve(actor=make.SYSTEM, organization=world.shift, effective_on=dt.date(2026, 11, 1))
    client = browser(world.office)
    page = text(client.get(f"/org/{world.shift.pk}/?tab=history"))
    assert "已撤销" in page
    assert "值班党支部" not in text(client.get("/org/"))
    assert "值班党支部" in text(client.get("/org/list/?state=dissolved"))


def test_the_actions_offered_are_those_one_may_do(world: Enterprise) -> None:
    url = reverse("org:rename", args=[world.repair.pk])
    assert url in text(browser(world.office).get(f"/org/{world.repair.pk}/"))
    assert url not in text(browser(world.secretary).get(f"/org/{world.repair.pk}/"))


def test_a_node_opens_in_place(world: Enterprise) -> None:
    page = text(browser(world.office).get(f"/org/{world.general.pk}/below/"))
    assert "检修党支部" in page
    assert "<html" not in page


def test_the_list_is_filtered_sorted_and_paged(world: Enterprise) -> None:
    client = browser(world.office)
    assert "没有找到党组织" in text(client.get("/org/list/?q=没有的"))
    page = text(client.get("/org/list/?q=jxdzb"))
    assert "检修党支部" in page
    assert "值班党支部" not in page
    for sort in ("name", "-code", "established", "nonsense"):
        assert client.get(f"/org/list/?sort={sort}&kind=branch").status_code == 200
    for number in range(25):
        make.branch(world.general, name=f"虚构{number:02}支部")
    assert "第 1–25 条" in text(client.get("/org/list/?kind=branch"))


def test_a_form_asks_once_more_before_anything_is_written(world: Enterprise) -> None:
    client, url = browser(world.office), reverse("org:rename", args=[world.repair.pk])
    entered = {"name": "检修第一党支部", "short_name": "检修一支部", "effective_on": DAY, "document": "虚党〔2026〕1号"}
    page = text(client.post(url, entered))
    assert "从2026年11月1日起，“检修党支部”更名为“检修第一党支部”" in page
    with unscoped("a test looks"):
        assert Organization.objects.get(pk=world.repair.pk).name == "检修党支部"
    assert not Event.objects.filter(verb="org.renamed").exists()
    back = text(client.post(url, {**entered, "step": "back"}))
    assert 'value="检修第一党支部"' in back
    answer = client.post(url, {**entered, "step": "confirm"})
    assert answer.status_code == 302
    with unscoped("a test looks"):
        assert Organization.objects.get(pk=world.repair.pk).name == "检修第一党支部"


def test_a_refusal_keeps_what_was_entered(world: Enterprise) -> None:
    client, url = browser(world.office), reverse("org:rename", args=[world.repair.pk])
    answer = client.post(url, {"name": "值班党支部", "short_name": "值班二", "effective_on": DAY})
    assert answer.status_code == 422
    page = text(answer)
    assert "同一上级下已有“值班党支部”" in page
    assert 'value="值班二"' in page
    missing = client.post(url, {"name": "", "short_name": "", "effective_on": "x"})
    assert missing.status_code == 422
    assert text(missing).count("errorlist") >= 3


def test_a_new_branch_by_the_form(world: Enterprise) -> None:
    url = reverse("org:set_up", args=[world.general.pk])
    client = browser(world.office)
    assert "联合党支部" in text(client.get(url))
    data = {"type_code": "632", "name": "外协联合党支部", "short_name": "外协党支部", "effective_on": DAY, "step": "confirm"}
    assert client.post(url, data).status_code == 302
    with unscoped("a test looks"):
        made = Organization.objects.get(short_name="外协党支部")
    assert (made.parent_id, made.kind, made.established_on) == (world.general.pk, "branch", dt.date(2026, 11, 1))


def test_the_superior_is_chosen_among_those_that_fit(world: Enterprise) -> None:
    other = make.general_branch(world.committee, name="运行党总支")
    client, url = browser(world.office), reverse("org:move", args=[world.repair.pk])
    options = text(client.get(url, {"lookup": "parent", "parent_find": "yx"}))
    assert "运行党总支" in options
    assert "机电党总支" not in options
    assert client.post(url, {"parent": world.shift.pk, "effective_on": DAY}).status_code == 422
    page = text(client.post(url, {"parent": other.pk, "effective_on": DAY}))
    assert "的上级由“机电党总支”调整为“运行党总支”" in page
    assert "党员1名" in page
    assert client.post(url, {"parent": other.pk, "effective_on": DAY, "step": "confirm"}).status_code == 302


def test_somebody_is_appointed_and_relieved(world: Enterprise) -> None:
    client, url = browser(world.office), reverse("org:appoint", args=[world.repair.pk])
    assert "容知远" in text(client.get(url, {"lookup": "user", "user_find": "rzy"}))
    data = {"kind": "secretary", "user": world.member.user_id, "starts_on": DAY}
    refusal = client.post(url, data)
    assert refusal.status_code == 422
    assert "现有书记秦守正" in text(refusal)
    page = text(client.post(url, {**data, "replace": "on"}))
    assert "秦守正的书记任职到2026年11月1日的前一天为止" in page
    assert client.post(url, {**data, "replace": "on", "step": "confirm"}).status_code == 302
    with unscoped("a test looks"):
        post = Post.objects.get(user=world.member.user_id)
    url = reverse("org:end_post", args=[post.pk])
    assert client.post(url, {"ends_on": "2026-11-20", "reason": "调离", "step": "confirm"}).status_code == 302
    with unscoped("a test looks"):
        assert Post.objects.get(pk=post.pk).ends_on == dt.date(2026, 11, 20)


@pytest.mark.day("2026-11-23")
def test_a_term_begins_and_is_put_off(world: Enterprise) -> None:
    client = browser(world.office)
    url = reverse("org:start_term", args=[world.repair.pk])
    page = text(client.post(url, {"starts_on": "2024-01-01", "number": "3"}))
    assert "2027年1月1日届满" in page
    assert client.post(url, {"starts_on": "2024-01-01", "number": "3", "step": "confirm"}).status_code == 302
    with unscoped("a test looks"):
        term = TermOfBody.objects.get(organization=world.repair)
    page = text(client.get(f"/org/{world.repair.pk}/?tab=posts"))
    assert "还有 39 天" in page
    assert "关于党的基层组织任期的意见" in page
    url = reverse("org:extend_term", args=[term.pk])
    answer = client.post(url, {"extended_to": "2028-02-01", "document": "虚党〔2026〕9号"})
    assert answer.status_code == 422
    assert "最晚可填2028年1月1日" in text(answer)


def test_the_security_administrator_gives_and_takes_back(world: Enterprise) -> None:
    client, url = browser(world.security), reverse("org:new_grant")
    data = {"user": world.member.user_id, "role": roles.PARTY_WORKER, "organization": world.repair.pk, "starts_on": clock.today()}
    assert "容知远在“检修党支部”拥有“党务工作者”角色" in text(client.post(url, data))
    assert client.post(url, {**data, "step": "confirm"}).status_code == 302
    page = text(client.get(reverse("org:grants"), {"q": "容知远"}))
    assert "党务工作者" in page
    with unscoped("a test looks"):
        granted = Grant.objects.get(user=world.member.user_id)
    revoke = reverse("org:revoke_grant", args=[granted.pk])
    assert client.post(revoke, {"reason": "", "step": "confirm"}).status_code == 422
    assert client.post(revoke, {"reason": "调离", "step": "confirm"}).status_code == 302
    assert "容知远" not in text(client.get(reverse("org:grants"))).split("<tbody>")[-1]
    assert "容知远" in text(client.get(reverse("org:grants"), {"state": "ended"}))


def test_an_organisation_of_grants_is_found_by_its_initials_and_the_trail_knows_what_left(world: Enterprise) -> None:
    make.grant(world.repair, roles.PARTY_WORKER, who=world.member.user)
    client = browser(world.security)
    assert [row.user_id for row in client.get(reverse("org:grants"), {"q": "JXDZB"}).context["page_obj"]] == [
        world.member.user_id
    ]
    assert client.get(reverse("org:grants_sheet")).status_code == 200
    assert "导出授权" in Event.objects.get(verb="org.grants_exported").summary


def test_the_security_administrator_cannot_give_themselves_a_role(world: Enterprise) -> None:
    data = {"user": world.security.pk, "role": roles.PARTY_OFFICE, "organization": world.committee.pk, "starts_on": clock.today()}
    answer = browser(world.security).post(reverse("org:new_grant"), {**data, "step": "confirm"})
    assert answer.status_code == 403
    assert "不能给自己分配权限" in text(answer)
    with unscoped("a test looks"):
        assert Grant.objects.filter(user=world.security).count() == 1


def test_an_officer_delegates_and_sees_it(world: Enterprise) -> None:
    client, url = browser(world.secretary), reverse("org:new_delegation")
    assert "容知远" in text(client.get(url))
    data = {
        "user": world.member.user_id,
        "organization": world.repair.pk,
        "role": roles.SECRETARY,
        "ends_on": in_days(38),
        "reason": "外出学习",
        "step": "confirm",
    }
    assert client.post(url, data).status_code == 302
    assert "容知远" in text(client.get(reverse("org:delegations")))
    with unscoped("a test looks"):
        granted = Grant.objects.get(user=world.member.user_id)
    assert client.post(reverse("org:revoke_grant", args=[granted.pk]), {"reason": "x"}).status_code == 403
    revoke = reverse("org:revoke_delegation", args=[granted.pk])
    assert client.post(revoke, {"reason": "已返岗", "step": "confirm"}).status_code == 302


def test_only_people_in_reach_are_offered(world: Enterprise) -> None:
    make.member(world.shift, "云启明", with_user=True)
    url = reverse("org:new_delegation")
    assert "云启明" not in text(browser(world.secretary).get(url, {"lookup": "user", "user_find": "云"}))


@pytest.mark.parametrize("name", ["rename", "move", "dissolve", "edit", "set_up", "appoint", "start_term"])
def test_a_secretary_may_not_reorganise(world: Enterprise, name: str) -> None:
    url = reverse(f"org:{name}", args=[world.repair.pk])
    client = browser(world.secretary)
    assert client.get(url).status_code == 403
    assert client.post(url, {"step": "confirm", "name": "新", "short_name": "新", "effective_on": DAY}).status_code == 403


def test_whoever_keeps_only_a_branch_is_not_offered_to_move_it(world: Enterprise) -> None:
    """Moving it takes the right at its superior too, and so does taking that back."""
    worker = browser(make.grant(world.repair, roles.PARTY_WORKER).user)
    page, address = text(worker.get(f"/org/{world.repair.pk}/")), reverse("org:move", args=[world.repair.pk])
    assert reverse("org:rename", args=[world.repair.pk]) in page
    assert address not in page
    assert address in text(browser(world.office).get(f"/org/{world.repair.pk}/"))
    assert worker.get(address).status_code == 404
    elsewhere = make.general_branch(world.committee, name="运行党总支")
    with unscoped("test world"):
        tree.move(actor=make.SYSTEM, organization=world.repair, parent=elsewhere, effective_on=dt.date(2026, 11, 1))
        undo = reverse("org:take_back", args=[Reorganisation.objects.get().pk])
    history = f"/org/{world.repair.pk}/?tab=history"
    assert undo not in text(worker.get(history))
    assert undo in text(browser(world.office).get(history))
    assert worker.get(undo).status_code == 404


def test_nobody_is_offered_to_take_back_their_own_role(world: Enterprise) -> None:
    client = browser(world.security)
    with unscoped("a test looks"):
        own, other = (
            reverse("org:revoke_grant", args=[Grant.objects.get(user=who).pk]) for who in (world.security, world.office)
        )
    page = text(client.get(reverse("org:grants")))
    assert (own in page, other in page) == (False, True)
    assert (client.get(own).status_code, client.get(other).status_code) == (403, 200)


def test_a_neighbour_is_told_there_is_nothing(world: Enterprise) -> None:
    neighbour = browser(make.post(world.shift, "secretary").user)
    for name in ("detail", "below", "group_set_up"):
        assert neighbour.get(reverse(f"org:{name}", args=[world.repair.pk])).status_code == 404


def test_below_a_branch_only_groups_are_set_up(world: Enterprise) -> None:
    client = browser(world.office)
    came_from = f"/org/{world.repair.pk}/"
    answer = client.get(reverse("org:set_up", args=[world.repair.pk]), headers={"referer": f"http://testserver{came_from}"})
    assert answer.status_code == 409
    assert "可以设立党小组" in text(answer)
    assert f'href="http://testserver{came_from}"' in text(answer)
    answer = client.get(reverse("org:set_up", args=[world.repair.pk]), headers={"referer": "https://elsewhere.example/"})
    assert "elsewhere.example" not in text(answer)


def test_two_groups_of_a_branch_do_not_share_a_short_name(world: Enterprise) -> None:
    client, url = browser(world.office), reverse("org:group_set_up", args=[world.repair.pk])
    entered = {"name": "检修党支部甲班党小组", "short_name": "甲班党小组", "effective_on": DAY}
    assert client.post(url, {**entered, "step": "confirm"}).status_code == 302
    answer = client.post(url, {**entered, "name": "检修党支部乙班党小组"})
    assert answer.status_code == 422
    assert "请换一个简称" in text(answer)
    assert 'value="检修党支部乙班党小组"' in text(answer)
    with unscoped("a test looks"):
        assert Organization.objects.filter(short_name="甲班党小组").count() == 1


def test_a_committee_approves_what_is_founded_under_a_general_branch(client: Client) -> None:
    top = make.committee()
    general = make.general_branch(top)
    client.force_login(make.grant(top, "party_office").user)
    for parent in (general, top):
        form = client.get(reverse("org:set_up", args=[parent.pk])).context["form"]
        assert form.fields["approved_by"].initial == top.name


def test_the_page_for_renaming_a_group_is_its_own(client: Client) -> None:
    top = make.committee()
    group = make.group(make.branch(top), name="第一党小组")
    client.force_login(make.grant(top, "party_office").user)
    answer = client.get(reverse("org:rename", args=[group.pk]))
    assert (answer.status_code, answer["Location"]) == (302, reverse("org:group_rename", args=[group.pk]))
    assert "例如：第一党小组" in client.get(answer["Location"]).content.decode()


def test_a_day_before_everything_says_so(client: Client) -> None:
    top = make.committee()
    client.force_login(make.grant(top, "party_office").user)
    assert "这一天还没有党组织" in client.get(reverse("org:tree"), {"on": "1949-10-01"}).content.decode()


@pytest.mark.django_db
def test_a_name_that_is_too_long_is_refused_with_the_limit(client: Client) -> None:
    top = make.committee()
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user)
    address = reverse("org:set_up", args=[top.pk])
    assert "maxlength" not in client.get(address).content.decode().split("<main")[1]
    typed = {"type_code": "631", "name": "虚" * 121, "short_name": "虚" * 41, "effective_on": "2026-11-01"}
    answer = client.post(address, typed | {"step": "confirm"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "最多120个字，现在有121个" in page
    assert "最多40个字，现在有41个" in page
