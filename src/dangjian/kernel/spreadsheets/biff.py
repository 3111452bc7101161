"""What the parser of xls files leaves out: cells with errors or without a result, and from which year days are counted.

An xls file is a compound file (MS-CFB) with a stream of records (MS-XLS): four bytes of kind and length, then the content.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from dangjian.kernel.spreadsheets.cells import cell_name

_FREE: Final = 0xFFFFFFFA
"""Sector numbers from here on are marks, not sectors."""

_STREAMS: Final = ("Workbook", "Book")
_BOF, _EOF = 0x0809, 0x000A
_SHEET, _EPOCH = 0x0085, 0x0022
_FORMULAS: Final = frozenset({0x0006, 0x0206, 0x0406})
_ERROR: Final = 0x0205
_NOT_A_NUMBER: Final = b"\xff\xff"
_IS_ERROR: Final = 2
_TO_CALCULATE: Final = 0x0002


class DamagedStream(ValueError):
    """The file does not hold what its own tables say."""


@dataclass(frozen=True, slots=True)
class Missing:
    """``cells`` without a usable value, sheet by sheet in the order of the book."""

    since_1904: bool
    cells: tuple[tuple[str, ...], ...]


def missing_in(content: bytes) -> Missing:
    """Look through an xls file. :raises DamagedStream: if its tables lead nowhere."""
    try:
        stream = _stream(content)
        since_1904, places = False, []
        for kind, body in _records(stream, 0):
            if kind == _EPOCH:
                since_1904 = body[:1] == b"\x01"
            elif kind == _SHEET:
                places.append(struct.unpack_from("<I", body)[0])
        return Missing(since_1904, tuple(tuple(_in_sheet(stream, place)) for place in places))
    except (struct.error, IndexError) as error:
        raise DamagedStream(str(error)) from error


def _in_sheet(stream: bytes, place: int) -> Iterator[str]:
    for kind, body in _records(stream, place):
        if kind == _ERROR:
            row, column, _style, _code, is_error = struct.unpack_from("<HHHBB", body)
            if is_error:
                yield cell_name(row + 1, column + 1)
        elif kind in _FORMULAS and _has_no_result(body):
            row, column = struct.unpack_from("<HH", body)
            yield cell_name(row + 1, column + 1)


def _has_no_result(body: bytes) -> bool:
    result, flags = body[6:14], struct.unpack_from("<H", body, 14)[0]
    if result[6:8] == _NOT_A_NUMBER:
        return result[0] == _IS_ERROR
    # A program that does not calculate leaves 0 there and asks for calculation when the book is opened.
    return bool(flags & _TO_CALCULATE) and struct.unpack("<d", result)[0] == 0


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """The records of one part of the stream, without those of charts inside it."""
    depth = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        body = stream[place + 4 : place + 4 + length]
        place += 4 + length
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, body


def _stream(content: bytes) -> bytes:
    """The stream of records out of the compound file."""
    sector = 1 << struct.unpack_from("<H", content, 30)[0]
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    first_directory, _, cutoff, first_small, _, first_more = struct.unpack_from("<IIIIII", content, 48)
    if sector not in (512, 4096) or small != 64:
        raise DamagedStream("sectors of an unknown size")

    def body(number: int) -> bytes:
        return content[(number + 1) * sector : (number + 2) * sector]

    table: list[int] = []
    for number in _table_sectors(content, body, first_more, sector):
        table += struct.unpack(f"<{sector // 4}I", body(number))
    directory = b"".join(body(number) for number in _chain(table, first_directory))
    entries = [directory[place : place + 128] for place in range(0, len(directory) - 127, 128)]
    found = next((entry for name in _STREAMS for entry in entries if _name_of(entry) == name), None)
    if found is None:
        raise DamagedStream("no stream of records")
    start, size = struct.unpack_from("<II", found, 116)
    if size >= cutoff:
        return b"".join(body(number) for number in _chain(table, start))[:size]
    small_table: list[int] = []
    for number in _chain(table, first_small):
        small_table += struct.unpack(f"<{sector // 4}I", body(number))
    together = b"".join(body(number) for number in _chain(table, struct.unpack_from("<I", entries[0], 116)[0]))
    return b"".join(together[number * small : (number + 1) * small] for number in _chain(small_table, start))[:size]


def _table_sectors(content: bytes, body: Callable[[int], bytes], first_more: int, sector: int) -> Iterator[int]:
    """The sectors of the allocation table: 109 named in the header, further ones in a chain of their own."""
    yield from (number for number in struct.unpack_from("<109I", content, 76) if number < _FREE)
    more, seen = first_more, set[int]()
    while more < _FREE:
        if more in seen:
            raise DamagedStream("a chain in a circle")
        seen.add(more)
        *numbers, more = struct.unpack(f"<{sector // 4}I", body(more))
        yield from (number for number in numbers if number < _FREE)


def _chain(table: list[int], number: int) -> Iterator[int]:
    seen = 0
    while number < _FREE:
        yield number
        seen += 1
        if seen > len(table):
            raise DamagedStream("a chain in a circle")
        number = table[number]


def _name_of(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(length - 2, 0)].decode("utf-16-le", "replace")
