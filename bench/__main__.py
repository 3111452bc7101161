"""``make bench``: every ``bench_*.py`` beside this file, one after the other, on a PostgreSQL of its own.

    python -m bench               # all of them
    python -m bench import        # bench_import.py alone

Each prints its ratios and ends with a status other than 0 if one misses its aim. ``DATABASE_URL`` names another
server to measure on.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import postgres

HERE = Path(__file__).parent


def main(wanted: list[str]) -> int:
    """Run the named benches, or all; answer 1 if one of them failed."""
    known = {file.stem.removeprefix("bench_"): file for file in sorted(HERE.glob("bench_*.py"))}
    if unknown := [name for name in wanted if name not in known]:
        print(f"There is no bench {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    environment = dict(os.environ)
    if not environment.get("DATABASE_URL"):
        environment["DATABASE_URL"] = postgres.start(**postgres.DURABLE)
    failed = []
    for name in wanted or known:
        print(f"\n── {name} " + "─" * (70 - len(name)), flush=True)
        with tempfile.TemporaryDirectory(prefix="dangjian-bench-") as data:
            command = [sys.executable, "-m", f"bench.{known[name].stem}"]
            if subprocess.run(command, env={"DATA_DIR": data} | environment, cwd=HERE.parent, check=False).returncode:
                failed.append(name)
    print(f"\nMissed: {', '.join(failed)}" if failed else "\nAll aims met.")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
