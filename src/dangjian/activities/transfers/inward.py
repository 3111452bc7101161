"""Transfers into the platform: what must be true before a step, and what follows from it (``procedures/transfer_in.yaml``)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from dangjian.activities.transfers.actions import letters
from dangjian.activities.transfers.gates import SENDS_BACK, reason_given
from dangjian.activities.transfers.models import Letter
from dangjian.activities.transfers.queries import letters as read
from dangjian.engines.procedures.models import CaseState, CaseStep, ProcedureCase
from dangjian.engines.procedures.offers import Attempt, Objection
from dangjian.engines.procedures.queries import taken_steps
from dangjian.kernel import names
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Invalid, NotFound
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import Bounds, NotInForce, Period, book
from dangjian.kernel.ui import words
from dangjian.members.actions import account, groups, record, reversing
from dangjian.members.models import Category, ChangeKind, Member, Standing
from dangjian.members.offers import Arrival, ArrivalFollower
from dangjian.members.policy import probation_ends_on
from dangjian.members.queries.known import index_of
from dangjian.org.models import Organization
from dangjian.org.openings import register

Against = Sequence[Objection]
FILLED = ("resident_id", "joined_on", "converted_on", "mobile")
"""What is entered of somebody who comes and goes into their record."""
LONGEST = 120
"""So much of what the other side is called is kept with a line of the account."""


def at_a_branch(attempt: Attempt) -> Against:
    """Somebody comes into a branch that stands."""
    if attempt.case.organization.is_branch:
        return ()
    return [Objection("请选择编入的党支部。", "还没有定下党支部的，先商量好再登记。", field="organization")]


def well_written(attempt: Attempt) -> Against:
    """The name can be one."""
    try:
        names.check(attempt.case.title)
    except Invalid as problem:
        return [Objection(problem.message, problem.how, field="title")]
    return ()


def not_yet_here(attempt: Attempt) -> Against:
    """Nobody counts twice; whoever left otherwise than by a transfer does not come back by one."""
    if attempt.outcome in SENDS_BACK:
        return ()
    said = _said(attempt)
    known = _known(said)
    if known is None:
        return _not_twice(attempt, said["resident_id"])
    if names.fold(known.name) != names.fold(attempt.case.title):
        text = "这个公民身份号码在本单位登记的是另一个姓名。"
        return [Objection(text, "请核对姓名和号码。", field="resident_id")]
    if known.standing == Standing.NORMAL:
        text = f"{known.name}已经是本单位的党员，不能再转入。"
        return [Objection(text, "在本单位内换支部的，请办理组织关系转接。", field="resident_id")]
    if known.standing not in account.RETURNING[ChangeKind.TRANSFERRED_IN]:
        text = f"{known.name}在本单位的党籍状态是“{known.get_standing_display()}”，不能按转入办理。"
        return [Objection(text, "请先核实，需要恢复党籍的按程序办理。", field="resident_id")]
    return _not_twice(attempt, said["resident_id"])


def _not_twice(attempt: Attempt, resident_id: str) -> Against:
    rows = register(ProcedureCase).filter(procedure=read.IN, state=CaseState.OPEN).exclude(pk=attempt.case.pk)
    for step in _entered(rows):
        if step.read_entry().get("resident_id") == resident_id:
            text = f"这个公民身份号码已经登记过一封介绍信（{step.case.title}）。"
            return [Objection(text, "请打开那一件继续办理。", field="resident_id")]
    return ()


def _entered(cases: Iterable[ProcedureCase]) -> Iterable[CaseStep]:
    rows = register(CaseStep).filter(case__in=cases, code="enter", state=CaseStep.State.TAKEN)
    return rows.select_related("case")


def letter_agrees(attempt: Attempt) -> Against:
    """What stands on the letter can be right, and no other case has it."""
    said, found = attempt.entry, []
    issued_on, most = dt.date.fromisoformat(said["issued_on"]), read.most_days(attempt.day)
    if issued_on > attempt.day:
        found.append(Objection("介绍信的开具日期晚于登记日期。", "请核对介绍信。", field="issued_on"))
    if not 1 <= int(said["valid_days"]) <= most:
        found.append(Objection(f"介绍信的有效期应为1至{most}天。", "请核对介绍信。", field="valid_days"))
    if read.is_waited_for(said["number"], said["from"], attempt.case):
        found.append(Objection("这个编号的介绍信已经登记过。", "请打开那一件继续办理。", field="number"))
    return [*found, *_dates(attempt)]


def _dates(attempt: Attempt) -> Iterable[Objection]:
    """Whoever is a full member was converted after the probation; whoever is not has no such day."""
    joined_on, converted_on = (_day(attempt.entry.get(name)) for name in ("joined_on", "converted_on"))
    if joined_on is None or joined_on > attempt.day:
        yield Objection("入党日期不能晚于今天。", "请核对介绍信和档案。", field="joined_on")
        return
    if attempt.entry["category"] == "probationary":
        if converted_on:
            yield Objection("预备党员没有转正日期。", "已经转正的，人员类别选正式党员。", field="converted_on")
        yield from _extension(attempt, joined_on)
        return
    if attempt.entry.get("probation_to"):
        yield Objection("正式党员没有预备期。", "还没有转正的，人员类别选预备党员。", field="probation_to")
    if converted_on is None:
        yield Objection("正式党员请填写转正日期。", "请核对介绍信和档案。", field="converted_on")
    elif not joined_on < converted_on <= attempt.day:
        yield Objection("转正日期应在入党日期以后、登记日期以前。", "请核对档案。", field="converted_on")
    elif (ends_on := _probation(joined_on)) and converted_on < ends_on:
        rule = book().on_or_first("dev.probation", joined_on)
        text = f"预备期到{words.day(ends_on)}才满，转正日期早于这一天。"
        yield Objection(text, "请核对档案，向原党组织问清楚。", rule.citation, field="converted_on")


def _extension(attempt: Attempt, joined_on: dt.date) -> Iterable[Objection]:
    """A probation ends a year after the admission, or was extended once, by as much as the rule admits."""
    to, ends_on = _day(attempt.entry.get("probation_to")), _probation(joined_on)
    if to is None or ends_on is None or to == ends_on:
        return
    rule = book().on_or_first("dev.probation.extend", ends_on)
    span = rule.expect(Bounds)
    first, last = (Period(months=months).after(ends_on) for months in (span.at_least or 0, span.at_most or 0))
    if not first <= to <= last:
        text = f"预备期到{words.day(ends_on)}满；延长过一次的，应到{words.day(first)}至{words.day(last)}之间。"
        yield Objection(text, "请核对介绍信和档案。", rule.citation, field="probation_to")


def _extended_to(said: dict[str, str]) -> dt.date | None:
    """To which day a probation was extended; ``None`` for one that was not."""
    to, joined_on = _day(said.get("probation_to")), _day(said.get("joined_on"))
    return to if to and joined_on and to != _probation(joined_on) else None


def _probation(joined_on: dt.date) -> dt.date | None:
    """When it ended; ``None`` where older rules held."""
    try:
        return probation_ends_on(joined_on, book=book())
    except NotInForce:
        return None


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def may_be_received(attempt: Attempt) -> Against:
    """The letter is valid on the day, dues are paid, the probation is not over undecided: otherwise the sender is asked first."""
    letter = read.letter_of(attempt.case)
    if attempt.outcome != letters.RECEIVED or letter is None:
        return ()
    found = []
    if attempt.day > letter.ends_on:
        text = f"介绍信有效期到{words.day(letter.ends_on)}，已经过期，应请对方党委延期或者重新开具。"
        found.append(Objection(text, "", is_usual_only=True))
    month = attempt.day.replace(day=1)
    last = (month - dt.timedelta(days=1)).replace(day=1)
    if letter.paid_to is None or letter.paid_to < last:
        paid = f"党费只交到{words.month(letter.paid_to)}" if letter.paid_to else "介绍信没有写党费交到哪个月"
        found.append(Objection(f"{paid}，应请本人在原党组织交清。", "", is_usual_only=True))
    said = _said(attempt)
    joined_on = _day(said.get("joined_on"))
    ends_on = _extended_to(said) or (_probation(joined_on) if joined_on else None)
    ends_on = ends_on if letter.category == Category.PROBATIONARY else None
    if ends_on and ends_on <= attempt.day:
        text = f"预备期{words.day(ends_on)}已满，原党组织没有讨论转正，应先向对方问清楚。"
        found.append(Objection(text, "", book().on_or_first("dev.moved_probationer", attempt.day).citation, is_usual_only=True))
    return found


def note_letter(_actor: Actor, row: CaseStep) -> None:
    """What the letter says is kept."""
    letter = letters.take_in(row)
    received = taken_steps(row.case).filter(code="receive", outcome=letters.RECEIVED).last()
    if letter.member and received:  # what was received is corrected
        _tell_arrival(SystemActor(f"更正{row.case.title}的介绍信"), received, letter)


def receive(actor: Actor, row: CaseStep) -> None:
    """Whoever is received counts in the branch from that day on: with the record that they left, or with a new one.

    The branch has the right to it; what follows is written by the system in its name, as the right to change the account is
    another one.
    """
    case, letter, day = row.case, read.letter_of(row.case), row.taken_on
    if row.outcome != letters.RECEIVED or letter is None or day is None or letter.member_id:
        return
    system = SystemActor(f"组织关系转入，{actor.name}接收")
    said = _entry_of(case)
    known = _known(said)
    if known is None:
        filled: dict[str, Any] = {name: said.get(name, "") for name in FILLED}
        known = record.register(
            actor=system,
            branch=case.organization,
            kind=ChangeKind.TRANSFERRED_IN,
            effective_on=day,
            category=letter.category,
            document=letter.number,
            counterpart_name=letter.counterpart[:LONGEST],
            extended_to=_extended_to(said),
            name=case.title,
            **filled,
        )
    else:
        account.enter(
            actor=system,
            member=known,
            branch=case.organization,
            kind=ChangeKind.TRANSFERRED_IN,
            effective_on=day,
            category=letter.category,
            document=letter.number,
            counterpart_name=letter.counterpart[:LONGEST],
            extended_to=_extended_to(said),
        )
    letter.member = known
    letter.save(update_fields=["member"])
    chosen = row.read_entry().get("group")
    if chosen:
        group: Organization = register(Organization).get(pk=int(chosen))
        groups.assign(actor=system, group=group, members=[known], effective_on=day)
    _tell_arrival(system, row, letter)


def _tell_arrival(actor: Actor, row: CaseStep, letter: Letter) -> None:
    for follower in offers(ArrivalFollower):
        follower.arrived(actor, _arrival(row, letter))


def _arrival(row: CaseStep, letter: Letter) -> Arrival:
    """Who was received by the step, on which day, and what their letter says."""
    if letter.member is None or row.taken_on is None:
        raise NotFound
    chosen = row.read_entry().get("group")
    source = f"{letter.counterpart}介绍信{letter.number}"
    return Arrival(letter.member, row.taken_on, letter.pk, source[:200], letter.paid_to, int(chosen) if chosen else None)


def send_away(actor: Actor, row: CaseStep) -> None:
    """The reception is taken back: they count here no more, as before."""
    letter = read.letter_of(row.case)
    if row.outcome != letters.RECEIVED or letter is None or letter.member is None or row.taken_on is None:
        return
    member, system = letter.member, SystemActor(f"组织关系转入，{actor.name}撤销接收")
    for follower in offers(ArrivalFollower):
        follower.gone_again(system, _arrival(row, letter))
    if account.valid_lines(member)[0].effective_on == row.taken_on:
        reversing.take_back_arrival(actor=system, member=member, reason="撤销接收")
    else:
        kind, day = ChangeKind.TRANSFERRED_IN, row.taken_on
        reversing.reverse_written(actor=system, member=member, kind=kind, effective_on=day, reason="撤销接收")
    letter.member = None
    letter.save(update_fields=["member"])


def _known(said: dict[str, str]) -> Member | None:
    rows = register(Member).select_related("branch").filter(resident_id_index=index_of(said["resident_id"]))
    found: Member | None = rows.first()
    return found


def _said(attempt: Attempt) -> dict[str, str]:
    """What was entered of the letter: just now, or at its step."""
    return dict(attempt.entry) if attempt.step.code == "enter" else _entry_of(attempt.case)


def _entry_of(case: ProcedureCase) -> dict[str, str]:
    return taken_steps(case).get(code="enter").read_entry()


GATES = {gate.__name__: gate for gate in (at_a_branch, well_written, not_yet_here, letter_agrees, reason_given, may_be_received)}
USUAL = frozenset({may_be_received.__name__})
"""Those that speak of what is usual only, so that whoever takes the step may give a reason."""
EFFECTS = {"note_letter": note_letter, "receive": receive}
PASSING = frozenset({note_letter.__name__})
"""A letter goes back with a case that is withdrawn."""
UNDO = {"receive": send_away}
