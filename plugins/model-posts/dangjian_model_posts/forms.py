"""Input of the plugin's pages."""

from typing import Any

from django import forms

from dangjian.kernel import clock
from dangjian.kernel.forms import field_of
from dangjian.kernel.ui.forms import PersonChoice
from dangjian.members.models import Member
from dangjian.org.choosing import OrganizationField
from dangjian.org.models import Organization


class PostForm(forms.Form):
    """Who gets which model post."""

    member = forms.ModelChoiceField(label="党员", queryset=None, widget=PersonChoice)
    title = forms.CharField(label="岗位名称", max_length=60)
    promise = forms.CharField(label="岗位承诺", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "member", forms.ModelChoiceField).queryset = Member.objects.counted()


class ReviewForm(forms.Form):
    """What a review found."""

    organization = OrganizationField(label="党支部", kinds=("branch",))
    reviewed_on = forms.DateField(label="评议日期", initial=clock.today)
    finding = forms.CharField(label="评议意见", max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        branches = Organization.objects.standing().filter(kind="branch")[:2]
        if len(branches) == 1:
            self.fields["organization"].initial = branches[0]
