"""Whether every template can be read, and leaves it to the server to say what is wrong in a form.

    python -m tools.templates

No line is longer than 120 characters, no file longer than 120 lines: the formatter breaks elements over lines and leaves a
tag as long as it is, so this looks at what remains. A longer template is split into parts with names that say what they are.

A form that sends fields is ``novalidate``: the browser's own words about an empty field come in a bubble that is soon gone,
one at a time and in the language of the browser. The server's stand in the form, all of them, beside what was typed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "plugins")
WIDTH, LENGTH = 120, 120
FORM = re.compile(r"""<form\b(?P<tag>(?:[^>"]|"[^"]*")*)>(?P<body>.*?)</form>""", re.DOTALL)
FIELD = re.compile(r"""{{\s*[\w.]*form\b|{%\s*(?:field|include)\b|<(?:select|textarea)\b|<input\b(?![^>]*type="hidden")""")


def main() -> int:
    """Name what is found, one a line."""
    found = [problem for path in files() for problem in problems(str(path.relative_to(ROOT)), path.read_text("utf-8"))]
    print("\n".join(found) if found else f"Templates have at most {LENGTH} lines of {WIDTH} characters; forms answer in words.")
    return 1 if found else 0


def files() -> list[Path]:
    """The templates of the product and its plugins."""
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.html"))


def problems(path: str, text: str) -> list[str]:
    """What is wrong with a template, each with its place."""
    lines = text.splitlines()
    found = [f"{path}:{number}: {len(line)} characters" for number, line in enumerate(lines, 1) if len(line) > WIDTH]
    found += [f"{path}:{number}: a form that sends fields is novalidate" for number in checked_by_the_browser(text)]
    return [*found, f"{path}: {len(lines)} lines"] if len(lines) > LENGTH else found


def checked_by_the_browser(text: str) -> Iterator[int]:
    """The lines of the forms that send fields and let the browser refuse them."""
    for form in FORM.finditer(text):
        tag = form["tag"]
        if 'method="post"' in tag and not re.search(r"\snovalidate\b", tag) and FIELD.search(form["body"]):
            yield text.count("\n", 0, form.start()) + 1


if __name__ == "__main__":
    sys.exit(main())
