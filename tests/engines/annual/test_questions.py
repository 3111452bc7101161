"""Questions of one's own: counted like the tables, opened like them, asked by the address alone, saved and shared."""

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.accounts.models import Event, User
from dangjian.engines.annual.actions import questions as actions
from dangjian.engines.annual.models import SavedQuestion
from dangjian.engines.annual.queries.breakdowns import OTHER, TOTAL, UNKNOWN, Answer, dated, read, ways
from dangjian.kernel import codes
from dangjian.kernel.errors import Conflict, Invalid, NotFound, PermissionDenied
from dangjian.kernel.registry import offers
from dangjian.kernel.tabulation import Line, Population
from dangjian.members.models import EarlierValue, Member
from dangjian.members.policy import age
from dangjian.org.models import Organization
from dangjian.org.openings import at
from dangjian.org.unscoped import unscoped
from tests import make
from tests.engines.annual import naive

pytestmark = [pytest.mark.django_db, pytest.mark.day("2026-11-23")]
TODAY = dt.date(2026, 11, 23)
SINCE = dt.date(2026, 1, 1)


class House:
    """A committee, a general branch with two branches, and one branch beside them."""

    def __init__(self) -> None:
        self.committee = make.committee(name="虚构集团党委")
        self.general_branch = make.general_branch(self.committee, name="虚构第一总支")
        self.first = make.branch(self.general_branch, name="虚构一支部")
        self.second = make.branch(self.general_branch, name="虚构二支部")
        self.beside = make.branch(self.committee, name="虚构直属支部")
        known: list[tuple[Organization, str, int | None, str]] = [
            (self.first, "2", 1990, "21"),
            (self.first, "1", 1960, "21"),
            (self.first, "2", None, ""),
            (self.second, "2", 1999, "14"),
            (self.beside, "1", 1985, "61"),
        ]
        for number, (branch, sex, born, education) in enumerate(known):
            birth_on = dt.date(born, 5, 1) if born else None
            make.member(branch, f"虚构党员{number}", sex=sex, birth_on=birth_on, education=education)
        self.secretaries = {one.pk: make.post(one, "secretary", make.user()).user for one in self.units}

    @property
    def units(self) -> tuple[Organization, ...]:
        return self.committee, self.general_branch, self.first, self.second, self.beside

    def secretary(self, unit: Organization) -> User:
        return self.secretaries[unit.pk]


@pytest.fixture
def house() -> House:
    return House()


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="dangjian.accounts.backends.AccountBackend")
    return client


def answer(unit: Organization, code: str = "members", **given: str) -> Answer:
    return Answer(unit, SINCE, TODAY, breakdown=read(given, code, unit, SINCE, TODAY))


def figures(found: Answer) -> dict[tuple[str, str], int]:
    table = found.breakdown.table
    cells = found.figures(table).tolist()
    return {
        (row.title, column.title): figure
        for row, across in zip(table.rows, cells, strict=True)
        for column, figure in zip(table.columns, across, strict=True)
        if figure
    }


def test_the_organisations_below_by_sex_as_a_reader_counts_them(house: House) -> None:
    """Two women and a man in the first branch, a woman in the second; a man in the branch beside the general branch."""
    assert figures(answer(house.committee, down="below", across="sex")) == {
        ("合计", "合计"): 5,
        ("合计", "男性"): 2,
        ("合计", "女性"): 3,
        ("虚构第一总支", "合计"): 4,
        ("虚构第一总支", "男性"): 1,
        ("虚构第一总支", "女性"): 3,
        ("虚构直属支部", "合计"): 1,
        ("虚构直属支部", "男性"): 1,
    }
    assert figures(answer(house.first, down="below")) == {("合计", "合计"): 3, ("虚构一支部本级", "合计"): 3}


def test_conditions_narrow_every_figure(house: House) -> None:
    found = answer(house.committee, down="below", where="sex:2;age.age_table2:le30,36_40")
    assert figures(found) == {("合计", "合计"): 2, ("虚构第一总支", "合计"): 2}
    assert found.breakdown.narrowed == ["性别为“女性”", "年龄（年报表2）为“30岁及以下”或“36至40岁”"]


