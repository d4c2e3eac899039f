"""The organizer's side: accounts, events and tiers, orders and their summary, companies, devices."""

from random import SystemRandom
from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler.openapi.params import Query

from admit import clock, ids, keys
from admit.aws.http import Api, Cursor, IdempotencyKey, Limit, Listing, OptionalIdempotencyKey
from admit.aws.settings import workshop
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.create import DEFAULT_LIST_ID, create_event, create_tier
from admit.catalog.event import Event, EventSettings
from admit.catalog.publish import publish
from admit.catalog.price import PaymentMethod, TierSettings
from admit.catalog.view import CatalogView, EventView, OrganizerTierView, catalog_view, event_view, tier_view
from admit.door.device import Device, DeviceSettings, DeviceView, UnpairedDevice, create_device, device_view
from admit.errors import NotFound
from admit.insight.summary import Summary, read_summary
from admit.orders.listing import orders_of_event
from admit.orders.order import OrderStatus
from admit.orders.place import OrganizerPlaceRequest, place_by_organizer
from admit.people.account import (
    ANY_ROLE,
    HANDLES_MONEY,
    MANAGES,
    Organizer,
    OrganizerSettings,
    Role,
    found_organizer,
    organizers_of,
    require_member,
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
from admit.tickets.credential import Signer
from admit.tickets.ticket import order_and_tickets
from admit.tickets.view import OrderView, PlacedOrder, order_view, placed_order

app = Api()
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
        organizer_id=_new_id(idempotency_key, "organizer", email),
        now=clock.now(),
    )


@app.get("/organizer")
def list_accounts() -> Listing[Organizer]:
    return Listing(items=organizers_of(workshop().table, app.signed_in), cursor=None)


