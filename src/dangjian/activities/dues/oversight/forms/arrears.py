"""Forms about arrears and the yearly check."""

from typing import Unpack

from django import forms

from dangjian.kernel import clock
from dangjian.kernel.forms import Data, Files, FormOptions, field_of
from dangjian.org.choosing import OrganizationField
from dangjian.org.models import Kind


class TalkForm(forms.Form):
    """A talk that took place."""

    talked_on = forms.DateField(label="谈话日期", initial=clock.today)
    promised_on = forms.DateField(label="本人答应交清的日期", required=False)
    note = forms.CharField(
        label="谈话情况",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="没有交的原因、本人的态度、商定的办法。",
    )


class ExcuseForm(forms.Form):
    """A good reason."""

    found_on = forms.DateField(label="核实日期", initial=clock.today)
    note = forms.CharField(
        label="正当理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="例如长期住院、在国外无法联系。"
    )


class ReferForm(forms.Form):
    """A report to the superior."""

    referred_on = forms.DateField(label="报送日期", initial=clock.today)
    note = forms.CharField(
        label="支部研究意见", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="哪次会议研究、事实和意见。"
    )


class InspectionForm(forms.Form):
    """A yearly check."""

    organization = OrganizationField(label="检查的党组织", kinds=(Kind.COMMITTEE, Kind.GENERAL_BRANCH), empty_label=None)
    year = forms.TypedChoiceField(label="检查哪一年的党费工作", coerce=int)
    checked_on = forms.DateField(label="检查日期")
    inspectors = forms.CharField(label="检查人员", max_length=120, help_text="多人用顿号隔开。")
    findings = forms.CharField(
        label="检查情况和发现的问题",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="查了哪些单位、收缴使用管理是否合规、账实是否相符，发现什么问题。",
    )
    follow_up = forms.CharField(label="整改要求", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        year = clock.today().year
        field_of(self, "year", forms.ChoiceField).choices = [(one, f"{one}年") for one in (year, year - 1)]
