"""Admit's own gateway, on the real stripe library, against the stand-in."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import stripe

from admit import clock
from admit.errors import BadSignature, Malformed, NotFound, PaymentUnavailable
from admit.payments.gateway import PageStatus
from admit.payments.stripe_gateway import StripeGateway
from tests.builders import a_buyer, a_card_order
from tests.standin.conftest import API_KEY, WEBHOOK_SECRET, StandIn


def pay(stand_in: StandIn, session_id: str) -> None:
    assert stand_in.http.post(f"/c/pay/{session_id}", data={"pay": "1"}).status_code == 303


def test_a_page_asks_for_what_the_order_costs_and_names_it(gateway: StripeGateway, stand_in: StandIn) -> None:
    order = a_card_order(clock.now())

    page = gateway.open_page(order, attempt=1, title="Polar Conf")

    assert (page.status, page.paid, page.amount, page.currency) == (PageStatus.OPEN, False, 25_000, "EUR")
    assert page.order_id == order.id
    session = stand_in.get(f"/v1/checkout/sessions/{page.session_id}")
    assert session["success_url"] == f"https://tickets.example/orders/{order.id}?checkout=done"
    assert session["customer_email"] == order.buyer.email


def test_a_page_shows_tax_and_discount_as_the_buyer_saw_them(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    order = a_card_order(clock.now())
    line = order.lines[0].model_copy(
        update={"discount": 1_000, "tax": 3_832, "tax_rate": Decimal(19), "total": 24_000}
    )
    page = gateway.open_page(order.model_copy(update={"lines": [line]}), attempt=1, title="Polar Conf")
    assert page.amount == 24_000
    shown = stand_in.http.get(f"/c/pay/{page.session_id}").text
    assert "1 × 2 × Two-day pass · Regular" in shown
    assert "discount -10.00 EUR, incl. 19 % tax 38.32 EUR" in shown


def test_a_page_speaks_the_buyers_language(gateway: StripeGateway, stand_in: StandIn) -> None:
    for language, locale in (("de-AT", "de"), (None, "auto")):
        order = a_card_order(clock.now(), buyer=a_buyer(language=language))
        page = gateway.open_page(order, attempt=1, title="Polar Conf")
        assert stand_in.get(f"/v1/checkout/sessions/{page.session_id}")["locale"] == locale


def test_a_payment_names_the_order_and_the_event_on_the_statement(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    order = a_card_order(clock.now())
    for attempt, title, suffix in ((1, "Polar Conf 2026", "POLAR CONF"), (2, "2026", None)):
        page = gateway.open_page(order, attempt, title=title)
        pay(stand_in, page.session_id)
        intent = stand_in.get(f"/v1/payment_intents/{gateway.fetch_page(page.session_id).reference}")
        assert intent["metadata"] == {"order_id": order.id, "event_id": order.event_id}
        assert intent["statement_descriptor_suffix"] == suffix


def test_a_page_offers_the_methods_that_the_gateway_was_given(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    cards_only = StripeGateway(
        API_KEY,
        api_base=stand_in.url,
        webhook_secrets=[],
        order_url=lambda order_id: "https://tickets.example",
    )
    for each, methods in ((gateway, ["card", "sepa_debit"]), (cards_only, ["card"])):
        page = each.open_page(a_card_order(clock.now()), attempt=1, title="Polar Conf")
        session = stand_in.get(f"/v1/checkout/sessions/{page.session_id}")
        assert session["payment_method_types"] == methods


@pytest.mark.parametrize(
    ("api_key", "livemode"),
    [("sk_live_1", True), ("rk_live_1", True), ("sk_test_1", False), ("rk_test_1", False), ("key", None)],
)
def test_a_key_says_whether_it_moves_real_money(api_key: str, livemode: bool | None) -> None:
    gateway = StripeGateway(api_key, api_base="", webhook_secrets=[], order_url=lambda order_id: order_id)
    assert gateway.livemode is livemode


def test_the_same_attempt_opens_the_same_page_and_the_next_one_another(gateway: StripeGateway) -> None:
    order = a_card_order(clock.now())

    first = gateway.open_page(order, attempt=1, title="Polar Conf")

    assert gateway.open_page(order, attempt=1, title="Polar Conf") == first
    assert gateway.open_page(order, attempt=2, title="Polar Conf").session_id != first.session_id


def test_a_paid_page_says_so_and_names_the_payment(gateway: StripeGateway, stand_in: StandIn) -> None:
    page = gateway.open_page(a_card_order(clock.now()), attempt=1, title="Polar Conf")
    pay(stand_in, page.session_id)

    paid = gateway.fetch_page(page.session_id)

    assert (paid.status, paid.paid) == (PageStatus.COMPLETE, True)
    assert paid.reference is not None
    assert paid.reference.startswith("pi_")


def test_expiring_closes_an_open_page_and_tells_of_one_that_was_paid(
    gateway: StripeGateway, stand_in: StandIn
) -> None:
    left = gateway.open_page(a_card_order(clock.now()), attempt=1, title="Polar Conf")
    bought = gateway.open_page(a_card_order(clock.now()), attempt=1, title="Polar Conf")
    pay(stand_in, bought.session_id)

    assert gateway.expire_page(left.session_id).status is PageStatus.EXPIRED
    assert gateway.expire_page(left.session_id).status is PageStatus.EXPIRED
    assert gateway.expire_page(bought.session_id).paid


def test_an_unknown_page_is_not_found(gateway: StripeGateway) -> None:
    with pytest.raises(NotFound):
        gateway.fetch_page("cs_test_nothing")


def test_an_outage_is_told_as_such(gateway: StripeGateway, stand_in: StandIn) -> None:
    stand_in.set(fail_requests=9)
    with pytest.raises(PaymentUnavailable):
        gateway.open_page(a_card_order(clock.now()), attempt=1, title="Polar Conf")


def signed(body: str, secret: str = WEBHOOK_SECRET, at: datetime | None = None) -> tuple[bytes, str]:
    time = int((at or clock.now()).timestamp())
    signature = stripe.WebhookSignature._compute_signature(f"{time}.{body}", secret)
    return body.encode(), f"t={time},v1={signature}"


EVENT = json.dumps(
    {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "created": 1_800_000_000,
        "livemode": False,
        "data": {"object": {"id": "cs_1"}},
    }
)


@pytest.mark.parametrize("secret", ["whsec_of_yesterday", WEBHOOK_SECRET])
def test_a_webhook_of_either_secret_is_read(gateway: StripeGateway, secret: str) -> None:
    hint = gateway.read_webhook(*signed(EVENT, secret), clock.now())
    assert (hint.id, hint.type, hint.object_id) == ("evt_1", "checkout.session.completed", "cs_1")
    assert (hint.livemode, hint.created) == (False, datetime(2027, 1, 15, 8, tzinfo=UTC))


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_webhook_of_another_time_is_refused(gateway: StripeGateway, minutes: int) -> None:
    with pytest.raises(BadSignature):
        gateway.read_webhook(*signed(EVENT, at=clock.now() + timedelta(minutes=minutes)), clock.now())


@pytest.mark.parametrize("signature", ["", "t=1", "v1=ab", "t=x,v1=ab", "nonsense"])
def test_a_webhook_without_a_signature_is_refused(gateway: StripeGateway, signature: str) -> None:
    with pytest.raises(BadSignature):
        gateway.read_webhook(EVENT.encode(), signature, clock.now())


def test_a_changed_body_or_a_foreign_secret_is_refused(gateway: StripeGateway) -> None:
    body, signature = signed(EVENT)
    with pytest.raises(BadSignature):
        gateway.read_webhook(body + b" ", signature, clock.now())
    with pytest.raises(BadSignature):
        gateway.read_webhook(b"\xff" + body, signature, clock.now())
    with pytest.raises(BadSignature):
        gateway.read_webhook(*signed(EVENT, "whsec_of_somebody"), clock.now())


def test_a_signed_body_that_is_no_event_is_malformed(gateway: StripeGateway) -> None:
    whole = json.loads(EVENT)
    lacking = [json.dumps({name: whole[name] for name in whole if name != left_out}) for left_out in whole]
    wrong = [json.dumps(whole | {"created": 10**30}), json.dumps(whole | {"livemode": "perhaps"})]
    for body in ("[]", "{}", '{"id": 1, "type": 2, "data": []}', *lacking, *wrong):
        with pytest.raises(Malformed):
            gateway.read_webhook(*signed(body), clock.now())
