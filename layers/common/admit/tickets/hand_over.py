"""Handing over: one transaction gives a ticket to the person who attends, and its former credential admits no
more.

What is written together: the ticket, the person who gets it, the person who had it, and the line of its
history. Each rests on what was read; who is told that others were quicker has lost nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.errors import (
    AlreadyCheckedIn,
    ChangedMeanwhile,
    Conflict,
    Forbidden,
    InTransfer,
    NotFound,
    TooLate,
    WrongState,
)
from admit.orders.order import Moment
from admit.people.person import (
    Holder,
    HolderDetails,
    Person,
    load_person,
    new_person,
    person_key,
    present_person,
    same_address,
)
from admit.store import Check, Contention, Put, Table, TransactionRefused, Update, Write
from admit.tickets.ticket import MOST_REVISIONS, Images, Ticket, TicketStatus, load_ticket
from admit.tickets.transfer import TransferStatus, ended_transfer

_TRIES = 5


@dataclass(frozen=True)
class Hand:
    """Who moves a ticket, as its history names him, and which tickets are his to move."""

    actor: str
    may: Callable[[Ticket], bool]
    any_time: bool = False
    """Whether the event's deadline does not bind him."""


class History(Moment):
    """How a ticket changed hands: who has it since."""

    revision: int
    holder: Holder | None = None
    owner: str | None = None


def order_key_hand() -> Hand:
    """Return the hand of who has an order's key: its tickets are his until somebody else owns them."""
    return Hand("buyer", lambda ticket: ticket.owner_email is None)


def owner_hand(email: str, companies: frozenset[str]) -> Hand:
    """Return the hand of a signed-in owner, and relay of these companies."""

    def may(ticket: Ticket) -> bool:
        if ticket.company_id is not None:
            return ticket.company_id in companies
        return same_address(ticket.owner, email)

    return Hand(email, may)


def relay_hand(email: str, company_id: str) -> Hand:
    return Hand(email, lambda ticket: ticket.company_id == company_id)


def organizer_hand(email: str, event_id: str) -> Hand:
    return Hand(email, lambda ticket: ticket.event_id == event_id, any_time=True)


class Move(NamedTuple):
    """A change of hands as it is written: the person who gets the ticket, and what goes with it."""

    to: Person | None
    read: Person | None
    """`to` as he was read, None when he is new."""
    what: str
    owner_email: str | None = None
    """Who controls it from now on, if that changes."""
    accepted: bool = False
    also: Sequence[Write] = ()


def assign(
    table: Table, event: Event, ticket: Ticket, details: HolderDetails, *, hand: Hand, now: datetime
) -> Ticket:
    """Give a ticket to a person, or change what is said of him; the same again changes nothing.

    Raises Forbidden, TooLate, AlreadyCheckedIn, InTransfer, WrongState, ChangedMeanwhile.
    """

    def move(ticket: Ticket) -> Move | None:
        known = known_person(table, event, details)
        told = known.told(details, now) if known else new_person(event.id, event.shards, details, now)
        if ticket.person_id == told.id and told == known:
            return None
        return Move(told, known, "assigned")

    return _hand_over(table, event, ticket, move, hand=hand, now=now)


def take_back(table: Table, event: Event, ticket: Ticket, *, hand: Hand, now: datetime) -> Ticket:
    """Leave a ticket without a holder; an open offer of it ends. Raises as `assign` does, but InTransfer."""

    def move(ticket: Ticket) -> Move | None:
        if ticket.holder is None and ticket.transfer is None:
            return None
        return Move(None, None, "taken back")

    return _hand_over(table, event, ticket, move, hand=hand, now=now, ends_transfer=True)


