"""What is typed about feedback: input becomes the keywords of an action."""

from collections.abc import Mapping, Sequence
from typing import Unpack

from django import forms

from dangjian.activities.feedback.models import Kind
from dangjian.kernel.forms import Cleaned, Data, Files, FormOptions, field_of
from dangjian.kernel.ui.forms import RadioCards
from dangjian.org.forms import ActionForm
from dangjian.org.models import Organization

KIND_NOTES = {
    Kind.TROUBLE.value: "平台哪里不好用、不会用、出了错",
    Kind.SUGGESTION.value: "怎样改进工作、减轻负担",
    Kind.COMPLAINT.value: "事情办得不对、没有人办",
}


class _OneOf(ActionForm):
    """A form that names one of some organisations by its number."""

    organizations: Sequence[Organization] = ()

    def offer(self, organizations: Sequence[Organization]) -> None:
        """Let one of these be chosen."""
        self.organizations = organizations
        field_of(self, "organization", forms.ChoiceField).choices = [(str(one.pk), one.short_name) for one in organizations]

    def keywords(self) -> Cleaned:
        """With the organisation itself."""
        chosen = self.cleaned_data["organization"]
        return {**self.cleaned_data, "organization": next(one for one in self.organizations if str(one.pk) == chosen)}


class WriteForm(_OneOf):
    kind = forms.ChoiceField(label="类型", choices=Kind.choices, initial=Kind.TROUBLE, widget=RadioCards(notes=KIND_NOTES))
    organization = forms.ChoiceField(label="由谁办理", widget=RadioCards())
    title = forms.CharField(label="什么事", help_text="一句话，例如：请假以后名册上还显示缺席。")
    text = forms.CharField(label="具体情况", widget=forms.Textarea(attrs={"rows": 6}))

    def __init__(
        self, data: Data = None, files: Files = None, *, organizations: Sequence[Organization], **more: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **more)
        self.offer(organizations)
        if organizations:
            self.fields["organization"].initial = str(organizations[-1].pk)


class AddForm(ActionForm):
    text = forms.CharField(label="补充", widget=forms.Textarea(attrs={"rows": 3}))


class AnswerForm(ActionForm):
    text = forms.CharField(label="答复", help_text="提出人会收到。", widget=forms.Textarea(attrs={"rows": 5}))


class AssignForm(ActionForm):
    user_id = forms.TypedChoiceField(label="办理人", coerce=int)

    def __init__(
        self, data: Data = None, files: Files = None, *, handlers: Mapping[int, str], **more: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **more)
        field_of(self, "user_id", forms.TypedChoiceField).choices = [(str(pk), name) for pk, name in handlers.items()]


class PassOnForm(_OneOf):
    organization = forms.ChoiceField(label="转交给")
    note = forms.CharField(label="为什么转交", help_text="提出人会看到。")

    def __init__(
        self, data: Data = None, files: Files = None, *, organizations: Sequence[Organization], **more: Unpack[FormOptions]
    ) -> None:
        super().__init__(data, files, **more)
        self.offer(organizations)
