"""Placing: one transaction that writes the order and takes everything it claims, or nothing.

The order is the first write. Its id comes from the event and the client's Idempotency-Key, so a request sent
again meets its own order before anything is claimed twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Annotated, Literal

from pydantic import Field, model_validator

from admit import ids, keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event, InvoicePolicy
from admit.catalog.tier import PaymentMethod
from admit.errors import (
    AdmitError,
    Fault,
    IdempotencyConflict,
    Invalid,
    LimitReached,
    PaymentMethodNotAllowed,
    PriceChanged,
    SoldOut,
)
from admit.model import Shape, request_hash
from admit.money import Money
from admit.orders.order import Billing, Buyer, Moment, Order, OrderStatus, PaymentStatus, Source
from admit.orders.quote import LineRequest, Priced, price_lines, quote
from admit.stock.claim import Claim, choose, demand, guess
from admit.stock.limit import Allowance
from admit.stock.shard import Stock
from admit.store import MOST_WRITES, Contention, Item, Table, TransactionRefused, Write

_ATTEMPTS = 12


class PlaceRequest(Shape):
    """What a buyer sends: the lines, who he is, how he pays and the total he was quoted."""

    lines: Annotated[list[LineRequest], Field(min_length=1, max_length=50)]
    buyer: Buyer
    payment_method: PaymentMethod
    billing: Billing | None = None
    total: Money


class OrganizerPlaceRequest(Shape):
    """What an organizer sends: complimentary when it is free, at the tiers' prices when it is by invoice."""

    lines: Annotated[list[LineRequest], Field(min_length=1, max_length=50)]
    buyer: Buyer
    payment_method: PaymentMethod
    billing: Billing | None = None
    company_id: str | None = None
    source: Literal[Source.ORGANIZER, Source.ALLOTMENT] = Source.ORGANIZER

    @model_validator(mode="after")
    def _an_allotment_is_a_companys(self) -> "OrganizerPlaceRequest":
        if self.source is Source.ALLOTMENT and self.company_id is None:
            raise ValueError("an allotment needs company_id")
        return self


def place_by_buyer(
    table: Table, catalog: Catalog, request: PlaceRequest, key: str, *, now: datetime, random: Random
) -> Order:
    """Place a buyer's order at today's prices, or find it placed by an earlier try, whatever changed since.

    Raises what `price_lines` and `place` raise, PriceChanged, PaymentMethodNotAllowed, Invalid.
    """
    identifier = _order_id(catalog, "public", key)
    try:
        order = draft_by_buyer(catalog, request, identifier, now)
    except AdmitError:
        if (earlier := _placed_before(table, identifier, request)) is not None:
            return earlier
        raise
    return place(table, catalog, order, random)


def place_by_organizer(
    table: Table, catalog: Catalog, request: OrganizerPlaceRequest, key: str, *, now: datetime, random: Random
) -> Order:
    """Place an organizer's order, or find it placed by an earlier try. Raises as `place_by_buyer` does."""
    identifier = _order_id(catalog, "organizer", key)
    try:
        order = draft_by_organizer(catalog, request, identifier, now)
    except AdmitError:
        if (earlier := _placed_before(table, identifier, request)) is not None:
            return earlier
        raise
    return place(table, catalog, order, random)


def place(table: Table, catalog: Catalog, order: Order, random: Random) -> Order:
    """Write a drafted order and claim its stock in one transaction, or find it placed by an earlier try.

    Returns the order as it is stored. Raises SoldOut only when a read of all shards as of one moment proves
    it, LimitReached, IdempotencyConflict, Contention when others were quicker for too long.
    """
    wanted = demand(
        [
            (stock, line.quantity)
            for line in order.lines
            for stock in catalog.stocks_of(catalog.tiers[line.tier_id])
        ]
    )
    claims = {stock: guess(stock, units, random) for stock, units in wanted.items()}
    for _ in range(_ATTEMPTS):
        taken = [claim for chosen in claims.values() for claim in chosen]
        placed = order.model_copy(update={"claims": taken})
        writes: list[Write] = [
            placed.put(),
            *(claim.take() for claim in taken),
            *(allowance.take() for allowance in placed.allowances),
        ]
        if len(writes) > MOST_WRITES:
            raise Invalid.field("lines", "are too many different tickets for one order; split it")
        try:
            table.transact(writes)
        except TransactionRefused as refused:
            if 0 in refused.failed:
                return _same_order(placed, refused.failed[0])
            _refuse_limits(placed, refused, first=1 + len(taken))
            short = {taken[at - 1].stock_id for at in refused.failed}
            for stock, units in wanted.items():
                if stock.id not in short:
                    continue
                stored, *shards = table.snapshot([keys.order(order.id), *stock.shard_keys()])
                if stored is not None:
                    return _same_order(placed, stored)
                claims[stock] = _chosen_by_sight(catalog, stock, units, shards, random)
        else:
            return placed
    raise Contention


def draft_by_buyer(catalog: Catalog, request: PlaceRequest, order_id: str, now: datetime) -> Order:
    """Write up a buyer's order; nothing is stored."""
    priced = price_lines(catalog, request.lines, now)
    if request.total.currency != catalog.event.currency:
        raise Invalid.field("total.currency", f"must be the event's, {catalog.event.currency}")
    if request.total.amount != priced.total:
        raise PriceChanged(
            faults=[Fault("total.amount", f"is {priced.total} now")],
            extra={"quote": quote(catalog, priced, taken={}).model_dump(mode="json")},
        )
    _refuse_missing(priced, request.payment_method, request.buyer, request.billing)
    return _draft(catalog, request, priced, Source.PUBLIC, order_id=order_id, now=now)


