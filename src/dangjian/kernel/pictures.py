"""Pictures that people hand in, made anew: the pixels alone, without place, device and time that cameras write beside them."""

import io

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2560
"""Pictures are kept at this size at most: sharp on any screen and in print, a tenth of what a phone makes."""
FORMS = ("JPEG", "PNG", "WEBP")


class NotAPicture(ValueError):
    """The content is no picture of an allowed form, is damaged, or is too large. Its text says which, in Chinese."""


def anew(content: bytes) -> tuple[bytes, str]:
    """The picture upright, small enough and bare, with its form (one of ``FORMS``). Raises ``NotAPicture``."""
    try:
        with Image.open(io.BytesIO(content), formats=list(FORMS)) as picture:
            fits = picture.width * picture.height <= MOST_PIXELS
            form = picture.format or "JPEG"
            made = _made(picture, form) if fits else b""
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise NotAPicture("不支持这种文件，或文件已损坏。") from None
    if not fits:
        raise NotAPicture("图片尺寸过大。")
    return made, form


def _made(picture: Image.Image, form: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _saved(upright, form)


def _saved(picture: Image.Image, form: str) -> bytes:
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    if picture.mode == "P" and (palette := picture.getpalette()):
        bare.putpalette(palette)
    if form == "JPEG" and bare.mode not in {"RGB", "L", "CMYK"}:
        bare = bare.convert("RGB")
    out = io.BytesIO()
    bare.save(out, form, **({"quality": 85} if form in {"JPEG", "WEBP"} else {"optimize": True}))
    return out.getvalue()
