"""The forms of the development of members: each is filled in from what is known, and none fails for what is not."""

import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

import pytest
from docx import Document

from dangjian.activities.development.documents.forms import FORMS, NO_DAY
from dangjian.activities.development.documents.shapes import Form
from dangjian.activities.development.models import Applicant, ReviewLetter
from dangjian.activities.development.papers import LINE, PAPERS
from dangjian.engines.procedures.actions import starting, taking
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel import clock
from dangjian.kernel.documents import render_docx
from dangjian.org.models import Organization
from dangjian.org.openings import at, register
from tests import make

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
def test_each_letter_of_the_political_review_is_a_page(house: House) -> None:
    given: dict[str, Any] = {"relation": "父亲", "questions": "政治历史和现实表现", "sent_on": clock.today()}
    with at(house.branch):
        for number, about in enumerate(("虚构甲", "虚构乙", "虚构丙"), 1):
            letter = ReviewLetter(
                applicant=house.applicant,
                number=f"函{number}",
                about=about,
                to=f"虚构单位{number}",
                due_on=clock.today(),
                **given,
            )
            letter.cancelled_on = clock.today() if number == 3 else None
            letter.save()
    text = house.text("review_letter")
    assert text.count("政治审查函调信") == 2
    assert "虚构单位1：" in text
    assert "虚构丙" not in text
    assert "并于2026年11月23日前函复" in text


@pytest.mark.django_db
@pytest.mark.any_database
@pytest.mark.day("2026-11-23")
def test_the_list_of_the_archive_names_the_papers_that_are_missing(house: House) -> None:
    house.talk()
    text = house.text("archive_list")
    assert "申请书" in text
    assert "待签字上传" in text
