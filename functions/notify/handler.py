"""Mails from the queue to their readers, each fact once."""

from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.ids import ticket_id
from admit.orders.order import load_order
from admit.people.mails import MailRequest, send_once, write_mail
from admit.tickets.ticket import load_ticket


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _notify)


def _notify(body: str) -> None:
    shop = workshop()
    request = MailRequest.model_validate_json(body)
    order = load_order(shop.table, request.order_id)
    ticket = load_ticket(shop.table, ticket_id(order.id, request.number)) if request.number else None
    event = shop.catalogs.by_id(order.event_id).event
    if mail := write_mail(request, order, ticket, event, shop.links()):
        send_once(shop.table, shop.postman, request, mail, clock.now())
