"""Suggesting which free tickets guests could get, those of a party on neighbouring seats if there are such.

Nothing is written: what is suggested is allocated by whoever likes it, and may be gone by then.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from admit.catalog.seating import Seating
from admit.distribution.cart import MOST_MOVED, OpenCart
from admit.distribution.portal import Wanted, tickets_of_company
from admit.model import Shape
from admit.seating.maps import SeatMaps
from admit.seating.seat import SeatId, read_seat_id
from admit.store import Table
from admit.tickets.cart_line import NOBODY
from admit.tickets.ticket import Allocation, Ticket, TicketStatus

_MOST_GUESTS = 500


class PartyMember(Shape):
    contact_id: Annotated[str, Field(min_length=1, max_length=64)]
    count: Annotated[int, Field(ge=1, le=MOST_MOVED)]


class SuggestRequest(Shape):
    event_id: str
    tier_id: str | None = None
    """Left out: of all tiers, a party of one of them if possible."""
    parties: Annotated[
        list[Annotated[list[PartyMember], Field(min_length=1)]],
        Field(min_length=1, max_length=_MOST_GUESTS),
    ]
    """Who sits together; when there are too few tickets, those who are named first get theirs."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        named = [member.contact_id for party in self.parties for member in party]
        if len(named) > _MOST_GUESTS:
            raise ValueError(f"{_MOST_GUESTS} guests at most go with one request")
        if len(set(named)) < len(named):
            raise ValueError("a guest is named twice")
        return self


class SuggestedTicket(Shape):
    id: str
    tier_id: str
    tier_title: str
    seat: str | None
    seat_id: str | None


class SuggestedGuest(Shape):
    contact_id: str
    tickets: list[SuggestedTicket]
    together: bool | None
    """Whether all of his party sit side by side; null when they have no seats."""


class Suggestion(Shape):
    guests: list[SuggestedGuest]
    """In the order of the request."""
    short: int
    """How many of the tickets that are asked for are not there."""


type Rows = Mapping[tuple[str, str], Sequence[Sequence[str]]]
"""The seats of rows by section and row: in each, those without an aisle between them, from end to end."""


class _Place(NamedTuple):
    """Where a run begins: places in the order of the house."""

    section: int
    row: int
    seat: int

    def distance(self, other: "_Place") -> tuple[bool, int]:
        return self.section != other.section, abs(self.row - other.row)


@dataclass
class _Run:
    """Free tickets of one tier on neighbouring seats, or without seats; it gets shorter as they are taken."""

    place: _Place | None
    """None for tickets without seats."""
    tickets: list[Ticket]

    def take(self, count: int) -> list[Ticket]:
        taken, self.tickets = self.tickets[:count], self.tickets[count:]
        return taken


def suggest(
    table: Table,
    opened: OpenCart,
    request: SuggestRequest,
    *,
    seating: Seating | None,
    maps: SeatMaps,
    now: datetime,
) -> Suggestion:
    """Suggest tickets of an event for guests of a cart, out of those that are free or meant for nobody."""
    wanted = Wanted(event_id=request.event_id, tier_id=request.tier_id)
    pool = Allocation(relay=opened.relay, contact_id=NOBODY)
    free = [
        ticket
        for ticket in tickets_of_company(table, opened.company.id, wanted)
        if _is_free(ticket, pool, now)
    ]
    rows = rows_of_plan(maps, seating, free) if seating else {}
    return suggested(request.parties, free, rows)


def rows_of_plan(maps: SeatMaps, seating: Seating, tickets: Iterable[Ticket]) -> Rows:
    """Return how the seats of tickets lie beside each other by the plan that holds."""
    used = {_seat_of(ticket).section for ticket in tickets if ticket.seat}
    sections = [section.id for section in seating.sections if section.id in used]
    rows: dict[tuple[str, str], list[list[str]]] = {}
    for section_id in sections:
        section = maps.section(seating.event_id, seating.version, section_id)
        for row in section.rows.values():
            blocks = rows.setdefault((section_id, row.id), [])
            for at, seat in enumerate(row.seats):
                if at == 0 or seat.gap_before:
                    blocks.append([])
                blocks[-1].append(seat.id)
    return rows


def suggested(parties: Sequence[Sequence[PartyMember]], free: Sequence[Ticket], rows: Rows) -> Suggestion:
    """Share out free tickets; seats of rows that are not given are neighbours by their numbers.

    Large parties choose first, since small ones find room anywhere.
    """
    runs = [*_seated_runs(free, rows), *_unseated_runs(free)]
    counts, left = [], len(free)
    for party in parties:
        counts.append(min(left, sum(member.count for member in party)))
        left -= counts[-1]
    given: dict[int, list[Ticket]] = {}
    together: dict[int, bool | None] = {}
    for at in sorted(range(len(parties)), key=lambda at: -counts[at]):
        found = list(_choose(runs, counts[at]))
        given[at] = [ticket for some in found for ticket in some]
        seated = any(ticket.seat for ticket in given[at])
        together[at] = len(found) == 1 if seated else None
    guests = []
    for at, party in enumerate(parties):
        for member in party:
            tickets, given[at] = given[at][: member.count], given[at][member.count :]
            guests.append(
                SuggestedGuest(
                    contact_id=member.contact_id,
                    tickets=[_view(ticket) for ticket in tickets],
                    together=together[at] if tickets else None,
                )
            )
    asked = sum(member.count for party in parties for member in party)
    return Suggestion(guests=guests, short=asked - sum(counts))


