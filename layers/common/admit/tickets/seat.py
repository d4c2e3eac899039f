"""Seats of tickets that are sold: changed, exchanged, taken away, or given to those that have none yet.

An order says which of its tickets has which seat. It, the rows of the seats, and the tickets as far as they
are made are written together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from random import Random
from typing import Annotated, NamedTuple

from pydantic import Field

from admit import ids
from admit.catalog.catalog import Catalog
from admit.catalog.seating import Seating
from admit.errors import (
    AdmitError,
    ChangedMeanwhile,
    Fault,
    Invalid,
    NotFound,
    SeatTaken,
    Unavailable,
    WrongState,
)
from admit.model import Shape
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.release import given_back
from admit.orders.seats import (
    found_seat,
    lines_with_numbers,
    new_seats,
    refused_seats,
    unpicked,
    unseated,
    with_seats,
)
from admit.seating.maps import SeatMaps
from admit.seating.seat import (
    NOBODY,
    NOTHING,
    ORGANIZER,
    RowState,
    SeatChange,
    SeatClaim,
    SeatPlace,
    changed_row,
    channel_mark,
    hold,
    is_removed,
    kept_for,
    read_seat_id,
)
from admit.store import MOST_WRITES, Table, TransactionRefused, Update, Write
from admit.tickets.hand_over import changed
from admit.tickets.ticket import Images, Ticket, TicketStatus, tickets_of

_MOST_MOVES = 20
_MOST_TOLD = 4
"""Seats that the timeline of an order names."""


class SeatMove(Shape):
    ticket_id: str
    seat: str | None
    """Id of the seat that the ticket gets; null takes its seat away."""


class SeatMovesRequest(Shape):
    """Seats that change together, all or none: two tickets that each get the other's are exchanged."""

    moves: Annotated[list[SeatMove], Field(min_length=1, max_length=_MOST_MOVES)]
    any_tier: Annotated[bool, Field(strict=True)] = False
    """Whether a ticket may get a seat of another kind than its tier has."""


class SeatOrdersRequest(Shape):
    orders: Annotated[list[str], Field(min_length=1, max_length=50)]
    """Ids of orders whose tickets get the best seats, each order together."""


class SeatedTicket(Shape):
    ticket_id: str
    seat: str | None
    """As people find it."""
    seat_id: str | None


class SeatedOrder(Shape):
    """What became of the tickets of one of many orders."""

    order_id: str
    result: str
    tickets: list[SeatedTicket] = []
    code: str | None = None
    reason: str | None = None


class _Moved(NamedTuple):
    """A ticket's move, with the order that it is written in."""

    field: str
    ticket_id: str
    order: Order
    number: int
    left: SeatClaim | None
    to: SeatPlace | None


def move_seats(
    table: Table, maps: SeatMaps, catalog: Catalog, request: SeatMovesRequest, *, actor: str, now: datetime
) -> list[SeatedTicket]:
    """Change the seats of tickets in one transaction. Moving them again changes nothing.

    Raises Invalid and NotFound that name the move, SeatTaken, WrongState, ChangedMeanwhile.
    """
    asked = _read(table, maps, catalog, request)
    moves = [move for move in asked if (move.left.place if move.left else None) != move.to]
    if moves:
        _move(table, maps, catalog.event.id, moves, actor=actor, now=now)
    return [
        SeatedTicket(
            ticket_id=move.ticket_id,
            seat=move.to.text if move.to else None,
            seat_id=move.to.id if move.to else None,
        )
        for move in asked
    ]


def _move(
    table: Table, maps: SeatMaps, event_id: str, moves: Sequence[_Moved], *, actor: str, now: datetime
) -> None:
    """Write moves in one transaction. Raises SeatTaken, WrongState, ChangedMeanwhile."""
    rows, channels = _rows(maps, event_id, moves, now)
    orders = {move.order.id: move.order for move in moves}
    after = {
        order.id: _reseated(
            order, [move for move in moves if move.order.id == order.id], channels, actor, now
        )
        for order in orders.values()
    }
    for order in after.values():
        _require_endable(order, now)
    tickets = _ticket_writes(table, after)
    writes: list[Write] = [*(after[name].over(order) for name, order in orders.items()), *rows, *tickets]
    try:
        table.transact(writes)
    except TransactionRefused as refused:
        if any(at < len(orders) for at in refused.failed):
            raise ChangedMeanwhile from refused
        if any(at < len(orders) + len(rows) for at in refused.failed):
            raise SeatTaken from refused
        raise WrongState("A ticket has changed meanwhile; look at it again.") from refused


