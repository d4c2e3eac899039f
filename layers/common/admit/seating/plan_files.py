"""Files with seating plans: pretix's JSON, CSV with a seat a row, or the body of our own API.

Source of pretix's format: its `seating-plan.schema.json`. A zone becomes a section; the positions of zone,
row and seat add up; areas, which are drawings, are passed over. A fault names its place in the file: the path
in the JSON, or `content.rows[17].category` with the number of the row as a spreadsheet counts.

Ids are made from names, so that the same file, imported again, names the same seats.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import count, islice
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from admit.errors import Fault, Invalid
from admit.faults import faults_of
from admit.seating.plan import SeatKind
from admit.seating.plan_settings import MOST_SEATS
from admit.sheet import Column, Row, read_sheet

_MOST_NAMED = 50
_MOST_OF_AN_ID = 20
_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0", ""}
_RESTRICTED = "Restricted view"


class PlanFormat(StrEnum):
    PRETIX = "pretix"
    CSV = "csv"
    ADMIT = "admit"
    """The body of PUT .../seating as a file."""


class _Place(NamedTuple):
    """Where in a file something stands, with the places of its parts in order."""

    name: str
    parts: "list[_Place]"


class PlanFile(NamedTuple):
    """What a file says, as the body of a plan, and where it says so."""

    plan: dict[str, Any]
    sections: list[_Place]
    """Empty for a file whose own paths are those of the body."""

    def in_file(self, fault: Fault) -> Fault:
        """Say of the file what is said of the body."""
        name, rest, places = "", fault.field, self.sections
        while places and (step := re.match(r"\.?(?:sections|rows|seats)\[(\d+)\]", rest)):
            (name, places), rest = places[int(step[1])], rest[step.end() :]
        return fault._replace(field=".".join(part for part in ("content", name, rest.lstrip(".")) if part))


class _Ids:
    """Ids made from names, each given once."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, name: str) -> str:
        plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
        slug = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "x"
        identifier, again = slug[:_MOST_OF_AN_ID], 1
        while identifier in self._given:
            again += 1
            identifier = f"{slug[: _MOST_OF_AN_ID - 1 - len(str(again))]}_{again}"
        self._given.add(identifier)
        return identifier


def _refused(faults: Iterable[Fault]) -> Invalid:
    named = islice(faults, _MOST_NAMED)
    return Invalid(faults=[fault._replace(field=f"content.{fault.field}".rstrip(".")) for fault in named])


def _read_admit(content: str) -> PlanFile:
    try:
        plan = json.loads(content)
    except (ValueError, RecursionError) as exc:
        raise Invalid.field("content", "is not JSON") from exc
    if not isinstance(plan, dict):
        raise Invalid.field("content", "is not a plan; send the body of PUT .../seating")
    return PlanFile(plan, [])


# --- pretix -----------------------------------------------------------------------------------------------


