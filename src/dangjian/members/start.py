"""Steps of 「开始使用」: officers and members can sign in, and have."""

from django.db.models import QuerySet
from django.urls import reverse

from dangjian.kernel.gate import Request
from dangjian.kernel.offers import StartedState, StartStep
from dangjian.members.models import Member
from dangjian.members.queries import access
from dangjian.org.models import Kind, Organization


def officers(_request: Request, organization: Organization) -> StartedState | None:
    """Officers at and below ``organization`` who have signed in, and those who are not on the roster yet."""
    to_come = access.officers_to_come().filter(organization__path__startswith=organization.path).count()
    state = _state(organization, access.officers_among(_members(organization)), "officers", to_come)
    if state and to_come:
        missing = f"{to_come}名任职人员还不在名册上，请导入他们所在支部的名册。{state.missing}"
        return StartedState(False, missing, reverse("members:accounts"), state.done, state.total + to_come)
    return state


def members(_request: Request, organization: Organization) -> StartedState | None:
    """Members at and below ``organization`` who have signed in."""
    return _state(organization, _members(organization), "", 0)


def _members(organization: Organization) -> QuerySet[Member]:
    rows: QuerySet[Member] = Member.objects.counted().filter(organization__path__startswith=organization.path)
    return rows


def _state(organization: Organization, rows: QuerySet[Member], who: str, to_come: int) -> StartedState | None:
    numbers = access.totals(rows)
    total, without, never = numbers["members"], numbers["members"] - numbers["accounts"], numbers["never"]
    if not total + to_come:
        return None
    said = (f"{without}名没有账号" if without else "", f"{never}名有账号还没有登录过" if never else "")
    missing = "，".join(text for text in said if text)
    if without:
        url = f"{reverse('members:accounts')}?organization={organization.pk}"
    else:
        url = f"{reverse('members:never')}?organization={organization.pk}&who={who}"
    return StartedState(not missing, f"{missing}。" if missing else "", url, total - without - never, total)


EVERYWHERE = frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH})
STEPS = (
    StartStep(
        "officer_accounts",
        "让书记、委员和组长先登录",
        "他们登录以后，会议、党费和应办事项才有人办。",
        "key",
        "members.accounts",
        officers,
        EVERYWHERE,
        order=60,
    ),
    StartStep(
        "member_accounts",
        "给全体党员发放登录名和初始密码",
        "党员登录以后，可以在手机上接收通知、签到、交纳党费、核对本人档案。",
        "users",
        "members.accounts",
        members,
        EVERYWHERE,
        order=65,
    ),
)
