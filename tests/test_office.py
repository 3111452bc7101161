"""Every Word document that the product makes opens in an office program and holds its text: one conversion for all of them."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dangjian.activities.development.documents.forms import FORMS
from dangjian.engines.procedures.documents.build import FOLDER
from dangjian.kernel.documents import render_docx
from tests.activities.development.test_papers import known, rendered

SOFFICE = shutil.which("soffice")
RARE = "古丽·𠮷䶮㛃"
LONG = "买买提江·阿不都热合曼·努尔买买提·托合提" * 2
TYPED = "甲<乙>丙&丁{{ 戊 }}"
EVERYTHING = f"{RARE}{LONG}{TYPED}"


def _listed() -> Mapping[str, Any]:
    line = {"number": 1, "title": EVERYTHING, "step": RARE, "day": "", "who": LONG, "pages": "", "stand": "缺"}
    return {"title": "材料目录", "name": EVERYTHING, "organization": LONG, "today": "", "gaps": 1, "lines": [line] * 40}


@pytest.mark.skipif(
    SOFFICE is None and not os.environ.get("CI"), reason="LibreOffice is not installed: apt-get install libreoffice-writer-nogui"
)
def test_every_document_opens_in_an_office_program_and_holds_its_text(tmp_path: Path) -> None:
    documents = {form.code: rendered(form, known(form, EVERYTHING)) for form in FORMS}
    documents["dossier"] = render_docx(FOLDER / "dossier.docx", _listed(), title=RARE, author=LONG)
    for name, content in documents.items():
        (tmp_path / f"{name}.docx").write_bytes(content)
    _convert(tmp_path)
    for name in documents:
        said = "".join((tmp_path / f"{name}.txt").read_text("utf-8-sig").split())
        for text in (RARE, LONG, TYPED.replace(" ", "")):
            assert text in said, f"{name}: {text}"


def _convert(folder: Path) -> None:
    """All documents in ``folder`` become text, with settings that nobody else uses."""
    assert SOFFICE, "the tests need LibreOffice: .ci/packages installs it"
    command = [
        SOFFICE,
        f"-env:UserInstallation={(folder / 'settings').as_uri()}",
        "--headless",
        "--convert-to",
        "txt:Text (encoded):UTF8",
        "--outdir",
        str(folder),
        *(str(file) for file in sorted(folder.glob("*.docx"))),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
