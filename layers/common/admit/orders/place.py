"""Placing: one transaction that writes the order and takes everything it claims, or nothing.

The order is the first write. Its id comes from the event and the client's Idempotency-Key, so a request sent
again meets its own order before anything is claimed twice.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, NamedTuple

from pydantic import model_validator

from admit import ids, keys
from admit.address import BillTo
from admit.catalog.allotment import Allotment
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event, InvoicePolicy
from admit.catalog.organization import takes_part
from admit.catalog.price import AudienceType, PaymentMethod
from admit.catalog.question import Answers, AskedAt
from admit.catalog.whitelist import domain_of
from admit.errors import (
    AdmitError,
    Conflict,
    DiscountUsedUp,
    EmailUnverified,
    Fault,
    IdempotencyConflict,
    Invalid,
    LimitReached,
    NotWhitelisted,
    PaymentMethodNotAllowed,
    PriceChanged,
    SoldOut,
    WrongState,
)
from admit.model import Shape, request_hash
from admit.money import Money
from admit.orders.answer import tell
from admit.orders.order import (
    AppliedDiscount,
    Billing,
    Buyer,
    Moment,
    Order,
    OrderLine,
    OrderStatus,
    Source,
)
from admit.orders.price import Customer, Lines, Priced, guests_of, price_lines
from admit.orders.quote import Asking, quote
from admit.orders.seats import by_buyer, picked_seats, refused_seats, with_seats
from admit.seating.maps import SeatMaps
from admit.seating.seat import hold
from admit.stock.acquire import Short, TooManyWrites, acquire
from admit.stock.claim import Claim, demand
from admit.stock.limit import Allowance
from admit.stock.stock import Stock
from admit.store import MOST_WRITES, Check, Item, Key, Put, Table, TransactionRefused, Write


class PlaceRequest(Asking):
    """What a buyer sends: the lines, who he is, how he pays and the total he was quoted."""

    lines: Lines
    buyer: Buyer
    payment_method: PaymentMethod
    billing: Billing | None = None
    answers: Answers = {}
    """To questions that are asked of an order; those of who attends are in `lines[].holders[].answers`."""
    total: Money


class OrganizerPlaceRequest(Shape):
    """What an organizer sends: complimentary when it is free, at the tiers' prices when it is by invoice.

    From an allotment with terms it costs what they say.
    """

    lines: Lines
    buyer: Buyer
    payment_method: PaymentMethod | None = None
    """Left out: as the terms of the allotment say."""
    billing: Billing | None = None
    """Left out: as the company is billed."""
    answers: Answers = {}
    """To questions that are asked of an order; none has to be answered here."""
    company_id: str | None = None
    allotment_id: str | None = None
    """Take the tickets from an allotment or a block, not from what is on sale."""
    source: Literal[Source.ORGANIZER, Source.ALLOTMENT] = Source.ORGANIZER

    @model_validator(mode="after")
    def _an_allotment_is_a_companys(self) -> "OrganizerPlaceRequest":
        if self.source is Source.ALLOTMENT and self.company_id is None:
            raise ValueError("an allotment needs company_id")
        return self


class Terms(NamedTuple):
    """Who orders, and how it is paid."""

    method: PaymentMethod
    buyer: Buyer
    billing: Billing | None
    company_id: str | None


class Draft(NamedTuple):
    """An order written up: what it wants of which stock, and what must hold when it is placed."""

    order: Order
    wanted: Mapping[Stock, int]
    guards: list[Check]
    seats: bool = False
    """Whether its tickets are to have seats now."""


def place_by_buyer(
    table: Table,
    catalog: Catalog,
    request: PlaceRequest,
    key: str,
    customer: Customer,
    *,
    now: datetime,
    random: Random,
    maps: SeatMaps | None = None,
) -> Order:
    """Place a buyer's order at today's prices, or find it placed by an earlier try, whatever changed since.

    Raises what `price_lines` and `place` raise, PriceChanged, PaymentMethodNotAllowed, Invalid,
    EmailUnverified.
    """
    identifier = _order_id(catalog, "public", key)
    return place_anew(
        table,
        catalog,
        request,
        identifier,
        lambda: draft_by_buyer(catalog, request, identifier, customer, now),
        random=random,
        maps=maps,
    )


def place_by_organizer(
    table: Table,
    catalog: Catalog,
    request: OrganizerPlaceRequest,
    key: str,
    *,
    bill_to: BillTo | None = None,
    now: datetime,
    random: Random,
    maps: SeatMaps | None = None,
) -> Order:
    """Place an organizer's order, or find it placed by an earlier try. Raises as `place_by_buyer` does.

    `bill_to` is who is billed for what the company of the order has.
    """
    identifier = _order_id(catalog, "organizer", key)
    return place_anew(
        table,
        catalog,
        request,
        identifier,
        lambda: draft_by_organizer(catalog, request, identifier, now, bill_to=bill_to),
        random=random,
        maps=maps,
    )


def place_anew(
    table: Table,
    catalog: Catalog,
    request: Shape,
    order_id: str,
    draft: Callable[[], Draft],
    *,
    random: Random,
    also: Sequence[Write] = (),
    maps: SeatMaps | None = None,
) -> Order:
    """Write up and place an order with its seats, or return what this request has become when it came before.

    `maps` are the seats as they are kept in memory; without them they are read.
    """
    try:
        drafted = draft()
        maps = maps or SeatMaps(table, lambda: drafted.order.placed_at)
        picked_seats(maps, catalog, drafted.order.lines, by_buyer=by_buyer(drafted.order))
        if not drafted.seats:
            return place(table, catalog, drafted, random, also)
        return with_seats(
            maps,
            catalog,
            drafted.order,
            lambda order: place(table, catalog, drafted._replace(order=order), random, also),
            random,
        )
    except (Conflict, Invalid, TransactionRefused):
        stored = table.get(keys.order(order_id))
        if stored is None or stored["request_hash"] != request_hash(request):
            raise
        return Order.of(stored)


def place(table: Table, catalog: Catalog, draft: Draft, random: Random, also: Sequence[Write] = ()) -> Order:
    """Write a drafted order and claim its stock in one transaction, or find it placed by an earlier try.

    `also` is written with it; a refusal of that is passed on as TransactionRefused. Returns the order as it
    is stored. Raises SoldOut and DiscountUsedUp only when two reads of all shards prove it, NotWhitelisted,
    LimitReached, IdempotencyConflict, SeatTaken, Contention when others were quicker for too long.
    """
    order, wanted, guards = draft.order, draft.wanted, draft.guards
    holds = hold(order.event_id, order.id, order.seats, order.placed_at)

    def compose(claims: Sequence[Claim]) -> list[Write]:
        placed = order.model_copy(update={"claims": [*order.claims, *claims]})
        allowances = [allowance.take() for allowance in order.allowances]
        return [placed.put(), *also, *guards, *allowances, *holds, *_of_company(catalog, order)]

    try:
        claims = acquire(table, wanted, compose, random)
    except TooManyWrites as exc:
        raise _too_many() from exc
    except Short as short:
        raise refused_short(catalog, order.lines, short.stock_id) from short
    except TransactionRefused as refused:
        if 0 in refused.failed:
            return _same_order(order, refused.failed[0])
        if any(at <= len(also) for at in refused.failed):
            raise
        first = 1 + len(also)
        before_seats = first + len(guards) + len(order.allowances)
        if all(at >= before_seats for at in refused.failed):
            raise refused_seats(order, order.seats, list(refused.failed.values())) from refused
        raise _refused_guest(order, guards, refused, first=first) from refused
    return order.model_copy(update={"claims": [*order.claims, *claims]})


def _of_company(catalog: Catalog, order: Order) -> list[Write]:
    """Return the writes by which a company's order is found by its company, which takes part in the event."""
    if order.company_id is None:
        return []
    key = keys.order_of_organization(order.event_id, order.company_id, order.placed_at, order.id)
    found = Put(key, {"kind": "organization_order", "order_id": order.id}, condition=None)
    if order.company_id in catalog.organizations:
        return [found]
    return [found, takes_part(order.event_id, order.company_id)]


