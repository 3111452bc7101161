"""A style sheet of several files is sent as one."""

from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import override_settings

from dangjian.kernel.ui.storage import OneSheetStorage

FILES = {
    "kit/all.css": '/* The kit. */\n@import "parts/base.css";\n@import "parts/forms.css";\n',
    "kit/parts/base.css": "a {\n  color: red;\n}\n",
    "kit/parts/forms.css": "b {\n  color: red;\n}\n",
    "kit/alone.css": "i {\n  color: red;\n}\n",
}


@pytest.fixture
def stored(tmp_path: Path) -> OneSheetStorage:
    """The files, collected and stored."""
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    found = FileSystemStorage(source)
    with override_settings(WHITENOISE_KEEP_ONLY_HASHED_FILES=False):
        storage = OneSheetStorage(target, "/static/")
        outcome = list(storage.post_process({name: (found, name) for name in FILES}))
    assert [each for each in outcome if isinstance(each[2], Exception)] == []
    return storage


def test_imported_files_stand_where_they_are_imported(stored: OneSheetStorage) -> None:
    name = stored.stored_name("kit/all.css")
    text = Path(stored.path(name)).read_text()
    assert text == "/* The kit. */\n" + FILES["kit/parts/base.css"] + FILES["kit/parts/forms.css"]


def test_a_sheet_without_imports_stays_as_it_is(stored: OneSheetStorage) -> None:
    assert Path(stored.path(stored.stored_name("kit/alone.css"))).read_text() == FILES["kit/alone.css"]
