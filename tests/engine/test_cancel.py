"""Cancelling: tickets admit nobody any more, and what they had claimed goes back once, with their money."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Lock

import pytest

from admit.aws.table import DynamoTable
from admit.errors import AlreadyCheckedIn, NotFound, WrongState
from admit.orders.cancellation import CancelRequest
from admit.orders.order import OrderStatus
from admit.payments.decide import cancel_by_organizer
from admit.store import Write
from admit.tickets.cancel import cancel_tickets
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from tests.builders import SIGNING_SECRET, FakeBucket
from tests.engine.till import (
    CANCELLED,
    LIMIT,
    PRICE,
    VALID,
    Died,
    Json,
    Mortal,
    Opened,
    Till,
    euro,
    tills,
)
from tests.engine.unguarded import Unguarded

BIG = 150
RULES = [{"days_before": 30, "fee_percent": "10"}, {"days_before": 7, "fee_percent": "50", "fee": 100}]


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened({"ticket_limit_per": 5})


def cancelled(till: Till, order: Json, table: DynamoTable | None = None, **request: object) -> None:
    """Let the organizer cancel, by way of another table perhaps."""
    cancel_by_organizer(
        table or till.table,
        till.gateway,
        till.catalog,
        till.order(order),
        CancelRequest.model_validate(request),
        actor="boss@admit.example",
        now=till.api.now,
    )


# --- the organizer ----------------------------------------------------------------------------------------


def test_a_whole_order_that_is_cancelled_gives_stock_counts_and_money_back(till: Till) -> None:
    order = till.sold(3)
    assert till.left() == LIMIT - 3

    view = till.did(order, "cancel", {"refund": True, "note": "the hall is too small"})

    assert (view["status"], view["payment_status"]) == ("cancelled", "refunded")
    assert view["timeline"][-2]["what"] == "cancelled: the hall is too small"
    assert till.statuses(order) == [CANCELLED] * 3
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT, 0, [])


def test_cancelling_sends_no_money_back_unless_it_is_asked_for(till: Till) -> None:
    order = till.sold(2)

    view = till.did(order, "cancel")

    assert (view["status"], view["payment_status"], view["refunds"]) == ("cancelled", "paid", [])
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT, 2 * PRICE, [])


def test_some_tickets_are_cancelled_and_the_others_stay(till: Till) -> None:
    order = till.sold(4)

    view = till.did(order, "cancel", {"tickets": [2, 4], "refund": True})

    assert (view["status"], view["payment_status"]) == ("fulfilled", "partially_refunded")
    assert till.statuses(order) == [VALID, CANCELLED, VALID, CANCELLED]
    assert (till.left(), till.gateway.held) == (LIMIT - 2, 2 * PRICE)
    assert [refund["tickets"] for refund in view["refunds"]] == [[2, 4]]
    assert till.drifts() == []


def test_a_guest_may_order_again_what_was_cancelled_and_no_more(till: Till) -> None:
    buyer = {"email": "kari@polar.example", "name": "Kari Nordmann"}
    order = till.sold(5, buyer=buyer)
    assert till.place(1, buyer=buyer).code == "limit_reached"

    till.did(order, "cancel", {"tickets": [1, 2]})

    assert till.place(3, buyer=buyer).code == "limit_reached"
    assert till.place(2, buyer=buyer).status == 201
    assert till.drifts() == []


@pytest.mark.parametrize("request_", [{"refund": True}, {"tickets": [1, 3], "refund": True}])
def test_cancelling_twice_gives_back_once(till: Till, request_: Json) -> None:
    order = till.sold(3)

    first = till.did(order, "cancel", request_)
    again = till.did(order, "cancel", request_)

    assert again == first
    assert len(till.gateway.refunds_made) == 1
    assert till.drifts() == []


def test_ticket_by_ticket_an_order_is_cancelled_as_a_whole(till: Till) -> None:
    order = till.sold(3)

    for number in (2, 1, 3):
        view = till.did(order, "cancel", {"tickets": [number], "refund": True})

    assert (view["status"], view["payment_status"]) == ("cancelled", "refunded")
    assert till.statuses(order) == [CANCELLED] * 3
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT, 0, [])


def test_of_ten_cancellations_at_once_the_stock_goes_back_once(till: Till) -> None:
    order = till.sold(3)
    read = till.order(order)

    def cancel(_: int) -> None:
        cancel_by_organizer(
            till.table,
            till.gateway,
            till.catalog,
            read,
            CancelRequest(tickets=[1, 2], refund=True),
            actor="boss@admit.example",
            now=till.api.now,
        )

    with ThreadPoolExecutor(10) as threads:
        ends = [threads.submit(cancel, turn) for turn in range(10)]

    assert {type(end.exception()) for end in ends} <= {type(None), NotFound, WrongState}
    assert till.order(order).cancelled == [1, 2]
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT - 1, PRICE, [])


def test_without_the_condition_on_its_revision_the_stock_goes_back_twice(till: Till) -> None:
    order = till.sold(3)
    read, catalog = till.order(order), till.catalog
    unguarded = Unguarded(till.table, "ORDER#")

    for _ in range(2):
        cancel_tickets(unguarded, catalog, read, [1], actor="boss", note="", now=till.api.now)

    assert till.order(order).cancelled == [1]
    assert till.left() == LIMIT - 1
    assert till.drifts() != []


# --- the door ---------------------------------------------------------------------------------------------


def test_a_cancelled_ticket_admits_nobody(till: Till) -> None:
    order, door = till.sold(2), till.door()
    till.did(order, "cancel", {"tickets": [1]})

    assert [till.scan(door, order, number) for number in (1, 2)] == ["cancelled", "admitted"]


@pytest.mark.parametrize("request_", [{}, {"tickets": [1]}, {"tickets": [1, 2]}])
def test_tickets_that_were_used_are_not_cancelled(till: Till, request_: Json) -> None:
    order, door = till.sold(2), till.door()
    assert till.scan(door, order) == "admitted"

    answer = till.act(order, "cancel", request_)

    assert (answer.status, answer.code) == (409, "already_checked_in")
    assert answer.body["errors"] == [{"field": "tickets", "message": "used: 1", "code": "invalid"}]
    assert till.statuses(order) == [VALID, VALID]
    assert till.drifts() == []


def test_unused_tickets_beside_a_used_one_are_cancelled(till: Till) -> None:
    order, door = till.sold(2), till.door()
    till.scan(door, order)

    view = till.did(order, "cancel", {"tickets": [2], "refund": True})

    assert (view["status"], till.statuses(order)) == ("fulfilled", [VALID, CANCELLED])
    assert (till.gateway.held, till.drifts()) == (PRICE, [])


def cancel_against_scan(till: Till, table: DynamoTable) -> tuple[list[str], list[str]]:
    """Cancel twelve tickets one by one while each is shown at the door; return who was let in, and who has
    no ticket any more."""
    orders, door = [till.sold(1) for _ in range(12)], till.door()
    reads = {order["id"]: till.order(order) for order in orders}
    catalog = till.catalog
    at_the_door = Lock()  # a handler answers one request at a time, as in Lambda

    def act(turn: int) -> str:
        order = orders[turn // 2]
        if turn % 2:
            with at_the_door:
                return till.scan(door, order)
        try:
            cancel_tickets(table, catalog, reads[order["id"]], None, actor="boss", note="", now=till.api.now)
        except (AlreadyCheckedIn, WrongState) as refused:
            return refused.code
        return "ended"

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(act, range(24)))
    tickets = [ticket for order in orders for ticket in till.tickets(order)]
    used = [one.order_id for one in tickets if one.entries]
    gone = [one.order_id for one in tickets if one.status is CANCELLED]
    return used, gone


def test_nobody_goes_in_with_a_ticket_whose_stock_went_back(till: Till) -> None:
    used, gone = cancel_against_scan(till, till.table)

    assert len({*used, *gone}) == len(used) + len(gone) == 12
    assert till.left() == LIMIT - len(used)
    assert till.drifts() == []


class Overtaken(Unguarded):
    """A table on which a ticket is shown at the door just before the first write."""

    def __init__(self, table: DynamoTable, shown: Callable[[], object], *loose: str) -> None:
        super().__init__(table, *loose)
        self._acts = [shown]

    def transact(self, writes: Sequence[Write]) -> None:
        if self._acts:
            self._acts.pop()()
        super().transact(writes)


def test_a_ticket_that_is_used_just_before_its_cancellation_stays(till: Till) -> None:
    order, door = till.sold(), till.door()

    with pytest.raises(AlreadyCheckedIn):
        cancelled(till, order, Overtaken(till.table, lambda: till.scan(door, order)))

    assert (till.statuses(order), till.drifts()) == ([VALID], [])


def test_without_the_condition_on_its_use_a_ticket_is_cancelled_that_somebody_is_in_with(till: Till) -> None:
    order, door = till.sold(), till.door()

    cancelled(till, order, Overtaken(till.table, lambda: till.scan(door, order), "ORDER#"))

    [ticket] = till.tickets(order)
    assert (ticket.status, ticket.entries) == (CANCELLED, 1)


# --- orders of many tickets -------------------------------------------------------------------------------


def a_big_order(till: Till) -> Json:
    order = till.sold(BIG)
    assert till.order(order).status is OrderStatus.FULFILLED
    return order


@pytest.mark.parametrize("numbers", [None, list(range(1, 121))])
def test_a_big_order_cut_at_every_step_is_cancelled_by_the_sweep(
    opened: Opened, numbers: list[int] | None
) -> None:
    till = opened({"ticket_limit": 5_000})
    gone = BIG if numbers is None else len(numbers)
    for writes in range(1, 20):
        order = a_big_order(till)
        left, held = till.left(), till.gateway.held
        try:
            cancelled(till, order, Mortal(till.table, writes), tickets=numbers, refund=True)
        except Died:
            if till.left() != left:
                assert till.statuses(order).count(CANCELLED) == gone, "the stock goes back last"
            assert till.order(order).due is not None
            till.goes_on(minutes=1)
            till.sweep()
            done = False
        else:
            done = True
        ended = till.order(order)
        assert ended.status is (OrderStatus.CANCELLED if numbers is None else OrderStatus.FULFILLED)
        assert till.statuses(order).count(CANCELLED) == gone
        assert (till.left() - left, held - till.gateway.held) == (gone, gone * PRICE)
        waits_for = ended.holder_reminders[0] if ended.live else None
        assert (ended.withdrawal, ended.due, ended.attention) == (None, waits_for, [])
        if done:
            break
    else:
        raise AssertionError("it never comes to its end")
    assert writes > 3
    assert till.drifts() == []


def test_while_a_big_order_is_being_cancelled_it_says_so_and_takes_no_second_one(opened: Opened) -> None:
    till = opened({"ticket_limit": 400})
    order = a_big_order(till)
    with pytest.raises(Died):
        cancelled(till, order, Mortal(till.table, 2), refund=True)

    again = till.act(order, "cancel")

    assert (again.status, again.code) == (409, "wrong_state")
    assert till.view(order)["explanation"]["why"] == "Tickets of this order are being cancelled."


def test_a_ticket_of_a_big_order_that_is_used_meanwhile_stays_with_its_price(opened: Opened) -> None:
    till = opened({"ticket_limit": 400})
    order, door = a_big_order(till), till.door()
    with pytest.raises(Died):
        cancelled(till, order, Mortal(till.table, 1), refund=True)
    assert till.scan(door, order, 7) == "admitted"

    till.goes_on(minutes=1)
    till.sweep()

    ended = till.order(order)
    assert (ended.status, ended.numbers) == (OrderStatus.FULFILLED, [7])
    assert [ticket.number for ticket in till.tickets(order) if ticket.status is VALID] == [7]
    assert (till.left(), till.gateway.held, till.drifts()) == (399, PRICE, [])


# --- before its tickets are made --------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", [3, BIG])
@pytest.mark.parametrize("cut", [0, 1])
def test_an_order_that_is_cancelled_while_its_tickets_are_made_has_none_that_admits(
    opened: Opened, quantity: int, cut: int
) -> None:
    till = opened({"ticket_limit": 400})
    order = till.buy(quantity)
    till.pay(order)
    read = till.order(order)
    signer, event = Signer(SIGNING_SECRET, till.event_id), till.catalog.event
    with suppress(Died):
        issue(Mortal(till.table, cut), FakeBucket(), signer, event, read, now=till.api.now)

    answer = till.act(order, "cancel", {"refund": True})
    issue(till.table, FakeBucket(), signer, event, read, now=till.api.now)
    till.issue(order)
    till.goes_on(minutes=1)
    till.sweep()

    assert answer.status == 200, answer.text
    assert till.order(order).status is OrderStatus.CANCELLED
    assert VALID not in till.statuses(order)
    assert (till.left(), till.gateway.held, till.drifts()) == (400, 0, [])


def test_single_tickets_of_an_order_are_cancelled_only_when_they_are_made(till: Till) -> None:
    order = till.buy(3)
    till.pay(order)

    answer = till.act(order, "cancel", {"tickets": [1]})

    assert (answer.status, answer.code) == (409, "wrong_state")


def test_a_suspended_order_that_is_cancelled_has_cancelled_tickets(till: Till) -> None:
    order = till.sold(2)
    till.gateway.dispute(till.payment(order))
    till.deliver()

    view = till.did(order, "cancel")

    assert (view["status"], till.statuses(order)) == ("cancelled", [CANCELLED] * 2)
    assert (till.left(), till.drifts()) == (LIMIT, [])


# --- what is not paid -------------------------------------------------------------------------------------


def test_an_unpaid_invoice_of_which_tickets_are_cancelled_costs_less(till: Till) -> None:
    order = till.buy(4, "invoice")

    view = till.did(order, "cancel", {"tickets": [2, 3]})

    assert (view["status"], view["owed"]) == ("awaiting_payment", euro(2 * PRICE))
    assert till.left() == LIMIT - 2
    paid = till.did(order, "settle")
    assert (paid["payment_status"], paid["paid"]) == ("paid", euro(2 * PRICE))
    till.issue(order)
    assert [ticket.number for ticket in till.tickets(order)] == [1, 4]
    assert till.drifts() == []


def test_an_invoice_paid_in_part_is_settled_when_what_is_missing_is_cancelled(till: Till) -> None:
    order = till.buy(2, "invoice")
    till.did(order, "settle", {"amount": euro(PRICE)}, key="half")

    view = till.did(order, "cancel", {"tickets": [2]})

    assert (view["status"], view["owed"], view["payment_status"]) == ("settled", euro(PRICE), "paid")


def test_an_unpaid_card_order_is_cancelled_as_a_whole_and_its_page_is_closed(till: Till) -> None:
    order = till.buy(2)
    page = till.page(order)

    part = till.act(order, "cancel", {"tickets": [1]})
    whole = till.did(order, "cancel")

    assert (part.status, part.code) == (409, "wrong_state")
    assert (whole["status"], till.gateway.pages[page].status) == ("cancelled", "expired")
    assert (till.left(), till.drifts()) == (LIMIT, [])


def test_an_order_that_is_paid_just_before_it_is_cancelled_is_kept(till: Till) -> None:
    order = till.buy()
    till.gateway.pay(till.page(order))

    answer = till.act(order, "cancel")

    assert (answer.status, answer.code) == (409, "already_paid")
    assert till.order(order).status is OrderStatus.SETTLED


# --- the buyer --------------------------------------------------------------------------------------------


def days_before(till: Till, days: float) -> None:
    """Let it become so many days before the event."""
    till.api.now = till.gateway.now = till.catalog.event.starts_at - timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "refund", "fee"), [(60, 2 * 1_800, 2 * 200), (30.1, 3_600, 400), (29, 1_800, 2_200)]
)
def test_a_buyer_gets_back_what_the_order_said_he_would(
    opened: Opened, days: float, refund: int, fee: int
) -> None:
    till = opened(cancellation_rules=RULES)
    order = till.sold(2)
    days_before(till, days)

    offer = till.seen(order)["cancellation"]
    answer = till.ask(order, "cancel")

    assert (offer["refund"], offer["fee"]) == (euro(refund), euro(fee))
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert answer.body["refunds"][0]["amount"] == offer["refund"]
    assert (till.gateway.held, till.left(), till.drifts()) == (fee, LIMIT, [])


def test_the_offer_says_until_when_it_holds(opened: Opened) -> None:
    till = opened(cancellation_rules=RULES)
    order = till.sold()
    starts_at = till.catalog.event.starts_at

    for days, until in [(60, 30), (20, 7)]:
        days_before(till, days)
        told = till.seen(order)["cancellation"]["until"]
        assert told.startswith((starts_at - timedelta(days=until)).isoformat()[:16])


def test_a_buyer_cancels_one_of_his_tickets_for_its_price_less_the_fee(opened: Opened) -> None:
    till = opened(cancellation_rules=RULES)
    order = till.sold(3)

    view = till.ask(order, "cancel", {"tickets": [2]}).body

    assert (view["status"], view["refunds"][0]["amount"]) == ("fulfilled", euro(1_800))
    assert till.statuses(order) == [VALID, CANCELLED, VALID]
    assert view["cancellation"]["refund"] == euro(2 * 1_800)
    assert till.drifts() == []


@pytest.mark.parametrize("rules", [[], RULES])
def test_a_buyer_who_may_not_cancel_any_more_is_told_so(opened: Opened, rules: list[Json]) -> None:
    till = opened(cancellation_rules=rules)
    order = till.sold()
    days_before(till, 6.9)

    answer = till.ask(order, "cancel")

    assert (answer.status, answer.code) == (409, "cancellation_closed")
    assert till.seen(order)["cancellation"] is None
    assert till.statuses(order) == [VALID]


def test_a_fee_is_never_more_than_the_ticket_cost(opened: Opened) -> None:
    till = opened(cancellation_rules=[{"days_before": 0, "fee": 5_000}])
    order = till.sold(2)

    assert till.seen(order)["cancellation"]["refund"] == euro(0)
    view = till.ask(order, "cancel").body

    assert (view["status"], view["refunds"]) == ("cancelled", [])
    assert till.gateway.held == 2 * PRICE


def test_a_buyer_whose_payment_is_disputed_cancels_nothing(opened: Opened) -> None:
    till = opened(cancellation_rules=RULES)
    order = till.sold()
    till.gateway.dispute(till.payment(order))
    till.deliver()

    assert till.ask(order, "cancel").code == "cancellation_closed"
    assert till.seen(order)["cancellation"] is None


def test_an_unpaid_order_is_cancelled_by_its_buyer_whatever_the_rules_say(till: Till) -> None:
    order = till.buy(2)

    assert till.ask(order, "cancel").body["status"] == "cancelled"
    assert till.left() == LIMIT


@pytest.mark.parametrize(("paid", "back"), [(3_000, 1_000), (2_500, 500), (500, 0)])
def test_of_an_invoice_paid_in_part_only_what_is_too_much_goes_back_with_a_ticket(
    till: Till, paid: int, back: int
) -> None:
    order = till.buy(2, "invoice")
    till.did(order, "settle", {"amount": euro(paid)}, key="part")

    view = till.did(order, "cancel", {"tickets": [2], "refund": True})

    assert sum(refund["amount"]["amount"] for refund in view["refunds"]) == back
    assert view["status"] == ("settled" if paid >= PRICE else "awaiting_payment")
    assert view["owed"]["amount"] - back == PRICE
    assert till.drifts() == []


@pytest.mark.parametrize("who", ["buyer", "organizer"])
def test_an_order_whose_payment_does_not_fit_can_be_cancelled_and_its_money_goes_back(
    till: Till, who: str
) -> None:
    order = till.buy(2)
    till.gateway.change_amount(till.page(order), -500)
    till.pay(order)

    answer = till.ask(order, "cancel") if who == "buyer" else till.act(order, "cancel")
    till.goes_on(minutes=1)
    till.sweep()

    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT, 0, [])


# --- what a ticket is worth once ---------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [[[1, 1]], [[1], [1, 1, 1]]])
def test_a_number_that_is_named_twice_is_refunded_once_and_less_its_fee(
    opened: Opened, asked: list[list[int]]
) -> None:
    till = opened(cancellation_rules=[{"days_before": 1, "fee_percent": "50"}])
    order = till.sold(3, "card")

    for tickets in asked:
        till.ask(order, "cancel", {"tickets": tickets})

    assert till.order(order).paid_back == 1_000
    assert till.drifts() == []


def test_tickets_that_were_cancelled_before_are_not_refunded_with_the_others(opened: Opened) -> None:
    till = opened(cancellation_rules=[{"days_before": 1, "fee_percent": "50"}])
    order = till.sold(2, "card")

    till.ask(order, "cancel", {"tickets": [1]})
    till.ask(order, "cancel", {"tickets": [1, 2]})

    assert till.order(order).paid_back == 2_000


def test_a_ticket_that_was_refunded_is_cancelled_without_its_price_again(till: Till) -> None:
    order = till.sold(2, "card")

    till.did(order, "refund", {"tickets": [1]})
    till.did(order, "cancel", {"tickets": [1], "refund": True})

    assert till.order(order).paid_back == 2_000
