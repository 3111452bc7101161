import pytest
from django.urls import reverse

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Correction, MakeUp, Meeting, Minutes, Status
from dangjian.kernel import clock
from tests.activities.meetings.conftest import World, closed, held, instant, running
from tests.activities.meetings.examples import picture
from tests.activities.meetings.pages import as_member, as_neighbour, as_recorder, as_secretary
from tests.days import in_days

VOTE = {"type": "ordinary", "text": "同意。", "method": "show_of_hands", "in_favour": "4", "against": "0", "abstain": "0"}


def test_a_decision_is_recorded_with_its_result(world: World) -> None:
    meeting = running(world)
    as_recorder(world).post(reverse("meetings:decision_new", args=[meeting.pk]), VOTE)
    decision = meeting.decisions.get()
    assert (decision.due, decision.present, decision.in_favour, decision.passed) == (5, 4, 4, True)


def test_whoever_comes_from_the_minutes_goes_on_there(world: World) -> None:
    meeting = running(world)
    address = reverse("meetings:decision_new", args=[meeting.pk])
    assert as_recorder(world).post(address, VOTE)["Location"].endswith("?tab=agenda")
    answer = as_recorder(world).post(f"{address}?from=minutes", VOTE)
    assert answer["Location"] == reverse("meetings:minutes", args=[meeting.pk])


def test_the_result_is_shown_while_figures_are_entered(world: World) -> None:
    meeting = running(world)
    answer = as_recorder(world).post(reverse("meetings:decision_preview", args=[meeting.pk]), VOTE | {"in_favour": "2"})
    page = answer.content.decode()
    assert "不通过" in page
    assert "第十一条" in page
    assert not meeting.decisions.exists()


def test_figures_that_contradict_each_other_are_named(world: World) -> None:
    meeting = running(world)
    answer = as_recorder(world).post(reverse("meetings:decision_new", args=[meeting.pk]), VOTE | {"in_favour": "9"})
    assert answer.status_code == 422
    assert "多于实到会" in answer.content.decode()
    assert not meeting.decisions.exists()


def test_admission_asks_for_a_secret_ballot(world: World) -> None:
    meeting = running(world)
    data = VOTE | {"type": "admission", "candidate_name": "虚构某"}
    address = reverse("meetings:decision_new", args=[meeting.pk])
    assert as_recorder(world).post(address, data).status_code == 422
    as_recorder(world).post(address, data | {"method": "secret_ballot", "tellers": "虚构乙、虚构丙"})
    assert meeting.decisions.get().candidate_name == "虚构某"


@pytest.mark.parametrize(
    ("title", "suggested"),
    [
        ("讨论预备党员虚构某转正", "conversion"),
        ("表决：接收虚构某同志为中共预备党员", "admission"),
        ("讨论吸收虚构某加入党组织", "admission"),
    ],
)
def test_the_item_suggests_type_and_candidate(world: World, title: str, suggested: str) -> None:
    meeting = running(world, agenda=[actions.AgendaPlan(title, "vote")])
    item = meeting.agenda.get()
    initial = (
        as_recorder(world).get(reverse("meetings:decision_new", args=[meeting.pk]) + f"?item={item.pk}").context["form"].initial
    )
    assert (initial["type"], initial["candidate_name"]) == (suggested, "虚构某")


@pytest.mark.parametrize(
    ("title", "kind", "text"),
    [
        ("通报党员发展工作进展", "discussion", ""),
        ("党员发展工作进展", "report", ""),
        ("讨论支部年度计划", "discussion", "同意支部年度计划。"),
        ("表决：支部年度计划", "vote", "同意支部年度计划。"),
    ],
)
def test_nothing_is_agreed_to_where_people_are_only_told(world: World, title: str, kind: str, text: str) -> None:
    meeting = running(world, agenda=[actions.AgendaPlan(title, kind)])
    address = reverse("meetings:decision_new", args=[meeting.pk]) + f"?item={meeting.agenda.get().pk}"
    assert as_recorder(world).get(address).context["form"].initial["text"] == text


