"""What a row of the officers' sheet means, and what is wrong with it."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from dangjian.kernel import clock, identity
from dangjian.kernel.errors import Invalid, Refusal
from dangjian.kernel.rulebook import book
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.ui import words
from dangjian.members.sheets.officers.bodies import Body, default_start
from dangjian.members.sheets.officers.columns import KIND, ORGANIZATION, STARTS_ON, TERM_NUMBER, TERM_STARTS_ON
from dangjian.members.sheets.officers.leaving import written
from dangjian.members.sheets.officers.people import AT_ONCE, People, Person
from dangjian.org.actions import posts
from dangjian.org.models import Organization, Post, PostKind, TermOfBody
from dangjian.org.sheet_offers import Checked, Upload
from dangjian.org.written.names import Names

KINDS: Final = {
    "organization": "党组织",
    "person": "找不到这个人",
    "post": "职务",
    "taken": "已有人任职",
    "date": "日期",
    "term": "届次",
    "size": "班子人数",
}
"""What problems are sorted by."""

PLACES: Final = {kind: place for place, kind in enumerate(PostKind)}


class OfficersChecker:
    """Checks the rows of one sheet; those of one body are held against each other (``Sheet.together``)."""

    def __init__(self, upload: Upload) -> None:
        self.place = upload.organization
        rows = Organization.objects.standing().below(self.place).select_related("parent")
        self.organizations = {one.pk: one for one in rows}
        self.names = Names(self.organizations.values())
        self.uploader = upload.by
        self.compares = upload.compares
        self.today = clock.today()
        self.book = book()
        self._found: dict[str, Organization | str] = {}

    def check(self, row: Checked) -> None:
        """See ``sheet_offers.Checker``."""
        organization = self._organization(row)
        self._identity(row)
        if organization is None:
            return
        if KIND in row.clean:
            _refused(row, KIND, "post", lambda: posts.kind_at(organization, row.clean[KIND]))
        self._term(row, organization)
        for column in (STARTS_ON, TERM_STARTS_ON):
            day = row.clean.get(column)
            if day:
                _refused(row, column, "date", partial(posts.check_days, organization, day, None))

    def compare(self, rows: Sequence[Checked]) -> None:
        """See ``sheet_offers.Checker``; all rows come at once."""
        bodies = self._bodies(rows)
        for body in bodies.values():
            body.agree_on_term(self.today, self.book)
        people = People(rows)
        for body in bodies.values():
            for row in body.rows:
                person = people.find(row, body.organization)
                self._judge(row, body, person)
            body.warn(self.today, self.book)

    def _organization(self, row: Checked) -> Organization | None:
        text = as_text(row.raw.get(ORGANIZATION))
        if text not in self._found:
            self._found[text] = self._find(text)
        found = self._found[text]
        if isinstance(found, str):
            if not row.has(ORGANIZATION):
                row.complain(ORGANIZATION, "organization" if text else "required", found)
            return None
        row.clean["organization_id"] = row.organization_id = found.pk
        row.told[ORGANIZATION] = written(found)
        return found

    def _find(self, text: str) -> Organization | str:
        """The organisation that is meant, or why none is. Nothing typed means the branch that the sheet is entered into."""
        if not text:
            return self.place if self.place.is_branch else "没有填写党组织。"
        named = self.names.called(text)
        if len(named) == 1:
            return named[0]
        if named:
            ways = "”“".join(f"{self.names.way_to(one)}（{one.code}）" for one in named[:4])
            return f"有{len(named)}个党组织都叫“{text}”，请写成“上级/本级”的样子，或者写编码：“{ways}”。"
        near = self.names.near(text, lambda _one: True)
        hint = f"是不是“{'”“'.join(near)}”？" if near else "请写党组织的全称、简称或编码；还没有建的，先导入党组织表。"
        return f"在“{self.place}”范围内没有党组织叫“{text}”。{hint}"

    def _identity(self, row: Checked) -> None:
        if "resident_id" not in row.raw:
            if "employee_no" not in row.raw and not row.has("resident_id") and not self.compares:
                row.complain("resident_id", "person", "公民身份号码和员工编码至少填一项。")
            return
        try:
            row.clean["resident_id"] = identity.check_resident_id(row.raw["resident_id"], today=self.today).number
        except Invalid as problem:
            row.complain("resident_id", "person", problem.brief)

    def _term(self, row: Checked, organization: Organization) -> None:
        if organization.is_group:
            for column in (TERM_NUMBER, TERM_STARTS_ON):
                if row.clean.pop(column, None) is not None:
                    row.complain(column, "term", "党小组没有届次，这一格不导入。", is_warning=True)
        elif TERM_NUMBER in row.clean and TERM_STARTS_ON not in row.raw:
            row.complain(TERM_STARTS_ON, "term", "填了届次，也要填本届开始日期。")

    def _bodies(self, rows: Sequence[Checked]) -> dict[int, Body]:
        bodies: dict[int, Body] = {}
        for row in rows:
            pk = row.clean.get("organization_id")
            if pk is not None:
                bodies.setdefault(pk, Body(self.organizations[pk])).rows.append(row)
        wanted = list(bodies)
        for start in range(0, len(wanted), AT_ONCE):
            piece = wanted[start : start + AT_ONCE]
            held: dict[int, list[Post]] = {}
            for post in Post.objects.filter(organization__in=piece).select_related("user"):
                held.setdefault(post.organization_id, []).append(post)
            for term in TermOfBody.objects.filter(organization__in=piece).order_by("number"):
                bodies[term.organization_id].last_term = term
            for pk in piece:
                bodies[pk].held = held.get(pk, [])
        return bodies

    def _judge(self, row: Checked, body: Body, person: Person | None) -> None:
        starts_on = default_start(row, body)
        if starts_on is None and not row.has(STARTS_ON) and not row.has(TERM_STARTS_ON):
            row.complain(STARTS_ON, "required", "任职日期和本届开始日期至少填一项。")
        if person is None or starts_on is None or KIND not in row.clean or row.has(KIND):
            return
        kind, where = PostKind(row.clean[KIND]), body.organization
        row.clean[STARTS_ON] = starts_on
        alone = kind in posts.ALONE
        row.key, row.key_column = f"{where.pk}:{PLACES[kind]}:{'' if alone else person.token}", KIND
        row.doubled = (
            f"“{where}”同一时间只能有一名{kind.label}，第{{first}}行已经填了一名。"
            if alone
            else f"第{{first}}行已经填了{row.clean['name']}任“{where}”{kind.label}。请核对，重复的一行点“忽略此行”。"
        )
        in_the_way = body.in_the_way(kind, starts_on)
        mine = next((post for post in in_the_way if person.user_id and post.user_id == person.user_id), None)
        if mine:
            self._held_already(row, body, mine)
        elif alone and in_the_way:
            other = in_the_way[0]
            text = f"“{where}”的{kind.label}{words.day(other.starts_on)}起是{other.user.name}，同一时间只能有一名。"
            row.complain(KIND, "taken", f"{text}换人请到党组织页面办理。")
        else:
            self._own_gain(row, where, kind, person)
            body.take(kind, person)

    def _held_already(self, row: Checked, body: Body, mine: Post) -> None:
        if mine.ends_on:
            text = f"{mine.user.name}的这项任职已登记，到{words.day(mine.ends_on - dt.timedelta(days=1))}为止，与表里的日期重叠。"
            row.complain(STARTS_ON, "taken", text)
        elif body.term_is_new and TERM_STARTS_ON in row.clean:
            row.outcome, row.record_id = "update", mine.pk
        else:
            row.outcome, row.record_id = "ignored", mine.pk

    def _own_gain(self, row: Checked, organization: Organization, kind: PostKind, person: Person) -> None:
        if person.user_id and person.user_id == self.uploader.user_id:
            _refused(row, KIND, "post", lambda: posts.check_own_gain(self.uploader, organization, kind))


def _refused(row: Checked, column: str, kind: str, check: Callable[[], object]) -> None:
    """Put what ``check`` refuses into the cell."""
    try:
        check()
    except Refusal as refusal:
        row.complain(column, kind, refusal.brief)
