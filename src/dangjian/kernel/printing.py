"""PDF by WeasyPrint: the part of ``kernel.documents`` that needs Pango. Import it only to print.

WeasyPrint takes a second to load and raises ``OSError`` where Pango is missing; neither may keep the platform from starting.
"""

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse, URLFetchingError

SANS: Final = '"Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif'
SERIF: Final = '"Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "FangSong", "Noto Sans CJK SC", serif'

_BASE_STYLE: Final = f"""
@page {{ size: A4; margin: 25mm 22mm; @bottom-center {{ content: counter(page) " / " counter(pages); font: 9pt {SANS}; }} }}
html {{ font-family: {SERIF}; font-size: 12pt; line-height: 1.6; }}
h1, h2, h3, th {{ font-family: {SANS}; }}
table {{ border-collapse: collapse; }}
tr {{ break-inside: avoid; }}
"""


class _LocalFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Opens files below the given folders and embedded data, and nothing else."""

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__(allowed_protocols=["data", "file"], fail_on_errors=False)
        self.folders = [folder.resolve() for folder in folders]

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """The file or data at ``url``. :raises URLFetchingError: for anything else."""
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        path = Path(unquote(parts.path)).resolve()
        inside = parts.scheme == "file" and any(path.is_relative_to(folder) for folder in self.folders)
        if not inside or not path.is_file():
            raise URLFetchingError(f"not a file of this document: {url}")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.open("rb"), headers={"Content-Type": kind})


def printed(html: str, base_url: Path | None, folders: Sequence[Path]) -> bytes:
    """See ``kernel.documents.render_pdf``."""
    allowed = [*([base_url] if base_url else []), *folders]
    document = HTML(
        string=html, base_url=f"{base_url.resolve().as_uri()}/" if base_url else None, url_fetcher=_LocalFiles(allowed)
    )
    pdf: bytes = document.write_pdf(stylesheets=[CSS(string=_BASE_STYLE)])
    return pdf
