"""Transfers out of the platform: what must be true before a step, and what follows from it (``procedures/transfer_out.yaml``)."""

import datetime as dt
from collections.abc import Sequence

from dangjian.activities.transfers.actions import letters
from dangjian.activities.transfers.gates import reason_given, says_why
from dangjian.activities.transfers.queries import letters as read
from dangjian.activities.transfers.queries.going import member_of
from dangjian.engines.procedures.models import CasePaper, CaseStep, StepState
from dangjian.engines.procedures.offers import Attempt, Objection
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.ui import words
from dangjian.members.actions import account, reversing
from dangjian.members.models import ChangeKind, Standing
from dangjian.org.openings import register

Against = Sequence[Objection]
RECEIPT = "receipt"
"""The step at which the return slip is entered, and its paper."""


def still_here(attempt: Attempt) -> Against:
    """Only whoever counts can go, and nobody from two branches."""
    member, case = member_of(attempt.case), attempt.case
    if member.standing != Standing.NORMAL:
        return [Objection(f"{member.name}{member.get_standing_display()}，不能转出组织关系。", "请撤回这一件。")]
    if member.branch_id != case.organization_id:
        return [Objection(f"{member.name}已不在“{case.organization}”。", "请撤回这一件，由现在的党支部办理。")]
    return ()


def away_long_enough(attempt: Attempt) -> Against:
    """Whoever is only away is to go in general after so many months (``xfer.must``); others are floating members."""
    if attempt.entry.get("why") != "away":
        return ()
    months = attempt.entry.get("months")
    if not months:
        return [Objection("请填写预计外出几个月。", field="months")]
    rule = book().on_or_first("xfer.must", attempt.day)
    if Period(months=int(months)).after(attempt.day) >= rule.expect(Period).after(attempt.day):
        return ()
    text = f"外出不满{rule.text}的，一般不转移组织关系，由党支部保持联系。"
    return [Objection(text, "", rule.citation, is_usual_only=True, field="months")]


def may_issue(attempt: Attempt) -> Against:
    """Only a committee that may approve probationary members issues letters (``xfer.direct``)."""
    if read.issuer_of(attempt.case) is not None:
        return ()
    rule = book().on_or_first("xfer.direct", attempt.day)
    text = f"介绍信由{rule.text}开具，“{attempt.case.organization}”上面没有这样的党委。"
    return [Objection(text, "请由上级党委办理，或者先在组织架构中建立上级党委。", rule.citation)]


def received_as_said(attempt: Attempt) -> Against:
    """The other side has received the member on a day that can be, while the letter was valid, and says so in writing."""
    if attempt.outcome != letters.RECEIVED:
        return () if attempt.entry.get("note") else [Objection("请写明情况，例如：本人没有去报到，介绍信已交回。", field="note")]
    letter, said = read.letter_of(attempt.case), attempt.entry.get("received_on")
    if letter is None or not said:
        return [Objection("请填写回执上的接收日期。", field="received_on")]
    day = dt.date.fromisoformat(said)
    if not letter.issued_on <= day <= attempt.day:
        text = f"接收日期应在开具介绍信（{words.day(letter.issued_on)}）和办理日期之间。"
        return [Objection(text, "请核对回执联。", field="received_on")]
    found = []
    if day > letter.ends_on:
        text = f"介绍信有效期到{words.day(letter.ends_on)}，对方在{words.day(day)}接收，已经过期。"
        found.append(Objection(text, "", is_usual_only=True))
    if not _has_slip(attempt):
        found.append(Objection("还没有上传回执联。", "", is_usual_only=True))
    return found


def _has_slip(attempt: Attempt) -> bool:
    handed_in = register(CasePaper).filter(step__case=attempt.case, step__code=RECEIPT, step__state=StepState.OPEN, code=RECEIPT)
    return RECEIPT in attempt.papers or handed_in.exists()


def issue_letter(_actor: Actor, row: CaseStep) -> None:
    """The letter gets its number and its last day."""
    letters.issue(row)


def leave(actor: Actor, row: CaseStep) -> None:
    """Whoever was received elsewhere counts here no more, from that day on.

    The committee that enters the slip has the right to it; what follows is written by the system in its name, as the right to
    change the account of a branch is another one.
    """
    member, letter = member_of(row.case), read.letter_of(row.case)
    if row.outcome != letters.RECEIVED or letter is None or member.standing != Standing.NORMAL:
        return
    account.leave(
        actor=SystemActor(f"组织关系转出，{actor.name}登记回执"),
        member=member,
        kind=ChangeKind.TRANSFERRED_OUT,
        effective_on=dt.date.fromisoformat(row.read_entry()["received_on"]),
        document=letter.number,
        counterpart_name=letter.counterpart[:120],
    )


def void_letter(_actor: Actor, _row: CaseStep) -> None:
    """A letter whose issue is taken back is void (``actions.letters.follow``); its number stays taken."""


def bring_back(actor: Actor, row: CaseStep) -> None:
    """The receipt is taken back: they count here as before."""
    if row.outcome != letters.RECEIVED:
        return
    reversing.reverse_written(
        actor=SystemActor(f"组织关系转出，{actor.name}撤销回执"),
        member=member_of(row.case),
        kind=ChangeKind.TRANSFERRED_OUT,
        effective_on=dt.date.fromisoformat(row.read_entry()["received_on"]),
        reason="撤销回执登记",
    )


GATES = {gate.__name__: gate for gate in (still_here, says_why, away_long_enough, reason_given, may_issue, received_as_said)}
USUAL = frozenset({away_long_enough.__name__, received_as_said.__name__})
"""Those that speak of what is usual only, so that whoever takes the step may give a reason."""
EFFECTS = {effect.__name__: effect for effect in (issue_letter, leave)}
PASSING = frozenset({issue_letter.__name__})
"""A letter is handed back with a case that is withdrawn."""
UNDO = {"issue_letter": void_letter, "leave": bring_back}