@app.post("/organizer/<organizer_id>/events", status_code=201)
def add_event(
    organizer_id: str, settings: EventSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> CatalogView:
    _require(organizer_id, MANAGES)
    shop = workshop()
    event_id = _new_id(idempotency_key, "event", organizer_id)
    signer = Signer(shop.secrets.read(shop.settings.signing_secret_arn), event_id)
    catalog = create_event(
        shop.table,
        organizer_id,
        settings,
        event_id=event_id,
        public_key=signer.public_key,
        hold_minutes=shop.settings.hold_minutes,
        now=clock.now(),
    )
    return catalog_view(catalog)


@app.get("/organizer/<organizer_id>/events")
def list_events(organizer_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[EventView]:
    _require(organizer_id, ANY_ROLE)
    page = workshop().table.page("gsi1", keys.events_of(organizer_id), limit=limit, cursor=cursor)
    return Listing(items=[event_view(Event.of(item)) for item in page.items], cursor=page.cursor)


@app.get("/organizer/<organizer_id>/events/<event_id>")
def read_event(organizer_id: str, event_id: str) -> CatalogView:
    return catalog_view(_catalog(organizer_id, event_id, ANY_ROLE))


@app.post("/organizer/<organizer_id>/events/<event_id>/publish")
def publish_event(organizer_id: str, event_id: str) -> CatalogView:
    return catalog_view(publish(workshop().table, _catalog(organizer_id, event_id, MANAGES)))


@app.post("/organizer/<organizer_id>/events/<event_id>/tiers", status_code=201)
def add_tier(
    organizer_id: str, event_id: str, settings: TierSettings, idempotency_key: OptionalIdempotencyKey = ""
) -> OrganizerTierView:
    catalog = _catalog(organizer_id, event_id, MANAGES)
    tier_id = _new_id(idempotency_key, "tier", event_id)
    tier = create_tier(workshop().table, catalog, settings, tier_id=tier_id, new_id=ids.random_id)
    return tier_view(tier)


@app.get("/organizer/<organizer_id>/events/<event_id>/tiers")
def list_tiers(organizer_id: str, event_id: str) -> Listing[OrganizerTierView]:
    catalog = _catalog(organizer_id, event_id, ANY_ROLE)
    tiers = [tier_view(tier) for _, tiers in catalog.in_order() for tier in tiers]
    return Listing(items=tiers, cursor=None)


@app.post("/organizer/<organizer_id>/events/<event_id>/orders", status_code=201)
def place_order(
    organizer_id: str, event_id: str, request: OrganizerPlaceRequest, idempotency_key: IdempotencyKey
) -> PlacedOrder:
    catalog = _catalog(organizer_id, event_id, MANAGES)
    table = workshop().table
    if request.company_id is not None:
        company_of(table, organizer_id, request.company_id)
    order = place_by_organizer(table, catalog, request, idempotency_key, now=clock.now(), random=random)
    return placed_order(order, catalog.event, app.links)


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
    catalog = _catalog(organizer_id, event_id, HANDLES_MONEY)
    found = orders_of_event(
        workshop().table, catalog.event, status=status, method=method, limit=limit, cursor=cursor
    )
    links = app.links
    items = [order_view(order, [], catalog.event, links) for order in found.orders]
    return Listing(items=items, cursor=found.cursor)


@app.get("/organizer/<organizer_id>/events/<event_id>/orders/<order_id>")
def read_order(organizer_id: str, event_id: str, order_id: str) -> OrderView:
    catalog = _catalog(organizer_id, event_id, HANDLES_MONEY)
    order, tickets = order_and_tickets(workshop().table, order_id)
    if order.event_id != event_id:
        raise NotFound("There is no such order.")
    return order_view(order, tickets, catalog.event, app.links)


@app.get("/organizer/<organizer_id>/events/<event_id>/summary")
def read_event_summary(organizer_id: str, event_id: str) -> Summary:
    catalog = _catalog(organizer_id, event_id, HANDLES_MONEY)
    return read_summary(workshop().table, event_id, catalog.event.currency)


@app.post("/organizer/<organizer_id>/events/<event_id>/devices", status_code=201)
def add_device(organizer_id: str, event_id: str, settings: DeviceSettings) -> UnpairedDevice:
    catalog = _catalog(organizer_id, event_id, MANAGES)
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
    _catalog(organizer_id, event_id, MANAGES)
    page = workshop().table.page("gsi1", keys.devices_of(event_id), limit=limit, cursor=cursor)
    return Listing(items=[device_view(Device.of(item)) for item in page.items], cursor=page.cursor)


@app.post("/organizer/<organizer_id>/companies", status_code=201)
def add_company(
    organizer_id: str, settings: CompanySettings, idempotency_key: OptionalIdempotencyKey = ""
) -> Company:
    _require(organizer_id, MANAGES)
    company_id = _new_id(idempotency_key, "company", organizer_id)
    return create_company(workshop().table, organizer_id, settings, company_id=company_id, now=clock.now())


@app.get("/organizer/<organizer_id>/companies")
def list_companies(organizer_id: str, limit: Limit = 50, cursor: Cursor = None) -> Listing[Company]:
    _require(organizer_id, ANY_ROLE)
    page = workshop().table.page("gsi1", keys.companies_of(organizer_id), limit=limit, cursor=cursor)
    return Listing(items=[Company.of(item) for item in page.items], cursor=page.cursor)


@app.put("/organizer/<organizer_id>/companies/<company_id>/relays/<email>")
def name_relay(organizer_id: str, company_id: str, email: str, settings: RelaySettings) -> Relay:
    _require(organizer_id, MANAGES)
    table = workshop().table
    return set_relay(table, company_of(table, organizer_id, company_id), unquote(email), settings)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return app.resolve(event, context)


def _require(organizer_id: str, roles: frozenset[Role]) -> None:
    require_member(workshop().table, organizer_id, app.signed_in, roles)


def _catalog(organizer_id: str, event_id: str, roles: frozenset[Role]) -> Catalog:
    """Read an event of this organizer for a caller who has one of the roles."""
    _require(organizer_id, roles)
    catalog = load_catalog(workshop().table, event_id)
    if catalog.event.organizer_id != organizer_id:
        raise NotFound("There is no such event.")
    return catalog


def _new_id(idempotency_key: str, *scope: str) -> str:
    return ids.derived_id(*scope, idempotency_key) if idempotency_key else ids.random_id()
