"""One and the same table as .xlsx, .xls, .ods and .csv, written byte by byte, so that tests can say what stands in a cell.

content = tables.written("xls", {"花名册": [["姓名", "民族"], ["例一", Failed("#N/A")]]}, merged={"花名册": ["A2:A3"]})
"""

import csv
import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from dangjian.kernel.spreadsheets import cell_name
from dangjian.kernel.spreadsheets.cells import column_number

KINDS = ("xlsx", "xls", "ods", "csv")
WITH_CELLS = ("xlsx", "xls", "ods")
"""Kinds that know formulas, merged cells and several sheets."""

Sheets = Mapping[str, Sequence[Sequence[Any]]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "http://purl.oclc.org/ooxml"
_CODES = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}


@dataclass(frozen=True)
class Failed:
    """A cell with an error."""

    code: str


@dataclass(frozen=True)
class Formula:
    """A cell with a formula and its ``result``: ``None`` if nobody calculated it, 0 as programs write that do not calculate."""

    result: str | float | None = None


def written(
    kind: str,
    sheets: Sheets,
    *,
    merged: Mapping[str, Sequence[str]] | None = None,
    hidden: Sequence[str] = (),
    since_1904: bool = False,
    calculated: bool = True,
    strict: bool = False,
) -> bytes:
    """The file; ``calculated`` is whether the program that saved it calculates. A csv holds the first sheet."""
    merged = merged or {}
    if kind == "csv":
        return _csv(next(iter(sheets.values())))
    if kind == "xls":
        return _xls(sheets, merged, hidden, since_1904, calculated)
    if kind == "ods":
        return _ods(sheets, merged, hidden, since_1904)
    return _xlsx(sheets, merged, hidden, since_1904, calculated, strict)


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([_shown(value) for value in row])
    return file.getvalue().encode("gb18030")


def _shown(value: Any) -> str:
    if isinstance(value, Failed):
        return value.code
    if isinstance(value, Formula):
        return _shown(value.result)
    return "" if value is None else str(value)


def _corners(area: str) -> tuple[int, int, int, int]:
    """First row and column, last row and column of "A2:B3", counted from 0."""
    found = re.fullmatch(r"([A-Z]+)(\d+):([A-Z]+)(\d+)", area)
    assert found
    return int(found[2]) - 1, column_number(found[1]) - 1, int(found[4]) - 1, column_number(found[3]) - 1


# xlsx


def _xlsx(
    sheets: Sheets,
    merged: Mapping[str, Sequence[str]],
    hidden: Sequence[str],
    since_1904: bool,
    calculated: bool,
    strict: bool,
) -> bytes:
    main, relations = (f"{STRICT}/spreadsheetml/main", f"{STRICT}/officeDocument/relationships") if strict else (MAIN, RELATIONS)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}" state="{"hidden" if name in hidden else "visible"}"/>'
        for number, name in enumerate(sheets, start=1)
    )
    epoch = '<workbookPr date1904="1"/>' if since_1904 else "<workbookPr/>"
    calculation = '<calcPr calcId="191029"/>' if calculated else ""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": _relations(f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/>'),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}">{epoch}'
        f"<sheets>{listed}</sheets>{calculation}</workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/_rels/workbook.xml.rels": _relations(
            "".join(
                f'<Relationship Id="r{number}" Type="{relations}/worksheet" Target="worksheets/sheet{number}.xml"/>'
                for number in range(1, len(sheets) + 1)
            )
            + f'<Relationship Id="s" Type="{relations}/styles" Target="styles.xml"/>'
        ),
    }
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        cells = "".join(
            f'<row r="{row}">{"".join(_xlsx_cell(row, column, value) for column, value in enumerate(values, start=1))}</row>'
            for row, values in enumerate(rows, start=1)
        )
        areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged.get(name, ()))
        areas = f"<mergeCells>{areas}</mergeCells>" if areas else ""
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData>{areas}</worksheet>'
    return _zipped(parts)


def _relations(inside: str) -> str:
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'


def _xlsx_cell(row: int, column: int, value: Any) -> str:
    name = f'r="{cell_name(row, column)}"'
    if value is None:
        return ""
    if isinstance(value, Failed):
        return f'<c {name} t="e"><f>1/0</f><v>{value.code}</v></c>'
    if isinstance(value, Formula):
        if isinstance(value.result, str):
            return f'<c {name} t="str"><f>A1</f><v>{escape(value.result)}</v></c>'
        return f"<c {name}><f>A1</f>{'' if value.result is None else f'<v>{value.result}</v>'}</c>"
    if isinstance(value, dt.date):
        return f'<c {name} s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, str):
        return f'<c {name} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c {name}><v>{value}</v></c>"


# ods


