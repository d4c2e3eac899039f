"""Admission: one conditional write decides, and what it refuses it explains from the item as it stood."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from admit import ids, keys
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import CheckInList
from admit.clock import Instant, stamp
from admit.door.device import Device
from admit.errors import Fault, Forbidden, Invalid
from admit.model import Shape
from admit.people.person import Holder
from admit.store import ConditionFailed, Key, Table, Update
from admit.tickets.credential import NotACredential, OtherEvent, read_credential
from admit.tickets.ticket import Admission, Passage, Ticket, TicketStatus


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Result(StrEnum):
    ADMITTED = "admitted"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a scan was refused."""

    INVALID = "invalid"
    WRONG_EVENT = "wrong_event"
    WRONG_LIST = "wrong_list"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    IN_TRANSFER = "in_transfer"
    SUPERSEDED = "superseded"
    ALREADY_IN = "already_in"
    ALREADY_USED = "already_used"
    OUT_FIRST = "out_first"


class ScanRequest(Shape):
    """One attempt to use a ticket. The nonce is the device's own; a retry sends the same one."""

    credential: Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=False)] | None = None
    ticket_id: Annotated[str, StringConstraints(max_length=40)] | None = None
    list_id: str | None = None
    direction: Direction = Direction.IN
    nonce: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    force: bool = False
    at: Instant | None = Field(default=None, description="The device's time; kept, never decides.")


class ScannedTicket(Shape):
    id: str
    number: int
    tier_title: str


class EarlierPassage(Shape):
    at: Instant
    gate: str | None
    device: str


class Scan(Shape):
    result: Result
    reason: Reason | None = None
    ticket: ScannedTicket | None = None
    person: Holder | None = None
    seat: str | None = None
    earlier: EarlierPassage | None = None


def admit(table: Table, catalog: Catalog, device: Device, request: ScanRequest, now: datetime) -> Scan:
    """Admit a ticket, or let it out, by one conditional write; a device's retry of it is admitted again.

    What does not carry the event's signature is refused without a request to the table.

    Raises Invalid, Forbidden.
    """
    if request.force:
        raise Forbidden("This device may not force an entry.")
    rules = _rules(catalog, device, request.list_id)
    revision: int | None = None
    if (request.credential is None) == (request.ticket_id is None):
        raise Invalid.field("credential", "send either credential or ticket_id")
    try:
        if request.credential is not None:
            credential = read_credential(request.credential, catalog.event.public_key, catalog.event.id)
            order_id, number, revision = credential
        else:
            order_id, number = ids.split_ticket_id(request.ticket_id or "")
    except OtherEvent:
        return Scan(result=Result.REFUSED, reason=Reason.WRONG_EVENT)
    except (NotACredential, ValueError):
        return Scan(result=Result.REFUSED, reason=Reason.INVALID)

    write = _passage(
        keys.ticket(order_id, number), catalog.event.id, rules, device, request, revision=revision, now=now
    )
    try:
        ticket = Ticket.of(table.write(write))
    except ConditionFailed as failed:
        if failed.old is None:
            return Scan(result=Result.REFUSED, reason=Reason.INVALID)
        return _explain(Ticket.of(failed.old), device, rules, request, revision=revision, now=now)
    return _admitted(ticket)


def _rules(catalog: Catalog, device: Device, list_id: str | None) -> CheckInList:
    rules = catalog.lists.get(device.list_id)
    if rules is None or list_id not in (None, device.list_id):
        raise Invalid(faults=[Fault("list_id", "is not a list of this device")])
    return rules


