"""Importing a bank's statement: read, kept, and matched line by line."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from dangjian.accounts.events import record
from dangjian.activities.dues.billing import own_money
from dangjian.activities.dues.ledger.actions.posting import held_book
from dangjian.activities.dues.ledger.actions.separation import book_of, require_accountant
from dangjian.activities.dues.ledger.models import Book, BookKind
from dangjian.activities.dues.payments.actions import arrivals
from dangjian.activities.dues.payments.banking import accounts, layouts, lines, matching, references
from dangjian.activities.dues.payments.banking.layouts import Statement
from dangjian.activities.dues.payments.banking.lines import Line
from dangjian.activities.dues.payments.banking.matching import Verdict
from dangjian.activities.dues.payments.models import BankStatement, LineState, PaymentOrder, StatementLine
from dangjian.activities.dues.payments.queries import orders as paying
from dangjian.kernel import clock
from dangjian.kernel.actor import Actor
from dangjian.kernel.background import enqueue
from dangjian.kernel.errors import Conflict, Invalid, Refusal
from dangjian.kernel.names import fold
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Organization
from dangjian.org.openings import at, register

MATCHED_AT_ONCE = 150
"""Lines that are matched while the accountant waits; the worker matches longer statements."""

SHOWN_COLUMNS = 40


def import_statement(*, actor: Actor, organization: Organization, content: bytes, file_name: str) -> BankStatement:
    """Import a file of the bank into the account of ``organization`` and book every line that is certain.

    Reading it is done before anything is held. The lines are kept in one transaction, then each is matched in its own, by the
    background worker if they are many: after a crash in between, ``match_waiting`` goes on. A line that an earlier file gave is
    counted, not kept again. Raises ``Invalid`` for a file that cannot be read, ``Conflict`` for one that was imported before.
    """
    book = book_of(organization)
    require_accountant(actor, book)
    if book.kind != BookKind.BANK:
        raise Conflict(f"{organization}没有银行专户，不能导入银行流水。", how="支部收到的现金和代收款请在“收缴”中登记。")
    digest = hashlib.sha256(content).hexdigest()
    _check_new(organization, digest)
    statement = layouts.read(content, filename=file_name, today=clock.today())
    _check_account(book, statement)
    kept = _kept(actor=actor, organization=organization, statement=statement, digest=digest, file_name=file_name)
    if kept.lines_read <= MATCHED_AT_ONCE:
        match_waiting(actor=actor, organization=organization, statement=kept)
    else:
        enqueue("dues.match", kept.pk)
    return kept


def _check_new(organization: Organization, digest: str) -> None:
    # In no account: the same file is not imported into two.
    before = register(BankStatement).filter(digest=digest).order_by("pk").first()
    if before is None:
        return
    if before.organization_id != organization.pk:
        raise Conflict("这份文件已经导入到另一个党费账户。", how="请核对文件是不是本账户的流水。")
    raise Conflict(f"这份文件在{words.daytime(before.uploaded_at)}已经导入过。", how="已导入的流水不会重复入账，请直接查看。")


def _check_account(book: Book, statement: Statement) -> None:
    foreign = sorted(number for number in statement.accounts if not accounts.is_of(number, book.account_number))
    if foreign:
        raise Invalid(
            f"文件里写的账号是尾号{foreign[0][-4:]}，本账户是尾号{book.account_number[-4:]}。",
            how="请确认下载时选对了账户。",
        )


@transaction.atomic
def _kept(*, actor: Actor, organization: Organization, statement: Statement, digest: str, file_name: str) -> BankStatement:
    # Two imports into one account wait for each other here, so that each sees the other's lines.
    held_book(organization)
    _check_new(organization, digest)
    found = _marked(organization, statement)
    wanted = [one for one in found if _concerns_dues(one.line)]
    first_on, last_on = lines.span(statement.lines) or (None, None)
    with at(organization):
        days = StatementLine.objects.filter(organization=organization)
        if first_on and last_on:
            days = days.filter(booked_on__range=(first_on, last_on))
        known = {mark for pair in days.values_list("fingerprint", "by_balance") for mark in pair if mark} if wanted else set()
        fresh = [one for one in wanted if not known & {one.fingerprint, one.by_balance}]
        kept: BankStatement = BankStatement.objects.create(
            organization=organization,
            file_name=file_name[:200],
            layout=statement.layout,
            digest=digest,
            lines_read=len(statement.lines),
            lines_known=len(wanted) - len(fresh),
            lines_out=len(statement.lines) - len(wanted),
            lines_failed=statement.failed,
            unused=list(statement.unused)[:SHOWN_COLUMNS],
            first_on=first_on,
            last_on=last_on,
            uploaded_by_id=actor.user_id,
        )
        StatementLine.objects.bulk_create(
            [
                StatementLine(
                    organization=organization,
                    statement=kept,
                    fingerprint=one.fingerprint,
                    by_balance=one.by_balance,
                    row=one.line.row,
                    booked_on=one.line.booked_on,
                    amount_fen=one.line.amount_fen,
                    payer_name=one.line.payer_name,
                    remark=one.line.remark,
                    serial=one.line.serial,
                    doubt=one.line.doubt,
                )
                for one in fresh
            ],
            batch_size=1000,
        )
    record(
        actor=actor,
        verb="dues.statement_imported",
        summary=f"导入银行流水“{kept.file_name}”，共{kept.lines_read}笔，新到账{len(fresh)}笔",
        organization=organization,
        subject=kept,
    )
    return kept


@dataclass(frozen=True, slots=True)
class _Marked:
    """A line with what makes it the same line in another file."""

    line: Line
    fingerprint: str
    by_balance: str


def _marked(organization: Organization, statement: Statement) -> list[_Marked]:
    marks = lines.fingerprints(organization.pk, statement.lines)
    balances = lines.by_balance(organization.pk, statement.lines)
    return [_Marked(*three) for three in zip(statement.lines, marks, balances, strict=True)]


def _concerns_dues(line: Line) -> bool:
    return line.amount_fen > 0 or line.came_back or bool(line.doubt) or bool(references.quoted_in(line.remark).codes)


def match_waiting(*, actor: Actor, organization: Organization, statement: BankStatement | None = None) -> int:
    """Try again to match the lines that wait, or those of one statement; returns how many were booked.

    By the accountant, after members have been added, bills made, or an import was cut off.
    """
    require_accountant(actor, book_of(organization))
    with at(organization):
        waiting = StatementLine.objects.filter(organization=organization, state=LineState.UNMATCHED)
        rows = waiting.filter(statement=statement) if statement else waiting
        names = paying.names_of_payers(organization)
        return sum(
            _match(actor=actor, pk=pk, names=names) for pk in rows.order_by("booked_on", "row").values_list("pk", flat=True)
        )


def match_in_background(pk: int) -> None:
    """Match a long statement, as the accountant who imported it; the account may have another one by then, who starts it anew."""
    statement = register(BankStatement).select_related("organization", "uploaded_by").get(pk=pk)
    if statement.uploaded_by is not None:
        match_waiting(actor=GrantedActor(statement.uploaded_by), organization=statement.organization, statement=statement)


@transaction.atomic
def _match(*, actor: Actor, pk: int, names: Mapping[str, Sequence[int]]) -> bool:
    """Whether the line was booked, or laid beside what a provider told; else it keeps the reason why not."""
    line: StatementLine = StatementLine.objects.select_for_update(of=("self",)).select_related("organization").get(pk=pk)
    if line.state != LineState.UNMATCHED:
        return False
    quoted = references.quoted_in(line.remark)
    # A code is good for whoever ordered, at whichever branch.
    coded = register(PaymentOrder).select_for_update(of=("self",)).filter(reference__in=quoted.codes).order_by("pk")
    orders = {order.reference: order for order in coded}
    people = names.get(fold(line.payer_name), []) if line.payer_name else []
    verdict = matching.match(
        amount_fen=line.amount_fen,
        quoted=quoted,
        orders={code: paying.ordered(order, line.organization_id) for code, order in orders.items()},
        namesakes=paying.namesakes(people, line.organization_id, line.amount_fen, line.booked_on),
        maybe_known=paying.maybe_known(line),
        doubt=line.doubt or (own_money.suspected(line.payer_name, line.remark) if line.amount_fen > 0 else ""),
    )
    line.order = next((order for order in orders.values()), None)
    if verdict.how:
        _apply(actor, line, verdict)
    else:
        line.problem = verdict.problem
    line.save()
    return line.state == LineState.BOOKED


def _apply(actor: Actor, line: StatementLine, verdict: Verdict) -> None:
    rows = register(PaymentOrder).select_related("payment", "member", "organization")
    order = rows.get(pk=verdict.order) if verdict.order else None
    try:
        with transaction.atomic():
            if verdict.how == matching.BY_NOTICE and order is not None:
                line.payment = order.payment
            else:
                member = order.member if order else register(Member).get(pk=verdict.member or 0)
                line.payment = arrivals.book(
                    actor=actor, arrival=line, member=member, bill_ids=verdict.bills, extra_fen=order.extra_fen if order else 0
                )
                if order is not None:
                    arrivals.settle(order, line.payment)
                arrivals.tell(actor, line.payment)
    except Refusal as refusal:
        line.payment, line.problem = None, refusal.message[:200]
        return
    line.order, line.member = order, line.payment.member if line.payment else None
    line.state, line.matched_by, line.problem = LineState.BOOKED, verdict.how, ""
