"""Definitions are read, cells counted, checks name whoever makes the difference."""

import datetime as dt
import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangjian.kernel import codes
from dangjian.kernel.closed_yaml import FileProblem
from dangjian.kernel.tabulation import Counted, Line, Table, Wanted, failures, load
from tests.kernel.tabulation.people import DAY, cut, population

CASE = Path(__file__).parent / "cases" / "communique_2024.yaml"
WRITTEN: dict[str, Any] = {
    "table": "91",
    "title": "试验",
    "population": "people",
    "edition": "试验",
    "source": {"document": "试验"},
    "rows": [{"code": "total", "title": "合计"}, {"each": "occupation"}],
    "columns": [
        {"code": "total", "title": "总数"},
        {"code": "women", "title": "女", "where": {"sex": "2"}},
        {"code": "men", "title": "男", "where": {"sex": "1"}},
        {"code": "young", "title": "30岁及以下", "where": {"age": {"max": 30}}},
    ],
    "checks": [{"title": "男女之和等于总数", "parts": ["women", "men"], "whole": "total", "mend": "性别"}],
}
PEOPLE = (
    {"sex": "2", "occupation": "016", "birth_on": dt.date(2000, 1, 1)},
    {"sex": "1", "occupation": "0164"},
    {"occupation": "4"},
)


def table_of(folder: Path, **changed: Any) -> Table:
    file = folder / "91_trial.yaml"
    file.write_text(yaml.safe_dump(WRITTEN | changed, allow_unicode=True), encoding="utf-8")
    return load(file, lambda _code: population())


def counted(table: Table, people: Any = PEOPLE) -> Counted:
    found = cut(people)
    return Counted(table, lambda _population, _at_start: found)


def test_every_cell_is_what_its_list_counts(tmp_path: Path) -> None:
    of = counted(table_of(tmp_path))
    figures = of.figures()
    for place, row in enumerate(of.table.rows):
        for other, column in enumerate(of.table.columns):
            assert figures[place, other] == of.cell(row, column) == len(_numbers(of, row, column))


def _numbers(of: Counted, row: Line, column: Line) -> list[int]:
    cut, bits = of.bits(row, column)
    return cut.numbers(bits).tolist()


def test_a_code_counts_with_what_is_part_of_it_and_stands_above_it(tmp_path: Path) -> None:
    table = table_of(tmp_path)
    of = counted(table)
    found = {row.code: (row.depth, of.cell(row, table.column("total"))) for row in table.rows}
    assert found["total"] == (0, 3)
    assert found["occupation.0"] == (0, 2)
    assert found["occupation.01"] == (1, 2)
    assert found["occupation.016"] == (2, 2)
    assert found["occupation.0164"] == (3, 1)
    assert found["occupation.4"] == (0, 1)


def test_parts_that_do_not_add_up_name_who_is_missing(tmp_path: Path) -> None:
    of = counted(table_of(tmp_path))
    found = list(failures(of, lambda _code: of))
    assert [(one.where, one.left, one.right, one.persons, one.also) for one in found] == [("合计", 2, 3, (3,), 1)]
    assert list(failures(counted(of.table, PEOPLE[:2]), lambda _code: of)) == []


def test_somebody_in_two_parts_is_named_though_the_sum_is_right(tmp_path: Path) -> None:
    checks = [{"title": "女和青年之和等于总数", "parts": ["women", "young"], "whole": "total"}]
    of = counted(table_of(tmp_path, checks=checks), (PEOPLE[0], {"sex": "1", "occupation": "4"}))
    first = next(failures(of, lambda _code: of))
    assert (first.left, first.right, first.persons) == (2, 2, (1, 2))


@pytest.mark.parametrize(("holds", "fails"), [("=", True), ("<=", False), (">=", True)])
def test_sums_of_cells_compare(tmp_path: Path, holds: str, *, fails: bool) -> None:
    check = {"title": "女加男不多于总数", "left": ["total/women", "total/men"], "holds": holds, "right": ["91:total/total"]}
    of = counted(table_of(tmp_path, checks=[check]))
    found = list(failures(of, lambda _code: of))
    assert [(one.left, one.right, one.persons) for one in found] == ([(2, 3, (3,))] if fails else [])


def test_a_sum_that_is_too_large_names_those_who_make_it_so(tmp_path: Path) -> None:
    """Whoever stands on the right side alone does no harm."""
    check = {"title": "男不多于女", "left": ["total/men"], "holds": "<=", "right": ["total/women"]}
    of = counted(table_of(tmp_path, checks=[check]), (*PEOPLE, {"sex": "1"}))
    (found,) = failures(of, lambda _code: of)
    assert (found.left, found.right, found.persons, found.population) == (2, 1, (2, 4), "people")