def _passage(
    key: Key,
    event_id: str,
    rules: CheckInList,
    device: Device,
    request: ScanRequest,
    *,
    revision: int | None,
    now: datetime,
) -> Update:
    passage = Passage(
        at=now, device_id=device.id, device_name=device.name, device_at=request.at, nonce=request.nonce
    )
    values: dict[str, object] = {
        "event_id": event_id,
        "valid": TicketStatus.VALID,
        "in": Admission.IN,
        "out": Admission.OUT,
        "passage": passage.attributes(),
        "now": stamp(now),
        "nonce": request.nonce,
        "device": device.id,
    }
    # False for a ticket id of another event; a credential's signature has shown the event already.
    of_this_event = "event_id = :event_id"
    # False when the ticket is suspended or cancelled.
    valid = "#status = :valid"
    # False while it is offered to somebody; a ticket that is not admits whom it belongs to.
    kept = "(attribute_not_exists(transfer) OR transfer.#until <= :now)"
    conditions = [of_this_event, valid, kept]
    last = "last_entry" if request.direction is Direction.IN else "last_exit"
    # False when this very scan was taken before, even if the ticket has gone the other way since.
    not_taken_yet = f"(attribute_not_exists({last}) OR {last}.nonce <> :nonce OR {last}.device_id <> :device)"
    conditions.append(not_taken_yet)
    if revision is not None:
        # False when the holder has changed since the credential was made.
        newest = "revision = :revision"
        conditions.append(newest)
        values["revision"] = revision
    if rules.tier_ids:
        # False when the device's list does not admit this tier.
        listed = f"tier_id IN ({', '.join(f':tier{at}' for at, _ in enumerate(rules.tier_ids))})"
        conditions.append(listed)
        values |= {f"tier{at}": tier_id for at, tier_id in enumerate(rules.tier_ids)}
    if request.direction is Direction.IN:
        # False when somebody is inside with it.
        outside = "admission = :out"
        conditions.append(outside)
        if not rules.reentry:
            # False when it has been used and the list admits once.
            unused = "entries = :none"
            conditions.append(unused)
            values["none"] = 0
        expression = "SET admission = :in, last_entry = :passage, entries = entries + :one"
        values["one"] = 1
    else:
        # False when nobody is inside with it.
        inside = "admission = :in"
        conditions.append(inside)
        expression = "SET admission = :out, last_exit = :passage"
    return Update(key, expression, condition=" AND ".join(conditions), values=values)


def _explain(
    ticket: Ticket,
    device: Device,
    rules: CheckInList,
    request: ScanRequest,
    *,
    revision: int | None,
    now: datetime,
) -> Scan:
    """Say why the write was refused, most telling reason first; a repeated nonce was not refused at all."""
    entering = request.direction is Direction.IN
    last = ticket.last_entry if entering else ticket.last_exit
    if ticket.event_id != device.event_id:
        return Scan(result=Result.REFUSED, reason=Reason.WRONG_EVENT)
    if last is not None and (last.device_id, last.nonce) == (device.id, request.nonce):
        return _admitted(ticket)
    reason = Reason.ALREADY_USED
    if revision is not None and ticket.revision != revision:
        reason = Reason.SUPERSEDED
    elif ticket.status is not TicketStatus.VALID:
        reason = Reason(ticket.status)
    elif ticket.offered(now):
        reason = Reason.IN_TRANSFER
    elif rules.tier_ids and ticket.tier_id not in rules.tier_ids:
        reason = Reason.WRONG_LIST
    elif not entering:
        reason = Reason.OUT_FIRST
    elif ticket.admission is Admission.IN:
        reason = Reason.ALREADY_IN
    earlier = ticket.last_entry if reason in (Reason.ALREADY_IN, Reason.ALREADY_USED) else None
    return Scan(
        result=Result.REFUSED,
        reason=reason,
        ticket=_scanned(ticket),
        person=None if reason is Reason.SUPERSEDED else ticket.holder,
        seat=ticket.seat_text,
        earlier=EarlierPassage(at=earlier.at, gate=earlier.gate, device=earlier.device_name)
        if earlier
        else None,
    )


def _admitted(ticket: Ticket) -> Scan:
    return Scan(result=Result.ADMITTED, ticket=_scanned(ticket), person=ticket.holder, seat=ticket.seat_text)


def _scanned(ticket: Ticket) -> ScannedTicket:
    return ScannedTicket(id=ticket.id, number=ticket.number, tier_title=ticket.tier_title)
