"""The platform starts and serves on a machine without Pango; only printing is refused, in words."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import django

class NoPango:
    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")

sys.meta_path.insert(0, NoPango())
django.setup()

import dangjian.config.urls
from dangjian.kernel.documents import render_pdf
from dangjian.kernel.errors import Conflict

try:
    render_pdf("<p>会议记录</p>")
except Conflict as refusal:
    print(refusal.message)
"""


def test_everything_but_printing_works(tmp_path: Path) -> None:
    environment = os.environ | {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": "",
        "DANGJIAN_PLUGINS": "",
        "DJANGO_SETTINGS_MODULE": "dangjian.config.settings",
        "PYTHONIOENCODING": "utf-8",
    }
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert ran.stderr == ""
    assert "缺少系统组件 Pango" in ran.stdout
