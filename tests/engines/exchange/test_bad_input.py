"""Wrong files are refused in plain Chinese, and leave nothing behind."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from xlsxwriter import Workbook

from dangjian.engines.exchange.actions import uploading
from dangjian.engines.exchange.models import ImportBatch
from dangjian.kernel.spreadsheets import Limits
from dangjian.members.models import Member
from dangjian.org.unscoped import unscoped
from tests.days import in_days
from tests.importing import Enterprise
from tests.members.sheets.people import HEADERS, person, sheet

BRANCH = "机电党支部"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def _zip(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_x", ".x").replace("_b", ".b"), content)
    return file.getvalue()


def _bomb() -> bytes:
    file = io.BytesIO(sheet([person(1, BRANCH)]).getvalue())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/media/x.bin", "w") as part:
        for _ in range(40):
            part.write(bytes(1_000_000))
    return file.getvalue()


def _empty_workbook() -> bytes:
    file = io.BytesIO()
    with Workbook(file) as book:
        book.add_worksheet()
    return file.getvalue()


GOOD = sheet([person(1, BRANCH)]).getvalue()
WRONG = {
    "not a spreadsheet": (b"%PDF-1.7 ...", "其实是PDF文件"),
    "a text of another kind": ("项目,金额\n水费,3\n".encode(), "没有找到表头"),
    "a text that is cut off": ("姓名,公民身份号码,所在党支部\n甲,1,".encode()[:-5] + b"\xff\xff", "读不出来"),
    "nothing at all": (b"", "是空的"),
    "an empty workbook": (_empty_workbook(), "没有内容"),
    "with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "设置了打开密码"),
    "with a macro": (_zip(xl__workbook_xml=b"<x/>", xl__vbaProject_bin=b"x"), "带有宏程序"),
    "a bomb": (_bomb(), "展开后过大"),
    "cut off": (GOOD[: len(GOOD) // 2], "不完整"),
    "of another kind": (sheet([{"项目": "水费", "金额": 3}], ("项目", "金额")).getvalue(), "没有找到表头"),
    "a header alone": (sheet([]).getvalue(), "表头下面没有内容"),
    "one column twice": (sheet([person(1, BRANCH)], (*HEADERS, "手机")).getvalue(), "都是手机号码"),
}


def _client(enterprise: Enterprise) -> Client:
    client = Client()
    client.force_login(enterprise.office, backend="dangjian.accounts.backends.AccountBackend")
    return client


def _post(enterprise: Enterprise, content: bytes | None, name: str = "名册.xlsx") -> str:
    data = {
        "organization": enterprise.committee.pk,
        "entry_kind": "opening",
        "effective_on": "2026-11-01",
        "existing": "update",
    }
    if content is not None:
        data["file"] = SimpleUploadedFile(name, content)  # type: ignore[assignment]  # texts and one file
    answer = _client(enterprise).post(reverse("exchange:upload") + "?sheet=roster", data)
    assert answer.status_code == 422, answer
    return answer.content.decode()


def _nothing_left() -> None:
    with unscoped("test world"):
        assert not ImportBatch.objects.exists()
        assert not Member.objects.exists()
    folder = Path(settings.MEDIA_ROOT) / "imports"
    assert not folder.exists() or [each for each in folder.iterdir() if each.suffix == ""] == []


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_a_wrong_file_is_refused_in_words(enterprise: Enterprise, kind: str) -> None:
    content, words = WRONG[kind]
    assert words in _post(enterprise, content)
    _nothing_left()


def test_no_file_at_all(enterprise: Enterprise) -> None:
    assert "请选择名册文件" in _post(enterprise, None)
    _nothing_left()


def test_too_many_rows(enterprise: Enterprise, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "LIMITS", Limits(rows=5))
    content = sheet([person(place, BRANCH) for place in range(1, 9)]).getvalue()
    assert "超过了5行" in _post(enterprise, content)
    _nothing_left()


def test_a_day_to_come_is_refused(enterprise: Enterprise) -> None:
    data = {
        "file": SimpleUploadedFile("名册.xlsx", GOOD),
        "organization": enterprise.committee.pk,
        "entry_kind": "opening",
        "effective_on": in_days(1),
        "existing": "update",
    }
    answer = _client(enterprise).post(reverse("exchange:upload") + "?sheet=roster", data)
    assert answer.status_code == 422
    assert "不能晚于今天" in answer.content.decode()
    _nothing_left()


def test_rows_of_blanks_and_formulas_without_result_are_told_apart(enterprise: Enterprise) -> None:
    rows = [person(1, BRANCH), dict.fromkeys(HEADERS, "  "), person(2, BRANCH, 学历="=1/0")]
    batch = enterprise.upload(rows)
    assert enterprise.outcomes(batch) == ["new", "problem"]
    assert "公式" in enterprise.problems(batch)["I4"]
