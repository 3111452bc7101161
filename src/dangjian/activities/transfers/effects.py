"""What follows from a step of a transfer: the membership account is written by the reception, on its day."""

from dangjian.activities.transfers.queries.going import member_of
from dangjian.engines.procedures.models import CaseStep
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.members.actions import account, groups, reversing
from dangjian.members.models import ChangeKind
from dangjian.org.models import Organization
from dangjian.org.openings import at, register


def receive(actor: Actor, row: CaseStep) -> None:
    """Whoever is received counts at the other branch from that day on, and belongs to the group that was chosen.

    The branch that receives has the right to it; what follows is written by the system in their name, as the right to change the
    account of both branches is another one.
    """
    member, case = member_of(row.case), row.case
    if row.outcome != "received" or case.other_side is None or row.taken_on is None or member.branch_id == case.other_side_id:
        return
    system = SystemActor(f"组织关系转接，{actor.name}接收")
    account.move(actor=system, members=[member], to=case.other_side, effective_on=row.taken_on, document=case.title)
    chosen = row.read_entry().get("group")
    if chosen:
        group: Organization = register(Organization).get(pk=int(chosen))
        with at(case.other_side):  # the step is written at the branch that was left
            groups.assign(actor=system, group=group, members=[member], effective_on=row.taken_on)


def send_back(actor: Actor, row: CaseStep) -> None:
    """The reception is taken back: they are where they were, in their group and their posts."""
    if row.outcome != "received" or row.taken_on is None:
        return
    reversing.reverse_written(
        actor=SystemActor(f"组织关系转接，{actor.name}撤销接收"),
        member=member_of(row.case),
        kind=ChangeKind.MOVED_IN,
        effective_on=row.taken_on,
        reason="撤销接收",
    )


EFFECTS = {"receive": receive}
UNDO = {"receive": send_back}
