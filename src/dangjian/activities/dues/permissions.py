"""Who may do what with dues, and the two roles that follow from being named in a book."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from dangjian.activities.dues.ledger.models import Book
from dangjian.kernel.offers import Permission, Role, RoleHeld, RoleSource
from dangjian.org import roles
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_rows

ACCOUNTANT = "dues_accountant"
CASHIER = "dues_cashier"

VIEWERS = roles.COMMITTEE | roles.OFFICE
BOOKKEEPERS = frozenset({ACCOUNTANT, CASHIER})


def held(user_ids: Collection[int]) -> Mapping[int, Sequence[RoleHeld]]:
    """Accountant and cashier of an open book hold their role at its organisation."""
    found: dict[int, list[RoleHeld]] = {user_id: [] for user_id in user_ids}
    for accountant, cashier, *place in _named_in(tuple(sorted(set(user_ids)))):
        for role, user_id in ((ACCOUNTANT, accountant), (CASHIER, cashier)):
            if user_id in found:
                found[user_id].append(RoleHeld(role, *place))
    return found


@prepared_rows
def _named_in(user_ids: tuple[int, ...]) -> QuerySet[Any, Any]:
    named = Q(accountant__in=user_ids) | Q(cashier__in=user_ids)
    columns = ("accountant", "cashier", "organization_id", "organization__path", "organization__body_path")
    # Asked before any scope exists: it says what a person may do.
    return register(Book).filter(named, closed_on=None).order_by().values_list(*columns)


OFFERS = (
    Role(ACCOUNTANT, "党费会计", grantable=False, order=60),
    Role(CASHIER, "党费出纳", grantable=False, order=61),
    RoleSource("dues_books", held),
    Permission("dues.pay", "交纳党费", VIEWERS | BOOKKEEPERS | {roles.MEMBER}, reach="own"),
    Permission("dues.view", "查看党费收缴", VIEWERS | BOOKKEEPERS),
    Permission("dues.assess", "核定党费", roles.KEEPERS),
    Permission("dues.propose_relief", "报批党费减免", roles.KEEPERS, reach="own"),
    Permission("dues.approve_relief", "批准党费减免", roles.OFFICE, reach="subtree"),
    Permission("dues.make_bills", "生成应交党费", roles.OFFICE | {ACCOUNTANT}),
    Permission("dues.collect", "收缴党费", roles.KEEPERS, reach="own"),
    Permission("dues.agree", "同意按季交纳、由小组收缴党费", roles.LEADERS, reach="own"),
    Permission("dues.collect_group", "收缴本组党费", frozenset({roles.GROUP_LEADER}), reach="own"),
    Permission("dues.open_book", "开设党费账户", roles.OFFICE, reach="own"),
    Permission("dues.open_balance", "登记党费账期初余额", roles.OFFICE),
    Permission("dues.set_terms", "规定党费上缴比例", roles.OFFICE, reach="own"),
    Permission("dues.view_books", "查看党费账簿", VIEWERS | BOOKKEEPERS),
    Permission("dues.account", "党费会计记账", frozenset({ACCOUNTANT}), reach="own"),
    Permission("dues.cash", "党费出纳收付", frozenset({CASHIER}), reach="own"),
    Permission("dues.handle_arrears", "办理欠交党费", roles.LEADERS, reach="own"),
    Permission("dues.publish", "公示党费", roles.KEEPERS | {ACCOUNTANT}, reach="own"),
    Permission("dues.inspect", "检查党费工作", roles.OFFICE, reach="own"),
    Permission("dues.statistics", "查看党费统计", VIEWERS | BOOKKEEPERS),
)
