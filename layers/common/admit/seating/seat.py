"""Seats that are taken: one item holds who has which seat of a row, so that neighbours are one write.

A row is there once something is said of one of its seats; a seat of which nothing is said is free. Each seat
is an attribute of its row by itself, and each write is a condition on the seats that it names: two orders for
different seats of a row are not in each other's way.

What an attribute says is the id of the ticket that has the seat, or `!` and a channel for which it is kept.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from admit import ids, keys
from admit.clock import stamp
from admit.errors import Invalid
from admit.model import Entity
from admit.store import Item, Update

NOBODY = "nobody"
"""The channel of seats that are not sold, as one that the camera stands on."""
ORGANIZER = "organizer"
"""The channel of seats that the organizer gives away himself."""
REMOVED = "removed"
"""The channel of seats that a former plan had, so that nobody takes one by that plan.

After a colon stands for whom such a seat was kept before."""
_SEAT = "seat_"
# As many as fit into one expression, which has 4 KB, whatever the ids are.
MOST_OF_A_ROW = 60


class SeatId(NamedTuple):
    """A seat by the ids of its section, its row and itself, none of which has a dash."""

    section: str
    row: str
    seat: str

    def __str__(self) -> str:
        return "-".join(self)


def read_seat_id(text: str) -> SeatId:
    """Read an id such as `stalls-12-7`. Raises ValueError."""
    section, row, seat = text.split("-")
    if not all(part.isascii() and part.replace("_", "a").isalnum() for part in (section, row, seat)):
        raise ValueError("not the id of a seat")
    return SeatId(section, row, seat)


class SeatPlace(Entity):
    """A seat as people find it. It is written on the ticket and stays when the plan is changed."""

    id: str
    section: str
    """Title of the section, as the others are what is written there."""
    row: str
    label: str

    @property
    def text(self) -> str:
        return " · ".join(part for part in (self.section, self.row, self.label) if part)


class SeatClaim(Entity):
    """A seat that an order has for one of its tickets."""

    place: SeatPlace
    ticket: int
    """Number of the ticket in its order."""
    channel: str | None = None
    """For whom the seat was kept, and is kept again when it comes back."""

    @property
    def empty(self) -> str | None:
        """What is said of the seat while no ticket has it."""
        return channel_mark(self.channel) if self.channel else None


class RowState(NamedTuple):
    """What is said of the seats of a row."""

    version: int
    """Counts its writes."""
    changed_at: str
    said: dict[str, str]
    """By the id of the seat within its row: a ticket's id, or `!` and a channel."""


NOTHING = RowState(0, "", {})


def row_state(item: Item) -> RowState:
    """Read a row's item."""
    said = {name.removeprefix(_SEAT): str(value) for name, value in item.items() if name.startswith(_SEAT)}
    return RowState(int(item["version"]), str(item["changed_at"]), said)


def seat_attribute(seat: str) -> str:
    """Return the name of a seat's attribute in its row."""
    return f"{_SEAT}{seat}"


def kept_for(said: str) -> str | None:
    """Return the channel for which a seat is kept, None if a ticket has it."""
    return said[1:] if said.startswith("!") else None


def channel_mark(channel: str) -> str:
    return f"!{channel}"


def is_removed(channel: str | None) -> bool:
    """Say whether a seat is kept for nobody because it has left the plan, or is about to leave it."""
    return channel is not None and channel.partition(":")[0] == REMOVED


def removal_mark(channel: str | None) -> str:
    """Return what is said of a seat that leaves the plan and was kept for a channel, or was free."""
    return channel_mark(f"{REMOVED}:{channel}" if channel else REMOVED)


def before_removal(mark: str) -> str | None:
    """Return the channel for which a seat was kept before it was marked as removed."""
    return mark.partition(":")[2] or None


class SeatChange(NamedTuple):
    """What is said of a seat, None for nothing, and what shall be said of it."""

    seat: str
    """Its id within its row."""
    was: str | None
    now: str | None


def changed_row(event_id: str, section: str, row: str, changes: Sequence[SeatChange], at: datetime) -> Update:
    """Return the write that changes what is said of seats of one row, all or none of them."""
    sets, removes, conditions, values = [], [], [], {}
    for number, (seat, was, now) in enumerate(changes):
        name = f"#{_SEAT}{seat}"
        if was is None:
            # False when somebody has the seat, or it is kept.
            conditions.append(f"attribute_not_exists({name})")
        else:
            # False when something else is said of the seat since it was read.
            conditions.append(f"{name} = :was{number}")
            values[f"was{number}"] = was
        if now is None:
            removes.append(name)
        else:
            sets.append(f"{name} = :now{number}")
            values[f"now{number}"] = now
    sets += ["kind = :kind", "event_id = :event", "changed_at = :at"]
    expression = f"SET {', '.join(sets)}{f' REMOVE {", ".join(removes)}' if removes else ''} ADD version :one"
    return Update(
        keys.seat_row(event_id, section, row),
        expression,
        condition=" AND ".join(conditions),
        values=values | {"kind": "seat_row", "event": event_id, "at": stamp(at), "one": 1},
    )


def hold(event_id: str, order_id: str, claims: Iterable[SeatClaim], at: datetime) -> list[Update]:
    """Return the writes, one a row, by which tickets of an order get their seats; false when one is taken."""
    return moved(event_id, order_id, [], claims, at)


def give_back(event_id: str, order_id: str, claims: Iterable[SeatClaim], at: datetime) -> list[Update]:
    """Return the writes, one a row, by which seats of an order are free again, or kept as they were."""
    return moved(event_id, order_id, claims, [], at)


def moved(
    event_id: str, order_id: str, left: Iterable[SeatClaim], taken: Iterable[SeatClaim], at: datetime
) -> list[Update]:
    """Return the writes, one a row, by which tickets of an order leave seats and take others.

    False when a seat to be left is not theirs, or one to be taken is not free.
    """
    changes: dict[tuple[str, str], list[SeatChange]] = {}
    claims = [*((claim, False) for claim in left), *((claim, True) for claim in taken)]
    for claim, comes in claims:
        section, row, seat = read_seat_id(claim.place.id)
        ticket = ids.ticket_id(order_id, claim.ticket)
        change = SeatChange(seat, claim.empty, ticket) if comes else SeatChange(seat, ticket, claim.empty)
        changes.setdefault((section, row), []).append(change)
    if any(len(these) > MOST_OF_A_ROW for these in changes.values()):
        raise Invalid.field("lines", f"take more than {MOST_OF_A_ROW} seats of one row; split the order")
    return [changed_row(event_id, *of_row, these, at) for of_row, these in changes.items()]
