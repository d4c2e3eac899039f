"""Money that goes back: which payments it is taken from, and what of it is done.

A refund is first written on its order and then asked for, so that a death in between loses nothing and asks
for nothing twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from admit.catalog.price import PaymentMethod
from admit.errors import (
    Fault,
    IdempotencyConflict,
    Invalid,
    NotFound,
    NothingToRefund,
    RefundTooLarge,
    WrongState,
)
from admit.model import ONE_LINE, Shape, request_hash
from admit.money import Money, chargeable, chargeable_step
from admit.orders.ledger import Account, Cause, Movement, Refund, RefundStatus
from admit.orders.order import Order


class RefundRequest(Shape):
    """What is to go back: an amount, the price of some tickets, or without either all that was paid."""

    amount: Money | None = None
    tickets: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=1_000)] | None = None
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""

    @model_validator(mode="after")
    def _one_of_them(self) -> "RefundRequest":
        if self.amount is not None and self.tickets is not None:
            raise ValueError("give either amount or tickets")
        return self


def refund(order: Order, request: RefundRequest, *, key: str, actor: str, now: datetime) -> Order:
    """Return the order with what is asked for on its way back; asked under the same key again, as it is.

    Money that did not fit the order goes first when no amount is named. Raises Invalid, NotFound,
    NothingToRefund, RefundTooLarge.
    """
    if key and (made := [one for one in order.refunds if one.key == key]):
        if made[0].request_hash != request_hash(request):
            raise IdempotencyConflict
        return order
    if request.amount is not None:
        _refuse_unfit(order, request.amount, key)
    if request.tickets is not None:
        back = _refund_tickets(order, request.tickets, key=key, actor=actor, note=request.note, now=now)
        return _of_request(order, back, request)
    paid = order.paid > 0
    apart = Account.UNALLOCATED if order.misfits and (request.amount is None or not paid) else Account.ORDER
    told = order.then(actor, f"refund: {request.note}" if request.note else "refund", now)
    amount = request.amount.amount if request.amount else None
    paid_back = pay_back(told, amount, key=key, actor=actor, note=request.note, now=now, source=apart)
    return _of_request(order, paid_back, request)


def _refuse_unfit(order: Order, amount: Money, key: str) -> None:
    if amount.currency != order.currency:
        raise Invalid.field("amount.currency", f"must be the order's, {order.currency}")
    if order.payment_method is PaymentMethod.CARD and not chargeable(amount):
        raise Invalid.field(
            "amount.amount", "must end in a zero: cards take no finer amount of this currency"
        )
    if not key:
        raise Invalid.field("Idempotency-Key", "is needed to refund a part, so that it never goes back twice")


def ticket_prices(order: Order) -> list[int]:
    """Return what each ticket cost, by number: a line's total in equal parts, the odd units on the first."""
    step = chargeable_step(order.currency)
    prices = []
    for line in order.lines:
        share, odd = divmod(line.total // step, line.quantity)
        parts = [(share + (1 if at < odd else 0)) * step for at in range(line.quantity)]
        parts[0] += line.total % step
        prices += parts
    return prices


def open_prices(order: Order, numbers: Collection[int]) -> list[int]:
    """Return what these tickets cost, without those that were cancelled, or refunded apart."""
    prices = ticket_prices(order)
    back = {
        number for one in order.refunds if one.status is not RefundStatus.FAILED for number in one.tickets
    }
    return [prices[number - 1] for number in sorted(set(numbers) & set(order.numbers) - back)]


def _refund_tickets(
    order: Order, numbers: Sequence[int], *, key: str, actor: str, note: str, now: datetime
) -> Order:
    """Return the order with the price of some tickets on its way back; they are not cancelled by it."""
    prices = ticket_prices(order)
    if any(not 1 <= number <= len(prices) for number in numbers):
        raise NotFound("There is no such ticket.")
    before = {
        number for one in order.refunds if one.status is not RefundStatus.FAILED for number in one.tickets
    }
    if again := sorted(before & set(numbers)):
        raise NothingToRefund(faults=[Fault("tickets", f"were refunded before: {_listed(again)}")])
    amount = sum(prices[number - 1] for number in set(numbers))
    told = order.then(actor, f"refund of tickets {_listed(sorted(set(numbers)))}", now)
    return pay_back(told, amount, key=key, actor=actor, note=note, now=now, tickets=sorted(set(numbers)))


def _of_request(before: Order, after: Order, request: RefundRequest) -> Order:
    """Note on the new refunds which request they are of."""
    for one in after.refunds[len(before.refunds) :]:
        after = after.with_refund(one.model_copy(update={"request_hash": request_hash(request)}))
    return after


def pay_back(
    order: Order,
    amount: int | None,
    *,
    actor: str,
    note: str,
    now: datetime,
    source: Account = Account.ORDER,
    tickets: Sequence[int] = (),
    key: str = "",
) -> Order:
    """Return the order with so much on its way back, from its newest payments first; all there is for None.

    What came by card is asked of Stripe; what came another way waits for the organizer's word. Raises
    NothingToRefund, RefundTooLarge.
    """
    payments = [
        one
        for one in reversed(order.payments())
        if came_for(order, one) is source and (amount is None or one.currency == order.currency)
    ]
    left = sum(order.refundable(payment) for payment in payments)
    if left == 0 or amount == 0:
        raise NothingToRefund
    rest = left if amount is None else amount
    if rest > left:
        raise RefundTooLarge(faults=[Fault("amount", f"can be {left} at most, in minor units")])
    for payment in payments:
        part = min(rest, order.refundable(payment))
        if part == 0:
            continue
        account = _where(order, payment)
        order = order.with_refund(
            Refund(
                sequence=next_sequence(order),
                amount=part,
                currency=payment.currency,
                status=RefundStatus.REQUESTED if account is Account.STRIPE else RefundStatus.PENDING,
                payment=payment.id,
                account=account,
                source=source,
                tickets=list(tickets),
                note=note,
                key=key,
                actor=actor,
                requested_at=now,
            )
        )
        rest -= part
    return order


def confirm_by_hand(order: Order, sequence: int, *, actor: str, note: str, now: datetime) -> Order:
    """Return the order with a refund that the organizer has sent himself.

    One that failed at Stripe may be sent another way: that is a refund of its own. Raises NotFound,
    WrongState.
    """
    refund = next((one for one in order.refunds if one.sequence == sequence), None)
    if refund is None:
        raise NotFound("There is no such refund.")
    if refund.status is RefundStatus.FAILED:
        return _sent_otherwise(order, refund, actor=actor, note=note, now=now)
    if refund.account is Account.STRIPE:
        raise WrongState("Stripe sends this refund; there is nothing to confirm.")
    if refund.status is RefundStatus.SUCCEEDED:
        return order
    done = refund.model_copy(update={"status": RefundStatus.SUCCEEDED, "reference": note or None})
    told = order.then(actor, f"refund {sequence} sent", now)
    return told.with_refund(done).with_movement(done.movement(now))


def left_to_refund(order: Order, source: Account = Account.ORDER) -> int:
    """Return what has not gone back and is not about to, in minor units of the order's currency.

    The `source` is the money for an order, or what came and is not for it.
    """
    return sum(
        order.refundable(one)
        for one in order.payments()
        if came_for(order, one) is source and one.currency == order.currency
    )


def _sent_otherwise(order: Order, failed: Refund, *, actor: str, note: str, now: datetime) -> Order:
    if any(one.replaces == failed.sequence for one in order.refunds):
        return order
    payment = next(one for one in order.payments() if one.id == failed.payment)
    if order.refundable(payment) < failed.amount:
        raise WrongState("This money has gone back another way, or is about to.")
    done = failed.model_copy(
        update={
            "sequence": next_sequence(order),
            "replaces": failed.sequence,
            "account": Account.BY_HAND,
            "status": RefundStatus.SUCCEEDED,
            "reference": note or None,
            "failure": None,
            "actor": actor,
            "requested_at": now,
            "key": "",
        }
    )
    told = order.then(actor, f"refund {failed.sequence} sent another way", now)
    return told.with_refund(done).with_movement(done.movement(now))


def next_sequence(order: Order) -> int:
    return 1 + max((one.sequence for one in order.refunds), default=0)


def came_for(order: Order, payment: Movement) -> Account:
    """Return whether a payment is for the order by now."""
    allocated = payment.misfit is None or order.has_moved(f"{payment.id}:allocated")
    return Account.ORDER if allocated else Account.UNALLOCATED


def _where(order: Order, payment: Movement) -> Account:
    """Return where the money of a payment is now: what was said by hand may have shown up at the bank."""
    confirmed = any(
        one.cause is Cause.CONFIRMATION and one.reference == payment.id for one in order.movements
    )
    return Account.BANK if confirmed else payment.debit


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)
