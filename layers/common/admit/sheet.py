"""A CSV file as rows under named columns; what is wrong with a row is said of that row alone.

Source: RFC 4180, as the csv module reads it. Rows are numbered as a spreadsheet does: the header is row 1 of
a file that begins with it, and a cell that holds line breaks is still one row.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import NamedTuple

from admit.errors import Invalid

MOST_ROWS = 10_000
_DELIMITERS = (",", ";", "\t")
_MOST_NAMED = 50
# What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
_TOO_MANY_CELLS = "has more cells than the header; put a cell that holds the separator into quotes"
_UNREADABLE = "can't be read; look for a quotation mark that is not closed"


class Column(NamedTuple):
    """A column that is looked for: its name here, and the headers it may have in a file."""

    name: str
    headers: tuple[str, ...]
    required: bool = False


class Row(NamedTuple):
    number: int
    cells: Mapping[str, str]
    """Trimmed, by the name of the column; empty where the file has none."""
    fault: str | None = None
    """Why the row as a whole can't be used."""

    @property
    def row(self) -> int:
        return self.number


class Sheet(NamedTuple):
    headers: Mapping[str, str]
    """The header of each known column as the file, or else the format, writes it."""
    unknown: list[str]
    """Headers that are passed over."""
    rows: list[Row]


def read_sheet(text: str, columns: Sequence[Column], most_rows: int = MOST_ROWS) -> Sheet:
    """Read a CSV file, whatever its separator and the case of its headers; empty rows are passed over.

    Raises Invalid for a file without rows, with too many, or without a required column.
    """
    text = text.removeprefix("\ufeff")
    found, delimiter = max(
        ((_header(text, delimiter, columns), delimiter) for delimiter in _DELIMITERS),
        key=lambda choice: len(choice[0]),
    )
    missing = [column.headers[0] for column in columns if column.required and column.name not in found]
    if missing:
        raise Invalid.field("csv", f"lacks the columns: {', '.join(missing)}")
    records = _records(text, delimiter)
    header = next(record for _, record in records if record)
    rows = [
        _row(number, record, header, found) for number, record in records if record is None or any(record)
    ]
    if not rows:
        raise Invalid.field("csv", "has no rows below its header")
    if len(rows) > most_rows:
        raise Invalid.field("csv", f"has more than {most_rows} rows; split the file")
    unknown = [name[:80] for at, name in enumerate(header) if name and at not in found.values()]
    names = {column.name: column.headers[0] for column in columns}
    return Sheet(names | {name: header[at] for name, at in found.items()}, unknown[:_MOST_NAMED], rows)


def written(records: Iterable[Sequence[str]]) -> str:
    """Return records as CSV, each cell marked that a spreadsheet would take for a formula; a number is
    none."""
    file = StringIO(newline="")
    writer = csv.writer(file)
    for record in records:
        writer.writerow([_marked(cell) for cell in record])
    return file.getvalue()


def _header(text: str, delimiter: str, columns: Sequence[Column]) -> dict[str, int]:
    """Return where each known column stands; of headers that come twice the first counts."""
    record = next((record for _, record in _records(text, delimiter) if record), [])
    written = [_plain(name) for name in record]
    found = {}
    for column in columns:
        at = next((written.index(_plain(name)) for name in column.headers if _plain(name) in written), None)
        if at is not None:
            found[column.name] = at
    return found


def _row(number: int, record: list[str] | None, header: Sequence[str], found: Mapping[str, int]) -> Row:
    if record is None:
        return Row(number, {}, _UNREADABLE)
    cells = {name: _unmarked(record[at]) if at < len(record) else "" for name, at in found.items()}
    return Row(number, cells, _TOO_MANY_CELLS if any(record[len(header) :]) else None)


def _marked(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each record with its number; None for one that the csv module refuses."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, None
        else:
            yield number, [cell.strip() for cell in record]


def _plain(header: str) -> str:
    return " ".join(header.casefold().split())
