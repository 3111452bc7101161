"""What is looked at in the records of members every month: items that are missing, what cannot be, what was entered late."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone

from dangjian.kernel import clock
from dangjian.kernel.rulebook import Bounds, Period, book
from dangjian.kernel.ui import words
from dangjian.members.columns import COLUMNS, ORDER
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry
from dangjian.members.queries.completeness import lacking, required
from dangjian.members.validity import NUMBERS, wrong_dates, wrong_numbers
from dangjian.org.models import Kind, Post
from dangjian.org.quality import committees_over
from dangjian.org.quality_offers import Asking, Examined, FoundFlaw, QualityCheck, number_by

WHO = ("pk", "branch_id", "name")
BY_HAND = (ChangeKind.OPENING,)
"""Lines that are no change of a day but what was brought along."""


def missing(asking: Asking) -> Examined:
    """Required items that a record lacks; which items these are is a setting."""
    rows = _members(asking)
    items = [item for item in required() if item.code not in {"branch", "category", "name"}]
    lacks = {item.code: lacking(item) for item in items}
    flagged = rows.filter(_any(lacks.values())).annotate(**{f"lacks_{code}": _flag(one) for code, one in lacks.items()})
    flaws = []
    for pk, branch, name, *flags in flagged.values_list(*WHO, *(f"lacks_{code}" for code in lacks)):
        blank = [item for item, is_blank in zip(items, flags, strict=True) if is_blank]
        text = f"缺{len(blank)}项：{'、'.join(item.title for item in blank)}"
        is_own = any(item.code in COLUMNS and COLUMNS[item.code].by_member for item in blank)
        flaws.append(_flaw(pk, branch, name, text, is_own=is_own))
    return Examined(number_by(rows, "branch_id"), flaws)


def numbers(asking: Asking) -> Examined:
    """Identity numbers against birth and sex, and the form of mobile numbers. Numbers are decrypted and named to nobody."""
    rows = _members(asking).filter(~Q(resident_id="") | ~Q(mobile=""))
    flaws = []
    for row in rows.only(*WHO, *NUMBERS).iterator(chunk_size=2000):
        wrong = wrong_numbers({name: getattr(row, name) for name in NUMBERS})
        if wrong:
            flaws.append(_flaw(row.pk, row.branch_id, row.name, "；".join(wrong.values())))
    return Examined(number_by(rows, "branch_id"), flaws)


def dates(asking: Asking) -> Examined:
    """Days of the way into the Party, each not before the ones that come first."""
    rows = _members(asking)
    wrong_ones = _any(Q(**{f"{later}__lt": F(earlier)}) for place, earlier in enumerate(ORDER) for later in ORDER[place + 1 :])
    flaws = []
    for pk, branch, name, *days in rows.filter(wrong_ones).values_list(*WHO, *ORDER):
        wrong = wrong_dates(dict(zip(ORDER, days, strict=True)))
        flaws.append(_flaw(pk, branch, name, "；".join(wrong.values())))
    return Examined(number_by(rows, "branch_id"), flaws)


def probation(asking: Asking) -> Examined:
    """Probation that is over at the latest, and no word of how it ended."""
    today = clock.today()
    rows = _members(asking).filter(category=Category.PROBATIONARY)
    length = book().on("dev.probation", today).expect(Period)
    extension = book().on("dev.probation.extend", today).expect(Bounds).at_most or 0
    flaws = []
    for pk, branch, name, joined_on, extended_to in rows.values_list(*WHO, "joined_on", "probation_extended_to"):
        if joined_on is None:
            continue  # a missing day is missing, and said so by the check of what is required
        ends_on = extended_to or Period(months=extension).after(length.after(joined_on))
        if ends_on < today:
            text = f"{words.day(joined_on)}入党，预备期连同延长期已满，没有转正、延长或者取消的记录"
            url = reverse("members:detail", args=[pk])
            flaws.append(FoundFlaw(branch, str(pk), name, text, url, member_id=pk))
    return Examined(number_by(rows, "branch_id"), flaws)


def officers(asking: Asking) -> Examined:
    """Posts of organisations whose holder has no record as a member."""
    rows = asking.at(Post.objects.in_effect(), "organization").exclude(organization__kind=Kind.GROUP)
    recorded = Member.objects.counted().filter(user=OuterRef("user"))
    keepers = committees_over()
    flaws = []
    for post in rows.filter(~Exists(recorded)).select_related("user", "organization").order_by("pk"):
        text = f"担任{post.organization.short_name}{post.get_kind_display()}，没有党员档案"
        where, url = post.organization_id, reverse("org:detail", args=[post.organization_id])
        flaws.append(FoundFlaw(where, str(post.pk), post.user.name, text, url, keeper_id=keepers.get(where)))
    return Examined(number_by(rows, "organization_id"), flaws)


def late(asking: Asking) -> Examined:
    """Changes of membership that were entered in the month, and those of them that had happened too long before."""
    rows = asking.at(MembershipEntry.objects.all(), "organization").filter(
        recorded_at__gte=_midnight(asking.month.start), recorded_at__lt=_midnight(asking.month.end), reverses=None
    )
    rows = rows.exclude(kind__in=BY_HAND).filter(effective_on__gte=F("organization__live_on"))
    within = book().on("quality.entry_within", clock.today()).expect(Period)
    flaws = []
    for line in rows.select_related("member").order_by("pk"):
        entered_on = timezone.localdate(line.recorded_at)
        if within.after(line.effective_on) < entered_on:
            text = f"{words.day(line.effective_on)}{line.get_kind_display()}，{words.day(entered_on)}才登记"
            flaws.append(FoundFlaw(line.organization_id, str(line.pk), line.member.name, text, member_id=line.member_id))
    return Examined(number_by(rows, "organization_id"), flaws)


def _members(asking: Asking) -> QuerySet[Member]:
    rows: QuerySet[Member] = asking.at(Member.objects.counted(), "branch").order_by("pk")
    return rows


def _flaw(pk: int, branch: int, name: str, text: str, *, is_own: bool = True) -> FoundFlaw:
    """About a member's record; ``is_own`` where they may answer it themselves."""
    url = reverse("members:edit", args=[pk])
    own_url = reverse("members:check_own") if is_own else ""
    return FoundFlaw(branch, str(pk), name, text, url, member_id=pk, own_url=own_url)


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=())
    for one in conditions:
        found |= one
    return found


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


CHECKS = (
    QualityCheck("members.required", "党员档案必填项", "completeness", "每名党员的档案，必填的栏目有没有空着", missing, order=10),
    QualityCheck(
        "members.numbers",
        "证件号码和手机号码",
        "validity",
        "号码是否合规，出生日期、性别是否与公民身份号码一致",
        numbers,
        order=20,
    ),
    QualityCheck("members.dates", "入党各环节日期", "validity", "出生、申请入党、入党、转正等日期的先后", dates, order=30),
    QualityCheck(
        "members.probation", "预备党员转正", "validity", "预备期已满的，有没有转正、延长或者取消的记录", probation, order=40
    ),
    QualityCheck("members.officers", "班子成员档案", "completeness", "在任的班子成员有没有党员档案", officers, order=15),
    QualityCheck("members.late", "党籍变动及时登记", "timeliness", "本月登记的党籍变动，是不是发生后及时登记的", late, order=50),
)
