"""Letters of introduction are issued, taken in, and follow the steps of their case."""

import datetime as dt

from dangjian.accounts.events import record
from dangjian.activities.transfers.models import Direction, Letter, LetterState
from dangjian.activities.transfers.queries import letters as read
from dangjian.activities.transfers.queries.going import member_of
from dangjian.engines.procedures.models import CaseStep, ProcedureCase, StepState
from dangjian.engines.procedures.queries import taken_steps
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, Invalid, NotFound
from dangjian.members.models import Category, Member
from dangjian.members.own import require_for
from dangjian.org.duty_offers import tell_duties
from dangjian.org.models import Organization
from dangjian.org.openings import locked

RECEIVED = "received"
"""The outcome by which somebody has arrived, there or here."""
ARRIVES = {Direction.OUT: "receipt", Direction.IN: "receive"}
CATEGORIES = {"full": Category.FULL, "probationary": Category.PROBATIONARY}


def issue(row: CaseStep) -> Letter:
    """Issue the letter of a step that was just taken, or change it where the step was corrected.

    :raises Invalid: for more days than a letter is valid at most.
    :raises Conflict: where no committee above may issue one.
    """
    case, day = row.case, row.taken_on or clock.today()
    valid_days = int(row.read_entry().get("valid_days") or read.usual_days(day))
    _check_days(valid_days, day)
    made = Letter.objects.filter(case=case, step=row.corrects_id).first() if row.corrects_id else None
    made = made or _new(case, member_of(case), day)
    made.step, made.issued_on, made.valid_days = row, day, valid_days
    made.ends_on = day + dt.timedelta(days=valid_days)
    made.save()
    return made


def _new(case: ProcedureCase, member: Member, day: dt.date) -> Letter:
    asked = taken_steps(case).get(code="ask").read_entry()
    issuer = read.issuer_of(case)
    if issuer is None:
        raise Conflict("上面没有可以开具介绍信的党委。", how="请先在组织架构中建立上级党委。")
    made = Letter(
        case=case,
        direction=Direction.OUT,
        member=member,
        name=member.name,
        category=member.category,
        kind=asked["kind"],
        counterpart=asked["to"],
        paid_to=read.paid_to(member),
    )
    _number(made, issuer, day.year)
    return made


def _number(letter: Letter, issuer: Organization, year: int) -> None:
    """Give it the next number. Whoever issues one at the same committee meanwhile waits: no number is left out or taken twice."""
    held: Organization = locked(issuer, check=lambda _row: None)
    letter.issuer, letter.year = held, year
    letter.serial = read.next_serial(held, year)
    letter.number = f"{held.short_name}组介〔{year}〕{letter.serial}号"


def _check_days(valid_days: int, day: dt.date) -> None:
    most = read.most_days(day)
    if not 1 <= valid_days <= most:
        raise Invalid(
            f"介绍信的有效期最多{most}天，现在填的是{valid_days}天。",
            how=f"请填1至{most}天；到期没有办成的，可以重新开具。",
            fields={"valid_days": f"请填1至{most}"},
        )


def take_in(row: CaseStep) -> Letter:
    """Keep what a letter says with which somebody comes; entered again or corrected, it is changed."""
    said, case = row.read_entry(), row.case
    made = Letter.objects.filter(case=case).first() or Letter(case=case, direction=Direction.IN)
    issued_on = dt.date.fromisoformat(said["issued_on"])
    paid_to = said.get("paid_to")
    made.step, made.name, made.category = row, case.title, CATEGORIES[said["category"]]
    made.kind, made.counterpart, made.number = said["kind"], said["from"], said["number"][:80]
    made.issued_on, made.year, made.valid_days = issued_on, issued_on.year, int(said["valid_days"])
    made.ends_on = issued_on + dt.timedelta(days=made.valid_days)
    made.paid_to = dt.date.fromisoformat(paid_to) if paid_to else None
    made.save()
    return made


def follow(case: ProcedureCase) -> None:
    """What became of the letters of a case, after anything was done to it."""
    taken = {row.code: row for row in taken_steps(case)}
    changed = False
    for letter in Letter.objects.filter(case=case).select_related("step"):
        before = (letter.state, letter.settled_on)
        letter.state, letter.settled_on = _became(letter, case, taken.get(ARRIVES[Direction(letter.direction)]))
        arrived_on = letter.settled_on if letter.state == LetterState.RECEIVED else None
        letter.took_days = max((arrived_on - case.started_on).days, 0) if arrived_on else None
        if (letter.state, letter.settled_on) != before:
            letter.save(update_fields=["state", "settled_on", "took_days"])
            changed = True
    if changed:
        actor = SystemActor(f"{case.title}的介绍信")
        tell_duties(actor=actor, organization_ids=[case.organization_id], rules=[read.RULE])


def _became(letter: Letter, case: ProcedureCase, arrived: CaseStep | None) -> tuple[LetterState, dt.date | None]:
    is_latest = letter.step.state == StepState.TAKEN or letter.direction == Direction.IN
    if is_latest and arrived and arrived.outcome == RECEIVED:
        said = arrived.read_entry().get("received_on")
        return LetterState.RECEIVED, dt.date.fromisoformat(said) if said else arrived.taken_on
    if not is_latest:
        return LetterState.VOID, letter.settled_on or clock.today()
    return (LetterState.OUT, None) if case.is_open else (LetterState.RETURNED, letter.settled_on or case.ended_on)


def require_printing(actor: Actor, letter: Letter) -> None:
    """Raise unless the actor may print the letter now: the committee that issued it, as long as it is out."""
    if letter.issuer is None or letter.member is None:
        raise NotFound("转入的介绍信由对方开具。")
    require_for(actor, "transfers.release", letter.issuer, [letter.member])
    if not letter.is_out:
        raise Conflict(f"{letter.number}{letter.get_state_display()}，不能再打印。", how="请刷新页面，看看现在的情况。")


def note_printing(*, actor: Actor, letter: Letter) -> None:
    """Record that the letter was printed, as it says the identity number in full."""
    require_printing(actor, letter)
    record(
        actor=actor,
        verb="transfers.letter_printed",
        summary=f"打印{letter.name}的组织关系介绍信{letter.number}",
        organization=letter.case.organization,
        member_id=letter.member_id,
        subject=letter,
    )
