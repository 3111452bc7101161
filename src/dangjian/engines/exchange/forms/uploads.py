"""What people enter for an import."""

from collections.abc import Sequence
from typing import Unpack

from django import forms
from django.db.models import QuerySet

from dangjian.engines.exchange.actions.uploading import LIMITS, MOST_ROWS
from dangjian.engines.exchange.queries.templates import template_sets, templates_for
from dangjian.engines.exchange.sheets import CellField
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.models import Kind, Organization
from dangjian.org.sheet_offers import Sheet

FILE_HELP = f"xlsx、xls、ods 或 csv，不超过{LIMITS.file_size // 1_000_000}MB、{MOST_ROWS:,}行。不要设密码，不要带宏。"


def file_field(help_text: str) -> forms.FileField:
    """A field for a spreadsheet."""
    return forms.FileField(
        label="文件",
        help_text=help_text,
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        error_messages={
            "empty": "这个文件是空的（0字节）。请确认选对了文件，关闭Excel后重新上传。",
            "missing": "文件没有传完整，请重新选择后再上传。",
            "invalid": "文件没有传完整，请重新选择后再上传。",
        },
    )


class FileForm(ActionForm):
    """A file, and where it goes."""

    file = file_field(FILE_HELP)

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        noun: str,
        organizations: QuerySet[Organization],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        file = self.fields["file"]
        file.label = f"{noun}文件"
        file.error_messages["required"] = f"请选择{file.label}。"
        rows = organizations.exclude(kind=Kind.GROUP).order_by("path")
        help_text = "只能导入到这个党组织和它下面的党支部。"
        place = OrganizationField(label="导入到", empty_label=None, initial=rows.first(), help_text=help_text)
        place.queryset = rows
        self.fields["organization"] = place

    def keywords(self) -> Cleaned:
        """What ``actions.upload_workbook`` takes."""
        data = self.cleaned_data
        return {"organization": data["organization"], "file": data["file"], "file_name": data["file"].name}


class WorkbookForm(FileForm):
    """A workbook, and the set of templates that its worksheets are read by."""

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        sheets: Sequence[Sheet],
        organizations: QuerySet[Organization],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, noun="工作簿", organizations=organizations, **kwargs)
        self.sets = template_sets(sheets)
        if self.sets:
            listed = [("", "按工作表名称和列名自动识别"), *((name, name) for name in self.sets)]
            self.fields["set"] = forms.ChoiceField(
                label="按哪套模板读", choices=listed, required=False, help_text="别的系统成套导出的，选对应的一套。"
            )

    def keywords(self) -> Cleaned:
        """What ``actions.upload_workbook`` takes."""
        chosen = self.sets.get(self.cleaned_data.get("set", ""), [])
        return {**super().keywords(), "templates": [one.meaning for one in chosen]}


class UploadForm(FileForm):
    """The file of one sheet, where it goes, and the questions of the sheet."""

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        sheet: Sheet,
        organizations: QuerySet[Organization],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, noun=sheet.words.noun, organizations=organizations, **kwargs)
        self.sheet = sheet
        self.templates = {one.key: one for one in templates_for(sheet)}
        if self.templates:
            listed = [("", "按列名自动识别"), *((key, one.title) for key, one in self.templates.items())]
            help_text = "别的系统导出的表，列名和写法不同的，选对应的模板。"
            self.fields["template"] = forms.ChoiceField(label="按哪个模板读", choices=listed, required=False, help_text=help_text)
        self.questions = dict(sheet.questions())
        self.fields.update(self.questions)

    def keywords(self) -> Cleaned:
        """What ``actions.upload`` takes."""
        answers = {name: self.cleaned_data[name] for name in self.questions}
        chosen = self.templates.get(self.cleaned_data.get("template", ""))
        meaning = chosen.latest.meaning if chosen else None
        return {**super().keywords(), "sheet": self.sheet, "answers": answers, "template": meaning}


class AnswersForm(EditForm, ActionForm):
    """The questions of a sheet by themselves."""

    def __init__(self, data: Data = None, files: Files = None, *, sheet: Sheet, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.fields.update(sheet.questions())


CELL = "c-"
"""In front of a column's code among the fields of the form that puts a row right."""


class RowForm(EditForm):
    """The cells of one row as they stand; the page lays them out itself."""

    def __init__(
        self, data: Data = None, files: Files = None, *, cells: Sequence[CellField], **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.cells = cells
        for cell in cells:
            self.fields[CELL + cell.column] = forms.CharField(label=cell.title, initial=cell.value, required=False)

    def in_words(self, name: str, value: object) -> str:
        """Private cells are compared, and not shown."""
        private = any(cell.private for cell in self.cells if CELL + cell.column == name)
        return "（不显示）" if private and value else super().in_words(name, value)

    def values(self) -> dict[str, str]:
        """What was typed, by column; a cell that the page did not send stays as it is."""
        return {cell.column: self.cleaned_data[CELL + cell.column] for cell in self.cells if CELL + cell.column in self.data}
