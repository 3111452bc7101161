"""Letters of the political review: written with a number, sent, reminded of, answered; whoever reads one is on the trail."""

import datetime as dt
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from docx import Document
from PIL import Image

from dangjian.accounts.models import Event
from dangjian.activities.development.actions import letters
from dangjian.activities.development.models import Applicant, LetterState, ReviewLetter, Stage
from dangjian.activities.development.papers import letter_as_word
from dangjian.activities.development.queries import letters as read
from dangjian.engines.duties.models import Duty
from dangjian.engines.procedures.models import CasePaper, CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied, Refusal
from dangjian.org import roles
from dangjian.org.openings import at
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.build import applicant, case_of, step
from tests.engines.duties.build import on, refreshed
from tests.offered import browser, shown

DAY = pytest.mark.day("2026-11-23")
TODAY, DUE = dt.date(2026, 11, 23), dt.date(2026, 12, 23)


class World:
    """A branch below a committee, and somebody whose political review is open."""

    def __init__(self) -> None:
        self.top = make.committee(name="虚构集团党委")
        self.branch = make.branch(self.top, name="检修一班党支部")
        self.office = make.grant(self.top, roles.PARTY_OFFICE).user
        self.secretary = make.post(self.branch).user
        self.neighbour = make.post(make.branch(self.top)).user
        self.user = make.user("欧阳试")
        self.person = applicant(self.branch, "欧阳试", stage=Stage.OBJECT, user=self.user)
        self.case = case_of(self.person)
        self.review = step(self.case, read.STEP)

    def write(self, person: Applicant | None = None, **more: Any) -> ReviewLetter:
        given = {"actor": make.actor(self.secretary), "applicant": person or self.person, "about": "欧阳父", "relation": "父亲"}
        asked = {"to": "虚构县虚构镇党委", "questions": "一、现实表现；\n二、有无违法违纪。", "due_on": DUE}
        return letters.write(**given | asked | more)

    def sent(self, **more: Any) -> ReviewLetter:
        return letters.send(actor=make.actor(self.secretary), letter=self.write(**more), sent_on=TODAY)

    def take(self, letter: ReviewLetter, **more: Any) -> ReviewLetter:
        given = {"actor": make.actor(self.secretary), "letter": letter, "returned_on": clock.today(), "answer": "表现良好"}
        return letters.take_answer(**given | more)


@pytest.fixture
def world(db: None) -> Any:
    with unscoped("a test looks at everything"):
        yield World()


def refused(kind: type[Refusal], act: Callable[[], object]) -> Refusal:
    """The refusal of ``act``, after checking that nothing was written."""

    def stands() -> list[Any]:
        return [list(model.objects.order_by("pk").values_list()) for model in (ReviewLetter, CasePaper, Event)]

    before = stands()
    with pytest.raises(kind) as caught:
        act()
    assert stands() == before
    return caught.value


def photo(name: str = "回函.png", height: int = 30) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, height), "white").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def due(world: World) -> list[tuple[str, dt.date | None, str]]:
    rows = Duty.objects.filter(rule=read.RULE, organization=world.branch).order_by("pk")
    return [(row.title, row.due_on, row.state) for row in rows]


@DAY
class TestWriting:
    def test_numbers_run_by_branch_and_year(self, world: World) -> None:
        assert [world.write().number, world.write().number] == ["检修一班党支部函〔2026〕1号", "检修一班党支部函〔2026〕2号"]
        other = make.branch(make.general_branch(world.top), name="检修一班党支部")
        person = applicant(other)
        step(case_of(person), read.STEP)
        assert world.write(person, actor=make.SYSTEM).number == "检修一班党支部函〔2026〕1号"
        with clock.at("2027-01-04 09:00"):
            assert world.write(due_on=dt.date(2027, 2, 1)).number == "检修一班党支部函〔2027〕1号"

    def test_while_the_review_is_open(self, world: World) -> None:
        CaseStep.objects.filter(pk=world.review.pk).update(state="taken", taken_on=TODAY)
        assert "政治审查" in refused(Conflict, world.write).message
        CaseStep.objects.filter(pk=world.review.pk).update(state="open", opens_on=dt.date(2026, 11, 24))
        refused(Conflict, world.write)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"about": " "}, "about"),
            ({"about": "12345"}, "about"),
            ({"relation": ""}, "relation"),
            ({"to": " "}, "to"),
            ({"questions": "问" * 1001}, "questions"),
            ({"due_on": TODAY}, "due_on"),
        ],
    )
    def test_what_cannot_be_right(self, world: World, wrong: dict[str, Any], field: str) -> None:
        assert field in refused(Invalid, lambda: world.write(**wrong)).fields

    def test_by_the_office_of_the_branch_and_never_about_oneself(self, world: World) -> None:
        refused(NotFound, lambda: world.write(actor=make.actor(world.neighbour)))
        plain = make.post(world.branch, "publicity_member").user
        refused(PermissionDenied, lambda: world.write(actor=make.actor(plain)))
        own = make.grant(world.branch, roles.PARTY_OFFICE, world.user).user
        refused(PermissionDenied, lambda: world.write(actor=make.actor(own)))

    def test_it_is_changed_until_it_is_sent(self, world: World) -> None:
        letter, actor = world.write(), make.actor(world.secretary)
        text = {"about": "欧阳母", "relation": "母亲", "to": "虚构社区党委", "questions": "现实表现", "due_on": DUE}
        done = letters.change(actor=actor, letter=letter, **text)
        assert (done.about, done.number) == ("欧阳母", letter.number)
        letters.send(actor=actor, letter=letter, sent_on=TODAY)
        refused(Conflict, lambda: letters.change(actor=actor, letter=letter, **text))

    def test_until_when_is_what_the_enterprise_set(self) -> None:
        assert read.due_from(TODAY) == DUE
        assert "第十六条" in read.answer_rule(TODAY).citation


