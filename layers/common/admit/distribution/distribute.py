"""Distributing: the tickets that are meant for guests go to them, and the guests leave the cart.

A guest gets all his tickets in one transaction with his line, the persons who he is at their events, and
those who had the tickets before; or none of them. What one transaction can't hold goes in several: the line
remembers what was sent, and whoever asks again goes on from there. One guest's failure stops no other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import batched
from threading import Lock
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.catalog import Catalog
from admit.clock import Clock
from admit.distribution.cart import OpenCart, open_cart
from admit.distribution.contact import Contact
from admit.errors import AdmitError, AllocationRefused, DistributionOff, NotFound
from admit.ids import derived_id, split_ticket_id
from admit.job import Job, JobView, Outcome, RowFault, RowStatus, Stretch, create_job, fail, job_body, walk
from admit.model import Shape, request_hash
from admit.people.person import (
    Holder,
    HolderDetails,
    Person,
    Voice,
    person_id,
    present_person,
    same_address,
)
from admit.people.switches import Switches
from admit.store import MOST_WRITES, Contention, Table, TransactionRefused, Write
from admit.tickets.cart_line import NOBODY, Act, Line, Received, Served, Step
from admit.tickets.hand_over import (
    Hand,
    Move,
    ToldPerson,
    introduced,
    moved,
    moved_from,
    relay_hand,
    require_in_time,
    require_movable,
    require_take_back,
    told_of,
)
from admit.tickets.ticket import Ticket
from admit.tickets.transfer import TransferStatus, ended_transfer

WORK = "distribute_tickets"
MOST_ANSWERED = 100
"""Guests who are served while the client waits; more are a job."""
_MOST_GUESTS = 1_000
_STRETCH = 25
"""Guests whose tickets are read together, and whose results are recorded together."""
_AT_A_TIME = 8
_TRIES = 5

type Catalogs = Callable[[str], Catalog]
type ContactId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class DistributeRequest(Shape):
    guests: Annotated[list[ContactId], Field(min_length=1, max_length=_MOST_GUESTS)]
    """Ids of their contacts."""


class GuestOutcome(StrEnum):
    DISTRIBUTED = "distributed"
    REFUSED = "refused"
    NOT_IN_CART = "not_in_cart"


class GuestResult(Shape):
    """What became of one guest, and why he got nothing."""

    contact_id: str
    result: GuestOutcome
    code: str | None = None
    reason: str | None = None
    tickets: list[str] = []
    """Ids of those that he got; of one who is refused, by a part of this that was given before."""
    at_fault: list[str] = []
    """Ids of those for which he got nothing."""


class Distributed(Shape):
    """A result for each guest, or the job that serves them."""

    results: list[GuestResult]
    job: JobView | None = None


@dataclass(frozen=True)
class Distribution:
    """Who gives, out of whose cart, and which request it is: the same again serves nobody twice."""

    id: str
    company_id: str
    relay: str
    """Whose cart it is, by address."""
    hand: Hand
    now: datetime

    @property
    def acting_for(self) -> str | None:
        return None if same_address(self.hand.actor, self.relay) else self.relay


class _Asked(Shape):
    """What the job works off."""

    relay: str
    guests: list[str]


class _Seen(NamedTuple):
    """A guest as he was read: with his tickets, and by id who he and those are who have them."""

    line: Line | None
    contact: Contact | None = None
    tickets: Sequence[Ticket] = ()
    persons: Mapping[str, Person] = {}


class _Gift(NamedTuple):
    ticket: Ticket
    to: ToldPerson
    """Who the guest is at its event."""
    former: Person | None
    """Who has it until then, if anybody."""


class _Part(NamedTuple):
    """A transaction that gives a guest tickets, the last one all that are left; and the line after it."""

    writes: Sequence[Write]
    line: Line


class _Refused(Exception):
    """A guest who can't be served as he is, and the tickets at fault."""

    def __init__(self, error: AdmitError, tickets: Sequence[str] = ()) -> None:
        self.error = error
        self.tickets = tickets


class _Elsewhere(Exception):
    """A ticket of a line does not stand in it by now."""


