"""Privacy: what is kept of a person, given to him, and erased.

Erasing takes his names and addresses off the person and those who were merged into him, his tickets, their
history and their offers, the logs of companies that gave him some, and off orders that he has placed where no
law wants them: an order with an invoice or money keeps its buyer, since its documents must. Others who share
his address stay as they are. What was erased is not found any more and can't be brought back; who comes again
begins anew.
"""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from admit import keys
from admit.catalog.event import Event
from admit.errors import ChangedMeanwhile, WrongState
from admit.ids import normal_email
from admit.model import Shape
from admit.orders.change import change
from admit.orders.order import Buyer, Order, load_order
from admit.people.edit_person import PersonView, change_person, person_view
from admit.people.person import (
    Holder,
    Person,
    load_person,
    person_id,
    present_person,
)
from admit.store import ConditionFailed, Contention, Item, Table, Update
from admit.tickets.hand_over import History, changed
from admit.tickets.mine import HistoryView
from admit.tickets.ticket import Images, Ticket, TicketStatus, load_ticket, tickets_of
from admit.tickets.transfer import Transfer

_TRIES = 5
_NOBODY = "Erased"
_PAGE = 100


class KeptTicket(Shape):
    """A ticket that he has or had, with what its history says of him."""

    id: str
    tier_title: str
    seat: str | None
    status: str
    entries: int
    note: str
    """What the door is told of it."""
    history: list[HistoryView]


class KeptOrder(Shape):
    id: str
    code: str
    buyer: Buyer
    answers: dict[str, Any]


class PersonExport(Shape):
    """All that is kept of a person at one event, for himself to read."""

    person: PersonView
    tickets: list[KeptTicket]
    orders: list[KeptOrder]
    """Those that he has placed."""


class Erasure(Shape):
    person_id: str
    tickets: int
    """Tickets that don't name him any more."""
    orders_erased: list[str]
    orders_kept: list[str]
    """Orders that he has placed and that keep him, since documents or money were made on them."""


def export_person(table: Table, event: Event, person: Person) -> PersonExport:
    """Return what is kept of a person, under all names and addresses that he has or had."""
    person = present_person(table, person)
    known = _known(event, person, [load_person(table, one) for one in person.absorbed])
    return PersonExport(
        person=person_view(table, person),
        tickets=[
            KeptTicket(
                id=ticket.id,
                tier_title=ticket.tier_title,
                seat=ticket.seat_text if ticket.person_id in known.ids else None,
                status=ticket.status,
                entries=ticket.entries if ticket.person_id in known.ids else 0,
                note=ticket.note if ticket.person_id in known.ids else "",
                history=[
                    HistoryView(at=one.at, what=one.what, actor=one.actor, holder=one.holder)
                    for one in map(History.of, _history(table, ticket))
                    if one.holder is not None and known.is_he(one.holder.email, one.holder.name)
                ],
            )
            for ticket in _tickets_of(table, person)
        ],
        orders=[
            KeptOrder(id=order.id, code=order.code, buyer=order.buyer, answers=dict(order.answers))
            for order in _orders_of(table, event, *known.addresses)
            if known.is_he(order.buyer.email, order.buyer.name)
        ],
    )


