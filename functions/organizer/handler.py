"""The organizer's side: accounts, orders and the decisions on them, the waiting list, companies, devices."""

from random import SystemRandom
from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids, keys
from admit.aws.http import Cursor, IdempotencyKey, Limit, Listing, OptionalIdempotencyKey
from admit.aws.organizer import OrganizerApi, new_id
from admit.aws.settings import workshop
from admit.catalog.create import DEFAULT_LIST_ID
from admit.catalog.price import PaymentMethod
from admit.door.device import Device, DeviceSettings, DeviceView, UnpairedDevice, create_device, device_view
from admit.errors import NotFound
from admit.insight.summary import Summary, read_summary
from admit.orders.approve import (
    BulkDecision,
    DecisionRequest,
    Decisions,
    approve,
    decide_all,
    decline,
)
from admit.orders.listing import orders_of_event
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.place import OrganizerPlaceRequest, place_by_organizer
from admit.orders.waiting import (
    OfferRound,
    OrganizerWaitingView,
    WaitingEntry,
    WaitingStatus,
    end_entry,
    load_entry,
    offer_round,
    organizer_waiting_view,
)
from admit.people.account import (
    ANY_ROLE,
    HANDLES_MONEY,
    MANAGES,
    Organizer,
    OrganizerSettings,
    found_organizer,
    organizers_of,
)
from admit.people.company import (
    Company,
    CompanySettings,
    Relay,
    RelaySettings,
    company_of,
    create_company,
    set_relay,
)
from admit.tickets.ticket import order_and_tickets
from admit.tickets.view import OrderView, PlacedOrder, order_view, placed_order

app = OrganizerApi()
random = SystemRandom()  # A restored snapshot must not guess what its copies guess.


@app.post("/organizer", status_code=201)
def open_account(settings: OrganizerSettings, idempotency_key: OptionalIdempotencyKey = "") -> Organizer:
    email = app.signed_in
    shop = workshop()
    return found_organizer(
        shop.table,
        settings,
        email,
        founders=shop.settings.founders,
        organizer_id=new_id(idempotency_key, "organizer", email),
        now=clock.now(),
    )


@app.get("/organizer")
def list_accounts() -> Listing[Organizer]:
    return Listing(items=organizers_of(workshop().table, app.signed_in), cursor=None)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders", status_code=201)
def place_order(
    organizer_id: str, event_id: str, request: OrganizerPlaceRequest, idempotency_key: IdempotencyKey
) -> PlacedOrder:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    if request.company_id is not None:
        company_of(table, organizer_id, request.company_id)
    order = place_by_organizer(table, catalog, request, idempotency_key, now=clock.now(), random=random)
    return placed_order(order, catalog.event, app.links, now=clock.now())