def _choose(runs: list[_Run], count: int) -> Iterator[list[Ticket]]:
    """Take tickets for a party: of one run that leaves no single seat if possible, else of few near runs."""
    fitting = [run for run in runs if len(run.tickets) >= count]
    if count and fitting:
        yield min(fitting, key=lambda run: _waste(run, count)).take(count)
        return
    near: _Place | None = None
    while count:
        run = min((run for run in runs if run.tickets), key=lambda run: _detour(run, near, count))
        near = run.place or near
        taken = run.take(count)
        count -= len(taken)
        yield taken


def _waste(run: _Run, count: int) -> tuple[object, ...]:
    """Order runs that are long enough: seats before tickets without, the snuggest first."""
    rest = len(run.tickets) - count
    return run.place is None, rest == 1, rest, run.place or ()


def _detour(run: _Run, near: _Place | None, count: int) -> tuple[object, ...]:
    """Order runs that are too short for a party: the longest, then the nearest ones."""
    far = run.place.distance(near) if run.place and near else ()
    rest = len(run.tickets) - count
    return run.place is None, far, rest < 0, abs(rest), run.place or ()


def _seated_runs(free: Sequence[Ticket], rows: Rows) -> Iterator[_Run]:
    """Give the runs of neighbours among seats, in the order of the house."""
    by_row: dict[tuple[str, str], dict[str, Ticket]] = {}
    for ticket in free:
        if ticket.seat is not None:
            section, row, seat = _seat_of(ticket)
            by_row.setdefault((section, row), {})[seat] = ticket
    unplanned = sorted(by_row.keys() - rows.keys(), key=_natural_row)
    order = {place: at for at, place in enumerate([*rows, *unplanned])}
    sections = {section: at for at, section in enumerate(dict.fromkeys(section for section, _ in order))}
    for place in sorted(by_row, key=order.__getitem__):
        tickets, known = by_row[place], rows.get(place, ())
        strange = sorted(tickets.keys() - {seat for block in known for seat in block}, key=_natural)
        for block in [*known, *_numbered(strange)]:
            for start, run in _runs_in(block, tickets):
                # Without a plan the numbers of rows tell how near they are.
                number = int(place[1]) if place[1].isdigit() and not known else order[place]
                yield _Run(_Place(sections[place[0]], number, start), run)


def _runs_in(block: Sequence[str], tickets: Mapping[str, Ticket]) -> Iterator[tuple[int, list[Ticket]]]:
    """Give the tickets of one tier that are side by side in a block of seats, with the place of the first."""
    run: list[Ticket] = []
    for at, seat in enumerate(block):
        ticket = tickets.get(seat)
        if run and (ticket is None or ticket.tier_id != run[-1].tier_id):
            yield at - len(run), run
            run = []
        if ticket is not None:
            run.append(ticket)
    if run:
        yield len(block) - len(run), run


def _numbered(seats: Sequence[str]) -> list[list[str]]:
    """Split seats in natural order where a number is missing."""
    blocks: list[list[str]] = [[seat] for seat in seats[:1]]
    for before, seat in pairwise(seats):
        if before.isdigit() and seat.isdigit() and int(seat) == int(before) + 1:
            blocks[-1].append(seat)
        else:
            blocks.append([seat])
    return blocks


def _unseated_runs(free: Sequence[Ticket]) -> Iterator[_Run]:
    """Give the tickets without seats, those of each tier together."""
    by_tier: dict[str, list[Ticket]] = {}
    for ticket in free:
        if ticket.seat is None:
            by_tier.setdefault(ticket.tier_id, []).append(ticket)
    return (_Run(None, tickets) for tickets in by_tier.values())


def _is_free(ticket: Ticket, pool: Allocation, now: datetime) -> bool:
    usable = ticket.status is TicketStatus.VALID and not ticket.entries and now < ticket.event_ends_at
    whose = ticket.holder is None and not ticket.offered(now) and ticket.allocation in (None, pool)
    return usable and whose


def _seat_of(ticket: Ticket) -> SeatId:
    return read_seat_id(ticket.seat.id if ticket.seat else "")


def _natural_row(row: tuple[str, str]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    return _natural(row[0]), _natural(row[1])


def _natural(text: str) -> list[tuple[int, str]]:
    """Return what sorts texts as people count: 2 before 10."""
    parts = re.findall(r"\d+|\D+", text)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _view(ticket: Ticket) -> SuggestedTicket:
    return SuggestedTicket(
        id=ticket.id,
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        seat=ticket.seat.text if ticket.seat else None,
        seat_id=ticket.seat.id if ticket.seat else None,
    )
