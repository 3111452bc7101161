"""The pages of duties offer a step to exactly those who may take it now."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.duties import actions
from dangjian.engines.duties.models import ConfirmationState, Duty, DutyConfirmation, State
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.duties.build import current, duties, refreshed
from tests.offered import browser, shown, tried

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]


@pytest.fixture
def world() -> SimpleNamespace:
    """A branch whose secretary is on probation, its neighbour, and their superiors."""
    top = make.committee(name="虚构集团党委")
    general = make.general_branch(top)
    branch, other = make.branch(general), make.branch(general)
    probationary = make.member(
        branch, with_user=True, category="2", joined_on=dt.date(2025, 12, 1), effective_on=dt.date(2026, 9, 20)
    )
    people = {
        "office": make.grant(top, "party_office").user,
        "superior": make.post(general).user,
        "secretary": make.post(branch, who=probationary.user).user,
        "deputy": make.post(branch, "deputy_secretary").user,
        "former": make.post(branch, "deputy_secretary", ends_on=dt.date(2026, 11, 1)).user,
        "worker": make.grant(branch, "party_worker").user,
        "leader": make.post(make.group(branch), "group_leader").user,
        "neighbour": make.post(other).user,
        "member": make.member(branch, with_user=True).user,
    }
    refreshed()
    return SimpleNamespace(top=top, general=general, branch=branch, other=other, probationary=probationary, **people)


def everybody(world: SimpleNamespace) -> list[User]:
    return [one for one in vars(world).values() if isinstance(one, User)]


def names(world: SimpleNamespace, users: set[User]) -> set[str]:
    return {name for name, one in vars(world).items() if isinstance(one, User) and one in users}


def again(duty: Duty) -> Duty:
    with unscoped("a test looks at what was written"):
        return Duty.objects.select_related("organization__parent", "responsible", "member").get(pk=duty.pk)


def offered(world: SimpleNamespace, duty: Duty, step: str, data: dict[str, Any]) -> set[str]:
    """Who is offered a step, after asking of everybody that page, list, form and action agree."""
    address = reverse(f"duties:{step}", args=[duty.pk])
    cell = reverse("duties:cell", args=[duty.organization_id])
    found = set()
    for user in everybody(world):
        may = f'href="{address}"' in shown(user, reverse("duties:detail", args=[duty.pk]))
        status = tried(user, address, data)
        assert (status == 302) == may == bool(shown(user, address)), (step, user.name, status)
        listed = shown(user, f"{cell}?per=year&on=2026-11-01&rule={duty.rule}")
        if reverse("duties:detail", args=[duty.pk]) in listed:
            assert (f'href="{address}"' in listed) == may, (step, user.name)
        if may:
            found.add(user)
    return names(world, found)


def test_a_duty_of_the_branch(world: SimpleNamespace) -> None:
    duty = current("theme_day", world.branch)
    assert offered(world, duty, "reassign", {"to": world.deputy.pk, "note": ""}) == MANAGERS
    assert offered(world, duty, "excuse", {"reason": "虚构原因"}) == ABOVE


MANAGERS = {"office", "superior", "secretary", "deputy", "worker"}
ABOVE = {"office", "superior"}


def test_a_duty_about_oneself(world: SimpleNamespace) -> None:
    [duty, *_] = duties(member=world.probationary)
    assert offered(world, duty, "reassign", {"to": world.deputy.pk, "note": ""}) == MANAGERS - {"secretary"}
    assert offered(world, duty, "excuse", {"reason": "虚构原因"}) == ABOVE


def test_a_duty_about_an_officer_above(world: SimpleNamespace) -> None:
    [duty, *_] = duties(member=world.probationary)
    make.grant(world.general, "party_worker", who=world.secretary)
    assert offered(world, duty, "excuse", {"reason": "虚构原因"}) == ABOVE
    assert browser(world.secretary).get(reverse("duties:excuse", args=[duty.pk])).status_code == 403


def test_what_is_done_or_excused(world: SimpleNamespace) -> None:
    duty = current("theme_day", world.branch)
    for state in (State.DONE, State.EXCUSED):
        with unscoped("test world"):
            Duty.objects.filter(pk=duty.pk).update(state=state)
        assert offered(world, duty, "reassign", {"to": world.deputy.pk, "note": ""}) == set()
        assert offered(world, duty, "excuse", {"reason": "虚构原因"}) == set()


def test_ones_own_is_not_to_be_ticked_among_those_of_a_person(world: SimpleNamespace) -> None:
    [duty, *_] = duties(member=world.probationary)
    with unscoped("test world"):
        Duty.objects.filter(pk=duty.pk).update(due_on=dt.date(2020, 1, 2))
    address = f"{reverse('duties:load_person')}?id={duty.responsible_id}"
    box = f'name="duty" value="{duty.pk}"'
    assert box not in shown(world.secretary, address)
    assert box in shown(world.superior, address)


# What was handed in


@pytest.fixture
def handed_in(world: SimpleNamespace) -> DutyConfirmation:
    """By the superior, who may hand in for the branch too."""
    with unscoped("test world"):
        local = actions.add_local(
            actor=make.actor(world.superior),
            organization=world.general,
            title="虚构总结",
            kind="branch",
            pace="once",
            starts_on=dt.date(2026, 11, 23),
            due_on=dt.date(2026, 11, 30),
        )
        [duty] = [one for one in duties(local_duty=local) if one.organization_id == world.branch.pk]
        Duty.objects.filter(pk=duty.pk).update(responsible=world.superior)
        return actions.confirm(actor=make.actor(world.superior), duty=again(duty), text="虚构情况")


def deciders(world: SimpleNamespace, one: DutyConfirmation) -> set[str]:
    address, found = reverse("duties:detail", args=[one.duty_id]), set()
    for user in everybody(world):
        may = 'value="accept"' in shown(user, address)
        for data in ({"step": "accept", "note": ""}, {"step": "return", "note": "缺签字"}):
            status = tried(user, address, data)
            assert (status == 302) == may, (user.name, status)
        if may:
            found.add(user)
    return names(world, found)


def test_what_was_handed_in_is_not_accepted_by_who_did(world: SimpleNamespace, handed_in: DutyConfirmation) -> None:
    assert deciders(world, handed_in) == {"office"}
    address = reverse("duties:detail", args=[handed_in.duty_id])
    assert browser(world.superior).post(address, {"step": "accept"}).status_code == 403
    assert handed_in.duty.title not in shown(world.superior, "/duties/").partition("待验收")[2]
    assert handed_in.duty.title in shown(world.office, "/duties/").partition("待验收")[2]


def test_what_was_accepted_is_not_accepted_again(world: SimpleNamespace, handed_in: DutyConfirmation) -> None:
    with unscoped("test world"):
        one = DutyConfirmation.objects.select_related("duty__local_duty__organization", "duty__organization").get()
        actions.decide(actor=make.actor(world.office), confirmation=one, accept=True)
    assert deciders(world, handed_in) == set()


@pytest.mark.parametrize("step", ["reassign", "excuse", "accept", "return"])
def test_a_neighbour_takes_no_step(world: SimpleNamespace, handed_in: DutyConfirmation, step: str) -> None:
    duty, own = current("theme_day", world.branch), current("theme_day", world.other)
    make.grant(world.other, "party_worker", who=world.neighbour)
    name, pk = ("detail", handed_in.duty_id) if step in {"accept", "return"} else (step, duty.pk)
    foreign = {"duty": own.pk, "organization": world.other.pk}
    data = {"to": world.deputy.pk, "note": "虚构说明", "reason": "虚构原因", "step": step, **foreign}
    assert browser(world.neighbour).post(reverse(f"duties:{name}", args=[pk]), data).status_code in {403, 404}
    for one in (duty, own):
        now = again(one)
        assert (now.state, now.reassigned, now.responsible_id) == (State.OPEN, False, one.responsible_id)
    with unscoped("a test looks at what was written"):
        assert DutyConfirmation.objects.get().state == ConfirmationState.WAITING
