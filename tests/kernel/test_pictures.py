"""Photos as phones make them: large, lying, turned over, with a place in them; and what is no photo."""

import io
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dangjian.kernel import pictures
from dangjian.kernel.errors import Invalid
from dangjian.kernel.files import check_size, inspected, page_of

MEMORY = 250
"""Megabytes that the photos of one paper may take, one after the other."""


def photo(size: tuple[int, int] = (400, 300), *, form: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    """A picture whose upper half is dark."""
    picture = Image.new(mode, size, "white")
    picture.paste("black", (0, 0, size[0], size[1] // 2))
    out = io.BytesIO()
    picture.save(out, form, **more)
    return out.getvalue()


def upside_down() -> bytes:
    """A photo that the phone says to turn by half."""
    exif = Image.Exif()
    exif[0x0112] = 3
    return photo(exif=exif)


def detailed(size: tuple[int, int], **more: Any) -> bytes:
    """A photo with so much in it that it is large."""
    small = (size[0] // 4, size[1] // 4)
    picture = Image.merge("RGB", [Image.effect_noise(small, 90) for _ in range(3)]).resize(size, Image.Resampling.NEAREST)
    out = io.BytesIO()
    picture.save(out, "JPEG", **more)
    return out.getvalue()


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def grey_at(picture: Image.Image, across: float, down: float) -> int:
    value = picture.convert("L").getpixel((int(picture.width * across), int(picture.height * down)))
    assert isinstance(value, int)
    return value


def test_a_photo_taken_upside_down_stands_upright() -> None:
    found = opened(page_of(upside_down()).jpeg)
    assert grey_at(found, 0.5, 0.1) > 100 > grey_at(found, 0.5, 0.9)
    assert not dict(found.getexif())


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "1"), ("PNG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("PNG", "I;16"), ("WEBP", "RGB")]
)
def test_every_picture_becomes_a_page_in_colours_or_greys(form: str, mode: str) -> None:
    content = photo(form=form) if mode == "RGB" else _of_mode(mode)
    found = page_of(content)
    assert opened(found.jpeg).mode == ("L" if found.is_grey else "RGB")
    assert grey_at(opened(found.jpeg), 0.5, 0.1) < 100 < grey_at(opened(found.jpeg), 0.5, 0.9)


def _of_mode(mode: str) -> bytes:
    out = io.BytesIO()
    if mode == "I;16":
        deep = opened(photo(mode="L", form="PNG")).convert("I").point(lambda value: value * 257)
        deep.convert("I;16").save(out, "PNG")
    else:
        opened(photo()).convert(mode).save(out, "PNG")
    return out.getvalue()


def test_what_is_transparent_is_white_on_paper() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (0, 0, 0, 0)).save(out, "PNG")
    assert grey_at(opened(page_of(out.getvalue()).jpeg), 0.5, 0.5) == 255


def test_thin_lines_of_a_large_black_and_white_scan_stay() -> None:
    scan = Image.new("1", (4960, 7016), 1)
    for down in range(0, 7016, 50):
        scan.paste(0, (0, down, 4960, down + 2))
    out = io.BytesIO()
    scan.save(out, "PNG")
    found = opened(page_of(out.getvalue()).jpeg)
    middle = [grey_at(found, 0.5, down / found.height) for down in range(found.height)]
    lines = sum(here < 215 <= before for before, here in pairwise(middle))
    assert (found.height, lines) == (2000, pytest.approx(140, abs=3))


def test_a_photo_of_a_phone_with_further_pictures_behind_it_is_read() -> None:
    out = io.BytesIO()
    first = opened(photo()).convert("RGB")
    first.save(out, "MPO", save_all=True, append_images=[first.resize((200, 150))])
    found = inspected("连拍.jpg", out.getvalue())
    assert (found.suffix, opened(found.content).size) == (".jpg", (400, 300))


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_a_photo_of_an_apple_phone_is_refused_with_what_to_do(brand: bytes) -> None:
    with pytest.raises(Invalid, match="HEIC") as refused:
        page_of(b"\x00\x00\x00\x18ftyp" + brand + bytes(40))
    assert "兼容性最佳" in refused.value.how


def test_a_page_scanned_with_too_many_points_is_refused_with_what_to_do() -> None:
    scan = io.BytesIO()
    Image.new("1", (7000, 6000)).save(scan, "PNG")
    with pytest.raises(Invalid, match="尺寸过大") as refused:
        page_of(scan.getvalue())
    assert "300dpi" in refused.value.how


def test_photos_may_be_larger_than_other_files() -> None:
    check_size(photo() + bytes(35 * 1024 * 1024))
    with pytest.raises(Invalid, match="照片超过40MB"):
        check_size(photo() + bytes(40 * 1024 * 1024))
    with pytest.raises(Invalid, match="文件超过20MB"):
        check_size(b"%PDF-1.7" + bytes(20 * 1024 * 1024))


def test_turning_a_page_to_look_at_it() -> None:
    lying = opened(pictures.turned(photo(), 90))
    assert lying.size == (300, 400)
    assert grey_at(lying, 0.9, 0.5) < 100 < grey_at(lying, 0.1, 0.5)


def test_large_photos_one_after_the_other_take_little_memory(tmp_path: Path) -> None:
    """Three photos of 30 MB and 48 million points: fifty take no more, as ``make bench BENCH=photos`` shows."""
    large = tmp_path / "large.jpg"
    large.write_bytes(detailed((8000, 6000), quality=91))
    assert large.stat().st_size > 30 * 1024 * 1024
    lines = (
        "import re, sys",
        "from dangjian.kernel import pdf, pictures",
        "pages = (pictures.page(open(sys.argv[1], 'rb').read()) for _ in range(3))",
        "assert pdf.pages_in(pdf.with_pages(b'', pages)) == 1",
        "print(re.search('VmHWM:[^0-9]*([0-9]+) kB', open('/proc/self/status').read()).group(1))",
    )
    said = subprocess.run([sys.executable, "-c", "\n".join(lines), str(large)], capture_output=True, text=True, check=True)
    assert int(said.stdout) < MEMORY * 1024
