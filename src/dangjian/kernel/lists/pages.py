"""A list with an address of its own: its page, wide and narrow, and its spreadsheet of all rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from dangjian.kernel import clock, spreadsheets
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists.asking import Asked, Text, text_of
from dangjian.kernel.lists.buttons import Empty, Start
from dangjian.kernel.lists.listing import Listing, Row, batches

AT_ONCE = 500
"""Rows read at once for a spreadsheet."""


@dataclass(frozen=True, kw_only=True)
class ListPage(Listing[Row]):
    """A list as a page; its spreadsheet's address has the name of the page's with ``_sheet``.

    :param of: finds what the list belongs to, as ``Asked.of``, and raises unless the reader may open the list: the page's ``on``.
    :param instead: what stands in the place of filters and rows while there can be no list at all; ``None`` once there can.
    :param beside: template in front of the buttons above the list, ``above`` one between head and filters, ``before`` one between
        filters and rows, ``below`` one behind the list; ``more`` returns their variables.
    :param posted: answers a form of those templates that is sent to the list's address, by ``shown_to`` where it is not right.
    :param crumbs: title and address name of the pages above, from the start page on; a function returns titles and addresses.
    :param is_narrow: whether it stands in a column as wide as text, as pages do that are read on the phone first.
    :param has_sheet: whether the rows may leave as a spreadsheet; ``exported`` is told of each that does, to put it on the trail.
    """

    permission: str
    instead: Callable[[Asked], Empty | None] = field(default=lambda _asked: None)
    of: Callable[..., object] | None = None
    frame: str = "frame.html"
    crumbs: tuple[tuple[str, str], ...] | Callable[[Asked], list[tuple[str, str]]] = ()
    crumb: str = ""
    intro: Text = ""
    starts: tuple[Start, ...] = ()
    beside: str = ""
    above: str = ""
    before: str = ""
    below: str = ""
    posted: Callable[[Asked], HttpResponse] | None = None
    more: Callable[[Asked], dict[str, object]] = field(default=lambda _asked: {})
    is_narrow: bool = False
    has_sheet: bool = True
    exported: Callable[[Asked], None] | None = None

    def paths(self, route: str) -> list[URLPattern]:
        """Addresses of the page and of its spreadsheet, for ``urlpatterns``."""
        name = self.name.rpartition(":")[2]
        methods = ("GET", "POST") if self.posted else ("GET",)
        sheet = path(f"{route}table.xlsx", requires(self.permission, on=self.of)(self.answer_sheet), name=f"{name}_sheet")
        shown = path(route, requires(self.permission, on=self.of, methods=methods)(self.answer), name=name)
        return [shown, *([sheet] if self.has_sheet else [])]

    def path_of(self, asked: Asked) -> str:
        """Its own address, whichever page shows it."""
        return reverse(self.name, kwargs=asked.names)

    def asked(self, request: Request, found: object = None) -> Asked:
        """The list as ``request`` asks for it, of what ``of`` found."""
        return Asked(request, self, found, request.resolver_match.kwargs if request.resolver_match else {})

    def answer(self, request: Request, found: object = None) -> HttpResponse:
        """The page, or what a form on it is answered."""
        asked = self.asked(request, found)
        return self.posted(asked) if self.posted and request.method == "POST" else self.shown_to(asked)

    def shown_to(self, asked: Asked, *, status: int = 200, **more: object) -> HttpResponse:
        """The page; ``more`` are variables that go before those of the declaration's ``more``."""
        instead = self.instead(asked)
        rows = (
            {"list": self, "asked": asked, "has_list": False, "nothing": instead.stated(asked)}
            if instead
            else self.shown_rows(asked)
        )
        context = {
            **rows,
            "frame": self.frame,
            "title": asked.title,
            "crumb": self.crumb or asked.title,
            "crumbs": self._crumbs(asked),
            "intro": text_of(self.intro, asked),
            "starts": [one.shown(asked) for one in self.starts if one.may(asked)],
            "sheet_url": reverse(f"{self.name}_sheet", kwargs=asked.names) if self.has_sheet and rows.get("lines") else "",
        }
        return render(asked.request, "ui/lists/page.html", {**context, **self.more(asked), **more}, status=status)

    def answer_sheet(self, request: Request, found: object = None) -> FileResponse:
        """All rows asked for as a spreadsheet, in the order of the page."""
        asked = self.asked(request, found)
        if self.instead(asked):
            raise NotFound
        if self.exported:
            self.exported(asked)
        columns = [one for one in self.all_columns if one.in_sheet]
        head = [spreadsheets.Column(one.header or one.title, kind=one.kind.sheet, width=one.width or 16) for one in columns]
        title, notes = asked.title, (f"{clock.now():%Y年%m月%d日 %H:%M}导出。",)
        lines = (tuple(one.plain(row) for one in columns) for row in self._all(asked))
        file = spreadsheets.write(head, lines, title=title, notes=notes)
        return FileResponse(file, as_attachment=True, filename=f"{title}{clock.today():%Y%m%d}.xlsx")

    def _all(self, asked: Asked) -> Iterator[Row]:
        """Every row asked for, with what ``load`` adds."""
        for rows in batches(asked.ordered, AT_ONCE):
            yield from self.loaded(rows, asked)

    def _crumbs(self, asked: Asked) -> list[tuple[str, str]]:
        if callable(self.crumbs):
            return self.crumbs(asked)
        return [(title, reverse(name)) for title, name in self.crumbs]
