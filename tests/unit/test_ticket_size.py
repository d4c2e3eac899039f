"""What a ticket takes in the table: a door that writes it pays one unit while it is within 1 KB."""

from typing import Any

from boto3.dynamodb.types import TypeSerializer

from admit.catalog.badge import PersonRole
from admit.ids import derived_id, order_id
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.tickets.ticket import Allocation, Passage, Ticket
from bench.charges import write_units
from tests.builders import NOW

ADDRESS = "ingrid.dahl@polar-systems.example"


def a_full_ticket(**fields: Any) -> Ticket:
    """Return a ticket of a company that somebody has been given, with all that a ticket usually says."""
    holder = Holder(
        email=ADDRESS, name="Ingrid Johanne Dahl", company="Polar Systems AS", title="Head of Partnerships"
    )
    said: dict[str, Any] = {
        "order_id": order_id("event-1", "size"),
        "number": 112,
        "event_id": derived_id("event", "size"),
        "shard": 12,
        "tier_id": derived_id("tier", "size"),
        "tier_title": "Two-day pass, gallery",
        "revision": 3,
        "drawn": "0123456789abcdef",
        "holder": holder,
        "person_id": derived_id("person", "size"),
        "role": PersonRole.ATTENDEE,
        "buyer_email": ADDRESS,
        "company_id": derived_id("company", "size"),
        "seat": SeatPlace(id="stalls_left-12-117", section="Stalls left", row="Row 12", label="117"),
        "distribution": derived_id("distribution", "size"),
        "downloaded": 3,
        "event_ends_at": NOW,
    }
    return Ticket.model_validate(said | fields)


def units(ticket: Ticket) -> int:
    put, encode = ticket.put(), TypeSerializer().serialize
    item = {"pk": put.key.pk, "sk": put.key.sk, **put.item}
    return write_units({name: encode(value) for name, value in item.items()})


def test_a_full_ticket_with_a_seat_is_let_in_for_one_write_unit() -> None:
    passage = Passage(
        at=NOW, device_id=derived_id("device", "size"), device_name="Main entrance", nonce="n" * 36
    )
    assert units(a_full_ticket(entries=1, last_entry=passage)) == 1


def test_a_ticket_in_a_cart_is_allocated_for_one_write_unit() -> None:
    line = Allocation(relay=ADDRESS, contact_id=derived_id("contact", "size"))
    assert units(a_full_ticket(allocation=line, distribution=None)) == 1


def test_what_says_nothing_is_not_stored_and_is_read_as_it_was() -> None:
    ticket = a_full_ticket()
    assert not {"quiet", "grants"} & ticket.put().item.keys()
    assert Ticket.of(ticket.put().item) == ticket
    assert Ticket.of(ticket.model_copy(update={"quiet": True}).put().item).quiet
