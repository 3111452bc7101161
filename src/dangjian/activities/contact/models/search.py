"""The search for a member with whom the branch has lost contact: every attempt, what the branch decided, how it ended."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from dangjian.kernel import clock
from dangjian.kernel.fields import EncryptedTextField
from dangjian.members.models import Member
from dangjian.org.scope import OwnedManager, OwnedModel, OwnedQuerySet


class SearchState(models.TextChoices):
    """How far a search is."""

    SEARCHING = "searching", "正在查找"
    LOST = "lost", "已认定失联"
    CONCLUDED = "concluded", "多方查找无果"
    FOUND = "found", "已取得联系"
    ENDED = "ended", "已终止"


OPEN = (SearchState.SEARCHING, SearchState.LOST, SearchState.CONCLUDED)


class SearchQuerySet(OwnedQuerySet["Search"]):
    """Searches."""

    def running(self) -> Self:
        """Those that go on."""
        return self.filter(state__in=OPEN)


class Outcome(models.TextChoices):
    """What the branch decided about somebody who was found again."""

    CORRECT = "correct", "研究限期改正"
    NOTHING = "nothing", "有正当理由，不作处置"


class Search(OwnedModel):
    """The branch searches for a member. ``silent_since`` is the last day on which there was contact.

    ``lost_on`` is the day on which the branch recorded them as out of contact, for ``reason``; ``concluded_on`` the one on which
    it said that all ways were tried. Whoever is found again after they were lost is decided about (``outcome``).
    """

    owner_prefix = "member__organization__"
    account_path = "member__user_id"

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="searches", verbose_name="党员")
    state = models.CharField("状态", max_length=10, choices=SearchState, default=SearchState.SEARCHING)
    silent_since = models.DateField("失去联系日期")
    began_on = models.DateField("开始查找日期")
    reason = models.CharField("失去联系情形", max_length=1, blank=True)
    lost_on = models.DateField("认定失联日期", null=True, blank=True)
    concluded_on = models.DateField("查找无果日期", null=True, blank=True)
    found_on = models.DateField("取得联系日期", null=True, blank=True)
    found_how = EncryptedTextField("取得联系的情况", blank=True)
    outcome = models.CharField("研究结果", max_length=10, choices=Outcome, blank=True)
    outcome_on = models.DateField("研究日期", null=True, blank=True)
    outcome_note = models.CharField("研究说明", max_length=200, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_note = models.CharField("终止原因", max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    objects: ClassVar = OwnedManager.from_queryset(SearchQuerySet)()

    class Meta:
        verbose_name = "查找失联党员"
        verbose_name_plural = "查找失联党员"
        ordering = ("-began_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["member"], condition=Q(state__in=OPEN), name="searched_for_once_at_a_time"),
            models.CheckConstraint(
                condition=~Q(state__in=("lost", "concluded")) | Q(lost_on__isnull=False), name="lost_has_a_day"
            ),
        )
        indexes = (models.Index(fields=["state", "-began_on"], name="search_state"),)

    def __str__(self) -> str:
        return f"查找{self.member}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.state in OPEN

    @property
    def is_undecided(self) -> bool:
        """Whether somebody was found after they were lost, and nothing is decided yet."""
        return self.state == SearchState.FOUND and self.lost_on is not None and not self.outcome


class Tried(models.TextChoices):
    """In which way somebody was searched for."""

    PHONE = "phone", "电话、微信"
    HOME = "home", "走访住处"
    FAMILY = "family", "联系家属"
    WORK = "work", "联系原单位、同事"
    FRIENDS = "friends", "联系同学、战友、邻居"
    LETTER = "letter", "发函"
    COMMUNITY = "community", "联系户籍地村（社区）"
    OFFICES = "offices", "请有关部门协助"


class Result(models.TextChoices):
    """What came of it."""

    NOTHING = "nothing", "没有取得联系"
    CLUE = "clue", "有线索"
    REACHED = "reached", "联系上了"


class SearchTry(OwnedModel):
    """One attempt: which way, by whom, on which day, what came of it."""

    owner_prefix = "search__member__organization__"

    search = models.ForeignKey(Search, on_delete=models.CASCADE, related_name="tries")
    way = models.CharField("方式", max_length=10, choices=Tried)
    on = models.DateField("日期")
    by = models.CharField("查找人", max_length=60)
    result = models.CharField("结果", max_length=10, choices=Result)
    text = EncryptedTextField("情况", blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        verbose_name = "查找记录"
        verbose_name_plural = "查找记录"
        ordering = ("-on", "-pk")
