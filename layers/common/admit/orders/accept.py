"""Accepting an offer: the order takes over what the offer holds, in the transaction that ends the offer."""

from datetime import datetime
from random import Random
from typing import Annotated

from pydantic import Field

from admit import ids
from admit.address import Address
from admit.catalog.catalog import Catalog
from admit.catalog.price import PaymentMethod
from admit.catalog.question import Answers
from admit.clock import Instant
from admit.errors import Conflict, Invalid, WrongState
from admit.model import Phone, Shape
from admit.money import Money
from admit.orders.order import Billing, Buyer, Order, Source
from admit.orders.place import PlaceRequest, draft_by_buyer, place_anew
from admit.orders.price import MOST_TICKETS, Customer, LineRequest, price_lines
from admit.orders.quote import Asking, Quote, quote
from admit.orders.waiting import WaitingEntry, WaitingStatus
from admit.people.person import HolderDetails
from admit.seating.maps import SeatMaps
from admit.store import Table, TransactionRefused


class AcceptRequest(Asking):
    """How somebody who has waited pays for what he is offered; the total is the one that he was shown."""

    payment_method: PaymentMethod
    billing: Billing | None = None
    address: Address | None = None
    phone: Phone | None = None
    price_id: str | None = None
    unit: Money | None = None
    answers: Answers = {}
    seats: Annotated[list[str], Field(max_length=MOST_TICKETS)] = []
    """Ids of the seats, one a ticket; left out where there are numbered seats: the best ones together."""
    accessible: Annotated[int, Field(ge=0, le=MOST_TICKETS, strict=True)] = 0
    """How many of the best ones shall have room for a wheelchair."""
    holders: Annotated[list[HolderDetails | None], Field(max_length=MOST_TICKETS)] = []
    """Who attends, one entry a ticket, null for nobody."""
    total: Money


class OpenOffer(Shape):
    """Tickets that are held for somebody until a moment, and what they cost."""

    tier_id: str
    tier_title: str
    until: Instant
    quote: Quote | None
    """None while the tickets can't be priced, as after the sale was closed."""


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
    offer = None
    if entry.status is WaitingStatus.OFFERED and entry.offered_tier and entry.offer_until:
        tier = catalog.tiers.get(entry.offered_tier)
        offer = OpenOffer(
            tier_id=entry.offered_tier,
            tier_title=tier.title if tier else "",
            until=entry.offer_until,
            quote=_offer_quote(catalog, entry, now),
        )
    fields = WaitingView.model_fields.keys() - {"offer"}
    return WaitingView(**entry.model_dump(include=fields), offer=offer)


def _offer_quote(catalog: Catalog, entry: WaitingEntry, now: datetime) -> Quote | None:
    line = LineRequest(tier_id=entry.offered_tier or "", quantity=entry.quantity)
    try:
        priced = price_lines(catalog, [line], now, _waited(entry))
    except (Conflict, Invalid):
        return None
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
    maps: SeatMaps | None = None,
) -> Order:
    """Turn an offer into an order; accepting again finds it. Raises WrongState without an open offer, and
    what `place_by_buyer` raises; then the offer stands."""
    if entry.offered_tier is None:
        raise WrongState("There is no offer for this place on the waiting list yet.")
    order_id = ids.order_id(catalog.event.id, f"waiting\x1f{entry.id}\x1f{entry.offers}")
    line = LineRequest(
        tier_id=entry.offered_tier,
        price_id=request.price_id,
        quantity=entry.quantity,
        unit=request.unit,
        seats=request.seats,
        accessible=request.accessible,
        holders=request.holders,
    )
    as_asked = {*Asking.model_fields, "payment_method", "billing", "answers", "total"}
    placing = PlaceRequest(
        lines=[line],
        buyer=Buyer(email=entry.email, name=entry.name, phone=request.phone, address=request.address),
        **request.model_dump(include=as_asked),
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
            maps=maps,
            also=[entry.end(WaitingStatus.ACCEPTED, now, order_id)],
        )
    except TransactionRefused as refused:
        raise WrongState("This offer has ended.") from refused


def _waited(entry: WaitingEntry, customer: Customer | None = None) -> Customer:
    """Return the customer as who has waited; the key of an offer, which is mailed, shows that the address
    is his."""
    shown = customer or Customer()
    return Customer(
        verified_email=ids.normal_email(entry.email),
        codes=shown.codes,
        company_id=shown.company_id,
        offered=True,
        left=shown.left,
    )
