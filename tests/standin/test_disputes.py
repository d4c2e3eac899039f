import pytest
import stripe

from tests.standin.conftest import Receiver, StandIn


def moved(dispute: stripe.Dispute) -> list[int]:
    return [transaction.amount for transaction in dispute.balance_transactions]


def test_a_dispute_withdraws_its_money(stand_in: StandIn, receiver: Receiver) -> None:
    intent = stand_in.paid_intent()
    dispute_id = stand_in.dispute(intent, reason="product_not_received")
    dispute = stand_in.client.v1.disputes.retrieve(dispute_id)
    assert (dispute.amount, dispute.payment_intent) == (9800, intent)
    assert (dispute.status, dispute.reason) == ("needs_response", "product_not_received")
    assert moved(dispute) == [-9800]
    assert stand_in.the_charge(intent).disputed
    receiver.wait_for(3)
    assert sorted(receiver.types()[1:]) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_a_dispute_that_is_won_gives_its_money_back_and_keeps_the_fee(stand_in: StandIn) -> None:
    dispute_id = stand_in.dispute(stand_in.paid_intent(), amount=4900)
    stand_in.tell(f"disputes/{dispute_id}/respond")
    stand_in.tell(f"disputes/{dispute_id}/win")
    dispute = stand_in.client.v1.disputes.retrieve(dispute_id)
    assert (dispute.status, moved(dispute)) == ("won", [-4900, 4900])
    assert sum(transaction.net for transaction in dispute.balance_transactions) == -2000
    assert stand_in.told()[-3:] == [
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


def test_a_dispute_that_is_lost_keeps_the_money_withdrawn(stand_in: StandIn) -> None:
    dispute_id = stand_in.dispute(stand_in.paid_intent())
    stand_in.tell(f"disputes/{dispute_id}/lose")
    dispute = stand_in.client.v1.disputes.retrieve(dispute_id)
    assert (dispute.status, moved(dispute)) == ("lost", [-9800])
    assert stand_in.told()[-1] == "charge.dispute.closed"


def test_an_inquiry_leaves_the_money_until_it_is_escalated(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    inquiry_id = stand_in.dispute(intent, inquiry=True)
    inquiry = stand_in.client.v1.disputes.retrieve(inquiry_id)
    assert (inquiry.status, moved(inquiry)) == ("warning_needs_response", [])
    stand_in.tell(f"disputes/{inquiry_id}/respond")
    assert stand_in.client.v1.disputes.retrieve(inquiry_id).status == "warning_under_review"
    stand_in.tell(f"disputes/{inquiry_id}/escalate")
    chargeback = stand_in.client.v1.disputes.retrieve(inquiry_id)
    assert (chargeback.status, moved(chargeback)) == ("needs_response", [-9800])
    assert stand_in.told()[-2:] == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]


def test_an_inquiry_that_goes_no_further_is_closed_without_money(stand_in: StandIn) -> None:
    inquiry_id = stand_in.dispute(stand_in.paid_intent(), inquiry=True)
    stand_in.tell(f"disputes/{inquiry_id}/win")
    closed = stand_in.client.v1.disputes.retrieve(inquiry_id)
    assert (closed.status, moved(closed)) == ("warning_closed", [])
    assert stand_in.told()[-1] == "charge.dispute.closed"


def test_a_disputed_charge_is_not_refunded(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    refunds = stand_in.client.v1.refunds
    dispute_id = stand_in.dispute(intent, inquiry=True)
    refunds.create({"payment_intent": intent, "amount": 100})
    stand_in.tell(f"disputes/{dispute_id}/escalate")
    with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as refused:
        refunds.create({"payment_intent": intent, "amount": 100})
    assert refused.value.code == "charge_disputed"
    stand_in.tell(f"disputes/{dispute_id}/win")
    refunds.create({"payment_intent": intent, "amount": 100})
    assert stand_in.the_charge(intent).amount_refunded == 200


def test_disputes_are_listed_by_payment(stand_in: StandIn) -> None:
    first, second = stand_in.paid_intent(), stand_in.paid_intent()
    opened = [stand_in.dispute(intent) for intent in (first, second)]
    disputes = stand_in.client.v1.disputes
    assert [dispute.id for dispute in disputes.list()] == opened[::-1]
    assert [dispute.id for dispute in disputes.list({"payment_intent": first})] == opened[:1]


@pytest.mark.parametrize("late", ["respond", "escalate", "win", "lose"])
def test_a_dispute_is_decided_once(stand_in: StandIn, late: str) -> None:
    dispute_id = stand_in.dispute(stand_in.paid_intent())
    stand_in.tell(f"disputes/{dispute_id}/lose")
    before = stand_in.told()
    assert stand_in.http.post(f"/control/disputes/{dispute_id}/{late}").status_code == 400
    assert stand_in.http.post(f"/control/disputes/dp_none/{late}").status_code == 404
    assert stand_in.told() == before


def test_only_a_payment_that_has_arrived_is_disputed(stand_in: StandIn) -> None:
    intent = stand_in.debited_session().payment_intent
    answer = stand_in.http.post("/control/disputes", json={"payment_intent": intent})
    assert (answer.status_code, stand_in.get("/v1/disputes")["data"]) == (400, [])
    assert stand_in.http.post("/control/disputes", json={"payment": intent}).status_code == 422
