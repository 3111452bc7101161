"""What of a template is not sent, and what must be."""

import pytest

from dangjian.kernel.ui.loaders import compact


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<ul>\n  <li>\n    一\n  </li>\n</ul>", "<ul><li>一</li></ul>"),
        (
            '{% if a %}\n  <td\n    class="num"\n    data-label="{{ a }}"\n  >1</td>\n{% endif %}',
            '{% if a %}<td class="num" data-label="{{ a }}">1</td>{% endif %}',
        ),
        (
            '<p>\n  <a href="{% url "org:list" %}">一</a>\n  <b>二</b>\n</p>',
            '<p><a href="{% url "org:list" %}">一</a> <b>二</b></p>',
        ),
        ("<textarea>\n  一\n  二</textarea>\n<p>", "<textarea>\n  一\n  二</textarea><p>"),
        ("<script>\n  a < b;\n</script>\n<div>", "<script>\n  a < b;\n</script><div>"),
        ("{% comment %}<p>\n</p>{% endcomment %}\n<p>", "{% comment %}<p>\n</p>{% endcomment %}<p>"),
        ("一\n{{ b }}\n", "一 {{ b }}"),
        ("一，\n二\n", "一，二"),
        ("一，\n<a>二</a>\n{{ b }}\n。", "一，<a>二</a> {{ b }}。"),
        ("{% if a < b %}\n  一\n{% else %}\n  二\n{% endif %}", "{% if a < b %}一{% else %}二{% endif %}"),
        ("{% if a %}\n  {{ b }}\n{% endif %}", "{% if a %} {{ b }} {% endif %}"),
        ('<p\n  class="{% if a > 1 %}b{% endif %}"\n>', '<p class="{% if a > 1 %}b{% endif %}">'),
    ],
    ids=[
        "blocks",
        "tags over lines",
        "a space between parts of a line",
        "typed text",
        "a script",
        "a comment",
        "a value",
        "Chinese text",
        "a comma before a link",
        "Chinese text under a condition",
        "a value under a condition",
        "greater than in a tag",
    ],
)
def test_only_what_nobody_sees_is_left_out(written: str, sent: str) -> None:
    assert compact(written) == sent


def test_nothing_is_left_out_twice() -> None:
    once = compact('<ul>\n  <li>\n    <a\n      href="#"\n    >一</a>\n    二\n  </li>\n</ul>')
    assert compact(once) == once
