"""What can't be right is refused with a problem that says why, and nothing of it is kept."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.e2e.clients import Json, Organizer, PayPage, Shop, Stack, euro, wait_for


def refusal(answer: httpx.Response) -> tuple[int, str, set[str]]:
    """Check that an answer is a problem as of RFC 9457; return its status, code and fields at fault."""
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code", "request_id"} <= problem.keys()
    assert problem["status"] == answer.status_code
    assert "Traceback" not in answer.text
    return answer.status_code, problem["code"], {error["field"] for error in problem.get("errors", [])}


def with_line(**changes: Any) -> Callable[[Json], Any]:
    return lambda body: body | {"lines": [body["lines"][0] | changes]}


def with_buyer(**changes: Any) -> Callable[[Json], Any]:
    return lambda body: body | {"buyer": body["buyer"] | changes}


@pytest.fixture(scope="module")
def untouched(organizer: Organizer) -> Json:
    """An event that nobody gets a ticket for; the last test of this module counts its orders."""
    return organizer.publish_event()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (with_line(tier_id="no-such-tier"), (422, "invalid_input", "lines[0].tier_id")),
        (with_line(price_id="no-such-price"), (422, "invalid_input", "lines[0].price_id")),
        (with_line(quantity=0), (422, "invalid_input", "lines[0].quantity")),
        (with_line(quantity=-1), (422, "invalid_input", "lines[0].quantity")),
        (with_line(quantity=10**9), (422, "invalid_input", "lines[0].quantity")),
        (with_line(quantity=1.5), (422, "invalid_input", "lines[0].quantity")),
        (with_line(quantity="1"), (422, "invalid_input", "lines[0].quantity")),
        (with_line(colour="red"), (422, "invalid_input", "lines[0].colour")),
        (lambda body: body | {"lines": []}, (422, "invalid_input", "lines")),
        (lambda body: body | {"total": euro(4900)}, (409, "price_changed", "total.amount")),
        (lambda body: body | {"total": euro(-1)}, (422, "invalid_input", "total.amount")),
        (
            lambda body: body | {"total": {"amount": 0, "currency": "USD"}},
            (422, "invalid_input", "total.currency"),
        ),
        (lambda body: body | {"payment_method": "cheque"}, (422, "invalid_input", "payment_method")),
        (
            lambda body: body | {"payment_method": "card"},
            (409, "payment_method_not_allowed", "payment_method"),
        ),
        (with_buyer(email="nobody"), (422, "invalid_input", "buyer.email")),
        (with_buyer(name=""), (422, "invalid_input", "buyer.name")),
        (
            lambda body: {name: body[name] for name in body if name != "buyer"},
            (422, "invalid_input", "buyer"),
        ),
        (lambda body: body | {"coupon": "FREE"}, (422, "invalid_input", "coupon")),
    ],
)
def test_an_order_at_fault_names_its_field(
    shop: Shop, untouched: Json, change: Callable[[Json], Any], expected: tuple[int, str, str]
) -> None:
    body = shop.order_body(untouched["slug"], "Free ticket", "free")
    status, code, field = expected
    assert refusal(shop.send(untouched["slug"], change(body))) == (status, code, {field})


def test_a_tampered_total_of_a_card_order_is_answered_with_the_right_one(shop: Shop, untouched: Json) -> None:
    answer = shop.send(
        untouched["slug"], shop.order_body(untouched["slug"], "Regular", "card", total=euro(1))
    )
    assert refusal(answer)[:2] == (409, "price_changed")
    assert answer.json()["quote"]["total"] == euro(4900)


def test_an_unknown_event_is_not_found(shop: Shop, untouched: Json) -> None:
    body = shop.order_body(untouched["slug"], "Free ticket", "free")
    assert refusal(shop.send("no-such-event", body))[:2] == (404, "not_found")
    assert refusal(shop.http.get("/public/events/no-such-event"))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"{", "application/json", (400, "malformed_body")),
        (b"", "application/json", (422, "invalid_input")),
        (b"\xff\xfe", "application/json", (400, "malformed_body")),
        (b"[]", "application/json", (422, "invalid_input")),
        (b"{}", "text/plain", (415, "unsupported_content_type")),
        (b"lines=1", "application/x-www-form-urlencoded", (415, "unsupported_content_type")),
        (b'{"lines": "' + b"x" * 300_000 + b'"}', "application/json", (413, "body_too_large")),
    ],
)
def test_a_body_that_can_not_be_read_is_refused(
    shop: Shop, untouched: Json, content: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    answer = shop.http.post(
        f"/public/events/{untouched['slug']}/orders",
        content=content,
        headers={"Content-Type": content_type, "Idempotency-Key": "unreadable"},
    )
    assert refusal(answer)[:2] == expected


def test_an_order_needs_an_idempotency_key(shop: Shop, untouched: Json) -> None:
    body = shop.order_body(untouched["slug"], "Free ticket", "free")
    answer = shop.http.post(f"/public/events/{untouched['slug']}/orders", json=body)
    status, code, fields = refusal(answer)
    assert (status, code, {field.lower() for field in fields}) == (422, "invalid_input", {"idempotency-key"})


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", [None, "Bearer nonsense", "Bearer a.b.c"])
def test_the_organizers_routes_need_a_token(
    shop: Shop, organizer: Organizer, method: str, token: str | None
) -> None:
    headers = {} if token is None else {"Authorization": token}
    answer = shop.http.request(method, f"{organizer.path}/events", json={}, headers=headers)
    assert refusal(answer)[0] == 401


def test_a_stranger_sees_no_organizer_and_no_company(
    stranger: httpx.Client, organizer: Organizer, stack: Stack
) -> None:
    assert refusal(stranger.get(f"{organizer.path}/events"))[:2] == (404, "not_found")
    assert refusal(stranger.get(f"/distribution/companies/{stack.company_id}/tickets"))[0] == 404
    assert refusal(stranger.post("/organizer", json={"name": "Mine"}))[:2] == (403, "forbidden")


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "t=1,v1=00",
        "nonsense",
        "t=now,v1=00",
    ],
)
def test_a_webhook_without_a_right_signature_is_refused(shop: Shop, signature: str | None) -> None:
    headers = {} if signature is None else {"Stripe-Signature": signature}
    answer = shop.http.post("/webhooks/stripe", json={"type": "checkout.session.completed"}, headers=headers)
    assert refusal(answer)[:2] == (400, "bad_signature")


@pytest.mark.parametrize("knob", [{"bad_signature": True}, {"signature_age_seconds": 400}])
def test_money_is_not_believed_under_a_bad_or_old_signature(
    shop: Shop, event: Json, pay_page: PayPage, knob: dict[str, int]
) -> None:
    pay_page.set(retry_seconds=1, **knob)
    order = shop.place(event["slug"], "Regular", "card")
    pay_page.pay(order)

    def refused() -> list[int] | None:
        statuses: list[int] = pay_page.deliveries()[-1]["statuses"]
        return statuses or None

    assert set(wait_for("a refusal", refused)) == {400}
    assert shop.look(order)["status"] == "awaiting_payment"
    pay_page.reset()
    shop.wait(order)


def test_nothing_of_all_this_was_kept(organizer: Organizer, untouched: Json) -> None:
    assert organizer.orders(untouched) == []
    assert organizer.summary(untouched)["orders"] == 0
