"""Mails from the queue to their readers, each fact once."""

from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.ids import ticket_id
from admit.mail.mail_text import (
    cancellation_mail,
    document_mail,
    money_mail,
    order_mail,
    ticket_mail,
    verify_mail,
    waiting_mail,
    whitelisted_mail,
)
from admit.mail.mails import (
    AboutCancellation,
    AboutDocument,
    AboutMoney,
    AboutOrder,
    AboutTicket,
    Mail,
    MailRequest,
    VerifyEmail,
    WaitingOffer,
    Whitelisted,
    read_request,
    send_once,
)
from admit.orders.order import load_order
from admit.orders.waiting import load_entry
from admit.tickets.ticket import load_ticket

type _OfOrder = AboutOrder | AboutCancellation | AboutMoney | AboutDocument | AboutTicket


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _notify)


def _notify(body: str) -> None:
    shop = workshop()
    request = read_request(body)
    if mail := _write(request):
        send_once(shop.table, shop.postman, request, mail, clock.now())


def _write(request: MailRequest) -> Mail | None:
    """Write the mail of a fact as it is now, None when it no longer holds."""
    shop = workshop()
    links = shop.links()
    match request:
        case VerifyEmail():
            return verify_mail(request, shop.catalogs.by_id(request.event_id).event, links)
        case Whitelisted():
            catalog = shop.catalogs.by_id(request.event_id)
            tier = catalog.tiers.get(request.tier_id)
            return whitelisted_mail(request, tier.title, catalog.event, links) if tier else None
        case WaitingOffer():
            entry = load_entry(shop.table, request.event_id, request.entry_id)
            if entry.offer_until is None or entry.offers != request.number or entry.has_ended:
                return None
            return waiting_mail(
                request,
                email=entry.email,
                name=entry.name,
                quantity=entry.quantity,
                until=entry.offer_until,
                event=shop.catalogs.by_id(entry.event_id).event,
                links=links,
            )
        case _:
            return _write_of_order(request)


def _write_of_order(request: _OfOrder) -> Mail | None:
    shop = workshop()
    links, order = shop.links(), load_order(shop.table, request.order_id)
    event = shop.catalogs.by_id(order.event_id).event
    match request:
        case AboutOrder():
            return order_mail(request, order, event, links)
        case AboutCancellation():
            return cancellation_mail(request, order, event, links)
        case AboutMoney():
            return money_mail(request, order, event, links, clock.now())
        case AboutDocument():
            return document_mail(request, order, event, links)
        case AboutTicket():
            ticket = load_ticket(shop.table, ticket_id(order.id, request.number))
            return ticket_mail(request, order, ticket, event, links)
