"""Payment pages that answer at once, in place of Stripe's; a webhook's signature is still checked as it is.

How Stripe really answers is the stand-in's matter, and what a call to it takes is Stripe's.
"""

import hmac
import json
import time
from typing import Any

from admit.orders.order import Order
from admit.payments.gateway import PageStatus, PaymentPage
from admit.payments.stripe_gateway import StripeGateway

_WEBHOOK_SECRET = "whsec_bench"


class Pages(StripeGateway):
    def __init__(self) -> None:
        super().__init__(
            "sk_test_bench",
            api_base="https://stripe.example",
            webhook_secrets=[_WEBHOOK_SECRET],
            order_url=lambda order_id: f"https://tickets.example/orders/{order_id}",
        )
        self.calls = 0
        self._pages: dict[str, PaymentPage] = {}

    def open_page(self, order: Order, attempt: int, *, title: str) -> PaymentPage:
        self.calls += 1
        session_id = _session_of(order.id)
        return self._pages.setdefault(
            session_id,
            PaymentPage(
                session_id=session_id,
                url=f"https://checkout.example/{session_id}",
                status=PageStatus.OPEN,
                paid=False,
                processing=False,
                failed=False,
                amount=order.total,
                currency=order.currency,
                order_id=order.id,
                reference=None,
            ),
        )

    def fetch_page(self, session_id: str) -> PaymentPage:
        self.calls += 1
        return self._pages[session_id]

    def expire_page(self, session_id: str) -> PaymentPage:
        self.calls += 1
        return self._pages[session_id].model_copy(update={"status": PageStatus.EXPIRED})

    def pay(self, order_id: str) -> tuple[str, str]:
        """Pay the page of an order; return the webhook that tells of it and its signature.

        It is signed as https://docs.stripe.com/webhooks#verify-manually says.
        """
        session_id = _session_of(order_id)
        paid = {"status": PageStatus.COMPLETE, "paid": True, "reference": f"pi_{order_id}"}
        self._pages[session_id] = self._pages[session_id].model_copy(update=paid)
        at = int(time.time())
        event: dict[str, Any] = {
            "id": f"evt_{order_id}",
            "type": "checkout.session.completed",
            "livemode": False,
            "created": at,
            "data": {"object": {"id": session_id}},
        }
        body = json.dumps(event)
        signed = hmac.digest(_WEBHOOK_SECRET.encode(), f"{at}.{body}".encode(), "sha256").hex()
        return body, f"t={at},v1={signed}"


def _session_of(order_id: str) -> str:
    return f"cs_test_{order_id}"
