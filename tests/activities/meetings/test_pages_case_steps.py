"""From the page of a case to a meeting and back: what is offered, filled in, and shown to whom."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import ApiToken
from dangjian.activities.meetings import actions
from dangjian.activities.meetings.actions import Votes
from dangjian.activities.meetings.models import Decision, Meeting
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from tests.activities.meetings.case_steps import (
    confirm,
    discussed,
    ended,
    item_of,
    of_person,
    of_project,
    open_codes,
    person_case,
    project,
    voted,
)
from tests.activities.meetings.conftest import World, held, running
from tests.activities.meetings.pages import as_member, as_neighbour, as_recorder, as_secretary, form

pytestmark = [pytest.mark.day("2026-11-23"), pytest.mark.any_database]


def case_page(client: Any, case: ProcedureCase) -> Any:
    return client.get(reverse(f"procedures:{case.procedure}_case", args=[case.pk]))


def links_of(answer: Any) -> list[tuple[str, str]]:
    return [(link.text, link.url) for one in answer.context["to_decide"] for link in one.links]


def open_row(case: ProcedureCase, code: str) -> CaseStep:
    found: CaseStep = CaseStep.objects.open().get(case=case, code=code)
    return found


def test_the_page_of_a_case_leads_to_a_meeting_of_each_kind_that_can_decide_it(world: World) -> None:
    case = project(world)
    row = open_row(case, "discuss")
    found = dict(links_of(case_page(as_secretary(world), case)))
    assert list(found) == ["召开支部委员会会议", "召开支部党员大会"]
    assert f"kind=committee_meeting&organization={world.branch.pk}&case_step={row.pk}" in found["召开支部委员会会议"]
    assert case_page(as_neighbour(world), case).status_code in {403, 404}


def test_meetings_that_are_called_are_offered_and_one_that_was_held_is_written_down(world: World) -> None:
    case = person_case(world)
    meeting = world.call()
    world.plan(title="支委会", kinds=["committee_meeting"], audience="committee")
    found = dict(links_of(case_page(as_secretary(world), case)))
    assert list(found) == ["召开支部党员大会", "加入议程：11月23日 周一“2026年第四季度支部党员大会”", "会已开过，补记会议"]
    assert reverse("meetings:agenda_new", args=[meeting.pk]) in list(found.values())[1]
    assert "on=2026-11-22" in found["会已开过，补记会议"]


def test_the_calling_form_proposes_every_case_and_the_one_from_whose_page_one_came_first(world: World) -> None:
    one, other = person_case(world), project(world)
    row = open_row(other, "discuss")
    address = f"{reverse('meetings:new')}?kind=general_meeting&organization={world.branch.pk}&case_step={row.pk}"
    answer = as_secretary(world).get(address)
    rows = [form.initial for form in answer.context["agenda"].forms if form.initial["case_step"]]
    keys = [f"{other.pk}-discuss-agreed", f"{one.pk}-meeting-passed"]
    assert [row["case_step"] for row in rows] == keys
    assert [row["title"] for row in rows] == ["支部讨论：降低停机时间", "讨论接收欧阳甲同志为预备党员"]
    page = answer.content.decode()
    assert "表决后自动办理：欧阳甲 · 大会" in page
    assert f'<option value="{one.pk}-meeting-later">延期</option>' in page.replace(" selected", "")
    assert "有 2 件事轮到上会表决" in page


def test_the_meeting_is_called_with_the_cases_that_were_left_on_it(world: World) -> None:
    case, other = person_case(world), project(world)
    items = {"a-0-title": "讨论接收欧阳甲", "a-0-type": "vote", "a-0-case_step": f"{case.pk}-meeting-later"}
    answer = as_secretary(world).post("/meetings/new/?kind=general_meeting", form(world, **items) | {"call": "1"})
    assert answer.status_code == 302
    item = Meeting.objects.get().agenda.get()
    assert (item.case, item.case_step, item.case_outcome) == (case, "meeting", "later")
    assert open_codes(other) == {"discuss"}


def test_a_case_that_is_gone_meanwhile_is_refused_and_nothing_typed_is_lost(world: World) -> None:
    case = person_case(world)
    world.call(title="先开的大会", agenda=[of_person(case)])
    items = {"a-0-title": "讨论接收欧阳甲", "a-0-type": "vote", "a-0-case_step": f"{case.pk}-meeting-passed"}
    answer = as_secretary(world).post("/meetings/new/?kind=general_meeting", form(world, **items) | {"call": "1"})
    page = answer.content.decode()
    assert (answer.status_code, Meeting.objects.count()) == (422, 1)
    assert "已列入2026年11月23日“先开的大会”的议程" in page
    assert "讨论接收欧阳甲" in page


@pytest.mark.parametrize("key", ["x", "1", "999999-meeting-passed", "-meeting-passed", "12-a-b-c"])
def test_a_made_up_case_is_no_case(world: World, key: str) -> None:
    items = {"a-0-title": "讨论", "a-0-type": "vote", "a-0-case_step": key}
    answer = as_secretary(world).post("/meetings/new/?kind=general_meeting", form(world, **items) | {"call": "1"})
    assert answer.status_code in {302, 404, 422}
    assert not Meeting.objects.exclude(agenda__case=None).exists()


def test_a_step_that_cannot_be_decided_there_is_said_so(world: World) -> None:
    case = person_case(world)
    meeting = world.call(agenda=[of_person(case)])
    another = world.call(title="另一次大会")
    address = reverse("meetings:agenda_new", args=[another.pk])
    answer = as_secretary(world).get(f"{address}?case_step={open_row(case, 'meeting').pk}")
    assert "不能列入这次会议" in answer.content.decode()
    assert item_of(meeting).case == case


def test_an_item_is_added_for_a_case_and_let_go_of_it_again(world: World) -> None:
    case, meeting = person_case(world), world.call()
    address = f"{reverse('meetings:agenda_new', args=[meeting.pk])}?case_step={open_row(case, 'meeting').pk}"
    client, key = as_secretary(world), f"{case.pk}-meeting-passed"
    shown = client.get(address).context["form"]
    assert (shown["title"].value(), shown["case_step"].value()) == ("讨论接收欧阳甲同志为预备党员", key)
    client.post(address, {"title": "讨论接收欧阳甲", "type": "vote", "speaker_name": "", "case_step": key})
    item = meeting.agenda.get()
    assert (item.case, item.case_outcome) == (case, "passed")
    page = client.get(reverse("meetings:detail", args=[meeting.pk]) + "?tab=agenda").content.decode()
    assert "欧阳甲：大会（通过）" in page
    edit = reverse("meetings:agenda_item", args=[meeting.pk, item.pk])
    carried = client.get(edit).context["form"]
    assert carried["case_step"].value() == key
    unlinked = {"title": item.title, "type": "vote", "speaker_name": "", "notes": "", "case_step": "", "seen": carried.seen}
    assert client.post(edit, unlinked).status_code == 302
    item.refresh_from_db()
    assert (item.case, item.case_step) == (None, "")


def test_the_agenda_says_what_keeps_a_case_from_being_decided(world: World) -> None:
    meeting = world.call(agenda=[of_person(person_case(world, "缺材料甲"))])
    page = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk]) + "?tab=agenda").content.decode()
    assert "材料还不齐，不能提交大会。请先补齐材料。" in page


def test_the_decision_is_filled_in_from_the_case(world: World) -> None:
    case = person_case(world)
    meeting = running(world, agenda=[of_person(case)])
    address = f"{reverse('meetings:decision_new', args=[meeting.pk])}?item={item_of(meeting).pk}"
    initial = as_recorder(world).get(address).context["form"].initial
    assert (initial["type"], initial["candidate_name"], initial["method"]) == ("admission", "欧阳甲", "secret_ballot")
    assert initial["text"] == "同意接收欧阳甲同志为中共预备党员。"
    vote = {name: initial[name] for name in ("type", "candidate_name", "method", "text")}
    vote |= {"agenda_item": item_of(meeting).pk, "in_favour": "3", "against": "1", "tellers": "虚构乙、虚构丙"}
    assert as_recorder(world).post(address, vote).status_code == 302
    assert Decision.objects.get().passed


def test_a_reason_is_asked_for_where_the_text_says_usually(world: World) -> None:
    meeting = running(world, agenda=[of_person(person_case(world, "急甲"))])
    address = f"{reverse('meetings:decision_new', args=[meeting.pk])}?item={item_of(meeting).pk}"
    page = as_recorder(world).get(address).content.decode()
    assert "一般应提前五天告知。" in page
    assert 'name="reason"' in page


def test_whoever_confirms_sees_what_will_be_done(world: World) -> None:
    case = person_case(world)
    meeting = ended(world, voted(world, case, Votes(3)))
    page = as_secretary(world).get(reverse("meetings:minutes", args=[meeting.pk])).content.decode()
    assert "记录确认以后，按登记的表决结果自动办理" in page
    assert "欧阳甲：大会（通过）" in page
    assert "通过，办理为“通过”" in page


def test_whoever_confirms_sees_that_a_vote_changes_nothing(world: World) -> None:
    meeting = discussed(world, project(world), Votes(2), (0, 1))
    page = as_secretary(world).get(reverse("meetings:minutes", args=[meeting.pk])).content.decode()
    assert "到会人数不够，表决无效，这一步不变，可以再次提请表决" in page
    agenda = as_recorder(world).get(reverse("meetings:detail", args=[meeting.pk]) + "?tab=agenda").content.decode()
    assert "登记表决" not in agenda


def test_the_case_says_where_it_stands_before_and_after_the_meeting(world: World) -> None:
    case = project(world)
    meeting = held(world, agenda=[of_project(case)])
    said = [case_page(as_secretary(world), case).content.decode()]
    vote = {"text": "同意申报", "votes": Votes(3), "agenda_item": item_of(meeting)}
    actions.record_decision(actor=world.actor(2), meeting=meeting, **vote)
    said.append(case_page(as_secretary(world), case).content.decode())
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    confirm(world, meeting)
    said.append(case_page(as_secretary(world), case).content.decode())
    assert "会已开过，还没有登记表决结果" in said[0]
    assert "已表决：通过，会议记录确认后办理" in said[1]
    assert "应到会有表决权的5人，实到4人；赞成3票" in said[2]
    address = reverse("meetings:detail", args=[meeting.pk]) + "?tab=agenda"
    assert all(f'href="{address}"' in page for page in said)
    assert f'href="{address}"' not in case_page(as_member(world), case).content.decode()


def test_a_meeting_that_is_called_is_named_with_its_day_and_a_draft_to_those_who_prepare_it(world: World) -> None:
    case = project(world)
    draft = world.plan(agenda=[of_project(case)])
    assert "已列入拟召开的" in case_page(as_secretary(world), case).content.decode()
    assert "已列入" not in case_page(as_member(world), case).content.decode()
    actions.call(actor=world.secretary, meeting=draft)
    said = "已列入2026年11月23日“2026年第四季度支部党员大会”议程"
    assert said in case_page(as_secretary(world), case).content.decode()
    assert said in case_page(as_member(world), case).content.decode()
    assert links_of(case_page(as_secretary(world), case)) != []


def test_a_vote_that_did_not_pass_stays_on_the_page_of_the_case(world: World) -> None:
    case = project(world)
    confirm(world, discussed(world, case, Votes(2), (0, 1)))
    page = case_page(as_secretary(world), case).content.decode()
    assert "没有形成决议" in page
    assert "召开支部委员会会议" in page


def test_programs_read_what_an_item_carries_and_are_refused_what_it_decides(world: World) -> None:
    case = project(world)
    meeting = world.call(agenda=[of_project(case)])
    client = as_secretary(world)
    assert world.people[0].user
    key = ApiToken.new_key()
    ApiToken.objects.create(user=world.people[0].user, title="测试", digest=ApiToken.digest_of(key))
    headers = {"Authorization": f"Bearer {key}"}
    [item] = client.get(f"/api/v1/meetings/{meeting.pk}", headers=headers).json()["agenda"]
    assert (item["case_id"], item["case_step"], item["case_outcome"]) == (case.pk, "discuss", "agreed")
    step = f"/api/v1/procedures/project/cases/{case.pk}/steps/discuss"
    data = {"day": clock.today().isoformat(), "outcome": "agreed"}
    answer = client.post(step, data, content_type="application/json", headers=headers)
    assert (answer.status_code, open_codes(case)) == (409, {"discuss"})
    assert "请在会议中办理" in answer.json()["detail"]


def test_the_duty_of_the_secretary_stays_and_leads_to_the_case(world: World) -> None:
    case = project(world)
    row = open_row(case, "discuss")
    answer = as_secretary(world).get(reverse("procedures:step", args=[row.pk]))
    assert answer.url == f"{reverse('procedures:project_case', args=[case.pk])}#discuss"
    assert row.due_on == clock.today() + dt.timedelta(days=30)