def draft_by_buyer(
    catalog: Catalog,
    request: PlaceRequest,
    order_id: str,
    customer: Customer,
    now: datetime,
    *,
    source: Source = Source.PUBLIC,
    claims: Sequence[Claim] = (),
) -> Draft:
    """Write up a buyer's order; nothing is stored. `claims` are what was taken of its tiers for him
    before."""
    priced = price_lines(catalog, request.lines, now, customer)
    if request.total.currency != catalog.event.currency:
        raise Invalid.field("total.currency", f"must be the event's, {catalog.event.currency}")
    if request.total.amount != priced.total:
        raise PriceChanged(
            faults=[Fault("total.amount", f"is {priced.total} now")],
            extra={"quote": quote(catalog, priced, taken={}, left={}).model_dump(mode="json")},
        )
    told = tell(catalog, request.lines, request.answers, when=AskedAt.PURCHASE, now=now)
    _refuse_missing(priced, request.payment_method, request.buyer, request.billing, also=told.faults)
    guards = _whitelist_guards(catalog, priced, request.buyer.email, customer)
    order = _draft(
        catalog,
        priced,
        request,
        Terms(request.payment_method, request.buyer, request.billing, customer.company_id),
        source,
        order_id=order_id,
        now=now,
        actor="buyer",
        status=OrderStatus.AWAITING_APPROVAL if priced.needs_approval else None,
    ).model_copy(
        update={
            "email_verified": customer.verified_email == ids.normal_email(request.buyer.email),
            "allowances": _allowances(catalog, priced, request.buyer),
            "claims": list(claims),
            **told.kept,
        }
    )
    wanted = dict(_wanted_by_discount(priced))
    lines = still_wanted(catalog, order)
    if 1 + len(guards) + len(order.allowances) + len(wanted) + len(lines) > MOST_WRITES:
        raise _too_many()
    holds = order.status is not OrderStatus.AWAITING_APPROVAL or catalog.event.approval_holds_stock
    if holds:
        wanted |= lines
    return Draft(order, wanted, guards, seats=holds)


