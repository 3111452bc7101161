"""Forms of organisations, posts, terms and roles: input becomes the keywords of an action."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Unpack

from django import forms
from django.db.models import Case, QuerySet, Value, When

from dangjian.accounts.models import User
from dangjian.kernel import clock, codes
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data, FieldOptions, Files, FormOptions, field_of
from dangjian.kernel.offers import Role
from dangjian.kernel.typed import number
from dangjian.kernel.ui.forms import PhoneInput, RadioCards, Segmented
from dangjian.kernel.ui.words import day
from dangjian.org import policy, queries
from dangjian.org.actions.posts import kinds_at
from dangjian.org.actions.tree import KIND_OF_TYPE
from dangjian.org.applications import approver_under
from dangjian.org.known import SourcedForm
from dangjian.org.lookup import LookupField, Option
from dangjian.org.models import PARENT_KINDS, HeadsElected, Kind, Organization, PostKind
from dangjian.org.offers import Person
from dangjian.org.unit_queries import in_sight

DOCUMENT_HELP = "批复或任免文件的文号，例如：云岭党〔2026〕12号。没有可不填。"
TASK_END_HELP = "任务预计哪天结束，只有临时党组织填写；不清楚可以留空，以后补填。"
LONG_TASK_HELP = "任务期限较长、仍设临时党支部的，写明原因。"
SPECIAL_HELP = "与一般要求不同的任职（例如党龄不足、在处分影响期内），写明原因。"


class ActionForm(forms.Form):
    """A form whose clean data are the keywords of an action."""

    def keywords(self) -> Cleaned:
        """What the action takes."""
        return dict(self.cleaned_data)

    def summary(self) -> list[tuple[str, str]]:
        """What was entered, as label and text, for the page that asks once more."""
        lines = [(str(field.label), self._shown(name)) for name, field in self.fields.items()]
        return [(label, text) for label, text in lines if text]

    def _shown(self, name: str) -> str:
        field, value = self.fields[name], self.cleaned_data.get(name)
        if value in (None, "", False):
            return ""
        if isinstance(field, LookupField):
            return field.label_of(str(self[name].value()))
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # our choices are plain pairs
        if isinstance(value, dt.date):
            return day(value)
        return "是" if value is True else str(value)


def organization_option(one: Organization) -> Option:
    """An organisation as an option of a lookup."""
    superior = f"，{one.parent.short_name}" if one.parent else ""
    return Option(str(one.pk), one.short_name, f"{one.get_kind_display()}{superior}", one)


def organization_field(
    rows: QuerySet[Organization],
    *,
    near: Organization | None = None,
    several: bool = False,
    **more: Unpack[FieldOptions],
) -> LookupField:
    """Choose one of ``rows``, which says by itself what may be shown, by name, code or pinyin; those near ``near`` first."""
    nearest_first = Case(When(parent_id=near.parent_id, then=0), default=1) if near and near.parent_id else Value(0)

    def search(text: str) -> list[Option]:
        found = rows.filter(queries.found_by_text(text)) if text.strip() else rows
        return [organization_option(one) for one in found.select_related("parent").order_by(nearest_first, "order", "code")[:30]]

    def resolve(value: str) -> Option | None:
        one = rows.filter(pk=number(value) or 0).select_related("parent").first()
        return organization_option(one) if one else None

    return LookupField(
        search=search,
        resolve=resolve,
        placeholder="按名称、拼音或编码查找",
        missing="请选择党组织",
        several=several,
        **more,
    )


def person_field(
    search: Callable[[str], Iterable[Person]], resolve: Callable[[int], Person | None], **more: Unpack[FieldOptions]
) -> LookupField:
    """Choose a person: ``search(text)`` returns ``Person`` rows, ``resolve(user_id)`` one or ``None``."""

    def option(person: Person) -> Option:
        return Option(str(person.user_id), person.name, person.detail, person.user_id)

    def find(text: str) -> list[Option]:
        return [option(person) for person in search(text)]

    def resolved(value: str) -> Option | None:
        chosen = number(value)
        person = resolve(chosen) if chosen is not None else None
        return option(person) if person else None

    more.setdefault("help_text", "只列出已开通账号的人员。")
    return LookupField(search=find, resolve=resolved, placeholder="按姓名或拼音查找", missing="请选择人员", **more)


class PersonForm(ActionForm):
    """Hands the action the account of the person chosen in ``user``."""

    def keywords(self) -> Cleaned:
        """``user`` as an account."""
        return {**self.cleaned_data, "user": User.objects.get(pk=self.cleaned_data["user"])}


def _effective_on(label: str = "生效日期") -> forms.DateField:
    return forms.DateField(label=label, initial=clock.today, help_text="可以补录以前的日期，不能晚于今天。")


def _document() -> forms.CharField:
    return forms.CharField(label="文号", max_length=120, required=False, help_text=DOCUMENT_HELP)


def _task_end() -> forms.DateField:
    return forms.DateField(label="预计结束日期", required=False, help_text=TASK_END_HELP)


def _long_task() -> forms.CharField:
    return forms.CharField(label="特殊情况", max_length=200, required=False, help_text=LONG_TASK_HELP)


class NameForm(ActionForm):
    """The two names of an organisation."""

    name = forms.CharField(label="全称", max_length=120, help_text="与批复文件一致，例如：中共云岭机电检修一班支部委员会。")
    short_name = forms.CharField(label="简称", max_length=40, help_text="名单和通知上显示的名称，例如：检修一班党支部。")


class SetUpForm(NameForm):
    """A new organisation under ``parent``."""

    def __init__(self, parent: Organization, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        types = [code for code, kind in KIND_OF_TYPE.items() if kind != Kind.GROUP and parent.kind in PARENT_KINDS[kind]]
        labels = dict(codes.get("org_type").choices)
        self.fields["type_code"] = forms.ChoiceField(
            label="党组织类别", choices=[(code, labels[code]) for code in types], widget=RadioCards()
        )
        self.fields["effective_on"] = _effective_on("成立日期")
        self.fields["document"] = _document()
        approver = approver_under(parent)
        self.fields["approved_by"] = forms.CharField(
            label="批准成立的党组织", max_length=120, required=False, initial=approver.name if approver else ""
        )
        self.fields["code"] = forms.CharField(
            label="党组织编码", max_length=32, required=False, help_text="全国党员管理信息系统中的编码；不填由系统编号。"
        )
        self.fields["unit_name"] = forms.CharField(label="所在行政单位", max_length=120, required=False)
        self.fields["site"] = forms.CharField(label="场区", max_length=40, required=False)
        if policy.TEMPORARY & set(types):
            self.fields["expected_end_on"] = _task_end()
            self.fields["full_members"] = forms.IntegerField(
                label="正式党员人数", required=False, min_value=0, max_value=9999, help_text="设立临时党支部时填写，可不填。"
            )
            self.fields["special"] = _long_task()
        self.order_fields(["type_code", "name", "short_name", "effective_on", "document"])


class ApplicationForm(NameForm):
    """A branch that ``organization`` asks for, under one of ``places``."""

    def __init__(
        self, places: Sequence[Organization], data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **kwargs)
        self._places = {str(one.pk): one for one in places}
        labels = dict(codes.get("org_type").choices)
        types = [code for code, kind in KIND_OF_TYPE.items() if kind == Kind.BRANCH]
        self.fields["type_code"] = forms.ChoiceField(
            label="党组织类别", choices=[(code, labels[code]) for code in types], initial=types[0], widget=RadioCards()
        )
        self.fields["superior"] = forms.ChoiceField(
            label="设在哪个党组织之下", choices=[(pk, one.short_name) for pk, one in self._places.items()]
        )
        self.fields["unit_name"] = forms.CharField(label="所在单位", max_length=120, help_text="党支部设在哪个单位、部门或项目。")
        self.fields["full_members"] = forms.IntegerField(label="正式党员人数", min_value=0, max_value=9999)
        self.fields["all_members"] = forms.IntegerField(
            label="党员人数", min_value=1, max_value=9999, help_text="正式党员和预备党员合计。"
        )
        self.fields["reason"] = forms.CharField(
            label="设立理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="例如：检修车间新增两个班组。"
        )
        self.fields["expected_end_on"] = _task_end()
        self.fields["applied_on"] = forms.DateField(
            label="申请日期", initial=clock.today, help_text="报送申请的日期，不能晚于今天。批复期限从这一天算起。"
        )
        self.order_fields(["type_code", "name", "short_name", "superior"])

    def keywords(self) -> Cleaned:
        """``superior`` as an organisation."""
        return {**self.cleaned_data, "superior": self._places[self.cleaned_data["superior"]]}


class AgreeForm(ActionForm):
    """The committee agrees to a branch."""

    answered_on = forms.DateField(label="批复日期", initial=clock.today, help_text="不能早于申请日期，不能晚于今天。")
    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text=DOCUMENT_HELP)
    answer = forms.CharField(label="批复意见", max_length=200, required=False, help_text="申请单位会看到，可不填。")


class RefuseForm(ActionForm):
    """The committee does not agree to it."""

    answered_on = forms.DateField(label="批复日期", initial=clock.today, help_text="不能早于申请日期，不能晚于今天。")
    answer = forms.CharField(label="不同意的原因", max_length=200, help_text="申请单位会看到。")


class WithdrawForm(ActionForm):
    """An application is taken back: nothing to fill in."""


class ReportForm(ActionForm):
    """The reply was filed with the superior's organisation department."""

    reported_on = forms.DateField(label="备案日期", initial=clock.today, help_text="报上级组织部门备案的日期，不能晚于今天。")


