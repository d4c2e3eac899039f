"""The page of a ticket."""

import re

from tests.e2e.clients import Json
from tests.e2e.pages.gallery.scene import Change, Scene, moment, state
from tests.e2e.pages.gallery.visitors.order import wait_for_codes

TICKET = r"/public/tickets/[^/?]+$"


def _ticket(scene: Scene, change: Change | None = None) -> None:
    if change:
        scene.change(TICKET, change)
    scene.open(scene.world.ticket_path)
    scene.see("ticket-page")


@state()
def ticket_valid(scene: Scene) -> None:
    _ticket(scene)
    wait_for_codes(scene.page)


@state()
def ticket_rich(scene: Scene) -> None:
    """A seat, perks of each kind, wallets."""

    def enrich(ticket: Json) -> None:
        ticket |= {
            "seat": "Stalls, row 12, seat 7",
            "apple_pass_url": ticket["calendar_url"],
            "google_pass_url": ticket["calendar_url"],
            "grants": [
                {
                    "number": 1,
                    "title": "Lunch",
                    "provider": "voucher",
                    "state": "claimed",
                    "reference": "L-7",
                },
                {"number": 2, "title": "Boat", "provider": "product", "state": "pending", "reference": None},
            ],
        }

    _ticket(scene, enrich)
    wait_for_codes(scene.page)


@state()
def ticket_about(scene: Scene) -> None:
    ticket_valid(scene)
    scene.at("edit-about").click()
    scene.see("holder-form")


@state()
def ticket_in_transfer(scene: Scene) -> None:
    offer = {"to": "grace@example.com", "until": moment(days=7)}
    _ticket(scene, lambda ticket: ticket.update(transfer=offer, qr_url=None))
    scene.see("in-transfer")


@state()
def ticket_suspended(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(status="suspended", qr_url=None))
    scene.see("ticket-invalid")


@state()
def ticket_cancelled(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(status="cancelled", qr_url=None))
    scene.see("ticket-invalid")


@state()
def ticket_admitted(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(admission="in"))
    scene.see("admitted")


@state()
def ticket_being_drawn(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(images="drawing", qr_url=None))


@state("ERR_INTERNET_DISCONNECTED", workers=True)
def ticket_offline(scene: Scene) -> None:
    """Opened again where there is no network."""
    ticket_valid(scene)
    scene.page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")
    scene.page.reload()
    wait_for_codes(scene.page)
    scene.page.context.set_offline(True)
    scene.page.reload()
    wait_for_codes(scene.page)


@state()
def ticket_full_screen(scene: Scene) -> None:
    ticket_valid(scene)
    scene.at("show-code").click()
    scene.see("code-screen")


@state()
def ticket_loading(scene: Scene) -> None:
    scene.hang(TICKET)
    scene.open(scene.world.ticket_path)
    scene.see("loading")


@state("status of 40")
def ticket_unknown(scene: Scene) -> None:
    scene.open(re.sub("#.*", "#key=none", scene.world.ticket_path))
    scene.see("failure")
