"""The forms of the development of members: each is filled in from what is known, and none fails for what is not."""

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

import pytest
from docx import Document

from dangjian.activities.development.actions import letters
from dangjian.activities.development.documents.forms import FORMS, NO_DAY
from dangjian.activities.development.documents.shapes import Form
from dangjian.activities.development.models import Applicant
from dangjian.activities.development.papers import LINE, PAPERS
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.actions.turns import step_of
from dangjian.engines.procedures.definition import Version
from dangjian.engines.procedures.installed import procedure
from dangjian.engines.procedures.models import CaseStep
from dangjian.engines.procedures.offers import Votes
from dangjian.engines.procedures.papers import Stand, filled, sheets
from dangjian.kernel import clock
from dangjian.kernel.documents import render_docx
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development import way

RARE = "古丽·𠮷䶮㛃"
TYPED = "对党忠诚 <坚定> & {{ 理想 }} {% if 信念 %}"


def known(form: Form, value: str) -> dict[str, Any]:
    """A context of the shape that ``papers.context`` returns, with ``value`` everywhere."""
    both: dict[str, Any] = {where: dict.fromkeys(form.keys, value) for where in ("cell", "line")}
    review = dict.fromkeys(("day", "who", "opinion", "sign"), value)
    paper = {"number": 1, "title": value, "day": value, "pages": 2, "stand": value}
    return {**both, "letters": [both, both], "reviews": [review], "papers": [paper]}


def text_of(content: bytes) -> str:
    """All text of a Word document, of its tables too."""
    paper = Document(io.BytesIO(content))
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in paper.paragraphs] + cells)


def rendered(form: Form, context: Mapping[str, object]) -> bytes:
    return render_docx(PAPERS[form.code].word, context, title=form.title, author="虚构支部")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_what_people_typed_comes_out_as_they_typed_it(form: Form) -> None:
    text = text_of(rendered(form, known(form, f"{RARE}{TYPED}")))
    assert RARE in text
    assert TYPED in text
    assert "{{ cell" not in text


def test_forms_have_codes_and_titles_of_their_own() -> None:
    assert len({form.code for form in FORMS}) == len({form.title for form in FORMS}) == len(FORMS) == 30
    assert not {"application_letter", "admission_form", "conversion_application"} & {form.code for form in FORMS}


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("political_review", "政治审查结论"),
        ("object_request", "列为发展对象的请示"),
        ("notice_result", "公示情况的报告"),
        ("admission_resolution", "关于接收预备党员的决议"),
    ],
)
def test_a_form_is_called_by_words_that_need_no_name(code: str, title: str) -> None:
    assert PAPERS[code].title == title


