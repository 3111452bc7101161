"""The check of style sheets, scripts and templates finds what older browsers do not know, and passes what has another way."""

import pytest

from tools import old_browsers

SHEETS = {
    "@layer parts {\n  a {\n    color: red;\n  }\n}\n": "1: @layer (Chromium 99, Safari 15.4)",
    ".a:has(> .b) {\n  color: red;\n}\n": "1: :has() (Chromium 105, Safari 15.4)",
    ":is(a, b) {\n  color: red;\n}\n": "1: :is() (Chromium 88, Safari 14)",
    "a:not(.b, .c) {\n  color: red;\n}\n": "1: a list in :not() (Chromium 88, Safari 9)",
    "a {\n  inset: 0;\n}\n": "2: inset (Chromium 87, Safari 14.1)",
    "a {\n  padding-inline: 8px;\n}\n": "2: a logical shorthand (Chromium 87, Safari 14.1)",
    "a {\n  rotate: 45deg;\n}\n": "2: rotate, translate, scale (Chromium 104, Safari 14.1)",
    "a {\n  height: 100dvh;\n}\n": "2: dvh, svh, lvh (Chromium 108, Safari 15.4)",
    "a {\n  height: 100vh;\n  height: calc(100dvh - var(--bar));\n}\n": "3: dvh, svh, lvh (Chromium 108, Safari 15.4)",
    "a {\n  appearance: none;\n}\n": "2: appearance without its prefix (Chromium 84, Safari 15.4)",
    "@media (width >= 768px) {\n  a {\n    color: red;\n  }\n}\n": "1: a range in a media query (Chromium 104, Safari 16.4)",
    "@media not (min-width: 8px) {\n  a {\n    color: red;\n  }\n}\n": "1: not without a medium (Chromium 104, Safari 16.4)",
    "a {\n  color: red;\n\n  > b {\n    color: red;\n  }\n}\n": "4: a rule within a rule (Chromium 112, Safari 16.5)",
    "a:hover,\na:focus-visible {\n  color: red;\n}\n": (
        "1: :focus-visible beside other selectors, which are lost with it (Chromium 86, Safari 15.4)"
    ),
    "a { color: red; }\n": "1: one declaration or one brace a line",
    "a {\n  color: red; width: 1px;\n}\n": "2: one declaration or one brace a line",
}
SCRIPTS = {
    'text.replaceAll(",", "");': "replaceAll() (Chromium 85, Safari 13.1)",
    "rows.at(-1);": "at() (Chromium 92, Safari 15.4)",
    "kept ??= {};": "??=, ||=, &&= (Chromium 85, Safari 14)",
    "Object.hasOwn(row, name);": "Object.hasOwn() (Chromium 93, Safari 15.4)",
    "const button = event.submitter;": "the button of a submit event (Chromium 81, Safari 15.4)",
    "form.requestSubmit(button);": "requestSubmit() (Chromium 76, Safari 16)",
    'root.querySelector(".a :is(b, c)");': ":is() (Chromium 88, Safari 14)",
    "side.togglePopover();": "popovers (Chromium 114, Safari 17)",
}
MARKUP = {
    '<nav id="side" popover>': "popover (Chromium 114, Safari 17)",
    '<button popovertarget="side">': "popover (Chromium 114, Safari 17)",
    "<div inert>": "inert (Chromium 102, Safari 15.5)",
    '<div class="table-wrap"><table class="table cards">': "table-wrap of-cards is meant",
}
FINE = [
    "a {\n  height: 100vh;\n  height: 100dvh;\n}\n",
    "a {\n  -webkit-appearance: none;\n  appearance: none;\n}\n",
    "@supports (height: 100dvh) {\n  a {\n    height: calc(100dvh - var(--bar));\n  }\n}\n",
    "a:focus-visible,\nb:focus-visible {\n  color: red;\n}\n",
    "@media not all and (min-width: 8px) {\n  a {\n    color: red;\n  }\n}\n",
    '/* a: b; c: d; */\na {\n  background: url("data:image/svg+xml;{}");\n}\n',
]


@pytest.mark.parametrize(("text", "said"), SHEETS.items(), ids=str)
def test_a_sheet(text: str, said: str) -> None:
    assert old_browsers.problems("one.css", text) == [f"one.css:{said}"]


@pytest.mark.parametrize(("text", "said"), SCRIPTS.items(), ids=str)
def test_a_script(text: str, said: str) -> None:
    assert old_browsers.problems("one.js", text) == [f"one.js:1: {said}"]


@pytest.mark.parametrize(("text", "said"), MARKUP.items(), ids=str)
def test_a_template(text: str, said: str) -> None:
    assert old_browsers.problems("one.html", text) == [f"one.html:1: {said}"]


@pytest.mark.parametrize("text", FINE)
def test_another_way_is_enough(text: str) -> None:
    assert old_browsers.problems("one.css", text) == []


def test_the_product_keeps_to_them() -> None:
    assert [line for path in old_browsers.files() for line in old_browsers.problems(_name(path), path.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", old_browsers.HARMLESS)
def test_what_is_let_pass_is_still_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(old_browsers.HARMLESS, name)
    assert any(
        f": {name} (" in line
        for path in old_browsers.files()
        if path.suffix == ".css"
        for line in old_browsers.problems(_name(path), path.read_text("utf-8"))
    )


@pytest.mark.parametrize(("path", "name"), old_browsers.GUARDED)
def test_what_is_guarded_is_still_used(path: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(old_browsers.GUARDED, (path, name))
    text = (old_browsers.ROOT / path).read_text("utf-8")
    assert any(f": {name} (" in line for line in old_browsers.problems(path, text))


def _name(path: object) -> str:
    return str(path).removeprefix(f"{old_browsers.ROOT}/")
