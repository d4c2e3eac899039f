"""The public page and its orders: read an event, quote, place, pay, cancel, hand tickets to their holders."""

from hashlib import sha256
from random import SystemRandom
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Header

from admit import clock
from admit.aws.http import AccessKey, Api, IdempotencyKey, TicketKeyQuery, TicketNumber
from admit.aws.settings import workshop
from admit.catalog.event import Event
from admit.catalog.page import EventPage, event_page
from admit.catalog.tier import PaymentMethod
from admit.errors import Unavailable
from admit.orders.order import Holder, OrderStatus, load_order
from admit.orders.place import PlaceRequest, place_by_buyer
from admit.orders.quote import Quote, QuoteRequest, price_lines, quote, taken
from admit.payments.checkout import open_checkout, reopen_checkout
from admit.payments.expire import end_order
from admit.people.assign import assign, take_back
from admit.tickets.ticket import Images, Ticket, load_ticket, order_and_tickets
from admit.tickets.view import (
    OrderView,
    PlacedOrder,
    TicketPage,
    TicketView,
    order_view,
    placed_order,
    ticket_page,
    ticket_view,
)

app = Api()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


@app.get("/public/events/<slug>")
def read_event(
    slug: str, if_none_match: Annotated[str, Header(alias="If-None-Match")] = ""
) -> Response[EventPage]:
    catalog = workshop().catalogs.by_slug(slug)
    page = event_page(catalog, workshop().catalogs.left(catalog), clock.now())
    etag = f'"{sha256(page.model_dump_json().encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=1"}
    if if_none_match == etag:
        return Response(304, headers=headers)
    return Response(200, "application/json", page, headers=headers)


@app.post("/public/events/<slug>/quote")
def quote_lines(slug: str, request: QuoteRequest) -> Quote:
    catalog = workshop().catalogs.by_slug(slug)
    priced = price_lines(catalog, request.lines, clock.now())
    return quote(catalog, priced, taken(workshop().table, priced, request.email))


@app.post("/public/events/<slug>/orders", status_code=201)
def place_order(slug: str, request: PlaceRequest, idempotency_key: IdempotencyKey) -> PlacedOrder:
    catalog = workshop().catalogs.by_slug(slug)
    table = workshop().table
    order = place_by_buyer(table, catalog, request, idempotency_key, now=clock.now(), random=random)
    if order.payment_method is PaymentMethod.CARD and order.status is OrderStatus.AWAITING_PAYMENT:
        order = open_checkout(table, workshop().gateway, order, clock.now())
    return placed_order(order, catalog.event, app.links)


@app.get("/public/orders/<order_id>")
def read_order(order_id: str, key: AccessKey = "") -> OrderView:
    app.links.require_order_key(order_id, key)
    return _order(order_id)


@app.post("/public/orders/<order_id>/checkout")
def pay_order(order_id: str, key: AccessKey = "") -> PlacedOrder:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    order = reopen_checkout(table, workshop().gateway, load_order(table, order_id), clock.now())
    return placed_order(order, _event(order.event_id), app.links)


@app.post("/public/orders/<order_id>/cancel")
def cancel_order(order_id: str, key: AccessKey = "") -> OrderView:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    order = load_order(table, order_id)
    if order.status is not OrderStatus.CANCELLED:
        end_order(table, workshop().gateway, order, OrderStatus.CANCELLED, actor="buyer", now=clock.now())
    return _order(order_id)


@app.put("/public/orders/<order_id>/tickets/<number>/holder")
def assign_ticket(order_id: str, number: TicketNumber, holder: Holder, key: AccessKey = "") -> TicketView:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    return ticket_view(assign(table, load_order(table, order_id), number, holder), app.links)


@app.delete("/public/orders/<order_id>/tickets/<number>/holder")
def take_ticket_back(order_id: str, number: TicketNumber, key: AccessKey = "") -> TicketView:
    app.links.require_order_key(order_id, key)
    table = workshop().table
    return ticket_view(take_back(table, load_order(table, order_id), number), app.links)


@app.get("/public/tickets/<ticket_id>")
def read_ticket(ticket_id: str, header: AccessKey = "", query: TicketKeyQuery = "") -> TicketPage:
    ticket = _ticket(ticket_id, header or query)
    return ticket_page(ticket, _event(ticket.event_id), app.links)


@app.get("/public/tickets/<ticket_id>/qr.png")
def show_qr(ticket_id: str, query: TicketKeyQuery = "") -> Response[None]:
    return _picture(_drawn(ticket_id, query).qr_name)


@app.get("/public/tickets/<ticket_id>/badge.png")
def show_badge(ticket_id: str, query: TicketKeyQuery = "") -> Response[None]:
    return _picture(_drawn(ticket_id, query).badge_name)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _order(order_id: str) -> OrderView:
    order, tickets = order_and_tickets(workshop().table, order_id)
    return order_view(order, tickets, _event(order.event_id), app.links)


def _event(event_id: str) -> Event:
    return workshop().catalogs.by_id(event_id).event


def _ticket(ticket_id: str, key: str) -> Ticket:
    ticket = load_ticket(workshop().table, ticket_id)
    app.links.require_ticket_key(ticket, key)
    return ticket


def _drawn(ticket_id: str, key: str) -> Ticket:
    ticket = _ticket(ticket_id, key)
    if ticket.images is not Images.DRAWN:
        raise Unavailable("The pictures of this ticket are being drawn; try again in a second.")
    return ticket


def _picture(name: str) -> Response[None]:
    return Response(302, headers={"Location": workshop().bucket.address(name), "Cache-Control": "no-store"})