def seat_orders(
    table: Table,
    maps: SeatMaps,
    catalog: Catalog,
    request: SeatOrdersRequest,
    *,
    actor: str,
    now: datetime,
    random: Random,
) -> list[SeatedOrder]:
    """Seat the tickets of orders that have no seat yet; an order that is refused stops no other."""
    results = []
    for order_id in request.orders:
        try:
            order = load_order(table, order_id)
            if order.event_id != catalog.event.id:
                raise NotFound("There is no such order.")
            after = seat_order(table, maps, catalog, order, actor=actor, now=now, random=random)
        except Unavailable:
            raise
        except AdmitError as refused:
            results.append(
                SeatedOrder(order_id=order_id, result="refused", code=refused.code, reason=refused.detail)
            )
        else:
            result = "unchanged" if after.seats == order.seats else "seated"
            seats = [
                SeatedTicket(
                    ticket_id=ids.ticket_id(order_id, claim.ticket),
                    seat=claim.place.text,
                    seat_id=claim.place.id,
                )
                for claim in after.seats
            ]
            results.append(SeatedOrder(order_id=order_id, result=result, tickets=seats))
    return results


def seat_order(
    table: Table,
    maps: SeatMaps,
    catalog: Catalog,
    order: Order,
    *,
    actor: str,
    now: datetime,
    random: Random,
) -> Order:
    """Give the tickets of an order that have none the best seats, together as far as there are any.

    Seating again changes nothing. Raises SoldOut, WrongState, ChangedMeanwhile.
    """
    _require_live(order)
    seating = catalog.seating
    if seating is None or not unseated(seating, order):
        return order
    while unseated(seating, order):
        write = partial(_seat, table, order, actor=actor, now=now)
        order = with_seats(maps, catalog, unpicked(order), write, random, later=True)
    return order


