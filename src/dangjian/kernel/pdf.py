"""PDF files of scanned pages: made of photos, looked into, turned, put together. Nothing in them is drawn anew.

scan = pdf.with_pages(b"", (pictures.page(photo) for photo in photos))
scan = pdf.turned(scan, 2, quarters=1)
pdf.pages_in(scan)
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Array, Dictionary, Name, OutlineItem, Page, Pdf, Rectangle

from dangjian.kernel import pictures
from dangjian.kernel.errors import Conflict, Invalid

A4: Final = (595.28, 841.89)
"""In points, standing."""
MOST_PAGES: Final = 300
"""Of one file."""
_NUMBER_SIZE: Final = (44, 30)
_END: Final = b"%%EOF"
_END_WITHIN: Final = 4096
_HOW: Final = "请重新扫描，或另存为新的PDF后再上传。"


def pages_in(content: bytes) -> int:
    """How many pages a PDF has. Raises ``Invalid`` for one that is encrypted, damaged, cut off, empty or too long."""
    if _END not in content[-_END_WITHIN:]:
        raise Invalid("这份PDF不完整，打不开。", how=_HOW)
    with _opened(content) as found:
        count = len(found.pages)
    if not count:
        raise Invalid("这份PDF里没有页面。", how="请重新扫描后再上传。")
    if count > MOST_PAGES:
        raise Invalid(f"这份PDF超过{MOST_PAGES}页。", how="请分成几份上传。")
    return count


def with_pages(content: bytes, pages: Iterable[pictures.Page]) -> bytes:
    """A PDF (``b""``: a new one) with each picture on a further page of A4, standing or lying as the picture does.

    A picture that it has already is left out.
    """
    if not content:
        return _with(Pdf.new(), pages)
    with _opened(content) as found:
        return _with(found, pages)


def turned(content: bytes, number: int, *, quarters: int) -> bytes:
    """A PDF with one page (from 1 on) turned to the right by ``quarters``, to the left if they are negative."""
    with _opened(content) as found:
        _refuse_signed(found)
        _page(found, number).rotate(90 * quarters, relative=True)
        return _saved(found)


def without(content: bytes, number: int) -> bytes:
    """A PDF without one of its pages. Raises ``Conflict`` if it is the only one."""
    with _opened(content) as found:
        _refuse_signed(found)
        if len(found.pages) == 1:
            raise Conflict("这份材料只有这一页。", how="不要了的，请删除整份材料。")
        _page(found, number)
        del found.pages[number - 1]
        return _saved(found)


def moved_up(content: bytes, number: int) -> bytes:
    """A PDF with one page in front of the page before it; the first stays where it is."""
    with _opened(content) as found:
        _refuse_signed(found)
        page = _page(found, number)
        if number > 1:
            del found.pages[number - 1]
            found.pages.insert(number - 2, page)
        return _saved(found)


def picture_of(content: bytes | BinaryIO, number: int) -> tuple[bytes, int] | None:
    """The photo that a page consists of, as a JPEG, and by how many degrees it is turned; ``None`` for any other page."""
    with _opened(content) as found:
        page = _page(found, number)
        images = _images(page)
        if len(images) != 1 or images[0].get("/Filter") != Name.DCTDecode:
            return None
        return images[0].read_raw_bytes(), int(page.obj.get("/Rotate", 0)) % 360


@dataclass(frozen=True, slots=True)
class Part:
    """A PDF that is bound into another one, and what its bookmark says."""

    title: str
    open: Callable[[], BinaryIO]


def bound(front: bytes, parts: Sequence[Part], out: BinaryIO, *, done: Callable[[int], None] = lambda _number: None) -> None:
    """Write one PDF of ``front`` and all ``parts`` behind it, with a bookmark for each and its number on each of their pages.

    :param done: called with the number of parts that are in.
    """
    with ExitStack() as open_until_saved:
        book = open_until_saved.enter_context(Pdf.new())
        book.pages.extend(open_until_saved.enter_context(_opened(front)).pages)
        marks: list[tuple[str, int]] = []
        for number, part in enumerate(parts, 1):
            marks.append((part.title, len(book.pages)))
            file = open_until_saved.enter_context(part.open())
            book.pages.extend(open_until_saved.enter_context(_opened(file)).pages)
            for place in range(marks[-1][1], len(book.pages)):
                _number_page(book, place)
            done(number)
        with book.open_outline() as outline:
            outline.root.extend(OutlineItem(title, place) for title, place in marks)
        book.save(out)


def _number_page(book: Pdf, place: int) -> None:
    """Write its number into the lower right corner of a page, as the page is looked at."""
    page = book.pages[place]
    left, bottom, right, top = (float(side) for side in page.cropbox)
    degrees = int(page.obj.get("/Rotate", 0)) % 360
    wide, high = (_NUMBER_SIZE[1], _NUMBER_SIZE[0]) if degrees % 180 else _NUMBER_SIZE
    across = right - wide if degrees in {0, 90} else left
    up = bottom if degrees in {0, 270} else top - high
    page.add_overlay(_number(book, place + 1), Rectangle(across, up, across + wide, up + high))


def _number(book: Pdf, number: int) -> Page:
    """A small page that says its number; the font is one of those that every reader has."""
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *_NUMBER_SIZE]),
        Resources=Dictionary(Font=Dictionary(F=font)),
        Contents=book.make_stream(f"BT /F 9 Tf 8 12 Td ({number}) Tj ET".encode()),
    )
    return Page(book.make_indirect(made))


@contextmanager
def _opened(content: bytes | BinaryIO) -> Iterator[Pdf]:
    """Raises ``Invalid`` for what cannot be opened, or breaks off while it is read."""
    try:
        with pikepdf.open(io.BytesIO(content) if isinstance(content, bytes) else content) as found:
            yield found
    except pikepdf.PasswordError:
        raise Invalid("这份PDF设了密码，打不开。", how="请去掉密码，或打印后拍照上传。") from None
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError):
        raise Invalid("这份PDF已损坏，打不开。", how=_HOW) from None


def _refuse_signed(found: Pdf) -> None:
    """Turning would make the signature of a program void. A signature with a pen is a picture as any other."""
    form = found.Root.get("/AcroForm")
    if form is not None and int(form.get("/SigFlags", 0)) & 1:
        raise Conflict("这份PDF有电子签名，改动页面会使签名失效。", how="请重新上传一份方向正确的。")


def _page(found: Pdf, number: int) -> Page:
    if not 1 <= number <= len(found.pages):
        raise Conflict("这一页已经不在了。", how="请刷新页面。")
    return found.pages[number - 1]


def _with(found: Pdf, pages: Iterable[pictures.Page]) -> bytes:
    there = {image.read_raw_bytes() for page in found.pages for image in _images(page)}
    for page in pages:
        if page.jpeg not in there:
            _append(found, page)
            there.add(page.jpeg)
    if len(found.pages) > MOST_PAGES:
        raise Conflict(f"一份材料最多{MOST_PAGES}页。", how="请作为另一份材料上传。")
    return _saved(found)


def _images(page: Page) -> list[pikepdf.Object]:
    drawn = page.resources.get("/XObject", Dictionary())
    return [one for one in drawn.values() if one.get("/Subtype") == Name.Image]


def _append(found: Pdf, picture: pictures.Page) -> None:
    wide, high = A4 if picture.height >= picture.width else A4[::-1]
    share = min(wide / picture.width, high / picture.height)
    width, height = picture.width * share, picture.height * share
    image = found.make_stream(
        picture.jpeg,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        BitsPerComponent=8,
        ColorSpace=Name.DeviceGray if picture.is_grey else Name.DeviceRGB,
        Filter=Name.DCTDecode,
    )
    left, bottom = (wide - width) / 2, (high - height) / 2
    drawing = f"q {width:.2f} 0 0 {height:.2f} {left:.2f} {bottom:.2f} cm /Photo Do Q"
    made = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(wide, 2), round(high, 2)]),
        Resources=Dictionary(XObject=Dictionary(Photo=image)),
        Contents=found.make_stream(drawing.encode()),
    )
    found.pages.append(Page(found.make_indirect(made)))


def _saved(found: Pdf) -> bytes:
    out = io.BytesIO()
    found.save(out)
    return out.getvalue()
