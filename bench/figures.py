"""How big the product is and how much of it is repeated: printed to be compared before and after a change of the kit.

    make figures

Product Python is everything in ``src/dangjian`` but migrations; templates are counted without what packages bring.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ROOT / "src" / "dangjian"
WIDE = 120
KIT = "kernel"


def python_files() -> list[Path]:
    """The product's own modules."""
    return sorted(path for path in PRODUCT.rglob("*.py") if "migrations" not in path.parts)


def templates() -> list[Path]:
    """The product's own templates."""
    return sorted(path for path in PRODUCT.rglob("*.html") if "vendor" not in path.parts and "templates" in path.parts)


def lines_of(paths: Iterable[Path]) -> list[str]:
    """All lines of the files."""
    return [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def uses(pattern: str, paths: Iterable[Path]) -> int:
    """How often a regular expression matches in the files."""
    return sum(len(re.findall(pattern, path.read_text(encoding="utf-8"))) for path in paths)


def longest_function(paths: Iterable[Path]) -> tuple[int, str]:
    """Lines of the longest function, without its decorators, and where it stands."""
    return max(_functions(paths))


def _functions(paths: Iterable[Path]) -> Iterator[tuple[int, str]]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                yield node.end_lineno - node.lineno + 1, f"{path.relative_to(PRODUCT)}:{node.name}"


def main() -> None:
    """Print one figure a line."""
    python, pages = python_files(), templates()
    markup = lines_of(pages)
    wide = sum(len(line) > WIDE for line in markup)
    longest_file = max((len(lines_of([path])), str(path.relative_to(PRODUCT))) for path in python)
    longest_page = max((len(lines_of([path])), str(path.relative_to(PRODUCT))) for path in pages)
    function = longest_function(python)
    outside = [path for path in python if path.relative_to(PRODUCT).parts[0] != KIT]
    floors = [path.name for path in PRODUCT.iterdir() if (path / "__init__.py").exists()]
    figures: list[tuple[str, str]] = [
        ("product Python, lines", f"{len(lines_of(python)):,}"),
        (f"… outside {KIT}", f"{len(lines_of(outside)):,}"),
        ("tests, lines", f"{len(lines_of((ROOT / 'tests').rglob('*.py'))):,}"),
        ("templates, lines", f"{len(markup):,} in {len(pages)} files"),
        (f"… longer than {WIDE}", f"{wide:,} ({wide / len(markup):.0%})"),
        ("longest template", f"{longest_page[0]} lines, {longest_page[1]}"),
        ("longest file", f"{longest_file[0]} lines, {longest_file[1]}"),
        ("longest function", f"{function[0]} lines, {function[1]}"),
        ('unscoped("…")', str(uses(r'\bunscoped\("', python))),
        ("… in views, forms, panels, API", str(uses(r'\bunscoped\("', _pages(python)))),
        ("Any", str(uses(r"\bAny\b", python))),
        ("Paginator(", str(uses(r"Paginator\(", python))),
        ("SORTS", str(uses(r"(?m)^SORTS\b", python))),
        ("request.GET", str(uses(r"request\.GET\b", python))),
        ("<table", str(uses(r"<table\b", pages))),
        (f"… without {KIT} and papers", str(uses(r"<table\b", _written_pages(pages)))),
        ("import floors", f"{len(floors)}: {', '.join(sorted(floors))}"),
    ]
    for title, figure in figures:
        print(f"  {title:32} {figure}")


def _pages(paths: Iterable[Path]) -> list[Path]:
    names = {"views", "forms", "panels", "api"}
    return [path for path in paths if names & {*path.relative_to(PRODUCT).with_suffix("").parts}]


def _written_pages(paths: Iterable[Path]) -> list[Path]:
    """Templates of pages that are no part of the kit."""
    return [path for path in paths if "documents" not in path.parts and path.relative_to(PRODUCT).parts[0] != KIT]


if __name__ == "__main__":
    main()
