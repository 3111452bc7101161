"""Every write of organisational life, in the order in which a meeting goes."""

from dangjian.activities.meetings.actions.answering import answer, choose_sitting, decide_leave, decide_leaves
from dangjian.activities.meetings.actions.attending import add_attendee, begin, check_in_by_hand, end, mark_rest, sittings_ahead
from dangjian.activities.meetings.actions.calling import (
    add_agenda_item,
    call,
    cancel,
    edit_agenda_item,
    order_agenda,
    plan,
    remove_agenda_item,
    update,
)
from dangjian.activities.meetings.actions.checking_in import CheckIn, check_in
from dangjian.activities.meetings.actions.deciding import (
    Appraised,
    Votes,
    judge_decision,
    record_appraisal,
    record_decision,
    remove_decision,
)
from dangjian.activities.meetings.actions.electing import record_election, remove_election
from dangjian.activities.meetings.actions.guests import add_guest, mark_guest
from dangjian.activities.meetings.actions.making_up import assign_make_up, confirm_make_up, submit_make_up
from dangjian.activities.meetings.actions.papers import attach, detach
from dangjian.activities.meetings.actions.recording import close, confirm, correct, draft_minutes, save_minutes, send_back
from dangjian.activities.meetings.actions.registers import ask_for_register, clear_registers, compile_register
from dangjian.activities.meetings.plans import AgendaPlan, SittingPlan

__all__ = [
    "AgendaPlan",
    "Appraised",
    "CheckIn",
    "SittingPlan",
    "Votes",
    "add_agenda_item",
    "add_attendee",
    "add_guest",
    "answer",
    "ask_for_register",
    "assign_make_up",
    "attach",
    "begin",
    "call",
    "cancel",
    "check_in",
    "check_in_by_hand",
    "choose_sitting",
    "clear_registers",
    "close",
    "compile_register",
    "confirm",
    "confirm_make_up",
    "correct",
    "decide_leave",
    "decide_leaves",
    "detach",
    "draft_minutes",
    "edit_agenda_item",
    "end",
    "judge_decision",
    "mark_guest",
    "mark_rest",
    "order_agenda",
    "plan",
    "record_appraisal",
    "record_decision",
    "record_election",
    "remove_agenda_item",
    "remove_decision",
    "remove_election",
    "save_minutes",
    "send_back",
    "sittings_ahead",
    "submit_make_up",
    "update",
]
