"""Handing over: one transaction gives a ticket to the person who attends, and its former credential admits no
more.

What is written together: the ticket, the person who gets it, the person who had it, the line of its history,
and the line of a cart that it leaves. Each rests on what was read; who is told that others were quicker has
lost nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from admit import ids, keys
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.question import AskedAt
from admit.errors import (
    AdmitError,
    AlreadyCheckedIn,
    ChangedMeanwhile,
    Conflict,
    Forbidden,
    InTransfer,
    NotFound,
    TakeBackOff,
    TooLate,
    Unavailable,
    WrongState,
)
from admit.model import Shape
from admit.orders.order import Moment
from admit.people.company import Company, acts_for, load_company
from admit.people.person import (
    Holder,
    HolderDetails,
    Person,
    Voice,
    load_person,
    new_person,
    person_key,
    present_person,
    same_address,
)
from admit.people.switches import Switches, TakeBack, switches_of
from admit.store import Check, Contention, Put, Table, TransactionRefused, Update, Write
from admit.tickets.cart_line import HOLDER, taken_off
from admit.tickets.ticket import MOST_REVISIONS, Images, Ticket, TicketStatus, load_ticket
from admit.tickets.transfer import TransferStatus, ended_transfer

_TRIES = 5
MOST_AT_ONCE = 50
"""Tickets that one request moves."""


@dataclass(frozen=True)
class Hand:
    """Who moves a ticket, as its history names him, and which tickets are his to move."""

    actor: str
    may: Callable[[Ticket], bool]
    voice: Voice = Voice.GIVER
    """As what he speaks of who gets a ticket."""
    any_time: bool = False
    """Whether the event's deadline does not bind him."""
    may_take_back: Callable[[Ticket], bool] = lambda _: True
    """Whether he may take a ticket from who has it, be it to give it to somebody else."""


class HandResult(Shape):
    """What became of one of many tickets, and why nothing did."""

    ticket_id: str
    result: str
    code: str | None = None
    """Of the offer, or the problem."""
    reason: str | None = None


class History(Moment):
    """How a ticket changed hands: who has it since."""

    revision: int
    holder: Holder | None = None
    owner: str | None = None


def may_take_back(ticket: Ticket, switches: Switches, email: str) -> bool:
    """Say whether the owner of a ticket that somebody has may take it from him, under what holds for it.

    Those of a company are its relays' to take back, all others their buyers' and owners'. What an owner
    has himself, by `email`, he gives away as anybody does.
    """
    if ticket.holder is None or same_address(ticket.holder.email, email):
        return True
    right = switches.take_back_downloaded if ticket.is_downloaded else switches.take_back
    least = TakeBack.RELAY if ticket.company_id is not None else TakeBack.RELAY_AND_PUBLIC
    return right.reach >= least.reach


def order_key_hand(table: Table, order_id: str, deployment: Switches) -> Hand:
    """Return the hand of who has an order's key: its tickets are his until somebody else owns them.

    Those of a company are its relays': the key moves them for as long as its buyer is one.
    """
    held_by = _switches_by_company(table, deployment)

    def may(ticket: Ticket) -> bool:
        if ticket.order_id != order_id or ticket.owner_email is not None:
            return False
        return ticket.company_id is None or acts_for(table, ticket.company_id, ticket.buyer_email)

    def may_take(ticket: Ticket) -> bool:
        return may_take_back(ticket, held_by(ticket.company_id), ticket.buyer_email)

    return Hand("buyer", may, may_take_back=may_take)


def owner_hand(table: Table, email: str, deployment: Switches) -> Hand:
    """Return the hand of a signed-in owner, who may be a relay of the company that owns a ticket."""
    held_by = _switches_by_company(table, deployment)

    def may(ticket: Ticket) -> bool:
        if ticket.company_id is not None:
            return acts_for(table, ticket.company_id, email)
        return same_address(ticket.owner, email)

    def may_take(ticket: Ticket) -> bool:
        return may_take_back(ticket, held_by(ticket.company_id), email)

    return Hand(email, may, may_take_back=may_take)


def relay_hand(email: str, company_id: str, switches: Switches) -> Hand:
    """Return the hand of a relay; `switches` are those that hold for his company."""
    return Hand(
        email,
        lambda ticket: ticket.company_id == company_id,
        may_take_back=lambda ticket: may_take_back(ticket, switches, email),
    )


def _switches_by_company(table: Table, deployment: Switches) -> Callable[[str | None], Switches]:
    """Return what says what holds for a company, or for tickets of none; each is read once."""
    known: dict[str | None, Switches] = {None: switches_of(None, deployment)}

    def of(company_id: str | None) -> Switches:
        if company_id not in known:
            company: Company | None = load_company(table, company_id) if company_id else None
            known[company_id] = switches_of(company, deployment)
        return known[company_id]

    return of


