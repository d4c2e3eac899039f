import pytest
import stripe

from tests.standin.conftest import Receiver, StandIn


def intent_of(stand_in: StandIn, session: stripe.checkout.Session) -> stripe.PaymentIntent:
    assert isinstance(session.payment_intent, str)
    return stand_in.client.v1.payment_intents.retrieve(session.payment_intent)


def test_a_debit_is_offered_for_euros_where_it_is_allowed(stand_in: StandIn) -> None:
    allowed = stand_in.open_session(allowed_payment_method_types=["card", "sepa_debit", "klarna"])
    assert allowed.payment_method_types == ["card", "sepa_debit"]
    assert '<button name="debit"' in stand_in.http.get(f"/c/pay/{allowed.id}").text
    line = {
        "price_data": {"currency": "usd", "unit_amount": 4900, "product_data": {"name": "Day"}},
        "quantity": 1,
    }
    in_dollars = stand_in.open_session(allowed_payment_method_types=["card", "sepa_debit"], line_items=[line])
    assert in_dollars.payment_method_types == ["card"]


@pytest.mark.parametrize(("allowed", "button"), [(["card"], "debit"), (["sepa_debit"], "pay")])
def test_a_method_that_is_not_offered_cannot_be_pressed(
    stand_in: StandIn, allowed: list[str], button: str
) -> None:
    session = stand_in.open_session(allowed_payment_method_types=allowed)
    answer = stand_in.press(session, button)
    assert answer.status_code == 200
    assert f'<button name="{button}"' not in answer.text
    assert stand_in.client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_page_without_any_method_is_refused(stand_in: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        stand_in.open_session(allowed_payment_method_types=["klarna"])
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stand_in.open_session(allowed_payment_method_types=["cart"])
    assert refused.value.param == "allowed_payment_method_types[0]"


def test_a_debit_completes_the_session_before_its_money_comes(stand_in: StandIn, receiver: Receiver) -> None:
    session = stand_in.debited_session()
    assert (session.status, session.payment_status, session.url) == ("complete", "unpaid", None)
    intent = intent_of(stand_in, session)
    assert (intent.status, intent.amount_received) == ("processing", 0)
    receiver.wait_for(1)
    assert receiver.types() == ["checkout.session.completed"]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        stand_in.client.v1.refunds.create({"payment_intent": intent.id})


def test_a_debit_that_succeeds_is_paid(stand_in: StandIn, receiver: Receiver) -> None:
    session = stand_in.debited_session()
    stand_in.tell(f"debits/{session.id}/succeed")
    paid = stand_in.client.v1.checkout.sessions.retrieve(session.id)
    assert paid.payment_status == "paid"
    assert intent_of(stand_in, paid).amount_received == 9800
    receiver.wait_for(2)
    assert receiver.types()[1] == "checkout.session.async_payment_succeeded"
    assert {"charge.succeeded", "payment_intent.succeeded"} <= set(stand_in.told())
    refund = stand_in.client.v1.refunds.create({"payment_intent": intent_of(stand_in, paid).id})
    assert refund.destination_details is not None
    assert refund.destination_details.type == "eu_bank_transfer"


def test_a_debit_that_fails_stays_unpaid_on_a_page_that_is_done(
    stand_in: StandIn, receiver: Receiver
) -> None:
    session = stand_in.debited_session()
    stand_in.tell(f"debits/{session.id}/fail")
    failed = stand_in.client.v1.checkout.sessions.retrieve(session.id)
    assert (failed.status, failed.payment_status) == ("complete", "unpaid")
    intent = intent_of(stand_in, failed)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "payment_intent_payment_attempt_failed"
    receiver.wait_for(2)
    assert receiver.types()[1] == "checkout.session.async_payment_failed"
    assert stand_in.press(session, "debit").status_code == 410


@pytest.mark.parametrize("decision", ["succeed", "fail"])
def test_a_debit_is_decided_once(stand_in: StandIn, decision: str) -> None:
    session = stand_in.debited_session()
    stand_in.tell(f"debits/{session.id}/{decision}")
    before = stand_in.told()
    for late in ("succeed", "fail"):
        assert stand_in.http.post(f"/control/debits/{session.id}/{late}").status_code == 400
    assert stand_in.http.post(f"/control/debits/{stand_in.open_session().id}/succeed").status_code == 400
    assert stand_in.http.post("/control/debits/cs_none/succeed").status_code == 404
    assert stand_in.told() == before
