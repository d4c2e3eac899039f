"""Admission: one conditional write decides, and what it refuses it explains from the ticket as it stood."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from admit import ids, keys
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import CheckInList
from admit.clock import Instant
from admit.door.answer import FORCEABLE, Scan, answer, stray
from admit.door.device import Device, Profile
from admit.door.passages import standing_of, with_scan
from admit.door.record import (
    Attempt,
    Full,
    Moved,
    Named,
    admitted_tiers,
    has_capacity,
    passage,
    write_against,
)
from admit.errors import Forbidden, Invalid
from admit.model import Shape
from admit.store import ConditionFailed, Contention, Put, Table
from admit.tickets.credential import NotACredential, OtherEvent, read_credential
from admit.tickets.scan import FEW, Outcome, Reason, ScanRecord, scan_id
from admit.tickets.ticket import Ticket, TicketStatus

TRIES = 60
"""As many devices may be at one ticket at the same moment."""
_STRAY_LIFE = timedelta(days=90)
_JUST_AFTER = timedelta(milliseconds=1)

type CredentialText = Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=False)]
type TicketId = Annotated[str, StringConstraints(max_length=40)]
type ListId = Annotated[str, StringConstraints(max_length=40)]
type Nonce = Annotated[str, StringConstraints(min_length=1, max_length=64)]
type ForceReason = Annotated[str, StringConstraints(max_length=200)]


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Shown(Shape):
    """What a guest shows: a code, or a ticket that was found otherwise."""

    credential: CredentialText | None = None
    ticket_id: TicketId | None = None
    list_id: ListId | None = None
    """May be left out by a device with one list."""


class Passing(Shown):
    """Somebody who would go in or out. The nonce is the device's own; a retry sends the same one."""

    direction: Direction = Direction.IN
    nonce: Nonce
    force: bool = False
    """Let the guest in against the rules, which only a supervisor's device may."""
    force_reason: ForceReason | None = None


class ScanRequest(Passing):
    """One attempt to use a ticket."""

    at: Instant | None = Field(default=None, description="The device's time; kept, never decides.")


def admit(table: Table, catalog: Catalog, device: Device, request: ScanRequest, now: datetime) -> Scan:
    """Admit a ticket, or let it out, by one conditional write; a device's retry of it is answered the same.

    What does not carry the event's signature is refused without a read. What is refused is kept, too.

    Raises Invalid, Forbidden, Contention.
    """
    require_shown(device, request)
    return admit_shown(table, catalog, device, request, now)


def admit_shown(table: Table, catalog: Catalog, device: Device, request: ScanRequest, now: datetime) -> Scan:
    """Admit a ticket that the device may know of, as `admit` does."""
    if request.force:
        device.require(Profile.SUPERVISOR)
    rules = rules_of(catalog, device, request.list_id)
    scan = scan_of(device, rules, request.direction, now).model_copy(update={"device_at": request.at})
    identifier = scan_id(device.id, request.nonce)
    named = named_by(catalog, request)
    if isinstance(named, Reason):
        return _strayed(table, catalog, identifier, scan, named)
    attempt = Attempt(identifier, scan, rules, named, forced_by(request))
    ticket: Ticket | None = None
    if not (request.force or closed(rules, scan) or has_capacity(catalog)):
        try:
            ticket = Ticket.of(table.write(passage(catalog, attempt, now)))
        except ConditionFailed as failed:
            ticket = Ticket.of(failed.old) if failed.old else None
        else:
            return answer(catalog, device, ticket, attempt, scan)
    else:
        ticket = read_named(table, named)
    for _ in range(TRIES):
        if ticket is None or ticket.event_id != catalog.event.id:
            reason = Reason.INVALID if ticket is None else Reason.WRONG_EVENT
            return _strayed(table, catalog, identifier, scan, reason)
        if known := known_scan(table, ticket, identifier):
            return answer(catalog, device, ticket, attempt, known)
        decided = _decided(catalog, ticket, attempt)
        try:
            after = _keep(table, catalog, ticket, attempt, decided)
        except Moved:
            ticket = read_named(table, named)
        else:
            return answer(catalog, device, after, attempt, after.scans[identifier])
    raise Contention


