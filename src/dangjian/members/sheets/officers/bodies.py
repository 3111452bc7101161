"""What the rows of one body say together: its term, how large its committee is, whether it has a head."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dangjian.kernel.errors import Refusal
from dangjian.kernel.rulebook import Bounds, Rulebook
from dangjian.kernel.ui import words
from dangjian.members.sheets.officers.columns import ORGANIZATION, STARTS_ON, TERM_NUMBER, TERM_STARTS_ON
from dangjian.members.sheets.officers.people import Person
from dangjian.org import policy
from dangjian.org.actions import posts
from dangjian.org.models import COMMITTEE_POSTS, STANDING_COMMITTEE, Kind, Organization, Post, PostKind, TermOfBody
from dangjian.org.sheet_offers import Checked

LEADERS_ONLY: Final = frozenset({PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY})
"""A branch in which nobody holds another post has no committee."""

CELL: Final = {"starts_on": TERM_STARTS_ON, "number": TERM_NUMBER}
"""The cells to which the refusals of a term belong."""


@dataclass(slots=True)
class Body:
    """One organisation with its rows, and what is on record of it; ``held`` are its posts, also those that are over."""

    organization: Organization
    held: Sequence[Post] = ()
    last_term: TermOfBody | None = None
    rows: list[Checked] = field(default_factory=list)
    term_starts_on: dt.date | None = None
    term_is_new: bool = False
    newly: dict[PostKind, set[str]] = field(default_factory=lambda: defaultdict(set))

    def in_the_way(self, kind: PostKind, starts_on: dt.date) -> list[Post]:
        """Posts of this kind that are held on ``starts_on`` or later."""
        return [post for post in self.held if post.kind == kind and (post.ends_on is None or post.ends_on > starts_on)]

    def agree_on_term(self, today: dt.date, book: Rulebook) -> None:
        """All rows must name one term, and it must be the one on record or one that may follow."""
        stated = [row for row in self.rows if TERM_STARTS_ON in row.clean]
        if not stated:
            return
        start = self._common(TERM_STARTS_ON, stated, words.day)
        number = self._common(TERM_NUMBER, stated, lambda value: f"第{value}届")
        self.term_starts_on = start
        for row in stated:
            if number is not None:
                row.clean[TERM_NUMBER] = number
        running = self.last_term if self.last_term and self.last_term.ended_on is None else None
        if running is None:
            self.term_is_new = True
            self._judge_new_term(stated, start, number, today, book)
        elif running.starts_on != start:
            text = f"“{self.organization}”已登记第{running.number}届，{words.day(running.starts_on)}开始，与表里不同。"
            how = "本表不改已登记的届次：换届请到党组织页面办理，或把这一格留空。"
            for row in stated:
                row.complain(TERM_STARTS_ON, "term", f"{text}{how}")
        elif number not in {None, running.number}:
            for row in stated:
                row.complain(TERM_NUMBER, "term", f"平台上登记的这一届是第{running.number}届，请核对。")

    def _common(self, column: str, stated: Sequence[Checked], show: Any) -> Any:
        """What most rows say in ``column`` (the first of them, if as many say another); the others are complained of."""
        values = Counter(row.clean[column] for row in stated if column in row.clean)
        if not values:
            return None
        [(common, _)] = values.most_common(1)
        for row in stated:
            if row.clean.get(column, common) != common:
                text = f"表里“{self.organization}”的其他行写的是{show(common)}，请统一。"
                row.complain(column, "term", text)
        return common

    def _judge_new_term(
        self, stated: Sequence[Checked], start: dt.date, number: int | None, today: dt.date, book: Rulebook
    ) -> None:
        first = stated[0]
        if self.last_term:
            try:
                posts.check_succession(self.last_term, start, number, "")
            except Refusal as refusal:
                column = next((CELL[name] for name in refusal.fields if name in CELL), TERM_STARTS_ON)
                for row in stated:
                    row.complain(column, "term", refusal.brief)
                return
        if number is None and not any(row.has(TERM_NUMBER) for row in stated):
            following = self.last_term.number + 1 if self.last_term else 1
            first.complain(TERM_NUMBER, "term", f"没有填届次，按第{following}届登记。", is_warning=True)
        if first.has(TERM_STARTS_ON):
            return
        due_on = policy.term_due_on(self.organization.kind, start, book=book)
        if due_on < today:
            text = f"这一届到{words.day(due_on)}已经届满。可以照此导入，入库后平台会提醒换届；如已换届，请填新一届的日期。"
            first.complain(TERM_STARTS_ON, "term", text, is_warning=True)

    def take(self, kind: PostKind, person: Person) -> None:
        """Count a post that comes in with the sheet."""
        self.newly[kind].add(f"u{person.user_id}" if person.user_id else person.token)

    def warn(self, today: dt.date, book: Rulebook) -> None:
        """What the body will look like afterwards, said once, at its first row that comes in."""
        row = next((row for row in self.rows if row.outcome != "ignored"), None)
        if row is None:
            return
        for text in self._findings(today, book):
            row.complain(ORGANIZATION, "size", text, is_warning=True)

    def _findings(self, today: dt.date, book: Rulebook) -> Iterator[str]:
        holders: dict[PostKind, set[str]] = defaultdict(set)
        for post in self.held:
            if post.ends_on is None or post.ends_on > today:
                holders[PostKind(post.kind)].add(f"u{post.user_id}")
        for kind, people in self.newly.items():
            holders[kind] |= people
        head = PostKind.GROUP_LEADER if self.organization.is_group else PostKind.SECRETARY
        if not holders[head]:
            yield f"“{self.organization}”在平台和表里都没有{head.label}，请核对是不是漏填了。"
        if self.organization.is_group:
            return
        on_committee = set().union(*(holders[kind] for kind in COMMITTEE_POSTS))
        has_committee = any(holders[kind] for kind in COMMITTEE_POSTS - LEADERS_ONLY)
        if has_committee or (on_committee and not self.organization.is_branch):
            has_standing = bool(holders[PostKind.STANDING_MEMBER])
            standing = len(set().union(*(holders[kind] for kind in STANDING_COMMITTEE))) if has_standing else 0
            for finding in policy.committee_size_findings(
                self.organization.kind, len(on_committee), standing=standing, book=book, on=today
            ):
                yield f"{finding.text}，请核对。（{finding.citation}）"
        yield from self._deputies(len(holders[PostKind.DEPUTY_SECRETARY]), today, book)

    def _deputies(self, number: int, today: dt.date, book: Rulebook) -> Iterator[str]:
        if self.organization.kind == Kind.COMMITTEE:
            rule = book.on("org.committee.deputies", today)
            most = rule.expect(Bounds).at_most
            if most is not None and number > most:
                yield f"副书记{number}名，一般不超过{most}名，请核对。（{rule.citation}）"


def default_start(row: Checked, body: Body) -> dt.date | None:
    """Since when the post is held: as typed, else since the beginning of the term."""
    found: dt.date | None = row.clean.get(STARTS_ON) or row.clean.get(TERM_STARTS_ON) or body.term_starts_on
    return found
