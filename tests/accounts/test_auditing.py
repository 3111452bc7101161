"""What the audit administrator reads: kinds, one event with all behind it, and the trail as a file."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts import trail_export
from dangjian.accounts.events import record, record_about
from dangjian.accounts.models import Event, TrailSeal
from dangjian.accounts.queries import KINDS
from dangjian.kernel import spreadsheets
from dangjian.kernel.actor import SystemActor
from dangjian.members.models import Member
from dangjian.org.models import Organization
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def top() -> Organization:
    return make.committee()


@pytest.fixture
def auditor(client: Client, top: Organization) -> Client:
    client.force_login(make.grant(top, "audit_admin").user)
    return client


def note(verb: str, **more: object) -> Event:
    return record(actor=SystemActor("测试"), verb=verb, summary=f"记录{verb}", **more)  # type: ignore[arg-type]  # as record takes


@pytest.mark.parametrize(
    ("kind", "verb"),
    [
        ("sign_in", "accounts.signed_in"),
        ("sign_in", "accounts.sign_in_refused"),
        ("refused", "members.refused"),
        ("rights", "org.granted"),
        ("accounts", "accounts.password_reset"),
        ("looked", "members.unmasked"),
        ("exported", "members.exported"),
        ("exported", "accounts.trail_exported"),
    ],
)
def test_the_trail_is_filtered_by_kind(auditor: Client, kind: str, verb: str) -> None:
    note(verb)
    found = {
        one.code for one in KINDS if f"记录{verb}" in auditor.get(reverse("accounts:events"), {"kind": one.code}).content.decode()
    }
    assert found == {kind}


def test_one_event_shows_what_changed_and_when_to_the_second(auditor: Client) -> None:
    event = note(
        "members.record_changed",
        data={"titles": {"mobile": "手机号"}, "before": {"mobile": "138****0000"}, "after": {"mobile": "139****1111"}},
    )
    page = auditor.get(reverse("accounts:event", args=[event.pk])).content.decode()
    for words in ("手机号", "138****0000", "139****1111", "9:00:00", "还没有封存"):
        assert words in page
    assert auditor.get(reverse("accounts:event", args=[event.pk + 999])).status_code == 404


def test_the_members_behind_an_export_are_named_a_page_at_a_time(auditor: Client, top: Organization) -> None:
    branch = make.branch(top)
    people = [make.member(branch, f"虚构党员{place}") for place in range(3)]
    event = record_about(
        [one.pk for one in people] + [999_999], actor=SystemActor("测试"), verb="members.exported", summary="导出"
    )
    assert "涉及 4 名党员" in auditor.get(reverse("accounts:events")).content.decode()
    page = auditor.get(reverse("accounts:event", args=[event.pk])).content.decode()
    for words in ("虚构党员0", "虚构党员2", "编号999999", "共 4 名"):
        assert words in page
    assert Member._base_manager.count() == 3


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.day("2026-11-23")
def test_the_trail_goes_out_as_a_file_and_says_so(auditor: Client, form: str) -> None:
    note("members.viewed")
    record(actor=SystemActor("测试"), verb="members.viewed", summary="=1+1")
    TrailSeal.objects.create(number=7, through=1, rows=1, key="k1", digest="ab" * 32)
    address = reverse("accounts:events_export") + "?kind=looked"
    assert "共 2 条" in auditor.get(address).content.decode()
    assert auditor.post(address, {"purpose": " ", "form": form}).status_code == 422
    assert not Event.objects.filter(verb="accounts.trail_exported").exists()

    answer = auditor.post(address, {"purpose": "第四季度审计存档", "form": form})

    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # a file
    if form == "csv":
        assert content.startswith(b"\xef\xbb\xbf")
        lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert [line["内容"] for line in lines] == ["'=1+1", "记录members.viewed"]
        assert lines[0]["时间"] == "2026-11-23 09:00:00"
    else:
        rows = list(spreadsheets.read(io.BytesIO(content), filename="x.xlsx", known_headers={"内容", "时间"}))
        assert [row.text("内容") for row in rows] == ["=1+1", "记录members.viewed"]
    event = Event.objects.get(verb="accounts.trail_exported")
    assert (event.purpose, event.data) == ("第四季度审计存档", {"rows": 2, "form": form, "seal": 7})
    assert "查看档案和完整号码" in event.summary


def test_more_than_fits_or_nothing_does_not_go_out(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = reverse("accounts:events_export")
    note("members.viewed")
    note("members.viewed")
    monkeypatch.setattr(trail_export, "MOST_ROWS", 1)
    assert "一次最多导出1条" in auditor.post(address, {"purpose": "季度审计", "form": "csv"}).content.decode()
    nothing = auditor.post(f"{address}?q=没有这样的", {"purpose": "季度审计", "form": "csv"})
    assert "没有符合条件的记录" in nothing.content.decode()
    assert not Event.objects.filter(verb="accounts.trail_exported").exists()


def test_nobody_else_reads_or_takes_it_out(client: Client, top: Organization) -> None:
    event = note("members.viewed")
    for role in ("system_admin", "security_admin", "party_office"):
        client.force_login(make.grant(top, role).user)
        assert client.get(reverse("accounts:event", args=[event.pk])).status_code == 403
        posted = client.post(reverse("accounts:events_export"), {"purpose": "季度审计", "form": "csv"})
        assert posted.status_code == 403
    assert not Event.objects.filter(verb="accounts.trail_exported").exists()


def test_the_page_names_the_last_seal(auditor: Client) -> None:
    TrailSeal.objects.create(number=7, through=1, rows=1, key="k1", digest="ab" * 32)
    page = auditor.get(reverse("accounts:events")).content.decode()
    assert "第7号" in page
    assert f'data-copy="7:{"ab" * 32}"' in page
