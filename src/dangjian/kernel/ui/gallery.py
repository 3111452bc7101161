"""The living style page, at ``/ui/`` while ``DEBUG`` is on: every part of the UI kit with invented content."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dangjian.kernel import clock
from dangjian.kernel.forms import YuanField
from dangjian.kernel.gate import PUBLIC, requires
from dangjian.kernel.lists import page_of
from dangjian.kernel.ui import states
from dangjian.kernel.ui.forms import (
    CheckChips,
    PersonPicker,
    PhoneInput,
    RadioCards,
    Segmented,
)

PEOPLE = [
    "秦守正",
    "乔映山",
    "容知远",
    "岳清和",
    "云启明",
    "舒怀瑾",
    "凌志恒",
    "纪文澜",
    "柏承宇",
    "洛思齐",
    "苗向阳",
    "裴景行",
]


class GalleryForm(forms.Form):
    """One field of each kind."""

    kind = forms.ChoiceField(
        label="会议类型",
        choices=[
            ("general", "党员大会"),
            ("committee", "支委会"),
            ("group", "党小组会"),
        ],
        widget=RadioCards(
            notes={
                "general": "一般每季度一次",
                "committee": "一般每月一次",
                "group": "一般每月一次",
            }
        ),
        initial="general",
    )
    title = forms.CharField(label="会议名称", help_text="不填会按类型和日期自动取名", required=False)
    place = forms.CharField(label="地点", max_length=60)
    starts_at = forms.DateTimeField(label="开始时间", initial=clock.now)
    notify_on = forms.DateField(label="通知日期", initial=clock.today)
    mode = forms.ChoiceField(
        label="方式",
        choices=[("site", "现场"), ("online", "线上"), ("both", "现场和线上")],
        widget=Segmented,
        initial="site",
    )
    branch = forms.ChoiceField(label="党支部", choices=[("1", "机电第一党支部"), ("2", "机电第二党支部")])
    duties = forms.MultipleChoiceField(
        label="同时作为",
        choices=[("lecture", "党课"), ("theme", "主题党日"), ("study", "集中学习")],
        widget=CheckChips,
        required=False,
    )
    people = forms.MultipleChoiceField(
        label="应到会人员",
        choices=[(str(i), name) for i, name in enumerate(PEOPLE)],
        widget=PersonPicker,
        initial=["0", "1", "2"],
    )
    phone = forms.CharField(label="联系电话", widget=PhoneInput)
    cost = YuanField(label="经费（元）", required=False)
    agenda = forms.CharField(label="议题", widget=forms.Textarea, help_text="一行一个议题")
    file = forms.FileField(label="附件", required=False, help_text="Word、PDF 或图片，每个不超过 10 MB")
    notify = forms.BooleanField(label="保存后立即通知应到会人员", initial=True, required=False)


def _meetings() -> list[dict[str, object]]:
    return [
        {
            "title": "第三季度党员大会",
            "at": clock.now(),
            "host": "秦守正",
            "present": 33,
            "called": 36,
            "state": "closed",
        },
        {
            "title": "十一月支委会",
            "at": clock.now() - dt.timedelta(days=5),
            "host": "乔映山",
            "present": 5,
            "called": 5,
            "state": "running",
        },
        {
            "title": "第二党小组会",
            "at": clock.now() - dt.timedelta(days=9),
            "host": "容知远",
            "present": 9,
            "called": 12,
            "state": "draft",
        },
    ]


def _filled_in() -> GalleryForm:
    return GalleryForm(
        {
            "kind": "general",
            "place": "",
            "people": ["0", "1"],
            "starts_at": "2026-11-26T14:30",
            "phone": "1380000",
        }
    )


def context() -> dict[str, object]:
    """Variables of the style page, with invented content."""
    today = clock.today()
    return {
        "overdue_on": today - dt.timedelta(days=6),
        "soon_on": today + dt.timedelta(days=5),
        "later_on": today + dt.timedelta(days=30),
        "meetings": _meetings(),
        "page_obj": page_of(range(420), 3),
        "states": list(states.LOOKS),
        "form": _filled_in(),
        "citation": {
            "document": "中国共产党支部工作条例（试行）",
            "number": "中发〔2018〕38号",
            "article": "第十一条",
        },
        "chart_data": {
            "unit": "次",
            "categories": ["机电一", "机电二", "运行一", "运行二", "检修一", "机关一"],
            "series": [
                {
                    "name": "党员大会",
                    "values": [3, 4, 3, 2, 4, 3],
                    "urls": ["#table"] * 6,
                },
                {"name": "支委会", "values": [10, 11, 9, 8, 11, 10]},
                {"name": "党小组会", "values": [22, 18, 24, 12, 20, 16]},
            ],
        },
    }


@requires(PUBLIC)
def show(request: HttpRequest) -> HttpResponse:
    """The style page."""
    return render(request, "ui/gallery.html", context())
