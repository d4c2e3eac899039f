"""Who came and went over time: the minutes that the stream counts at the doors, in longer spans."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field

from admit import keys
from admit.catalog.catalog import Catalog
from admit.clock import Instant
from admit.insight.counts import count_name
from admit.insight.door import NOWHERE, minute_of
from admit.model import Shape
from admit.store import Table

_OUT = "out_"


class ArrivalsBy(StrEnum):
    GATE = "gate"
    LIST = "list"
    TIER = "tier"


class Interval(IntEnum):
    """Minutes."""

    FIVE = 5
    QUARTER = 15
    HOUR = 60


class Passages(Shape):
    into: int = Field(alias="in")
    """How many came in, also again."""
    out: int


class ArrivalsRow(Passages):
    at: Instant
    """When the span begins, by the clock of the event's time zone."""
    key: str
    """The id of a gate, a list or a tier, or "none"."""
    label: str
    """Its title as it is now, empty of what was removed."""


class ArrivalsReport(Shape):
    by: ArrivalsBy
    interval: Interval
    rows: list[ArrivalsRow]
    """By time; where nobody came or went there is none."""
    total: Passages


def arrivals_report(table: Table, catalog: Catalog, by: ArrivalsBy, interval: Interval) -> ArrivalsReport:
    """Return who came and went, as far as the stream has been projected; one query.

    Whoever comes twice is counted twice; what a device without a network decided is counted when it is sent.
    """
    zone = ZoneInfo(catalog.event.timezone)
    titles = _titles(catalog, by)
    known = {count_name(by, key).removeprefix(f"{by}__"): key for key in titles}
    into: Counter[tuple[datetime, str]] = Counter()
    out: Counter[tuple[datetime, str]] = Counter()
    for item in table.query(keys.door(catalog.event.id), keys.DOOR_MINUTE):
        at = _begin(minute_of(item), zone, interval)
        for name, count in item.items():
            for counts, prefix in ((into, f"{by}__"), (out, f"{_OUT}{by}__")):
                if name.startswith(prefix):
                    found = name.removeprefix(prefix)
                    counts[at, known.get(found, found)] += int(count)
    places = {key: at for at, key in enumerate(titles)}
    spans = sorted(
        (span for span in into.keys() | out.keys() if into[span] or out[span]),
        key=lambda span: (span[0], places.get(span[1], len(places)), span[1]),
    )
    return ArrivalsReport(
        by=by,
        interval=interval,
        rows=[
            ArrivalsRow.model_validate(
                {"at": at, "key": key, "label": titles.get(key, ""), "in": into[at, key], "out": out[at, key]}
            )
            for at, key in spans
        ],
        total=Passages.model_validate({"in": into.total(), "out": out.total()}),
    )


def arrivals_records(report: ArrivalsReport, timezone: str) -> Iterator[Sequence[str]]:
    """Give a report as records of a CSV file, with their header; times are those of the event's place."""
    zone = ZoneInfo(timezone)
    yield ["at", "key", "label", "in", "out"]
    for row in report.rows:
        at = row.at.astimezone(zone).isoformat(timespec="minutes")
        yield [at, row.key, row.label, str(row.into), str(row.out)]
    yield ["total", "", "", str(report.total.into), str(report.total.out)]


def _begin(at: datetime, zone: ZoneInfo, interval: Interval) -> datetime:
    """Return the beginning of the span that a moment lies in, as clocks where the event is show it."""
    return at - timedelta(minutes=at.astimezone(zone).minute % interval)


def _titles(catalog: Catalog, by: ArrivalsBy) -> Mapping[str, str]:
    match by:
        case ArrivalsBy.GATE:
            titles = {gate.id: gate.title for gate in catalog.gates.values()}
        case ArrivalsBy.LIST:
            titles = {one.id: one.title for one in catalog.lists.values()}
        case ArrivalsBy.TIER:
            titles = {tier.id: tier.title for _, tiers in catalog.in_order() for tier in tiers}
            titles |= {tier.id: tier.title for tier in catalog.tiers.values()}
    return {**titles, NOWHERE: ""}
