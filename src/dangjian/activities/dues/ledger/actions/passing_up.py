"""What is owed upward: the terms that a superior sets, and the sums that by them wait to be passed up."""

import datetime as dt

from django.db import transaction

from dangjian.accounts.events import record, record_many
from dangjian.activities.dues.ledger.models import (
    Book,
    RemittanceLevel,
    RemittancePeriod,
    RemittanceTerm,
    Transfer,
    TransferKind,
    TransferState,
)
from dangjian.activities.dues.ledger.queries import books, remittances
from dangjian.kernel import clock, money
from dangjian.kernel.actor import Actor, SystemActor
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.org.models import Kind, Organization
from dangjian.org.unscoped import unscoped


def require_setting_terms(actor: Actor, organization: Organization) -> None:
    """Raise unless the actor says what an organisation asks of those below it."""
    actor.require("dues.set_terms", organization)


@transaction.atomic
def set_terms(
    *,
    actor: Actor,
    organization: Organization,
    level: RemittanceLevel,
    ratio_percent_x100: int,
    period: RemittancePeriod,
    due_days: int,
    from_month: dt.date,
    superior_name: str = "",
    document: str = "",
) -> RemittanceTerm:
    """What a committee asks of those below it (or, at the top, what its own superior asks) from a month on.

    What waits to be passed up is worked out again at once. Raises ``Invalid`` for a share outside 0.01–100 %.
    """
    require_setting_terms(actor, organization)
    if organization.kind != Kind.COMMITTEE:
        raise Conflict("上缴比例由党委规定。", how="请在党委的账簿中办理。")
    if not 1 <= ratio_percent_x100 <= 10000:
        raise Invalid("上缴比例应在0.01%到100%之间。", fields={"ratio": "应在0.01到100之间"})
    if not 0 <= due_days <= 180:
        raise Invalid("期限应在180天以内。", fields={"due_days": "应为0至180"})
    if level == RemittanceLevel.OWN:
        if books.superior_of(organization) is not None:
            raise Conflict("本级的上级党委就在平台上，上缴比例由上级规定。", how="请联系上级党委。")
        if not superior_name.strip():
            raise Invalid("请填写上级党组织的名称。", fields={"superior_name": "必须填写"})
        remittances.require_lawful(ratio_percent_x100, superior_name, from_month)
    from_month = from_month.replace(day=1)
    if RemittanceTerm.objects.filter(organization=organization, level=level, from_month=from_month).exists():
        raise Conflict(f"从{from_month.year}年{from_month.month}月起已经规定过。", how="请从以后的月份起规定。")
    made: RemittanceTerm = RemittanceTerm.objects.create(
        organization=organization,
        level=level,
        superior_name=superior_name.strip() if level == RemittanceLevel.OWN else "",
        ratio_percent_x100=ratio_percent_x100,
        period=period,
        due_days=due_days,
        from_month=from_month,
        document=document.strip(),
        set_by_id=actor.user_id,
    )
    asked = f"{made.get_period_display()}上缴{ratio_percent_x100 / 100:g}%"
    record(
        actor=actor,
        verb="dues.terms_set",
        summary=f"规定{made.get_level_display()}从{from_month.year}年{from_month.month}月起{asked}",
        organization=organization,
        subject=made,
    )
    prepare_remittances()
    return made


@transaction.atomic
def prepare_remittances(day: dt.date | None = None) -> int:
    """Work out what every open book owes its superior for the last period that ended before ``day``; returns how many rows.

    The base is all that members have paid into the book and those below it by the end of the period, less what earlier periods
    counted: what is booked or reversed late comes into the next period. Rows that wait are worked out again, those sent stay. May
    be called any time and any number of times. Large gifts get their next step.
    """
    day = day or clock.today()
    actor = SystemActor("计算应上缴党费")
    with unscoped("what is to be passed up is worked out for all organisations at once"):
        made = _due_rows(day)
        made += [large_row(gift, day) for gift in remittances.gifts_held()]
        Transfer.objects.bulk_create(made)
        record_many(
            [
                {
                    "actor": actor,
                    "verb": "dues.remittance_due",
                    "summary": f"{row.organization}{row.get_kind_display()}{money.yuan(row.due_fen)}元",
                    "organization": row.organization,
                    "subject": row,
                }
                for row in made
            ]
        )
    return len(made)


