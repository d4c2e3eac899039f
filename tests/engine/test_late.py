"""Money that came too late, did not fit or came twice: it finds its tickets, a decision, or its way back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.edit_event import cancel
from admit.errors import SoldOut, WrongState
from admit.orders.change import change
from admit.orders.ledger import Account, Cause
from admit.orders.order import Attention, Order, OrderStatus
from admit.orders.place import place
from admit.payments.gateway import Hint
from admit.payments.late import take_again
from admit.payments.webhook import take_webhook
from admit.stock.stock import left_in
from admit.store import Table
from tests.builders import a_buyer, a_draft_order, a_name
from tests.engine.api import FOUNDER
from tests.engine.till import LIMIT, PRICE, Json, Opened, Till, euro, tills
from tests.engine.unguarded import Meanwhile, Unguarded


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened()


def expired(till: Till, quantity: int = 1, **fields: Any) -> tuple[Json, str]:
    """Let an order expire whose page can be paid all the same; return it and its page."""
    order = till.buy(quantity, **fields)
    page = till.page(order)
    present = till.gateway.pages[page]
    till.goes_on(minutes=11)
    till.sweep()
    assert till.order(order).status is OrderStatus.EXPIRED
    till.gateway.pages[page] = present
    return order, page


def paid_late(till: Till, quantity: int = 1, **fields: Any) -> Json:
    """Let an order expire and its money come after all."""
    order, page = expired(till, quantity, **fields)
    till.gateway.pay(page)
    till.deliver()
    return order


# --- what the event says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["same_tier", "same_seats"])
def test_late_money_finds_its_tickets_while_they_are_there(opened: Opened, policy: str) -> None:
    till = opened(late_payment=policy)

    order = paid_late(till, 2)

    view = till.view(order)
    assert (view["status"], view["payment_status"], view["attention"]) == ("settled", "paid", [])
    assert view["timeline"][-1]["what"] == "taken up again"
    assert (till.left(), till.order(order).decide_by) == (LIMIT - 2, None)
    till.issue(order)
    assert len(till.tickets(order)) == 2
    assert till.drifts() == []


def test_what_is_taken_up_again_counts_for_its_discount_and_its_guest_again(opened: Opened) -> None:
    till = opened({"ticket_limit_per": 2})
    discount = {"title": "Early", "code": "EARLY", "percent": "50", "use_limit": 1}
    made = till.api.post(f"{till.path}/discounts", discount, as_=FOUNDER)
    assert made.status == 201, made.text
    buyer = {"email": f"{a_name('kari')}@polar.example", "name": "Kari Nordmann"}

    order = paid_late(till, 2, buyer=buyer, code="EARLY", total=euro(PRICE))

    assert till.order(order).status is OrderStatus.SETTLED
    assert till.place(1, buyer=buyer).code == "limit_reached"
    assert till.place(1, code="EARLY", total=euro(PRICE // 2)).code == "discount_used_up"
    assert till.drifts() == []


def test_a_guest_who_has_as_many_as_he_may_by_now_gets_no_more_for_late_money(opened: Opened) -> None:
    till = opened({"ticket_limit_per": 2})
    buyer = {"email": f"{a_name('kari')}@polar.example", "name": "Kari Nordmann"}
    order, page = expired(till, 2, buyer=buyer)
    till.buy(1, buyer=buyer)

    till.gateway.pay(page)
    till.deliver()

    assert (till.order(order).status, till.order(order).attention) == (
        OrderStatus.EXPIRED,
        [Attention.PAID_AFTER_END],
    )
    assert (till.left(), till.drifts()) == (LIMIT - 1, [])


def test_late_money_for_what_is_sold_out_is_asked_about_and_then_goes_back(opened: Opened) -> None:
    till = opened({"ticket_limit": 2}, late_payment_hours=5)
    order, page = expired(till, 2)
    till.buy(1, "invoice")

    till.gateway.pay(page)
    till.deliver()

    view = till.view(order)
    assert (view["status"], view["attention"]) == ("expired", ["paid_after_end"])
    asked = view["explanation"]
    assert (asked["why"], asked["who"]) == ("Money arrived after the order had ended.", "organizer")
    assert till.order(order).decide_by == till.api.now.replace(hour=17)

    till.goes_on(hours=4.9)
    till.sweep()
    assert till.gateway.held == 2 * PRICE
    till.goes_on(hours=0.2)
    till.sweep()

    view = till.view(order)
    assert (view["status"], view["attention"]) == ("expired", [])
    assert view["refunds"][0]["amount"] == euro(2 * PRICE)
    assert view["explanation"]["next"] == "The refund has been sent; nothing is open."
    assert (till.gateway.held, till.order(order).due, till.drifts()) == (0, None, [])


def test_an_event_that_asks_gives_no_tickets_by_itself(opened: Opened) -> None:
    till = opened(late_payment="ask", late_payment_hours=1)

    order = paid_late(till)
    assert (till.view(order)["attention"], till.left()) == (["paid_after_end"], LIMIT)
    till.goes_on(hours=1.1)
    till.sweep()

    assert (till.view(order)["attention"], till.gateway.held, till.left()) == ([], 0, LIMIT)
    assert till.drifts() == []


def test_an_event_that_refunds_sends_late_money_back_at_once(opened: Opened) -> None:
    till = opened(late_payment="refund")

    order = paid_late(till, 2)

    assert (till.gateway.held, till.view(order)["attention"]) == (0, [])
    assert [one.source for one in till.order(order).refunds] == [Account.UNALLOCATED]
    assert till.drifts() == []


@pytest.mark.parametrize("end", ["buyer", "organizer", "event", "over"])
def test_money_for_what_somebody_ended_goes_back_at_once(till: Till, end: str) -> None:
    order = till.buy(2)
    page = till.page(order)
    present = till.gateway.pages[page]
    match end:
        case "buyer":
            assert till.ask(order, "cancel").status == 200
        case "organizer":
            till.did(order, "cancel")
        case "event":
            till.goes_on(minutes=11)
            till.sweep()
            cancel(till.table, till.catalog)
        case "over":
            till.goes_on(days=100)
            till.sweep()
    till.gateway.pages[page] = present

    till.gateway.pay(page)
    till.deliver()

    assert not till.order(order).live
    assert (till.view(order)["attention"], till.gateway.held, till.left()) == ([], 0, LIMIT)
    assert till.drifts() == []


def test_late_money_that_its_news_never_told_of_to_the_end_is_dealt_with_by_the_sweep(till: Till) -> None:
    order, page = expired(till, 2)
    reference = till.gateway.pay(page).reference
    till.drop_news()
    hint = Hint(
        id="evt_1",
        type="checkout.session.completed",
        object_id=page,
        livemode=False,
        created=till.api.now,
    )
    with pytest.raises(ConnectionError):
        take_webhook(
            till.table,
            till.gateway,
            _no_catalog,
            hint,
            now=till.api.now,
            random=till.random,
        )
    assert [one.reference for one in till.order(order).payments()] == [reference]

    till.goes_on(minutes=1)
    till.sweep()

    assert till.order(order).status is OrderStatus.SETTLED
    assert (till.left(), till.drifts()) == (LIMIT - 2, [])


def _no_catalog(event_id: str) -> Any:
    raise ConnectionError(event_id)


# --- against a new buyer ----------------------------------------------------------------------------------


def rescue_against_buyers(till: Till, table: DynamoTable, order: Json) -> tuple[int, int]:
    """Let late money and nineteen buyers want the last ticket at once; return how many got it, and what is
    left by the count of the stock."""
    expired_order, catalog = till.order(order), till.catalog

    def act(turn: int) -> bool:
        try:
            if turn == 10:
                take_again(
                    table, catalog, expired_order, actor="system", now=till.api.now, random=till.random
                )
            else:
                buyer = a_buyer(email=f"{a_name('buyer')}@home.example")
                draft = a_draft_order(
                    catalog, now=till.api.now, tier_id=till.tier, method="card", buyer=buyer
                )
                place(table, catalog, draft, till.random)
        except SoldOut:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        got = sum(threads.map(act, range(20)))
    return got, left_in(till.table, catalog.limits())[till.tier]


def a_late_order(opened: Opened) -> tuple[Till, Json]:
    """Return a till with one ticket, and an order that wants it and whose late money is booked."""
    till = opened({"ticket_limit": 1}, late_payment="ask")
    return till, paid_late(till)


def test_late_money_and_new_buyers_never_get_more_than_there_is(opened: Opened) -> None:
    for _ in range(3):
        till, order = a_late_order(opened)

        assert rescue_against_buyers(till, till.table, order) == (1, 0)
        assert till.drifts() == []


def test_without_the_condition_of_the_stock_late_money_gets_what_is_sold(opened: Opened) -> None:
    till, order = a_late_order(opened)

    got, left = rescue_against_buyers(till, Unguarded(till.table, "STOCK#"), order)

    assert got > 1
    assert left < 0


# --- the organizer decides --------------------------------------------------------------------------------


def test_the_organizer_gives_the_tickets_for_late_money(opened: Opened) -> None:
    till = opened(late_payment="ask")
    order = paid_late(till, 2)

    answer = till.act(order, "settle")

    assert (answer.status, answer.body["status"], answer.body["attention"]) == (200, "settled", [])
    assert (till.left(), till.drifts()) == (LIMIT - 2, [])
    assert till.act(order, "settle").status == 409  # It is no invoice, and nothing waits any more.


def test_the_organizer_settles_what_he_is_being_asked_about_at_this_moment(opened: Opened) -> None:
    till = opened(late_payment="ask")
    order = till.order(paid_late(till, 2))

    def ask() -> None:
        change(
            till.table,
            order,
            lambda order: order.then("system", "the organizer is asked again", till.api.now),
        )

    taken = settle_late(till, Meanwhile(till.table, ask, "ORDER#"), order)

    assert (taken.status, taken.timeline[-2].what) == (OrderStatus.SETTLED, "the organizer is asked again")
    assert (till.left(), till.drifts()) == (LIMIT - 2, [])


@pytest.mark.parametrize("other", ["settle", "refund"])
def test_late_money_is_settled_once_and_not_after_it_went_back(opened: Opened, other: str) -> None:
    till = opened(late_payment="ask")
    placed = paid_late(till, 2)

    with pytest.raises(WrongState):
        settle_late(
            till, Meanwhile(till.table, lambda: till.did(placed, other), "ORDER#"), till.order(placed)
        )

    assert till.left() == (LIMIT - 2 if other == "settle" else LIMIT)
    assert till.drifts() == []


def settle_late(till: Till, table: Table, order: Order) -> Order:
    return take_again(table, till.catalog, order, actor="organizer", now=till.api.now, random=till.random)


def test_the_organizer_can_not_give_what_is_sold_out(opened: Opened) -> None:
    till = opened({"ticket_limit": 1})
    order, page = expired(till)
    till.buy(1, "invoice")
    till.gateway.pay(page)
    till.deliver()

    answer = till.act(order, "settle")

    assert (answer.status, answer.code) == (409, "sold_out")
    assert till.did(order, "refund")["status"] == "succeeded"
    assert till.view(order)["attention"] == []
    till.goes_on(days=4)
    till.sweep()
    assert (till.gateway.held, till.order(order).due, till.drifts()) == (0, None, [])


def a_mismatch(till: Till, by: int = -500) -> Json:
    """Let an order of two tickets be paid on a page that asks for another amount."""
    order = till.buy(2)
    till.gateway.change_amount(till.page(order), by)
    till.pay(order)
    return order


def test_money_that_does_not_fit_waits_for_the_organizer_and_holds_the_tickets(till: Till) -> None:
    order = a_mismatch(till)

    till.goes_on(days=2)
    till.sweep()

    view = till.view(order)
    assert (view["status"], view["attention"]) == ("awaiting_payment", ["payment_mismatch"])
    assert view["explanation"]["who"] == "organizer"
    assert (till.left(), till.order(order).due, till.drifts()) == (LIMIT - 2, None, [])


@pytest.mark.parametrize("by", [-500, 500])
def test_the_organizer_takes_money_that_does_not_fit(till: Till, by: int) -> None:
    order = a_mismatch(till, by)

    view = till.did(order, "settle", {"note": "a friend"})

    assert (view["status"], view["paid"]) == ("settled", euro(2 * PRICE + by))
    assert view["payment_status"] == ("paid" if by < 0 else "overpaid")
    assert view["attention"] == ([] if by < 0 else ["overpaid"])
    assert till.drifts() == []


def test_money_that_does_not_fit_is_refunded_and_then_the_hold_ends(till: Till) -> None:
    order = a_mismatch(till)

    made = till.did(order, "refund")
    assert (made["amount"], made["order"]["status"]) == (euro(2 * PRICE - 500), "awaiting_payment")
    till.goes_on(minutes=11)
    till.sweep()

    assert (till.view(order)["status"], till.view(order)["attention"]) == ("expired", [])
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT, 0, [])


# --- twice ------------------------------------------------------------------------------------------------


def a_second_payment(till: Till) -> tuple[Json, Hint]:
    """Let an order be paid on its page, and on an older one that Stripe took money for all the same; return
    it with the news of the second payment."""
    order = till.buy(2)
    page = till.page(order)
    till.pay(order)
    older = till.gateway.pages[page].model_copy(update={"session_id": f"{page}_older"})
    till.gateway.pages[older.session_id] = older
    till.gateway.pay(older.session_id)
    hint = till.gateway.news[-1]
    till.drop_news()
    return order, hint


def deliveries(till: Till, table: DynamoTable, hint: Hint, times: int = 20) -> None:
    catalog = till.catalog

    def deliver(_: int) -> None:
        take_webhook(table, till.gateway, lambda _: catalog, hint, now=till.api.now, random=till.random)

    with ThreadPoolExecutor(times) as threads:
        list(threads.map(deliver, range(times)))


def test_twenty_deliveries_of_a_second_payment_send_it_back_once(till: Till) -> None:
    order, hint = a_second_payment(till)

    deliveries(till, till.table, hint)

    present = till.order(order)
    assert (present.status, present.paid, present.attention) == (OrderStatus.SETTLED, 2 * PRICE, [])
    assert [one.amount for one in present.refunds] == [2 * PRICE]
    assert [one.cause for one in present.movements].count(Cause.REFUND) == 1
    assert (till.gateway.held, till.drifts()) == (2 * PRICE, [])


def test_without_the_row_of_the_refund_each_delivery_asks_for_another(till: Till) -> None:
    order, hint = a_second_payment(till)
    gateway = till.gateway
    keyed = gateway.refund
    asked: list[int] = []

    def nameless(payment: str, amount: int, *, order_id: str, sequence: int) -> Any:
        asked.append(len(asked) + 100)
        return keyed(payment, amount // 20, order_id=order_id, sequence=asked[-1])

    gateway.refund = nameless  # type: ignore[method-assign]
    deliveries(till, Unguarded(till.table, "ORDER#"), hint)

    assert len(gateway.refunds_made) > 1
    assert till.order(order).status is OrderStatus.SETTLED


def test_of_two_payments_the_one_of_the_own_page_stays_whichever_is_told_first(till: Till) -> None:
    order = till.buy(2)
    page = till.page(order)
    lost = till.gateway.pages[page].model_copy(update={"session_id": f"{page}_lost"})
    till.gateway.pages[lost.session_id] = lost
    till.gateway.pay(lost.session_id)
    till.deliver()
    assert till.view(order)["attention"] == ["payment_mismatch"]

    till.pay(order)
    till.deliver()

    present = till.order(order)
    assert (present.status, present.paid, present.attention) == (OrderStatus.SETTLED, 2 * PRICE, [])
    assert (till.gateway.held, till.drifts()) == (2 * PRICE, [])


def test_a_second_payment_is_explained_until_it_is_back(till: Till) -> None:
    order, hint = a_second_payment(till)
    till.gateway.errors["refund"] = [ConnectionError()]

    assert till.api.tell(hint).status == 500
    view = till.view(order)
    assert (view["attention"], view["explanation"]["who"]) == (["second_payment"], "system")
    till.goes_on(minutes=1)
    till.sweep()

    assert till.view(order)["attention"] == []
    assert till.gateway.held == 2 * PRICE
