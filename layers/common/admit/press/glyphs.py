"""Which letters the fonts have that badges and invoices are written in.

Source: OpenType 1.9, "cmap": subtables of format 4 (16 bits a character) and format 12 (32 bits).
"""

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FONTS = Path(__file__).with_name("fonts")


def printable(text: str) -> str:
    """Return a text in letters that some font has; what has no such form, as an emoji, is left out."""
    composed = unicodedata.normalize("NFC", text)
    if composed.isascii() or all(map(_is_printable, composed)):
        return composed
    plain = (character if _is_printable(character) else _plain(character) for character in composed)
    return " ".join("".join(plain).split())


def _plain(character: str) -> str:
    """Return the everyday form of a letter that is drawn in a special way, empty where it has none."""
    return "".join(filter(_is_printable, unicodedata.normalize("NFKC", character)))


def _is_printable(character: str) -> bool:
    starts, ends = _ranges()
    at = bisect_right(starts, ord(character)) - 1
    return at >= 0 and ord(character) <= ends[at]


@cache
def _ranges() -> tuple[list[int], list[int]]:
    """Return the first and the last character of each run that some font has, in order."""
    starts: list[int] = []
    ends: list[int] = []
    for first, last in sorted(run for font in FONTS.glob("*.?tf") for run in _runs(font.read_bytes())):
        if starts and first <= ends[-1] + 1:
            ends[-1] = max(ends[-1], last)
        else:
            starts.append(first)
            ends.append(last)
    return starts, ends


def _runs(font: bytes) -> Iterator[tuple[int, int]]:
    [tables] = struct.unpack_from(">H", font, 4)
    directory = (struct.unpack_from(">4sIII", font, 12 + 16 * at) for at in range(tables))
    cmap = next(offset for tag, _, offset, _ in directory if tag == b"cmap")
    [subtables] = struct.unpack_from(">H", font, cmap + 2)
    for at in range(subtables):
        [offset] = struct.unpack_from(">I", font, cmap + 4 + 8 * at + 4)
        yield from _subtable(font, cmap + offset)


def _subtable(font: bytes, start: int) -> Iterator[tuple[int, int]]:
    [kind] = struct.unpack_from(">H", font, start)
    if kind == 4:
        [doubled] = struct.unpack_from(">H", font, start + 6)
        count = doubled // 2
        ends = struct.unpack_from(f">{count}H", font, start + 14)
        starts = struct.unpack_from(f">{count}H", font, start + 16 + doubled)
        # The last run is an end mark.
        yield from zip(starts[:-1], ends[:-1], strict=True)
    elif kind == 12:
        [groups] = struct.unpack_from(">I", font, start + 12)
        for at in range(groups):
            first, last, _ = struct.unpack_from(">III", font, start + 16 + 12 * at)
            yield first, last
