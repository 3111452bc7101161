"""The tool that asks for templates that can be read finds what is too wide or too long."""

from tools import templates


def test_templates_can_be_read() -> None:
    assert templates.main() == 0


def test_a_long_line_is_named_with_its_place() -> None:
    assert templates.problems("src/a.html", f"<p>\n  {'字' * 118}\n  {'字' * 119}\n</p>\n") == ["src/a.html:3: 121 characters"]


def test_a_long_template_is_named() -> None:
    assert templates.problems("src/a.html", "<p></p>\n" * 200) == []
    assert templates.problems("src/a.html", "<p></p>\n" * 201) == ["src/a.html: 201 lines"]
