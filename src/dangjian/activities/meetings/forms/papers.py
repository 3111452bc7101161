"""Files of a meeting."""

from django import forms

from dangjian.activities.meetings.models import AttachmentKind
from dangjian.kernel.files import SCANS_ACCEPTED, sizes
from dangjian.kernel.forms import FilesField, ManyFiles
from dangjian.kernel.ui.forms import Segmented


class UploadForm(forms.Form):
    """Several files of one kind."""

    kind = forms.ChoiceField(label="类别", choices=AttachmentKind.choices, initial=AttachmentKind.PHOTO, widget=Segmented)
    uploads = FilesField(
        label="文件",
        help_text=f"可以一次选多个，手机上可以直接拍照。照片里的拍摄地点等信息会自动去掉。{sizes()}",
        widget=ManyFiles(attrs={"accept": f"{SCANS_ACCEPTED},.docx,.xlsx,.pptx"}),
    )
