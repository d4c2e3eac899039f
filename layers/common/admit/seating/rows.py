"""Rows written as a whole, by who has to say something of many seats at once.

An order writes the few seats that it names; a write of a whole row holds if nobody has written to it since.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from admit import keys
from admit.clock import stamp
from admit.seating.seat import NOTHING, RowState, row_state, seat_attribute
from admit.store import Item, Put, Table

_AT_ONCE = 8


class RowId(NamedTuple):
    section: str
    row: str


@dataclass(frozen=True)
class StoredRow:
    """A row as it was read."""

    id: RowId
    item: Item | None = None

    @cached_property
    def state(self) -> RowState:
        return row_state(self.item) if self.item else NOTHING

    @property
    def said(self) -> Mapping[str, str]:
        """What is said of its seats, by seat."""
        return self.state.said

    @property
    def note(self) -> str | None:
        """Why seats of it are kept, as was said last."""
        return self.item.get("note") if self.item else None


def read_rows(table: Table, event_id: str, sections: Collection[str]) -> dict[RowId, StoredRow]:
    """Read the rows of sections of which something is said, one query a section."""

    def of_section(section: str) -> list[StoredRow]:
        items = table.query(keys.seat_rows(event_id, section))
        return [StoredRow(RowId(section, str(item["sk"]).partition("#")[2]), item) for item in items]

    if not sections:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(sections))) as threads:
        return {row.id: row for rows in threads.map(of_section, sections) for row in rows}


def rewritten(
    event_id: str, row: StoredRow, said: Mapping[str, str | None], at: datetime, note: str | None = None
) -> Put:
    """Return the write that changes what is said of seats of a row, by seat; None for nothing any more."""
    item = dict(row.item or {"kind": "seat_row", "event_id": event_id})
    for seat, now in said.items():
        if now is None:
            item.pop(seat_attribute(seat), None)
        else:
            item[seat_attribute(seat)] = now
    version = row.state.version
    item |= {"changed_at": stamp(at), "version": version + 1} | ({"note": note} if note else {})
    put = Put(keys.seat_row(event_id, *row.id), item)
    if row.item is None:
        return put
    # False when anything was written to the row since it was read.
    unchanged = "version = :version"
    return Put(put.key, item, unchanged, {"version": version})
