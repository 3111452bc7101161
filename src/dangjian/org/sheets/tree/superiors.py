"""Under what each new organisation of the table stands: found by what its row names, whatever the order of the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from dangjian.kernel.ui import words
from dangjian.org.models import PARENT_KINDS
from dangjian.org.sheet_offers import Checked
from dangjian.org.sheets.tree.known import Known
from dangjian.org.sheets.tree.units import Register, Unit

NAMED_AT_MOST: Final = 4
MOST_ROUNDS: Final = 64


@dataclass(slots=True)
class _Open:
    """A row whose superior is not settled: those it may be, and the path by which it names one."""

    unit: Unit
    candidates: Sequence[Unit]
    segments: list[str]


def find_superiors(fresh: Sequence[Unit], register: Register, known: Known) -> None:
    """Put ``above`` into each of ``fresh``, or complain in the cell of its superior. Loops are found and cut."""
    waiting = []
    for unit in fresh:
        row = _row(unit)
        if row.has("parent"):
            continue
        if not unit.called:
            text = f"没有填写上级党组织。设在“{known.place.title}”之下的，请写“{known.place.title}”。"
            row.complain("parent", "required", text)
            continue
        segments = register.segments(unit.called)
        candidates = register.find(segments[-1]) if segments else []
        if not candidates:
            _complain_of_unknown(unit, register, known)
        elif len(segments) == 1:
            _settle(unit, candidates)
        else:
            waiting.append(_Open(unit, candidates, segments))
    _settle_paths(waiting, register)
    _cut_loops(fresh)


def _settle_paths(waiting: list[_Open], register: Register) -> None:
    """Paths are followed upwards, so each round settles those whose superiors were settled by the round before."""
    for _ in range(MOST_ROUNDS):
        left = []
        for one in waiting:
            answers = [register.names(candidate, one.segments) for candidate in one.candidates]
            if None in answers:
                left.append(one)
            else:
                _settle_path(one, [unit for unit, yes in zip(one.candidates, answers, strict=True) if yes])
        if len(left) == len(waiting):
            break
        waiting = left
    for one in waiting:
        _settle_path(one, [unit for unit in one.candidates if register.names(unit, one.segments)])


def _settle_path(one: _Open, found: Sequence[Unit]) -> None:
    if found:
        _settle(one.unit, found)
    else:
        upper = "/".join(one.segments[:-1])
        shown = "、".join(f"“{unit.title}”（{unit.place}）" for unit in one.candidates[:NAMED_AT_MOST])
        text = f"在“{upper}”之下没有“{one.segments[-1]}”。叫这个名称的有：{shown}。"
        _row(one.unit).complain("parent", "parent", text)


def _settle(unit: Unit, candidates: Sequence[Unit]) -> None:
    others = [one for one in candidates if one is not unit]
    if not others:
        _row(unit).complain("parent", "parent", "上级党组织写成了它自己。")
        return
    if len(others) > 1 and unit.kind:
        # Where only one of them may have such an organisation below it, that one is meant.
        fitting = [one for one in others if one.kind in PARENT_KINDS[unit.kind]]
        others = fitting if len(fitting) == 1 else others
    if len(others) == 1:
        unit.above = others[0]
        return
    shown = "；".join(f"“{one.title}”（{one.place}）" for one in others[:NAMED_AT_MOST])
    text = f"有{len(others)}个党组织都叫“{unit.called}”：{shown}。请写编码，或者从上往下写，例如“" + _path_of(others[0]) + "”。"
    _row(unit).complain("parent", "parent", text)


def _path_of(unit: Unit) -> str:
    superior = unit.above.title if unit.above else unit.called
    return f"{superior}/{unit.title}" if superior else unit.title


def _complain_of_unknown(unit: Unit, register: Register, known: Known) -> None:
    dissolved = Register(known.dissolved).find(unit.called) if known.dissolved else []
    if dissolved and dissolved[0].record and dissolved[0].record.dissolved_on:
        text = f"“{dissolved[0].title}”已于{words.day(dissolved[0].record.dissolved_on)}撤销，不能作为上级。"
    else:
        near = register.like(unit.called)
        hint = f"是不是“{'”“'.join(near)}”？" if near else "请写上级的全称、简称或编码。"
        text = f"没有党组织叫“{unit.called}”：表里（忽略的行不算）和“{known.place.title}”范围内都没有。{hint}"
    _row(unit).complain("parent", "parent", text)


def _cut_loops(fresh: Iterable[Unit]) -> None:
    """Complain of every row in a loop, and take its superior away so that nobody walks round it."""
    settled: set[int] = set()
    for unit in fresh:
        walked: list[Unit] = []
        seen: dict[int, int] = {}
        one: Unit | None = unit
        while one is not None and id(one) not in settled and id(one) not in seen:
            seen[id(one)] = len(walked)
            walked.append(one)
            one = one.above
        if one is not None and id(one) in seen:
            _complain_of_loop(walked[seen[id(one)] :])
        settled.update(id(each) for each in walked)


def _complain_of_loop(loop: Sequence[Unit]) -> None:
    names = [f"“{unit.title}”（第{_row(unit).number}行）" for unit in loop[:NAMED_AT_MOST]]
    shown = "的上级是".join([*names, *(["……"] if len(loop) > NAMED_AT_MOST else []), names[0]])
    for unit in loop:
        unit.above = None
        _row(unit).complain("parent", "parent", f"上级关系成了一个圈：{shown}。请改正其中一个的上级。")


def _row(unit: Unit) -> Checked:
    if unit.row is None:
        raise ValueError(unit)
    return unit.row
