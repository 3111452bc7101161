"""A form of a page as a browser reads it: the names and values that it would send."""

from html.parser import HTMLParser
from typing import Any


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.select = self.area = ""
        self.chosen: list[str] = []
        self.first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self.select, self.chosen, self.first = name, [], None
        elif tag == "option" and self.select:
            value = given.get("value", "")
            self.first = value if self.first is None else self.first
            self.chosen += [value] if "selected" in given else []
        elif tag == "textarea":
            self.area = name
            self._add(name, "")
        elif tag == "input" and given.get("type") not in {"file", "submit", "button"}:
            ticks = given.get("type") in {"checkbox", "radio"}
            if not ticks or "checked" in given:
                self._add(name, given.get("value", "on" if ticks else ""))

    def handle_data(self, data: str) -> None:
        if self.area and self.forms:
            self.forms[-1][self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # The first line break belongs to the markup.
            self.forms[-1][self.area][-1] = self.forms[-1][self.area][-1].removeprefix("\r\n").removeprefix("\n")
            self.area = ""
        elif tag == "select":
            chosen = self.chosen or ([self.first] if self.first is not None else [])
            for value in chosen:
                self._add(self.select, value)
            self.select = ""

    def _add(self, name: str, value: str) -> None:
        if name and self.forms:
            self.forms[-1].setdefault(name, []).append(value)


def forms_of(html: str) -> list[dict[str, Any]]:
    """The fields of each form on the page."""
    reader = _Forms()
    reader.feed(html)
    return list(reader.forms)


def form_with(html: str, *fields: str) -> dict[str, Any]:
    """The fields of the first form on the page that has all ``fields``; empty if there is none."""
    return next((form for form in forms_of(html) if all(field in form for field in fields)), {})