def test_grades_are_saved_and_the_cap_is_counted_live(world: World) -> None:
    meeting = running(world, kinds=["member_appraisal"])
    address = reverse("meetings:appraisal", args=[meeting.pk])
    grades = {f"grade-{person.pk}": "excellent" for person in world.people[:5]}
    live = as_secretary(world).post(address, grades, headers={"HX-Request": "true"})
    assert "<html" not in live.content.decode()
    assert (live.context["excellent"], live.context["cap"].most) == (5, 2)
    refused = as_secretary(world).post(address, grades | {"save": "1"})
    assert refused.status_code == 422
    assert "优秀超出比例的原因" in refused.content.decode()
    assert not meeting.appraisals.exists()
    as_secretary(world).post(address, grades | {"save": "1", "reason": "上级党委同意"})
    meeting.refresh_from_db()
    assert (meeting.appraisals.filter(grade="excellent").count(), meeting.appraisal_reason) == (5, "上级党委同意")
    meeting.appraisals.all().delete()
    some = as_secretary(world).post(address, {f"grade-{world.people[0].pk}": "qualified", "save": "1"})
    assert "还有 4 人没有选择评议等次" in some.content.decode()
    assert f"grade-{world.people[1].pk}" in some.context["form"].errors, "each is marked where they stand"
    assert not meeting.appraisals.exists()
    fewer = grades | {f"grade-{person.pk}": "qualified" for person in world.people[2:5]}
    as_secretary(world).post(address, fewer | {"save": "1"})
    assert meeting.appraisals.filter(grade="excellent").count() == 2
    assert meeting.appraisals.get(member=world.people[5]).grade == ""


def test_the_recorder_writes_and_the_chair_confirms(world: World) -> None:
    meeting = held(world)
    recorder, chair = as_recorder(world), as_secretary(world)
    recorder.post(reverse("meetings:draft", args=[meeting.pk]))
    recorder.post(reverse("meetings:minutes", args=[meeting.pk]), {"text": "虚构记录全文", "ready": "1"})
    assert Minutes.objects.get().text == "虚构记录全文"
    assert recorder.post(reverse("meetings:confirm", args=[meeting.pk])).status_code == 403
    empty = chair.post(reverse("meetings:send_back", args=[meeting.pk]), {"note": ""})
    assert empty.status_code == 422
    assert "请写明需要修改的地方" in empty.content.decode()
    chair.post(reverse("meetings:send_back", args=[meeting.pk]), {"note": "补充发言"})
    chair.post(reverse("meetings:confirm", args=[meeting.pk]))
    assert Meeting.objects.get().status == Status.CONFIRMED
    recorder.post(reverse("meetings:close", args=[meeting.pk]))
    assert Meeting.objects.get().number


def test_after_closing_only_corrections_and_the_original_stays(world: World) -> None:
    meeting = closed(world)
    before = Minutes.objects.get().text
    page = as_recorder(world).post(reverse("meetings:minutes", args=[meeting.pk]), {"text": "改动"})
    assert page.status_code == 422
    data = {"section": "attendance", "old_text": "缺席", "new_text": "请假", "reason": "漏记"}
    as_recorder(world).post(reverse("meetings:correct", args=[meeting.pk]), data)
    assert Minutes.objects.get().text == before
    assert Correction.objects.get().new_text == "请假"
    shown = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk]) + "?tab=minutes").content.decode()
    assert "漏记" in shown


