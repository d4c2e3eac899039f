"""Cancelling an event: a job ends all its orders and sends their money back, however often it is cut off."""

from collections.abc import Iterator

import pytest

from admit.aws.table import DynamoTable
from admit.errors import PaymentUnavailable
from admit.job import Job, JobMessage, JobStatus, load_job
from admit.orders.ledger import RefundStatus
from admit.orders.order import Order, OrderStatus
from admit.payments.cancel_event import cancel_orders
from tests.builders import an_order
from tests.engine.api import FOUNDER, Answer
from tests.engine.till import (
    CANCELLED,
    PRICE,
    Died,
    Json,
    Mortal,
    Opened,
    Till,
    euro,
    tills,
)

HOUSE = {"capacity": 400}
"""So few that the orders are one partition of the index."""


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened({"ticket_limit": 400}, **HOUSE)


def called_off(till: Till, body: Json | None = None) -> Answer:
    return till.api.post(f"{till.path}/cancel", body or {}, as_=FOUNDER)


def job_of(till: Till) -> Job:
    name = till.catalog.event.cancellation_job
    assert name is not None
    return load_job(till.table, name)


def ends(till: Till) -> list[int]:
    """Work the job off over all its rounds; return how long it waited between them, in seconds."""
    waits = []
    till.api.queued.append(JobMessage(job_id=job_of(till).id))
    while till.api.queued:
        till.api.work_off_jobs()
        if wait := till.api.waits():
            waits.append(wait)
            till.goes_on(seconds=wait)
            till.sweep()
    return waits


def all_ended(till: Till) -> None:
    """Say that nobody has a ticket or waits for one, and that no money is where it should not be."""
    till.sweep()
    for order in till.orders():
        assert not order.live, order.status
        assert not order.due or order.due > till.api.now
        assert {ticket.status for ticket in till.tickets({"id": order.id})} <= {CANCELLED}
        if not order.disputes:
            open_ = [one for one in order.refunds if one.status is RefundStatus.PENDING]
            assert order.paid - sum(one.amount for one in open_) == 0, order.id
    assert till.left() == 400
    assert till.drifts() == []


def sixty_orders(till: Till) -> dict[str, list[Json]]:
    """Place sixty orders of all kinds."""
    free = next(tier.id for tier in till.catalog.tiers.values() if tier.default)
    kinds: dict[str, list[Json]] = {}

    def take(kind: str, *orders: Json) -> None:
        kinds.setdefault(kind, []).extend(orders)

    door = till.door()
    for _ in range(6):
        take("sold", till.sold(2))
        take("open", till.buy())
        take("unpaid", till.buy(1, "invoice"))
        take("paid", till.sold(1, "invoice"))
        take("free", till.buy(1, "free", lines=[{"tier_id": free, "quantity": 1}], total=euro(0)))
        settled = till.buy()
        till.pay(settled)
        take("settled", settled)
        used = till.sold()
        assert till.scan(door, used) == "admitted"
        take("used", used)
        unheard = till.buy()
        till.gateway.pay(till.page(unheard))
        till.drop_news()
        take("unheard", unheard)
        part = till.sold(3)
        till.did(part, "cancel", {"tickets": [2], "refund": True})
        take("part", part)
    paying, wrong = till.buy(), till.buy()
    till.gateway.pay_later(till.page(paying))
    till.gateway.change_amount(till.page(wrong), 300)
    till.pay(wrong)
    half = till.buy(2, "invoice")
    till.did(half, "settle", {"amount": euro(500)}, key="half")
    gone, disputed, big = till.sold(), till.sold(), till.sold(120)
    till.did(gone, "cancel")
    till.did(gone, "refund")
    till.gateway.dispute(till.payment(disputed))
    till.deliver()
    for kind, order in [
        ("paying", paying),
        ("wrong", wrong),
        ("half", half),
        ("gone", gone),
        ("disputed", disputed),
        ("big", big),
    ]:
        take(kind, order)
    assert len(till.orders()) == 60
    return kinds


def test_sixty_orders_of_all_kinds_are_ended_although_the_job_is_cut_off_again_and_again(till: Till) -> None:
    kinds = sixty_orders(till)
    assert called_off(till).status == 200
    deaths, places, writes = 0, set(), 1
    for _ in range(100):
        job = job_of(till)
        if job.ended:
            break
        places.add(job.place)
        table = Mortal(till.table, writes) if writes < 200 else till.table
        try:
            wait = cancel_orders(table, till.gateway, job, expected=60, clock=lambda: till.api.now, seconds=0)
        except Died:
            deaths += 1
            writes += 4
            till.goes_on(minutes=1)
            till.sweep()
            continue
        if wait:
            till.goes_on(seconds=wait)
        if job.place and '"round":2' in job.place:
            [paying] = kinds["paying"]
            if till.order(paying).live and till.order(paying).processing:
                till.gateway.fail(till.page(paying))
                till.deliver()

    assert job_of(till).status is JobStatus.DONE
    assert deaths > 5
    assert len(places) > 4
    all_ended(till)
    assert len({(one.order_id, one.sequence) for one in till.gateway.refunds_made.values()}) == len(
        till.gateway.refunds_made
    )
    for kind in ("sold", "settled", "used", "unheard", "part", "big"):
        assert {till.order(order).payment_status for order in kinds[kind]} == {"refunded"}, kind
    for kind in ("paid", "half"):
        assert {tuple(till.order(order).attention) for order in kinds[kind]} == {("refund_by_hand",)}, kind


