"""Those who stand by an applicant: from when to when, what they read and take, and that it ends with their part in it."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.activities.development.models import Applicant, Helper, HelperRole
from dangjian.activities.development.queries.people import roles_of
from dangjian.activities.development.queries.way import helpers
from dangjian.engines.procedures.actions import ending, papers, taking
from dangjian.engines.procedures.actions.turns import require_turn, step_named
from dangjian.engines.procedures.models import CaseStep, ProcedureCase
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound, PermissionDenied
from dangjian.members.models import Member
from dangjian.org import roles
from dangjian.org.openings import at, register
from tests import make
from tests.activities.development.way import House, take, waiting_for
from tests.contracts.visits import signed_in
from tests.engines.procedures.test_papers import coloured

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23"), pytest.mark.any_database]

REFUSED = (PermissionDenied, NotFound)


class Helped(House):
    """An activist with a contact who has an account, and another activist with contacts of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.contact: Member = self.helpers[0]
        assert self.contact.user
        self.user: User = self.contact.user
        self.case = waiting_for(self.branch, "object_discuss", name="欧阳甲")
        self.other = waiting_for(self.branch, "object_discuss", name="司马乙")
        self.change(self.contact, self.helpers[1])

    def change(self, *members: Member) -> None:
        entry = {"contacts": [one.pk for one in members], "why": "调离"}
        day = clock.today()
        taking.take(actor=make.SYSTEM, case=self.case, code="change_contacts", day=day, entry=entry)

    def lines(self, member: Member) -> list[tuple[str, dt.date | None]]:
        with at(self.branch):
            rows = Helper.objects.filter(applicant=self.case.subject_id, member=member).order_by("pk")
            return [(row.role, row.ends_on) for row in rows]

    def reads(self, case: ProcedureCase) -> dict[str, int]:
        """What the contact gets to see of a case, of what was written at a step, and of a paper that was handed in there."""
        row: CaseStep = register(CaseStep).select_related("case__organization", "place").get(case=case, code="recommend")
        with at(self.branch):
            scan = (
                row.papers.first()
                or papers.add(actor=make.SYSTEM, row=row, code="recommendation", files=[coloured("red")]).kept[0]
            )
        browser = signed_in(self.user)
        return {
            "case": browser.get(reverse("procedures:development_case", args=[case.pk])).status_code,
            "form": browser.get(reverse("procedures:form_paper", args=[row.pk, "recommendation"])).status_code,
            "paper": browser.get(reverse("procedures:paper", args=[scan.pk])).status_code,
        }


@pytest.fixture
def helped(settings: Any, tmp_path: Path) -> Helped:
    settings.MEDIA_ROOT = tmp_path
    return Helped()


def test_a_contact_reads_the_case_for_which_they_are_named_and_no_other(helped: Helped) -> None:
    assert set(helped.reads(helped.case).values()) == {200}
    assert set(helped.reads(helped.other).values()) <= {403, 404}


def test_who_was_replaced_reads_and_takes_nothing_any_more(helped: Helped) -> None:
    with clock.at("2026-12-01 09:00"):
        helped.change(helped.helpers[1], helped.helpers[2])
        assert helped.lines(helped.contact) == [(HelperRole.CONTACT, dt.date(2026, 12, 1))]
        assert set(helped.reads(helped.case).values()) <= {403, 404}
        step = step_named(helped.case, "contact_review")
        with pytest.raises(REFUSED):
            require_turn(make.actor(helped.user), helped.case, step, helped.branch)
        assert roles_of([helped.user.pk]) == {}
        assert signed_in(helped.user).get(reverse("development:helping")).status_code == 403


def test_their_part_ends_with_the_case_and_begins_again_with_it(helped: Helped) -> None:
    assert [held.role for held in roles_of([helped.user.pk])[helped.user.pk]] == ["development_helper"]
    with clock.at("2026-12-01 09:00"):
        ending.withdraw(actor=make.SYSTEM, case=helped.case, reason="本人撤回")
        assert helped.lines(helped.contact) == [(HelperRole.CONTACT, dt.date(2026, 12, 1))]
        assert roles_of([helped.user.pk]) == {}
        ending.reopen(actor=make.SYSTEM, case=helped.case, reason="接着办")
    assert [ends_on for _, ends_on in helped.lines(helped.contact)][-1] is None
    assert list(helpers(HelperRole.CONTACT, [helped.case.subject_id])[helped.case.subject_id]) == [helped.user.pk]


def test_a_contact_is_no_sponsor(helped: Helped) -> None:
    """Each role names its own people for the steps."""
    subject = helped.case.subject_id
    assert helpers(HelperRole.SPONSOR, [subject]) == {}
    case = waiting_for(helped.branch, "sponsors", name="诸葛丙")
    take(case, "sponsors", clock.today(), entry={"sponsors": [helped.contact.pk, helped.helpers[2].pk]})
    assert helpers(HelperRole.CONTACT, [case.subject_id]) == {}
    assert list(helpers(HelperRole.SPONSOR, [case.subject_id])[case.subject_id]) == [helped.user.pk]


def test_sponsors_are_let_go_when_the_application_ends(helped: Helped) -> None:
    case = waiting_for(helped.branch, "political_review", name="诸葛丙")
    take(case, "political_review", clock.today(), outcome="failed")
    with at(helped.branch):
        assert not Helper.objects.current().filter(applicant=case.subject_id).exists()
        assert Helper.objects.filter(applicant=case.subject_id, ends_on=clock.today()).count() == 4


def test_an_application_that_ended_opens_nothing_to_whoever_applied(helped: Helped) -> None:
    who = make.user("欧阳甲")
    with at(helped.branch):
        Applicant.objects.filter(pk=helped.case.subject_id).update(user=who)
    assert [held.role for held in roles_of([who.pk])[who.pk]] == ["applicant"]
    ending.withdraw(actor=make.SYSTEM, case=helped.case, reason="本人撤回")
    assert roles_of([who.pk]) == {}


def test_an_officer_without_the_right_to_applicants_reads_no_case(helped: Helped) -> None:
    """Though they see other things of the branch."""
    leader = make.grant(helped.branch, roles.GROUP_LEADER).user
    assert leader
    helped.reads(helped.case)
    helped.user = leader
    assert set(helped.reads(helped.case).values()) <= {403, 404}


def test_no_page_of_theirs_leads_a_contact_to_a_list_that_is_closed_to_them(helped: Helped) -> None:
    browser, closed = signed_in(helped.user), reverse("development:applicants")
    assert browser.get(closed).status_code == 403
    row: CaseStep = register(CaseStep).select_related("case__organization", "place").get(case=helped.case, code="recommend")
    with at(helped.branch):
        scan = papers.add(actor=make.SYSTEM, row=row, code="recommendation", files=[coloured("red")]).kept[0]
    for address in (
        reverse("procedures:development_case", args=[helped.case.pk]),
        reverse("procedures:development_dossier", args=[helped.case.pk]),
        reverse("procedures:paper_pages", args=[scan.pk]),
    ):
        page = browser.get(address)
        assert page.status_code == 200
        assert f'href="{closed}"' not in page.content.decode(), address
