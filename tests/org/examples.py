"""Examples of this module's addresses for the contracts."""

import datetime as dt
import hashlib
from typing import Any
from urllib.parse import urlencode

from dangjian.kernel import clock
from dangjian.members.actions import reorganise
from dangjian.members.models import Member
from dangjian.org import roles
from dangjian.org.actions import applications, holidays, units
from dangjian.org.models import BranchApplication, Enterprise, Organization, Post, Unit
from dangjian.org.unscoped import unscoped
from tests import make
from tests.contracts.examples import Example, StepExample
from tests.contracts.world import World
from tests.days import in_days


def _branch(world: World) -> dict[str, Any]:
    return {"pk": world.branch.pk}


def _group(world: World) -> dict[str, Any]:
    return {"pk": world.group.pk}


def _post(world: World) -> dict[str, Any]:
    return {"pk": make.post(world.branch, "publicity_member", make.user("甲党员密")).pk}


def _unit(world: World, number: int) -> Unit:
    """A unit that the branch looks after."""
    given = {"name": f"甲单位{number}密", "covered": "few", "since_on": dt.date(2020, 1, 1)}
    return units.keep_unit(actor=make.SYSTEM, organization=world.branch, **given)


def _ended_unit(world: World) -> dict[str, Any]:
    return {"pk": units.end_unit(actor=make.SYSTEM, unit=_unit(world, 0), ended_on=clock.today()).pk}


def _unit_post(world: World) -> dict[str, Any]:
    return {"organization": world.branch.pk, "name": "虚构乙单位", "covered": "own", "since_on": "2021-01-01", "staff": "5"}


def _ended_post(world: World, number: int) -> None:
    post = make.post(world.branch, "publicity_member", make.user(f"虚构{number}"), starts_on=dt.date(2020, 1, 1))
    Post.objects.filter(pk=post.pk).update(ends_on=dt.date(2021, 1, 1))


def _leader(world: World) -> dict[str, Any]:
    return {"pk": world.group.posts.get().pk}


def _term(world: World) -> dict[str, Any]:
    return {"pk": world.branch.terms.create(number=1, starts_on=dt.date(2024, 1, 1), due_on=dt.date(2027, 1, 1)).pk}


def _granted(world: World) -> dict[str, Any]:
    return {"pk": make.grant(world.branch, roles.PARTY_WORKER).pk}


def _delegated(world: World) -> dict[str, Any]:
    post = world.branch.posts.get(user=world.secretary)
    return {"pk": make.grant(world.branch, roles.COMMITTEE_MEMBER, basis=post, granted_by=world.secretary).pk}


def _application(world: World, of: Organization | None = None, name: str = "甲拟设支部密") -> dict[str, Any]:
    """A branch asks for another one; somebody else than whoever answers filed it."""
    with unscoped("the world of the contracts"):
        asked = {
            "superior": world.general_branch,
            "type_code": "631",
            "name": name,
            "short_name": name,
            "unit_name": "甲单位密",
            "full_members": 5,
            "all_members": 6,
            "reason": "人员增加",
            "applied_on": dt.date(2026, 11, 1),
        }
        actor = make.SYSTEM if of else make.actor(world.secretary)
        filed = applications.file(actor=actor, organization=of or world.branch, **asked)
    return {"pk": filed.pk}


def _another_application(world: World, number: int) -> None:
    """For a branch of its own."""
    with unscoped("the world of the contracts"):
        branch = make.branch(world.general_branch, name=f"甲申请支部{number}密")
        _application(world, branch, f"甲拟设支部{number}密")


def _agreed(world: World) -> dict[str, Any]:
    found = _application(world)
    with unscoped("the world of the contracts"):
        one = BranchApplication.objects.get(pk=found["pk"])
        applications.agree(actor=make.SYSTEM, application=one, answered_on=dt.date(2026, 11, 1))
    return found


def _form(**fields: Any) -> Any:
    return lambda _world: {"step": "confirm", **fields}


