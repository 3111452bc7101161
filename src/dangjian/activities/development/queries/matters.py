"""What is told of somebody before they go to another branch: their own probation, and the applicants by whom they stand."""

from collections.abc import Mapping, Sequence

from django.db.models import F

from dangjian.activities.development.models import Applicant, Helper
from dangjian.members.models import Member
from dangjian.members.offers import Belonging
from dangjian.org.openings import register

NAMED_AT_MOST = 3
PROBATION = Belonging("预备期的教育考察和转正手续，进度和材料一起转", "along")


def in_hand(member: Member) -> str:
    """That the probation of somebody is decided by its steps; empty if they have no case."""
    if not register(Applicant).running().filter(member=member).exists():
        return ""
    return f"{member.name}的预备期在“发展党员”里办理，转正、延长预备期由支部大会讨论、上级党委审批。"


def matters(members: Sequence[Member]) -> Mapping[int, Sequence[Belonging]]:
    """The case of a probationary member goes along; who is trained by somebody who goes needs another contact."""
    running = register(Applicant).running().filter(member__in=members).values_list("member_id", flat=True)
    found: dict[int, list[Belonging]] = {pk: [PROBATION] for pk in running}
    helped: dict[int, list[str]] = {}
    current = register(Helper).current().filter(member__in=members, applicant__organization=F("member__branch"))
    for pk, name in current.order_by("applicant__name_sort").values_list("member_id", "applicant__name"):
        helped.setdefault(pk, []).append(name)
    for pk, written in helped.items():
        names = list(dict.fromkeys(written))
        shown = "、".join(names[:NAMED_AT_MOST]) + ("等人" if len(names) > NAMED_AT_MOST else "")
        text = f"正在联系培养{shown}，请原党支部更换培养联系人或者入党介绍人"
        found.setdefault(pk, []).append(Belonging(text, "settled"))
    return found
