"""Disputes: while a payment is disputed its tickets admit nobody, and the books say where the money is."""

from collections.abc import Iterator
from itertools import permutations

import pytest

from admit.aws.table import DynamoTable
from admit.orders.ledger import Account, Cause
from admit.orders.order import OrderStatus
from admit.payments.dispute import take_dispute
from admit.payments.gateway import CardDispute, DisputeStatus, Hint
from tests.engine.till import (
    CANCELLED,
    LIMIT,
    PRICE,
    SUSPENDED,
    VALID,
    Died,
    Json,
    Mortal,
    Opened,
    Till,
    tills,
)

BIG = 150


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened()


def disputed(till: Till, order: Json) -> CardDispute:
    """Let the buyer object at his bank, and tell of it."""
    dispute = till.gateway.dispute(till.payment(order))
    till.deliver()
    return dispute


def ended(till: Till, dispute: CardDispute, *, won: bool) -> None:
    till.gateway.end_dispute(dispute.id, won=won)
    till.deliver()


def causes(till: Till, order: Json) -> list[Cause]:
    return [one.cause for one in till.order(order).movements]


def test_the_tickets_of_a_disputed_payment_admit_nobody(till: Till) -> None:
    order, door = till.sold(2), till.door()

    dispute = disputed(till, order)

    assert till.scan(door, order) == "suspended"
    view = till.view(order)
    assert (view["status"], view["payment_status"], view["attention"]) == (
        "fulfilled",
        "disputed",
        ["dispute"],
    )
    assert view["explanation"]["why"].startswith("The payment is disputed")
    assert view["explanation"]["until"] is not None
    assert dispute.respond_by is not None
    assert till.statuses(order) == [SUSPENDED] * 2
    present = till.order(order)
    assert (present.balance(Account.STRIPE), present.balance(Account.DISPUTED)) == (0, 2 * PRICE)
    assert (till.gateway.held, till.drifts()) == (0, [])


def test_a_dispute_that_is_won_makes_the_tickets_valid_again(till: Till) -> None:
    order, door = till.sold(2), till.door()
    dispute = disputed(till, order)

    ended(till, dispute, won=True)

    assert till.scan(door, order) == "admitted"
    view = till.view(order)
    assert (view["payment_status"], view["attention"], till.statuses(order)) == ("paid", [], [VALID] * 2)
    assert causes(till, order) == [Cause.PAYMENT, Cause.DISPUTE, Cause.DISPUTE_RETURNED]
    assert (till.order(order).balance(Account.STRIPE), till.gateway.held) == (2 * PRICE, 2 * PRICE)
    assert till.drifts() == []


def test_a_dispute_that_is_lost_takes_the_money_and_leaves_the_tickets_suspended(till: Till) -> None:
    order, door = till.sold(2), till.door()
    dispute = disputed(till, order)

    ended(till, dispute, won=False)

    assert till.scan(door, order) == "suspended"
    view = till.view(order)
    assert (view["payment_status"], view["paid"]["amount"]) == ("refunded", 0)
    assert view["explanation"]["why"].startswith("The payment was taken back")
    assert till.statuses(order) == [SUSPENDED] * 2
    assert causes(till, order) == [Cause.PAYMENT, Cause.DISPUTE, Cause.DISPUTE_LOST]
    assert [till.order(order).balance(one) for one in (Account.STRIPE, Account.DISPUTED)] == [0, 0]
    assert (till.left(), till.gateway.held, till.drifts()) == (LIMIT - 2, 0, [])


def test_the_tickets_of_a_lost_dispute_go_back_on_sale_when_they_are_cancelled(till: Till) -> None:
    order = till.sold(2)
    ended(till, disputed(till, order), won=False)

    view = till.did(order, "cancel")

    assert (view["status"], till.statuses(order), till.left()) == ("cancelled", [CANCELLED] * 2, LIMIT)
    assert till.drifts() == []


def test_a_dispute_that_was_won_can_not_be_lost_by_older_news(till: Till) -> None:
    order = till.sold()
    open_ = disputed(till, order)
    ended(till, open_, won=True)
    present = till.order(order)

    assert take_dispute(till.table, present, open_, till.api.now) == present


@pytest.mark.parametrize("won", [True, False])
def test_news_of_a_dispute_leads_to_the_same_end_in_any_order(opened: Opened, won: bool) -> None:
    kinds = ["created", "funds_withdrawn", "updated", "closed", "funds_reinstated"]
    ends = set()
    for at, order_of_news in enumerate(permutations(kinds)):
        if at % 12:
            continue  # Ten of the hundred and twenty.
        till = opened()
        order = till.sold()
        dispute = till.gateway.dispute(till.payment(order))
        told = [
            Hint(
                id=f"evt_{kind}",
                type=f"charge.dispute.{kind}",
                object_id=dispute.id,
                livemode=False,
                created=till.api.now,
            )
            for kind in order_of_news
        ]
        till.drop_news()
        for hint in told[:2]:
            assert till.api.tell(hint).status == 200
        till.gateway.end_dispute(dispute.id, won=won)
        till.drop_news()
        for hint in [*told[2:], *told]:
            assert till.api.tell(hint).status == 200
        present = till.order(order)
        ends.add((present.payment_status, *till.statuses(order), *causes(till, order)))
        assert present.balance(Account.STRIPE) == till.gateway.held_of(dispute.payment)
    assert len(ends) == 1


