"""The tables for people, and the same as JSON."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from bench.imports import Cost, Import
from bench.measure import Measured
from bench.model import Result, Row
from bench.pieces import Piece
from bench.rush import Rush

_INDEXES = ("table", "gsi1", "gsi2", "gsi3", "gsi4")


def as_json(
    operations: Sequence[Measured],
    pieces: Sequence[Piece],
    imports: Sequence[Import],
    *,
    rushes: Sequence[Rush],
    throughput: Sequence[Row],
    sale: Sequence[Row],
) -> dict[str, Any]:
    return {
        "operations": [asdict(one) | {"over": one.over} for one in operations],
        "pieces": [one._asdict() for one in pieces],
        "imports": [
            {name: value._asdict() if isinstance(value, Cost) else value for name, value in row}
            for row in (one._asdict().items() for one in imports)
        ],
        "rushes": [one._asdict() | {"wrong": one.wrong} for one in rushes],
        "throughput": [_unpacked(row) for row in throughput],
        "sale": [_unpacked(row) for row in sale],
    }


def operations_table(operations: Sequence[Measured]) -> str:
    rows = [
        (
            one.name,
            _against(one.requests, one.target.requests),
            _against(one.writes, one.target.writes),
            _against(one.read_units, one.target.read_units),
            _against(one.all_write_units, one.target.write_units),
            " ".join(_number(one.write_units.get(index, 0)) for index in _INDEXES) if one.write_units else "",
            " ".join(f"{service} {calls}" for service, calls in one.other_calls.items()),
            f"{one.own_milliseconds:.1f}",
            f"{one.bare_milliseconds:.1f}",
            f"over: {', '.join(one.over)}" if one.over else "ok",
        )
        for one in operations
    ]
    head = (
        "DynamoDB: measured (target)",
        "requests",
        "writes",
        "read units",
        "write units",
        "table gsi1-4",
        "other calls",
        "own CPU ms",
        "boto3 CPU ms",
        "counts",
    )
    return _table(head, rows)


def pieces_table(pieces: Sequence[Piece]) -> str:
    rows = [
        (
            one.name,
            f"{one.milliseconds:.2f}",
            _number(one.target),
            _number(one.megabytes and round(one.megabytes)),
            _number(one.most_megabytes),
        )
        for one in pieces
    ]
    return _table(("one by one", "CPU ms", "target", "MB", "target"), rows)


def imports_table(imports: Sequence[Import]) -> str:
    rows = [
        (
            one.function,
            *(f"{milliseconds:.0f}" for milliseconds in one.handler),
            _number(one.target),
            *(f"{milliseconds:.0f}" for milliseconds in one.client),
            *((f"{milliseconds:.0f}" for milliseconds in one.stripe) if one.stripe else ("", "")),
        )
        for one in imports
    ]
    head = ("cold import", "wall ms", "CPU ms", "target", "client wall", "CPU", "stripe wall", "CPU")
    return _table(head, rows)


def rushes_table(rushes: Sequence[Rush]) -> str:
    """Shards, tickets and what is left are told by tier, the last one is the event's."""
    rows = [
        (
            one.name,
            *(" ".join(f"{number}" for number in numbers) for numbers in (one.shards, one.tickets, one.left)),
            str(one.placed),
            str(one.sold_out),
            str(one.falsely_sold_out),
            str(one.busy),
            f"{one.seconds:.0f}",
            f"wrong: {', '.join(one.wrong)}" if one.wrong else "ok",
        )
        for one in rushes
    ]
    head = ("rush", "shards", "tickets", "left", "placed", "sold out", "falsely", "busy", "seconds", "counts")
    return _table(head, rows)


def throughput_table(rows: Sequence[Row]) -> str:
    """Of each kind: orders a second, the share answered `busy`, and tries as median/95th percentile."""
    return _model_table(
        "model: orders a second",
        rows,
        lambda one: f"{one.per_second:.0f} {one.busy:4.0%} {one.median_tries:g}/{one.p95_tries}",
        lambda row: f"missed: {', '.join(row.missed)}" if row.missed else "ok" if row.judged else "",
    )


def sale_table(rows: Sequence[Row]) -> str:
    """Of each kind: when the last ticket was sold, what is left after the rush, the share answered `busy`."""
    return _model_table(
        "model: to the last",
        rows,
        lambda one: f"{one.last_placed_at:.1f} s, left {one.left} {one.busy:4.0%}",
        lambda _: "",
    )


def _model_table(
    name: str, rows: Sequence[Row], cell: Callable[[Result], str], verdict: Callable[[Row], str]
) -> str:
    return _table(
        (name, "tickets", "shards", *rows[0].results, "target"),
        [
            (
                f"window {1000 * row.window:g} ms",
                f"{row.limit:,}",
                str(row.shards),
                *(cell(one) for one in row.results.values()),
                verdict(row),
            )
            for row in rows
        ],
    )


def _unpacked(row: Row) -> dict[str, Any]:
    return row._asdict() | {"results": {name: one._asdict() for name, one in row.results.items()}}


def _against(measured: float, target: float | None) -> str:
    return _number(measured) if target is None else f"{_number(measured)} ({_number(target)})"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 or at == len(head) - 1 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
