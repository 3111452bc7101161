"""The tool that asks for templates that can be read finds what is too wide or too long."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import templates


def test_templates_can_be_read() -> None:
    assert templates.main() == 0


def test_a_long_line_is_named_with_its_place() -> None:
    assert templates.problems("src/a.html", f"<p>\n  {'字' * 118}\n  {'字' * 119}\n</p>\n") == ["src/a.html:3: 121 characters"]


def test_a_long_template_is_named() -> None:
    assert templates.problems("src/a.html", "<p></p>\n" * 120) == []
    assert templates.problems("src/a.html", "<p></p>\n" * 121) == ["src/a.html: 121 lines"]


@pytest.mark.parametrize(
    ("form", "is_taken"),
    [
        ('<form method="post">\n{{ form }}</form>', False),
        ('<form\n  method="post"\n>\n{{ step.form }}</form>', False),
        ('<form method="post">{% field form.note %}</form>', False),
        ('<form method="post"><input name="reason" required></form>', False),
        ('<form method="post" novalidate>{{ form }}</form>', True),
        ('<form method="post"><input type="hidden" name="step"><button>办理</button></form>', True),
        ('<form method="get"><input name="q" required></form>', True),
    ],
)
def test_what_is_wrong_in_a_form_is_said_by_the_server(form: str, is_taken: bool) -> None:
    """Not by the browser, one field at a time in a bubble of its own."""
    assert templates.problems("src/a.html", f"<p></p>\n{form}\n") == (
        [] if is_taken else ["src/a.html:2: a form that sends fields is novalidate"]
    )


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("{% if a %}\n  <p>{{ a }}</p>\n{% endif %}\n", True),
        ("{% if a %}\n  <div>\n{% endif %}\n<p>x</p>\n{% if a %}\n  </div>\n{% endif %}\n", False),
        ('{% if a %}\n  <div class="a">\n{% else %}\n  <div>\n{% endif %}\n<p>x</p>\n</div>\n', False),
        ("<ul>\n  {% for x in a %}\n    <li>\n  {% endfor %}\n  </li>\n</ul>\n", False),
    ],
)
def test_a_tag_that_opens_in_one_condition_and_closes_in_another_is_not_taken(tmp_path: Path, text: str, is_taken: bool) -> None:
    """By the formatter that ``make check`` asks."""
    page = tmp_path / "page.html"
    page.write_text(text, encoding="utf-8")
    formatter = Path(sys.executable).with_name("djangofmt")
    asked = subprocess.run([formatter, "--quiet", "--check", page], cwd=templates.ROOT, check=False)
    assert (asked.returncode == 0) is is_taken
