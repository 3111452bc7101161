"""Whoever is on the way to join, was admitted or came to the end of a probation, once more in plain Python over all records."""

import datetime as dt
from dataclasses import dataclass

from dangjian.accounts.models import Event
from dangjian.activities.development.models import Applicant
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import codes
from dangjian.members.models import Member, MembershipEntry
from dangjian.members.policy import age
from dangjian.org.unscoped import unscoped
from tests.engines.annual.naive import Naive, Record, group_of


@dataclass(frozen=True)
class Development:
    """Of one organisation in a period."""

    unit: int
    since: dt.date
    until: dt.date

    def applicants(self) -> list[Record]:
        """Those on their way on the last day."""
        with unscoped("the test counts everybody"):
            found = []
            for one in Applicant.objects.filter(came_on=None):
                stage = self._stage(one)
                if stage and not self._is_member(one) and Naive(self.unit, self.until).is_below(self._place(one)):
                    found.append(self._person(one, stage))
            return found

    def _stage(self, one: Applicant) -> str:
        if one.ended_on and one.ended_on <= self.until:
            return ""
        reached = [
            stage
            for stage, day in (("applicant", one.applied_on), ("activist", one.activist_on), ("object", one.object_on))
            if day and day <= self.until
        ]
        return reached[-1] if "applicant" in reached else ""

    def _is_member(self, one: Applicant) -> bool:
        return any(line.kind in {"admitted", "readmitted"} and line.effective_on <= self.until for line in _lines_of(one.member))

    def _place(self, one: Applicant) -> int:
        notes = Event.objects.filter(verb="development.moved", subject_id=one.pk, organization_id__isnull=False)
        later = sorted((note.data["day"], note.pk, note.data["from"]) for note in notes)
        after = [place for day, _, place in later if day > self.until.isoformat()]
        return after[0] if after else one.organization_id

    def _person(self, one: Applicant, stage: str) -> Record:
        known = one.job_post in codes.get("job_label")
        return {
            "stage": stage,
            "sex": one.sex,
            "ethnicity": one.ethnicity,
            "age": age(one.birth_on, self.until) if one.birth_on else None,
            "education_group": group_of(one.education),
            "occupation": str(codes.get("job_label").item(one.job_post).extra["stat"]) if known else "",
            "front_line": one.front_line,
        }

    def admissions(self) -> list[Record]:
        """Whoever was admitted."""
        with unscoped("the test counts everybody"):
            found = []
            for member in Member.objects.all():
                for line in _lines_of(member):
                    inside = self.since <= line.effective_on <= self.until
                    if (
                        inside
                        and line.kind in {"admitted", "readmitted"}
                        and Naive(self.unit, line.effective_on).is_below(line.organization_id)
                    ):
                        found.append(self._admitted(member, line))
            return found

    def _admitted(self, member: Member, line: MembershipEntry) -> Record:
        day = line.effective_on
        record = dict(Naive(self.unit, self.until).record(member, []))
        record["age"] = age(member.birth_on, day) if member.birth_on and member.birth_on <= day else None
        if not record["join_type"]:
            for one in Applicant.objects.filter(member=member, admitted_on=day, in_youth_league=True):
                steps = CaseStep.objects.filter(case__subject_id=one.pk, code="recommend", state="taken")
                league = any(row.read_entry().get("kind") == "league" for row in steps)
                record["join_type"] = "11111" if league else "1111"
        return record

    def probations(self) -> list[Record]:
        """What became of probations, each time that the superior approved it, and what still waits for that."""
        with unscoped("the test counts everybody"):
            return [{"probation": result} for member in Member.objects.all() for result in self._results(member)]

    def _results(self, member: Member) -> list[str]:
        found: list[str] = []
        over = _year_after(member.joined_on) if member.joined_on else dt.date.max
        extended = settled = False
        if member.probation_extended_to and not any(line.kind == "probation_extended" for line in _lines_of(member)):
            extended, over = True, member.probation_extended_to
        for line in _lines_of(member):
            day = _approved(member, line)
            if line.kind not in {"converted", "probation_extended", "probation_cancelled"} or day > self.until:
                continue
            counts = self.since <= day and self._was_below(member, line, day)
            if line.kind == "probation_extended":
                found += ["extended"] if counts else []
                extended, over = True, member.probation_extended_to or over
                continue
            settled = True
            if counts and line.kind == "probation_cancelled":
                found.append("cancelled_early" if day < over else "cancelled")
            elif counts:
                late = _steps(member, "defer_conversion")
                deferred = any(row.taken_on and row.taken_on <= day for row in late)
                found.append("converted_extended" if extended else "converted_deferred" if deferred else "converted")
        there = _place_on(member, self.until)
        waits = member.category == "2" or any(line.kind == "converted" for line in _lines_of(member))
        if waits and not settled and over <= self.until and there and Naive(self.unit, self.until).is_below(there):
            found.append("waiting")
        return found

    def _was_below(self, member: Member, line: MembershipEntry, day: dt.date) -> bool:
        place = line.organization_id if line.kind == "probation_cancelled" else _place_on(member, day) or line.organization_id
        return Naive(self.unit, day).is_below(place)


def _lines_of(member: Member | None) -> list[MembershipEntry]:
    """Lines of the account that were not taken back, in the order of their days."""
    if member is None:
        return []
    lines = list(MembershipEntry.objects.filter(member=member).order_by("effective_on", "pk"))
    taken_back = {line.reverses_id for line in lines if line.reverses_id}
    return [line for line in lines if not line.reverses_id and line.pk not in taken_back]


def _place_on(member: Member, day: dt.date) -> int | None:
    lines = [line for line in MembershipEntry.objects.filter(member=member) if line.effective_on <= day]
    for place in {line.organization_id for line in lines}:
        if sum(line.sign for line in lines if line.organization_id == place) > 0:
            return place
    return None


def _steps(member: Member, code: str) -> list[CaseStep]:
    of = [one.pk for one in Applicant.objects.filter(member=member)]
    cases = ProcedureCase.objects.filter(procedure="development", subject_id__in=of)
    return list(CaseStep.objects.filter(case__in=cases, code=code, state__in=("taken", "returned")))


def _approved(member: Member, line: MembershipEntry) -> dt.date:
    outcome = {"converted": "converted", "probation_extended": "extended", "probation_cancelled": "cancelled"}.get(line.kind)
    days = [row.taken_on for row in _steps(member, "conversion_approve") if row.outcome == outcome and row.taken_on]
    return min((day for day in days if day >= line.effective_on), default=line.effective_on)


def _year_after(day: dt.date) -> dt.date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return dt.date(day.year + 1, 2, 28)