def distribute(
    table: Table, catalog_of: Catalogs, distribution: Distribution, contact_ids: Sequence[str]
) -> list[GuestResult]:
    """Give guests the tickets that are meant for them, and answer for each, in their order.

    Asked again under the same id it answers the same, and goes on where it was cut off.
    """
    lock = Lock()
    known: dict[str, Catalog] = {}

    def catalog(event_id: str) -> Catalog:
        with lock:
            if event_id not in known:
                known[event_id] = catalog_of(event_id)
            return known[event_id]

    def serve(asked: tuple[str, _Seen | None]) -> GuestResult:
        return _served(table, catalog, distribution, *asked)

    results: dict[str, GuestResult] = {}
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for some in batched(dict.fromkeys(contact_ids), _STRETCH, strict=False):
            seen = _read(table, distribution, some)
            # Who had tickets before may be the same for several guests: those are served one by one.
            apart = [one for one in some if not any(ticket.person_id for ticket in seen[one].tickets)]
            served = pool.map(serve, [(one, seen[one]) for one in apart])
            results |= zip(apart, served, strict=True)
            results |= {one: serve((one, None)) for one in some if one not in results}
    return [results[one] for one in dict.fromkeys(contact_ids)]


def distribution_of(opened: OpenCart, distribution_id: str, now: datetime) -> Distribution:
    """Return a distribution out of a cart, by the relay who works in it."""
    hand = relay_hand(opened.actor, opened.company.id, opened.switches)
    return Distribution(distribution_id, opened.company.id, opened.relay, hand, now)


def start_distribution(
    table: Table, opened: OpenCart, request: DistributeRequest, key: str, *, now: datetime
) -> Job:
    """Store the job that serves many guests of a cart, or find it stored by an earlier try.

    Raises IdempotencyConflict.
    """
    asked = _Asked(relay=opened.relay, guests=list(dict.fromkeys(request.guests)))
    job = Job(
        id=derived_id("job", WORK, opened.company.id, opened.actor, key),
        work=WORK,
        organizer_id=opened.company.organizer_id,
        event_id="",
        owner=opened.company.id,
        dry_run=False,
        created_by=opened.actor,
        created_at=now,
        total=len(asked.guests),
        request_hash=request_hash(asked),
    )
    return create_job(table, job, asked.model_dump_json())


def distribute_on(
    table: Table, job: Job, catalog_of: Catalogs, deployment: Switches, *, clock: Clock, seconds: float
) -> bool:
    """Do a part of the job; say whether there is more to do. It fails when its relay may not any more."""
    asked = _Asked.model_validate_json(job_body(table, job))
    try:
        opened = open_cart(
            table, job.owner or "", deployment, actor=job.created_by, relay=asked.relay, now=clock()
        )
    except (NotFound, DistributionOff) as refused:
        fail(table, job, refused.detail, clock)
        return False

    def go(place: str | None) -> Stretch:
        done = int(place or 0)
        some = asked.guests[done : done + _STRETCH]
        results = distribute(table, catalog_of, distribution_of(opened, job.id, clock()), some)
        outcomes = [_outcome(result, row) for row, result in enumerate(results, start=done + 1)]
        done += len(some)
        return Stretch(outcomes, str(done) if done < len(asked.guests) else None, len(asked.guests))

    return not walk(table, job, go, clock=clock, seconds=seconds).ended


def _outcome(result: GuestResult, row: int) -> Outcome:
    match result.result:
        case GuestOutcome.DISTRIBUTED:
            return Outcome(result=RowStatus.CHANGED, reference=result.contact_id)
        case GuestOutcome.NOT_IN_CART:
            return Outcome(result=RowStatus.SKIPPED, reference=result.contact_id, code=result.result)
        case GuestOutcome.REFUSED:
            fault = RowFault(row=row, field="guests", message=result.reason or "")
            return Outcome(
                result=RowStatus.FAILED, reference=result.contact_id, code=result.code, errors=[fault]
            )


# --- one guest --------------------------------------------------------------------------------------------


def _served(
    table: Table, catalog_of: Catalogs, distribution: Distribution, contact_id: str, seen: _Seen | None
) -> GuestResult:
    """Serve a guest, by how he was `seen`; read anew when something of his has changed meanwhile."""
    tries, got = 0, list[str]()
    try:
        while tries < _TRIES:
            guest, seen = seen or _read(table, distribution, [contact_id])[contact_id], None
            line = guest.line
            got = line.sent if line else []
            if line is None or _is_over(line, distribution):
                return _ended(line, distribution, contact_id)
            if _introduced(table, catalog_of, guest, distribution.now):
                continue
            try:
                part = _part(catalog_of, distribution, line, guest)
                table.transact(part.writes)
            except (TransactionRefused, _Elsewhere):
                tries += 1
                continue
            tries = 0
            if part.line.left:
                return _ended(part.line, distribution, contact_id)
        raise Contention
    except _Refused as refused:
        error, at_fault = refused.error, refused.tickets
    except AdmitError as refused:
        error, at_fault = refused, ()
    so_far = f" Of his tickets this guest has got {len(got)} already."
    return GuestResult(
        contact_id=contact_id,
        result=GuestOutcome.REFUSED,
        code=error.code,
        reason=error.detail + (so_far if got else ""),
        tickets=got,
        at_fault=list(at_fault),
    )


