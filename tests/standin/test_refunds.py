import pytest
import stripe

from tests.standin.conftest import Receiver, StandIn


def test_a_refund_gives_back_everything_unless_told_otherwise(stand_in: StandIn, receiver: Receiver) -> None:
    intent = stand_in.paid_intent()
    refund = stand_in.client.v1.refunds.create({"payment_intent": intent, "metadata": {"sequence": "1"}})
    assert (refund.amount, refund.status, refund.payment_intent) == (9800, "succeeded", intent)
    charge = stand_in.the_charge(intent)
    assert (charge.refunded, charge.amount_refunded) == (True, 9800)
    receiver.wait_for(4)
    assert sorted(receiver.types()[1:]) == ["charge.refunded", "refund.created", "refund.updated"]


def test_parts_are_given_back_until_nothing_is_left(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    refunds = stand_in.client.v1.refunds
    first = refunds.create({"payment_intent": intent, "amount": 4900})
    assert (stand_in.the_charge(intent).refunded, stand_in.the_charge(intent).amount_refunded) == (
        False,
        4900,
    )
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as refused:
        refunds.create({"payment_intent": intent, "amount": 4901})
    assert refused.value.param == "amount"
    second = refunds.create({"charge": stand_in.the_charge(intent).id})
    assert second.amount == 4900
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded") as refused:
        refunds.create({"payment_intent": intent, "amount": 1})
    assert refused.value.code == "charge_already_refunded"
    assert [refund.id for refund in refunds.list({"payment_intent": intent})] == [second.id, first.id]
    assert refunds.retrieve(first.id).amount == 4900


@pytest.mark.parametrize("amount", [0, -1])
def test_the_amount_of_a_refund_is_positive(stand_in: StandIn, amount: int) -> None:
    intent = stand_in.paid_intent()
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


def test_a_refund_that_waits_arrives_when_its_bank_says_so(stand_in: StandIn) -> None:
    stand_in.set(pending_refunds=1)
    intent = stand_in.paid_intent()
    refunds = stand_in.client.v1.refunds
    waiting = refunds.create({"payment_intent": intent, "amount": 900})
    assert (waiting.status, waiting.pending_reason) == ("pending", "processing")
    assert stand_in.the_charge(intent).amount_refunded == 900
    assert refunds.create({"payment_intent": intent, "amount": 100}).status == "succeeded"

    stand_in.tell(f"refunds/{waiting.id}/succeed")

    assert refunds.retrieve(waiting.id).status == "succeeded"
    assert stand_in.the_charge(intent).amount_refunded == 1000
    assert stand_in.told()[-1] == "refund.updated"


@pytest.mark.parametrize("waits", [0, 1])
def test_a_refund_that_fails_can_be_made_again(stand_in: StandIn, waits: int) -> None:
    stand_in.set(pending_refunds=waits)
    intent = stand_in.paid_intent()
    refunds = stand_in.client.v1.refunds
    refund = refunds.create({"payment_intent": intent})

    stand_in.tell(f"refunds/{refund.id}/fail", reason="lost_or_stolen_card")

    failed = refunds.retrieve(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    charge = stand_in.the_charge(intent)
    assert (charge.amount_refunded, charge.refunded) == (0, False)
    assert stand_in.told()[-2:] == ["refund.failed", "refund.updated"]
    assert refunds.create({"payment_intent": intent}).amount == 9800


def test_a_refund_is_decided_once(stand_in: StandIn) -> None:
    refund = stand_in.client.v1.refunds.create({"payment_intent": stand_in.paid_intent()})
    assert stand_in.http.post(f"/control/refunds/{refund.id}/succeed").status_code == 400
    stand_in.tell(f"refunds/{refund.id}/fail")
    assert stand_in.http.post(f"/control/refunds/{refund.id}/fail").status_code == 400
    assert stand_in.client.v1.refunds.retrieve(refund.id).status == "failed"


def test_a_refund_of_the_dashboard_says_nothing_of_an_order(stand_in: StandIn, receiver: Receiver) -> None:
    intent = stand_in.paid_intent()
    made = stand_in.tell("refunds", payment_intent=intent, amount=300)
    assert (made["amount"], made["metadata"]) == (300, {})
    assert stand_in.the_charge(intent).amount_refunded == 300
    receiver.wait_for(4)
    [event] = [event for event in receiver.events() if event.type == "refund.created"]
    assert (event.data.object.id, event.request.id) == (made["id"], None)
    too_much = stand_in.http.post("/control/refunds", json={"payment_intent": intent, "amount": 9501})
    assert too_much.status_code == 400
    assert stand_in.http.post("/control/refunds", json={"amount": 1}).status_code == 422


def test_a_charge_lists_its_refunds(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    refunds = [
        stand_in.client.v1.refunds.create({"payment_intent": intent, "amount": 1}).id for _ in range(2)
    ]
    [charge] = stand_in.client.v1.charges.list({"payment_intent": intent}).data
    assert charge.refunds is not None
    assert [refund.id for refund in charge.refunds.data] == refunds[::-1]
