"""The reference enterprise has exactly the shape it is said to have, and is the same for the same seed and day."""

import datetime as dt
from random import Random

import pytest
from django.core.management import CommandError, call_command

from dangjian.accounts.models import User
from dangjian.activities.meetings.models import Meeting
from dangjian.demo.enterprise import SEED, build
from dangjian.demo.plan import MERGED_INTO, MERGED_MEMBERS, branches
from dangjian.engines.duties.models import Duty
from dangjian.kernel import clock
from dangjian.members.models import Member, Standing
from dangjian.members.queries import flow
from dangjian.org.models import Kind, Organization, TermOfBody
from dangjian.org.unscoped import unscoped


@pytest.mark.django_db
def test_the_enterprise_is_the_one_of_the_requirements() -> None:
    enterprise = build(with_people=False)
    with unscoped("test"):
        kinds = {kind: Organization.objects.standing().filter(kind=kind).count() for kind in Kind.values}
        assert kinds == {"committee": 1, "general_branch": 14, "branch": 72, "group": 137}
        assert Member.objects.counted().count() == 1768
        sizes = [Member.objects.counted().filter(branch=branch).count() for _, branch, _ in enterprise.branches]
        assert max(sizes) > 50
        assert TermOfBody.objects.filter(ended_on=None, due_on__lt=clock.today()).count() == 1
        assert not Member.objects.filter(resident_id_index="").exists()
        assert {m.resident_id[:2] for m in Member.objects.all()[:50]} == {"99"}
        day = clock.today()
        account = flow(enterprise.committee.pk, dt.date(day.year - 1, 12, 31), day)
        assert account.balances
        assert account.closing == 1768
        assert Member.objects.exclude(standing=Standing.NORMAL).count() == 9
        months = {(m.held_on.year, m.held_on.month) for m in Meeting.objects.held() if m.held_on}
        assert len(months) >= 15
        states = set(Duty.objects.values_list("state", flat=True))
        assert {"open", "done"} <= states
    demo = User.objects.filter(is_demo=True)
    roles = ["party_office", "secretary", "secretary", "organisation_member", "group_leader", "member"]
    roles += ["system_admin", "security_admin", "audit_admin"]
    assert list(demo.order_by("demo_order").values_list("demo_role", flat=True)) == roles
    with pytest.raises(CommandError, match="空数据库"):
        call_command("demo")


def test_the_same_seed_gives_the_same_plan() -> None:
    assert branches(Random(7)) == branches(Random(7))
    assert branches(Random(7)) != branches(Random(8))


@pytest.mark.parametrize("seed", range(SEED, SEED + 100))
def test_every_multiple_has_the_same_totals_and_nobody_is_merged_away(seed: int) -> None:
    made = branches(Random(seed))
    assert sum(plan.members for plan in made) == 1768
    assert sum(plan.groups for plan in made) == 137
    assert made[MERGED_INTO].members > MERGED_MEMBERS
