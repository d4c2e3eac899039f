"""How the stand-in breaks: before, after and long after it does what it was asked."""

import time

import pytest
import stripe

from tests.standin.conftest import API_KEY, StandIn, session_params


def a_hasty_client(stand_in: StandIn, seconds: float = 0.2) -> stripe.StripeClient:
    return stripe.StripeClient(
        API_KEY,
        base_addresses={"api": stand_in.url},
        http_client=stripe.RequestsClient(timeout=seconds),
        max_network_retries=0,
    )


def test_a_broken_request_is_done_and_its_key_keeps_the_failure(stand_in: StandIn) -> None:
    sessions = stand_in.client.v1.checkout.sessions
    stand_in.set(break_requests=1)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            sessions.create(session_params(), {"idempotency_key": "key"})
        assert broken.value.http_status == 500
    assert broken.value.headers is not None
    assert broken.value.headers["Idempotent-Replayed"] == "true"
    assert broken.value.headers["Stripe-Should-Retry"] == "false"
    assert len(stand_in.get("/v1/checkout/sessions")["data"]) == 1
    assert sessions.create(session_params(), {"idempotency_key": "another"}).status == "open"


def test_a_broken_refund_is_a_refund(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    stand_in.set(break_requests=1)
    with pytest.raises(stripe.APIError):
        stand_in.client.v1.refunds.create({"payment_intent": intent, "amount": 100})
    [refund] = stand_in.client.v1.refunds.list({"payment_intent": intent}).data
    assert (refund.amount, stand_in.the_charge(intent).amount_refunded) == (100, 100)


def test_a_hanging_request_is_done_once_and_answered_to_who_asks_again(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    stand_in.set(hang_requests=1, hang_seconds=0.8)
    refunds = a_hasty_client(stand_in).v1.refunds
    params: stripe.params.RefundCreateParams = {"payment_intent": intent, "amount": 100}
    with pytest.raises(stripe.APIConnectionError):
        refunds.create(params, {"idempotency_key": "refund:order-1:1"})
    again = refunds.create(params, {"idempotency_key": "refund:order-1:1"})
    assert [refund.id for refund in stand_in.client.v1.refunds.list()] == [again.id]


def test_a_hanging_request_is_answered_in_the_end(stand_in: StandIn) -> None:
    stand_in.set(hang_requests=1, hang_seconds=0.3)
    start = time.monotonic()
    assert stand_in.open_session().status == "open"
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("fault", ["fail_requests", "break_requests", "hang_requests"])
def test_a_fault_can_be_aimed_at_one_call(stand_in: StandIn, fault: str) -> None:
    intent = stand_in.paid_intent()
    stand_in.set(**{fault: 1, "hang_seconds": 0.8, "only": "POST /v1/refunds"})
    client = a_hasty_client(stand_in)
    assert client.v1.checkout.sessions.create(session_params()).status == "open"
    assert client.v1.refunds.list().data == []
    with pytest.raises(stripe.StripeError):
        client.v1.refunds.create({"payment_intent": intent, "amount": 100})
    assert client.v1.refunds.create({"payment_intent": intent, "amount": 100}).amount == 100
    assert stand_in.http.get("/control").json()[fault] == 0


def test_a_replay_fails_too_while_stripe_is_out_of_order(stand_in: StandIn) -> None:
    sessions = stand_in.client.v1.checkout.sessions
    first = sessions.create(session_params(), {"idempotency_key": "key"})
    stand_in.set(fail_requests=1)
    with pytest.raises(stripe.APIError):
        sessions.create(session_params(), {"idempotency_key": "key"})
    assert sessions.create(session_params(), {"idempotency_key": "key"}).id == first.id
