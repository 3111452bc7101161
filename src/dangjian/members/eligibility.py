"""Who may hold a post of a committee, as the records of members say it."""

import datetime as dt

from dangjian.accounts.models import User
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import Choices, NotInForce, book
from dangjian.kernel.ui import words
from dangjian.members.models import Category, Member
from dangjian.org.scope import everything

STAND = "stand"
"""The right to be elected, among those that a probationary member lacks."""


def check_may_stand(user: User, starts_on: dt.date) -> None:
    """Raise ``Invalid`` if the person is a probationary member on the post's first day (``member.probationary_rights``)."""
    with everything("whether somebody may stand follows from the one record, wherever it lies"):
        member = Member.objects.filter(user=user).first()
    if member is None or not _is_probationary(member, starts_on):
        return
    try:
        rule = book().on("member.probationary_rights", starts_on)
    except NotInForce:
        return
    if STAND in {choice.code for choice in rule.expect(Choices)}:
        raise Invalid(
            f"{member.name}在{words.day(starts_on)}还是预备党员，没有被选举权，不能任书记、副书记和委员。",
            how="请在转正以后再任职，或者选择其他正式党员。",
            citation=rule.citation,
            fields={"user": "请选择正式党员"},
        )


def _is_probationary(member: Member, on: dt.date) -> bool:
    if member.category == Category.PROBATIONARY:
        return member.joined_on is None or member.joined_on <= on
    return bool(member.joined_on and member.converted_on and member.joined_on <= on < member.converted_on)
