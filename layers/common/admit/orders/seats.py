"""Seats of an order: those that its buyer has picked, and the best ones for its other tickets.

Choosing is a guess, as with stock: the conditions on the rows decide, in the transaction that places the
order. When others were quicker, a seat that was picked is refused by name, and others are chosen anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.seating import SeatChoice, Seating
from admit.errors import Fault, Invalid, SeatTaken, SoldOut
from admit.orders.order import Order, OrderLine, Source
from admit.seating.best import Wanted, best
from admit.seating.maps import SeatMaps
from admit.seating.plan import PlanSeat
from admit.seating.seat import (
    NOTHING,
    ORGANIZER,
    RowState,
    SeatClaim,
    SeatId,
    SeatPlace,
    kept_for,
    read_seat_id,
    row_state,
)
from admit.store import Contention, Item, Key

_TRIES = 10
_MOST_CROWDS = 3
"""Tries that may end in a crowd: each has taken a second or more."""


class Pick(NamedTuple):
    """A seat that was asked for, as the plan has it."""

    place: SeatPlace
    id: SeatId
    seat: PlanSeat


def with_seats[T](
    maps: SeatMaps,
    catalog: Catalog,
    order: Order,
    write: Callable[[Order], T],
    random: Random,
    *,
    others: bool = False,
    later: bool = False,
) -> T:
    """Give each ticket of an order its seat and write that; choose anew while others are quicker.

    `write` raises SeatTaken with the seats that are. Where picked ones are taken, `others` says whether the
    best ones are given in their place; where tickets are seated after they are sold, `later` says that this
    is so now. Raises Invalid, SoldOut, Contention, SeatTaken for seats that were picked, and what `write`
    raises.
    """
    crowds = 0
    for attempt in range(_TRIES):
        picked = {seat for line in order.lines for seat in line.seats}
        try:
            chosen = seated(maps, catalog, order, random=random, attempt=attempt, later=later)
        except Invalid:
            if not others or not picked:
                raise
            order = unpicked(order)
            continue
        try:
            written = write(chosen)
        except Contention:
            # Many are at the same rows; elsewhere there may be room.
            crowds += 1
            if picked or chosen.seats == order.seats or crowds == _MOST_CROWDS:
                raise
        except SeatTaken as taken:
            if chosen.seats == order.seats:
                raise
            if not picked.intersection(taken.extra["seats"]):
                continue
            if not others:
                raise
            order = unpicked(order)
        else:
            maps.take(order.event_id, order.id, new_seats(order, chosen))
            return written
    raise Contention


def seated(
    maps: SeatMaps, catalog: Catalog, order: Order, *, random: Random, attempt: int = 0, later: bool = False
) -> Order:
    """Return an order with a seat for each ticket that can have one and has none.

    Lines whose tickets may sit in the same seats sit together. Raises Invalid and SeatTaken by line, SoldOut.
    """
    picks = picked_seats(maps, catalog, order.lines)
    seating = catalog.seating
    if seating is None:
        return order
    having = {claim.ticket for claim in order.seats}
    channels = _channels(order)
    kept = _Kept(maps, order.event_id, channels)
    chooses = later or seating.choice is not SeatChoice.LATER
    claims: list[SeatClaim] = []
    parties: dict[frozenset[str], list[tuple[OrderLine, list[int]]]] = {}
    for at, (line, numbers) in enumerate(lines_with_numbers(order)):
        missing = [number for number in numbers if number not in having]
        if picks[at]:
            claims += [
                SeatClaim(place=pick.place, ticket=number, channel=kept.channel(pick.id))
                for number, pick in zip(_all_numbers(order, at), picks[at], strict=True)
                if number in missing
            ]
        elif chooses and missing and seating.seats_tier(line.tier_id):
            parties.setdefault(seating.categories_of(line.tier_id), []).append((line, missing))
    for party in parties.values():
        claims += _best_for(
            maps,
            seating,
            party,
            channels=channels,
            apart_from=frozenset(claim.place.id for claim in claims),
            random=random,
            attempt=attempt,
        )
    if not claims:
        return order
    return order.model_copy(update={"seats": sorted([*order.seats, *claims], key=lambda claim: claim.ticket)})


def picked_seats(
    maps: SeatMaps, catalog: Catalog, lines: Sequence[OrderLine], *, by_buyer: bool = False
) -> list[list[Pick]]:
    """Look up the seats that lines ask for, line by line; whether they are free is not looked at.

    `by_buyer` says that a buyer picks them now: then he must be free to, and leave companion seats to those
    whom they are for. Raises Invalid that names each seat at fault.
    """
    seating = catalog.seating
    faults: list[Fault] = []
    picks: list[list[Pick]] = []
    everything = [seat for line in lines for seat in line.seats]
    for at, line in enumerate(lines):
        where = f"lines[{at}].seats"
        picks.append([])
        if not line.seats:
            continue
        if seating is None or not seating.seats_tier(line.tier_id):
            faults.append(Fault(where, "can't be chosen: this ticket has no numbered seat"))
        elif by_buyer and seating.choice is not SeatChoice.PICK:
            faults.append(Fault(where, "can't be chosen at this event; leave it out for the best ones"))
        elif len(line.seats) != line.quantity:
            faults.append(Fault(where, f"must be {line.quantity}, one for each ticket, or none"))
        else:
            for number, text in enumerate(line.seats):
                found = found_seat(maps, seating, text)
                if isinstance(found, str):
                    faults.append(Fault(f"{where}[{number}]", found))
                elif why := _why_not(seating, line, found, everything, by_buyer=by_buyer):
                    faults.append(Fault(f"{where}[{number}]", why))
                else:
                    picks[at].append(found)
    if faults:
        raise Invalid(faults=faults)
    return picks


def _why_not(
    seating: Seating, line: OrderLine, pick: Pick, everything: Sequence[str], *, by_buyer: bool
) -> str | None:
    """Say why a line can't have a seat, None if it can."""
    if pick.seat.category not in seating.categories_of(line.tier_id):
        return "is not a seat of this ticket's kind"
    if everything.count(pick.place.id) > 1:
        return "is asked for twice"
    if by_buyer and pick.seat.companion_of not in (None, *everything):
        return f"is for who comes with {pick.seat.companion_of}; choose both, or another"
    return None


