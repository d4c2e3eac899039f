"""Paying by card: one open page at a time, and every way on which its money is heard of ends alike."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from admit.aws.table import DynamoTable
from admit.errors import PaymentUnavailable
from admit.orders.ledger import Cause
from admit.orders.order import OrderStatus
from admit.payments.checkout import reopen_checkout
from admit.payments.gateway import Hint, PageStatus, PaymentBroken
from tests.engine.api import webhook
from tests.engine.till import LIMIT, PRICE, Json, Opened, Till, euro, tills


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened()


def news(till: Till, kind: str, object_id: str, *, livemode: bool = False) -> Hint:
    return Hint(id="evt_1", type=kind, object_id=object_id, livemode=livemode, created=till.api.now)


def open_pages(till: Till) -> list[str]:
    return [name for name, page in till.gateway.pages.items() if page.status is PageStatus.OPEN]


# --- pages ------------------------------------------------------------------------------------------------


def test_twenty_requests_to_pay_at_once_open_one_page(till: Till) -> None:
    order = till.buy()
    till.gateway.expire_page(till.page(order))
    read = till.order(order)

    def pay(_: int) -> str:
        paying = reopen_checkout(till.table, till.gateway, read, "Conference", till.api.now)
        assert paying.checkout is not None
        return paying.checkout.session_id

    with ThreadPoolExecutor(20) as threads:
        shown = set(threads.map(pay, range(20)))

    assert shown == {till.page(order)} == set(open_pages(till))
    assert till.order(order).attempts == 2


def test_paying_again_shows_the_open_page(till: Till) -> None:
    order = till.buy()

    answers = [till.ask(order, "checkout") for _ in range(2)]

    assert [answer.body["checkout_url"] for answer in answers] == [order["checkout_url"]] * 2
    assert len(till.gateway.pages) == 1


@pytest.mark.parametrize("made", [True, False])
def test_a_page_that_stripe_broke_on_makes_the_next_attempt_another_one(till: Till, made: bool) -> None:
    errors = till.gateway.errors_after if made else till.gateway.errors
    errors["open_page"] = [PaymentBroken()]

    answer = till.place()
    assert (answer.status, answer.code) == (503, "payment_unavailable")
    [present] = till.orders()
    assert (present.status, present.checkout, present.attempts) == (OrderStatus.AWAITING_PAYMENT, None, 1)
    order = {"id": present.id, "key": till.api.links.order_key(present.id)}
    again = till.ask(order, "checkout")

    assert again.status == 200, again.text
    assert till.page(order) == f"cs_{present.id}_2"
    till.pay(order)
    assert till.order(order).status is OrderStatus.SETTLED
    assert till.drifts() == []


def test_while_stripe_is_away_the_order_stays_held_and_the_same_attempt_is_made_later(till: Till) -> None:
    till.gateway.errors["open_page"] = [PaymentUnavailable()]
    assert till.place().status == 503
    [present] = till.orders()
    order = {"id": present.id, "key": till.api.links.order_key(present.id)}

    assert till.ask(order, "checkout").status == 200

    assert till.page(order) == f"cs_{present.id}_1"
    assert till.left() == LIMIT - 1


def test_an_order_without_a_page_expires_too(till: Till) -> None:
    till.gateway.errors["open_page"] = [PaymentBroken()]
    till.place()

    till.goes_on(minutes=11)
    till.sweep()

    assert [order.status for order in till.orders()] == [OrderStatus.EXPIRED]
    assert (till.left(), till.drifts()) == (LIMIT, [])


@pytest.mark.parametrize("done", ["pay", "pay_later"])
def test_no_second_page_is_opened_while_the_first_is_being_paid(till: Till, done: str) -> None:
    order = till.buy()
    getattr(till.gateway, done)(till.page(order))

    answer = till.ask(order, "checkout")

    assert (answer.status, answer.code) == (409, "wrong_state")
    assert len(till.gateway.pages) == 1


# --- payments that take days ------------------------------------------------------------------------------


def paying(till: Till, quantity: int = 2) -> Json:
    """Let a buyer pay in a way that takes days, and tell of it."""
    order = till.buy(quantity)
    till.gateway.pay_later(till.page(order))
    till.deliver()
    return order


def test_the_tickets_are_held_while_the_money_is_on_its_way(till: Till) -> None:
    order = paying(till)
    view = till.seen(order)
    assert (view["status"], view["explanation"]["who"]) == ("awaiting_payment", "nobody")
    assert view["explanation"]["why"].startswith("The payment is on its way")

    for _ in range(5):
        till.goes_on(days=1, minutes=1)
        till.sweep()
        hold = till.order(order).hold_expires_at
        assert hold is not None
        assert hold > till.api.now

    assert (till.order(order).status, till.left()) == (OrderStatus.AWAITING_PAYMENT, LIMIT - 2)


def test_money_that_arrives_after_days_settles(till: Till) -> None:
    order = paying(till)
    till.goes_on(days=3)
    till.sweep()

    till.gateway.arrive(till.page(order))
    till.deliver()

    view = till.view(order)
    assert (view["status"], view["payment_status"], view["attention"]) == ("settled", "paid", [])
    assert (till.order(order).due, till.drifts()) == (None, [])


def test_money_that_does_not_arrive_leaves_half_an_hour_to_pay_otherwise(till: Till) -> None:
    order = paying(till)
    till.goes_on(days=3)
    till.sweep()

    till.gateway.fail(till.page(order))
    till.deliver()

    failed = till.order(order)
    assert failed.hold_expires_at == till.api.now + timedelta(minutes=30)
    assert (failed.status, failed.processing) == (OrderStatus.AWAITING_PAYMENT, False)
    till.goes_on(minutes=29)
    till.sweep()
    assert till.order(order).status is OrderStatus.AWAITING_PAYMENT
    till.goes_on(minutes=2)
    till.sweep()
    assert till.order(order).status is OrderStatus.EXPIRED
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT, 0, [])


def test_after_a_payment_of_days_has_failed_another_page_can_be_paid(till: Till) -> None:
    order = paying(till)
    first = till.page(order)
    till.gateway.fail(first)
    till.deliver()

    answer = till.ask(order, "checkout")
    assert answer.status == 200
    assert till.page(order) != first
    till.pay(order)

    assert till.order(order).status is OrderStatus.SETTLED
    assert (till.gateway.held, till.drifts()) == (2 * PRICE, [])


def test_a_failure_that_nobody_told_of_is_found_by_who_pays_again_or_by_the_sweep(till: Till) -> None:
    asked, swept = paying(till), paying(till)
    for order in (asked, swept):
        till.gateway.fail(till.page(order))
    till.drop_news()

    assert till.ask(asked, "checkout").status == 200
    for _ in range(2):
        till.goes_on(days=1, minutes=1)
        till.sweep()

    assert till.order(swept).status is OrderStatus.EXPIRED
    assert till.order(asked).status is OrderStatus.EXPIRED
    assert (till.left(), till.drifts()) == (LIMIT, [])


def test_what_is_being_paid_can_not_be_cancelled(till: Till) -> None:
    order = paying(till)

    answer = till.ask(order, "cancel")

    assert (answer.status, answer.code) == (409, "wrong_state")
    assert till.left() == LIMIT - 2


# --- how it is heard of -----------------------------------------------------------------------------------


@pytest.mark.parametrize("heard", ["webhook", "buyer", "sweep", "both", "cancel", "checkout"])
def test_however_a_payment_is_heard_of_the_order_ends_alike(till: Till, heard: str) -> None:
    order = till.buy(2)
    till.gateway.pay(till.page(order))
    match heard:
        case "webhook":
            till.deliver()
        case "buyer":
            assert till.ask(order, "confirm").body["status"] == "settled"
        case "both":
            assert till.ask(order, "confirm").status == 200
            till.deliver()
        case "sweep":
            till.goes_on(minutes=11)
            till.sweep()
        case "cancel":
            assert till.ask(order, "cancel").code == "already_paid"
        case "checkout":
            assert till.ask(order, "checkout").code == "wrong_state"

    view = till.seen(order)
    assert (view["status"], view["payment_status"], view["paid"]) == ("settled", "paid", euro(2 * PRICE))
    assert [moment["what"] for moment in view["timeline"]] == [
        "placed",
        "payment page opened",
        "paid by card",
    ]
    assert till.drifts() == []


def test_a_buyer_who_comes_back_before_he_has_paid_sees_his_order_as_it_is(till: Till) -> None:
    order = till.buy()

    answer = till.ask(order, "confirm")

    assert (answer.status, answer.body["status"]) == (200, "awaiting_payment")


def test_news_of_real_money_changes_nothing_where_money_is_not_real(till: Till) -> None:
    order = till.buy()
    till.gateway.pay(till.page(order))
    before = till.order(order)

    answer = till.api.tell(news(till, "checkout.session.completed", till.page(order), livemode=True))

    assert (answer.status, answer.body) == (200, {"taken": False})
    assert till.order(order) == before


@pytest.mark.parametrize("kind", ["customer.created", "payment_intent.succeeded", "invoice.paid"])
def test_news_of_a_kind_that_tells_of_nothing_here_is_answered_and_left(till: Till, kind: str) -> None:
    order = till.buy()
    till.gateway.pay(till.page(order))
    before = till.order(order)

    answer = till.api.tell(news(till, kind, till.page(order)))

    assert (answer.status, answer.body) == (200, {"taken": False})
    assert till.order(order) == before


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("checkout.session.completed", "cs_of_another_shop"),
        ("refund.created", "re_of_another_shop"),
        ("charge.refunded", "ch_pi_of_another_shop"),
        ("charge.dispute.created", "dp_of_another_shop"),
    ],
)
def test_news_about_others_who_use_the_account_is_answered_and_left(
    till: Till, kind: str, about: str
) -> None:
    answer = till.api.tell(news(till, kind, about))

    assert (answer.status, answer.body) == (200, {"taken": False})


@pytest.mark.parametrize("minutes", [-6, 6])
def test_news_signed_too_long_ago_or_in_the_future_is_refused(till: Till, minutes: int) -> None:
    order = till.buy()
    till.gateway.pay(till.page(order))
    signed_at = till.api.now + timedelta(minutes=minutes)

    answer = till.api.post("/webhooks/stripe", **webhook(till.gateway.news[-1], signed_at))

    assert (answer.status, answer.code) == (400, "bad_signature")
    assert till.order(order).status is OrderStatus.AWAITING_PAYMENT


def test_news_of_a_refund_before_that_of_its_payment_books_both(till: Till) -> None:
    order = till.buy(2)
    payment = till.gateway.pay(till.page(order)).reference or ""
    paid = till.gateway.news[-1]
    till.drop_news()
    till.gateway.refund_in_dashboard(payment, 900)

    till.deliver()
    assert till.api.tell(paid).status == 200

    present = till.order(order)
    assert (present.status, present.paid) == (OrderStatus.SETTLED, 2 * PRICE - 900)
    assert [one.cause for one in present.movements] == [Cause.PAYMENT, Cause.REFUND]
    assert till.drifts() == []


def test_news_of_a_refund_of_an_older_page_before_that_of_its_payment_books_both(till: Till) -> None:
    order = till.buy(2)
    first = till.page(order)
    till.pay(order)
    older = till.gateway.pages[first].model_copy(update={"session_id": f"{first}_older"})
    till.gateway.pages[older.session_id] = older
    payment = till.gateway.pay(older.session_id).reference or ""
    paid = till.gateway.news[-1]
    till.drop_news()
    made = till.gateway.refund_in_dashboard(payment, 2 * PRICE)
    refunded = news(till, "refund.created", made.id)

    for hint in (refunded, paid, refunded):
        assert till.api.tell(hint).status == 200

    present = till.order(order)
    assert (present.paid, present.attention, till.gateway.held) == (2 * PRICE, [], 2 * PRICE)
    till.drop_news()
    assert till.drifts() == []
