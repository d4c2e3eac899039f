"""Allocating: tickets of a company are put into the line of a guest, or taken out of it.

One transaction writes the line and each of the tickets, so that a ticket stands in one line at most, and the
line shows what the tickets say. What can't be is told for every ticket, and then nothing is done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from admit import ids, keys
from admit.clock import stamp
from admit.distribution.cart import MOST_IN_LINE, MOST_MOVED, OpenCart, add_guest, cart_guest, freed, guest_of
from admit.distribution.contact import Contact
from admit.errors import AllocationRefused, ChangedMeanwhile, Fault, TooLarge, TooLate
from admit.model import Shape
from admit.people.person import same_address
from admit.store import MOST_WRITES, Contention, Item, Key, Put, Table, TransactionRefused, Update, Write
from admit.tickets.cart_line import NOBODY, Line, LineTicket, Step
from admit.tickets.hand_over import may_take_back
from admit.tickets.ticket import MOST_REVISIONS, Allocation, Ticket, TicketStatus

_TRIES = 5
_CHANGED = "Somebody has just changed what is meant for this guest; look at it again."
_STRANGE = "is not a ticket of this company"
_OVER = "is for an event that is over"

type TicketIds = Annotated[list[str], Field(max_length=MOST_MOVED)]


class AllocateRequest(Shape):
    """Which tickets come into a line and which leave it, 98 together at most."""

    add: TicketIds = []
    remove: TicketIds = []
    version: Annotated[int, Field(ge=0)] | None = None
    """Of the line that the caller looks at, 0 for a guest who is not in the cart; left out: any."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        named = [*self.add, *self.remove]
        if len(named) > MOST_MOVED:
            raise ValueError(f"{MOST_MOVED} tickets at most go with one request")
        if len(set(named)) < len(named):
            raise ValueError("a ticket is named twice")
        return self


class _Refused(NamedTuple):
    field: str
    why: str | Allocation
    """A sentence, or where the ticket stands."""


class _Read(NamedTuple):
    """What an allocation rests on."""

    line: Line | None
    """Of the guest; None when he is not in the cart and never was."""
    pool: Line | None
    """The tickets of the cart that are meant for nobody, which may go to a guest straight."""
    tickets: dict[str, Ticket]


class _Change(NamedTuple):
    """An allocation as it is written."""

    line: Line
    """Of the guest, as it is then."""
    lines: list[Put]
    tickets: list[Update]
    """In the order of the request."""
    also: list[Write]

    @property
    def writes(self) -> list[Write]:
        return [*self.lines, *self.tickets, *self.also]


def allocate(
    table: Table,
    opened: OpenCart,
    contact_id: str,
    request: AllocateRequest,
    *,
    now: datetime,
) -> Line:
    """Put tickets into a guest's line, take others out of it, and return it as it is then.

    A contact who is no guest of the cart yet comes into it with this. The same request again is answered as
    it was. Raises NotFound for who is none, ChangedMeanwhile with the present line, AllocationRefused and
    TooLate with a fault for each ticket, Contention.
    """
    for _ in range(_TRIES):
        read = _read(table, opened, contact_id, request)
        present = None if read.line is None or read.line.left else read.line
        if present is not None and _is_done(present, request):
            return present
        if present is None and _was_served(read, request):
            raise _changed(None)
        if request.version is not None and request.version != (present.version if present else 0):
            raise _changed(present)
        act = opened.act(Step.ALLOCATED, now, added=request.add, removed=request.remove)
        comes = guest_of(table, opened, contact_id) if present is None and contact_id != NOBODY else None
        line = present or opened.new_line(comes, act)
        judge = _Judge(opened, request, line, now)
        if refused := judge.of_read(read.tickets):
            raise _refusal(table, opened, refused)
        line = line.model_copy(update={"act": act})
        change = _change(opened, request, read, line, comes=comes, now=now)
        if comes and len(change.writes) > MOST_WRITES:
            version = add_guest(table, opened, contact_id, now=now).version
            if request.version is not None:
                request = request.model_copy(update={"version": version})
            continue
        try:
            table.transact(change.writes)
        except TooLarge as too_large:
            raise _full(line, request) from too_large
        except TransactionRefused as failed:
            met = {at - len(change.lines): old for at, old in failed.failed.items()}
            if all(0 <= at < len(change.tickets) for at in met) and (refused := judge.of_met(met)):
                raise _refusal(table, opened, refused) from failed
            continue
        return change.line
    raise Contention


