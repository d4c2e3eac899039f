"""Things to test with: each builder gives a valid one, and takes what a test wants otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.create import create_event
from admit.catalog.edit_event import publish
from admit.catalog.edit_tier import create_tier
from admit.catalog.event import EventSettings
from admit.catalog.price import PaymentMethod, PriceSettings
from admit.catalog.tier import TierSettings
from admit.ids import order_id, ticket_id
from admit.money import Money
from admit.orders.order import Billing, Buyer, Order, OrderLine, OrderStatus, Source
from admit.orders.place import Draft, PlaceRequest, draft_by_buyer, place
from admit.orders.price import Customer, LineRequest
from admit.payments.gateway import PageStatus, PaymentPage
from admit.people.person import Holder, HolderDetails
from admit.people.switches import Switches
from admit.store import Table
from admit.tickets.credential import Signer
from admit.tickets.hand_over import assign, order_key_hand
from admit.tickets.ticket import Ticket, load_ticket

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SIGNING_SECRET = "the signing secret of the tests"
BILLING = Billing(company="Polar Systems AS", reference="PO 4711")

_numbers = count(1)


def a_name(prefix: str) -> str:
    """Return a name that no other test has used."""
    return f"{prefix}-{next(_numbers)}"


def event_settings(**overrides: Any) -> EventSettings:
    fields: dict[str, Any] = {
        "slug": a_name("northern-lights"),
        "title": "Northern Lights Conference",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "starts_at": datetime(2027, 6, 3, 7, 0, tzinfo=UTC),
        "ends_at": datetime(2027, 6, 4, 15, 0, tzinfo=UTC),
    }
    return EventSettings.model_validate(fields | overrides)


def a_price(amount: int = 0, *methods: str, **overrides: Any) -> PriceSettings:
    fields: dict[str, Any] = {"amount": Money(amount=amount, currency="EUR")}
    if methods:
        fields["payment_methods"] = [PaymentMethod(method) for method in methods]
    return PriceSettings.model_validate(fields | overrides)


def a_draft(table: Table, **overrides: Any) -> Catalog:
    event_id = a_name("event")
    return create_event(
        table,
        "organizer-1",
        event_settings(**overrides),
        event_id=event_id,
        public_key=Signer(SIGNING_SECRET, event_id).public_key,
        hold_minutes=10,
        now=NOW,
    )


def a_tier(table: Table, catalog: Catalog, **overrides: Any) -> str:
    """Add a tier and return its id; by default a paid one, by card or invoice."""
    fields: dict[str, Any] = {
        "title": "Two-day pass",
        "category": next(iter(catalog.categories)),
        "prices": [a_price(12_500, "card", "invoice")],
    }
    settings = TierSettings.model_validate(fields | overrides)
    tier = create_tier(table, catalog, settings, tier_id=a_name("tier"), new_id=lambda: a_name("price"))
    return tier.id


def an_event(table: Table, *tiers: dict[str, Any], **overrides: Any) -> Catalog:
    """Return a published event with its default free tier, and the tiers asked for."""
    draft = a_draft(table, **overrides)
    for tier in tiers:
        a_tier(table, draft, **tier)
    publish(table, load_catalog(table, draft.event.id))
    return load_catalog(table, draft.event.id)


def default_tier(catalog: Catalog) -> str:
    return next(tier.id for tier in catalog.tiers.values() if tier.default)


def other_tier(catalog: Catalog) -> str:
    return next(tier.id for tier in catalog.tiers.values() if not tier.default)


def a_buyer(**overrides: Any) -> Buyer:
    return Buyer.model_validate({"email": "kari@polar.example", "name": "Kari Nordmann"} | overrides)


def a_request(
    catalog: Catalog, tier_id: str | None = None, quantity: int = 1, method: str = "free", **overrides: Any
) -> PlaceRequest:
    """Return an order of one line at the price of now."""
    tier = catalog.tiers[tier_id or default_tier(catalog)]
    total = tier.prices[0].amount.amount * quantity
    fields: dict[str, Any] = {
        "lines": [LineRequest(tier_id=tier.id, quantity=quantity)],
        "buyer": a_buyer(),
        "payment_method": PaymentMethod(method),
        "billing": BILLING if method == "invoice" else None,
        "total": Money(amount=total, currency=catalog.event.currency),
    }
    return PlaceRequest.model_validate(fields | overrides)


def a_draft_order(
    catalog: Catalog,
    key: str | None = None,
    now: datetime = NOW,
    customer: Customer | None = None,
    **request: Any,
) -> Draft:
    """Write up an order that is not placed yet."""
    identifier = order_id(catalog.event.id, key or a_name("key"))
    return draft_by_buyer(catalog, a_request(catalog, **request), identifier, customer or Customer(), now)


def an_order(table: Table, catalog: Catalog, key: str | None = None, **request: Any) -> Order:
    """Place an order and return it as it is stored."""
    return place(table, catalog, a_draft_order(catalog, key, **request), Random(1))


def a_card_order(now: datetime = NOW, **overrides: Any) -> Order:
    """Return a held order by card that no table has."""
    line = {"tier_id": "tier-1", "tier_title": "Two-day pass", "price_id": "price-1", "label": "Regular"}
    amounts = {"quantity": 2, "unit": 12_500, "discount": 0, "tax": 0, "total": 25_000}
    fields: dict[str, Any] = {
        "id": order_id("event-1", a_name("key")),
        "event_id": "event-1",
        "organizer_id": "organizer-1",
        "shard": 0,
        "status": OrderStatus.AWAITING_PAYMENT,
        "payment_method": PaymentMethod.CARD,
        "source": Source.PUBLIC,
        "buyer": a_buyer(),
        "currency": "EUR",
        "lines": [OrderLine.model_validate(line | amounts)],
        "subtotal": 25_000,
        "discount": 0,
        "tax": 0,
        "total": 25_000,
        "placed_at": now,
        "hold_expires_at": now + timedelta(minutes=10),
        "event_ends_at": NOW,
        "timeline": [],
        "request_hash": "x",
    }
    return Order.model_validate(fields | overrides)


def a_page(order: Order, **overrides: Any) -> PaymentPage:
    """Return the payment page of an order, paid in full."""
    fields: dict[str, Any] = {
        "session_id": order.checkout.session_id if order.checkout else "cs_1",
        "url": None,
        "status": PageStatus.COMPLETE,
        "paid": True,
        "processing": False,
        "failed": False,
        "amount": order.total,
        "currency": order.currency,
        "order_id": order.id,
        "reference": "pi_1",
    }
    return PaymentPage.model_validate(fields | overrides)


class FakeBucket:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def store(self, name: str, content: bytes, content_type: str) -> None:
        assert content_type in (
            "image/png",
            "application/pdf",
            "application/json",
            "application/vnd.apple.pkpass",
            "application/octet-stream",
            "text/csv; charset=utf-8",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        self.objects[name] = content

    def read(self, name: str) -> bytes | None:
        return self.objects.get(name)


def clock_at(moment: datetime = NOW) -> Callable[[], datetime]:
    return lambda: moment


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def give(table: Table, order: Order, number: int, holder: Holder) -> Ticket:
    """Give a ticket to a holder, as who has the order's key does."""
    catalog = load_catalog(table, order.event_id)
    ticket = load_ticket(table, ticket_id(order.id, number))
    details = HolderDetails(**dict(holder))
    return assign(table, catalog, ticket, details, hand=order_key_hand(table, order.id, Switches()), now=NOW)
