"""What is typed about yearly plans: input becomes the keywords of an action."""

from collections.abc import Mapping, Sequence

from django import forms

from dangjian.activities.development.actions.quotas import LONGEST_DOCUMENT, MOST
from dangjian.activities.development.models import Quota
from dangjian.activities.development.policy import Standing
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Cleaned, Data
from dangjian.org.forms import ActionForm
from dangjian.org.models import Organization

UNIT = "unit_"


class EnterForm(EditForm):
    """The plan of the uppermost organisation."""

    places = forms.IntegerField(label="计划人数", min_value=0, max_value=MOST)
    document = forms.CharField(
        label="文号", max_length=LONGEST_DOCUMENT, help_text="上级下达计划的文件，例如：云岭组〔2026〕12号。"
    )

    def __init__(self, quota: Quota | None, data: Data = None) -> None:
        super().__init__(data, initial={"places": quota.places, "document": quota.document} if quota else None)


class HandDownForm(EditForm):
    """One number for each unit."""

    def __init__(
        self,
        units: Sequence[Organization],
        standings: Mapping[int, Standing],
        document: str,
        data: Data = None,
    ) -> None:
        super().__init__(data)
        for unit in units:
            now = standings[unit.pk]
            self.fields[f"{UNIT}{unit.pk}"] = forms.IntegerField(
                label=unit.short_name,
                required=False,
                min_value=0,
                max_value=MOST,
                initial=now.plan,
                help_text=_help(now),
            )
        self.fields["document"] = forms.CharField(
            label="文号", required=False, max_length=LONGEST_DOCUMENT, initial=document, help_text="没有文件的可以不填。"
        )

    def place_of(self, keyword: str) -> str:
        """The field of a unit."""
        return f"{UNIT}{keyword}" if f"{UNIT}{keyword}" in self.fields else keyword

    def keywords(self) -> Cleaned:
        """What the action takes."""
        data = self.cleaned_data
        units = {int(name.removeprefix(UNIT)): data[name] for name in self.fields if name.startswith(UNIT)}
        return {"places": units, "document": data["document"]}


def _help(now: Standing) -> str:
    said = [f"已接收{now.used}名"] if now.used else []
    said += [f"预审通过待接收{now.reserved}名"] if now.reserved else []
    handed = now.given - now.taken
    said += [f"已下达给下级还没有使用{handed}名"] if handed else []
    return f"{'，'.join(said)}。" if said else ""


class AskForm(ActionForm):
    """How many more, and why."""

    wanted = forms.IntegerField(label="申请追加人数", min_value=1, max_value=MOST)
    reason = forms.CharField(label="理由", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="上级会看到。")


class GrantForm(ActionForm):
    """How many are given."""

    granted = forms.IntegerField(label="同意追加人数", min_value=1, max_value=MOST)
    answer = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(self, data: Data = None, *, wanted: int) -> None:
        super().__init__(data, initial={"granted": wanted})


class RefuseForm(ActionForm):
    """Why not."""

    answer = forms.CharField(label="原因", max_length=200, help_text="申请单位会看到。")
