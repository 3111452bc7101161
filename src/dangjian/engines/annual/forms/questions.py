"""What is filled in to ask a question of one's own, and to keep it."""

from collections.abc import Iterable

from django import forms

from dangjian.engines.annual.actions.questions import LONGEST_TITLE
from dangjian.engines.annual.queries.breakdowns import Breakdown
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import field_of
from dangjian.kernel.tabulation import Population


class BreakdownForm(forms.Form):
    """What is counted, by what, and the condition that is to be added; it shows what a breakdown asks."""

    of = forms.ChoiceField(label="统计什么")
    down = forms.ChoiceField(label="行：按什么分")
    across = forms.ChoiceField(label="列：再按什么分", required=False)
    add = forms.ChoiceField(label="加条件", required=False)

    def __init__(self, asked: Breakdown, populations: Iterable[Population]) -> None:
        super().__init__(initial=asked.parameters)
        offered = [(code, way.title) for code, way in asked.ways.items()]
        chosen = {way.code for way, _ in asked.where}
        left = [(one.code, one.title) for one in asked.conditions if one.code not in chosen]
        self._offer("of", [(one.code, one.title) for one in populations])
        self._offer("down", offered)
        self._offer("across", [("", "不分列"), *offered])
        self._offer("add", [("", "选一项…"), *left])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field_of(self, name, forms.ChoiceField).choices = choices


class SaveForm(forms.Form):
    """Under which name a question is kept, and for whom."""

    title = forms.CharField(label="名称", max_length=LONGEST_TITLE, help_text="例如：各支部女党员学历。")
    is_shared = forms.BooleanField(
        label="共享给本组织和下级",
        required=False,
        help_text="别人看到的是这个统计怎么做，数字按各人自己的党组织和权限来数。",
    )


class ChangeForm(EditForm, SaveForm):
    """Another name for a question that is kept, shared or no more."""
