"""The roster goes out: masked, for a stated purpose, noted on the trail of everybody in it."""

import io
import zipfile

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dangjian.accounts.events import digest_of
from dangjian.accounts.models import Event, User
from dangjian.engines.exchange.layout import known_headers
from dangjian.engines.exchange.models import State
from dangjian.kernel import spreadsheets
from dangjian.members.models import Member
from dangjian.members.queries.records import looks_at
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org import roles
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.members.sheets.people import resident_id


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _members(enterprise: Enterprise) -> None:
    make.member(enterprise.one, "虚构甲", resident_id=resident_id(1), mobile="19900000001", sex="1", ethnicity="01")
    make.member(enterprise.two, "虚构乙", resident_id=resident_id(2), mobile="19900000002", sex="2")


def _rows(answer: HttpResponse) -> list[spreadsheets.Row]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a file
    assert zipfile.is_zipfile(io.BytesIO(content))
    return list(spreadsheets.read(io.BytesIO(content), filename="名册.xlsx", known_headers=known_headers(ROSTER).keys()))


def test_an_export_is_masked_noted_and_follows_the_filter(enterprise: Enterprise) -> None:
    _members(enterprise)
    client = _client(enterprise.office)
    address = reverse("members:export") + "?sex=1"
    assert "1 名党员" in client.get(address).content.decode()
    assert client.post(address, {"purpose": ""}).status_code == 422
    assert not Event.objects.filter(verb="members.exported").exists()
    rows = _rows(client.post(address, {"purpose": "年度统计核对"}))
    assert [row.text("姓名") for row in rows] == ["虚构甲"]
    assert rows[0].text("公民身份号码") == "990000********" + resident_id(1)[-4:]
    assert (rows[0].text("民族"), rows[0].text("所在党支部")) == ("汉族", "机电党支部")
    assert Event.objects.get(verb="members.exported").purpose == "年度统计核对"


def test_an_export_is_one_line_of_the_trail_and_each_member_finds_it(enterprise: Enterprise) -> None:
    _members(enterprise)
    before = Event.objects.count()
    _client(enterprise.office).post(reverse("members:export"), {"purpose": "年度统计核对"})
    assert Event.objects.count() == before + 1
    event = Event.objects.get(verb="members.exported")
    with unscoped("test"):
        people = list(Member.objects.order_by("pk"))
    assert set(event.members.values_list("member_id", flat=True)) == {one.pk for one in people}
    assert event.data["members"] == 2
    assert event.data["members_digest"] == digest_of([people[1].pk, people[0].pk])
    for one in people:
        assert list(looks_at(one)) == [event]
    with pytest.raises(TypeError):
        event.members.all().delete()


def test_what_is_exported_in_full_can_be_imported_again(enterprise: Enterprise) -> None:
    _members(enterprise)
    answer = _client(enterprise.office).post(reverse("members:export"), {"purpose": "迁移数据", "full": "on"})
    batch = enterprise.upload(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # a file
    assert enterprise.outcomes(batch) == ["update", "update"]
    assert batch.unknown_headers == []
    assert batch.state == State.READY


def test_nobody_exports_people_of_others(enterprise: Enterprise) -> None:
    _members(enterprise)
    rows = _rows(_client(enterprise.below).post(reverse("members:export"), {"purpose": "核对名册"}))
    assert [row.text("姓名") for row in rows] == ["虚构甲"]
    leader = make.grant(enterprise.one, roles.GROUP_LEADER).user
    assert _client(leader).get(reverse("members:export")).status_code == 403
