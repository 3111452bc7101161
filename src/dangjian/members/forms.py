"""Forms of members: input becomes the keywords of an action."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Unpack

from django import forms
from django.db.models import QuerySet

from dangjian.kernel import clock, codes
from dangjian.kernel.editing import EditForm, HidingForm
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, field_of
from dangjian.kernel.ui.forms import IDNumberInput, PersonPicker, PhoneInput, RadioCards, Segmented
from dangjian.members.actions.account import ENTERING, LEAVING, RETURNING
from dangjian.members.actions.details import KINDS, DetailKind, exemption_choices, sanction_choices
from dangjian.members.columns import COLUMNS, DATED, PRIVATE, SECTIONS, Column, masked
from dangjian.members.models import Category, ChangeKind, Member, Standing, Who
from dangjian.members.queries.own_items import OwnItem
from dangjian.org.forms import SPECIAL_HELP, ActionForm, organization_field
from dangjian.org.known import SourcedForm
from dangjian.org.models import Organization, PostKind
from dangjian.org.policy import JOINT_BRANCH

DOCUMENT_HELP = "批复或介绍信的文号。没有可不填。"
NEW_KINDS = (ChangeKind.ADMITTED, ChangeKind.TRANSFERRED_IN, ChangeKind.READMITTED, ChangeKind.OPENING)
KIND_NOTES: dict[str, str] = {
    ChangeKind.ADMITTED: "支部大会通过并经上级批准，从通过之日起为预备党员",
    ChangeKind.TRANSFERRED_IN: "从外单位转入组织关系",
    ChangeKind.READMITTED: "曾出党，现重新入党",
    ChangeKind.OPENING: "启用本系统时已在支部，补录档案",
}


def column_field(column: Column) -> forms.Field:
    """The field in which a column is typed; what was typed is judged by ``members.columns.clean``."""
    common: dict[str, Any] = {"label": column.title, "required": False, "help_text": column.help}
    if column.kind == "code":
        choices = codes.get(column.codes).choices
        if column.name == "sex":
            return forms.ChoiceField(choices=[("1", "男"), ("2", "女")], widget=Segmented, **common)
        return forms.ChoiceField(choices=[("", "请选择"), *choices], **common)
    if column.kind == "date":
        return forms.DateField(**common)
    if column.kind == "flag":
        return forms.BooleanField(**common)
    if column.kind == "months":
        return forms.IntegerField(**common)
    widget = {"resident_id": IDNumberInput, "mobile": PhoneInput, "phone": PhoneInput}.get(column.kind)
    if widget is None and column.kind == "address":
        return forms.CharField(widget=forms.TextInput({"data-private": True, "autocomplete": "off"}), max_length=200, **common)
    longest = column.field.max_length or 40
    return forms.CharField(widget=widget() if widget else None, max_length=longest, **common)


class RunForm(ActionForm):
    """For whom accounts are opened at once, and whether slips with first passwords are made."""

    PRINTED, RENEWED, TOLD = "printed", "renewed", "told"
    WAYS = (
        (PRINTED, "开通账号，制作登录条"),
        (TOLD, "只开通账号"),
        (RENEWED, "全部重新制作登录条"),
    )
    NOTES: ClassVar[dict[str, str]] = {
        PRINTED: "给还没有发过初始密码的人制作，按支部打印，剪开当面交给本人",
        TOLD: "由支部书记在手机上逐个告知初始密码",
        RENEWED: "凡是没有登录过的都换新的初始密码，以前发出的作废",
    }

    who = forms.ChoiceField(label="给谁开通", choices=Who.choices, initial=Who.EVERYBODY, widget=Segmented)
    way = forms.ChoiceField(label="初始密码怎样发", choices=WAYS, initial=PRINTED, widget=RadioCards(notes=NOTES))

    def __init__(self, data: Data = None, files: Files = None, *, place: Organization, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.place = place

    def keywords(self) -> Cleaned:
        """What ``account_runs.start`` takes."""
        way = self.cleaned_data["way"]
        return {"who": self.cleaned_data["who"], "makes_slips": way != self.TOLD, "again": way == self.RENEWED}


class RecordForm(SourcedForm, HidingForm, ActionForm):
    """All items of a record in their sections. Only what was changed goes to the action.

    Private items are not shown: their fields are empty, and what is typed there takes the place of what is on record. Where a
    dated item differs from what it was, the form asks whether it was wrong or has become something else, and from when on.
    """

    change = forms.ChoiceField(
        label="这是",
        choices=[("correction", "更正"), ("change", "变化")],
        required=False,
        widget=Segmented,
        help_text="更正：原来填错了，以前的统计跟着改。变化：从某天起变了，以前的统计不变。",
    )
    changed_on = forms.DateField(label="从哪天起", required=False, help_text="选“变化”时填写，例如转岗、晋升、毕业的那一天。")

    def __init__(self, data: Data = None, files: Files = None, *, member: Member, **kwargs: Unpack[FormOptions]) -> None:
        self.member = member
        kwargs["initial"] = {name: getattr(member, name) for name in COLUMNS if name not in PRIVATE}
        super().__init__(data, files, **kwargs)
        self.fields |= {name: column_field(column) for name, column in COLUMNS.items() if not column.follows}
        self.hide(member, {name: partial(masked, name) for name in PRIVATE})
        self.fields["name"].required = True
        self.leave_to_sources(member)
        if member.branch.type_code not in JOINT_BRANCH and not member.joint_unit_name:
            del self.fields["joint_unit_name"]

    @property
    def dated(self) -> list[str]:
        """Dated items that were known and are now something else."""
        return [name for name in self.changed_data if name in DATED and self.initial.get(name) not in {None, ""}]

    def clean(self) -> dict[str, Any]:
        """Ask how dated items have come to differ."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.dated:
            titles = "、".join(COLUMNS[name].title for name in self.dated)
            if not cleaned.get("change"):
                self.add_error("change", f"{titles}有改动：请选择是更正，还是从某天起变了")
            elif cleaned["change"] == "change" and not cleaned.get("changed_on") and "changed_on" not in self.errors:
                self.add_error("changed_on", "请填写从哪天起变化")
        return cleaned

    @property
    def question(self) -> list[forms.BoundField]:
        """Fields that are asked once a dated item differs."""
        return [self["change"], self["changed_on"]] if self.is_bound and self.dated else []

    @property
    def sections(self) -> list[dict[str, object]]:
        """Bound fields by section, for the template."""
        return [
            {
                "title": section.title,
                "icon": section.icon,
                "fields": [self[c.name] for c in section.columns if c.name in self.fields],
            }
            for section in SECTIONS
        ]

    def keywords(self) -> dict[str, object]:
        """The columns that differ from what the record held."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data if name in COLUMNS}
        if self.cleaned_data["change"] != "change":
            return changed
        return {**changed, "changes": dict.fromkeys(self.dated, self.cleaned_data["changed_on"])}


class ByHandForm(ActionForm):
    """Why a change of the time before the platform is written down by hand."""

    reason = forms.CharField(
        label="补录原因", max_length=200, help_text="例如：启用平台以前已经转走，名册没有更新。原因会留在党籍变动记录上。"
    )


class NewMemberForm(ByHandForm):
    """Somebody comes in: who, into which branch, how, from which day."""

    branch = forms.CharField()
    kind = forms.ChoiceField(
        label="进入方式", choices=[(k.value, k.label) for k in NEW_KINDS], widget=RadioCards(notes=KIND_NOTES)
    )
    category = forms.ChoiceField(label="人员类别", choices=Category.choices, widget=Segmented, initial=Category.PROBATIONARY)
    effective_on = forms.DateField(
        label="进入日期", initial=clock.today, help_text="启用平台以前的日期；当时已在支部的，填启用日期。"
    )
    document = forms.CharField(label="依据文号", max_length=120, required=False, help_text=DOCUMENT_HELP)
    counterpart_name = forms.CharField(label="转出的党组织", max_length=120, required=False, help_text="转入时填写。")

    COLUMNS = (
        "name",
        "resident_id",
        "sex",
        "birth_on",
        "ethnicity",
        "mobile",
        "joined_on",
        "converted_on",
        "education",
        "job_post",
    )

    def __init__(
        self, data: Data = None, files: Files = None, *, branches: QuerySet[Organization], **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["branch"] = organization_field(branches, label="进入的党支部")
        self.fields |= {name: column_field(COLUMNS[name]) for name in self.COLUMNS}
        self.fields["name"].required = True
        for name in ("joined_on", "converted_on"):
            self.fields[name].help_text = "发展党员不用填。"
        first = ("name", "resident_id", "branch", "kind", "category", "effective_on", "reason", "document", "counterpart_name")
        self.order_fields([*first, *self.COLUMNS])

    def keywords(self) -> dict[str, object]:
        """``kind`` as a ``ChangeKind``; blank items are left to be filled in later."""
        data = {name: value for name, value in self.cleaned_data.items() if name not in self.COLUMNS or value not in {None, ""}}
        return {**data, "kind": ChangeKind(data["kind"])}


class ReturnForm(ByHandForm):
    """Somebody on record comes back."""

    branch = forms.CharField()
    kind = forms.ChoiceField(label="方式")
    category = forms.ChoiceField(label="人员类别", choices=Category.choices, widget=Segmented)
    effective_on = forms.DateField(label="生效日期", initial=clock.today)
    document = forms.CharField(label="依据文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        branches: QuerySet[Organization],
        kinds: Sequence[ChangeKind],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["branch"] = organization_field(branches, label="编入的党支部")
        field_of(self, "kind", forms.ChoiceField).choices = [(k.value, k.label) for k in kinds if k in ENTERING]
        self.order_fields(["kind", "branch", "category", "effective_on", "document", "reason"])

    def keywords(self) -> dict[str, object]:
        """``kind`` as a ``ChangeKind``."""
        return {**self.cleaned_data, "kind": ChangeKind(self.cleaned_data["kind"])}


class MoveForm(ByHandForm):
    """To which branch, from which day."""

    to = forms.CharField()
    effective_on = forms.DateField(label="生效日期", initial=clock.today, help_text="启用平台以前的日期。")
    document = forms.CharField(label="依据文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        branches: QuerySet[Organization],
        near: Organization | None = None,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["to"] = organization_field(branches, near=near, label="调整到")
        self.order_fields(["to", "effective_on", "document", "reason"])


class ConvertForm(ByHandForm):
    """The day of the branch meeting that decided on conversion."""

    effective_on = forms.DateField(
        label="转正日期", initial=clock.today, help_text="预备期满、支部大会通过转正之日，党龄从这一天算起。"
    )
    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    field_order = ("months", "effective_on", "document", "reason")


class ExtendForm(ByHandForm):
    """A longer probation."""

    months = forms.IntegerField(label="延长几个月", min_value=1, initial=6)
    effective_on = forms.DateField(label="支部大会决定日期", initial=clock.today)
    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    field_order = ("months", "effective_on", "document", "reason")


class LeaveForm(ByHandForm):
    """Why somebody no longer counts."""

    kind = forms.ChoiceField(label="减少的原因")
    effective_on = forms.DateField(label="生效日期", initial=clock.today)
    counterpart_name = forms.CharField(label="转往的党组织", max_length=120, required=False, help_text="转出组织关系时填写。")
    document = forms.CharField(label="依据文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    def __init__(self, data: Data = None, files: Files = None, *, member: Member, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        first = (ChangeKind.TRANSFERRED_OUT, ChangeKind.DECEASED, ChangeKind.SUSPENDED)
        later = [kind for kind in ChangeKind if kind in LEAVING and kind not in first]
        kinds = [k for k in (*first, *later) if k != ChangeKind.PROBATION_CANCELLED or not member.is_full]
        field_of(self, "kind", forms.ChoiceField).choices = [("", "请选择"), *((k.value, k.label) for k in kinds)]
        self.order_fields(["kind", "effective_on", "counterpart_name", "document", "reason"])

    def keywords(self) -> dict[str, object]:
        """``kind`` as a ``ChangeKind``."""
        return {**self.cleaned_data, "kind": ChangeKind(self.cleaned_data["kind"])}


class ReasonForm(ActionForm):
    """Why a recorded change was wrong."""

    reason = forms.CharField(label="更正的原因", max_length=200, help_text="例如：支部选错了；日期录错了。原记录会保留。")


class GroupForm(ActionForm):
    """Into which group, from which day; no group takes them out."""

    group = forms.ChoiceField(label="编入", widget=RadioCards)
    effective_on = forms.DateField(label="从哪天起", initial=clock.today)

    def __init__(
        self, data: Data = None, files: Files = None, *, groups: Sequence[Organization], **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        choices = [*((str(one.pk), one.short_name) for one in groups), ("none", "不编入小组")]
        field_of(self, "group", forms.ChoiceField).choices = choices


class AppointForm(ActionForm):
    """A post for the member."""

    organization = forms.CharField()
    kind = forms.ChoiceField(label="职务", choices=PostKind.choices)
    starts_on = forms.DateField(label="任职日期", initial=clock.today)
    document = forms.CharField(label="任职文号", max_length=120, required=False, help_text="没有可不填。")
    special = forms.CharField(label="特殊情况", max_length=200, required=False, help_text=SPECIAL_HELP)
    replace = forms.BooleanField(
        label="免去现任", required=False, help_text="接任书记、组长时勾选，前任任职到新任任职的前一天为止。"
    )

    def __init__(
        self, data: Data = None, files: Files = None, *, organizations: QuerySet[Organization], **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["organization"] = organization_field(organizations, label="任职的党组织")
        self.order_fields(["organization", "kind", "starts_on", "document", "special", "replace"])


class LinkForm(ActionForm):
    """An account that exists already."""

    username = forms.CharField(label="登录名", max_length=64, help_text="账号的姓名须与党员姓名相同。")


class ProposalForm(ActionForm):
    """One item of one's own record, put right."""

    note = forms.CharField(label="说明", max_length=200, required=False, help_text="例如：身份证已更换。可不填。")

    def __init__(self, data: Data = None, files: Files = None, *, column: Column, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["value"] = column_field(column)
        self.fields["value"].label = f"{column.title}应为"
        self.fields["value"].required = column.kind != "flag"
        self.order_fields(["value", "note"])


class CheckForm(ActionForm):
    """Items of one's own record that are missing or cannot be right; each may be left empty."""

    note = forms.CharField(label="说明", max_length=200, required=False, help_text="例如：按毕业证填写。可不填。")

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        member: Member,
        items: Sequence[OwnItem],
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        open_ones = [item for item in items if not item.is_proposed]
        for item in open_ones:
            self.fields[item.name] = column_field(COLUMNS[item.name])
            if item.wrong:
                now = masked(item.name, getattr(member, item.name))
                self.fields[item.name].help_text = f"现在是“{now}”：{item.wrong}。不对的请填写正确的内容。"
        self.order_fields([*(item.name for item in open_ones), "note"])

    def keywords(self) -> dict[str, Any]:
        """What was filled in, by column."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "note" and value not in {None, "", False}}
        return {"values": given, "note": self.cleaned_data.get("note", "")}


class AnswerForm(ActionForm):
    """Why a proposed correction is not accepted."""

    answer = forms.CharField(
        label="原因", max_length=200, help_text="本人会看到。", error_messages={"required": "请写明不采纳的原因"}
    )


class MergeForm(ActionForm):
    """The branch that takes in another."""

    into = forms.CharField()
    effective_on = forms.DateField(label="合并日期", initial=clock.today)
    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    field_order = ("months", "effective_on", "document", "reason")

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        branches: QuerySet[Organization],
        near: Organization,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["into"] = organization_field(branches, near=near, label="并入")
        self.order_fields(["into", "effective_on", "document"])


class SplitForm(ActionForm):
    """A new branch, and who goes there."""

    name = forms.CharField(label="新支部全称", max_length=120)
    short_name = forms.CharField(label="新支部简称", max_length=40)
    effective_on = forms.DateField(label="拆分日期", initial=clock.today)
    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    field_order = ("months", "effective_on", "document", "reason")
    members = forms.MultipleChoiceField(
        label="编入新支部的党员",
        widget=PersonPicker,
        error_messages={"required": "请至少选择一名党员"},
    )

    def __init__(self, data: Data = None, files: Files = None, *, rows: Sequence[Member], **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.rows = {str(member.pk): member for member in rows}
        field_of(self, "members", forms.ChoiceField).choices = [(pk, member.name) for pk, member in self.rows.items()]

    def keywords(self) -> dict[str, object]:
        """``members`` as rows."""
        return {**self.cleaned_data, "members": [self.rows[pk] for pk in self.cleaned_data["members"]]}

    def _shown(self, name: str) -> str:
        if name == "members":
            return "、".join(self.rows[pk].name for pk in self.cleaned_data["members"])
        return super()._shown(name)


class DetailForm(EditForm, ActionForm):
    """A dated row of the kind ``kind``."""

    def __init__(self, data: Data = None, files: Files = None, *, kind: DetailKind, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.fields |= {name: _detail_field(kind, name) for name in kind.columns}


def _detail_field(kind: DetailKind, name: str) -> forms.Field:
    column = kind.field(name)
    common: dict[str, Any] = {"label": str(column.verbose_name), "required": name in kind.required}
    lists = {"degree": "degree", "job_post": "job_label", **({"level": "education"} if kind.code == "education" else {})}
    if name in lists:
        return forms.ChoiceField(choices=[("", "请选择"), *codes.get(lists[name]).choices], **common)
    if name in {"kind", "reason"}:
        choices = sanction_choices() if name == "kind" else exemption_choices()
        return forms.ChoiceField(choices=[("", "请选择"), *choices], **common)
    if name.endswith("_on"):
        return forms.DateField(help_text="还没有结束的不填。" if name == "ends_on" else "", **common)
    if name == "full_time":
        return forms.BooleanField(label="全日制", required=False, initial=True)
    if name == "entered_why":
        help_text = "这里只补录启用平台以前的处分，以后的在“党籍和处分”中办理。权利中止的不填。"
        return forms.CharField(max_length=column.max_length, help_text=help_text, **common)
    return forms.CharField(max_length=column.max_length, **common)


def returning_kinds(member: Member) -> list[ChangeKind]:
    """The ways back for somebody who no longer counts."""
    return [kind for kind, standings in RETURNING.items() if Standing(member.standing) in standings]


def detail_initial(row: object) -> dict[str, object]:
    """What a row holds, for changing it."""
    kind = next(kind for kind in KINDS.values() if kind.model is type(row))
    return {name: getattr(row, name) for name in kind.columns}


class ExportForm(ActionForm):
    """The purpose of an export of the roster, and whether numbers are complete."""

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

    def keywords(self) -> Cleaned:
        """What ``exporting.export`` takes."""
        return {"full": False, **self.cleaned_data}
