"""The template that people fill in, and the cells of a row as fields of a form."""

import io
from dataclasses import dataclass

from dangjian.engines.exchange import payload
from dangjian.engines.exchange.checks import UNCALCULATED
from dangjian.engines.exchange.columns import BRANCH, CATEGORY, EXAMPLE_MARK, HINTS, REQUIRED, TEMPLATE, sheet_columns, title
from dangjian.engines.exchange.models import ImportBatch, ImportProblem, ImportRow
from dangjian.kernel import codes, spreadsheets
from dangjian.kernel.spreadsheets import as_text, cell_name
from dangjian.members.columns import COLUMNS
from dangjian.org.models import Kind, Organization

EXAMPLE = {
    "name": f"{EXAMPLE_MARK}（虚构）张三",
    "resident_id": "990000198003070011",
    BRANCH: "虚构集团第一党支部",
    CATEGORY: "正式党员",
    "joined_on": "2004-06-30",
    "converted_on": "2005-06-30",
    "mobile": "19900000000",
    "ethnicity": "汉族",
    "native_place": "虚构省星河市",
    "education": "大学本科毕业",
    "school": "星河理工大学",
    "major": "机械工程",
    "job_title": "班长",
    "is_migrant_worker": "否",
}
NOTES = (
    "一名党员填一行。红色表头的列必填，其余有就填；不需要的列可以整列删除，列的次序可以改变。",
    "也可以直接上传全国党员管理信息系统导出的名册，不用改列名和次序。",
    f"第二行是示例（虚构的人），名字以“{EXAMPLE_MARK}”开头的行不会导入，可以删除。",
    "日期可以写成1998-07-01、1998年7月1日、1998.7、19980701，也可以是表格里的日期；只写月份的按当月1日登记。",
    "身份证号一列请保持文本格式。变成1.23E+17样子的号码后几位已经丢失，需要重新填写。",
    "有公式的格子请先计算并保存；合并单元格请取消合并，只留一行表头。",
    "上传后先检查，每个问题都会指出单元格，改好以后再入库；入库前不会写入任何内容，入库后30天内可以整批撤销。",
)
PRIVATE_KINDS = frozenset({"resident_id", "mobile", "phone", "address"})
MOST_BRANCHES = 400


def template() -> io.BytesIO:
    """The sheet to fill in, with drop-down lists, an example that belongs to nobody, and how to fill it in."""
    example = [EXAMPLE.get(name, "") for name in TEMPLATE]
    return spreadsheets.write(sheet_columns(), [example], title="党员名册", notes=NOTES)


@dataclass(frozen=True, slots=True)
class CellField:
    """A cell to be put right: where it is, what stands there, what is wrong, what may be chosen."""

    column: str
    title: str
    cell: str
    value: str
    problems: tuple[ImportProblem, ...]
    choices: tuple[str, ...]
    hint: str
    required: bool
    private: bool


def row_fields(batch: ImportBatch, row: ImportRow, problems: list[ImportProblem]) -> tuple[list[CellField], list[CellField]]:
    """The cells of a row: first those with a problem, then the others, in the order of the sheet."""
    raw = payload.unpack(row.payload).raw
    wrong: list[CellField] = []
    others: list[CellField] = []
    for column, place in sorted(batch.places.items(), key=lambda item: item[1]):
        own = tuple(problem for problem in problems if problem.column == column)
        value = raw.get(column)
        made = CellField(
            column=column,
            title=title(column),
            cell=cell_name(row.number, place + 1),
            value="" if value == UNCALCULATED else as_text(value),
            problems=own,
            choices=_choices(batch, column),
            hint=HINTS.get(column, ""),
            required=column in REQUIRED,
            private=column in COLUMNS and COLUMNS[column].kind in PRIVATE_KINDS,
        )
        (wrong if own else others).append(made)
    return wrong, others


def _choices(batch: ImportBatch, column: str) -> tuple[str, ...]:
    if column == BRANCH:
        rows = Organization.objects.standing().below(batch.organization).filter(kind=Kind.BRANCH)
        return tuple(rows.order_by("path").values_list("short_name", flat=True)[:MOST_BRANCHES])
    if column == CATEGORY:
        return tuple(codes.get("member_category").labels)
    about = COLUMNS.get(column)
    if about is None or not (about.codes or about.kind == "flag"):
        return ()
    return tuple(codes.get(about.codes).labels) if about.codes else ("是", "否")
