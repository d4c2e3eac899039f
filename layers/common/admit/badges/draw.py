"""Pictures of a ticket: the QR code for screens and the badge for screens and print.

The credential fills QR version 4 at level L (33 modules), for screens, or version 5 at level M (37 modules),
for print. The mask is fixed: the search for the best one costs six times the rest, and any mask is valid
(ISO/IEC 18004, 7.8).
"""

import json
import struct
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from io import BytesIO
from itertools import groupby
from typing import NamedTuple

import qrcode
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.util import QRData

from admit.badges.face import TEMPLATES, BadgeFace
from admit.catalog.badge import BadgeSize
from admit.press.typeset import NotDrawn, Work, typeset, typeset_apart

CUSTOM = "custom.typ"
"""The name under which an organizer's own template is typeset."""
_MAIN = TEMPLATES["badge.typ"]
_QUIET_ZONE = 4
_PIXELS_PER_MODULE = 12
_MASK = 2
_LOGO_SECONDS, _BADGE_SECONDS = 10, 5
_too_slow: set[str] = set()
"""Templates that this process waits for no more: one that is slow would hold up every ticket behind it."""
# The logo is put in its largest place at 300 pixels an inch.
_LOGO = b"""#set page(width: auto, height: auto, margin: 0mm, fill: none)
#context {
  let logo = image(read("logo", encoding: none))
  let (width, height) = measure(logo)
  image(read("logo", encoding: none), width: calc.min(42mm / width, 20mm / height) * width)
}
"""
_LOGO_PPI = 300
_PNG_SIZE = 16
"""Where a PNG file tells its width and height (PNG, third edition, 11.2.1)."""


class _Paper(NamedTuple):
    width: float
    """In millimetres, as the height."""
    height: float
    ppi: int
    """Of a picture, so that each size has about as many pixels."""


_PAPERS = {
    BadgeSize.A6: _Paper(105, 148, 200),
    BadgeSize.LABEL: _Paper(101, 54, 300),
    BadgeSize.CARD: _Paper(85.6, 54, 300),
}


class SheetLayout(StrEnum):
    """Each badge on a page of its own, or as many as an A4 page holds, with marks to cut at."""

    ONE_A_PAGE = "one_a_page"
    A4 = "a4"


def draw_qr(credential: str) -> bytes:
    """Return the QR code as PNG, black on white with its quiet zone, 492 pixels square."""
    from PIL import Image  # noqa: PLC0415 - what draws badges alone does without it

    rows = _modules(credential, version=4, level=ERROR_CORRECT_L)
    side = len(rows)
    picture = Image.frombytes("1", (side, side), b"".join(_packed(row) for row in rows), "raw", "1;I")
    scaled = picture.resize((side * _PIXELS_PER_MODULE,) * 2, Image.Resampling.NEAREST)
    file = BytesIO()
    scaled.save(file, "PNG", compress_level=6)
    return file.getvalue()


def draw_badge(face: BadgeFace, report: Callable[[NotDrawn], None] = lambda _: None) -> bytes:
    """Return the badge as PNG of its size, some million pixels.

    Where the organizer's own template fails, that is reported and ours takes its place.
    """
    if face.design.source in _too_slow:
        face = in_our_way(face)
    try:
        return try_badge(face)
    except NotDrawn as failed:
        report(failed)
        if failed.late and face.design.source is not None:
            _too_slow.add(face.design.source)
        return try_badge(in_our_way(face))


def try_badge(face: BadgeFace) -> bytes:
    """Return the badge as `draw_badge` does. Raises NotDrawn when the organizer's own template fails."""
    return _typeset([face], SheetLayout.ONE_A_PAGE, "png", _BADGE_SECONDS)


def try_sheet(faces: Sequence[BadgeFace], layout: SheetLayout, *, seconds: float = 60) -> bytes:
    """Return badges of one event as PDF, in their order. Raises NotDrawn, as `try_badge` does."""
    return _typeset(faces, layout, "pdf", seconds)


def in_our_way(face: BadgeFace) -> BadgeFace:
    """Return the face to be drawn with our template."""
    return face._replace(design=face.design._replace(source=None))


def _typeset(faces: Sequence[BadgeFace], layout: SheetLayout, form: str, seconds: float) -> bytes:
    [design] = {face.design for face in faces}
    [size] = {face.size for face in faces}
    paper = _PAPERS[size]
    inputs = {
        "badges": json.dumps([_view(face) for face in faces]),
        "size": size.value,
        "width": str(paper.width),
        "height": str(paper.height),
        "sheet": layout.value,
        "logo": _logo(design.logo) if design.logo else "",
        "custom": "yes" if design.source else "no",
    }
    if design.source is None and form == "png":
        return typeset(_MAIN, inputs, form=form, ppi=paper.ppi)
    files = {name: path.read_bytes() for name, path in TEMPLATES.items()}
    work = Work({**files, CUSTOM: (design.source or "").encode()}, _MAIN.name, inputs)
    # What a sheet takes of memory is given back with its process.
    return typeset_apart(work, form=form, ppi=paper.ppi, seconds=seconds, once=form == "pdf")


def _view(face: BadgeFace) -> dict[str, str]:
    """Return what the template shows of a badge."""
    texts = face._asdict()
    shown = {name: texts[name] for name in BadgeFace._fields if name not in ("size", "credential", "design")}
    return {**shown, "ink": face.ink, "qr": _svg(_modules(face.credential, version=5, level=ERROR_CORRECT_M))}


@lru_cache(maxsize=16)
def _logo(picture: bytes) -> str:
    """Return a logo as a small picture within an SVG, empty when it can't be read.

    Whatever was uploaded is made smaller in the process apart: a badge is drawn from a picture of ours.
    """
    try:
        small = typeset_apart(
            Work({"logo.typ": _LOGO, "logo": picture}, "logo.typ"),
            form="png",
            ppi=_LOGO_PPI,
            seconds=_LOGO_SECONDS,
        )
    except NotDrawn:
        return ""
    width, height = struct.unpack_from(">II", small, _PNG_SIZE)
    address = f"data:image/png;base64,{b64encode(small).decode()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="{address}"/></svg>'
    )


def _modules(credential: str, *, version: int, level: int) -> list[list[bool]]:
    code = qrcode.QRCode(version=version, error_correction=level, border=_QUIET_ZONE, mask_pattern=_MASK)
    code.add_data(QRData(credential.encode()))
    code.make(fit=False)
    return code.get_matrix()


def _packed(row: list[bool]) -> bytes:
    """Pack a row of modules into bits, filled up to whole bytes."""
    width = -(-len(row) // 8) * 8
    bits = "".join("1" if dark else "0" for dark in row).ljust(width, "0")
    return int(bits, 2).to_bytes(width // 8)


def _svg(rows: list[list[bool]]) -> str:
    """Return the modules as an SVG of one path, a unit a module."""
    side = len(rows)
    path = "".join(f"M{x} {y}h{run}v1h-{run}z" for y, row in enumerate(rows) for x, run in _runs(row))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}"/></svg>'
    )


def _runs(row: list[bool]) -> Iterable[tuple[int, int]]:
    """Yield where the dark modules of a row begin, and how many follow each other."""
    at = 0
    for dark, modules in groupby(row):
        length = len(list(modules))
        if dark:
            yield at, length
        at += length
