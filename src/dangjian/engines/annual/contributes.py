"""What the annual statistics offer to the house."""

from dangjian.kernel.offers import MenuItem, Permission
from dangjian.org import roles

READERS = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    Permission("annual.view", "查看党内统计", READERS),
    MenuItem("党内统计", "annual:tables", "chart-bar", "annual.view", group="统计", order=10),
)
