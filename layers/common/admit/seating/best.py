"""The best seats that can be had: together, no single seat left over, as near to the middle as can be.

Places of a party side by side are compared by:

1. whether a single free seat is left beside it,
2. whether the view from one of its seats is restricted,
3. how far its middle is from the focus of the plan, or from where the party would like to sit.

Where nobody can sit together, the party is split into as few parts as can be, in neighbouring rows of one
section if one suffices, and no part is a single seat if that can be helped.
"""

from collections.abc import Collection, Sequence
from random import Random
from typing import NamedTuple

from admit.catalog.seating import Point, Seating
from admit.seating.accessible import with_accessible
from admit.seating.house import Choice, ChosenSeat, House, Mask, Part, Place, any_of, kept_of, sections
from admit.seating.maps import SeatMaps
from admit.seating.split import split
from admit.seating.together import together

_SPREAD_AT_SECOND = 16
_SPREAD_MORE = 4
_MOST_SPREAD = 256
_WIDE_FROM = 3
"""From the fourth try on, places that leave a single seat are drawn as well if there are few others."""
_NOTHING = Choice([], together=False)


class Wanted(NamedTuple):
    tier_id: str
    quantity: int
    channels: frozenset[str] = frozenset()
    """Channels whose kept seats this buyer may have as well: those come first."""
    accessible: int = 0
    """How many of them shall be accessible seats; who comes along sits beside."""
    near: Point | None = None
    """Where they would like to sit; else the nearer to the focus, the better."""


def best(
    maps: SeatMaps,
    event_id: str,
    seating: Seating,
    wanted: Wanted,
    *,
    random: Random,
    attempt: int = 0,
    apart_from: Collection[str] = (),
) -> list[ChosenSeat]:
    """Return the best seats for a party, as many as it wants or none, as `choose` finds them."""
    return choose(
        maps, event_id, seating, wanted, random=random, attempt=attempt, apart_from=apart_from
    ).seats


def choose(
    maps: SeatMaps,
    event_id: str,
    seating: Seating,
    wanted: Wanted,
    *,
    random: Random,
    attempt: int = 0,
    apart_from: Collection[str] = (),
) -> Choice:
    """Find the best seats for a party, as many as it wants or none.

    `attempt` counts the tries of one buyer from 0. At the first, what is known of the rows may be a second
    old. From the second on, one of several nearly best places is drawn, of more of them at each try, so that
    buyers who met spread out, and what is chosen was free when its section was read just now. `apart_from`
    are ids of seats that are not to be chosen; they count among those of their rows, of which an order has no
    more than one write takes.

    That there are too few is said, at each try, of all rows as they were read at most a second ago: who asks
    again and again in a full house reads it once a second. For so long a seat that came back may not be seen.

    Seats kept for the party's channels come first: where there are enough of them it gets no others, unless
    that tears it into more parts than others would. Then, or with too few of them, it sits as near to them
    as can be.

    The seats are in order: the accessible ones that were asked for, then who comes along beside them, then
    all others.
    """
    most = min(_SPREAD_AT_SECOND * _SPREAD_MORE ** (attempt - 1), _MOST_SPREAD) if attempt else 1
    house = House(
        maps, event_id, seating, wanted.tier_id, wanted.channels, near=wanted.near, apart_from=apart_from
    )
    anew: set[str] = set()
    while True:
        found = _search(house, wanted, most=most, wide=attempt >= _WIDE_FROM)
        if not found:
            return _NOTHING
        if attempt == 0:
            return house.choice(found[0])
        if ready := [place for place in found if sections(place) <= anew]:
            return house.choice(random.choice(ready))
        unread = sections(random.choice(found)) - anew
        anew |= unread
        house.read_anew(sorted(unread))


def _search(house: House, wanted: Wanted, *, most: int, wide: bool) -> list[Place]:
    """Return up to `most` of the best places for a party, best first; none if there are too few seats."""
    if wanted.accessible:
        return with_accessible(house, wanted.quantity, wanted.accessible, most)
    kept = house.kept() if wanted.channels else []
    if not kept:
        return _seated(house, house.target, wanted.quantity, any_of, most=most, wide=wide)
    of_kept = _seated(house, house.target, wanted.quantity, kept_of, most=most, wide=wide)
    if of_kept and len(of_kept[0]) == 1:
        return of_kept
    by_kept = _seated(house, _middle(kept), wanted.quantity, any_of, most=most, wide=wide)
    return of_kept if of_kept and len(of_kept[0]) <= len(by_kept[0]) else by_kept


def _seated(house: House, target: Point, seats: int, mask: Mask, *, most: int, wide: bool) -> list[Place]:
    """Return places side by side, else in parts."""
    side_by_side = together(house, target, seats, mask, most=most, wide=wide)
    return side_by_side or split(house, target, seats, mask, most)


def _middle(parts: Sequence[Part]) -> Point:
    """Return the middle of all seats of some parts."""
    seats = sum(part.seats for part in parts)
    centres = [(part.row.centre(part.start, part.seats), part.seats) for part in parts]
    return Point(
        x=sum(centre[0] * weight for centre, weight in centres) / seats,
        y=sum(centre[1] * weight for centre, weight in centres) / seats,
    )
