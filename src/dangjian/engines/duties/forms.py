"""What people enter about duties."""

from typing import Any, Unpack

from django import forms
from django.db.models import QuerySet

from dangjian.accounts.models import User
from dangjian.engines.duties.models import LocalDuty, Pace
from dangjian.engines.duties.queries.people import posts_of
from dangjian.kernel import clock
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Data, Files, FormOptions
from dangjian.kernel.registry import offers
from dangjian.kernel.ui.forms import PersonChoice, PersonPicker, Segmented
from dangjian.org.duty_offers import LocalEvidence
from dangjian.org.forms import organization_field
from dangjian.org.models import Kind, Organization

MOST_TO_LIST = 600
"""More units than these are found by typing."""


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """One account, shown with the post that tells namesakes apart."""

    def __init__(self, people: QuerySet[User], *, label: str) -> None:
        super().__init__(people, widget=PersonChoice, empty_label=None, label=label)
        self.posts = posts_of(people.values_list("pk", flat=True))

    def label_from_instance(self, obj: User) -> str:
        """诸葛青松（机电党支部书记）."""
        post = self.posts.get(obj.pk, "")
        return f"{obj.name}（{post}）" if post else obj.name


class ReassignForm(forms.Form):
    """Who is to do it."""

    note = forms.CharField(label="说明", max_length=100, required=False, help_text="可以不填，例如“出差期间代办”")

    def __init__(self, data: Data = None, files: Files = None, *, people: QuerySet[User], **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        self.fields["to"] = PersonField(people, label="改由谁负责")
        self.order_fields(["to", "note"])


class ReassignOneForm(EditForm, ReassignForm):
    """Who is to do one duty; ``held`` is who answers for it as the page is shown."""

    def __init__(
        self,
        data: Data = None,
        files: Files = None,
        *,
        held: User | None,
        people: QuerySet[User],
        **more: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, people=people, **more)
        self.held = held

    def stood(self, name: str) -> object:
        """The list begins with nobody chosen, so what is compared is who answers for it."""
        return self.held if name == "to" else super().stood(name)


class ExcuseForm(forms.Form):
    reason = forms.CharField(
        label="免办原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写清楚为什么可以不办，原因会留痕并显示在矩阵中",
    )


class ConfirmForm(forms.Form):
    text = forms.CharField(
        label="完成情况", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), help_text="做了什么、什么时候做的"
    )
    file = forms.FileField(label="证明材料", required=False, help_text="照片、PDF、Word 或表格，不超过10MB")

    def __init__(self, data: Data = None, files: Files = None, *, needs_file: bool = False, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        self.fields["file"].required = needs_file


class DecideForm(forms.Form):
    note = forms.CharField(label="意见", max_length=200, required=False, help_text="可以不填")


class ReturnForm(forms.Form):
    note = forms.CharField(label="退回原因", max_length=200, help_text="写明哪里不符合要求，好让对方补充")


class UnitPicker(PersonPicker):
    """Several organisations, found by name or pinyin; only those of the level that the field ``kind`` says are offered."""

    def create_option(self, name: str, value: Any, *args: object, **kwargs: object) -> dict[str, object]:
        """Of which level it is."""
        option = super().create_option(name, value, *args, **kwargs)
        option["of"] = value.instance.kind
        return option

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        """What the search is called, what is counted, and which field it follows."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"] |= {"find": "按名称或拼音查找", "unit": "个", "follows": "kind"}
        return context


class UnitsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Organisations by their short names; a group behind its branch, because every branch has a first one."""

    def label_from_instance(self, obj: Organization) -> str:
        """The name by which a person tells it from others of the list."""
        return f"{obj.parent.short_name} {obj.short_name}" if obj.is_group and obj.parent else obj.short_name


def _units_field(permitted: QuerySet[Organization]) -> forms.Field:
    """The units that alone are to do a duty: ticked in a list, or searched for where there are too many."""
    told: dict[str, Any] = {
        "label": "只要部分单位办理",
        "required": False,
        "help_text": "不选，就是上面选定层级的所有下级单位都要办理",
    }
    if permitted.count() > MOST_TO_LIST:
        return organization_field(permitted, several=True, **told)
    return UnitsField(permitted.select_related("parent").order_by("path"), widget=UnitPicker, **told)


def _issuer_field(issuers: QuerySet[Organization]) -> forms.Field:
    if issuers.count() > MOST_TO_LIST:
        return organization_field(issuers, label="布置单位", initial=issuers.values_list("pk", flat=True).first())
    return forms.ModelChoiceField(issuers, label="布置单位", empty_label=None)


class LocalDutyForm(forms.Form):
    """A new local duty. ``permitted`` are the organisations where the person may give duties."""

    title = forms.CharField(label="事项", max_length=80, help_text="例如：报送年度工作总结")
    kind = forms.ChoiceField(label="由哪一级办理", choices=Kind.choices, widget=Segmented, initial=Kind.BRANCH)
    pace = forms.ChoiceField(label="周期", choices=Pace.choices, widget=Segmented, initial=Pace.ONCE)
    starts_on = forms.DateField(label="开始日期", initial=clock.today)
    due_on = forms.DateField(label="完成期限", required=False, help_text="一次性任务必填；定期任务以每期最后一天为限")
    satisfied_by = forms.ChoiceField(label="怎样算完成", required=False)
    needs_file = forms.BooleanField(label="必须上传证明材料", required=False)
    how = forms.CharField(label="办理要求", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    document = forms.CharField(label="依据文件", max_length=120, required=False)

    def __init__(
        self, data: Data = None, files: Files = None, *, permitted: QuerySet[Organization], **more: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **more)
        issuers = permitted.exclude(kind=Kind.GROUP).order_by("path")
        self.fields["organization"] = _issuer_field(issuers)
        self.fields["chosen"] = _units_field(permitted)
        field = self.fields["satisfied_by"]
        field.choices = [  # type: ignore[attr-defined]  # a choice field
            ("", "由承办单位提交完成情况，布置单位验收"),
            *((offer.code, f"{offer.title}后自动认定") for offer in offers(LocalEvidence)),
        ]
        self.order_fields(
            [
                "title",
                "organization",
                "kind",
                "chosen",
                "pace",
                "starts_on",
                "due_on",
                "satisfied_by",
                "needs_file",
                "how",
                "document",
            ]
        )


class LocalDutyChangeForm(EditForm):
    """What may still be changed of a local duty."""

    title = forms.CharField(label="事项", max_length=80)
    due_on = forms.DateField(label="完成期限", required=False)
    how = forms.CharField(label="办理要求", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    document = forms.CharField(label="依据文件", max_length=120, required=False)

    def __init__(self, data: Data = None, files: Files = None, *, local: LocalDuty, **more: Unpack[FormOptions]) -> None:
        more["initial"] = {name: getattr(local, name) for name in ("title", "due_on", "how", "document")}
        super().__init__(data, files, **more)
        if local.pace != Pace.ONCE:
            del self.fields["due_on"]
