"""The steps of 「开始使用」 that concern dues: what everybody pays is assessed, and the committee's books are open."""

from django.db.models import Q
from django.urls import reverse

from dangjian.activities.dues.assessment.queries.profiles import unassessed
from dangjian.activities.dues.ledger.models import Book, BookKind
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import StartedState, StartStep
from dangjian.members.models import Member
from dangjian.org.models import Kind, Organization
from dangjian.org.sheet_offers import upload_url


def assessed(_request: Request, organization: Organization) -> StartedState | None:
    """Whether what every member pays is assessed; ``None`` as long as there are none."""
    rows = Member.objects.counted().filter(organization__path__startswith=organization.path)
    total = rows.count()
    if not total:
        return None
    left = unassessed(rows).count()
    if not left:
        return StartedState(is_done=True, done=total, total=total)
    url = f"{reverse('dues:profiles')}?organization={organization.pk}&state=none" if total > left else upload_url("dues_bases")
    return StartedState(is_done=False, missing=f"还有{left}名党员没有核定党费。", url=url, done=total - left, total=total)


def books_open(_request: Request, organization: Organization) -> StartedState:
    """Whether the committee's account is opened, with an accountant and a cashier."""
    held = Book.objects.filter(organization=organization, kind=BookKind.BANK, closed_on=None)
    if held.filter(accountant__isnull=False, cashier__isnull=False).exists():
        return StartedState(is_done=True)
    missing = (
        "党费账户还没有指定会计和出纳。" if held.filter(Q(accountant=None) | Q(cashier=None)).exists() else "还没有开设党费账户。"
    )
    how = "可以在期初余额表里一并开设，也可以在党费账簿里开设。"
    return StartedState(is_done=False, missing=f"{missing}{how}", url=reverse("dues:book", args=[organization.pk]))


STEPS = (
    StartStep(
        "dues_bases",
        "核定党费",
        "核定以后，每月自动算出每名党员应交多少；已在线下交过的月份填“已交至”。",
        "coin-yuan",
        "dues.assess",
        assessed,
        frozenset({Kind.COMMITTEE, Kind.BRANCH}),
        order=70,
    ),
    StartStep(
        "dues_books",
        "党费账户和期初余额",
        "会计、出纳两人分设；启用前的余额从期初余额表带进来。",
        "building-bank",
        "dues.view_books",
        books_open,
        frozenset({Kind.COMMITTEE}),
        order=75,
    ),
)
