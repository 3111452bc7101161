"""Every write of organisational life, in the order in which a meeting goes."""

from dangjian.activities.meetings.actions.answering import answer, choose_sitting, decide_leave
from dangjian.activities.meetings.actions.attending import (
    CheckIn,
    add_attendee,
    begin,
    check_in,
    check_in_by_hand,
    end,
)
from dangjian.activities.meetings.actions.calling import (
    AgendaPlan,
    SittingPlan,
    add_agenda_item,
    call,
    cancel,
    edit_agenda_item,
    order_agenda,
    plan,
    remove_agenda_item,
    update,
)

__all__ = [
    "AgendaPlan",
    "CheckIn",
    "SittingPlan",
    "add_agenda_item",
    "add_attendee",
    "answer",
    "begin",
    "call",
    "cancel",
    "check_in",
    "check_in_by_hand",
    "choose_sitting",
    "decide_leave",
    "edit_agenda_item",
    "end",
    "order_agenda",
    "plan",
    "remove_agenda_item",
    "update",
]
