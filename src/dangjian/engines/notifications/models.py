"""Messages to a person."""

from django.conf import settings
from django.db import models

from dangjian.kernel import clock


class Notification(models.Model):
    """One message to one account. ``url`` leads to where something is to be done."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    topic = models.CharField("类别", max_length=32)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=300, blank=True)
    organization_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField("时间", default=clock.now)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    email_state = models.CharField(
        max_length=10,
        default="none",
        choices=[
            ("none", "不发邮件"),
            ("waiting", "待发"),
            ("sent", "已发"),
            ("failed", "发送失败"),
        ],
    )

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=["user", "read_at", "-created_at"], name="notification_user"),
            models.Index(fields=["email_state"], name="notification_email", condition=models.Q(email_state="waiting")),
        )

    def __str__(self) -> str:
        return self.title


class DigestRun(models.Model):
    """A day's digest was sent; there is never a second one for that day."""

    day = models.DateField(unique=True)
    sent_at = models.DateTimeField(default=clock.now)
    people = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "每日提醒"
        verbose_name_plural = "每日提醒"

    def __str__(self) -> str:
        return f"{self.day}"


class Nudge(models.Model):
    """Somebody was reminded of a matter by somebody else: once a day at most, whoever does it.

    ``matter`` is the code of the ``ReminderSource`` and its key. The notification tells whether it was read.
    """

    matter = models.CharField("事项", max_length=120)
    sent_on = models.DateField("日期")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="被催办人")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="催办人")
    notification = models.OneToOneField(Notification, on_delete=models.CASCADE, related_name="nudge")

    class Meta:
        verbose_name = "催办"
        verbose_name_plural = "催办"
        ordering = ("-sent_on", "-pk")
        constraints = (models.UniqueConstraint(fields=["matter", "recipient", "sent_on"], name="one_nudge_a_day"),)

    def __str__(self) -> str:
        return f"{self.matter} {self.sent_on}"