DAY = "2026-11-01"
NAMES = {"name": "甲新名密", "short_name": "甲新名密", "effective_on": DAY}


def _loading(_world: World) -> dict[str, Any]:
    """While the fictional enterprise is being loaded."""
    Enterprise.objects.update_or_create(pk=1, defaults={"is_demonstration": True})
    return {}


def _setup_key(_world: World) -> dict[str, Any]:
    """An address as it is while nobody has used it."""
    key = "open"
    Enterprise.objects.update_or_create(pk=1, defaults={"address_digest": hashlib.sha256(key.encode()).hexdigest()})
    return {"key": key}


def _holiday_notice(_world: World) -> dict[str, Any]:
    """One that was entered."""
    notice = {"document": "通知", "number": "", "arrangements": "元旦：1月1日放假"}
    return {"year": holidays.enter(actor=make.SYSTEM, year=2026, **notice).year}


def _moved(world: World) -> dict[str, Any]:
    """A member who was moved to another branch of the same superior."""
    to = make.branch(world.general_branch, name="甲新支部密")
    with unscoped("the world of the contracts"):
        again = Member.objects.get(pk=world.member.pk)  # the world's own stays as it is, whatever is rolled back
        mover = {"actor": make.SYSTEM, "members": [again], "to": to, "effective_on": dt.date(2026, 11, 1)}
        return {"pk": reorganise.move_many(**mover).pk}


OF_BRANCHES = "?" + urlencode({"table": "24", "row": "total", "column": "org_level.branch"})
OF_UNITS = "?" + urlencode({"table": "26", "row": "total", "column": "total"})


def _founded(world: World, number: int) -> Any:
    """One more branch, a unit with an organisation of its own."""
    return make.branch(world.general_branch, name=f"虚构第{number}党支部", location_kind="legal_entity")


