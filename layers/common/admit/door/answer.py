"""What a device is told of a scan: whether somebody may go through, why not, and what staff should do."""

from datetime import datetime
from enum import StrEnum

from admit import ids
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.clock import Instant
from admit.door.device import Device, Profile
from admit.door.record import Attempt
from admit.model import Shape
from admit.tickets.scan import Outcome, Reason, ScanRecord
from admit.tickets.ticket import Ticket

ADVICE = {
    Reason.INVALID: "This is no ticket of ours. Ask for the one in the mail or wallet, or search by name.",
    Reason.WRONG_EVENT: "This ticket is for another event. Look at its date and place together.",
    Reason.WRONG_LIST: "This ticket is not for this door. Send the guest to the door that its type names.",
    Reason.NOT_YET: "This door does not admit yet. Ask the guest to come back when it opens.",
    Reason.ENDED: "This door does not admit any more. Send the guest to the information desk.",
    Reason.UNPAID: "This ticket is not paid yet. Send the guest to the information desk.",
    Reason.SUSPENDED: "The payment of this ticket is disputed. Send the guest to the information desk.",
    Reason.CANCELLED: "This ticket was cancelled. Send the guest to the information desk.",
    Reason.IN_TRANSFER: "This ticket is being passed on. It admits once that is accepted or taken back.",
    Reason.SUPERSEDED: "A newer code of this ticket is in use. Ask for the newest mail or wallet pass.",
    Reason.ALREADY_IN: "Somebody is inside with this ticket. Compare the name; in doubt call a supervisor.",
    Reason.ALREADY_USED: "This ticket was used and admits no second time. Call a supervisor in doubt.",
    Reason.OUT_FIRST: "Nobody is inside with this ticket. Let the guest go, and check who came in with it.",
    Reason.GATE_FULL: "There is no room inside. Ask the guest to wait until somebody leaves.",
}
_TAKEN_BACK = "This scan was taken back at the door. Scan the code again if the guest goes in."
FORCEABLE = frozenset(
    {
        Reason.WRONG_LIST,
        Reason.NOT_YET,
        Reason.ENDED,
        Reason.UNPAID,
        Reason.SUSPENDED,
        Reason.IN_TRANSFER,
        Reason.ALREADY_IN,
        Reason.ALREADY_USED,
        Reason.GATE_FULL,
    }
)
"""What a supervisor may let somebody in against. Nobody may use a ticket that is not his any more."""


class Result(StrEnum):
    ADMITTED = "admitted"
    REFUSED = "refused"


class ScannedTicket(Shape):
    id: str
    number: int
    tier_title: str
    order_code: str


class Guest(Shape):
    """Who attends, as the door sees him."""

    name: str
    company: str | None = None
    title: str | None = None
    role: PersonRole | None = None
    email: str | None = None
    """Shown where a device may search."""


class EarlierPassage(Shape):
    at: Instant
    gate: str | None
    device: str


class Scan(Shape):
    result: Result
    reason: Reason | None = None
    advice: str | None = None
    """What staff should do."""
    may_force: bool = False
    """Whether this device may let the guest in all the same."""
    ticket: ScannedTicket | None = None
    person: Guest | None = None
    seat: str | None = None
    attention: bool = False
    """Whether staff should look twice."""
    notes: list[str] = []
    earlier: EarlierPassage | None = None
    at: Instant | None = None
    """When it was recorded."""


def stray(reason: Reason) -> Scan:
    """Return the answer to what is no ticket of this event."""
    return Scan(result=Result.REFUSED, reason=reason, advice=ADVICE[reason])


def answer(catalog: Catalog, device: Device, ticket: Ticket, attempt: Attempt, scan: ScanRecord) -> Scan:
    """Return what a device is told of its scan of a ticket, by what became of that."""
    refused = scan.outcome in (Outcome.REFUSED, Outcome.UNDONE)
    reason = scan.reason if refused else None
    # Who has a superseded code is not told whose the ticket is now.
    shown = attempt.named.is_newest(ticket)
    notes = [note for note in (ticket.note, ticket.person_note) if note] if shown else []
    return Scan(
        result=Result.REFUSED if refused else Result.ADMITTED,
        reason=reason,
        advice=ADVICE[reason] if reason else _TAKEN_BACK if refused else None,
        may_force=reason in FORCEABLE and device.may(Profile.SUPERVISOR),
        ticket=scanned_ticket(ticket),
        person=guest_of(ticket, device) if shown else None,
        seat=ticket.seat_text,
        attention=shown and (ticket.attention or bool(ticket.person_note)),
        notes=notes,
        earlier=earlier_passage(catalog, ticket, scan, apart_from=attempt.id)
        if reason in (Reason.ALREADY_IN, Reason.ALREADY_USED)
        else None,
        at=scan.at,
    )


def scanned_ticket(ticket: Ticket) -> ScannedTicket:
    return ScannedTicket(
        id=ticket.id,
        number=ticket.number,
        tier_title=ticket.tier_title,
        order_code=ids.order_code(ticket.order_id),
    )


def guest_of(ticket: Ticket, device: Device) -> Guest | None:
    if ticket.holder is None:
        return None
    seen = ticket.holder.model_dump(exclude={} if device.may(Profile.SEARCH) else {"email"})
    return Guest(**seen, role=ticket.role)


def earlier_passage(
    catalog: Catalog, ticket: Ticket, scan: ScanRecord, *, apart_from: str = ""
) -> EarlierPassage | None:
    """Return the entry that stands against a scan: the last into its zone that counts."""
    entries = [
        one
        for name, one in ticket.scans.items()
        if one.outcome is Outcome.ADMITTED
        and not one.out
        and one.zone_id == scan.zone_id
        and name != apart_from
    ]
    if not entries:
        return None
    before = [one for one in entries if one.at <= scan.at]
    last = max(before, key=_time) if before else min(entries, key=_time)
    return EarlierPassage(at=last.at, gate=gate_title(catalog, last.gate_id), device=last.device_name)


def gate_title(catalog: Catalog, gate_id: str | None) -> str | None:
    gate = catalog.gates.get(gate_id or "")
    return gate.title if gate else None


def _time(scan: ScanRecord) -> datetime:
    return scan.at
