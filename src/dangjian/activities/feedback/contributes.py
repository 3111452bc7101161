"""What feedback offers to the house."""

from dangjian.activities.feedback import queries
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import DigestSource, MenuItem, Permission, Waiting
from dangjian.org import roles
from dangjian.org.offers import DissolutionGuard

OFFERS = (
    Permission("feedback.answer", "办理意见建议", roles.KEEPERS, reach="own"),
    MenuItem("意见建议", "feedback:mine", "message-2", SIGNED_IN, group="我的", order=25),
    MenuItem(
        "办理意见建议",
        "feedback:inbox",
        "message-reply",
        "feedback.answer",
        order=90,
        badge=queries.waiting_number,
    ),
    Waiting(
        "feedback.cases",
        "要答复的意见建议",
        "message-reply",
        "feedback.answer",
        "feedback:inbox",
        queries.waiting_number,
        queries.matters,
        order=60,
    ),
    DigestSource("feedback", "意见建议", queries.digest_lines, order=60),
    DissolutionGuard("feedback", queries.unanswered),
)
