"""Drawing: a relay takes tickets from what is set apart for his company, on the terms of the allotment."""

from datetime import datetime
from functools import partial
from random import Random
from typing import Annotated

from pydantic import Field

from admit import ids, keys
from admit.address import BillTo, Reference
from admit.catalog.allotment import Allotment
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.event import EventStatus
from admit.catalog.price import Quantity
from admit.errors import NotFound, NotOnSale
from admit.model import Shape, request_hash
from admit.orders.order import Buyer, Order, Source
from admit.orders.place import Draft, OrganizerPlaceRequest, draft_by_organizer, place_anew
from admit.orders.price import MOST_TICKETS, LineRequest
from admit.people.company import Company, Relay, bill_to
from admit.seating.maps import SeatMaps
from admit.store import Check, Contention, Table, TransactionRefused, Within

_ATTEMPTS = 6


class DrawRequest(Shape):
    quantity: Quantity
    seats: Annotated[list[str], Field(max_length=MOST_TICKETS)] = []
    """Ids of the seats, one a ticket; left out where there are numbered seats: the best ones together."""
    reference: Reference | None = None
    """What the company wants to read on the invoice, such as the number of its purchase order."""


def draw(
    table: Table,
    event_id: str,
    allotment_id: str,
    request: DrawRequest,
    key: str,
    *,
    company: Company,
    relay: Relay,
    now: datetime,
    random: Random,
    maps: SeatMaps | None = None,
) -> Order:
    """Place an order of a company from its allotment, or find it placed by an earlier try of this relay.

    Raises NotFound, NotOnSale, SoldOut, Contention, IdempotencyConflict, and what `price_lines` raises.
    """
    identifier = ids.order_id(event_id, f"relay\x1f{relay.email}\x1f{allotment_id}\x1f{key}")
    for _ in range(_ATTEMPTS):
        catalog = load_catalog(table, event_id)
        allotment = catalog.allotments.get(allotment_id)
        if allotment is None or allotment.company_id != company.id:
            raise NotFound("There is no such allotment.")
        # False when its terms, or anything else about it, have changed since they were read.
        unchanged = "revision = :revision"
        terms = Check(keys.allotment(event_id, allotment_id), unchanged, {"revision": allotment.revision})
        try:
            return place_anew(
                table,
                catalog,
                request,
                identifier,
                partial(
                    _draft, catalog, allotment, request, identifier, company=company, relay=relay, now=now
                ),
                random=random,
                maps=maps,
                also=[terms],
            )
        except TransactionRefused:
            continue
    raise Contention


def closed(catalog: Catalog, allotment: Allotment, now: datetime) -> NotOnSale | None:
    """Say why nothing can be drawn from an allotment now, if so; how much is left is not looked at."""
    tier = catalog.tiers.get(allotment.tier_id)
    if allotment.terms is None:
        return NotOnSale("The organizer hands these tickets out himself.")
    until = allotment.terms.until or catalog.event.ends_at
    if now >= min(until, catalog.event.ends_at):
        return NotOnSale("The time for drawing these tickets is over.")
    if catalog.event.status is not EventStatus.PUBLISHED or tier is None or not tier.active:
        return NotOnSale("These tickets are not handed out now.")
    return None


def find_event(table: Table, company_id: str, allotment_id: str) -> str:
    """Return the event at which an allotment is a company's. Raises NotFound."""
    found = table.find("gsi1", keys.allotments_of(company_id), limit=1, within=Within(prefix=allotment_id))
    items = table.get_many([entry.key for entry in found.entries if entry.sort_key == allotment_id])
    if not items:
        raise NotFound("There is no such allotment.")
    return Allotment.of(items[0]).event_id


def _draft(
    catalog: Catalog,
    allotment: Allotment,
    request: DrawRequest,
    order_id: str,
    *,
    company: Company,
    relay: Relay,
    now: datetime,
) -> Draft:
    if (refusal := closed(catalog, allotment, now)) is not None:
        raise refusal
    billed = bill_to(company, catalog.organizations.get(company.id)) or BillTo(company=company.name)
    if request.reference is not None:
        billed = billed.model_copy(update={"reference": request.reference})
    placing = OrganizerPlaceRequest(
        lines=[LineRequest(tier_id=allotment.tier_id, quantity=request.quantity, seats=request.seats)],
        buyer=Buyer(email=relay.email, name=relay.name),
        company_id=company.id,
        allotment_id=allotment.id,
        source=Source.ALLOTMENT,
    )
    draft = draft_by_organizer(catalog, placing, order_id, now, bill_to=billed, actor="buyer")
    update = {"email_verified": True, "request_hash": request_hash(request)}
    return draft._replace(order=draft.order.model_copy(update=update))
