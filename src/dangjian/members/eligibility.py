"""Who may hold a post of a committee, as the records of members say it."""

import datetime as dt
from collections.abc import Sequence

from dangjian.accounts.models import User
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import Choices, NotInForce, Period, book
from dangjian.kernel.ui import words
from dangjian.members import policy
from dangjian.members.models import Category, Member, Sanction
from dangjian.org.models import Organization, PostKind
from dangjian.org.offers import Concern
from dangjian.org.openings import own, register

STAND = "stand"
"""The right to be elected, among those that a probationary member lacks."""

EFFECT_RULES = {
    "warning": "disc.effect.warning",
    "serious_warning": "disc.effect.serious_warning",
    "removal_from_post": "disc.effect.removal_from_post",
    "probation_within_party": "disc.probation.after",
}
"""By kind of penalty, the rule that says for how long it keeps somebody from higher posts."""


def concerns(user: User, organization: Organization, kind: PostKind, starts_on: dt.date) -> Sequence[Concern]:
    """What speaks against the person in that post from ``starts_on`` on, as far as the platform knows the rules of that day.

    Raises ``Invalid`` for a probationary member (``member.probationary_rights``).
    """
    member = own(Member, user.pk).first()
    if member is None:
        return ()
    _check_may_stand(member, starts_on)
    return [*_young_in_the_party(member, organization, kind, starts_on), *_under_a_penalty(member, starts_on)]


def _check_may_stand(member: Member, starts_on: dt.date) -> None:
    if not _is_probationary(member, starts_on):
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


def _under_a_penalty(member: Member, on: dt.date) -> list[Concern]:
    """Whether the post is a higher one than before is for a person to judge."""
    found = []
    for row in register(Sanction).filter(member=member, kind__in=EFFECT_RULES, starts_on__lte=on):
        until = policy.effect_period_ends_on(row.kind, row.starts_on, row.ends_on, book=book())
        if until and on < until:
            rule = book().on(EFFECT_RULES[row.kind], row.ends_on or row.starts_on)
            found.append(Concern(f"{member.name}受处分的影响期到{words.day(until)}，影响期内不得提任更高的职务", rule.citation))
    return found
