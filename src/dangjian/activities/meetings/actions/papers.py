"""Photos and papers: attached after a look at their content, taken off only while the record is open."""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.meetings.actions.guards import locked_for, require_recorder
from dangjian.activities.meetings.models import Attachment, AttachmentKind, Meeting, Status
from dangjian.kernel.actor import Actor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.files import inspected
from dangjian.org.openings import locked

MOST = 60
"""Attachments of one meeting."""


@transaction.atomic
def attach(*, actor: Actor, meeting: Meeting, file: UploadedFile, kind: str, title: str = "") -> Attachment:
    """Attach a picture, PDF or office document. ``title`` is the file's own name if left empty.

    Pictures lose what the camera wrote into them (place, device, time). Raises ``Invalid`` for anything whose content is
    not of an allowed kind, for macros, for photos over 40 and other files over 20 MB.
    """
    meeting = locked_for(actor, meeting, require_attaching)
    if kind not in AttachmentKind.values:
        raise Invalid("请选择附件类别。", fields={"kind": "请从列表中选择"})
    if meeting.attachments.count() >= MOST:
        raise Conflict(f"一次会议最多{MOST}个附件。", how="请先删除不需要的附件。")
    found = inspected(file.name or "", file.read(), must_be_picture=kind == AttachmentKind.PHOTO)
    if meeting.attachments.filter(sha256=found.sha256).exists():
        raise Conflict("这个文件已经上传过了。")
    made = Attachment(
        meeting=meeting,
        kind=kind,
        title=(title.strip() or found.name)[:160],
        content_type=found.content_type,
        size=len(found.content),
        sha256=found.sha256,
        uploaded_by_id=actor.user_id,
    )
    made.file.save(f"file{found.suffix}", ContentFile(found.content), save=False)
    stored = made.file.name
    try:
        made.save()
    except BaseException:
        made.file.storage.delete(stored)
        raise
    record(
        actor=actor,
        verb="meetings.attached",
        summary=f"“{meeting}”上传附件“{made}”",
        organization=meeting.organization,
        subject=meeting,
        data={"sha256": made.sha256, "size": made.size},
    )
    return made


def require_attaching(actor: Actor, meeting: Meeting) -> None:
    """Raise unless the actor may attach something now: until the record is closed."""
    require_recorder(actor, meeting)
    if meeting.status in {Status.CLOSED, Status.CANCELLED}:
        raise Conflict(f"“{meeting}”{meeting.get_status_display()}，不能再上传附件。")


@transaction.atomic
def detach(*, actor: Actor, attachment: Attachment) -> None:
    """Take an attachment off, and its file off the disk once that is certain.

    Not after closing, nor while a make-up study points to it.
    """
    meeting = locked_for(actor, attachment.meeting, require_recorder)
    attachment = locked(attachment, "meeting__organization", check=lambda row: require_detaching(actor, row))
    title, storage, name = attachment.title, attachment.file.storage, attachment.file.name
    attachment.delete()
    record(
        actor=actor,
        verb="meetings.detached",
        summary=f"“{meeting}”删除附件“{title}”",
        organization=meeting.organization,
        subject=meeting,
        data={"sha256": attachment.sha256},
    )
    transaction.on_commit(lambda: storage.delete(name))


def require_detaching(actor: Actor, attachment: Attachment) -> None:
    """Raise unless the actor may take the attachment off now: until the record is closed, and if no study points to it."""
    require_recorder(actor, attachment.meeting)
    if attachment.meeting.status == Status.CLOSED:
        raise Conflict("记录已经归档，附件不能再删除。")
    if attachment.is_to_study:
        raise Conflict("有补课任务用到这个附件，不能删除。")