def erase_person(table: Table, event: Event, person: Person, now: datetime) -> Erasure:
    """Erase a person for good; erasing again finishes what was cut off, and changes nothing else.

    Of one who was merged it erases the person that he is now. He is marked first, so that who gets a ticket
    meanwhile begins anew. Raises WrongState for one who has a valid ticket to an event that is still to come:
    take it back first. Raises ChangedMeanwhile.
    """
    person = present_person(table, person)
    tickets = _tickets_of(table, person)
    if now < event.ends_at and any(_still_counts(ticket, person) for ticket in tickets):
        raise WrongState("This person still has tickets to the event; take them back first.")
    seen = {ticket.id for ticket in tickets}
    person = change_person(table, person, partial(_marked, seen=seen, now=now))
    absorbed = [load_person(table, one) for one in person.absorbed]
    known = _known(event, person, absorbed)
    for ticket in tickets:
        _forget_on_ticket(table, ticket, known, now)
        change(table, load_order(table, ticket.order_id), partial(_without_holder, known=known))
    for company_id in sorted({ticket.company_id for ticket in tickets if ticket.company_id}):
        _forget_in_log(table, company_id, known)
    erased, kept = [], []
    for order in _orders_of(table, event, *known.addresses):
        if not known.is_he(order.buyer.email, order.buyer.name):
            continue
        if now < event.ends_at or order.movements or order.documents:
            kept.append(order.id)
            continue
        change(table, order, _without_buyer)
        for ticket in tickets_of(table, order.id):
            _forget_owner(table, ticket, known)
            _forget_history(table, ticket, known)
        erased.append(order.id)
    for one in [person, *absorbed]:
        change_person(table, one, partial(_nobody, now=now))
    return Erasure(person_id=person.id, tickets=len(tickets), orders_erased=erased, orders_kept=kept)


class _Known(NamedTuple):
    """By what somebody is known: his ids, and the addresses that he has or had."""

    event_id: str
    id: str
    ids: set[str]
    addresses: set[str]
    called: set[str]
    """Ids of who has one of his addresses and is called as he was at first, or is now."""

    @property
    def nowhere(self) -> str:
        return f"{self.id}@erased.invalid"

    def at(self, email: str | None) -> bool:
        return email is not None and normal_email(email) in self.addresses

    def is_he(self, email: str, name: str) -> bool:
        """Say whether it is he, and not another one of his address."""
        return self.at(email) and (name == _NOBODY or person_id(self.event_id, email, name) in self.called)


def _known(event: Event, person: Person, absorbed: list[Person]) -> _Known:
    whole = [person, *absorbed]
    ids = {one.id for one in whole}
    addresses = {normal_email(one.email) for one in whole} | set(person.former_addresses)
    present = {person_id(event.id, address, one.name) for address in addresses for one in whole}
    return _Known(event.id, person.id, ids, addresses, ids | present)


def _tickets_of(table: Table, person: Person) -> list[Ticket]:
    """Return the tickets that a person has, and those that he had."""
    known = sorted({*person.tickets, *person.former_tickets})
    return [load_ticket(table, ticket_id) for ticket_id in known]


def _still_counts(ticket: Ticket, person: Person) -> bool:
    his = ticket.person_id in (person.id, *person.absorbed)
    return his and ticket.status is TicketStatus.VALID and ticket.entries == 0


def _marked(person: Person, seen: set[str], now: datetime) -> Person:
    """Return him marked as erased. Raises ChangedMeanwhile when he has got another ticket."""
    if not seen.issuperset(person.tickets):
        raise ChangedMeanwhile("This person has just got a ticket; look at him again.")
    return person if person.erased_at else person.model_copy(update={"erased_at": now})


def _nobody(person: Person, now: datetime) -> Person:
    if person.erased_at is None and person.merged_into is None:
        return person  # Somebody of his name has begun anew.
    return Person(
        id=person.id,
        event_id=person.event_id,
        shard=person.shard,
        email=f"{person.id}@erased.invalid",
        name=_NOBODY,
        merged_into=person.merged_into,
        absorbed=person.absorbed,
        erased_at=person.erased_at or now,
        created_at=person.created_at,
        revision=person.revision,
    )


def _forget_owner(table: Table, ticket: Ticket, known: _Known) -> None:
    """Take the address of who has bought or owned a ticket off it."""
    his: dict[str, object] = {
        name: known.nowhere for name in ("buyer_email", "owner_email") if known.at(getattr(ticket, name))
    }
    if not his:
        return
    there = "attribute_exists(pk)"
    table.write(changed(ticket, ticket.model_copy(update=his), [there], {}))


