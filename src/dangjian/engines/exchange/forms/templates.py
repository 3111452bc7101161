"""What people enter of a template: its name and forms, its columns, a file to try, what leaves by it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Unpack

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseFormSet, formset_factory

from dangjian.engines.exchange.definition import (
    BELIEVED,
    DATE_FORMS,
    MOST_COLUMNS,
    NUMBER_FORMS,
    Definition,
    TemplateColumn,
    made_of,
)
from dangjian.engines.exchange.forms.uploads import FileForm
from dangjian.engines.exchange.layout import columns
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.models import Organization
from dangjian.org.sheet_offers import Sheet

HEAD: Final = ("title", "issued_by", "year", "set", "worksheet", "dates", "numbers", "first_row")
"""What the form of a template asks as the definition has it."""

COLUMNS: Final = "c"
"""The prefix of the rows of columns."""

_COMMAS: Final = str.maketrans({"，": "、", ",": "、", "；": "、", ";": "、", "\n": "、"})


def _words(text: str) -> list[str]:
    return [word for part in text.translate(_COMMAS).split("、") if (word := part.strip())]


class TitleForm(ActionForm):
    """The name of a template that is copied."""

    title = forms.CharField(label="新模板的名称", max_length=60, help_text="例如：某省党统系统导出的党员表")


class NewTemplateForm(ActionForm):
    """A template from the header of a file."""

    sheet = forms.ChoiceField(label="是哪一种表")
    title = forms.CharField(label="模板名称", max_length=60, help_text="写清是哪个系统的哪张表，例如：人力资源系统职工花名册")
    file = forms.FileField(
        label="对方系统导出的文件",
        help_text="只读表头，不导入任何内容。xlsx、xls、ods 或 csv。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        error_messages={"required": "请选择一个文件。", "empty": "这个文件是空的（0字节）。"},
    )

    def __init__(self, data: Data = None, files: Files = None, *, sheets: list[Sheet], **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.sheets = {one.code: one for one in sheets}
        self.choice("sheet").choices = [(one.code, one.title) for one in sheets]

    def choice(self, name: str) -> Any:
        """A field with choices."""
        return self.fields[name]

    def keywords(self) -> Cleaned:
        """What ``actions.templates.make_from_file`` takes."""
        data = self.cleaned_data
        return {
            "sheet": self.sheets[data["sheet"]],
            "title": data["title"],
            "file": data["file"],
            "file_name": data["file"].name,
        }


class TemplateForm(ActionForm):
    """Everything of a template but its columns."""

    title = forms.CharField(label="模板名称", max_length=60)
    issued_by = forms.CharField(label="制发单位", max_length=60, required=False)
    year = forms.IntegerField(label="年份", min_value=1949, max_value=2200, required=False, help_text="哪一年的表式，可不填。")
    set = forms.CharField(
        label="成套", max_length=60, required=False, help_text="几个模板填同一个名称，就成为一套，导出时合成一个工作簿。"
    )
    worksheet = forms.CharField(label="工作表名称", max_length=31, required=False, help_text="导出时用；不填用模板名称。")
    above = forms.CharField(
        label="表头上面的标题", required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="一行一个，最多8行。"
    )
    dates = forms.ChoiceField(
        label="日期怎样写", choices=tuple(DATE_FORMS.items()), help_text="导出时用；导入时各种写法都读得懂。"
    )
    numbers = forms.ChoiceField(label="数字怎样写", choices=tuple(NUMBER_FORMS.items()))
    form = forms.FileField(
        label="官方表样",
        required=False,
        help_text="有固定表样的，上传空白的 xlsx（最多1MB），导出时填进去，格式不变。",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )
    first_row = forms.IntegerField(label="表样从第几行开始填", min_value=2, max_value=60, required=False)
    drop_form = forms.BooleanField(label="不再用表样", required=False)
    based_on = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="这次改了什么", max_length=200, help_text="例如：对方系统3月升级，加了两列。")

    def content(self) -> dict[str, object]:
        """Its part of the definition."""
        data = self.cleaned_data
        found = {name: data[name] for name in HEAD}
        return {**found, "above": [line.strip() for line in data["above"].splitlines() if line.strip()]}


class ColumnForm(forms.Form):
    """A column: its header, the item it holds, what else it is called, how its words are spelt."""

    header = forms.CharField(label="对方的列名", max_length=60)
    item = forms.ChoiceField(label="对应的项目", required=False)
    also = forms.CharField(label="也可能叫", max_length=400, required=False, help_text="几个名字用顿号隔开。")
    spellings = forms.CharField(
        label="写法对照",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一行一个：本平台的写法=对方的写法。对方有几种写法的用顿号隔开，导出时写第一种。",
    )
    believed = forms.ChoiceField(label="比对时", required=False, choices=[("", "按外部系统的设定"), *BELIEVED.items()])
    note = forms.CharField(label="填写说明", max_length=200, required=False)

    def __init__(self, *args: Any, items: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["item"]
        field.choices = [("", "（不读也不写）"), *items]

    def clean_spellings(self) -> dict[str, list[str]]:
        """Words of theirs by ours."""
        found: dict[str, list[str]] = {}
        for line in self.cleaned_data["spellings"].splitlines():
            if not line.strip():
                continue
            ours, equals, theirs = line.replace("＝", "=").partition("=")
            if not equals or not ours.strip() or not _words(theirs):
                raise ValidationError(f"“{line.strip()}”要写成：本平台的写法=对方的写法。")
            found.setdefault(ours.strip(), []).extend(_words(theirs))
        return found

    @property
    def is_open(self) -> bool:
        """Whether what is folded away has something in it."""
        folded = ("also", "spellings", "believed", "note")
        return bool(self.errors.keys() & set(folded)) or any(self[name].value() for name in folded)

    def content(self) -> dict[str, object]:
        """The column as the definition has it."""
        data = self.cleaned_data
        found: dict[str, object] = {"header": data["header"], "also": _words(data["also"]), "spellings": data["spellings"]}
        return {**found, "item": data["item"], "believed": data["believed"] or None, "note": data["note"]}


ColumnRows = formset_factory(ColumnForm, extra=0, max_num=MOST_COLUMNS, absolute_max=MOST_COLUMNS, validate_max=True)


def contents_of(rows: BaseFormSet[ColumnForm]) -> list[dict[str, object]]:
    """The columns in their order as the definition has them; rows without a header are left out."""
    return [form.content() for form in rows.forms if form.cleaned_data.get("header")]


def item_choices(sheet: Sheet) -> list[tuple[str, str]]:
    """The items of a sheet, and behind them those that only go out."""
    out = sheet.out.worked_out if sheet.out else {}
    listed = [(code, column.title) for code, column in columns(sheet).items()]
    return [*listed, *((code, f"{title}（只导出）") for code, title in out.items())]


def initial_of(meaning: Definition) -> dict[str, Any]:
    """What the form of a template shows."""
    return {**{name: getattr(meaning, name) for name in HEAD}, "above": "\n".join(meaning.above)}


def rows_of(meaning: Definition) -> Iterator[dict[str, str]]:
    """What the rows of its columns show."""
    for column in meaning.columns:
        yield {
            "header": column.header,
            "item": column.item,
            "also": "、".join(column.also),
            "spellings": _spelt(column),
            "believed": column.believed or "",
            "note": column.note,
        }


def _spelt(column: TemplateColumn) -> str:
    return "\n".join(f"{ours}={'、'.join(theirs)}" for ours, theirs in column.spellings.items())


def definition_of(sheet: Sheet, head: Mapping[str, object], rows: list[dict[str, object]]) -> Definition:
    """The definition that was typed. Raises ``Invalid``."""
    plain = {name: value for name, value in head.items() if value}
    listed = [{name: value for name, value in row.items() if value} for row in rows]
    return made_of({**plain, "sheet": sheet.code, "columns": listed})


class TryForm(FileForm):
    """A file to be read by a template, without anything being taken in."""


class TakeOutForm(ActionForm):
    """What leaves by a template: of which organisation, and for what."""

    purpose = forms.CharField(label="用途", max_length=200, help_text="例如：报送2026年度党内统计。会写入每个人的留痕。")

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        organizations: QuerySet[Organization],
        needs_purpose: bool,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        rows = organizations.order_by("path")
        place = OrganizationField(label="导出哪个党组织", empty_label=None, initial=rows.first(), help_text="连同它下面的。")
        place.queryset = rows
        self.fields = {"organization": place, **self.fields}
        if not needs_purpose:
            del self.fields["purpose"]


class TakeOutSetForm(TakeOutForm):
    """Which set leaves as one workbook."""

    def __init__(
        self, data: Data = None, *, sets: Sequence[str], organizations: QuerySet[Organization], **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, organizations=organizations, needs_purpose=True, **kwargs)
        chosen = forms.ChoiceField(label="导出哪一套", choices=[(name, name) for name in sets])
        self.fields = {"set": chosen, **self.fields}


class ReceiveForm(ActionForm):
    """The file of a template from another unit."""

    file = forms.FileField(
        label="模板文件",
        help_text="别的单位从“下载模板文件”得到的 .json 文件。",
        widget=forms.FileInput(attrs={"accept": ".json"}),
        error_messages={"required": "请选择模板文件。", "empty": "这个文件是空的（0字节）。"},
    )
