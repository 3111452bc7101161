"""What was played, read by the simplest means: lines added up, penalties taken from the steps that decided them."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils.functional import cached_property

from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.kernel.rulebook import Period
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry
from dangjian.org.openings import register
from tests.activities.together.world import APART

DAY_OF_STEP = {
    ("suspension", "decide", "approved"): ChangeKind.SUSPENDED,
    ("restoration", "decide", "approved"): ChangeKind.RESTORED,
    ("removal", "decide", "persuaded"): ChangeKind.PERSUADED,
    ("removal", "decide", "persuaded_refused"): ChangeKind.PERSUADED_REFUSED,
    ("removal", "decide", "self_exit"): ChangeKind.SELF_EXIT,
    ("removal", "decide", "self_exit_lost"): ChangeKind.SELF_EXIT_LOST,
    ("withdrawal", "decide", "resigned"): ChangeKind.RESIGNED,
    ("unrecognised", "decide", "unrecognised"): ChangeKind.UNRECOGNISED,
    ("probation_end", "decide", "expelled"): ChangeKind.EXPELLED,
    ("transfer", "receive", "received"): ChangeKind.MOVED_IN,
    ("transfer_out", "receipt", "received"): ChangeKind.TRANSFERRED_OUT,
    ("deceased", "confirm", "confirmed"): ChangeKind.DECEASED,
}
"""By procedure, step and outcome: the kind of the line that it writes, on its own day or the day that it names."""
BY_CASES_ALONE = frozenset(DAY_OF_STEP.values())


@dataclass
class History:
    """All lines, and all steps that count, as they are now."""

    lines: list[MembershipEntry] = field(
        default_factory=lambda: list(register(MembershipEntry).order_by("effective_on", "sign", "pk"))
    )

    @cached_property
    def members(self) -> dict[int, Member]:
        return {one.pk: one for one in register(Member).select_related("organization", "branch")}

    @cached_property
    def steps(self) -> list[CaseStep]:
        return list(register(CaseStep).filter(state=StepState.TAKEN).select_related("case").order_by("pk"))

    @cached_property
    def days(self) -> list[dt.date]:
        return sorted({line.effective_on for line in self.lines})

    @cached_property
    def standing_lines(self) -> list[MembershipEntry]:
        """Those that were not taken back."""
        taken_back = {line.reverses_id for line in self.lines}
        return [line for line in self.lines if line.reverses_id is None and line.pk not in taken_back]

    def where(self, day: dt.date) -> dict[int, list[int]]:
        """By member, the branches in which they count on a day, as often as they do."""
        found: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for line in self.lines:
            if line.effective_on <= day:
                found[line.member_id][line.organization_id] += line.sign
        assert all(amount in {0, 1} for places in found.values() for amount in places.values()), (day, found)
        return {member: [place for place, amount in places.items() if amount] for member, places in found.items()}

    def known(self, day: dt.date) -> set[int]:
        """Those about whom the account says something by a day: what was before its first line is not guessed."""
        return {line.member_id for line in self.standing_lines if line.effective_on <= day}

    def category(self, member_id: int, day: dt.date) -> str:
        """Full or on probation, by the last line that says so."""
        said = [one for one in self.standing_lines if one.member_id == member_id and one.effective_on <= day and one.category]
        return said[-1].category if said else ""

    @cached_property
    def probations_within(self) -> dict[int, list[tuple[dt.date, dt.date]]]:
        """By member, from which day until before which they were under 留党察看, by the steps that decided it."""
        found: dict[int, list[tuple[dt.date, dt.date]]] = defaultdict(list)
        for row in self.steps:
            case, entry = row.case, row.read_entry()
            if (case.procedure, row.code, row.outcome) == ("penalty_from_above", "confirm", "approved"):
                entry = self._entered(case, "record")
            elif (case.procedure, row.code, row.outcome) == ("probation_end", "decide", "extended"):
                since = max(until for _, until in found[case.subject_id])
                found[case.subject_id].append((since, Period(months=int(entry["months"])).after(since)))
                continue
            elif (case.procedure, row.code, row.outcome) != ("penalty", "decide", "approved"):
                continue
            if entry["kind"] == "probation_within_party":
                since = dt.date.fromisoformat(entry.get("decided_on") or str(row.taken_on))
                found[case.subject_id].append((since, Period(months=int(entry["months"])).after(since)))
        return found

    def _entered(self, case: ProcedureCase, code: str) -> dict[str, str]:
        return next(row.read_entry() for row in reversed(self.steps) if row.case_id == case.pk and row.code == code)

    def may_vote(self, member_id: int, day: dt.date) -> bool:
        """Counts, is a full member, and not under 留党察看."""
        under = any(since <= day < until for since, until in self.probations_within[member_id])
        return bool(self.where(day).get(member_id)) and self.category(member_id, day) == Category.FULL and not under

    def written_by_cases(self) -> list[tuple[int, str]]:
        """Member and kind of each line that the steps that count must have written."""
        found = []
        for row in self.steps:
            kind = DAY_OF_STEP.get((row.case.procedure, row.code, row.outcome))
            if (row.case.procedure, row.code, row.outcome) == ("penalty_from_above", "confirm", "approved"):
                kind = ChangeKind.EXPELLED if self._entered(row.case, "record")["kind"] == "expulsion" else None
            if (row.case.procedure, row.code, row.outcome) == ("penalty", "decide", "approved"):
                kind = ChangeKind.EXPELLED if row.read_entry()["kind"] == "expulsion" else None
            if kind:
                found.append((row.case.subject_id, str(kind)))
        return sorted(found)

    def on_account(self) -> list[tuple[int, str]]:
        """Member and kind of each line that only a case can have written."""
        return sorted(
            (line.member_id, line.kind)
            for line in self.standing_lines
            if line.kind in BY_CASES_ALONE and line.reorganisation_id is None and line.document != APART
        )
