"""The columns of the officers' sheet, and how people write posts and terms."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.urls import reverse

from dangjian.kernel.dates import parse_date
from dangjian.kernel.errors import Invalid
from dangjian.kernel.fields import mask_resident_id
from dangjian.kernel.spreadsheets import as_text
from dangjian.kernel.spreadsheets.cells import Value, squeezed
from dangjian.members import columns as items
from dangjian.org.models import Kind, Organization, PostKind
from dangjian.org.sheet_offers import EXAMPLE_MARK, Elsewhere, SheetColumn

ORGANIZATION: Final = "organization"
KIND: Final = "kind"
STARTS_ON: Final = "starts_on"
TERM_NUMBER: Final = "term_number"
TERM_STARTS_ON: Final = "term_starts_on"
DOCUMENT: Final = "document"
MOST_LISTED: Final = 1000
LONGEST_DOCUMENT: Final = 120
MOST_TERMS: Final = 99

POST_WORDS: Final[Mapping[str, PostKind]] = {
    **{kind.label: kind for kind in PostKind},
    "支书": PostKind.SECRETARY,
    "专职副书记": PostKind.DEPUTY_SECRETARY,
    "常委": PostKind.STANDING_MEMBER,
    "组织": PostKind.ORGANISATION_MEMBER,
    "宣传": PostKind.PUBLICITY_MEMBER,
    "纪检": PostKind.DISCIPLINE_MEMBER,
    "纪律检查委员": PostKind.DISCIPLINE_MEMBER,
    "支委": PostKind.COMMITTEE_MEMBER,
    "总支委": PostKind.COMMITTEE_MEMBER,
    "青年委员": PostKind.COMMITTEE_MEMBER,
    "统战委员": PostKind.COMMITTEE_MEMBER,
    "群工委员": PostKind.COMMITTEE_MEMBER,
    "群团委员": PostKind.COMMITTEE_MEMBER,
    "群众工作委员": PostKind.COMMITTEE_MEMBER,
    "生活委员": PostKind.COMMITTEE_MEMBER,
    "文体委员": PostKind.COMMITTEE_MEMBER,
    "保密委员": PostKind.COMMITTEE_MEMBER,
    "组长": PostKind.GROUP_LEADER,
    "小组长": PostKind.GROUP_LEADER,
    "党小组长": PostKind.GROUP_LEADER,
    "党务干事": PostKind.PARTY_WORKER,
    "党务干部": PostKind.PARTY_WORKER,
    "专职党务干部": PostKind.PARTY_WORKER,
    "党务专干": PostKind.PARTY_WORKER,
    "党建干事": PostKind.PARTY_WORKER,
}
"""How people write a post, without the kind of organisation in front (党支部书记)."""

ENDING: Final = Elsewhere("免职", lambda post_id: reverse("org:end_post", args=[post_id]))
APPOINTING: Final = Elsewhere("免职后重新登记任职", lambda post_id: reverse("org:end_post", args=[post_id]))
"""A post that was entered wrongly is ended and entered anew; what it says is part of the dated history."""

BODY_WORDS: Final = ("党总支部", "党总支", "总支部", "总支", "党支部", "支部", "支委会", "党委", "党小组", "委员会")
SEVERAL: Final = re.compile(r"[、，,;；/+＋\s]|兼|和|及")
EXAMPLE_ORGANIZATION: Final = "虚构集团第一党支部"
_DIGITS: Final = "〇一二三四五六七八九"


def officers_columns() -> Sequence[SheetColumn]:
    """Which organisation, who, which post since when, and which term of the body."""
    return (
        SheetColumn(
            ORGANIZATION, "党组织", ("党组织名称", "所在党组织", "任职党组织", "组织名称", "党支部", "支部名称"),
            example=EXAMPLE_ORGANIZATION, choices_in=_organizations, in_preview=True,
            hint="写全称、简称或党组织编码；名称有重复的写成“上级/本级”，例如机电党支部/第一党小组。",
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            "name", "姓名", ("党员姓名", "名字", "任职人"), required=True,
            read=lambda value: items.clean("name", value), example=f"{EXAMPLE_MARK}（虚构）张三", in_preview=True,
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            "resident_id", "公民身份号码", ("身份证号", "身份证号码", "身份证", "居民身份证号码", "证件号码"),
            example="990000198003070011", mask=mask_resident_id, hint="18位；名册已经导入的，也可以只填员工编码。",
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            "employee_no", "员工编码", ("工号", "员工编号", "职工编号", "人员编号"), read=as_text,
            hint="名册里有员工编码的可以填；填了公民身份号码的可以不填。",
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            KIND, "职务", ("党内职务", "任职职务", "现任职务"), required=True, read=post_kind, kind="post", repeats=True,
            example=PostKind.SECRETARY.label, choices=tuple(PostKind.labels), in_preview=True,
            write=lambda kind: PostKind(kind).label,
            hint="一行填一个职务，兼任的另起一行。",
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            STARTS_ON, "任职日期", ("任职时间", "任现职时间", "任职起始日期"),
            read=day, kind="date", repeats=True, holds_days=True, example="2024-06-18", in_preview=True,
            hint="担任这个职务的第一天；不填的按本届开始日期。",
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            DOCUMENT, "任职文号", ("文号", "批复文号", "任免文号"), read=document, repeats=True,
            example="虚党〔2024〕6号", hint="没有可不填。",
            elsewhere=APPOINTING,
        ),
        SheetColumn(
            TERM_NUMBER, "届次", ("届", "届数", "第几届"), read=term_number, kind="term", repeats=True, example="3",
            hint="第几届，填数字。党小组不填。",
            elsewhere=APPOINTING, fills=True,
        ),
        SheetColumn(
            TERM_STARTS_ON, "本届开始日期", ("当选日期", "本届当选日期", "换届日期", "届始日期", "选举日期"),
            read=day, kind="date", repeats=True, holds_days=True, example="2024-06-18", in_preview=True,
            hint="本届当选的日期；届满日期由平台按任期推算。党小组不填。",
            elsewhere=APPOINTING, fills=True,
        ),
    )  # fmt: skip


LEFT_ASIDE: Final = frozenset({"序号", "备注", "性别", "部门", "联系电话", "手机号码", "届满日期", "任期", "上级党组织", "类别"})
"""Known columns that are worked out by the platform or kept elsewhere; they are passed over without a word."""


def _organizations(organization: Organization) -> Sequence[str]:
    rows = Organization.objects.standing().below(organization).order_by("path")
    listed = rows.values_list("kind", "short_name", "parent__short_name")[:MOST_LISTED]
    return tuple(f"{superior}/{name}" if kind == Kind.GROUP else name for kind, name, superior in listed)


def post_kind(value: Value) -> str:
    """The code of the post that people mean. Raises ``Invalid`` for none, and for several in one cell."""
    typed = unicodedata.normalize("NFKC", as_text(value))
    bare = re.sub(r"\(.*\)$", "", typed)
    found = _known_post(squeezed(bare))
    if found is not None:
        return found.value
    if len([part for part in SEVERAL.split(bare) if _known_post(part)]) > 1:
        raise Invalid("这一格里有几个职务。", how="一行只填一个职务，兼任的另起一行，其余照抄。")
    posts = "、".join(PostKind.labels)
    raise Invalid(f"没有“{typed}”这个职务。", how=f"请从这些里选：{posts}。")


def _known_post(text: str) -> PostKind | None:
    if text in POST_WORDS:
        return POST_WORDS[text]
    for word in BODY_WORDS:
        rest = text.removeprefix(word)
        if rest != text and rest in POST_WORDS:
            return POST_WORDS[rest]
    return None


def day(value: Value) -> Any:
    """A date as people type it."""
    return parse_date(value).value


def document(value: Value) -> str:
    """The number of a paper."""
    text = as_text(value)
    if len(text) > LONGEST_DOCUMENT:
        raise Invalid(f"文号最多{LONGEST_DOCUMENT}个字，现在是{len(text)}个。")
    return text


def term_number(value: Value) -> int:
    """The number of a term: 3, 第3届, 第三届."""
    text = squeezed(unicodedata.normalize("NFKC", as_text(value))).removeprefix("第").removesuffix("届").removesuffix("次")
    number = int(text) if text.isascii() and text.isdigit() else _chinese(text)
    if not 1 <= number <= MOST_TERMS:
        raise Invalid(f"“{as_text(value)}”看不出是第几届。", how="请填数字，例如3。")
    return number


def _chinese(text: str) -> int:
    """A number up to 99 in Chinese characters; 0 for anything else."""
    tens, ten, ones = text.rpartition("十")
    if len(tens) > 1 or len(ones) > 1:
        return 0
    high = _DIGITS.find(tens) if tens else int(bool(ten))
    low = _DIGITS.find(ones) if ones else 0
    return high * 10 + low if min(high, low) >= 0 else 0
