"""Reconciliation: what the payment provider says is compared with the ledger, and what differs is named.

First everything that the provider has news of is pulled once more, so that webhooks which never came are made
good. What still differs afterwards is for a person.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from admit import keys
from admit.catalog.catalog import Catalog
from admit.clock import Clock, stamp
from admit.errors import NotFound
from admit.insight.audit import audited_events
from admit.insight.ledger import LedgerRow
from admit.model import Shape
from admit.orders.ledger import Account, Cause, Misfit, Movement
from admit.orders.order import Order, load_order
from admit.payments.dispute import outcome_of
from admit.payments.gateway import CardDispute, CardPayment, CardRefund, Gateway
from admit.payments.webhook import order_of_payment, take_webhook
from admit.store import Put, Table

_SETTLES = timedelta(minutes=2)
"""So long news may be on its way; what is younger is compared next time."""
_OVERLAP = timedelta(hours=1)
_PAID_WITHIN = timedelta(days=1)
"""A payment is listed by when it was begun, and may be made as long as a page lives."""
_MOST_AT_ONCE = timedelta(hours=6)
"""What has come together while nothing was compared is gone through in parts, one a run."""
_FIRST_LOOK = timedelta(days=3)
_EVENTS_LIVE = timedelta(days=180)
_MOST = 10_000
_TOLD_BY_PAYMENTS = frozenset({"checkout.session.completed", "checkout.session.expired"})


class Difference(Shape):
    """Where the provider and the ledger differ; amounts in minor units, None where there is none."""

    what: str
    reference: str
    order_id: str | None
    provider: int | None
    ledger: int | None
    currency: str | None


class Reconciliation(Shape):
    """What was compared: everything between two moments."""

    after: str
    until: str
    payments: int
    refunds: int
    disputes: int
    news: int
    differences: list[Difference]


class _Told(NamedTuple):
    reference: str
    amount: int
    currency: str


def reconcile(
    table: Table,
    gateway: Gateway,
    catalog_of: Callable[[str], Catalog],
    *,
    clock: Clock,
    random: Random,
    report: Callable[[str, Exception], None],
) -> Reconciliation:
    """Pull and compare what has happened since the last time, with an hour's overlap.

    What can't be pulled now is reported by its name and met again. Raises PaymentUnavailable when the
    provider can't be asked; then the next time begins where this one did.
    """
    now = clock()
    state = table.get(keys.reconciliation())
    last = datetime.fromisoformat(state["until"]) if state else now - _FIRST_LOOK
    until = min(now - _SETTLES, last + _MOST_AT_ONCE)
    after = last - _OVERLAP
    news = 0
    for hint in gateway.hints(after, until):
        if hint.type in _TOLD_BY_PAYMENTS:
            continue
        news += 1
        try:
            take_webhook(table, gateway, catalog_of, hint, now=now, random=random)
        except Exception as error:  # whatever one piece of news has, the others must be looked at
            report(hint.id, error)
    payments = list(gateway.payments(after - _PAID_WITHIN, until))
    refunds = list(gateway.refunds(after, until))
    disputes = list(gateway.disputes(after, until))
    differences = [
        *_payments(table, gateway, payments, now),
        *_refunds(table, gateway, refunds),
        *_disputes(table, gateway, disputes),
        *_ledger(table, gateway, {one.reference for one in payments}, last, until),
    ]
    table.write(Put(keys.reconciliation(), {"kind": "reconciliation", "until": stamp(until)}, condition=None))
    return Reconciliation(
        after=stamp(after),
        until=stamp(until),
        payments=len(payments),
        refunds=len(refunds),
        disputes=len(disputes),
        news=news,
        differences=differences,
    )


def _payments(
    table: Table, gateway: Gateway, payments: Iterable[CardPayment], now: datetime
) -> Iterator[Difference]:
    """Book payments of which no news came, and name those that are not as they should be."""
    named = dict.fromkeys(keys.order(one.order_id) for one in payments if one.order_id)
    known = {order.id: order for order in map(Order.of, table.get_many(list(named)))}
    for payment in payments:
        told = _Told(payment.reference, payment.amount, payment.currency)
        order = known.get(payment.order_id or "")
        if payment.order_id is None:
            continue  # The account takes payments for others too.
        if order is None:
            yield _difference("a payment names an order that does not exist", payment.order_id, told)
            continue
        if _booked(order, payment.reference) is None:
            with suppress(NotFound):  # It was made on no page of ours.
                order = order_of_payment(table, gateway, payment.reference, now)
        booked = _booked(order, payment.reference)
        if booked is None:
            yield _difference("a payment is not in the ledger", order.id, told)
        elif (booked.amount, booked.currency) != (payment.amount, payment.currency):
            yield _difference("a payment is booked otherwise", order.id, told, booked.amount)
        elif booked.misfit is Misfit.MISMATCH and Misfit.MISMATCH in order.misfits:
            yield _difference("a payment waits for a decision", order.id, told, booked.amount)


def _refunds(table: Table, gateway: Gateway, refunds: Iterable[CardRefund]) -> Iterator[Difference]:
    for made in refunds:
        order = _order(table, gateway, made.payment)
        if order is None:
            continue
        told = _Told(made.id, made.amount, made.currency)
        refund = next((one for one in order.refunds if one.reference == made.id), None)
        if refund is None:
            yield _difference("a refund is not in the ledger", order.id, told)
        elif refund.amount != made.amount:
            yield _difference("a refund is booked otherwise", order.id, told, refund.amount)


def _disputes(table: Table, gateway: Gateway, disputes: Iterable[CardDispute]) -> Iterator[Difference]:
    for dispute in disputes:
        order = _order(table, gateway, dispute.payment)
        if order is None:
            continue
        known = next((one for one in order.disputes if one.id == dispute.id), None)
        if known is None or known.outcome is not outcome_of(dispute):
            told = _Told(dispute.id, dispute.amount, dispute.currency)
            yield _difference("a dispute is not known here as it is", order.id, told)


def _ledger(
    table: Table, gateway: Gateway, seen: set[str], after: datetime, until: datetime
) -> Iterator[Difference]:
    """Name payments of the ledger that the provider does not know."""
    for event in audited_events(table, until - _EVENTS_LIVE):
        for nn in range(event.shards):
            partition = keys.ledger(event.id, nn)
            items = table.span(partition, after=stamp(after), until=stamp(until), limit=_MOST)
            for row in map(LedgerRow.of, items):
                by_card = (row.cause, row.debit) == (Cause.PAYMENT, Account.STRIPE)
                if by_card and row.reference not in seen and not _is_known(gateway, row.reference):
                    yield Difference(
                        what="the ledger has a payment that the provider does not know",
                        reference=row.reference,
                        order_id=row.order_id,
                        provider=None,
                        ledger=row.amount,
                        currency=row.currency,
                    )


def _order(table: Table, gateway: Gateway, payment: str) -> Order | None:
    try:
        return load_order(table, gateway.fetch_payment(payment).order_id or "")
    except NotFound:
        return None


def _is_known(gateway: Gateway, reference: str) -> bool:
    try:
        gateway.fetch_payment(reference)
    except NotFound:
        return False
    return True


def _booked(order: Order, reference: str) -> Movement | None:
    return next((one for one in order.payments() if one.reference == reference), None)


def _difference(what: str, order_id: str, told: _Told, ledger: int | None = None) -> Difference:
    return Difference(
        what=what,
        reference=told.reference,
        order_id=order_id,
        provider=told.amount,
        ledger=ledger,
        currency=told.currency,
    )
