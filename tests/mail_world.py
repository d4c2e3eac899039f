"""What mails are written of in tests, without a table: an event, its order, a ticket of it, and the desk."""

from typing import Any

from admit.catalog.catalog import Catalog
from admit.catalog.event import Event, EventStatus, InvoicePolicy
from admit.mail.letter import Desk
from admit.people.person import Holder
from admit.stock.stock import Stock
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket
from tests.builders import NOW, event_settings

LINKS = Links("a secret", "https://api.example", "https://site.example")
KARI, OLA = "kari@polar.example", "ola@polar.example"


def an_event(**overrides: Any) -> Event:
    fields = event_settings(slug="northern-lights").model_dump()
    return Event.model_validate(
        fields
        | {
            "id": "event-1",
            "organizer_id": "organizer-1",
            "status": EventStatus.PUBLISHED,
            "hold_minutes": 10,
            "invoice_policy": InvoicePolicy.ON_PAYMENT,
            "stock": Stock.opened("event-1", None),
            "public_key": "00",
            "request_hash": "x",
            "created_at": NOW,
        }
        | overrides
    )


def a_ticket(**overrides: Any) -> Ticket:
    fields: dict[str, Any] = {
        "order_id": "order-1",
        "number": 1,
        "event_id": "event-1",
        "shard": 0,
        "tier_id": "tier-1",
        "tier_title": "Two-day pass",
        "holder": Holder(email=OLA, name="Ola Nordmann"),
        "buyer_email": KARI,
        "event_ends_at": NOW,
    }
    return Ticket.model_validate(fields | overrides)


def a_desk(event: Event | None = None, **catalog: Any) -> Desk:
    fields: dict[str, Any] = {"event": event or an_event(), "categories": {}, "tiers": {}, "lists": {}}
    return Desk(Catalog(**fields | catalog), LINKS)
