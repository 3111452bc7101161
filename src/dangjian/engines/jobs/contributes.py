"""What the background engine offers to the house."""

from django.core.management import call_command

from dangjian.engines.jobs.actions import tidy_up
from dangjian.kernel.offers import DailyJob


def clear_out() -> None:
    """Drop finished tasks older than 30 days, ended sessions and old runs."""
    call_command("prune_db_task_results", min_age_days=30, verbosity=0)
    call_command("clearsessions")
    tidy_up()


OFFERS = (DailyJob("jobs.clear_out", "清理过期会话和任务记录", clear_out, at="03:30"),)
