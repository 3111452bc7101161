"""The tables on paper say what they say on the page."""

import io
import subprocess
from pathlib import Path

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from dangjian.accounts.models import Event
from dangjian.engines.annual import installed
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-12-31")]


def test_all_tables_are_printed_with_their_figures(tmp_path: Path) -> None:
    branch = make.branch(make.committee(), name="虚构党支部")
    for _ in range(3):
        make.member(branch)
    client = Client()
    client.force_login(make.post(branch).user, backend="dangjian.accounts.backends.AccountBackend")
    answer = client.get(reverse("annual:printed"))
    assert answer["Content-Type"] == "application/pdf"
    file = tmp_path / "tables.pdf"
    file.write_bytes(answer.content)
    text = subprocess.run(["pdftotext", "-layout", str(file), "-"], check=True, capture_output=True, text=True).stdout
    pages = text.split("\f")
    assert len(pages) > len(installed.tables())
    first = next(page for page in pages if "表2" in page)
    assert "填报单位：虚构党支部" in first
    assert next(line for line in first.splitlines() if "合计" in line or "总计" in line).split()[1] == "3"
    assert all(any(f"表{code}" in page for page in pages) for code in installed.tables())
    assert Event.objects.filter(verb="annual.exported", summary__contains="打印党内统计表").exists()


def test_the_workbook_has_every_table_in_its_fixed_form() -> None:
    branch = make.branch(make.committee(), name="虚构党支部")
    make.member(branch)
    client = Client()
    client.force_login(make.post(branch).user, backend="dangjian.accounts.backends.AccountBackend")
    answer = client.get(reverse("annual:book"))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert book.sheetnames == [f"表{code}" for code in installed.tables()]
    rows = list(book["表4"].iter_rows(values_only=True))
    assert rows[0][0] == "表4　党员学历情况"
    assert [cell for cell in rows[1] if cell] == ["填报单位：虚构党支部", "报告期：2026年1月1日至2026年12月31日", "计量单位：名"]
    assert rows[2][3] == "学历分组"
    assert rows[5][:3] == ("合计", 1, 1)
    text = "".join(str(cell) for row in rows for cell in row if cell)
    assert "核对" in text
    assert "报出日期：2026年12月31日" in text
