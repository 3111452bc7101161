"""Builds the Word templates beside the HTML ones; ``make papers`` writes them anew after a change."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from dangjian.kernel.word import WordTemplate

FOLDER: Final = Path(__file__).resolve().parents[2] / "templates" / "dues" / "documents"


def statement() -> WordTemplate:
    """What came in and went out between two days."""
    paper = WordTemplate(side=2.6)
    paper.title("党费收支情况表", size=20)
    paper.line("编制单位：{{ organization }}")
    paper.line("期间：{{ period }}　　　　单位：元")
    _amounts(paper)
    paper.line()
    paper.line("负责人：　　　　　　　会计：　　　　　　　出纳：　　　　　　　")
    paper.line("打印日期：{{ printed_on }}")
    return paper


def publication() -> WordTemplate:
    """The yearly publication to the members."""
    paper = WordTemplate(side=2.6)
    paper.title("{{ year }}年度党费收支公示", size=20)
    paper.title("{{ organization }}", size=12, bold=False)
    paper.heading("一、收缴情况", 2)
    paper.line("{{ collected }}")
    paper.heading("二、收支情况（单位：元）", 2)
    _amounts(paper)
    with paper.when("uses"):
        paper.heading("三、使用情况（单位：元）", 2)
        paper.listing(
            "x in uses",
            ("事项", "用途", "集体研究", "金额"),
            ("{{ x.title }}", "{{ x.purpose }}", "{{ x.decision }}", "{{ x.amount }}"),
            (5.2, 3.6, 4.2, 2.8),
            sums=True,
        )
    with paper.when("note"):
        paper.line("说明：{{ note }}")
    paper.line()
    paper.line("公示日期：{{ published_on }}")
    return paper


def _amounts(paper: WordTemplate) -> None:
    paper.listing("x in lines", ("项目", "金额"), ("{{ x.title }}", "{{ x.amount }}"), (11, 4.8), sums=True)


BUILT: Final[Mapping[str, Callable[[], WordTemplate]]] = {"statement.docx": statement, "publication.docx": publication}
