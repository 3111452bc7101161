"""What organisational life offers to the house."""

from dangjian.activities.meetings import duties
from dangjian.kernel.offers import Permission
from dangjian.org import roles

OFFERS = (
    Permission("meetings.view", "查看组织生活", roles.RUNNERS),
    Permission("meetings.attend", "参加组织生活", roles.RUNNERS | {roles.MEMBER}, reach="own"),
    Permission("meetings.call", "召集会议", roles.RUNNERS, reach="own"),
    Permission("meetings.record", "记录会议", roles.RUNNERS, reach="own"),
    Permission("meetings.confirm", "确认会议记录", roles.LEADERS | {roles.GROUP_LEADER}, reach="own"),
    Permission("meetings.statistics", "查看组织生活统计", roles.RUNNERS),
    *duties.OFFERS,
)
