"""What lists (``kernel.lists``) of people's matters have in common: a person is found the same way in all of them."""

from django.db.models import Q

from dangjian.kernel.lists import Search
from dangjian.members.queries.people import found_by_text


def by_person(member: str = "member__", *, also: str = "", called: str = "") -> Search:
    """A box that finds rows by their person (``found_by_text``): name, pinyin, initials, or a whole number of theirs.

    :param member: leads from a row to its member; empty in lists of members.
    :param also: further column of the row that the text may be part of; the box calls it ``called``.
    """

    def found(text: str) -> Q:
        condition = found_by_text(text, member)
        return condition | Q(**{f"{also}__icontains": text}) if also else condition

    return Search("q", f"姓名、拼音、手机号、{called}" if called else "姓名、拼音、手机号", found)