def _ods(sheets: Sheets, merged: Mapping[str, Sequence[str]], hidden: Sequence[str], since_1904: bool) -> bytes:
    spaces = "urn:oasis:names:tc:opendocument:xmlns"
    epoch = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
        if since_1904
        else ""
    )
    tables = "".join(
        f'<table:table table:name="{escape(name)}" table:style-name="{"off" if name in hidden else "on"}">'
        f"{_ods_rows(rows, merged.get(name, ()))}</table:table>"
        for name, rows in sheets.items()
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("on", "true"), ("off", "false"))
    )
    content = (
        f'<office:document-content xmlns:office="{spaces}:office:1.0" xmlns:table="{spaces}:table:1.0" '
        f'xmlns:text="{spaces}:text:1.0" xmlns:style="{spaces}:style:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{epoch}{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
        "</manifest:manifest>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def _ods_rows(rows: Sequence[Sequence[Any]], areas: Sequence[str]) -> str:
    spans = {(top, left): (bottom - top + 1, right - left + 1) for top, left, bottom, right in map(_corners, areas)}
    filled = (
        "".join(_ods_cell(value, spans.get((row, column))) for column, value in enumerate(values))
        for row, values in enumerate(rows)
    )
    return "".join(f"<table:table-row>{cells}</table:table-row>" for cells in filled)


def _ods_cell(value: Any, span: tuple[int, int] | None) -> str:
    about = f' table:number-rows-spanned="{span[0]}" table:number-columns-spanned="{span[1]}"' if span else ""
    if isinstance(value, Failed):
        about += ' table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"'
        return f"<table:table-cell{about}><text:p>{value.code}</text:p></table:table-cell>"
    if isinstance(value, Formula):
        about += ' table:formula="of:=[.A1]"'
        value = value.result
        if value == "":
            return f'<table:table-cell{about} office:value-type="string" office:string-value=""/>'
    if value is None:
        return f"<table:table-cell{about}/>"
    if isinstance(value, dt.date):
        about += f' office:value-type="date" office:date-value="{value}"'
        return f"<table:table-cell{about}><text:p>{value}</text:p></table:table-cell>"
    if isinstance(value, str):
        return f'<table:table-cell{about} office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    return (
        f'<table:table-cell{about} office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
    )


def _zipped(parts: Mapping[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


# xls: records of BIFF8 in a compound file with one stream

_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def _xls(sheets: Sheets, merged: Mapping[str, Sequence[str]], hidden: Sequence[str], since_1904: bool, calculated: bool) -> bytes:
    bodies = [_xls_sheet(rows, merged.get(name, ()), calculated) for name, rows in sheets.items()]
    names = [_text(name, "<B") for name in sheets]
    head = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    head += _record(0x0022, struct.pack("<H", int(since_1904)))
    head += b"".join(_record(0x00E0, struct.pack("<HHH", 0, style, 0) + bytes(14)) for style in (0, 14))
    begin = len(head) + sum(4 + 6 + len(name) for name in names) + 4
    listed = b""
    for name, text, body in zip(sheets, names, bodies, strict=True):
        listed += _record(0x0085, struct.pack("<IBB", begin, int(name in hidden), 0) + text)
        begin += len(body)
    return _compound(head + listed + _record(0x000A, b"") + b"".join(bodies))


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str, length: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack(length, len(encoded) // 2) + b"\x01" + encoded


def _xls_sheet(rows: Sequence[Sequence[Any]], areas: Sequence[str], calculated: bool) -> bytes:
    records = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            records += _xls_cell(row, column, value, calculated)
    if areas:
        corners = [_corners(area) for area in areas]
        places = b"".join(struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in corners)
        records += _record(0x00E5, struct.pack("<H", len(corners)) + places)
    return records + _record(0x000A, b"")


def _xls_cell(row: int, column: int, value: Any, calculated: bool) -> bytes:
    place = struct.pack("<HHH", row, column, int(isinstance(value, dt.date)))
    if value is None:
        return b""
    if isinstance(value, Failed):
        return _record(0x0205, place + struct.pack("<BB", _CODES[value.code], 1))
    if isinstance(value, Formula):
        return _xls_formula(place, value.result, calculated)
    if isinstance(value, str):
        return _record(0x0204, place + _text(value, "<H"))
    number = (value - dt.date(1899, 12, 30)).days if isinstance(value, dt.date) else value
    return _record(0x0203, place + struct.pack("<d", number))


def _xls_formula(place: bytes, result: str | float | None, calculated: bool) -> bytes:
    flags = struct.pack("<H", 0 if calculated and result is not None else 2)
    body = struct.pack("<IH", 0, 3) + b"\x1e\x01\x00"
    if result == "":
        return _record(0x0006, place + b"\x03\0\0\0\0\0\xff\xff" + flags + body)
    if isinstance(result, str):
        return _record(0x0006, place + b"\0\0\0\0\0\0\xff\xff" + flags + body) + _record(0x0207, _text(result, "<H"))
    return _record(0x0006, place + struct.pack("<d", result or 0) + flags + body)


def _compound(stream: bytes) -> bytes:
    """A compound file that holds ``stream`` as Workbook; it is padded, so that it lies in sectors of its own."""
    stream = stream.ljust(max(len(stream), 4096), b"\0")
    sectors = -(-len(stream) // _SECTOR)
    tables = -(-(sectors + 1) // (_SECTOR // 4 - 1))
    chain = [_TABLE] * tables + [_END] + [number + 1 for number in range(tables + 1, tables + sectors)] + [_END]
    chain += [_FREE] * (tables * _SECTOR // 4 - len(chain))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    header += struct.pack(f"<{tables}I", *range(tables)) + b"\xff" * 4 * (109 - tables)
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, tables + 1, len(stream)) + bytes(256)
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le")
    about = struct.pack("<HBBIII", len(encoded) + 2, kind, 1, _FREE, _FREE, child)
    return encoded.ljust(64, b"\0") + about + bytes(36) + struct.pack("<IQ", start, size)