def _due_rows(day: dt.date) -> list[Transfer]:
    """Rows to be made; rows that wait are brought up to date here."""
    terms, counted, paid = remittances.Terms(), remittances.counted_before(), _Paid()
    waiting = {
        (row.organization_id, row.period_end): row
        for row in Transfer.objects.select_for_update().filter(kind=TransferKind.UP, state=TransferState.DUE)
    }
    made, changed = [], []
    for organization, superior in _with_superiors():
        term = terms.of((superior or organization).pk, remittances.level_of(organization, superior), day)
        if term is None:
            continue
        first, last = remittances.ended_period(term.period, day)
        earlier = counted.get(organization.pk, [])
        if any(end > last for end, _ in earlier):
            continue
        row = waiting.get((organization.pk, last))
        if row is None and any(end == last for end, _ in earlier):
            continue
        base = paid.until(last, organization.path) - sum(fen for end, fen in earlier if end < last)
        if row is None:
            if term.share(base):
                made.append(_up_row(organization, superior, term, (first, last), base))
        elif base != row.base_fen or term.ratio != row.ratio_percent_x100:
            row.base_fen, row.ratio_percent_x100, row.due_fen = base, term.ratio, term.share(base)
            row.state = TransferState.DUE if row.due_fen else TransferState.CANCELLED
            changed.append(row)
    Transfer.objects.bulk_update(changed, ["base_fen", "ratio_percent_x100", "due_fen", "state"], batch_size=500)
    return made


class _Paid:
    """What was paid by the last days of periods, each read once for all organisations."""

    def __init__(self) -> None:
        self._by_day: dict[dt.date, dict[str, int]] = {}

    def until(self, day: dt.date, path: str) -> int:
        if day not in self._by_day:
            self._by_day[day] = books.paid_until(day)
        return self._by_day[day].get(path, 0)


def _with_superiors() -> list[tuple[Organization, Organization | None]]:
    """Every organisation with an open book, and the committee it passes its dues to."""
    committees = {row.path: row for row in Organization.objects.standing().filter(kind=Kind.COMMITTEE)}
    found = []
    for book in Book.objects.filter(closed_on=None).select_related("organization"):
        path = book.organization.path
        above = (committees.get(path[:end]) for end in range(len(path) - 8, 0, -8))
        found.append((book.organization, next((one for one in above if one), None)))
    return found


def _up_row(
    organization: Organization,
    superior: Organization | None,
    term: remittances.Term,
    period: tuple[dt.date, dt.date],
    base: int,
) -> Transfer:
    return Transfer(
        organization=organization,
        superior=superior,
        superior_name=superior.name if superior else term.superior_name,
        kind=TransferKind.UP,
        period_start=period[0],
        period_end=period[1],
        base_fen=base,
        ratio_percent_x100=term.ratio,
        due_fen=term.share(base),
        due_on=period[1] + dt.timedelta(days=term.due_days),
    )


def large_row(gift: remittances.Gift, day: dt.date) -> Transfer:
    """The next step of a large gift, to be made."""
    superior = books.superior_of(gift.organization)
    outside = remittances.Terms().of(gift.organization.pk, RemittanceLevel.OWN, day) if superior is None else None
    return Transfer(
        organization=gift.organization,
        superior=superior,
        superior_name=superior.name if superior else (outside.superior_name if outside else "上级党委"),
        kind=TransferKind.LARGE,
        payment_id=gift.payment_id,
        base_fen=gift.amount_fen,
        due_fen=gift.amount_fen,
        due_on=day + dt.timedelta(days=remittances.default_term(RemittanceLevel.BRANCH, day).due_days),
    )


def daily() -> None:
    """The daily work: see ``prepare_remittances``."""
    prepare_remittances(clock.today())
