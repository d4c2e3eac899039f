"""CPU time of what is worth knowing by itself, and what a sheet of badges takes of memory."""

import resource
import time
from typing import NamedTuple

from admit.badges.draw import SheetLayout, draw_badge, draw_qr, try_sheet
from admit.badges.face import BadgeFace
from admit.catalog.catalog import load_catalog
from admit.catalog.event import Event
from admit.orders.order import load_order
from admit.people.person import Holder
from admit.tickets.badge import face_of
from admit.tickets.credential import Credential, Signer, read_credential
from admit.tickets.ticket import Ticket, tickets_from
from bench.house import SECRETS, House
from bench.measure import cpu_milliseconds

PICTURES_TARGET = 30
SHEET_TARGET = 60_000
SHEET_MEMORY_TARGET = 600
_SHEET = 1_000
_NAMES = ("Hanna Holder", "Константин Константинопольский", "محمد عبد الرحمن", "王小明", "สมชาย ใจดี")


class Piece(NamedTuple):
    name: str
    milliseconds: float
    target: float | None = None
    megabytes: float | None = None
    """Memory of its largest process, where that matters."""
    most_megabytes: float | None = None


def pieces(house: House) -> list[Piece]:
    table = house.workshop.table
    event = load_catalog(table, house.event.id).event
    order = load_order(table, house.call(house.placing("invoice"))["id"])
    holder = Holder(email="hanna@guests.example", name="Hanna Holder", company="Polar Systems AS")
    ticket = tickets_from(order)[0].model_copy(update={"holder": holder})
    signer = Signer(SECRETS["signing"], event.id)
    content = Credential(order.id, number=1, revision=0)
    credential = signer.sign(content)
    qr = cpu_milliseconds(lambda: draw_qr(credential))
    badge = cpu_milliseconds(lambda: draw_badge(face_of(ticket, event, credential)))
    verify = cpu_milliseconds(lambda: read_credential(credential, event.public_key, event.id))
    return [
        Piece("QR code and badge of a ticket", qr + badge, PICTURES_TARGET),
        Piece("  QR code", qr),
        Piece("  badge", badge),
        sheet(ticket, event, signer),
        Piece("sign a credential", cpu_milliseconds(lambda: signer.sign(content))),
        Piece("verify a credential", verify),
    ]


def sheet(ticket: Ticket, event: Event, signer: Signer) -> Piece:
    """Draw a sheet as a job does: in a process of its own, which ends with it. CPU time is that of all."""
    before = _cpu_seconds()
    try_sheet([_face(ticket, event, signer, number) for number in range(1, _SHEET + 1)], SheetLayout.A4)
    # On Linux in KiB, of the largest process that has ended.
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    taken = (_cpu_seconds() - before) * 1_000
    return Piece("sheet of 1,000 badges", taken, SHEET_TARGET, largest / 1_024, SHEET_MEMORY_TARGET)


def _face(ticket: Ticket, event: Event, signer: Signer, number: int) -> BadgeFace:
    holder = Holder(
        email="hanna@guests.example", name=f"{_NAMES[number % 5]} {number}", company="Polar Systems"
    )
    guest = ticket.model_copy(update={"holder": holder, "number": number})
    return face_of(guest, event, signer.sign(Credential(ticket.order_id, number, revision=0)))


def _cpu_seconds() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime
