"""Mailing again on purpose: an organizer has an order's links, and its tickets, go out once more.

The order counts it, and the mails follow from the count as they do from any change.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from admit.errors import Conflict
from admit.ids import digest
from admit.mail.mails import AboutOrder, AboutTicket, MailKind, MailRequest
from admit.model import Shape
from admit.orders.change import change
from admit.orders.order import Order, OrderStatus
from admit.store import Table


class SentAgain(StrEnum):
    """What is mailed again."""

    ORDER = "order"
    """The order's own links, to its buyer."""
    TICKETS = "tickets"
    """Each ticket that somebody holds, to its holder."""


class SendAgainRequest(Shape):
    """What to mail again: left out, the order and the tickets that it has."""

    kind: SentAgain | None = None


def send_again(
    table: Table, order: Order, request: SendAgainRequest, key: str, *, actor: str, now: datetime
) -> Order:
    """Have an order's mails sent again, also to an address that mail came back from; a key counts once.

    Raises Conflict when tickets are asked for that are not made yet, or are no more.
    """
    asked = digest("mailed again", key) if key else None

    def decide(order: Order) -> Order:
        if asked is not None and order.mailed_again_for == asked:
            return order
        has_tickets = order.status is OrderStatus.FULFILLED
        if request.kind is SentAgain.TICKETS and not has_tickets:
            raise Conflict("This order has no tickets that could be mailed.")
        to_buyer = request.kind is not SentAgain.TICKETS
        to_holders = has_tickets and request.kind is not SentAgain.ORDER
        return order.then(
            actor,
            "mailed again",
            now,
            mail_bounced=order.mail_bounced and not to_buyer,
            mailed_again=order.mailed_again + to_buyer,
            tickets_mailed_again=order.tickets_mailed_again + to_holders,
            mailed_again_for=asked,
        )

    return change(table, order, decide)


def mails_again(before: Order | None, after: Order) -> Iterator[MailRequest]:
    """Return what a change of an order gives to mail again, also of one whose own changes are not told."""
    if before is None:
        return
    if after.mailed_again > before.mailed_again:
        yield AboutOrder(kind=_told(after), order_id=after.id, again=after.mailed_again)
    if after.tickets_mailed_again > before.tickets_mailed_again:
        for number in after.numbers:
            yield AboutTicket(order_id=after.id, number=number, revision=0, again=after.tickets_mailed_again)


def _told(order: Order) -> MailKind:
    """Return the mail that has the links of an order as it is."""
    match order.status:
        case OrderStatus.AWAITING_APPROVAL:
            return MailKind.ORDER_AWAITING_APPROVAL
        case OrderStatus.FULFILLED:
            return MailKind.TICKETS_READY
        case _:
            return MailKind.ORDER_PLACED
