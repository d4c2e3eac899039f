"""Tickets follow their person: what is changed of him shows on each ticket that he has, and on its badge.

The person is changed first, in a write of his own; the stream brings the change here, as often as it takes.
"""

from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog
from admit.ids import split_ticket_id
from admit.orders.order import load_order
from admit.people.person import HolderDetails, Person, Voice, load_person, same_address
from admit.store import ConditionFailed, Table, TransactionRefused
from admit.tickets.hand_over import History, changed, history_row, introduced
from admit.tickets.ticket import MOST_REVISIONS, Images, Ticket, TicketStatus


def concerns_tickets(before: Person | None, after: Person) -> bool:
    """Say whether a change of a person is one that his tickets show."""
    if before is None:
        return False
    return _told(before) != _told(after)


def _told(person: Person) -> tuple[object, ...]:
    """Return what of a person his tickets show, or tell a door."""
    return person.holder, person.role, person.absorbed, person.door_note


def follow(table: Table, person: Person, now: datetime) -> None:
    """Bring the tickets of a person, as he is now, to what is said of him.

    Another address is another credential: the link that was mailed to the former one must not admit. A
    ticket that has been used, or is cancelled, keeps the one it has.
    """
    person = load_person(table, person.id)
    wanted = [keys.ticket(*split_ticket_id(ticket_id)) for ticket_id in person.tickets]
    for ticket in [Ticket.of(item) for item in table.get_many(wanted)]:
        if ticket.person_id in (person.id, *person.absorbed):
            _follow(table, ticket, person, now)


def _follow(table: Table, ticket: Ticket, person: Person, now: datetime) -> None:
    said = {"holder": person.holder, "person_id": person.id, "role": person.role}
    shown = all(getattr(ticket, name) == value for name, value in said.items())
    if shown and ticket.person_note == person.door_note:
        return
    # False when the ticket has gone to somebody else.
    still_his = "person_id = :was"
    # False when it has changed hands since it was read.
    unmoved = "revision = :read"
    values = {"was": ticket.person_id, "read": ticket.revision}
    there = ticket.holder is not None and same_address(ticket.holder.email, person.email)
    used_up = ticket.revision >= MOST_REVISIONS - 1
    told = {**said, "person_note": person.door_note, "images": ticket.images if shown else Images.STALE}
    if there or used_up or ticket.entries or ticket.status is TicketStatus.CANCELLED:
        after = ticket.model_copy(update=told)
        try:
            table.write(changed(ticket, after, [still_his, unmoved], values))
        except ConditionFailed:
            return
        return
    after = ticket.model_copy(update={**told, "revision": ticket.revision + 1})
    history = History(
        at=now, actor="system", what="new address", revision=after.revision, holder=person.holder
    )
    try:
        table.transact([changed(ticket, after, [still_his, unmoved], values), history_row(after, history)])
    except TransactionRefused:
        return


def introduce(table: Table, catalog: Catalog, ticket: Ticket, now: datetime) -> None:
    """Put the holder whom a ticket was issued to among the persons of its event, with what was said of him
    at purchase."""
    if ticket.holder is None or ticket.person_id is not None:
        return
    order = load_order(table, ticket.order_id)
    told = order.holders[ticket.number - 1 : ticket.number]
    said = told[0] if told and told[0] and told[0].holder == ticket.holder else None
    himself = same_address(ticket.holder.email, order.buyer.email)
    introduced(
        table,
        catalog,
        ticket,
        said or HolderDetails(**dict(ticket.holder)),
        now,
        voice=Voice.HIMSELF if himself else Voice.GIVER,
        said_at=order.placed_at,
    )
