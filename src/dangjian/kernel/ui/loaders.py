"""Templates are read as they are written and sent without what only makes them readable.

Line breaks and the blanks that indent are left out beside elements that stand on lines of their own, where a browser draws
nothing for them, and in Chinese text, which has no blanks: between its characters, beside its full stops and commas, and where a
part of it is said under a condition. Everywhere else, inside a tag, between words, and beside links, spans and other parts of a
line, they are one blank.
"""

import re

from django.template import Origin
from django.template.loaders.app_directories import Loader

_BLOCKS = (
    "article|aside|body|br|caption|col|colgroup|datalist|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "head|header|hr|html|legend|li|link|main|meta|nav|ol|option|p|section|select|summary|table|tbody|td|tfoot|th|thead|title|tr|ul"
)
_KEPT = re.compile(r"(<(textarea|pre|script|style)\b.*?</\2>|\{% comment .*?\{% endcomment %\})", re.DOTALL)
"""What is sent as it stands."""

_IN_TAG = re.compile(r"<[a-z/!](?:\{%.*?%\}|\{\{.*?\}\}|\"[^\"]*\"|'[^']*'|[^<>\"'])*>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"\s*\n\s*")
_BEFORE = re.compile(rf"\s*\n\s*(?=</?(?:{_BLOCKS})\b)", re.IGNORECASE)
_AFTER = re.compile(rf"(</?(?:{_BLOCKS})\b(?:\{{%.*?%\}}|\{{\{{.*?\}}\}}|\"[^\"]*\"|'[^']*'|[^<>\"'])*>)\s*\n\s*", re.IGNORECASE)
_HAN = "[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef“”—…]"
_STOP = "[，。、：；？！（）《》]"
_BRANCH = r"\{% (?:if|elif|else|endif|for|empty|endfor|with|endwith)\b(?:(?!%\}).)*%\}"
_IN_CHINESE = re.compile(
    rf"({_STOP})\s*\n\s*|\s*\n\s*(?={_STOP})|({_HAN}|{_BRANCH})\s*\n\s*(?={_HAN})|({_HAN})\s*\n\s*(?={_BRANCH})"
)


def compact(text: str) -> str:
    r"""A template without the line breaks and blanks that nobody sees.

    >>> compact('<ul>\n  <li\n    class="a"\n  >\n    eins <b>zwei</b>\n    drei\n  </li>\n</ul>')
    '<ul><li class="a">eins <b>zwei</b> drei</li></ul>'
    """
    parts = _KEPT.split(text)
    # The pattern has two groups: text, what is kept, its name, text, …
    sent = "".join(_compact(part) if place % 3 == 0 else part for place, part in enumerate(parts) if place % 3 != 2)
    return sent.strip()


def _compact(text: str) -> str:
    text = _IN_TAG.sub(lambda tag: _BREAK.sub(" ", tag.group()[:-1]).rstrip() + ">", text)
    text = _IN_CHINESE.sub(r"\1\2\3", text)
    return _BREAK.sub(" ", _AFTER.sub(r"\1", _BEFORE.sub("", text)))


class CompactLoader(Loader):
    """Templates of the apps, ``compact``."""

    def get_contents(self, origin: Origin) -> str:
        """The template's text."""
        text: str = super().get_contents(origin)
        return compact(text) if str(origin.name).endswith(".html") else text
