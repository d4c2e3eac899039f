"""What an order is worth in the reports: exact to the minor unit, however it is told apart."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admit.insight.cash import booked_worth, cash_worth
from admit.insight.counts import Counts
from admit.insight.sales import sales_worth, split
from admit.money import Balance
from admit.orders.ledger import Account, Cause, Movement, Refund, RefundStatus
from admit.orders.order import AppliedDiscount, Order, OrderLine, OrderStatus
from admit.sheet import written
from tests.builders import NOW, a_card_order


def a_line(tier: str, price: str, quantity: int, total: int, **fields: Any) -> OrderLine:
    return OrderLine(
        tier_id=tier,
        tier_title=tier,
        price_id=price,
        label="",
        quantity=quantity,
        unit=total // quantity,
        discount=fields.pop("discount", 0),
        tax=fields.pop("tax", 0),
        total=total,
        **fields,
    )


def an_order(*lines: OrderLine, **fields: Any) -> Order:
    """Return an order that has its tickets."""
    known: dict[str, Any] = {
        "status": OrderStatus.FULFILLED,
        "lines": lines,
        "subtotal": sum(line.total + line.discount for line in lines),
        "discount": sum(line.discount for line in lines),
        "tax": sum(line.tax for line in lines),
        "total": sum(line.total for line in lines),
    }
    return a_card_order(**known | fields)


def paid(order: Order) -> Order:
    return order.with_movement(
        Movement(
            id="payment:1",
            cause=Cause.PAYMENT,
            debit=Account.STRIPE,
            credit=Account.ORDER,
            amount=order.total,
            currency=order.currency,
            reference="pi_1",
            at=NOW,
            actor="stripe",
        )
    )


def refunded(order: Order, amount: int, tickets: list[int], status: RefundStatus) -> Order:
    refund = Refund(
        sequence=len(order.refunds) + 1,
        amount=amount,
        currency=order.currency,
        status=status,
        payment="payment:1",
        account=Account.STRIPE,
        source=Account.ORDER,
        tickets=tickets,
        actor="eva@x.example",
        requested_at=NOW,
    )
    return order.with_refund(refund).with_movement(refund.movement(NOW))


def told(counts: Counts, kind: str) -> dict[str, Counter[str]]:
    """Gather what the counts say of each thing of a kind, wherever they lie."""
    found: dict[str, Counter[str]] = {}
    for (_, name), count in counts.items():
        if name.startswith(f"{kind}__") and count:
            identifier, _, what = name.removeprefix(f"{kind}__").rpartition("__")
            found.setdefault(identifier, Counter())[what] += count
    return found


@given(st.integers(-10_000, 10_000), st.lists(st.integers(0, 50), min_size=1, max_size=9))
def test_what_is_split_is_together_what_it_was(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)

    assert sum(parts) == amount
    assert all(part * amount >= 0 for part in parts)
    if sum(weights):
        exact = [Decimal(amount) * weight / sum(weights) for weight in weights]
        assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))


def test_each_line_is_told_by_its_tier_its_price_and_its_rate() -> None:
    order = an_order(
        a_line("pass", "early", 2, 2_000, tax=319, tax_rate=Decimal("19.0"), discount=200),
        a_line("pass", "regular", 1, 1_500, tax=239, tax_rate=Decimal("19")),
        a_line("dinner", "dine", 1, 701, tax=46, tax_rate=Decimal("7")),
        applied_discount=AppliedDiscount(id="d-1", title="Early"),
        company_id="polar",
    )

    counts = sales_worth(order)

    whole = {"orders": 1, "tickets": 4, "gross": 4_201, "tax": 604, "discount": 200}
    assert told(counts, "a") == {"": whole}
    assert told(counts, "t") == {
        "pass": {"orders": 1, "tickets": 3, "gross": 3_500, "tax": 558, "discount": 200},
        "dinner": {"orders": 1, "tickets": 1, "gross": 701, "tax": 46},
    }
    assert told(counts, "p")["regular"] == {"orders": 1, "tickets": 1, "gross": 1_500, "tax": 239}
    assert told(counts, "x")["19"] == {
        "orders": 1,
        "tickets": 3,
        "gross": 3_500,
        "tax": 558,
        "discount": 200,
    }
    assert told(counts, "d") == {"d_1": whole}
    assert told(counts, "c") == {"polar": whole}
    assert told(counts, "m") == {"card": whole}


def test_what_goes_back_for_tickets_leaves_the_lines_that_they_are_of() -> None:
    order = paid(an_order(a_line("pass", "p", 2, 2_001), a_line("dinner", "d", 1, 700)))
    order = refunded(order, 1_001, [1], RefundStatus.SUCCEEDED)
    order = refunded(order, 100, [], RefundStatus.PENDING)

    by_tier = told(sales_worth(order), "t")

    assert by_tier["pass"]["refunded"] == 1_001 + 74
    assert by_tier["dinner"]["refunded"] == 26
    assert order.paid_back == 1_101


def test_what_is_credited_leaves_the_lines_of_the_cancelled_tickets() -> None:
    order = an_order(
        a_line("pass", "p", 2, 2_000), a_line("dinner", "d", 1, 700), cancelled=[3], credited=700
    )

    by_tier = told(sales_worth(order), "t")

    assert by_tier["dinner"] == {"orders": 1, "gross": 700, "credited": 700}
    assert by_tier["pass"] == {"orders": 1, "tickets": 2, "gross": 2_000}


amounts = st.integers(0, 5_000)
sold_lines = st.lists(
    st.builds(
        a_line,
        tier=st.sampled_from(["pass", "dinner", "boat"]),
        price=st.sampled_from(["early", "regular"]),
        quantity=st.integers(1, 4),
        total=amounts,
        tax=st.integers(0, 500),
        discount=st.integers(0, 500),
        tax_rate=st.sampled_from([None, Decimal("7.7"), Decimal("19")]),
    ),
    min_size=1,
    max_size=5,
)


some_refunds = st.lists(st.tuples(st.integers(1, 5_000), st.booleans(), st.integers(0, 19)), max_size=3)


@given(sold_lines, some_refunds, amounts, st.data())
def test_the_parts_of_any_order_are_together_the_order(
    lines: list[OrderLine], refunds: list[tuple[int, bool, int]], credited: int, data: st.DataObject
) -> None:
    order = an_order(*lines, credited=credited)
    if order.total:
        order = paid(order)
    order = order.model_copy(
        update={"cancelled": sorted(data.draw(st.sets(st.sampled_from(order.numbers), max_size=2)))}
    )
    for amount, of_ticket, number in refunds:
        tickets = [number % sum(line.quantity for line in lines) + 1] if of_ticket else []
        order = refunded(order, amount, tickets, RefundStatus.SUCCEEDED)

    counts = sales_worth(order)

    whole = {
        "tickets": order.tickets,
        "gross": order.total,
        "tax": order.tax,
        "discount": order.discount,
        "refunded": order.paid_back,
        "credited": order.credited,
    }
    for kind in "atpxm":
        together: Counter[str] = sum(told(counts, kind).values(), Counter())
        del together["orders"]
        assert together == +Counter(whole), kind


@pytest.mark.parametrize(
    "status", [status for status in OrderStatus if status not in (OrderStatus.SETTLED, OrderStatus.FULFILLED)]
)
def test_an_order_without_tickets_is_no_sale(status: OrderStatus) -> None:
    assert not +sales_worth(an_order(a_line("pass", "p", 1, 100), status=status))


def test_a_refund_that_is_not_through_is_a_difference_and_one_that_is_is_none() -> None:
    order = paid(an_order(a_line("pass", "p", 1, 1_000)))
    pending = refunded(order, 400, [], RefundStatus.PENDING)

    said = {name: count for (_, name), count in cash_worth(pending).items() if count}
    booked = {
        name: count for (_, name), count in booked_worth("event-1", "EUR", pending.movements).items() if count
    }

    assert said == {"captured__stripe": 1_000, "difference__stripe": 400, "refund_open": 400}
    assert booked == {"booked__stripe": 600, "booked__order": -600}
    through = refunded(order, 400, [], RefundStatus.SUCCEEDED)
    after = {name: count for (_, name), count in cash_worth(through).items() if count}
    assert after == {"captured__stripe": 1_000, "refunded__stripe": 400}


def test_an_order_from_before_counts_to_its_day_of_universal_time() -> None:
    order = an_order(a_line("pass", "p", 1, 100), placed_at=NOW, placed_on=None)

    assert order.booked_on == NOW.date()
    moved = order.model_copy(update={"placed_on": (NOW + timedelta(days=1)).date()})
    assert moved.booked_on == (NOW + timedelta(days=1)).date()


@pytest.mark.parametrize(
    ("amount", "currency", "plain"),
    [(-5, "EUR", "-0.05"), (1_250, "EUR", "12.50"), (300, "JPY", "300"), (-12_345, "KWD", "-12.345")],
)
def test_a_balance_is_written_with_all_its_decimals(amount: int, currency: str, plain: str) -> None:
    assert Balance(amount=amount, currency=currency).plain == plain


def test_a_number_below_zero_is_no_formula_and_everything_else_that_begins_so_is_marked() -> None:
    cells = ["-12.50", "-1+1", "=1", "+1", "@x", "-", "--1"]

    assert written([cells]) == "-12.50,'-1+1,'=1,'+1,'@x,'-,'--1\r\n"
