"""The pages of importing, as a person uses them."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import User
from dangjian.engines.exchange import actions
from dangjian.engines.exchange import sheets as product_sheets
from dangjian.engines.exchange.layout import known_headers, template_columns
from dangjian.engines.exchange.models import ImportBatch, State
from dangjian.kernel import spreadsheets
from dangjian.kernel.errors import Invalid
from dangjian.kernel.registry import offers
from dangjian.members.models import Member
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org import roles
from dangjian.org.gate import admitted
from dangjian.org.sheet_offers import Sheet
from dangjian.org.sheets.tree.sheet import TREE
from dangjian.org.unscoped import unscoped
from tests import make
from tests.importing import Enterprise
from tests.members.sheets.people import person, resident_id, sheet

BRANCH = "机电党支部"


def _client(who: User) -> Client:
    client = Client()
    client.force_login(who, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _upload(enterprise: Enterprise, client: Client, rows: list[dict[str, object]]) -> ImportBatch:
    data = {
        "file": SimpleUploadedFile("名册.xlsx", sheet(rows).getvalue()),
        "organization": enterprise.committee.pk,
        "entry_kind": "opening",
        "effective_on": "2026-11-01",
        "existing": "update",
    }
    assert client.post(reverse("exchange:upload") + "?sheet=roster", data).status_code == 302
    with unscoped("test world"):
        batch: ImportBatch = ImportBatch.objects.get()
    return batch


@pytest.mark.django_db(transaction=True)
def test_upload_put_right_enter_and_undo(enterprise: Enterprise) -> None:
    client = _client(enterprise.office)
    batch = _upload(enterprise, client, [person(1, BRANCH), person(2, BRANCH, 民族="汗族")])
    page = reverse("exchange:detail", args=[batch.pk])
    text = client.get(page).content.decode()
    assert "H3" in text
    assert "有 1 行要先改好" in text
    row = reverse("exchange:row", args=[batch.pk, 3])
    assert "是不是“" in client.get(row, headers={"HX-Request": "true"}).content.decode()
    wrong = client.post(row, {"c-ethnicity": "汉足"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    right = client.post(row, {"c-ethnicity": "汉族", "c-completeness": "x"}, headers={"HX-Request": "true"})
    assert right.status_code == 204
    assert "rowChecked" in right["HX-Trigger"]
    assert "检查通过，可以入库" in client.get(page).content.decode()
    assert "虚构1号" in client.get(page + "?show=rows&at=3").content.decode()
    for _ in range(2):
        assert client.post(reverse("exchange:commit", args=[batch.pk])).status_code == 302
    assert "已入库：新增 2 名" in client.get(page).content.decode()
    with unscoped("test world"):
        assert Member.objects.count() == 2
    progress = reverse("exchange:progress", args=[batch.pk])
    assert client.get(progress, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert client.get(progress)["Location"] == reverse("exchange:detail", args=[batch.pk])
    assert client.post(reverse("exchange:undo", args=[batch.pk])).status_code == 302
    assert "已整批撤销" in client.get(page).content.decode()
    with unscoped("test world"):
        assert not Member.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_numbers_are_masked_in_lists(enterprise: Enterprise) -> None:
    client = _client(enterprise.office)
    batch = _upload(enterprise, client, [person(1, BRANCH), person(2, BRANCH, 公民身份号码=resident_id(2)[:17] + "0")])
    for show in ("problems", "rows"):
        text = client.get(reverse("exchange:detail", args=[batch.pk]) + f"?show={show}").content.decode()
        assert resident_id(1) not in text
        assert resident_id(2)[:17] not in text
        assert "990000********" in text


@pytest.mark.django_db(transaction=True)
def test_a_neighbour_sees_nothing_of_it(enterprise: Enterprise) -> None:
    batch = _upload(enterprise, _client(enterprise.office), [person(1, BRANCH)])
    stranger = _client(enterprise.below)
    assert stranger.get(reverse("exchange:detail", args=[batch.pk])).status_code in {403, 404}
    assert stranger.post(reverse("exchange:commit", args=[batch.pk])).status_code in {403, 404}
    assert "名册.xlsx" not in stranger.get(reverse("exchange:imports")).content.decode()
    with unscoped("test world"):
        assert ImportBatch.objects.get().state == State.READY


def test_whoever_may_upload_no_sheet_is_refused_and_one_that_nobody_offers_is_not_there(enterprise: Enterprise) -> None:
    leader = _client(make.grant(enterprise.one, roles.GROUP_LEADER).user)
    for name in ("exchange:imports", "exchange:upload", "exchange:template"):
        assert leader.get(reverse(name)).status_code == 403
    office = _client(enterprise.office)
    assert office.get(reverse("exchange:upload") + "?sheet=roster").status_code == 200
    assert office.get(reverse("exchange:upload") + "?sheet=nothing").status_code == 404


def test_the_template_comes_as_a_sheet(enterprise: Enterprise) -> None:
    answer = _client(enterprise.office).get(reverse("exchange:template") + "?sheet=roster")
    assert "attachment" in answer["Content-Disposition"]
    content = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]  # a file
    [row] = spreadsheets.read(content, filename="模板.xlsx", known_headers=known_headers(ROSTER).keys())
    assert row.text("姓名").startswith("示例")


def test_whoever_may_upload_any_sheet_finds_the_page_and_what_waits(enterprise: Enterprise) -> None:
    secretary = make.grant(enterprise.one, roles.SECRETARY)
    with unscoped("test world"):
        ImportBatch.objects.create(
            organization=enterprise.one, uploaded_by=secretary.user, file_name="基数表.xlsx", sheet_code="dues_bases",
            state=State.READY,
        )  # fmt: skip
    assert not make.actor(secretary.user).may("members.import")
    address = f'href="{reverse("exchange:imports")}"'
    assert address in _client(secretary.user).get("/").content.decode()
    assert "基数表.xlsx" in _client(secretary.user).get(reverse("duties:mine")).content.decode()
    leader = make.grant(enterprise.one, roles.GROUP_LEADER).user
    assert address not in _client(leader).get("/").content.decode()


def _filled(sheet: Sheet) -> io.BytesIO:
    """A file of this kind whose worksheet has a name that says nothing."""
    columns = template_columns(sheet)
    row = [column.example or "虚构" for column in columns]
    return spreadsheets.write([spreadsheets.Column(one.title) for one in columns], [row], title="Sheet1")


@pytest.mark.parametrize("wanted", offers(Sheet), ids=lambda sheet: sheet.code)
def test_a_file_of_another_kind_is_named_with_the_page_that_takes_it(enterprise: Enterprise, wanted: Sheet) -> None:
    actor = make.actor(enterprise.office)
    for other in offers(Sheet):
        if other.code == wanted.code:
            continue
        with admitted(actor, wanted.permission), pytest.raises(Invalid) as refused:
            actions.upload(
                actor=actor, sheet=wanted, organization=enterprise.committee, file=_filled(other), file_name="表.xlsx",
                answers=actions.proposed_answers(wanted, enterprise.committee),
            )  # fmt: skip
        assert refused.value.message == f"“表.xlsx”像是{other.title}，不是{wanted.title}。"
        assert refused.value.elsewhere == (f"上传{other.words.noun}", f"{reverse('exchange:upload')}?sheet={other.code}")
    with unscoped("test world"):
        assert not ImportBatch.objects.exists()
    assert not (Path(settings.MEDIA_ROOT) / "imports").exists()


def test_the_page_leads_to_the_one_that_takes_the_file(enterprise: Enterprise) -> None:
    data = {
        "file": SimpleUploadedFile("<表>.xlsx", _filled(TREE).getvalue()),
        "organization": enterprise.committee.pk,
        "entry_kind": "opening",
        "effective_on": "2026-11-01",
        "existing": "update",
    }
    answer = _client(enterprise.office).post(reverse("exchange:upload") + "?sheet=roster", data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“&lt;表&gt;.xlsx”像是党组织表，不是党员名册。请到“上传党组织表”页面上传。" in page
    assert f'href="{TREE.upload_url}">上传党组织表</a>' in page


def test_whoever_may_not_upload_the_other_kind_is_not_led_there(enterprise: Enterprise) -> None:
    secretary = make.post(enterprise.one).user
    bases = next(sheet for sheet in offers(Sheet) if sheet.code == "dues_bases")
    actor = make.actor(secretary)
    with admitted(actor, bases.permission), pytest.raises(Invalid) as refused:
        actions.upload(
            actor=actor, sheet=bases, organization=enterprise.one, file=_filled(TREE), file_name="表.xlsx",
            answers=actions.proposed_answers(bases, enterprise.one),
        )  # fmt: skip
    assert refused.value.elsewhere is None
    assert "您没有导入党组织表的权限" in refused.value.how


def test_a_book_of_several_other_kinds_is_led_to_the_page_of_workbooks(enterprise: Enterprise) -> None:
    actor = make.actor(enterprise.office)
    officers = next(sheet for sheet in offers(Sheet) if sheet.code == "officers")
    with admitted(actor, ROSTER.permission), pytest.raises(Invalid) as refused:
        actions.upload(
            actor=actor, sheet=ROSTER, organization=enterprise.committee, file=product_sheets.book_template([TREE, officers]),
            file_name="表.xlsx", answers=actions.proposed_answers(ROSTER, enterprise.committee),
        )  # fmt: skip
    assert refused.value.message == "“表.xlsx”像是党组织表、任职表，不是党员名册。"
    assert refused.value.elsewhere == ("上传工作簿", reverse("exchange:workbook_upload"))
