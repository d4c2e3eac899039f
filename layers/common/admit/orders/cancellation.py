"""Cancelling by the buyer himself: whether he may, until when, and what he gets back after the fee."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from admit.catalog.event import CancellationRule, Event
from admit.clock import Instant
from admit.errors import CancellationClosed
from admit.model import ONE_LINE, Shape
from admit.money import Money, chargeable_step, rounded
from admit.orders.order import Order, OrderStatus
from admit.orders.refund import left_to_refund, open_prices

type TicketNumbers = Annotated[
    list[Annotated[int, Field(ge=1, strict=True)]], Field(min_length=1, max_length=1_000)
]


class BuyerCancelRequest(Shape):
    """What a buyer cancels: some tickets by their numbers, or all of the order."""

    tickets: TicketNumbers | None = None
    expected: Money | None = None
    """What he was shown that he gets back; when that has changed since, nothing is cancelled."""


class CancelRequest(Shape):
    """What an organizer cancels, and whether its price goes back."""

    tickets: TicketNumbers | None = None
    refund: bool = False
    note: Annotated[str, StringConstraints(max_length=500), ONE_LINE] = ""


class CancellationOffer(Shape):
    """What cancelling the whole order now would bring."""

    refund: Money
    fee: Money
    until: Instant
    """When this ends, for another rule or for good."""


def cancellation_offer(event: Event, order: Order, now: datetime) -> CancellationOffer | None:
    """Return what a buyer would get back for all of a paid order; None when he can't cancel it himself."""
    rule = _rule(event, order, now)
    if rule is None or order.status is not OrderStatus.FULFILLED or order.suspended or not order.numbers:
        return None
    refund = refund_after_fee(order, order.numbers, rule)
    return CancellationOffer(
        refund=Money(amount=refund, currency=order.currency),
        fee=Money(amount=max(0, order.paid) - refund, currency=order.currency),
        until=event.starts_at - timedelta(days=rule.days_before),
    )


def refund_for_buyer(event: Event, order: Order, numbers: Collection[int] | None, now: datetime) -> int:
    """Return what goes back for tickets that a buyer cancels, in minor units. Raises CancellationClosed."""
    rule = _rule(event, order, now)
    if rule is None or order.suspended:
        raise CancellationClosed
    return refund_after_fee(order, order.numbers if numbers is None else numbers, rule)


def refund_after_fee(order: Order, numbers: Collection[int], rule: CancellationRule) -> int:
    """Return the price of tickets less the fee of each, at most what was paid and has not gone back."""
    back, step = 0, chargeable_step(order.currency)
    for price in open_prices(order, numbers):
        fee = rounded(Decimal(price) * rule.fee_percent / 100, step) + rule.fee
        back += max(0, price - fee)
    return min(back, left_to_refund(order), max(0, order.paid))


def _rule(event: Event, order: Order, now: datetime) -> CancellationRule | None:
    """Return the rule that holds now: of those still ahead the one whose time comes first."""
    ahead = [
        rule for rule in event.cancellation_rules if now < event.starts_at - timedelta(days=rule.days_before)
    ]
    return max(ahead, key=lambda rule: rule.days_before, default=None)
