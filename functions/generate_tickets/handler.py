"""The stream's first reader: settled orders become tickets, and tickets that changed hands are drawn anew."""

from functools import cache
from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import Record, handle_each
from admit.orders.order import Order
from admit.tickets.credential import Signer
from admit.tickets.issue import issue, redraw
from admit.tickets.ticket import Ticket


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_each(event, _generate)


def _generate(record: Record) -> None:
    shop = workshop()
    if record.kind == "order":
        order = Order.of(record.after)
        catalog = shop.catalogs.by_id(order.event_id)
        issue(shop.table, shop.bucket, _signer(order.event_id), catalog.event, order, now=clock.now())
    else:
        ticket = Ticket.of(record.after)
        catalog = shop.catalogs.by_id(ticket.event_id)
        redraw(shop.table, shop.bucket, _signer(ticket.event_id), catalog.event, ticket)


@cache
def _signer(event_id: str) -> Signer:
    return Signer(workshop().secrets.read(workshop().settings.signing_secret_arn), event_id)