@pytest.mark.parametrize("across", ["sex", "age.age_table2", "occupation", "is_migrant_worker", "joined_on.join_date_table3"])
@pytest.mark.parametrize("where", ["", "sex:2", "sex:1;education_group:bachelor,secondary"])
def test_plain_python_counts_the_same(house: House, across: str, where: str) -> None:
    for unit in house.units:
        records = [one for one in naive.Naive(unit.pk, TODAY).members() if _meets(one, where)]
        found = answer(unit, down="education_group", across=across, where=where)
        table = found.breakdown.table
        expected = [
            [sum(_is(one, "education_group", row) and _is(one, across, column) for one in records) for column in table.columns]
            for row in table.rows
        ]
        assert found.figures(table).tolist() == expected, unit


def _meets(one: naive.Record, where: str) -> bool:
    wanted = [part.split(":") for part in where.split(";") if part]
    return all(any(one[name] == code for code in listed.split(",")) for name, listed in wanted)


def _is(one: naive.Record, way: str, line: Line) -> bool:
    """Whether a record belongs to a line, by its code alone."""
    name, _, listed = way.partition(".")
    value = one[name]
    if line.code == TOTAL:
        return True
    if value is None or value == "":
        return line.code == UNKNOWN
    if listed:
        found = codes.get(listed).bracket(value)
        return line.code == (found.code if found else OTHER)
    return line.code == (str(int(value)) if isinstance(value, bool) else value)


def test_every_population_is_broken_down_in_every_way_and_adds_up(house: House) -> None:
    for population in offers(Population):
        for way in ["below", *ways(population.code), *dated(population.code, SINCE, TODAY)]:
            found = answer(house.committee, population.code, down=way, across=way)
            table = found.breakdown.table
            down = found.figures(table)[:, 0]
            alone = [place for place, one in enumerate(table.rows) if one.code != TOTAL and not one.depth]
            assert down[0] == down[alone].sum(), (population.code, way)


def test_days_by_month_and_by_year(house: House) -> None:
    """Two came in March and one in November; who joined the Party long ago stands with the others of that time."""
    for number, day in enumerate([dt.date(2026, 3, 1), dt.date(2026, 3, 31), dt.date(2026, 11, 2)]):
        make.member(house.first, f"虚构新党员{number}", effective_on=day, joined_on=dt.date(1970 + 7 * number, 7, 1))
    found = answer(house.committee, "changes", down="changed_on.month", where="changed_on.year:2026")
    assert figures(found) == {("合计", "合计"): 3, ("2026年3月", "合计"): 2, ("2026年11月", "合计"): 1}
    assert "birth_on.month" not in found.breakdown.ways
    page = client_of(house.secretary(house.committee)).get(reverse("annual:ask"), found.breakdown.parameters)
    shown = [row["line"].title for row in page.context["rows"]]
    assert shown == ["合计", *(f"2026年{month}月" for month in range(3, 12))], "months between them stay"
    assert "另有2行都是 0" in page.content.decode()
    joined = answer(house.committee, "changes", down="joined_on.year")
    assert figures(joined) == {
        ("合计", "合计"): 3,
        ("1977年", "合计"): 1,
        ("1984年", "合计"): 1,
        ("其他时间", "合计"): 1,
    }


def test_sites_and_shifts_are_the_words_that_stand_on_record_on_the_day(house: House) -> None:
    """Two work at one site; one of them has left the night shift since."""
    for number, shift in enumerate(("夜班", "白班")):
        make.member(house.first, f"虚构倒班{number}", site="虚构一场区", shift=shift)
    with unscoped("the test's history"):
        one = Member.objects.get(name="虚构倒班1")
        EarlierValue.objects.create(member=one, column="shift", value="夜班", held_until=dt.date(2026, 6, 1))
    found = answer(house.committee, down="shift", across="site")
    assert figures(found)["夜班", "虚构一场区"] == figures(found)["白班", "虚构一场区"] == 1
    whole = figures(answer(house.committee, down="site"))
    assert whole["虚构一场区", "合计"] == 2
    assert whole["虚构一场区", "合计"] + whole.get(("没有填写", "合计"), 0) == whole["合计", "合计"]
    before = Answer(house.committee, SINCE, dt.date(2026, 5, 31), breakdown=found.breakdown)
    assert figures(before)["夜班", "合计"] == 2
    client = client_of(house.secretary(house.committee))
    line = next(one for one in found.breakdown.ways["site"].lines if one.title == "虚构一场区")
    page = client.get(reverse("annual:ask"), {"of": "members", "down": "shift", "where": f"site:{line.code}"})
    shown = [(row["line"].title, row["cells"][0].text) for row in page.context["rows"]]
    assert shown == [("合计", "2"), ("夜班", "1"), ("白班", "1")]
    cells = [cell for row in page.context["rows"] for cell in row["cells"] if cell.url]
    assert cells
    assert all(client.get(cell.url).context["page"].paginator.count == int(cell.text) for cell in cells)


