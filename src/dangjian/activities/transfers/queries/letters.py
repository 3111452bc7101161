"""Reads on letters of introduction: which is valid, until when, what stands on them, what is due."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.db.models import Case as Choose
from django.db.models import CharField, F, Max, QuerySet, Value, When
from django.db.models.functions import Concat

from dangjian.activities.transfers.models import Direction, Letter, LetterState
from dangjian.activities.transfers.queries.going import belongings
from dangjian.engines.procedures.models import CaseState, ProcedureCase, StepState
from dangjian.engines.procedures.queries import committee_above
from dangjian.kernel.rulebook import Period, book
from dangjian.members.models import Member
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind, Organization
from dangjian.org.openings import register
from dangjian.org.policy import TEMPORARY

OUT, IN = "transfer_out", "transfer_in"
"""The procedures in which letters go out, and come in."""
PROCEDURES = {Direction.OUT: OUT, Direction.IN: IN}
RULE = "transfers.letter"


def letters_of(case: ProcedureCase) -> QuerySet[Letter]:
    """The letters of a case, the first one first; whether they may be shown is for the caller to say."""
    rows: QuerySet[Letter] = register(Letter).filter(case=case).select_related("case", "step", "issuer", "member")
    return rows.order_by("pk")


def letter_of(case: ProcedureCase) -> Letter | None:
    """The letter of a case that counts: the last one that was neither replaced nor taken back."""
    return letters_of(case).filter(step__state=StepState.TAKEN).last()


def is_waited_for(number: str, counterpart: str, case: ProcedureCase) -> bool:
    """Whether another case waits with a letter of this number from there."""
    rows = register(Letter).filter(direction=Direction.IN, number=number, counterpart=counterpart, state=LetterState.OUT)
    return rows.exclude(case=case).exists()


def issuer_of(case: ProcedureCase) -> Organization | None:
    """The committee that issues the letter of a case, if there is one with the right to it (``xfer.direct``)."""
    above = committee_above(case.organization)
    return above if above and above.type_code not in TEMPORARY else None


def next_serial(issuer: Organization, year: int) -> int:
    """The number of the next letter of a committee in a year, of which the committee is held meanwhile."""
    last = register(Letter).filter(issuer=issuer, year=year).aggregate(last=Max("serial"))["last"]
    return int(last or 0) + 1


def usual_days(day: dt.date) -> int:
    """How many days a letter is valid if nobody says otherwise, as the enterprise has set it."""
    return book().on("xfer.letter.valid_days", day).expect(int)


def most_days(day: dt.date) -> int:
    """How many days a letter is valid at most, as the enterprise has set it."""
    return book().on("xfer.letter.cap", day).expect(int)


def paid_to(member: Member) -> dt.date | None:
    """The month up to which a member's dues are paid, as the modules tell it."""
    return next((one.paid_to for one in belongings(member) if one.paid_to), None)


# Days by which limits of the procedure count (``known`` in its file)


def letters_end(member_ids: Collection[int]) -> Mapping[int, dt.date]:
    """By member under way, the last day of the letter that they carry."""
    rows = register(Letter).filter(
        direction=Direction.OUT, member__in=member_ids, case__state=CaseState.OPEN, step__state=StepState.TAKEN
    )
    return dict(rows.order_by("pk").values_list("member_id", "ends_on"))


def letters_over(member_ids: Collection[int]) -> Mapping[int, dt.date]:
    """By member under way, the first day on which the letter that they carry has expired."""
    return {pk: ends_on + dt.timedelta(days=1) for pk, ends_on in letters_end(member_ids).items()}


DAYS = {"letter_ends": letters_end, "letter_over": letters_over}


# What the branch is reminded of


def _ending(today: dt.date) -> QuerySet[Letter]:
    """Letters that are not settled and end within the time of ``xfer.letter.remind``: of those who go, and of those who come."""
    last = book().on("xfer.letter.remind", today).expect(Period).after(today)
    rows: QuerySet[Letter] = Letter.objects.filter(state=LetterState.OUT, ends_on__lte=last)
    goes = When(direction=Direction.OUT, then=Value("：提醒在有效期内报到"))
    title = Concat(F("name"), Choose(goes, default=Value("：介绍信到期以前接收")), output_field=CharField())
    return rows.filter(ends_on__gte=today).annotate(duty_title=title)


def _settled() -> QuerySet[Letter]:
    rows: QuerySet[Letter] = Letter.objects.exclude(state=LetterState.OUT)
    return rows


DUTY = DutyRule(
    RULE,
    "介绍信快到期",
    "介绍信",
    rule="xfer.letter.remind",
    kinds=frozenset({Kind.BRANCH}),
    how="转出的，问清是不是已经报到，办不成的请上级党委重新开具或者收回介绍信；转入的，在到期以前接收，来不及的请对方延期。",
    responsible=("organisation_member", "secretary", "deputy_secretary"),
    start=ActionLink("去办理", "transfers:letter", args=lambda duty: (duty.occasion,)),
    evidence=Evidence(_settled, on="settled_on", occasion="pk", url_name="transfers:letter"),
    occasions=DueDates(
        rows=_ending,
        organization="case__organization_id",
        opens_on="issued_on",
        due_on="ends_on",
        title="duty_title",
    ),
    icon="mail-forward",
    order=630,
)
