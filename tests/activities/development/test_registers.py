"""Registers and figures: who stands in which, how many came to what when, how long a stage takes."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from dangjian.activities.development.models import Applicant
from dangjian.activities.development.queries.registers import structure, times_in_stage
from dangjian.activities.development.views.registers import STATISTICS
from dangjian.engines.procedures.actions import ending
from dangjian.kernel.periods import YEAR, Span
from dangjian.kernel.statistics import Asked
from dangjian.org.openings import inside
from tests import make
from tests.activities.development.people import House, begun, case
from tests.contracts.visits import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.day("2026-11-30")]

ACTIVIST = ("apply", "2025-01-10"), ("activist", "2026-03-10")
OBJECT = ("apply", "2024-01-10"), ("activist", "2025-03-10"), ("object", "2026-06-10")


@pytest.fixture
def house() -> House:
    """Two applicants, an activist, somebody under development at the other branch, and one who took it back."""
    made = House()
    begun(made.branch, ("apply", "2026-10-01"), name="诸葛丁", sex="2", education="21", birth_on=dt.date(1998, 3, 7))
    begun(made.branch, ("apply", "2026-09-01"), name="司徒戊", sex="1", education="61", birth_on=dt.date(1970, 3, 7))
    begun(made.branch, *ACTIVIST, name="慕容庚", sex="1", education="31", front_line="01", in_youth_league=True)
    begun(made.other, *OBJECT, name="上官辛", sex="2", ethnicity="03", birth_on=dt.date(1991, 11, 30))
    gone = begun(made.branch, ("apply", "2026-02-01"), name="东方壬")
    ending.withdraw(actor=make.SYSTEM, case=case(gone), reason="本人撤回")
    return made


def names(house: House, query: str) -> set[str]:
    page = signed_in(house.office).get(f"{reverse('development:register')}?{query}").content.decode()
    return {name for name in ("诸葛丁", "司徒戊", "慕容庚", "上官辛", "东方壬") if name in page}


def test_each_stage_has_its_register(house: House) -> None:
    assert names(house, "") == {"诸葛丁", "司徒戊"}
    assert names(house, "kind=activist") == {"慕容庚"}
    assert names(house, "kind=object") == {"上官辛"}
    assert names(house, "kind=probationary") == names(house, "kind=admitted") == set()
    assert names(house, "kind=every") == {"诸葛丁", "司徒戊", "慕容庚", "上官辛", "东方壬"}
    assert names(house, "kind=every&how=withdrawn") == {"东方壬"}


def test_an_empty_register_says_so_of_itself_alone(house: House) -> None:
    def page(kind: str) -> str:
        return signed_in(house.office).get(f"{reverse('development:register')}?kind={kind}").content.decode()

    assert "现在没有预备党员" in page("probationary")
    assert "现在没有发展的党员" in page("admitted")
    assert "还没有人" not in page("probationary")


def test_days_are_those_of_what_was_reached(house: House) -> None:
    days = "since=2026-01-01&until=2026-06-30"
    assert names(house, f"kind=every&{days}") == {"东方壬"}
    assert names(house, f"kind=every&reached=activist&{days}") == {"慕容庚"}
    assert names(house, f"kind=every&reached=object&{days}") == {"上官辛"}
    assert names(house, f"kind=every&reached=ended&organization={house.branch.pk}&since=2026-11-30") == {"东方壬"}


def test_who_they_are_in_the_words_of_the_statistics(house: House) -> None:
    with inside(house.committee):
        found = structure(Applicant.objects.running())
    assert found == {"number": 4, "women": 2, "minority": 1, "young": 2, "college": 2, "front_line": 1, "league": 1}
    page = signed_in(house.office).get(reverse("development:register")).content.decode()
    assert "共 2 名：女 1 名" in page


def test_how_long_a_stage_takes(house: House) -> None:
    with inside(house.committee):
        found = {
            one.title: (one.number, one.median_days, one.longest_days) for one in times_in_stage(Applicant.objects.running())
        }
    assert found == {"入党申请人": (2, 75, 90), "入党积极分子": (1, 265, 265), "发展对象": (1, 173, 173)}
    page = signed_in(house.office).get(reverse("development:register"))
    assert '<td data-label="最长（天）" class="num">90</td>' in page.content.decode()


def test_figures_of_a_year_by_branch_and_month(house: House) -> None:
    with inside(house.committee):
        asked = Asked.of(house.committee, Span.of(dt.date(2026, 11, 30), YEAR))
        total = STATISTICS.counted.total(asked, "organization")
        months = STATISTICS.counted(asked, "month")
        branches = STATISTICS.counted(asked, "organization")
    counted = (total.applied, total.activist, total.object, total.admitted, total.ended, total.refused)
    assert counted == (3, 1, 1, 0, 1, 0)
    assert (months[dt.date(2026, 6, 1)].object, months[dt.date(2026, 3, 1)].activist) == (1, 1)
    assert (branches[house.branch.pk].applied, branches[house.other.pk].object) == (3, 1)


def test_the_spreadsheet_has_what_the_annual_statistics_ask(house: House) -> None:
    answer = signed_in(house.office).get(f"{reverse('development:register_sheet')}?kind=activist")
    rows = load_workbook(io.BytesIO(b"".join(answer))).active
    assert rows
    cells = [[cell.value for cell in row] for row in rows.iter_rows()]
    titles = next(row for row in cells if "姓名" in row)
    assert {"民族", "学历", "工作岗位", "一线情况", "共青团员", "积极分子", "上级批准"} <= set(titles)
    [found] = [dict(zip(titles, row, strict=True)) for row in cells if "慕容庚" in row]
    assert (found["性别"], found["一线情况"], found["共青团员"]) == ("男", "企业生产第一线", "是")
