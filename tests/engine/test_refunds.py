"""Refunds: what goes back goes back once, is booked as Stripe has it, and never more than has come."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from admit.aws.table import DynamoTable
from admit.errors import NothingToRefund, PaymentRefused, PaymentUnavailable
from admit.money import Money
from admit.orders.ledger import Account, Cause
from admit.orders.order import Attention, PaymentStatus
from admit.orders.refund import RefundRequest
from admit.payments.decide import refund_by_organizer
from admit.payments.gateway import Hint, PaymentBroken, RefundStatus
from admit.payments.refund import send_refunds
from tests.engine.till import PRICE, VALID, Json, Opened, Till, euro, tills
from tests.engine.unguarded import Unguarded


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened()


def amounts(till: Till, order: Json) -> list[int]:
    return [refund.amount for refund in till.order(order).refunds]


# --- what is asked for ------------------------------------------------------------------------------------


def test_a_refund_without_an_amount_sends_back_all_that_was_paid_and_leaves_the_tickets(till: Till) -> None:
    order = till.sold(2)

    answer = till.act(order, "refund", {"note": "sorry"})

    assert answer.status == 200
    assert (answer.body["amount"], answer.body["status"], answer.body["tickets"]) == (
        euro(2 * PRICE),
        "succeeded",
        [],
    )
    assert answer.body["order"]["payment_status"] == "refunded"
    assert answer.body["order"]["refunds"][0]["note"] == "sorry"
    assert till.statuses(order) == [VALID, VALID]
    assert (till.gateway.held, till.drifts()) == (0, [])


def test_an_amount_goes_back_of_what_was_paid(till: Till) -> None:
    order = till.sold(2)

    made = till.did(order, "refund", {"amount": euro(700)})

    assert (made["amount"], made["order"]["paid"]) == (euro(700), euro(2 * PRICE - 700))
    assert made["order"]["payment_status"] == "partially_refunded"
    assert (till.gateway.held, till.drifts()) == (2 * PRICE - 700, [])


def test_the_price_of_a_ticket_goes_back_once(till: Till) -> None:
    order = till.sold(3)

    made = till.did(order, "refund", {"tickets": [2]})
    again = till.act(order, "refund", {"tickets": [1, 2]})

    assert (made["amount"], made["tickets"]) == (euro(PRICE), [2])
    assert (again.status, again.code) == (409, "nothing_to_refund")
    assert [fault["field"] for fault in again.body["errors"]] == ["tickets"]
    assert till.gateway.held == 2 * PRICE


def test_the_same_request_sent_again_answers_the_same_refund(till: Till) -> None:
    order = till.sold(2)

    first = till.did(order, "refund", {"amount": euro(500)}, key="one")
    again = till.did(order, "refund", {"amount": euro(500)}, key="one")
    other = till.did(order, "refund", {"amount": euro(500)}, key="two")

    assert [first["id"], again["id"]] == [f"{order['id']}-1"] * 2
    assert other["id"] == f"{order['id']}-2"
    assert till.gateway.held == 2 * PRICE - 1_000


def test_more_than_was_paid_is_refused_naming_the_field(till: Till) -> None:
    order = till.sold()
    till.did(order, "refund", {"amount": euro(500)})

    answer = till.act(order, "refund", {"amount": euro(PRICE - 499)})

    assert (answer.status, answer.code) == (409, "refund_too_large")
    assert answer.body["errors"] == [
        {"field": "amount", "message": "can be 1500 at most, in minor units", "code": "invalid"}
    ]
    assert amounts(till, order) == [500]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount": {"amount": 100, "currency": "NOK"}}, 422, "invalid_input"),
        ({"amount": euro(100), "tickets": [1]}, 422, "invalid_input"),
        ({"amount": euro(0)}, 409, "nothing_to_refund"),
        ({"tickets": [9]}, 404, "not_found"),
    ],
)
def test_what_can_not_go_back_is_refused_and_nothing_is_written(
    till: Till, body: Json, status: int, code: str
) -> None:
    order = till.sold()
    before = till.order(order)

    answer = till.act(order, "refund", body)

    assert (answer.status, answer.code) == (status, code)
    assert till.order(order) == before


def test_an_order_that_was_not_paid_has_nothing_to_refund(till: Till) -> None:
    answer = till.act(till.buy(), "refund")

    assert (answer.status, answer.code) == (409, "nothing_to_refund")


# --- two at once ------------------------------------------------------------------------------------------


def refund_at_once(till: Till, order: Json, table: DynamoTable, times: int = 10) -> list[str]:
    """Let so many members of the organizer refund the whole order, each having read it as it was paid."""
    read = till.order(order)

    def refund(turn: int) -> str:
        try:
            refund_by_organizer(
                table,
                till.gateway,
                read,
                RefundRequest(),
                key=f"key-{turn}",
                actor="boss@admit.example",
                now=till.api.now,
            )
        except NothingToRefund as refused:
            return refused.code
        return "sent"

    with ThreadPoolExecutor(times) as threads:
        return sorted(threads.map(refund, range(times)))


def test_of_ten_refunds_of_the_whole_at_once_one_is_made(till: Till) -> None:
    order = till.sold(2)

    told = refund_at_once(till, order, till.table)

    assert told == ["nothing_to_refund"] * 9 + ["sent"]
    assert (amounts(till, order), till.gateway.held, till.drifts()) == ([2 * PRICE], 0, [])


def test_without_the_condition_on_its_revision_more_is_said_to_be_back_than_is(till: Till) -> None:
    order = till.sold(2)
    read = till.order(order)
    unguarded = Unguarded(till.table, "ORDER#")

    for turn, asked in enumerate([RefundRequest(amount=Money(amount=500, currency="EUR")), RefundRequest()]):
        refund_by_organizer(
            unguarded,
            till.gateway,
            read,
            asked,
            key=f"key-{turn}",
            actor="boss@admit.example",
            now=till.api.now,
        )

    # The second has written over the first under the same number.
    assert amounts(till, order) == [2 * PRICE]
    assert [made.amount for made in till.gateway.refunds_made.values()] == [500]


def test_a_refund_that_is_sent_by_twenty_at_once_is_made_once(till: Till) -> None:
    order = till.sold(2)
    till.gateway.errors["refund"] = [PaymentUnavailable()]
    till.did(order, "refund")
    waiting = till.order(order)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(lambda _: send_refunds(till.table, till.gateway, waiting, till.api.now), range(20)))

    assert len(till.gateway.refunds_made) == 1
    assert (amounts(till, order), till.gateway.held, till.drifts()) == ([2 * PRICE], 0, [])


# --- what Stripe says of it -------------------------------------------------------------------------------


def test_a_refund_made_in_the_dashboard_is_taken_into_the_books(till: Till) -> None:
    order = till.sold(2)
    made = till.gateway.refund_in_dashboard(till.payment(order), 900)

    till.deliver()

    [refund] = till.order(order).refunds
    assert (refund.amount, refund.reference, refund.actor) == (900, made.id, "stripe")
    assert till.view(order)["payment_status"] == "partially_refunded"
    assert (till.order(order).balance(Account.STRIPE), till.drifts()) == (till.gateway.held, [])


def test_a_refund_that_takes_a_while_is_pending_until_it_is_through(till: Till) -> None:
    order = till.sold()
    till.gateway.refund_status = RefundStatus.PENDING
    made = till.did(order, "refund")
    assert (made["status"], made["order"]["payment_status"]) == ("pending", "refunded")

    [at_stripe] = till.gateway.refunds_made.values()
    till.gateway.end_refund(at_stripe.id, RefundStatus.SUCCEEDED)
    till.deliver()

    assert [refund["status"] for refund in till.view(order)["refunds"]] == ["succeeded"]
    assert till.drifts() == []


@pytest.mark.parametrize("first", [RefundStatus.PENDING, RefundStatus.SUCCEEDED])
def test_a_refund_that_fails_gives_its_money_back_and_can_be_made_again(
    till: Till, first: RefundStatus
) -> None:
    order = till.sold()
    till.gateway.refund_status = first
    till.did(order, "refund")
    till.deliver()
    [at_stripe] = till.gateway.refunds_made.values()
    till.gateway.end_refund(at_stripe.id, RefundStatus.FAILED)
    till.deliver()

    view = till.view(order)
    assert (view["payment_status"], view["attention"]) == ("paid", ["refund_failed"])
    assert view["explanation"]["why"] == "A refund did not get through."
    assert (till.order(order).balance(Account.STRIPE), till.gateway.held) == (PRICE, PRICE)

    till.gateway.refund_status = RefundStatus.SUCCEEDED
    again = till.did(order, "refund")
    assert (again["sequence"], again["order"]["attention"]) == (2, [])
    assert (till.gateway.held, till.order(order).paid, till.drifts()) == (0, 0, [])


@pytest.mark.parametrize("kind", ["refund.created", "refund.updated", "refund.failed", "charge.refunded"])
def test_every_kind_of_news_of_a_refund_leads_to_the_same_books(till: Till, kind: str) -> None:
    order = till.sold()
    payment = till.payment(order)
    made = till.gateway.refund_in_dashboard(payment, 900)
    till.drop_news()
    about = f"ch_{payment}" if kind == "charge.refunded" else made.id
    hint = Hint(id="evt_1", type=kind, object_id=about, livemode=False, created=till.api.now)

    answers = [till.api.tell(hint).status for _ in range(2)]

    assert answers == [200, 200]
    [refund] = till.order(order).refunds
    assert (refund.status, refund.reference) == ("succeeded", made.id)
    assert [one.cause for one in till.order(order).movements] == [Cause.PAYMENT, Cause.REFUND]
    assert till.drifts() == []


def test_news_of_a_refund_that_was_asked_for_here_changes_nothing_more(till: Till) -> None:
    order = till.sold()
    till.did(order, "refund")
    before = till.order(order)

    till.deliver()

    assert till.order(order) == before


# --- Stripe is away ---------------------------------------------------------------------------------------


def test_while_stripe_is_away_a_refund_waits_and_the_sweep_sends_it_once(till: Till) -> None:
    order = till.sold()
    till.gateway.errors["refund"] = [PaymentUnavailable()]

    made = till.did(order, "refund", key="one")
    assert (made["status"], till.gateway.held) == ("requested", PRICE)
    again = till.did(order, "refund", key="one")
    assert (again["id"], again["status"]) == (made["id"], "succeeded")
    till.goes_on(minutes=1)
    till.sweep()
    till.sweep()

    assert (len(till.gateway.refunds_made), till.gateway.held) == (1, 0)
    assert [refund["status"] for refund in till.view(order)["refunds"]] == ["succeeded"]


def test_a_refund_that_nobody_asks_for_again_is_sent_by_the_sweep(till: Till) -> None:
    order = till.sold()
    till.gateway.errors["refund"] = [PaymentUnavailable(), PaymentUnavailable()]
    till.did(order, "refund")

    for _ in range(3):
        till.goes_on(minutes=1)
        till.sweep()

    assert (len(till.gateway.refunds_made), till.gateway.held, till.drifts()) == (1, 0, [])
    assert till.order(order).due is None


def test_a_refund_whose_answer_was_lost_is_not_made_twice(till: Till) -> None:
    order = till.sold()
    till.gateway.errors_after["refund"] = [PaymentUnavailable()]

    made = till.did(order, "refund")
    assert (made["status"], till.gateway.held) == ("requested", 0)
    till.goes_on(minutes=1)
    till.sweep()

    assert len(till.gateway.refunds_made) == 1
    assert (till.order(order).paid, till.order(order).due, till.drifts()) == (0, None, [])


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_request_that_stripe_broke_on_is_looked_up_and_made_under_a_new_name(
    till: Till, carried_out: bool
) -> None:
    order = till.sold()
    errors = till.gateway.errors_after if carried_out else till.gateway.errors
    errors["refund"] = [PaymentBroken()]

    till.did(order, "refund")
    for _ in range(3):
        till.goes_on(minutes=1)
        till.sweep()

    assert (len(till.gateway.refunds_made), till.gateway.held) == (1, 0)
    assert (till.order(order).paid, till.order(order).attention, till.drifts()) == (0, [], [])


def test_a_refund_that_stripe_refuses_has_failed_and_needs_attention(till: Till) -> None:
    order = till.sold()
    till.gateway.errors["refund"] = [PaymentRefused("There is too little on the account.")]

    made = till.did(order, "refund")

    assert (made["status"], made["order"]["attention"]) == ("failed", ["refund_failed"])
    assert made["order"]["refunds"][0]["failure"] == "There is too little on the account."
    assert till.seen(order)["refunds"][0]["failure"] is None
    assert (till.order(order).paid, till.drifts()) == (PRICE, [])


# --- not by Stripe ----------------------------------------------------------------------------------------


def test_money_that_came_by_hand_goes_back_by_hand_and_is_confirmed_once(till: Till) -> None:
    order = till.sold(2, "invoice")

    made = till.did(order, "refund", {"amount": euro(1_500)})
    assert (made["status"], made["order"]["attention"]) == ("pending", ["refund_by_hand"])
    assert made["order"]["paid"] == euro(2 * PRICE)
    sent = till.did(order, "refunds/1/confirm", {"note": "bank, 2 March"})
    again = till.did(order, "refunds/1/confirm", {"note": "bank, 2 March"})

    assert sent == again
    assert (sent["paid"], sent["attention"]) == (euro(2 * PRICE - 1_500), [])
    assert sent["refunds"][0]["status"] == "succeeded"
    assert till.drifts() == []


def test_a_refund_by_card_can_not_be_confirmed_by_hand(till: Till) -> None:
    order = till.sold()
    till.did(order, "refund")

    assert till.act(order, "refunds/1/confirm").code == "wrong_state"
    assert till.act(order, "refunds/7/confirm").code == "not_found"


def test_a_refund_over_two_payments_is_taken_from_the_newest_first(till: Till) -> None:
    order = till.buy(2, "invoice")
    till.did(order, "settle", {"amount": euro(1_000)}, key="part")
    till.did(order, "settle")

    made = till.did(order, "refund", {"amount": euro(3_500)}, key="both")

    assert amounts(till, order) == [3_000, 500]
    assert (made["amount"], made["sequence"]) == (euro(3_500), 1)


def test_a_disputed_payment_is_not_refunded(till: Till) -> None:
    order = till.sold()
    till.gateway.dispute(till.payment(order))
    till.deliver()

    answer = till.act(order, "refund")

    assert (answer.status, answer.code) == (409, "nothing_to_refund")
    assert till.order(order).payment_status is PaymentStatus.DISPUTED
    assert till.order(order).attention == [Attention.DISPUTE]


def test_what_is_left_of_a_partly_refunded_payment_is_all_that_goes_back(till: Till) -> None:
    order = till.sold(2)
    till.did(order, "refund", {"tickets": [1]})

    made = till.did(order, "refund")

    assert (made["amount"], made["order"]["payment_status"]) == (euro(PRICE), "refunded")
    assert (till.gateway.held, till.drifts()) == (0, [])


def test_a_refund_that_failed_may_be_sent_another_way(till: Till) -> None:
    order = till.sold(2)
    till.did(order, "refund", {"amount": euro(700)})
    [made] = till.gateway.refunds_made.values()
    till.gateway.end_refund(made.id, RefundStatus.FAILED)
    till.deliver()
    assert till.view(order)["attention"] == ["refund_failed"]

    for _ in range(2):
        till.did(order, "refunds/1/confirm", {"note": "bank transfer"})

    view = till.view(order)
    assert (view["attention"], view["payment_status"]) == ([], "partially_refunded")
    assert [one["by"] for one in view["refunds"]] == ["stripe", "by_hand"]
    assert till.order(order).paid == 2 * PRICE - 700
    assert till.act(order, "refund", {"amount": euro(2 * PRICE)}).code == "refund_too_large"
    assert till.drifts() == []
