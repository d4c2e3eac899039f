"""Explaining: each state of an order, and each reason to look at it, says why, what next, until when, who."""

from datetime import timedelta
from typing import Any

import pytest

from admit.catalog.event import InvoicePolicy
from admit.catalog.price import PaymentMethod
from admit.orders.explain import Actor, explain, why
from admit.orders.ledger import (
    Account,
    Cause,
    Dispute,
    DisputeOutcome,
    Misfit,
    Movement,
    Refund,
    RefundStatus,
)
from admit.orders.order import Attention, Checkout, FailedPayment, OrderStatus, SetAside, Withdrawal
from tests.builders import NOW, a_card_order

UNTIL = NOW + timedelta(days=3)


def a_payment(misfit: Misfit | None = None, amount: int = 25_000, number: int = 1) -> Movement:
    return Movement(
        id=f"payment:pi_{number}",
        cause=Cause.PAYMENT,
        debit=Account.STRIPE,
        credit=Account.UNALLOCATED if misfit else Account.ORDER,
        amount=amount,
        currency="EUR",
        reference=f"pi_{number}",
        at=NOW,
        actor="stripe",
        misfit=misfit,
    )


def a_refund(status: RefundStatus, account: Account = Account.STRIPE) -> Refund:
    return Refund(
        sequence=1,
        amount=25_000,
        currency="EUR",
        status=status,
        payment="payment:pi_1",
        account=account,
        source=Account.ORDER,
        actor="boss@admit.example",
        requested_at=NOW,
    )


def a_dispute(outcome: DisputeOutcome) -> Dispute:
    return Dispute(
        id="dp_1",
        payment="pi_1",
        amount=25_000,
        currency="EUR",
        reason="fraudulent",
        outcome=outcome,
        respond_by=UNTIL,
    )


PAID: dict[str, Any] = {"status": OrderStatus.FULFILLED, "movements": [a_payment()]}
INVOICE: dict[str, Any] = {"payment_method": PaymentMethod.INVOICE, "hold_expires_at": None, "due_at": UNTIL}
REFUSED: dict[str, Any] = {
    "checkout": Checkout(attempt=1, session_id="cs_1", url="https://pay.example/cs_1"),
    "failed_payment": FailedPayment(attempt=1, at=NOW),
}

STATES: dict[str, tuple[dict[str, Any], str, Actor, object]] = {
    "waits for its card": (
        {},
        "The tickets are held while the card payment is open.",
        Actor.BUYER,
        NOW + timedelta(minutes=10),
    ),
    "is being paid": (
        {"processing": True},
        "The payment is on its way; your bank takes some days for it.",
        Actor.NOBODY,
        None,
    ),
    "waits for its invoice": (INVOICE, "The invoice of this order is not paid.", Actor.BUYER, UNTIL),
    "is paid in part": (
        {**INVOICE, "movements": [a_payment(amount=100)]},
        "The invoice of this order is paid in part.",
        Actor.BUYER,
        UNTIL,
    ),
    "is settled": ({**PAID, "status": OrderStatus.SETTLED}, "The order is settled.", Actor.SYSTEM, None),
    "is fulfilled": (PAID, "The tickets are made.", Actor.BUYER, None),
    "is fulfilled and unpaid": (
        {**INVOICE, "status": OrderStatus.FULFILLED},
        "The tickets are made, and the invoice is not paid yet.",
        Actor.BUYER,
        UNTIL,
    ),
    "is declined": (
        {"status": OrderStatus.DECLINED},
        "The organizer declined this order.",
        Actor.BUYER,
        None,
    ),
    "is expired": (
        {"status": OrderStatus.EXPIRED},
        "The payment did not arrive in time.",
        Actor.BUYER,
        None,
    ),
    "is cancelled": ({"status": OrderStatus.CANCELLED}, "The order was cancelled.", Actor.BUYER, None),
    "is cancelled and its money under way": (
        {**PAID, "status": OrderStatus.CANCELLED, "refunds": [a_refund(RefundStatus.REQUESTED)]},
        "The order was cancelled.",
        Actor.SYSTEM,
        None,
    ),
    "is cancelled and its money back": (
        {**PAID, "status": OrderStatus.CANCELLED, "refunds": [a_refund(RefundStatus.SUCCEEDED)]},
        "The order was cancelled.",
        Actor.NOBODY,
        None,
    ),
    "is being cancelled": (
        {
            **PAID,
            "withdrawal": Withdrawal(numbers=[1], used_too=False, refund=0, actor="buyer", note="", at=NOW),
        },
        "Tickets of this order are being cancelled.",
        Actor.SYSTEM,
        None,
    ),
    "has lost its dispute": (
        {**PAID, "suspended": True, "disputes": [a_dispute(DisputeOutcome.LOST)]},
        "The payment was taken back by the buyer's bank; the tickets are suspended.",
        Actor.ORGANIZER,
        None,
    ),
}

