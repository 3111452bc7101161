"""How meetings are usually gone about, in the words of the rules of the day. Pure functions over the rulebook.

A day before a rule has nothing to say, and then nothing is proposed or asked for.
"""

import datetime as dt

from dangjian.kernel.rulebook import Choices, NotInForce, Rulebook, RuleValue
from dangjian.kernel.rulebook import book as current_book

SELF_AND_MUTUAL = frozenset({"self_appraisal", "mutual_appraisal"})
"""Steps of the appraisal that a larger branch may go through group by group (``life.appraisal.in_groups``)."""


def rule_on(key: str, on: dt.date, *, book: Rulebook | None = None) -> RuleValue | None:
    """The rule of that day, if there was one."""
    try:
        return (book or current_book()).on(key, on)
    except NotInForce:
        return None


def titles(key: str, on: dt.date, *, book: Rulebook | None = None) -> tuple[tuple[str, str], ...]:
    """Code and words of each of a rule's choices; nothing before the rule."""
    rule = rule_on(key, on, book=book)
    return tuple((choice.code, choice.title) for choice in rule.expect(Choices)) if rule else ()


def appraisal_steps(on: dt.date, *, in_group: bool, book: Rulebook | None = None) -> tuple[str, ...]:
    """The steps of the democratic appraisal of members (``life.appraisal.steps``); of a group those that may be done there."""
    steps = titles("life.appraisal.steps", on, book=book)
    return tuple(title for code, title in steps if not in_group or code in SELF_AND_MUTUAL)


def talk_pairs(on: dt.date, *, book: Rulebook | None = None) -> tuple[str, ...]:
    """Between whom talks are held (``life.talk.pairs``)."""
    return tuple(title for _, title in titles("life.talk.pairs", on, book=book))


def grades(on: dt.date, *, book: Rulebook | None = None) -> tuple[tuple[str, str], ...]:
    """The grades of the appraisal with their codes (``life.appraisal.grades``)."""
    return titles("life.appraisal.grades", on, book=book)


def remarks(kinds: tuple[str, ...], on: dt.date, *, book: Rulebook | None = None) -> list[str]:
    """What the rules say about meetings of ``kinds`` to whoever calls one: sentences with their article."""
    found = []
    forms = rule_on("life.org_life_meeting.forms", on, book=book)
    if "org_life_meeting" in kinds and forms:
        found.append(f"组织生活会可以采取{forms.text}的形式召开（{forms.citation}）")
    together = rule_on("life.appraisal.with_org_life_meeting", on, book=book)
    if "member_appraisal" in kinds and "org_life_meeting" not in kinds and together and together.expect(bool):
        found.append(f"民主评议党员可以结合组织生活会一起开（{together.citation}）")
    apart = rule_on("life.appraisal.in_groups", on, book=book)
    if "member_appraisal" in kinds and apart and apart.expect(bool):
        found.append(f"人数较多的支部，个人自评和党员互评可以在党小组进行（{apart.citation}）")
    return found
