"""What programs ask of statistics and are answered, described by the declaration. ``org.statistics.operation`` offers it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ninja import Schema
from pydantic import Field, create_model

from dangjian.kernel.api import Day, Key
from dangjian.kernel.errors import Invalid
from dangjian.kernel.lists import YUAN
from dangjian.kernel.periods import MONTH, Span, last_of_month
from dangjian.kernel.statistics.counting import Asked
from dangjian.kernel.statistics.measures import Measure
from dangjian.kernel.statistics.pages import Statistics


def filters_of(statistics: Statistics) -> type[Schema]:
    """What is asked: a unit, days from ``since`` to ``until``, choices."""
    days = ("从哪个月起，用当月1日表示", "到哪个月止，用当月1日表示") if statistics.whole_months else ("从哪一天起", "到哪一天止")
    fields: dict[str, Any] = {
        statistics.over.name: (Key, Field(description=statistics.over.title)),
        "since": (Day, Field(description=f"{days[0]}，如 2026-01-01")),
        "until": (Day, Field(description=f"{days[1]}，如 2026-11-01")),
    }
    for split in statistics.splits:
        for name, one in split.fields().items():
            codes = "、".join(f"{code} {title}" for code, title in getattr(one, "choices", ()) if code)
            fields[name] = (str, Field("", description=f"{one.label}：{codes}"))
    return create_model(f"{_named(statistics)}Filter", __base__=Schema, **fields)


def answer_of(statistics: Statistics) -> type[Schema]:
    """What is answered: the total and the rows of each split."""
    figures: Any = create_model(
        f"{_named(statistics)}FiguresOut",
        __base__=Schema,
        **_fields(
            {one.figure: (int | None if one.base else int, Field(description=_described(one))) for one in statistics.measures}
        ),
    )
    fields: dict[str, Any] = {"total": (figures, Field(description="合计"))}
    for split in statistics.all_splits:
        row: Any = create_model(
            f"{_named(statistics)}{split.name.title()}Out",
            __base__=Schema,
            **_fields(
                {
                    split.key: (split.key_type, Field(description=split.title)),
                    "title": (str, Field(description="名称")),
                    "figures": (figures, Field(description="数字")),
                }
            ),
        )
        fields[split.rows_key] = (list[row], Field(description=f"按{split.title}"))
    return create_model(f"{_named(statistics)}Out", __base__=Schema, **fields)


def answered(statistics: Statistics, unit: Any, since: dt.date, until: dt.date, given: Mapping[str, str]) -> dict[str, object]:
    """The answer for a unit. Raises ``Invalid`` for days the wrong way round and for a choice that there is not."""
    if since > until:
        raise Invalid("起始日期晚于终止日期。", fields={"since": "不能晚于 until"})
    if statistics.whole_months:
        since, until = Span.of(since, MONTH).start, last_of_month(until)
    for split in statistics.splits:
        for name, one in split.fields().items():
            if given.get(name) and not one.valid_value(given[name]):
                raise Invalid("没有这个选项。", fields={name: "不在可选的范围内"})
    return statistics.answer_program(Asked(unit, since, until, {name: value for name, value in given.items() if value}))


def _fields(fields: dict[str, object]) -> Any:
    return fields


def _described(measure: Measure) -> str:
    title = measure.header or measure.title
    title = f"{title}（没有可算的时为空）" if measure.base else title
    return f"{title}（分）" if measure.kind is YUAN else title


def _named(statistics: Statistics) -> str:
    return "".join(part.title() for part in statistics.name.replace("_", ":").split(":"))