def _forget_on_ticket(table: Table, ticket: Ticket, known: _Known, now: datetime) -> None:
    for _ in range(_TRIES):
        if ticket.person_id not in known.ids:
            break
        nobody = {
            "holder": None,
            "person_id": None,
            "role": None,
            "note": "",
            "person_note": "",
            "images": Images.STALE,
        }
        # False when it has gone to somebody else.
        still_his = "person_id = :person"
        try:
            table.write(
                changed(ticket, ticket.model_copy(update=nobody), [still_his], {"person": ticket.person_id})
            )
        except ConditionFailed:
            ticket = load_ticket(table, ticket.id)
        else:
            break
    else:
        raise Contention
    _forget_history(table, ticket, known)
    for item in table.query(keys.order(ticket.order_id).pk, keys.transfers_of(ticket.number)):
        transfer = Transfer.of(item)
        said = {name: known.nowhere for name in ("from_email", "to_email") if known.at(item[name])}
        if said and not transfer.open(now):
            _set(table, item, {"from_name": _NOBODY, "note": "", **said})


def _forget_history(table: Table, ticket: Ticket, known: _Known) -> None:
    """Take a person off the lines of a ticket's history."""
    for item in _history(table, ticket):
        line = History.of(item)
        said: dict[str, object] = {
            name: _NOBODY for name in ("actor", "owner") if known.at(item.get(name) or None)
        }
        if line.holder is not None and known.is_he(line.holder.email, line.holder.name):
            nobody = Holder(email=known.nowhere, name=_NOBODY)
            said["holder"] = nobody.model_dump(mode="json", exclude_none=True)
        if said:
            _set(table, item, said)


def _forget_in_log(table: Table, company_id: str, known: _Known) -> None:
    """Take a person off what the log of a company says that he got from it for the event, or has lost."""
    for address in sorted(known.addresses):
        cursor: str | None = None
        while True:
            page = table.page("gsi1", keys.received(company_id, address), limit=_PAGE, cursor=cursor)
            for item in page.items:
                guest = Holder.model_validate(item["guest"]) if "guest" in item else None
                of_event = known.event_id in item.get("event_ids", [])
                if guest is not None and of_event and known.is_he(guest.email, guest.name):
                    there = "attribute_exists(pk)"
                    table.write(Update(keys.of_item(item), "REMOVE #guest, gsi1pk, gsi1sk", there, {}))
            cursor = page.cursor
            if cursor is None:
                break


def _set(table: Table, item: Item, said: dict[str, object]) -> None:
    expression = ", ".join(f"#{name} = :{name}" for name in said)
    there = "attribute_exists(pk)"
    table.write(Update(keys.of_item(item), f"SET {expression}", condition=there, values=said))


def _history(table: Table, ticket: Ticket) -> list[Item]:
    return table.query(keys.order(ticket.order_id).pk, keys.history_of(ticket.number))


def _orders_of(table: Table, event: Event, *addresses: str) -> list[Order]:
    """Return the orders of this event that addresses have placed."""
    orders: list[Order] = []
    for address in sorted(addresses):
        cursor: str | None = None
        while True:
            page = table.page("gsi4", keys.orders_by(address), limit=_PAGE, cursor=cursor)
            orders += [order for order in map(Order.of, page.items) if order.event_id == event.id]
            cursor = page.cursor
            if cursor is None:
                break
    return orders


def _without_holder(order: Order, known: _Known) -> Order:
    """Return the order without what was said of a holder when it was placed."""
    holders = [None if one and known.is_he(one.email, one.name) else one for one in order.holders]
    return order.model_copy(update={"holders": holders}) if holders != order.holders else order


def _without_buyer(order: Order) -> Order:
    nobody = Buyer(email=f"{order.id}@erased.invalid", name=_NOBODY)
    # The counts of guests name him too; an event that is over counts nobody any more.
    gone = {"buyer": nobody, "answers": {}, "consents": {}, "allowances": []}
    # What his organizer has written about him, for himself.
    unsaid = [one.model_copy(update={"note": ""}) for one in order.set_aside]
    gone |= {"timeline": [one for one in order.timeline if not one.private], "set_aside": unsaid}
    return order.model_copy(update=gone)
