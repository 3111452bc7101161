"""The pages of a comparison, as a person uses them."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import User
from dangjian.engines.exchange.models import Difference, ImportBatch, State
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests.engines.exchange.test_comparing import BRANCH, a_system, entered, the_member
from tests.importing import Enterprise
from tests.members.sheets.people import person, resident_id, sheet


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="dangjian.accounts.backends.AccountBackend")
    return client


@pytest.mark.django_db(transaction=True)
def test_upload_decide_say_whom_to_believe_take_export_and_undo(enterprise: Enterprise) -> None:
    entered(enterprise, *(person(place, BRANCH) for place in (1, 2, 3)))
    system = a_system(enterprise)
    client = _client(enterprise.office)
    rows = [
        person(1, BRANCH, 学历="大专"),
        person(2, BRANCH, 公民身份号码=resident_id(22)),
        person(3, BRANCH, 手机号码="19900008888"),
    ]
    file = SimpleUploadedFile("导出.xlsx", sheet(rows).getvalue())
    assert client.post(reverse("exchange:compare", args=[system.pk]), {"file": file}).status_code == 302
    with unscoped("test world"):
        batch = ImportBatch.objects.get(system=system)
    page = reverse("exchange:detail", args=[batch.pk])
    assert "1 行还没有认定" in client.get(page).content.decode()
    deciding = reverse("exchange:decide", args=[batch.pk, 3])
    shown = client.get(deciding).content.decode()
    assert "就是这名党员" in shown
    assert resident_id(2) not in shown
    assert client.post(deciding, {"record": str(the_member("虚构2号").pk)})["Location"] == page
    compared = reverse("exchange:compared", args=[batch.pk])
    assert "大学专科" in client.get(compared).content.decode()
    assert client.post(f"{compared}?column=education", {"all": "theirs"}).status_code == 302
    with unscoped("test world"):
        mobile = Difference.objects.get(batch=batch, column="mobile")
        number = Difference.objects.get(batch=batch, column="resident_id")
    assert client.post(compared, {"ticked": "ours", "difference": [mobile.pk, number.pk]}).status_code == 302
    assert "都已选定，可以采用" in client.get(page).content.decode()
    before = the_member("虚构1号").education
    assert client.post(reverse("exchange:commit", args=[batch.pk])).status_code == 302
    assert the_member("虚构1号").education != before
    assert "2 处" in client.get(reverse("exchange:system", args=[system.pk])).content.decode()
    answer = client.post(reverse("exchange:take_out", args=[system.pk]), {"purpose": "虚构的核对用途"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # a file
    told = [[cell.value for cell in row] for row in book["全部差异"].iter_rows(min_row=2)]
    assert {(row[0], row[3]) for row in told} == {("虚构2号", "公民身份号码"), ("虚构3号", "手机号码")}
    assert client.post(reverse("exchange:undo", args=[batch.pk])).status_code == 302
    assert the_member("虚构1号").education == before
    with unscoped("test world"):
        assert ImportBatch.objects.get(pk=batch.pk).state == State.UNDONE
        assert not Difference.objects.filter(stands=True).exists()
        assert Member.objects.count() == 3
