"""A scan: one attempt to use a ticket, as the ticket keeps it."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from admit.catalog.check_in_list import Again
from admit.catalog.zone import MAIN_ZONE
from admit.clock import Instant
from admit.ids import digest
from admit.model import Entity

FEW = 16
"""Scans that a ticket keeps in any case; of more it keeps those of the last hours."""
MOST_KEPT = 100
KEPT_FOR = timedelta(hours=36)
"""How long a device may have been without a network, and its scans still be put in their place."""


class Outcome(StrEnum):
    """What became of a scan."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    CONFLICT = "conflict"
    """Somebody went through, and by what is known now he should not have."""
    UNDONE = "undone"
    """It was admitted by mistake, and taken back at the door."""


class Reason(StrEnum):
    """Why a scan was refused."""

    INVALID = "invalid"
    WRONG_EVENT = "wrong_event"
    WRONG_LIST = "wrong_list"
    NOT_YET = "not_yet"
    ENDED = "ended"
    UNPAID = "unpaid"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    IN_TRANSFER = "in_transfer"
    SUPERSEDED = "superseded"
    ALREADY_IN = "already_in"
    ALREADY_USED = "already_used"
    OUT_FIRST = "out_first"
    GATE_FULL = "gate_full"


class ScanRecord(Entity):
    at: Instant
    device_id: str
    device_name: str
    gate_id: str | None = None
    list_id: str
    zone_id: str = MAIN_ZONE
    again: Again = Again.AFTER_EXIT
    """By which rule it was looked at."""
    out: bool = False
    """Whether it was a way out."""
    outcome: Outcome = Outcome.ADMITTED
    reason: Reason | None = None
    forced: str | None = None
    """Why a supervisor let somebody in whom the rules refuse."""
    offline: bool = False
    """Whether the device decided, without a network."""
    marked: Reason | None = None
    """What spoke against it when it became known that somebody went through; it counts all the same."""
    device_at: Instant | None = None
    """What the device's own clock said, where that is not `at`."""
    undone_by: str | None = None
    """What names the request that took it back."""

    @property
    def went_through(self) -> bool:
        """Whether somebody went through the door with it, rightly or not."""
        return self.outcome in (Outcome.ADMITTED, Outcome.CONFLICT)

    def stored(self) -> dict[str, Any]:
        """Return what a ticket keeps of it: only what says anything."""
        return self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


class Settled(Entity):
    """Where the scans led that a ticket keeps no more: what the kept ones go on from."""

    until: Instant
    inside: dict[str, str] = {}
    entered: dict[str, Instant] = {}
    entries: int = 0


def scan_id(device_id: str, nonce: str) -> str:
    """Return what names a scan: the same attempt, sent again, has the same name."""
    return digest("scan", device_id, nonce)[:16]