REASONS: dict[Attention, tuple[dict[str, Any], str, Actor, object]] = {
    Attention.PAYMENT_MISMATCH: (
        {"movements": [a_payment(Misfit.MISMATCH)]},
        "A payment came that does not fit this order; the tickets are held meanwhile.",
        Actor.ORGANIZER,
        None,
    ),
    Attention.PAID_AFTER_END: (
        {
            "status": OrderStatus.EXPIRED,
            "movements": [a_payment(Misfit.LATE)],
            "decide_by": UNTIL,
        },
        "Money arrived after the order had ended.",
        Actor.ORGANIZER,
        UNTIL,
    ),
    Attention.SECOND_PAYMENT: (
        {**PAID, "movements": [a_payment(), a_payment(Misfit.SECOND, number=2)]},
        "The order was paid twice.",
        Actor.SYSTEM,
        None,
    ),
    Attention.OVERPAID: (
        {**PAID, "movements": [a_payment(), a_payment(amount=1, number=2)]},
        "More was paid than the order costs.",
        Actor.ORGANIZER,
        None,
    ),
    Attention.INVOICE_OVERDUE: (
        {**INVOICE, "overdue": True, "grace_ends_at": UNTIL},
        "The invoice is overdue.",
        Actor.BUYER,
        UNTIL,
    ),
    Attention.REFUND_BY_HAND: (
        {**PAID, "refunds": [a_refund(RefundStatus.PENDING, Account.BANK)]},
        "Money is to go back that did not come by card.",
        Actor.ORGANIZER,
        None,
    ),
    Attention.REFUND_FAILED: (
        {**PAID, "refunds": [a_refund(RefundStatus.FAILED)]},
        "A refund did not get through.",
        Actor.ORGANIZER,
        None,
    ),
    Attention.MAIL_BOUNCED: (
        {**PAID, "mail_bounced": True},
        "The tickets are made, but mail does not reach the buyer's address.",
        Actor.ORGANIZER,
        None,
    ),
    Attention.APPROVAL_WAITING: (
        {"status": OrderStatus.AWAITING_APPROVAL},
        "The organizer has to approve this order.",
        Actor.ORGANIZER,
        None,
    ),
    Attention.PAYMENT_FAILED: (
        REFUSED,
        "The card payment of this order did not go through.",
        Actor.BUYER,
        NOW + timedelta(minutes=10),
    ),
    Attention.MANUAL_SETTLEMENT: (
        {**INVOICE, "invoice_policy": InvoicePolicy.ON_RELEASE},
        "The invoice of this order is not paid.",
        Actor.ORGANIZER,
        UNTIL,
    ),
    Attention.DISPUTE: (
        {**PAID, "suspended": True, "disputes": [a_dispute(DisputeOutcome.OPEN)]},
        "The payment is disputed at the buyer's bank; the tickets admit nobody meanwhile.",
        Actor.ORGANIZER,
        UNTIL,
    ),
}

OF_ORDERS = [reason for reason in Attention if reason is not Attention.UNASSIGNED]
"""The others follow from its tickets."""


@pytest.mark.parametrize("state", STATES)
def test_each_state_of_an_order_has_its_sentence(state: str) -> None:
    fields, why, who, until = STATES[state]
    order = a_card_order(**fields)

    told = explain(order)

    assert (told.why, told.who, told.until) == (why, who, until)
    assert told.next.endswith(".")
    assert order.attention == []


@pytest.mark.parametrize("reason", OF_ORDERS)
def test_each_reason_to_look_at_an_order_has_its_sentence(reason: Attention) -> None:
    fields, sentence, who, until = REASONS[reason]
    order = a_card_order(**fields)

    told = explain(order)

    assert order.attention == [reason]
    assert (told.why, told.who, told.until) == (sentence, who, until)
    assert why(order, reason) == sentence
    assert told.next.endswith(".")


