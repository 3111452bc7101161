"""What the background engine offers to the house."""

from dangjian.accounts.sessions import SessionStore
from dangjian.engines.jobs.actions import tidy_up
from dangjian.kernel.offers import DailyJob


def clear_out() -> None:
    """Drop ended sessions, tasks long finished and old runs."""
    SessionStore.clear_expired()
    tidy_up()


OFFERS = (DailyJob("jobs.clear_out", "清理过期会话和任务记录", clear_out, at="03:30"),)
