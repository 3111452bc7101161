"""What all declared statistics keep: page, spreadsheet and API say the same; figures open the rows that they count.

What is counted comes from the ``row`` of its example (``tests/contracts/examples.py``), each with an organisation of its own.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import User
from dangjian.kernel import clock
from dangjian.kernel.lists import NUMBER, YUAN
from dangjian.kernel.periods import Span, back, parsed
from dangjian.kernel.statistics import DECLARED, Measure, Statistics
from dangjian.kernel.statistics.measures import NOTHING
from dangjian.org.gate import GrantedActor
from dangjian.org.statistics import operation_name
from dangjian.org.unscoped import unscoped
from tests.contracts.examples import Example, examples
from tests.contracts.routes import routes
from tests.contracts.world import FOREIGN, World, build

EXAMPLES = examples()
ROUTES = {route.name: route for route in routes()}
"""Resolving them imports every view, and with that all statistics."""

ALL = sorted(DECLARED, key=lambda one: one.name)
ROWS = 3
MADE_UP = "made-up"


def test_they_have_their_addresses_an_operation_and_an_example_that_makes_rows() -> None:
    for one in ALL:
        assert {one.name, f"{one.name}_sheet", f"api:{operation_name(one)}"} <= ROUTES.keys(), one.name
        assert EXAMPLES.get(one.name, Example()).row is not None, one.name


def test_figures_charts_and_titles_are_those_of_the_declaration() -> None:
    for one in ALL:
        none = one.counted.figures()
        titles = [title for each in one.measures for title in (each.title, each.rate) if title]
        assert len(set(titles)) == len(titles), one.name
        for each in one.measures:
            # What divides by a figure names it as its base; without it there is no average of nothing.
            assert (each.value(none) is None) == bool(each.base), (one.name, each.title)
            assert each.share(none) is None, (one.name, each.title)
            assert not each.base or each.base in {other.figure for other in one.measures}, (one.name, each.title)
        names = {split.name for split in one.all_splits}
        assert all(chart.by in names and set(chart.series) <= set(titles) for chart in one.charts), one.name


@pytest.mark.django_db
@pytest.mark.parametrize("statistics", ALL, ids=lambda one: one.name)
def test_page_part_spreadsheet_api_and_lists_of_all_statistics(statistics: Statistics) -> None:
    wrong = list(_faults(Visit.of(statistics, build())))
    assert not wrong, "\n".join(wrong)


@dataclass(frozen=True, slots=True)
class Visit:
    """Statistics as somebody who may see them visits them."""

    statistics: Statistics
    world: World
    client: Client

    @classmethod
    def of(cls, statistics: Statistics, world: World) -> "Visit":
        """By the holder of the example, else by the first who may."""
        named = EXAMPLES[statistics.name].holder
        may = (who for who in world.people if GrantedActor(who).may(statistics.permission))
        return cls(statistics, world, _signed_in(named(world) if named else next(may)))

    def page(self, **query: Any) -> Any:
        """The answer with its context."""
        answer = self.client.get(reverse(self.statistics.name), query)
        assert answer.status_code == 200, (self.statistics.name, query, answer.status_code)
        return answer

    def part(self, **query: Any) -> Any:
        """What is answered to the page itself when somebody chooses on it."""
        answer = self.client.get(reverse(self.statistics.name), query, headers={"HX-Request": "true"})
        assert answer.status_code == 200, (self.statistics.name, query, answer.status_code)
        return answer

    def shown(self, **query: Any) -> dict[str, Any]:
        """What the page shows, to be compared."""
        context = self.page(**query).context
        return {name: context.get(name) for name in ("about", "tiles", "tables", "charts")}

    def sheet(self, **query: Any) -> dict[tuple[str, str], dict[str, Any]]:
        """Lines of the spreadsheet by part and title, each by header."""
        answer: Any = self.client.get(reverse(f"{self.statistics.name}_sheet"), query)
        head, *lines = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0].values
        return {(part, title): dict(zip(head[2:], numbers, strict=True)) for part, title, *numbers in lines}

    def program(self, span: Span, organization: Any) -> Any:
        """The answer to a program, with its figures."""
        days = {"since": span.start.isoformat(), "until": span.last.isoformat()}
        answer = self.client.get(reverse(f"api:{operation_name(self.statistics)}"), {"organization": organization.pk, **days})
        assert answer.status_code == 200, answer.content
        return answer.json()

    def more(self, number: int) -> None:
        """One more row."""
        make_row = EXAMPLES[self.statistics.name].row
        assert make_row
        with unscoped("an example makes its own object"):
            make_row(self.world, number)


def _faults(visit: Visit) -> Iterator[str]:
    if visit.page().context.get("tiles"):
        yield "shows figures where there are none"
    if not visit.page().context["nothing"]["text"]:
        yield "does not say what to do when there is nothing"
    visit.more(0)
    visit.page()  # what is looked up once a process
    shapes: dict[str, Callable[[], Any]] = {"page": visit.page, "spreadsheet": visit.sheet}
    before = {what: _questions(ask) for what, ask in shapes.items()}
    for number in range(1, ROWS):
        visit.more(number)
    for what, ask in shapes.items():
        if (now := _questions(ask)) != before[what]:
            yield f"its {what} asks {now} questions for {ROWS} rows and {before[what]} for one"
    yield from _address_faults(visit)
    yield from _sum_faults(visit)
    for span in (one for one in back(clock.today(), visit.statistics.pers) if one.holds(clock.today())):
        yield from _sheet_faults(visit, span)
        yield from _program_faults(visit, span)
    yield from _link_faults(visit)
    yield from _stranger_faults(visit)


def _address_faults(visit: Visit) -> Iterator[str]:
    usual = visit.shown()
    form = visit.page().context["form"]
    if visit.shown(**dict.fromkeys(form.fields, MADE_UP), sort=MADE_UP) != usual:
        yield "does not leave out what it cannot read"
    for name in form.fields:
        for value, _ in form[name].field.choices:
            visit.part(**{name: str(value)})
    if parsed("1999-Q1") and "1999年第一季度" not in visit.page(period="1999-Q1").context["about"]:
        yield "does not show a period that is not offered"
    part = visit.part().content.decode()
    if "<html" in part or 'id="statistics"' not in part or 'id="statistics-about" hx-swap-oob="true"' not in part:
        yield "answers htmx something else than the part of the page"


def _sum_faults(visit: Visit) -> Iterator[str]:
    """Of every organisation: the rows below it and the months add up to its total."""
    world = visit.world
    for organization in (world.committee, world.general_branch, world.branch, world.other_branch):
        found = visit.program(Span.of(clock.today(), "year"), organization)
        for split in (visit.statistics.over, *(one for one in visit.statistics.splits if one.name == "month")):
            counts = [one.figure for one in visit.statistics.measures if not one.base]
            total = {name: found["total"][name] for name in counts}
            sums = {name: sum(row["figures"][name] for row in found[split.rows_key]) for name in counts}
            if sums != total:
                yield f"{organization} by {split.name}: {sums} are not {total}"


def _sheet_faults(visit: Visit, span: Span) -> Iterator[str]:
    context, lines = visit.page(period=span.code).context, visit.sheet(period=span.code)
    measures = {one.title: one for one in visit.statistics.measures}
    pairs = [(("合计", "合计"), tile["label"], tile["value"]) for tile in context["tiles"]]
    for table in context["tables"]:
        for row in table["rows"]:
            pairs += [((f"按{table['split'].title}", row["title"]), cell.label, cell.text) for cell in row["cells"]]
    for line, title, text in pairs:
        measure = measures.get(title)
        if measure and _as_shown(measure, lines[line][measure.headers[0]]) not in {str(text), f"{text}.00"}:
            yield f"{span.code} {line} {title}: its spreadsheet says {lines[line]}, its page {text}"


def _as_shown(measure: Measure, value: Any) -> str:
    if value is None:
        return NOTHING
    return str(measure.kind.shown(round(Decimal(str(value)) * 100)) if measure.kind is YUAN else measure.kind.shown(value))


def _program_faults(visit: Visit, span: Span) -> Iterator[str]:
    top = visit.world.committee
    found, lines = visit.program(span, top), visit.sheet(period=span.code, organization=top.pk)
    parts = {split.rows_key: f"按{split.title}" for split in visit.statistics.all_splits}
    rows = [(("合计", "合计"), found["total"])]
    rows += [((part, row["title"]), row["figures"]) for key, part in parts.items() for row in found[key]]
    if len(rows) != len(lines):
        yield f"{span.code}: a program is answered {len(rows)} rows, the spreadsheet has {len(lines)}"
    for line, figures in rows:
        for one in visit.statistics.measures:
            written = lines[line][one.headers[0]]
            if written is None and one.base and figures[one.figure] is None:
                continue
            if Decimal(str(written)) * (100 if one.kind is YUAN else 1) != figures[one.figure]:
                yield f"{span.code} {line}: a program is answered {figures}, the spreadsheet says {lines[line]}"


def _link_faults(visit: Visit) -> Iterator[str]:
    """Every figure that counts rows opens a list of just so many; every other link opens a page."""
    context = visit.page().context
    counts = {one.title for one in visit.statistics.measures if one.kind is NUMBER}
    links = [(tile["label"], tile["value"], tile["url"]) for tile in context["tiles"]]
    for table in context["tables"]:
        for row in table["rows"]:
            links += [(cell.label, cell.text, cell.url) for cell in row["cells"]] + [("", "", row["url"])]
    links += [("", "", url) for chart in context["charts"] for one in chart["data"]["series"] for url in one["urls"]]
    for title, text, url in {link for link in links if link[2]}:
        answer = visit.client.get(url)
        if answer.status_code != 200:
            yield f"{title} {url} answers {answer.status_code}"
        elif title in counts and f"{answer.context['page_obj'].paginator.count:,}" != text:
            yield f"{title} is {text}, and {url} has {answer.context['page_obj'].paginator.count} rows"


def _stranger_faults(visit: Visit) -> Iterator[str]:
    world, name = visit.world, visit.statistics.name
    for who in world.people:
        status = _signed_in(who).get(reverse(name)).status_code
        if (status == 200) != GrantedActor(who).may(visit.statistics.permission) or status not in {200, 403}:
            yield f"answers {who} {status}"
    for who in world.neighbours:
        for address in (name, f"{name}_sheet", f"api:{operation_name(visit.statistics)}"):
            asked = {"organization": world.branch.pk, "since": "2026-01-01", "until": "2026-12-31"}
            answer: Any = _signed_in(who).get(reverse(address), asked)
            body = answer.content.decode() if not answer.streaming else ""
            if any(word in body for word in FOREIGN):
                yield f"{address} shows {who} another branch"
            if address.startswith("api:") and answer.status_code not in {403, 404}:
                yield f"{address} answers {who} {answer.status_code}"


def _questions(ask: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client
