"""Writes the Word templates of all apps anew: ``python -m tools.papers``, after a change of a ``documents/build.py``."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django

SOURCE = Path(__file__).resolve().parent.parent / "src"


def builders() -> Iterator[ModuleType]:
    """The modules that build Word templates."""
    for path in sorted(SOURCE.glob("dangjian/**/documents/build.py")):
        yield import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts))


def main() -> None:
    """Write them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangjian.config.settings")
    django.setup()  # the builders stand beside what reads the database
    for module in builders():
        for name, build in module.BUILT.items():
            build().save(module.FOLDER / name)
            print(module.FOLDER.relative_to(SOURCE) / name)


if __name__ == "__main__":
    main()
