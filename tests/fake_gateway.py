"""A payment provider whose pages tests open, pay and close, with refunds and disputes of what was paid."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import RLock
from typing import Any

from admit.errors import NotFound, PaymentRefused
from admit.orders.order import Order
from admit.payments.gateway import (
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

_KEYS_LIVE = _PAGES_LIVE = timedelta(hours=24)


class FakeGateway:
    """It keeps an idempotency key's first answer, refuses what Stripe refuses, and notes news in order.

    `now` is its clock. `errors` are raised by the calls of their name, each once, before anything is done;
    `errors_after` are raised when it is done. A key that has led to PaymentBroken goes on doing so, and keys
    are forgotten after a day (https://docs.stripe.com/api/idempotent_requests).
    """

    def __init__(self, now: datetime = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)) -> None:
        self.now = now
        self.pages: dict[str, PaymentPage] = {}
        self.payments_made: dict[str, CardPayment] = {}
        self.refunds_made: dict[str, CardRefund] = {}
        self.disputes_opened: dict[str, CardDispute] = {}
        self.news: list[Hint] = []
        self.errors: dict[str, list[Exception]] = {}
        self.errors_after: dict[str, list[Exception]] = {}
        self.calls: list[str] = []
        self.refund_status = RefundStatus.SUCCEEDED
        self._first: dict[str, tuple[str, datetime]] = {}
        self._broken: dict[str, datetime] = {}
        self._numbers = count(1)
        self._lock = RLock()

    livemode: bool | None = False

    # --- what Admit calls -------------------------------------------------------------------------------

    def open_page(self, order: Order, attempt: int, *, title: str) -> PaymentPage:
        session_id = f"cs_{order.id}_{attempt}"
        page = PaymentPage(
            session_id=session_id,
            url=f"https://pay.example/{session_id}",
            status=PageStatus.OPEN,
            paid=False,
            processing=False,
            failed=False,
            amount=order.total,
            currency=order.currency,
            order_id=order.id,
            reference=None,
            ends_at=self.now + _PAGES_LIVE,
        )
        with self._lock:
            self._begin("open_page", session_id)
            page = self.pages.setdefault(session_id, page)
            self._end("open_page", session_id)
        return page

    def fetch_page(self, session_id: str) -> PaymentPage:
        self._begin("fetch_page")
        return self._page(session_id)

    def page_of(self, payment: str) -> PaymentPage:
        self._begin("page_of")
        found = [page for page in self.pages.values() if page.reference == payment]
        if not found:
            raise NotFound
        return found[0]

    def expire_page(self, session_id: str) -> PaymentPage:
        with self._lock:
            self._begin("expire_page")
            if self._page(session_id).status is PageStatus.OPEN:
                self._change(session_id, status=PageStatus.EXPIRED, url=None)
                self._tell("checkout.session.expired", session_id)
            self._end("expire_page")
            return self._page(session_id)

    def read_webhook(self, raw: bytes, signature: str, now: datetime) -> Hint:
        raise NotImplementedError

    def refund(self, payment: str, amount: int, *, order_id: str, sequence: int) -> CardRefund:
        key = f"refund:{order_id}:{sequence}"
        with self._lock:
            self._begin("refund", key)
            known, at = self._first.get(key, ("", self.now))
            if not known or self.now - at > _KEYS_LIVE:
                known = self._refunded(payment, amount, order_id, sequence).id
                self._first[key] = known, self.now
            self._end("refund", key)
            return self.refunds_made[known]

    def fetch_refund(self, refund_id: str) -> CardRefund:
        self._begin("fetch_refund")
        if refund_id not in self.refunds_made:
            raise NotFound
        return self.refunds_made[refund_id]

    def refunds_of(self, payment: str) -> list[CardRefund]:
        self._begin("refunds_of")
        return [one for one in reversed(self.refunds_made.values()) if one.payment == payment]

    def fetch_payment(self, reference: str) -> CardPayment:
        self._begin("fetch_payment")
        if reference not in self.payments_made:
            raise NotFound
        return self.payments_made[reference]

    def payment_of_charge(self, charge_id: str) -> str | None:
        return charge_id.removeprefix("ch_")

    def fetch_dispute(self, dispute_id: str) -> CardDispute:
        self._begin("fetch_dispute")
        if dispute_id not in self.disputes_opened:
            raise NotFound
        return self.disputes_opened[dispute_id]

    def disputes_of(self, payment: str) -> list[CardDispute]:
        return [one for one in reversed(self.disputes_opened.values()) if one.payment == payment]

    def hints(self, after: datetime, until: datetime) -> Iterator[Hint]:
        self._begin("hints")
        return iter([hint for hint in self.news if after < hint.created <= until])

    def payments(self, after: datetime, until: datetime) -> Iterator[CardPayment]:
        return iter([one for one in self.payments_made.values() if after < one.created_at <= until])

    def refunds(self, after: datetime, until: datetime) -> Iterator[CardRefund]:
        return iter([one for one in self.refunds_made.values() if after < one.created_at <= until])

    def disputes(self, after: datetime, until: datetime) -> Iterator[CardDispute]:
        return iter(self.disputes_opened.values())

    # --- what buyers, banks and the provider's people do ------------------------------------------------

    def pay(self, session_id: str, reference: str | None = None) -> PaymentPage:
        """The buyer pays by card."""
        with self._lock:
            page = self._arrived(session_id, reference or f"pi_{next(self._numbers)}")
            self._tell("checkout.session.completed", session_id)
            return page

    def pay_later(self, session_id: str) -> PaymentPage:
        """The buyer pays in a way that takes days."""
        page = self._change(session_id, status=PageStatus.COMPLETE, processing=True, url=None)
        self._tell("checkout.session.completed", session_id)
        return page

    def arrive(self, session_id: str, reference: str | None = None) -> PaymentPage:
        """The money of a payment that takes days arrives."""
        page = self._arrived(session_id, reference or f"pi_{next(self._numbers)}")
        self._tell("checkout.session.async_payment_succeeded", session_id)
        return page

    def fail(self, session_id: str) -> PaymentPage:
        """The money of a payment that takes days does not come."""
        page = self._change(session_id, processing=False, failed=True)
        self._tell("checkout.session.async_payment_failed", session_id)
        return page

    def decline(self, session_id: str) -> PaymentPage:
        """The buyer's card is refused; the page stays open for another one."""
        return self._change(session_id, declined=True)

    def lapse(self, session_id: str) -> PaymentPage:
        """The page ends by itself, as if it had been made to end now."""
        with self._lock:
            page = self._change(session_id, status=PageStatus.EXPIRED, url=None, ends_at=self.now)
            self._tell("checkout.session.expired", session_id)
            return page

    def change_amount(self, session_id: str, by: int) -> None:
        """A page that asks for another amount than its order costs."""
        self._change(session_id, amount=(self.pages[session_id].amount or 0) + by)

    def refund_in_dashboard(self, payment: str, amount: int) -> CardRefund:
        with self._lock:
            return self._refunded(payment, amount, None, None)

    def end_refund(self, refund_id: str, status: RefundStatus) -> CardRefund:
        """A pending refund gets through or fails; one that succeeded may still fail."""
        ended = self.refunds_made[refund_id].model_copy(update={"status": status})
        self.refunds_made[refund_id] = ended
        self._tell("refund.failed" if status is RefundStatus.FAILED else "refund.updated", refund_id)
        return ended

    def dispute(self, payment: str) -> CardDispute:
        """The buyer objects at his bank."""
        made = self.payments_made[payment]
        dispute = CardDispute(
            id=f"dp_{next(self._numbers)}",
            payment=payment,
            amount=made.amount - self._back(payment),
            currency=made.currency,
            status=DisputeStatus.NEEDS_RESPONSE,
            reason="fraudulent",
            respond_by=self.now + timedelta(days=7),
            withdrawn=True,
        )
        self.disputes_opened[dispute.id] = dispute
        self._tell("charge.dispute.created", dispute.id)
        return dispute

    def end_dispute(self, dispute_id: str, *, won: bool) -> CardDispute:
        status = DisputeStatus.WON if won else DisputeStatus.LOST
        ended = self.disputes_opened[dispute_id].model_copy(update={"status": status, "withdrawn": not won})
        self.disputes_opened[dispute_id] = ended
        self._tell("charge.dispute.closed", dispute_id)
        return ended

    @property
    def held(self) -> int:
        """What the provider holds: captured, less refunds that did not fail and what disputes have taken."""
        return sum(self.held_of(payment) for payment in self.payments_made)

    def held_of(self, payment: str) -> int:
        """What the provider holds of one payment."""
        taken = sum(
            one.amount for one in self.disputes_opened.values() if one.payment == payment and one.withdrawn
        )
        return self.payments_made[payment].amount - taken - self._back(payment)

    # --- inside -----------------------------------------------------------------------------------------

    def _arrived(self, session_id: str, reference: str) -> PaymentPage:
        page = self._change(
            session_id,
            status=PageStatus.COMPLETE,
            paid=True,
            processing=False,
            declined=False,
            url=None,
            reference=reference,
        )
        self.payments_made[reference] = CardPayment(
            reference=reference,
            amount=page.amount or 0,
            currency=page.currency or "",
            order_id=page.order_id,
            created_at=self.now,
        )
        return page

    def _refunded(self, payment: str, amount: int, order_id: str | None, sequence: int | None) -> CardRefund:
        if payment not in self.payments_made:
            raise NotFound
        disputed = any(one.payment == payment and not one.won for one in self.disputes_opened.values())
        if disputed or amount > self.payments_made[payment].amount - self._back(payment):
            raise PaymentRefused
        made = CardRefund(
            id=f"re_{next(self._numbers)}",
            payment=payment,
            amount=amount,
            currency=self.payments_made[payment].currency,
            status=self.refund_status,
            order_id=order_id,
            sequence=sequence,
            reason=None,
            created_at=self.now,
        )
        self.refunds_made[made.id] = made
        self._tell("refund.created", made.id)
        self._tell("charge.refunded", f"ch_{payment}")
        return made

    def _back(self, payment: str) -> int:
        failed = (RefundStatus.FAILED, RefundStatus.CANCELED)
        return sum(
            one.amount
            for one in self.refunds_made.values()
            if one.payment == payment and one.status not in failed
        )

    def _page(self, session_id: str) -> PaymentPage:
        if session_id not in self.pages:
            raise NotFound
        return self.pages[session_id]

    def _change(self, session_id: str, **fields: Any) -> PaymentPage:
        self.pages[session_id] = self.pages[session_id].model_copy(update=fields)
        return self.pages[session_id]

    def _tell(self, kind: str, object_id: str) -> None:
        number = next(self._numbers)
        self.news.append(
            Hint(id=f"evt_{number}", type=kind, object_id=object_id, livemode=False, created=self.now)
        )

    def _begin(self, call: str, key: str = "") -> None:
        self.calls.append(call)
        broken_at = self._broken.get(key)
        if broken_at is not None and self.now - broken_at <= _KEYS_LIVE:
            raise PaymentBroken
        self._raise_one(self.errors, call, key)

    def _end(self, call: str, key: str = "") -> None:
        self._raise_one(self.errors_after, call, key)

    def _raise_one(self, errors: dict[str, list[Exception]], call: str, key: str) -> None:
        if not errors.get(call):
            return
        error = errors[call].pop(0)
        if key and isinstance(error, PaymentBroken):
            self._broken[key] = self.now
        raise error
