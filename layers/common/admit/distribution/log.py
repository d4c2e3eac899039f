"""The log of a company's portal: who has done what with its tickets, and in whose place.

It is derived from the stream: each change of a line of a cart names its act, and each change of hands beside
the carts has its line of history. A row is written where none is, so what comes twice changes nothing. What
somebody got or lost names him, and is found by his address; the other rows know a guest by his contact alone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

from admit import keys
from admit.clock import Instant
from admit.distribution.contact import Contact
from admit.ids import email_hash, split_ticket_id
from admit.model import Entity, Shape
from admit.people.person import Holder, same_address
from admit.store import ALL, ConditionFailed, Item, Put, Table, Within
from admit.tickets.cart_line import NOBODY, Line, Step
from admit.tickets.hand_over import History
from admit.tickets.ticket import Ticket

_FIRST, _LAST = "0", "~"
_BY_RELAYS = {"assigned", "taken back"}


class LogStep(StrEnum):
    """What was done."""

    ADDED = "added"
    """A guest came into a cart."""
    REMOVED = "removed"
    """A guest left a cart without his tickets."""
    ALLOCATED = "allocated"
    """Tickets came into a guest's line, or left it."""
    DISTRIBUTED = "distributed"
    MOVED = "moved"
    """A ticket left a cart, since it was given or taken back beside it."""
    ASSIGNED = "assigned"
    """A ticket was given to somebody straight."""
    TAKEN_BACK = "taken_back"


class LogRow(Entity):
    company_id: str
    reference: str
    """What tells it from others of the same moment."""
    at: Instant
    actor: str
    acting_for: str | None = None
    step: LogStep
    contact_id: str | None = None
    guest: Holder | None = None
    """Who got tickets, or has lost them."""
    added: list[str] = []
    removed: list[str] = []
    distributed: list[str] = []
    taken: list[str] = []
    event_ids: list[str] = []
    distribution: str | None = None

    def put(self) -> Put:
        """Return the write that adds the row; false when it is there."""
        by_address = {}
        if self.guest is not None:
            by_address = {
                "gsi1pk": keys.received(self.company_id, self.guest.email),
                "gsi1sk": keys.by_time(self.at, self.reference),
            }
        key = keys.portal_log_row(self.company_id, self.at, self.reference)
        return Put(key, {"kind": "portal_log", **self.attributes(), **by_address})


class LogGuest(Shape):
    contact_id: str | None
    """Of who stood in a cart."""
    email: str | None
    """Null once the contact is gone."""
    name: str | None


class LogEntry(Shape):
    at: Instant
    actor: str
    """Address of the relay who has acted."""
    acting_for: str | None
    """Address of the colleague whose cart it was."""
    step: LogStep
    guest: LogGuest | None
    added: list[str]
    """Ids of tickets that came into the guest's line."""
    removed: list[str]
    """Ids of those that left it, and did not go to the guest."""
    distributed: list[str]
    """Ids of those that the guest got."""
    taken: list[str]
    """Ids of those that the guest has lost."""
    event_ids: list[str]
    distribution: str | None


class LogPage(NamedTuple):
    entries: list[LogEntry]
    cursor: str | None


class Handed(NamedTuple):
    """A ticket before and after a change of hands beside the carts."""

    before: Ticket
    after: Ticket


# --- what is written --------------------------------------------------------------------------------------


def write_log(
    table: Table, lines: Iterable[tuple[Line | None, Line]], tickets: Iterable[tuple[Ticket | None, Ticket]]
) -> None:
    """Write what changes of lines and tickets, each before and after, tell; again it changes nothing."""
    acts = [(before, after) for before, after in lines if _is_act(before, after)]
    for write in [*_rows_of_lines(acts), *_histories(acts), *_rows_of_tickets(table, _handed(tickets))]:
        with suppress(ConditionFailed):
            table.write(write)


def _is_act(before: Line | None, after: Line) -> bool:
    is_new = before is None or before.version != after.version
    return is_new and after.act.step is not Step.FOLLOWED


def _rows_of_lines(acts: Sequence[tuple[Line | None, Line]]) -> Iterator[Put]:
    for before, after in acts:
        act = after.act
        reference = f"{after.contact_id}#{email_hash(after.relay)[:8]}#{after.version:06d}"
        events = {one.id: one.event_id for line in (before, after) if line for one in line.tickets}
        common = {
            "company_id": after.company_id,
            "at": act.at,
            "actor": act.actor,
            "acting_for": act.acting_for,
            "distribution": act.distribution,
        }
        common_of_guest: dict[str, Any] = {
            **common,
            "step": LogStep(act.step),
            "contact_id": None if after.contact_id == NOBODY else after.contact_id,
        }
        if not act.distributed:
            yield LogRow(
                **common_of_guest,
                reference=reference,
                added=act.added,
                removed=act.removed,
                event_ids=_events(events, [*act.added, *act.removed]),
            ).put()
        for at, (receiver, got) in enumerate(_got(after)):
            yield LogRow(
                **common_of_guest,
                reference=f"{reference}#to{at}" if at else reference,
                guest=receiver,
                distributed=got,
                event_ids=_events(events, got),
            ).put()
        for at, (former, lost) in enumerate(_lost(after)):
            yield LogRow(
                **common,
                reference=f"{reference}#{at}",
                step=LogStep.TAKEN_BACK,
                guest=former,
                taken=lost,
                event_ids=_events(events, lost),
            ).put()


