"""Which files the offline roster of an event has, and which tickets its next file has to tell of.

The first device that asks for a roster has it made; from then on the stream writes down which tickets have
changed and asks for a file of them, a delta, at most one at a time. Whoever writes a delta first takes that
mark away, then reads what was written down, and removes it when the delta stands in the head: what changes
meanwhile asks again, and nothing hangs on anybody's clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from admit import keys
from admit.clock import Instant, stamp
from admit.door.roster_entry import tells_anew
from admit.job import RosterMessage, RosterTask
from admit.model import Entity
from admit.store import ConditionFailed, Item, Put, Table, Update
from admit.tickets.ticket import Ticket

DELTA_AFTER = 15
"""Seconds from a change to its delta, in which others come together."""
_ASKED_FOR = timedelta(minutes=1)
_RENEWED_AFTER = timedelta(days=5)
# The bucket keeps a file of a roster for seven days.
_USABLE_FOR = timedelta(days=6)
_STUCK_AFTER = timedelta(minutes=10)
_CHANGE_KEPT = timedelta(days=2)


class RosterFile(Entity):
    name: str
    size: int
    sha256: str
    entries: int


class DeltaFile(RosterFile):
    """The tickets that have changed from one state of a generation to another."""

    after: int
    to: int


class RosterBuild(Entity):
    """A generation that is being made."""

    generation: int
    moved_at: Instant
    """When its last file was written."""
    begun_at: Instant
    place: str | None = None
    """Where the tickets begin that are in none of its files."""
    chunks: list[RosterFile] = []


class RosterHead(Entity):
    event_id: str
    generation: int = 0
    built_at: Instant | None = None
    """When its build began; none is there before the first is done."""
    chunks: list[RosterFile] = []
    deltas: list[DeltaFile] = []
    told: int = 0
    """Up to which state of the generation the deltas tell."""
    as_of: Instant | None = None
    """What changed before that is told."""
    tier_ids: list[str] = []
    """The tiers by the index that entries name; a new one is added at the end."""
    build: RosterBuild | None = None

    def usable(self, now: datetime) -> bool:
        """Whether its files are there."""
        return self.built_at is not None and now < self.built_at + _USABLE_FOR

    def put(self) -> Put:
        return Put(keys.roster(self.event_id), {"kind": "roster", **self.attributes()})


class TicketChange(NamedTuple):
    """What a record of the stream tells of a ticket."""

    record_id: str
    before: Ticket | None
    after: Ticket


def file_name(event_id: str, name: str) -> str:
    """Return the name in the bucket of a file of an event's roster."""
    return f"rosters/{event_id}/{name}"


def ask_for_roster(table: Table, event_id: str, now: datetime) -> RosterHead:
    """Return the roster of an event; one that is missing, old or got stuck is made from here on."""
    item = table.get(keys.roster(event_id))
    if item is None:
        head = RosterHead(event_id=event_id, build=RosterBuild(generation=1, begun_at=now, moved_at=now))
        try:
            table.write(head.put())
        except ConditionFailed as failed:
            return RosterHead.of(failed.old or {})
        return head
    head = RosterHead.of(item)
    if not _is_due(head, now):
        return head
    last = head.build.generation if head.build else head.generation
    build = RosterBuild(generation=last + 1, begun_at=now, moved_at=now)
    # False when another device has asked, or it got on.
    as_read = "build.#moved_at = :moved_at" if head.build else "attribute_not_exists(build)"
    # False when a build has ended since.
    same_generation = "generation = :generation"
    values: dict[str, object] = {"build": build.attributes(), "generation": head.generation}
    if head.build:
        values["moved_at"] = stamp(head.build.moved_at)
    try:
        changed = table.write(
            Update(keys.roster(event_id), "SET build = :build", f"{as_read} AND {same_generation}", values)
        )
    except ConditionFailed as failed:
        return RosterHead.of(failed.old or {})
    return RosterHead.of(changed)


def asked_builds(changes: Iterable[tuple[Item, Item]]) -> Iterator[RosterMessage]:
    """Yield a message for each build that began, by a head as it was and as it is."""
    for before, after in changes:
        build = RosterHead.of(after).build
        earlier = RosterHead.of(before).build if before else None
        if build and (earlier is None or earlier.generation != build.generation):
            yield RosterMessage(event_id=after["event_id"], roster=RosterTask.BUILD)


def note_changes(table: Table, changes: Iterable[TicketChange], now: datetime) -> list[RosterMessage]:
    """Write down which tickets a roster must tell of anew; return the messages that ask for the deltas.

    A repeat is told twice, and does no harm; it asks again where it has asked and then died.
    """
    changed: defaultdict[str, list[TicketChange]] = defaultdict(list)
    for change in changes:
        if tells_anew(change.before, change.after):
            changed[change.after.event_id].append(change)
    return [
        RosterMessage(event_id=event_id, roster=RosterTask.TELL)
        for event_id, told in changed.items()
        if _has_roster(table, event_id, now) and _note(table, event_id, told, now)
    ]


def _is_due(head: RosterHead, now: datetime) -> bool:
    if head.build is not None:
        return now >= head.build.moved_at + _STUCK_AFTER
    return head.built_at is None or now >= head.built_at + _RENEWED_AFTER


def _has_roster(table: Table, event_id: str, now: datetime) -> bool:
    item = table.get(keys.roster(event_id))
    if item is None:
        return False
    head = RosterHead.of(item)
    return head.build is not None or head.usable(now)


def _note(table: Table, event_id: str, changes: list[TicketChange], now: datetime) -> bool:
    """Write down tickets; say whether a delta is to be asked for."""
    reference = changes[0].record_id
    row = {
        "kind": "roster_change",
        "tickets": sorted({change.after.id for change in changes}),
        "ttl": int((now + _CHANGE_KEPT).timestamp()),
    }
    table.write(Put(keys.roster_change(event_id, now, reference), row, condition=None))
    # False while a delta is asked for that has not begun; after a minute nobody waits for it any more.
    unasked = "(attribute_not_exists(asked_until) OR asked_until < :now)"
    # False unless this very record has asked, and perhaps died before it said so.
    own = "asked_by = :me"
    values = {"now": stamp(now), "until": stamp(now + _ASKED_FOR), "me": reference}
    try:
        table.write(
            Update(
                keys.roster(event_id),
                "SET asked_until = :until, asked_by = :me",
                condition=f"{unasked} OR {own}",
                values=values,
            )
        )
    except ConditionFailed:
        return False
    return True
