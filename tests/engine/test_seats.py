"""Seats of orders: each is one ticket's, from the order to its end, whoever is quicker."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.catalog.event import LatePayment
from admit.catalog.seating import SeatChoice, Seating
from admit.errors import Invalid, SeatTaken, SoldOut, WrongState
from admit.mail.mails import AboutSeat, AboutSeats, Mail, MailRequest
from admit.mail.write import write
from admit.orders.imports import work_on
from admit.orders.order import OrderStatus, load_order
from admit.orders.place import place_anew
from admit.orders.price import LineRequest
from admit.seating.plan import PlanSection, load_section, section_put
from admit.store import Contention
from admit.tickets.seat import SeatMove, SeatMovesRequest, move_seats, seat_order
from tests.builders import NOW, a_draft_order, a_name, an_event, default_tier
from tests.engine.api import FOUNDER
from tests.engine.hands import FREE_TIER, given
from tests.engine.seats import HALL, a_hall, maps_of, said, seat_ids, seated_till
from tests.engine.till import Json, Opened, Till, tills
from tests.engine.unguarded import Unguarded

FREE = {"amount": 0, "currency": "EUR"}


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return seated_till(opened(FREE_TIER))


def picked(till: Till, *seats: str, **fields: Any) -> Json:
    """What a buyer sends who has picked seats."""
    lines = [{"tier_id": till.tier, "quantity": len(seats), "seats": list(seats)}]
    return {"lines": lines, "total": FREE} | fields


def bought(till: Till, *seats: str, **fields: Any) -> Json:
    order = till.buy(len(seats), "free", **picked(till, *seats, **fields))
    till.issue(order)
    return order


def seats_of(till: Till, order: Json) -> list[str | None]:
    return [ticket.seat.id if ticket.seat else None for ticket in till.tickets(order)]


def test_who_picks_seats_has_them_on_his_tickets(till: Till) -> None:
    order = bought(till, "hall-2-4", "hall-2-5")
    assert seats_of(till, order) == ["hall-2-4", "hall-2-5"]
    assert said(till.table, till.event_id) == {
        "hall-2-4": f"{order['id']}-1",
        "hall-2-5": f"{order['id']}-2",
    }
    shown = till.seen(order)["tickets"][0]
    assert (shown["seat"], shown["seat_id"]) == ("Hall · 2 · 4", "hall-2-4")
    assert till.drifts() == []


def test_a_seat_that_somebody_has_is_refused_by_name_and_nothing_is_taken(till: Till) -> None:
    bought(till, "hall-2-4")
    answer = till.place(2, "free", **picked(till, "hall-2-3", "hall-2-4"))
    assert (answer.status, answer.body["code"]) == (409, "seat_taken")
    assert [fault["field"] for fault in answer.body["errors"]] == ["lines[0].seats[1]"]
    assert list(said(till.table, till.event_id)) == ["hall-2-4"]
    assert till.drifts() == []


def test_the_same_request_again_finds_its_order_and_seats(till: Till) -> None:
    body = {
        "buyer": {"email": "kari@home.example", "name": "Kari Nordmann"},
        "payment_method": "free",
        **picked(till, "hall-1-1", "hall-1-2"),
    }
    path = f"{till.public}/orders"
    first = till.api.post(path, body, idempotency_key="twice")
    again = till.api.post(path, body, idempotency_key="twice")
    assert (first.status, again.status) == (201, 201)
    assert first.body["id"] == again.body["id"]
    assert len(said(till.table, till.event_id)) == 2


@pytest.mark.parametrize(
    ("seats", "field", "message"),
    [
        (["hall-9-1"], "lines[0].seats[0]", "is not a seat of this event"),
        (["balcony-1-1"], "lines[0].seats[0]", "is not a seat of this event"),
        (["front row"], "lines[0].seats[0]", "is not the id of a seat"),
        (["hall-1-1", "hall-1-1"], "lines[0].seats[0]", "is asked for twice"),
    ],
)
def test_a_seat_that_is_none_is_named(till: Till, seats: list[str], field: str, message: str) -> None:
    for path in ("orders", "quote"):
        body = picked(till, *seats)
        answer = (
            till.place(len(seats), "free", **body)
            if path == "orders"
            else till.api.post(f"{till.public}/quote", {"lines": body["lines"]})
        )
        assert answer.status == 422
        assert answer.body["errors"][0] == {"field": field, "message": message, "code": "invalid"}


def test_as_many_seats_as_tickets_are_asked_for_or_none(till: Till) -> None:
    lines = [{"tier_id": till.tier, "quantity": 3, "seats": ["hall-1-1"]}]
    answer = till.place(3, "free", lines=lines, total=FREE)
    assert answer.body["errors"][0]["message"] == "must be 3, one for each ticket, or none"


def test_who_names_no_seats_gets_the_best_ones_together(till: Till) -> None:
    order = till.buy(4, "free", total=FREE)
    assert seat_ids(till.order(order)) == ["hall-1-4", "hall-1-5", "hall-1-6", "hall-1-7"]


def test_lines_that_may_sit_in_the_same_seats_sit_together(opened: Opened) -> None:
    till = opened(FREE_TIER)
    child = {"title": "Child", "ticket_limit": 50, **FREE_TIER}
    child["category"] = till.catalog.tiers[till.tier].category
    second = till.api.post(f"{till.path}/tiers", child, as_=FOUNDER).body["id"]
    seating = a_hall(till.table, till.event_id, till.tier)
    category = seating.categories[0].model_copy(update={"tier_ids": [till.tier, second]})
    till.table.write(seating.model_copy(update={"categories": [category], "revision": 2}).put().over(1))
    till.goes_on(seconds=6)
    lines = [{"tier_id": till.tier, "quantity": 2}, {"tier_id": second, "quantity": 2}]
    order = till.buy(4, "free", lines=lines, total=FREE)
    assert seat_ids(till.order(order)) == ["hall-1-4", "hall-1-5", "hall-1-6", "hall-1-7"]


def test_seats_run_out_before_the_tier_does(till: Till) -> None:
    bought(till, *(f"hall-{row}-{seat}" for row in (1, 2, 3) for seat in range(1, 11)))
    bought(till, *(f"hall-4-{seat}" for seat in range(1, 10)))
    answer = till.place(2, "free", total=FREE)
    assert (answer.status, answer.body["code"]) == (409, "sold_out")
    assert till.place(1, "free", total=FREE).status == 201


def test_an_order_that_expires_leaves_its_seats(opened: Opened) -> None:
    till = seated_till(opened())
    order = till.buy(2)
    assert len(said(till.table, till.event_id)) == 2
    till.goes_on(minutes=11)
    till.sweep()
    assert till.order(order).status is OrderStatus.EXPIRED
    assert said(till.table, till.event_id) == {}
    assert till.drifts() == []


def test_a_ticket_that_is_cancelled_leaves_its_seat_and_the_others_stay(till: Till) -> None:
    order = bought(till, "hall-3-1", "hall-3-2", "hall-3-3")
    till.did(order, "cancel", {"tickets": [2]})
    assert set(said(till.table, till.event_id)) == {"hall-3-1", "hall-3-3"}
    till.did(order, "cancel", {})
    assert said(till.table, till.event_id) == {}
    assert till.drifts() == []


def test_seats_of_an_order_that_waits_for_approval_are_given_when_it_is_approved(opened: Opened) -> None:
    till = seated_till(opened({**FREE_TIER, "approval_required": True}))
    first = till.buy(1, "free", **picked(till, "hall-1-1"))
    second = till.buy(1, "free", **picked(till, "hall-1-1"))
    assert said(till.table, till.event_id) == {}
    till.did(first, "approve")
    refused = till.act(second, "approve")
    assert (refused.status, refused.body["code"]) == (409, "seat_taken")
    till.did(second, "approve", {"other_seats": True})
    assert len(said(till.table, till.event_id)) == 2
    assert till.drifts() == []


def paid_late(till: Till, *seats: str) -> Json:
    order = till.buy(len(seats), lines=picked(till, *seats)["lines"])
    page = till.page(order)
    present = till.gateway.pages[page]
    till.goes_on(minutes=11)
    till.sweep()
    assert till.order(order).status is OrderStatus.EXPIRED
    till.gateway.pages[page] = present
    return order


def test_what_is_picked_is_looked_at_though_it_waits_for_approval(opened: Opened) -> None:
    till = seated_till(opened({**FREE_TIER, "approval_required": True}))
    answer = till.place(1, "free", **picked(till, "nonsense!"))
    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "lines[0].seats[0]")


def test_an_order_whose_seat_is_in_the_plan_no_more_is_approved_with_another(opened: Opened) -> None:
    till = seated_till(opened({**FREE_TIER, "approval_required": True}))
    order = till.buy(1, "free", **picked(till, "hall-4-1"))
    seating = till.catalog.seating
    assert seating
    small = a_hall_again(till, seating, rows=3)
    assert small
    assert till.act(order, "approve").status == 422
    till.did(order, "approve", {"other_seats": True})
    assert len(till.order(order).seats) == 1


def a_hall_again(till: Till, seating: Seating, *, rows: int) -> Seating:
    """Give an event another version of its plan, with less rows."""
    plan = load_section(till.table, till.event_id, seating.version, HALL)
    kept = {name: row for name, row in plan.rows.items() if int(name) <= rows}
    version = seating.version + 1
    till.table.write(section_put(till.event_id, version, PlanSection(HALL, plan.title, kept)))
    after = seating.model_copy(update={"version": version, "revision": seating.revision + 1})
    till.table.write(after.put().over(seating.revision))
    till.goes_on(seconds=6)
    return after


def test_a_seat_and_a_stock_that_are_gone_together_are_a_plain_refusal(opened: Opened) -> None:
    till = seated_till(opened({**FREE_TIER, "ticket_limit": 1}))
    bought(till, "hall-1-1")
    answer = till.place(1, "free", **picked(till, "hall-1-1"))
    assert (answer.status, answer.body["code"]) == (409, "seat_taken")


def test_who_needs_room_for_a_wheelchair_gets_it_whatever_line_he_is_in(opened: Opened) -> None:
    till = opened(FREE_TIER)
    child = {"title": "Child", "ticket_limit": 50, **FREE_TIER}
    child["category"] = till.catalog.tiers[till.tier].category
    second = till.api.post(f"{till.path}/tiers", child, as_=FOUNDER).body["id"]
    seats: Any = {"s2_1": {"kind": "accessible"}}
    seating = a_hall(till.table, till.event_id, till.tier, **seats)
    category = seating.categories[0].model_copy(update={"tier_ids": [till.tier, second]})
    till.table.write(seating.model_copy(update={"categories": [category], "revision": 2}).put().over(1))
    till.goes_on(seconds=6)
    lines = [
        {"tier_id": till.tier, "quantity": 2},
        {"tier_id": second, "quantity": 1, "accessible": 1},
    ]
    order = till.order(till.buy(3, "free", lines=lines, total=FREE))
    assert [claim.place.id for claim in order.seats if claim.ticket == 3] == ["hall-2-1"]


def test_seats_that_the_organizer_names_are_held_though_others_are_seated_later(opened: Opened) -> None:
    till = seated_till(opened(FREE_TIER), choice=SeatChoice.LATER)
    body = {
        "lines": [{"tier_id": till.tier, "quantity": 1, "seats": ["hall-1-1"]}],
        "buyer": {"email": "ola@polar.example", "name": "Ola Nordmann"},
        "payment_method": "free",
    }
    made = till.api.post(f"{till.path}/orders", body, as_=FOUNDER, idempotency_key=a_name("key"))
    assert made.status == 201
    assert said(till.table, till.event_id) == {"hall-1-1": f"{made.body['id']}-1"}


def test_an_order_of_which_a_ticket_was_cancelled_is_seated_like_any_other(till: Till) -> None:
    order = bought(till, "hall-1-1", "hall-1-2", "hall-1-3")
    till.did(order, "cancel", {"tickets": [2]})
    move(till, (f"{order['id']}-3", None))
    seat(till, order)
    assert all(seats_of(till, order)[at] for at in (0, 2))
    assert till.drifts() == []


def test_late_money_takes_the_same_seats_again(opened: Opened) -> None:
    till = seated_till(opened(late_payment=LatePayment.SAME_SEATS))
    order = paid_late(till, "hall-4-9", "hall-4-10")
    till.pay(order)
    till.sweep()
    assert till.order(order).status is OrderStatus.SETTLED
    assert set(said(till.table, till.event_id)) == {"hall-4-9", "hall-4-10"}
    assert till.drifts() == []


def test_late_money_for_seats_that_are_taken_gets_others_or_the_organizers_word(opened: Opened) -> None:
    for late, status in ((LatePayment.SAME_SEATS, "expired"), (LatePayment.SAME_TIER, "settled")):
        till = seated_till(opened(late_payment=late))
        order = paid_late(till, "hall-4-9")
        other = till.buy(1, lines=picked(till, "hall-4-9")["lines"])
        till.pay(order)
        till.sweep()
        assert till.order(order).status == status
        assert said(till.table, till.event_id)["hall-4-9"] == f"{other['id']}-1"
        assert till.drifts() == []


def test_a_companion_seat_comes_with_the_one_beside_it(opened: Opened) -> None:
    till = opened(FREE_TIER)
    seats: Any = {
        "s1_1": {"kind": "accessible"},
        "s1_2": {"kind": "companion", "companion_of": "hall-1-1"},
    }
    seated_till(till, **seats)
    alone = till.place(1, "free", **picked(till, "hall-1-2"))
    assert alone.body["errors"][0]["field"] == "lines[0].seats[0]"
    assert till.place(2, "free", **picked(till, "hall-1-1", "hall-1-2")).status == 201


def test_where_tickets_are_seated_later_they_are_sold_without_seats_and_seated_together(
    opened: Opened,
) -> None:
    till = seated_till(opened(FREE_TIER), choice=SeatChoice.LATER)
    refused = till.place(1, "free", **picked(till, "hall-1-1"))
    assert refused.body["errors"][0]["field"] == "lines[0].seats"
    order = till.buy(3, "free", total=FREE)
    till.issue(order)
    assert seats_of(till, order) == [None] * 3
    for _ in range(2):
        seat(till, order)
        assert seats_of(till, order) == ["hall-1-4", "hall-1-5", "hall-1-6"]
    assert till.drifts() == []


def seat(till: Till, order: Json) -> None:
    """Let the organizer seat what has no seat of an order."""
    seat_order(
        till.table,
        maps_of(till.table),
        till.catalog,
        till.order(order),
        actor="olav@host.example",
        now=till.api.now,
        random=till.random,
    )


def move(till: Till, *moves: tuple[str, str | None], **fields: Any) -> list[str | None]:
    request = SeatMovesRequest(
        moves=[SeatMove(ticket_id=ticket, seat=seat) for ticket, seat in moves], **fields
    )
    given = move_seats(
        till.table, maps_of(till.table), till.catalog, request, actor="olav@host.example", now=till.api.now
    )
    return [one.seat_id for one in given]


def test_two_tickets_exchange_their_seats_and_a_third_moves(till: Till) -> None:
    one, two = bought(till, "hall-1-1"), bought(till, "hall-2-2", "hall-2-3")
    moves = (
        (f"{one['id']}-1", "hall-2-2"),
        (f"{two['id']}-1", "hall-1-1"),
        (f"{two['id']}-2", "hall-4-4"),
    )
    for _ in range(2):
        assert move(till, *moves) == ["hall-2-2", "hall-1-1", "hall-4-4"]
    assert seats_of(till, one) == ["hall-2-2"]
    assert seats_of(till, two) == ["hall-1-1", "hall-4-4"]
    assert set(said(till.table, till.event_id)) == {"hall-1-1", "hall-2-2", "hall-4-4"}
    assert [ticket.images for ticket in till.tickets(two)] == ["stale", "stale"]
    assert till.drifts() == []


def test_nobody_is_moved_onto_another(till: Till) -> None:
    one, two = bought(till, "hall-1-1"), bought(till, "hall-2-2", "hall-2-3")
    with pytest.raises(SeatTaken) as refused:
        move(till, (f"{one['id']}-1", "hall-4-4"), (f"{two['id']}-1", "hall-2-3"))
    assert [fault.field for fault in refused.value.faults] == ["moves[1].seat"]
    assert seats_of(till, one) == ["hall-1-1"]
    assert move(till, (f"{one['id']}-1", None)) == [None]
    assert seats_of(till, one) == [None]
    assert till.drifts() == []


def test_nobody_is_moved_while_the_tickets_of_his_order_are_made(till: Till) -> None:
    order = till.buy(1, "free", **picked(till, "hall-1-1"))
    with pytest.raises(WrongState, match="being made"):
        move(till, (f"{order['id']}-1", "hall-3-3"))


def test_seats_that_could_not_be_given_back_together_are_not_given(opened: Opened) -> None:
    till = seated_till(opened({**FREE_TIER, "ticket_limit": 200}), rows=101, seats=62)
    order = till.buy(61, "free", **picked(till, *(f"hall-1-{at}" for at in range(1, 61)), "hall-2-1"))
    till.issue(order)
    with pytest.raises(Invalid, match="fields"):
        move(till, (f"{order['id']}-61", "hall-1-61"))
    till.did(order, "cancel", {})
    assert said(till.table, till.event_id) == {}


def test_a_hundred_buyers_of_groups_in_one_section_get_whole_groups_and_no_seat_twice(
    table: DynamoTable,
) -> None:
    """10 rows of 20: groups of 2 to 5 that are neighbours, or picks that overlap."""
    assert race(table, table) == []


def test_without_the_conditions_of_rows_the_same_race_sells_seats_twice(table: DynamoTable) -> None:
    assert race(table, Unguarded(table, "SEATS#")) != []


def race(table: DynamoTable, through: DynamoTable) -> list[str]:
    """Let 100 buyers order at once; return the seats that two orders have."""
    catalog = an_event(table)
    tier = default_tier(catalog)
    event_id = catalog.event.id
    a_hall(table, event_id, tier, rows=10, seats=20)
    catalog = load_catalog(table, event_id)
    maps = maps_of(through)

    def buy(number: int) -> tuple[str, int] | None:
        random = Random(number)
        size = random.randint(2, 5)
        line = LineRequest(tier_id=tier, quantity=size)
        if number % 2:
            row, first = random.randint(4, 6), random.randint(1, 21 - size)
            line = line.model_copy(update={"seats": [f"{HALL}-{row}-{first + at}" for at in range(size)]})
        draft = a_draft_order(catalog, a_name("key"), lines=[line])
        draft = draft._replace(order=draft.order.model_copy(update={"placed_at": NOW}))
        try:
            order = place_anew(
                through,
                catalog,
                line,
                draft.order.id,
                lambda: draft,
                random=random,
                maps=maps if number % 3 else maps_of(through),
            )
        except (SeatTaken, SoldOut, Contention):
            return None
        return order.id, size

    with ThreadPoolExecutor(32) as threads:
        placed = [one for one in threads.map(buy, range(100)) if one]
    assert len(placed) > 30
    orders = [load_order(table, order_id) for order_id, _ in placed]
    assert [len(order.seats) for order in orders] == [size for _, size in placed]
    having = Counter(seat for order in orders for seat in seat_ids(order))
    twice = [seat for seat, times in having.items() if times > 1]
    if not twice:
        taken = said(table, event_id)
        expected = {claim.place.id: f"{order.id}-{claim.ticket}" for order in orders for claim in order.seats}
        assert taken == expected
    return twice


def test_who_has_a_ticket_is_told_where_he_sits_now_and_its_buyer_of_all(till: Till) -> None:
    order = bought(till, "hall-1-1", "hall-1-2")
    given(till, order, 2)
    till.project()
    before = len(till.api.mails)
    move(till, (f"{order['id']}-1", "hall-3-1"), (f"{order['id']}-2", "hall-3-2"))
    till.project()
    told = sorted(till.api.mails[before:], key=lambda mail: mail.kind)
    assert told == [
        AboutSeats(order_id=order["id"], change=1),
        AboutSeat(order_id=order["id"], number=2, change=1),
    ]
    buyers, holders = [written(till, mail) for mail in told]
    assert buyers
    assert holders
    assert "Hall · 3 · 1, Hall · 3 · 2" in buyers.text
    assert "Hall · 3 · 2" in holders.text
    assert holders.to == "ola@polar.example"
    move(till, (f"{order['id']}-2", "hall-4-2"))
    assert [written(till, mail) for mail in told] == [None, None]


def written(till: Till, request: MailRequest) -> Mail | None:
    shop = till.api.shop
    return write(till.table, shop.catalogs.by_id, shop.links(), request, till.api.now)


def test_who_is_imported_has_a_seat(till: Till) -> None:
    file = {
        "kind": "orders",
        "format": "admit",
        "csv": "reference,email,tier,price,quantity\nA1,ola@polar.example,Pass,0,2\n",
    }
    made = till.api.post(f"{till.path}/imports", file, as_=FOUNDER, idempotency_key=a_name("key"))
    assert made.status == 202
    work_on(till.table, made.body["id"], clock=lambda: till.api.now, random=till.random, seconds=20)
    [order] = till.orders()
    assert seat_ids(order) == ["hall-1-5", "hall-1-6"]
