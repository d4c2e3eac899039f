"""Every object the stand-in answers has the fields of Stripe's sample of it, with the same types.

The sample decides on names and JSON types, the classes of the stripe library on what may be null:

- At the top of an object the names are exactly the sample's, and those of `SOMETIMES` that Stripe writes in
  states that the sample is not in. Nested objects have all of the sample's names; a name beyond them must be
  one that the library declares, as samples cut nested objects to required fields. Where `type` names the one
  part that is there, the sample's own part is missing from an object of another type.
- Where both have a value, the JSON types are the same; integers and booleans are told apart.
- The answer is null only where the library says Optional. Where the sample is null, the library has the type.
- `{}` in a sample stands for a map with free keys (metadata) or for an object without required fields.
- A field that can be expanded holds an id or an object, which is compared with the sample of its own kind.
- The items of a list are compared with the first item of the sample's list; objects of a known kind, and
  those of a list object, with the sample of their kind.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pytest
import stripe

from tests.standin.conftest import StandIn

SAMPLES = json.loads(Path(__file__).with_name("stripe_fixtures.json").read_text())
CLASSES: dict[str, type] = {
    "checkout.session": stripe.checkout.Session,
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
    "event": stripe.Event,
}
SOMETIMES = {"refund": {"failure_balance_transaction", "failure_reason", "pending_reason"}}


def faults(answer: dict[str, Any]) -> list[str]:
    """Name every place where an answered object differs from Stripe's sample of its kind."""
    kind = answer["object"]
    if kind == "list":
        return [fault for item in answer["data"] for fault in faults(item)]
    sample, declared = SAMPLES[kind], CLASSES[kind].__annotations__
    names = answer.keys() - SOMETIMES.get(kind, set())
    found = [f"{kind}.{name} is on one side only" for name in sorted(names ^ sample.keys())]
    if kind == "event":
        return found + faults(answer["data"]["object"])
    for name in sorted(answer.keys() & declared.keys()):
        found += _value_faults(sample.get(name), answer[name], declared[name], f"{kind}.{name}")
    return found


def _value_faults(sample: Any, answer: Any, declared: Any, where: str) -> Iterator[str]:
    if answer is None:
        if declared is not Any and NoneType not in _options(declared):
            yield f"{where} is null"
    elif isinstance(answer, dict) and answer.get("object") in {*CLASSES, "list"}:
        yield from faults(answer)
    elif sample is None:
        if not any(_fits(answer, option) for option in _options(declared)):
            yield f"{where} is {answer!r}, not {declared}"
    elif type(sample) is not type(answer):
        yield f"{where} is {answer!r}, the sample has {sample!r}"
    elif isinstance(answer, dict):
        yield from _nested_faults(sample, answer, _declarations(declared), where)
    elif isinstance(answer, list):
        for number, item in enumerate(answer):
            if sample or isinstance(item, dict):
                yield from _value_faults(sample[0] if sample else {}, item, Any, f"{where}[{number}]")


def _nested_faults(
    sample: dict[str, Any], answer: dict[str, Any], declarations: dict[str, Any], where: str
) -> Iterator[str]:
    other_part = {sample["type"]} if "type" in sample and sample["type"] != answer.get("type") else set()
    for name in sorted(sample.keys() - answer.keys() - other_part):
        yield f"{where}.{name} is missing"
    for name, value in answer.items():
        if name in sample:
            yield from _value_faults(sample[name], value, declarations.get(name, Any), f"{where}.{name}")
        elif declarations and name not in declarations:
            yield f"{where}.{name} is not Stripe's"


def _options(declared: Any) -> tuple[Any, ...]:
    return get_args(declared) if NoneType in get_args(declared) else (declared,)


def _declarations(declared: Any) -> dict[str, Any]:
    for option in _options(declared):
        if isinstance(option, type) and issubclass(option, stripe.StripeObject):
            return option.__annotations__
    return {}


def _fits(value: Any, option: Any) -> bool:
    kind = get_origin(option) or option
    if not isinstance(kind, type) or issubclass(kind, stripe.StripeObject):
        kind = dict if isinstance(kind, type) else str
    return type(value) is kind


def with_charge(stand_in: StandIn, session: stripe.checkout.Session) -> Any:
    path = f"/v1/checkout/sessions/{session.id}"
    return stand_in.get(path, **{"expand[]": "payment_intent.latest_charge"})


