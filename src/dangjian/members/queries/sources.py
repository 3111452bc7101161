"""Items of a member's record that follow from its lines and its dated rows, so that its form does not ask for them."""

from collections.abc import Mapping

from django.urls import reverse

from dangjian.members.models import Education, JobRecord, Member, MembershipEntry
from dangjian.members.models.account import FROM_LINES
from dangjian.members.models.details import Detail
from dangjian.org.known_offers import KnownItem
from dangjian.org.openings import register

FROM_EDUCATION = {"education": "level", "degree": "degree", "school": "school", "major": "major"}
FROM_JOB = {"unit_name": "unit_name", "job_title": "job_title", "job_post": "job_post"}
"""Items of the record by the column of the dated row that gives them."""


def shown_rows(member: Member) -> tuple[Education | None, JobRecord | None]:
    """The course of education and the post at work that the record shows: those with which it agrees."""
    courses = register(Education).filter(member=member, level=member.education, school=member.school).order_by("-ends_on", "-pk")
    jobs = register(JobRecord).filter(member=member, ends_on=None, unit_name=member.unit_name, job_title=member.job_title)
    return (courses.first() if member.education else None), jobs.order_by("-starts_on").first()


def sources_of(model: str, record_id: int) -> Mapping[str, KnownItem]:
    """What the lines of the membership account and the rows of education and work give to the record."""
    if model != Member._meta.label_lower:
        return {}
    member = register(Member).get(pk=record_id)
    course, job = shown_rows(member)
    return _by_lines(member) | _by_row(member, course, FROM_EDUCATION) | _by_row(member, job, FROM_JOB)


def _by_lines(member: Member) -> dict[str, KnownItem]:
    found = {}
    url = reverse("members:detail", args=[member.pk]) + "?tab=account"
    lines = register(MembershipEntry).filter(member=member, reverses=None, reversed_by=None).order_by("effective_on", "pk")
    for line in lines:
        for name, kinds in FROM_LINES.items():
            if line.kind in kinds:
                source = f"党籍变动（{line.get_kind_display()}）"
                found[name] = KnownItem(source, line.effective_on, url, is_settled=True)
    return found


def _by_row(member: Member, row: Detail | None, columns: Mapping[str, str]) -> dict[str, KnownItem]:
    """What a dated row gives: the items that it has, and in which the record agrees with it."""
    if row is None:
        return {}
    url = reverse("members:detail", args=[member.pk]) + "?tab=details"
    title = f"登记的{row._meta.verbose_name}"
    given = {name: getattr(row, column) for name, column in columns.items()}
    item = KnownItem(title, wrong_url=url, wrong_word="去登记变化或者更正")
    return {name: item for name, value in given.items() if value and value == getattr(member, name)}
