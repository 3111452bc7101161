"""What people enter for an import or an export."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from dangjian.engines.exchange.actions.uploading import LIMITS, MOST_ROWS
from dangjian.kernel import clock
from dangjian.kernel.ui.forms import RadioCards
from dangjian.members.actions.roster import KINDS
from dangjian.members.models import ChangeKind
from dangjian.org.forms import ActionForm
from dangjian.org.models import Kind, Organization

MOST_LISTED = 400
"""With more organisations than this, branches are left out of the drop-down list; they are named in the roster anyway."""

KIND_TITLES = {ChangeKind.OPENING: "现有党员建账（期初）", ChangeKind.TRANSFERRED_IN: "转入组织关系"}
KIND_NOTES: dict[str, str] = {
    ChangeKind.OPENING: "开始使用本系统时，把现有党员一次录入",
    ChangeKind.TRANSFERRED_IN: "成批从外单位转入组织关系，计入当年增加",
}
EXISTING = [("update", "更新他们的档案"), ("skip", "跳过，不改动")]


class PlaceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """An organisation, indented by its depth."""

    def label_from_instance(self, obj: Organization) -> str:
        """The name behind as many blanks as it has superiors."""
        return f"{'　' * (obj.depth - 1)}{obj.short_name}"


class UploadForm(ActionForm):
    file = forms.FileField(
        label="名册文件",
        help_text=f"xlsx、xls 或 ods，不超过{LIMITS.file_size // 1_000_000}MB、{MOST_ROWS:,}行。不要设密码，不要带宏。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods"}),
        error_messages={
            "required": "请选择名册文件。",
            "empty": "这个文件是空的（0字节）。请确认选对了文件，关闭Excel后重新上传。",
            "missing": "文件没有传完整，请重新选择后再上传。",
            "invalid": "文件没有传完整，请重新选择后再上传。",
        },
    )
    entry_kind = forms.ChoiceField(
        label="这些党员怎样进入", choices=[(kind.value, KIND_TITLES[kind]) for kind in KINDS], initial=ChangeKind.OPENING,
        widget=RadioCards(notes=KIND_NOTES),
    )  # fmt: skip
    effective_on = forms.DateField(
        label="生效日期", initial=clock.today, help_text="从这一天起计入党支部人数。补录的填启用日期。"
    )
    existing = forms.ChoiceField(
        label="已经在本支部名册里的党员",
        choices=EXISTING,
        initial="update",
        widget=RadioCards(notes={"update": "空着的格子不会清掉原有内容"}),
    )
    document = forms.CharField(label="依据文号", max_length=120, required=False, help_text="没有可不填。")

    def __init__(self, *args: Any, organizations: QuerySet[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = organizations.exclude(kind=Kind.GROUP)
        if rows.count() > MOST_LISTED:
            rows = rows.exclude(kind=Kind.BRANCH)
        rows = rows.order_by("path")
        help_text = "只能导入到这个党组织和它下面的党支部。"
        self.fields["organization"] = PlaceField(
            rows, label="导入到", empty_label=None, initial=rows.first(), help_text=help_text
        )
        self.order_fields(["file", "organization", "entry_kind", "effective_on", "existing", "document"])

    def keywords(self) -> dict[str, Any]:
        """What ``actions.upload`` takes."""
        data = dict(self.cleaned_data)
        file = data["file"]
        data |= {"file_name": file.name, "entry_kind": ChangeKind(data["entry_kind"])}
        data["update_existing"] = data.pop("existing") == "update"
        return data


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
