"""The books of an order: each movement of its money once, from one account to another, never changed after.

Double entry: a movement takes an amount from one account (credit) and brings it to another (debit), so all
accounts of an order together are always zero. Amounts are minor units and above zero; what goes back is a
movement the other way round.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from admit.clock import Instant
from admit.model import Entity


class Account(StrEnum):
    STRIPE = "stripe"
    """What Stripe holds for the organizer, before its fees."""
    BANK = "bank"
    """What a bank statement has shown."""
    BY_HAND = "by_hand"
    """What the organizer says has come, or gone, and no statement has shown yet."""
    ORDER = "order"
    """What was paid for the order."""
    UNALLOCATED = "unallocated"
    """What came and is not for the order: a second payment, one too late, one that does not fit."""
    DISPUTED = "disputed"
    """What Stripe has taken back until a dispute is decided."""


RECEIVING = (Account.STRIPE, Account.BANK, Account.BY_HAND)
"""Where money comes in and goes out."""


class Cause(StrEnum):
    PAYMENT = "payment"
    ALLOCATION = "allocation"
    """Money that was not for the order becomes so."""
    CONFIRMATION = "confirmation"
    """A bank statement shows what the organizer had said."""
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_RETURNED = "dispute_returned"
    DISPUTE_LOST = "dispute_lost"


class Misfit(StrEnum):
    """Why a payment is not for the order that it names."""

    MISMATCH = "mismatch"
    """Of another amount, currency or payment page."""
    SECOND = "second"
    """The order was paid before."""
    LATE = "late"
    """The order had ended before."""


class Movement(Entity):
    """One movement of money. `reference` is Stripe's or the bank's name for it, or the organizer's note."""

    id: str
    """Unique in the order, made of what caused it: news that comes twice meets it."""
    cause: Cause
    debit: Account
    credit: Account
    amount: Annotated[int, Field(gt=0)]
    currency: str
    reference: str
    at: Instant
    actor: str
    misfit: Misfit | None = None


def balance(movements: Iterable[Movement], account: Account, currency: str) -> int:
    """Return what an account has received beyond what it has given."""
    return sum(
        (movement.amount if movement.debit is account else 0)
        - (movement.amount if movement.credit is account else 0)
        for movement in movements
        if movement.currency == currency
    )


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    """It is decided; nobody was asked yet, or no answer has come."""
    PENDING = "pending"
    """Stripe, or the organizer at his bank, is about to send it."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(Entity):
    """Money that goes back to who has paid. The amount is in minor units."""

    sequence: int
    amount: Annotated[int, Field(gt=0)]
    currency: str
    status: RefundStatus
    payment: str
    """Id of the movement that it pays back."""
    account: Account
    """Where the money leaves."""
    source: Account
    """Whether it was for the order or was not allocated."""
    reference: str | None = None
    """Stripe's id of it."""
    tickets: list[int] = []
    """Numbers of the tickets whose price it is."""
    note: str = ""
    key: str = ""
    """Of the request that asked for it: sent again, it asks for nothing more."""
    request_hash: str = ""
    actor: str
    requested_at: Instant
    replaces: int | None = None
    """Sequence of the failed refund in whose place the organizer has sent it."""
    broken: bool = False
    """Stripe has answered with an error that it repeats: only a new request gets further."""
    failure: str | None = None

    @property
    def open(self) -> bool:
        return self.status in (RefundStatus.REQUESTED, RefundStatus.PENDING)

    @property
    def booked(self) -> str:
        """Id of its movement."""
        return f"refund:{self.sequence}"

    def movement(self, at: datetime) -> Movement:
        return Movement(
            id=self.booked,
            cause=Cause.REFUND,
            debit=self.source,
            credit=self.account,
            amount=self.amount,
            currency=self.currency,
            reference=self.reference or self.note,
            at=at,
            actor=self.actor,
        )

    def reversal(self, at: datetime, to: Account) -> Movement:
        """Return the movement that brings a refund back which did not get through, to where its payment is
        now."""
        return Movement(
            id=f"{self.booked}:failed",
            cause=Cause.REFUND_FAILED,
            debit=self.account,
            credit=to,
            amount=self.amount,
            currency=self.currency,
            reference=self.reference or self.note,
            at=at,
            actor="stripe",
        )


class DisputeOutcome(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Entity):
    """A buyer's objection at his bank against a payment."""

    id: str
    payment: str
    """Reference of the payment."""
    amount: int
    currency: str
    reason: str
    outcome: DisputeOutcome
    respond_by: Instant | None = None


class DocumentKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class DocumentRef(Entity):
    """An invoice or credit note that was issued; the amount is in minor units, of a credit note too."""

    kind: DocumentKind
    number: str
    amount: int
    issued_at: Instant