class _Pretix(BaseModel):
    """A part of a plan of pretix. What only its own pages draw is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class _Position(_Pretix):
    x: float = 0
    y: float = 0


class _PretixSeat(_Pretix):
    seat_number: str
    position: _Position
    category: str


class _PretixRow(_Pretix):
    row_number: str
    row_label: str | None = None
    seat_label: str | None = None
    position: _Position = _Position()
    seats: list[_PretixSeat]


class _PretixZone(_Pretix):
    name: str | None = None
    zone_id: str | None = None
    position: _Position = _Position()
    rows: list[_PretixRow]


class _PretixCategory(_Pretix):
    name: str
    color: str | None = None


class _PretixPlan(_Pretix):
    categories: list[_PretixCategory]
    zones: list[_PretixZone]


def _read_pretix(content: str) -> PlanFile:
    try:
        plan = _PretixPlan.model_validate_json(content)
    except ValidationError as exc:
        if exc.errors()[0]["type"] == "json_invalid":
            raise Invalid.field("content", "is not JSON") from exc
        raise _refused(faults_of(exc)) from exc
    of_category = _Ids()
    categories = {category.name: of_category.of(category.name) for category in plan.categories}
    if faults := list(_strange_categories(plan, categories)):
        raise _refused(faults)
    of_section = _Ids()
    sections, places = [], []
    for at, zone in enumerate(plan.zones):
        title = zone.name or zone.zone_id or f"Section {at + 1}"
        place = _Place(f"zones[{at}]", [])
        rows = list(_pretix_rows(zone, place, categories))
        if rows:
            sections.append({"id": of_section.of(zone.zone_id or title), "title": title, "rows": rows})
            places.append(place)
    colors = {category.name: category.color for category in plan.categories}
    named = [{"id": of, "title": name, "color": colors[name]} for name, of in categories.items()]
    return PlanFile({"categories": named, "sections": sections}, places)


def _strange_categories(plan: _PretixPlan, known: Collection[str]) -> Iterator[Fault]:
    for at, zone in enumerate(plan.zones):
        for in_zone, row in enumerate(zone.rows):
            for in_row, seat in enumerate(row.seats):
                if seat.category not in known:
                    field = f"zones[{at}].rows[{in_zone}].seats[{in_row}].category"
                    yield Fault(field, "is none of the categories of the file; define it there")


def _pretix_rows(zone: _PretixZone, place: _Place, categories: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give the rows of a zone that have seats, and note where each stands."""
    ids = _Ids()
    for at, row in enumerate(zone.rows):
        if not row.seats:
            continue
        name = f"{place.name}.rows[{at}]"
        place.parts.append(_Place(name, [_Place(f"{name}.seats[{n}]", []) for n in range(len(row.seats))]))
        of_seat = _Ids()
        left, top = zone.position.x + row.position.x, zone.position.y + row.position.y
        yield {
            "id": ids.of(row.row_number),
            "label": (row.row_label or "%s").replace("%s", row.row_number),
            "seats": [
                {
                    "id": of_seat.of(seat.seat_number),
                    "label": (row.seat_label or "%s").replace("%s", seat.seat_number),
                    "x": left + seat.position.x,
                    "y": top + seat.position.y,
                    "category": categories[seat.category],
                }
                for seat in row.seats
            ],
        }


# --- csv --------------------------------------------------------------------------------------------------

_COLUMNS = [
    Column("section", ("section", "block", "zone"), required=True),
    Column("row", ("row",), required=True),
    Column("seat", ("seat", "number"), required=True),
    Column("x", ("x",)),
    Column("y", ("y",)),
    Column("category", ("category",), required=True),
    Column("kind", ("kind",)),
    Column("companion_of", ("companion_of",)),
    Column("restricted", ("restricted",)),
]


def _read_csv(content: str) -> PlanFile:
    """Read a file of seats, one a row; the seats of a row stand in the order of the file.

    In a file without x and y rows stand one behind the other, and their seats side by side.
    """
    try:
        sheet = read_sheet(content, _COLUMNS, most_rows=MOST_SEATS)
    except Invalid as invalid:
        raise Invalid(faults=[fault._replace(field="content") for fault in invalid.faults]) from invalid
    if faults := [fault for row in sheet.rows for fault in _csv_faults(row)]:
        raise _refused(faults)
    by_section: dict[str, dict[str, list[Row]]] = {}
    for row in sheet.rows:
        by_section.setdefault(row.cells["section"], {}).setdefault(row.cells["row"], []).append(row)
    if faults := [
        fault for rows in by_section.values() for seats in rows.values() for fault in _twice(seats)
    ]:
        raise _refused(faults)
    of_category = _Ids()
    titles = dict.fromkeys(row.cells["category"] for row in sheet.rows)
    categories = {title: of_category.of(title) for title in titles}
    drawn_there = any(row.cells.get("x") for row in sheet.rows)
    of_section, depth = _Ids(), count()
    sections, places = [], []
    for title, rows in by_section.items():
        of_row = _Ids()
        made = [
            {
                "id": of_row.of(label),
                "label": label,
                "seats": _csv_seats(seats, categories, None if drawn_there else next(depth)),
            }
            for label, seats in rows.items()
        ]
        sections.append({"id": of_section.of(title), "title": title, "rows": made})
        places.append(_csv_place([seat for seats in rows.values() for seat in seats], rows.values()))
    named = [{"id": identifier, "title": title} for title, identifier in categories.items()]
    return PlanFile({"categories": named, "sections": sections}, places)