@DAY
class TestTheWay:
    def test_sent_reminded_and_answered(self, world: World) -> None:
        letter, actor = world.sent(), make.actor(world.secretary)
        assert due(world) == [("欧阳试：政审函调待回函（虚构县虚构镇党委）", DUE, "open")]
        with on("2026-12-24"):
            assert ReviewLetter.objects.late().get() == letter
            assert letters.remind(actor=actor, letter=letter).reminded_on == dt.date(2026, 12, 24)
            refused(Conflict, lambda: letters.remind(actor=actor, letter=letter))
            done = world.take(letter)
            assert (done.state, done.returned_on, done.is_late) == (LetterState.RETURNED, dt.date(2026, 12, 24), False)
            refreshed()
            assert [state for _, _, state in due(world)] == ["done"]
        verbs = Event.objects.filter(subject_id=letter.pk, verb__startswith="development.letter_").order_by("pk")
        assert [one.verb.removeprefix("development.letter_") for one in verbs] == ["written", "sent", "reminded", "returned"]

    def test_the_answer_is_kept_encrypted(self, world: World) -> None:
        letter = world.take(world.sent())
        with connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM development_reviewletter WHERE id = %s", [letter.pk])
            assert "表现良好" not in str(cursor.fetchone())
        assert "表现良好" not in " ".join(Event.objects.values_list("summary", flat=True))

    @pytest.mark.parametrize("day", [dt.date(2026, 11, 22), dt.date(2026, 11, 24)])
    def test_neither_before_it_was_sent_nor_in_the_future(self, world: World, day: dt.date) -> None:
        letter = world.sent()
        assert "returned_on" in refused(Invalid, lambda: world.take(letter, returned_on=day)).fields

    def test_an_answer_says_something(self, world: World) -> None:
        letter = world.sent()
        assert "answer" in refused(Invalid, lambda: world.take(letter, answer=" ")).fields

    def test_each_once(self, world: World) -> None:
        written, sent = world.write(), world.sent()
        actor = make.actor(world.secretary)
        refused(Conflict, lambda: world.take(written))
        refused(Conflict, lambda: letters.remind(actor=actor, letter=written))
        refused(Conflict, lambda: letters.send(actor=actor, letter=sent, sent_on=TODAY))
        world.take(sent)
        refused(Conflict, lambda: world.take(sent))
        refused(Conflict, lambda: letters.cancel(actor=actor, letter=sent, reason="不需要"))

    def test_sent_by_today_and_before_it_is_due(self, world: World) -> None:
        letter, actor = world.write(), make.actor(world.secretary)
        later = dt.date(2026, 11, 24)
        assert "sent_on" in refused(Invalid, lambda: letters.send(actor=actor, letter=letter, sent_on=later)).fields
        with on("2026-12-30"):
            refused(Invalid, lambda: letters.send(actor=actor, letter=letter, sent_on=dt.date(2026, 12, 30)))

    def test_cancelled_with_a_reason_it_is_waited_for_no_longer(self, world: World) -> None:
        letter, actor = world.sent(), make.actor(world.secretary)
        assert list(read.open_for(world.person.pk)) == [letter]
        assert "reason" in refused(Invalid, lambda: letters.cancel(actor=actor, letter=letter, reason=" ")).fields
        letters.cancel(actor=actor, letter=letter, reason="对方已撤销")
        assert list(read.open_for(world.person.pk)) == []
        assert [state for _, _, state in due(world)] == ["void"]
        assert world.write().serial == 2, "a number is not given twice"


