"""What is told of somebody before they go to another branch: their own probation, and the applicants by whom they stand."""

from collections.abc import Sequence

from dangjian.activities.development.models import Applicant, Helper
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register

NAMED_AT_MOST = 3


def matters(member: Member) -> Sequence[Belonging]:
    """The case of a probationary member goes along; who is trained by somebody who goes needs another contact."""
    found: list[Belonging] = []
    if register(Applicant).running().filter(member=member).exists():
        found.append(Belonging("预备期的教育考察和转正手续，进度和材料一起转", "along"))
    helped = (
        register(Helper).current().filter(member=member, applicant__organization=member.branch).order_by("applicant__name_sort")
    )
    names = list(dict.fromkeys(helped.values_list("applicant__name", flat=True)))
    if names:
        shown = "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
        found.append(Belonging(f"正在联系培养{shown}，请原党支部更换培养联系人或者入党介绍人", "settled"))
    return found
