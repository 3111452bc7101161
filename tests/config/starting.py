"""Starts ``dangjian`` as a program of its own, in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

DANGJIAN = Path(sys.executable).parent / "dangjian"
OWN = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "DANGJIAN_KEY", "DANGJIAN_SECRET_KEY", "DANGJIAN_KEY_FILE", "DATA_DIR"}
PREPARE = ("run", "--prepare-only")


def start(words: tuple[str, ...], **more: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key not in OWN}
    environment |= {"DANGJIAN_DEMO": "", "DANGJIAN_PLUGINS": ""} | more
    return subprocess.Popen([DANGJIAN, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def both_end_well(first: subprocess.Popen[str], second: subprocess.Popen[str]) -> str:
    """What they said."""
    said = [one.communicate(timeout=300)[0] for one in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    assert "Traceback" not in "".join(said)
    return "".join(said)
