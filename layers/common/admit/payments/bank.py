"""Bank statements: each line is kept once, and booked on the order whose invoice it names.

A line is booked under its own name, so a statement that comes twice, or overlaps another, books nothing
twice. What names no invoice, or several, stays on a list until a person has matched or set it aside.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.imports import Entry
from admit.clock import Clock, Instant
from admit.errors import Invalid, NotFound, WrongState
from admit.ids import derived_id
from admit.job import Job, Outcome, RowStatus, create_job, job_body, work_off
from admit.model import Shape, request_hash
from admit.money import Currency
from admit.orders.change import Changed, change
from admit.orders.ledger import Account, Cause, Movement, RefundStatus
from admit.orders.order import Order, load_order
from admit.orders.refund import confirm_by_hand
from admit.payments.bank_statement import BankLine, read_bank_csv, read_camt053
from admit.payments.reference import references_in
from admit.payments.settle import Receipt, receive
from admit.store import ConditionFailed, Item, Key, Put, Table, TransactionRefused, Update

WORK = "bank_statement"
_CREDITOR_REFERENCE = re.compile(r"RF[0-9]{2}([A-Z]+)([0-9]{6,})")


class StatementFormat(StrEnum):
    CAMT = "camt"
    CSV = "csv"


class StatementRequest(Shape):
    """A bank statement as a file, CAMT.053 (ISO 20022) or CSV. The body has 256 KB at most: split it.

    Keep to one format for an account: banks name a line otherwise in each.
    """

    format: StatementFormat
    content: Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
    currency: Currency | None = None
    """Of a CSV file that has no such column."""
    dry_run: bool = False


class LineState(StrEnum):
    UNMATCHED = "unmatched"
    MATCHED = "matched"
    IGNORED = "ignored"


class StoredLine(BankLine):
    """A line of a statement with what became of it."""

    organizer_id: str
    state: LineState = LineState.UNMATCHED
    order_id: str | None = None
    imported_at: Instant

    @property
    def key(self) -> Key:
        return keys.bank_line(self.organizer_id, self.id)

    def put(self) -> Put:
        return Put(self.key, {"kind": "bank_line", **self.attributes(), **self._index(self.state)})

    def to(self, state: LineState, order_id: str | None = None) -> Update:
        """Return the write that says what became of it; false when that was said before, otherwise."""
        index = self._index(state)
        values = {"from": self.state, "to": state, "gsi1pk": index["gsi1pk"]}
        # False when somebody else has matched it, or set it aside, since it was read.
        unchanged = "#state = :from"
        expression = "SET #state = :to, gsi1pk = :gsi1pk"
        if order_id is not None:
            expression, values = f"{expression}, order_id = :order_id", values | {"order_id": order_id}
        return Update(self.key, expression, condition=unchanged, values=values)

    def _index(self, state: LineState) -> dict[str, str]:
        return {
            "gsi1pk": keys.bank_lines(self.organizer_id, state),
            "gsi1sk": f"{self.booked_on.isoformat()}#{self.id}",
        }


class BankLineView(Shape):
    """A line of a bank statement as the organizer sees it; what has left the account is below zero."""

    id: str
    booked_on: str
    amount: int
    currency: str
    text: str
    name: str
    state: LineState
    order_id: str | None
    suggestions: list[str]
    """Orders whose invoices it names."""


class MatchRequest(Shape):
    order_id: Annotated[str, Field(max_length=60)]


def bank_line_view(line: StoredLine, suggestions: Sequence[str] = ()) -> BankLineView:
    fields = BankLineView.model_fields.keys() - {"booked_on", "suggestions"}
    return BankLineView(
        **line.model_dump(include=fields),
        booked_on=line.booked_on.isoformat(),
        suggestions=list(suggestions),
    )


def start_statement(
    table: Table, organizer_id: str, request: StatementRequest, key: str, *, created_by: str, now: datetime
) -> Job:
    """Check a statement as a whole and store the job that books it, or find it stored by an earlier try.

    Raises Invalid, IdempotencyConflict.
    """
    job = Job(
        id=derived_id("job", organizer_id, f"bank {key}"),
        work=WORK,
        organizer_id=organizer_id,
        event_id="",
        dry_run=request.dry_run,
        created_by=created_by,
        created_at=now,
        total=len(_lines(request)),
        request_hash=request_hash(request),
    )
    return create_job(table, job, request.model_dump_json())


def book_statement(table: Table, job: Job, *, clock: Clock, seconds: float) -> bool:
    """Do a part of a statement; say whether there is more to do."""
    request = StatementRequest.model_validate_json(job_body(table, job))

    def book(entry: Entry[BankLine]) -> Outcome:
        if entry.wanted is None:
            return entry.outcome or Outcome(result=RowStatus.SKIPPED)
        if job.dry_run:
            return _rehearsed(table, job.organizer_id, entry.wanted)
        return _booked(table, job, entry.wanted, clock())

    return work_off(table, job, _lines(request), book, clock=clock, seconds=seconds)


def lines_of(
    table: Table, organizer_id: str, state: LineState, *, limit: int, cursor: str | None
) -> tuple[list[BankLineView], str | None]:
    """Return one page of an organizer's lines in one state, by day, with the orders that each may be for."""
    page = table.page("gsi1", keys.bank_lines(organizer_id, state), limit=limit, cursor=cursor)
    lines = [StoredLine.of(item) for item in page.items]
    return [bank_line_view(line, _named(table, organizer_id, line)) for line in lines], page.cursor