@DAY
class TestAnAnswerEnteredWrongly:
    def test_is_taken_back_with_a_reason_and_waited_for_again(self, world: World) -> None:
        letter, actor = world.take(world.sent()), make.actor(world.secretary)
        assert "reason" in refused(Invalid, lambda: letters.take_back_answer(actor=actor, letter=letter, reason=" ")).fields
        letters.take_back_answer(actor=actor, letter=letter, reason="登记到别的函上了")
        letter.refresh_from_db()
        assert (letter.state, letter.returned_on) == (LetterState.SENT, None)
        assert list(read.open_for(world.person.pk)) == [letter]
        assert [state for _, _, state in due(world)] == ["open"]
        said = Event.objects.get(verb="development.letter_answer_taken_back").summary
        assert ("登记到别的函上了" in said, "表现良好" in said) == (True, False)
        page = shown(world.secretary, f"/development/letters/{letter.pk}/")
        assert page.count("表现良好") == 1, "in the form alone, so that nobody types it again"
        assert world.take(letter, answer="表现一般").answer == "表现一般"

    def test_not_once_the_review_is_concluded_and_by_nobody_else(self, world: World) -> None:
        letter = world.take(world.sent())
        neighbour = make.actor(world.neighbour)
        refused(NotFound, lambda: letters.take_back_answer(actor=neighbour, letter=letter, reason="登记错了"))
        world.review.state, world.review.taken_on = "taken", TODAY
        with at(world.branch):
            world.review.save()
        actor = make.actor(world.secretary)
        refused(Conflict, lambda: letters.take_back_answer(actor=actor, letter=letter, reason="登记错了"))
        letter.refresh_from_db()
        assert letter.state == LetterState.RETURNED


@DAY
class TestReading:
    def test_whoever_reads_the_answer_is_on_the_trail_once_a_day(self, world: World) -> None:
        letter = world.sent()
        address = f"/development/letters/{letter.pk}/"
        viewed = Event.objects.filter(verb="development.letter_viewed")
        assert "虚构县虚构镇党委" in shown(world.office, address)
        assert viewed.count() == 0, "there is no answer yet"
        world.take(letter)
        for _ in range(2):
            assert "表现良好" in shown(world.office, address)
        assert [one.actor_id for one in viewed] == [world.office.pk]
        assert "表现良好" in shown(world.secretary, address)
        assert viewed.count() == 1, "whoever entered it knows it"

    def test_nobody_else_reads_it(self, world: World) -> None:
        letter = world.take(world.sent())
        address = f"/development/letters/{letter.pk}/"
        for user in (world.user, world.neighbour, make.member(world.branch, with_user=True).user):
            assert user
            assert browser(user).get(address).status_code in {403, 404}
            assert browser(user).get(f"{address}?paper=word").status_code in {403, 404}

    def test_the_list_shows_what_is_open_and_what_is_late(self, world: World) -> None:
        sent, done = world.sent(about="欧阳甲"), world.take(world.sent(about="欧阳乙"))
        page = shown(world.office, "/development/letters/")
        assert (sent.number in page, done.number in page) == (True, False)
        assert done.number in shown(world.office, "/development/letters/?state=returned")
        assert sent.number not in shown(world.office, "/development/letters/?state=late")
        with on("2026-12-24"):
            assert "超期未回" in shown(world.office, "/development/letters/?state=late")
        assert sent.number in shown(world.office, "/development/letters/?q=oys")


@DAY
def test_the_paper_says_what_was_typed(world: World) -> None:
    odd = "𠮷䶮㛃·{{ 名 }}<&>"
    letter, other = world.write(to=odd, questions=f"一、{odd}\n二、有无违法违纪。"), world.write(about="欧阳母", relation="母亲")
    content, name = letter_as_word(letter, world.case)
    text = "\n".join(Document(io.BytesIO(content)).element.itertext())
    assert name == "检修一班党支部函〔2026〕1号政治审查函调信（欧阳父）.docx"
    for said in (letter.number, f"{odd}：", f"一、{odd}", "二、有无违法违纪。", "欧阳父", "父亲", "2026年12月23日"):
        assert said in text
    assert other.number not in text


@DAY
@pytest.mark.django_db(transaction=True)
def test_two_who_write_at_once_get_a_number_each() -> None:
    with unscoped("test world"):
        world = World()
        people = [applicant(world.branch) for _ in range(3)]
        for person in people:
            step(case_of(person), read.STEP)

    def write(person: Applicant) -> int:
        try:
            with unscoped("a thread"), clock.at("2026-11-23 09:00"):
                return world.write(person).serial
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(write, people)) == [1, 2, 3]
    connection.close()


@DAY
class TestScans:
    def test_the_scan_is_kept_among_the_papers_of_the_review(self, world: World) -> None:
        world.take(world.sent(), answer="", scans=[photo(), photo("第二页.png", 50)])
        kept = CasePaper.objects.get()
        assert (kept.step, kept.code, kept.pages) == (world.review, read.PAPER, 2)

    def test_a_wrong_file_refuses_the_whole(self, world: World) -> None:
        letter = world.sent()
        wrong = SimpleUploadedFile("回函.exe", b"MZ")
        assert "scans" in refused(Invalid, lambda: world.take(letter, scans=[photo(), wrong])).fields

    def test_not_once_the_case_is_over(self, world: World) -> None:
        letter = world.sent()
        ProcedureCase.objects.filter(pk=world.case.pk).update(state="ended", ended_on=TODAY)
        refused(Conflict, lambda: world.take(letter, scans=[photo()]))
        assert world.take(letter).answer == "表现良好"