class GroupSetUpForm(NameForm):
    """A new group in a branch."""

    effective_on = forms.DateField(label="成立日期", initial=clock.today, help_text="可以补录以前的日期，不能晚于今天。")

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["name"].help_text = "例如：检修一班党支部第一党小组。"
        self.fields["short_name"].help_text = "例如：第一党小组。"


class RenameForm(EditForm, NameForm):
    """New names from a day."""

    effective_on = forms.DateField(label="生效日期", initial=clock.today, help_text="可以补录以前的日期，不能晚于今天。")
    document = forms.CharField(label="文号", max_length=120, required=False, help_text=DOCUMENT_HELP)

    def __init__(self, data: Data = None, files: Files = None, *, of_group: bool = False, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        if of_group:
            self.fields["name"].help_text = "例如：检修一班党支部第一党小组。"
            self.fields["short_name"].help_text = "名单和通知上显示的名称，例如：第一党小组。"


class MoveForm(ActionForm):
    """Another superior from a day."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        rows = Organization.objects.standing().filter(kind__in=PARENT_KINDS[organization.kind])
        rows = rows.exclude(path__startswith=organization.path).exclude(children=organization)
        self.fields["parent"] = organization_field(rows, label="新的上级党组织")
        self.fields["effective_on"] = _effective_on()
        self.fields["document"] = _document()


class DissolveForm(ActionForm):
    """The day an organisation ends."""

    effective_on = forms.DateField(label="撤销日期", initial=clock.today, help_text="从这一天起不再存在。不能晚于今天。")
    document = forms.CharField(label="文号", max_length=120, required=False, help_text=DOCUMENT_HELP)


class TakeBackForm(ActionForm):
    """A reorganisation is taken back."""

    reason = forms.CharField(label="撤销的原因", max_length=200, help_text="例如：选错了党支部。")


class LiveForm(EditForm, ActionForm):
    """From when an organisation and all below it are kept on the platform."""

    live_on = forms.DateField(
        label="启用日期",
        help_text="应办事项、应交党费和组织生活统计从这一天算起。可以是以后的日期，最多提前一年。",
    )


class DetailsForm(SourcedForm, ActionForm):
    """What is not part of the dated history."""

    phone = forms.CharField(label="联系电话", max_length=30, required=False, widget=PhoneInput)
    address = forms.CharField(label="地址", max_length=200, required=False)
    unit_name = forms.CharField(label="所在行政单位", max_length=120, required=False)
    site = forms.CharField(label="场区", max_length=40, required=False)
    location_kind = forms.ChoiceField(label="所在单位情况", required=False)
    unit_count = forms.IntegerField(
        label="联合单位数", min_value=1, max_value=99, help_text="联合党支部覆盖的单位个数，其他填1。"
    )
    approved_by = forms.CharField(label="批准成立的党组织", max_length=120, required=False)
    standard_grade = forms.CharField(
        label="标准化规范化类别", max_length=20, required=False, help_text="本单位评定的类别，例如：示范、先进、达标。"
    )
    order = forms.IntegerField(label="排列顺序", min_value=0, max_value=9999, help_text="同一上级之下，数字小的排在前面。")

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        if organization.type_code in policy.TEMPORARY:
            self.fields["expected_end_on"] = _task_end()
            self.fields["special"] = _long_task()
        units = in_sight(organization)
        if units:
            self.fields["unit"] = forms.ModelChoiceField(
                units, label="所在单位", required=False, empty_label="不在单位信息里，写在下面", help_text="名称随单位信息更改。"
            )
            self.order_fields(["phone", "address", "unit"])
        self.initial = {name: getattr(organization, name) for name in self.fields}
        field_of(self, "location_kind", forms.ChoiceField).choices = [("", "未填写"), *codes.get("unit_location_kind").choices]
        self.leave_to_sources(organization)


class AppointForm(PersonForm):
    """Somebody takes a post."""

    def __init__(self, organization: Organization, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        kinds = kinds_at(organization)
        self.fields["kind"] = forms.ChoiceField(
            label="职务", choices=[(kind.value, kind.label) for kind in kinds], initial=kinds[0].value, widget=RadioCards()
        )
        self.fields["user"] = person_field(lambda text: queries.people_inside(organization, text), queries.person, label="任职人")
        self.fields["starts_on"] = _effective_on("任职日期")
        self.fields["ends_on"] = forms.DateField(
            label="免职日期", required=False, help_text="仍在任的留空；补录已结束的任职时填写。"
        )
        self.fields["document"] = _document()
        self.fields["special"] = forms.CharField(label="特殊情况", max_length=200, required=False, help_text=SPECIAL_HELP)
        head = PostKind.GROUP_LEADER if organization.is_group else PostKind.SECRETARY
        self.fields["replace"] = forms.BooleanField(
            label="免去现任", required=False, help_text=f"接任{head.label}时勾选，前任任职到新任任职的前一天为止。"
        )


class EndPostForm(ActionForm):
    """A post ends."""

    ends_on = forms.DateField(label="免职日期", initial=clock.today, help_text="从这一天起不再担任。不能晚于今天。")
    reason = forms.CharField(label="原因", max_length=200, help_text="例如：换届、调离、任免文件文号。")


class StartTermForm(ActionForm):
    """A new term."""

    starts_on = forms.DateField(label="本届开始日期", initial=clock.today, help_text="选举结果获批的日期，不能晚于今天。")
    number = forms.IntegerField(label="第几届", min_value=1, max_value=99)
    document = forms.CharField(label="批复文号", max_length=120, required=False, help_text="提前换届的必须填写上级批复文号。")
    is_by_direct_election = forms.BooleanField(
        label="这一届由公推直选产生", required=False, help_text="党员和群众公开推荐、党员直接选举产生领导班子的，请勾选。"
    )
    heads_elected = forms.ChoiceField(
        label="书记、副书记选举方式", required=False, choices=[("", "没有登记"), *HeadsElected.choices], widget=Segmented
    )
    end_posts = forms.BooleanField(label="上届班子成员的任职同时结束", required=False, help_text="连任的请在换届后重新任命。")


class ExtendTermForm(ActionForm):
    """A term put off."""

    extended_to = forms.DateField(label="延期至")
    document = forms.CharField(label="上级批复文号", max_length=120, help_text="延期换届须经上级党组织批准。")


class EndTermForm(ActionForm):
    """A term ends."""

    ended_on = forms.DateField(label="结束日期", initial=clock.today, help_text="不能晚于今天。")
    reason = forms.CharField(label="原因", max_length=200, help_text="例如：党组织改设，届次不再延续。")


class GrantForm(PersonForm):
    """The security administrator gives a role."""

    def __init__(
        self,
        choices: Sequence[Role],
        people: Any,
        person: Any,
        data: Data = None,
        files: Files = None,
        **kwargs: Unpack[FormOptions],
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["user"] = person_field(people, person, label="被授权人", help_text="按姓名、登录名或拼音查找已开通的账号。")
        self.fields["role"] = forms.ChoiceField(
            label="角色", choices=[("", "请选择"), *((role.code, role.title) for role in choices)]
        )
        self.fields["organization"] = organization_field(Organization.objects.standing(), label="在哪个党组织")
        self.fields["starts_on"] = forms.DateField(label="开始日期", initial=clock.today, help_text="不能早于今天。")
        self.fields["ends_on"] = forms.DateField(label="结束日期", required=False, help_text="到这一天失效；长期有效的留空。")
        self.fields["reason"] = forms.CharField(label="事由", max_length=200, required=False)


class DelegateForm(PersonForm):
    """An officer lets somebody act in their place."""

    def __init__(self, choices: Sequence[Role], data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["user"] = person_field(queries.people, queries.person, label="委托给谁")
        self.fields["organization"] = organization_field(Organization.objects.standing(), label="代办哪个党组织的工作")
        self.fields["role"] = forms.ChoiceField(
            label="代办的角色",
            choices=[("", "请选择"), *((role.code, role.title) for role in choices)],
            help_text="只能委托您自己拥有的权限。",
        )
        self.fields["starts_on"] = forms.DateField(
            label="从哪天起", initial=clock.today, required=False, help_text="今天或以后的日期；不填就从今天起。"
        )
        self.fields["ends_on"] = forms.DateField(label="委托到哪天", help_text="从这一天起失效，不能晚于您自己任职结束的日期。")
        self.fields["reason"] = forms.CharField(label="事由", max_length=200, help_text="例如：外出学习期间代办党务工作。")


class RevokeForm(ActionForm):
    """A role is taken back."""

    reason = forms.CharField(label="收回的原因", max_length=200)