def unpicked(order: Order) -> Order:
    """Return an order as if its buyer had picked no seats."""
    return order.model_copy(update={"lines": [line.model_copy(update={"seats": []}) for line in order.lines]})


def new_seats(before: Order, after: Order) -> list[SeatClaim]:
    """Return the seats that an order has after a change and had not before."""
    return [claim for claim in after.seats if claim not in before.seats]


def refused_seats(order: Order, claims: Sequence[SeatClaim], olds: Sequence[Item | None]) -> SeatTaken:
    """Name the seats that could not be had, of the rows as they stood then."""
    of_rows = [item for item in olds if item and item["kind"] == "seat_row"]
    rows = {(item["pk"], item["sk"]): row_state(item) for item in of_rows}
    said = {key: state.said for key, state in rows.items()}
    taken = []
    for claim in claims:
        section, row, seat = read_seat_id(claim.place.id)
        for (pk, sk), seats in said.items():
            here = Key(pk, sk) == keys.seat_row(order.event_id, section, row)
            if here and seats.get(seat) != claim.empty:
                taken.append(claim.place)
    taken = taken or [claim.place for claim in claims]
    faults = [
        Fault(f"lines[{at}].seats[{number}]", f"is taken: {place.text}")
        for at, line in enumerate(order.lines)
        for number, seat in enumerate(line.seats)
        for place in taken
        if place.id == seat
    ]
    return SeatTaken(faults=faults, extra={"seats": [place.id for place in taken]})


def lines_with_numbers(order: Order) -> Iterator[tuple[OrderLine, list[int]]]:
    """Give each line with the numbers of its tickets, which count through the lines, but the cancelled."""
    for at, line in enumerate(order.lines):
        yield line, [number for number in _all_numbers(order, at) if number not in order.cancelled]