def scan_of(device: Device, rules: CheckInList, direction: Direction, at: datetime) -> ScanRecord:
    """Return a scan as it is if nothing speaks against it."""
    return ScanRecord(
        at=at,
        device_id=device.id,
        device_name=device.name,
        gate_id=device.gate_id,
        list_id=rules.id,
        zone_id=rules.zone_id,
        again=rules.again,
        out=direction is Direction.OUT,
    )


def rules_of(catalog: Catalog, device: Device, list_id: str | None) -> CheckInList:
    """Return the list that a scan goes by. Raises Invalid."""
    if list_id is None and len(device.list_ids) > 1:
        raise Invalid.field("list_id", f"say which: {', '.join(device.list_ids)}")
    rules = catalog.lists.get(list_id or device.list_ids[0])
    if rules is None or rules.id not in device.list_ids:
        raise Invalid.field("list_id", "is not a list of this device")
    return rules


def require_shown(device: Device, shown: Shown) -> None:
    """Raise Invalid unless one thing was shown, Forbidden unless the device may look it up."""
    if (shown.credential is None) == (shown.ticket_id is None):
        raise Invalid.field("credential", "send either credential or ticket_id")
    if shown.ticket_id is not None and not device.may(Profile.SEARCH):
        raise Forbidden("This device only scans codes; a ticket is found at one that may search.")


def named_by(catalog: Catalog, shown: Shown) -> Named | Reason:
    """Say which ticket was shown, or why that is none of this event."""
    try:
        if shown.credential is not None:
            return Named(*read_credential(shown.credential, catalog.event.public_key, catalog.event.id))
        return Named(*ids.split_ticket_id(shown.ticket_id or ""), None)
    except OtherEvent:
        return Reason.WRONG_EVENT
    except (NotACredential, ValueError):
        return Reason.INVALID


def forced_by(request: Passing) -> str | None:
    """Return why a supervisor lets a guest in against the rules, None if nobody does."""
    return (request.force_reason or "no reason given") if request.force else None


def closed(rules: CheckInList, scan: ScanRecord) -> Reason | None:
    """Say why a list admits nobody at this time; out it lets everybody."""
    if scan.out:
        return None
    if rules.starts_at is not None and scan.at < rules.starts_at:
        return Reason.NOT_YET
    if rules.ends_at is not None and scan.at >= rules.ends_at:
        return Reason.ENDED
    return None


def not_valid(ticket: Ticket, named: Named, scan: ScanRecord) -> Reason | None:
    """Say why a ticket is nobody's way in, whatever the list says; who is inside may leave with it."""
    if not named.is_newest(ticket):
        return Reason.SUPERSEDED
    if ticket.status is not TicketStatus.VALID and not scan.out:
        return Reason(ticket.status)
    return None


def not_here(ticket: Ticket, rules: CheckInList, catalog: Catalog, scan: ScanRecord) -> Reason | None:
    """Say why a valid ticket is no way in at this door and time; out it lets everybody."""
    if scan.out:
        return None
    if ticket.offered(scan.at):
        return Reason.IN_TRANSFER
    return not_listed(ticket, rules, catalog) or closed(rules, scan)


def known_scan(table: Table, ticket: Ticket, name: str) -> ScanRecord | None:
    """Return what became of a scan that was taken before; the log has what the ticket keeps no more."""
    if name in ticket.scans:
        return ticket.scans[name]
    if len(ticket.scans) < FEW and ticket.settled is None:
        return None
    item = table.get(keys.scan(ticket.order_id, ticket.number, name))
    return ScanRecord.of(item) if item else None


