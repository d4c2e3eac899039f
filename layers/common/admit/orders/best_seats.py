"""The seats that a customer would get now if he ordered; nothing is held for him."""

from datetime import datetime
from random import Random
from typing import Annotated

from pydantic import Field

from admit.catalog.catalog import Catalog
from admit.catalog.price import Quantity
from admit.catalog.seating import Point, SeatChoice, Seating
from admit.errors import AdmitError, Fault, Invalid, SoldOut
from admit.model import Email, Shape
from admit.orders.price import MOST_TICKETS, Customer, LineRequest, price_lines
from admit.orders.quote import Asking
from admit.seating.best import Wanted, choose
from admit.seating.house import ChosenSeat
from admit.seating.maps import SeatMaps
from admit.seating.seat import read_seat_id


class BestSeatsRequest(Asking):
    tier_id: str
    quantity: Quantity
    accessible: Annotated[int, Field(ge=0, le=MOST_TICKETS, strict=True)] = 0
    """How many of them shall have room for a wheelchair; the others are beside it."""
    near: Annotated[str, Field(max_length=62)] | None = None
    """Id of a seat that they would like to be near; else the best of the house."""
    email: Email | None = None
    """Who asks, for tiers of invited addresses."""


class BestSeat(Shape):
    id: str
    """What an order asks for."""
    text: str
    """As it will stand on the ticket."""
    section: str
    row: str
    label: str

    @classmethod
    def of(cls, chosen: ChosenSeat) -> "BestSeat":
        return cls(**dict(chosen.place), text=chosen.place.text)


class BestSeats(Shape):
    seats: list[BestSeat]
    together: bool
    """Whether they are side by side in one row."""


def best_seats(
    maps: SeatMaps,
    catalog: Catalog,
    request: BestSeatsRequest,
    customer: Customer,
    *,
    now: datetime,
    random: Random,
) -> BestSeats:
    """Find the best seats for a party of one tier.

    Raises Invalid, SoldOut when there are too few, and what an order of these tickets would be refused with.
    """
    _require_on_sale(catalog, request, customer, now)
    seating = catalog.seating
    if seating is None or not seating.seats_tier(request.tier_id):
        raise Invalid.field("tier_id", "has no numbered seats")
    if seating.choice is SeatChoice.LATER:
        raise Invalid.field("tier_id", "gets its seats after the sale, from the organizer")
    if request.accessible > request.quantity:
        raise Invalid.field("accessible", f"can't be more than the {request.quantity} tickets")
    remaining = catalog.remaining(catalog.tiers[request.tier_id], customer.left())
    if remaining is not None and remaining < request.quantity:
        raise SoldOut("There are not enough tickets left.")
    wanted = Wanted(
        tier_id=request.tier_id,
        quantity=request.quantity,
        accessible=request.accessible,
        near=_point(maps, seating, request.near) if request.near else None,
    )
    found = choose(maps, catalog.event.id, seating, wanted, random=random)
    if not found.seats:
        raise SoldOut("There are not enough seats left.")
    return BestSeats(seats=[BestSeat.of(seat) for seat in found.seats], together=found.together)


def _require_on_sale(catalog: Catalog, request: BestSeatsRequest, customer: Customer, now: datetime) -> None:
    """Refuse as an order would be, by the fields of this request."""
    line = LineRequest(tier_id=request.tier_id, quantity=request.quantity)
    try:
        price_lines(catalog, [line], now, customer)
    except AdmitError as exc:
        faults = [
            Fault(fault.field.removeprefix("lines[0]").removeprefix(".") or "tier_id", fault.message)
            for fault in exc.faults
        ]
        raise type(exc)(exc.detail, faults=faults, extra=exc.extra) from exc


def _point(maps: SeatMaps, seating: Seating, near: str) -> Point:
    """Return where a seat is."""
    unknown = Invalid.field("near", "is not a seat of this event")
    try:
        seat_id = read_seat_id(near)
    except ValueError as exc:
        raise unknown from exc
    if all(section.id != seat_id.section for section in seating.sections):
        raise unknown
    found = maps.section(seating.event_id, seating.version, seat_id.section).find(seat_id)
    if found is None:
        raise unknown
    _, seat = found
    return Point(x=seat.x, y=seat.y)
