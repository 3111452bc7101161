"""Pages, digest and panels: who sees what, and that they ask the database a constant number of times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.duties import actions
from dangjian.engines.duties.digest import digest_lines
from dangjian.engines.duties.models import LocalDuty, State
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.forms import form_with
from tests.engines.duties.build import current, duties, held, refreshed

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


@pytest.fixture
def world() -> SimpleNamespace:
    top = make.committee(name="虚构集团党委")
    general = make.general_branch(top, name="虚构总支")
    since = dt.date(2026, 9, 15)
    branch = make.branch(general, name="虚构一支部", effective_on=since)
    other = make.branch(general, name="虚构二支部", effective_on=since)
    people = {
        "office": make.grant(top, "party_office").user,
        "superior": make.post(general).user,
        "secretary": make.post(branch).user,
        "member": make.member(branch, with_user=True, effective_on=since).user,
        "other": make.post(other).user,
    }
    held(branch, "theme_day", "2026-11-05")
    refreshed()
    return SimpleNamespace(top=top, general=general, branch=branch, group=None, elsewhere=other, **people)


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _get(user: User, name: str, *args: object, **query: object) -> Any:
    return _client(user).get(reverse(f"duties:{name}", args=args), query)


def test_the_to_do_list_holds_what_is_due_for_me_with_why_and_a_filled_in_button(world: SimpleNamespace) -> None:
    page = _get(world.secretary, "mine").content.decode()
    assert "2026年第四季度支部党员大会" in page
    assert "《中国共产党支部工作条例（试行）》第十一条" in page
    assert f"kind=general_meeting&amp;organization={world.branch.pk}" in page
    assert "2026年11月主题党日" not in page
    assert "2026年11月主题党日" in _get(world.secretary, "mine", tab="done").content.decode()
    assert "都办完了" in _get(world.member, "mine").content.decode()


@pytest.mark.parametrize(
    ("who", "name", "status"),
    [
        ("office", "matrix", 200),
        ("superior", "matrix", 200),
        ("secretary", "matrix", 200),
        ("member", "matrix", 403),
        ("office", "load", 200),
        ("member", "load", 403),
        ("superior", "local", 200),
        ("member", "local", 403),
        ("member", "mine", 200),
        ("member", "local_new", 403),
        ("superior", "local_new", 200),
    ],
)
def test_who_sees_which_page(world: SimpleNamespace, who: str, name: str, status: int) -> None:
    assert _get(getattr(world, who), name).status_code == status


def test_a_stranger_gets_404_for_a_duty_and_a_member_sees_their_branch(world: SimpleNamespace) -> None:
    one = current("general_meeting", world.branch)
    assert _get(world.other, "detail", one.pk).status_code == 404
    assert _get(world.member, "detail", one.pk).status_code == 200
    assert _get(world.member, "reassign", one.pk).status_code == 403


def test_a_members_own_duty_is_not_shown_to_other_members(world: SimpleNamespace) -> None:
    with unscoped("test"):
        probationary = make.member(world.branch, category="2", joined_on=dt.date(2025, 12, 1), effective_on=dt.date(2026, 9, 20))
    refreshed()
    [one] = duties(member=probationary)
    assert _get(world.member, "detail", one.pk).status_code == 403
    assert _get(world.secretary, "detail", one.pk).status_code == 200


def test_the_matrix_counts_and_opens(world: SimpleNamespace) -> None:
    page = _get(world.office, "matrix", per="month", on="2026-11-01").content.decode()
    assert "虚构总支，主题党日：需尽快办 1 项，已完成 1 项" in page
    month = {"per": "month", "on": "2026-11-01"}
    inside = _get(world.office, "matrix_rows", world.general.pk, level="body", columns="theme_day", **month).content.decode()
    assert "虚构一支部，主题党日：已完成 1 项" in inside
    assert "虚构二支部，主题党日：需尽快办 1 项" in inside
    url = reverse("duties:cell", args=(world.general.pk,))
    cell = _client(world.office).get(url, {**month, "rule": "theme_day"}, headers={"HX-Request": "true"}).content.decode()
    assert all(word in cell for word in ("查看记录", "改派", "免办"))
    assert "<html" not in cell
    assert "<html" in _client(world.office).get(url).content.decode()


def test_the_matrix_filters(world: SimpleNamespace) -> None:
    assert "虚构总支" in _get(world.office, "matrix", per="month", rule="theme_day", state="soon").content.decode()
    assert "没有符合条件的单位" in _get(world.office, "matrix", per="month", rule="theme_day", state="overdue").content.decode()
    assert _get(world.office, "matrix", per="nonsense", on="2026-99-99", state="x", rule="y", page="z").status_code == 200
    assert _get(world.office, "matrix_rows", 999_999).status_code == 404
    assert _get(world.secretary, "cell", world.elsewhere.pk).status_code == 404


@pytest.mark.parametrize("name", ["mine", "matrix", "load", "local"])
def test_the_number_of_queries_does_not_grow(world: SimpleNamespace, name: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert _get(world.superior, name).status_code == 200
        return len(captured)

    with unscoped("test"):
        actor = make.actor(world.superior)
        more = {"kind": "branch", "pace": "month", "starts_on": dt.date(2026, 11, 1)}
        actions.add_local(actor=actor, organization=world.general, title="任务", **more)
    queries()
    few = queries()
    for number in range(12):
        branch = make.branch(world.general)
        make.post(branch)
        held(branch, "theme_day", dt.date(2026, 11, 1 + number))
        with unscoped("test"):
            actions.add_local(actor=actor, organization=world.general, title=f"任务{number}", **more)
    refreshed()
    assert queries() == few


def test_excusing_by_the_form_keeps_what_was_typed_on_error(world: SimpleNamespace) -> None:
    one = current("general_meeting", world.branch)
    url = reverse("duties:excuse", args=(one.pk,))
    refused = _client(world.superior).post(url, {"reason": ""})
    assert refused.status_code == 422
    assert _client(world.secretary).post(url, {"reason": "想免"}).status_code == 403
    assert current("general_meeting", world.branch).state == State.OPEN
    done = _client(world.superior).post(url, {"reason": "停产"}, headers={"HX-Request": "true"})
    assert done.headers["HX-Refresh"] == "true"
    assert current("general_meeting", world.branch).state == State.EXCUSED


def test_a_local_duty_from_the_form_to_the_acceptance(world: SimpleNamespace) -> None:
    entered = {
        "title": "报送总结",
        "organization": world.general.pk,
        "kind": "branch",
        "pace": "once",
        "starts_on": "2026-11-23",
        "due_on": "2026-11-20",
        "satisfied_by": "",
    }
    superior, secretary = _client(world.superior), _client(world.secretary)
    wrong = superior.post(reverse("duties:local_new"), entered)
    assert wrong.status_code == 422
    assert "报送总结" in wrong.content.decode()
    assert "不能早于开始日期" in wrong.content.decode()
    assert superior.post(reverse("duties:local_new"), {**entered, "due_on": "2026-11-30"}).status_code == 302
    with unscoped("test"):
        local = LocalDuty.objects.get()
    [one] = duties(local_duty=local, organization=world.branch)
    url = reverse("duties:detail", args=(one.pk,))
    assert secretary.post(url, {"step": "confirm", "text": ""}).status_code == 422
    assert secretary.post(url, {"step": "confirm", "text": "已报送"}).status_code == 302
    assert superior.post(url, {"step": "return", "note": ""}).status_code == 422
    assert superior.post(url, {"step": "accept"}).status_code == 302
    assert duties(pk=one.pk)[0].state == State.DONE
    assert "办结" in superior.get(reverse("duties:local_detail", args=(local.pk,))).content.decode()


def test_several_duties_are_given_to_somebody_else_at_once(world: SimpleNamespace) -> None:
    mine = [one.pk for one in duties(responsible=world.secretary, state=State.OPEN)][:3]
    url = reverse("duties:load_person") + f"?id={world.secretary.pk}"
    assert _client(world.office).post(url, {"to": world.superior.pk}).status_code == 422
    assert _client(world.office).post(url, {"to": world.superior.pk, "duty": mine}).status_code == 302
    assert {one.responsible_id for one in duties(pk__in=mine)} == {world.superior.pk}


def test_two_people_reassign_one_duty(world: SimpleNamespace) -> None:
    duty = current("general_meeting", world.branch)
    address = reverse("duties:reassign", args=[duty.pk])
    mine = form_with(_client(world.secretary).get(address).content.decode(), "seen")
    names, since = ("虚构先改派", "虚构后改派"), dt.date(2026, 9, 15)
    first, second = (make.member(world.branch, name, with_user=True, effective_on=since).user for name in names)
    with unscoped("test"):
        actions.reassign(actor=make.actor(world.secretary), duties=[duty], to=first)
    answer = _client(world.secretary).post(address, mine | {"to": second.pk})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "虚构先改派" in page
    duty.refresh_from_db()
    assert duty.responsible == first
    assert _client(world.secretary).post(address, form_with(page, "seen")).status_code == 302
    duty.refresh_from_db()
    assert duty.responsible == second


def test_the_digest_names_my_duties_and_what_is_overdue_below(world: SimpleNamespace) -> None:
    ids = [world.secretary.pk, world.superior.pk, world.other.pk]
    lines = digest_lines(ids, dt.date(2026, 11, 23))
    assert any("主题党日" in line.text and not line.urgent for line in lines[world.other.pk])
    above = lines[world.superior.pk][0]
    assert "所属党支部" in above.text
    assert above.text.endswith("项超期")
    assert above.urgent
    assert len(lines[world.secretary.pk]) <= 8
    assert world.member.pk not in lines
    with CaptureQueriesContext(connection) as captured:
        digest_lines(ids, dt.date(2026, 11, 23))
    assert len(captured) == 3


def test_home_and_the_organisations_page_show_duties(world: SimpleNamespace) -> None:
    home = _client(world.secretary).get("/").content.decode()
    assert "2026年第四季度支部党员大会" in home
    assert "超期较多的单位" in _client(world.office).get("/").content.decode()
    page = _client(world.office).get(reverse("org:detail", args=(world.branch.pk,)), {"tab": "duties"}).content.decode()
    assert "正在办的" in page


def _task(world: SimpleNamespace, **more: object) -> dict[str, object]:
    return {
        "title": "虚构报送总结",
        "organization": world.top.pk,
        "kind": "branch",
        "pace": "once",
        "starts_on": "2026-11-23",
        "due_on": "2026-12-20",
        **more,
    }


def test_among_very_many_units_those_who_are_to_do_a_task_are_found_by_typing(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dangjian.engines.duties.forms.MOST_TO_LIST", 2)
    client, address = _client(world.office), reverse("duties:local_new")
    assert 'name="chosen_find"' in client.get(address).content.decode()
    found = client.get(address, {"lookup": "chosen", "chosen_find": "二支部", "chosen": [world.branch.pk]}).content.decode()
    assert found.index("虚构一支部") < found.index("虚构二支部"), "what is chosen stays first"
    assert f'value="{world.branch.pk}" id="id_chosen_{world.branch.pk}" checked' in found
    assert 'type="checkbox"' in found
    assert "虚构总支" not in found.replace("，虚构总支", "")
    client.post(address, _task(world, chosen=[world.branch.pk, world.elsewhere.pk]))
    with unscoped("test"):
        assert set(LocalDuty.objects.get().chosen.all()) == {world.branch, world.elsewhere}


def test_a_unit_out_of_reach_is_not_found_nor_chosen(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dangjian.engines.duties.forms.MOST_TO_LIST", 0)
    stranger = make.branch(make.committee(name="虚构外单位党委"), name="虚构外支部")
    client, address = _client(world.office), reverse("duties:local_new")
    assert "虚构外支部" not in client.get(address, {"lookup": "chosen", "chosen_find": "外支部"}).content.decode()
    refused = client.post(address, _task(world, chosen=[stranger.pk]))
    assert refused.status_code == 422
    assert "没有找到所选的内容" in refused.content.decode()
    with unscoped("test"):
        assert not LocalDuty.objects.exists()
