"""What organisations must look like and when their terms end. Pure functions over the rulebook.

Organisation kinds are those of the tree: ``committee``, ``general_branch``, ``branch``, ``group``.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from math import ceil
from typing import Literal

from dangjian.kernel.rulebook import Bounds, Choice, Choices, NotInForce, Period, Rulebook, RuleValue, Share
from dangjian.kernel.rulebook import book as current_book
from dangjian.kernel.ui import words
from dangjian.kernel.working_days import Notice

Severity = Literal["error", "warning", "info"]
JOINT_BRANCH = frozenset({"632", "932"})
"""Types of branch (党组织类别代码) that cover several units."""
TEMPORARY = frozenset({"911", "921", "931", "932"})
"""Types of organisations that are set up for the time of a task; the relations of their members stay where they are."""
TEMPORARY_BRANCH = frozenset({"931", "932"})
"""Those of them that are branches."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about an organisation that a rule speaks about.

    ``error``: the rule is broken. ``warning``: the rule says "in general". ``info``: something may be done.
    """

    code: str
    text: str
    citation: str
    severity: Severity


def temporary_rule(matter: str, on: dt.date, *, book: Rulebook | None = None) -> RuleValue | None:
    """The rule by which temporary organisations do not deal with ``matter`` on that day, if there is one.

    ``matter`` is a code of ``org.temp_branch.may_not``: ``admission``, ``discipline``, ``dues``, ``delegates``, ``election``.
    """
    try:
        rule = (book or current_book()).on("org.temp_branch.may_not", on)
    except NotInForce:
        return None
    return rule if matter in rule.expect(Choices).codes else None


def barred(type_code: str, matter: str, on: dt.date, *, book: Rulebook | None = None) -> RuleValue | None:
    """``temporary_rule`` for an organisation of this type; nothing if it is not a temporary one."""
    return temporary_rule(matter, on, book=book) if type_code in TEMPORARY else None


def branch_warnings(
    *,
    full_members: int,
    all_members: int,
    committee_size: int,
    posts: Collection[str],
    type_code: str = "631",
    units: int = 1,
    book: Rulebook,
    on: dt.date,
) -> list[Finding]:
    """What a branch does not fulfil.

    ``committee_size`` counts the members of its committee, 0 if it has none (a lone secretary and deputy are no committee);
    ``posts`` are codes of filled posts; ``units`` is how many units a joint branch covers.
    Raises ``ValueError`` for impossible counts.
    """
    if min(full_members, all_members, committee_size, units) < 0:
        raise ValueError("人数不能是负数")
    if full_members > all_members:
        raise ValueError(f"正式党员{full_members}人多于党员总数{all_members}人，请核对人数")
    return [
        *branch_size_findings(full_members=full_members, all_members=all_members, book=book, on=on),
        *_joint_branch(type_code, units, book, on),
        *_branch_committee(full_members, committee_size, book, on),
        *_branch_posts(committee_size, posts, book, on),
    ]


def _finding(code: str, text: str, rule: RuleValue, severity: Severity) -> Finding:
    return Finding(code, text, rule.citation, severity)


def branch_size_findings(*, full_members: int, all_members: int, book: Rulebook, on: dt.date) -> list[Finding]:
    """What is to be said against a branch of so many members: too few full ones, or in general too many."""
    found = []
    least = book.on("org.branch.min", on)
    if full_members < least.expect(int):
        text = f"正式党员{full_members}人，不足{least.text}，不符合单独成立党支部的条件，可以与邻近单位成立联合党支部"
        found.append(_finding("branch_too_small", text, least, "error"))
    most = book.on("org.branch.max", on)
    if all_members > most.expect(int):
        text = f"党员{all_members}人，一般不超过{most.text}，建议分设党支部或者成立党总支"
        found.append(_finding("branch_too_large", text, most, "warning"))
    return found


def long_task_findings(
    *, type_code: str, since: dt.date, until: dt.date, full_members: int | None, book: Rulebook, on: dt.date
) -> list[Finding]:
    """What is to be said against a temporary branch from ``since`` to ``until``: for so long a task a branch is set up.

    Only where there are enough full members for a branch; a number that nobody knows (``None``) counts as enough.
    """
    rule, least = book.on("org.project_branch", on), book.on("org.branch.min", on)
    if type_code not in TEMPORARY_BRANCH or until < rule.expect(Period).after(since):
        return []
    if full_members is not None and full_members < least.expect(int):
        return []
    people = f"正式党员{full_members}人，" if full_members is not None else ""
    text = (
        f"临时党支部从{words.day(since)}到{words.day(until)}，满{rule.text}，{people}"
        f"持续{rule.text}以上、符合条件（正式党员{least.text}以上）的工程、项目，应当成立党支部"
    )
    return [Finding("project_branch", text, f"{rule.citation}；{least.citation}", "warning")]


def _joint_branch(type_code: str, units: int, book: Rulebook, on: dt.date) -> list[Finding]:
    rule = book.on("org.joint_branch.units", on)
    if type_code not in JOINT_BRANCH or units <= rule.expect(int):
        return []
    text = f"联合党支部覆盖{units}个单位，一般不超过{rule.text}"
    return [_finding("joint_branch_too_many_units", text, rule, "warning")]


def _branch_committee(full_members: int, committee_size: int, book: Rulebook, on: dt.date) -> list[Finding]:
    need = book.on("org.branch_committee.need", on)
    if committee_size == 0:
        if full_members < need.expect(int):
            return []
        text = f"正式党员{full_members}人，{need.text}以上应当设立支部委员会"
        return [_finding("branch_committee_missing", text, need, "error")]
    found = []
    if full_members < need.expect(int):
        text = f"正式党员{full_members}人，不足{need.text}，设1名书记即可，必要时设1名副书记"
        found.append(_finding("branch_committee_not_needed", text, need, "info"))
    return found + committee_size_findings("branch", committee_size, book=book, on=on)


def _branch_posts(committee_size: int, posts: Collection[str], book: Rulebook, on: dt.date) -> list[Finding]:
    rule = book.on("org.branch_committee.posts", on)
    vacancy = book.on("elect.vacancy", on)
    required = rule.expect(Choices) if committee_size else rule.expect(Choices)[:1]
    return [
        _finding(f"post_vacant:{post.code}", f"{post.title}空缺，应当及时补选", vacancy, "error")
        for post in required
        if post.code not in posts
    ]


_SIZE_RULE = {
    "branch": "org.branch_committee.size",
    "general_branch": "org.general_branch.size",
    "committee": "org.committee.size",
}
_SIZE_TITLE = {"branch": "支部委员会", "general_branch": "党总支委员会", "committee": "党委"}


@dataclass(frozen=True, slots=True)
class Size:
    """How many people a body should have: the rule with its ``span``, and the ``limit`` that is the unit's own where it is."""

    code: str
    title: str
    rule: RuleValue
    limit: int | None

    @property
    def span(self) -> Bounds:
        """The numbers of the rule."""
        return self.rule.expect(Bounds)

    @property
    def least(self) -> int:
        """Fewer are too few."""
        return self.span.at_least or 0

    def findings(self, size: int) -> list[Finding]:
        """What is to be said against so many people."""
        usual = self.span.usual_limit
        if size < self.least:
            return [_finding(f"{self.code}_too_small", f"{self.title}{size}人，应当不少于{self.least}人", self.rule, "error")]
        if self.limit is not None and size > self.limit:
            return [_finding(f"{self.code}_too_large", f"{self.title}{size}人，最多不超过{self.limit}人", self.rule, "error")]
        if usual is not None and size > usual:
            return [_finding(f"{self.code}_rather_large", f"{self.title}{size}人，一般不超过{usual}人", self.rule, "warning")]
        return []


