"""Lists, zones and gates at work: who is let in, against the rules as well, and what is taken back."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import Again
from admit.clock import stamp
from admit.door.admit import Direction
from admit.door.answer import ADVICE, Result
from admit.door.device import Device, Profile
from admit.door.undo import Undone, UndoRequest, undo
from admit.errors import Forbidden, NotFound
from admit.ids import ticket_id
from admit.orders.order import Order
from admit.seating.seat import SeatPlace
from admit.store import Update
from admit.tickets.scan import FEW, Outcome, Reason
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket
from admit.tickets.transfer import Transfer, TransferStatus, load_transfer
from tests.builders import NOW, a_name, a_price, an_event, later, other_tier
from tests.engine.doors import a_device, code, issued, scan, told, with_gate, with_list, with_zone
from tests.engine.unguarded import Unguarded

OUT = Direction.OUT


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, {"title": "Backstage", "prices": [a_price(0)]})


def ticket_of(table: DynamoTable, order: Order, number: int = 1) -> Ticket:
    return load_ticket(table, ticket_id(order.id, number))


def set_on(table: DynamoTable, order: Order, **said: Any) -> None:
    for name, value in said.items():
        table.write(Update(keys.ticket(order.id, 1), f"SET #{name} = :value", None, {"value": value}))


def inside(table: DynamoTable, catalog: Catalog, place_id: str) -> int:
    item = table.get(keys.inside(catalog.event.id, place_id)) or {"inside": 0}
    return int(item["inside"])


# --- lists ------------------------------------------------------------------------------------------------


def test_a_list_admits_by_section_and_role(table: DynamoTable, catalog: Catalog) -> None:
    lists: dict[str, dict[str, Any]] = {
        "section": {"section_ids": ["stalls"]},
        "role": {"roles": [PersonRole.SPEAKER, PersonRole.STAFF]},
    }
    for name, rules in lists.items():
        catalog = with_list(catalog, name, **rules)
    device = a_device(table, catalog, list_ids=list(lists))

    def admits(order: Order) -> list[str]:
        credential = code(catalog, order)
        answers = [scan(table, catalog, device, credential=credential, list_id=name) for name in lists]
        return [told(answer) for answer in answers]

    plain, seated, speaker = (issued(table, catalog) for _ in range(3))
    place = SeatPlace(id="stalls-1-7", section="Stalls", row="1", label="7")
    set_on(table, seated, seat=place.model_dump())
    set_on(table, speaker, role=PersonRole.SPEAKER)
    assert admits(plain) == ["wrong_list", "wrong_list"]
    assert admits(seated) == ["admitted", "wrong_list"]
    assert admits(speaker) == ["wrong_list", "admitted"]


def test_a_list_of_a_category_admits_the_tiers_of_it(table: DynamoTable, catalog: Catalog) -> None:
    listed = with_list(catalog, category_ids=["somewhere else"])
    device = a_device(table, listed, list_id="strict")
    assert told(scan(table, listed, device, credential=code(listed, issued(table, listed)))) == "wrong_list"


def test_who_has_no_other_role_is_an_attendee(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_list(catalog, roles=[PersonRole.ATTENDEE])
    device = a_device(table, catalog, list_id="strict")
    assert told(scan(table, catalog, device, credential=code(catalog, issued(table, catalog)))) == "admitted"


def test_a_list_admits_within_its_hours_and_lets_out_at_any_time(
    table: DynamoTable, catalog: Catalog
) -> None:
    catalog = with_list(catalog, starts_at=later(0), ends_at=later(60))
    device = a_device(table, catalog, list_id="strict")
    credential = code(catalog, issued(table, catalog))

    def at(minute: int, **said: Any) -> str:
        return told(scan(table, catalog, device, later(minute), credential=credential, **said))

    assert [at(-1), at(5), at(61, direction=OUT), at(62)] == ["not_yet", "admitted", "admitted", "ended"]


def test_a_list_may_wait_for_the_money(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_list(catalog, paid_only=True)
    strict, lenient = a_device(table, catalog, list_id="strict"), a_device(table, catalog)
    unpaid = issued(table, catalog)
    set_on(table, unpaid, unpaid=True)
    credential = code(catalog, unpaid)
    assert told(scan(table, catalog, strict, credential=credential)) == "unpaid"
    assert told(scan(table, catalog, lenient, credential=credential)) == "admitted"


def test_a_ticket_is_let_in_once_a_day_by_a_list_that_says_so(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_list(catalog, again=Again.NEXT_DAY)
    device = a_device(table, catalog, list_id="strict")
    credential = code(catalog, issued(table, catalog))

    def at(hours: int) -> str:
        return told(scan(table, catalog, device, NOW + timedelta(hours=hours), credential=credential))

    assert [at(0), at(1), at(24), at(25)] == ["admitted", "already_in", "admitted", "already_in"]


def test_a_zone_within_the_event_is_gone_into_by_itself(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_list(with_zone(catalog, "lounge"), "lounge", zone_id="lounge", again=Again.NEVER)
    device = a_device(table, catalog, list_ids=["everyone", "lounge"])
    order = issued(table, catalog)
    credential = code(catalog, order)

    def at(minute: int, list_id: str, **said: Any) -> str:
        return told(
            scan(table, catalog, device, later(minute), credential=credential, list_id=list_id, **said)
        )

    ways = [
        at(0, "everyone"),
        at(1, "lounge"),
        at(2, "lounge", direction=OUT),
        at(3, "lounge"),
        at(4, "everyone"),
    ]

    assert ways == ["admitted", "admitted", "admitted", "already_used", "already_in"]
    ticket = ticket_of(table, order)
    assert (ticket.admission, ticket.inside, ticket.entries) == ("in", {"event": ""}, 2)


def test_a_device_with_several_lists_says_which_it_means(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_list(catalog)
    device = a_device(table, catalog, list_ids=["everyone", "strict"])
    with pytest.raises(Exception, match="Some fields"):
        scan(table, catalog, device, credential=code(catalog, issued(table, catalog)))


# --- room -------------------------------------------------------------------------------------------------


def test_twenty_at_once_fill_a_gate_to_its_capacity(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_gate(catalog, "north", capacity=7)
    device = a_device(table, catalog, gate_id="north")
    orders = [issued(table, catalog) for _ in range(20)]

    def come(order: Order) -> str:
        return told(scan(table, catalog, device, credential=code(catalog, order)))

    with ThreadPoolExecutor(20) as threads:
        answers = Counter(threads.map(come, orders))

    assert answers == {"admitted": 7, "gate_full": 13}
    assert inside(table, catalog, "north") == 7


def test_without_its_condition_a_gate_takes_more_than_it_has_room_for(
    table: DynamoTable, catalog: Catalog
) -> None:
    catalog = with_gate(catalog, "north", capacity=2)
    device = a_device(table, catalog, gate_id="north")
    loose = Unguarded(table, "INSIDE#")
    answers = [
        told(scan(loose, catalog, device, credential=code(catalog, issued(table, catalog)))) for _ in "123"
    ]
    assert answers == ["admitted"] * 3


def test_room_comes_back_with_who_leaves_by_whatever_gate(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_gate(with_gate(with_zone(catalog, "event", capacity=2), "north", capacity=1), "south")
    north, south = a_device(table, catalog, gate_id="north"), a_device(table, catalog, gate_id="south")
    first, second, third = (issued(table, catalog) for _ in range(3))

    def come(device: Device, order: Order, minute: int, **said: Any) -> str:
        return told(scan(table, catalog, device, later(minute), credential=code(catalog, order), **said))

    assert come(north, first, 0) == "admitted"
    assert come(north, second, 1) == "gate_full"
    assert come(south, second, 2) == "admitted"
    assert come(south, third, 3) == "gate_full"
    assert come(south, first, 4, direction=OUT) == "admitted"
    assert (inside(table, catalog, "north"), inside(table, catalog, "event")) == (0, 1)
    assert come(north, third, 5) == "admitted"


def test_a_full_gate_opens_to_a_supervisor_and_counts_him_all_the_same(
    table: DynamoTable, catalog: Catalog
) -> None:
    catalog = with_gate(catalog, "north", capacity=1)
    device = a_device(table, catalog, gate_id="north", profile=Profile.SUPERVISOR)
    first, second = issued(table, catalog), issued(table, catalog)
    scan(table, catalog, device, credential=code(catalog, first))

    forced = scan(table, catalog, device, credential=code(catalog, second), force=True)

    assert told(forced) == "admitted"
    assert inside(table, catalog, "north") == 2


# --- refusals ---------------------------------------------------------------------------------------------


def refusing(  # noqa: PLR0912 (one case a reason)
    table: DynamoTable, catalog: Catalog, reason: Reason
) -> tuple[Catalog, Order, dict[str, Any]]:
    """Return the rules under which a ticket is refused for a reason, the order of it, and what is sent."""
    order = issued(table, catalog)
    sent: dict[str, Any] = {"credential": code(catalog, order)}
    match reason:
        case Reason.INVALID:
            sent = {"credential": "HELLO"}
        case Reason.WRONG_EVENT:
            other = an_event(table)
            sent = {"credential": code(other, issued(table, other))}
        case Reason.WRONG_LIST:
            catalog = with_list(catalog, "everyone", tier_ids=[other_tier(catalog)])
        case Reason.NOT_YET:
            catalog = with_list(catalog, "everyone", starts_at=later(10))
        case Reason.ENDED:
            catalog = with_list(catalog, "everyone", ends_at=later(-10))
        case Reason.UNPAID:
            catalog = with_list(catalog, "everyone", paid_only=True)
            set_on(table, order, unpaid=True)
        case Reason.SUSPENDED | Reason.CANCELLED:
            set_on(table, order, status=TicketStatus(reason))
        case Reason.IN_TRANSFER:
            offer = {"sequence": 1, "to": "ola@polar.example", "until": "2099-01-01T00:00:00.000Z"}
            set_on(table, order, transfer=offer, offers=1)
        case Reason.SUPERSEDED:
            set_on(table, order, revision=1)
        case Reason.ALREADY_IN | Reason.ALREADY_USED:
            catalog = with_list(catalog, "everyone", again=Again.NEVER)
            device = a_device(table, catalog)
            scan(table, catalog, device, later(-2), credential=sent["credential"])
            if reason is Reason.ALREADY_USED:
                scan(table, catalog, device, later(-1), credential=sent["credential"], direction=OUT)
        case Reason.OUT_FIRST:
            sent["direction"] = OUT
        case Reason.GATE_FULL:
            catalog = with_gate(catalog, "north", capacity=1)
            device = a_device(table, catalog, gate_id="north")
            scan(table, catalog, device, credential=code(catalog, issued(table, catalog)))
    return catalog, order, sent


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_is_told_kept_and_told_again_whatever_has_changed(
    table: DynamoTable, catalog: Catalog, reason: Reason
) -> None:
    ruled, order, sent = refusing(table, catalog, reason)
    device = a_device(table, ruled, gate_id="north" if reason is Reason.GATE_FULL else None)

    first = scan(table, ruled, device, nonce="once", **sent)
    set_on(table, order, status=TicketStatus.VALID, revision=0, unpaid=False)
    again = scan(table, ruled, device, later(5), nonce="once", **sent)

    assert (first.result, first.reason, first.advice) == (Result.REFUSED, reason, ADVICE[reason])
    assert (again.result, again.reason) == (Result.REFUSED, reason)
    assert (first.earlier is not None) == (reason in (Reason.ALREADY_IN, Reason.ALREADY_USED))
    if reason not in (Reason.INVALID, Reason.WRONG_EVENT):
        [kept] = [one for one in ticket_of(table, order).scans.values() if one.outcome is Outcome.REFUSED]
        assert (kept.reason, kept.device_id) == (reason, device.id)


def test_a_nonce_means_the_same_when_its_ticket_keeps_it_no_more(
    table: DynamoTable, catalog: Catalog
) -> None:
    device, order = a_device(table, catalog), issued(table, catalog)
    for at in range(FEW + 4):
        way = OUT if at % 2 else Direction.IN
        at_night = NOW + timedelta(days=2 * at)
        scan(table, catalog, device, at_night, credential=code(catalog, order), nonce=f"n{at}", direction=way)
    ticket = ticket_of(table, order)
    assert ticket.settled is not None
    assert (len(ticket.scans), ticket.entries) == (FEW, (FEW + 4) // 2)


# --- against the rules ------------------------------------------------------------------------------------


FORCED = [
    Reason.WRONG_LIST,
    Reason.NOT_YET,
    Reason.ENDED,
    Reason.UNPAID,
    Reason.SUSPENDED,
    Reason.ALREADY_IN,
    Reason.ALREADY_USED,
]


@pytest.mark.parametrize("reason", FORCED)
def test_a_supervisor_lets_in_against_the_rules_and_says_why(
    table: DynamoTable, catalog: Catalog, reason: Reason
) -> None:
    ruled, order, sent = refusing(table, catalog, reason)
    supervisor = a_device(table, ruled, profile=Profile.SUPERVISOR)
    refused = scan(table, ruled, supervisor, **sent)

    forced = scan(table, ruled, supervisor, later(1), force=True, force_reason="checked her passport", **sent)

    assert (refused.may_force, told(forced)) == (True, "admitted")
    [kept] = [one for one in ticket_of(table, order).scans.values() if one.forced]
    assert (kept.forced, kept.outcome) == ("checked her passport", Outcome.ADMITTED)


@pytest.mark.parametrize("reason", [Reason.CANCELLED, Reason.SUPERSEDED])
def test_nobody_is_forced_in_with_what_is_not_his(
    table: DynamoTable, catalog: Catalog, reason: Reason
) -> None:
    ruled, order, sent = refusing(table, catalog, reason)
    supervisor = a_device(table, ruled, profile=Profile.SUPERVISOR)
    forced = scan(table, ruled, supervisor, force=True, **sent)
    assert (told(forced), forced.may_force) == (str(reason), False)
    assert ticket_of(table, order).entries == 0


def test_a_supervisor_who_lets_in_with_an_offered_ticket_ends_the_offer(
    table: DynamoTable, catalog: Catalog
) -> None:
    order = issued(table, catalog)
    offer = Transfer(
        order_id=order.id,
        number=1,
        sequence=1,
        event_id=catalog.event.id,
        tier_title="Free ticket",
        from_email="kari@polar.example",
        from_name="Kari Nordmann",
        to_email="ola@polar.example",
        gives_ownership=False,
        offered_at=NOW,
        until=later(600),
    )
    table.write(offer.put())
    set_on(
        table, order, offers=1, transfer={"sequence": 1, "to": offer.to_email, "until": stamp(offer.until)}
    )
    supervisor = a_device(table, catalog, profile=Profile.SUPERVISOR)
    shown = {"credential": code(catalog, order), "nonce": "force"}

    refused = scan(table, catalog, supervisor, credential=code(catalog, order))
    forced = [scan(table, catalog, supervisor, later(1), force=True, **shown) for _ in range(2)]

    assert (refused.reason, refused.may_force) == (Reason.IN_TRANSFER, True)
    assert [told(one) for one in forced] == ["admitted"] * 2
    ticket = ticket_of(table, order)
    assert (ticket.transfer, ticket.entries) == (None, 1)
    assert load_transfer(table, offer.code).status is TransferStatus.CANCELLED


def test_other_devices_force_nothing(table: DynamoTable, catalog: Catalog) -> None:
    device = a_device(table, catalog, profile=Profile.SEARCH)
    with pytest.raises(Forbidden):
        scan(table, catalog, device, credential=code(catalog, issued(table, catalog)), force=True)


def test_a_device_that_only_scans_finds_no_ticket_by_its_id_and_sees_no_address(
    table: DynamoTable, catalog: Catalog
) -> None:
    order = issued(table, catalog)
    set_on(table, order, holder={"email": "ola@polar.example", "name": "Ola"})
    scanner, finder = a_device(table, catalog, profile=Profile.SCAN), a_device(table, catalog)
    with pytest.raises(Forbidden):
        scan(table, catalog, scanner, ticket_id=ticket_id(order.id, 1))
    seen = scan(table, catalog, scanner, credential=code(catalog, order)).person
    found = scan(table, catalog, finder, ticket_id=ticket_id(order.id, 1)).person
    assert seen is not None
    assert found is not None
    assert (seen.name, seen.email, found.email) == ("Ola", None, "ola@polar.example")


def test_the_door_looks_twice_where_it_was_told_to(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    set_on(table, order, attention=True, note="Ask for the student card", person_note="Wheelchair")
    answer = scan(table, catalog, a_device(table, catalog), credential=code(catalog, order))
    assert (answer.attention, answer.notes) == (True, ["Ask for the student card", "Wheelchair"])


# --- taken back -------------------------------------------------------------------------------------------


def take_back(
    table: DynamoTable, catalog: Catalog, device: Device, order: Order, minute: int = 30, **said: Any
) -> Undone:
    request = {"ticket_id": ticket_id(order.id, 1), "nonce": a_name("undo")} | said
    return undo(table, catalog, device, UndoRequest.model_validate(request), later(minute))


def test_an_entry_that_is_taken_back_never_was(table: DynamoTable, catalog: Catalog) -> None:
    catalog = with_gate(with_list(catalog, again=Again.NEVER), "north", capacity=5)
    device = a_device(table, catalog, list_id="strict", gate_id="north")
    order = issued(table, catalog)
    credential = code(catalog, order)
    scan(table, catalog, device, credential=credential)

    first = take_back(table, catalog, device, order, nonce="u")
    again = take_back(table, catalog, device, order, nonce="u")

    assert first == again
    assert (first.direction, first.at, first.admission) == (Direction.IN, NOW, "out")
    assert (ticket_of(table, order).entries, inside(table, catalog, "north")) == (0, 0)
    assert told(scan(table, catalog, device, later(40), credential=credential)) == "admitted"


def test_an_exit_that_is_taken_back_leaves_him_inside(table: DynamoTable, catalog: Catalog) -> None:
    device, order = a_device(table, catalog), issued(table, catalog)
    scan(table, catalog, device, credential=code(catalog, order))
    scan(table, catalog, device, later(1), credential=code(catalog, order), direction=OUT, nonce="out")
    assert take_back(table, catalog, device, order, scan_nonce="out").admission == "in"


def test_what_another_device_did_only_a_supervisor_takes_back(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    scan(table, catalog, a_device(table, catalog), credential=code(catalog, order))
    with pytest.raises(Forbidden):
        take_back(table, catalog, a_device(table, catalog), order)
    supervisor = a_device(table, catalog, profile=Profile.SUPERVISOR)
    assert take_back(table, catalog, supervisor, order).admission == "out"


def test_where_nobody_went_in_nothing_is_taken_back(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    with pytest.raises(NotFound):
        take_back(table, catalog, a_device(table, catalog), order)
    with pytest.raises(NotFound):
        take_back(table, catalog, a_device(table, catalog), order, ticket_id="nonsense")


def test_a_former_holder_takes_nothing_back_and_is_told_nothing(table: DynamoTable, catalog: Catalog) -> None:
    device, order = a_device(table, catalog), issued(table, catalog)
    credential = code(catalog, order)
    scan(table, catalog, device, credential=credential, nonce="first")
    take_back(table, catalog, device, order)
    set_on(table, order, revision=1, holder={"email": "ola@polar.example", "name": "Ola"})

    again = scan(table, catalog, device, later(40), credential=credential, nonce="first")

    assert (again.result, again.reason, again.person) == (Result.REFUSED, None, None)
    with pytest.raises(NotFound):
        take_back(table, catalog, device, order, ticket_id=None, credential=credential)


# --- the way out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["cancelled", "suspended", "offered"])
def test_who_is_inside_may_leave_whatever_became_of_his_ticket(
    table: DynamoTable, catalog: Catalog, what: str
) -> None:
    catalog = with_gate(catalog, "north", capacity=1)
    device, order = a_device(table, catalog, gate_id="north"), issued(table, catalog)
    scan(table, catalog, device, credential=code(catalog, order))
    if what == "offered":
        offer = {"sequence": 1, "to": "ola@polar.example", "until": "2099-01-01T00:00:00.000Z"}
        set_on(table, order, transfer=offer)
    else:
        set_on(table, order, status=TicketStatus(what))

    left = scan(table, catalog, device, later(1), credential=code(catalog, order), direction=OUT)

    assert (told(left), inside(table, catalog, "north")) == ("admitted", 0)


@pytest.mark.parametrize("capacity", [None, 9])
def test_who_leaves_the_event_leaves_its_zones_and_takes_room_of_a_gate_once(
    table: DynamoTable, catalog: Catalog, capacity: int | None
) -> None:
    catalog = with_list(with_zone(catalog, "lounge"), "lounge", zone_id="lounge")
    catalog = with_gate(catalog, "north", capacity=capacity)
    device = a_device(table, catalog, list_ids=["everyone", "lounge"], gate_id="north")
    order = issued(table, catalog)
    for minute, list_id in enumerate(["everyone", "lounge"]):
        scan(table, catalog, device, later(minute), credential=code(catalog, order), list_id=list_id)
    assert inside(table, catalog, "north") == (1 if capacity else 0)

    scan(table, catalog, device, later(3), credential=code(catalog, order), list_id="everyone", direction=OUT)

    assert (ticket_of(table, order).inside, inside(table, catalog, "north")) == ({}, 0)


def test_a_list_of_more_tiers_than_one_comparison_takes_admits(table: DynamoTable, catalog: Catalog) -> None:
    order = issued(table, catalog)
    tiers = [f"tier{number}" for number in range(230)] + [ticket_of(table, order).tier_id]
    catalog = with_list(catalog, tier_ids=tiers)
    device = a_device(table, catalog, list_id="strict")
    assert told(scan(table, catalog, device, credential=code(catalog, order))) == "admitted"
