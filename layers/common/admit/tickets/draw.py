"""Pictures of a ticket: the QR code for screens and the badge for print.

The credential fills QR version 4 at level L (33 modules), for screens, or version 5 at level M (37 modules),
for print. The mask is fixed: the search for the best one costs six times the rest, and any mask is valid
(ISO/IEC 18004, 7.8).
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import qrcode
import typst
from PIL import Image
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.util import QRData

from admit.catalog.event import Event
from admit.ids import order_code
from admit.tickets.ticket import Ticket

_TEMPLATE = Path(__file__).with_name("badge.typ")
_QUIET_ZONE = 4
_PIXELS_PER_MODULE = 12
_BADGE_PPI = 200
_MASK = 2


def draw_qr(credential: str) -> bytes:
    """Return the QR code as PNG, black on white with its quiet zone, 492 pixels square."""
    rows = _modules(credential, version=4, level=ERROR_CORRECT_L)
    side = len(rows)
    picture = Image.frombytes("1", (side, side), b"".join(_packed(row) for row in rows), "raw", "1;I")
    scaled = picture.resize((side * _PIXELS_PER_MODULE,) * 2, Image.Resampling.NEAREST)
    file = BytesIO()
    scaled.save(file, "PNG", compress_level=6)
    return file.getvalue()


def draw_badge(ticket: Ticket, event: Event, credential: str) -> bytes:
    """Return the badge as PNG of A6 size at 200 pixels an inch."""
    holder = ticket.holder
    inputs = {
        "event": event.title,
        "place": _where_and_when(event),
        "name": holder.name if holder else "",
        "company": (holder.company if holder else None) or "",
        "title": (holder.title if holder else None) or "",
        "tier": ticket.tier_title,
        "code": f"{order_code(ticket.order_id)}-{ticket.number}",
        "qr": _svg(_modules(credential, version=5, level=ERROR_CORRECT_M)),
    }
    page = _compiler().compile(format="png", ppi=_BADGE_PPI, sys_inputs=inputs)
    assert isinstance(page, bytes), "the badge is one page"
    return page


def _where_and_when(event: Event) -> str:
    day = f"{event.starts_at.astimezone(ZoneInfo(event.timezone)):%-d %B %Y}"
    return f"{event.venue.name} · {day}" if event.venue else day


@cache
def _compiler() -> typst.Compiler:
    """Compile the template's fonts once a process."""
    return typst.Compiler(str(_TEMPLATE), ignore_system_fonts=True)


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
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path d="{path}"/></svg>'
    )