def _hand_over(
    table: Table,
    event: Event,
    ticket: Ticket,
    decide: Callable[[Ticket], Move | None],
    *,
    hand: Hand,
    now: datetime,
    ends_transfer: bool = False,
) -> Ticket:
    """Decide and write; read anew and decide again when only a person has changed."""
    first = ticket.revision
    for _ in range(_TRIES):
        if not hand.may(ticket):
            raise Forbidden("This ticket is not yours to give.")
        if ticket.revision != first:
            raise ChangedMeanwhile
        if ticket.holder is not None and ticket.person_id is None:
            ticket = introduced(table, event, ticket, HolderDetails(**dict(ticket.holder)), now)
            continue
        move = decide(ticket)
        if move is None:
            return ticket
        require_movable(ticket, now, ends_transfer=ends_transfer)
        if not hand.any_time:
            require_in_time(event, now)
        moved = move_ticket(table, ticket, move, actor=hand.actor, now=now)
        if moved is not None:
            return moved
        ticket = load_ticket(table, ticket.id)
    raise Contention


def introduced(table: Table, event: Event, ticket: Ticket, details: HolderDetails, now: datetime) -> Ticket:
    """Put the holder whom a ticket was issued to among the persons of its event, and return it as it is then.

    One who is there already, or a ticket that has changed hands, is left as it is.
    """
    known = known_person(table, event, details)
    person = known.told(details, now) if known else new_person(event.id, event.shards, details, now)
    after = ticket.model_copy(update={"person_id": person.id, "holder": person.holder, "role": person.role})
    # False when somebody else has introduced him.
    unknown = "attribute_not_exists(person_id)"
    # False when the ticket has changed hands since it was read.
    unmoved = "revision = :read"
    history = History(at=now, actor="system", what="issued", revision=ticket.revision, holder=person.holder)
    try:
        table.transact(
            [
                changed(ticket, after, [unknown, unmoved], {"read": ticket.revision}),
                person.with_ticket(ticket.id).over(known),
                _row(ticket, history),
            ]
        )
    except TransactionRefused:
        return load_ticket(table, ticket.id)
    return after


def known_person(table: Table, event: Event, details: Holder) -> Person | None:
    """Return the person of these details, or whom he was merged into, if the event knows him."""
    item = table.get(person_key(event.id, details))
    return present_person(table, Person.of(item)) if item else None


def require_movable(ticket: Ticket, now: datetime, *, ends_transfer: bool = False) -> None:
    """Raise AlreadyCheckedIn, WrongState, InTransfer, Conflict for a ticket that can't change hands now."""
    if ticket.entries:
        raise AlreadyCheckedIn
    if ticket.status is not TicketStatus.VALID:
        raise WrongState(f"This ticket is {ticket.status}.")
    if ticket.offered(now) and not ends_transfer:
        raise InTransfer
    if ticket.revision >= MOST_REVISIONS - 1:
        raise Conflict("This ticket has changed hands too often; ask the organizer.")


def require_in_time(event: Event, now: datetime) -> None:
    """Raise TooLate once the event's tickets stay where they are."""
    if now >= (event.holder_changes_until or event.ends_at):
        raise TooLate


def move_ticket(table: Table, ticket: Ticket, move: Move, *, actor: str, now: datetime) -> Ticket | None:
    """Write a change of hands; None when somebody has changed a person, so that it is to be decided anew.

    What is only said anew of the person who has it already is no change of hands: the ticket keeps its
    credential and follows the person.

    Raises AlreadyCheckedIn, WrongState, InTransfer, ChangedMeanwhile when the ticket has changed.
    """
    stays = move.to is not None and ticket.person_id == move.to.id
    if move.to is not None and stays:
        return _told_anew(table, ticket, move.to, move.read)
    after = moved(ticket, move)
    writes: list[Write] = [moved_from(ticket, after)]
    if ticket.transfer is not None and not move.accepted:
        status = TransferStatus.CANCELLED if ticket.offered(now) else TransferStatus.EXPIRED
        writes.append(ended_transfer(ticket, ticket.transfer.sequence, status, now))
    if move.to is not None:
        writes.append(move.to.with_ticket(ticket.id).over(move.read))
    if ticket.person_id is not None:
        former = load_person(table, ticket.person_id)
        writes.append(former.without_ticket(ticket.id).over(former))
    history = History(
        at=now,
        actor=actor,
        what=move.what,
        revision=after.revision,
        holder=after.holder,
        owner=move.owner_email,
    )
    try:
        table.transact([*writes, _row(ticket, history), *move.also])
    except TransactionRefused as refused:
        if 0 in refused.failed:
            raise _refusal(refused.failed[0], now) from refused
        if max(refused.failed) >= len(writes) + 1:
            raise
        return None
    return after


