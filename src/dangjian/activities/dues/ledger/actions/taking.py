"""What may be taken out of a book: never more than is there on that day and after, never what is bound or not its own."""

import datetime as dt

from dangjian.activities.dues.ledger.actions.separation import cited
from dangjian.activities.dues.ledger.models import Account, Transfer
from dangjian.activities.dues.ledger.queries import books
from dangjian.kernel import clock, money
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.models import Organization
from dangjian.org.openings import at


def require_money(organization: Organization, account: Account, amount_fen: int, day: dt.date) -> None:
    """Raise unless the amount is above 0 and ``account`` holds it at the end of ``day`` and of every day after."""
    if amount_fen <= 0:
        raise Invalid("金额必须大于0。", fields={"amount_fen": "必须大于0"})
    with at(organization):
        there = books.lowest(organization, account, day)
    if there < amount_fen:
        raise Conflict(
            f"{organization}的{account.label}只有{money.yuan(max(there, 0))}元，不够{money.yuan(amount_fen)}元。",
            how="请核对金额和日期；如有到账未登记的款项，请先登记。",
        )


def require_free(organization: Organization, amount_fen: int, *, own_reservation_fen: int = 0) -> None:
    """Raise ``Conflict`` if the amount would eat into large gifts, bound allocations or sums that others wait for."""
    funds = books.funds(organization, clock.today())
    free = funds.free + own_reservation_fen
    if free >= amount_fen:
        return
    parts = (
        ("待转交大额党费", funds.large),
        ("上级专款", funds.earmarked),
        ("启用前应上缴和已制单待付", funds.due_up + funds.reserved - own_reservation_fen),
    )
    bound = "、".join(f"{name}{money.yuan(fen)}元" for name, fen in parts if fen)
    raise Conflict(
        f"可以动用的党费只有{money.yuan(max(free, 0))}元，不够{money.yuan(amount_fen)}元"
        + (f"（账上共有{money.yuan(funds.held)}元，其中{bound}不能挪用）。" if bound else "。"),
        how="请减少金额，或者等党费到账后再办理。",
        citation=cited("dues.use.request") if funds.earmarked else "",
    )


def require_earmark(earmark: Transfer, organization: Organization, use: str, amount_fen: int) -> None:
    """Raise unless ``earmark`` is an allocation of ``organization`` for ``use`` with the amount left."""
    found = next((one for one in books.earmarks(organization) if one.transfer.pk == earmark.pk), None)
    if found is None:
        raise Conflict("这笔专款已经用完，或者不是本组织收到的。", how="请重新选择专款。")
    if found.transfer.use and found.transfer.use != use:
        raise Conflict(
            f"这笔专款只能用于“{found.transfer.get_use_display()}”。",
            how="请改选用途，或者不从这笔专款列支。",
            citation=cited("dues.use.request"),
        )
    if found.left_fen < amount_fen:
        raise Conflict(
            f"这笔专款只剩{money.yuan(found.left_fen)}元，不够{money.yuan(amount_fen)}元。", how="请减少金额，或者分两笔办理。"
        )