def organizer_hand(email: str, event_id: str) -> Hand:
    return Hand(email, lambda ticket: ticket.event_id == event_id, Voice.ORGANIZER, any_time=True)


class Move(NamedTuple):
    """A change of hands as it is written: the person who gets the ticket, and what goes with it."""

    to: Person | None
    read: Person | None
    """`to` as he was read, None when he is new."""
    what: str
    owner_email: str | None = None
    """Who controls it from now on, if that changes."""
    accepted: bool = False
    by_himself: bool = False
    """Whether who gets it takes it; a cart that it leaves then does not name him."""
    also: Sequence[Write] = ()


def assign(
    table: Table,
    catalog: Catalog,
    ticket: Ticket,
    details: HolderDetails,
    *,
    hand: Hand,
    now: datetime,
    when: AskedAt | None = AskedAt.ASSIGNMENT,
) -> Ticket:
    """Give a ticket to a person, or change what is said of him; the same again changes nothing.

    `when` says which of the attendees' questions must be answered by now.

    Raises Invalid, Forbidden, TakeBackOff, TooLate, AlreadyCheckedIn, InTransfer, WrongState,
    ChangedMeanwhile.
    """

    def move(ticket: Ticket) -> Move | None:
        person = told_person(table, catalog, ticket, details, hand.voice, now=now, when=when)
        if ticket.person_id == person.told.id and person.told == person.read:
            return None
        return Move(*person, "assigned")

    return _hand_over(table, catalog, ticket, move, hand=hand, now=now)


def take_back(table: Table, catalog: Catalog, ticket: Ticket, *, hand: Hand, now: datetime) -> Ticket:
    """Leave a ticket without a holder; an open offer of it ends. Raises as `assign` does, but InTransfer."""

    def move(ticket: Ticket) -> Move | None:
        if ticket.holder is None and ticket.transfer is None:
            return None
        return Move(None, None, "taken back")

    return _hand_over(table, catalog, ticket, move, hand=hand, now=now, ends_transfer=True)


def take_back_each(
    table: Table,
    catalog_of: Callable[[str], Catalog],
    ticket_ids: list[str],
    *,
    hand: Hand,
    now: datetime,
) -> list[HandResult]:
    """Take many tickets back, read together, with a result for each; those of others are none."""
    wanted = []
    for ticket_id in ticket_ids:
        with suppress(ValueError):
            wanted.append(keys.ticket(*ids.split_ticket_id(ticket_id)))
    tickets = {ticket.id: ticket for ticket in map(Ticket.of, table.get_many(wanted))}

    def do(ticket_id: str) -> HandResult:
        ticket = tickets.get(ticket_id)
        if ticket is None or not hand.may(ticket):
            raise NotFound("There is no such ticket.")
        tickets[ticket_id] = take_back(table, catalog_of(ticket.event_id), ticket, hand=hand, now=now)
        return HandResult(ticket_id=ticket_id, result="taken_back")

    return each(ticket_ids, do)