def test_every_status_is_explained() -> None:
    explained = {a_card_order(**fields).status for fields, *_ in [*STATES.values(), *REASONS.values()]}

    assert explained == set(OrderStatus)


def test_what_an_organizer_has_to_look_at_comes_before_what_is_usual() -> None:
    usual = a_card_order(**PAID)
    looked_at = a_card_order(**{**PAID, "refunds": [a_refund(RefundStatus.FAILED)]})

    assert explain(usual).who is Actor.BUYER
    assert explain(looked_at).who is Actor.ORGANIZER


def test_a_dispute_comes_before_everything_else() -> None:
    order = a_card_order(
        **{
            **PAID,
            "movements": [a_payment(), a_payment(Misfit.SECOND, number=2)],
            "disputes": [a_dispute(DisputeOutcome.OPEN)],
            "suspended": True,
        }
    )

    assert order.attention == [Attention.SECOND_PAYMENT, Attention.DISPUTE]
    assert explain(order).why.startswith("The payment is disputed")


def test_the_nearest_deadline_of_several_disputes_is_told() -> None:
    sooner = a_dispute(DisputeOutcome.OPEN).model_copy(update={"id": "dp_2", "respond_by": NOW})
    none = sooner.model_copy(update={"id": "dp_3", "respond_by": None})
    order = a_card_order(**PAID, disputes=[a_dispute(DisputeOutcome.OPEN), sooner, none], suspended=True)

    assert explain(order).until == NOW


@pytest.mark.parametrize(
    ("account", "who"), [(Account.STRIPE, Actor.SYSTEM), (Account.BY_HAND, Actor.ORGANIZER)]
)
def test_who_sends_the_money_of_an_ended_order_is_told(account: Account, who: Actor) -> None:
    refund = a_refund(RefundStatus.REQUESTED if account is Account.STRIPE else RefundStatus.PENDING, account)
    order = a_card_order(**{**PAID, "status": OrderStatus.CANCELLED, "refunds": [refund]})

    assert explain(order).who is who


def test_an_invoice_that_gives_tickets_on_release_says_that_they_may_come_before() -> None:
    order = a_card_order(**INVOICE, invoice_policy=InvoicePolicy.ON_RELEASE)

    assert "gives them before" in explain(order).next


def test_who_may_pay_again_and_who_may_not_after_a_refused_card() -> None:
    expired = a_card_order(**REFUSED, status=OrderStatus.EXPIRED)

    assert expired.attention == [Attention.PAYMENT_FAILED]
    assert explain(expired).why.endswith("its time to pay is over.")
    assert explain(expired).until is None


@pytest.mark.parametrize(
    "changed",
    [
        {"checkout": Checkout(attempt=2, session_id="cs_2", url="")},
        {"processing": True},
        {"movements": [a_payment()]},
        {"status": OrderStatus.CANCELLED},
    ],
    ids=["tried again", "is being paid", "is paid", "is cancelled"],
)
def test_a_failed_payment_is_looked_at_until_something_is_done_about_it(changed: dict[str, Any]) -> None:
    assert Attention.PAYMENT_FAILED not in a_card_order(**{**REFUSED, **changed}).attention


def test_a_reason_that_is_set_aside_is_as_true_as_before() -> None:
    dispute = a_dispute(DisputeOutcome.OPEN)
    aside = SetAside(reason=Attention.DISPUTE, about=["dp_1"], actor="boss@admit.example", note="", at=NOW)
    order = a_card_order(**PAID, disputes=[dispute], suspended=True, set_aside=[aside])

    assert order.attention == []
    assert explain(order).why.startswith("The payment is disputed")


def test_an_overdue_invoice_after_its_grace_is_for_the_organizer() -> None:
    order = a_card_order(**INVOICE, overdue=True)

    assert (explain(order).who, explain(order).until) == (Actor.ORGANIZER, None)


def test_what_a_buyer_has_to_pay_is_told_before_that_his_mail_comes_back() -> None:
    order = a_card_order(**INVOICE, mail_bounced=True)

    assert explain(order).who is Actor.BUYER
    assert explain(order).next == explain(a_card_order(**INVOICE)).next


def test_an_order_is_explained_in_the_readers_language() -> None:
    order = a_card_order(**PAID)

    assert explain(order, "de-AT").why == "Die Tickets sind ausgestellt."
    assert explain(order, "no").why == "Billettene er utstedt."
    assert explain(order, "pt-BR") == explain(order)