def _is_over(line: Line, distribution: Distribution) -> bool:
    """Say whether there is nothing left to do: he has left the cart, or come again since he was served."""
    return line.left or line.served_by(distribution.id) is not None


def _ended(line: Line | None, distribution: Distribution, contact_id: str) -> GuestResult:
    served = line.served_by(distribution.id) if line else None
    if served is None:
        return GuestResult(contact_id=contact_id, result=GuestOutcome.NOT_IN_CART)
    return GuestResult(contact_id=contact_id, result=GuestOutcome.DISTRIBUTED, tickets=served.tickets)


def _read(table: Table, distribution: Distribution, contact_ids: Sequence[str]) -> dict[str, _Seen]:
    """Read guests with all that their tickets touch, in a few requests for all of them together."""
    company_id, relay = distribution.company_id, distribution.relay
    stored = table.get_many([keys.cart_line(company_id, relay, one) for one in contact_ids])
    lines = {line.contact_id: line for line in map(Line.of, stored)}
    waiting = [line for line in lines.values() if not _is_over(line, distribution)]
    stored = table.get_many([keys.contact(company_id, line.contact_id) for line in waiting])
    contacts = {contact.id: contact for contact in map(Contact.of, stored)}
    meant = {line.contact_id: [ticket.id for ticket in line.tickets] for line in waiting}
    asked = [keys.ticket(*split_ticket_id(one)) for some in meant.values() for one in some]
    tickets = {ticket.id: ticket for ticket in map(Ticket.of, table.get_many(asked))}
    theirs = {
        contact_id: [tickets[one] for one in some if one in tickets] for contact_id, some in meant.items()
    }
    persons = _persons(table, contacts, theirs)
    return {
        one: _Seen(lines.get(one), contacts.get(one), theirs.get(one, ()), persons) for one in contact_ids
    }


def _persons(
    table: Table, contacts: Mapping[str, Contact], tickets: Mapping[str, Sequence[Ticket]]
) -> dict[str, Person]:
    """Read who guests are at the events of their tickets, and who has these, as they are by now."""
    had = {ticket.person_id for some in tickets.values() for ticket in some if ticket.person_id}
    known_as = {
        _id_at(ticket.event_id, contacts[contact_id])
        for contact_id, some in tickets.items()
        for ticket in some
        if contact_id in contacts
    }
    stored = table.get_many([keys.person(one) for one in sorted(had | known_as)])
    return {person.id: present_person(table, person) for person in map(Person.of, stored)}


def _introduced(table: Table, catalog_of: Catalogs, guest: _Seen, now: datetime) -> bool:
    """Put those who were issued tickets of this guest among the persons of their events; say whether any."""
    unknown = [ticket for ticket in guest.tickets if ticket.holder and ticket.person_id is None]
    for ticket in unknown:
        if ticket.holder is not None:
            details = HolderDetails(**dict(ticket.holder))
            introduced(table, catalog_of(ticket.event_id), ticket, details, now)
    return bool(unknown)


def _part(catalog_of: Catalogs, distribution: Distribution, line: Line, guest: _Seen) -> _Part:
    """Write as many tickets of a guest as one transaction holds. Raises _Refused, _Elsewhere."""
    if line.contact_id == NOBODY:
        raise _Refused(AllocationRefused("These tickets are meant for nobody yet; choose a guest for them."))
    if guest.contact is None or guest.contact.is_leaving:
        raise _Refused(NotFound("This guest is in the address book no more."))
    if not line.tickets and not line.sent:
        raise _Refused(AllocationRefused("No tickets are meant for this guest yet."))
    details = _details(guest.contact)
    _require_standing(line, guest.tickets)
    whole = list(_gifts(catalog_of, distribution, guest, details))
    _require_all(catalog_of, distribution, whole)
    gifts = _fitting(whole)
    persons: dict[str, tuple[Person, Person | None]] = {}
    moves: list[Write] = []
    for ticket, to, former in gifts:
        after, read = persons.get(to.told.id, to)
        persons[to.told.id] = after.with_ticket(ticket.id), read
        if former is not None and former.id != to.told.id:
            after, read = persons.get(former.id, (former, former))
            persons[former.id] = after.without_ticket(ticket.id), read
        given = moved(ticket, Move(*to, "distributed"))
        moves.append(moved_from(ticket, given.model_copy(update={"distribution": distribution.id})))
        if ticket.transfer is not None:
            sequence = ticket.transfer.sequence
            moves.append(ended_transfer(ticket, sequence, TransferStatus.EXPIRED, distribution.now))
    after_line = _line_after(distribution, line, details, gifts)
    told = [after.over(read) for after, read in persons.values()]
    return _Part([after_line.over(line), *told, *moves], after_line)


