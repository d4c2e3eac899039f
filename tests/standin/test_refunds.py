import pytest
import stripe

from tests.standin.conftest import Receiver, StandIn


def paid_intent(stand_in: StandIn) -> str:
    intent = stand_in.paid_session().payment_intent
    assert isinstance(intent, str)
    return intent


def the_charge(stand_in: StandIn, intent: str) -> stripe.Charge:
    paid = stand_in.client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]})
    assert isinstance(paid.latest_charge, stripe.Charge)
    return paid.latest_charge


def test_a_refund_gives_back_everything_unless_told_otherwise(stand_in: StandIn, receiver: Receiver) -> None:
    intent = paid_intent(stand_in)
    refund = stand_in.client.v1.refunds.create({"payment_intent": intent, "metadata": {"sequence": "1"}})
    assert (refund.amount, refund.status, refund.payment_intent) == (9800, "succeeded", intent)
    charge = the_charge(stand_in, intent)
    assert (charge.refunded, charge.amount_refunded) == (True, 9800)
    receiver.wait_for(3)
    assert sorted(receiver.types()[1:]) == ["charge.refunded", "refund.created"]


def test_parts_are_given_back_until_nothing_is_left(stand_in: StandIn) -> None:
    intent = paid_intent(stand_in)
    refunds = stand_in.client.v1.refunds
    first = refunds.create({"payment_intent": intent, "amount": 4900})
    assert (the_charge(stand_in, intent).refunded, the_charge(stand_in, intent).amount_refunded) == (
        False,
        4900,
    )
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        refunds.create({"payment_intent": intent, "amount": 4901})
    assert refused.value.param == "amount"
    second = refunds.create({"charge": the_charge(stand_in, intent).id})
    assert second.amount == 4900
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded") as refused:
        refunds.create({"payment_intent": intent, "amount": 1})
    assert refused.value.code == "charge_already_refunded"
    assert [refund.id for refund in refunds.list({"payment_intent": intent})] == [second.id, first.id]
    assert refunds.retrieve(first.id).amount == 4900


@pytest.mark.parametrize("amount", [0, -1])
def test_the_amount_of_a_refund_is_positive(stand_in: StandIn, amount: int) -> None:
    intent = paid_intent(stand_in)
    with pytest.raises(stripe.InvalidRequestError, match="Invalid positive integer"):
        stand_in.client.v1.refunds.create({"payment_intent": intent, "amount": amount})


def test_what_was_not_paid_cannot_be_refunded(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    stand_in.press(session, "decline")
    declined = stand_in.client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert isinstance(declined, str)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        stand_in.client.v1.refunds.create({"payment_intent": declined})


def test_a_refund_names_what_it_refunds(stand_in: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        stand_in.client.v1.refunds.create({"amount": 100})
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent: 'pi_none'"):
        stand_in.client.v1.refunds.create({"payment_intent": "pi_none"})
