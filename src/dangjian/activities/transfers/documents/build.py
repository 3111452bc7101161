"""Builds the Word templates; ``make papers`` writes them anew after a change."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from dangjian.kernel.word import WordTemplate

FOLDER: Final = Path(__file__).resolve().parent.parent / "templates" / "transfers" / "documents"
SIZE: Final = 12
TITLE: Final = 16
CUT: Final = "……………………………………（骑缝处盖章）……………………………………"
DAY: Final = "{{ issued_on }}"


def letter() -> WordTemplate:
    """The letter with its stub and its return slip, one below the other on a page."""
    paper = WordTemplate(size=SIZE)
    paper.title("中国共产党党员组织关系介绍信存根", size=TITLE)
    paper.line("{{ number }}", right=True)
    paper.line(
        "{{ name }}同志系中共{{ category }}，组织关系由{{ origin }}转到{{ to_unit }}，党费已交到{{ paid_to }}。", indent=True
    )
    paper.line(f"有效期{{{{ valid_days }}}}天，到{{{{ ends_on }}}}止。　　{DAY}", right=True)
    paper.line("经办人：＿＿＿＿＿＿　　领取人：＿＿＿＿＿＿")
    paper.line()
    paper.line(CUT)
    paper.title("中国共产党党员组织关系介绍信", size=TITLE)
    paper.line("{{ number }}", right=True)
    paper.line("{{ to }}：")
    paper.line(
        "{{ name }}同志（{{ sex }}，{{ age }}，{{ ethnicity }}），系中共{{ category }}，公民身份号码{{ resident_id }}，"
        "由{{ origin }}去{{ to_unit }}，请转接组织关系。该同志党费已交到{{ paid_to }}。",
        indent=True,
    )
    paper.line("（有效期{{ valid_days }}天，到{{ ends_on }}止）")
    paper.line("{{ committee }}（盖章）", right=True)
    paper.line(DAY, right=True)
    paper.line("党员联系电话：{{ mobile }}")
    paper.line("通讯地址：＿＿＿＿＿＿＿＿＿＿＿＿　联系电话：＿＿＿＿＿＿　邮编：＿＿＿＿")
    paper.line()
    paper.line(CUT)
    _slip(paper, "{{ committee }}")
    return paper


def receipt() -> WordTemplate:
    """The return slip of a letter that came in without one."""
    paper = WordTemplate(size=SIZE)
    _slip(paper, "{{ to }}")
    return paper


def _slip(paper: WordTemplate, to: str) -> None:
    paper.title("中国共产党党员组织关系介绍信回执联", size=TITLE)
    paper.line("{{ number }}", right=True)
    paper.line(f"{to}：")
    paper.line("{{ name }}同志的党员组织关系已于{{ received_on }}转达我处，特此回复。", indent=True)
    paper.line("{{ receiver }}（盖章）", right=True)
    paper.line("{{ replied_on }}", right=True)
    paper.line("经办人：＿＿＿＿＿＿　　联系电话：＿＿＿＿＿＿＿＿")


BUILT: Final[Mapping[str, Callable[[], WordTemplate]]] = {"letter.docx": letter, "receipt.docx": receipt}
