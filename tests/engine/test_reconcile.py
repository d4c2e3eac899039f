"""Reconciliation: what no webhook told is made good, and what differs for good is named."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from admit.aws.table import DynamoTable
from admit.errors import PaymentUnavailable
from admit.insight.reconcile import Reconciliation, reconcile
from admit.orders.ledger import Account
from admit.orders.order import OrderStatus, PaymentStatus
from admit.payments.gateway import CardPayment, RefundStatus
from tests.engine.api import FOUNDER
from tests.engine.till import PRICE, SUSPENDED, Json, Opened, Till, euro, tills


@pytest.fixture
def opened(empty_table: DynamoTable) -> Iterator[Opened]:
    with tills(empty_table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    """A till whose past, in which nothing was, is compared already."""
    made = opened()
    _caught_up(made)
    return made


def compared(till: Till) -> Reconciliation:
    """Let an hour go by and compare, as the schedule does; return what the last run says."""
    till.goes_on(hours=1)
    return _caught_up(till)


def _caught_up(till: Till) -> Reconciliation:
    failed: list[str] = []
    for _ in range(40):
        result = reconcile(
            till.table,
            till.gateway,
            lambda _: till.catalog,
            clock=lambda: till.api.now,
            random=till.random,
            report=lambda name, error: failed.append(f"{name} {type(error).__name__}"),
        )
        assert failed == []
        if datetime.fromisoformat(result.until) >= till.api.now - timedelta(minutes=2):
            return result
    raise AssertionError("it never catches up")


def told(result: Reconciliation) -> list[tuple[str, str]]:
    return [(one.what, one.reference) for one in result.differences]


def unheard(till: Till) -> dict[str, Json]:
    """Let much happen at Stripe of which no webhook tells."""
    orders = {
        name: till.buy(2) for name in ("paid", "async", "failed", "back", "disputed", "won", "lost", "left")
    }
    for name in ("paid", "back", "disputed", "won", "lost"):
        till.gateway.pay(till.page(orders[name]))
    for name in ("async", "failed"):
        till.gateway.pay_later(till.page(orders[name]))
    payments = {one.order_id: one.reference for one in till.gateway.payments_made.values()}
    till.goes_on(minutes=3)
    till.gateway.arrive(till.page(orders["async"]))
    till.gateway.fail(till.page(orders["failed"]))
    till.gateway.refund_in_dashboard(payments[orders["back"]["id"]], 900)
    for name in ("disputed", "won", "lost"):
        dispute = till.gateway.dispute(payments[orders[name]["id"]])
        if name != "disputed":
            till.gateway.end_dispute(dispute.id, won=name == "won")
    till.drop_news()
    return orders


def statuses(till: Till, orders: dict[str, Json]) -> dict[str, tuple[OrderStatus, PaymentStatus]]:
    present = {name: till.order(order) for name, order in orders.items()}
    return {name: (one.status, one.payment_status) for name, one in present.items()}


def test_without_any_webhook_everything_is_made_good_and_nothing_differs(till: Till) -> None:
    orders = unheard(till)

    first = compared(till)
    till.project()
    second = compared(till)

    settled = OrderStatus.SETTLED
    assert statuses(till, orders) == {
        "paid": (settled, PaymentStatus.PAID),
        "async": (settled, PaymentStatus.PAID),
        "failed": (OrderStatus.EXPIRED, PaymentStatus.UNPAID),
        "back": (settled, PaymentStatus.PARTIALLY_REFUNDED),
        "disputed": (settled, PaymentStatus.DISPUTED),
        "won": (settled, PaymentStatus.PAID),
        "lost": (settled, PaymentStatus.REFUNDED),
        "left": (OrderStatus.AWAITING_PAYMENT, PaymentStatus.UNPAID),
    }
    assert (told(first), told(second)) == ([], [])
    assert (first.payments, first.refunds, first.disputes) == (6, 1, 3)
    held = sum(order.balance(Account.STRIPE) for order in till.orders())
    assert held == till.gateway.held
    assert till.drifts() == []


def test_what_is_reconciled_and_told_afterwards_is_booked_once(till: Till) -> None:
    orders = unheard(till)
    compared(till)
    before = [till.order(order) for order in orders.values()]

    for hint in till.gateway.news:
        assert till.api.tell(hint).status == 200

    assert [till.order(order) for order in orders.values()] == before


def test_the_tickets_of_a_dispute_that_nobody_told_of_are_suspended(till: Till) -> None:
    order = till.sold(2)
    till.gateway.dispute(till.payment(order))
    till.drop_news()

    compared(till)

    assert till.statuses(order) == [SUSPENDED] * 2


def test_a_refund_that_fails_late_is_heard_of(till: Till) -> None:
    order = till.sold()
    till.did(order, "refund")
    till.deliver()
    compared(till)
    [made] = till.gateway.refunds_made.values()
    till.goes_on(days=2)
    till.gateway.end_refund(made.id, RefundStatus.FAILED)
    till.drop_news()

    result = compared(till)

    assert (till.view(order)["attention"], told(result)) == (["refund_failed"], [])
    assert till.order(order).paid == till.gateway.held == PRICE


def test_what_others_do_on_the_account_is_nobodys_business(till: Till) -> None:
    payment = CardPayment(
        reference="pi_foreign", amount=99, currency="EUR", order_id=None, created_at=till.api.now
    )
    till.gateway.payments_made["pi_foreign"] = payment
    till.gateway.refund_in_dashboard("pi_foreign", 9)
    till.gateway.dispute("pi_foreign")

    result = compared(till)

    assert (result.payments, result.refunds, result.disputes) == (1, 1, 1)
    assert told(result) == []


def test_a_payment_that_names_an_order_which_is_not_there_is_named(till: Till) -> None:
    payment = CardPayment(
        reference="pi_lost", amount=99, currency="EUR", order_id="no-such-order", created_at=till.api.now
    )
    till.gateway.payments_made["pi_lost"] = payment

    [difference] = compared(till).differences

    assert difference.what == "a payment names an order that does not exist"
    assert (difference.reference, difference.order_id, difference.provider) == (
        "pi_lost",
        "no-such-order",
        99,
    )


def test_a_payment_of_an_older_page_that_nobody_told_of_is_booked_and_goes_back(till: Till) -> None:
    order = till.buy()
    page = till.page(order)
    till.pay(order)
    older = till.gateway.pages[page].model_copy(update={"session_id": f"{page}_older"})
    till.gateway.pages[older.session_id] = older
    till.gateway.pay(older.session_id)
    till.drop_news()

    assert told(compared(till)) == []
    till.goes_on(minutes=1)
    till.sweep()

    present = till.order(order)
    assert (present.paid, present.attention, till.gateway.held) == (PRICE, [], PRICE)
    assert told(compared(till)) == []


def test_a_payment_for_an_order_that_was_made_on_no_page_of_it_is_named(till: Till) -> None:
    order = till.buy()
    payment = CardPayment(
        reference="pi_elsewhere", amount=99, currency="EUR", order_id=order["id"], created_at=till.api.now
    )
    till.gateway.payments_made["pi_elsewhere"] = payment

    assert told(compared(till)) == [("a payment is not in the ledger", "pi_elsewhere")]
    assert till.order(order).status is OrderStatus.AWAITING_PAYMENT


def test_a_payment_that_waits_for_a_decision_is_named_until_it_is_decided(till: Till) -> None:
    order = till.buy(2)
    till.gateway.change_amount(till.page(order), -500)
    till.pay(order)

    assert told(compared(till)) == [("a payment waits for a decision", till.payment(order))]
    till.did(order, "settle")
    assert told(compared(till)) == []


def test_a_payment_that_stripe_does_not_know_is_named(till: Till) -> None:
    order = till.sold()
    till.project()
    payment = till.payment(order)
    del till.gateway.payments_made[payment]

    [difference] = compared(till).differences

    assert difference.what == "the ledger has a payment that the provider does not know"
    assert (difference.reference, difference.ledger, difference.provider) == (payment, PRICE, None)


def test_a_refund_of_another_amount_is_named(till: Till) -> None:
    order = till.sold()
    till.did(order, "refund", {"amount": euro(500)})
    [made] = till.gateway.refunds_made.values()
    till.gateway.refunds_made[made.id] = made.model_copy(update={"amount": 700})

    assert told(compared(till)) == [("a refund is booked otherwise", made.id)]


def test_a_payment_booked_otherwise_is_named(till: Till) -> None:
    order = till.sold()
    payment = till.payment(order)
    known = till.gateway.payments_made[payment]
    till.gateway.payments_made[payment] = known.model_copy(update={"amount": PRICE + 1})

    [difference] = compared(till).differences

    assert (difference.what, difference.provider, difference.ledger) == (
        "a payment is booked otherwise",
        PRICE + 1,
        PRICE,
    )


def test_while_stripe_is_away_nothing_is_passed_over(till: Till) -> None:
    till.buy()
    compared(till)
    orders = unheard(till)
    till.gateway.errors["hints"] = [PaymentUnavailable()]
    with pytest.raises(PaymentUnavailable):
        compared(till)
    till.goes_on(hours=5)

    assert told(compared(till)) == []
    assert statuses(till, orders)["paid"] == (OrderStatus.SETTLED, PaymentStatus.PAID)
    assert statuses(till, orders)["lost"] == (OrderStatus.SETTLED, PaymentStatus.REFUNDED)


def test_the_schedule_reconciles_and_says_how_much_it_compared(till: Till) -> None:
    unheard(till)
    till.goes_on(hours=1)

    told = till.api.invoke("jobs", {"task": "reconcile"})

    assert (told["payments"], told["refunds"], told["disputes"], told["differences"]) == (6, 1, 3, 0)


def test_the_ledger_of_an_event_lists_its_movements_page_by_page(till: Till) -> None:
    order = till.sold(2)
    till.goes_on(minutes=1)
    till.did(order, "refund", {"amount": euro(500)})
    till.goes_on(minutes=1)
    till.did(order, "refund", {"amount": euro(600)})
    till.project()
    path, told, cursor = f"{till.path}/ledger", [], None
    for _ in range(3):
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = till.api.get(path, as_=FOUNDER, query=query).body
        told += page["items"]
        cursor = page["cursor"]

    assert cursor is None
    assert [(row["cause"], row["amount"]) for row in told] == [
        ("payment", euro(2 * PRICE)),
        ("refund", euro(500)),
        ("refund", euro(600)),
    ]
    assert {(row["debit"], row["credit"]) for row in told} == {("stripe", "order"), ("order", "stripe")}
    assert till.api.get(path, as_="stranger@home.example").status == 404