def test_while_it_is_called_off_the_job_says_how_far_it_is(till: Till) -> None:
    for _ in range(30):
        till.buy()
    till.project()
    view = called_off(till).body
    path = f"{till.path}/imports/{view['cancellation_job']}"
    assert till.api.get(path, as_=FOUNDER).body["status"] == "waiting"

    cancel_orders(till.table, till.gateway, job_of(till), expected=30, clock=lambda: till.api.now, seconds=0)
    told = till.api.get(path, as_=FOUNDER).body
    assert (told["status"], told["done"], told["total"], told["changed"]) == ("running", 25, 30, 25)
    ends(till)

    told = till.api.get(path, as_=FOUNDER).body
    assert (told["status"], told["done"], told["changed"], told["failed"]) == ("done", 30, 30, 0)
    assert {row["result"] for row in told["rows"]} == {"changed"}
    all_ended(till)


def test_calling_off_twice_is_one_job(till: Till) -> None:
    order = till.sold()

    first, again = called_off(till), called_off(till, {"refund": False})
    assert (first.status, again.status) == (200, 200)
    assert first.body["cancellation_job"] == again.body["cancellation_job"]
    ends(till)
    before = till.order(order)
    ends(till)

    assert till.order(order) == before
    assert (len(till.gateway.refunds_made), till.gateway.held) == (1, 0)


def test_an_order_that_was_placed_meanwhile_is_met_by_the_next_round(till: Till) -> None:
    old = till.catalog
    till.sold()
    called_off(till)
    job = job_of(till)
    cancel_orders(till.table, till.gateway, job, expected=1, clock=lambda: till.api.now, seconds=0)
    # By a function that has not heard of it yet.
    late = an_order(till.table, old, tier_id=till.tier, method="invoice")

    waits = ends(till)

    assert waits[0] in range(1, 31)
    assert Order.model_validate(till.order({"id": late.id})).status is OrderStatus.CANCELLED
    all_ended(till)


def test_after_it_is_called_off_nobody_orders_or_pays(till: Till) -> None:
    open_ = till.buy()
    called_off(till)
    ends(till)

    assert till.place().code == "not_on_sale"
    assert till.ask(open_, "checkout").code == "wrong_state"
    assert till.gateway.pages[till.page(open_)].status == "expired"


def test_a_payment_on_its_way_is_waited_for_and_then_goes_back(till: Till) -> None:
    order = till.buy()
    till.gateway.pay_later(till.page(order))
    called_off(till)
    job = job_of(till)
    wait = cancel_orders(till.table, till.gateway, job, expected=1, clock=lambda: till.api.now, seconds=0)
    assert (wait, till.order(order).live) == (30, True)

    till.gateway.arrive(till.page(order))
    till.goes_on(seconds=30)
    ends(till)

    present = till.order(order)
    assert (present.status, present.paid, till.gateway.held) == (OrderStatus.CANCELLED, 0, 0)
    all_ended(till)


def test_while_stripe_is_away_orders_wait_for_the_next_round(till: Till) -> None:
    sold, open_ = till.sold(), till.buy()
    called_off(till)
    till.gateway.errors["expire_page"] = [PaymentUnavailable()]
    till.gateway.errors["refund"] = [PaymentUnavailable()]

    waits = ends(till)

    assert len(waits) >= 1
    assert [till.order(order).status for order in (sold, open_)] == [OrderStatus.CANCELLED] * 2
    all_ended(till)
    assert (len(till.gateway.refunds_made), till.gateway.held) == (1, 0)


def test_an_event_can_be_called_off_without_sending_money_back(till: Till) -> None:
    order = till.sold(2)

    called_off(till, {"refund": False, "note": "tickets stay valid for next year"})
    ends(till)

    view = till.view(order)
    assert (view["status"], view["payment_status"], view["refunds"]) == ("cancelled", "paid", [])
    assert view["timeline"][-1]["what"] == "cancelled: tickets stay valid for next year"
    assert till.gateway.held == 2 * PRICE


def test_an_event_without_orders_is_called_off_after_two_rounds(till: Till) -> None:
    called_off(till)

    assert ends(till) == [30]
    assert job_of(till).status is JobStatus.DONE


def test_money_that_comes_after_the_job_brings_no_tickets_and_goes_back(till: Till) -> None:
    order = till.buy(2)
    page = till.page(order)
    till.gateway.pay_later(page)
    till.deliver()
    called_off(till)
    ends(till)
    assert till.order(order).status is OrderStatus.AWAITING_PAYMENT

    till.gateway.arrive(page)
    till.deliver()
    till.issue(order)
    till.goes_on(minutes=1)
    till.sweep()

    assert (till.order(order).status, till.tickets(order)) == (OrderStatus.CANCELLED, [])
    assert [one.status for one in till.order(order).refunds] == [RefundStatus.SUCCEEDED]
    assert till.gateway.held == 0
    assert till.drifts() == []
