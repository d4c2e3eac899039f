"""A transfer: a ticket offered to somebody who may accept it. While it is open the ticket admits nobody."""

from datetime import datetime
from enum import StrEnum

from admit import ids, keys
from admit.clock import Instant, stamp
from admit.errors import NotFound
from admit.model import Entity
from admit.store import Put, Table, Update
from admit.tickets.ticket import Ticket


class TransferStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Transfer(Entity):
    order_id: str
    number: int
    sequence: int
    """Counts the offers of its ticket."""
    event_id: str
    tier_title: str
    seat: str | None = None
    """Of the ticket when it was offered, as people find it."""
    from_email: str
    from_name: str
    to_email: str
    note: str = ""
    gives_ownership: bool
    """Whether who accepts controls the ticket from then on; else he only attends with it."""
    status: TransferStatus = TransferStatus.OPEN
    offered_at: Instant
    until: Instant
    ended_at: Instant | None = None

    @property
    def ticket_id(self) -> str:
        return ids.ticket_id(self.order_id, self.number)

    @property
    def code(self) -> str:
        """What names it in addresses; it opens nothing by itself."""
        return transfer_code(self.ticket_id, self.sequence)

    def open(self, now: datetime) -> bool:
        return self.status is TransferStatus.OPEN and now < self.until

    def put(self) -> Put:
        indexes = {
            "gsi1pk": keys.transfers_to(self.to_email),
            "gsi1sk": keys.by_time(self.until, self.code),
            "gsi3pk": keys.due_of(self.order_id),
            "gsi3sk": keys.by_time(self.until, self.code),
        }
        return Put(
            keys.transfer(self.order_id, self.number, self.sequence),
            {"kind": "transfer", **self.attributes(), **indexes},
        )


def ended_transfer(ticket: Ticket, sequence: int, status: TransferStatus, now: datetime) -> Update:
    """Return the write that ends an open transfer of a ticket."""
    # False when it has ended.
    is_open = "#status = :open"
    return Update(
        keys.transfer(ticket.order_id, ticket.number, sequence),
        "SET #status = :to, ended_at = :now REMOVE gsi1pk, gsi1sk, gsi3pk, gsi3sk",
        condition=is_open,
        values={"open": TransferStatus.OPEN, "to": status, "now": stamp(now)},
    )


def load_transfer(table: Table, code: str) -> Transfer:
    """Read a transfer by its code. Raises NotFound."""
    ticket_id, _, sequence = code.rpartition("-")
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) <= 5):
        raise NotFound("There is no such offer of a ticket.")
    try:
        order_id, number = ids.split_ticket_id(ticket_id)
    except ValueError as exc:
        raise NotFound("There is no such offer of a ticket.") from exc
    item = table.get(keys.transfer(order_id, number, int(sequence)))
    if item is None:
        raise NotFound("There is no such offer of a ticket.")
    return Transfer.of(item)


def transfer_code(ticket_id: str, sequence: int) -> str:
    return f"{ticket_id}-{sequence}"
