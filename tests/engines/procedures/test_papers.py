"""Papers of a step: the form to be signed, photos that become one PDF, what is refused, who may."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from dangjian.accounts.models import Event, User
from dangjian.engines.procedures.actions import deciding, ending, papers, starting, taking
from dangjian.engines.procedures.models import CasePaper, CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.papers import Stand, sheets
from dangjian.kernel import clock, pdf
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org.models import Organization, PostKind
from dangjian.org.openings import at, register
from tests import make
from tests.kernel.test_pdf import names, rotations, scan
from tests.kernel.test_pictures import detailed, grey_at, opened, photo, upside_down

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-23")]


class House:
    """A branch whose secretary keeps the case of a member; somebody beside it."""

    def __init__(self) -> None:
        self.committee = make.committee()
        general = make.general_branch(self.committee)
        self.branch = make.branch(general)
        self.secretary = self.officer(self.branch)
        self.person: User = make.member(self.branch, with_user=True).user
        self.reader: User = make.member(self.branch, with_user=True).user
        self.neighbour = self.officer(make.branch(general))
        self.case = starting.start(
            actor=make.SYSTEM,
            code="example",
            organization=self.branch,
            title="欧阳甲",
            day=clock.today(),
            account_id=self.person.pk,
        )

    def officer(self, place: Organization) -> User:
        who: User = make.member(place, with_user=True).user
        make.post(place, PostKind.SECRETARY, who)
        return who

    def row(self, code: str = "talk") -> CaseStep:
        found: CaseStep = (
            register(CaseStep).select_related("case__organization", "place").filter(case=self.case, code=code).last()
        )
        return found

    def add(self, *files: SimpleUploadedFile, code: str = "talk_record", by: User | None = None) -> papers.Added:
        return papers.add(actor=make.actor(by or self.secretary), row=self.row(), code=code, files=files)

    def talk(self, outcome: str = "done") -> CaseStep:
        return taking.take(actor=make.actor(self.secretary), case=self.case, code="talk", day=clock.today(), outcome=outcome)

    def kept(self) -> list[CasePaper]:
        return list(register(CasePaper))

    def stands(self) -> dict[str, Stand]:
        with at(self.branch):
            return {sheet.paper.code: sheet.stand for sheet in sheets(self.case)}


@pytest.fixture
def house(settings: Any, tmp_path: Path) -> House:
    settings.MEDIA_ROOT = tmp_path
    return House()


def upload(content: bytes, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def coloured(name: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (30, 40), name).save(out, "PNG")
    return upload(out.getvalue(), f"{name}.png")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def content_of(paper: CasePaper) -> bytes:
    with paper.file.open("rb") as file:
        found: bytes = file.read()
    return found


def stored(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


# Photos and scans


def test_photos_of_a_paper_become_one_pdf_and_later_ones_come_behind(house: House) -> None:
    house.add(coloured("red"), coloured("blue"))
    house.add(coloured("white"))
    [paper] = house.kept()
    assert (paper.name, paper.pages, paper.is_of_photos, paper.content_type) == ("谈话记录.pdf", 3, True, "application/pdf")
    assert list(names(content_of(paper))) == ["red", "blue", "white"]
    assert house.add(coloured("red")).kept[0].pages == 3


def test_a_photo_taken_upside_down_stands_upright_in_the_pdf(house: House) -> None:
    [paper] = house.add(upload(upside_down())).kept
    shown = pdf.picture_of(content_of(paper), 1)
    assert shown
    assert grey_at(opened(shown[0]), 0.5, 0.1) > 100 > grey_at(opened(shown[0]), 0.5, 0.9)


def test_a_photo_of_30_mb_is_kept_small(house: House) -> None:
    large = detailed((8000, 6000), quality=91)
    assert len(large) > 30 * 1024 * 1024
    [paper] = house.add(upload(large)).kept
    shown = pdf.picture_of(content_of(paper), 1)
    assert shown
    assert (max(opened(shown[0]).size), paper.size < len(large) / 10) == (2000, True)


def test_a_scanned_pdf_stays_as_it_is(house: House) -> None:
    content = scan("red", "blue")
    [paper] = house.add(upload(content, "扫描件.pdf")).kept
    assert (paper.name, paper.pages, content_of(paper)) == ("扫描件.pdf", 2, content)
    assert not house.add(upload(content, "又一次.pdf")).kept
    assert len(house.kept()) == 1


def test_the_files_that_may_not_be_kept_are_named_and_the_others_stay(house: House) -> None:
    added = house.add(
        upload(b"MZ program", "程序.exe"), upload(photo()), upload(scan("red")[:200], "坏.pdf"), upload(photo()[:300], "半张.jpg")
    )
    assert [one.message for one in added.refused] == [
        "“程序.exe”：不支持这种文件，或文件已损坏。",
        "“坏.pdf”：这份PDF不完整，打不开。",
        "“半张.jpg”：图片已损坏，打不开。",
    ]
    assert all(one.how for one in added.refused)
    assert [paper.pages for paper in house.kept()] == [1]


def test_what_cannot_be_taken_is_said_at_once_and_what_to_do_only_once(house: House) -> None:
    files = [upload(b"MZ", "程序.exe"), upload(b"MZ", "另一个.exe"), upload(photo())]
    client = signed_in(house.secretary)
    address = reverse("procedures:add_papers", args=[house.row().pk])
    page = client.post(address, {"paper": "talk_record", "files": files}, follow=True).content.decode()
    assert page.count("没有上传：") == page.count("可以上传照片") == 1
    assert "“程序.exe”" in page
    assert "“另一个.exe”" in page
    assert "已上传：谈话记录.pdf" in page


def test_nothing_is_left_on_the_disk_of_files_that_came_with_a_refused_step(house: House, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"程序\.exe"):
        taking.take(
            actor=make.actor(house.secretary),
            case=house.case,
            code="talk",
            day=clock.today(),
            outcome="done",
            files={"talk_record": [upload(photo()), upload(b"MZ", "程序.exe")]},
        )
    assert (house.kept(), stored(tmp_path), house.row().state) == ([], [], StepState.OPEN)


def test_files_stay_when_the_step_has_to_be_mended_and_need_not_be_chosen_again(house: House) -> None:
    client, address = signed_in(house.secretary), reverse("procedures:example_case", args=[house.case.pk])
    sent = {"step": "talk", "day": "2026-12-24", "outcome": "done", "paper_talk_record": upload(photo())}
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert "已上传：谈话记录.pdf" in answer.content.decode()
    answer = client.post(address, {"step": "talk", "day": "2026-11-23", "outcome": "done"})
    assert answer.status_code == 302
    assert [paper.step.state for paper in register(CasePaper).select_related("step")] == [StepState.TAKEN]


def test_one_wrong_file_with_a_step_leaves_the_others_and_what_was_typed(house: House) -> None:
    address = reverse("procedures:example_case", args=[house.case.pk])
    files = [upload(b"MZ", "程序.exe"), upload(photo())]
    sent = {"step": "talk", "day": "2026-11-20", "outcome": "done", "paper_talk_record": files}
    answer = signed_in(house.secretary).post(address, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“程序.exe”：不支持这种文件" in page
    assert "其他文件已经保存" in page
    assert 'value="2026-11-20"' in page
    assert house.row().state == StepState.OPEN
    assert len(house.kept()) == 1


def test_a_required_paper_that_was_handed_in_before_the_step_is_not_asked_for_again(house: House) -> None:
    case = _project_to_report(house)
    row = register(CaseStep).select_related("case__organization", "place").get(case=case, code="report", state=StepState.OPEN)
    given: dict[str, Any] = {"code": "report", "day": clock.today(), "entry": {"result": "停机减半"}, "reason": "提前"}
    with pytest.raises(Invalid, match="还缺材料：成果材料"):
        taking.take(actor=make.SYSTEM, case=case, **given)
    papers.add(actor=make.SYSTEM, row=row, code="evidence", files=[upload(photo())])
    taking.take(actor=make.SYSTEM, case=case, **given)
    taking.take(actor=make.SYSTEM, case=case, code="accept", day=clock.today(), outcome="again")
    # Sent back: what was handed in still counts.
    taking.take(actor=make.SYSTEM, case=case, **given)
    with at(house.branch):
        [evidence] = [sheet for sheet in sheets(case) if sheet.paper.code == "evidence"]
    assert (evidence.stand, len(evidence.files), evidence.row.state) == (Stand.THERE, 1, StepState.TAKEN)


def _project_to_report(house: House) -> ProcedureCase:
    entry = {"goal": "把停机时间降到一半", "ends_on": "2027-03-31"}
    case = starting.start(
        actor=make.SYSTEM, code="project", organization=house.branch, title="降低停机时间", day=clock.today(), entry=entry
    )
    discussed = {"outcome": "agreed", "said": "虚构党员大会"}
    deciding.decide(actor=make.SYSTEM, case=case, code="discuss", day=clock.today(), **discussed)
    taking.take(actor=make.SYSTEM, case=case, code="approve", day=clock.today(), outcome="agreed")
    return case


# Pages


def test_a_page_is_turned_for_good_and_the_old_file_goes(
    house: House, tmp_path: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    [paper] = house.add(coloured("red"), coloured("blue")).kept
    before = paper.sha256
    client = signed_in(house.secretary)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("procedures:change_page", args=[paper.pk]), {"page": 2, "change": "right"})
    assert answer["Location"].endswith(f"/papers/{paper.pk}/pages/#p2")
    [paper] = house.kept()
    assert rotations(content_of(paper)) == [0, 90]
    assert (paper.sha256 != before, stored(tmp_path)) == (True, [Path(paper.file.path)])
    assert Event.objects.get(verb="procedures.paper_changed").summary.endswith("材料“谈话记录.pdf”第2页向右转")
    picture = client.get(reverse("procedures:paper_page", args=[paper.pk, 2]))
    assert opened(picture.content).size == (40, 30)
    assert client.get(reverse("procedures:paper_page", args=[paper.pk, 3])).status_code == 409


def test_pages_are_moved_and_taken_off(house: House) -> None:
    [paper] = house.add(coloured("red"), coloured("blue"), coloured("white")).kept
    actor = make.actor(house.secretary)
    paper = papers.change_page(actor=actor, paper=paper, number=3, change="up")
    paper = papers.change_page(actor=actor, paper=paper, number=1, change="remove")
    assert (list(names(content_of(paper))), paper.pages) == (["white", "blue"], 2)
    for number, change in ((3, "left"), (1, "melt")):
        with pytest.raises((Conflict, NotFound)):
            papers.change_page(actor=actor, paper=paper, number=number, change=change)


def test_the_pages_of_a_paper_are_shown_with_buttons_for_whoever_may(house: House) -> None:
    [paper] = house.add(coloured("red"), coloured("blue")).kept
    address = reverse("procedures:paper_pages", args=[paper.pk])
    page = signed_in(house.secretary).get(address).content.decode()
    assert page.count("向左转") == 2
    assert page.count("移到前一页") == 1
    assert reverse("procedures:paper_page", args=[paper.pk, 2]) in page
    assert "向左转" not in signed_in(house.person).get(address).content.decode()


# Forms


def test_the_form_is_filled_in_before_and_after_the_step(house: House) -> None:
    client = signed_in(house.secretary)
    address = reverse("procedures:form_paper", args=[house.row().pk, "talk_record"])
    assert address in client.get(reverse("procedures:example_case", args=[house.case.pk])).content.decode()
    assert _text(client.get(address).content) == "谈话记录\n欧阳甲，＿＿＿＿年＿＿月＿＿日谈话。"
    house.talk()
    answer = client.get(address)
    assert _text(answer.content) == "谈话记录\n欧阳甲，2026-11-23谈话。"
    assert "attachment" in answer["Content-Disposition"]
    assert signed_in(house.person).get(address).status_code == 200


def _text(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs if paragraph.text)


def test_what_is_written_by_hand_is_never_generated(house: House) -> None:
    apply = register(CaseStep).get(case=house.case, code="apply")
    client = signed_in(house.person)
    assert client.get(reverse("procedures:form_paper", args=[apply.pk, "letter"])).status_code == 404
    page = client.get(reverse("procedures:example_case", args=[house.case.pk])).content.decode()
    assert "本人手写" in page


# Who may


@pytest.mark.parametrize(
    ("name", "arguments"), [("paper", []), ("paper_pages", []), ("paper_page", [1]), ("form_paper", ["talk_record"])]
)
def test_only_whoever_may_see_the_case_sees_its_papers(house: House, name: str, arguments: list[Any]) -> None:
    [paper] = house.add(upload(photo())).kept
    address = reverse(f"procedures:{name}", args=[house.row().pk if name == "form_paper" else paper.pk, *arguments])
    seen = {who: signed_in(getattr(house, who)).get(address).status_code for who in ("secretary", "person", "neighbour")}
    assert seen == {"secretary": 200, "person": 200, "neighbour": 404}


def test_only_whoever_may_take_the_step_adds_and_changes(house: House) -> None:
    [paper] = house.add(upload(photo())).kept
    for who, refusal in ((house.person, PermissionDenied), (house.reader, PermissionDenied), (house.neighbour, NotFound)):
        with pytest.raises(refusal):
            house.add(coloured("red"), by=who)
        with pytest.raises(refusal):
            papers.change_page(actor=make.actor(who), paper=paper, number=1, change="left")
        with pytest.raises(refusal):
            papers.remove(actor=make.actor(who), paper=paper)
    assert [one.pages for one in house.kept()] == [1]


def test_what_was_sent_back_or_ended_takes_no_more_papers(house: House) -> None:
    row = house.talk(outcome="again")
    with pytest.raises(Conflict, match="退回"):
        papers.add(actor=make.actor(house.secretary), row=row, code="talk_record", files=[upload(photo())])
    ending.withdraw(actor=make.SYSTEM, case=house.case, reason="不办了")
    with pytest.raises(Conflict, match="不能再补材料"):
        papers.add(actor=make.actor(house.person), row=house.row("apply"), code="letter", files=[upload(photo())])
    assert house.kept() == []


def test_a_paper_that_was_missing_at_the_end_is_added_then_and_what_is_there_stays(house: House) -> None:
    [first] = house.add(upload(photo())).kept
    house.talk()
    with at(house.branch):
        ProcedureCase.objects.filter(pk=house.case.pk).update(state="finished", ended_on=clock.today())
    house.add(coloured("red"))
    [kept] = house.kept()
    assert (kept, kept.pages) == (first, 2)
    with pytest.raises(Conflict, match="只能补充"):
        papers.change_page(actor=make.actor(house.secretary), paper=kept, number=1, change="remove")
    with pytest.raises(Conflict, match="只能补充"):
        papers.remove(actor=make.actor(house.secretary), paper=kept)
    assert [one.pages for one in house.kept()] == [2]
    page = signed_in(house.secretary).get(reverse("procedures:example_case", args=[house.case.pk])).content.decode()
    assert reverse("procedures:add_papers", args=[house.row("talk").pk]) in page
    assert reverse("procedures:remove_paper", args=[kept.pk]) not in page


# What is missing


def test_what_there_is_of_each_paper(house: House) -> None:
    assert house.stands() == {"letter": Stand.MISSING, "talk_record": Stand.LATER}
    house.talk()
    assert house.stands() == {"letter": Stand.MISSING, "talk_record": Stand.UNSIGNED}
    house.add(upload(photo()))
    assert house.stands() == {"letter": Stand.MISSING, "talk_record": Stand.THERE}
