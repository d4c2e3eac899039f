"""The books of an order: what follows from its movements, refunds, disputes and documents."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admit.catalog.event import CancellationRule
from admit.catalog.price import PaymentMethod
from admit.errors import NothingToRefund, RefundTooLarge
from admit.orders.billing import missing_document
from admit.orders.cancellation import refund_after_fee
from admit.orders.ledger import (
    RECEIVING,
    Account,
    Dispute,
    DisputeOutcome,
    DocumentKind,
    DocumentRef,
    Misfit,
    RefundStatus,
)
from admit.orders.order import Attention, Order, OrderLine, OrderStatus, PaymentStatus, Source
from admit.orders.refund import confirm_by_hand, left_to_refund, pay_back, ticket_prices
from admit.payments.late import allocated
from admit.payments.settle import Receipt, receive
from tests.builders import BILLING, NOW, a_card_order, later

TOTAL = 25_000
PAID: dict[str, Any] = {"status": OrderStatus.FULFILLED}


def received(order: Order, amount: int, account: Account = Account.STRIPE, **fields: Any) -> Order:
    """Return the order with a payment booked, as its news books it."""
    name = f"pi_{len(order.movements)}"
    receipt = Receipt(
        id=f"payment:{name}",
        account=account,
        amount=amount,
        currency=fields.pop("currency", "EUR"),
        reference=name,
        actor="stripe",
        what="paid",
    )
    return receive(order, receipt, NOW, **fields)


def sent_back(order: Order, amount: int | None = None, **fields: Any) -> Order:
    """Return the order with so much sent back by hand, and confirmed."""
    asked = pay_back(order, amount, actor="boss", note="", now=NOW, **fields)
    for refund in asked.refunds:
        if refund.account is not Account.STRIPE:
            asked = confirm_by_hand(asked, refund.sequence, actor="boss", note="", now=NOW)
    return asked


def an_invoice(**fields: Any) -> Order:
    return a_card_order(payment_method=PaymentMethod.INVOICE, hold_expires_at=None, **fields)


def by_hand(order: Order, amount: int) -> Order:
    return received(order, amount, Account.BY_HAND)


def a_dispute(outcome: DisputeOutcome, payment: str = "pi_0", amount: int = TOTAL) -> Dispute:
    return Dispute(
        id="dp_1", payment=payment, amount=amount, currency="EUR", reason="fraudulent", outcome=outcome
    )


# --- what was paid ----------------------------------------------------------------------------------------


def test_an_order_that_nobody_paid_owes_its_total() -> None:
    order = a_card_order()

    assert (order.paid, order.owed, order.payment_status) == (0, TOTAL, PaymentStatus.UNPAID)


def test_an_order_that_costs_nothing_is_paid() -> None:
    assert a_card_order(total=0, subtotal=0).payment_status is PaymentStatus.PAID


@pytest.mark.parametrize(
    ("amounts", "status", "settled"),
    [
        ([TOTAL], PaymentStatus.PAID, True),
        ([TOTAL - 1], PaymentStatus.PARTIALLY_PAID, False),
        ([TOTAL - 1, 1], PaymentStatus.PAID, True),
        ([TOTAL - 1, 2], PaymentStatus.OVERPAID, True),
    ],
)
def test_an_invoice_settles_when_nothing_is_missing(
    amounts: list[int], status: PaymentStatus, settled: bool
) -> None:
    order = an_invoice()
    for amount in amounts:
        order = by_hand(order, amount)

    assert (order.paid, order.payment_status) == (sum(amounts), status)
    assert (order.status is OrderStatus.SETTLED) == settled


def test_the_same_money_told_twice_is_booked_once() -> None:
    order = received(a_card_order(), TOTAL)
    known = order.movements[0]
    again = Receipt(
        id=known.id,
        account=known.debit,
        amount=known.amount,
        currency="EUR",
        reference="pi_0",
        actor="stripe",
        what="paid",
    )

    assert receive(order, again, NOW) == order


@pytest.mark.parametrize(
    ("status", "misfit", "attention"),
    [
        (OrderStatus.EXPIRED, Misfit.LATE, Attention.PAID_AFTER_END),
        (OrderStatus.CANCELLED, Misfit.LATE, Attention.PAID_AFTER_END),
        (OrderStatus.DECLINED, Misfit.LATE, Attention.PAID_AFTER_END),
        (OrderStatus.SETTLED, Misfit.SECOND, Attention.SECOND_PAYMENT),
        (OrderStatus.FULFILLED, Misfit.SECOND, Attention.SECOND_PAYMENT),
    ],
)
def test_money_that_is_not_for_an_order_is_booked_apart_from_it(
    status: OrderStatus, misfit: Misfit, attention: Attention
) -> None:
    order = received(a_card_order(status=status), TOTAL)

    assert (order.status, order.paid, order.misfits) == (status, 0, frozenset({misfit}))
    assert order.balance(Account.UNALLOCATED) == -TOTAL
    assert order.attention == [attention]


def test_money_in_another_currency_pays_nothing() -> None:
    order = received(a_card_order(), TOTAL, currency="NOK", misfit=Misfit.MISMATCH)

    assert (order.paid, order.balance(Account.UNALLOCATED), order.misfits) == (
        0,
        0,
        frozenset({Misfit.MISMATCH}),
    )


def test_what_was_taken_for_the_order_is_for_it_and_no_misfit_any_more() -> None:
    order = received(a_card_order(), TOTAL - 1, misfit=Misfit.MISMATCH)

    taken = allocated(order, order.payments(), "boss", NOW)

    assert (taken.paid, taken.misfits, taken.balance(Account.UNALLOCATED)) == (TOTAL - 1, frozenset(), 0)
    assert allocated(taken, taken.payments(), "boss", NOW) == taken


# --- what goes back ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("back", "status"), [(1, PaymentStatus.PARTIALLY_REFUNDED), (TOTAL, PaymentStatus.REFUNDED)]
)
def test_what_has_gone_back_is_not_paid_any_more(back: int, status: PaymentStatus) -> None:
    order = sent_back(by_hand(an_invoice(), TOTAL), back)

    assert (order.paid, order.paid_back, order.payment_status) == (TOTAL - back, back, status)
    assert left_to_refund(order) == TOTAL - back


def test_what_is_about_to_go_back_can_not_go_back_again() -> None:
    order = pay_back(by_hand(an_invoice(), TOTAL), 20_000, actor="boss", note="", now=NOW)

    assert (order.paid, left_to_refund(order)) == (TOTAL, 5_000)
    with pytest.raises(RefundTooLarge):
        pay_back(order, 5_001, actor="boss", note="", now=NOW)


def test_a_refund_that_failed_can_be_made_again() -> None:
    order = pay_back(received(a_card_order(), TOTAL), None, actor="boss", note="", now=NOW)
    failed = order.refunds[0].model_copy(update={"status": RefundStatus.FAILED})
    order = order.with_refund(failed)
    assert (left_to_refund(order), order.attention) == (TOTAL, [Attention.REFUND_FAILED])

    again = pay_back(order, None, actor="boss", note="", now=NOW)

    assert [(one.sequence, one.amount) for one in again.refunds] == [(1, TOTAL), (2, TOTAL)]
    assert again.attention == []


def test_the_newest_payment_goes_back_first_and_each_to_where_it_came_from() -> None:
    order = received(by_hand(an_invoice(), 10_000), 15_000, Account.BANK)

    asked = pay_back(order, 16_000, actor="boss", note="", now=NOW)

    assert [(one.account, one.amount) for one in asked.refunds] == [
        (Account.BANK, 15_000),
        (Account.BY_HAND, 1_000),
    ]


@pytest.mark.parametrize("outcome", [DisputeOutcome.OPEN, DisputeOutcome.LOST])
def test_of_a_disputed_payment_nothing_can_go_back(outcome: DisputeOutcome) -> None:
    order = received(a_card_order(), TOTAL).model_copy(update={"disputes": [a_dispute(outcome)]})

    assert left_to_refund(order) == 0
    with pytest.raises(NothingToRefund):
        pay_back(order, None, actor="boss", note="", now=NOW)


def test_of_a_payment_whose_dispute_was_won_everything_can() -> None:
    order = received(a_card_order(), TOTAL)

    won = order.model_copy(update={"disputes": [a_dispute(DisputeOutcome.WON)]})

    assert left_to_refund(won) == TOTAL


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["pay", "bank", "back", "part"]), st.integers(1, 9_000)), max_size=12
    )
)
def test_the_accounts_of_an_order_are_zero_together_whatever_comes_and_goes(
    steps: list[tuple[str, int]],
) -> None:
    order = an_invoice()
    came = went = 0
    for step, amount in steps:
        if step in ("pay", "bank"):
            order = received(order, amount, Account.BY_HAND if step == "pay" else Account.BANK)
            came += amount
            continue
        try:
            order = sent_back(order, None if step == "back" else amount)
        except (NothingToRefund, RefundTooLarge):
            continue
        went = came if step == "back" else went + amount

    assert sum(order.balance(account) for account in Account) == 0
    assert sum(order.balance(account) for account in RECEIVING) == came - went == order.paid
    assert left_to_refund(order) == order.paid >= 0


# --- what a ticket cost -----------------------------------------------------------------------------------


def a_line(total: int, quantity: int) -> OrderLine:
    return OrderLine(
        tier_id="tier-1",
        tier_title="Pass",
        price_id="price-1",
        label="",
        quantity=quantity,
        unit=total // quantity,
        discount=0,
        tax=0,
        total=total,
    )


@given(lines=st.lists(st.tuples(st.integers(0, 10**7), st.integers(1, 40)), min_size=1, max_size=4))
def test_the_prices_of_the_tickets_are_together_what_was_charged(lines: list[tuple[int, int]]) -> None:
    order = a_card_order(lines=[a_line(total, quantity) for total, quantity in lines])

    prices = ticket_prices(order)

    assert sum(prices) == sum(total for total, _ in lines)
    assert len(prices) == sum(quantity for _, quantity in lines)


def test_odd_units_are_in_the_price_of_the_first_tickets() -> None:
    assert ticket_prices(a_card_order(lines=[a_line(1_000, 3), a_line(100, 1)])) == [334, 333, 333, 100]


@given(
    percent=st.integers(0, 100),
    fee=st.integers(0, 20_000),
    numbers=st.sets(st.integers(1, 3), min_size=1),
)
def test_a_fee_leaves_nothing_below_zero_and_nothing_above_the_price(
    percent: int, fee: int, numbers: set[int]
) -> None:
    order = received(a_card_order(lines=[a_line(TOTAL, 3)]), TOTAL)
    rule = CancellationRule.model_validate({"days_before": 1, "fee_percent": str(percent), "fee": fee})

    back = refund_after_fee(order, numbers, rule)

    assert 0 <= back <= sum(ticket_prices(order)[number - 1] for number in numbers)
    assert percent or fee or back == sum(ticket_prices(order)[number - 1] for number in numbers)


# --- what is due ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "due"),
    [
        (a_card_order, later(10)),
        (lambda: received(a_card_order(), TOTAL), None),
        (lambda: received(a_card_order(), 1, misfit=Misfit.MISMATCH), None),
        (lambda: received(a_card_order(status=OrderStatus.EXPIRED), TOTAL), NOW),
        (lambda: an_invoice(due_at=later(60), reminders=[later(30), later(60)]), later(30)),
        (lambda: an_invoice(due_at=later(60)), later(60)),
        (lambda: an_invoice(due_at=later(60), overdue=True, grace_ends_at=later(90)), later(90)),
        (lambda: an_invoice(due_at=later(60), overdue=True), None),
        (lambda: by_hand(an_invoice(due_at=later(60), reminders=[later(30)]), TOTAL), None),
        (lambda: pay_back(received(a_card_order(), TOTAL), 1, actor="boss", note="", now=NOW), NOW),
        (lambda: a_card_order(**PAID, unaligned_since=NOW - timedelta(days=1)), NOW - timedelta(days=1)),
    ],
)
def test_what_comes_next_for_an_order_is_due_when_it_is(order: Callable[[], Order], due: object) -> None:
    made = order()

    assert made.due == due
    assert ("gsi3sk" in made.item()) == (due is not None)


def test_what_has_moved_can_not_be_taken_out_of_the_books() -> None:
    order = received(a_card_order(), TOTAL)

    with pytest.raises(AssertionError):
        order.model_copy(update={"movements": []}).over(order)


# --- what is billed ---------------------------------------------------------------------------------------


def a_document(kind: DocumentKind, amount: int) -> DocumentRef:
    return DocumentRef(kind=kind, number=f"{kind}-1", amount=amount, issued_at=NOW)


def invoiced(order: Order) -> Order:
    return order.model_copy(update={"documents": [a_document(DocumentKind.INVOICE, TOTAL)]})


@pytest.mark.parametrize(
    ("order", "due"),
    [
        (an_invoice, (DocumentKind.INVOICE, TOTAL)),
        (lambda: an_invoice(status=OrderStatus.AWAITING_APPROVAL), None),
        (lambda: an_invoice(status=OrderStatus.CANCELLED), None),
        (lambda: an_invoice(source=Source.IMPORT), None),
        (lambda: an_invoice(total=0, subtotal=0), None),
        (lambda: a_card_order(billing=BILLING), None),
        (lambda: received(a_card_order(billing=BILLING), TOTAL), (DocumentKind.INVOICE, TOTAL)),
        (lambda: received(a_card_order(), TOTAL), None),
        (lambda: invoiced(an_invoice()), None),
        (lambda: invoiced(an_invoice(credited=5_000)), (DocumentKind.CREDIT_NOTE, 5_000)),
        (lambda: invoiced(an_invoice(status=OrderStatus.EXPIRED)), (DocumentKind.CREDIT_NOTE, TOTAL)),
        (lambda: invoiced(sent_back(by_hand(an_invoice(), TOTAL), 100)), (DocumentKind.CREDIT_NOTE, 100)),
        (lambda: invoiced(sent_back(by_hand(an_invoice(), TOTAL + 100), 100)), None),
        (lambda: invoiced(sent_back(by_hand(an_invoice(), TOTAL + 100), 101)), (DocumentKind.CREDIT_NOTE, 1)),
        # Cancelled, and its money kept: it stays billed.
        (
            lambda: invoiced(
                by_hand(an_invoice(), TOTAL).model_copy(update={"status": OrderStatus.CANCELLED})
            ),
            None,
        ),
    ],
)
def test_a_document_is_due_for_what_is_billed_and_not_on_paper(
    order: Callable[[], Order], due: tuple[DocumentKind, int] | None
) -> None:
    assert missing_document(order()) == due
