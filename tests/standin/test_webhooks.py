import time

import pytest
import stripe

from tests.standin.conftest import WEBHOOK_SECRET, Receiver, StandIn


def states(stand_in: StandIn) -> list[str]:
    return [delivery["state"] for delivery in stand_in.http.get("/control/deliveries").json()]


def last_states(stand_in: StandIn) -> list[str]:
    """Give the states once none waits; the stand-in notes an answer a moment after the receiver gave it."""
    deadline = time.monotonic() + 5
    while "waiting" in states(stand_in) and time.monotonic() < deadline:
        time.sleep(0.01)
    return states(stand_in)


def test_a_payment_is_told_by_a_signed_event(stand_in: StandIn, receiver: Receiver) -> None:
    session = stand_in.paid_session()
    receiver.wait_for(1)
    [event] = receiver.events()
    assert event.type == "checkout.session.completed"
    assert (event.data.object.id, event.data.object.payment_status) == (session.id, "paid")
    assert event.api_version == "2026-10-28.endive"


def test_an_event_shows_the_object_as_it_was(stand_in: StandIn) -> None:
    session = stand_in.paid_session()
    assert isinstance(session.payment_intent, str)
    stand_in.client.v1.refunds.create({"payment_intent": session.payment_intent})
    events = stand_in.client.v1.events.list({"type": "charge.succeeded"})
    [event] = events.data
    assert event.data.object["amount_refunded"] == 0
    assert stand_in.client.v1.events.retrieve(event.id).id == event.id


def test_an_event_names_the_request_behind_it(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    stand_in.client.v1.checkout.sessions.expire(session.id, None, {"idempotency_key": "expire:1"})
    [event] = stand_in.get("/v1/events", type="checkout.session.expired")["data"]
    assert event["request"]["idempotency_key"] == "expire:1"
    assert event["request"]["id"].startswith("req_")
    stand_in.paid_session()
    [event] = stand_in.get("/v1/events", type="checkout.session.completed")["data"]
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_a_changed_body_does_not_match_its_signature(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.paid_session()
    receiver.wait_for(1)
    [(body, signature)] = receiver.received
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body.replace(b"9800", b"1"), signature, WEBHOOK_SECRET)


def test_a_delivery_is_tried_again_until_it_is_taken(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(retry_seconds=0.01)
    receiver.answers = [500, 400, 302]
    stand_in.paid_session()
    receiver.wait_for(4)
    assert len({event.id for event in receiver.events()}) == 1
    assert last_states(stand_in) == ["delivered"]
    [delivery] = stand_in.http.get("/control/deliveries").json()
    assert delivery["statuses"] == [500, 400, 302, 200]
    assert stand_in.get(f"/v1/events/{delivery['event_id']}")["pending_webhooks"] == 0


def test_a_delivery_fails_for_good_after_some_tries(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(retry_seconds=0.001)
    receiver.answers = [500] * 8
    stand_in.paid_session()
    receiver.wait_for(8)
    assert last_states(stand_in) == ["failed"]
    assert len(receiver.received) == 8


def test_duplicates_are_the_same_event(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(duplicate=3)
    stand_in.paid_session()
    receiver.wait_for(4)
    assert len({event.id for event in receiver.events()}) == 1


def test_deliveries_can_be_delayed(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(delay_seconds=0.3)
    start = time.monotonic()
    stand_in.paid_session()
    assert receiver.received == []
    receiver.wait_for(1)
    assert time.monotonic() - start >= 0.3


def test_held_back_deliveries_come_last_first(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(reorder=3)
    session = stand_in.paid_session()
    assert isinstance(session.payment_intent, str)
    assert receiver.received == []
    stand_in.client.v1.refunds.create({"payment_intent": session.payment_intent})
    receiver.wait_for(3)
    assert receiver.types() == ["charge.refunded", "refund.created", "checkout.session.completed"]


def test_held_back_deliveries_come_when_the_knobs_are_reset(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(reorder=9)
    stand_in.paid_session()
    assert states(stand_in) == ["waiting"]
    stand_in.http.delete("/control")
    receiver.wait_for(1)


def test_a_dropped_event_can_still_be_read_and_sent_again(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(drop=True)
    stand_in.paid_session()
    assert states(stand_in) == ["dropped"]
    [event] = stand_in.get("/v1/events", type="checkout.session.completed")["data"]
    stand_in.set(drop=False)
    assert stand_in.http.post(f"/control/resend/{event['id']}").status_code == 202
    receiver.wait_for(1)
    assert receiver.events()[0].id == event["id"]


def test_all_events_can_be_sent_once_more(stand_in: StandIn, receiver: Receiver) -> None:
    intent = stand_in.paid_intent()
    stand_in.client.v1.refunds.create({"payment_intent": intent})
    receiver.wait_for(4)
    answer = stand_in.http.post("/control/resend")
    assert answer.status_code == 202
    receiver.wait_for(8)
    ids = [event.id for event in receiver.events()]
    assert ids[4:] == answer.json()
    assert sorted(ids[:4]) == sorted(ids[4:])
    assert last_states(stand_in) == ["delivered"] * 8
    assert {event["pending_webhooks"] for event in stand_in.get("/v1/events")["data"]} == {0}


def test_an_event_can_tell_of_real_money(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.set(livemode=True)
    stand_in.paid_session()
    receiver.wait_for(1)
    assert receiver.events()[0].livemode is True


def test_events_are_listed_by_type_and_by_time(stand_in: StandIn) -> None:
    intent = stand_in.paid_intent()
    stand_in.set(clock_seconds=100)
    stand_in.client.v1.refunds.create({"payment_intent": intent})
    events = stand_in.client.v1.events
    types = ["checkout.session.completed", "refund.created"]
    found = [(event.type, event.created) for event in events.list({"types": types})]
    assert [kind for kind, _ in found] == types[::-1]
    (_, refunded), (_, paid) = found
    assert [event.type for event in events.list({"types": types, "created": {"gt": paid}})] == types[1:]
    before: stripe.params.EventListParams = {"types": types, "created": {"lte": refunded - 1}}
    assert [event.type for event in events.list(before)] == types[:1]
    assert {event.type for event in events.list({"type": "refund.*"})} == {"refund.created", "refund.updated"}
    with pytest.raises(stripe.InvalidRequestError, match="one of these parameters"):
        events.list({"type": types[0], "types": types})
    with pytest.raises(stripe.InvalidRequestError):
        events.list({"types": [f"type-{number}" for number in range(21)]})


@pytest.mark.parametrize("knob", [{"bad_signature": True}, {"signature_age_seconds": 301}])
def test_signatures_can_be_made_bad_or_old(
    stand_in: StandIn, receiver: Receiver, knob: dict[str, int]
) -> None:
    stand_in.set(**knob)
    stand_in.paid_session()
    receiver.wait_for(1)
    with pytest.raises(stripe.SignatureVerificationError):
        receiver.events()


def test_an_unknown_knob_is_refused(stand_in: StandIn) -> None:
    assert stand_in.http.post("/control", json={"duplicates": 1}).status_code == 422
    assert stand_in.http.post("/control", content=b"[]").status_code == 422
    assert stand_in.http.post("/control/resend/evt_none").status_code == 404
