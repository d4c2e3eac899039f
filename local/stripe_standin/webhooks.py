"""Signed webhooks: at least once, in no order, and again until the receiver answers 2xx."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.stripe_standin.control import Knobs
from local.stripe_standin.resources import Resource

ATTEMPTS = 8
AT_ONCE = 8
DEFAULT_EVENTS = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.refunded",
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
)


def sign(payload: bytes, secret: str, timestamp: int) -> str:
    """Give the Stripe-Signature header: HMAC-SHA256 over `timestamp.payload` (docs.stripe.com/webhooks)."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


@dataclass
class Delivery:
    """One event on its way to the receiver; `statuses` are its answers, 0 where there was none."""

    event: Resource
    state: str = "waiting"
    statuses: list[int] = field(default_factory=list)

    def shown(self) -> Resource:
        return {
            "event_id": self.event["id"],
            "type": self.event["type"],
            "state": self.state,
            "statuses": self.statuses,
        }


class Webhooks:
    """One webhook endpoint and the deliveries to it."""

    def __init__(self, url: str, secret: str, events: frozenset[str], knobs: Callable[[], Knobs]) -> None:
        self._url = url
        self._secret = secret
        self._events = events
        self._knobs = knobs
        self._client = httpx.AsyncClient(timeout=30)
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._held: list[Delivery] = []
        self.deliveries: list[Delivery] = []

    def publish(self, event: Resource) -> None:
        """Send an event if the endpoint listens to its type."""
        if self.wants(event):
            self.send(event)

    def wants(self, event: Resource) -> bool:
        return "*" in self._events or event["type"] in self._events

    def send(self, event: Resource) -> None:
        """Send an event, as often and in the order that the knobs say."""
        knobs = self._knobs()
        copies = [Delivery(event) for _ in range(1 + knobs.duplicate)]
        self.deliveries += copies
        if knobs.drop:
            for delivery in copies:
                delivery.state = "dropped"
            return
        event["pending_webhooks"] += len(copies)
        if knobs.reorder:
            self._held += copies
            if len(self._held) >= knobs.reorder:
                self.release()
        else:
            for delivery in copies:
                self._start(self._deliver(delivery))

    def release(self) -> None:
        """Send what was held back, the last first and one after the other."""
        held, self._held = self._held[::-1], []
        if held:
            self._start(self._deliver_in_order(held))

    def send_in_order(self, events: list[Resource]) -> None:
        """Send events once more, one after the other."""
        deliveries = [Delivery(event) for event in events]
        self.deliveries += deliveries
        for event in events:
            event["pending_webhooks"] += 1
        self._start(self._deliver_in_order(deliveries))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_in_order(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        await asyncio.sleep(self._knobs().delay_seconds)
        for attempt in range(ATTEMPTS):
            status = await self._attempt(delivery.event)
            delivery.statuses.append(status)
            if 200 <= status < 300:
                delivery.state = "delivered"
                delivery.event["pending_webhooks"] -= 1
                return
            await asyncio.sleep(self._knobs().retry_seconds * 2**attempt)
        delivery.state = "failed"

    async def _attempt(self, event: Resource) -> int:
        knobs = self._knobs()
        payload = json.dumps(event, indent=2).encode()
        secret = "whsec_of_somebody_else" if knobs.bad_signature else self._secret
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": sign(payload, secret, int(time.time()) - knobs.signature_age_seconds),
        }
        try:
            async with self._room:
                response = await self._client.post(self._url, content=payload, headers=headers)
        except httpx.TransportError:
            return 0
        return response.status_code
