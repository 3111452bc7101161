"""Units as a sheet: what the national register asks of each, in and out."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from django.urls import reverse

from dangjian.kernel import clock, codes, identity
from dangjian.kernel.actor import Actor
from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value
from dangjian.org.actions import units as actions
from dangjian.org.actions.units import FIELDS, controls, covering_problem
from dangjian.org.models import Covered, Kind, Organization, Unit
from dangjian.org.sheet_offers import (
    EXAMPLE_MARK,
    Checked,
    Done,
    Elsewhere,
    GoingOut,
    Near,
    NextStep,
    OnRecord,
    Progress,
    Row,
    Sheet,
    SheetColumn,
    Upload,
    Way,
    Words,
)
from dangjian.org.written.names import Names
from dangjian.org.written.nearest import folded

ORGANIZATION: Final = "organization"
KINDS: Final = {
    "organization": "党组织",
    "code": "选项",
    "credit": "统一社会信用代码",
    "number": "数目",
    "date": "日期",
    "exists": "重复",
}
NOTES: Final = (
    "一个单位填一行。红色表头的列必填，其余有就填；列的次序可以改变。",
    "党组织写为这个单位建立的党组织的全称、简称或编码；建立联合党支部的写联合党支部，还没有建立的写联系这个单位的党组织。",
    "平台上已有的单位按统一社会信用代码认出，没有代码的按党组织和单位名称认出，补充或更正内容；空着的格子不会清掉原有内容。",
    f"第二行是示例（虚构的单位），名称以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
    "上传后先检查，每个问题都会指出单元格，改好以后再入库；入库后30天内可以整批撤销。",
)
WORDS: Final = Words(
    noun="单位信息表",
    subject="单位",
    unit="个",
    advice=("一行写明单位名称、党组织、建立党组织情况。", "可以上传按模板转换的全国党员管理信息系统的单位信息。"),
    empty="先下载模板填写，再上传；也可以在“单位信息”里逐个登记。",
    needs="党组织要先在平台上。",
    update="更新单位信息",
    undo="新登记的单位会删除，更新过的恢复原样。之后又修改过的，不能撤销。",
)
_FLAGS: Final = {"是": True, "有": True, "1": True, "√": True, "否": False, "无": False, "0": False, "×": False}
_MOST: Final = 1_000_000


def columns() -> list[SheetColumn]:
    """What the national register asks of a unit (rec.unit), in its order."""
    return [
        SheetColumn(
            "name", "单位名称", ("名称", "单位全称"), required=True, read=_text(120), in_preview=True,
            example=f"{EXAMPLE_MARK}（虚构）虚构集团机电公司",
        ),
        SheetColumn(
            ORGANIZATION, "党组织", ("党组织名称", "所建党组织", "党组织全称"), required=True, read=as_text, kind="organization",
            repeats=True, in_preview=True, example="虚构集团机电党总支", elsewhere=Elsewhere("单位信息", record_url),
        ),
        SheetColumn("affiliation", "隶属关系", (), read=_text(40), repeats=True, example="省（区、市）"),
        _coded(
            "nature", "性质类别", ("单位性质", "单位性质类别"), codes.get("unit_economic_type").choices,
            example="国有经济控制企业",
        ),
        _coded("covered", "建立党组织情况", ("建立党组织",), Covered.choices, required=True, example="单独建立党组织"),
        _flag("is_legal_entity", "是否法人单位", ("法人标识", "法人单位"), example="是"),
        SheetColumn("representative", "法定代表人", ("法人代表", "单位负责人"), read=_text(64), example="虚构法人"),
        _flag("representative_is_member", "法定代表人是否党员", ("法定代表人是党员",), example="是"),
        SheetColumn(
            "credit_code", "统一社会信用代码", ("社会信用代码", "信用代码", "单位代码"), read=_credit, kind="credit",
            in_preview=True, hint="18位，最后一位是校验位。",
        ),
        _coded("control", "企业控股情况", ("企业控制情况", "控股情况", "企业控制（控股）情况"), controls()),
        _coded("size", "企业规模", ("单位规模",), codes.get("unit_size").choices, example="大型"),
        _number("staff", "在岗职工数", ("在岗职工", "职工人数"), example="320"),
        _number("workers", "工人数", ("其中工人数", "工勤技能人员数"), example="260"),
        _number("technicians", "专业技术人员数", ("其中专业技术人员数",), example="40"),
        _flag("has_union", "是否建有工会", ("建有工会",), example="是"),
        SheetColumn(
            "since_on", "纳入日期", ("成立日期", "建立日期"), read=_day, kind="date", holds_days=True, example="2016-06-30",
            hint="从这一天起计入统计；不填按导入当天。",
        ),
    ]  # fmt: skip


def record_url(unit_id: int) -> str:
    """The page of a unit."""
    return reverse("org:unit", args=[unit_id])


def _text(longest: int) -> Callable[[Value], str]:
    def read(value: Value) -> str:
        text = " ".join(as_text(value).split())
        if len(text) > longest:
            raise Invalid(f"最多{longest}个字，现在是{len(text)}个。")
        return text

    return read


def _coded(
    code: str,
    title: str,
    headers: tuple[str, ...],
    choices: Iterable[tuple[str, str]],
    *,
    required: bool = False,
    example: str = "",
) -> SheetColumn:
    labels = {str(key): str(label) for key, label in choices}
    by_label = {label: key for key, label in labels.items()} | {key: key for key in labels}

    def read(value: Value) -> str:
        found = by_label.get(as_text(value).strip())
        if found is None:
            raise Invalid(f"没有“{as_text(value)}”这种{title}。", how=f"请填：{'、'.join(labels.values())}。")
        return found

    return SheetColumn(
        code, title, headers, required=required, read=read, kind="code", repeats=True, choices=tuple(labels.values()),
        example=example, write=lambda key: labels.get(key, key), in_preview=required,
    )  # fmt: skip


def _flag(code: str, title: str, headers: tuple[str, ...], *, example: str = "") -> SheetColumn:
    def read(value: Value) -> bool:
        known = value if isinstance(value, bool) else _FLAGS.get(as_text(value).strip())
        if known is None:
            raise Invalid(f"“{as_text(value)}”看不出是还是否。", how="请填是或否。")
        return known

    return SheetColumn(
        code, title, headers, read=read, kind="code", repeats=True, choices=("是", "否"), example=example,
        write=lambda value: "是" if value else "否",
    )  # fmt: skip


def _number(code: str, title: str, headers: tuple[str, ...], *, example: str = "") -> SheetColumn:
    def read(value: Value) -> int:
        text = as_text(value).strip().removesuffix("人")
        if not text.isdigit() or int(text) > _MOST:
            raise Invalid("请填人数，是整数。")
        return int(text)

    return SheetColumn(code, title, headers, read=read, kind="number", example=example)


def _credit(value: Value) -> str:
    return identity.check_credit_code(value)


def _day(value: Value) -> dt.date:
    day = parse_date(value).value
    if day > clock.today():
        raise Invalid("这一天还没有到。", how="请检查年份。")
    return day


class UnitsChecker:
    """Finds the organisation of each row, and the unit if it is on record."""

    def __init__(self, upload: Upload) -> None:
        self.upload = upload
        rows = Organization.objects.standing().below(upload.organization).exclude(kind=Kind.GROUP)
        self._names = Names(rows)

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        if ORGANIZATION not in row.clean:
            return
        found = self._names.called(row.clean[ORGANIZATION])
        if len(found) != 1:
            near = self._names.near(row.clean[ORGANIZATION], lambda _one: True)
            how = f"是不是“{'”“'.join(near)}”？" if near and not found else "请写全称或编码。"
            text = f"{'有几个' if found else '没有'}叫“{row.clean[ORGANIZATION]}”的党组织。{how}"
            row.complain(ORGANIZATION, "organization", text)
            return
        row.clean["organization_id"] = row.organization_id = found[0].pk
        row.told[ORGANIZATION] = found[0].name
        if "covered" in row.clean:
            for column, text in covering_problem(found[0], row.clean["covered"]).items():
                row.complain(column, "code", f"{text}。")
        for name in ("workers", "technicians"):
            if row.clean.get(name, 0) > row.clean.get("staff", _MOST):
                row.complain(name, "number", "不能多于在岗职工数。")

    def compare(self, rows: Sequence[Checked]) -> None:
        """See ``sheet_offers.Checker``."""
        standing = Unit.objects.filter(ended_on=None, organization__path__startswith=self.upload.organization.path)
        known = list(standing.select_related("organization"))
        by_code = {one.credit_code: one for one in known if one.credit_code}
        by_name = {(one.organization_id, one.name): one for one in known}
        for row in rows:
            named = (row.clean.get("organization_id", 0), row.clean.get("name", ""))
            code = row.clean.get("credit_code", "")
            row.key, row.key_column = code or f"{named[0]}:{named[1]}", "credit_code" if code else "name"
            found = by_code.get(code) or by_name.get(named)
            if found is None:
                continue
            if found.organization_id != named[0]:
                text = f"这个代码已经登记在“{found.organization}”名下（{found.name}）。"
                row.complain(ORGANIZATION, "exists", f"{text}党组织变了的，请在单位信息里办。")
                continue
            row.record_id = found.pk
            same = all(getattr(found, name) == row.clean[name] for name in FIELDS if name in row.clean)
            row.outcome = "ignored" if same else "update"


def enter(*, actor: Actor, upload: Upload, new: Iterable[Row], updates: Iterable[Row], progress: Progress) -> Done:
    """See ``sheet_offers.Enter``."""
    kept: dict[int, dict[str, Any]] = {}
    made = changed = 0
    places: Mapping[int, Organization] = Organization.objects.below(upload.organization).in_bulk()
    for row in chain(new, updates):
        given = {name: row.values[name] for name in FIELDS if name in row.values}
        place = places.get(row.values["organization_id"])
        if place is None:
            raise Conflict("表里有党组织已撤销或移出您的管理范围。", how="请点“重新检查”后再入库。")
        if row.record_id:
            unit = Unit.objects.select_related("organization").filter(pk=row.record_id).first()
            if unit is None:
                raise Conflict(f"第{row.number}行的单位已经不在单位信息里。", how="请点“重新检查”后再入库。")
            before = {name: getattr(unit, name) for name in given}
            unit = actions.change_unit(actor=actor, unit=unit, **given)
            changed += 1
        else:
            before = {}
            given.setdefault("since_on", clock.today())
            unit = actions.keep_unit(actor=actor, organization=place, batch=upload.batch, **given)
            made += 1
        kept[row.number] = {"unit": unit.pk, "at": unit.updated_at.isoformat(), **before}
        progress(made + changed)
    return Done(made, changed, kept)


def undo(
    *,
    actor: Actor,
    upload: Upload,  # noqa: ARG001 - as the protocol has it; what was kept names the units
    entered_at: dt.datetime,  # noqa: ARG001 - as the protocol has it; each unit says when it was changed
    kept: Iterator[Row],
    progress: Progress,
) -> int:
    """See ``sheet_offers.Undo``."""
    done = 0
    for row in kept:
        before = dict(row.values)
        number, at = before.pop("unit"), before.pop("at")
        actions.take_back_unit(actor=actor, number=number, at=dt.datetime.fromisoformat(at), before=before)
        done += 1
        progress(done)
    return done


def rows(organization: Organization, only: Collection[int] | None = None) -> Iterator[OnRecord]:
    """Units that are counted, in the order of the tree. See ``sheet_offers.GoingOut``."""
    found = Unit.objects.filter(ended_on=None, organization__path__startswith=organization.path)
    if only is not None:
        found = found.filter(pk__in=only)
    for one in found.select_related("organization").order_by("organization__path", "pk").iterator(chunk_size=1000):
        values = {name: getattr(one, name) for name in FIELDS}
        kept = {name: value for name, value in values.items() if value is not None and value != ""}
        yield OnRecord(one.pk, one.organization_id, {**kept, ORGANIZATION: one.organization.name})


def _near(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """A unit of the name that stands at another organisation, or has another code."""
    differing = [titled for code, titled in (("credit_code", "统一社会信用代码"), (ORGANIZATION, "党组织"))
                 if theirs.get(code) and ours.get(code) and theirs[code] != ours[code]]  # fmt: skip
    return f"单位名称相同，{'、'.join(differing)}不同" if differing else "单位名称相同"


def next_steps(_organization: Organization) -> Sequence[NextStep]:
    """Where they are to be seen."""
    return (NextStep("查看单位信息", "核对、补充", reverse("org:units"), "building"),)


UNITS: Final = Sheet(
    code="units",
    title="单位信息",
    permission="org.manage",
    words=WORDS,
    columns=columns,
    name_column="name",
    checker=UnitsChecker,
    enter=enter,
    undo=undo,
    kinds=KINDS,
    notes=NOTES,
    next_steps=next_steps,
    together=True,
    out=GoingOut(permissions=("org.manage",), rows=rows),
    is_compared=True,
    found_by=(Way(("credit_code",)), Way((ORGANIZATION, "name"), unless=("credit_code",))),
    near=Near(folded, ("credit_code", ORGANIZATION), _near),
    record_url=record_url,
    gone=Elsewhere("单位不再统计", record_url),
    order=15,
)
