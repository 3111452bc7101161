"""The spreadsheets of a fictional enterprise of the reference size, as its office would fill them in.

``Enterprise()`` has 14 general branches, 72 branches, 137 groups and 1,768 members; ``Enterprise(general=2, branches=4, groups=6,
members=60)`` is the same in small. Every row is a dict by header; ``workbook`` makes a file of one sheet or of several.
"""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsxwriter import Workbook

from dangjian.kernel.identity import fictional_resident_id

FIRST = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏闰余成岁律吕调阳云腾致雨露结为霜金生丽水玉出岗"
SECOND = "昆冈剑号巨阙珠称夜光果珍李柰菜重芥姜海咸河淡鳞潜羽翔龙师火帝鸟官人皇始制文字"
POSTS = ("书记", "副书记", "组织委员", "宣传委员", "纪检委员")
TERM = "2025-03-18"


@dataclass(frozen=True, slots=True)
class Person:
    """A member: where they stand among all, and their branch."""

    number: int
    branch: str

    @property
    def name(self) -> str:
        """A name that nobody bears."""
        return f"虚{FIRST[self.number // len(SECOND)]}{SECOND[self.number % len(SECOND)]}"

    @property
    def resident_id(self) -> str:
        """A number that belongs to nobody."""
        born = dt.date(1970, 1, 1) + dt.timedelta(days=self.number * 4)
        return fictional_resident_id(born, self.number % 1000)

    @property
    def mobile(self) -> str:
        """A mobile number of the fictional range."""
        return f"199{self.number:08}"


@dataclass
class Enterprise:
    """The enterprise on paper."""

    general: int = 14
    branches: int = 72
    groups: int = 137
    members: int = 1768
    top: str = "集团党委"
    people: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Spread the members over the branches as evenly as it goes."""
        names = [self.branch(number) for number in range(self.branches)]
        self.people = [Person(number, names[number % self.branches]) for number in range(self.members)]

    def general_branch(self, number: int) -> str:
        """The short name of a general branch."""
        return f"虚构第{number + 1}党总支"

    def branch(self, number: int) -> str:
        """The short name of a branch."""
        return f"虚构第{number + 1}党支部"

    def above(self, number: int) -> str:
        """The general branch of a branch."""
        return self.general_branch(number % self.general)

    def of(self, branch: str) -> list[Person]:
        """The members of a branch."""
        return [person for person in self.people if person.branch == branch]

    def groups_of(self, number: int) -> list[str]:
        """The groups of a branch; each branch has one before any has two."""
        count = len(range(number, self.groups, self.branches))
        return [f"第{place + 1}党小组" for place in range(count)]

    def group_of(self, person: Person) -> str:
        """The group of a member: those of a branch in turn."""
        place = person.number // self.branches
        groups = self.groups_of(person.number % self.branches)
        return groups[place % len(groups)] if groups else ""

    def tree(self) -> list[dict[str, Any]]:
        """Rows of the table of organisations, branches before the general branches they stand under."""
        rows = [
            _unit(f"中共虚构集团第{number + 1}支部委员会", self.branch(number), "党支部", self.above(number))
            for number in range(self.branches)
        ]
        rows += [
            _unit(f"中共虚构集团第{number + 1}总支部委员会", self.general_branch(number), "党总支部", self.top)
            for number in range(self.general)
        ]
        for number in range(self.branches):
            rows += [
                _unit(f"{self.branch(number)}{group}", group, "党小组", self.branch(number)) for group in self.groups_of(number)
            ]
        return rows

    def officers(self) -> list[dict[str, Any]]:
        """Rows of the table of posts: five in each branch and general branch, a leader in each group."""
        rows: list[dict[str, Any]] = []
        for number in range(self.branches):
            branch = self.branch(number)
            own = self.of(branch)
            rows += [_post(branch, person, post) for person, post in zip(own[:5], POSTS, strict=False)]
            for person, group in zip(own[5:], self.groups_of(number), strict=False):
                rows.append(_post(f"{branch}/{group}", person, "党小组组长", term=False))
        for number in range(self.general):
            own = self.of(self.branch(number))
            rows += [_post(self.general_branch(number), person, post) for person, post in zip(own[8:13], POSTS, strict=False)]
        return rows

    def roster(self) -> list[dict[str, Any]]:
        """Rows of the roster."""
        return [
            {
                "姓名": person.name,
                "公民身份号码": person.resident_id,
                "所在党支部": person.branch,
                "所在党小组": self.group_of(person),
                "人员类别": "正式党员",
                "入党时间": "2010-06-30",
                "转正日期": "2011-06-30",
                "手机号码": person.mobile,
                "民族": "汉族",
                "学历": "大学本科",
            }
            for person in self.people
        ]

    def bases(self) -> list[dict[str, Any]]:
        """Rows of the table of wage bases."""
        return [
            {"姓名": person.name, "公民身份号码": person.resident_id, "计算基数": f"{5000 + person.number}"}
            for person in self.people
        ]

    def balances(self) -> list[dict[str, Any]]:
        """Rows of the table of opening balances: cash at each branch, and the committee's account, which is opened with it."""
        accountant, cashier = self.people[:2]
        account = {
            "开户银行": "中国工商银行",
            "开户网点": "虚构支行",
            "账号": "6200000000000001",
            "会计": accountant.resident_id,
            "出纳": cashier.resident_id,
        }
        rows = [
            {"账本党组织": self.branch(number), "现金": f"{100 + number}", "合计": f"{100 + number}", "应上缴": "50"}
            for number in range(self.branches)
        ]
        return [{"账本党组织": self.top, "银行存款": "98765.43", "合计": "98765.43", **account}, *rows]

    def done_before(self) -> list[dict[str, Any]]:
        """Rows of the table of what was done on paper: the general meeting of the quarter at each branch."""
        return [
            {"党组织": self.branch(number), "事项": "支部党员大会", "办理日期": "2026-10-15"} for number in range(self.branches)
        ]


def _unit(name: str, short_name: str, kind: str, above: str) -> dict[str, Any]:
    return {"党组织全称": name, "党组织简称": short_name, "党组织类别": kind, "上级党组织": above, "成立日期": "2015-07-01"}


def _post(organization: str, person: Person, post: str, *, term: bool = True) -> dict[str, Any]:
    row = {"党组织": organization, "姓名": person.name, "公民身份号码": person.resident_id, "职务": post, "任职日期": TERM}
    return row | ({"届次": "3", "本届开始日期": TERM} if term else {})


def workbook(**sheets: Sequence[dict[str, Any]] | Iterable[dict[str, Any]]) -> io.BytesIO:
    """An .xlsx with a worksheet for each keyword, whose headers are those of its first row (or of the longest)."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        for title, given in sheets.items():
            made, rows = book.add_worksheet(title), list(given)
            headers = list(dict.fromkeys(header for row in rows for header in row))
            for place, header in enumerate(headers):
                made.write_string(0, place, header)
            for number, row in enumerate(rows, start=1):
                for place, header in enumerate(headers):
                    if header in row:
                        made.write_string(number, place, str(row[header]))
    file.seek(0)
    return file