def keep_stray(table: Table, catalog: Catalog, name: str, scan: ScanRecord, reason: Reason) -> None:
    """Keep the attempt to use what is no ticket of the event; one that is kept stays as it is."""
    refused = scan.model_copy(update={"outcome": Outcome.REFUSED, "reason": reason})
    shard = ids.shard_of(name, catalog.event.shards)
    row = {
        "kind": "stray_scan",
        "id": name,
        "event_id": catalog.event.id,
        "gsi1pk": keys.scans_of(catalog.event.id, shard),
        "gsi1sk": keys.by_time(scan.at, name),
        "gsi2pk": keys.scans_with(catalog.event.id, Outcome.REFUSED, shard),
        "gsi2sk": keys.by_time(scan.at, name),
        "ttl": int((scan.at + _STRAY_LIFE).timestamp()),
        **refused.attributes(),
    }
    try:
        table.write(Put(keys.stray_scan(catalog.event.id, name), row))
    except ConditionFailed:
        return


def read_named(table: Table, named: Named) -> Ticket | None:
    item = table.get(named.key)
    return Ticket.of(item) if item else None


def _strayed(table: Table, catalog: Catalog, name: str, scan: ScanRecord, reason: Reason) -> Scan:
    keep_stray(table, catalog, name, scan, reason)
    return stray(reason)


def _decided(catalog: Catalog, ticket: Ticket, attempt: Attempt) -> ScanRecord:
    """Say what becomes of a scan, the most telling reason first."""
    scan = attempt.scan
    if ticket.scanned_at is not None:
        scan = scan.model_copy(update={"at": max(scan.at, ticket.scanned_at + _JUST_AFTER)})
    reason = against(catalog, ticket, attempt._replace(scan=scan))
    if reason is None:
        return scan
    if attempt.forced is not None and reason in FORCEABLE:
        return scan.model_copy(update={"forced": attempt.forced})
    return scan.model_copy(update={"outcome": Outcome.REFUSED, "reason": reason})


def against(catalog: Catalog, ticket: Ticket, attempt: Attempt) -> Reason | None:
    """Say what speaks against a scan, the most telling reason; whether there is room, its write decides."""
    scan = attempt.scan
    return (
        not_valid(ticket, attempt.named, scan)
        or not_here(ticket, attempt.rules, catalog, scan)
        or standing_of(ticket).refusal(scan, ZoneInfo(catalog.event.timezone))
    )


def not_listed(ticket: Ticket, rules: CheckInList, catalog: Catalog) -> Reason | None:
    """Say why a list does not admit a ticket at any time."""
    if rules.paid_only and ticket.unpaid:
        return Reason.UNPAID
    tier_ids = admitted_tiers(rules, catalog)
    section = ticket.seat.id.partition("-")[0] if ticket.seat else None
    listed = (
        (not tier_ids or ticket.tier_id in tier_ids)
        and (not rules.section_ids or section in rules.section_ids)
        and (not rules.roles or (ticket.role or PersonRole.ATTENDEE) in rules.roles)
    )
    return None if listed else Reason.WRONG_LIST


def _keep(table: Table, catalog: Catalog, ticket: Ticket, attempt: Attempt, scan: ScanRecord) -> Ticket:
    """Write what was decided; a door without room refuses after all, but for what is forced.

    Raises Moved, Contention.
    """
    timezone = ZoneInfo(catalog.event.timezone)
    after = with_scan(ticket, attempt.id, scan, timezone)
    if scan.forced is not None:
        after = after.model_copy(update={"transfer": None})
    try:
        write_against(table, catalog, ticket, after, scan.at, at_any_rate=scan.forced is not None)
    except Full:
        refused = {"outcome": Outcome.REFUSED, "reason": Reason.GATE_FULL}
        told = {"forced": attempt.forced} if attempt.forced else refused
        after = with_scan(ticket, attempt.id, scan.model_copy(update=told), timezone)
        write_against(table, catalog, ticket, after, scan.at, at_any_rate=True)
    return after
