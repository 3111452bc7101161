"""Who may hold a post of a committee, as the records of members say it."""

import datetime as dt
from collections.abc import Sequence

from dangjian.accounts.models import User
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import NotInForce, Period, book
from dangjian.kernel.ui import words
from dangjian.members import policy
from dangjian.members.models import Member
from dangjian.members.queries.standing import standing_on
from dangjian.members.rights import Right
from dangjian.org.models import Organization, PostKind
from dangjian.org.offers import Concern
from dangjian.org.openings import own


def concerns(user: User, organization: Organization, kind: PostKind, starts_on: dt.date) -> Sequence[Concern]:
    """What speaks against the person in that post from ``starts_on`` on, as far as the platform knows the rules of that day.

    Raises ``Invalid`` for whoever cannot be elected on that day, such as a probationary member or one under 留党察看.
    """
    member = own(Member, user.pk).first()
    if member is None:
        return ()
    found = standing_on([member.pk], starts_on)[member.pk].grounds(Right.LEAD)
    for ground in found:
        if not ground.is_usual_only:
            raise Invalid(
                f"{ground.text}。",
                how="请选择其他正式党员，或者等到可以任职的那一天再任。",
                citation=ground.citation,
                fields={"user": "请选择其他正式党员"},
            )
    return [
        *_young_in_the_party(member, organization, kind, starts_on),
        *(Concern(ground.text, ground.citation) for ground in found),
    ]


def _young_in_the_party(member: Member, organization: Organization, kind: PostKind, on: dt.date) -> list[Concern]:
    """党支部书记一般应当有一年以上党龄; nothing is said of whoever has no day of conversion on record."""
    if kind != PostKind.SECRETARY or not organization.is_branch or member.converted_on is None:
        return []
    try:
        rule = book().on("org.branch_secretary.party_age", on)
    except NotInForce:
        return []
    reached = policy.party_age_reached_on(member.converted_on, rule.expect(Period), member.party_age_correction_months)
    if on < reached:
        text = f"{member.name}在{words.day(on)}党龄不足{rule.text}，党支部书记一般应当有{rule.text}以上党龄"
        return [Concern(text, rule.citation)]
    return []