def draft_by_organizer(
    catalog: Catalog,
    request: OrganizerPlaceRequest,
    order_id: str,
    now: datetime,
    *,
    bill_to: BillTo | None = None,
    actor: str = "organizer",
) -> Draft:
    """Write up an organizer's order, or that of somebody who draws from an allotment; nothing is stored.

    Raises Invalid, and what `price_lines` raises.
    """
    if request.payment_method is PaymentMethod.CARD:
        raise Invalid.field("payment_method", "must be free or invoice for an order of the organizer")
    allotment = _allotment(catalog, request)
    agreed = allotment.terms if allotment else None
    if agreed is None and request.payment_method is None:
        raise Invalid.field("payment_method", "is missing")
    as_asked = 0 if request.payment_method is PaymentMethod.FREE else None
    unit = agreed.unit if agreed else as_asked
    priced = price_lines(catalog, request.lines, now, Customer(by_organizer=True, unit=unit))
    method = PaymentMethod.INVOICE if priced.total else PaymentMethod.FREE
    if request.payment_method not in (method, None):
        why = "so say the terms of the allotment" if priced.total else "there is nothing to pay"
        raise Invalid.field("payment_method", f"must be {method}: {why}")
    buyer, billing = _billed(request, bill_to)
    if priced.total:
        _refuse_missing(priced, method, buyer, billing, any_method=True)
    told = tell(catalog, request.lines, request.answers, when=None, now=now)
    if told.faults:
        raise Invalid(faults=told.faults)
    order = _draft(
        catalog,
        priced,
        request,
        Terms(method, buyer, billing, request.company_id),
        request.source,
        order_id=order_id,
        now=now,
        actor=actor,
    ).model_copy(update={"allotment_id": request.allotment_id, **told.kept})
    wanted = {allotment.stock: order.tickets} if allotment else wanted_by_lines(catalog, order.lines)
    return Draft(order, wanted, [], seats=True)


def _billed(request: OrganizerPlaceRequest, bill_to: BillTo | None) -> tuple[Buyer, Billing | None]:
    """Return the buyer and who is billed, with what is known of the company where the request is silent."""
    buyer, billing = request.buyer, request.billing
    if bill_to is None:
        return buyer, billing
    named = Billing(company=bill_to.company, vat_id=bill_to.vat_id, reference=bill_to.reference)
    if billing is None and buyer.address is None:
        buyer = buyer.model_copy(update={"address": bill_to.address})
    return buyer, billing or named


def wanted_by_lines(catalog: Catalog, lines: Sequence[OrderLine]) -> Mapping[Stock, int]:
    """Return how many units of which stock the lines claim, prices with a quantity among them.

    Raises WrongState for a tier that was removed.
    """
    wanted = []
    for line in lines:
        tier = catalog.tiers.get(line.tier_id)
        if tier is None:
            raise WrongState(f"{line.tier_title} is not sold any more.")
        stocks = [
            *catalog.stocks_of(tier),
            *(price.stock for price in tier.prices if price.id == line.price_id and price.stock),
        ]
        wanted += [(stock, line.quantity) for stock in stocks]
    return demand(wanted)


def still_wanted(catalog: Catalog, order: Order) -> Mapping[Stock, int]:
    """Return what an order's lines want of the stocks that it has claimed nothing of. Raises WrongState."""
    claimed = {claim.stock_id for claim in order.claims}
    wanted = wanted_by_lines(catalog, order.lines)
    return {stock: units for stock, units in wanted.items() if stock.id not in claimed}


