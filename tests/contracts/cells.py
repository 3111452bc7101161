"""Cells of tables that phones show as cards: label and value stand at the two ends of a line, so the value is one thing."""

from html.parser import HTMLParser

VOID = frozenset({"br", "img", "input", "hr", "wbr"})


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cards: int | None = None
        self.cell: int | None = None
        self.label, self.parts = "", 0
        self.crowded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        self._count()
        if tag == "table" and "cards" in classes:
            self.cards = len(self.open)
        is_cell = tag == "td" or (tag == "th" and "thead" not in self.open)
        if self.cards is not None and is_cell and "cell-actions" not in classes:
            self.cell, self.label, self.parts = len(self.open), given.get("data-label", ""), 0
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass
        if self.cell is not None and len(self.open) <= self.cell:
            if self.parts > 1:
                self.crowded.append(f"{self.label or tag}: {self.parts} parts")
            self.cell = None
        if self.cards is not None and len(self.open) <= self.cards:
            self.cards = None

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._count()

    def _count(self) -> None:
        """One more part, if it stands right in the cell."""
        if self.cell is not None and len(self.open) == self.cell + 1:
            self.parts += 1


def crowded(html: str) -> list[str]:
    """The cells of cards that hold several things beside each other, each by its label."""
    reader = _Cells()
    reader.feed(html)
    return reader.crowded
