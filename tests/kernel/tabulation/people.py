"""A population in memory, as tests of tables need it: rows are what is known of people, in the words of the lists of codes."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dangjian.kernel.tabulation import Behind, Coded, Cut, Day, Flag, Population, Regrouped, Wanted, Years

DAY = dt.date(2026, 12, 31)
EDUCATION = Coded("education", "学历")
DIMENSIONS = (
    Coded("sex", "性别"),
    Coded("ethnicity", "民族"),
    EDUCATION,
    Regrouped("education_group", "学历分组", of=EDUCATION),
    Coded("occupation", "职业", codes="job_prefix"),
    Coded("communique_occupation", "公报职业"),
    Day("birth_on", "出生日期"),
    Day("joined_on", "入党时间"),
    Years("age", "年龄", unit="岁", since="birth_on"),
    Flag("is_migrant_worker", "农民工"),
)
NOWHERE = Behind(rows=list, columns=(), order=(), address=str)


def population(people: Sequence[Mapping[str, Any]] = ()) -> Population:
    """``people`` by number from 1; what a row does not say is not known."""

    def scan(_wanted: Wanted) -> dict[str, Any]:
        numbers = np.arange(1, len(people) + 1)
        found: dict[str, Any] = {"id": numbers, "person": numbers, "organization": np.ones(len(people), np.int64)}
        for one in DIMENSIONS:
            if isinstance(one, Flag):
                found[one.code] = one.values(bool(row.get(one.code)) for row in people)
            elif isinstance(one, Day):
                found[one.code] = one.values(row.get(one.code) for row in people)
            elif isinstance(one, Coded) and not isinstance(one, Regrouped):
                found[one.code] = one.values(row.get(one.code, "") for row in people)
        return found

    return Population("people", "人员", "名", "{until}的人员", DIMENSIONS, scan, NOWHERE)


def cut(people: Sequence[Mapping[str, Any]], day: dt.date = DAY) -> Cut:
    """They on a day."""
    return population(people).cut(Wanted(day.replace(month=1, day=1), day))