def _csv_place(seats: Sequence[Row], rows: Iterable[Sequence[Row]]) -> _Place:
    """Note where a section stands: it and its rows begin at their first seats."""
    of_rows = [_Place(_csv_name(of[0]), [_Place(_csv_name(seat), []) for seat in of]) for of in rows]
    return _Place(_csv_name(seats[0]), of_rows)


def _csv_name(row: Row) -> str:
    return f"rows[{row.number}]"


def _csv_faults(row: Row) -> Iterator[Fault]:
    """Say what is wrong with a row of the file by itself."""
    name = _csv_name(row)
    if row.fault:
        yield Fault(name, row.fault)
        return
    for column in ("section", "row", "seat", "category"):
        if not row.cells[column]:
            yield Fault(f"{name}.{column}", "is empty")
    x, y = row.cells.get("x", ""), row.cells.get("y", "")
    for column, text, other in (("x", x, y), ("y", y, x)):
        if bool(other) > bool(text):
            yield Fault(f"{name}.{column}", "is empty; give both x and y, or none in the whole file")
        elif text and _number(text) is None:
            yield Fault(f"{name}.{column}", "is not a number")
    kind = row.cells.get("kind", "").casefold()
    if kind and kind not in set(SeatKind):
        yield Fault(f"{name}.kind", f"may be {', '.join(SeatKind)}")


def _twice(seats: Sequence[Row]) -> Iterator[Fault]:
    """Name the seats of a row that stand there again."""
    first: dict[str, int] = {}
    for seat in seats:
        number = first.setdefault(seat.cells["seat"], seat.number)
        if number != seat.number:
            yield Fault(f"{_csv_name(seat)}.seat", f"stands in row {number} already; give each seat once")


def _csv_seats(
    seats: Sequence[Row], categories: Mapping[str, str], depth: int | None
) -> list[dict[str, Any]]:
    """Read the seats of one row; `depth` is where it stands in a file that does not say so."""
    of_seat = _Ids()
    ids = {seat.cells["seat"]: of_seat.of(seat.cells["seat"]) for seat in seats}
    return [_csv_seat(seat.cells, ids, categories, (at, depth)) for at, seat in enumerate(seats)]


def _csv_seat(
    cells: Mapping[str, str],
    ids: Mapping[str, str],
    categories: Mapping[str, str],
    otherwise: tuple[int, int | None],
) -> dict[str, Any]:
    across, depth = otherwise
    seat: dict[str, Any] = {
        "id": ids[cells["seat"]],
        "label": cells["seat"],
        "x": across if depth is not None else _number(cells.get("x", "")),
        "y": depth if depth is not None else _number(cells.get("y", "")),
        "category": categories[cells["category"]],
    }
    companion = cells.get("companion_of", "")
    restricted = cells.get("restricted", "")
    if kind := cells.get("kind", "").casefold():
        seat["kind"] = kind
    if companion:
        seat["companion_of"] = ids.get(companion, companion)
    if restricted.casefold() not in _NO:
        seat["restricted"] = _RESTRICTED if restricted.casefold() in _YES else restricted
    return seat


def _number(text: str) -> float | None:
    """Read a number with a point or a comma, None for what is none."""
    if not re.fullmatch(r"-?\d{1,9}([.,]\d{1,9})?", text):
        return None
    return float(text.replace(",", "."))


READERS: Mapping[PlanFormat, Callable[[str], PlanFile]] = {
    PlanFormat.PRETIX: _read_pretix,
    PlanFormat.CSV: _read_csv,
    PlanFormat.ADMIT: _read_admit,
}
