"""What is asked about the end of the task for which a temporary organisation is set up, and about how long that is."""

import datetime as dt

from dangjian.kernel import clock
from dangjian.kernel.errors import Invalid
from dangjian.kernel.rulebook import book
from dangjian.kernel.ui import words
from dangjian.org import policy


def reason_kept(
    *,
    type_code: str,
    since: dt.date,
    expected_end_on: dt.date | None,
    special: str = "",
    full_members: int | None = None,
) -> str:
    """The reason to keep on record, empty where none is needed: why a temporary branch is set up for so long a task.

    Raises ``Invalid`` for a day that no organisation of this type has or that does not lie after ``since``, and where a branch
    is to be set up by the rules and no reason is given. ``full_members`` that nobody has stated count as enough.
    """
    if expected_end_on is None:
        return ""
    if type_code not in policy.TEMPORARY:
        raise Invalid("只有临时党组织填写预计结束日期。", fields={"expected_end_on": "请留空"})
    if expected_end_on <= since:
        raise Invalid(
            f"任务的预计结束日期应在成立日期（{words.day(since)}）之后。", fields={"expected_end_on": "请填成立日期以后的日期"}
        )
    found = policy.long_task_findings(
        type_code=type_code, since=since, until=expected_end_on, full_members=full_members, book=book(), on=clock.today()
    )
    if found and not special.strip():
        raise Invalid(
            "；".join(one.text for one in found) + "。",
            how="请改为设立党支部；确需设立临时党支部的，请在“特殊情况”中写明原因。",
            citation="；".join(one.citation for one in found),
            fields={"special": "请写明仍设临时党支部的原因"},
        )
    return special.strip() if found else ""
