"""Rows of a sheet that are no rows of it: sums, signatures, headings of sections, the header once more."""

import re
from collections.abc import Mapping

from dangjian.engines.exchange.definition import Definition
from dangjian.engines.exchange.layout import known_headers
from dangjian.kernel.spreadsheets import as_text, noise
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.kernel.spreadsheets.headers import tidy
from dangjian.org.sheet_offers import Sheet

_MAYBE = re.compile(r"[计共:：、)）.．第页注明签章表名册=*-]|支部|总支|党委|小组|笔数|以下")
"""What a name has that may be none; most names have nothing of it."""

_NUMBERED = re.compile(r"\d{17}[\dXx]")


class Noise:
    """Tells the rows of ``sheet`` from what else stands in its table."""

    def __init__(self, sheet: Sheet, template: Definition | None = None) -> None:
        self._headers = {tidy(header): code for header, code in known_headers(sheet, template).items()}
        self._titles = frozenset(self._headers)
        self._name = sheet.name_column
        self._of_people = sheet.of_people

    def is_in(self, raw: Mapping[str, Value]) -> bool:
        """Whether a row, what is typed below each column, is none. A row with an identity number always is one."""
        name = as_text(raw.get(self._name))
        if name and len(raw) > 1 and not _MAYBE.search(name) and name.replace(" ", "") not in self._titles:
            return False
        texts = {code: as_text(value) for code, value in raw.items()}
        if any(_NUMBERED.fullmatch(text) for text in texts.values()):
            return False
        repeated = sum(self._headers.get(tidy(text)) == code for code, text in texts.items())
        if repeated and repeated * 2 >= len(texts):
            return True
        told = [name] if name else list(texts.values())
        if any(noise.is_total(text) or noise.is_signature(text) for text in told):
            return True
        return self._of_people and noise.is_heading(texts.values())
