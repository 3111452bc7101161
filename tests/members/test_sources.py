"""What is known of a record from elsewhere: its form shows the source and does not ask, and the record follows the source."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from dangjian.activities.development.models import Applicant
from dangjian.engines.procedures.actions import correcting
from dangjian.engines.procedures.models import CaseStep
from dangjian.members.actions import account, details
from dangjian.members.forms import RecordForm
from dangjian.members.models import Member
from dangjian.org.known_offers import known_items
from dangjian.org.openings import register
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.development.way import DAYS, House, applicant, take, walk

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
BEGAN = dt.date(2024, 3, 4)
COURSE: dict[str, Any] = {"level": "21", "degree": "", "school": "虚构大学", "major": "机械", "full_time": True}


@pytest.fixture(autouse=True)
def whole_scope() -> Iterator[None]:
    with unscoped("tests of forms"):
        yield


def person(**more: Any) -> Member:
    return make.member(make.branch(make.committee()), **more)


def sent(form: RecordForm, **changed: str) -> RecordForm:
    """The form as the browser sends it back: disabled fields are not in it."""
    data = QueryDict(mutable=True)
    for bound in form:
        value = bound.value()
        if not bound.field.disabled and value is not None and value is not False:
            data[bound.html_name] = str(value)
    for name, value in changed.items():
        data[name] = value
    return RecordForm(data, member=form.member)


class TestRows:
    def test_education_and_work_are_left_to_their_rows_and_follow_them(self) -> None:
        one = person()
        row = details.add(actor=make.SYSTEM, member=one, code="education", **COURSE)
        one.refresh_from_db()
        form = RecordForm(member=one)
        assert {name for name in ("education", "degree", "school", "major") if form.fields[name].disabled} == {
            "education",
            "school",
            "major",
        }
        assert "登记的学历学位" in form.fields["school"].help_text
        details.change(actor=make.SYSTEM, row=row, **{**COURSE, "school": "虚构理工大学"})
        one.refresh_from_db()
        assert (one.education, one.school) == ("21", "虚构理工大学")

    def test_the_next_highest_education_is_shown_when_a_row_goes(self) -> None:
        one = person()
        details.add(actor=make.SYSTEM, member=one, code="education", **{**COURSE, "level": "61", "school": "虚构中学"})
        row = details.add(actor=make.SYSTEM, member=one, code="education", **COURSE)
        details.remove(actor=make.SYSTEM, row=row)
        one.refresh_from_db()
        assert (one.education, one.school) == ("61", "虚构中学")

    def test_a_row_that_the_record_does_not_show_changes_nothing_there(self) -> None:
        one = person()
        lower = details.add(actor=make.SYSTEM, member=one, code="education", **{**COURSE, "level": "61", "school": "虚构中学"})
        details.add(actor=make.SYSTEM, member=one, code="education", **COURSE)
        details.change(actor=make.SYSTEM, row=lower, **{**COURSE, "level": "61", "school": "虚构高中"})
        one.refresh_from_db()
        assert one.school == "虚构大学"

    def test_a_post_at_work_that_is_put_right_is_right_on_the_record(self) -> None:
        one = person()
        job = {"unit_name": "虚构车间", "job_title": "班长", "job_post": "", "starts_on": dt.date(2020, 1, 1), "ends_on": None}
        row = details.add(actor=make.SYSTEM, member=one, code="job", **job)
        details.change(actor=make.SYSTEM, row=row, **{**job, "job_title": "副班长"})
        one.refresh_from_db()
        assert (one.unit_name, one.job_title) == ("虚构车间", "副班长")


class TestLines:
    def test_days_of_the_account_are_settled_there(self) -> None:
        one = person(category="2", effective_on=dt.date(2025, 3, 1), joined_on=dt.date(2025, 3, 1))
        account.convert(actor=make.SYSTEM, member=one, effective_on=dt.date(2026, 3, 1), document="")
        one.refresh_from_db()
        known = known_items(one)["converted_on"]
        assert (known.source, known.on, known.is_settled) == ("党籍变动（预备党员转正）", dt.date(2026, 3, 1), True)
        assert RecordForm(member=one).fields["converted_on"].disabled


class TestCase:
    def member(self, *, archived: bool) -> tuple[Member, Any]:
        case = walk(applicant(House().branch), BEGAN, before="archive")
        if archived:
            take(case, "archive", BEGAN + dt.timedelta(days=DAYS["archive"]))
        walked = register(Applicant).select_related("member__organization").get(pk=case.subject_id)
        found = walked.member
        assert found is not None
        # ``walk`` puts steps down without what follows of them: the record takes their days over with the admission.
        found.applied_on, found.activist_on, found.object_on = walked.applied_on, walked.activist_on, walked.object_on
        found.save()
        return found, case

    def test_while_it_runs_a_wrong_day_is_mended_there_and_the_record_follows(self) -> None:
        one, case = self.member(archived=False)
        known = known_items(one)["applied_on"]
        assert known.wrong_url == reverse("procedures:development_case", args=[case.pk])
        step = register(CaseStep).select_related("case__organization", "place").get(case=case, code="apply")
        day = BEGAN - dt.timedelta(days=1)
        correcting.correct(actor=make.SYSTEM, row=step, day=day, entry=step.read_entry(), reason="日期写错")
        one.refresh_from_db()
        assert one.applied_on == day

    def test_a_press_asks_for_the_day_when_the_case_is_over_and_what_was_typed_stays(self) -> None:
        one, _case = self.member(archived=True)
        form = RecordForm(member=one)
        assert form.fields["activist_on"].disabled
        assert form.may_ask
        asked = sent(form, native_place="虚构县", ask="activist_on")
        assert not asked.is_valid()
        assert not asked.errors
        assert not asked.fields["activist_on"].disabled
        assert asked["activist_on"].value() == str(one.activist_on)
        assert asked["native_place"].value() == "虚构县"
        right = sent(form, native_place="虚构县", asked="activist_on", activist_on="2024-09-20")
        assert right.is_valid(), right.errors
        assert right.keywords() == {"native_place": "虚构县", "activist_on": dt.date(2024, 9, 20)}

    def test_what_is_not_asked_cannot_be_slipped_in(self) -> None:
        one, _case = self.member(archived=True)
        form = sent(RecordForm(member=one), activist_on="2024-09-20")
        assert form.is_valid()
        assert form.keywords() == {}

    def test_the_page_asks_and_saves(self, client: Client) -> None:
        one, _case = self.member(archived=True)
        client.force_login(make.post(one.branch, "secretary").user)
        url = reverse("members:edit", args=[one.pk])
        page = client.get(url).content.decode()
        assert 'name="ask" value="activist_on"' in page
        form = RecordForm(member=one)
        typed = {key: sent(form).data[key] for key in sent(form).data}
        again = client.post(url, {**typed, "ask": "activist_on"})
        assert again.status_code == 200
        assert 'name="asked" value="activist_on"' in again.content.decode()
        client.post(url, {**typed, "asked": "activist_on", "activist_on": "2024-09-20"})
        one.refresh_from_db()
        assert one.activist_on == dt.date(2024, 9, 20)