def load_line(table: Table, organizer_id: str, line_id: str) -> StoredLine:
    """Read a line of an organizer's statements. Raises NotFound."""
    item = table.get(keys.bank_line(organizer_id, line_id))
    if item is None:
        raise NotFound("There is no such line.")
    return StoredLine.of(item)


def match_line(table: Table, line: StoredLine, order: Order, *, actor: str, now: datetime) -> StoredLine:
    """Book a line on an order, in one transaction. Matching it again to the same order changes nothing.

    Raises WrongState, Invalid for another currency.
    """
    if line.state is LineState.MATCHED and line.order_id == order.id:
        return line
    if line.state is LineState.MATCHED:
        raise WrongState("This line is booked on another order; refund it there first.")
    if not _fits(order, line):
        raise Invalid.field(
            "order_id", "is an order that this line can't be for: look at currency and amount"
        )

    def take(order: Order) -> Changed:
        return Changed(take_line(order, line, actor=actor, now=now), [line.to(LineState.MATCHED, order.id)])

    try:
        change(table, order, take)
    except TransactionRefused as refused:
        return _said_before(refused.failed[1], LineState.MATCHED, order.id)
    return line.model_copy(update={"state": LineState.MATCHED, "order_id": order.id})


def ignore_line(table: Table, line: StoredLine) -> StoredLine:
    """Set a line aside that is for no order. Raises WrongState."""
    if line.state is LineState.IGNORED:
        return line
    if line.state is LineState.MATCHED:
        raise WrongState("This line is booked on an order; refund it there first.")
    return _said(table, line, LineState.IGNORED, None)


