"""What the notifications' engine offers to the house."""

from dangjian.engines.notifications.actions import digest_of_today, send_waiting, tell_of_reset
from dangjian.engines.notifications.queries import unread
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.offers import BackgroundTask, DailyJob, MenuItem, PasswordResetWitness

OFFERS = (
    MenuItem("消息", "notifications:inbox", "bell", SIGNED_IN, group="我的", order=20, badge=unread),
    DailyJob("notifications.digest", "发送每日提醒", digest_of_today, at="07:30"),
    BackgroundTask("notifications.mail", send_waiting),
    PasswordResetWitness("notifications", tell_of_reset),
)
