"""What the frame itself offers to the house."""

from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import MenuItem
from dangjian.site import done_before
from dangjian.site.start import STARTS

OFFERS = (
    MenuItem("规则依据", "site:rules", "book-2", SIGNED_IN, group="我的", order=30),
    MenuItem("开始使用", "site:start", "list-check", STARTS, group="组织队伍", order=90),
    done_before.SHEET,
)
