"""What the counting of burden offers to the house."""

from dangjian.engines.burden.actions.counting import add
from dangjian.engines.burden.actions.dropping import drop_counters
from dangjian.engines.burden.api import router
from dangjian.kernel.offers import ApiRouter, EffortKeeper, MenuItem, Permission
from dangjian.org import roles
from dangjian.org.offers import DerivedRows

READERS = roles.LEADERS | {roles.ORGANISATION_MEMBER, roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    Permission("burden.view", "查看填报负担和办理用时", READERS),
    MenuItem("填报负担", "burden:statistics", "pencil", "burden.view", group="督办", order=50),
    MenuItem("办理用时", "burden:times", "clock", "burden.view", group="督办", order=51),
    EffortKeeper("burden", add),
    DerivedRows("burden", drop_counters),
    ApiRouter("burden", "填报负担", router, order=68),
)
