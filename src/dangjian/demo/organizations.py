"""Organisations of the reference enterprise, set up through the product's own actions."""

import datetime as dt
import itertools
from dataclasses import dataclass, field
from random import Random
from typing import Any

from dangjian.demo import names
from dangjian.demo.plan import MERGED_INTO, MERGED_MEMBERS, WHOLE, BranchPlan, Size, branches
from dangjian.kernel import identity
from dangjian.kernel.actor import Actor
from dangjian.org.actions import tree, units
from dangjian.org.models import Covered, Organization

NUMERALS = "一二三四五六七八九十"


@dataclass
class Enterprise:
    """What was set up: the committee, its general branches, and each branch with its plan and groups."""

    committee: Organization
    size: Size
    general_branches: list[Organization] = field(default_factory=list)
    branches: list[tuple[BranchPlan, Organization, list[Organization]]] = field(default_factory=list)
    merged: tuple[BranchPlan, Organization, list[Organization]] | None = None


def set_up(
    *,
    actor: Actor,
    random: Random,
    begin: dt.date,
    parent: Organization | None = None,
    number: int = 0,
    size: Size = WHOLE,
) -> Enterprise:
    """One enterprise since ``begin``. ``number`` > 0 marks further enterprises of a multiplied demonstration."""
    suffix = f"第{number}公司" if number else ""
    company = names.COMPANY + suffix
    committee = tree.set_up(
        actor=actor,
        parent=parent,
        type_code="611",
        name=f"中共{company}委员会",
        short_name=f"{company}党委",
        effective_on=begin,
        site="总部",
        unit_name=company,
        location_kind="legal_entity",
        approved_by="" if parent else "虚构省国有企业党委",
    )
    made = Enterprise(committee, size)
    for order, unit in enumerate(names.UNITS[: size.general_branches]):
        made.general_branches.append(
            tree.set_up(
                actor=actor,
                parent=committee,
                type_code="621",
                name=f"中共{company}{unit}总支部委员会",
                short_name=f"{unit}党总支{suffix}",
                effective_on=begin,
                order=order,
                unit_name=unit,
                site=names.SITES[order % len(names.SITES)],
                location_kind="same_as_superior",
                approved_by=committee.name,
            )
        )
    seen: dict[int, int] = {}
    for plan in branches(random, size):
        above = made.general_branches[plan.general_branch]
        seen[above.pk] = seen.get(above.pk, 0) + 1
        made.branches.append((plan, *_branch(actor, plan, above, seen[above.pk], begin)))
    _units(actor, made, company, begin, number)
    into = made.branches[size.place(MERGED_INTO)][0]
    into.members -= MERGED_MEMBERS
    plan = BranchPlan(
        number=len(made.branches), general_branch=into.general_branch, members=MERGED_MEMBERS, groups=0, quality="merged"
    )
    above = made.general_branches[into.general_branch]
    made.merged = (plan, *_branch(actor, plan, above, seen[above.pk] + 1, begin))
    return made


def _units(actor: Actor, made: Enterprise, company: str, begin: dt.date, number: int) -> None:
    """The company itself, what a joint branch stands for, and a shop without a branch of its own."""
    of_state: dict[str, Any] = {"nature": "21", "affiliation": "省（区、市）", "since_on": begin, "is_legal_entity": True}
    code = f"9144000099{number + 1:07d}"
    of_company = {
        **of_state,
        "name": company,
        "credit_code": code + identity.credit_check_character(code),
        "covered": Covered.OWN,
        "control": "wholly_state",
        "size": "large",
        "representative": "虚构法人",
        "representative_is_member": True,
        "staff": 4200,
        "workers": 3100,
        "technicians": 640,
        "has_union": True,
    }
    unit = units.keep_unit(actor=actor, organization=made.committee, **of_company)
    tree.correct_details(actor=actor, organization=made.committee, unit=unit)
    joint = [branch for plan, branch, _ in made.branches if plan.type_code == "632"][:1]
    for place, name in itertools.product(joint, ("仓储", "物业", "餐饮")):
        given: dict[str, Any] = {
            "name": f"{company}{name}服务站",
            "covered": Covered.JOINT,
            "control": "state_holding",
            "size": "small",
        }
        units.keep_unit(actor=actor, organization=place, **{**of_state, **given, "staff": 36, "has_union": False})
    shop: dict[str, Any] = {
        "name": f"{company}劳动服务商店",
        "covered": Covered.FEW,
        "control": "collective",
        "size": "micro",
        "nature": "22",
    }
    units.keep_unit(actor=actor, organization=made.committee, **{**of_state, **shop, "staff": 9})


def _branch(
    actor: Actor,
    plan: BranchPlan,
    above: Organization,
    ordinal: int,
    begin: dt.date,
) -> tuple[Organization, list[Organization]]:
    unit = above.unit_name
    section = names.SECTIONS[(ordinal - 1) % len(names.SECTIONS)]
    joint = plan.type_code == "632"
    kind = "联合党支部" if joint else "党支部"
    short = f"{unit}{section}{kind}"
    branch = tree.set_up(
        actor=actor,
        parent=above,
        type_code=plan.type_code,
        name=f"中共{names.COMPANY}{short}",
        short_name=short,
        effective_on=begin,
        order=ordinal,
        unit_name=f"{unit}{section}部",
        site=above.site,
        unit_count=3 if joint else 1,
        location_kind="joint_branch" if joint else "same_as_superior",
        approved_by="" if plan.quality == "poor" else f"中共{names.COMPANY}委员会",
    )
    groups = [
        tree.set_up(
            actor=actor,
            parent=branch,
            type_code="641",
            name=f"{short}第{NUMERALS[i]}党小组",
            short_name=f"{section}第{NUMERALS[i]}党小组",
            effective_on=begin,
            order=i + 1,
        )
        for i in range(plan.groups)
    ]
    return branch, groups
