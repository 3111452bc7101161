"""Pictures that people hand in, made anew: the pixels alone, without place, device and time that cameras write beside them.

They are read at the size in which they are kept, so that a photo of two hundred million points takes no more memory than a small
one. Only what cannot be read in part, PNG, WebP and progressive JPEG, is limited to what a scanner makes of a page.
"""

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

LARGEST: Final = 40 * 1024 * 1024
"""Bytes of a photo as the phone made it."""
MOST_PIXELS: Final = 250_000_000
MOST_PIXELS_AT_ONCE: Final = 36_000_000
"""Of a picture that has to be read whole: a page of A4 at 600 dots an inch."""
LONGEST_SIDE: Final = 2000
"""Pictures are kept at this size at most: sharp on any screen and in print, a tenth of what a phone makes."""
FORMS: Final = ("JPEG", "PNG", "WEBP")
QUALITY: Final = 85

_BEGINNINGS: Final = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})


class NotAPicture(ValueError):
    """The content is no picture of an allowed form, is damaged, or is too large. Its text says which, in Chinese.

    ``how`` says what to do, where that is something special.
    """

    def __init__(self, text: str, how: str = "") -> None:
        super().__init__(text)
        self.how = how


@dataclass(frozen=True, slots=True)
class Page:
    """A picture as a page of paper: a JPEG in colours or in greys, upright and bare."""

    jpeg: bytes
    width: int
    height: int
    is_grey: bool


def form_of(content: bytes) -> str:
    """Which of ``FORMS`` the content says that it is; empty for none."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return next((form for beginning, form in _BEGINNINGS.items() if content.startswith(beginning)), "")


def anew(content: bytes) -> tuple[bytes, str]:
    """The picture upright, small enough and bare, with its form (one of ``FORMS``). Raises ``NotAPicture``."""
    picture, form = _read(content)
    return _saved(picture, form), form


def page(content: bytes) -> Page:
    """The picture as a page: upright, small enough and bare, what is transparent white. Raises ``NotAPicture``."""
    picture, _form = _read(content)
    flat = _flat(picture)
    return Page(_saved(flat, "JPEG"), flat.width, flat.height, is_grey=flat.mode == "L")


def turned(jpeg: bytes, degrees: int) -> bytes:
    """A picture that was kept, turned to the right to be looked at."""
    if not degrees:
        return jpeg
    with JpegImageFile(io.BytesIO(jpeg)) as picture:
        return _saved(picture.rotate(-degrees, expand=True), "JPEG")


def _read(content: bytes) -> tuple[Image.Image, str]:
    """The picture upright and small enough, with its form."""
    form = form_of(content)
    if not form:
        raise _foreign(content)
    try:
        # Directly, as Pillow would look into the further pictures that phones append to a JPEG.
        opened = JpegImageFile(io.BytesIO(content)) if form == "JPEG" else Image.open(io.BytesIO(content), formats=[form])
        with opened as picture:
            pixels = picture.width * picture.height
            in_parts = form == "JPEG" and not picture.info.get("progressive")
            upright = _upright(picture) if pixels <= (MOST_PIXELS if in_parts else MOST_PIXELS_AT_ONCE) else None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise NotAPicture("图片已损坏，打不开。") from None
    if upright is None:
        raise NotAPicture("图片尺寸过大。", "请改用较低的分辨率扫描（300dpi即可），或者存成JPG、PDF再上传。")
    return upright, form


def _foreign(content: bytes) -> NotAPicture:
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return NotAPicture(
            "这是HEIC格式的照片，系统打不开。",
            "苹果手机请在“设置—相机—格式”中选“兼容性最佳”后重新拍照；已经拍好的照片，可以用微信发送一次再保存，或者截屏后上传。",
        )
    return NotAPicture("不支持这种文件，或文件已损坏。")


def _upright(picture: Image.Image) -> Image.Image:
    if picture.mode in {"1", "P"} and max(picture.size) > LONGEST_SIDE:
        # With a palette it would be made smaller by leaving out points, and letters would become illegible.
        seen = "L" if picture.mode == "1" else "RGBA" if picture.has_transparency_data else "RGB"
        return _upright(picture.convert(seen))
    share = min(1, LONGEST_SIDE / max(picture.size))
    # A JPEG is read at half, a quarter or an eighth of its size, so that the whole of it never lies in memory.
    picture.draft(None, (max(1, int(picture.width * share)), max(1, int(picture.height * share))))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=None)
    return ImageOps.exif_transpose(picture)


def _flat(picture: Image.Image) -> Image.Image:
    """In colours or greys, on white paper."""
    if picture.mode in {"1", "L"}:
        return picture.convert("L")
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        white = Image.new("RGB", picture.size, "white")
        seen = picture.convert("RGBA")
        white.paste(seen, mask=seen)
        return white
    return picture.convert("RGB")


def _saved(picture: Image.Image, form: str) -> bytes:
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    if picture.mode == "P" and (palette := picture.getpalette()):
        bare.putpalette(palette)
    if form == "JPEG" and bare.mode not in {"RGB", "L", "CMYK"}:
        bare = bare.convert("RGB")
    out = io.BytesIO()
    bare.save(out, form, **({"quality": QUALITY} if form in {"JPEG", "WEBP"} else {"optimize": True}))
    return out.getvalue()
