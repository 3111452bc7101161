"""How branches collect: bills on the first of the month, a register that is entered when the month or the quarter ends."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from dangjian.accounts.models import User
from dangjian.activities.dues.billing.actions.billing import make_due_bills
from dangjian.activities.dues.billing.actions.collecting import Receipt, SheetDay, receive_sheet
from dangjian.activities.dues.billing.models import Bill, PaymentMethod
from dangjian.activities.dues.demo.cast import Cast
from dangjian.engines.stories.offers import Scene
from dangjian.engines.stories.world import Place, acting, moment
from dangjian.kernel.periods import Span

HABITS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "exemplary": ((100, 4, 9),),
    "merged": ((100, 4, 6),),
    "good": ((88, 8, 12), (10, 20, 24), (2, 33, 40)),
    "late": ((60, 16, 20), (28, 26, 28), (12, 34, 42)),
    "poor": ((45, 22, 25), (35, 35, 40), (20, 48, 58)),
}
"""For each quality: so many of a hundred pay on a day between so many and so many days after the first of the month."""
UNDER_ARREARS = (7, 4, 3)
"""Months up to the last that three members have not paid."""
CASH_SHARE, EXTRA_SHARE = 0.35, 0.03
EXTRA = (1000, 2000, 5000, 10000)
LARGE_GIFT_FEN = 2000_00


@dataclass(frozen=True, slots=True)
class Plan:
    """When and how a member pays a month."""

    on: dt.date
    method: str
    extra_fen: int


@dataclass
class Registers:
    """What the branches write down, month by month."""

    people: Cast
    random: Random
    behind: set[tuple[int, dt.date]]
    days: dict[tuple[int, dt.date], list[tuple[int, dt.date]]] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)
    """By the number of the bill."""
    gift_in: Span | None = None

    def due(self, place: Place, span: Span) -> list[tuple[Bill, Plan]]:
        """The bills of the branch that were paid until the end of the span and are not entered yet. Inside a scope."""
        world, months = self.people.world, self.people.months
        before = min(span.last + dt.timedelta(days=1), world.today)
        bills = Bill.objects.filter(organization=place.number, settled_on=None, month__lt=before).select_related("member")
        found = []
        for bill in bills.order_by("month", "member"):
            is_left = (bill.member_id, bill.month) in self.behind
            is_first = place is world.places[0] and bill.month == months[-1]  # this month is still before the first branch
            if is_left or is_first:
                continue
            plan = self.plans.get(bill.pk) or self.plans.setdefault(bill.pk, self._plan(place, bill))
            if plan.on < before:
                found.append((bill, plan))
        return found

    def _plan(self, place: Place, bill: Bill) -> Plan:
        key = (place.number, bill.month)
        if key not in self.days:
            drawn = ((share, self.random.randint(low, high)) for share, low, high in HABITS[place.quality])
            self.days[key] = [(share, bill.month + dt.timedelta(days=number - 1)) for share, number in drawn]
        on = _chosen(self.random, self.days[key])
        method = PaymentMethod.CASH if self.random.random() < CASH_SHARE else PaymentMethod.TRANSFER
        extra = 0
        if place.quality == "exemplary":  # nothing is overdue there
            extra = self.random.choice(EXTRA) if self.random.random() < EXTRA_SHARE else 0
            if place is self.people.world.places[0] and self.gift_in and self.gift_in.holds(on):
                extra, self.gift_in = LARGE_GIFT_FEN, None
        return Plan(on, method, extra)


def scenes(people: Cast, random: Random) -> Iterator[Scene]:
    """Bills every month, and the registers of every branch."""
    for month in people.months:
        yield Scene(moment(month, 0, 10), make_due_bills)
    registers = Registers(people, random, _behind(people), gift_in=people.first_month)
    spans = people.spans
    for span in spans:
        when = min(moment(span.last, 17), people.world.now - dt.timedelta(hours=1))
        both = span == spans[-1]
        for place in people.world.places:
            if place.merged_on is None or span.start < place.merged_on:
                yield _entered(registers, place, span, when, both=both or place.merged_on is not None)


def _entered(registers: Registers, place: Place, span: Span, when: dt.datetime, *, both: bool) -> Scene:
    """The register of a branch, entered by the collector; in the end what the collector paid by somebody else."""

    def play() -> None:
        first, second = registers.people.collectors(place)
        with acting(first, "dues.view"):
            paid = registers.due(place, span)
        others = [(bill, plan) for bill, plan in paid if bill.member.user_id != first.pk]
        _enter(first, place, span, others, registers)
        if both:
            _enter(second, place, span, [(bill, plan) for bill, plan in paid if bill.member.user_id == first.pk], registers)

    return Scene(when, play)


def _enter(who: User, place: Place, span: Span, paid: list[tuple[Bill, Plan]], registers: Registers) -> None:
    if not paid:
        return
    days: dict[tuple[dt.date, str], dict[int, Receipt]] = defaultdict(dict)
    for bill, plan in paid:
        rows = days[plan.on, plan.method]
        before = rows.get(bill.member_id, Receipt(bill.member))
        bills = {**before.bills, bill.pk: bill.left_fen}
        rows[bill.member_id] = Receipt(bill.member, bills, extra_fen=before.extra_fen + plan.extra_fen)
    with acting(who, "dues.view") as actor:
        receive_sheet(
            actor=actor,
            organization=registers.people.world.organization(place.number),
            days=[SheetDay(day, method, list(rows.values())) for (day, method), rows in sorted(days.items())],
            key=f"register-{span.code}-{who.pk}",
        )


def _chosen(random: Random, days: list[tuple[int, dt.date]]) -> dt.date:
    luck = random.randrange(100)
    for share, day in days:
        if luck < share:
            return day
        luck -= share
    return days[-1][1]


def _behind(people: Cast) -> set[tuple[int, dt.date]]:
    """What the three members in arrears have not paid: everything since so many months before this one; and who stays away."""
    quality = {place.number: place.quality for place in people.world.places}
    slow = [
        member
        for member in people.world.members
        if quality.get(member.branch_id) in {"late", "poor"} and not member.employee_no.endswith("L")
    ]
    long = [member for member in slow if (member.joined_on or people.months[-1]) < people.months[0]]
    found = set()
    for place, number in enumerate(UNDER_ARREARS):
        member = long[(place + 1) * len(long) // (len(UNDER_ARREARS) + 1)]
        found |= {(member.pk, month) for month in people.months[-number - 1 :]}
    for pk, quiet in people.world.quiet.items():
        found |= {(pk, month) for month in people.months if quiet.unpaid_from and month >= quiet.unpaid_from}
    return found