class House:
    """An applicant in a branch below a committee, whose case has come past the talk."""

    def __init__(self) -> None:
        self.committee = make.committee()
        self.branch: Organization = make.branch(make.general_branch(self.committee))
        with at(self.branch):
            self.applicant = Applicant.objects.create(
                organization=self.branch,
                name=RARE,
                sex="2",
                ethnicity="05",
                birth_on=dt.date(1995, 5, 4),
                applied_on=clock.today(),
                job_title="焊工",
                unit_name="机电车间",
            )
        self.case = starting.start(
            actor=make.SYSTEM,
            code="example",
            organization=self.branch,
            title=RARE,
            day=clock.today(),
            subject_id=self.applicant.pk,
        )

    def talk(self) -> CaseStep:
        return taking.take(actor=make.SYSTEM, case=self.case, code="talk", day=clock.today(), outcome="done")

    def row(self) -> CaseStep:
        found: CaseStep = register(CaseStep).select_related("case__organization").get(case=self.case, code="talk")
        return found

    def text(self, code: str, row: CaseStep | None = None) -> str:
        row = row or self.row()
        with at(self.branch):
            return text_of(render_docx(PAPERS[code].word, PAPERS[code].context(self.case, row), title="", author=""))


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_what_is_known_is_filled_in_and_the_rest_is_left_to_write(house: House) -> None:
    house.talk()
    record = house.text("talk_record")
    for known_text in (RARE, "女", "1995年5月", "维吾尔族", "焊工", "机电车间", "2026年11月23日"):
        assert known_text in record
    report = house.text("activist_report")
    assert f"{house.committee.name}：" in report
    assert f"经{LINE}，{NO_DAY}研究决定" in report
    assert f"{house.branch.name}（盖章）" in report


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
@pytest.mark.parametrize("code", sorted(PAPERS))
def test_every_form_can_be_printed_before_anything_is_known(house: House, code: str) -> None:
    with at(house.branch):
        Applicant.objects.all().delete()
    assert RARE in house.text(code) or code in {"activist_reply", "training_certificate"}


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_at_the_end_of_the_way_every_paper_of_the_procedure_says_what_is_known() -> None:
    place = way.House()
    one = way.applicant(place.branch, name="欧阳甲", unit_name="机电车间")
    began = dt.date(2024, 3, 4)
    case = way.walk(one, began, before="archive")
    with at(place.branch):
        found = {
            sheet.paper.code: text_of(filled(sheet.row, sheet.step, sheet.paper.code)[0]) for sheet in sheets(case) if sheet.form
        }
    sponsors = "、".join(member.name for member in place.helpers[1:3])
    for code, words in {
        "talk_record": ("欧阳甲", "虚构内容", "2024年3月24日"),
        "training_form": ("机电车间", place.helpers[1].name),
        "object_request": ("同意列为发展对象", "2025年5月8日讨论"),
        "prereview_request": (f"入党介绍人为{sponsors}", "集中培训3天、24学时"),
        "approval": ("批准为预备党员", f"{place.branch.name}："),
        "conversion_approval": ("批准转正", "2026年"),
        "archive_list": ("入党申请书", "缺"),
    }.items():
        for word in words:
            assert word in found[code], f"{code}: {word}"
    assert not [code for code, text in found.items() if "{{" in text or "None" in text]


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_the_numbers_of_the_vote_are_filled_in() -> None:
    place, began = way.House(), dt.date(2025, 6, 2)
    case = way.walk(way.applicant(place.branch), began, before="admission_meeting")
    day, votes = began + dt.timedelta(days=way.DAYS["admission_meeting"]), Votes(21, 19, 17, 3, 1, 2)
    row = way.take(case, "admission_meeting", day, votes=votes)
    with at(place.branch):
        resolution, count = (text_of(filled(row, step_of(row), code)[0]) for code in ("admission_resolution", "ballot_count"))
    assert "应到有表决权的党员21名，实到19名。采取无记名投票的方式表决，赞成17票，不赞成3票，弃权1票" in resolution
    for label, number in (("应到会有表决权", 21), ("实到会有表决权", 19), ("赞成", 17), ("其中会前书面赞成", 2)):
        assert f"{label}\n{number}\n" in count, label


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_the_form_of_the_training_lists_the_reviews_in_their_order() -> None:
    place, began = way.House(), dt.date(2024, 3, 4)
    case = way.walk(way.applicant(place.branch), began, before="object_discuss")
    for number, days in enumerate((250, 440), 1):
        day = began + dt.timedelta(days=days)
        way.take(case, "review", day, entry={"opinion": f"第{number}次考察"})
    with at(place.branch):
        [sheet] = [sheet for sheet in sheets(case) if sheet.paper.code == "training_form"]
        text = text_of(filled(sheet.row, sheet.step, "training_form")[0])
        assert {sheet.stand for sheet in sheets(case) if sheet.paper.code == "review_opinion"} == {Stand.NOT_NEEDED, Stand.LATER}
    assert text.index("第1次考察") < text.index("第2次考察")


@pytest.mark.parametrize("version", procedure(way.CODE).versions, ids=lambda version: f"{version.starts:%Y}")
def test_forms_name_what_is_filled_in_at_the_steps(version: Version) -> None:
    """And of every paper the person knows whether it is printed or written by hand."""
    always = {"day", "outcome", "said", "who", *Votes._fields}
    later = procedure(way.CODE).versions[-1].by_code
    for form in FORMS:
        for key in (key for key in form.keys if "." in key and not key.startswith("this.")):
            code, part = key.split(".")
            step = version.by_code.get(code) or later[code]
            assert part in always | {entry.code for entry in step.entry} | {entry.code for entry in later[code].entry}, key
    papers = [paper for step in version.steps for paper in step.papers]
    assert {paper.code for paper in papers if paper.by_hand} == {"application_letter", "admission_form", "conversion_application"}
    assert {paper.code for paper in papers if not paper.form and not paper.by_hand} == {"thought_report"}


def test_every_form_is_a_paper_of_the_procedure() -> None:
    named = {paper.form for step in procedure(way.CODE).versions[-1].steps for paper in step.papers if paper.form}
    assert named == set(PAPERS)


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_each_letter_of_the_political_review_is_a_page() -> None:
    place = way.House()
    case = way.waiting_for(place.branch, "political_review")
    one = register(Applicant).select_related("organization").get(pk=case.subject_id)
    due = clock.today() + dt.timedelta(days=30)
    given: dict[str, Any] = {"applicant": one, "relation": "父亲", "questions": "政治历史和现实表现", "due_on": due}
    written = [
        letters.write(actor=make.SYSTEM, about=about, to=f"虚构单位{number}", **given)
        for number, about in enumerate(("虚构甲", "虚构乙", "虚构丙"), 1)
    ]
    letters.cancel(actor=make.SYSTEM, letter=written[-1], reason="不用发了")
    with at(place.branch):
        [sheet] = [sheet for sheet in sheets(case) if sheet.paper.form == "review_letter"]
        text = text_of(filled(sheet.row, sheet.step, sheet.paper.code)[0])
    assert text.count("政治审查函调信") == 2
    assert "虚构单位1：" in text
    assert "虚构丙" not in text
    assert "并于2026年12月23日前函复" in text


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_the_list_of_the_archive_names_the_papers_that_are_missing(house: House) -> None:
    house.talk()
    text = house.text("archive_list")
    assert "申请书" in text
    assert "待签字上传" in text