def _wanted_by_discount(priced: Priced) -> Mapping[Stock, int]:
    discount = priced.discount
    return {} if discount is None else {discount.uses: 1, discount.tickets: priced.discounted_tickets}


def refused_short(catalog: Catalog, lines: Sequence[OrderLine], stock_id: str) -> Conflict:
    """Say what has run out."""
    for discount in catalog.discounts.values():
        if stock_id in (discount.uses.id, discount.tickets.id):
            field = "total.amount" if discount.code is None else "code"
            return DiscountUsedUp(faults=[Fault(field, f"is lowered by {discount.title}, which is used up")])
    if stock_id == catalog.event.stock.id:
        return SoldOut("The event is full.")
    short = [
        at
        for at, line in enumerate(lines)
        if stock_id in {stock.id for stock in wanted_by_lines(catalog, [line])}
    ]
    names = ", ".join(dict.fromkeys(lines[at].tier_title for at in short)) or "this allotment"
    return SoldOut(
        f"There are not enough tickets left: {names}.",
        faults=[Fault(f"lines[{at}].quantity", "is more than what is left") for at in short],
    )


def first_status(policy: InvoicePolicy | None, method: PaymentMethod, total: int) -> OrderStatus:
    """Return the state of an order that nobody has to approve any more; `policy` is that of its invoice."""
    if method is PaymentMethod.FREE or total == 0:
        return OrderStatus.SETTLED
    if method is PaymentMethod.INVOICE and policy is InvoicePolicy.ON_ISSUE:
        return OrderStatus.SETTLED
    return OrderStatus.AWAITING_PAYMENT


def _too_many() -> Invalid:
    return Invalid.field("lines", "are too many different tickets for one order; split it")


def _order_id(catalog: Catalog, side: str, key: str) -> str:
    """Derive the id of an order; the keys of buyers and of organizers never meet."""
    return ids.order_id(catalog.event.id, f"{side}\x1f{key}")


def _same_order(sent: Order, stored: Item | None) -> Order:
    earlier = Order.of(stored or {})
    if earlier.request_hash != sent.request_hash:
        raise IdempotencyConflict
    return earlier


def _allotment(catalog: Catalog, request: OrganizerPlaceRequest) -> Allotment | None:
    """Return the allotment that an order is to be placed from, if it names one. Raises Invalid."""
    if request.allotment_id is None:
        return None
    allotment = catalog.allotments.get(request.allotment_id)
    if allotment is None:
        raise Invalid.field("allotment_id", "is not an allotment of this event")
    faults = [
        Fault(f"lines[{at}].tier_id", "is not the tier of this allotment")
        for at, line in enumerate(request.lines)
        if line.tier_id != allotment.tier_id
    ]
    if allotment.company_id is not None and allotment.company_id != request.company_id:
        faults.append(Fault("company_id", "must be the company that the allotment is for"))
    if faults:
        raise Invalid(faults=faults)
    return allotment


def _whitelist_guards(catalog: Catalog, priced: Priced, email: str, customer: Customer) -> list[Check]:
    """Return what must hold of the whitelists when the order is placed. Raises EmailUnverified."""
    listed = [
        tier
        for tier, price in zip(priced.tiers, priced.prices, strict=True)
        if tier.limited or price.audience.type is AudienceType.WHITELIST
    ]
    if not listed:
        return []
    address = ids.normal_email(email)
    if customer.verified_email != address:
        raise EmailUnverified(faults=[Fault("buyer.email", "must be confirmed for these tickets")])
    # False when neither the address nor its domain is on the whitelist, or no longer.
    on_the_list = "attribute_exists(pk)"
    domain = domain_of(address)
    entries: set[Key] = {
        keys.whitelisted_domain(tier.id, domain)
        if domain in tier.whitelist_domains
        else keys.whitelisted_email(tier.id, address)
        for tier in listed
    }
    return [Check(entry, on_the_list, {}) for entry in sorted(entries)]


def _refused_guest(
    order: Order, guards: Sequence[Check], refused: TransactionRefused, first: int
) -> AdmitError:
    """Say which whitelist or limit was in the way of this guest."""
    if any(first <= at < first + len(guards) for at in refused.failed):
        return NotWhitelisted(faults=[Fault("buyer.email", "is not invited to these tickets")])
    first += len(guards)
    over = {
        allowance.scope: allowance.most
        for at, allowance in enumerate(order.allowances, start=first)
        if at in refused.failed
    }
    discount = order.applied_discount
    if discount is not None and over.keys() & {_uses(discount.id), _tickets(discount.id)}:
        return LimitReached(faults=[Fault("code", "has been used by this guest as often as one may")])
    faults = [
        Fault(f"lines[{at}].quantity", f"one guest may have {over[line.tier_id]} in all")
        for at, line in enumerate(order.lines)
        if line.tier_id in over
    ]
    if order.event_id in over:
        faults.append(Fault("lines", f"one guest may have {over[order.event_id]} tickets of this event"))
    return LimitReached(faults=faults)


