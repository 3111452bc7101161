"""Whose money it is: the policy. Exact or not at all; what is not certain waits for a person.

0. A line with a doubt (its direction, its state) waits, whatever else it says.
1. A valid 附言码 decides: its order, if the amount is that of the order and its bills still come to it.
2. Without one, the payer's name decides, if only one member of that name pays into this account: their one open order of that
   amount, else their open bills from the oldest on, if so many of them come to the amount exactly.
3. Everything else waits, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dangjian.activities.dues.payments.banking.references import Quoted
from dangjian.kernel.money import yuan

OPEN: Final = "open"
EXPIRED: Final = "expired"
CANCELLED: Final = "cancelled"
SETTLED: Final = "settled"
PAID: Final = "paid"

BY_REFERENCE: Final = "附言码"
BY_NAME: Final = "户名和金额"
BY_NOTICE: Final = "网上支付通知"


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill with ``left_fen`` still to pay."""

    pk: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as it stands: ``bills`` are those of its months that are still open.

    ``told`` says that it was booked by a provider's notice and that no line of the bank has been laid beside it yet.
    """

    pk: int
    state: str
    amount_fen: int
    extra_fen: int
    bills: tuple[OpenBill, ...]
    in_this_account: bool = True
    told: bool = False

    @property
    def fits_its_bills(self) -> bool:
        """Whether the bills still come to what was ordered for them."""
        return sum(bill.left_fen for bill in self.bills) == self.amount_fen - self.extra_fen


@dataclass(frozen=True, slots=True)
class Namesake:
    """A member whose name is that of the payer, with their open bills from the oldest on and their open orders.

    ``told_alike`` says that an online payment of theirs, of that amount and about that day, has no line of the bank yet.
    """

    pk: int
    bills: tuple[OpenBill, ...]
    orders: tuple[Ordered, ...] = ()
    told_alike: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do: book for ``order``, or for ``member`` and ``bills``; lay beside the notice of ``order``; or wait.

    ``how`` is empty for money that waits; then ``problem`` says why.
    """

    how: str = ""
    order: int | None = None
    member: int | None = None
    bills: tuple[int, ...] = ()
    problem: str = ""


def match(
    *,
    amount_fen: int,
    quoted: Quoted,
    orders: Mapping[str, Ordered],
    namesakes: Sequence[Namesake],
    maybe_known: bool = False,
    doubt: str = "",
) -> Verdict:
    """The verdict on money that came in.

    :param orders: the orders of the codes in ``quoted``, by code.
    :param maybe_known: whether the account has a line of another file that may be this one.
    :param doubt: why the line itself is not certain.
    """
    if doubt:
        return Verdict(problem=doubt)
    if amount_fen < 0:
        return Verdict(problem="这是退回或冲回的钱，请核对是哪一笔党费退回了。")
    if len(quoted.codes) > 1:
        return Verdict(problem="附言里有不止一个附言码，请核对是哪一笔。")
    if quoted.codes and quoted.codes[0] in orders:
        return judged(amount_fen, orders[quoted.codes[0]])
    if maybe_known:
        return Verdict(problem="以前导入的流水里有日期、金额、户名都相同的一笔，可能是同一笔钱，请核对。")
    by_name = _by_name(amount_fen, namesakes)
    if by_name.problem and (quoted.codes or quoted.broken):
        return Verdict(problem=f"附言码不对或不存在；{by_name.problem}")
    return by_name


def judged(amount_fen: int, order: Ordered, *, by_bank: bool = True) -> Verdict:
    """The verdict on money that came with the code of ``order``; ``by_bank`` is false for a provider's notice."""
    if not order.in_this_account:
        return Verdict(problem="附言码是另一个党费账户的，请核对这份流水是不是本账户的。")
    if order.amount_fen != amount_fen:
        return Verdict(problem=f"附言码对应的金额是{yuan(order.amount_fen)}元，到账{yuan(amount_fen)}元，不一致。")
    if order.state == PAID:
        if by_bank and order.told:
            return Verdict(how=BY_NOTICE, order=order.pk)
        return Verdict(problem="附言码对应的这笔党费已经到账，可能重复转账了。")
    if order.state == CANCELLED:
        return Verdict(problem="附言码对应的这笔已被本人取消，请与本人核对后认领。")
    if order.state == SETTLED:
        return Verdict(problem="附言码对应的这笔党费支部已另行收到，可能重复交了，请与本人核对后认领或退回。")
    if not order.fits_its_bills:
        return Verdict(problem="下单以后应交党费有变动（已用别的方式交纳或重新核定），请核对后认领。")
    return Verdict(how=BY_REFERENCE, order=order.pk, bills=tuple(bill.pk for bill in order.bills))


def _by_name(amount_fen: int, namesakes: Sequence[Namesake]) -> Verdict:
    if not namesakes:
        return Verdict(problem="没有附言码，付款户名也不是本账户范围内的党员。")
    if len(namesakes) > 1:
        return Verdict(problem=f"没有附言码，有{len(namesakes)}名党员与付款户名同名。")
    payer = namesakes[0]
    if payer.told_alike:
        return Verdict(problem="本人近日网上支付过同样的金额，还没有对上流水，可能是同一笔钱，请核对。")
    ordered = [order for order in payer.orders if order.state == OPEN and order.amount_fen == amount_fen and order.fits_its_bills]
    if len(ordered) == 1 and ordered[0].in_this_account:
        return Verdict(how=BY_NAME, order=ordered[0].pk, bills=tuple(bill.pk for bill in ordered[0].bills))
    bills = oldest_coming_to(amount_fen, payer.bills)
    if bills:
        return Verdict(how=BY_NAME, member=payer.pk, bills=tuple(bill.pk for bill in bills))
    owed = sum(bill.left_fen for bill in payer.bills)
    return Verdict(problem=f"没有附言码，金额与同名党员未交的党费（共{yuan(owed)}元）对不上。")


def oldest_coming_to(amount_fen: int, bills: Sequence[OpenBill]) -> tuple[OpenBill, ...]:
    """So many of the bills, from the first on, that they come to the amount exactly; none if no number does."""
    total = 0
    for number, bill in enumerate(bills, start=1):
        total += bill.left_fen
        if total == amount_fen:
            return tuple(bills[:number])
    return ()
