"""What came into an account, in the same words whether the bank's statement or a provider's notice tells of it."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from dangjian.activities.dues.billing.models import PaymentMethod
from dangjian.activities.dues.payments.models import ProviderNotice, StatementLine
from dangjian.activities.dues.payments.providers import bank_transfer
from dangjian.org.models import Organization

Arrival = StatementLine | ProviderNotice
LINE: Final = "line"
NOTICE: Final = "notice"
LONGEST_SERIAL: Final = 40


@dataclass(frozen=True, slots=True)
class Facts:
    """An arrival: whose account it is in, on which day, from whom, what is quoted, and under which number it is booked.

    ``payer`` is empty for a notice; ``quoted`` is a line's remark or a notice's code.
    """

    kind: str
    account: Organization
    day: dt.date
    payer: str
    quoted: str
    number: str
    provider: str
    method: PaymentMethod


def facts_of(arrival: Arrival) -> Facts:
    """The facts of a line or notice."""
    if isinstance(arrival, StatementLine):
        return Facts(
            kind=LINE,
            account=arrival.organization,
            day=arrival.booked_on,
            payer=arrival.payer_name,
            quoted=arrival.remark,
            number=_number_of(arrival),
            provider=bank_transfer.CODE,
            method=PaymentMethod.BANK,
        )
    return Facts(
        kind=NOTICE,
        account=arrival.held_by,
        day=timezone.localtime(arrival.paid_at).date(),
        payer="",
        quoted=arrival.reference,
        number=arrival.transaction_no,
        provider=arrival.provider,
        method=PaymentMethod.ONLINE,
    )


def _number_of(line: StatementLine) -> str:
    """The bank's serial number, made unique: banks of two accounts may use the same."""
    return f"{line.serial[:LONGEST_SERIAL]}/{line.fingerprint[:12]}" if line.serial else line.fingerprint[:24]