def take_line(order: Order, line: BankLine, *, actor: str, now: datetime) -> Order:
    """Return the order with a line of a statement booked on it.

    What the organizer had said by hand of this amount is shown by it; what has left the account is the refund
    of that amount which was to be sent.
    """
    name = f"payment:bank:{line.id}"
    if order.has_moved(name):
        return order
    if line.amount < 0 and any(one.reference == line.id for one in order.refunds):
        return order
    if line.amount < 0:
        refund = next(
            (one for one in order.refunds if _is_sent_by(one.status, one.account, one.amount, line)), None
        )
        if refund is None:
            return order
        return confirm_by_hand(order, refund.sequence, actor=actor, note=line.id, now=now)
    shown = {one.reference for one in order.movements if one.cause is Cause.CONFIRMATION}
    said = next(
        (
            one
            for one in order.payments()
            if one.debit is Account.BY_HAND and one.amount == line.amount and one.id not in shown
        ),
        None,
    )
    if said is not None:
        return order.then(actor, "the bank shows the payment", now).with_movement(
            Movement(
                id=name,
                cause=Cause.CONFIRMATION,
                debit=Account.BANK,
                credit=Account.BY_HAND,
                amount=line.amount,
                currency=line.currency,
                reference=said.id,
                at=now,
                actor=actor,
            )
        )
    receipt = Receipt(
        id=name,
        account=Account.BANK,
        amount=line.amount,
        currency=line.currency,
        reference=line.id,
        actor=actor,
        what="paid by bank transfer",
    )
    return receive(order, receipt, now)


def _is_sent_by(status: RefundStatus, account: Account, amount: int, line: BankLine) -> bool:
    return status is RefundStatus.PENDING and account is not Account.STRIPE and amount == -line.amount


def _lines(request: StatementRequest) -> list[Entry[BankLine]]:
    if request.format is StatementFormat.CSV:
        return read_bank_csv(request.content, currency=request.currency)
    return [Entry(line.row, line) for line in read_camt053(request.content.encode())]


def _rehearsed(table: Table, organizer_id: str, line: BankLine) -> Outcome:
    if table.get(keys.bank_line(organizer_id, line.id)) is not None:
        return Outcome(result=RowStatus.UNCHANGED, reference=line.id)
    named = _named(table, organizer_id, line)
    return Outcome(result=RowStatus.WOULD_CHANGE if len(named) == 1 else RowStatus.SKIPPED, reference=line.id)


def _booked(table: Table, job: Job, line: BankLine, now: datetime) -> Outcome:
    stored = StoredLine(**dict(line), organizer_id=job.organizer_id, imported_at=now)
    try:
        table.write(stored.put())
    except ConditionFailed as failed:
        stored = StoredLine.of(failed.old or {})
    if stored.state is not LineState.UNMATCHED:
        return Outcome(result=RowStatus.UNCHANGED, reference=stored.order_id or line.id)
    named = _named(table, job.organizer_id, stored)
    order = load_order(table, named[0]) if len(named) == 1 else None
    if order is None or not _fits(order, stored):
        return Outcome(result=RowStatus.SKIPPED, reference=line.id)
    match_line(table, stored, order, actor="bank", now=now)
    return Outcome(result=RowStatus.CHANGED, reference=order.id)


def _fits(order: Order, line: BankLine) -> bool:
    if line.currency != order.currency or line.amount == 0:
        return False
    return line.amount > 0 or any(
        _is_sent_by(one.status, one.account, one.amount, line) for one in order.refunds
    )


def _named(table: Table, organizer_id: str, line: BankLine) -> list[str]:
    """Return the orders whose invoices a line names."""
    numbers = []
    for reference in references_in(line.text):
        creditor = _CREDITOR_REFERENCE.fullmatch(reference)
        numbers.append(f"{creditor[1]}-{creditor[2]}" if creditor else reference)
    documents = table.get_many([keys.document(organizer_id, number) for number in dict.fromkeys(numbers)])
    return list(dict.fromkeys(str(item["order_id"]) for item in documents))


def _said(table: Table, line: StoredLine, state: LineState, order_id: str | None) -> StoredLine:
    try:
        return StoredLine.of(table.write(line.to(state, order_id)))
    except ConditionFailed as failed:
        return _said_before(failed.old, state, order_id)


def _said_before(item: Item | None, state: LineState, order_id: str | None) -> StoredLine:
    """Return a line of which somebody else has said the same. Raises WrongState for another word."""
    present = StoredLine.of(item or {})
    if (present.state, present.order_id) != (state, order_id):
        raise WrongState("Somebody else has dealt with this line; look at it again.")
    return present