def committee_size(kind: str, *, standing: bool = False, book: Rulebook, on: dt.date) -> Size:
    """How many people sit on the committee of such an organisation; ``standing``: one that has a standing committee."""
    if standing:
        rule = book.on("org.standing_committee.committee_size", on)
        return Size("committee", "设常委会的党委", rule, rule.expect(Bounds).at_most)
    rule = book.on(_SIZE_RULE[kind], on)
    limit = book.on("org.committee.size_max", on).expect(int) if kind == "committee" else rule.expect(Bounds).at_most
    return Size("committee", _SIZE_TITLE[kind], rule, limit)


def standing_committee_size(*, book: Rulebook, on: dt.date) -> Size:
    """How many members a standing committee (常委会) has, the secretary and the deputies among them."""
    limit = book.on("org.standing_committee.size_max", on).expect(int)
    return Size("standing_committee", "党委常委（含书记、副书记）", book.on("org.standing_committee.size", on), limit)


def committee_size_findings(kind: str, size: int, *, standing: int = 0, book: Rulebook, on: dt.date) -> list[Finding]:
    """Whether a committee of ``size`` people fits its kind of organisation.

    ``standing`` is how many of them sit on its standing committee, 0 if it has none.
    """
    found = committee_size(kind, standing=standing > 0, book=book, on=on).findings(size)
    return found + standing_committee_size(book=book, on=on).findings(standing) if standing else found


