"""Showing a refusal where the person can mend it."""

from django import forms

from dangjian.kernel.errors import Refusal


def show_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Put the messages of ``refusal`` beside the fields they belong to, the sentence above the form."""
    for name, text in refusal.fields.items():
        form.add_error(name if name in form.fields else None, text)
    lines = [refusal.message, refusal.how, f"依据：{refusal.citation}" if refusal.citation else ""]
    form.add_error(None, "".join(line for line in lines if line))
