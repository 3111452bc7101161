"""Whom a row of the officers' sheet means: a member on record, an account that waits for its member, or somebody to come."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from django.db.models import Q

from dangjian.accounts.models import User
from dangjian.kernel import clock, names
from dangjian.members.models import Member, Standing, WaitingAccount
from dangjian.members.queries.known import Known, indexer, known_by_number, known_people
from dangjian.org import roles
from dangjian.org.models import Grant, Organization
from dangjian.org.openings import register
from dangjian.org.scope import current
from dangjian.org.sheet_offers import Checked

AT_ONCE: Final = 500
INDEX: Final = "resident_id_index"
_ELSEWHERE: Final = "这个号码已登记在本单位另一个党组织。请核对；确属同一人的，请由上级党务部门登记任职。"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody: ``token`` tells them from all others, ``user_id`` is their account (0 if they have none yet)."""

    token: str
    user_id: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    name: str
    user_id: int
    visible: bool


class People:
    """Finds the people of ``rows``; asks the database once for some hundreds of them.

    Complains where nobody is found, and adds to ``clean`` what entering needs: ``member_id``, or the index of the ID number.
    """

    def __init__(self, rows: Sequence[Checked]) -> None:
        index_of = indexer()
        self._names: dict[str, str] = {}
        for row in rows:
            if "resident_id" in row.clean:
                row.clean[INDEX] = index_of(row.clean["resident_id"])
        indexes = sorted({row.clean[INDEX] for row in rows if INDEX in row.clean})
        pairs = sorted({_number_and_name(row) for row in rows if INDEX not in row.clean})
        self._by_index = {index: one for piece in _pieces(indexes) for index, one in known_people(piece).items()}
        self._by_number = {pair: one for piece in _pieces(pairs) for pair, one in known_by_number(set(piece)).items()}
        self._waiting = {index: one for piece in _pieces(indexes) for index, one in _waiting(piece).items()}
        users = [one.user_id for one in [*self._by_index.values(), *self._by_number.values()] if one.user_id]
        self._closed = {pk for piece in _pieces(users) for pk in _closed(piece)}
        self._administrators = {pk for piece in _pieces(users) for pk in _administrators(piece)}
        self._settled = sorted(set(Member.objects.counted().order_by().values_list("branch__path", flat=True).distinct()))

    def find(self, row: Checked, organization: Organization) -> Person | None:
        """Who is meant. ``None``, with a complaint, if nobody is or they cannot hold a post."""
        index = row.clean.get(INDEX)
        if row.has("resident_id") or row.has("name"):
            return None
        known = self._by_index.get(index) if index else self._by_number.get(_number_and_name(row))
        if known is not None:
            return self._on_record(row, known)
        if not index:
            text = "名册里没有员工编码和姓名都相同的党员。请核对，或者填公民身份号码。"
            row.complain("employee_no", "person", text)
            return None
        if index in self._waiting:
            return _that_waits(row, self._waiting[index], index)
        return self._to_come(row, organization, index)

    def _on_record(self, row: Checked, known: Known) -> Person | None:
        if not known.visible:
            row.complain("resident_id", "person", _ELSEWHERE)
            return None
        trouble = ""
        if not names.same(row.clean["name"], known.name):
            trouble = f"这个号码登记的是{known.name}，请核对是不是填错了行。"
        elif known.standing != Standing.NORMAL:
            trouble = f"{known.name}的党籍状态是“{Standing(known.standing).label}”，不能任职。"
        elif known.user_id in self._closed:
            trouble = f"{known.name}的账号已停用，不能任职。请系统管理员启用账号以后再导入。"
        elif known.user_id in self._administrators:
            trouble = f"{known.name}是平台的系统、安全或审计管理员，不能同时担任党内职务。"
        if trouble:
            row.complain("name", "person", trouble)
            return None
        row.clean["member_id"] = known.member_id
        return Person(f"m{known.member_id}", known.user_id)

    def _to_come(self, row: Checked, organization: Organization, index: str) -> Person | None:
        name, body = row.clean["name"], organization.branch()
        if not names.same(self._names.setdefault(index, name), name):
            row.complain("name", "person", f"同一个号码在表里另一行写的姓名是“{self._names[index]}”，请核对。")
            return None
        if self._has_members(body):
            text = f"“{body}”的名册里没有{name}。请核对号码；确是党员的，请先导入他所在支部的名册，再导入任职。"
            row.complain("name", "person", text)
            return None
        text = f"名册里还没有{name}。入库时先为他开通账号，名册导入以后自动归到本人名下；在这之前不能登录。"
        row.complain("name", "person", text, is_warning=True)
        return Person(index)

    def _has_members(self, body: Organization) -> bool:
        """Whether anybody is on record at ``body`` or below it."""
        place = bisect_left(self._settled, body.path)
        return place < len(self._settled) and self._settled[place].startswith(body.path)


def _that_waits(row: Checked, waiting: _Waiting, index: str) -> Person | None:
    if not waiting.visible:
        row.complain("resident_id", "person", _ELSEWHERE)
        return None
    if not names.same(waiting.name, row.clean["name"]):
        row.complain("name", "person", f"这个号码任职时登记的是{waiting.name}，请核对是不是填错了行。")
        return None
    return Person(index, waiting.user_id)


def _number_and_name(row: Checked) -> tuple[str, str]:
    return row.clean.get("employee_no", ""), names.fold(row.clean.get("name", ""))


def _waiting(indexes: Sequence[str]) -> dict[str, _Waiting]:
    scope = current()
    rows = register(WaitingAccount).filter(resident_id_index__in=indexes).select_related("user", "organization")
    return {
        row.resident_id_index: _Waiting(
            row.user.name, row.user_id, scope.covers(row.organization.path, row.organization.body_path)
        )
        for row in rows
    }


def _closed(user_ids: Sequence[int]) -> set[int]:
    return set(User.objects.filter(pk__in=user_ids, is_active=False).values_list("pk", flat=True))


def _administrators(user_ids: Sequence[int]) -> set[int]:
    """Those who are one of the three administrators now or are going to be (``org.actions.apart`` refuses them every post)."""
    held = register(Grant).filter(Q(ends_on=None) | Q(ends_on__gt=clock.today()), role__in=roles.ADMINISTRATORS)
    return set(held.filter(user__in=user_ids).values_list("user_id", flat=True))


def _pieces(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]
