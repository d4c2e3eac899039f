"""The seating plan of an event: sections, rows and seats, each version stored once and never changed.

A section is one item. Its seats stand in columns, compressed: 60,000 seats take 30 to 170 KB in all, the
less the more regular they are. A coordinate has two decimals and is kept as a whole number of hundredths, in
steps from seat to seat.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

from admit import keys
from admit.errors import NotFound
from admit.seating.seat import SeatId, SeatPlace
from admit.store import Item, Put, Table

MOST_PACKED_BYTES = 380_000
"""Of one section: an item takes 400 KB with its keys."""


class SeatKind(StrEnum):
    STANDARD = "standard"
    ACCESSIBLE = "accessible"
    """A place for a wheelchair, or one that is easily reached."""
    COMPANION = "companion"
    """Beside an accessible one, for who comes along."""


@dataclass(frozen=True, slots=True)
class PlanSeat:
    id: str
    label: str
    x: float
    y: float
    category: str
    kind: SeatKind = SeatKind.STANDARD
    companion_of: str | None = None
    """Id, in full, of the accessible seat beside it."""
    restricted: str | None = None
    """What hinders the view."""
    gap_before: bool = False
    """Whether an aisle parts it from the seat before it: they are no neighbours."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: str
    label: str
    seats: tuple[PlanSeat, ...]
    """From one end to the other."""


@dataclass(frozen=True)
class PlanSection:
    id: str
    title: str
    rows: dict[str, PlanRow]

    def place(self, row: PlanRow, seat: PlanSeat) -> SeatPlace:
        """Return a seat as people find it."""
        return SeatPlace(
            id=str(SeatId(self.id, row.id, seat.id)), section=self.title, row=row.label, label=seat.label
        )

    def find(self, seat_id: SeatId) -> tuple[PlanRow, PlanSeat] | None:
        """Return a seat with its row, None where the section has none of this id."""
        return self._by_id.get(seat_id)

    def seats(self) -> Iterator[tuple[PlanRow, PlanSeat]]:
        """Give every seat with its row."""
        return ((row, seat) for row in self.rows.values() for seat in row.seats)

    @cached_property
    def _by_id(self) -> dict[SeatId, tuple[PlanRow, PlanSeat]]:
        return {SeatId(self.id, row.id, seat.id): (row, seat) for row, seat in self.seats()}


def load_section(table: Table, event_id: str, version: int, section_id: str) -> PlanSection:
    """Read a section of a version of a plan. Raises NotFound."""
    item = table.get(keys.plan_section(event_id, version, section_id))
    if item is None:
        raise NotFound("There is no such section.")
    return read_section(item)


def load_plan(table: Table, event_id: str, version: int) -> dict[str, PlanSection]:
    """Read all sections of a version of a plan, by id."""
    sections = map(read_section, table.query(*keys.plan_sections(event_id, version)))
    return {section.id: section for section in sections}


def section_put(event_id: str, version: int, section: PlanSection) -> Put:
    """Return the write that stores a section of a version that nobody has stored it of."""
    kept = {"kind": "plan_section", "event_id": event_id, "id": section.id, "packed": packed(section)}
    return Put(keys.plan_section(event_id, version, section.id), kept)


def read_section(item: Item) -> PlanSection:
    """Read a section's item."""
    # boto3 gives bytes in a wrapper of its own.
    columns = json.loads(zlib.decompress(bytes(item["packed"])))
    categories = columns["categories"]
    rows = [_read_row(row, categories) for row in columns["rows"]]
    return PlanSection(columns["id"], columns["title"], {row.id: row for row in rows})


def packed(section: PlanSection) -> bytes:
    """Write a section as it is stored: the same section gives the same bytes."""
    categories = list(dict.fromkeys(seat.category for _, seat in section.seats()))
    numbers = {category: number for number, category in enumerate(categories)}
    columns = {
        "id": section.id,
        "title": section.title,
        "categories": categories,
        "rows": [_columns(row, numbers) for row in section.rows.values()],
    }
    return zlib.compress(json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode(), 9)


def _columns(row: PlanRow, categories: Mapping[str, int]) -> dict[str, Any]:
    """Write a row: what few seats have stands with the number of the seat, the first one being 0."""
    columns = {
        "id": row.id,
        "label": row.label,
        "ids": " ".join(seat.id for seat in row.seats),
        "x": _steps(seat.x for seat in row.seats),
        "y": _steps(seat.y for seat in row.seats),
        "category": _runs([categories[seat.category] for seat in row.seats]),
    }
    rare = {
        "labels": [(at, seat.label) for at, seat in enumerate(row.seats) if seat.label != seat.id],
        "kinds": [(at, seat.kind) for at, seat in enumerate(row.seats) if seat.kind != SeatKind.STANDARD],
        "companions": [(at, seat.companion_of) for at, seat in enumerate(row.seats) if seat.companion_of],
        "restricted": [(at, seat.restricted) for at, seat in enumerate(row.seats) if seat.restricted],
        "gaps": [at for at, seat in enumerate(row.seats) if seat.gap_before],
    }
    return columns | {name: column for name, column in rare.items() if column}


def _read_row(columns: Mapping[str, Any], categories: Sequence[str]) -> PlanRow:
    identifiers = columns["ids"].split()
    of_runs = [categories[number] for number, length in columns["category"] for _ in range(length)]
    labels = dict(columns.get("labels", ()))
    kinds = {at: SeatKind(kind) for at, kind in columns.get("kinds", ())}
    companions = dict(columns.get("companions", ()))
    restricted = dict(columns.get("restricted", ()))
    gaps = set(columns.get("gaps", ()))
    xs, ys = accumulate(columns["x"]), accumulate(columns["y"])
    seats = tuple(
        PlanSeat(
            id=identifier,
            label=labels.get(at, identifier),
            x=x / 100,
            y=y / 100,
            category=category,
            kind=kinds.get(at, SeatKind.STANDARD),
            companion_of=companions.get(at),
            restricted=restricted.get(at),
            gap_before=at in gaps,
        )
        for at, (identifier, x, y, category) in enumerate(zip(identifiers, xs, ys, of_runs, strict=True))
    )
    return PlanRow(columns["id"], columns["label"], seats)


def _steps(coordinates: Iterable[float]) -> list[int]:
    """Write coordinates in hundredths: the first, then how far each is from the one before it."""
    hundredths = [round(coordinate * 100) for coordinate in coordinates]
    return [after - before for before, after in pairwise([0, *hundredths])]


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Write numbers as runs of equal ones, each with its length."""
    starts = [at for at, number in enumerate(numbers) if at == 0 or number != numbers[at - 1]]
    return [(numbers[start], end - start) for start, end in pairwise([*starts, len(numbers)])]
