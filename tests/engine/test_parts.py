"""Money in parts: what came, what went back and what is still owed stay apart, whatever came first."""

from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from admit.aws.table import DynamoTable
from admit.orders.change import change
from admit.orders.ledger import Account, DocumentKind
from admit.orders.order import Attention, Order, OrderStatus
from admit.payments.settle import Receipt, receive
from admit.store import Write
from admit.tickets.cancel import cancel_tickets, finish_withdrawal
from admit.tickets.ticket import TicketStatus
from tests.engine.till import LIMIT, PRICE, Died, Json, Mortal, Opened, Till, euro, tills


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    """An event whose unpaid invoices end after eleven days, and whose late money finds its tickets again."""
    return opened(late_payment="same_tier", overdue="cancel", invoice_days=10, invoice_grace_days=1)


def transferred(till: Till, order: Json, amount: int, name: str) -> Order:
    """Let a bank transfer come in."""
    receipt = Receipt(
        id=f"payment:bank:{name}",
        account=Account.BANK,
        amount=amount,
        currency="EUR",
        reference=name,
        actor="bank",
        what="paid by bank transfer",
    )
    return change(till.table, till.order(order), partial(receive, receipt=receipt, now=till.api.now))


def ended(till: Till, order: Json) -> Order:
    till.goes_on(days=12)
    till.sweep()
    assert till.order(order).status is OrderStatus.EXPIRED
    return till.order(order)


def documents(till: Till, order: Json) -> list[tuple[DocumentKind, int]]:
    till.project()
    return [(one.kind, one.amount) for one in till.order(order).documents]


def test_money_that_is_promised_back_gives_no_tickets(till: Till) -> None:
    order = till.buy(2, "invoice")
    transferred(till, order, 1_000, "first")
    assert [(one.amount, one.open) for one in ended(till, order).refunds] == [(1_000, True)]

    transferred(till, order, 3_000, "rest")
    till.goes_on(minutes=1)
    till.sweep()

    assert till.order(order).status is OrderStatus.EXPIRED
    assert Attention.PAID_AFTER_END in till.order(order).attention


def test_late_money_is_measured_by_what_is_owed_after_a_ticket_was_cancelled(till: Till) -> None:
    order = till.buy(2, "invoice")
    till.did(order, "cancel", {"tickets": [2]})
    ended(till, order)

    transferred(till, order, 2_000, "late")
    till.goes_on(minutes=1)
    till.sweep()

    view = till.view(order)
    assert (view["status"], view["payment_status"]) == ("settled", "paid")
    assert till.left() == LIMIT - 1
    assert till.drifts() == []


def test_an_order_that_is_taken_up_again_is_billed_again(till: Till) -> None:
    order = till.buy(2, "invoice")
    assert documents(till, order) == [(DocumentKind.INVOICE, 4_000)]
    ended(till, order)
    credited = [(DocumentKind.INVOICE, 4_000), (DocumentKind.CREDIT_NOTE, 4_000)]
    assert documents(till, order) == credited

    transferred(till, order, 4_000, "late")
    till.goes_on(minutes=1)
    till.sweep()

    assert documents(till, order) == [*credited, (DocumentKind.INVOICE, 4_000)]


def test_an_unpaid_invoice_of_which_a_part_went_back_still_waits_for_all_of_it(till: Till) -> None:
    order = till.buy(2, "invoice")
    transferred(till, order, 2_500, "first")
    till.did(order, "refund", {"amount": euro(2_500)})
    till.did(order, "refunds/1/confirm")
    transferred(till, order, 1_500, "second")

    present = till.order(order)
    assert (present.status, present.awaits_money, present.missing) == (
        OrderStatus.AWAITING_PAYMENT,
        True,
        2_500,
    )
    assert documents(till, order) == [(DocumentKind.INVOICE, 4_000)]
    ended(till, order)
    assert till.left() == LIMIT


def test_settling_again_after_a_refund_books_nothing(till: Till) -> None:
    order = till.buy(2, "invoice")
    till.did(order, "settle")
    till.did(order, "refund", {"amount": euro(500)})
    till.did(order, "refunds/1/confirm")

    till.did(order, "settle")

    assert (till.order(order).paid, len(till.order(order).payments())) == (3_500, 1)


class Overtaken(DynamoTable):
    """Whoever writes a transaction first finds that another worker has just written the same."""

    met = False

    def transact(self, writes: Sequence[Write]) -> None:
        if not self.met:
            self.met = True
            super().transact(writes)
        super().transact(writes)


def test_a_used_ticket_of_a_cancelled_event_does_not_come_back_when_two_workers_meet(opened: Opened) -> None:
    till = opened({"ticket_limit": 400})
    order = till.sold(150)
    assert till.scan(till.door(), order, 7) == "admitted"
    with pytest.raises(Died):
        cancel_tickets(
            Mortal(till.table, 1),
            till.catalog,
            till.order(order),
            None,
            actor="system",
            note="",
            now=till.api.now,
            refund=till.order(order).paid,
            used_too=True,
        )

    met = Overtaken(till.table._client, till.table._name)
    finish_withdrawal(met, till.catalog, till.order(order), till.api.now)
    finish_withdrawal(till.table, till.catalog, till.order(order), till.api.now)

    assert till.order(order).status is OrderStatus.CANCELLED
    assert set(till.statuses(order)) == {TicketStatus.CANCELLED}
    assert sum(one.amount for one in till.order(order).refunds) == 150 * PRICE
