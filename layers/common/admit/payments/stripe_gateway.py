"""Stripe Checkout behind the Gateway, and Stripe's webhook signatures. The one module that imports stripe.

Sources: https://docs.stripe.com/api/checkout/sessions, https://docs.stripe.com/webhooks#verify-manually
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import stripe
from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

from admit.catalog.event import MOST_HOLD_MINUTES
from admit.errors import BadSignature, Malformed, NotFound, PaymentRefused, PaymentUnavailable
from admit.orders.order import Order, OrderLine
from admit.payments.gateway import PAGE_OUTLIVES_HOLD, Hint, PageStatus, PaymentPage

_TOLERANCE = timedelta(minutes=5)
_LONGEST_HOLD = timedelta(minutes=MOST_HOLD_MINUTES)
_TIMEOUT = 4  # seconds; two calls, each with one repetition, end before the function's own time does


class StripeGateway:
    def __init__(
        self,
        api_key: str,
        *,
        api_base: str,
        webhook_secrets: Sequence[str],
        order_url: Callable[[str], str],
    ) -> None:
        """`order_url` gives the address of an order's page, to which the buyer returns."""
        self._webhook_secrets = webhook_secrets
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            http_client=stripe.RequestsClient(timeout=_TIMEOUT),
            max_network_retries=1,
        )
        self._order_url = order_url

    def open_page(self, order: Order, attempt: int) -> PaymentPage:
        back = self._order_url(order.id)
        params: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": order.id,
            "metadata": {"order_id": order.id, "event_id": order.event_id},
            "customer_email": order.buyer.email,
            "line_items": [_line_item(line, order.currency) for line in order.lines if line.total],
            # Wallets pay by card too. A method that pays days later would hold the tickets all the while.
            "allowed_payment_method_types": ["card"],
            "success_url": f"{back}?checkout=done",
            "cancel_url": f"{back}?checkout=cancelled",
        }
        if (expires_at := _expires_at(order)) is not None:
            params["expires_at"] = expires_at
        key = f"checkout:{order.id}:{attempt}"
        return self._ask(lambda: self._client.v1.checkout.sessions.create(params, {"idempotency_key": key}))

    def fetch_page(self, session_id: str) -> PaymentPage:
        return self._ask(lambda: self._client.v1.checkout.sessions.retrieve(session_id))

    def expire_page(self, session_id: str) -> PaymentPage:
        try:
            return self._ask(lambda: self._client.v1.checkout.sessions.expire(session_id))
        except PaymentRefused:  # as Stripe does for a page that is no longer open
            return self.fetch_page(session_id)

    def read_webhook(self, raw: bytes, signature: str, now: datetime) -> Hint:
        """Check a webhook's signature over its raw body and read the hint.

        Any of the secrets may have signed it, so that a secret can be rolled. Raises BadSignature also when
        the signed time is more than five minutes away, on either side; Malformed.
        """
        for secret in self._webhook_secrets:
            try:
                stripe.WebhookSignature.verify_header(raw.decode(), signature, secret)
            except (stripe.SignatureVerificationError, UnicodeDecodeError):
                continue
            break
        else:
            raise BadSignature
        signed_at = next(part[2:] for part in signature.split(",") if part.startswith("t="))
        if abs(now.timestamp() - int(signed_at)) > _TOLERANCE.total_seconds():
            raise BadSignature("The signed time of this webhook is too far from now.")
        try:
            event = json.loads(raw)
            return Hint(id=event["id"], type=event["type"], object_id=event["data"]["object"].get("id", ""))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise Malformed from exc

    @staticmethod
    def _ask(call: Callable[[], Any]) -> PaymentPage:
        """Call Stripe and read the session, with Stripe's errors as ours."""
        try:
            session = call()
        except stripe.InvalidRequestError as exc:
            if exc.http_status == 404:
                raise NotFound("There is no such payment page.") from exc
            raise PaymentRefused from exc
        except stripe.StripeError as exc:
            raise PaymentUnavailable from exc
        intent = session.payment_intent
        return PaymentPage(
            session_id=session.id,
            url=session.url,
            status=PageStatus(session.status),
            paid=session.payment_status == "paid",
            amount=session.amount_total,
            currency=session.currency.upper() if session.currency else None,
            order_id=session.client_reference_id,
            reference=intent if intent is None or isinstance(intent, str) else intent.id,
        )


def _line_item(line: OrderLine, currency: str) -> SessionCreateParamsLineItem:
    """Return a line as the payment page shows it; one that is not so many times its unit price is one
    item."""
    name = " · ".join(filter(None, (line.tier_title, line.label)))
    plain = line.total == line.unit * line.quantity
    return {
        "quantity": line.quantity if plain else 1,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": line.unit if plain else line.total,
            "product_data": {"name": name if plain or line.quantity == 1 else f"{line.quantity} × {name}"},
        },
    }


def _expires_at(order: Order) -> int | None:
    """Return when the page ends by itself, for a hold that ends within its first day; a page lives a day at
    most.

    It follows from the order alone: Stripe wants a request that is repeated to be the same.
    """
    hold_ends = order.hold_expires_at or order.placed_at
    if hold_ends - order.placed_at > _LONGEST_HOLD:
        return None
    return int((hold_ends + PAGE_OUTLIVES_HOLD).timestamp())
