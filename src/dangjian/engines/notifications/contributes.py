"""What the notifications' engine offers to the house."""

from django.conf import settings

from dangjian.engines.notifications.actions import digest_of_today, send_waiting, tell_of_proposed_reset, tell_of_reset
from dangjian.engines.notifications.queries import unread
from dangjian.kernel.gate import SIGNED_IN, Request
from dangjian.kernel.offers import BackgroundTask, DailyJob, MenuItem, PasswordResetWitness, StartedState, StartStep
from dangjian.org.models import Kind, Organization


def channels_set(_request: Request, _organization: Organization) -> StartedState:
    """Whether reminders leave the platform at all."""
    if settings.EMAIL_HOST:
        return StartedState(is_done=True)
    return StartedState(
        is_done=False,
        missing="提醒现在只显示在平台的“消息”里。请系统维护人员设置邮件服务器（SMTP_HOST），本人再在“登录手机和邮箱”里填写邮箱。",
    )


OFFERS = (
    StartStep(
        "messages",
        "消息",
        "会议通知和到期提醒也能发到平台之外。",
        "mail",
        "org.manage",
        channels_set,
        frozenset({Kind.COMMITTEE}),
        order=80,
    ),
    MenuItem("消息", "notifications:inbox", "bell", SIGNED_IN, group="我的", order=20, badge=unread),
    DailyJob("notifications.digest", "发送每日提醒", digest_of_today, at="07:30"),
    BackgroundTask("notifications.mail", send_waiting),
    PasswordResetWitness("notifications", tell_of_reset, tell_of_proposed_reset),
)