def _seat(table: Table, order: Order, chosen: Order, *, actor: str, now: datetime) -> Order:
    """Write the seats that were chosen for an order, as many as one transaction takes; return it then."""
    fits = new_seats(order, chosen)
    while True:
        after = order.then(
            actor,
            _told(fits),
            now,
            seats=_by_ticket([*order.seats, *fits]),
            reseated=order.reseated + 1,
        )
        tickets = _ticket_writes(table, {order.id: after})
        rows = hold(order.event_id, order.id, fits, now)
        if 1 + len(rows) + len(tickets) <= MOST_WRITES:
            break
        fits = fits[: len(fits) // 2]
    _require_endable(after, now)
    try:
        table.transact([after.over(order), *rows, *tickets])
    except TransactionRefused as refused:
        olds = [refused.failed[at] for at in refused.failed if 0 < at <= len(rows)]
        if olds and 0 not in refused.failed:
            raise refused_seats(order, fits, olds) from refused
        raise ChangedMeanwhile from refused
    return after.model_copy(update={"revision": order.revision + 1})


def _read(table: Table, maps: SeatMaps, catalog: Catalog, request: SeatMovesRequest) -> list[_Moved]:
    """Look up what is to be moved where. Raises Invalid and NotFound that name the moves at fault."""
    seating = catalog.seating
    if seating is None:
        raise WrongState("This event has no seating plan; enter one first.")
    orders: dict[str, Order] = {}
    moves: list[_Moved] = []
    faults: list[Fault] = []
    for at, move in enumerate(request.moves):
        field = f"moves[{at}]"
        try:
            order_id, number = ids.split_ticket_id(move.ticket_id)
            order = orders.get(order_id) or load_order(table, order_id)
        except (ValueError, NotFound):
            faults.append(Fault(f"{field}.ticket_id", "is not a ticket of this event"))
            continue
        if order.event_id != catalog.event.id or number not in order.numbers:
            faults.append(Fault(f"{field}.ticket_id", "is not a ticket of this event"))
            continue
        orders[order_id] = order
        left = next((claim for claim in order.seats if claim.ticket == number), None)
        to = _target(maps, seating, order, number, move.seat, any_tier=request.any_tier)
        if isinstance(to, str):
            faults.append(Fault(f"{field}.seat", to))
            continue
        moves.append(_Moved(field, move.ticket_id, order, number, left, to))
    for name, values in (
        ("ticket_id", [move.ticket_id for move in moves]),
        ("seat", [move.to.id for move in moves if move.to]),
    ):
        if len(set(values)) < len(values):
            faults.append(Fault("moves", f"names a {name} twice"))
    if faults:
        raise Invalid(faults=faults)
    for order in orders.values():
        _require_live(order)
    return moves


def _target(
    maps: SeatMaps, seating: Seating, order: Order, number: int, seat: str | None, *, any_tier: bool
) -> SeatPlace | str | None:
    """Return the place of a seat that a ticket shall have, or why it can't."""
    if seat is None:
        return None
    found = found_seat(maps, seating, seat)
    if isinstance(found, str):
        return found
    tier_id = next(line.tier_id for line, numbers in lines_with_numbers(order) if number in numbers)
    if not any_tier and found.seat.category not in seating.categories_of(tier_id):
        return "is not a seat of this ticket's kind; say any_tier to give it all the same"
    return found.place


def _rows(
    maps: SeatMaps, event_id: str, moves: Sequence[_Moved], now: datetime
) -> tuple[list[Update], Mapping[str, str | None]]:
    """Return the writes of the rows, and for whom each seat that is taken was kept. Raises SeatTaken."""
    left = {move.left.place.id: (move, move.left) for move in moves if move.left}
    taken = {move.to.id: move for move in moves if move.to}
    channels: dict[str, str | None] = {}
    read: dict[str, Mapping[str, RowState]] = {}
    rows: dict[tuple[str, str], list[SeatChange]] = {}
    for seat in [*left, *(name for name in taken if name not in left)]:
        section, row, number = read_seat_id(seat)
        after = taken[seat].ticket_id if seat in taken else None
        if seat in left:
            move, claim = left[seat]
            channels[seat] = claim.channel
            change = SeatChange(number, move.ticket_id, after or claim.empty)
        else:
            if section not in read:
                read[section] = maps.fresh(event_id, section)
            said = read[section].get(row, NOTHING).said.get(number)
            channel = kept_for(said) if said else None
            if said is not None and (channel is None or is_removed(channel)):
                field = f"{taken[seat].field}.seat"
                raise SeatTaken(faults=[Fault(field, "is taken; move who has it in the same request")])
            channels[seat] = channel
            change = SeatChange(number, channel_mark(channel) if channel else None, after)
        rows.setdefault((section, row), []).append(change)
    return [changed_row(event_id, *of_row, these, now) for of_row, these in rows.items()], channels


def _reseated(
    order: Order, moves: Sequence[_Moved], channels: Mapping[str, str | None], actor: str, now: datetime
) -> Order:
    moved = {move.number for move in moves}
    claims = [
        SeatClaim(place=move.to, ticket=move.number, channel=_again(order, channels[move.to.id]))
        for move in moves
        if move.to
    ]
    stay = [claim for claim in order.seats if claim.ticket not in moved]
    without = sorted(moved - {claim.ticket for claim in claims})
    what = "; ".join(
        [
            *([_told(claims)] if claims else []),
            *(f"ticket {number} has no seat any more" for number in without),
        ]
    )
    return order.then(actor, what, now, seats=_by_ticket([*stay, *claims]), reseated=order.reseated + 1)


def _again(order: Order, channel: str | None) -> str | None:
    """Return for whom a seat is kept when it comes back from an order.

    That is an allotment only if its order is of it, and so is there as long as the allotment: else the
    allotment may be over by then.
    """
    return channel if channel in (NOBODY, ORGANIZER, order.allotment_id) else None


def _ticket_writes(table: Table, orders: Mapping[str, Order]) -> list[Update]:
    """Return the writes by which tickets that are made say what their orders say of their seats."""
    writes = []
    for order in orders.values():
        places = {claim.ticket: claim.place for claim in order.seats}
        if order.status is not OrderStatus.FULFILLED:
            continue
        for ticket in tickets_of(table, order.id):
            if ticket.status is not TicketStatus.CANCELLED and ticket.seat != places.get(ticket.number):
                writes.append(_with_seat(ticket, places.get(ticket.number)))
    return writes


def _with_seat(ticket: Ticket, place: SeatPlace | None) -> Update:
    after = ticket.model_copy(update={"seat": place, "reseated": ticket.reseated + 1, "images": Images.STALE})
    # False when the ticket was cancelled since it was read: then its seat has gone back.
    valid = "#status <> :cancelled"
    # False when its seat was changed since it was read.
    same_seat = "seat = :seat_read" if ticket.seat else "attribute_not_exists(seat)"
    values: dict[str, object] = {"cancelled": TicketStatus.CANCELLED}
    if ticket.seat:
        values["seat_read"] = ticket.seat.model_dump()
    return changed(ticket, after, [valid, same_seat], values)


def _by_ticket(claims: Sequence[SeatClaim]) -> list[SeatClaim]:
    return sorted(claims, key=lambda claim: claim.ticket)


def _told(claims: Sequence[SeatClaim]) -> str:
    if len(claims) > _MOST_TOLD:
        return f"{len(claims)} tickets have their seats"
    return "; ".join(f"ticket {claim.ticket} has the seat {claim.place.text}" for claim in claims)


def _require_endable(order: Order, now: datetime) -> None:
    """Raise WrongState or Invalid for seats that could not be given back in one transaction."""
    if 1 + len(given_back(order, now)) > MOST_WRITES:
        raise WrongState("The seats of one order can't lie in so many rows; choose some beside each other.")


def _require_live(order: Order) -> None:
    if not order.live or order.status is OrderStatus.AWAITING_APPROVAL:
        raise WrongState(f"This order is {order.status}; its tickets can't be seated.")
    if order.status is OrderStatus.SETTLED:
        # Those that are made already would not be seen to have other seats by who makes the rest.
        raise WrongState("The tickets of this order are being made; try again in a few seconds.")
    if order.withdrawal is not None:
        raise WrongState("Tickets of this order are being cancelled; try again in a minute.")
