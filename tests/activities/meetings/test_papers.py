import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document
from PIL import Image

from dangjian.activities.meetings import actions
from dangjian.activities.meetings.models import Attachment
from dangjian.kernel.errors import Conflict, Invalid, PermissionDenied
from dangjian.kernel.files import inspected
from tests.activities.meetings.conftest import World, closed, held


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def photo(form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture with the place where it was taken, a comment and a portrait orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "FictionalCamera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (22.0, 30.0, 0.0)
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, exif=exif)
    return out.getvalue()


def docx(**parts: str) -> bytes:
    out = io.BytesIO()
    Document().save(out)
    with zipfile.ZipFile(out, "a") as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return out.getvalue()


def upload(content: bytes, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_loses_place_and_camera_and_stands_upright(form: str) -> None:
    assert b"FictionalCamera" in photo(form)
    found = inspected("会场.jpg", photo(form))
    assert b"FictionalCamera" not in found.content
    with Image.open(io.BytesIO(found.content)) as kept:
        assert kept.size == (48, 64)
        assert not dict(kept.getexif())


def test_a_large_photo_is_made_smaller() -> None:
    with Image.open(io.BytesIO(inspected("大.png", photo("PNG", (4000, 1000))).content)) as kept:
        assert max(kept.size) == 2000


def test_the_ending_follows_the_content() -> None:
    assert inspected("方案.exe", docx()).name == "方案.docx"
    assert inspected("..\\..\\x/方案.pdf", b"%PDF-1.7 ...").name == "方案.pdf"
    assert inspected("", b"%PDF-1.7 ...").name == "附件.pdf"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "空"),
        (b"MZ\x90\x00 a program", "不支持"),
        (b"<svg onload='x'/>", "不支持"),
        (b"<html>", "不支持"),
        (b"PK\x03\x04 broken", "损坏"),
        (photo()[:200], "损坏"),
        (b"GIF89a" + bytes(50), "不支持"),
        (b"x" * (20 * 1024 * 1024 + 1), "20MB"),
    ],
)
def test_what_is_refused(content: bytes, word: str) -> None:
    with pytest.raises(Invalid) as refusal:
        inspected("文件.jpg", content)
    assert word in refusal.value.message
    assert "file" in refusal.value.fields


def test_macros_bombs_and_plain_archives_are_refused() -> None:
    with pytest.raises(Invalid, match="宏"):
        inspected("方案.docx", docx(**{"word/vbaProject.bin": "macro"}))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.txt", "a")
    with pytest.raises(Invalid, match="不支持"):
        inspected("资料.zip", out.getvalue())
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", bytes(201 * 1024 * 1024))
    with pytest.raises(Invalid, match="过大"):
        inspected("炸弹.docx", bomb.getvalue())


def test_attaching_and_taking_off(world: World, django_capture_on_commit_callbacks: Any) -> None:
    meeting = held(world)
    made = actions.attach(actor=world.actor(2), meeting=meeting, file=upload(photo()), kind="photo", title="会场")
    assert (made.title, made.content_type, made.is_image) == ("会场", "image/jpeg", True)
    assert "照片" not in made.file.name
    path = made.file.path
    with pytest.raises(Conflict, match="已经上传"):
        actions.attach(actor=world.actor(2), meeting=meeting, file=upload(photo()), kind="photo")
    with django_capture_on_commit_callbacks(execute=True):
        actions.detach(actor=world.actor(2), attachment=made)
    with pytest.raises(FileNotFoundError), open(path, "rb"):  # noqa: PTH123 - whether it is gone is the question
        pass


def test_a_photo_is_a_picture_and_a_kind_is_chosen(world: World) -> None:
    meeting = held(world)
    with pytest.raises(Invalid, match="图片"):
        actions.attach(actor=world.actor(2), meeting=meeting, file=upload(docx()), kind="photo")
    with pytest.raises(Invalid):
        actions.attach(actor=world.actor(2), meeting=meeting, file=upload(docx()), kind="x")
    with pytest.raises(PermissionDenied):
        actions.attach(actor=world.actor(4), meeting=meeting, file=upload(docx()), kind="paper")
    assert not Attachment.objects.exists()


def test_a_closed_record_keeps_its_papers(world: World) -> None:
    meeting = held(world)
    made = actions.attach(actor=world.actor(2), meeting=meeting, file=upload(docx(), "材料.docx"), kind="paper")
    assert made.title == "材料.docx"
    actions.draft_minutes(actor=world.actor(2), meeting=meeting)
    actions.confirm(actor=world.secretary, meeting=meeting)
    actions.close(actor=world.actor(2), meeting=meeting)
    with pytest.raises(Conflict):
        actions.detach(actor=world.actor(2), attachment=made)
    with pytest.raises(Conflict):
        actions.attach(actor=world.actor(2), meeting=closed(world, title="另一次"), file=upload(photo()), kind="photo")
