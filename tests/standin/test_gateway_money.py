"""Refunds, disputes, delayed payments and the lists of Admit's own gateway, against the stand-in."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from admit import clock
from admit.errors import NotFound, PaymentRefused, PaymentUnavailable
from admit.payments.gateway import (
    MONEY_EVENTS,
    DisputeStatus,
    PageStatus,
    PaymentBroken,
    PaymentPage,
    RefundStatus,
)
from admit.payments.stripe_gateway import StripeGateway
from local.stripe_standin.webhooks import DEFAULT_EVENTS
from tests.builders import a_card_order
from tests.standin.conftest import StandIn


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait 0.3 seconds for an answer, in place of four."""
    monkeypatch.setattr("admit.payments.stripe_gateway._TIMEOUT", 0.3)


def a_page(gateway: StripeGateway, attempt: int = 1) -> PaymentPage:
    return gateway.open_page(a_card_order(clock.now()), attempt, title="Polar Conf")


def a_debit(gateway: StripeGateway, stand_in: StandIn) -> PaymentPage:
    page = a_page(gateway)
    assert stand_in.http.post(f"/c/pay/{page.session_id}", data={"debit": "1"}).status_code == 303
    return page


def a_payment(gateway: StripeGateway, stand_in: StandIn) -> str:
    """Pay 250.00 EUR on a page and return the payment's reference."""
    page = a_page(gateway)
    assert stand_in.http.post(f"/c/pay/{page.session_id}", data={"pay": "1"}).status_code == 303
    reference = gateway.fetch_page(page.session_id).reference
    assert reference is not None
    return reference


def refund(gateway: StripeGateway, payment: str, amount: int = 5_000, sequence: int = 1) -> str:
    return gateway.refund(payment, amount, order_id="order-1", sequence=sequence).id


def span() -> tuple[datetime, datetime]:
    return clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)


def test_the_stand_in_sends_what_the_domain_listens_to() -> None:
    assert DEFAULT_EVENTS == MONEY_EVENTS


# --- delayed payments --------------------------------------------------------------------------------------


