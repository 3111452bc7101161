"""The report of an organisation for a period: confirmed from below upwards, and kept as it was."""

import datetime as dt

from django.conf import settings
from django.db import models

from dangjian.kernel.fields import EncryptedTextField
from dangjian.kernel.periods import HALF_YEAR, YEAR, Span
from dangjian.org.making import UNDER_WAY, MadeDocument
from dangjian.org.models import Organization
from dangjian.org.scope import OwnedModel


class Gathering(MadeDocument):
    """The rows that are counted of a large organisation for a period, read by the background beforehand.

    They lie in ``columns``, a row for each column of a population. What was done from ``gathered_at`` on is not in them.
    ``content`` holds the figures of all tables and their failed checks (``annual.frozen``), counted from them at once.
    One that a report keeps stays; others go when a later one is there.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    since = models.DateField("统计期自")
    until = models.DateField("统计期至")
    gathered_at = models.DateTimeField("数据截至", null=True, blank=True)
    content = EncryptedTextField("统计表", blank=True)

    class Meta:
        verbose_name = "统计汇总"
        verbose_name_plural = "统计汇总"
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "since", "until"],
                condition=models.Q(state__in=UNDER_WAY),
                name="one_gathering_under_way",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization.short_name}截至{self.until:%Y-%m-%d}的统计汇总"

    @property
    def doing(self) -> str:
        """What the background is doing."""
        return "正在汇总"


class GatheredColumn(OwnedModel):
    """What is known of all rows of a population in one respect: numbers of rows, codes and days, no names, and encrypted."""

    owner_prefix = "gathering__organization__"

    gathering = models.ForeignKey(Gathering, on_delete=models.CASCADE, related_name="columns")
    population = models.CharField("统计对象", max_length=60)
    at_start = models.BooleanField("统计期开始以前")
    name = models.CharField("项目", max_length=60)
    content = EncryptedTextField("内容")

    class Meta:
        verbose_name = "统计汇总的数据"
        verbose_name_plural = "统计汇总的数据"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["gathering", "population", "at_start", "name"], name="one_column_of_a_gathering"),
        )

    def __str__(self) -> str:
        return f"{self.population}.{self.name}"


class FrozenReport(OwnedModel):
    """All tables of an organisation with what they were counted from, as they were at one moment. Never changed.

    ``content`` holds numbers of rows, codes and days, no names (``annual.frozen``); of a large organisation the rows are those of
    the ``gathering`` from which it was counted.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    since = models.DateField("统计期自")
    until = models.DateField("统计期至")
    content = EncryptedTextField("内容")
    gathering = models.ForeignKey(
        Gathering, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name="统计汇总"
    )
    made_at = models.DateTimeField("保存时间")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="保存人"
    )

    class Meta:
        verbose_name = "统计报表存档"
        verbose_name_plural = "统计报表存档"
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return f"{self.organization.short_name}截至{self.until:%Y-%m-%d}的统计报表"


class State(models.TextChoices):
    """How far the report of an organisation is. One that was never submitted has no row."""

    SUBMITTED = "submitted", "已上报"
    ACCEPTED = "accepted", "已接收"
    RETURNED = "returned", "已退回"
    TAKEN_BACK = "taken_back", "已撤回"


STANDING_STATES = (State.SUBMITTED, State.ACCEPTED)
"""The organisation has confirmed its figures."""


class Submission(OwnedModel):
    """The report of an organisation for a year or a half-year, handed to its superior.

    ``report`` is what it confirmed last; ``note`` explains checks that do not hold, ``reason`` says why it came back.
    """

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    per = models.CharField("报告期", max_length=10, choices=[(YEAR, "年报"), (HALF_YEAR, "半年报")])
    since = models.DateField("统计期自")
    until = models.DateField("统计期至")
    state = models.CharField("状态", max_length=12, choices=State)
    report = models.ForeignKey(FrozenReport, on_delete=models.PROTECT, related_name="+", verbose_name="报表")
    note = models.CharField("说明", max_length=500, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="上报人"
    )
    submitted_at = models.DateTimeField("上报时间")
    submitted_on = models.DateField("上报日期")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="接收人"
    )
    decided_at = models.DateTimeField("接收或退回时间", null=True, blank=True)
    reason = models.CharField("退回或撤回的原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "统计上报"
        verbose_name_plural = "统计上报"
        ordering = ("-until", "organization__path")
        constraints = (models.UniqueConstraint(fields=["organization", "since", "until"], name="one_submission_of_a_period"),)

    def __str__(self) -> str:
        return f"{self.organization.short_name}{self.title}"

    @property
    def span(self) -> Span:
        """Its period."""
        return Span.of(self.since, self.per)

    @property
    def title(self) -> str:
        """2026年党内统计年报, 2026年上半年党内统计半年报."""
        return title_of(self.span)

    @property
    def is_confirmed(self) -> bool:
        """Whether the organisation stands by its figures."""
        return self.state in STANDING_STATES


class SavedQuestion(OwnedModel):
    """A question of one's own that somebody keeps under a name: what is counted by what, not the figures.

    ``asked`` are the parameters of its address without organisation and day (``annual.queries.breakdowns``): whoever opens it
    counts their own. One that ``is_shared`` is read in ``organization`` and below it.
    """

    account_path = "owner_id"

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name="保存人"
    )
    title = models.CharField("名称", max_length=40)
    asked = models.JSONField("统计内容")
    is_shared = models.BooleanField("共享", default=False)
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "保存的统计"
        verbose_name_plural = "保存的统计"
        ordering = ("title", "pk")
        constraints = (models.UniqueConstraint(fields=["owner", "title"], name="one_saved_question_of_a_title"),)

    def __str__(self) -> str:
        return self.title


def span_of(since: dt.date, until: dt.date) -> Span:
    """The period between two days."""
    return Span(YEAR if until.month == 12 else HALF_YEAR, since)


def title_of(span: Span) -> str:
    """What the report of a period is called."""
    return f"{span.label}党内统计{'年报' if span.per == YEAR else '半年报'}"
