"""What is put away is read again as it was, whatever the lists of codes say by then."""

import datetime as dt
import json
from pathlib import Path

import numpy as np

from dangjian.kernel.tabulation import Counted, cut_from, failures, kept_cut, kept_table, table_from
from tests.kernel.tabulation.people import cut, population
from tests.kernel.tabulation.test_tables import PEOPLE, table_of

COLUMNS = [
    {"code": "total", "title": "总数"},
    {"code": "women", "title": "女", "where": {"sex": "2"}},
    {"code": "men", "title": "男", "where": {"sex": "1"}},
    {"code": "others", "title": "其他", "where": {"none": [{"sex": "2"}, {"ethnicity": {"not": "01"}}]}},
    {"code": "either", "title": "任一", "where": {"any": [{"age": {"max": 30}}, {"joined_on": {"from": dt.date(2012, 11, 1)}}]}},
    {"code": "unknown", "title": "不详", "where": {"birth_on": {"known": False}, "is_migrant_worker": False}},
]
CHECKS = [
    {"title": "男女之和等于总数", "parts": ["women", "men"], "whole": "total", "mend": "性别"},
    {"title": "合计不少于女", "left": ["total/total"], "right": ["total/women"], "holds": "<="},
]


def test_figures_lists_and_checks_are_those_of_the_day(tmp_path: Path) -> None:
    table, of_day = table_of(tmp_path, columns=COLUMNS, checks=CHECKS), cut(PEOPLE)
    then = Counted(table, lambda _code, _start: of_day)
    figures = then.figures()
    kept = json.dumps([kept_table(table), kept_cut(of_day)])
    again, read = (table_from(json.loads(kept)[0]), cut_from(json.loads(kept)[1], population()))
    now = Counted(again, lambda _code, _start: read)
    assert again == table
    assert np.array_equal(now.figures(), figures)
    assert list(failures(now, lambda _code: now)) == list(failures(then, lambda _code: then))
    row, column = again.rows[0], again.column("either")
    (read_cut, now_bits), (then_cut, then_bits) = now.bits(row, column), then.bits(row, column)
    assert read_cut.numbers(now_bits).tolist() == then_cut.numbers(then_bits).tolist() != []


def test_a_code_is_called_what_it_was_called(tmp_path: Path) -> None:
    of_day = cut(PEOPLE)
    Counted(table_of(tmp_path), lambda _code, _start: of_day).figures()
    kept = kept_cut(of_day)
    kept["labels"]["sex"] = [f"当时的{label}" for label in kept["labels"]["sex"]]
    assert cut_from(kept, population()).text("sex", 0).startswith("当时的")
    assert of_day.text("sex", 2) == ""
    assert cut_from(kept, population()).text("sex", 2) == ""
