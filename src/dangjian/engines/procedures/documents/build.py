"""Builds the Word template of the list of papers; ``make papers`` writes it anew after a change."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from dangjian.kernel.word import WordTemplate

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates" / "procedures" / "documents"


def dossier() -> WordTemplate:
    """What papers a case has, and which are missing."""
    paper = WordTemplate()
    paper.title("{{ title }}")
    paper.line("姓名（名称）：{{ name }}")
    paper.line("党组织：{{ organization }}")
    paper.line("整理日期：{{ today }}")
    paper.listing(
        "l in lines",
        ("序号", "材料", "步骤", "日期", "办理", "页数", "情况"),
        ("{{ l.number }}", "{{ l.title }}", "{{ l.step }}", "{{ l.day }}", "{{ l.who }}", "{{ l.pages }}", "{{ l.stand }}"),
        (1.2, 4.4, 3.2, 2.4, 2.2, 1.2, 1.6),
    )
    with paper.when("gaps"):
        paper.line("还缺{{ gaps }}份材料。")
    paper.line()
    paper.line("整理人（签字）：＿＿＿＿＿＿＿＿　　　　审核人（签字）：＿＿＿＿＿＿＿＿")
    return paper


BUILT: Final[Mapping[str, Callable[[], WordTemplate]]] = {"dossier.docx": dossier}
