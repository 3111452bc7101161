"""What a member writes: why they cannot come, the six digits, what they took from a make-up study."""

import unicodedata
from typing import Unpack

from django import forms

from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Data, Files, FormOptions
from dangjian.kernel.ui.forms import Segmented


class LeaveRequestForm(forms.Form):
    """Asking for leave."""

    reason = forms.CharField(
        label="请假事由",
        max_length=200,
        error_messages={"required": "请填写请假事由，或点选一个常用事由", "max_length": "请假事由请控制在200字以内"},
        widget=forms.TextInput(attrs={"placeholder": "点选上面的事由，或自己填写"}),
    )


class CodeForm(forms.Form):
    """The six digits on the host's screen, typed or pasted in any way; ``meeting`` is where the person means to check in."""

    code = forms.CharField(
        label="六位签到码",
        max_length=40,
        error_messages={"required": "请输入屏幕上的六位数字"},
        widget=forms.TextInput(
            attrs={
                "class": "code-input",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "data-code": True,
                "data-private": True,
                "data-focus": True,
            }
        ),
    )
    meeting = forms.IntegerField(required=False, widget=forms.HiddenInput)
    way = forms.ChoiceField(
        label="怎样参加", choices=[("onsite", "在现场"), ("online", "线上参加")], required=False, widget=Segmented
    )

    def __init__(self, data: Data = None, files: Files = None, *, asks_way: bool = False, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        if not asks_way:
            self.fields["way"].widget = forms.HiddenInput()

    def clean_code(self) -> str:
        """The bare digits."""
        code = "".join(each for each in unicodedata.normalize("NFKC", self.cleaned_data["code"]) if each.isdigit())
        if len(code) != 6:
            raise forms.ValidationError("签到码是六位数字，请看主持人屏幕上正在显示的数字")
        return code

    def empty_code(self) -> None:
        """Show no digits: those that were refused would stand in the way of the next ones."""
        self.data = {name: self.data[name] for name in self.data} | {"code": ""}


class ReflectionForm(EditForm):
    """What a member took from a make-up study."""

    reflection = forms.CharField(
        label="学习体会",
        max_length=5000,
        help_text="写几句学到了什么、对照自己有什么想法。没写完可以先放着，文字会留在这台设备上。",
        error_messages={"required": "请写几句学习体会", "max_length": "学习体会请控制在5000字以内"},
        widget=forms.Textarea(attrs={"rows": 8}),
    )
