"""Whether every template can be read: no line longer than 120 characters, no file longer than 120 lines.

    python -m tools.templates

The formatter breaks elements over lines and leaves a tag as long as it is, so this looks at what remains. A longer
template is split into parts with names that say what they are.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "plugins")
WIDTH, LENGTH = 120, 120


def main() -> int:
    """Name what is found, one a line."""
    found = [problem for path in files() for problem in problems(str(path.relative_to(ROOT)), path.read_text("utf-8"))]
    print("\n".join(found) if found else f"Templates have lines of at most {WIDTH} characters and at most {LENGTH} of them.")
    return 1 if found else 0


def files() -> list[Path]:
    """The templates of the product and its plugins."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.html"))


def problems(path: str, text: str) -> list[str]:
    """What is wrong with a template, each with its place."""
    lines = text.splitlines()
    found = [f"{path}:{number}: {len(line)} characters" for number, line in enumerate(lines, 1) if len(line) > WIDTH]
    return [*found, f"{path}: {len(lines)} lines"] if len(lines) > LENGTH else found


if __name__ == "__main__":
    sys.exit(main())
