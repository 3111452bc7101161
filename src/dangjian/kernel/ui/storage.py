"""How static files are stored for serving: a style sheet of several files is sent as one."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORT = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)


class OneSheetStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Puts the files that a style sheet imports in the places where it imports them, then names by content and compresses.

    A browser that gets the files as they are reads them in the same order, only one round trip later.
    """

    def post_process(self, paths: dict[str, tuple[Storage, str]], dry_run: bool = False, **options: object) -> Iterator[Any]:
        """Each file that was collected, as Django wants it; a style sheet with imports is replaced by the whole."""
        whole = dict(paths)
        for name, (source, path) in paths.items():
            text = _text(source, path) if name.endswith(".css") else ""
            if dry_run or not IMPORT.search(text):
                continue
            self.delete(name)
            self._save(name, ContentFile(IMPORT.sub(lambda found: _imported(paths, name, found[1]), text)))  # noqa: B023 - called at once
            whole[name] = (self, name)
        yield from super().post_process(whole, dry_run, **options)


def _imported(paths: dict[str, tuple[Storage, str]], sheet: str, address: str) -> str:
    return _text(*paths[posixpath.join(posixpath.dirname(sheet), address)])


def _text(source: Storage, path: str) -> str:
    with source.open(path) as file:
        return bytes(file.read()).decode()
