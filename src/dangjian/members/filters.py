"""The filters of the members' list: what stands in the address becomes a queryset."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import F, Q, QuerySet

from dangjian.kernel import clock, codes
from dangjian.kernel.ordering import ordered_by
from dangjian.members import policy
from dangjian.members.models import Category, Member, Standing
from dangjian.members.queries import access, completeness
from dangjian.members.queries.people import found_by_name
from dangjian.org import choosing
from dangjian.org.caching import cached_for_large_scope
from dangjian.org.models import Organization, Post, PostKind

SORTS = {
    "name": "name_sort",
    "age": "-birth_on",
    "party_age": "converted_on",
    "branch": "branch__path",
    "education": "education",
    "completeness": "completeness",
}
ANY = "不限"
BELOW = [("100", "未填完整"), ("90", "低于90%"), ("80", "低于80%"), ("60", "低于60%")]


class MemberFilter(forms.Form):
    q = forms.CharField(required=False, max_length=30)
    organization = forms.ChoiceField(label="党组织", required=False)
    category = forms.ChoiceField(label="人员类别", required=False, choices=[("", "全部类别"), *Category.choices])
    group = forms.ChoiceField(
        label="党小组", required=False, choices=[("", "党小组"), ("none", "未编入小组"), ("some", "已编入小组")]
    )
    standing = forms.ChoiceField(
        label="党籍状态", required=False, choices=[("", "在册党员"), ("all", "含已减少"), *Standing.choices[1:]]
    )
    sex = forms.ChoiceField(label="性别", required=False, choices=[("", ANY), ("1", "男"), ("2", "女")])
    age = forms.ChoiceField(label="年龄段", required=False)
    education = forms.ChoiceField(label="学历", required=False)
    post = forms.ChoiceField(label="党内职务", required=False, choices=[("", ANY), ("any", "任一职务"), *PostKind.choices])
    job_post = forms.ChoiceField(label="工作岗位", required=False)
    site = forms.ChoiceField(label="场区", required=False)
    shift = forms.ChoiceField(label="班次", required=False)
    below = forms.ChoiceField(label="信息完整度", required=False, choices=[("", ANY), *BELOW])
    missing = forms.ChoiceField(label="缺少的项目", required=False)

    MORE = ("standing", "sex", "age", "education", "post", "job_post", "site", "shift", "below", "missing")
    """Filters that stand in the dialog, not in the bar."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("organization", "全部党组织", organization_choices())
        self._offer("age", ANY, codes.get("age_communique").choices)
        self._offer("education", ANY, codes.get("education_group").choices)
        self._offer("missing", ANY, [(one.code, f"缺{one.title}") for one in completeness.required()])
        used = cached_for_large_scope("members.in_use", _in_use)
        self._offer("job_post", ANY, sorted((code, codes.get("job_label").label(code)) for code in used["job_post"]))
        for name in ("site", "shift"):
            self._offer(name, ANY, [(value, value) for value in used[name]])
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = str(field.label)

    def _offer(self, name: str, empty: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker what stands above
        field.choices = [("", empty), *choices]

    @property
    def in_use(self) -> int:
        """How many filters beside the search text are set."""
        return sum(bool(value) for name, value in self.cleaned_data.items() if name != "q")

    @property
    def bar(self) -> list[forms.BoundField]:
        """The filters that are always in sight."""
        return [self[name] for name in ("organization", "category", "group")]

    @property
    def more(self) -> list[forms.BoundField]:
        """The filters of the dialog."""
        return [self[name] for name in self.MORE]

    @property
    def chosen(self) -> list[tuple[str, str, str]]:
        """Title, value, and the query string without it, of each filter of the dialog that is set."""
        return [
            (str(self[name].label), self._label(name), self._without(name)) for name in self.MORE if self.cleaned_data.get(name)
        ]

    def _without(self, name: str) -> str:
        return urlencode([(key, value) for key, value in self.data.items() if key not in {name, "page"} and value])

    def _label(self, name: str) -> str:
        field, value = self.fields[name], self.cleaned_data[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - all filters of the dialog are choices
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # our choices are plain pairs

    def rows(self) -> QuerySet[Member]:
        """The members asked for, within the open scope; a filter with an unknown value is left out."""
        self.is_valid()
        rows: QuerySet[Member] = Member.objects.all()
        standing = self.cleaned_data.get("standing")
        if standing != "all":
            rows = rows.filter(standing=standing or Standing.NORMAL)
        for name, value in self.cleaned_data.items():
            if value and name != "standing":
                rows = rows.filter(self._condition(name, value))
        return rows

    def _condition(self, name: str, value: str) -> Q:
        made: Q = getattr(self, f"_{name}")(value) if hasattr(self, f"_{name}") else Q(**{name: value})
        return made

    def _q(self, text: str) -> Q:
        return found_by_text(text)

    def _organization(self, value: str) -> Q:
        path = Organization.objects.filter(pk=int(value)).values_list("path", flat=True).first()
        return Q(organization__path__startswith=path) if path else Q(pk__in=[])

    def _age(self, code: str) -> Q:
        band, today = codes.get("age_communique").item(code), clock.today()
        found = Q(birth_on__isnull=False)
        if isinstance(band.low, int) and band.low:
            found &= Q(birth_on__lte=policy.born_by(band.low, today))
        if isinstance(band.high, int):
            found &= Q(birth_on__gt=policy.born_by(band.high + 1, today))
        return found

    def _education(self, group: str) -> Q:
        return Q(education__in=[item.code for item in codes.get("education").items if item.extra.get("group") == group])

    def _post(self, kind: str) -> Q:
        held = Post.objects.in_effect()
        return Q(user__in=(held if kind == "any" else held.filter(kind=kind)).values("user"))

    def _below(self, percent: str) -> Q:
        return Q(completeness__lt=int(percent))

    def _group(self, value: str) -> Q:
        return Q(organization=F("branch")) if value == "none" else ~Q(organization=F("branch"))

    def _missing(self, code: str) -> Q:
        return next(completeness.lacking(one) for one in completeness.required() if one.code == code)


class NeverFilter(forms.Form):
    """Who has not signed in yet: members without an account, and those who have never chosen a password of their own."""

    q = forms.CharField(required=False, max_length=30)
    organization = forms.ChoiceField(label="党组织", required=False)
    who = forms.ChoiceField(
        label="范围", required=False, choices=[("", "全部人员"), ("officers", "任职人员"), ("members", "其他党员")]
    )
    state = forms.ChoiceField(
        label="进度",
        required=False,
        choices=[
            ("", "全部进度"),
            ("none", "没有账号"),
            ("new", "还没有发初始密码"),
            ("slip", "登录条待打印"),
            ("handed", "已经发放"),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organizations = self.fields["organization"]
        assert isinstance(organizations, forms.ChoiceField)  # noqa: S101 - tells the type checker what stands above
        organizations.choices = [("", "全部党组织"), *organization_choices()]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = str(field.label)

    @property
    def bar(self) -> list[forms.BoundField]:
        """The filters beside the search text."""
        return [self[name] for name in ("organization", "who", "state")]

    def rows(self) -> QuerySet[Member]:
        """The members asked for, within the open scope, by branch and name; an unknown value is left out."""
        self.is_valid()
        rows = access.not_signed_in(Member.objects.counted())
        text, place = self.cleaned_data.get("q"), self.cleaned_data.get("organization")
        who, state = self.cleaned_data.get("who"), self.cleaned_data.get("state")
        if text:
            rows = rows.filter(found_by_text(text))
        if place:
            path = Organization.objects.filter(pk=int(place)).values_list("path", flat=True).first()
            rows = rows.filter(organization__path__startswith=path or "-")
        if who:
            officers = access.officers_among(rows)
            rows = officers if who == "officers" else rows.exclude(pk__in=officers.values("pk"))
        if state:
            rows = rows.filter(_STATES[state])
        return rows.select_related("branch", "organization", "user", "first_password").order_by("branch__path", "name_sort", "pk")


_STATES = {
    "none": Q(user=None),
    "new": Q(user__isnull=False, first_password=None),
    "slip": Q(first_password__isnull=False, first_password__handed_at=None),
    "handed": Q(first_password__handed_at__isnull=False),
}
"""How far somebody is who has not signed in yet."""


def found_by_text(text: str) -> Q:
    """The condition for a name (or part), its pinyin or initials, a whole mobile or identity number, an employee number."""
    text = text.strip()
    if text.isdigit() and len(text) == 11:
        return Q(mobile_index__matches=text)
    if len(text) == 18 and text[:17].isdigit():
        return Q(resident_id_index__matches=text.upper())
    return found_by_name(text) | Q(employee_no=text)


def in_order(rows: QuerySet[Member], sort: str) -> QuerySet[Member]:
    """``rows`` sorted by a key of ``SORTS``, with ``-`` in front the other way round; by branch and name if there is none."""
    return rows.order_by(ordered_by(sort, SORTS, "branch__path"), "name_sort", "pk")


def organization_choices() -> list[tuple[str, str]]:
    """Standing organisations of the open scope, as ``org.choosing`` lists them."""
    return choosing.choices(Organization.objects.standing())


def _in_use() -> dict[str, list[str]]:
    """What stands in columns that people fill in freely, in order."""
    found = {}
    for name in ("job_post", "site", "shift"):
        values = Member.objects.counted().exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
        found[name] = list(values)
    return found
