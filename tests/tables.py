"""One and the same table as .xlsx, .xls, .ods and .csv, written byte by byte, so that tests can say what stands in a cell.

``wps`` is an .xlsx with the parts and the ways of writing cells that WPS 表格 has.

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

KINDS = ("xlsx", "wps", "xls", "ods", "csv")
WITH_CELLS = ("xlsx", "wps", "xls", "ods")
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


@dataclass(frozen=True)
class Day:
    """A day in one of the ``WPS_FORMATS`` of numbers; ``wps`` alone writes it, and any other date in the first of them."""

    on: dt.date
    shape: str | int


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
    if kind == "wps":
        return _wps(sheets, merged, hidden, since_1904, calculated)
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


# wps: what its worksheets, shared texts and further parts look like

WPS_FORMATS: tuple[str | int, ...] = (
    'yyyy"年"m"月"d"日"',
    'yyyy"年"m"月"d"日";@',
    '[$-804]yyyy"年"m"月"d"日"',
    '[DBNum1][$-804]yyyy"年"m"月"d"日";@',
    'yyyy"年"m"月";@',
    "yyyy\\-mm\\-dd",
    "yyyy/m/d;@",
    'yyyy"."mm"."dd',
    14,
    31,
    57,
)
"""How WPS shows days: formats of its list as they stand in the file, and by number those that Chinese programs know by it."""

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_PROPERTIES = "http://schemas.openxmlformats.org/officeDocument/2006"
_CELL_IMAGES = "http://www.wps.cn/officeDocument/2017/etCustomData"
_HIDDEN = ' state="hidden"'
_EXTENSION = (
    '<extLst><ext uri="{9260A510-F301-46a8-8635-F512D64BE5F5}" '
    'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main">'
    '<x15:timelineStyles defaultTimelineStyle="TimeSlicerStyleLight1"/></ext></extLst>'
)


def _wps(sheets: Sheets, merged: Mapping[str, Sequence[str]], hidden: Sequence[str], since_1904: bool, calculated: bool) -> bytes:
    texts: list[str] = []
    bodies = [_wps_sheet(rows, merged.get(name, ()), texts) for name, rows in sheets.items()]
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"{_HIDDEN if name in hidden else ""}/>'
        for number, name in enumerate(sheets, start=1)
    )
    calculation = '<calcPr calcId="144525"/>' if calculated else ""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": _relations(
            f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
            f'<Relationship Id="rId2" Type="{RELATIONS}/extended-properties" Target="docProps/app.xml"/>'
            f'<Relationship Id="rId3" Type="{RELATIONS}/custom-properties" Target="docProps/custom.xml"/>'
        ),
        "docProps/app.xml": f'<Properties xmlns="{_PROPERTIES}/extended-properties">'
        "<Application>WPS 表格</Application></Properties>",
        "docProps/custom.xml": f'<Properties xmlns="{_PROPERTIES}/custom-properties" xmlns:vt="{_PROPERTIES}/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="KSOProductBuildVer">'
        "<vt:lpwstr>2052-12.1.0.16929</vt:lpwstr></property></Properties>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><fileVersion appName="xl" lastEdited="3"/>'
        f'<workbookPr date1904="{int(since_1904)}"/><bookViews><workbookView/></bookViews><sheets>{listed}</sheets>'
        f"{calculation}</workbook>",
        "xl/styles.xml": _wps_styles(),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="{len(texts)}" uniqueCount="{len(texts)}">{"".join(texts)}</sst>',
        "xl/cellimages.xml": f'<etc:cellImages xmlns:etc="{_CELL_IMAGES}"/>',
        "xl/_rels/workbook.xml.rels": _relations(
            "".join(
                f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
                for number in range(1, len(sheets) + 1)
            )
            + f'<Relationship Id="s" Type="{RELATIONS}/styles" Target="styles.xml"/>'
            f'<Relationship Id="t" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
            '<Relationship Id="i" Type="http://www.wps.cn/officeDocument/2020/cellImage" Target="cellimages.xml"/>'
        ),
    }
    return _zipped(parts | {f"xl/worksheets/sheet{number}.xml": body for number, body in enumerate(bodies, start=1)})


def _wps_styles() -> str:
    own = [shape for shape in WPS_FORMATS if isinstance(shape, str)]
    numbers = {shape: number for number, shape in enumerate(own, start=176)}
    named = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{escape(shape, {chr(34): "&quot;"})}"/>' for shape, number in numbers.items()
    )
    styles = "".join(
        f'<xf numFmtId="{numbers.get(shape, shape)}" fontId="0" applyNumberFormat="1"><alignment vertical="center"/></xf>'
        for shape in WPS_FORMATS
    )
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="{len(own)}">{named}</numFmts>'
        f'<cellXfs count="{len(WPS_FORMATS) + 1}"><xf numFmtId="0"/>{styles}</cellXfs>{_EXTENSION}</styleSheet>'
    )


def _wps_sheet(rows: Sequence[Sequence[Any]], areas: Sequence[str], texts: list[str]) -> str:
    cells = "".join(
        f'<row r="{row}" spans="1:{max(len(values), 1)}" customHeight="1">'
        + "".join(_wps_cell(row, column, value, texts) for column, value in enumerate(values, start=1))
        + "</row>"
        for row, values in enumerate(rows, start=1)
    )
    joined = (
        f'<mergeCells count="{len(areas)}">{"".join(f"<mergeCell ref={chr(34)}{one}{chr(34)}/>" for one in areas)}</mergeCells>'
    )
    return (
        f'<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}" xmlns:etc="{_CELL_IMAGES}"><sheetPr/>'
        '<sheetFormatPr defaultColWidth="9" defaultRowHeight="13.5"/>'
        f"<sheetData>{cells}</sheetData>{joined if areas else ''}<headerFooter/>{_EXTENSION}</worksheet>"
    )


def _wps_cell(row: int, column: int, value: Any, texts: list[str]) -> str:
    """Texts are shared, whole, with a reading, or in runs, and in every fourth column stand in the cell itself."""
    name = f'r="{cell_name(row, column)}"'
    if value is None:
        return f'<c {name} s="1"/>'
    if isinstance(value, dt.date):
        value = Day(value, WPS_FORMATS[0])
    if isinstance(value, Day):
        return f'<c {name} s="{WPS_FORMATS.index(value.shape) + 1}"><v>{(value.on - dt.date(1899, 12, 30)).days}</v></c>'
    if not isinstance(value, str):
        return _xlsx_cell(row, column, value)
    run = escape(value)
    first, rest = escape(value[:1]), escape(value[1:])
    font = '<rPr><sz val="11"/><rFont val="宋体"/><charset val="134"/></rPr>'
    in_runs = f'<r><t>{first}</t></r><r>{font}<t xml:space="preserve">{rest}</t></r>'
    reading = '<rPh sb="0" eb="1"><t>yin</t></rPh><phoneticPr fontId="1" type="noConversion"/>'
    if column % 4 == 0:
        return f'<c {name} s="0" t="inlineStr"><is>{in_runs}{reading}</is></c>'
    whole = f'<t xml:space="preserve">{run}</t>'
    texts.append(f"<si>{(whole, whole + reading, in_runs + reading)[(row + column) % 3]}</si>")
    return f'<c {name} s="0" t="s"><v>{len(texts) - 1}</v></c>'


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
