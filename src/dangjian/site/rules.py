"""The rulebook as a page: what the platform goes by, since when, and where it stands."""

from django.http import HttpResponse
from django.shortcuts import render

from dangjian.kernel import parameters
from dangjian.kernel.gate import SIGNED_IN, Request, requires
from dangjian.kernel.rulebook import book

SECTIONS = (
    ("life.", "组织生活"),
    ("vote.", "表决"),
    ("org.", "党组织设置"),
    ("term.", "任期和换届"),
    ("elect.", "选举"),
    ("member.", "党员"),
    ("dues.", "党费"),
    ("", "其他"),
)
"""Sections of the page by the beginning of the key; the last takes what no other does."""


@requires(SIGNED_IN)
def rulebook(request: Request) -> HttpResponse:
    """Every rule and setting with its values and citations; ``?q=`` looks in titles, texts and citations."""
    text = parameters.text(request, "q")
    sections: dict[str, list[object]] = {title: [] for _, title in SECTIONS}
    for rule in book().describe():
        where = f"{rule.title} {rule.note} {' '.join(f'{value.text} {value.citation}' for value in rule.values)}"
        if text in where:
            title = next(title for beginning, title in SECTIONS if rule.key.startswith(beginning))
            sections[title].append(rule)
    shown = [{"title": title, "rules": rules} for title, rules in sections.items() if rules]
    return render(request, "site/rules.html", {"text": text, "sections": shown, "may_set": request.actor.may("org.settings")})