EXAMPLES = {
    "annual:behind_organizations": Example(query=OF_BRANCHES, row=_founded, holder=lambda world: world.office),
    "annual:behind_organizations_sheet": Example(query=OF_BRANCHES),
    "annual:behind_units": Example(query=OF_UNITS, row=_founded, holder=lambda world: world.office),
    "annual:behind_units_sheet": Example(query=OF_UNITS),
    "api:get_organization": Example(lambda world: {"organization_id": world.branch.pk}),
    "api:organization_history": Example(lambda world: {"organization_id": world.branch.pk}),
    "org:past_posts": Example(_branch, row=_ended_post, holder=lambda world: world.office),
    "org:setup": Example(_setup_key),
    "org:setup_enterprise": Example(_setup_key),
    "org:setup_demonstration": Example(_setup_key),
    "org:setup_loading": Example(_loading),
    "org:rules": Example(post=lambda _world: {"rule-dues.rounding": "0.1"}),
    "org:working_days": Example(query="?year=2026"),
    "org:holiday_notice": Example(
        lambda _world: {"year": 2026},
        post=_form(document="国务院办公厅的通知", number="国办发明电〔2025〕7号", arrangements="元旦：1月1日放假"),
        holder=lambda world: world.office,
    ),
    "org:remove_holiday_notice": Example(_holiday_notice, post=_form(reason="录错了"), holder=lambda world: world.office),
    "org:tree": Example(query="?on=2026-01-01&dissolved=1"),
    "org:list": Example(
        query="?q=a&state=all&sort=-name",
        row=lambda world, number: make.branch(world.general_branch, name=f"甲下属支部{number}密"),
        holder=lambda world: world.office,
    ),
    "org:detail": Example(_branch),
    "org:below": Example(_branch),
    "org:set_up": Example(lambda world: {"pk": world.general_branch.pk}, post=_form(type_code="631", **NAMES)),
    "org:rename": Example(_branch, post=_form(**NAMES)),
    "org:move": Example(
        _branch, post=lambda world: {"step": "confirm", "parent": world.other_branch.parent_id, "effective_on": DAY}
    ),
    "org:dissolve": Example(
        lambda world: {"pk": make.branch(world.general_branch, name="甲空支部密").pk}, post=_form(effective_on=DAY)
    ),
    "org:take_back": Example(_moved, post=_form(reason="选错了")),
    "org:go_live": Example(_branch, post=_form(live_on=DAY)),
    "org:edit": Example(_branch, post=_form(phone="010-5550000", unit_count="1", order="1")),
    "org:group_set_up": Example(_branch, post=_form(**NAMES)),
    "org:group_rename": Example(_group, post=_form(**NAMES)),
    "org:group_dissolve": Example(_group, post=_form(effective_on=DAY)),
    "org:applications": Example(query="?q=a&state=late&sort=-due", row=_another_application, holder=lambda world: world.office),
    "org:application": Example(
        _application,
        steps={
            "agree": StepExample(_form(answered_on=DAY)),
            "refuse": StepExample(_form(answered_on=DAY, answer="条件还不具备")),
            "withdraw": StepExample(_form(), holder=lambda world: world.secretary),
            "report": StepExample(_form(reported_on=DAY), kwargs=_agreed),
        },
    ),
    "org:apply": Example(
        _branch,
        post=lambda world: {
            "step": "confirm",
            "type_code": "631",
            "name": "甲拟设支部密",
            "short_name": "甲拟设支部密",
            "superior": world.general_branch.pk,
            "unit_name": "甲单位密",
            "full_members": "5",
            "all_members": "6",
            "reason": "人员增加",
            "applied_on": DAY,
        },
    ),
    "org:appoint": Example(
        _branch,
        post=lambda world: {"step": "confirm", "kind": "committee_member", "user": world.member.user_id, "starts_on": DAY},
    ),
    "org:appoint_leader": Example(
        _group,
        post=lambda world: {
            "step": "confirm",
            "kind": "group_leader",
            "user": world.member.user_id,
            "starts_on": DAY,
            "replace": "on",
        },
    ),
    "org:units": Example(row=_unit, holder=lambda world: world.office),
    "org:new_unit": Example(post=_unit_post, holder=lambda world: world.office),
    "org:unit": Example(
        lambda world: {"pk": _unit(world, 0).pk},
        holder=lambda world: world.office,
        steps={
            "change": StepExample(_unit_post, holder=lambda world: world.office, again="what is on record may be changed again"),
            "end": StepExample(lambda _world: {"ended_on": DAY}, holder=lambda world: world.office),
            "reopen": StepExample(kwargs=_ended_unit, holder=lambda world: world.office),
        },
    ),
    "org:end_post": Example(_post, post=_form(ends_on=DAY, reason="调离")),
    "org:end_leader": Example(_leader, post=_form(ends_on=DAY, reason="调离")),
    "org:start_term": Example(_branch, post=_form(starts_on=DAY, number="1")),
    "org:extend_term": Example(_term, post=_form(extended_to="2027-06-01", document="虚党〔2026〕9号")),
    "org:end_term": Example(_term, post=_form(ended_on=DAY, reason="改设")),
    "org:grants": Example(query="?state=all&sort=-ends&q=a", row=lambda world, _number: _granted(world)),
    "org:delegations": Example(row=lambda world, _number: _delegated(world), holder=lambda world: world.secretary),
    "org:new_grant": Example(
        post=lambda world: {
            "step": "confirm",
            "user": world.member.user_id,
            "role": roles.PARTY_WORKER,
            "organization": world.branch.pk,
            "starts_on": clock.today(),
        }
    ),
    "org:revoke_grant": Example(_granted, post=_form(reason="调离")),
    "org:new_delegation": Example(
        post=lambda world: {
            "step": "confirm",
            "user": world.member.user_id,
            "role": roles.COMMITTEE_MEMBER,
            "organization": world.branch.pk,
            "ends_on": in_days(38),
            "reason": "外出学习",
        }
    ),
    "org:revoke_delegation": Example(_delegated, post=_form(reason="已返岗"), holder=lambda world: world.secretary),
}
