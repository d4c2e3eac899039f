"""CPU time of what is worth knowing by itself."""

from typing import NamedTuple

from admit.catalog.catalog import load_catalog
from admit.orders.order import load_order
from admit.people.person import Holder
from admit.tickets.credential import Credential, Signer, read_credential
from admit.tickets.draw import draw_badge, draw_qr
from admit.tickets.ticket import tickets_from
from bench.house import SECRETS, House
from bench.measure import cpu_milliseconds

PICTURES_TARGET = 30


class Piece(NamedTuple):
    name: str
    milliseconds: float
    target: float | None = None


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
    badge = cpu_milliseconds(lambda: draw_badge(ticket, event, credential))
    verify = cpu_milliseconds(lambda: read_credential(credential, event.public_key, event.id))
    return [
        Piece("QR code and badge of a ticket", qr + badge, PICTURES_TARGET),
        Piece("  QR code", qr),
        Piece("  badge", badge),
        Piece("sign a credential", cpu_milliseconds(lambda: signer.sign(content))),
        Piece("verify a credential", verify),
    ]