def test_a_chart_has_the_largest_of_many_columns_and_the_rest_together(house: House) -> None:
    for number in range(9):
        for place in (house.first, house.second):
            make.member(place, f"虚构场区党员{number}{place.pk}", site=f"虚构{number // 2}场区{number}")
    page = client_of(house.secretary(house.committee)).get(
        reverse("annual:ask"), {"of": "members", "down": "below", "across": "site"}
    )
    series = page.context["chart"]["data"]["series"]
    assert len(series) == 6
    assert series[-1]["name"].startswith("其余")
    total = next(row for row in page.context["rows"] if row["line"].code == TOTAL)["cells"][0].text
    assert sum(sum(one["values"]) for one in series) == int(total)


def test_any_period_is_asked_and_stays_asked(house: House) -> None:
    """One came in the year before, one in this: a period over both has both, month by month."""
    for number, day in enumerate([dt.date(2025, 11, 3), dt.date(2026, 2, 2)]):
        make.member(house.first, f"虚构新党员{number}", effective_on=day)
    client = client_of(house.secretary(house.committee))
    asked = {"of": "changes", "down": "changed_on.month", "since": "2025-10-01", "day": "2026-03-31"}
    page = client.get(reverse("annual:ask"), asked)
    assert [(row["line"].title, row["cells"][0].text) for row in page.context["rows"]] == [
        ("合计", "2"), ("2025年11月", "1"), ("2025年12月", "0"), ("2026年1月", "0"), ("2026年2月", "1"),
    ]  # fmt: skip
    assert "2025年10月1日至2026年3月31日" in page.content.decode()
    behind = page.context["rows"][0]["cells"][0].url
    assert "since=2025-10-01" in behind
    assert client.get(behind).context["page"].paginator.count == 2
    table = client.get(reverse("annual:table", args=["1"]), {"since": "2025-10-01", "day": "2026-03-31"})
    row = next(row for row in table.context["rows"] if row["line"].code == "increase")
    assert row["cells"][0].text == "2"
    later = client.get(reverse("annual:ask"), {**asked, "since": "2027-01-01"})
    assert "2026年1月1日至2026年3月31日" in later.content.decode(), "a first day behind the last is none"
    assert "since=" not in client.get(reverse("annual:ask"), {**asked, "since": "x"}).context["rows"][0]["cells"][0].url


def test_ages_are_those_of_the_day(house: House) -> None:
    born = dt.date(1990, 5, 1)
    found = answer(house.first, down="age.age_table2")
    assert figures(found)["36至40岁", "合计"] == 1
    assert age(born, TODAY) == 36
    before = Answer(house.first, SINCE, dt.date(2026, 4, 30), breakdown=found.breakdown)
    assert figures(before)["31至35岁", "合计"] == 1


def test_what_cannot_be_read_is_left_out(house: House) -> None:
    given = {"down": "虚构", "across": "nothing", "where": "sex:9;sex:2;;below:1;age:;education:x,21"}
    found = read(given, "members", house.committee, SINCE, TODAY)
    assert found.parameters == {"of": "members", "down": "below", "where": "sex:2,9;education:21"}
    client = client_of(house.secretary(house.committee))
    for query in ("?of=x&down=y&across=z&where=:&add=q&day=x&organization=x", "?where=sex&where=;;:::,&where=age.age_table2:"):
        assert client.get(reverse("annual:ask") + query).status_code == 200
        assert client.get(reverse("annual:ask_sheet") + query).status_code == 200
        assert client.get(reverse("annual:behind_members") + "?down=y&where=:;x&row=&column=").status_code == 200


def test_each_figure_opens_as_many_as_it_counts(house: House) -> None:
    client = client_of(house.secretary(house.committee))
    query = {"of": "members", "down": "below", "across": "age.age_table2", "where": ["sex:2", "sex:1"]}
    page = client.get(reverse("annual:ask"), query)
    assert page.context["breakdown"].parameters["where"] == "sex:1,2"
    cells = [(cell, row) for row in page.context["rows"] for cell in row["cells"] if cell.url]
    assert len(cells) > 8
    for cell, _row in cells:
        listed = client.get(cell.url)
        assert str(listed.context["page_obj"].paginator.count) == cell.text, cell
    some = next(cell for cell, row in cells if row["line"].title == "虚构第一总支" and cell.label == "36至40岁")
    text = client.get(some.url).content.decode()
    assert "虚构党员0" in text
    assert "下级党组织为“虚构第一总支”" in text
    assert "年龄：36岁" in text


def test_the_sheet_says_what_the_page_says(house: House) -> None:
    client = client_of(house.secretary(house.committee))
    query = {"down": "below", "across": "sex", "where": "education_group:bachelor"}
    page = client.get(reverse("annual:ask"), query)
    sent: Any = client.get(reverse("annual:ask_sheet"), query)
    sheet = load_workbook(BytesIO(b"".join(sent.streaming_content))).worksheets[0]
    lines = [[value for value in line if value is not None] for line in sheet.iter_rows(values_only=True)]
    shown = [[row["line"].title, *(int(cell.text) for cell in row["cells"])] for row in page.context["rows"]]
    start = next(place for place, line in enumerate(lines) if line and line[0] == "项目")
    assert lines[start + 1 : start + 1 + len(shown)] == shown
    assert Event.objects.filter(verb="annual.exported").count() == 1


def test_the_reader_counts_their_own_and_nothing_beside_it(house: House) -> None:
    client = client_of(house.secretary(house.first))
    page = client.get(reverse("annual:ask"))
    assert page.context["rows"][0]["cells"][0].text == "3"
    assert page.context["fields"][0].field.choices[0] == ("members", "党员")
    other = {"organization": house.second.pk}
    assert client.get(reverse("annual:ask"), other).status_code == 404
    assert client.get(reverse("annual:behind_members"), {"down": "sex", **other}).status_code == 404
    assert client.get(reverse("annual:ask_sheet"), other).status_code == 404
    assert client_of(make.user()).get(reverse("annual:ask")).status_code == 403


def test_what_is_too_big_is_said_in_words(house: House) -> None:
    for number in range(61):
        make.member(make.branch(house.general_branch, name=f"虚构第{number}小支部"), f"虚构甲{number}")
    client = client_of(house.secretary(house.general_branch))
    page = client.get(reverse("annual:ask"), {"down": "below"})
    assert "这样分有64行、1列，太大了看不清" in page.content.decode()
    assert client.get(reverse("annual:ask_sheet"), {"down": "below"}).status_code == 409
    assert "太大" not in client.get(reverse("annual:ask"), {"down": "sex"}).content.decode()


def test_whoever_left_counts_where_they_were_last_below(house: House) -> None:
    """A branch that was moved beside is still named by the organisation in which its members were counted on the day."""
    found = answer(house.general_branch, "changes", down="below")
    assert {title for title, _ in figures(found)} <= {"合计", "虚构一支部", "虚构二支部", "其他"}


# Kept


def kept(house: House, unit: Organization, title: str = "女党员", *, is_shared: bool = False, **given: str) -> SavedQuestion:
    breakdown = read(given or {"down": "below", "across": "sex"}, "members", unit, SINCE, TODAY)
    who = make.actor(house.secretary(unit))
    return actions.keep(actor=who, organization=unit, breakdown=breakdown, title=title, is_shared=is_shared)


def titles(user: User) -> list[str]:
    return [one.title for one in client_of(user).get(reverse("annual:questions")).context["page_obj"].object_list]


def saved() -> list[tuple[str, bool]]:
    with unscoped("the test looks at all of them"):
        return list(SavedQuestion.objects.order_by("title").values_list("title", "is_shared"))


def test_a_question_is_kept_found_again_and_counts_for_whoever_opens_it(house: House) -> None:
    client = client_of(house.secretary(house.general_branch))
    query = "?down=below&across=sex&where=sex:2"
    page = client.get(reverse("annual:question_new") + query)
    assert "党员：下级党组织、性别" in page.content.decode()
    made = client.post(reverse("annual:question_new") + query, {"title": "各支部女党员", "is_shared": "on"}, follow=True)
    assert made.context["saved"].title == "各支部女党员"
    assert made.context["rows"][0]["cells"][0].text == "3"
    below = client_of(house.secretary(house.second))
    (row,) = below.get(reverse("annual:questions")).context["lines"]
    assert row["actions"] == []
    opened = below.get(row["address"])
    assert opened.context["saved"].title == "各支部女党员"
    assert opened.context["rows"][0]["cells"][0].text == "1"


