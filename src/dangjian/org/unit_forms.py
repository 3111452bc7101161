"""The record of a unit as it is typed."""

from typing import Any

from django import forms

from dangjian.kernel import clock, codes
from dangjian.kernel.forms import Data, PersonNameField, field_of
from dangjian.kernel.ui.forms import SuggestInput
from dangjian.org.actions.units import FIELDS, controls
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.known import SourcedForm
from dangjian.org.models import Covered, Kind, Unit

YES_OR_NO = [("", "未填写"), ("1", "是"), ("0", "否")]
AFFILIATIONS = ("中央", "省（区、市）", "市（地、州）", "县（市、区）", "其他")
CHOOSE = ("", "未填写")


def _flag(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=YES_OR_NO, required=False, coerce=lambda value: value == "1", empty_value=None
    )


def _number(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, required=False)


class UnitForm(ActionForm):
    """What the national register asks of a unit."""

    name = forms.CharField(label="单位名称", max_length=120)
    credit_code = forms.CharField(label="统一社会信用代码", max_length=18, required=False, help_text="18位，保存时核对校验位。")
    covered = forms.ChoiceField(label="建立党组织情况", choices=[("", "请选择"), *Covered.choices])
    nature = forms.ChoiceField(label="性质类别", required=False)
    control = forms.ChoiceField(label="企业控股情况", required=False)
    size = forms.ChoiceField(label="企业规模", required=False)
    affiliation = forms.CharField(label="隶属关系", max_length=40, required=False, widget=SuggestInput(suggestions=AFFILIATIONS))
    is_legal_entity = _flag("是否法人单位")
    representative = PersonNameField(label="法定代表人", required=False)
    representative_is_member = _flag("法定代表人是否党员")
    staff = _number("在岗职工数")
    workers = _number("其中工人数")
    technicians = _number("其中专业技术人员数")
    has_union = _flag("是否建有工会")
    since_on = forms.DateField(label="纳入日期", initial=clock.today, help_text="从这一天起计入统计；一直就有的写成立日期。")

    def __init__(self, data: Data = None, **more: Any) -> None:
        super().__init__(data, **more)
        for name, choices in (
            ("nature", codes.get("unit_economic_type").choices),
            ("control", controls()),
            ("size", codes.get("unit_size").choices),
        ):
            field_of(self, name, forms.ChoiceField).choices = [CHOOSE, *choices]


class NewUnitForm(UnitForm):
    """The same, of an organisation that is chosen."""

    organization = OrganizationField(
        label="党组织",
        kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH),
        help_text="为这个单位建立的党组织；联合的选联合党支部，没建的选联系它的党组织。",
    )
    field_order = ("organization",)


class ChangeUnitForm(SourcedForm, UnitForm):
    """The same, beginning with what is there."""

    def __init__(self, data: Data = None, *, unit: Unit) -> None:
        there = {name: getattr(unit, name) for name in FIELDS}
        flags = {
            name: "" if value is None else str(int(value)) for name, value in there.items() if isinstance(value, bool | None)
        }
        blank = {name: None for name in ("staff", "workers", "technicians") if there[name] is None}
        super().__init__(data, initial={**there, **flags, **blank})
        self.leave_to_sources(unit)


class EndUnitForm(ActionForm):
    """From which day the unit is counted no more."""

    ended_on = forms.DateField(label="不再统计日期", initial=clock.today, help_text="注销、合并或划出的日期。")
