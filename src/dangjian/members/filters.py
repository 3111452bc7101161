"""By what members are found in their list: each filter with the condition that it stands for."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import F, Q, QuerySet

from dangjian.kernel import clock, codes
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import ALL, Asked, Choice, Filter
from dangjian.kernel.once import once_a_request
from dangjian.members import policy
from dangjian.members.lists import by_person
from dangjian.members.models import Category, Member, Standing
from dangjian.members.queries import completeness
from dangjian.org import choosing
from dangjian.org.caching import cached_for_large_scope
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Organization, Post, PostKind

ANY = "不限"
BELOW = [("100", "未填完整"), ("90", "低于90%"), ("80", "低于80%"), ("60", "低于60%")]


def those(condition: Callable[[str], Q]) -> Callable[[QuerySet[Any], str], QuerySet[Any]]:
    """For ``Choice.rows``: the rows that ``condition`` finds for what is chosen."""
    return lambda rows, chosen: rows.filter(condition(chosen)) if chosen else rows


def of_age(code: str, bands: str = "age_communique") -> Q:
    """The condition for an age group of the codes ``bands``, today."""
    band, today = codes.get(bands).item(code), clock.today()
    found = Q(birth_on__isnull=False)
    if isinstance(band.low, int) and band.low:
        found &= Q(birth_on__lte=policy.born_by(band.low, today))
    if isinstance(band.high, int):
        found &= Q(birth_on__gt=policy.born_by(band.high + 1, today))
    return found


def of_education(group: str) -> Q:
    """The condition for a group of ``codes/education_group``."""
    return Q(education__in=[item.code for item in codes.get("education").items if item.extra.get("group") == group])


def _in_post(kind: str) -> Q:
    held = Post.objects.in_effect()
    return Q(user__in=(held if kind == "any" else held.filter(kind=kind)).values("user"))


def _in_group(value: str) -> Q:
    return Q(organization=F("branch")) if value == "none" else ~Q(organization=F("branch"))


def _lacking(code: str) -> Q:
    return next(completeness.lacking(one) for one in completeness.required() if one.code == code)


def _standing(rows: QuerySet[Member], standing: str) -> QuerySet[Member]:
    return rows if standing == ALL else rows.filter(standing=standing or Standing.NORMAL)


def _in_groups(name: str) -> Callable[[Asked], list[tuple[str, str]]]:
    return lambda _asked: codes.get(name).choices


def _jobs(asked: Asked) -> list[tuple[str, str]]:
    return sorted((code, codes.get("job_label").label(code)) for code in _used(asked.request)["job_post"])


def _as_written(column: str) -> Callable[[Asked], list[tuple[str, str]]]:
    return lambda asked: [(value, value) for value in _used(asked.request)[column]]


@once_a_request
def _used(_request: Request) -> Mapping[str, list[str]]:
    """What stands in columns that people fill in freely, in order."""
    return cached_for_large_scope("members.in_use", _in_use)


FILTERS: tuple[Filter, ...] = (
    by_person(""),
    OrganizationFilter(),
    Choice("category", "人员类别", Category.choices, "全部类别"),
    Choice("group", "党小组", [("none", "未编入小组"), ("some", "已编入小组")], "党小组", rows=those(_in_group)),
    Choice("standing", "党籍状态", [(ALL, "含已减少"), *Standing.choices[1:]], "在册党员", rows=_standing, look="dialog"),
    Choice("sex", "性别", [("1", "男"), ("2", "女")], ANY, look="dialog"),
    Choice("age", "年龄段", _in_groups("age_communique"), ANY, rows=those(of_age), look="dialog"),
    Choice(
        "education", "学历", lambda _asked: codes.get("education_group").choices, ANY, rows=those(of_education), look="dialog"
    ),
    Choice("post", "党内职务", [("any", "任一职务"), *PostKind.choices], ANY, rows=those(_in_post), look="dialog"),
    Choice("job_post", "工作岗位", _jobs, ANY, look="dialog"),
    Choice("site", "场区", _as_written("site"), ANY, look="dialog"),
    Choice("shift", "班次", _as_written("shift"), ANY, look="dialog"),
    Choice("below", "信息完整度", BELOW, ANY, rows=those(lambda percent: Q(completeness__lt=int(percent))), look="dialog"),
    Choice(
        "missing",
        "缺少的项目",
        lambda _asked: [(one.code, f"缺{one.title}") for one in completeness.required()],
        ANY,
        rows=those(_lacking),
        look="dialog",
    ),
)


def organization_choices() -> list[tuple[str, str]]:
    """Standing organisations of the open scope, as ``org.choosing`` lists them."""
    return choosing.choices(Organization.objects.standing())


def _in_use() -> dict[str, list[str]]:
    found = {}
    for name in ("job_post", "site", "shift"):
        values = Member.objects.counted().exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
        found[name] = list(values)
    return found
