"""A field in which a member is found by typing, whether or not they have an account."""

from typing import Unpack

from django.db.models import QuerySet

from dangjian.kernel.forms import FieldOptions
from dangjian.kernel.typed import number
from dangjian.members.models import Member
from dangjian.members.queries.people import found_by_text
from dangjian.org.lookup import LIMIT, LookupField, Option


def member_field(rows: QuerySet[Member], **more: Unpack[FieldOptions]) -> LookupField:
    """Choose one of ``rows``, which says by itself who may be shown, by what people are found by everywhere."""

    def option(member: Member) -> Option:
        return Option(str(member.pk), member.name, f"{member.branch.short_name}，{member.get_category_display()}", member)

    def search(text: str) -> list[Option]:
        found = rows.filter(found_by_text(text)) if text.strip() else rows
        return [option(one) for one in found.select_related("branch").order_by("name_sort", "pk")[:LIMIT]]

    def resolve(value: str) -> Option | None:
        one = rows.filter(pk=number(value) or 0).select_related("branch").first()
        return option(one) if one else None

    return LookupField(search=search, resolve=resolve, placeholder="按姓名、拼音或工号查找", missing="请选择党员", **more)
