"""The engine needs none of the apps that bring procedures."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROJECT, WAY = "plugins/model-posts/tests/test_project.py", "test_from_the_application_to_the_acceptance"


def test_the_plugins_procedure_runs_without_the_development_of_members(tmp_path: Path) -> None:
    """In a process of its own, as which apps there are is settled when it starts."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    kept = {name: value for name, value in inherited.items() if name not in {"DATA_DIR", "DATABASE_URL"}}
    told = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--ds=tests.without_development",
            "--create-db",
            f"{PROJECT}::{WAY}",
        ],
        cwd=ROOT,
        env={**kept, "TEST_DATABASE": "sqlite", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-2000:]
    assert " passed" in told.stdout
