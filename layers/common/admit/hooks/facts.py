"""Which facts webhooks tell: each follows from an order or a ticket before and after one change.

So it is found again however often the stream brings the change, and told once by the id of its delivery.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from admit.orders.ledger import RefundStatus
from admit.orders.order import Order, OrderStatus
from admit.tickets.ticket import Ticket, TicketStatus


class FactType(StrEnum):
    ORDER_PLACED = "order.placed"
    ORDER_SETTLED = "order.settled"
    """It is paid, or needs no payment: its tickets are being made."""
    ORDER_FULFILLED = "order.fulfilled"
    """All of its tickets are there."""
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    ORDER_DECLINED = "order.declined"
    ORDER_REFUNDED = "order.refunded"
    """Money has gone back to the buyer."""
    ORDER_DISPUTED = "order.disputed"
    TICKET_ISSUED = "ticket.issued"
    TICKET_ASSIGNED = "ticket.assigned"
    """Somebody else holds it, or nobody any more."""
    TICKET_CANCELLED = "ticket.cancelled"
    TICKET_ADMITTED = "ticket.admitted"
    """Somebody went in with it."""


type DeliveryType = FactType | Literal["webhook.test"]
"""What a delivery tells: a fact, or only that it comes."""
TEST: Literal["webhook.test"] = "webhook.test"

_OF_STATUS = {
    OrderStatus.FULFILLED: FactType.ORDER_FULFILLED,
    OrderStatus.CANCELLED: FactType.ORDER_CANCELLED,
    OrderStatus.EXPIRED: FactType.ORDER_EXPIRED,
    OrderStatus.DECLINED: FactType.ORDER_DECLINED,
}
_HAS_SETTLED = (OrderStatus.SETTLED, OrderStatus.FULFILLED)


def facts_of_order(before: Order | None, after: Order) -> Iterator[FactType]:
    """Give what a change of an order tells, in the order in which it came about."""
    was = before.status if before else None
    if before is None:
        yield FactType.ORDER_PLACED
    if after.status in _HAS_SETTLED and was not in _HAS_SETTLED:
        yield FactType.ORDER_SETTLED
    if after.status is not was and after.status in _OF_STATUS:
        yield _OF_STATUS[after.status]
    if _sent_back(after) - _sent_back(before):
        yield FactType.ORDER_REFUNDED
    if _disputes(after) - _disputes(before):
        yield FactType.ORDER_DISPUTED


def facts_of_ticket(before: Ticket | None, after: Ticket) -> Iterator[FactType]:
    """Give what a change of a ticket tells."""
    if before is None:
        yield FactType.TICKET_ISSUED
    if before.revision != after.revision if before else after.holder is not None:
        yield FactType.TICKET_ASSIGNED
    was_cancelled = before is not None and before.status is TicketStatus.CANCELLED
    if after.status is TicketStatus.CANCELLED and not was_cancelled:
        yield FactType.TICKET_CANCELLED
    if after.entries > (before.entries if before else 0):
        yield FactType.TICKET_ADMITTED


def _sent_back(order: Order | None) -> set[int]:
    refunds = order.refunds if order else []
    return {one.sequence for one in refunds if one.status is RefundStatus.SUCCEEDED}


def _disputes(order: Order | None) -> set[str]:
    return {dispute.id for dispute in order.disputes} if order else set()
