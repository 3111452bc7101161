"""Input of the first start: an enterprise and its four people, and what it sets for itself."""

from typing import Unpack

from django import forms
from django.urls import reverse

from dangjian.accounts.forms import mobile
from dangjian.kernel import clock, codes
from dangjian.kernel.editing import EditForm
from dangjian.kernel.errors import Invalid
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions
from dangjian.kernel.pinyin import letters
from dangjian.kernel.rulebook import book
from dangjian.kernel.rulebook.schema import Entry
from dangjian.kernel.rulebook.written import HINTS, read_written
from dangjian.org.forms import ActionForm
from dangjian.org.plan import DUTIES, POSITIONS, TYPES, EnterprisePlan, PersonPlan

RULE = "rule-"
"""In front of the key of a setting among the fields of a form."""


def written_settings() -> list[Entry]:
    """The settings of the rulebook that people can write into a field, by key."""
    return [entry for key, entry in sorted(book().entries.items()) if entry.kind == "setting" and entry.shape in HINTS]


class SettingsForm(EditForm, ActionForm):
    """What the enterprise sets for itself: a field for each setting, filled with what holds; an empty one takes the default."""

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        for entry in written_settings():
            self.fields[RULE + entry.key] = _setting_field(entry)

    def settings_with_source(self) -> list[tuple[forms.BoundField, str, str]]:
        """Each setting's field with its default and where that comes from."""
        today, found = clock.today(), []
        plain = book().setting({})
        for entry in written_settings():
            default = plain.on(entry.key, today)
            found.append((self[RULE + entry.key], _choice_text(entry, default.text), default.citation))
        return found

    def clean(self) -> Cleaned:
        """Each setting in the form of the rule files; what was written wrongly is said beside its field."""
        data = super().clean() or {}
        self.chosen: dict[str, object] = {}
        today, plain = clock.today(), book().setting({})
        for entry in written_settings():
            name = RULE + entry.key
            text = str(data.pop(name, "") or "").strip()
            if name in self.errors:
                continue
            try:
                raw = read_written(entry, text) if text else None
                value = book().check_override(entry.key, raw) if raw is not None else None
            except Invalid as problem:
                self.add_error(name, problem.brief)
            else:
                is_default = value is None or value == plain.on(entry.key, today).value
                self.chosen[entry.key] = None if is_default else raw
        return data

    def settings_are_wrong(self) -> bool:
        """Whether one of the settings must be put right: then they are shown at once."""
        return any(name.startswith(RULE) for name in self.errors)

    def place_of(self, keyword: str) -> str:
        """A refusal of a setting stands beside its field."""
        return RULE + keyword if RULE + keyword in self.fields else keyword

    def changed_settings(self) -> list[tuple[str, str]]:
        """Title and new value of those that differ from their default, for the page that asks once more."""
        entries = {entry.key: entry for entry in written_settings()}
        return [(entries[key].title, str(self.data.get(RULE + key, ""))) for key, raw in self.chosen.items() if raw is not None]


def _setting_field(entry: Entry) -> forms.Field:
    holds = book().on(entry.key, clock.today())
    if entry.shape in {"flag", "option"}:
        choices = [("是", "是"), ("否", "否")] if entry.shape == "flag" else [(one.code, one.title) for one in entry.options]
        initial = holds.text if entry.shape == "flag" else str(getattr(holds.value, "code", holds.value))
        return forms.ChoiceField(label=entry.title, choices=choices, initial=initial, required=False, help_text=entry.note)
    return forms.CharField(
        label=entry.title, initial=holds.text, required=False, max_length=60, help_text=f"{HINTS[entry.shape]}。{entry.note}"
    )


def _choice_text(entry: Entry, text: str) -> str:
    return next((one.title for one in entry.options if one.code == text), text)


class HolidayNoticeForm(EditForm, ActionForm):
    """What is laid down on holidays for a year, in the words of the notice."""

    document = forms.CharField(label="文件", max_length=120)
    number = forms.CharField(label="文号", max_length=120, required=False, help_text="例如：国办发明电〔2025〕7号。")
    arrangements = forms.CharField(
        label="放假和调休",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=(
            "可以把通知全文粘贴进来，也可以照这样写，每个节日一行："
            "春节：2月15日至23日放假，2月14日、28日上班。写了星期和“共几天”的会一并核对。"
        ),
    )

    def summary(self) -> list[tuple[str, str]]:
        """The document; the page that asks once more says day by day what was understood of the rest."""
        return [("文件", self.cleaned_data["document"]), ("文号", self.cleaned_data["number"] or "没有填写")]


