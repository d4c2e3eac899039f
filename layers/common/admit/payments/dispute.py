"""Disputes: while a payment is disputed its tickets admit nobody; when it is won they do again."""

from datetime import datetime
from typing import NamedTuple

from admit.errors import WrongState
from admit.orders.change import change
from admit.orders.ledger import Account, Cause, Dispute, DisputeOutcome, Movement
from admit.orders.order import Order
from admit.orders.refund import came_for
from admit.payments.gateway import CardDispute
from admit.store import Table
from admit.tickets.align import align


def take_dispute(table: Table, order: Order, dispute: CardDispute, now: datetime) -> Order:
    """Bring an order to what Stripe says of a dispute: its money and its tickets. Known news changes nothing.

    A lost dispute leaves the tickets suspended: the organizer cancels them, or gives them back (`lift`).
    """
    if not any(payment.reference == dispute.payment for payment in order.payments()):
        return order
    return align(table, change(table, order, lambda order: _with_dispute(order, dispute, now)), now)


def lift(table: Table, order: Order, *, actor: str, now: datetime) -> Order:
    """Make the tickets of a lost dispute valid again on the organizer's word. Raises WrongState."""

    def decide(order: Order) -> Order:
        if any(one.outcome is DisputeOutcome.OPEN for one in order.disputes):
            raise WrongState("The dispute is not decided yet; answer it at Stripe.")
        if not order.suspended:
            return order
        return order.then(actor, "tickets given back", now, suspended=False, unaligned_since=now)

    return align(table, change(table, order, decide), now)


def _with_dispute(order: Order, told: CardDispute, now: datetime) -> Order:
    known = next((one for one in order.disputes if one.id == told.id), None)
    if known is not None and known.outcome is not DisputeOutcome.OPEN:
        return order  # It is decided for good; what says otherwise was read before.
    present = Dispute(
        id=told.id,
        payment=told.payment,
        amount=told.amount,
        currency=told.currency,
        reason=told.reason,
        outcome=outcome_of(told),
        respond_by=told.respond_by,
    )
    if known is None or known.outcome is not present.outcome:
        order = order.then("stripe", _TOLD[present.outcome], now)
    others = [one for one in order.disputes if one.id != told.id]
    order = order.model_copy(update={"disputes": [*others, present]})
    order = _with_money(order, told, present.outcome, now)
    newly = known is None or known.outcome is not present.outcome
    suspended = any(_takes_tickets(order, one) for one in order.disputes)
    if newly and suspended != order.suspended:
        order = order.model_copy(update={"suspended": suspended, "unaligned_since": now})
    return order


def _takes_tickets(order: Order, dispute: Dispute) -> bool:
    """Say whether tickets were given for the money that a dispute takes; a second payment gave none."""
    payment = next((one for one in order.payments() if one.reference == dispute.payment), None)
    given = payment is not None and came_for(order, payment) is Account.ORDER
    return given and dispute.outcome is not DisputeOutcome.WON


def _with_money(order: Order, told: CardDispute, outcome: DisputeOutcome, now: datetime) -> Order:
    """Book what Stripe has taken for the dispute, given back, or given to the buyer for good."""
    was_taken = any(one.cause is Cause.DISPUTE and one.reference == told.id for one in order.movements)
    if told.withdrawn or outcome is DisputeOutcome.LOST:
        order = _booked(order, _Step("taken", Cause.DISPUTE, Account.DISPUTED, Account.STRIPE), told, now)
    if outcome is DisputeOutcome.WON and was_taken:
        order = _booked(
            order, _Step("returned", Cause.DISPUTE_RETURNED, Account.STRIPE, Account.DISPUTED), told, now
        )
    if outcome is DisputeOutcome.LOST:
        source = _source(order, told)
        order = _booked(order, _Step("lost", Cause.DISPUTE_LOST, source, Account.DISPUTED), told, now)
    return order


class _Step(NamedTuple):
    """What is booked when, and from where to where."""

    name: str
    cause: Cause
    debit: Account
    credit: Account


def _booked(order: Order, step: _Step, told: CardDispute, now: datetime) -> Order:
    name = f"dispute:{told.id}:{step.name}"
    if order.has_moved(name):
        return order
    return order.with_movement(
        Movement(
            id=name,
            cause=step.cause,
            debit=step.debit,
            credit=step.credit,
            amount=told.amount,
            currency=told.currency,
            reference=told.id,
            at=now,
            actor="stripe",
        )
    )


def _source(order: Order, told: CardDispute) -> Account:
    return came_for(order, next(one for one in order.payments() if one.reference == told.payment))


def outcome_of(told: CardDispute) -> DisputeOutcome:
    """Return how a dispute stands, in the words of our books."""
    if told.lost:
        return DisputeOutcome.LOST
    return DisputeOutcome.OPEN if told.open else DisputeOutcome.WON


_TOLD = {
    DisputeOutcome.OPEN: "the payment is disputed",
    DisputeOutcome.WON: "the dispute is won",
    DisputeOutcome.LOST: "the dispute is lost",
}