def group_warnings(*, full_members: int, all_members: int, has_leader: bool, book: Rulebook, on: dt.date) -> list[Finding]:
    """What a group (党小组) does not fulfil."""
    found = []
    least = book.on("org.group.min", on)
    if all_members < least.expect(int):
        found.append(_finding("group_too_small", f"党小组党员{all_members}人，不少于{least.text}为宜", least, "warning"))
    full = book.on("org.group.min_full", on)
    if full_members < full.expect(int):
        found.append(
            _finding("group_without_full_member", f"党小组正式党员{full_members}人，应当至少{full.text}", full, "warning")
        )
    if not has_leader:
        rule = book.on("org.group.leader", on)
        found.append(_finding("group_without_leader", "党小组没有组长，请由党支部指定或者由小组党员推荐", rule, "error"))
    return found


@dataclass(frozen=True, slots=True)
class Requirement:
    """The kind of organisation that a number of members calls for, with its reason and article."""

    kind: Literal["joint_branch", "branch", "general_branch", "committee"]
    text: str
    citation: str


def required_organisation(*, full_members: int, all_members: int, book: Rulebook, on: dt.date) -> Requirement:
    """What a unit with so many members sets up; smaller units may get a larger form with the superior's approval."""
    if full_members > all_members:
        raise ValueError(f"正式党员{full_members}人多于党员总数{all_members}人，请核对人数")
    committee = book.on("org.committee", on)
    if all_members >= committee.expect(int):
        return Requirement("committee", f"党员{all_members}人，{committee.text}以上的设立党委", committee.citation)
    general = book.on("org.general_branch", on)
    if all_members >= (general.expect(Bounds).at_least or 0):
        return Requirement(
            "general_branch", f"党员{all_members}人，{general.expect(Bounds).at_least}人以上的设立党总支", general.citation
        )
    branch = book.on("org.branch.min", on)
    if full_members >= branch.expect(int):
        return Requirement("branch", f"正式党员{full_members}人，{branch.text}以上的成立党支部", branch.citation)
    joint = book.on("org.joint_branch", on)
    return Requirement("joint_branch", f"正式党员{full_members}人，不足{joint.text}的成立联合党支部", joint.citation)


def term_due_on(kind: str, started_on: dt.date, *, book: Rulebook) -> dt.date:
    """届满日期: the day by which an organisation whose term began on ``started_on`` elects anew.

    A term that was running when the rule came is measured by it. Groups have no term (``UnknownRule``).
    """
    return book.on_or_first(f"term.{kind}", started_on).expect(Period).after(started_on)


