"""Input of reminders."""

from collections.abc import Collection
from typing import Any, Unpack

from django import forms

from dangjian.engines.notifications.nudging import LONGEST
from dangjian.kernel.forms import Data, Files, FormOptions
from dangjian.kernel.offers import Reminder
from dangjian.kernel.ui.forms import PersonPicker


class RemindForm(forms.Form):
    """Whom to remind, and the sentence. Who was reminded today already is not offered again."""

    user_ids = forms.TypedMultipleChoiceField(
        label="催办谁", coerce=int, widget=PersonPicker, error_messages={"required": "请至少选择一个人"}
    )
    text = forms.CharField(label="一句话", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        reminder: Reminder,
        left_out: Collection[int],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.offered = [one for one in reminder.people if one.user_id not in left_out]
        choices = [(one.user_id, f"{one.name}（{one.detail}）" if one.detail else one.name) for one in self.offered]
        field: Any = self.fields["user_ids"]
        field.choices = choices
        field.initial = [value for value, _ in choices]
        self.fields["text"].initial = reminder.text