def test_make_up_study_is_set_and_confirmed(world: World) -> None:
    meeting = held(world)
    address = reverse("meetings:assign_make_up", args=[meeting.pk])
    form = as_recorder(world).get(address).context["form"]
    assert len(form.fields["attendance_ids"].initial) == 2
    row = world.row(meeting, 4)
    as_recorder(world).post(address, {"attendance_ids": [row.pk], "material": "虚构材料", "due_on": in_days(8)})
    task = MakeUp.objects.get()
    actions.submit_make_up(actor=world.actor(4), make_up=task, reflection="虚构体会")
    decide = reverse("meetings:make_up", args=[task.pk])
    assert as_member(world).post(decide, {"step": "confirm"}).status_code == 403
    as_secretary(world).post(decide, {"step": "confirm"})
    row.refresh_from_db()
    assert row.presence == "made_up"


def test_pictures_are_kept_shown_small_and_taken_off(world: World) -> None:
    meeting = world.call()
    client = as_secretary(world)
    client.post(reverse("meetings:upload", args=[meeting.pk]), {"kind": "photo", "uploads": [picture()]})
    attachment = meeting.attachments.get()
    small = client.get(reverse("meetings:thumbnail", args=[meeting.pk, attachment.pk]))
    assert small["Content-Type"] == "image/jpeg"
    assert client.get(reverse("meetings:attachment", args=[meeting.pk, attachment.pk])).status_code == 200
    assert as_neighbour(world).get(reverse("meetings:thumbnail", args=[meeting.pk, attachment.pk])).status_code == 404
    client.post(reverse("meetings:detach", args=[meeting.pk, attachment.pk]))
    assert not meeting.attachments.exists()


def test_a_file_of_the_wrong_kind_is_named_and_the_others_are_kept(world: World) -> None:
    meeting = world.call()
    wrong = picture()
    wrong.name, wrong.file.read = "坏文件.jpg", lambda *_: b"MZ not a picture"
    files = [picture(), wrong]
    answer = as_secretary(world).post(
        reverse("meetings:upload", args=[meeting.pk]), {"kind": "photo", "uploads": files}, follow=True
    )
    assert "坏文件.jpg" in answer.content.decode()
    assert meeting.attachments.count() == 1


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_record_is_downloaded(world: World, form: str) -> None:
    meeting = closed(world)
    client = as_secretary(world)
    record = client.get(reverse("meetings:record_paper", args=[meeting.pk, form]))
    assert record.content[:2] == {"docx": b"PK", "pdf": b"%P"}[form]
    assert "attachment" in record["Content-Disposition"]


def test_no_record_before_the_meeting_is_over(world: World) -> None:
    meeting = world.call()
    assert as_secretary(world).get(reverse("meetings:record_paper", args=[meeting.pk, "docx"])).status_code == 409
    assert as_secretary(world).get(reverse("meetings:record_paper", args=[meeting.pk, "exe"])).status_code == 404


@pytest.mark.parametrize("tab", ["", "people", "agenda", "minutes", "attachments", "trail", "nonsense"])
def test_every_tab_of_a_closed_meeting_is_shown(world: World, tab: str) -> None:
    meeting = closed(world)
    with clock.at(instant("09:00", days=1)):
        answer = as_secretary(world).get(reverse("meetings:detail", args=[meeting.pk]), {"tab": tab})
    assert answer.status_code == 200
    assert meeting.title in answer.content.decode()


def test_whoever_has_no_grade_yet_is_put_down_as_qualified_before_anything_is_saved(world: World) -> None:
    meeting = running(world, kinds=["member_appraisal"])
    first, address = world.people[0], reverse("meetings:appraisal", args=[meeting.pk])
    page = as_recorder(world).post(address, {f"grade-{first.pk}": "excellent", "rest": "1"})
    assert page.status_code == 200
    values = {member.pk: field.value() for member, field in page.context["form"].lines() if field}
    assert values.pop(first.pk) == "excellent"
    assert set(values.values()) == {"qualified"}
    assert not meeting.appraisals.exists()


def test_whoever_has_checked_in_is_not_asked_to_answer(world: World) -> None:
    running(world, (0,))
    assert "答复参加或请假" not in as_secretary(world).get("/").content.decode()
    assert "答复参加或请假" in as_member(world).get("/").content.decode()
