import base64
import time
from urllib.parse import unquote

import httpx
import pytest
import stripe

from tests.standin.conftest import API_KEY, Receiver, StandIn, session_params


def test_a_new_session_is_open_and_asks_for_the_sum_of_its_lines(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (9800, "eur")
    assert session.client_reference_id == "order-1"
    assert session.metadata is not None
    assert session.metadata["order_id"] == "order-1"
    assert session.expires_at == session.created + 24 * 3600


def test_paying_completes_the_session_and_sends_the_buyer_back(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    answer = stand_in.press(session, "pay")
    assert answer.status_code == 303
    assert unquote(answer.headers["Location"]) == f"https://shop.example/orders/1?session={session.id}"
    paid = stand_in.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, intent.metadata["order_id"]) == (
        "succeeded",
        9800,
        "order-1",
    )
    assert isinstance(intent.latest_charge, str)
    charge = stand_in.client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.paid, charge.amount_captured, charge.billing_details.email) == (
        True,
        9800,
        "ada@example.com",
    )


def test_a_decline_leaves_the_session_open_for_another_try(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    answer = stand_in.press(session, "decline")
    assert answer.status_code == 200
    assert "declined" in answer.text
    assert 'name="pay"' in answer.text
    declined = stand_in.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    intent = declined.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (declined.status, intent.status) == ("open", "requires_payment_method")
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "card_declined"

    assert stand_in.press(session, "pay").status_code == 303
    paid = stand_in.client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_intent) == ("complete", intent.id)


def test_leaving_goes_to_the_cancel_address_and_changes_nothing(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    answer = stand_in.press(session, "leave")
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://shop.example/orders/1")
    assert stand_in.client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_the_payment_page_is_a_plain_form_with_three_named_buttons(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    assert session.url is not None
    page = httpx.get(session.url)
    assert page.status_code == 200
    assert page.text.count("<button") == 3
    assert all(f'<button name="{name}"' in page.text for name in ("pay", "decline", "leave"))
    assert "<script" not in page.text
    assert "98.00 EUR" in page.text


def test_the_payment_page_escapes_what_the_shop_wrote(stand_in: StandIn) -> None:
    line = {
        "price_data": {"currency": "jpy", "unit_amount": 4900, "product_data": {"name": "<b>VIP</b>"}},
        "quantity": 1,
    }
    session = stand_in.open_session(line_items=[line])
    page = stand_in.http.get(f"/c/pay/{session.id}").text
    assert "&lt;b&gt;VIP&lt;/b&gt;" in page
    assert "4,900 JPY" in page


@pytest.mark.parametrize("button", ["pay", "decline", "leave"])
def test_nothing_can_be_pressed_on_a_paid_or_an_expired_session(stand_in: StandIn, button: str) -> None:
    paid, expired = stand_in.paid_session(), stand_in.open_session()
    stand_in.client.v1.checkout.sessions.expire(expired.id)
    before = len(stand_in.get("/v1/events")["data"])
    for session in (paid, expired):
        assert stand_in.press(session, button).status_code == 410
    assert len(stand_in.get("/v1/events")["data"]) == before


def test_the_page_of_an_unknown_session_is_not_found(stand_in: StandIn) -> None:
    assert stand_in.http.get("/c/pay/cs_test_unknown").status_code == 404


def test_expiring_an_open_session_ends_it(stand_in: StandIn, receiver: Receiver) -> None:
    session = stand_in.open_session()
    expired = stand_in.client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    receiver.wait_for(1)
    assert receiver.types() == ["checkout.session.expired"]


def test_only_an_open_session_can_be_expired(stand_in: StandIn) -> None:
    session = stand_in.paid_session()
    with pytest.raises(stripe.InvalidRequestError, match="has a status of `complete`"):
        stand_in.client.v1.checkout.sessions.expire(session.id)
    assert stand_in.client.v1.checkout.sessions.retrieve(session.id).status == "complete"


def test_a_session_expires_by_itself_when_its_time_is_over(stand_in: StandIn, receiver: Receiver) -> None:
    session = stand_in.open_session(expires_at=int(time.time()) + 31 * 60)
    stand_in.set(clock_seconds=32 * 60)
    receiver.wait_for(1)
    assert stand_in.client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    assert receiver.types() == ["checkout.session.expired"]


@pytest.mark.parametrize(
    ("minutes", "message"), [(29, "at least 30 minutes"), (24 * 60 + 1, "less than 24 hours")]
)
def test_a_session_lives_between_half_an_hour_and_a_day(
    stand_in: StandIn, minutes: int, message: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        stand_in.open_session(expires_at=int(time.time()) + minutes * 60)
    assert refused.value.param == "expires_at"


@pytest.mark.parametrize(
    ("overrides", "param", "code"),
    [
        ({"mode": ""}, "mode", "parameter_missing"),
        ({"success_url": ""}, "success_url", "parameter_missing"),
        ({"success_url": "/orders/1"}, "success_url", None),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"customer_email": "nobody"}, "customer_email", None),
        ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        (
            {"line_items": [{"quantity": 1, "price_data": {"currency": "eur", "unit_amount": 100}}]},
            "line_items[0][price_data][product_data]",
            "parameter_missing",
        ),
    ],
)
def test_a_parameter_at_fault_is_named(
    stand_in: StandIn, overrides: dict[str, object], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stand_in.open_session(**overrides)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)


def test_a_parameter_that_is_both_a_value_and_a_group_is_refused(stand_in: StandIn) -> None:
    answer = stand_in.http.post(
        "/v1/refunds",
        content="metadata=1&metadata[order]=2",
        headers={"Authorization": f"Bearer {API_KEY}"},
    )
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "metadata[order]")


