"""Files of a meeting."""

from django import forms

from dangjian.activities.meetings.models import AttachmentKind
from dangjian.kernel.ui.forms import Segmented


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; cleaned to a list."""

    widget = _ManyFiles

    def clean(self, data: object, initial: object = None) -> list[object]:
        """Check each file by itself."""
        files = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    """Several files of one kind."""

    kind = forms.ChoiceField(label="类别", choices=AttachmentKind.choices, initial=AttachmentKind.PHOTO, widget=Segmented)
    uploads = FilesField(
        label="文件",
        help_text="可以一次选多个，手机上可以直接拍照。照片里的拍摄地点等信息会自动去掉。每个不超过20MB，一次合计不超过100MB。",
        widget=_ManyFiles(attrs={"accept": "image/*,.pdf,.docx,.xlsx,.pptx"}),
    )