def _row(ticket: Ticket, history: History) -> Put:
    """Return the write of a line of a ticket's history; false when its revision has one."""
    key = keys.history(ticket.order_id, ticket.number, history.revision)
    return Put(key, {"kind": "history", **history.attributes()})


def moved(ticket: Ticket, move: Move) -> Ticket:
    """Return the ticket as it is after a change of hands."""
    return ticket.model_copy(
        update={
            "holder": move.to.holder if move.to else None,
            "person_id": move.to.id if move.to else None,
            "role": move.to.role if move.to else None,
            "owner_email": move.owner_email or ticket.owner_email,
            "revision": ticket.revision + 1,
            "images": Images.STALE,
            "transfer": None,
            "passed_on": ticket.passed_on + move.accepted,
        }
    )


def changed(read: Ticket, after: Ticket, conditions: Sequence[str], values: Mapping[str, object]) -> Update:
    """Return the write of what differs between a ticket that was read and the one that it shall be."""
    old, new = read.put().item, after.put().item
    sets = {name: value for name, value in new.items() if old.get(name) != value}
    gone = sorted(old.keys() - new.keys())
    expression = " ".join(
        part
        for part in (
            "SET " + ", ".join(f"#{name} = :{name}" for name in sets) if sets else "",
            "REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else "",
        )
        if part
    )
    return Update(
        keys.ticket(read.order_id, read.number),
        expression,
        condition=" AND ".join(conditions),
        values=sets | dict(values),
    )


def moved_from(read: Ticket, after: Ticket) -> Update:
    """Return the write of a ticket that nobody has used, moved or offered since it was read."""
    # False when the ticket is suspended or cancelled.
    valid = "#status = :valid"
    # False when somebody has gone in with it.
    unused = "entries = :none"
    # False when it has changed hands since it was read.
    unmoved = "revision = :revision_read"
    # False when it was offered to somebody since it was read.
    unoffered = "offers = :offers_read"
    # False when an offer of it has ended since it was read.
    same_offer = "attribute_exists(transfer)" if read.transfer else "attribute_not_exists(transfer)"
    values = {
        "valid": TicketStatus.VALID,
        "none": 0,
        "revision_read": read.revision,
        "offers_read": read.offers,
    }
    return changed(read, after, [valid, unused, unmoved, unoffered, same_offer], values)


def _told_anew(table: Table, ticket: Ticket, person: Person, read: Person | None) -> Ticket | None:
    # False when the ticket has gone to somebody else.
    still_his = "person_id = :person"
    same = Check(keys.ticket(ticket.order_id, ticket.number), still_his, {"person": person.id})
    try:
        table.transact([same, person.over(read)])
    except TransactionRefused as refused:
        if 0 in refused.failed:
            raise ChangedMeanwhile from refused
        return None
    return ticket.model_copy(update={"holder": person.holder})


def _refusal(old: object, now: datetime) -> Conflict | NotFound:
    """Say why a ticket could not be moved, from how it stood then."""
    if not isinstance(old, dict):
        return NotFound("There is no such ticket.")
    try:
        require_movable(Ticket.of(old), now)
    except Conflict as conflict:
        return conflict
    return ChangedMeanwhile()
