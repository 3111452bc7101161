"""What a file is, judged by its content, and whether it is safe to unpack.

A spreadsheet is a ZIP archive, which a few kilobytes can make unpack to gigabytes, or two cells far apart make a reader lay out
billions of empty ones. Both are found here, before a parser sees the file.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Final, Literal
from xml.etree import ElementTree as ET

from dangjian.kernel.spreadsheets.cells import column_number
from dangjian.kernel.spreadsheets.problems import DAMAGED, Limits, SpreadsheetProblem, locked

Kind = Literal["xlsx", "ods", "xls", "text"]

_CHUNK: Final = 1 << 20
_SMALL: Final = 20_000_000
MOST_NAMED: Final = 20_000
"""Cells without a usable value in one sheet; with more of them there is little to be checked."""

_MACRO: Final = "这个文件带有宏程序，为安全起见不能上传。"
_ZIP_MARKS: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE_MARK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER_MARKS: Final = (
    (b"%PDF", "PDF文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"{\\rtf", "文字文档"),
)

# A filled cell; one with a format only closes itself and takes no room.
_CELL = re.compile(rb"""<(?:\w+:)?c\b(?:[^>]*?\sr\s*=\s*["']([A-Z]+)(\d+)["'])?[^>]*(?<!/)>""")
_USUAL_CELL = re.compile(rb"""<c r="([A-Z]+)(\d+)"[^>]*(?<!/)>""")
_ROW = re.compile(rb"""<(?:\w+:)?row\b(?:[^>]*?\sr\s*=\s*["'](\d+)["'])?[^>]*>""")
_NAMELESS = re.compile(rb"""<(?:\w+:)?c\b""")
# A formula without a result, or with the result 0, which programs write that do not calculate. Of texts (t="str") both are real.
_WITHOUT_RESULT = (
    rb"""<(?:\w+:)?c\b(?![^>]*?\st\s*=\s*["']str["'])([^>]*?)(?<!/)>\s*"""
    rb"""<(?:\w+:)?f\b(?:[^>]*?/>|[^>]*?>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>%s</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_UNCALCULATED = re.compile(_WITHOUT_RESULT % rb"""\s*""")
_UNCALCULATED_OR_NOUGHT = re.compile(_WITHOUT_RESULT % rb"""\s*(?:0(?:\.0+)?)?\s*""")
_ERROR = re.compile(rb"""<(?:\w+:)?c\b(?=[^>]*?\st\s*=\s*["']e["'])([^>]*?)/?>""")
_ANY_ERROR = re.compile(rb"""t\s*=\s*["']e["']""")
_NAME = re.compile(rb"""\sr\s*=\s*["']([A-Z]+\d+)["']""")
_REPEATED = re.compile(rb"""number-(rows|columns)-repeated\s*=\s*["'](\d+)["']""")


@dataclass(slots=True)
class Extent:
    """How far a worksheet reaches, and its cells without a usable value: formulas never calculated, and errors such as #N/A.

    ``calculated`` says whether the program that saved the book calculates: else a formula's result 0 is none.
    """

    calculated: bool = True
    rows: int = 0
    columns: int = 0
    unnumbered_rows: int = 0
    uncalculated: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Book:
    """What an xlsx workbook says of itself.

    The archive's part for every sheet, from which year its days are counted, whether its formulas were calculated.
    """

    parts: tuple[str, ...]
    since_1904: bool
    calculated: bool


def recognise(file: IO[bytes], filename: str, limits: Limits) -> Kind:
    """What kind of spreadsheet ``file`` holds; its name serves only for the wording. :raises SpreadsheetProblem: if none."""
    size = file.seek(0, 2)
    file.seek(0)
    if size == 0:
        raise SpreadsheetProblem("这个文件是空的（0字节）。", how="请确认选对了文件，关闭Excel后重新上传。")
    if size > limits.file_size:
        raise SpreadsheetProblem(
            f"文件有{size / 1e6:.0f}MB，超过了{limits.file_size / 1e6:.0f}MB。", how="请去掉图片，或分成几个文件上传。"
        )
    start = file.read(4096)
    file.seek(0)
    if start.startswith(_ZIP_MARKS):
        return _inside_zip(file)
    if start.startswith(_OLE_MARK):
        return _inside_ole(file)
    _check_text(start, filename)
    return "text"


def _check_text(start: bytes, filename: str) -> None:
    """Refuse what is no text with separated cells either."""
    for mark, name in _OTHER_MARKS:
        if start.startswith(mark):
            raise SpreadsheetProblem(f"这个文件其实是{name}，不是电子表格。")
    head = start.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if b"<html" in head or b"<table" in head or head.startswith((b"<?xml", b"<!doctype", b"mime-version")):
        raise SpreadsheetProblem("这个文件其实是网页格式，只是名字像表格。")
    wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    named = filename.lower().endswith((".csv", ".txt", ".tsv"))
    if (b"\0" in start and not wide) or not (named or wide or b"," in start or b"\t" in start):
        raise SpreadsheetProblem("这个文件不是电子表格，或者已经损坏。")


def _open(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise SpreadsheetProblem("这个文件不完整，可能没有下载完或没有保存好。") from None


def _inside_zip(file: IO[bytes]) -> Kind:
    archive = _open(file)
    names = {info.filename.lower() for info in archive.infolist()}
    file.seek(0)
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise SpreadsheetProblem(_MACRO)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        raise SpreadsheetProblem("这是Excel二进制工作簿（xlsb），系统不读这种格式。")
    if "word/document.xml" in names:
        raise SpreadsheetProblem("这个文件其实是Word文档，不是电子表格。", how="请把内容放进Excel或WPS表格后再上传。")
    raise SpreadsheetProblem("这个文件是压缩包或其他文档，不是电子表格。", how="如果是压缩包，请先解压，再上传里面的表格。")


def _inside_ole(file: IO[bytes]) -> Kind:
    content = file.read()
    file.seek(0)

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in content

    if holds("EncryptedPackage"):
        raise locked()
    if holds("_VBA_PROJECT"):
        raise SpreadsheetProblem(_MACRO)
    if holds("Workbook") or holds("Book"):
        return "xls"
    if holds("WordDocument"):
        raise SpreadsheetProblem("这个文件其实是Word文档，不是电子表格。", how="请把内容放进Excel或WPS表格后再上传。")
    raise SpreadsheetProblem("这个文件不是电子表格，或者已经损坏。")


def check_unpacking(file: IO[bytes], limits: Limits) -> None:
    """Refuse an archive that would unpack to more than ``limits`` allow, whatever its table of contents claims."""
    archive = _open(file)
    entries = archive.infolist()
    if len(entries) > limits.entries:
        raise _bomb()
    if len({entry.filename.casefold() for entry in entries}) < len(entries):
        # Of two parts with one name the check might see one and the reader the other.
        raise SpreadsheetProblem(DAMAGED)
    if sum(entry.file_size for entry in entries) > limits.unpacked_size:
        raise _bomb()
    unpacked = 0
    for entry in entries:
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SpreadsheetProblem("这个文件用了系统不认识的压缩或加密方式。")
        unpacked += _unpacked_size(file, entry, limits.unpacked_size - unpacked)
    packed = file.seek(0, 2)
    file.seek(0)
    if unpacked > _SMALL and unpacked > packed * limits.ratio:
        raise _bomb()


def _bomb() -> SpreadsheetProblem:
    return SpreadsheetProblem("这个文件展开后过大，为安全起见不能读取。", how="请把需要的内容复制到新的工作簿再上传。")


def _unpacked_size(file: IO[bytes], entry: zipfile.ZipInfo, allowance: int) -> int:
    if entry.compress_type == zipfile.ZIP_STORED:
        return entry.compress_size
    size = 0
    for piece in _inflate(file, entry):
        size += len(piece)
        if size > allowance:
            raise _bomb()
    return size


def _inflate(file: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The entry's content as the compressed stream gives it, not as long as the directory says."""
    file.seek(entry.header_offset)
    header = file.read(30)
    if header[:4] != _ZIP_MARKS[0]:
        raise SpreadsheetProblem("这个文件不完整，可能没有下载完或没有保存好。")
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left, stream = entry.compress_size, zlib.decompressobj(-15)
    try:
        while left > 0 and not stream.eof:
            packed = file.read(min(_CHUNK // 4, left))
            if not packed:
                break
            left -= len(packed)
            while packed and not stream.eof:
                yield stream.decompress(packed, _CHUNK)
                packed = stream.unconsumed_tail
        if not stream.eof:
            yield stream.flush()
    except zlib.error:
        raise SpreadsheetProblem("这个文件已经损坏。") from None


def book_of(file: IO[bytes]) -> Book:
    """The workbook's own description; a sheet's part is "" if it is missing."""
    with _open(file) as archive:
        try:
            book = _xml(archive.read("xl/workbook.xml"))
            relations = _xml(archive.read("xl/_rels/workbook.xml.rels"))
        except (KeyError, ET.ParseError, zipfile.BadZipFile, zlib.error):
            raise SpreadsheetProblem("这个工作簿的目录已经损坏。") from None
        targets = {each.get("Id"): (each.get("Target") or "") for each in relations}
        present = set(archive.namelist())
    # The strict and the usual form of the format differ in their name spaces alone.
    about = {each.tag.rpartition("}")[2]: each for each in book.iter()}
    sheets = [each for each in book.iter() if each.tag.endswith("}sheet")]
    parts = [
        targets.get(next((value for name, value in each.items() if name.endswith("}id") or name == "id"), ""), "")
        for each in sheets
    ]
    full = [part.lstrip("/") if part.startswith("/") else f"xl/{part}" for part in parts]
    return Book(
        parts=tuple(part if part in present else "" for part in full),
        since_1904=_is_on(about.get("workbookPr"), "date1904"),
        calculated="calcPr" in about and not _is_on(about["calcPr"], "fullCalcOnLoad"),
    )


def _is_on(element: ET.Element | None, name: str) -> bool:
    return element is not None and element.get(name) in {"1", "true", "on"}


def _xml(content: bytes) -> ET.Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise SpreadsheetProblem("这个文件含有不允许的内容。")
    return ET.fromstring(content)  # noqa: S314 - no entities, see above


def extent_of_part(file: IO[bytes], part: str, *, calculated: bool) -> Extent:
    """How far the filled cells of an xlsx worksheet reach, and which of them have no usable value."""
    with _open(file) as archive:
        entry = archive.getinfo(part)
    stored = entry.compress_type == zipfile.ZIP_STORED
    extent, rest = Extent(calculated), b""
    for piece in _stored(file, entry) if stored else _inflate(file, entry):
        text = rest + piece
        # Cells are judged whole: what follows the last complete row waits for the next piece.
        cut = text.rfind(b"row>") + 4
        if cut < 4:
            if len(text) < 8 * _CHUNK:
                rest = text
                continue
            cut = len(text)
        _take(extent, text[:cut])
        rest = text[cut:]
    _take(extent, rest)
    return extent


def _stored(file: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with _open(file) as archive, archive.open(entry) as part:
        while piece := part.read(_CHUNK):
            yield piece


def _take(extent: Extent, text: bytes) -> None:
    """Add to ``extent`` what a stretch of whole rows holds."""
    # Nearly every program writes its cells alike, and for those half the time is enough.
    usual = b":c" not in text and text.count(b"<c") == text.count(b'<c r="')
    cells = (_USUAL_CELL if usual else _CELL).findall(text)
    if cells:
        letters = {letters for letters, _ in cells}
        numbers = {number for _, number in cells}
        extent.columns = max(extent.columns, *(column_number(each.decode()) for each in letters))
        extent.rows = max(extent.rows, *(int(each or 0) for each in numbers))
        if b"" in letters:
            _take_nameless(extent, text)
    if b"<f" in text or b":f" in text:
        _name(extent, text, _UNCALCULATED if extent.calculated else _UNCALCULATED_OR_NOUGHT)
    if _ANY_ERROR.search(text):
        _name(extent, text, _ERROR)


def _name(extent: Extent, text: bytes, pattern: re.Pattern[bytes]) -> None:
    for found in pattern.finditer(text):
        if len(extent.uncalculated) >= MOST_NAMED:
            raise SpreadsheetProblem(
                f"表里有{MOST_NAMED:,}个以上的格子是没有算出结果的公式或错误值。",
                how="请用Excel或WPS打开，等公式算完、改正#N/A等错误，保存后再上传。",
            )
        named = _NAME.search(found[1])
        if named is None:
            raise SpreadsheetProblem("表里有没有算出结果的公式或错误值，又看不出在哪一格。")
        extent.uncalculated.append(named[1].decode())


def _take_nameless(extent: Extent, text: bytes) -> None:
    """Cells without a name follow one another: a row is as wide as its cells are many, and below the row before it."""
    numbers = _ROW.findall(text)
    extent.unnumbered_rows += sum(not number for number in numbers)
    extent.rows = max(extent.rows, *(int(number or 0) for number in numbers)) + extent.unnumbered_rows
    extent.columns = max(extent.columns, *(len(_NAMELESS.findall(row)) for row in re.split(rb"<(?:\w+:)?row\b", text)))


def check_repetition(file: IO[bytes], limits: Limits) -> None:
    """Refuse an ods file in which a filled cell or row is said to repeat beyond ``limits``."""
    with _open(file) as archive:
        try:
            content = archive.read("content.xml")
        except (KeyError, zipfile.BadZipFile, zlib.error):
            raise SpreadsheetProblem("这个文件已经损坏。") from None
    rows = 0
    for row in re.split(rb"<table:table-row\b", content)[1:]:
        head, _, cells = row.partition(b">")
        filled = [cell for cell in re.split(rb"<table:(?:covered-)?table-cell\b", cells)[1:] if b"<text:p" in cell]
        repeats = _REPEATED.search(head)
        rows += int(repeats[2]) if repeats and filled else 1
        wide = max((int(m[2]) for cell in filled if (m := _REPEATED.search(cell.partition(b">")[0]))), default=1)
        if wide > limits.columns or rows > limits.rows:
            raise SpreadsheetProblem("表格太大，或有内容重复填充到了很远的行列。", how="请删去多余的行和列后再上传。")
