"""Why a file is not read, and how much is read at most."""

from dataclasses import dataclass
from typing import Final

from dangjian.kernel.errors import Invalid

SAVE_AGAIN: Final = "请用Excel或WPS打开，另存为“Excel 工作簿（*.xlsx）”后再上传。"


class SpreadsheetProblem(Invalid):
    """The file is not read; ``message`` says why, ``how`` what to do."""

    def __init__(self, message: str, *, how: str = SAVE_AGAIN) -> None:
        super().__init__(message, how=how)


class NoHeader(SpreadsheetProblem):
    """None of the worksheets has the header looked for."""


DAMAGED: Final = "这个表格读不出来，可能已经损坏。"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold. Sizes in bytes; ``cells`` counts the rectangle from the first to the last filled cell."""

    file_size: int = 50_000_000
    unpacked_size: int = 600_000_000
    ratio: int = 150
    entries: int = 10_000
    rows: int = 200_000
    columns: int = 200
    cells: int = 10_000_000


def locked() -> SpreadsheetProblem:
    """The refusal of a file that opens with a password."""
    return SpreadsheetProblem("这个文件设置了打开密码，系统读不了。", how="请用Excel或WPS打开，取消打开密码，保存后再上传。")
