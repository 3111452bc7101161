"""Writes of this engine: upload, check, put right, enter, undo, clear away."""

from dangjian.engines.exchange.actions.checking import check, start_check
from dangjian.engines.exchange.actions.clearing import clear_old, discard
from dangjian.engines.exchange.actions.committing import KEPT, commit, start_commit, start_undo, undo
from dangjian.engines.exchange.actions.fixing import fix_row, leave_out, leave_out_wrong
from dangjian.engines.exchange.actions.leading import answer, answer_for_columns, set_aside, take_up
from dangjian.engines.exchange.actions.uploading import LIMITS, proposed_answers, upload, upload_workbook

__all__ = [
    "KEPT",
    "LIMITS",
    "answer",
    "answer_for_columns",
    "check",
    "clear_old",
    "commit",
    "discard",
    "fix_row",
    "leave_out",
    "leave_out_wrong",
    "proposed_answers",
    "set_aside",
    "start_check",
    "start_commit",
    "start_undo",
    "take_up",
    "undo",
    "upload",
    "upload_workbook",
]
