"""A contact leaves the address book: he is erased, or turns out to be the same as another one.

Both take more than one transaction when he stands in carts. So he is marked first, comes into no further
cart, and asking again goes on where it was left.
"""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from admit import ids, keys
from admit.distribution.cart import MOST_IN_LINE, MOST_MOVED, Cart, OpenCart, remove_guest
from admit.distribution.contact import AboutContact, Book, Contact, ContactSettings, load_contact
from admit.distribution.edit_contact import (
    carts_of_company,
    count,
    kept_consent,
    lines_of_contact,
    require_served,
    require_staying,
    rewrite,
    with_former,
    word_changes,
)
from admit.errors import Conflict, Invalid
from admit.model import Shape, merged
from admit.store import ConditionFailed, Contention, Table, TransactionRefused, Update, Write
from admit.tickets.cart_line import Line, Step

_TRIES = 6


class MergeContactRequest(Shape):
    other_id: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    """Of the contact who turns out to be the same."""


def erase_contact(table: Table, book: Book, contact_id: str, *, now: datetime) -> None:
    """Free the tickets that are meant for a contact, and remove him; what he has received stays his.

    Raises NotFound, Conflict while tickets are being distributed to him, Contention.
    """
    company_id = book.company.id
    for _ in range(_TRIES):
        contact = load_contact(table, company_id, contact_id)
        try:
            carts = carts_of_company(table, company_id)
            if not contact.erasing:
                require_served(lines_of_contact(table, contact, carts))
                leaving = contact.model_copy(update={"erasing": True, "merging_into": None})
                contact = Contact.of(table.write(leaving.over(contact)))
                carts = carts_of_company(table, company_id)
            for line in lines_of_contact(table, contact, carts):
                cart = next(cart for cart in carts if cart.relay == line.relay)
                remove_guest(table, _opened(book, cart), contact_id, now=now)
            _remove(table, contact)
        except (ConditionFailed, TransactionRefused):
            continue
        return
    raise Contention


def merge_contacts(table: Table, book: Book, contact_id: str, other_id: str, *, now: datetime) -> Contact:
    """Make one contact of two: the first keeps what he has, and gets the tickets and what only the other had.

    The other is removed, and his address is free again. Merging again changes nothing, and goes on with a
    merge that was cut short. Raises NotFound, Invalid, Conflict, Contention.
    """
    if contact_id == other_id:
        raise Invalid.field("other_id", "is this contact himself")
    company_id = book.company.id
    for _ in range(_TRIES):
        kept = load_contact(table, company_id, contact_id)
        if other_id in kept.absorbed and table.get(keys.contact(company_id, other_id)) is None:
            return kept
        other = load_contact(table, company_id, other_id)
        try:
            if other.merging_into != kept.id:
                kept = _absorb(table, kept, other, now)
                other = load_contact(table, company_id, other_id)
            for cart in carts_of_company(table, company_id):
                _move_line(table, _opened(book, cart), kept, other, now)
            _remove(table, other)
        except TransactionRefused:
            continue
        return kept
    raise Contention


def _absorb(table: Table, kept: Contact, other: Contact, now: datetime) -> Contact:
    """Write what becomes of the contact who stays, and mark the other as one who leaves.

    Raises Invalid, Conflict, TransactionRefused.
    """
    require_staying(kept)
    _require_free(table, other)
    carts = carts_of_company(table, kept.company_id)
    full = {line.relay: len(line.tickets) for line in lines_of_contact(table, kept, carts)}
    lines = lines_of_contact(table, other, carts)
    require_served(lines)
    for line in lines:
        if len(line.tickets) + full.get(line.relay, 0) > MOST_IN_LINE:
            raise Conflict(f"One guest may stand in a cart with {MOST_IN_LINE} tickets at most.")
    whole = _whole(kept, other).model_copy(update={"updated_at": now})
    gone = other.model_copy(update={"merging_into": kept.id})
    return rewrite(table, kept, whole, now, [gone.over(other)])


def _whole(kept: Contact, other: Contact) -> Contact:
    """Return who two contacts are together. Raises Invalid."""
    lacking = ("first_name", "last_name", "phone", "language", "company", "title")
    notes = [kept.notes, *([other.notes] if other.notes not in kept.notes else [])]
    consents = [one.consent for one in (kept, other) if one.consent]
    values = kept.model_dump() | {
        **{name: getattr(kept, name) or getattr(other, name) for name in lacking},
        "tags": [*kept.tags, *(tag for tag in other.tags if not kept.has_tag(tag))],
        "notes": "\n".join(note for note in notes if note),
        # What was agreed to or withdrawn last.
        "consent": max(consents, key=lambda consent: consent.at).model_dump() if consents else None,
    }
    settings = merged(ContactSettings, values, AboutContact())
    said = dict(settings) | {"consent": kept_consent(settings.consent, None, kept.updated_at)}
    absorbed = [*kept.absorbed, other.id, *other.absorbed]
    whole = kept.model_copy(update={**said, "absorbed": absorbed})
    return with_former(whole, [*other.former_addresses, other.email])


def _move_line(table: Table, opened: OpenCart, kept: Contact, other: Contact, now: datetime) -> None:
    """Bring the tickets that stand in a cart for one contact to the line of another, 98 at a time.

    Raises Conflict, Contention.
    """
    tries = 0
    while tries < _TRIES:
        found = {
            line.contact_id: line
            for line in map(Line.of, table.get_many([opened.key(other.id), opened.key(kept.id)]))
        }
        read = found.get(other.id)
        if read is None or read.left:
            return
        require_served([read])
        some = read.tickets[:MOST_MOVED]
        moved = [ticket.id for ticket in some]
        rest = read.without(moved)
        step = Step.ALLOCATED if rest.tickets else Step.REMOVED
        leaves = {"left": not rest.tickets, "act": opened.act(step, now, removed=moved)}
        present = found.get(kept.id)
        stands = present is not None and not present.left
        act = opened.act(Step.ALLOCATED if moved else Step.ADDED, now, added=moved)
        line = present if present and stands else opened.new_line(kept, act)
        writes: list[Write] = [
            rest.model_copy(update=leaves).over(read),
            *(_moved(read, line, ticket_id) for ticket_id in moved),
        ]
        if moved or not stands:
            writes.append(line.with_tickets(some).model_copy(update={"act": act}).over(present))
        try:
            table.transact(writes)
        except TransactionRefused:
            tries += 1
    raise Contention


def _moved(line: Line, to: Line, ticket_id: str) -> Update:
    """Return the write that brings a ticket from one line to another."""
    # False when the ticket does not stand in the line.
    in_line = "allocation = :line"
    return Update(
        keys.ticket(*ids.split_ticket_id(ticket_id)),
        "SET allocation = :to",
        condition=in_line,
        values={"line": line.allocation.attributes(), "to": to.allocation.attributes()},
    )


def _remove(table: Table, contact: Contact) -> None:
    """Remove a contact who stands in no cart any more. Raises TransactionRefused."""
    words = word_changes(contact, contact.words(), frozenset())
    table.transact([contact.removal(), contact.address_removal(), *words])
    count(table, contact.company_id, -1)


def _opened(book: Book, cart: Cart) -> OpenCart:
    return OpenCart(book.company, book.switches, cart, True, book.relay)


def _require_free(table: Table, contact: Contact) -> None:
    """Refuse one who is being erased, or merged into somebody who is there."""
    into = contact.merging_into
    if contact.erasing or (into and table.get(keys.contact(contact.company_id, into))):
        raise Conflict("This contact is being removed; ask for that again, or wait for its end.")
