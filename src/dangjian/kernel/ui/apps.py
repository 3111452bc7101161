from django import forms
from django.apps import AppConfig
from django.core.validators import MaxLengthValidator

from dangjian.kernel.ui.forms import check_year


class UIConfig(AppConfig):
    """The UI kit."""

    name = "dangjian.kernel.ui"
    label = "ui"
    verbose_name = "界面"

    def ready(self) -> None:
        """Say what to do where Django's own words only name the fault."""
        forms.Field.default_error_messages["required"] = "这一项必须填写。"
        forms.ChoiceField.default_error_messages["required"] = "请选择一项。"
        forms.MultipleChoiceField.default_error_messages["required"] = "请至少选择一项。"
        forms.ModelChoiceField.default_error_messages["required"] = "请选择一项。"
        forms.ModelMultipleChoiceField.default_error_messages["required"] = "请至少选择一项。"
        MaxLengthValidator.message = "最多%(limit_value)d个字，现在有%(show_value)d个，请删短一些再保存。"
        # A native picker makes the year 26 of two digits typed in haste.
        forms.DateField.default_validators = [check_year]
        forms.DateTimeField.default_validators = [check_year]
        forms.FileField.default_error_messages["required"] = "请选择要上传的文件。"
