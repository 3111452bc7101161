import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from docx import Document

from dangjian.activities.meetings import actions, documents
from dangjian.activities.meetings.actions import AgendaPlan, Votes
from dangjian.activities.meetings.documents import meeting as parts
from dangjian.activities.meetings.documents import register_context
from dangjian.activities.meetings.models import Meeting
from dangjian.kernel import clock
from dangjian.kernel.ui import words
from tests import make
from tests.activities.meetings.conftest import World, closed, held, instant, sitting
from tests.days import in_days


def text_of(docx: bytes) -> str:
    """All that a Word document says, tables included, line by line."""
    paper = Document(io.BytesIO(docx))
    lines = [paragraph.text for paragraph in paper.paragraphs]
    for table in paper.tables:
        lines += ["|".join(cell.text for cell in row.cells) for row in table.rows]
    return "\n".join(lines)


@pytest.fixture
def meeting(world: World) -> Meeting:
    """A closed meeting with a vote, somebody on leave, hostile text and a correction."""
    found = held(world, agenda=[AgendaPlan("学习 <全会> & 精神", "first_agenda")], kinds=["general_meeting", "theme_day"])
    actions.record_decision(actor=world.actor(2), meeting=found, text="同意<计划>&预算", votes=Votes(3))
    row = world.row(found, 4)
    row.presence, row.leave_reason, row.answer = "leave", "出差", "leave_granted"
    row.save()
    actions.draft_minutes(actor=world.actor(2), meeting=found)
    actions.confirm(actor=world.secretary, meeting=found)
    found = actions.close(actor=world.actor(2), meeting=found)
    actions.correct(
        actor=world.actor(2), meeting=found, section="place_and_time", old_text="一号", new_text="二号会议室", reason="笔误"
    )
    return found


def test_a_record_written_on_a_later_day_says_so(world: World) -> None:
    on_time, called = held(world), world.call(title="虚构另一次大会")
    with clock.at(instant("10:00", days=2)):
        late = actions.end(actor=world.secretary, meeting=actions.begin(actor=world.secretary, meeting=called))
    assert "补记" not in text_of(documents.record(on_time, "docx"))
    assert f"（{words.day(in_days(2))}补记）" in text_of(documents.record(late, "docx"))


def test_the_record_as_word_says_everything(world: World, meeting: Meeting) -> None:
    text = text_of(documents.record(meeting, "docx"))
    for part in (
        meeting.number,
        "支部党员大会、主题党日",
        "应到6人，实到4人（线上0人），请假1人，缺席1人",
        f"{world.people[4]}（出差）",
        "学习 <全会> & 精神",
        "同意<计划>&预算",
        "《中国共产党支部工作条例（试行）》第十一条",
        "更正为“二号会议室”",
        f"主持人（签字）：{world.people[0]}",
        f"记录确认：{world.people[0].user.name}",
    ):
        assert part in text
    assert "{" not in text
    assert "尚未经主持人确认" not in text


def test_an_unconfirmed_record_says_so(world: World) -> None:
    assert "尚未经主持人确认" in text_of(documents.record(held(world), "docx"))


def test_the_record_as_pdf(meeting: Meeting) -> None:
    pdf = documents.record(meeting, "pdf")
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 5000


def test_the_register_holds_the_year(world: World, meeting: Meeting) -> None:
    year = clock.today().year
    group = make.group(world.branch, name="虚构第一党小组")
    make.post(group, "group_leader", world.people[3].user)
    old = world.plan(title="只在去年", sittings=[sitting(f"{year - 1}-12-30 14:00", f"{year - 1}-12-30 15:00")])
    actions.end(actor=world.secretary, meeting=actions.begin(actor=world.secretary, meeting=old))
    text = text_of(documents.register(world.branch, year, "docx"))
    for part in (
        "党支部工作手册",
        f"（{year}年度）",
        "虚构第一党小组",
        "书记|",
        f"{world.people[5]}|",
        "预备党员",
        "主题党日|",
        "66.7%",
    ):
        assert part in text
    assert "只在去年" not in text
    assert documents.register(world.branch, year, "pdf").startswith(b"%PDF-")


def test_a_year_without_meetings_is_a_register_all_the_same(world: World) -> None:
    assert "全年组织生活" in text_of(documents.register(world.branch, 2024, "docx"))


def test_the_number_of_queries_does_not_grow_with_the_meetings(world: World) -> None:
    closed(world)
    with_one = _queries(world)
    for number in range(3):
        closed(world, title=f"第{number}次")
    assert _queries(world) == with_one


def _queries(world: World) -> int:
    with CaptureQueriesContext(connection) as captured:
        context = register_context(world.branch, clock.today().year)
    assert context["records"]
    return len(captured)


def test_meetings_are_loaded_with_all_that_is_read(meeting: Meeting) -> None:
    assert parts.contexts(parts.loaded(Meeting.objects.all()))[0]["title"] == meeting.title
