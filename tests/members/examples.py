"""How to call the members' addresses in the contracts' small world."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from dangjian.accounts.events import record
from dangjian.kernel import clock
from dangjian.members.actions import access
from dangjian.members.models import AccountRun, CorrectionProposal, Education, FirstPassword, Member, MembershipEntry, Reward
from dangjian.org.models import Organization
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World


def member(world: World) -> dict[str, Any]:
    return {"pk": world.member.pk}


def branch(world: World) -> dict[str, Any]:
    return {"pk": world.branch.pk}


def office(world: World) -> Any:
    return world.office


def proposal(world: World) -> CorrectionProposal:
    made: CorrectionProposal = CorrectionProposal.objects.create(member=world.member, column="school", value="虚构大学")
    return made


def education(world: World) -> Education:
    made: Education = Education.objects.create(member=world.member, level="21", school="虚构大学")
    return made


def probationary(world: World) -> dict[str, Any]:
    """The member of the world, still on probation that is over."""
    Member.objects.filter(pk=world.member.pk).update(category="2", joined_on=dt.date(2025, 10, 1), converted_on=None)
    return member(world)


def gone(world: World) -> dict[str, Any]:
    """The member of the world, transferred out."""
    Member.objects.filter(pk=world.member.pk).update(standing="transferred_out")
    line = {"organization": world.branch, "sign": -1, "kind": "transferred_out", "category": "1"}
    MembershipEntry.objects.create(member=world.member, effective_on=dt.date(2026, 1, 1), **line)
    return member(world)


def changed(world: World) -> dict[str, Any]:
    """The member of the world, converted lately."""
    line = {"organization": world.branch, "sign": 0, "kind": "converted", "category": "1"}
    MembershipEntry.objects.create(member=world.member, effective_on=dt.date(2026, 1, 1), **line)
    return member(world)


def in_another_branch(world: World, number: int) -> Member:
    return make.member(make.branch(world.committee), f"虚构{number}", with_user=True)


def never_in_another_branch(world: World, number: int) -> None:
    one = make.member(make.branch(world.committee), f"虚构{number}")
    access.open_accounts(actor=make.SYSTEM, member_ids=[one.pk])


def proposed_in_another_branch(world: World, number: int) -> None:
    CorrectionProposal.objects.create(member=in_another_branch(world, number), column="school", value="虚构大学")


def looked(world: World, number: int) -> None:
    record(actor=make.actor(world.secretary), verb="members.viewed", summary=f"查看档案{number}", member_id=world.member.pk)


def without_account(world: World) -> dict[str, Any]:
    return {"pk": make.member(world.branch, "甲党员密三").pk}


def never_signed_in(world: World) -> Member:
    """A member with an account that nobody has been given a password for."""
    member = make.member(world.branch, "甲党员密四")
    access.open_accounts(actor=make.SYSTEM, member_ids=[member.pk])
    return member


def run(world: World) -> dict[str, Any]:
    made: AccountRun = AccountRun.objects.create(organization=world.branch, asked_by=world.office)
    return {"pk": made.pk}


def with_slip(world: World) -> dict[str, Any]:
    """The branch with a slip to print."""
    FirstPassword.objects.create(member=never_signed_in(world), password="Xuguo-1234")
    return branch(world)


def chosen(world: World) -> str:
    return f"?member={Member.objects.get(name='甲党员密').pk}" if world else ""


def by_hand() -> dict[str, Any]:
    """What each form asks for by which something old is written down."""
    return {"effective_on": clock.today(), "reason": "启用以前的变动"}


def before_platform(made: Callable[[World], dict[str, Any]]) -> Callable[[World], dict[str, Any]]:
    """As ``made``, in branches that are kept on the platform from today on."""

    def in_old_branches(world: World) -> dict[str, Any]:
        with unscoped("test"):
            Organization.objects.filter(pk__in=[world.branch.pk, world.other_branch.pk]).update(live_on=clock.today())
        return made(world)

    return in_old_branches


def _honoured(world: World, number: int) -> Any:
    """One more who received an honour today."""
    member = in_another_branch(world, number)
    with unscoped("the contracts' world"):
        return Reward.objects.create(member=member, title="虚构优秀共产党员", granted_on=clock.today())


OF_HONOURS = "?" + urlencode({"table": "14", "row": "total", "column": "total"})
EXAMPLES = {
    "annual:behind_rewards": Example(query=OF_HONOURS, row=_honoured, holder=office),
    "annual:behind_rewards_sheet": Example(query=OF_HONOURS),
    "api:get_member": Example(lambda world: {"member_id": world.member.pk}),
    "members:export": Example(query="?q=a&sort=-name"),
    "members:list": Example(row=in_another_branch, holder=office),
    "members:new": Example(
        before_platform(lambda _world: {}),
        post=lambda w: {
            "name": "虚构新人",
            "branch": w.branch.pk,
            "kind": "admitted",
            "category": "2",
            **by_hand(),
        },
        holder=office,
    ),
    "members:propose": Example(
        lambda _w: {"column": "school"}, post=lambda _w: {"value": "虚构学院"}, open_to_neighbours="one's own"
    ),
    "members:show_own": Example(lambda _w: {"column": "mobile"}, post=lambda _w: {}, open_to_neighbours="one's own"),
    "members:proposal": Example(
        lambda w: {"pk": proposal(w).pk},
        post=lambda _w: {"step": "accept"},
        holder=lambda w: w.secretary,
        steps={
            "accept": StepExample(),
            "refuse": StepExample(lambda _w: {"answer": "请核对"}),
            "withdraw": StepExample(holder=lambda w: w.member_user),
        },
    ),
    "members:merge": Example(branch, post=lambda w: {"into": w.other_branch.pk, "effective_on": clock.today()}),
    "members:split": Example(
        branch,
        post=lambda w: {"name": "虚构新支部", "short_name": "新支部", "effective_on": clock.today(), "members": [w.member.pk]},
    ),
    "members:detail": Example(member),
    "members:edit": Example(
        member, post=lambda _w: {"name": "甲党员密", "school": "虚构学院", "party_age_correction_months": "0"}
    ),
    "members:unmask": Example(lambda w: {**member(w), "column": "mobile"}, post=lambda _w: {"purpose": "联系本人"}),
    "members:add_detail": Example(
        lambda w: {**member(w), "code": "reward"},
        post=lambda _w: {"title": "虚构先进个人", "granted_on": "2026-01-01"},
    ),
    "members:change_detail": Example(
        lambda w: {**member(w), "code": "education", "row": education(w).pk},
        post=lambda _w: {"level": "21", "school": "虚构学院"},
    ),
    "members:remove_detail": Example(
        lambda w: {**member(w), "code": "education", "row": education(w).pk},
        post=lambda _w: {},
    ),
    "members:move": Example(before_platform(member), post=lambda w: {"to": w.other_branch.pk, **by_hand()}),
    "members:convert": Example(probationary, post=lambda _w: by_hand()),
    "members:extend": Example(probationary, post=lambda _w: {"months": "6", **by_hand()}),
    "members:leave": Example(before_platform(member), post=lambda _w: {"kind": "transferred_out", **by_hand()}),
    "members:come_back": Example(
        before_platform(gone),
        post=lambda w: {"kind": "transferred_in", "branch": w.branch.pk, "category": "1", **by_hand()},
    ),
    "members:reverse": Example(changed, post=lambda _w: {"reason": "录错了"}),
    "members:accounts": Example(query="?organization=x&page=2", row=in_another_branch, holder=office),
    "members:never": Example(query="?who=members&state=new&q=a", row=never_in_another_branch, holder=office),
    "members:never_sheet": Example(query="?state=none"),
    "members:proposals": Example(row=proposed_in_another_branch, holder=office),
    "members:me_views": Example(row=looked, holder=lambda w: w.member_user),
    "members:looks": Example(member, row=looked, holder=office),
    "members:accounts_run": Example(branch, post=lambda _w: {"who": "everybody", "way": "told"}),
    "members:accounts_progress": Example(run),
    "members:print_slips": Example(with_slip, post=lambda _w: {}),
    "members:hand_out": Example(lambda w: {"pk": never_signed_in(w).pk}, post=lambda _w: {}),
    "members:account": Example(without_account, post=lambda _w: {}),
    "members:appoint": Example(
        member,
        post=lambda w: {"organization": w.branch.pk, "kind": "committee_member", "starts_on": clock.today()},
    ),
}
