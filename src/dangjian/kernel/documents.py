"""Documents from templates: Word by docxtpl, PDF by WeasyPrint. Nothing is ever fetched from a network.

render_docx(BASE / "letter.docx", {"name": "张三", "body": "…"}, title="通知", author="虚构公司党委")
render_pdf(render_to_string("meetings/minutes_pdf.html", context), base_url=PACKAGE / "site" / "static")

A paper that is both says ``render("docx", word=…, page=…, context)``; its Word template is built by ``kernel.word``.
"""

import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, cast

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict, NotFound

Form = Literal["docx", "pdf"]
TYPES: Final[Mapping[str, str]] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
"""What browsers call the forms in which papers are made."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What no document may hold, and what docxtpl would take for the end of a paragraph or page."""


def form_of(text: str) -> Form:
    """The form that an address asks for. Raises ``NotFound``."""
    if text not in TYPES:
        raise NotFound
    return cast("Form", text)


def render(form: Form, *, word: Path, page: str, context: Mapping[str, Any], title: str, author: str) -> bytes:
    """A paper in the form that is asked for: from the Word template ``word``, or as the PDF of the HTML template ``page``."""
    if form == "docx":
        return render_docx(word, context, title=title, author=author)
    return render_pdf(render_to_string(page, dict(context)))


def download(content: bytes, name: str) -> HttpResponse:
    """``content`` as a file that people keep under ``name``, whose ending says what it is."""
    response = HttpResponse(content, content_type=TYPES[name.rpartition(".")[2]])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def render_docx(template_path: Path, context: Mapping[str, object], *, title: str, author: str) -> bytes:
    """The Word document that the template at ``template_path`` gives with ``context``.

    Its properties, which an archive keeps with it, say its ``title``, the unit that made it (``author``) and when.

    Values may hold any text, ``<``, ``&`` and ``{{ }}`` included; control characters are dropped. A name the template uses and
    ``context`` lacks raises ``jinja2.UndefinedError``: a document with a silent gap would be signed.
    """
    template = DocxTemplate(template_path)
    words = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=_without_control)
    template.render(dict(context), jinja_env=words, autoescape=True)
    _describe(template.docx, title, author)
    file = io.BytesIO()
    template.save(file)
    return file.getvalue()


def _without_control(value: Any) -> Any:
    return _CONTROL.sub("", value) if type(value) is str else value


def _describe(document: Any, title: str, author: str) -> None:
    about, now = document.core_properties, clock.now().astimezone(dt.UTC).replace(tzinfo=None)
    about.title, about.author, about.last_modified_by = title[:255], author[:255], author[:255]
    about.created = about.modified = now
    about.comments = about.keywords = about.subject = about.category = ""
    about.revision = 1
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        relations.pop(key)  # the picture of the page that python-docx begins with


def render_pdf(html: str, base_url: Path | None = None, *, folders: Sequence[Path] = ()) -> bytes:
    """The PDF, A4 with page numbers, of a whole HTML document. Raises ``Conflict`` where the server lacks Pango.

    :param base_url: the folder against which relative addresses are read; files in it may be used.
    :param folders: further folders whose files may be used. Whatever lies elsewhere, on the disk or the net, is left out.
    """
    try:
        from dangjian.kernel.printing import printed  # noqa: PLC0415 - see there
    except OSError as error:
        raise Conflict(
            "服务器还不能生成 PDF：缺少系统组件 Pango。", how="请系统管理员按部署说明安装；现在可以先下载 Word 版。"
        ) from error
    return printed(html, base_url, folders)
