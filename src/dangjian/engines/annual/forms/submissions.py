"""What is typed when a report is confirmed, sent back or taken back."""

from django import forms

from dangjian.engines.annual.actions.submissions import LONGEST_NOTE, LONGEST_REASON
from dangjian.org.forms import ActionForm


class SubmitForm(ActionForm):
    """A word about the figures."""

    note = forms.CharField(
        label="说明",
        max_length=LONGEST_NOTE,
        required=False,
        help_text="核对全部一致的不用填；有核对不平、又确实无误的，写明原因。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(ActionForm):
    """Why a report goes back."""

    reason = forms.CharField(
        label="原因",
        max_length=LONGEST_REASON,
        error_messages={"required": "请写明原因"},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
