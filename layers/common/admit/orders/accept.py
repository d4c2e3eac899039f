"""Accepting an offer: the order takes over what the offer holds, in the transaction that ends the offer."""

from datetime import datetime
from random import Random

from admit import ids
from admit.catalog.catalog import Catalog
from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.errors import WrongState
from admit.model import Shape
from admit.money import Money
from admit.orders.order import Address, Billing, Buyer, Order, Phone, Source
from admit.orders.place import PlaceRequest, draft_by_buyer, place_anew
from admit.orders.price import Customer, LineRequest, price_lines
from admit.orders.quote import Asking, Quote, quote
from admit.orders.waiting import WaitingEntry, WaitingStatus
from admit.store import Table, TransactionRefused


class AcceptRequest(Asking):
    """How somebody who has waited pays for what he is offered; the total is the one that he was shown."""

    payment_method: PaymentMethod
    billing: Billing | None = None
    address: Address | None = None
    phone: Phone | None = None
    price_id: str | None = None
    unit: Money | None = None
    total: Money


class OpenOffer(Shape):
    """Tickets that are held for somebody until a moment, and what they cost."""

    tier_id: str
    tier_title: str
    until: Instant
    quote: Quote


class WaitingView(Shape):
    """A place on the waiting list as its owner sees it."""

    id: str
    email: str
    name: str
    quantity: int
    tier_ids: list[str]
    status: WaitingStatus
    joined_at: Instant
    offer: OpenOffer | None
    order_id: str | None


class JoinedWaiting(WaitingView):
    """The answer to joining, with the key of the place."""

    key: str


def waiting_view(catalog: Catalog, entry: WaitingEntry, now: datetime) -> WaitingView:
    """Show a place, with the offer if there is one."""
    priced = offer_quote(catalog, entry, now)
    offer = None
    if priced is not None and entry.offered_tier is not None and entry.offer_until is not None:
        tier = catalog.tiers[entry.offered_tier]
        offer = OpenOffer(tier_id=tier.id, tier_title=tier.title, until=entry.offer_until, quote=priced)
    fields = WaitingView.model_fields.keys() - {"offer"}
    return WaitingView(**entry.model_dump(include=fields), offer=offer)


def offer_quote(catalog: Catalog, entry: WaitingEntry, now: datetime) -> Quote | None:
    """Return what the offered tickets cost; None without an offer. Raises what `price_lines` raises."""
    if entry.status is not WaitingStatus.OFFERED or entry.offered_tier is None:
        return None
    line = LineRequest(tier_id=entry.offered_tier, quantity=entry.quantity)
    priced = price_lines(catalog, [line], now, _waited(entry))
    return quote(catalog, priced, taken={}, left={})


def accept(
    table: Table,
    catalog: Catalog,
    entry: WaitingEntry,
    request: AcceptRequest,
    customer: Customer,
    *,
    now: datetime,
    random: Random,
) -> Order:
    """Turn an offer into an order; accepting again finds it. Raises WrongState without an open offer, and
    what `place_by_buyer` raises; then the offer stands."""
    if entry.offered_tier is None:
        raise WrongState("There is no offer for this place on the waiting list yet.")
    order_id = ids.order_id(catalog.event.id, f"waiting\x1f{entry.id}\x1f{entry.offers}")
    line = LineRequest(
        tier_id=entry.offered_tier, price_id=request.price_id, quantity=entry.quantity, unit=request.unit
    )
    placing = PlaceRequest(
        lines=[line],
        buyer=Buyer(email=entry.email, name=entry.name, phone=request.phone, address=request.address),
        **request.model_dump(exclude={"price_id", "unit", "phone", "address"}),
    )
    waited = _waited(entry, customer)
    try:
        return place_anew(
            table,
            catalog,
            placing,
            order_id,
            lambda: draft_by_buyer(
                catalog, placing, order_id, waited, now, source=Source.WAITING_LIST, claims=entry.claims
            ),
            random=random,
            also=[entry.end(WaitingStatus.ACCEPTED, now, order_id)],
        )
    except TransactionRefused as refused:
        raise WrongState("This offer has ended.") from refused


def _waited(entry: WaitingEntry, customer: Customer | None = None) -> Customer:
    """Return the customer as who has waited; the link in his mail shows that the address is his."""
    shown = customer or Customer()
    return Customer(
        verified_email=ids.normal_email(entry.email),
        codes=shown.codes,
        company_id=shown.company_id,
        offered=True,
        left=shown.left,
    )
