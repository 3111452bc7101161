"""What is entered about an outside system, and for what its differences go out."""

from typing import Unpack

from django import forms
from django.db.models import QuerySet

from dangjian.engines.exchange.actions.systems import MOST_MONTHS
from dangjian.engines.exchange.forms.uploads import FILE_HELP, file_field
from dangjian.engines.exchange.layout import columns
from dangjian.engines.exchange.models import ADDED, Believed, OutsideSystem, SystemKind
from dangjian.engines.exchange.queries.templates import templates_for
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions
from dangjian.kernel.registry import offers
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.models import Kind, Organization
from dangjian.org.sheet_offers import Sheet

TITLE_HELP = "大家怎么叫它，例如：全国党员管理信息系统、集团人力资源系统。"
KEEPER_HELP = "对方的数据由谁维护，差异交给谁去改，例如：集团人力资源部薪酬处，分机2100。"
MONTHS_HELP = "每隔几个月核对一次，到期没有核对的会提醒。填0表示不定期。"
BELIEVED = "b-"
"""In front of a column's code among the fields that say whom to believe."""


def sheet_choices() -> list[tuple[str, str]]:
    """Sheets whose records can be compared."""
    return [(sheet.code, sheet.title) for sheet in offers(Sheet) if sheet.is_compared]


class SystemForm(ActionForm):
    """A new system."""

    title = forms.CharField(label="名称", max_length=60, help_text=TITLE_HELP)
    kind = forms.ChoiceField(label="种类", choices=SystemKind.choices)
    sheet_code = forms.ChoiceField(label="核对哪种记录")
    keeper = forms.CharField(label="对方由谁维护", max_length=120, required=False, help_text=KEEPER_HELP)
    every_months = forms.IntegerField(
        label="多久核对一次（月）", min_value=0, max_value=MOST_MONTHS, initial=3, help_text=MONTHS_HELP
    )

    def __init__(
        self, data: Data = None, files: Files = None, *, organizations: QuerySet[Organization], **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["sheet_code"] = forms.ChoiceField(label="核对哪种记录", choices=sheet_choices())
        rows = organizations.exclude(kind=Kind.GROUP).order_by("path")
        help_text = "它管着哪个党组织和下级的记录。"
        place = OrganizationField(label="党组织", empty_label=None, initial=rows.first(), help_text=help_text)
        place.queryset = rows
        self.fields["organization"] = place


class SystemEditForm(EditForm, ActionForm):
    """A system's name, keeper and rhythm, and whom to believe in each column."""

    title = forms.CharField(label="名称", max_length=60, help_text=TITLE_HELP)
    keeper = forms.CharField(label="对方由谁维护", max_length=120, required=False, help_text=KEEPER_HELP)
    every_months = forms.IntegerField(label="多久核对一次（月）", min_value=0, max_value=MOST_MONTHS, help_text=MONTHS_HELP)

    def __init__(self, data: Data = None, files: Files = None, *, system: OutsideSystem, **kwargs: Unpack[FormOptions]) -> None:
        kwargs.setdefault("initial", {name: getattr(system, name) for name in ("title", "keeper", "every_months")})
        super().__init__(data, files, **kwargs)
        self.system = system
        offered = [(one.key, one.title) for one in templates_for(system.sheet)]
        self.fields["template_key"] = forms.ChoiceField(
            label="对方导出表的模板",
            required=False,
            choices=[("", "不用模板，按本平台的列名"), *offered],
            initial=system.template_key,
            help_text="对方的列名、写法和本平台不同的，先在“表格模板”里做一个。",
        )
        self.asked = [column for column in columns(system.sheet).values() if column.elsewhere is None]
        if system.sheet.added is None:
            self._ask(ADDED, "只有对方有的人", system.of_added)
        for column in self.asked:
            self._ask(column.code, column.title, system.believes(column))

    def _ask(self, code: str, label: str, initial: str) -> None:
        self.fields[BELIEVED + code] = forms.ChoiceField(label=label, choices=Believed.choices, initial=initial)

    @property
    def rules(self) -> list[forms.BoundField]:
        """The fields that say whom to believe."""
        return [self[name] for name in self.fields if name.startswith(BELIEVED)]

    @property
    def plain(self) -> list[forms.BoundField]:
        """The others."""
        return [self[name] for name in self.fields if not name.startswith(BELIEVED)]

    def keywords(self) -> Cleaned:
        """What ``actions.edit`` takes: of the rules those that are not as usual."""
        data = dict(self.cleaned_data)
        said = {name.removeprefix(BELIEVED): data.pop(name) for name in list(data) if name.startswith(BELIEVED)}
        plain = {ADDED: Believed.ASK.value, **{column.code: self.system.usually_believes(column) for column in self.asked}}
        return {**data, "believed": {code: value for code, value in said.items() if value != plain[code]}}


class ComparisonForm(ActionForm):
    """The export of a system."""

    file = file_field(FILE_HELP)

    def keywords(self) -> Cleaned:
        """What ``actions.upload_comparison`` takes."""
        file = self.cleaned_data["file"]
        return {"file": file, "file_name": file.name}


class GoingBackForm(ActionForm):
    """What the differences are taken out for."""

    purpose = forms.CharField(
        label="用途", max_length=100, help_text="例如：交人力资源部改正。用途会记入留痕，表里的每个人都可以看到。"
    )