def term_reminder_on(due_on: dt.date, *, book: Rulebook) -> dt.date:
    """The day on which the superior reminds the branch that its term ends on ``due_on``."""
    return book.on_or_first("term.remind", due_on).expect(Period).before(due_on)


def term_request_on(due_on: dt.date, *, book: Rulebook) -> dt.date:
    """The day by which the request for the election is filed."""
    return book.on("term.request", due_on).expect(Period).before(due_on)


def application_due_on(applied_on: dt.date, *, book: Rulebook) -> dt.date:
    """The last day on which an application for a branch (设立党支部的申请) is answered."""
    return book.on_or_first("org.branch.approval_time", applied_on).expect(Period).after(applied_on)


def extension_limit(due_on: dt.date, *, book: Rulebook) -> dt.date:
    """The latest day to which a term that ends on ``due_on`` may be extended with the superior's approval."""
    return book.on_or_first("term.extend_or_advance", due_on).expect(Period).after(due_on)


def earliest_election_on(due_on: dt.date, *, book: Rulebook) -> dt.date:
    """The earliest day to which an election due on ``due_on`` may be brought forward with the superior's approval."""
    return book.on_or_first("term.extend_or_advance", due_on).expect(Period).before(due_on)


def candidates_needed(seats: int, *, delegates: bool = False, book: Rulebook, on: dt.date) -> int:
    """How many candidates an election for ``seats`` committee members (or ``delegates``) needs; the surplus is rounded up."""
    if seats < 1:
        raise ValueError("应选人数至少为1人")
    share = book.on("elect.surplus.delegates" if delegates else "elect.surplus.committee", on).expect(Share)
    return seats + ceil(share.share * seats)


def election_is_equal(post: str, *, book: Rulebook, on: dt.date) -> bool:
    """Whether ``post`` is elected with as many candidates as seats (等额): secretary and deputies."""
    if post not in {"secretary", "deputy_secretary"}:
        return False
    return book.on("elect.secretary", on).expect(Choice).code == "equal_election"


def congress_possible(members: int, *, book: Rulebook, on: dt.date) -> bool:
    """Whether the number of members alone admits a congress of delegates (with approval) instead of a general meeting."""
    return members >= book.on("elect.by_meeting", on).expect(int)


FESTIVALS = {
    "元旦": ((1, 1), (1, 1)),
    "春节": ((1, 21), (2, 21)),
    "清明": ((4, 4), (4, 6)),
    "劳动节": ((5, 1), (5, 1)),
    "端午": ((5, 27), (6, 26)),
    "中秋": ((9, 7), (10, 9)),
    "国庆": ((10, 1), (10, 1)),
}
"""Each festival with the first and the last day on which it can fall; those of the lunar calendar move."""


def holiday_concerns(notice: Notice, *, book: Rulebook) -> list[str]:
    """What looks as if it had been written down wrongly in a notice on holidays."""
    found = []
    for name, (earliest, latest) in FESTIVALS.items():
        parts = [one for one in notice.arrangements if name in one.name]
        on = [day for one in parts for day in one.days_off if earliest <= (day.month, day.day) <= latest]
        if not parts:
            found.append(f"没有写{name}的安排。")
        elif not on:
            found.append(f"{parts[0].name}放假的日期里没有{name}这一天。")
    others = [one.name for one in notice.arrangements if not any(name in one.name for name in FESTIVALS)]
    found += [f"“{name}”不是法定节日。" for name in others]
    net = sum(day.weekday() < 5 for day in notice.days_off) - len(notice.days_worked)
    rule = book.on_or_first("calendar.statutory_days", dt.date(notice.year, 1, 1))
    if net != rule.expect(int):
        found.append(f"周一至周五放假的天数减去周末上班的天数是{net}天，法定节假日是{rule.text}（{rule.citation}）。")
    return found
