"""Writing the files of the offline roster: whole generations chunk by chunk, and deltas of what has changed.

A file is named by what is in it, so that two workers at the same part never write over each other's file;
the head takes one of them, and the bucket drops the other with all that are old.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import batched
from typing import NamedTuple, Protocol

from admit import keys
from admit.catalog.event import Event
from admit.clock import Clock, stamp
from admit.door.roster import read_file, records_of, write_file
from admit.door.roster_entry import entry_of
from admit.door.roster_head import DeltaFile, RosterBuild, RosterFile, RosterHead, file_name
from admit.ids import split_ticket_id
from admit.store import MOST_WRITES, ConditionFailed, Contention, Delete, Item, Table, Update
from admit.tickets.credential import AnotherSigningKey, Signer
from admit.tickets.ticket import Ticket

CHUNK = 5_000
"""About as many tickets as a file of a generation tells of."""
MOST_DELTAS = 16
_AT_LEAST_MERGED = 8
_PAGE = 500
_TRIES = 8


class Bucket(Protocol):
    def store(self, name: str, content: bytes, content_type: str) -> None: ...

    def read(self, name: str) -> bytes | None: ...


class RosterDesk(NamedTuple):
    """What rosters are written with."""

    table: Table
    bucket: Bucket
    signer: Signer
    event: Event
    clock: Clock


class _Stretch(NamedTuple):
    tickets: list[Ticket]
    place: str | None
    """Where the next one begins, None at the end."""


def build_on(desk: RosterDesk, *, seconds: float) -> bool:
    """Write files of the generation that is being made until the time is up; say whether more is to come.

    At the end it takes the place of the present one, and tells what has changed meanwhile.
    """
    _require_key(desk)
    until = desk.clock() + timedelta(seconds=seconds)
    while (build := _load(desk).build) is not None:
        _write_chunk(desk, build)
        if desk.clock() >= until:
            return True
    tell_changes(desk)
    return False


def tell_changes(desk: RosterDesk) -> None:
    """Write a delta of the tickets that have changed since the last one. Raises Contention."""
    _require_key(desk)
    # False when there is no roster.
    there = "attribute_exists(pk)"
    taken = Update(keys.roster(desk.event.id), "REMOVE asked_until, asked_by", condition=there, values={})
    for _ in range(_TRIES):
        head, as_of = RosterHead.of(desk.table.write(taken)), desk.clock()
        rows = desk.table.query(keys.roster(desk.event.id).pk, keys.ROSTER_CHANGE)
        if not (rows and head.usable(as_of)):
            return
        if _told(desk, head, rows, as_of):
            # A generation that is being made may hold those tickets as they were: it tells them again.
            if head.build is None:
                _remove(desk.table, rows)
            return
    raise Contention


def _write_chunk(desk: RosterDesk, build: RosterBuild) -> None:
    """Write the next file of a generation, and after the last one let it be the present one."""
    stretch = _stretch(desk, build.place)
    head = _load(desk)
    tier_ids = _with_tiers(head.tier_ids, stretch.tickets)
    number = len(build.chunks)
    chunks = list(build.chunks)
    if stretch.tickets:
        chunks.append(
            _stored(
                desk, f"{build.generation:04d}-chunk-{number:03d}", _records(desk, stretch.tickets, tier_ids)
            )
        )
    # False when another worker has written this part, or the build was given up.
    same_build = "build.#generation = :building AND build.#begun_at = :begun_at"
    place_is = "build.#place = :place" if build.place else "attribute_not_exists(build.#place)"
    # False when a tier has got an index since.
    same_tiers = "tier_ids = :tiers_read"
    values: dict[str, object] = {
        "building": build.generation,
        "begun_at": stamp(build.begun_at),
        "tiers_read": head.tier_ids,
        "tier_ids": tier_ids,
    }
    if build.place:
        values["place"] = build.place
    if stretch.place is None:
        expression = (
            "SET generation = :building, built_at = :begun_at, as_of = :begun_at, chunks = :chunks,"
            " deltas = :none, told = :zero, tier_ids = :tier_ids REMOVE build"
        )
        values |= {"chunks": [chunk.attributes() for chunk in chunks], "none": [], "zero": 0}
    else:
        further = build.model_copy(
            update={"chunks": chunks, "place": stretch.place, "moved_at": desk.clock()}
        )
        expression = "SET build = :build, tier_ids = :tier_ids"
        values["build"] = further.attributes()
    condition = f"{same_build} AND {place_is} AND {same_tiers}"
    try:
        desk.table.write(Update(keys.roster(desk.event.id), expression, condition, values))
    except ConditionFailed:
        return


def _stretch(desk: RosterDesk, place: str | None) -> _Stretch:
    """Read the tickets of about one chunk; a place is a shard and a cursor in it."""
    shard, _, read_to = (place or "0#").partition("#")
    nn, cursor = int(shard), read_to or None
    tickets: list[Ticket] = []
    while nn < desk.event.shards:
        partition = keys.tickets_of_event(desk.event.id, nn)
        page = desk.table.page("gsi1", partition, limit=_PAGE, cursor=cursor)
        tickets += map(Ticket.of, page.items)
        cursor = page.cursor
        if cursor is None:
            nn += 1
        if len(tickets) >= CHUNK and nn < desk.event.shards:
            return _Stretch(tickets, f"{nn}#{cursor or ''}")
    return _Stretch(tickets, None)


def _told(desk: RosterDesk, head: RosterHead, rows: Sequence[Item], as_of: datetime) -> bool:
    """Write a delta of the tickets that rows name; False when another worker was quicker."""
    ticket_ids = sorted({ticket_id for row in rows for ticket_id in row["tickets"]})
    named = [keys.ticket(*split_ticket_id(ticket_id)) for ticket_id in ticket_ids]
    tickets = [Ticket.of(item) for item in desk.table.get_many(named)]
    tier_ids = _with_tiers(head.tier_ids, tickets)
    delta = _delta(desk, head.generation, head.told, head.told + 1, _records(desk, tickets, tier_ids))
    deltas = _merged(desk, head.generation, [*head.deltas, delta])
    # False when another worker has told of it, or a new generation has.
    same_state = "generation = :generation AND told = :told"
    # False when a tier has got an index since.
    same_tiers = "tier_ids = :tiers_read"
    values = {
        "generation": head.generation,
        "told": head.told,
        "tiers_read": head.tier_ids,
        "tier_ids": tier_ids,
        "deltas": [one.attributes() for one in deltas],
        "to": delta.to,
        "as_of": stamp(as_of),
    }
    try:
        desk.table.write(
            Update(
                keys.roster(desk.event.id),
                "SET deltas = :deltas, told = :to, as_of = :as_of, tier_ids = :tier_ids",
                condition=f"{same_state} AND {same_tiers}",
                values=values,
            )
        )
    except ConditionFailed:
        return False
    return True


def _merged(desk: RosterDesk, generation: int, deltas: list[DeltaFile]) -> list[DeltaFile]:
    """Return deltas of which the newest are made one when they are too many.

    Each older one joins them while it is no larger than they are together, so that a device which follows
    fetches what it has again only as often as the logarithm of what has changed.
    """
    if len(deltas) <= MOST_DELTAS:
        return deltas
    first = len(deltas) - _AT_LEAST_MERGED
    together = sum(delta.entries for delta in deltas[first:])
    while first > 0 and deltas[first - 1].entries <= together:
        first -= 1
        together += deltas[first].entries
    records: dict[bytes, bytes] = {}
    for delta in deltas[first:]:
        content = desk.bucket.read(file_name(desk.event.id, delta.name))
        if content is None:
            return deltas
        records |= read_file(content)
    return [*deltas[:first], _delta(desk, generation, deltas[first].after, deltas[-1].to, records)]


def _delta(desk: RosterDesk, generation: int, after: int, to: int, records: dict[bytes, bytes]) -> DeltaFile:
    stored = _stored(desk, f"{generation:04d}-delta-{after:06d}-{to:06d}", records)
    return DeltaFile(**stored.model_dump(), after=after, to=to)


def _stored(desk: RosterDesk, name: str, records: dict[bytes, bytes]) -> RosterFile:
    content = write_file(records)
    sha256 = hashlib.sha256(content).hexdigest()
    full_name = f"{name}-{sha256[:12]}"
    desk.bucket.store(file_name(desk.event.id, full_name), content, "application/octet-stream")
    return RosterFile(name=full_name, size=len(content), sha256=sha256, entries=len(records))


def _records(desk: RosterDesk, tickets: Iterable[Ticket], tier_ids: Sequence[str]) -> dict[bytes, bytes]:
    index = {tier_id: at for at, tier_id in enumerate(tier_ids)}
    return {
        key: box
        for ticket in tickets
        for key, box in records_of(desk.signer, ticket, entry_of(ticket, index[ticket.tier_id]))
    }


def _with_tiers(tier_ids: Sequence[str], tickets: Iterable[Ticket]) -> list[str]:
    """Return tiers with those of tickets; each keeps the index that it has."""
    return list(dict.fromkeys([*tier_ids, *sorted({ticket.tier_id for ticket in tickets})]))


def _remove(table: Table, rows: Sequence[Item]) -> None:
    for some in batched(rows, MOST_WRITES, strict=False):
        table.transact([Delete(keys.of_item(row), condition=None) for row in some])


def _load(desk: RosterDesk) -> RosterHead:
    return RosterHead.of(desk.table.get(keys.roster(desk.event.id)) or {"event_id": desk.event.id})


def _require_key(desk: RosterDesk) -> None:
    if desk.signer.public_key != desk.event.public_key:
        raise AnotherSigningKey
