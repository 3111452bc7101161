"""A shift as it is typed."""

from django import forms

from dangjian.activities.shifts.policy import APART
from dangjian.kernel.forms import Cleaned
from dangjian.org.forms import ActionForm

_ALSO_APART = "，,；; /　"


class ShiftForm(ActionForm):
    """What a shift is called, how plans write it, from when to when it lasts."""

    title = forms.CharField(label="班次", max_length=20, help_text="例如：早班。")
    writings = forms.CharField(
        label="排班表里的写法",
        max_length=100,
        required=False,
        help_text="除了名称以外还有哪些写法，用顿号隔开，例如：早、A、甲。",
    )
    starts = forms.TimeField(label="上班", required=False, help_text="休息的班次，上班、下班都不填。")
    ends = forms.TimeField(label="下班", required=False, help_text="比上班早的，算第二天；半夜12点写00:00。")

    def clean_writings(self) -> list[str]:
        """The words one by one."""
        text = self.cleaned_data["writings"]
        for mark in _ALSO_APART:
            text = text.replace(mark, APART)
        return [word for word in text.split(APART) if word]

    def clean(self) -> Cleaned:
        """Nothing more than each field by itself: the action says what does not go together."""
        return super().clean() or {}
