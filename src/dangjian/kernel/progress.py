"""How far the background is with a piece of work, and the part of a page that shows it.

A row that the background works on says it by a ``Progress``; its page includes the part, which asks for itself every second::

    {% if paper.is_under_way %}{% include "ui/progress.html" with progress=paper.progress url=progress_url %}{% endif %}

and the address of the part is one line::

    return progress_part(request, paper.progress, page=reverse("meetings:register_paper", args=[paper.pk]))

Work that writes piece by piece keeps its share in its row. Work that is one transaction cannot: nobody else could read what it
has written, and on SQLite nobody else could write. It reports to a small file by a ``Track``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.kernel.gate import Request

WAITING = "等待后台处理"


@dataclass(frozen=True, slots=True)
class Progress:
    """``share`` in percent, and what is being done; ``is_over`` once the page has something else to show."""

    share: int = 0
    text: str = WAITING
    is_over: bool = False


def progress_part(request: Request, progress: Progress, *, page: str) -> HttpResponse:
    """The part as it stands; once the work is over the page shows itself anew. Opened by hand, the address leads to ``page``."""
    if not request.htmx:
        return redirect(page)
    response = render(request, "ui/progress.html", {"progress": progress, "url": request.path})
    if progress.is_over:
        response["HX-Refresh"] = "true"
    return response


@dataclass(frozen=True, slots=True)
class Track:
    """The file in which work that is one transaction says how far it is; ``kind`` and ``pk`` name the work."""

    kind: str
    pk: int

    @property
    def _path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "progress" / f"{self.kind}-{self.pk}"

    def read(self) -> Progress:
        """How far it is; nothing at all before the first report."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            return Progress(int(found["share"]), str(found["text"]))
        except (OSError, ValueError, KeyError):
            return Progress()

    def clear(self) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)

    def reporter(self, text: str, total: int, *, begin: int = 0, end: int = 100) -> Callable[[int], None]:
        """To be called with the number done so far of ``total``; it fills the stretch from ``begin`` to ``end`` percent."""
        last = -1

        def report(done: int) -> None:
            nonlocal last
            share = begin + (end - begin) * min(done, total) // max(total, 1)
            if share != last:
                last = share
                self._write(share, text)

        report(0)
        return report

    def _write(self, share: int, text: str) -> None:
        path = self._path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps({"share": share, "text": text}, ensure_ascii=False), encoding="utf-8")
        draft.replace(path)