def _refuse_missing(
    priced: Priced,
    method: PaymentMethod,
    buyer: Buyer,
    billing: Billing | None,
    *,
    any_method: bool = False,
    also: Sequence[Fault] = (),
) -> None:
    """Refuse a payment method that the lines have not, and name what is missing with what is `also` wrong."""
    if not any_method and method not in priced.payment_methods:
        allowed = ", ".join(priced.payment_methods) or "none in common: order the tickets apart"
        raise PaymentMethodNotAllowed(faults=[Fault("payment_method", f"can be: {allowed}")])
    faults = []
    if method is PaymentMethod.INVOICE and billing is None:
        faults.append(Fault("billing", "is needed for an invoice"))
    if buyer.address is None and any(tier.address_required for tier in priced.tiers):
        faults.append(Fault("buyer.address", "is needed for these tickets"))
    if faults or also:
        raise Invalid(faults=[*faults, *also])


def _draft(
    catalog: Catalog,
    priced: Priced,
    request: Shape,
    terms: Terms,
    source: Source,
    *,
    order_id: str,
    now: datetime,
    actor: str,
    status: OrderStatus | None = None,
) -> Order:
    event = catalog.terms_for(terms.company_id)
    method = terms.method
    status = status or first_status(event.invoice_policy, method, priced.total)
    return Order(
        id=order_id,
        event_id=event.id,
        organizer_id=event.organizer_id,
        shard=ids.shard_of(order_id, event.shards),
        status=status,
        payment_method=method,
        invoice_policy=event.invoice_policy if method is PaymentMethod.INVOICE else None,
        source=source,
        company_id=terms.company_id,
        buyer=terms.buyer,
        billing=terms.billing,
        currency=event.currency,
        lines=priced.lines,
        subtotal=priced.subtotal,
        discount=sum(line.discount for line in priced.lines),
        tax=sum(line.tax for line in priced.lines),
        total=priced.total,
        applied_discount=AppliedDiscount.of_discount(priced.discount),
        placed_at=now,
        placed_on=event.day(now),
        **deadlines(event, method, status, now, timedelta(minutes=event.hold_minutes)),
        event_ends_at=event.ends_at,
        timeline=[Moment(at=now, actor=actor, what="placed")],
        request_hash=request_hash(request),
    )


def deadlines(
    event: Event, method: PaymentMethod, status: OrderStatus, now: datetime, hold: timedelta
) -> dict[str, Any]:
    """Return until when an order that waits for its payment is held, or when its invoice is told of."""
    if status is OrderStatus.AWAITING_APPROVAL:
        return {}
    if method is PaymentMethod.CARD and status is OrderStatus.AWAITING_PAYMENT:
        return {"hold_expires_at": now + hold}
    if method is not PaymentMethod.INVOICE:
        return {}
    due_at = now + timedelta(days=event.invoice_days)
    reminders = (due_at + timedelta(days=days) for days in sorted(set(event.reminder_days)))
    return {
        "due_at": due_at,
        "reminders": [at for at in reminders if at > now],
        "grace_ends_at": due_at + timedelta(days=event.invoice_grace_days),
    }


def _allowances(catalog: Catalog, priced: Priced, buyer: Buyer) -> list[Allowance]:
    """Return what the order takes of everything that may limit one guest."""
    event = catalog.event
    limits: dict[str, int | None] = {tier.id: tier.ticket_limit_per for tier in priced.tiers}
    units = dict(demand((line.tier_id, line.quantity) for line in priced.lines))
    limits[event.id] = event.ticket_limit_per
    units[event.id] = guests_of(priced.tiers, priced.lines)
    if (discount := priced.discount) is not None:
        limits |= {
            _uses(discount.id): discount.use_limit_per,
            _tickets(discount.id): discount.ticket_limit_per,
        }
        units |= {_uses(discount.id): 1, _tickets(discount.id): priced.discounted_tickets}
    guest = event.guest(buyer.email)
    return [
        Allowance(scope=scope, guest=guest, units=units[scope], most=most)
        for scope, most in limits.items()
        if units[scope]
    ]


def _uses(discount_id: str) -> str:
    return f"{discount_id}#uses"


def _tickets(discount_id: str) -> str:
    return f"{discount_id}#tickets"
