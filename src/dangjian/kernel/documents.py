"""Documents from templates: Word by docxtpl, PDF by WeasyPrint. Nothing is ever fetched from a network.

render_docx(BASE / "letter.docx", {"name": "张三", "body": "…"}, title="通知", author="虚构公司党委")
render_pdf(render_to_string("meetings/minutes_pdf.html", context), base_url=PACKAGE / "site" / "static")
"""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from dangjian.kernel import clock
from dangjian.kernel.errors import Conflict


def render_docx(template_path: Path, context: Mapping[str, object], *, title: str, author: str) -> bytes:
    """The Word document that the template at ``template_path`` gives with ``context``.

    Its properties, which an archive keeps with it, say its ``title``, the unit that made it (``author``) and when.

    Values may hold any text, ``<`` and ``&`` included. A name the template uses and ``context`` lacks raises
    ``jinja2.UndefinedError``: a document with a silent gap would be signed.
    """
    template = DocxTemplate(template_path)
    template.render(dict(context), jinja_env=SandboxedEnvironment(undefined=StrictUndefined, autoescape=True), autoescape=True)
    _describe(template.docx, title, author)
    file = io.BytesIO()
    template.save(file)
    return file.getvalue()


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
