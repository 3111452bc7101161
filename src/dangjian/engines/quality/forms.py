"""What is typed about flaws."""

from django import forms

from dangjian.engines.quality.actions.answering import LONGEST
from dangjian.org.forms import ActionForm


class ExplainForm(ActionForm):
    """Why a record stays as it is."""

    explanation = forms.CharField(
        label="原因",
        max_length=LONGEST,
        help_text="例如：本人档案中没有记载，已向原单位去函。本级和上级能看到。",
        error_messages={"required": "请写明原因"},
    )


class FinishForm(ActionForm):
    """Why what is left could not be mended this month."""

    note = forms.CharField(
        label="没有补正的原因",
        max_length=LONGEST,
        help_text="例如：3名党员正在找毕业证，下月补。没有补正的留在清单里，下个月再办。",
        error_messages={"required": "请写明没有补正的原因"},
    )
