"""Writes of this engine: upload, check, put right, enter, undo, clear away."""

from dangjian.engines.exchange.actions.answering import answer as answer_difference
from dangjian.engines.exchange.actions.answering import say_wrong
from dangjian.engines.exchange.actions.answering import take_out as take_out_differences
from dangjian.engines.exchange.actions.checking import start_check
from dangjian.engines.exchange.actions.clearing import clear_old, discard
from dangjian.engines.exchange.actions.committing import KEPT, check, commit, start_commit, start_undo, undo
from dangjian.engines.exchange.actions.comparing import believe, look_through, settle
from dangjian.engines.exchange.actions.fixing import decide, fix_row, leave_out, leave_out_wrong
from dangjian.engines.exchange.actions.leading import answer, answer_for_columns, set_aside, take_up
from dangjian.engines.exchange.actions.systems import close, edit, register, reopen
from dangjian.engines.exchange.actions.taking_out import require_out, take_out, take_out_set
from dangjian.engines.exchange.actions.templates import KEEP as KEEP_TEMPLATES
from dangjian.engines.exchange.actions.templates import (
    copy_template,
    hand_on,
    make_from_file,
    receive_template,
    require_changing,
    require_keeping,
    restore_template,
    retire_template,
    save_template,
)
from dangjian.engines.exchange.actions.uploading import (
    LIMITS,
    proposed_answers,
    upload,
    upload_comparison,
    upload_workbook,
)

__all__ = [
    "KEEP_TEMPLATES",
    "KEPT",
    "LIMITS",
    "answer",
    "answer_difference",
    "answer_for_columns",
    "believe",
    "check",
    "clear_old",
    "close",
    "commit",
    "copy_template",
    "decide",
    "discard",
    "edit",
    "fix_row",
    "hand_on",
    "leave_out",
    "leave_out_wrong",
    "look_through",
    "make_from_file",
    "proposed_answers",
    "receive_template",
    "register",
    "reopen",
    "require_changing",
    "require_keeping",
    "require_out",
    "restore_template",
    "retire_template",
    "save_template",
    "say_wrong",
    "set_aside",
    "settle",
    "start_check",
    "start_commit",
    "start_undo",
    "take_out",
    "take_out_differences",
    "take_out_set",
    "take_up",
    "undo",
    "upload",
    "upload_comparison",
    "upload_workbook",
]