def test_sums_over_populations_that_are_about_others_name_nobody(tmp_path: Path) -> None:
    check = {"title": "女与男相等", "left": ["total/women"], "right": ["92:total/men"]}
    table = table_of(tmp_path, checks=[check])
    of = counted(table, (*PEOPLE, {"sex": "1"}))
    others = replace(of.cuts("people", False), population=replace(population(), code="others"))
    two = Counted(table, lambda _population, _at_start: others)
    (found,) = failures(of, {"91": of, "92": two}.__getitem__)
    assert (found.left, found.right, found.persons, found.population) == (1, 2, (), "")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"rows": []}, "91_trial.yaml：rows"),
        ({"colour": "red"}, "colour：有不认识的字段"),
        ({"rows": [{"title": "合计"}]}, "要写 code 和 title"),
        ({"rows": [{"each": "age"}]}, "要用 by 写分段"),
        ({"rows": [{"code": "a", "title": "甲"}, {"code": "a", "title": "乙"}]}, "代码重复：a"),
        ({"columns": [{"code": "a", "title": "甲", "where": {"height": 3}}]}, "没有“height”这一维度"),
        ({"checks": [{"title": "核对", "parts": ["men", "nobody"], "whole": "total"}]}, "核对“核对”的各部分或总数"),
        ({"checks": [{"title": "核对", "left": ["men"], "right": ["total/total"]}]}, "要写成 行/列"),
        ({"checks": [{"title": "核对", "left": ["total/nobody"], "right": ["total/total"]}]}, "表91没有“nobody”"),
    ],
)
def test_a_file_that_cannot_be_is_refused_with_its_place(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(FileProblem, match=said):
        table_of(tmp_path, **changed)


def test_the_shape_of_the_communique_comes_out(tmp_path: Path) -> None:
    """Ten thousand people stand for the members of the end of 2024, in the brackets that were published."""
    case = yaml.safe_load(CASE.read_text(encoding="utf-8"))
    file = tmp_path / "90_communique.yaml"
    file.write_text(yaml.safe_dump(case["table"], allow_unicode=True), encoding="utf-8")
    table = load(file, lambda _code: population())
    of = counted(table, _people_of(case))
    total = table.column("total")
    assert list(failures(of, lambda _code: of)) == []
    for row in ("women", "minority", "college"):
        assert of.cell(table.row(row), total) == pytest.approx(case[row], abs=0.6), row
    for name, published in (("age", "age"), ("joined_on", "joined"), ("communique_occupation", "occupation")):
        for code, number in case[published].items():
            column = table.column(f"{name}.{code}")
            assert of.cell(table.row("total"), column) == pytest.approx(number, abs=0.6), code


def _people_of(case: dict[str, Any]) -> list[dict[str, Any]]:
    total = round(case["members"])
    ages = _spread(total, [(_born(code), number) for code, number in case["age"].items()])
    joined = _spread(total, [(_joined(code), number) for code, number in case["joined"].items()])
    jobs = _spread(total, list(case["occupation"].items()))
    return [
        {
            "birth_on": ages[place],
            "joined_on": joined[place],
            "communique_occupation": jobs[place],
            "sex": "2" if place < round(case["women"]) else "1",
            "ethnicity": "05" if place < round(case["minority"]) else "01",
            "education": "31" if place < round(case["college"]) else "61",
        }
        for place in range(total)
    ]


def _spread(total: int, shares: list[tuple[Any, float]]) -> list[Any]:
    """So many values, each as often as its share, the ends of which are rounded."""
    found: list[Any] = []
    reached = 0.0
    for value, number in shares:
        reached += number
        found += [value] * (round(reached) - len(found))
    return (found + [shares[-1][0]] * total)[:total]


def _born(code: str) -> dt.date:
    """On the last day that still belongs to the bracket."""
    item = codes.get("age_communique").item(code)
    years = item.high if isinstance(item.high, int) else 90
    return DAY.replace(year=DAY.year - years)


def _joined(code: str) -> dt.date:
    item = codes.get("join_date_communique").item(code)
    day = item.high or item.low
    assert isinstance(day, dt.date)
    return day


def test_circles_are_looked_for_again_after_a_scan_that_fails() -> None:
    def broken(_wanted: Wanted) -> dict[str, Any]:
        assert not gc.isenabled()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        replace(population(), scan=broken).cut(Wanted(DAY, DAY))
    assert gc.isenabled()
