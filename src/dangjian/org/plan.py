"""What the first start needs to know of an enterprise, whether somebody types it into a page or a file holds it.

A file (YAML or JSON) for repeated installations::

    name: 虚构星河集团有限公司
    committee: {name: 中共虚构星河集团有限公司委员会, short_name: 集团党委, type: 党委, established_on: 1998-06-01}
    live_on: 2026-12-01
    people:
      system: {name: 虚构甲, username: xitong}
      security: {name: 虚构乙, username: anquan}
      audit: {name: 虚构丙, username: shenji}
      office: {name: 虚构丁, username: dangban, phone: "13900000000"}
    settings: {dues.rounding: "0.1"}
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dangjian.kernel import codes
from dangjian.kernel.errors import Invalid
from dangjian.org import roles

POSITIONS: dict[str, tuple[str, str]] = {
    "system": (roles.SYSTEM_ADMIN, "系统管理员"),
    "security": (roles.SECURITY_ADMIN, "安全管理员"),
    "audit": (roles.AUDIT_ADMIN, "审计管理员"),
    "office": (roles.PARTY_OFFICE, "党务部门"),
}
"""The four people of the first day: role and title."""

DUTIES: dict[str, str] = {
    "system": "开通和停用账号、重置密码；看不到党务数据",
    "security": "分配角色、解除登录锁定；看不到党务数据",
    "audit": "查看操作留痕；不能办理任何业务",
    "office": "建立党组织、导入名册，办理全部党务工作",
}
"""What each of them does, in a line."""

TYPES = ("611", "911")
"""Types of the first organisation: a committee, with whom approvals end."""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """Somebody who gets an account on the first day. ``phone`` may be empty; with it they can sign in too."""

    name: str
    username: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class EnterprisePlan:
    """An enterprise on its first day. ``settings`` are raw values of the rulebook by key; what is not named keeps its default."""

    name: str
    committee_name: str
    committee_short_name: str
    type_code: str
    established_on: dt.date
    live_on: dt.date
    people: Mapping[str, PersonPlan]
    unit_name: str = ""
    approved_by: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)


def read_plan(file: Path, *, today: dt.date) -> EnterprisePlan:
    """The plan in ``file``; ``live_on`` is ``today`` if not named. Raises ``Invalid`` that names what is missing or wrong."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"打不开文件“{file}”。", how="请检查文件名和权限。") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Invalid(f"文件“{file}”不是 UTF-8 编码的 YAML 或 JSON：{error}") from error
    if not isinstance(content, dict):
        raise Invalid(f"文件“{file}”里没有内容。", how="格式见 docs/start-for-real.md。")
    committee, people = _part(content, "committee"), _part(content, "people")
    plan = EnterprisePlan(
        name=_text(content, "name"),
        committee_name=_text(committee, "committee.name"),
        committee_short_name=_text(committee, "committee.short_name"),
        type_code=_type(committee.pop("type", "党委")),
        established_on=_day(committee.pop("established_on", None), "committee.established_on"),
        unit_name=str(committee.pop("unit_name", "")),
        approved_by=str(committee.pop("approved_by", "")),
        live_on=_day(content.pop("live_on", today), "live_on"),
        people={position: _person(people, position) for position in POSITIONS},
        settings=_part(content, "settings") if "settings" in content else {},
    )
    for where, rest in (("", content), ("committee.", committee), ("people.", people)):
        if rest:
            raise Invalid(f"文件里有不认识的内容：{where}{'、'.join(map(str, rest))}。", how="请核对拼写，或者删去。")
    return plan


def _part(content: dict[str, object], name: str) -> dict[str, object]:
    found = content.pop(name, None)
    if not isinstance(found, dict):
        raise Invalid(f"文件里缺少“{name}”这一段。", how="格式见 docs/start-for-real.md。")
    return dict(found)


def _text(content: dict[str, object], path: str) -> str:
    found = content.pop(path.rpartition(".")[2], None)
    if not isinstance(found, str) or not found.strip():
        raise Invalid(f"文件里没有填写“{path}”。")
    return found.strip()


def _day(raw: object, path: str) -> dt.date:
    if isinstance(raw, dt.date) and not isinstance(raw, dt.datetime):
        return raw
    try:
        return dt.date.fromisoformat(str(raw))
    except ValueError as error:
        raise Invalid(f"“{path}”不是日期。", how="请写成 2026-12-01 的样子。") from error


def _type(raw: object) -> str:
    text = str(raw)
    return next((item.code for item in codes.get("org_type").items if text in {item.code, item.label, *item.aliases}), text)


def _person(people: dict[str, Any], position: str) -> PersonPlan:
    person = _part(people, position) if position in people else None
    if person is None:
        raise Invalid(f"文件里缺少“people.{position}”（{POSITIONS[position][1]}）。")
    plan = PersonPlan(_text(person, f"people.{position}.name"), _text(person, f"people.{position}.username"))
    return PersonPlan(plan.name, plan.username, str(person.pop("phone", "")))
