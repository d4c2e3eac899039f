"""Issuing: the tickets of a settled order and its step to `fulfilled`, the same however often it is tried.

Pictures are uploaded first, under names that ticket and revision fix; then up to 98 tickets and the order's
step are one transaction. A larger order is written in chunks, the order's step in the last.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import batched
from typing import NamedTuple, Protocol

from admit import keys
from admit.catalog.event import Event, EventStatus
from admit.orders.change import change
from admit.orders.order import Order, OrderStatus, load_order
from admit.store import Check, ConditionFailed, Table, TransactionRefused, Update
from admit.tickets.credential import Credential, Signer
from admit.tickets.draw import draw_badge, draw_qr
from admit.tickets.ticket import Images, Ticket, tickets_from

TICKETS_PER_TRANSACTION = 98
_UPLOADS_AT_ONCE = 16


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...


class Picture(NamedTuple):
    name: str
    content: bytes


def issue(table: Table, bucket: Bucket, signer: Signer, event: Event, order: Order, *, now: datetime) -> None:
    """Make the tickets of a settled order of this event; one that is no longer settled stays.

    Of a cancelled event none are made any more: such an order is left to the sweep, which ends it.
    """
    if event.status is EventStatus.CANCELLED:
        change(table, order, partial(_left_to_the_sweep, now=now))
        return
    drawn: set[str] = set()
    while order.status is OrderStatus.SETTLED:
        tickets = tickets_from(order)
        _upload(bucket, _pictures([one for one in tickets if one.id not in drawn], signer, event))
        drawn |= {ticket.id for ticket in tickets}
        if _written(table, order, tickets, now):
            return
        order = load_order(table, order.id)


def _left_to_the_sweep(order: Order, now: datetime) -> Order:
    settled = order.status is OrderStatus.SETTLED and order.unaligned_since is None
    return order.model_copy(update={"unaligned_since": now}) if settled else order


def _written(table: Table, order: Order, tickets: Sequence[Ticket], now: datetime) -> bool:
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
    fulfilled = order.then("system", "tickets made", now, status=OrderStatus.FULFILLED)
    try:
        table.transact([fulfilled.over(order), *(ticket.put() for ticket in chunks[-1])])
    except TransactionRefused as refused:
        if 0 not in refused.failed:
            raise
        return False
    return True


def redraw(table: Table, bucket: Bucket, signer: Signer, event: Event, ticket: Ticket) -> None:
    """Draw a ticket whose holder has changed; one that has changed again is left to that change's record."""
    if ticket.images is not Images.STALE:
        return
    _upload(bucket, _pictures([ticket], signer, event))
    # False when the ticket has changed again, so that these pictures are old already.
    same_revision = "revision = :revision"
    drawn = Update(
        keys.ticket(ticket.order_id, ticket.number),
        "SET images = :drawn",
        condition=same_revision,
        values={"drawn": Images.DRAWN, "revision": ticket.revision},
    )
    try:
        table.write(drawn)
    except ConditionFailed:
        return


class AnotherSigningKey(Exception):
    """The signing secret is not the one that the event was created under: its doors would refuse the code."""


def _pictures(tickets: Iterable[Ticket], signer: Signer, event: Event) -> Iterable[Picture]:
    if signer.public_key != event.public_key:
        raise AnotherSigningKey
    for ticket in tickets:
        credential = signer.sign(Credential(ticket.order_id, ticket.number, ticket.revision))
        yield Picture(ticket.qr_name, draw_qr(credential))
        yield Picture(ticket.badge_name, draw_badge(ticket, event, credential))


def _upload(bucket: Bucket, pictures: Iterable[Picture]) -> None:
    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        uploads = [
            pool.submit(bucket.store, picture.name, picture.content, "image/png") for picture in pictures
        ]
    for upload in uploads:
        upload.result()
