"""Photos and papers of a meeting, and yearly registers as documents."""

import secrets
from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from dangjian.activities.meetings.models.attendance import MakeUp
from dangjian.activities.meetings.models.meeting import Meeting, OfMeeting
from dangjian.kernel import clock
from dangjian.org.making import UNDER_WAY, MadeDocument
from dangjian.org.models import Organization


class AttachmentKind(models.TextChoices):
    """What an attachment is."""

    PHOTO = "photo", "现场照片"
    PAPER = "paper", "会议材料"
    OTHER = "other", "其他"


def stored_name(_attachment: "Attachment", name: str) -> str:
    """Where a file is stored: a name nobody can guess, with the ending that its content was found to have."""
    return f"meetings/{clock.today():%Y/%m}/{secrets.token_hex(16)}{PurePath(name).suffix}"


class Attachment(OfMeeting):
    """A file of a meeting. ``title`` is the name it had; photos are kept without the place and device data cameras add."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField("类别", max_length=6, choices=AttachmentKind)
    title = models.CharField("名称", max_length=160)
    file = models.FileField("文件", upload_to=stored_name, max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField("大小")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间", default=clock.now)

    class Meta:
        verbose_name = "附件"
        verbose_name_plural = "附件"
        ordering = ("kind", "pk")
        constraints = (models.UniqueConstraint(fields=["meeting", "sha256"], name="attached_once"),)

    def __str__(self) -> str:
        return self.title

    @property
    def is_image(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.content_type.startswith("image/")

    @cached_property
    def is_to_study(self) -> bool:
        """Whether somebody has it to study; a page that shows many sets it for all of them."""
        return MakeUp.objects.filter(attachment=self).exists()


def register_name(register: "RegisterPaper", _name: str) -> str:
    """Where a register is stored: a name nobody can guess."""
    return f"meetings/registers/{secrets.token_hex(16)}.{register.form}"


GATHERED = 40
"""The share at which what a document says is gathered, and only its pages are still to be set."""


class RegisterPaper(MadeDocument):
    """The yearly register (党支部工作手册) of an organisation as a document, made in the background and kept for some days."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name="党组织")
    year = models.PositiveSmallIntegerField("年度")
    form = models.CharField("格式", max_length=4, choices=(("pdf", "PDF"), ("docx", "Word")))
    file = models.FileField(upload_to=register_name, max_length=120, blank=True)

    class Meta:
        verbose_name = "工作手册文件"
        verbose_name_plural = "工作手册文件"
        ordering = ("-asked_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "year", "form"],
                condition=Q(state__in=UNDER_WAY),
                name="one_register_under_way",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization.short_name}{self.year}年工作手册.{self.form}"

    @property
    def doing(self) -> str:
        """What the background is doing with it."""
        return "正在汇总全年会议记录" if self.share < GATHERED else "正在排版"
