"""Who is on record already."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from dangjian.kernel import crypto, names
from dangjian.kernel.reach import Scope
from dangjian.members.models import Member
from dangjian.org.openings import register
from dangjian.org.scope import current

_ID_CONTEXT: Final = Member._meta.get_field("resident_id").context
_COLUMNS: Final = (
    "resident_id_index", "pk", "name", "category", "standing", "branch_id", "branch__short_name", "branch__path",
    "branch__body_path", "user_id", "organization_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """A record with a certain ID number; ``visible`` says whether the importer may know where it stands.

    ``user_id`` is the member's account, 0 if they have none; ``organization_id`` their group, or else their branch.
    """

    member_id: int
    name: str
    category: str
    standing: str
    branch_id: int
    branch_name: str
    visible: bool
    user_id: int = 0
    organization_id: int = 0


def indexer() -> Callable[[str], str]:
    """As ``index_of``, for very many numbers none of which is ""."""
    return partial(crypto.keyring().blind_index, context=_ID_CONTEXT)


def index_of(resident_id: str) -> str:
    """The blind index of an ID number, as ``Member.resident_id_index`` holds it; "" of ""."""
    return crypto.blind_index(resident_id, _ID_CONTEXT) if resident_id else ""


def known_people(indexes: Collection[str]) -> dict[str, Known]:
    """Records by the blind index of their ID number, in the whole enterprise: one person has one record."""
    scope = current()
    rows = list(register(Member).filter(resident_id_index__in=indexes).order_by().values_list(*_COLUMNS))
    return {row[0]: _known(row, scope) for row in rows}


def known_by_number(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Records in the open scope by employee number and folded name (``kernel.names``), both of which must agree."""
    numbers = {number for number, _name in wanted if number}
    columns = ("employee_no", *_COLUMNS[1:])
    rows = list(Member.objects.filter(employee_no__in=numbers).order_by().values_list(*columns))
    found = {(row[0], names.fold(row[2])): _known(row, current()) for row in rows}
    return {pair: one for pair, one in found.items() if pair in wanted}


def _known(row: Any, scope: Scope) -> Known:
    _, pk, name, category, standing, branch, branch_name, path, body_path, user_id, organization_id = row
    visible = scope.covers(path, body_path)
    return Known(pk, name, category, standing, branch, branch_name, visible, user_id or 0, organization_id)
