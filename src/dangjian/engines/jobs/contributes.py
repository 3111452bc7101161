"""What the background engine offers to the house."""

from dangjian.accounts.sessions import SessionStore
from dangjian.engines.jobs.actions import tidy_up
from dangjian.engines.jobs.models import Backup
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import DailyJob, StartedState, StartStep
from dangjian.org.models import Kind, Organization


def clear_out() -> None:
    """Drop ended sessions, tasks long finished and old runs."""
    SessionStore.clear_expired()
    tidy_up()


def backed_up(_request: Request, _organization: Organization) -> StartedState:
    """Whether a backup was ever made."""
    if Backup.objects.exists():
        return StartedState(is_done=True)
    return StartedState(is_done=False, missing="还没有备份过。请系统维护人员在服务器上运行 dangjian backup，并安排每天自动运行。")


OFFERS = (
    DailyJob("jobs.clear_out", "清理过期会话和任务记录", clear_out, at="03:30"),
    StartStep(
        "backup",
        "第一次备份",
        "数据丢了没有别处可以找回；密钥要和备份分开保存。",
        "database-export",
        "org.manage",
        backed_up,
        frozenset({Kind.COMMITTEE}),
        order=90,
    ),
)
