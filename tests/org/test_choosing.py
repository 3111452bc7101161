"""Drop-downs of organisations: never too long, indented, inside the scope, and what is chosen stays chosen."""

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from dangjian.activities.dues.ledger.forms.books import AllocationForm
from dangjian.kernel.reach import Reach, Scope
from dangjian.org import choosing, roles
from dangjian.org.choosing import MOST_LISTED, OrganizationField
from dangjian.org.lookup import LIMIT, LookupField
from dangjian.org.models import Kind, Organization
from dangjian.org.scope import opened
from tests import make

pytestmark = pytest.mark.django_db


class Filter(forms.Form):
    organization = OrganizationField(label="党组织", required=False, empty_label="全部党组织")


class AboveBranches(forms.Form):
    organization = OrganizationField(label="党组织", kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH), empty_label=None)


class Required(forms.Form):
    organization = OrganizationField(label="党组织")


def offered(form: forms.Form) -> list[tuple[str, str]]:
    return [(str(value), label) for value, label in form["organization"].field.choices]


def test_organisations_to_choose_from_are_never_too_many() -> None:
    top = make.committee(name="虚构集团党委")
    below = make.general_branch(top, name="虚构党总支")
    make.many_branches(top, MOST_LISTED - 2)
    with opened(Scope.of([Reach(top.path)])):
        assert len(choosing.choices(Organization.objects.standing())) == MOST_LISTED
    branch = make.branch(below, name="虚构多出来的支部")
    with opened(Scope.of([Reach(top.path)])):
        assert offered(Filter()) == [("", "全部党组织"), (str(top.pk), "虚构集团党委"), (str(below.pk), "　虚构党总支")]
    with opened(Scope.of([Reach(below.path)])):
        assert offered(Filter())[1:] == [(str(below.pk), "虚构党总支"), (str(branch.pk), "　虚构多出来的支部")]


def test_what_is_chosen_by_the_address_stays_chosen_though_its_level_is_left_out() -> None:
    top = make.committee()
    branch = make.branch(top, name="虚构支部")
    make.many_branches(top, MOST_LISTED)
    with opened(Scope.of([Reach(top.path)])):
        form = Filter({"organization": str(branch.pk)})
        assert form.is_valid()
        assert form.cleaned_data["organization"] == branch
        assert str(form["organization"]).count("<option") == 3
        assert f'<option value="{branch.pk}" selected>' in str(form["organization"])


def test_what_nothing_is_chosen_in_says_so_in_words() -> None:
    top = make.committee(name="虚构集团党委")
    with opened(Scope.of([Reach(top.path)])):
        assert offered(Required())[0] == ("", "请选择")


def test_nobody_chooses_outside_the_scope_or_the_levels() -> None:
    top = make.committee()
    branch, other = make.branch(top), make.branch(top)
    with opened(Scope.of([Reach(branch.path)])):
        form = Filter({"organization": str(other.pk)})
        assert not form.is_valid()
        assert str(other.pk) not in dict(offered(form))
    with opened(Scope.of([Reach(top.path)])):
        assert [value for value, _ in offered(AboveBranches())] == [str(top.pk)]
        assert not AboveBranches({"organization": str(branch.pk)}).is_valid()
        assert not Filter({"organization": "七"}).is_valid()
        assert "selected" not in str(Filter({"organization": "七"})["organization"]).replace('value="" selected', "")


@pytest.mark.parametrize("name", ["meetings:register", "members:completeness", "members:accounts", "duties:matrix"])
def test_no_page_lists_more_than_can_be_chosen_from(client: Client, name: str) -> None:
    top = make.committee()
    make.many_branches(top, MOST_LISTED + 1)
    client.force_login(make.grant(top, roles.PARTY_OFFICE).user, backend="dangjian.accounts.backends.AccountBackend")
    page = client.get(reverse(name)).content.decode()
    assert max(part.partition("</select>")[0].count("<option") for part in page.split("<select")) <= MOST_LISTED + 1


def test_whom_money_is_allocated_to_is_found_by_typing() -> None:
    top = make.committee()
    make.many_branches(top, MOST_LISTED + 1)
    named = make.branch(top, name="虚构被找的支部")
    with opened(Scope.of([Reach(top.path)])):
        field = AllocationForm(top).fields["organization"]
        assert isinstance(field, LookupField)
        assert len(field.options("", [])) <= LIMIT
        assert [one.chosen for one in field.options("被找", [])] == [named]