def _hand_over(
    table: Table,
    catalog: Catalog,
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
            ticket = introduced(table, catalog, ticket, HolderDetails(**dict(ticket.holder)), now)
            continue
        move = decide(ticket)
        if move is None:
            return ticket
        require_movable(ticket, now, ends_transfer=ends_transfer)
        require_take_back(ticket, hand, move.to.email if move.to else None)
        if not hand.any_time:
            require_in_time(catalog.event, now)
        moved = move_ticket(table, ticket, move, actor=hand.actor, now=now)
        if moved is not None:
            return moved
        ticket = load_ticket(table, ticket.id)
    raise Contention


def introduced(
    table: Table,
    catalog: Catalog,
    ticket: Ticket,
    details: HolderDetails,
    now: datetime,
    *,
    voice: Voice = Voice.ANYBODY,
    said_at: datetime | None = None,
) -> Ticket:
    """Put the holder whom a ticket was issued to among the persons of its event, and return it as it is then.

    What was said of him was looked at when he was named, at `said_at`. One who is there already, or a ticket
    that has changed hands, is left as it is.
    """
    for _ in range(_TRIES):
        person, read = told_person(
            table, catalog, ticket, details, voice, now=said_at or now, when=None, looked_at=True
        )
        shows = (person.holder, person.role) != (ticket.holder, ticket.role or PersonRole.ATTENDEE)
        after = ticket.model_copy(
            update={
                "person_id": person.id,
                "holder": person.holder,
                "role": person.role,
                "person_note": person.door_note,
                "images": Images.STALE if shows else ticket.images,
            }
        )
        # False when somebody else has introduced him.
        unknown = "attribute_not_exists(person_id)"
        # False when the ticket has changed hands since it was read.
        unmoved = "revision = :read"
        history = History(
            at=now, actor="system", what="issued", revision=ticket.revision, holder=person.holder
        )
        try:
            table.transact(
                [
                    changed(ticket, after, [unknown, unmoved], {"read": ticket.revision}),
                    person.with_ticket(ticket.id).over(read),
                    history_row(ticket, history),
                ]
            )
        except TransactionRefused as refused:
            if 0 in refused.failed:
                return load_ticket(table, ticket.id)
        else:
            return after
    raise Contention


class ToldPerson(NamedTuple):
    """A person as he is after something was said of him, and as he was read, None when he is new."""

    told: Person
    read: Person | None


def told_person(
    table: Table,
    catalog: Catalog,
    ticket: Ticket,
    details: HolderDetails,
    voice: Voice,
    *,
    now: datetime,
    when: AskedAt | None,
    looked_at: bool = False,
) -> ToldPerson:
    """Return the person of these details, with what they say of him. Raises Invalid.

    Who gives a ticket speaks for somebody who has no other; of others he only fills in what nobody has said.
    One who was erased begins anew.
    """
    read = known_person(table, catalog.event, details)
    return told_of(read, catalog, [ticket], details, voice, now=now, when=when, looked_at=looked_at)


def told_of(
    read: Person | None,
    catalog: Catalog,
    tickets: Sequence[Ticket],
    details: HolderDetails,
    voice: Voice,
    *,
    now: datetime,
    when: AskedAt | None,
    looked_at: bool = False,
) -> ToldPerson:
    """Return the person of these details, as he was read, with what they say of him as he gets tickets.

    As `told_person`, which reads him. Raises Invalid.
    """
    event = catalog.event
    person = new_person(event.id, event.shards, details, now)
    if read is not None:
        person = person.model_copy(update={"revision": read.revision}) if read.erased_at else read
        if voice is Voice.GIVER and not read.erased_at and set(read.tickets) != {one.id for one in tickets}:
            voice = Voice.ANYBODY
    tier_ids = {ticket.tier_id for ticket in tickets}
    told = person.told(catalog, details, now, tier_ids=tier_ids, voice=voice, when=when, looked_at=looked_at)
    return ToldPerson(told, read)


def known_person(table: Table, event: Event, details: Holder) -> Person | None:
    """Return the person of these details, or whom he was merged into, if the event knows him."""
    item = table.get(person_key(event.id, details))
    return present_person(table, Person.of(item)) if item else None


def each(ids_: list[str], do: Callable[[str], HandResult]) -> list[HandResult]:
    """Do something to each of many tickets; one that is refused stops none of the others."""
    results = []
    for identifier in ids_:
        try:
            results.append(do(identifier))
        except Unavailable:
            raise
        except AdmitError as refused:
            results.append(
                HandResult(ticket_id=identifier, result="refused", code=refused.code, reason=refused.detail)
            )
    return results


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


def require_take_back(ticket: Ticket, hand: Hand, to: str | None) -> None:
    """Raise TakeBackOff if a hand may not take a ticket from who has it, to give it to an address, if any.

    Who keeps it at his address, as under another name, is not taken anything from.
    """
    if ticket.holder is None or (to is not None and same_address(ticket.holder.email, to)):
        return
    if not hand.may_take_back(ticket):
        raise TakeBackOff


def can_take_back(ticket: Ticket, event: Event, hand: Hand, now: datetime) -> bool:
    """Say whether a hand could take a ticket from who has it now."""
    if ticket.holder is None or not hand.may_take_back(ticket):
        return False
    try:
        require_movable(ticket, now, ends_transfer=True)
        if not hand.any_time:
            require_in_time(event, now)
    except Conflict:
        return False
    return True


def require_in_time(event: Event, now: datetime) -> None:
    """Raise TooLate once the event's tickets stay where they are."""
    if now >= (event.holder_changes_until or event.ends_at):
        raise TooLate


def move_ticket(table: Table, ticket: Ticket, move: Move, *, actor: str, now: datetime) -> Ticket | None:
    """Write a change of hands; None when a person, or the cart that the ticket is in, has changed meanwhile:
    then it is to be decided anew.

    A ticket that is meant for a guest of a cart leaves that. What is only said anew of the person who has it
    already is no change of hands: the ticket keeps its credential and follows the person.

    Raises AlreadyCheckedIn, WrongState, InTransfer, ChangedMeanwhile when the ticket has changed.
    """
    if move.to is not None and ticket.person_id == move.to.id and not move.accepted:
        return _told_anew(table, ticket, move.to, move.read)
    after = moved(ticket, move)
    writes: list[Write] = [moved_from(ticket, after)]
    if ticket.transfer is not None and not move.accepted:
        status = TransferStatus.CANCELLED if ticket.offered(now) else TransferStatus.EXPIRED
        writes.append(ended_transfer(ticket, ticket.transfer.sequence, status, now))
    if move.to is not None:
        writes.append(move.to.with_ticket(ticket.id).over(move.read))
    if ticket.person_id is not None:
        former = present_person(table, load_person(table, ticket.person_id))
        if move.to is None or former.id != move.to.id:
            writes.append(former.without_ticket(ticket.id).over(former))
    writes += taken_off(table, ticket, actor=HOLDER if move.by_himself else actor, now=now)
    history = History(
        at=now,
        actor=actor,
        what=move.what,
        revision=after.revision,
        holder=after.holder,
        owner=move.owner_email,
    )
    try:
        table.transact([*writes, history_row(ticket, history), *move.also])
    except TransactionRefused as refused:
        if 0 in refused.failed:
            if _still_moves(refused.failed[0], ticket):
                return None
            raise _refusal(refused.failed[0], now) from refused
        if max(refused.failed) >= len(writes) + 1:
            raise
        return None
    return after


def history_row(ticket: Ticket, history: History) -> Put:
    """Return the write of a line of a ticket's history; false when its revision has one."""
    key = keys.history(ticket.order_id, ticket.number, history.revision)
    return Put(key, {"kind": "history", **history.attributes()})


def moved(ticket: Ticket, move: Move) -> Ticket:
    """Return the ticket as it is after a change of hands.

    Who keeps it at his address, as under another name, has downloaded it if he had before.
    """
    stays = ticket.holder and move.to and same_address(ticket.holder.email, move.to.email)
    revision = ticket.revision + 1
    return ticket.model_copy(
        update={
            "holder": move.to.holder if move.to else None,
            "person_id": move.to.id if move.to else None,
            "role": move.to.role if move.to else None,
            "person_note": move.to.door_note if move.to else "",
            "owner_email": move.owner_email or ticket.owner_email,
            "revision": revision,
            "images": Images.STALE,
            "transfer": None,
            "allocation": None,
            "distribution": None,
            "downloaded": revision if stays and ticket.is_downloaded else None,
            "passed_on": ticket.passed_on + move.accepted,
        }
    )


def changed(read: Ticket, after: Ticket, conditions: Sequence[str], values: Mapping[str, object]) -> Update:
    """Return the write of what differs between a ticket that was read and the one that it shall be."""
    old, new = read.put().item, after.put().item
    sets = {name: value for name, value in new.items() if old.get(name) != value}
    if after.images is Images.STALE:
        # It may have been drawn since it was read.
        sets["images"] = Images.STALE
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
    values: dict[str, object] = {
        "valid": TicketStatus.VALID,
        "none": 0,
        "revision_read": read.revision,
        "offers_read": read.offers,
    }
    # False when it came into a line of a cart, or left one, since it was read.
    same_line = "attribute_not_exists(allocation)"
    if read.allocation is not None:
        same_line = "allocation = :line_read"
        values["line_read"] = read.allocation.attributes()
    conditions = [valid, unused, unmoved, unoffered, same_offer, same_line]
    if after.revision != read.revision:
        # False when its holder has fetched its code since it was read, so that it is his more than before.
        same_download = "attribute_not_exists(downloaded)"
        if read.downloaded is not None:
            same_download = "downloaded = :download_read"
            values["download_read"] = read.downloaded
        conditions.append(same_download)
    return changed(read, after, conditions, values)


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


def _still_moves(old: object, read: Ticket) -> bool:
    """Say whether a ticket, as a write has met it, has just come into a line of a cart, or left one, or its
    code was fetched: it may move all the same, and that is decided anew."""
    if not isinstance(old, dict):
        return False
    met = Ticket.of(old)

    def decides(ticket: Ticket) -> tuple[object, ...]:
        return ticket.status, ticket.entries, ticket.revision, ticket.offers, ticket.transfer

    beside = (met.allocation, met.downloaded) != (read.allocation, read.downloaded)
    return beside and decides(met) == decides(read)


def _refusal(old: object, now: datetime) -> Conflict | NotFound:
    """Say why a ticket could not be moved, from how it stood then."""
    if not isinstance(old, dict):
        return NotFound("There is no such ticket.")
    try:
        require_movable(Ticket.of(old), now)
    except Conflict as conflict:
        return conflict
    return ChangedMeanwhile()
