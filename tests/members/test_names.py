"""Names of people in store, search, forms and the machine interface: one way of writing them, however they come in."""

import json
from typing import Any

import pytest
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.kernel.errors import Invalid
from dangjian.members.actions.record import update_record
from dangjian.members.models import Member
from dangjian.members.queries.people import found_by_text
from dangjian.org import roles
from dangjian.org.unscoped import unscoped
from tests import make
from tests.activities.meetings.pages import signed_in


@pytest.fixture
def people(db: None) -> dict[str, Member]:
    branch = make.branch(make.committee())
    return {name: make.member(branch, name) for name in ("丙　二", "迪丽热巴•迪力木拉提", "王\ue863", "Anna  Smith", "丁三")}


def names(**conditions: Any) -> list[str]:
    with unscoped("test"):
        return sorted(Member.objects.filter(**conditions).values_list("name", flat=True))


def test_a_name_is_kept_in_one_way(people: dict[str, Member]) -> None:
    assert people["丙　二"].name == "丙二"
    assert names() == sorted(["丙二", "迪丽热巴·迪力木拉提", "王䶮", "Anna Smith", "丁三"])
    with unscoped("test"):
        assert Member.objects.get(name="丙 二") == people["丙　二"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("丙 二", ["丙二"]),
        ("丙二", ["丙二"]),
        ("巴迪力木", ["迪丽热巴·迪力木拉提"]),
        ("巴．迪力", ["迪丽热巴·迪力木拉提"]),
        ("\ue863", ["王䶮"]),
        ("anna s", ["Anna Smith"]),
        ("·", []),
        ("%", []),
        ("_", []),
    ],
)
def test_it_is_found_however_it_is_typed(people: dict[str, Member], typed: str, found: list[str]) -> None:
    assert names(name__icontains=typed) == names(name__contains=typed) == found
    with unscoped("test"):
        rows = Member.objects.filter(found_by_text(typed))
        assert sorted(rows.values_list("name", flat=True)) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [("迪丽热巴迪力木拉提", ["迪丽热巴·迪力木拉提"]), ("迪丽热巴", []), ("丙　二", ["丙二"]), ("ANNA SMITH", ["Anna Smith"])],
)
def test_the_whole_name(people: dict[str, Member], typed: str, found: list[str]) -> None:
    assert names(name__named=typed) == found


def test_what_is_no_name_is_refused_wherever_it_is_typed(people: dict[str, Member]) -> None:
    member = people["丁三"]
    office = make.grant(member.branch.parent, roles.PARTY_OFFICE)
    with unscoped("test"), pytest.raises(Invalid) as refused:
        update_record(make.actor(office.user), member, name="𠮷㛃😀长长长长")
    assert "不能有“😀”" in refused.value.fields["name"]
    assert "丁三" in names()


def test_an_account_is_opened_under_a_real_name_without_what_nobody_sees(db: None) -> None:
    admin = make.grant(make.committee(), roles.SYSTEM_ADMIN).user
    client = signed_in(admin)
    page = client.post(reverse("accounts:new"), {"username": "xin", "name": "新😀"})
    assert "姓名里不能有“😀”" in page.content.decode()
    assert not User.objects.filter(username="xin").exists()
    client.post(reverse("accounts:new"), {"username": "x\u200bin", "name": "\u202d新　\u200b人\u202c"})
    assert User.objects.get(username="xin").name == "新人"


def test_programs_send_visible_texts_too() -> None:
    from dangjian.site.api import CleanText

    class Request:
        body = json.dumps({"name": "丙\u200b二", "list": ["a\u202c"], "in": {"x": "王\ue863"}, "n": 1}).encode()

    assert CleanText().parse_body(Request()) == {"name": "丙二", "list": ["a"], "in": {"x": "王䶮"}, "n": 1}  # type: ignore[arg-type]  # only its body is read
