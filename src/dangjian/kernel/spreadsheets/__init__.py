"""Spreadsheets of strangers read safely, and spreadsheets written for people.

    sheet = spreadsheets.read(upload, filename=upload.name, known_headers={"姓名", "公民身份号码"})
    for row in sheet:                       # row.number is the number that Excel shows
        row.get("姓名"), row.text("公民身份号码"), row.cell("姓名")   # "张三", "9900…", "B12"

    spreadsheets.write([Column("姓名"), Column("民族", choices=ethnicity.labels)], rows, title="党员名册", notes=("…",))
    spreadsheets.write_book([Page("党组织表", columns, rows), Page("党员名册", columns, rows)], notes=("…",))

What cannot be read safely is refused with a :class:`SpreadsheetProblem`, whose ``message`` and ``how`` are shown to the person.
"""

from dangjian.kernel.spreadsheets.cells import as_text, cell_name, column_letters
from dangjian.kernel.spreadsheets.forms import FormPage, Heading, write_forms
from dangjian.kernel.spreadsheets.problems import Limits, NoHeader, SpreadsheetProblem
from dangjian.kernel.spreadsheets.reading import Book, Row, Sheet, read, read_all
from dangjian.kernel.spreadsheets.writing import CHOICES_SHEET, NOTES_SHEET, Column, Page, write, write_book, write_text

__all__ = [
    "CHOICES_SHEET",
    "NOTES_SHEET",
    "Book",
    "Column",
    "FormPage",
    "Heading",
    "Limits",
    "NoHeader",
    "Page",
    "Row",
    "Sheet",
    "SpreadsheetProblem",
    "as_text",
    "cell_name",
    "column_letters",
    "read",
    "read_all",
    "write",
    "write_book",
    "write_forms",
    "write_text",
]
