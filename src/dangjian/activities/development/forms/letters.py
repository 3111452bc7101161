"""What is typed about letters of the political review: input becomes the keywords of an action."""

from typing import Any

from django import forms

from dangjian.activities.development.models import ReviewLetter
from dangjian.activities.development.queries.letters import OF_OTHERS, RELATIONS, due_from
from dangjian.kernel import clock
from dangjian.kernel.editing import EditForm
from dangjian.kernel.forms import Data, FilesField, ManyFiles, PersonNameField
from dangjian.kernel.ui.forms import SuggestInput
from dangjian.org.forms import ActionForm

FIELDS = ("about", "relation", "to", "questions", "due_on")


class LetterForm(EditForm):
    """About whom, to whom, what is asked, until when; begins with what is there, or with what is usual."""

    about = PersonNameField(label="被调查人")
    relation = forms.CharField(
        label="与申请人的关系", max_length=20, widget=SuggestInput(suggestions=RELATIONS), help_text="例如：本人、父亲、配偶。"
    )
    to = forms.CharField(label="收函单位", max_length=120, help_text="被调查人所在单位的党组织，例如：虚构县虚构镇党委。")
    questions = forms.CharField(label="需要了解的情况", max_length=1000, widget=forms.Textarea(attrs={"rows": 7}))
    due_on = forms.DateField(label="请于何日前函复")

    def __init__(self, data: Data = None, *, letter: ReviewLetter | None = None) -> None:
        usual: dict[str, Any] = {"questions": OF_OTHERS, "due_on": due_from(clock.today())}
        there = {name: getattr(letter, name) for name in FIELDS} if letter else usual
        super().__init__(data, initial=there)


class SendForm(ActionForm):
    """When it was sent."""

    sent_on = forms.DateField(label="发函日期", initial=clock.today)


class AnswerForm(ActionForm):
    """What came back."""

    returned_on = forms.DateField(label="回函日期", initial=clock.today)
    answer = forms.CharField(
        label="函复内容", required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="内容加密保存，谁看过都有记录。"
    )
    scans = FilesField(
        label="回函照片或扫描件",
        required=False,
        widget=ManyFiles(attrs={"accept": "image/*,.pdf"}),
        help_text="可以一次选多个，手机上可以直接拍照。归入政审材料。",
    )


class CancelForm(ActionForm):
    """Why."""

    reason = forms.CharField(label="作废原因", max_length=200)


class TakeBackForm(ActionForm):
    """Why."""

    reason = forms.CharField(label="撤销原因", max_length=200, help_text="例如：登记到别的函上了。")