def test_a_dispute_that_is_first_heard_of_when_it_is_won_leaves_no_trace_in_the_money(till: Till) -> None:
    order = till.sold()
    dispute = till.gateway.dispute(till.payment(order))
    till.drop_news()

    ended(till, dispute, won=True)

    assert causes(till, order) == [Cause.PAYMENT]
    assert (till.statuses(order), till.view(order)["attention"], till.drifts()) == ([VALID], [], [])


def test_a_dispute_that_is_first_heard_of_when_it_is_lost_takes_the_money(till: Till) -> None:
    order = till.sold()
    dispute = till.gateway.dispute(till.payment(order))
    till.drop_news()

    ended(till, dispute, won=False)

    assert causes(till, order) == [Cause.PAYMENT, Cause.DISPUTE, Cause.DISPUTE_LOST]
    assert (till.statuses(order), till.drifts()) == ([SUSPENDED], [])


def test_news_of_a_dispute_before_that_of_its_payment_books_both(till: Till) -> None:
    order = till.buy()
    payment = till.gateway.pay(till.page(order)).reference
    till.drop_news()
    till.gateway.dispute(payment or "")

    till.deliver()
    till.issue(order)

    assert causes(till, order) == [Cause.PAYMENT, Cause.DISPUTE]
    assert (till.order(order).status, till.statuses(order)) == (OrderStatus.FULFILLED, [SUSPENDED])
    assert till.drifts() == []


def test_an_inquiry_that_takes_no_money_suspends_and_closes_again(till: Till) -> None:
    order = till.sold()
    dispute = till.gateway.dispute(till.payment(order))
    warning = {"status": DisputeStatus.WARNING_NEEDS_RESPONSE, "withdrawn": False}
    till.gateway.disputes_opened[dispute.id] = dispute.model_copy(update=warning)
    till.deliver()
    assert (till.statuses(order), till.order(order).balance(Account.STRIPE)) == ([SUSPENDED], PRICE)

    closed = {"status": DisputeStatus.WARNING_CLOSED, "withdrawn": False}
    till.gateway.disputes_opened[dispute.id] = dispute.model_copy(update=closed)
    hint = till.gateway.news[-1].model_copy(update={"type": "charge.dispute.closed"})
    assert till.api.tell(hint).status == 200

    assert (till.statuses(order), causes(till, order), till.drifts()) == ([VALID], [Cause.PAYMENT], [])


def test_a_hundred_and_fifty_tickets_are_suspended_although_it_was_cut_off_at_any_step(
    opened: Opened,
) -> None:
    till = opened({"ticket_limit": 400})
    order = till.sold(BIG)
    dispute = till.gateway.dispute(till.payment(order))
    till.drop_news()

    for writes in range(1, 10):
        try:
            take_dispute(Mortal(till.table, writes), till.order(order), dispute, till.api.now)
        except Died:
            assert till.order(order).due is not None
        else:
            break
        # What was cut off is begun anew from the start: nothing that was done is done again.
        assert till.order(order).suspended

    till.goes_on(minutes=1)
    till.sweep()
    assert till.statuses(order) == [SUSPENDED] * BIG
    assert till.order(order).unaligned_since is None

    till.gateway.end_dispute(dispute.id, won=True)
    won = till.gateway.disputes_opened[dispute.id]
    with pytest.raises(Died):
        take_dispute(Mortal(till.table, 2), till.order(order), won, till.api.now)
    till.goes_on(minutes=1)
    till.sweep()
    assert till.statuses(order) == [VALID] * BIG
    assert (till.order(order).unaligned_since, till.drifts()) == (None, [])


def test_a_dispute_of_a_partly_refunded_payment_takes_what_is_left(till: Till) -> None:
    order = till.sold(2)
    till.did(order, "refund", {"tickets": [1]})

    ended(till, disputed(till, order), won=False)

    assert (till.order(order).paid, till.gateway.held, till.drifts()) == (0, 0, [])


def test_the_organizer_gives_the_tickets_of_a_lost_dispute_back(till: Till) -> None:
    order = till.sold(2)
    dispute = disputed(till, order)
    assert till.act(order, "release").status == 409
    ended(till, dispute, won=False)
    assert till.statuses(order) == [SUSPENDED] * 2

    till.did(order, "release")
    till.deliver()

    assert till.statuses(order) == [VALID] * 2
    assert till.order(order).paid == 0


def test_a_second_payment_that_is_disputed_takes_no_tickets(till: Till) -> None:
    order = till.sold(2)
    old = till.gateway.pages[till.page(order)].model_copy(update={"session_id": "cs_old", "reference": None})
    till.gateway.pages["cs_old"] = old
    till.gateway.pay("cs_old", reference="pi_old")
    dispute = till.gateway.dispute("pi_old")
    till.deliver()

    ended(till, dispute, won=False)
    till.goes_on(minutes=1)
    till.sweep()

    assert till.statuses(order) == [VALID] * 2
    assert till.view(order)["attention"] == []
    assert till.order(order).balance(Account.STRIPE) == till.gateway.held
    assert till.drifts() == []
