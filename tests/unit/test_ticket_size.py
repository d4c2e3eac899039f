"""What a ticket takes in the table: a door that writes it pays one unit while it is within 1 KB."""

from typing import Any

from boto3.dynamodb.types import TypeSerializer

from admit.catalog.badge import PersonRole
from admit.ids import derived_id, order_id
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.tickets.scan import ScanRecord, scan_id
from admit.tickets.ticket import Allocation, Ticket
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


def an_ordinary_ticket(**fields: Any) -> Ticket:
    """Return a ticket that somebody has bought for himself, without a seat."""
    plain = {
        "company_id": None,
        "distribution": None,
        "seat": None,
        "revision": 0,
        "holder": Holder(email=ADDRESS, name="Ingrid Johanne Dahl"),
    }
    return a_full_ticket(**plain | fields)


def let_in(ticket: Ticket) -> Ticket:
    """Return a ticket after its holder went in by a gate."""
    gate = derived_id("gate", "size")
    scan = ScanRecord(
        at=NOW,
        device_id=derived_id("device", "size"),
        device_name="Main entrance, left",
        gate_id=gate,
        list_id="everyone",
    )
    named = {scan_id(scan.device_id, "n" * 36): scan}
    walked = {"inside": {"event": gate}, "entered": {"event": NOW}, "scanned_at": NOW}
    return ticket.model_copy(update={"scans": named, "entries": 1, "scan_count": 1, **walked})


def test_an_ordinary_ticket_is_let_in_for_one_write_unit() -> None:
    assert units(let_in(an_ordinary_ticket())) == 1


def test_a_full_ticket_with_a_seat_is_let_in_for_two_write_units_at_most() -> None:
    assert units(let_in(a_full_ticket())) <= 2


def test_a_full_ticket_that_doors_are_told_everything_of_is_let_in_for_two_write_units() -> None:
    notes = {"note": "n" * 200, "person_note": "p" * 200, "attention": True, "unpaid": True}
    assert units(let_in(a_full_ticket(**notes, printed=["0123456789abcdef"] * 3))) <= 2


def test_a_ticket_in_a_cart_is_allocated_for_one_write_unit() -> None:
    line = Allocation(relay=ADDRESS, contact_id=derived_id("contact", "size"))
    assert units(a_full_ticket(allocation=line, distribution=None)) == 1


def test_what_says_nothing_is_not_stored_and_is_read_as_it_was() -> None:
    ticket = a_full_ticket()
    unsaid = {"quiet", "grants", "unpaid", "attention", "note", "person_note", "printed"}
    assert not unsaid & ticket.put().item.keys()
    assert Ticket.of(ticket.put().item) == ticket
    assert Ticket.of(ticket.model_copy(update={"quiet": True}).put().item).quiet
