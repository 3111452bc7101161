"""What a file handed in really is: judged by its content, never by its name; pictures are made anew without their camera data."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings

from dangjian.kernel import pictures
from dangjian.kernel.errors import Invalid

LARGEST = 20 * 1024 * 1024
UNPACKED_LARGEST = 200 * 1024 * 1024

PICTURES = {"JPEG": (".jpg", "image/jpeg"), "PNG": (".png", "image/png"), "WEBP": (".webp", "image/webp")}
OFFICE = {
    "word/document.xml": (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xl/workbook.xml": (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ppt/presentation.xml": (".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
SIZES = "照片每张不超过40MB，其他文件每个不超过20MB"
SCANS_ACCEPTED = "image/jpeg,image/png,image/webp,.pdf"
"""For a field of files. A phone that keeps its photos in a form of its own makes them JPEG for a page that says so."""
ALLOWED = f"可以上传照片（JPG、PNG、WebP）、PDF和Word、Excel、PPT文件（docx、xlsx、pptx），{SIZES}。"


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept, with the ending and type that its content was found to have."""

    name: str
    suffix: str
    content_type: str
    content: bytes
    sha256: str


def inspected(name: str, content: bytes, *, must_be_picture: bool = False) -> Inspected:
    """Look into a file. Raises ``Invalid`` if it is empty, too large, of no allowed kind, damaged, or carries macros."""
    check_size(content)
    kept, suffix, content_type = _recognised(content)
    if must_be_picture and not content_type.startswith("image/"):
        raise Invalid("现场照片应是图片文件。", how="其他文件请选择“会议材料”。", fields={"file": "请选择图片"})
    return Inspected(f"{stem_of(name)}{suffix}", suffix, content_type, kept, hashlib.sha256(kept).hexdigest())


def sizes() -> str:
    """How large files may be, for the help of a field."""
    return f"{SIZES}，一次合计不超过{settings.LARGEST_REQUEST // 1024 // 1024}MB。"


def check_size(content: bytes) -> None:
    """Raise ``Invalid`` for what is empty or too large: photos may be as large as phones make them, as they are kept small."""
    if not content:
        raise Invalid("文件是空的。", how="请重新选择文件。", fields={"file": "文件是空的"})
    if pictures.form_of(content):
        if len(content) > pictures.LARGEST:
            raise Invalid("照片超过40MB。", how="请把相机的分辨率调低后重新拍照。", fields={"file": "照片太大"})
    elif len(content) > LARGEST:
        raise Invalid("文件超过20MB。", how="请压缩后再上传。", fields={"file": "文件太大"})


def page_of(content: bytes) -> pictures.Page:
    """A photo or scanned picture as a page of paper. Raises ``Invalid`` as ``inspected`` does."""
    check_size(content)
    try:
        return pictures.page(content)
    except pictures.NotAPicture as problem:
        raise _unreadable(problem) from None


def stem_of(name: str) -> str:
    """What a file was called, without its ending."""
    return (PurePath(name.replace("\\", "/")).stem.strip() or "附件")[:120]


def _recognised(content: bytes) -> tuple[bytes, str, str]:
    if content.startswith(b"%PDF-"):
        return content, ".pdf", "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return content, *_office(content)
    return _picture(content)


def _office(content: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = {entry.filename for entry in package.infolist()}
            unpacked = sum(entry.file_size for entry in package.infolist())
    except zipfile.BadZipFile:
        raise _refused("文件已损坏，打不开。") from None
    if unpacked > UNPACKED_LARGEST:
        raise _refused("文件解压后过大，可能有问题。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise _refused("文件带有宏，为了安全不能上传。")
    for member, kind in OFFICE.items():
        if member in names:
            return kind
    raise _refused("不支持这种文件。")


def _picture(content: bytes) -> tuple[bytes, str, str]:
    try:
        bare, form = pictures.anew(content)
    except pictures.NotAPicture as problem:
        raise _unreadable(problem) from None
    return bare, *PICTURES[form]


def _unreadable(problem: pictures.NotAPicture) -> Invalid:
    return _refused(str(problem), problem.how)


def _refused(message: str, how: str = "") -> Invalid:
    return Invalid(message, how=how or ALLOWED, fields={"file": message})
