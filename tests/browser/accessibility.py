"""``assert_accessible(page)``: axe-core finds no breach of WCAG 2.2 A or AA in what the page shows now."""

from typing import Any

from playwright.sync_api import Page

from dangjian.kernel.frontend import ROOT

AXE = ROOT / "devtools/axe-core/axe.min.js"
SETTLED = """() => Promise.allSettled(document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime !== Infinity).map((each) => each.finished))"""
"""What is still fading in has too little contrast for a moment."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def assert_accessible(page: Page) -> None:
    """Fail with every rule that is broken and the elements that break it. ``dangjian frontend --dev`` fetches axe-core."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(SETTLED)
    # Otherwise axe copies imported style sheets into the page, which the content security policy forbids. No rule here needs it.
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run(document, {preload: false, runOnly: {type: 'tag', values: rules}}).then(result => result.violations)",
        RULES,
    )
    broken = [
        f"{one['id']}: {one['help']}\n" + "\n".join(f"    {node['html']}\n    {node['failureSummary']}" for node in one["nodes"])
        for one in found
    ]
    assert not broken, f"{page.url}\n" + "\n".join(broken)
