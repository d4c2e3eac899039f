import pytest
import stripe

from tests.standin.conftest import StandIn, session_params


def test_the_same_key_and_parameters_replay_the_first_answer(stand_in: StandIn) -> None:
    sessions = stand_in.client.v1.checkout.sessions
    first = sessions.create(session_params(), {"idempotency_key": "checkout:order-1:1"})
    stand_in.press(first, "pay")
    again = sessions.create(session_params(), {"idempotency_key": "checkout:order-1:1"})
    assert (again.id, again.status, again.url) == (first.id, "open", first.url)
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(stand_in.get("/v1/checkout/sessions")["data"]) == 1


def test_the_same_key_with_other_parameters_is_refused(stand_in: StandIn) -> None:
    sessions = stand_in.client.v1.checkout.sessions
    sessions.create(session_params(), {"idempotency_key": "checkout:order-1:1"})
    with pytest.raises(stripe.IdempotencyError) as refused:
        sessions.create(
            session_params(client_reference_id="order-2"), {"idempotency_key": "checkout:order-1:1"}
        )
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        stand_in.client.v1.refunds.create({"charge": "ch_1"}, {"idempotency_key": "checkout:order-1:1"})
    assert len(stand_in.get("/v1/checkout/sessions")["data"]) == 1


def test_a_refusal_is_replayed_too(stand_in: StandIn) -> None:
    session = stand_in.paid_session()
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError, match="can be expired") as refused:
            stand_in.client.v1.checkout.sessions.expire(session.id, None, {"idempotency_key": "expire"})
    assert refused.value.headers is not None
    assert refused.value.headers["Idempotent-Replayed"] == "true"


def test_parameters_at_fault_and_failed_requests_do_not_use_up_a_key(stand_in: StandIn) -> None:
    sessions = stand_in.client.v1.checkout.sessions
    with pytest.raises(stripe.InvalidRequestError):
        sessions.create(session_params(customer_email="nobody"), {"idempotency_key": "key"})
    stand_in.set(fail_requests=1)
    with pytest.raises(stripe.APIError):
        sessions.create(session_params(), {"idempotency_key": "key"})
    assert sessions.create(session_params(), {"idempotency_key": "key"}).status == "open"


def test_a_key_does_not_bind_reading(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    sessions = stand_in.client.v1.checkout.sessions
    assert sessions.retrieve(session.id, None, {"idempotency_key": "key"}).status == "open"
    stand_in.press(session, "pay")
    assert sessions.retrieve(session.id, None, {"idempotency_key": "key"}).status == "complete"


def test_a_key_has_at_most_255_characters(stand_in: StandIn) -> None:
    with pytest.raises(stripe.IdempotencyError):
        stand_in.client.v1.checkout.sessions.create(session_params(), {"idempotency_key": "k" * 256})


def test_a_refund_done_twice_under_one_key_is_one_refund(stand_in: StandIn) -> None:
    intent = stand_in.paid_session().payment_intent
    assert isinstance(intent, str)
    for _ in range(3):
        params: stripe.params.RefundCreateParams = {"payment_intent": intent, "amount": 100}
        stand_in.client.v1.refunds.create(params, {"idempotency_key": "refund:order-1:1"})
    assert len(stand_in.get("/v1/refunds")["data"]) == 1