def test_all_lines_have_one_currency(stand_in: StandIn) -> None:
    lines = [
        {
            "price_data": {"currency": currency, "unit_amount": 100, "product_data": {"name": "Day"}},
            "quantity": 1,
        }
        for currency in ("eur", "usd")
    ]
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        stand_in.open_session(line_items=lines)


def test_an_unknown_session_is_missing(stand_in: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session: 'cs_none'") as refused:
        stand_in.client.v1.checkout.sessions.retrieve("cs_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_an_unknown_address_is_not_found(stand_in: StandIn) -> None:
    answer = stand_in.http.get("/v1/customers", headers={"Authorization": f"Bearer {API_KEY}"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


def test_a_property_that_is_no_reference_cannot_be_expanded(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        stand_in.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["currency"]})


def test_sessions_are_listed_newest_first_in_pages(stand_in: StandIn) -> None:
    sessions = [stand_in.open_session() for _ in range(5)]
    stand_in.client.v1.checkout.sessions.expire(sessions[0].id)
    newest_first = [session.id for session in reversed(sessions)]
    first = stand_in.client.v1.checkout.sessions.list({"limit": 2})
    assert ([session.id for session in first.data], first.has_more) == (newest_first[:2], True)
    assert [session.id for session in first.auto_paging_iter()] == newest_first
    back = stand_in.client.v1.checkout.sessions.list({"limit": 2, "ending_before": newest_first[3]})
    assert ([session.id for session in back.data], back.has_more) == (newest_first[1:3], True)
    still_open = stand_in.client.v1.checkout.sessions.list({"status": "open"})
    assert [session.id for session in still_open.data] == newest_first[:-1]


def test_a_list_can_be_cut_by_the_time_of_creation(stand_in: StandIn) -> None:
    session = stand_in.open_session()
    sessions = stand_in.client.v1.checkout.sessions
    assert len(sessions.list({"created": {"gte": session.created}}).data) == 1
    assert sessions.list({"created": {"lt": session.created}}).data == []


def test_a_page_that_starts_after_an_unknown_object_is_refused(stand_in: StandIn) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        stand_in.client.v1.checkout.sessions.list({"starting_after": "cs_none"})
    assert refused.value.param == "starting_after"


def test_a_wrong_key_is_refused(stand_in: StandIn) -> None:
    client = stripe.StripeClient("sk_test_other", base_addresses={"api": stand_in.url}, max_network_retries=0)
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        client.v1.checkout.sessions.create(session_params())


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Basic !", 401),
        ("Basic " + base64.b64encode(b"sk_test_other:").decode(), 401),
        ("Basic " + base64.b64encode(f"{API_KEY}:".encode()).decode(), 200),
        (f"Bearer {API_KEY}", 200),
    ],
)
def test_the_key_comes_as_bearer_or_as_basic_user(stand_in: StandIn, header: str | None, status: int) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert stand_in.http.get("/v1/events", headers=headers).status_code == status


def test_requests_fail_while_stripe_is_out_of_order(stand_in: StandIn) -> None:
    stand_in.set(fail_requests=1)
    with pytest.raises(stripe.APIError) as refused:
        stand_in.open_session()
    assert refused.value.http_status == 500
    assert stand_in.get("/v1/checkout/sessions")["data"] == []
    assert stand_in.open_session().status == "open"