def _gifts(
    catalog_of: Catalogs, distribution: Distribution, guest: _Seen, details: HolderDetails
) -> Iterator[_Gift]:
    """Give the tickets of a guest, those of one event together, with who he is there and who has them."""
    by_event: dict[str, list[Ticket]] = {}
    for ticket in guest.tickets:
        by_event.setdefault(ticket.event_id, []).append(ticket)
    for event_id, tickets in by_event.items():
        read = guest.persons.get(_id_at(event_id, details))
        catalog, now = catalog_of(event_id), distribution.now
        to = told_of(read, catalog, tickets, details, Voice.GIVER, now=now, when=None)
        for ticket in tickets:
            former = guest.persons.get(ticket.person_id) if ticket.person_id else None
            yield _Gift(ticket, to, former)


def _fitting(gifts: Sequence[_Gift]) -> list[_Gift]:
    """Return as many as one transaction holds, beside the line: each ticket, and each person once."""
    fitting, writes, persons = [], 1, set[str]()
    for gift in gifts:
        touched = {gift.to.told.id} | ({gift.former.id} if gift.former else set())
        writes += 1 + len(touched - persons) + (gift.ticket.transfer is not None)
        if writes > MOST_WRITES:
            break
        persons |= touched
        fitting.append(gift)
    return fitting


def _require_standing(line: Line, tickets: Sequence[Ticket]) -> None:
    """Raise _Elsewhere for a ticket that has left its line."""
    standing = {ticket.id for ticket in tickets if ticket.allocation == line.allocation}
    if any(one.id not in standing for one in line.tickets):
        raise _Elsewhere


def _require_all(catalog_of: Catalogs, distribution: Distribution, gifts: Sequence[_Gift]) -> None:
    """Raise _Refused with the tickets that can't go to the guest now."""
    faults: dict[str, AdmitError] = {}
    for ticket, to, _ in gifts:
        try:
            require_movable(ticket, distribution.now)
            require_take_back(ticket, distribution.hand, to.told.email)
            require_in_time(catalog_of(ticket.event_id).event, distribution.now)
        except AdmitError as refused:
            faults[ticket.id] = refused
    if faults:
        raise _Refused(next(iter(faults.values())), list(faults))


def _line_after(
    distribution: Distribution, line: Line, details: HolderDetails, gifts: Sequence[_Gift]
) -> Line:
    """Return a line after tickets of it went to its guest; with the last of them he leaves the cart."""
    given = [gift.ticket for gift in gifts]
    rest = line.without({ticket.id for ticket in given})
    sent = [*line.sent, *(ticket.id for ticket in given)]
    complete = not rest.tickets
    act = Act(
        step=Step.DISTRIBUTED,
        at=distribution.now,
        actor=distribution.hand.actor,
        acting_for=distribution.acting_for,
        distributed={ticket.id: ticket.revision + 1 for ticket in given},
        former={ticket.id: ticket.holder for ticket in given if ticket.holder},
        distribution=distribution.id,
        complete=complete,
    )
    said = {"email": details.email, "name": details.name, "act": act, "left": complete}
    after = rest.model_copy(update={**said, "sent": sent, "received": _received(line, details, gifts)})
    if complete:
        served = Served(distribution=distribution.id, tickets=sent)
        return after.model_copy(update={"sent": []}).with_served(served)
    return after


def _received(line: Line, details: HolderDetails, gifts: Sequence[_Gift]) -> list[Received]:
    """Add to what a line tells of who got its tickets those that somebody got by another address or name."""
    tickets = {(one.holder.email, one.holder.name): one.tickets for one in line.received}
    for ticket, (told, _), _ in gifts:
        if told.name != details.name or not same_address(told.email, details.email):
            known = tickets.get((told.email, told.name), [])
            tickets[told.email, told.name] = [*known, ticket.id]
    return [
        Received(holder=Holder(email=email, name=name), tickets=some)
        for (email, name), some in tickets.items()
    ]


def _details(contact: Contact) -> HolderDetails:
    return HolderDetails(
        email=contact.email,
        name=contact.name,
        company=contact.company,
        title=contact.title,
        phone=contact.phone,
        language=contact.language,
    )


def _id_at(event_id: str, one: Contact | HolderDetails) -> str:
    return person_id(event_id, one.email, one.name)