def _read(table: Table, opened: OpenCart, contact_id: str, request: AllocateRequest) -> _Read:
    """Read the lines and the tickets with one request."""
    own, pool = opened.key(contact_id), opened.key(NOBODY)
    wanted = [key for ticket_id in [*request.add, *request.remove] if (key := _ticket_key(ticket_id))]
    items = {keys.of_item(item): item for item in table.get_many([own, pool, *wanted])}
    lines = {key: Line.of(items.pop(key)) for key in {own, pool} if key in items}
    tickets = {ticket.id: ticket for ticket in map(Ticket.of, items.values())}
    return _Read(lines.get(own), lines.get(pool) if own != pool else None, tickets)


def _ticket_key(ticket_id: str) -> Key | None:
    try:
        return keys.ticket(*ids.split_ticket_id(ticket_id))
    except ValueError:
        return None


def _is_done(line: Line, request: AllocateRequest) -> bool:
    """Say whether a line is what this request makes it, as one that is sent again finds it."""
    if not request.add and not request.remove:
        return request.version in (None, line.version)
    there = {ticket.id for ticket in line.tickets}
    changed = request.version is None or line.version > request.version
    return changed and there >= set(request.add) and not there & set(request.remove)


def _was_served(read: _Read, request: AllocateRequest) -> bool:
    """Say whether a guest has left the cart with all that is to be added, and has it as he got it: so finds
    it a request that is sent again after the distribution."""
    served = read.line.served if read.line and request.add else []
    got = {(ticket_id, one.distribution) for one in served for ticket_id in one.tickets}
    return bool(got) and all(
        (ticket := read.tickets.get(ticket_id)) and (ticket_id, ticket.distribution) in got
        for ticket_id in request.add
    )


@dataclass(frozen=True)
class _Judge:
    """Says why tickets can't be moved by a request."""

    opened: OpenCart
    request: AllocateRequest
    line: Line
    """As it is before that."""
    now: datetime

    def of_read(self, read: Mapping[str, Ticket]) -> list[_Refused]:
        """Judge the tickets as they were read."""
        there = {ticket.id for ticket in self.line.tickets}
        found = [
            _Refused(f"add[{at}]", why)
            for at, ticket_id in enumerate(self.request.add)
            if (why := self._why_not(read.get(ticket_id)))
        ]
        for at, ticket_id in enumerate(self.request.remove):
            ticket = read.get(ticket_id)
            if ticket is None or ticket_id not in there:
                found.append(_Refused(f"remove[{at}]", "is not in this line"))
            elif self.now >= ticket.event_ends_at:
                found.append(_Refused(f"remove[{at}]", _OVER))
        return found

    def of_met(self, met: Mapping[int, Item | None]) -> list[_Refused]:
        """Judge the tickets whose writes have failed, by their place in the request, as they stood then."""
        found, adds = [], len(self.request.add)
        for at, old in met.items():
            ticket = Ticket.of(old) if old else None
            if at < adds and (why := self._why_not(ticket)):
                found.append(_Refused(f"add[{at}]", why))
            elif at >= adds and ticket is not None and self.now >= ticket.event_ends_at:
                found.append(_Refused(f"remove[{at - adds}]", _OVER))
        return found

    def _why_not(self, ticket: Ticket | None) -> str | Allocation | None:
        """Say why a ticket can't come into the line, None if it can."""
        if ticket is None or ticket.company_id != self.opened.company.id:
            return _STRANGE
        his = ticket.holder is not None and same_address(ticket.holder.email, self.line.email)
        takes = may_take_back(ticket, self.opened.switches, self.opened.actor)
        reasons: list[tuple[bool, str | Allocation | None]] = [
            (ticket.entries > 0, "has been used"),
            (ticket.status is not TicketStatus.VALID, f"is {ticket.status}"),
            (self.now >= ticket.event_ends_at, _OVER),
            (ticket.offered(self.now), "is being offered"),
            (ticket.revision >= MOST_REVISIONS - 1, "has changed hands too often"),
            (ticket.allocation == self.line.allocation, "is in this line already"),
            (ticket.allocation != self._pool, ticket.allocation),
            (his, "is his already"),
            (not takes, "was given to somebody and can't be taken back"),
        ]
        return next((why for holds, why in reasons if holds and why), None)

    @property
    def _pool(self) -> Allocation:
        """Where tickets stand that may come straight into any line of this cart."""
        return Allocation(relay=self.opened.relay, contact_id=NOBODY)