def test_who_reads_what_is_kept(house: House) -> None:
    kept(house, house.general_branch, "总支自己用")
    kept(house, house.general_branch, "总支共享", is_shared=True)
    kept(house, house.first, "支部共享", is_shared=True)
    assert titles(house.secretary(house.general_branch)) == ["总支共享", "总支自己用"]
    assert titles(house.secretary(house.first)) == ["总支共享", "支部共享"]
    assert titles(house.secretary(house.second)) == ["总支共享"]
    assert titles(house.secretary(house.beside)) == titles(house.secretary(house.committee)) == []


def test_whoever_keeps_it_renames_shares_and_deletes_it(house: House) -> None:
    one = kept(house, house.first)
    client = client_of(house.secretary(house.first))
    client.post(reverse("annual:question_change", args=[one.pk]), {"title": "支部女党员", "is_shared": "on"})
    assert saved() == [("支部女党员", True)]
    client.post(reverse("annual:question_delete", args=[one.pk]))
    assert saved() == []
    verbs = list(Event.objects.filter(verb__startswith="annual.question").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["annual.question_saved", "annual.question_changed", "annual.question_deleted"]


def test_what_is_refused_writes_nothing(house: House) -> None:
    one = kept(house, house.general_branch, is_shared=True)
    other = kept(house, house.general_branch, "另一个")
    before, events = saved(), Event.objects.filter(verb__startswith="annual.question").count()
    reader, stranger = (make.actor(house.secretary(unit)) for unit in (house.first, house.beside))
    for actor in (reader, stranger):
        with pytest.raises((NotFound, PermissionDenied)):
            actions.change(actor=actor, question=one, title="改了", is_shared=False)
        with pytest.raises((NotFound, PermissionDenied)):
            actions.delete(actor=actor, question=one)
    keeper = make.actor(house.secretary(house.general_branch))
    with pytest.raises(Conflict, match="已经有一个叫这个名称"):
        actions.change(actor=keeper, question=other, title="女党员", is_shared=False)
    with pytest.raises(Conflict, match="已经有一个叫这个名称"):
        kept(house, house.general_branch)
    for title in (" ", "长" * 41):
        with pytest.raises(Invalid, match="40字以内"):
            kept(house, house.general_branch, title)
    breakdown = read({}, "members", house.second, SINCE, TODAY)
    with pytest.raises(NotFound):
        actions.keep(actor=stranger, organization=house.second, breakdown=breakdown, title="别处的")
    assert (saved(), Event.objects.filter(verb__startswith="annual.question").count()) == (before, events)
    assert client_of(house.secretary(house.first)).get(reverse("annual:question_change", args=[one.pk])).status_code == 403
    assert client_of(house.secretary(house.beside)).post(reverse("annual:question_delete", args=[one.pk])).status_code == 404


def test_what_is_shared_may_be_cleared_away_by_whoever_reports_the_figures(house: House) -> None:
    """The person who kept it may have left."""
    shared, own = (kept(house, house.general_branch, title, is_shared=title == "共享") for title in ("共享", "自己用"))
    another = make.actor(make.post(house.general_branch, "deputy_secretary", make.user()).user)
    actions.delete(actor=another, question=shared)
    with pytest.raises(PermissionDenied):
        actions.delete(actor=another, question=own)
    assert saved() == [("自己用", False)]


def test_one_that_names_what_there_is_no_more_still_opens(house: House) -> None:
    one = kept(house, house.first)
    with at(house.first):
        SavedQuestion.objects.update(asked={"of": "members", "down": "虚构", "across": "gone.list", "where": "gone:1;sex:2"})
    client = client_of(house.secretary(house.first))
    (row,) = client.get(reverse("annual:questions")).context["lines"]
    assert row["row"].pk == one.pk
    assert client.get(row["address"]).status_code == 200


def test_the_page_asks_as_many_questions_for_many_branches_as_for_few(house: House) -> None:
    client = client_of(house.secretary(house.committee))
    query = {"down": "below", "across": "age.age_table2", "where": "sex:1,2"}
    client.get(reverse("annual:ask"), query)
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("annual:ask"), query)
    for number in range(6):
        make.member(make.branch(house.committee, name=f"虚构第{number}支部"), f"虚构乙{number}", sex="1")
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("annual:ask"), query)
    assert len(many) <= len(few)
