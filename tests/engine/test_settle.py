"""Settling: money settles an order once, whatever comes twice, late, wrong or at the same time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.catalog.event import InvoicePolicy
from admit.errors import AlreadyPaid, WrongState
from admit.orders.ledger import Account
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus, load_order
from admit.orders.release import release
from admit.payments.checkout import open_checkout, reopen_checkout
from admit.payments.expire import end_order
from admit.payments.gateway import Hint, PageStatus
from admit.payments.settle import Receipt, receive, release_invoice, settle_card, settle_invoice
from admit.payments.sweep import sweep
from admit.payments.webhook import take_webhook
from admit.stock.stock import left_in
from admit.store import ConditionFailed, Update
from tests.builders import NOW, a_page, a_price, an_event, an_order, clock_at, later, other_tier
from tests.fake_gateway import FakeGateway

WORKSHOP = {"title": "Workshop", "prices": [a_price(2_000, "card", "invoice")], "ticket_limit": 50}


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, WORKSHOP)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


def a_held_order(table: DynamoTable, catalog: Catalog, gateway: FakeGateway, quantity: int = 2) -> Order:
    """Place an order by card and open its payment page."""
    order = an_order(table, catalog, tier_id=other_tier(catalog), quantity=quantity, method="card")
    return open_checkout(table, gateway, order, catalog.event.title, NOW)


def paid(gateway: FakeGateway, order: Order) -> Hint:
    """Let the buyer pay; return what the webhook says."""
    assert order.checkout is not None
    gateway.pay(order.checkout.session_id)
    return gateway.news[-1]


def about(session_id: str) -> Hint:
    """Return news of a page."""
    kind = "checkout.session.completed"
    return Hint(id="evt_1", type=kind, object_id=session_id, livemode=False, created=NOW)


def told(table: DynamoTable, catalog: Catalog, gateway: FakeGateway, hint: Hint) -> Order | None:
    """Deliver news; return the order that it was about."""
    return take_webhook(table, gateway, lambda _: catalog, hint, now=NOW, random=Random(1))


def left(table: DynamoTable, catalog: Catalog) -> int:
    return left_in(table, catalog.limits())[other_tier(catalog)]


def test_twenty_deliveries_of_one_payment_settle_once(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    hint = paid(gateway, order)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: told(table, catalog, gateway, hint), range(20)))

    settled = load_order(table, order.id)
    assert (settled.status, settled.payment_status) == (OrderStatus.SETTLED, PaymentStatus.PAID)
    assert [moment.what for moment in settled.timeline] == ["placed", "payment page opened", "paid by card"]
    assert settled.attention == []


def test_without_the_condition_on_its_revision_one_payment_would_be_written_over_another(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    def booked(order: Order, reference: str) -> Update:
        """Return the write of a payment by who has read the order before any other came."""
        receipt = Receipt(
            id=f"payment:{reference}",
            account=Account.STRIPE,
            amount=order.total,
            currency=order.currency,
            reference=reference,
            actor="stripe",
            what="paid by card",
        )
        return receive(order, receipt, NOW).over(order)

    def unguarded(write: Update) -> Update:
        values = {name: value for name, value in write.values.items() if f":{name}" in write.expression}
        return replace(write, condition=None, values=values)

    def payments(order: Order) -> list[str]:
        return [payment.reference for payment in load_order(table, order.id).payments()]

    order, lost = (a_held_order(table, catalog, gateway) for _ in range(2))
    table.write(booked(order, "pi_1"))
    with pytest.raises(ConditionFailed):
        table.write(booked(order, "pi_2"))
    table.write(unguarded(booked(lost, "pi_1")))
    table.write(unguarded(booked(lost, "pi_2")))

    assert payments(order) == ["pi_1"]
    assert payments(lost) == ["pi_2"]


def test_a_payment_of_another_amount_settles_nothing_and_is_shown_to_the_organizer(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)

    flagged = settle_card(table, order, a_page(order, amount=order.total - 1), NOW)
    again = settle_card(table, flagged, a_page(order, amount=order.total - 1), NOW)

    assert flagged.status is OrderStatus.AWAITING_PAYMENT
    assert again == flagged
    assert (again.paid, again.attention) == (0, [Attention.PAYMENT_MISMATCH])


@pytest.mark.parametrize("wrong", [{"currency": "NOK"}, {"session_id": "cs_of_somebody_else"}])
def test_a_payment_in_another_currency_or_of_another_page_settles_nothing(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway, wrong: dict[str, str]
) -> None:
    order = a_held_order(table, catalog, gateway)

    flagged = settle_card(table, order, a_page(order, **wrong), NOW)

    assert (flagged.status, flagged.attention) == (
        OrderStatus.AWAITING_PAYMENT,
        [Attention.PAYMENT_MISMATCH],
    )


def test_an_unpaid_page_settles_nothing(table: DynamoTable, catalog: Catalog, gateway: FakeGateway) -> None:
    order = a_held_order(table, catalog, gateway)

    assert settle_card(table, order, a_page(order, paid=False), NOW) == order
    assert load_order(table, order.id) == order


def test_a_second_payment_is_shown_until_it_is_back_and_the_first_stays(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    told(table, catalog, gateway, paid(gateway, order))
    second = paid(gateway, order)

    flagged = settle_card(table, order, gateway.fetch_page(second.object_id), NOW)
    done = told(table, catalog, gateway, second)

    assert (flagged.status, flagged.attention) == (OrderStatus.SETTLED, [Attention.SECOND_PAYMENT])
    assert done is not None
    assert (done.status, done.payment_status, done.attention) == (
        OrderStatus.SETTLED,
        PaymentStatus.PAID,
        [],
    )
    assert [refund.payment for refund in gateway.refunds_made.values()] == [done.payments()[1].reference]
    assert gateway.held == done.paid == order.total


def test_money_after_the_end_of_an_order_gives_no_ticket_by_itself_and_is_shown(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    release(table, order, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)

    flagged = settle_card(table, order, a_page(order), NOW)

    assert (flagged.status, flagged.attention) == (OrderStatus.EXPIRED, [Attention.PAID_AFTER_END])
    assert left(table, catalog) == 50


def test_an_expired_order_gets_its_tickets_for_late_money_while_they_are_there(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    release(table, order, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)

    rescued = told(table, catalog, gateway, paid(gateway, order))

    assert rescued is not None
    assert (rescued.status, rescued.payment_status, rescued.attention) == (
        OrderStatus.SETTLED,
        PaymentStatus.PAID,
        [],
    )
    assert left(table, catalog) == 48


def test_a_webhook_about_somebody_elses_page_is_taken_and_changes_nothing(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    gateway.pages["cs_foreign"] = a_page(order, session_id="cs_foreign", order_id="another-shop-1")

    assert told(table, catalog, gateway, about("cs_foreign")) is None
    assert load_order(table, order.id) == order


def test_paying_again_opens_the_same_page_until_it_is_gone(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    assert order.checkout is not None

    assert reopen_checkout(table, gateway, order, catalog.event.title, NOW).checkout == order.checkout
    gateway.expire_page(order.checkout.session_id)
    second = reopen_checkout(table, gateway, order, catalog.event.title, NOW)

    assert second.checkout is not None
    assert second.checkout.attempt == 2
    assert gateway.pages[second.checkout.session_id].status is PageStatus.OPEN


def test_no_page_is_left_open_for_an_order_that_ended_while_it_was_made(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = an_order(table, catalog, tier_id=other_tier(catalog), method="card")
    release(table, order, OrderStatus.CANCELLED, actor="buyer", what="cancelled", now=NOW)

    with pytest.raises(WrongState):
        open_checkout(table, gateway, order, catalog.event.title, NOW)

    assert {page.status for page in gateway.pages.values()} == {PageStatus.EXPIRED}


def test_the_sweep_ends_what_is_due_and_gives_its_stock_back_once(
    empty_table: DynamoTable, gateway: FakeGateway
) -> None:
    table, catalog = empty_table, an_event(empty_table, WORKSHOP)
    order = a_held_order(table, catalog, gateway)
    assert order.checkout is not None
    assert left(table, catalog) == 48

    sweep(table, gateway, clock_at(later(9)), Random(1), _fail)
    assert load_order(table, order.id).status is OrderStatus.AWAITING_PAYMENT
    sweep(table, gateway, clock_at(later(11)), Random(1), _fail)
    sweep(table, gateway, clock_at(later(12)), Random(1), _fail)

    assert load_order(table, order.id).status is OrderStatus.EXPIRED
    assert gateway.pages[order.checkout.session_id].status is PageStatus.EXPIRED
    assert left(table, catalog) == 50


def test_the_sweep_settles_an_order_that_was_paid_at_the_last_moment(
    empty_table: DynamoTable, gateway: FakeGateway
) -> None:
    table, catalog = empty_table, an_event(empty_table, WORKSHOP)
    order = a_held_order(table, catalog, gateway)
    paid(gateway, order)

    sweep(table, gateway, clock_at(later(11)), Random(1), _fail)

    assert load_order(table, order.id).status is OrderStatus.SETTLED
    assert left(table, catalog) == 48


def test_a_hold_stays_while_its_payment_is_under_way(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    assert order.checkout is not None
    gateway.pay_later(order.checkout.session_id)

    with pytest.raises(WrongState, match="under way"):
        end_order(table, gateway, order, OrderStatus.CANCELLED, actor="buyer", now=NOW)

    held = load_order(table, order.id)
    assert (held.status, held.processing) == (OrderStatus.AWAITING_PAYMENT, True)
    assert left(table, catalog) == 48


def test_a_buyer_who_has_paid_can_not_cancel_any_more(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    paid(gateway, order)

    with pytest.raises(AlreadyPaid):
        end_order(table, gateway, order, OrderStatus.CANCELLED, actor="buyer", now=NOW)

    assert load_order(table, order.id).status is OrderStatus.SETTLED


def test_stock_does_not_go_back_while_a_page_that_was_opened_meanwhile_can_be_paid(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    seen_by_the_sweep = an_order(table, catalog, tier_id=other_tier(catalog), method="card")
    opened = open_checkout(table, gateway, seen_by_the_sweep, catalog.event.title, NOW)

    with pytest.raises(WrongState):
        end_order(table, gateway, seen_by_the_sweep, OrderStatus.EXPIRED, actor="system", now=NOW)

    assert load_order(table, opened.id) == opened
    assert left(table, catalog) == 49


def test_an_order_that_can_not_be_read_holds_up_no_other_hold(
    empty_table: DynamoTable, gateway: FakeGateway
) -> None:
    catalog = an_event(empty_table, WORKSHOP)
    orders = [a_held_order(empty_table, catalog, gateway) for _ in range(20)]
    spoilt = keys.order(orders[3].id)
    empty_table.write(Update(spoilt, "SET quantity = :x REMOVE buyer", condition=None, values={"x": 1}))
    failed: list[str] = []

    ended = sweep(
        empty_table,
        gateway,
        clock_at(later(11)),
        Random(1),
        lambda key, error: failed.append(f"{key} {type(error).__name__}"),
    )

    assert ended == 19
    assert failed == [f"{spoilt.pk} ValidationError"]


def test_a_sweep_whose_time_is_up_leaves_the_rest_to_the_next(
    empty_table: DynamoTable, gateway: FakeGateway
) -> None:
    catalog = an_event(empty_table, WORKSHOP)
    a_held_order(empty_table, catalog, gateway)
    moments = iter([later(11), later(12)])

    assert sweep(empty_table, gateway, lambda: next(moments), Random(1), _fail) == 0
    assert sweep(empty_table, gateway, clock_at(later(13)), Random(1), _fail) == 1


def test_an_order_before_its_organizer_is_left_to_him_by_the_sweep(
    empty_table: DynamoTable, gateway: FakeGateway
) -> None:
    catalog = an_event(empty_table, WORKSHOP)
    order = a_held_order(empty_table, catalog, gateway)
    settle_card(empty_table, order, a_page(order, amount=1), NOW)

    assert sweep(empty_table, gateway, clock_at(later(11)), Random(1), _fail) == 0
    assert load_order(empty_table, order.id).status is OrderStatus.AWAITING_PAYMENT


def test_a_page_of_another_shop_without_an_amount_is_passed_over(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    gateway.pages["cs_setup"] = a_page(order, amount=None, currency=None, order_id=None, reference=None)

    for object_id in ("cs_setup", "cs_unknown"):
        assert told(table, catalog, gateway, about(object_id)) is None


def test_an_event_that_gives_tickets_on_payment_gives_none_on_a_word(
    table: DynamoTable, catalog: Catalog
) -> None:
    order = an_order(table, catalog, tier_id=other_tier(catalog), method="invoice")

    with pytest.raises(WrongState):
        release_invoice(table, order, actor="boss@admit.example", now=NOW)


def test_paying_and_expiring_at_the_same_moment_leaves_one_of_the_two(
    table: DynamoTable, catalog: Catalog, gateway: FakeGateway
) -> None:
    order = a_held_order(table, catalog, gateway)
    page = a_page(order)

    def act(turn: int) -> None:
        if turn % 2:
            settle_card(table, order, page, NOW)
            return
        try:
            release(table, order, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)
        except WrongState:
            return

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(act, range(10)))

    ended = load_order(table, order.id)
    if ended.status is OrderStatus.SETTLED:
        assert (left(table, catalog), ended.attention) == (48, [])
    else:
        assert (left(table, catalog), ended.attention) == (50, [Attention.PAID_AFTER_END])


def test_an_invoice_is_settled_once_on_the_organizers_word(table: DynamoTable, catalog: Catalog) -> None:
    order = an_order(table, catalog, tier_id=other_tier(catalog), quantity=3, method="invoice")

    def settle(_: int) -> Order:
        return settle_invoice(table, order, actor="boss@admit.example", note="bank, 1 March", now=NOW)

    with ThreadPoolExecutor(8) as threads:
        settled = list(threads.map(settle, range(8)))

    assert {(order.status, order.payment_status) for order in settled} == {
        (OrderStatus.SETTLED, PaymentStatus.PAID)
    }
    assert [moment.what for moment in load_order(table, order.id).timeline] == ["placed", "paid by invoice"]


def test_an_invoice_settled_on_issue_is_paid_later_without_a_second_settlement(table: DynamoTable) -> None:
    catalog = an_event(table, WORKSHOP, invoice_policy=InvoicePolicy.ON_ISSUE)
    order = an_order(table, catalog, tier_id=other_tier(catalog), method="invoice")
    assert (order.status, order.payment_status) == (OrderStatus.SETTLED, PaymentStatus.UNPAID)

    paid_later = settle_invoice(table, order, actor="boss@admit.example", note="", now=NOW)

    assert (paid_later.status, paid_later.payment_status) == (OrderStatus.SETTLED, PaymentStatus.PAID)


def test_an_invoice_released_by_the_organizer_is_settled_and_unpaid(table: DynamoTable) -> None:
    catalog = an_event(table, WORKSHOP, invoice_policy=InvoicePolicy.ON_RELEASE)
    order = an_order(table, catalog, tier_id=other_tier(catalog), method="invoice")
    assert order.status is OrderStatus.AWAITING_PAYMENT

    released = release_invoice(table, order, actor="boss@admit.example", now=NOW)

    assert (released.status, released.payment_status) == (OrderStatus.SETTLED, PaymentStatus.UNPAID)
    assert release_invoice(table, order, actor="boss@admit.example", now=NOW) == released


def test_a_cancelled_invoice_can_not_be_settled(table: DynamoTable, catalog: Catalog) -> None:
    order = an_order(table, catalog, tier_id=other_tier(catalog), method="invoice")
    release(table, order, OrderStatus.CANCELLED, actor="buyer", what="cancelled", now=NOW)

    with pytest.raises(WrongState):
        settle_invoice(table, order, actor="boss@admit.example", note="", now=NOW)


def _fail(key: str, error: Exception) -> None:
    raise AssertionError(f"{key}: {error}")