def _change(
    opened: OpenCart,
    request: AllocateRequest,
    read: _Read,
    line: Line,
    *,
    comes: Contact | None,
    now: datetime,
) -> _Change:
    """Write a request; `line` is that of the guest before it, who `comes` into the cart if he was not there.

    Raises AllocationRefused when too many tickets would be in the line.
    """
    added = [LineTicket.of_ticket(read.tickets[ticket_id]) for ticket_id in request.add]
    after = line.without(request.remove).with_tickets(added)
    if len(after.tickets) > MOST_IN_LINE:
        raise AllocationRefused(f"At most {MOST_IN_LINE} tickets are meant for one guest.")
    # A cart of which a line was read is there, whatever was read of it before.
    header = [] if read.line or read.pool else opened.header()
    return _Change(
        after.written_over(read.line),
        [after.over(read.line), *_from_pool(opened, read.pool, request.add, now)],
        [
            *(_taken(opened, after, read.tickets[ticket_id], now) for ticket_id in request.add),
            *(_freed_in_time(after, ticket_id, now) for ticket_id in request.remove),
        ],
        [*([comes.check()] if comes else []), *header],
    )


def _taken(opened: OpenCart, line: Line, ticket: Ticket, now: datetime) -> Update:
    """Return the write that puts a ticket into a line."""
    values: dict[str, object] = {
        "line": line.allocation.attributes(),
        "company": opened.company.id,
        "valid": TicketStatus.VALID,
        "none": 0,
        "read": ticket.revision,
        "now": stamp(now),
    }
    # False when it is another company's.
    ours = "company_id = :company"
    # False when it is suspended or cancelled.
    valid = "#status = :valid"
    # False when somebody has gone in with it.
    unused = "entries = :none"
    # False when its event is over.
    in_time = "event_ends_at > :now"
    # False while it is offered to somebody.
    unoffered = "(attribute_not_exists(transfer) OR transfer.#until <= :now)"
    # False when it has changed hands since it was read, so that the line would show another holder.
    unmoved = "revision = :read"
    # False when it stands in a line.
    free = "attribute_not_exists(allocation)"
    if ticket.allocation is not None:
        # False when it is not among the tickets of nobody any more.
        free = "allocation = :pool"
        values["pool"] = ticket.allocation.attributes()
    conditions = [ours, valid, unused, in_time, unoffered, unmoved, free]
    return Update(
        keys.ticket(ticket.order_id, ticket.number),
        "SET allocation = :line",
        condition=" AND ".join(conditions),
        values=values,
    )


def _freed_in_time(line: Line, ticket_id: str, now: datetime) -> Update:
    free = freed(line, ticket_id)
    # False when its event is over: what was meant for whom then stays.
    in_time = "event_ends_at > :now"
    return Update(
        free.key,
        free.expression,
        condition=f"{free.condition} AND {in_time}",
        values={**free.values, "now": stamp(now)},
    )


def _from_pool(opened: OpenCart, pool: Line | None, added: Sequence[str], now: datetime) -> list[Put]:
    """Return the write by which tickets leave the line of nobody, if any of these stands there."""
    if pool is None:
        return []
    moved = [ticket.id for ticket in pool.tickets if ticket.id in added]
    if not moved:
        return []
    act = opened.act(Step.ALLOCATED, now, removed=moved)
    return [pool.without(moved).model_copy(update={"act": act}).over(pool)]


def _full(line: Line, request: AllocateRequest) -> AllocationRefused:
    """Write the refusal of tickets whose texts, beside those of the others, are too long for a line."""
    there, more = len(line.tickets), len(request.add)
    return AllocationRefused(
        f"This guest's {there} tickets have long texts: there is no room for {more} more. Add fewer, or "
        "distribute these first."
    )


def _changed(present: Line | None) -> ChangedMeanwhile:
    line = cart_guest(present).model_dump(mode="json") if present else None
    return ChangedMeanwhile(_CHANGED, extra={"line": line})


def _refusal(table: Table, opened: OpenCart, refused: Sequence[_Refused]) -> AllocationRefused | TooLate:
    """Write the refusal of tickets; the guests that others are meant for are looked up for their names."""
    places = {(one.why.relay, one.why.contact_id) for one in refused if isinstance(one.why, Allocation)}
    wanted = [keys.cart_line(opened.company.id, *place) for place in sorted(places)]
    lines = {line.allocation: line for line in map(Line.of, table.get_many(wanted))} if wanted else {}

    def told(why: str | Allocation) -> str:
        if isinstance(why, str):
            return why
        line = lines.get(why)
        whom = "nobody yet" if why.contact_id == NOBODY else (line and line.name) or "a guest"
        return f"stands in the cart of {why.relay} for {whom}"

    faults = [Fault(one.field, told(one.why)) for one in refused]
    if all(one.why == _OVER for one in refused):
        return TooLate("The event is over; its tickets stay where they are.", faults=faults)
    return AllocationRefused(faults=faults)
