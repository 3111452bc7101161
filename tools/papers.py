"""Writes the Word templates of all apps anew: ``python -m tools.papers``, after a change of a ``documents/build.py``."""

import os
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import django

SOURCE = Path(__file__).resolve().parent.parent / "src"


def builders() -> Iterator[ModuleType]:
    """The modules that build Word templates."""
    for path in sorted(SOURCE.glob("dangjian/**/documents/build.py")):
        yield import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))


def main() -> None:
    """Write those that differ from what is there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangjian.config.settings")
    django.setup()  # the builders stand beside what reads the database
    for module in builders():
        for name, build in module.BUILT.items():
            file, made = module.FOLDER / name, BytesIO()
            build().save(made)
            if not file.exists() or parts(made) != parts(file):
                file.write_bytes(made.getvalue())
                print(file.relative_to(SOURCE))


def parts(file: Path | BytesIO) -> dict[str, bytes]:
    """What a Word file is made of, without the time at which it was."""
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


if __name__ == "__main__":
    main()
