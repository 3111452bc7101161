"""Photos and papers of a meeting."""

import secrets
from pathlib import PurePath

from django.conf import settings
from django.db import models

from dangjian.activities.meetings.models.meeting import Meeting, OfMeeting
from dangjian.kernel import clock


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
