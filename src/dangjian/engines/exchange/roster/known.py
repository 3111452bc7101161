"""Who is on record already."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from dangjian.kernel import crypto
from dangjian.members.models import Member
from dangjian.org.scope import current, everything

_ID_CONTEXT: Final = Member._meta.get_field("resident_id").context


@dataclass(frozen=True, slots=True)
class Known:
    """A record with a certain ID number; ``visible`` says whether the importer may know where it stands."""

    member_id: int
    name: str
    category: str
    standing: str
    branch_id: int
    branch_name: str
    visible: bool


def indexer() -> Callable[[str], str]:
    """As ``index_of``, for very many numbers none of which is ""."""
    return partial(crypto.keyring().blind_index, context=_ID_CONTEXT)


def index_of(resident_id: str) -> str:
    """The blind index of an ID number, as ``Member.resident_id_index`` holds it; "" of ""."""
    return crypto.blind_index(resident_id, _ID_CONTEXT) if resident_id else ""


def known_people(indexes: Collection[str]) -> dict[str, Known]:
    """Records by the blind index of their ID number, in the whole enterprise: one person has one record."""
    scope = current()
    columns = (
        "resident_id_index", "pk", "name", "category", "standing", "branch_id", "branch__short_name", "branch__path",
        "branch__body_path",
    )  # fmt: skip
    with everything("one person has one record in the whole enterprise"):
        rows: list[Any] = list(Member.objects.filter(resident_id_index__in=indexes).order_by().values_list(*columns))
    return {
        index: Known(pk, name, category, standing, branch, branch_name, scope.covers(path, body_path))
        for index, pk, name, category, standing, branch, branch_name, path, body_path in rows
    }