def draft_by_organizer(
    catalog: Catalog, request: OrganizerPlaceRequest, order_id: str, now: datetime
) -> Order:
    """Write up an organizer's order; nothing is stored."""
    if request.payment_method is PaymentMethod.CARD:
        raise Invalid.field("payment_method", "must be free or invoice for an order of the organizer")
    complimentary = request.payment_method is PaymentMethod.FREE
    priced = price_lines(catalog, request.lines, now, by_organizer=True, complimentary=complimentary)
    if not complimentary:
        if priced.total == 0:
            raise Invalid.field("payment_method", "must be free: there is nothing to pay")
        _refuse_missing(priced, request.payment_method, request.buyer, request.billing, any_method=True)
    return _draft(catalog, request, priced, request.source, order_id=order_id, now=now)


def _chosen_by_sight(
    catalog: Catalog, stock: Stock, units: int, shards: Sequence[Item | None], random: Random
) -> list[Claim]:
    chosen = choose(stock, units, shards, random)
    if chosen is None:
        tier = catalog.tiers.get(stock.id)
        raise SoldOut(f"There are not enough tickets left: {tier.title}." if tier else "The event is full.")
    return chosen


def _order_id(catalog: Catalog, side: str, key: str) -> str:
    """Derive the id of an order; the keys of buyers and of organizers never meet."""
    return ids.order_id(catalog.event.id, f"{side}\x1f{key}")


def _placed_before(
    table: Table, order_id: str, request: PlaceRequest | OrganizerPlaceRequest
) -> Order | None:
    """Return what this request has become when it came first, though today it would be refused."""
    stored = table.get(keys.order(order_id))
    return Order.of(stored) if stored and stored["request_hash"] == request_hash(request) else None


def _same_order(sent: Order, stored: Item | None) -> Order:
    earlier = Order.of(stored or {})
    if earlier.request_hash != sent.request_hash:
        raise IdempotencyConflict
    return earlier


def _refuse_limits(order: Order, refused: TransactionRefused, first: int) -> None:
    reached = [
        allowance for at, allowance in enumerate(order.allowances, start=first) if at in refused.failed
    ]
    if reached:
        over = {allowance.scope: allowance.most for allowance in reached}
        raise LimitReached(
            faults=[
                Fault(f"lines[{at}].quantity", f"one guest may have {over[line.tier_id]} in all")
                for at, line in enumerate(order.lines)
                if line.tier_id in over
            ]
        ) from refused


def _refuse_missing(
    priced: Priced,
    method: PaymentMethod,
    buyer: Buyer,
    billing: Billing | None,
    *,
    any_method: bool = False,
) -> None:
    if not any_method and method not in priced.payment_methods:
        allowed = ", ".join(priced.payment_methods) or "none in common: order the tickets apart"
        raise PaymentMethodNotAllowed(faults=[Fault("payment_method", f"can be: {allowed}")])
    faults = []
    if method is PaymentMethod.INVOICE and billing is None:
        faults.append(Fault("billing", "is needed for an invoice"))
    if buyer.address is None and any(tier.address_required for tier in priced.tiers):
        faults.append(Fault("buyer.address", "is needed for these tickets"))
    if faults:
        raise Invalid(faults=faults)


def _draft(
    catalog: Catalog,
    request: PlaceRequest | OrganizerPlaceRequest,
    priced: Priced,
    source: Source,
    *,
    order_id: str,
    now: datetime,
) -> Order:
    event = catalog.event
    method = request.payment_method
    by_organizer = isinstance(request, OrganizerPlaceRequest)
    return Order(
        id=order_id,
        event_id=event.id,
        organizer_id=event.organizer_id,
        shard=ids.shard_of(order_id, event.shards),
        status=_first_status(event, method),
        payment_status=PaymentStatus.PAID if priced.total == 0 else PaymentStatus.UNPAID,
        payment_method=method,
        invoice_policy=event.invoice_policy if method is PaymentMethod.INVOICE else None,
        source=source,
        company_id=request.company_id if isinstance(request, OrganizerPlaceRequest) else None,
        buyer=request.buyer,
        billing=request.billing,
        currency=event.currency,
        lines=priced.lines,
        subtotal=priced.total,
        discount=0,
        tax=0,
        total=priced.total,
        allowances=[] if by_organizer else _allowances(priced, request.buyer),
        placed_at=now,
        hold_expires_at=now + timedelta(minutes=event.hold_minutes) if method is PaymentMethod.CARD else None,
        due_at=now + timedelta(days=event.invoice_days) if method is PaymentMethod.INVOICE else None,
        event_starts_at=event.starts_at,
        timeline=[Moment(at=now, actor="organizer" if by_organizer else "buyer", what="placed")],
        request_hash=request_hash(request),
    )


def _first_status(event: Event, method: PaymentMethod) -> OrderStatus:
    if method is PaymentMethod.FREE:
        return OrderStatus.SETTLED
    if method is PaymentMethod.INVOICE and event.invoice_policy is InvoicePolicy.ON_ISSUE:
        return OrderStatus.SETTLED
    return OrderStatus.AWAITING_PAYMENT


def _allowances(priced: Priced, buyer: Buyer) -> list[Allowance]:
    units: dict[str, int] = {}
    for line in priced.lines:
        units[line.tier_id] = units.get(line.tier_id, 0) + line.quantity
    most: Mapping[str, int | None] = {tier.id: tier.ticket_limit_per for tier in priced.tiers}
    return [
        Allowance(scope=tier_id, email=ids.normal_email(buyer.email), units=taken, most=limit)
        for tier_id, taken in units.items()
        if (limit := most[tier_id]) is not None
    ]
