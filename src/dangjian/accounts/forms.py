"""Input of the accounts' pages."""

from typing import Any, cast

from django import forms

from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import PersonNameField
from dangjian.kernel.identity import IdentityProblem, check_mobile
from dangjian.kernel.ui.forms import Segmented


def mobile(text: str) -> str:
    """A clean mobile number, or the field's error."""
    if not text:
        return ""
    try:
        return check_mobile(text)
    except IdentityProblem as error:
        raise forms.ValidationError(str(error)) from error


class SignInForm(forms.Form):
    """Name or phone, and password."""

    username = forms.CharField(
        label="登录名或手机号",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label="密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The old password and the new one twice."""

    old = forms.CharField(label="原密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))
    new = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="至少 8 位，含大写字母、小写字母、数字、符号中的三类。",
    )
    again = forms.CharField(
        label="再输一遍新密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, object]:
        """Both new passwords are the same."""
        data = super().clean() or {}
        if data.get("new") and data.get("again") and data["new"] != data["again"]:
            self.add_error("again", "两次输入的新密码不一样")
        return data


class AccountForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label="登录名",
        max_length=64,
        help_text="英文字母和数字，便于输入。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name = PersonNameField(label="姓名")
    phone = forms.CharField(
        label="手机号码", required=False, help_text="可用来登录。", widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.EmailField(label="电子邮箱", required=False)

    def clean_phone(self) -> str:
        """A clean number."""
        return mobile(self.cleaned_data["phone"])


class ProposeResetForm(forms.Form):
    """Why an administrator's password is to be reset."""

    reason = forms.CharField(label="原因", max_length=200, help_text="例如：本人忘记密码，当面提出。")


class ContactForm(EditForm):
    """One's own phone and e-mail."""

    phone = forms.CharField(
        label="换绑手机号", required=False, help_text="留空表示不改动。", widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.EmailField(label="电子邮箱", required=False, help_text="填写后，提醒也会发到邮箱。")
    password = forms.CharField(
        label="当前密码",
        strip=False,
        help_text="手机号可以用来登录，改动前请输入您现在的密码。",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_phone(self) -> str:
        """A clean number."""
        return mobile(self.cleaned_data["phone"])


class TokenForm(forms.Form):
    """A new API token."""

    title = forms.CharField(label="用途", max_length=100, help_text="例如：与人力资源系统对接。")
    days = forms.TypedChoiceField(
        label="有效期",
        coerce=int,
        choices=[(30, "30 天"), (90, "90 天"), (365, "1 年")],
        initial=90,
    )
    may_write = forms.TypedChoiceField(
        label="权限",
        coerce=lambda value: value == "1",
        choices=[("", "只能读取"), ("1", "可以办理")],
        required=False,
        empty_value=cast("Any", False),  # the stubs know texts alone
        initial="",
        widget=Segmented,
        help_text="“可以办理”的程序能做您在页面上能做的一切。没有必要就选“只能读取”。",
    )


class TrailExportForm(forms.Form):
    """What the trail is taken out for, and as what."""

    purpose = forms.CharField(label="用途", max_length=200, help_text="例如：第四季度审计存档。")
    form = forms.ChoiceField(
        label="格式", choices=[("xlsx", "Excel 表格（.xlsx）"), ("csv", "文本（.csv）")], widget=Segmented, initial="xlsx"
    )
