"""Working days: Monday to Friday, less the holidays and plus the weekend days that the State Council's notice names each year.

    table().after(day, 5)          # WorkingDay(value=date(2026, 10, 9), is_provisional=False)
    table().is_working(day)
    table().between(first, last)   # both counted

The notices are data (``notices.yaml``, in the words of the notices themselves, one entry a year, with its source). A deployment
enters the next one on its pages, which hand it in by a ``WorkingDaysSource``. As long as a year has none, Monday to Friday
count and the answer is provisional; whoever keeps days worked out from it follows by ``org.offers.WorkingDaysFollower``.
"""

from dangjian.kernel.working_days.installed import forget, look_again, shipped, table
from dangjian.kernel.working_days.table import Table, WorkingDay
from dangjian.kernel.working_days.wording import Arrangement, Notice, read_notice

__all__ = ["Arrangement", "Notice", "Table", "WorkingDay", "forget", "look_again", "read_notice", "shipped", "table"]
