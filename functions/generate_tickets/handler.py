"""The stream's first reader: settled orders become tickets, tickets that changed hands are drawn anew, and
what is changed of a person, or of what an order has been paid, shows on the tickets."""

from functools import cache, partial
from typing import Any

from admit import clock
from admit.aws.log import logger
from admit.aws.settings import workshop
from admit.aws.stream import Record, handle_each
from admit.badges.face import design_name
from admit.orders.order import Order
from admit.people.person import Person
from admit.press.typeset import NotDrawn
from admit.tickets.align import concerns_payment, follow_payment
from admit.tickets.credential import Signer
from admit.tickets.follow import concerns_tickets, follow, introduce
from admit.tickets.issue import issue, redraw
from admit.tickets.ticket import Ticket


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_each(event, _generate)


def _generate(record: Record) -> None:
    shop = workshop()
    match record.kind:
        case "order":
            order = Order.of(record.after)
            event = shop.catalogs.by_id(order.event_id).event
            issue(
                shop.table,
                shop.bucket,
                _signer(event.id),
                event,
                order,
                now=clock.now(),
                design=shop.designs.get(design_name(event)),
                report=partial(_report, event.id),
            )
            before_it = Order.of(record.before) if record.before else None
            if concerns_payment(before_it, order):
                follow_payment(shop.table, order)
        case "person":
            before = Person.of(record.before) if record.before else None
            if concerns_tickets(before, after := Person.of(record.after)):
                follow(shop.table, after, clock.now())
        case _:
            ticket = Ticket.of(record.after)
            catalog = shop.catalogs.by_id(ticket.event_id)
            event = catalog.event
            introduce(shop.table, catalog, ticket, clock.now())
            redraw(
                shop.table,
                shop.bucket,
                _signer(event.id),
                event,
                ticket,
                design=shop.designs.get(design_name(event)),
                report=partial(_report, event.id),
            )


def _report(event_id: str, failed: NotDrawn) -> None:
    told = {"event_id": event_id, "file": failed.file, "line": failed.line, "late": failed.late}
    logger.warning("badge template failed", extra=told)


@cache
def _signer(event_id: str) -> Signer:
    return Signer(workshop().secrets.read(workshop().settings.signing_secret_arn), event_id)