def test_a_delayed_payment_is_processing_until_its_money_comes(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    page = a_debit(gateway, stand_in)
    waiting = gateway.fetch_page(page.session_id)
    assert (waiting.status, waiting.paid, waiting.processing) == (PageStatus.COMPLETE, False, True)
    assert not waiting.failed
    assert gateway.expire_page(page.session_id) == waiting

    stand_in.tell(f"debits/{page.session_id}/succeed")

    paid = gateway.fetch_page(page.session_id)
    assert (paid.paid, paid.processing, paid.failed) == (True, False, False)
    assert paid.reference == waiting.reference


def test_a_delayed_payment_that_does_not_come_has_failed(gateway: StripeGateway, stand_in: StandIn) -> None:
    page = a_debit(gateway, stand_in)
    stand_in.tell(f"debits/{page.session_id}/fail")
    failed = gateway.fetch_page(page.session_id)
    assert (failed.status, failed.paid, failed.processing) == (PageStatus.COMPLETE, False, False)
    assert failed.failed


def test_a_declined_card_fails_no_page(gateway: StripeGateway, stand_in: StandIn) -> None:
    page = a_page(gateway)
    stand_in.http.post(f"/c/pay/{page.session_id}", data={"decline": "1"})
    declined = gateway.fetch_page(page.session_id)
    assert (declined.status, declined.processing, declined.failed) == (PageStatus.OPEN, False, False)
    expired = gateway.expire_page(page.session_id)
    assert (expired.status, expired.processing, expired.failed) == (PageStatus.EXPIRED, False, False)


# --- refunds -----------------------------------------------------------------------------------------------


def test_a_refund_names_its_payment_and_its_order(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)

    made = gateway.refund(payment, 5_000, order_id="order-1", sequence=3)

    assert (made.payment, made.amount, made.currency) == (payment, 5_000, "EUR")
    assert (made.order_id, made.sequence, made.reason) == ("order-1", 3, None)
    assert made.status is RefundStatus.SUCCEEDED
    assert abs(made.created_at - clock.now()) < timedelta(minutes=1)
    assert gateway.fetch_refund(made.id) == made


def test_the_same_sequence_is_the_same_refund(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    first = refund(gateway, payment)
    assert refund(gateway, payment) == first
    second = refund(gateway, payment, sequence=2)
    assert [made.id for made in gateway.refunds_of(payment)] == [second, first]


def test_a_sequence_is_not_used_for_another_amount(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    refund(gateway, payment, 5_000)
    with pytest.raises(PaymentBroken):
        refund(gateway, payment, 6_000)
    assert [made.amount for made in gateway.refunds_of(payment)] == [5_000]


def test_more_than_is_left_is_not_given_back(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    refund(gateway, payment, 20_000)
    with pytest.raises(PaymentRefused):
        refund(gateway, payment, 5_001, sequence=2)
    with pytest.raises(PaymentRefused):
        refund(gateway, "pi_none", sequence=3)
    assert [made.amount for made in gateway.refunds_of(payment)] == [20_000]


def test_a_refund_that_fails_says_why(gateway: StripeGateway, stand_in: StandIn) -> None:
    stand_in.set(pending_refunds=1)
    payment = a_payment(gateway, stand_in)
    waiting = gateway.refund(payment, 5_000, order_id="order-1", sequence=1)
    assert waiting.status is RefundStatus.PENDING
    stand_in.tell(f"refunds/{waiting.id}/fail", reason="lost_or_stolen_card")
    failed = gateway.fetch_refund(waiting.id)
    assert (failed.status, failed.reason) == (RefundStatus.FAILED, "lost_or_stolen_card")


def test_a_refund_of_the_dashboard_names_no_order(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    stand_in.tell("refunds", payment_intent=payment)
    [made] = gateway.refunds_of(payment)
    assert (made.amount, made.order_id, made.sequence) == (25_000, None, None)


def test_all_refunds_of_a_payment_are_read_however_many(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    for _ in range(101):
        stand_in.tell("refunds", payment_intent=payment, amount=1)
    assert len({made.id for made in gateway.refunds_of(payment)}) == 101


def test_a_charge_leads_to_its_payment(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    assert gateway.payment_of_charge(stand_in.the_charge(payment).id) == payment


def test_a_payment_says_what_was_received_and_for_which_order(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    order = a_card_order(clock.now())
    page = gateway.open_page(order, 1, title="Polar Conf")
    stand_in.http.post(f"/c/pay/{page.session_id}", data={"pay": "1"})
    reference = gateway.fetch_page(page.session_id).reference
    assert reference is not None
    payment = gateway.fetch_payment(reference)
    assert (payment.reference, payment.amount, payment.currency) == (reference, 25_000, "EUR")
    assert payment.order_id == order.id


def test_the_page_of_a_payment_is_found_whatever_page_the_order_shows_now(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    order = a_card_order(clock.now())
    first, second = (gateway.open_page(order, attempt, title="Polar Conf") for attempt in (1, 2))
    for page in (first, second):
        stand_in.http.post(f"/c/pay/{page.session_id}", data={"pay": "1"})
    reference = gateway.fetch_page(first.session_id).reference
    assert reference is not None
    assert gateway.page_of(reference) == gateway.fetch_page(first.session_id)


# --- disputes ----------------------------------------------------------------------------------------------


def test_a_dispute_is_open_until_it_is_decided(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    dispute_id = stand_in.dispute(payment, amount=12_500, reason="product_not_received")

    opened = gateway.fetch_dispute(dispute_id)

    assert (opened.payment, opened.amount, opened.currency) == (payment, 12_500, "EUR")
    assert (opened.status, opened.reason) == (DisputeStatus.NEEDS_RESPONSE, "product_not_received")
    assert (opened.withdrawn, opened.open, opened.won, opened.lost) == (True, True, False, False)
    assert opened.respond_by is not None
    assert opened.respond_by > clock.now()
    assert gateway.disputes_of(payment) == [opened]
    with pytest.raises(PaymentRefused):
        refund(gateway, payment)


@pytest.mark.parametrize(("step", "withdrawn"), [("win", False), ("lose", True)])
def test_a_decided_dispute_has_given_the_money_back_or_not(
    gateway: StripeGateway, stand_in: StandIn, step: str, withdrawn: bool
) -> None:
    dispute_id = stand_in.dispute(a_payment(gateway, stand_in))
    stand_in.tell(f"disputes/{dispute_id}/{step}")
    decided = gateway.fetch_dispute(dispute_id)
    assert (decided.open, decided.won, decided.lost) == (False, step == "win", step == "lose")
    assert decided.withdrawn is withdrawn


def test_an_inquiry_withdraws_nothing(gateway: StripeGateway, stand_in: StandIn) -> None:
    inquiry_id = stand_in.dispute(a_payment(gateway, stand_in), inquiry=True)
    inquiry = gateway.fetch_dispute(inquiry_id)
    assert (inquiry.status, inquiry.withdrawn) == (DisputeStatus.WARNING_NEEDS_RESPONSE, False)
    assert inquiry.open
    stand_in.tell(f"disputes/{inquiry_id}/win")
    closed = gateway.fetch_dispute(inquiry_id)
    assert (closed.status, closed.open, closed.won) == (DisputeStatus.WARNING_CLOSED, False, True)


# --- lists -------------------------------------------------------------------------------------------------


def test_the_news_of_a_span_come_oldest_first(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    made = refund(gateway, payment)

    hints = list(gateway.hints(*span()))

    types = ["checkout.session.completed", "refund.created", "charge.refunded", "refund.updated"]
    assert [hint.type for hint in hints] == types
    assert hints[1].object_id == made
    assert not any(hint.livemode for hint in hints)
    for after, until in ((-60, -1), (1, 60)):
        assert list(gateway.hints(*(clock.now() + timedelta(minutes=off) for off in (after, until)))) == []


def test_a_span_leaves_out_its_first_second_and_has_its_last(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    made = gateway.fetch_refund(refund(gateway, a_payment(gateway, stand_in)))
    second = timedelta(seconds=1)
    assert list(gateway.refunds(made.created_at - second, made.created_at)) == [made]
    assert list(gateway.refunds(made.created_at, made.created_at + second)) == []


def test_a_long_list_of_news_is_read_to_its_end(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    for _ in range(40):
        stand_in.tell("refunds", payment_intent=payment, amount=1)
    hints = list(gateway.hints(*span()))
    assert len({hint.id for hint in hints}) == 1 + 3 * 40
    assert [hint.created for hint in hints] == sorted(hint.created for hint in hints)


def test_payments_refunds_and_disputes_of_a_span_are_listed(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    first, second = (a_payment(gateway, stand_in) for _ in range(2))
    a_debit(gateway, stand_in)
    refunds = [refund(gateway, payment, sequence=number) for number, payment in enumerate((first, second))]
    disputes = [stand_in.dispute(payment) for payment in (first, second)]

    assert [payment.reference for payment in gateway.payments(*span())] == [second, first]
    assert [made.id for made in gateway.refunds(*span())] == refunds[::-1]
    assert [opened.id for opened in gateway.disputes(*span())] == disputes[::-1]


# --- errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda gateway: gateway.fetch_refund("re_none"),
        lambda gateway: gateway.fetch_payment("pi_none"),
        lambda gateway: gateway.page_of("pi_none"),
        lambda gateway: gateway.fetch_dispute("dp_none"),
        lambda gateway: gateway.payment_of_charge("ch_none"),
    ],
)
def test_what_stripe_does_not_have_is_not_found(
    gateway: StripeGateway, ask: Callable[[StripeGateway], object]
) -> None:
    with pytest.raises(NotFound):
        ask(gateway)


def test_a_refund_that_broke_is_looked_for_and_goes_on_with_a_new_key(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    payment = a_payment(gateway, stand_in)
    stand_in.set(break_requests=1, only="POST /v1/refunds")
    for _ in range(2):
        with pytest.raises(PaymentBroken):
            refund(gateway, payment, sequence=1)
    assert [made.sequence for made in gateway.refunds_of(payment)] == [1]
    refund(gateway, payment, sequence=2)
    assert [made.sequence for made in gateway.refunds_of(payment)] == [2, 1]


def test_a_page_that_broke_is_opened_by_the_next_attempt(gateway: StripeGateway, stand_in: StandIn) -> None:
    order = a_card_order(clock.now())
    stand_in.set(break_requests=1)
    for _ in range(2):
        with pytest.raises(PaymentBroken):
            gateway.open_page(order, 1, title="Polar Conf")
    assert gateway.open_page(order, 2, title="Polar Conf").status is PageStatus.OPEN


def test_an_attempt_does_not_open_under_another_title(gateway: StripeGateway) -> None:
    order = a_card_order(clock.now())
    gateway.open_page(order, 1, title="Polar Conf")
    with pytest.raises(PaymentBroken):
        gateway.open_page(order, 1, title="Arctic Conf")


@pytest.mark.usefixtures("impatient")
def test_a_refund_that_is_answered_late_is_found_by_the_repetition(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    payment = a_payment(gateway, stand_in)
    stand_in.set(hang_requests=1, hang_seconds=0.8, only="POST /v1/refunds")
    made = refund(gateway, payment)
    assert [one.id for one in gateway.refunds_of(payment)] == [made]


@pytest.mark.usefixtures("impatient")
def test_a_refund_that_is_never_answered_keeps_its_key(gateway: StripeGateway, stand_in: StandIn) -> None:
    payment = a_payment(gateway, stand_in)
    stand_in.set(hang_requests=2, hang_seconds=0.8, only="POST /v1/refunds")
    with pytest.raises(PaymentUnavailable) as unanswered:
        refund(gateway, payment)
    assert not isinstance(unanswered.value, PaymentBroken)
    made = refund(gateway, payment)
    assert [one.id for one in gateway.refunds_of(payment)] == [made]


@pytest.mark.parametrize(
    "ask",
    [
        lambda gateway: gateway.fetch_page("cs_1"),
        lambda gateway: gateway.expire_page("cs_1"),
        lambda gateway: gateway.refunds_of("pi_1"),
        lambda gateway: list(gateway.hints(*span())),
        lambda gateway: list(gateway.payments(*span())),
    ],
)
def test_reading_and_closing_break_no_key(
    gateway: StripeGateway, stand_in: StandIn, ask: Callable[[StripeGateway], object]
) -> None:
    stand_in.set(fail_requests=2)
    with pytest.raises(PaymentUnavailable) as failed:
        ask(gateway)
    assert not isinstance(failed.value, PaymentBroken)