def test_an_open_session_is_shaped_like_stripes(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    assert faults(stand_in.get(f"/v1/checkout/sessions/{session.id}")) == []


def test_a_session_without_a_known_buyer_is_shaped_like_stripes(stand_in: StandIn) -> None:
    session = stand_in.open_session(customer_email="")
    assert faults(stand_in.get(f"/v1/checkout/sessions/{session.id}")) == []


def test_a_paid_session_and_what_it_expands_to_are_shaped_like_stripes(stand_in: StandIn) -> None:
    answer = with_charge(stand_in, stand_in.paid_session())
    assert answer["payment_intent"]["latest_charge"]["object"] == "charge"
    assert faults(answer) == []


def test_an_expired_session_and_its_cancelled_intent_are_shaped_like_stripes(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    stand_in.press(session, "decline")
    stand_in.client.v1.checkout.sessions.expire(session.id)
    answer = stand_in.get(f"/v1/checkout/sessions/{session.id}", **{"expand[]": "payment_intent"})
    assert answer["payment_intent"]["status"] == "canceled"
    assert faults(answer) == []


def test_a_declined_payment_is_shaped_like_stripes(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    stand_in.press(session, "decline")
    session = stand_in.client.v1.checkout.sessions.retrieve(session.id)
    answer = stand_in.get(f"/v1/payment_intents/{session.payment_intent}", **{"expand[]": "latest_charge"})
    assert answer["latest_charge"]["status"] == "failed"
    assert faults(answer) == []


def test_a_refund_and_its_charge_are_shaped_like_stripes(stand_in: StandIn) -> None:
    intent = stand_in.paid_session().payment_intent
    assert isinstance(intent, str)
    refund = stand_in.client.v1.refunds.create({"payment_intent": intent, "amount": 100})
    answer = stand_in.get(
        f"/v1/refunds/{refund.id}", **{"expand[0]": "charge", "expand[1]": "payment_intent"}
    )
    assert answer["charge"]["refunds"]["data"][0]["id"] == refund.id
    assert faults(answer) == []


@pytest.mark.parametrize("decision", [None, "succeed", "fail"])
def test_a_debit_is_shaped_like_stripes(stand_in: StandIn, decision: str | None) -> None:
    session = stand_in.debited_session()
    if decision:
        stand_in.tell(f"debits/{session.id}/{decision}")
    answer = with_charge(stand_in, session)
    statuses = {None: "pending", "succeed": "succeeded", "fail": "failed"}
    assert answer["payment_intent"]["latest_charge"]["status"] == statuses[decision]
    assert faults(answer) == []


@pytest.mark.parametrize("debited", [False, True])
@pytest.mark.parametrize("decision", [None, "succeed", "fail"])
def test_a_refund_that_waits_is_shaped_like_stripes(
    stand_in: StandIn, decision: str | None, debited: bool
) -> None:
    session = stand_in.debited_session() if debited else stand_in.paid_session()
    if debited:
        stand_in.tell(f"debits/{session.id}/succeed")
    stand_in.set(pending_refunds=1)
    refund = stand_in.tell("refunds", payment_intent=session.payment_intent)
    if decision:
        stand_in.tell(f"refunds/{refund['id']}/{decision}")
    answer = stand_in.get(f"/v1/refunds/{refund['id']}", **{"expand[]": "charge"})
    statuses = {None: "pending", "succeed": "succeeded", "fail": "failed"}
    assert answer["status"] == statuses[decision]
    assert faults(answer) == []


@pytest.mark.parametrize("inquiry", [False, True])
@pytest.mark.parametrize("step", [None, "respond", "win"])
def test_a_dispute_is_shaped_like_stripes(stand_in: StandIn, inquiry: bool, step: str | None) -> None:
    dispute_id = stand_in.dispute(stand_in.paid_intent(), inquiry=inquiry)
    if step:
        stand_in.tell(f"disputes/{dispute_id}/{step}")
    answer = stand_in.get(f"/v1/disputes/{dispute_id}", **{"expand[]": "charge"})
    assert len(answer["balance_transactions"]) == (0 if inquiry else 2 if step == "win" else 1)
    assert answer["charge"]["disputed"] is True
    assert faults(answer) == []


PATHS = ["checkout/sessions", "payment_intents", "charges", "refunds", "disputes", "events"]


@pytest.mark.parametrize("path", PATHS)
def test_every_item_of_a_list_is_shaped_like_stripes(stand_in: StandIn, path: str) -> None:
    stand_in.client.v1.refunds.create({"payment_intent": stand_in.paid_intent()})
    stand_in.press(stand_in.open_session(), "decline")
    stand_in.tell(f"disputes/{stand_in.dispute(stand_in.paid_intent())}/win")
    stand_in.tell(f"debits/{stand_in.debited_session().id}/fail")
    answer = stand_in.get(f"/v1/{path}", limit=100)
    assert answer.keys() == {"object", "data", "has_more", "url"}
    assert answer["data"]
    assert faults(answer) == []


def test_the_envelope_of_an_event_is_shaped_like_stripes(stand_in: StandIn) -> None:
    stand_in.paid_session()
    event = stand_in.get("/v1/events")["data"][0]
    sample = SAMPLES["event"]
    assert event["data"].keys() == sample["data"].keys()
    assert event["request"].keys() == sample["request"].keys()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"extra": 1}, "refund.extra is on one side only"),
        ({"amount": "100"}, "refund.amount is '100', the sample has 100"),
        ({"amount": None}, "refund.amount is null"),
        ({"amount": True}, "refund.amount is True, the sample has 100"),
        ({"destination_details": {"type": "card"}}, "refund.destination_details.card is missing"),
        (
            {"destination_details": {"type": "card", "card": {"type": "refund", "colour": "red"}}},
            "refund.destination_details.card.colour is not Stripe's",
        ),
        ({"failure_reason": 1}, "refund.failure_reason is 1, not typing.Optional[str]"),
    ],
)
def test_the_comparison_sees_a_difference(change: dict[str, Any], fault: str) -> None:
    assert faults(SAMPLES["refund"] | change) == [fault]


def test_the_comparison_sees_a_wrong_type_where_the_sample_is_null() -> None:
    [fault] = faults(SAMPLES["checkout.session"] | {"amount_total": "98.00"})
    assert fault.startswith("checkout.session.amount_total is '98.00'")


def test_the_comparison_looks_into_objects_of_a_list() -> None:
    moved = SAMPLES["balance_transaction"] | {"net": "100"}
    dispute = SAMPLES["dispute"] | {"balance_transactions": [moved]}
    assert faults(dispute) == ["balance_transaction.net is '100', the sample has 100"]


@pytest.mark.parametrize("kind", [*CLASSES.keys() - {"event"}])
def test_stripes_own_sample_has_no_difference(kind: str) -> None:
    assert faults(SAMPLES[kind]) == []
