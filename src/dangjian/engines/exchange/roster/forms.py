"""What people enter for an export of the roster."""

from typing import Any

from django import forms

from dangjian.org.forms import ActionForm


class ExportForm(ActionForm):
    purpose = forms.CharField(
        label="用途", max_length=100, help_text="例如：年度党内统计核对。用途会记入留痕，名册中的每个人都可以看到。"
    )
    full = forms.BooleanField(
        label="导出完整的身份证号、电话和住址", required=False, help_text="不勾选时中间几位用星号隐去。确有需要才导出完整号码。"
    )

    def __init__(self, *args: Any, may_unmask: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_unmask:
            del self.fields["full"]

    def keywords(self) -> dict[str, Any]:
        """What ``actions.export`` takes."""
        return {"full": False, **self.cleaned_data}
