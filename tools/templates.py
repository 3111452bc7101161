"""Whether every template can be read: no line longer than 120 characters, no file longer than 200 lines.

    python -m tools.templates

The formatter breaks elements over lines and leaves a tag as long as it is, so this looks at what remains. A template of more than
about 120 lines is better split into parts with names that say what they are.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "plugins")
WIDTH, LENGTH = 120, 200

_WAITING = "written before this was asked for; leave it out here when it has been put into shape"
WIDE = {
    f"src/dangjian/{path}": _WAITING
    for path in (
        "accounts/templates/accounts/administrators.html",
        "accounts/templates/accounts/tokens.html",
        "activities/meetings/templates/meetings/_tab_overview.html",
        "activities/meetings/templates/meetings/_tab_people.html",
        "activities/meetings/templates/meetings/detail.html",
        "activities/meetings/templates/meetings/mine.html",
        "activities/meetings/templates/meetings/mine_answer.html",
        "activities/meetings/templates/meetings/mine_card.html",
        "activities/meetings/templates/meetings/mine_decision.html",
        "activities/meetings/templates/meetings/mine_meeting.html",
        "activities/meetings/templates/meetings/mine_panel.html",
        "activities/meetings/templates/meetings/mine_past.html",
        "engines/duties/templates/duties/_card.html",
        "engines/duties/templates/duties/_lines.html",
        "engines/duties/templates/duties/_row.html",
    )
}
"""Templates that may have longer lines, each with the reason."""

LONG: dict[str, str] = {}
"""Templates that may have more lines, each with the reason: a table that would not be clearer in parts."""


def main() -> int:
    """Name what is found, one a line."""
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files()}
    found = [problem for path, text in texts.items() for problem in problems(path, text)]
    found += [f"{path}: is named in tools/templates.py and need not be" for path in unneeded(texts)]
    print("\n".join(found) if found else f"Templates have lines of at most {WIDTH} characters and at most {LENGTH} of them.")
    return 1 if found else 0


def files() -> list[Path]:
    """The templates of the product and its plugins."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.html"))


def problems(path: str, text: str) -> list[str]:
    """What is wrong with a template, each with its place."""
    wide = [] if path in WIDE else _wide(text)
    found = [f"{path}:{number}: {length} characters" for number, length in wide]
    if path not in LONG and _lines(text) > LENGTH:
        found.append(f"{path}: {_lines(text)} lines")
    return found


def unneeded(texts: dict[str, str]) -> list[str]:
    """What is excepted and would pass, or is no longer there."""
    named = [path for path in WIDE if not _wide(texts.get(path, ""))]
    return named + [path for path in LONG if _lines(texts.get(path, "")) <= LENGTH]


def _wide(text: str) -> list[tuple[int, int]]:
    return [(number, len(line)) for number, line in enumerate(text.splitlines(), 1) if len(line) > WIDTH]


def _lines(text: str) -> int:
    return len(text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
