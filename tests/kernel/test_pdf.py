"""PDF files of scanned pages: made of photos, looked into, turned, put together."""

import io
from collections.abc import Iterator

import pikepdf
import pytest
from PIL import Image

from dangjian.kernel import pdf, pictures
from dangjian.kernel.errors import Conflict, Invalid


def page(name: str = "white", size: tuple[int, int] = (400, 300)) -> pictures.Page:
    out = io.BytesIO()
    Image.new("RGB", size, name).save(out, "PNG")
    return pictures.page(out.getvalue())


def scan(*names: str) -> bytes:
    return pdf.with_pages(b"", (page(name) for name in names))


def rotations(content: bytes) -> list[int]:
    with pikepdf.open(io.BytesIO(content)) as found:
        return [int(one.obj.get("/Rotate", 0)) for one in found.pages]


def names(content: bytes) -> Iterator[str]:
    """The colours of its pages."""
    known = {"red": (254, 0, 0), "blue": (0, 0, 254), "white": (255, 255, 255)}
    for number in range(1, pdf.pages_in(content) + 1):
        shown = pdf.picture_of(content, number)
        assert shown
        with Image.open(io.BytesIO(shown[0])) as picture:
            here = picture.getpixel((10, 10))
        yield next(name for name, there in known.items() if here == there)


def test_each_picture_is_a_page_of_its_own() -> None:
    content = scan("red", "blue")
    assert (pdf.pages_in(content), list(names(content))) == (2, ["red", "blue"])
    with pikepdf.open(io.BytesIO(content)) as found:
        lying = [float(side) for side in found.pages[0].mediabox]
    assert lying == [0, 0, 841.89, 595.28]


def test_further_pages_come_behind_and_the_same_one_only_once() -> None:
    content = pdf.with_pages(scan("red"), [page("blue"), page("red"), page("blue")])
    assert list(names(content)) == ["red", "blue"]


def test_a_page_is_turned_and_stays_so() -> None:
    once = pdf.turned(scan("red", "blue"), 2, quarters=1)
    assert rotations(once) == [0, 90]
    assert rotations(pdf.turned(once, 2, quarters=-1))[1] % 360 == 0
    assert pdf.picture_of(once, 2) == (page("blue").jpeg, 90)


def test_pages_are_moved_and_taken_off() -> None:
    content = scan("red", "blue", "white")
    assert list(names(pdf.moved_up(content, 3))) == ["red", "white", "blue"]
    assert list(names(pdf.moved_up(content, 1))) == ["red", "blue", "white"]
    assert list(names(pdf.without(content, 1))) == ["blue", "white"]
    with pytest.raises(Conflict, match="只有这一页"):
        pdf.without(scan("red"), 1)


@pytest.mark.parametrize("number", [0, 3])
def test_a_page_that_is_gone_is_refused(number: int) -> None:
    with pytest.raises(Conflict, match="已经不在"):
        pdf.turned(scan("red", "blue"), number, quarters=1)


def _locked() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(scan("red"))) as found:
        found.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def _empty() -> bytes:
    out = io.BytesIO()
    pikepdf.new().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "word"),
    [(_locked(), "设了密码"), (b"%PDF-1.7 no more %%EOF", "已损坏"), (scan("red")[:300], "不完整"), (_empty(), "没有页面")],
)
def test_what_cannot_be_kept_is_refused_with_what_to_do(content: bytes, word: str) -> None:
    with pytest.raises(Invalid, match=word) as refused:
        pdf.pages_in(content)
    assert refused.value.how


def test_a_signature_of_a_program_is_not_made_void() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(scan("red", "blue"))) as found:
        found.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=pikepdf.Array())
        found.save(out)
    with pytest.raises(Conflict, match="电子签名"):
        pdf.turned(out.getvalue(), 1, quarters=1)
