"""What is typed about contact, being away, guests and searches: input becomes the keywords of an action."""

from typing import Any, Unpack

from django import forms

from dangjian.activities.contact.actions import away as away_actions
from dangjian.activities.contact.actions import guests as guest_actions
from dangjian.activities.contact.actions.private import AWAY_PRIVATE, GUEST_PRIVATE
from dangjian.activities.contact.models import Away, Direction, Guest, GuestNoteKind, Outcome, Result, Tried, Way
from dangjian.kernel import clock, codes
from dangjian.kernel.editing import HidingForm
from dangjian.kernel.forms import Cleaned, Data, FormOptions, PersonNameField, YuanField, field_of
from dangjian.kernel.ui.forms import PhoneInput, Segmented
from dangjian.members.queries.certificates import certificate_of
from dangjian.org.choosing import OrganizationField
from dangjian.org.forms import ActionForm
from dangjian.org.models import Kind

CHOOSE = [("", "请选择")]


def _text(label: str, rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


class NoteForm(ActionForm):
    """Contact that somebody had."""

    way = forms.ChoiceField(label="联系方式", choices=Way.choices, initial=Way.PHONE, widget=Segmented)
    on = forms.DateField(label="联系日期", initial=clock.today)
    note = _text("情况", required=False, max_length=500, help_text="可以不填。加密保存，只有本支部办理的人看得到。")


class AwayForm(ActionForm):
    """Where somebody goes, and until when."""

    direction = forms.ChoiceField(label="去向", choices=[*CHOOSE, *Direction.choices])
    place = forms.CharField(label="外出地点", max_length=60, help_text="写到市、县就可以，例如：虚构省星河市。")
    since_on = forms.DateField(label="外出日期", initial=clock.today)
    until_on = forms.DateField(label="预计返回日期", required=False, help_text="不知道的不填。")
    is_fixed = forms.BooleanField(
        label="地点相对固定", required=False, help_text="在一个地方工作、居住。满六个月的，应当转接组织关系。"
    )
    unit = forms.CharField(label="当地单位或住处", max_length=200, required=False, help_text="加密保存。")
    phone = forms.CharField(
        label="当地联系电话", max_length=40, required=False, widget=PhoneInput, help_text="加密保存；与原来的相同可以不填。"
    )
    led_by = forms.CharField(
        label="流入地党组织", max_length=120, required=False, help_text="在当地参加组织生活的党组织，没有的不填。"
    )
    certificate = forms.CharField(label="流动党员活动证编号", max_length=60, required=False)

    def __init__(self, data: Data = None, *, member_id: int, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, **more)
        if certificate_of(member_id, besides="contact"):
            del self.fields["certificate"]


class KeepingForm(HidingForm, ActionForm):
    """Private items are not shown: a field of theirs that is left empty leaves them as they are."""

    def clean(self) -> Cleaned:
        """Without what was left empty."""
        data = super().clean() or {}
        return {name: value for name, value in data.items() if value or name not in self.masks}


class ChangeAwayForm(KeepingForm, AwayForm):
    """The same, beginning with what is there."""

    def __init__(self, data: Data = None, *, away: Away) -> None:
        there = {name: getattr(away, name) for name in away_actions.FIELDS if name not in AWAY_PRIVATE}
        super().__init__(data, member_id=away.member_id, initial=there)
        self.hide(away, {name: one.mask for name, one in AWAY_PRIVATE.items()})


class BackForm(ActionForm):
    """When somebody came back."""

    ended_on = forms.DateField(label="返回日期", initial=clock.today)
    end_note = forms.CharField(label="说明", max_length=200, required=False)


class CancelForm(ActionForm):
    """Why it was a mistake."""

    end_note = forms.CharField(label="原因", max_length=200)


class StayForm(ActionForm):
    """Why there is no transfer for now."""

    stays_because = forms.CharField(
        label="暂不转接的原因", max_length=200, help_text="例如：项目两个月后结束，人员返回。半年以后再提醒。"
    )


class GuestFields(ActionForm):
    """A member of another organisation who lives and works here."""

    name = PersonNameField(label="姓名")
    home = forms.CharField(label="组织关系所在党组织", max_length=120, help_text="写全称。")
    home_contact = forms.CharField(label="原党组织联系人和电话", max_length=100, required=False, help_text="加密保存。")
    came_from = forms.ChoiceField(label="来自", choices=[*CHOOSE, *Direction.choices])
    certificate = forms.CharField(
        label="流动党员活动证编号", max_length=60, required=False, help_text="凭活动证可以在这里交纳党费。"
    )
    since_on = forms.DateField(label="流入日期", initial=clock.today)
    until_on = forms.DateField(label="预计离开日期", required=False)
    phone = forms.CharField(label="联系电话", max_length=40, required=False, widget=PhoneInput, help_text="加密保存。")
    unit_name = forms.CharField(label="现工作单位或住处", max_length=120, required=False)
    job_post = forms.ChoiceField(label="原工作岗位", required=False)

    def __init__(self, data: Data = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, **more)
        jobs = codes.get("job_label").choices
        field_of(self, "job_post", forms.ChoiceField).choices = [("", "没有填写"), *jobs]


class GuestForm(GuestFields):
    """A new one, and the branch that takes them up."""

    organization = OrganizationField(label="接受管理的党支部", kinds=(Kind.BRANCH,))
    field_order = ("organization",)

    def __init__(self, data: Data = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, **more)
        offered = field_of(self, "organization", OrganizationField).queryset
        possible = list(offered[:2]) if offered is not None else []
        if len(possible) == 1:  # a secretary has one branch and is not asked which
            self.initial.setdefault("organization", possible[0].pk)


class ChangeGuestForm(KeepingForm, GuestFields):
    """The same, beginning with what is there."""

    def __init__(self, data: Data = None, *, guest: Guest) -> None:
        there = {name: getattr(guest, name) for name in guest_actions.FIELDS if name not in GUEST_PRIVATE}
        super().__init__(data, initial=there)
        self.hide(guest, {name: one.mask for name, one in GUEST_PRIVATE.items()})


class GuestNoteForm(ActionForm):
    """In what a guest took part."""

    kind = forms.ChoiceField(label="事项", choices=GuestNoteKind.choices, initial=GuestNoteKind.LIFE, widget=Segmented)
    on = forms.DateField(label="日期", initial=clock.today)
    what = forms.CharField(label="内容", max_length=200, help_text="例如：列席支部党员大会；交纳三季度党费。")
    fen = YuanField(label="金额（元）", required=False, least=1, help_text="交纳党费的填写。")


class LeaveForm(ActionForm):
    """When a guest left."""

    left_on = forms.DateField(label="离开日期", initial=clock.today)
    left_note = forms.CharField(label="说明", max_length=200, required=False)


class TryForm(ActionForm):
    """One attempt to find somebody."""

    way = forms.ChoiceField(label="查找方式", choices=[*CHOOSE, *Tried.choices])
    on = forms.DateField(label="日期", initial=clock.today)
    by = forms.CharField(label="谁去查找的", max_length=60)
    result = forms.ChoiceField(label="结果", choices=Result.choices, initial=Result.NOTHING, widget=Segmented)
    text = _text("情况", required=False, max_length=1000, help_text="加密保存。")


class LostForm(ActionForm):
    """The branch records that somebody is out of contact."""

    reason = forms.ChoiceField(label="失去联系情形")
    lost_on = forms.DateField(label="支部认定日期", initial=clock.today)

    def __init__(self, data: Data = None, files: Any = None, **more: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **more)
        field_of(self, "reason", forms.ChoiceField).choices = [*CHOOSE, *codes.get("lost_reason").choices]


class ConcludeForm(ActionForm):
    """All ways were tried."""

    concluded_on = forms.DateField(label="支部确认日期", initial=clock.today)


class FoundForm(ActionForm):
    """They are in contact again."""

    found_on = forms.DateField(label="取得联系日期", initial=clock.today)
    way = forms.ChoiceField(label="联系方式", choices=Way.choices, initial=Way.PHONE, widget=Segmented)
    found_how = _text("怎样取得联系、现在的情况", max_length=1000, help_text="加密保存。")


class SettleForm(ActionForm):
    """What the branch decided about somebody who was found."""

    outcome = forms.ChoiceField(label="研究结果", choices=Outcome.choices, widget=Segmented)
    outcome_on = forms.DateField(label="研究日期", initial=clock.today)
    outcome_note = forms.CharField(label="说明", max_length=200, required=False, help_text="不作处置的，写明正当理由。")


class EndSearchForm(ActionForm):
    """Why the search ends."""

    end_note = forms.CharField(label="原因", max_length=200, help_text="例如：登记错了人。")