class HolidayNoticeRemovalForm(ActionForm):
    """Why what was entered is taken back."""

    reason = forms.CharField(label="删除原因", max_length=200)


class SetUpForm(SettingsForm):
    """An enterprise on its first day. ``plan()`` returns what was entered, once it is valid."""

    name = forms.CharField(label="单位名称", max_length=120, help_text="营业执照上的全称。")
    committee_name = forms.CharField(
        label="党组织全称", max_length=120, required=False, help_text="不填的为：中共（单位名称）委员会。"
    )
    committee_short_name = forms.CharField(label="党组织简称", max_length=40, initial="公司党委", help_text="页面上显示的名字。")
    type_code = forms.ChoiceField(
        label="党组织类别", initial=TYPES[0], help_text="平台从党委建起；党总支、党支部在下一步用表格导入。"
    )
    established_on = forms.DateField(label="成立日期", help_text="党委成立的日期，可以是很多年以前。")
    approved_by = forms.CharField(label="批准成立的上级党组织", max_length=120, required=False)
    live_on = forms.DateField(
        label="启用日期",
        initial=clock.today,
        help_text="从这一天起在平台上办理；应办事项、欠交党费从这一天算起，之前的不算超期。可以填以后的日期，例如下月1日。",
    )

    field_order = ("name", "committee_name", "committee_short_name", "type_code", "established_on", "approved_by", "live_on")

    def __init__(self, data: Data = None, files: Files = None, **kwargs: Unpack[FormOptions]) -> None:
        super().__init__(data, files, **kwargs)
        labels = dict(codes.get("org_type").choices)
        self.fields["type_code"].choices = [(code, labels[code]) for code in TYPES]  # type: ignore[attr-defined]  # a ChoiceField, see above
        for position, (_, title) in POSITIONS.items():
            self.fields[f"{position}_name"] = forms.CharField(label=f"{title}姓名", max_length=64)
            self.fields[f"{position}_username"] = forms.CharField(
                label="登录名",
                max_length=64,
                required=False,
                help_text="不填的用姓名的拼音。",
                widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
            )
            self.fields[f"{position}_phone"] = forms.CharField(
                label="手机号码",
                required=False,
                help_text="可不填；填了也能用来登录。",
                widget=forms.TextInput(attrs={"inputmode": "tel"}),
            )

    def people(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Title, what the person does, and the fields of each of the four."""
        return [
            (title, DUTIES[position], [self[f"{position}_{part}"] for part in ("name", "username", "phone")])
            for position, (_, title) in POSITIONS.items()
        ]

    def committee(self) -> list[forms.BoundField]:
        """The fields of the enterprise and its first organisation."""
        return [self[name] for name in self.field_order]

    def clean(self) -> Cleaned:
        """Phones are clean numbers; what follows from what was typed need not be typed."""
        data = super().clean()
        data["committee_name"] = data.get("committee_name") or f"中共{data.get('name', '')}委员会"
        for position in POSITIONS:
            # A name of characters that have no reading gives no letters: then what the person is.
            data[f"{position}_username"] = (
                data.get(f"{position}_username") or letters(data.get(f"{position}_name", "")) or position
            )
            try:
                data[f"{position}_phone"] = mobile(data.get(f"{position}_phone", ""))
            except forms.ValidationError as error:
                self.add_error(f"{position}_phone", error)
        return data

    def plan(self) -> EnterprisePlan:
        """What was entered."""
        data = self.cleaned_data
        people = {
            position: PersonPlan(*(data[f"{position}_{part}"] for part in ("name", "username", "phone")))
            for position in POSITIONS
        }
        return EnterprisePlan(
            name=data["name"],
            committee_name=data["committee_name"],
            committee_short_name=data["committee_short_name"],
            type_code=data["type_code"],
            established_on=data["established_on"],
            live_on=data["live_on"],
            approved_by=data["approved_by"],
            people=people,
            settings={key: raw for key, raw in self.chosen.items() if raw is not None},
        )

    def summary(self) -> list[tuple[str, str]]:
        """What was entered; of the settings those that differ from their default."""
        named = [(str(field.label), self._shown(field.name)) for field in self.committee()]
        for title, _, fields in self.people():
            named.append(
                (title, "，".join(str(self.cleaned_data[field.name]) for field in fields if self.cleaned_data[field.name]))
            )
        return [(label, text) for label, text in named if text] + self.changed_settings()


def set_up_url(key: str) -> str:
    """The one-time address."""
    return reverse("org:setup", args=[key])
