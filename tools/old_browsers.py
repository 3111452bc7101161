"""Whether style sheets, scripts and templates keep to browsers that offices really have, and are written one declaration a line.

    python -m tools.old_browsers

Everything looks right on Chromium 88 and Safari 14.1, and everything can be done on Chromium 80 (docs/browsers.md). So what came
after Chromium 80 or Safari 14 is named here, unless it does no harm where it is missing: ``HARMLESS`` and ``GUARDED`` say why.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinycss2

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("src", "plugins")
CHROMIUM, SAFARI = 80, 14.0


@dataclass(frozen=True)
class Feature:
    """What a pattern stands for, and the first versions of both engines that know it."""

    pattern: str
    chromium: int
    safari: float

    def found(self, text: str) -> bool:
        """Whether a text uses it."""
        return re.search(self.pattern, text) is not None

    @property
    def is_newer(self) -> bool:
        """Whether the oldest browsers do not know it."""
        return self.chromium > CHROMIUM or self.safari > SAFARI

    def __str__(self) -> str:
        return f"Chromium {self.chromium}, Safari {self.safari}"


AT_RULES = {
    "@layer": Feature(r"^layer$", 99, 15.4),
    "@container": Feature(r"^container$", 105, 16),
    "@scope": Feature(r"^scope$", 118, 17.4),
    "@property": Feature(r"^property$", 85, 16.4),
    "@starting-style": Feature(r"^starting-style$", 117, 17.5),
    "@view-transition": Feature(r"^view-transition$", 126, 18.2),
}
QUERIES = {
    "a range in a media query": Feature(r"[<>]", 104, 16.4),
    "not without a medium": Feature(r"\bnot\s*\(", 104, 16.4),
    "or in a media query": Feature(r"\)\s*or\s*\(", 104, 16.4),
}
SELECTORS = {
    ":has()": Feature(r":has\(", 105, 15.4),
    ":is()": Feature(r":is\(", 88, 14),
    ":where()": Feature(r":where\(", 88, 14),
    "a list in :not()": Feature(r":not\([^()]*(\([^()]*\)[^()]*)*,", 88, 9),
    "a list in :nth-child()": Feature(r":nth-(last-)?child\([^)]*\bof\b", 111, 9),
    ":focus-visible": Feature(r":focus-visible", 86, 15.4),
    ":popover-open": Feature(r":popover-open", 114, 17),
    ":user-invalid": Feature(r":user-(in)?valid", 119, 16.5),
    ":modal": Feature(r":modal\b", 105, 15.6),
    ":open": Feature(r":open\b", 133, 26),
    "::backdrop": Feature(r"::backdrop", 37, 15.4),
    "::marker": Feature(r"::marker", 86, 11.1),
    "::file-selector-button": Feature(r"::file-selector-button", 89, 14.1),
    "a rule within a rule": Feature(r"&", 112, 16.5),
}
PROPERTIES = {
    "inset": Feature(r"^inset(-(block|inline).*)?$", 87, 14.1),
    "a logical shorthand": Feature(r"^(margin|padding)-(inline|block)$|^border-(inline|block)(-(color|style|width))?$", 87, 14.1),
    "aspect-ratio": Feature(r"^aspect-ratio$", 88, 15),
    "accent-color": Feature(r"^accent-color$", 93, 15.4),
    "rotate, translate, scale": Feature(r"^(rotate|translate|scale)$", 104, 14.1),
    "container-type": Feature(r"^container(-type|-name)?$", 105, 16),
    "appearance without its prefix": Feature(r"^appearance$", 84, 15.4),
    "overscroll-behavior": Feature(r"^overscroll-behavior", 63, 16),
    "text-underline-offset": Feature(r"^text-underline-offset$", 87, 12.1),
    "text-wrap": Feature(r"^text-wrap$", 114, 17.5),
    "text-autospace": Feature(r"^text-autospace$", 120, 18.4),
    "field-sizing": Feature(r"^field-sizing$", 123, 26.2),
    "scrollbar-width": Feature(r"^scrollbar-(width|gutter|color)$", 121, 18.2),
    "color-scheme": Feature(r"^color-scheme$", 81, 13),
    "content-visibility": Feature(r"^content-visibility$", 85, 18),
    "anchor positioning": Feature(r"^(anchor-name|position-anchor|position-area)$", 125, 26),
    "view-transition-name": Feature(r"^view-transition-name$", 111, 18),
}
VALUES = {
    "dvh, svh, lvh": Feature(r"\d[dsl]v(h|w|min|max|i|b)\b", 108, 15.4),
    "units of a container": Feature(r"\dcq(w|h|i|b|min|max)\b", 105, 16),
    "color-mix() and its like": Feature(r"\b(color-mix|oklch|oklab|lab|lch|light-dark|color)\(", 111, 15),
    "overflow-wrap: anywhere": Feature(r"^anywhere$", 80, 15.4),
    "overflow: clip": Feature(r"^clip$", 90, 16),
    "subgrid": Feature(r"\bsubgrid\b", 117, 16),
    "round(), mod(), sin() and their like": Feature(r"\b(round|mod|rem|sin|cos|tan|pow|sqrt|abs|sign)\(", 111, 15.4),
}
SCRIPTS = {
    "replaceAll()": Feature(r"\.replaceAll\(", 85, 13.1),
    "??=, ||=, &&=": Feature(r"(\?\?|\|\||&&)=", 85, 14),
    "at()": Feature(r"\.at\(", 92, 15.4),
    "Object.hasOwn()": Feature(r"Object\.hasOwn\b", 93, 15.4),
    "Object.groupBy()": Feature(r"\bgroupBy\(", 117, 17.4),
    "structuredClone()": Feature(r"\bstructuredClone\(", 98, 15.4),
    "findLast()": Feature(r"\.findLast(Index)?\(", 97, 15.4),
    "toSorted() and its like": Feature(r"\.(toSorted|toReversed|toSpliced|with)\(", 110, 16),
    "methods of sets": Feature(r"\.(isSubsetOf|isSupersetOf|symmetricDifference)\(", 122, 17),
    "Promise.any()": Feature(r"Promise\.any\(", 85, 14),
    "Promise.withResolvers()": Feature(r"withResolvers\(", 119, 17.4),
    "replaceChildren()": Feature(r"\.replaceChildren\(", 86, 14),
    "crypto.randomUUID()": Feature(r"randomUUID\(", 92, 15.4),
    "AbortSignal.timeout()": Feature(r"AbortSignal\.(timeout|any)\(", 103, 16),
    "checkVisibility()": Feature(r"\.checkVisibility\(", 105, 17.4),
    "showPicker()": Feature(r"\.showPicker\(", 99, 16),
    "popovers": Feature(r"(show|hide|toggle)Popover\(", 114, 17),
    "startViewTransition()": Feature(r"startViewTransition\(", 111, 18),
    "the button of a submit event": Feature(r"\.submitter\b", 81, 15.4),
    "requestSubmit()": Feature(r"\.requestSubmit\(", 76, 16),
    "showModal()": Feature(r"\.showModal\(", 37, 15.4),
    "requestFullscreen()": Feature(r"\.requestFullscreen\b", 71, 16.4),
    "private members": Feature(r"\bthis\.#|^\s*(static\s+)?#\w+", 84, 15),
    "the flag d, v of an expression": Feature(r"/[gimsuy]*[dv][gimsuy]*[.,;)]", 90, 15),
}
MARKUP = {
    "popover": Feature(r"\spopover(target)?[\s=>]", 114, 17),
    "inert": Feature(r"<\w[^<>]*\sinert[\s=>]", 102, 15.5),
    "<search>": Feature(r"<search\b", 118, 17),
    "a button's command": Feature(r"\scommandfor=", 135, 26.2),
}

HARMLESS = {
    ":focus-visible": "the browser's own ring is there instead",
    "::backdrop": "dialogs without one are laid over the page by a rule of their own",
    "::file-selector-button": "the browser's own button is there instead",
    "aspect-ratio": "a photo is then as high as it is",
    "accent-color": "ticks have the browser's colour",
    "overscroll-behavior": "the page behind may scroll along",
    "text-underline-offset": "the line is nearer to the text",
    "text-wrap": "a heading breaks elsewhere",
    "text-autospace": "no thin gaps between Chinese and Latin",
    "field-sizing": "a field does not grow while one types; it can be drawn larger",
    "scrollbar-width": "a rule for ::-webkit-scrollbar stands beside it",
    "color-scheme": "only the light one is there",
    "container-type": "it does nothing by itself",
    "@container": "the same rules stand in @supports not (container-type: inline-size)",
}
"""Features that may be missing. A selector of them stands in a rule of its own, as a browser drops a rule that it cannot read."""

BEFORE = {"appearance without its prefix": "-webkit-appearance", "overflow-wrap: anywhere": "word-break"}
"""Features that need another property before them in the same rule, which says the same to older browsers."""

KIT_SCRIPT = "src/dangjian/kernel/ui/static/ui/dangjian.js"
GUARDED = {
    (KIT_SCRIPT, "the button of a submit event"): "the button that was pressed last is taken instead",
    (KIT_SCRIPT, "requestSubmit()"): "a button is pressed instead",
    (KIT_SCRIPT, "showModal()"): "the dialog is laid over the page instead",
    ("src/dangjian/activities/meetings/static/meetings/meetings.js", "requestFullscreen()"): "asked for before it is called",
}
"""Features that a script uses only where they are, each with what it does otherwise."""


def main() -> int:
    """Name what is found, one a line."""
    found = [problem for path in files() for problem in problems(str(path.relative_to(ROOT)), path.read_text("utf-8"))]
    print("\n".join(found) if found else "Style sheets and scripts keep to the browsers of docs/browsers.md.")
    return 1 if found else 0


def files() -> list[Path]:
    """The style sheets, scripts and templates of the product and its plugins, without those of others."""
    every = (path for folder in FOLDERS for ending in ("css", "js", "html") for path in (ROOT / folder).rglob(f"*.{ending}"))
    return sorted(path for path in every if not {"vendor", "devtools"} & set(path.parts))


def problems(path: str, text: str) -> list[str]:
    """What is wrong with a file, each with its place."""
    match path.rpartition(".")[2]:
        case "css":
            lines = [*_crowded(text), *_of_sheet(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))]
        case "js":
            lines = list(_of_script(path, text))
        case _:
            lines = [*_bare_wraps(text)]
            lines += [
                (number, name, one) for number, line in enumerate(text.splitlines(), 1) for name, one in _uses(MARKUP, line)
            ]
    return [f"{path}:{line}: {name}" + (f" ({feature})" if feature else "") for line, name, feature in lines]


Problem = tuple[int, str, Feature | None]


def _uses(table: dict[str, Feature], text: str) -> Iterator[tuple[str, Feature]]:
    for name, feature in table.items():
        if feature.is_newer and feature.found(text):
            yield name, feature


def _bare_wraps(text: str) -> Iterator[Problem]:
    """Cards in a frame that would be drawn around them on a phone; the style sheet does not look inside."""
    for found in re.finditer(r'class="table-wrap"[^<>]*>\s*<table\s+class="table cards', text):
        yield text.count("\n", 0, found.start()) + 1, "table-wrap of-cards is meant", None


def _crowded(text: str) -> Iterator[Problem]:
    """Lines that hold more than one declaration, or a declaration beside a brace."""
    bare = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    bare = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'|\([^()]*\)", "", bare)
    for number, line in enumerate(bare.splitlines(), 1):
        marks = re.sub(r"[^{};]", "", line)
        if len(marks) > 1 or (marks and not line.rstrip().endswith(marks)) or (marks == "}" and line.strip() != "}"):
            yield number, "one declaration or one brace a line", None


def _of_sheet(rules: list[Any], *, guarded: bool = False) -> Iterator[Problem]:
    for rule in rules:
        if rule.type == "at-rule":
            yield from _of_at_rule(rule, guarded=guarded)
        elif rule.type == "qualified-rule":
            yield from _of_selectors(rule)
            yield from _of_declarations(rule, guarded=guarded)
        elif rule.type == "error":
            yield rule.source_line, rule.message, None


def _of_at_rule(rule: Any, *, guarded: bool) -> Iterator[Problem]:
    for name, feature in _uses(AT_RULES, rule.lower_at_keyword):
        if name not in HARMLESS:
            yield rule.source_line, name, feature
    if rule.lower_at_keyword == "media":
        yield from ((rule.source_line, name, feature) for name, feature in _uses(QUERIES, tinycss2.serialize(rule.prelude)))
    if rule.content is None or rule.lower_at_keyword in ("keyframes", "page", "font-face"):
        return
    inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
    yield from _of_sheet(inside, guarded=guarded or rule.lower_at_keyword in ("supports", "container"))


def _of_selectors(rule: Any) -> Iterator[Problem]:
    text = tinycss2.serialize(rule.prelude)
    for name, feature in _uses(SELECTORS, text):
        stands_alone = all(feature.found(each) for each in text.split(","))
        if name not in HARMLESS:
            yield rule.source_line, name, feature
        elif not stands_alone:
            yield rule.source_line, f"{name} beside other selectors, which are lost with it", feature


def _of_declarations(rule: Any, *, guarded: bool) -> Iterator[Problem]:
    before: dict[str, str] = {}
    for each in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
        if each.type == "qualified-rule":
            yield each.source_line, "a rule within a rule", SELECTORS["a rule within a rule"]
        if each.type != "declaration":
            continue
        value = tinycss2.serialize(each.value).strip()
        # A browser drops a value that it cannot read and takes the one before, but not if a variable stands in it.
        earlier = before.get(each.lower_name) if "var(" not in value else None
        for name, feature in [*_uses(PROPERTIES, each.lower_name), *_uses(VALUES, value)]:
            is_said_before = BEFORE.get(name) in before or (name in VALUES and earlier is not None and not feature.found(earlier))
            if not (name in HARMLESS or guarded or is_said_before):
                yield each.source_line, name, feature
        before[each.lower_name] = value


def _of_script(path: str, text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.splitlines(), 1):
        code = re.sub(r"(^|\s)//.*", "", line)
        # A selector that the browser cannot read throws; in a script no selector is harmless.
        selectors = " ".join(re.findall(r"\"[^\"]*\"|'[^']*'|`[^`]*`", code))
        for name, feature in [*_uses(SCRIPTS, code), *_uses(SELECTORS, selectors)]:
            if (path, name) not in GUARDED and name != "a rule within a rule":
                yield number, name, feature


if __name__ == "__main__":
    sys.exit(main())
