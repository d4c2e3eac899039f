"""Issuing: the tickets of a settled order and its step to `fulfilled`, the same however often it is tried.

Pictures are uploaded first, under names that ticket and revision fix; then up to 98 tickets and the order's
step are one transaction. A larger order is written in chunks, the order's step in the last.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import NamedTuple, Protocol

from admit import keys
from admit.badges.draw import draw_badge, draw_qr
from admit.badges.face import PLAIN, BadgeDesign, BadgeFace, drawn_from
from admit.catalog.event import Event, EventStatus
from admit.orders.change import change
from admit.orders.order import Order, OrderStatus, load_order
from admit.press.typeset import NotDrawn
from admit.store import Check, ConditionFailed, Table, TransactionRefused
from admit.tickets.badge import face_of
from admit.tickets.credential import AnotherSigningKey, Credential, Signer
from admit.tickets.hand_over import changed
from admit.tickets.ticket import Images, Ticket, load_ticket, tickets_from

TICKETS_PER_TRANSACTION = 98
_UPLOADS_AT_ONCE = 16


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...


class Picture(NamedTuple):
    name: str
    content: bytes


type Report = Callable[[NotDrawn], None]
"""Told of a badge that the organizer's own template could not draw."""


def _unheard(failed: NotDrawn) -> None:
    """Tell nobody."""


def issue(
    table: Table,
    bucket: Bucket,
    signer: Signer,
    event: Event,
    order: Order,
    *,
    now: datetime,
    design: BadgeDesign = PLAIN,
    report: Report = _unheard,
) -> None:
    """Make the tickets of a settled order of this event; one that is no longer settled stays.

    Of a cancelled event none are made any more: such an order is left to the sweep, which ends it. A badge
    template that fails is reported, and the badge drawn with ours.
    """
    if event.status is EventStatus.CANCELLED:
        change(table, order, partial(_left_to_the_sweep, now=now))
        return
    drawn: set[str] = set()
    while order.status is OrderStatus.SETTLED:
        drawings = list(_drawings(tickets_from(order), signer, event, design))
        tickets = [drawing.ticket for drawing in drawings]
        _upload(bucket, _pictures((one for one in drawings if one.ticket.id not in drawn), report))
        drawn |= {ticket.id for ticket in tickets}
        if _written(table, event, order, tickets, now):
            return
        order = load_order(table, order.id)


def holder_reminders(event: Event, order: Order, now: datetime) -> list[datetime]:
    """Return when a buyer is reminded of tickets that nobody holds. With one ticket he comes himself."""
    if order.tickets == 1 or order.quiet:
        return []
    days = sorted(event.assignment_reminder_days, reverse=True)
    return [at for at in (event.starts_at - timedelta(days=day) for day in days) if at > now]


def _left_to_the_sweep(order: Order, now: datetime) -> Order:
    settled = order.status is OrderStatus.SETTLED and order.unaligned_since is None
    return order.model_copy(update={"unaligned_since": now}) if settled else order


def _written(table: Table, event: Event, order: Order, tickets: Sequence[Ticket], now: datetime) -> bool:
    """Write the tickets and the order's step; False when the order has changed since it was read."""
    chunks = list(batched(tickets, TICKETS_PER_TRANSACTION, strict=False))
    for chunk in chunks[:-1]:
        # False when the order has changed, as by a cancellation: then none of its tickets are made.
        unchanged = "revision = :revision"
        check = Check(keys.order(order.id), unchanged, {"revision": order.revision})
        try:
            table.transact([check, *(ticket.put() for ticket in chunk)])
        except TransactionRefused as refused:
            if 0 in refused.failed:
                return False
            # An earlier try wrote this chunk, whole as it is; it stays.
    reminders = holder_reminders(event, order, now)
    fulfilled = order.then(
        "system", "tickets made", now, status=OrderStatus.FULFILLED, holder_reminders=reminders
    )
    try:
        table.transact([fulfilled.over(order), *(ticket.put() for ticket in chunks[-1])])
    except TransactionRefused as refused:
        if 0 not in refused.failed:
            raise
        return False
    return True


def redraw(
    table: Table,
    bucket: Bucket,
    signer: Signer,
    event: Event,
    ticket: Ticket,
    *,
    design: BadgeDesign = PLAIN,
    report: Report = _unheard,
) -> None:
    """Draw a ticket anew as it is now, if it would look otherwise than it was drawn last.

    One that changes again meanwhile is left to that change's record.
    """
    ticket = load_ticket(table, ticket.id)
    if ticket.images is not Images.STALE:
        return
    [drawing] = _drawings([ticket], signer, event, design)
    if drawing.ticket.drawn != ticket.drawn:
        _upload(bucket, _pictures([drawing], report))
    after = drawing.ticket.model_copy(update={"images": Images.DRAWN})
    # False when the ticket has changed hands again, so that these pictures are old already.
    same_revision = "revision = :revision"
    # False when its event has changed again.
    same_event = "event_change = :event_change"
    # False when something else is said of its holder by now.
    same_holder = "holder = :holder" if ticket.holder else "attribute_not_exists(holder)"
    same_role = "#role = :role" if ticket.role else "attribute_not_exists(#role)"
    # False when it has another seat by now.
    same_seat = "seat = :seat" if ticket.seat else "attribute_not_exists(seat)"
    conditions = [same_revision, same_event, same_holder, same_role, same_seat]
    told = ticket.model_dump(
        mode="json", exclude_none=True, include={"revision", "event_change", "holder", "role", "seat"}
    )
    try:
        table.write(changed(ticket, after, conditions, told))
    except ConditionFailed:
        return


class _Drawing(NamedTuple):
    """A ticket as it is drawn, with what stands on its pictures."""

    ticket: Ticket
    credential: str
    face: BadgeFace


def _drawings(
    tickets: Iterable[Ticket], signer: Signer, event: Event, design: BadgeDesign
) -> Iterator[_Drawing]:
    if signer.public_key != event.public_key:
        raise AnotherSigningKey
    for ticket in tickets:
        credential = signer.sign(Credential(ticket.order_id, ticket.number, ticket.revision))
        face = face_of(ticket, event, credential, design)
        yield _Drawing(ticket.model_copy(update={"drawn": drawn_from(face)}), credential, face)


def _pictures(drawings: Iterable[_Drawing], report: Report) -> Iterator[Picture]:
    for ticket, credential, face in drawings:
        yield Picture(ticket.qr_name, draw_qr(credential))
        yield Picture(ticket.badge_name, draw_badge(face, report))


def _upload(bucket: Bucket, pictures: Iterable[Picture]) -> None:
    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        uploads = [
            pool.submit(bucket.store, picture.name, picture.content, "image/png") for picture in pictures
        ]
    for upload in uploads:
        upload.result()