@app.get("/organizer/<organizer_id>/events/<event_id>/orders")
def list_orders(
    organizer_id: str,
    event_id: str,
    *,
    status: Annotated[OrderStatus | None, Query()] = None,
    method: Annotated[PaymentMethod | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[OrderView]:
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    found = orders_of_event(
        workshop().table, catalog.event, status=status, method=method, limit=limit, cursor=cursor
    )
    links = app.links
    items = [
        order_view(order, [], catalog.event, links, now=clock.now(), for_organizer=True)
        for order in found.orders
    ]
    return Listing(items=items, cursor=found.cursor)


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>")
def read_order(organizer_id: str, event_id: str, order_id: str) -> OrderView:
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    order, tickets = order_and_tickets(workshop().table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return order_view(order, tickets, catalog.event, app.links, now=clock.now(), for_organizer=True)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/approve")
def approve_order(
    organizer_id: str, event_id: str, order_id: str, request: DecisionRequest | None = None
) -> OrderView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    note = request.note if request else ""
    order = approve(
        workshop().table,
        catalog,
        _order(event_id, order_id),
        actor=app.signed_in,
        note=note,
        now=clock.now(),
        random=random,
    )
    return order_view(order, [], catalog.event, app.links, now=clock.now(), for_organizer=True)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>/decline")
def decline_order(
    organizer_id: str, event_id: str, order_id: str, request: DecisionRequest | None = None
) -> OrderView:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    note = request.note if request else ""
    order = decline(
        workshop().table, _order(event_id, order_id), actor=app.signed_in, note=note, now=clock.now()
    )
    return order_view(order, [], catalog.event, app.links, now=clock.now(), for_organizer=True)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders/decisions")
def decide_orders(organizer_id: str, event_id: str, bulk: BulkDecision) -> Decisions:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return decide_all(workshop().table, catalog, bulk, actor=app.signed_in, now=clock.now(), random=random)


@app.get("/organizer/<organizer_id>/events/<event_id>/waiting-list")
def list_waiting(
    organizer_id: str, event_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[OrganizerWaitingView]:
    app.catalog(organizer_id, event_id, HANDLES_MONEY)
    page = workshop().table.page("gsi1", keys.waiting_of(event_id), limit=limit, cursor=cursor)
    entries = [organizer_waiting_view(WaitingEntry.of(item)) for item in page.items]
    return Listing(items=entries, cursor=page.cursor)


@app.post("/organizer/<organizer_id>/events/<event_id>/waiting-list/offer")
def offer_now(organizer_id: str, event_id: str) -> OfferRound:
    """Offer what is free without waiting for the minute's round."""
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return OfferRound(offers=offer_round(workshop().table, catalog, clock.now(), random))


@app.delete("/organizer/<organizer_id>/events/<event_id>/waiting-list/<entry_id>", status_code=204)
def take_off_waiting_list(organizer_id: str, event_id: str, entry_id: str) -> Response[None]:
    """End somebody's waiting, and an offer that he has."""
    app.catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    entry = load_entry(table, event_id, entry_id)
    if not entry.has_ended:
        end_entry(table, entry, WaitingStatus.REFUSED, clock.now())
    return Response(204)


@app.get("/organizer/<organizer_id>/events/<event_id>/summary")
def read_event_summary(organizer_id: str, event_id: str) -> Summary:
    catalog = app.catalog(organizer_id, event_id, HANDLES_MONEY)
    return read_summary(workshop().table, event_id, catalog.event.currency)


@app.post("/organizer/<organizer_id>/events/<event_id>/devices", status_code=201)
def add_device(organizer_id: str, event_id: str, settings: DeviceSettings) -> UnpairedDevice:
    catalog = app.catalog(organizer_id, event_id, MANAGES)
    return create_device(
        workshop().table,
        catalog,
        settings,
        device_id=ids.random_id(),
        default_list=DEFAULT_LIST_ID,
        now=clock.now(),
    )


@app.get("/organizer/<organizer_id>/events/<event_id>/devices")
def list_devices(
    organizer_id: str, event_id: str, limit: Limit = 50, cursor: Cursor = None
) -> Listing[DeviceView]:
    app.catalog(organizer_id, event_id, MANAGES)
    page = workshop().table.page("gsi1", keys.devices_of(event_id), limit=limit, cursor=cursor)
    return Listing(items=[device_view(Device.of(item)) for item in page.items], cursor=page.cursor)


@app.post("/organizer/<organizer_id>/companies", status_code=201)
def add_company(
    organizer_id: str, settings: CompanySettings, idempotency_key: OptionalIdempotencyKey = ""
) -> Company:
    app.require(organizer_id, MANAGES)
    company_id = new_id(idempotency_key, "company", organizer_id)
    return create_company(workshop().table, organizer_id, settings, company_id=company_id, now=clock.now())


@app.get("/organizer/<organizer_id>/companies")
def list_companies(organizer_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[Company]:
    app.require(organizer_id, ANY_ROLE)
    page = workshop().table.page("gsi1", keys.companies_of(organizer_id), limit=limit, cursor=cursor)
    return Listing(items=[Company.of(item) for item in page.items], cursor=page.cursor)


@app.put("/organizer/<organizer_id>/companies/<company_id>/relays/<email>")
def name_relay(organizer_id: str, company_id: str, email: str, settings: RelaySettings) -> Relay:
    app.require(organizer_id, MANAGES)
    table = workshop().table
    return set_relay(table, company_of(table, organizer_id, company_id), unquote(email), settings)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _order(event_id: str, order_id: str) -> Order:
    order = load_order(workshop().table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return order