def _got(line: Line) -> list[tuple[Holder, list[str]]]:
    """Return who got which tickets by the last write of a line."""
    given = sorted(line.act.distributed, key=split_ticket_id)
    return _by_address((line.receiver(one), one) for one in given)


def _lost(line: Line) -> list[tuple[Holder, list[str]]]:
    """Return who has lost which tickets; who has them at the same address has lost none."""
    former = sorted(line.act.former.items(), key=lambda one: split_ticket_id(one[0]))
    return _by_address(
        (holder, one) for one, holder in former if not same_address(holder.email, line.receiver(one).email)
    )


def _by_address(tickets: Iterable[tuple[Holder, str]]) -> list[tuple[Holder, list[str]]]:
    by_address: dict[str, tuple[Holder, list[str]]] = {}
    for holder, ticket_id in tickets:
        by_address.setdefault(email_hash(holder.email), (holder, []))[1].append(ticket_id)
    return list(by_address.values())


def _events(events: Mapping[str, str], ticket_ids: Iterable[str]) -> list[str]:
    return sorted({events[one] for one in ticket_ids if one in events})


def _histories(acts: Sequence[tuple[Line | None, Line]]) -> Iterator[Put]:
    """Write the line of history of each ticket that was distributed."""
    for _, after in acts:
        for ticket_id, revision in after.act.distributed.items():
            history = History(
                at=after.act.at,
                actor=after.act.actor,
                what="distributed",
                revision=revision,
                holder=after.receiver(ticket_id),
            )
            key = keys.history(*split_ticket_id(ticket_id), revision)
            yield Put(key, {"kind": "history", **history.attributes()})


def _handed(tickets: Iterable[tuple[Ticket | None, Ticket]]) -> list[Handed]:
    """Return the tickets of companies that have changed hands otherwise than by a distribution."""
    return [
        Handed(before, after)
        for before, after in tickets
        if before is not None
        and after.company_id is not None
        and after.revision > before.revision
        and (after.distribution is None or after.distribution == before.distribution)
    ]


def _rows_of_tickets(table: Table, handed: Sequence[Handed]) -> Iterator[Put]:
    """Write who has given or taken tickets beside the carts: their lines of history name him."""
    by_key = {keys.history(one.after.order_id, one.after.number, one.after.revision): one for one in handed}
    for item in table.get_many(list(by_key)):
        before, after = by_key[keys.of_item(item)]
        history = History.of(item)
        if history.what not in _BY_RELAYS or after.company_id is None:
            continue
        common: dict[str, Any] = {
            "company_id": after.company_id,
            "at": history.at,
            "actor": after.buyer_email if history.actor == "buyer" else history.actor,
            "event_ids": [after.event_id],
        }
        reference, to, former = f"{after.id}#{after.revision:05d}", after.holder, before.holder
        if to is not None:
            yield LogRow(
                **common, reference=reference, step=LogStep.ASSIGNED, guest=to, distributed=[after.id]
            ).put()
        if former is not None and (to is None or not same_address(to.email, former.email)):
            yield LogRow(
                **common, reference=f"{reference}#0", step=LogStep.TAKEN_BACK, guest=former, taken=[after.id]
            ).put()


# --- what is read -----------------------------------------------------------------------------------------


def read_log(table: Table, company_id: str, *, limit: int, cursor: str | None) -> LogPage:
    """Return one page of the log of a company, newest first. Raises Invalid."""
    items = table.span(
        keys.portal_log(company_id), after=_FIRST, until=cursor or _LAST, limit=limit, newest_first=True
    )
    after = str(items[-1]["sk"]) if len(items) == limit else None
    return LogPage(_entries(table, company_id, items), after)


def received(
    table: Table, company_id: str, addresses: Collection[str], *, limit: int, cursor: str | None
) -> LogPage:
    """Return one page of what somebody got from a company, and lost to it, newest first; one query an
    address that he has or had. Raises Invalid."""
    older = Within(below=cursor) if cursor else ALL
    entries = [
        entry
        for address in addresses
        for entry in table.find(
            "gsi1",
            keys.received(company_id, address),
            limit=limit + 1,
            newest_first=True,
            within=older,
        ).entries
    ]
    found = sorted(entries, key=lambda entry: entry.sort_key, reverse=True)
    page, rest = found[:limit], found[limit:]
    items = table.get_many([entry.key for entry in page])
    return LogPage(_entries(table, company_id, items), page[-1].sort_key if rest else None)


def _entries(table: Table, company_id: str, items: Iterable[Item]) -> list[LogEntry]:
    """Show rows; guests who are known by their contacts alone are looked up."""
    rows = [LogRow.of(item) for item in items]
    unnamed = {row.contact_id for row in rows if row.contact_id and row.guest is None}
    found = table.get_many([keys.contact(company_id, one) for one in sorted(unnamed)])
    contacts = {contact.id: contact for contact in map(Contact.of, found)}
    shared = LogEntry.model_fields.keys() - {"guest"}
    return [LogEntry(guest=_guest(row, contacts), **row.model_dump(include=shared)) for row in rows]


def _guest(row: LogRow, contacts: Mapping[str, Contact]) -> LogGuest | None:
    if row.guest is not None:
        return LogGuest(contact_id=row.contact_id, email=row.guest.email, name=row.guest.name)
    if row.contact_id is None:
        return None
    contact = contacts.get(row.contact_id)
    return LogGuest(
        contact_id=row.contact_id,
        email=contact.email if contact else None,
        name=contact.name if contact else None,
    )