def _all_numbers(order: Order, at: int) -> range:
    """Return the numbers of the tickets of a line, the cancelled too."""
    first = 1 + sum(line.quantity for line in order.lines[:at])
    return range(first, first + order.lines[at].quantity)


def unseated(seating: Seating, order: Order) -> list[int]:
    """Return the numbers of the tickets of an order that should have a seat and have none."""
    having = {claim.ticket for claim in order.seats}
    return [
        number
        for line, numbers in lines_with_numbers(order)
        if seating.seats_tier(line.tier_id)
        for number in numbers
        if number not in having
    ]


def _by_need(party: Sequence[tuple[OrderLine, list[int]]]) -> list[int]:
    """Return the numbers of tickets in the order in which `best` gives seats.

    First those who need room for a wheelchair, then who comes with them, then the others.
    """
    needy = [number for line, missing in party for number in missing[: line.accessible]]
    beside = [number for line, missing in party if line.accessible for number in missing[line.accessible :]]
    others = [number for line, missing in party if not line.accessible for number in missing]
    return [*needy, *beside, *others]


def found_seat(maps: SeatMaps, seating: Seating, text: str) -> Pick | str:
    """Return the seat of the plan that has this id, or why there is none."""
    try:
        seat_id = read_seat_id(text)
    except ValueError:
        return "is not the id of a seat"
    if all(section.id != seat_id.section for section in seating.sections):
        return "is not a seat of this event"
    section = maps.section(seating.event_id, seating.version, seat_id.section)
    found = section.find(seat_id)
    if found is None:
        return "is not a seat of this event"
    row, seat = found
    return Pick(section.place(row, seat), seat_id, seat)


def by_buyer(order: Order) -> bool:
    """Say whether an order is bound to what buyers may pick."""
    return order.source in (Source.PUBLIC, Source.WAITING_LIST)


def _channels(order: Order) -> frozenset[str]:
    """Return the channels whose kept seats an order may have."""
    own = {order.allotment_id} if order.allotment_id else set[str]()
    return frozenset(own | ({ORGANIZER} if order.source in (Source.ORGANIZER, Source.IMPORT) else set()))


class _Kept:
    """For whom seats are kept, of those that an order may have; each section is read once."""

    def __init__(self, maps: SeatMaps, event_id: str, channels: frozenset[str]) -> None:
        self._maps = maps
        self._event_id = event_id
        self._channels = channels
        self._read: dict[str, Mapping[str, RowState]] = {}

    def channel(self, seat: SeatId) -> str | None:
        """Return the channel for which a seat is kept, if the order may have it by that."""
        if not self._channels:
            return None
        if seat.section not in self._read:
            self._read[seat.section] = self._maps.fresh(self._event_id, seat.section)
        state = self._read[seat.section].get(seat.row, NOTHING)
        channel = kept_for(state.said.get(seat.seat, ""))
        return channel if channel in self._channels else None


def _best_for(
    maps: SeatMaps,
    seating: Seating,
    party: Sequence[tuple[OrderLine, list[int]]],
    *,
    channels: frozenset[str],
    apart_from: frozenset[str],
    random: Random,
    attempt: int,
) -> list[SeatClaim]:
    """Choose seats for tickets that may sit in the same ones. Raises SoldOut."""
    numbers = _by_need(party)
    wanted = Wanted(
        tier_id=party[0][0].tier_id,
        quantity=len(numbers),
        channels=channels,
        accessible=min(sum(line.accessible for line, _ in party), len(numbers)),
    )
    chosen = best(
        maps, seating.event_id, seating, wanted, random=random, attempt=attempt, apart_from=apart_from
    )
    if chosen:
        return [
            SeatClaim(place=seat.place, ticket=number, channel=seat.channel)
            for number, seat in zip(numbers, chosen, strict=True)
        ]
    titles = ", ".join(dict.fromkeys(line.tier_title for line, _ in party))
    raise SoldOut(f"There are not enough seats left: {titles}.")
