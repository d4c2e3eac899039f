"""Changing a catalog: what is checked against it holds when it is written.

Each change moves the event's revision on in its own transaction, so that two changes at once can't each be
right and wrong together. The one that comes second is decided anew on the catalog as it then is.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.event import Event
from admit.errors import IdempotencyConflict, NotReady
from admit.store import MOST_WRITES, Contention, Table, TransactionRefused, Write

_ATTEMPTS = 6


class Amendment[T](NamedTuple):
    """What a change answers and writes; `event` is the event as it becomes, if it changes."""

    result: T
    writes: list[Write]
    event: Event | None = None


class Made(Protocol):
    """Something that a request has created."""

    @property
    def request_hash(self) -> str: ...


def made_before[E: Made](known: Mapping[str, E], identifier: str, hashed: str) -> E | None:
    """Return what the same request has created already. Raises IdempotencyConflict for another one's."""
    earlier = known.get(identifier)
    if earlier is not None and earlier.request_hash != hashed:
        raise IdempotencyConflict
    return earlier


def amend[T](table: Table, catalog: Catalog, decide: Callable[[Catalog], Amendment[T]]) -> T:
    """Decide on a change and write it in one transaction; without anything to write, answer only.

    Raises what `decide` raises, NotReady for more than one transaction holds, Contention.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            catalog = load_catalog(table, catalog.event.id)
        amendment = decide(catalog)
        if not amendment.writes and amendment.event is None:
            return amendment.result
        changed = amendment.event or catalog.event
        event = changed.model_copy(update={"revision": catalog.event.revision + 1})
        writes = [*amendment.writes, event.put().over(catalog.event.revision)]
        if len(writes) > MOST_WRITES:
            raise NotReady(f"This changes more than {MOST_WRITES} things at once; do it in steps.")
        try:
            table.transact(writes)
        except TransactionRefused:
            continue
        return amendment.result
    raise Contention
