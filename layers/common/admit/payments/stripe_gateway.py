"""Stripe Checkout, refunds and disputes behind the Gateway, and Stripe's webhook signatures.

The one module that imports stripe. Sources: https://docs.stripe.com/api, https://docs.stripe.com/webhooks#verify-manually
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe
from stripe.params import EventListParamsCreated
from stripe.params.checkout import (
    SessionCreateParams,
    SessionCreateParamsLineItem,
    SessionCreateParamsLineItemPriceDataProductData,
    SessionCreateParamsPaymentIntentData,
)

from admit.catalog.event import MOST_HOLD_MINUTES
from admit.errors import BadSignature, Malformed, NotFound, PaymentRefused, PaymentUnavailable
from admit.orders.order import Order, OrderLine
from admit.payments.gateway import (
    MONEY_EVENTS,
    PAGE_OUTLIVES_HOLD,
    CardDispute,
    CardPayment,
    CardRefund,
    DisputeStatus,
    Hint,
    PageStatus,
    PaymentBroken,
    PaymentPage,
    RefundStatus,
)
from admit.payments.page_text import line_description, page_locale, statement_suffix

_TOLERANCE = timedelta(minutes=5)
_LONGEST_HOLD = timedelta(minutes=MOST_HOLD_MINUTES)
_TIMEOUT = 4  # seconds; two calls, each with one repetition, end before the function's own time does
_PAGE = 100
_LIVEMODE = {"sk_live": True, "rk_live": True, "sk_test": False, "rk_test": False}
# A PaymentIntent that waits for another try behind a page that takes none.
_GIVEN_UP = frozenset({"requires_payment_method", "canceled"})


class StripeGateway:
    def __init__(
        self,
        api_key: str,
        *,
        api_base: str,
        webhook_secrets: Sequence[str],
        order_url: Callable[[str], str],
        methods: Sequence[str] = ("card",),
    ) -> None:
        """`order_url` gives the address of an order's page, to which the buyer returns.

        Wallets pay by `card` too. A method that pays days later holds the tickets all the while.
        """
        self._webhook_secrets = webhook_secrets
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            http_client=stripe.RequestsClient(timeout=_TIMEOUT),
            max_network_retries=1,
        )
        self._order_url = order_url
        self._methods = list(methods)
        self.livemode = _LIVEMODE.get(api_key[:7])

    def open_page(self, order: Order, attempt: int, *, title: str) -> PaymentPage:
        back = self._order_url(order.id)
        ours = {"order_id": order.id, "event_id": order.event_id}
        payment: SessionCreateParamsPaymentIntentData = {"metadata": ours}
        if suffix := statement_suffix(title):
            payment["statement_descriptor_suffix"] = suffix
        params: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": order.id,
            "metadata": ours,
            "customer_email": order.buyer.email,
            "line_items": [_line_item(line, order.currency) for line in order.lines if line.total],
            "payment_intent_data": payment,
            "allowed_payment_method_types": self._methods,
            "locale": page_locale(order.buyer.language),
            "success_url": f"{back}?checkout=done",
            "cancel_url": f"{back}?checkout=cancelled",
            "expand": ["payment_intent"],
        }
        if (expires_at := _expires_at(order)) is not None:
            params["expires_at"] = expires_at
        key = f"checkout:{order.id}:{attempt}"
        with _asking(keyed=True):
            return _page(self._client.v1.checkout.sessions.create(params, {"idempotency_key": key}))

    def fetch_page(self, session_id: str) -> PaymentPage:
        with _asking():
            return _page(
                self._client.v1.checkout.sessions.retrieve(session_id, {"expand": ["payment_intent"]})
            )

    def page_of(self, payment: str) -> PaymentPage:
        with _asking():
            found = self._client.v1.checkout.sessions.list(
                {"payment_intent": payment, "limit": 1, "expand": ["data.payment_intent"]}
            )
        if not found.data:
            raise NotFound("There is no payment page of this payment.")
        return _page(found.data[0])

    def expire_page(self, session_id: str) -> PaymentPage:
        try:
            with _asking():
                return _page(
                    self._client.v1.checkout.sessions.expire(session_id, {"expand": ["payment_intent"]})
                )
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
            return Hint(
                id=event["id"],
                type=event["type"],
                object_id=event["data"]["object"].get("id", ""),
                livemode=event["livemode"],
                created=event["created"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise Malformed from exc

    def refund(self, payment: str, amount: int, *, order_id: str, sequence: int) -> CardRefund:
        with _asking(keyed=True):
            refund = self._client.v1.refunds.create(
                {
                    "payment_intent": payment,
                    "amount": amount,
                    "metadata": {"order_id": order_id, "sequence": str(sequence)},
                },
                {"idempotency_key": f"refund:{order_id}:{sequence}"},
            )
        return _known(_refund(refund))

    def fetch_refund(self, refund_id: str) -> CardRefund:
        with _asking():
            return _known(_refund(self._client.v1.refunds.retrieve(refund_id)))

    def refunds_of(self, payment: str) -> list[CardRefund]:
        found = _each(lambda: self._client.v1.refunds.list({"payment_intent": payment, "limit": _PAGE}))
        return list(filter(None, map(_refund, found)))

    def fetch_payment(self, reference: str) -> CardPayment:
        with _asking():
            return _payment(self._client.v1.payment_intents.retrieve(reference))

    def payment_of_charge(self, charge_id: str) -> str | None:
        with _asking():
            return _id(self._client.v1.charges.retrieve(charge_id).payment_intent)

    def fetch_dispute(self, dispute_id: str) -> CardDispute:
        with _asking():
            return _known(_dispute(self._client.v1.disputes.retrieve(dispute_id)))

    def disputes_of(self, payment: str) -> list[CardDispute]:
        found = _each(lambda: self._client.v1.disputes.list({"payment_intent": payment, "limit": _PAGE}))
        return list(filter(None, map(_dispute, found)))

    def hints(self, after: datetime, until: datetime) -> Iterator[Hint]:
        span, types = _span(after, until), sorted(MONEY_EVENTS)
        newest_first = [
            _hint(event)
            for event in _each(
                lambda: self._client.v1.events.list({"created": span, "types": types, "limit": _PAGE})
            )
        ]
        return reversed(newest_first)

    def payments(self, after: datetime, until: datetime) -> Iterator[CardPayment]:
        span = _span(after, until)
        for intent in _each(lambda: self._client.v1.payment_intents.list({"created": span, "limit": _PAGE})):
            if intent.status == "succeeded":
                yield _payment(intent)

    def refunds(self, after: datetime, until: datetime) -> Iterator[CardRefund]:
        span = _span(after, until)
        found = _each(lambda: self._client.v1.refunds.list({"created": span, "limit": _PAGE}))
        return filter(None, map(_refund, found))

    def disputes(self, after: datetime, until: datetime) -> Iterator[CardDispute]:
        span = _span(after, until)
        found = _each(lambda: self._client.v1.disputes.list({"created": span, "limit": _PAGE}))
        return filter(None, map(_dispute, found))


@contextmanager
def _asking(*, keyed: bool = False) -> Iterator[None]:
    """Tell Stripe's errors as ours; `keyed` for a request that Stripe keeps its answer to.

    Source: https://docs.stripe.com/api/idempotent_requests
    """
    try:
        yield
    except stripe.InvalidRequestError as exc:
        if exc.http_status == 404:
            raise NotFound("The payment provider has no such object.") from exc
        raise PaymentRefused from exc
    except stripe.IdempotencyError as exc:
        # The key belongs to another request, such as one made before the event had its present title.
        raise PaymentBroken from exc
    except stripe.StripeError as exc:
        if keyed and exc.http_status is not None and exc.http_status >= 500:
            raise PaymentBroken from exc
        raise PaymentUnavailable from exc


def _each[T: stripe.StripeObject](first: Callable[[], stripe.ListObject[T]]) -> Iterator[T]:
    """Give the objects of a list, page by page as they are needed."""
    with _asking():
        yield from first().auto_paging_iter()


def _span(after: datetime, until: datetime) -> EventListParamsCreated:
    return {"gt": int(after.timestamp()), "lte": int(until.timestamp())}


def _id(named: Any) -> str | None:
    """Return the id of what an expandable field names."""
    identifier: str | None = getattr(named, "id", named)
    return identifier


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _known[T](found: T | None) -> T:
    """Refuse what no payment page of ours can have made. Raises NotFound."""
    if found is None:
        raise NotFound("The payment provider has no such object of a payment page.")
    return found


def _page(session: stripe.checkout.Session) -> PaymentPage:
    intent = session.payment_intent
    delayed = session.status == "complete" and session.payment_status == "unpaid"
    given_up = isinstance(intent, stripe.PaymentIntent) and intent.status in _GIVEN_UP
    return PaymentPage(
        session_id=session.id,
        url=session.url,
        status=PageStatus(session.status or "open"),
        paid=session.payment_status == "paid",
        processing=delayed and not given_up,
        failed=delayed and given_up,
        amount=session.amount_total,
        currency=session.currency.upper() if session.currency else None,
        order_id=session.client_reference_id,
        reference=_id(intent),
        declined=session.payment_status != "paid" and getattr(intent, "last_payment_error", None) is not None,
        ends_at=_instant(session.expires_at),
    )


def _hint(event: stripe.Event) -> Hint:
    return Hint(
        id=event.id,
        type=event.type,
        object_id=event.data.object.id,
        livemode=event.livemode,
        created=_instant(event.created),
    )


def _payment(intent: stripe.PaymentIntent) -> CardPayment:
    return CardPayment(
        reference=intent.id,
        amount=intent.amount_received,
        currency=intent.currency.upper(),
        order_id=_said(intent.metadata, "order_id"),
        created_at=_instant(intent.created),
    )


def _refund(refund: stripe.Refund) -> CardRefund | None:
    """Read a refund; None for one of a charge without a PaymentIntent."""
    payment, sequence = _id(refund.payment_intent), _said(refund.metadata, "sequence")
    if payment is None:
        return None
    return CardRefund(
        id=refund.id,
        payment=payment,
        amount=refund.amount,
        currency=refund.currency.upper(),
        # Stripe leaves it out where a payment method does not tell.
        status=RefundStatus(refund.status or RefundStatus.PENDING),
        order_id=_said(refund.metadata, "order_id"),
        sequence=int(sequence) if sequence is not None and sequence.isdecimal() else None,
        reason=getattr(refund, "failure_reason", None),  # no field at all unless it failed
        created_at=_instant(refund.created),
    )


def _dispute(dispute: stripe.Dispute) -> CardDispute | None:
    """Read a dispute; None for one of a charge without a PaymentIntent."""
    payment, due_by = _id(dispute.payment_intent), dispute.evidence_details.due_by
    if payment is None:
        return None
    return CardDispute(
        id=dispute.id,
        payment=payment,
        amount=dispute.amount,
        currency=dispute.currency.upper(),
        status=DisputeStatus(dispute.status),
        reason=dispute.reason,
        respond_by=_instant(due_by) if due_by else None,
        # Not their `net`: the fee of a dispute is not given back with the money.
        withdrawn=sum(moved.amount for moved in dispute.balance_transactions) < 0,
    )


def _said(metadata: Any, name: str) -> str | None:
    """Return one of the words that we gave an object, if it has them."""
    word: str | None = getattr(metadata, name, None)
    return word


def _line_item(line: OrderLine, currency: str) -> SessionCreateParamsLineItem:
    """Return a line as the payment page shows it; one that is not so many times its unit price is one
    item."""
    name = " · ".join(filter(None, (line.tier_title, line.label)))
    plain = line.total == line.unit * line.quantity
    product: SessionCreateParamsLineItemPriceDataProductData = {
        "name": name if plain or line.quantity == 1 else f"{line.quantity} × {name}"
    }
    if description := line_description(line, currency):
        product["description"] = description
    return {
        "quantity": line.quantity if plain else 1,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": line.unit if plain else line.total,
            "product_data": product,
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
