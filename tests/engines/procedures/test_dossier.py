"""All papers of a case: what is there, what is missing, in one PDF and in one archive."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.urls import reverse
from docx import Document
from pytest_django import DjangoCaptureOnCommitCallbacks

from dangjian.engines.procedures.actions import dossiers
from dangjian.engines.procedures.dossier import contents, gaps, names, write_pdf, write_zip
from dangjian.engines.procedures.jobs import clear_dossiers
from dangjian.engines.procedures.models import CaseStep, Dossier
from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.org import roles
from dangjian.org.making import Making
from dangjian.org.openings import at, register
from tests import make
from tests.activities.meetings.test_papers import docx
from tests.engines.procedures.test_papers import House, coloured, house, signed_in, upload
from tests.kernel.test_pdf import scan

__all__ = ["house"]

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-23")]


def fill(house: House) -> None:
    """A talk with a scan of two pages, a document and a PDF; the letter is missing."""
    house.add(coloured("red"), coloured("blue"))
    house.add(upload(docx(), "补充说明.docx"), upload(scan("white"), "附件.pdf"))
    house.talk()


def made(house: House, form: str) -> bytes:
    out = io.BytesIO()
    with at(house.branch):
        {"pdf": write_pdf, "zip": write_zip}[form](house.case, out)
    return out.getvalue()


def test_the_papers_stand_in_the_order_of_the_procedure_with_those_that_are_missing(house: House) -> None:
    fill(house)
    with at(house.branch):
        lines = contents(house.case)
        assert [(line.number, line.sheet.title, line.who, line.sheet.pages) for line in lines] == [
            (1, "申请书", "本人", 0),
            (2, "谈话记录", house.secretary.name, 3),
        ]
        assert [line.sheet.paper.code for line in gaps(lines)] == ["letter"]
        assert names(lines[1]) == ["02 谈话记录（1）.pdf", "02 谈话记录（2）.docx", "02 谈话记录（3）.pdf"]


def test_one_pdf_with_cover_contents_numbers_and_bookmarks(house: House) -> None:
    fill(house)
    with pikepdf.open(io.BytesIO(made(house, "pdf"))) as book:
        with book.open_outline() as outline:
            marks = [mark.title for mark in outline.root]
        pages = [page.obj.Contents for page in book.pages]
    assert marks == ["2 谈话记录", "2 谈话记录"]
    assert len(pages) == 5  # cover, contents, two photos, one scan


def test_an_archive_of_numbered_files_with_their_list(house: House) -> None:
    fill(house)
    with zipfile.ZipFile(io.BytesIO(made(house, "zip"))) as archive:
        assert archive.testzip() is None
        listed = archive.read("00 材料目录.docx")
        assert archive.namelist() == [
            "00 材料目录.docx",
            "02 谈话记录（1）.pdf",
            "02 谈话记录（2）.docx",
            "02 谈话记录（3）.pdf",
        ]
    table = Document(io.BytesIO(listed)).tables[0]
    assert [(row.cells[1].text, row.cells[6].text) for row in table.rows] == [
        ("材料", "情况"),
        ("申请书", "缺"),
        ("谈话记录", "已有"),
    ]


def test_the_page_names_each_gap_and_leads_to_where_it_is_handed_in(house: House) -> None:
    house.talk()
    address = reverse("procedures:example_dossier", args=[house.case.pk])
    case = reverse("procedures:example_case", args=[house.case.pk])
    page = signed_in(house.secretary).get(address).content.decode()
    assert "还缺 2 份" in page
    assert f'href="{case}#talk"' in page
    assert "由本人上传" in page
    office = make.grant(house.committee, roles.PARTY_OFFICE).user
    assert office
    above = signed_in(office).get(address).content.decode()
    assert f"由{house.branch.short_name}上传" in above, "whose it is, also where somebody else took the step"
    assert "生成PDF" not in page  # nothing is there yet
    assert address in signed_in(house.secretary).get(case).content.decode()


def test_asking_on_the_page_leads_to_the_file(
    house: House, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    fill(house)
    client, address = signed_in(house.secretary), reverse("procedures:example_dossier", args=[house.case.pk])
    for form, begins in (("pdf", b"%PDF"), ("zip", b"PK\x03\x04")):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(reverse("procedures:example_ask_dossier", args=[house.case.pk]), {"form": form})
        assert answer["Location"] == address
        row = register(Dossier).get(form=form)
        assert (row.state, row.share, row.failure) == (Making.READY, 100, "")
        file_address = reverse("procedures:dossier_file", args=[row.pk])
        assert file_address in client.get(address).content.decode()
        file: Any = client.get(file_address)
        assert b"".join(file.streaming_content).startswith(begins)


def test_while_it_is_made_nothing_can_be_downloaded_and_asking_again_makes_no_second(house: House) -> None:
    fill(house)
    actor, client = make.actor(house.secretary), signed_in(house.secretary)
    row = dossiers.ask_for(actor=actor, case=house.case, form="pdf")
    assert dossiers.ask_for(actor=actor, case=house.case, form="pdf") == row
    assert client.get(reverse("procedures:dossier_file", args=[row.pk])).status_code == 409
    progress = client.get(reverse("procedures:dossier_progress", args=[row.pk]), headers={"HX-Request": "true"})
    assert "等待后台处理" in progress.content.decode()


def test_a_file_that_is_gone_is_told_and_leaves_no_dossier(house: House) -> None:
    fill(house)
    row = dossiers.ask_for(actor=make.actor(house.secretary), case=house.case, form="pdf")
    Path(house.kept()[0].file.path).unlink()
    dossiers.compile_dossier(pk=row.pk)
    row = register(Dossier).get()
    assert (row.state, row.file.name) == (Making.FAILED, "")
    assert "文件找不到了" in row.failure


def test_nothing_is_made_of_nothing_nor_of_another_kind(house: House) -> None:
    actor = make.actor(house.secretary)
    with pytest.raises(Conflict, match="还没有上传"):
        dossiers.ask_for(actor=actor, case=house.case, form="zip")
    fill(house)
    with pytest.raises(Invalid):
        dossiers.ask_for(actor=actor, case=house.case, form="exe")
    assert not register(Dossier).exists()


def test_who_may_have_all_papers_in_one_file(house: House) -> None:
    fill(house)
    for who, refusal in ((house.neighbour, NotFound), (make.user(), (NotFound, PermissionDenied))):
        with pytest.raises(refusal):
            dossiers.ask_for(actor=make.actor(who), case=house.case, form="pdf")
    row = dossiers.ask_for(actor=make.actor(house.secretary), case=house.case, form="pdf")
    dossiers.compile_dossier(pk=row.pk)
    for name in ("dossier_file", "dossier_progress"):
        assert signed_in(house.neighbour).get(reverse(f"procedures:{name}", args=[row.pk])).status_code == 404
    address = reverse("procedures:example_dossier", args=[house.case.pk])
    assert signed_in(house.neighbour).get(address).status_code == 404
    assert signed_in(house.person).get(address).status_code == 200


def test_files_are_cleared_away_after_their_time(
    house: House, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    fill(house)
    row = dossiers.ask_for(actor=make.actor(house.secretary), case=house.case, form="zip")
    dossiers.compile_dossier(pk=row.pk)
    path = Path(register(Dossier).get().file.path)
    with clock.at("2026-12-01 09:00"), django_capture_on_commit_callbacks(execute=True):
        clear_dossiers()
    assert not path.exists()
    assert not register(Dossier).exists()
    assert register(CaseStep).exists()
