"""The badge of somebody who was just let in, to be printed at the door."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from admit import keys
from admit.badges.draw import SheetLayout, in_our_way, try_sheet
from admit.badges.face import BadgeDesign
from admit.catalog.event import Event
from admit.door.admit import Nonce, TicketId
from admit.door.device import Device, Profile
from admit.door.look import require_known
from admit.errors import NotFound, WrongState
from admit.ids import split_ticket_id
from admit.model import Shape
from admit.press.typeset import NotDrawn
from admit.store import ConditionFailed, Table, Update
from admit.tickets.badge import face_of
from admit.tickets.credential import AnotherSigningKey, Credential, Signer
from admit.tickets.scan import scan_id
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket

MOST_LABELS = 20
"""Times that the badge of one ticket is printed at doors."""
_SECONDS = 8


class LabelRequest(Shape):
    """A badge to print; a retry sends the same nonce, a second print another one."""

    ticket_id: TicketId
    nonce: Nonce


class PrintedLabel(Shape):
    ticket_id: str
    prints: int
    """Which print of it this is."""
    url: str
    """Where the PDF is for a minute, a page in the event's size of badges."""


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...

    def address(self, name: str) -> str: ...


def print_label(
    table: Table,
    bucket: Bucket,
    request: LabelRequest,
    *,
    event: Event,
    device: Device,
    signer: Signer,
    design: BadgeDesign,
    report: Callable[[NotDrawn], None],
    now: datetime,
) -> PrintedLabel:
    """Count a print of a ticket's badge and draw it; where the organizer's template fails, in our way.

    Only of somebody who is inside, but at a supervisor's device. Raises NotFound, Forbidden, WrongState.
    """
    if signer.public_key != event.public_key:
        raise AnotherSigningKey
    ticket = _of_event(event, load_ticket(table, request.ticket_id))
    require_known(device, [ticket], now)
    name = scan_id(device.id, request.nonce)
    ticket = _counted(table, event, device, ticket, name)
    face = face_of(
        ticket, event, signer.sign(Credential(ticket.order_id, ticket.number, ticket.revision)), design
    )
    try:
        drawn = try_sheet([face], SheetLayout.ONE_A_PAGE, seconds=_SECONDS)
    except NotDrawn as failed:
        report(failed)
        drawn = try_sheet([in_our_way(face)], SheetLayout.ONE_A_PAGE, seconds=_SECONDS)
    file = f"labels/{event.id}/{ticket.id}.pdf"
    bucket.store(file, drawn, "application/pdf")
    return PrintedLabel(ticket_id=ticket.id, prints=ticket.printed.index(name) + 1, url=bucket.address(file))


def _counted(table: Table, event: Event, device: Device, ticket: Ticket, name: str) -> Ticket:
    """Note a print on a ticket, once, and return it as it is then. Raises NotFound, WrongState."""
    # False when it is suspended or cancelled.
    valid = "#status = :valid"
    # False when this very print is known.
    not_printed_yet = "NOT contains(printed, :name)"
    # False when it was printed so often that something is wrong.
    some_left = "(attribute_not_exists(printed) OR size(printed) < :most)"
    conditions = [valid, not_printed_yet, some_left]
    values: dict[str, object] = {
        "valid": TicketStatus.VALID,
        "name": name,
        "added": [name],
        "none": [],
        "most": MOST_LABELS,
    }
    if not device.may(Profile.SUPERVISOR):
        # False when nobody is inside with it.
        inside = "size(inside) > :nowhere"
        conditions.append(inside)
        values["nowhere"] = 0
    counts = Update(
        keys.ticket(*split_ticket_id(ticket.id)),
        "SET printed = list_append(if_not_exists(printed, :none), :added)",
        " AND ".join(conditions),
        values,
    )
    try:
        return Ticket.of(table.write(counts))
    except ConditionFailed as failed:
        met = _of_event(event, Ticket.of(failed.old) if failed.old else None)
        if met.status is not TicketStatus.VALID:
            raise WrongState(f"This ticket is {met.status}.") from failed
        if name in met.printed:
            return met
        if len(met.printed) >= MOST_LABELS:
            raise WrongState("This badge was printed too often; ask the organizer.") from failed
        raise WrongState("Nobody is inside with this ticket; scan it first.") from failed


def _of_event(event: Event, ticket: Ticket | None) -> Ticket:
    if ticket is None or ticket.event_id != event.id:
        raise NotFound("There is no such ticket at this event.")
    return ticket
