"""Badges of the deployed stack: a template that is tried, a preview, and a sheet that a job draws."""

from io import BytesIO

import httpx
import zxingcpp
from PIL import Image
from pypdf import PdfReader

from tests.e2e.clients import Json, Organizer, Shop, wait_for

TEMPLATE = """#import "badge_parts.typ": code, fitted
#let badge(face) = {
  fitted("Crew " + face.name, width: face.width, height: 20mm, largest: 20pt)
  place(dx: 10mm, dy: 40mm, code(face, 40mm))
}
"""


def sheet(organizer: Organizer, event: Json, **request: object) -> bytes:
    """Ask for a sheet, wait until it is drawn, and fetch it."""
    job = organizer.add(event, "badge-sheets", dict(request))

    def where() -> str | None:
        answer = organizer.send("GET", f"/events/{event['id']}/badge-sheets/{job['id']}")
        return answer.headers["Location"] if answer.status_code == 302 else None

    answer = httpx.get(wait_for("the sheet", where))
    assert answer.headers["Content-Type"] == "application/pdf", answer.text
    return answer.content


def test_badges_are_previewed_and_printed_with_the_organizers_own_template(
    shop: Shop, organizer: Organizer
) -> None:
    event = organizer.publish_event()
    path = f"/events/{event['id']}"
    order = shop.place(event["slug"], "Free ticket", "free")
    shop.wait(order)
    holder = {"email": "ola@example.com", "name": "Ola Nordmann"}
    given = shop.http.put(
        f"/public/orders/{order['id']}/tickets/1/holder", json=holder, headers={"X-Admit-Key": order["key"]}
    )
    assert given.is_success, given.text

    refused = organizer.send("PUT", f"{path}/badges/crew", {"source": "#let badge(face) = ["})
    assert refused.json()["errors"][0]["message"].startswith("line 1: ")
    assert organizer.send("PUT", f"{path}/badges/crew", {"source": TEMPLATE}).status_code == 200
    assert organizer.send("PATCH", path, {"badge": {"template": "crew"}}).is_success

    preview = organizer.add(event, "badges/preview", {"name": "Ada Lovelace"})
    assert zxingcpp.read_barcodes(Image.open(BytesIO(httpx.get(preview["url"]).content)))
    [page] = PdfReader(BytesIO(sheet(organizer, event))).pages
    assert "Crew Ola Nordmann" in page.extract_text()
