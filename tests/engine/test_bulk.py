"""One action on many orders: a row for each, done as by hand, once however often it is tried."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from admit.acts.bulk import act_on
from admit.aws.table import DynamoTable
from admit.job import load_job
from admit.orders.order import OrderStatus
from tests.builders import a_name, clock_at
from tests.engine.api import FOUNDER, Answer
from tests.engine.till import Died, Json, Mortal, Opened, Till, euro, tills

VETTED = {"approval_required": True}


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


def asked(till: Till, action: str, orders: list[Json], key: str | None = None, **fields: Any) -> Answer:
    body = {"action": action, "order_ids": [order["id"] for order in orders], **fields}
    path = f"{till.path}/orders/bulk"
    return till.api.post(path, body, as_=FOUNDER, idempotency_key=key or a_name("key"))


def done(till: Till, action: str, orders: list[Json], **fields: Any) -> Json:
    """Ask for an action on many orders, have it worked off, and return its job with the rows."""
    answer = asked(till, action, orders, **fields)
    assert answer.status == 202, answer.text
    till.api.work_off_jobs()
    job = till.api.get(f"{till.path}/orders/bulk/{answer.body['id']}", as_=FOUNDER)
    assert job.body["status"] == "done"
    return dict(job.body)


def results(job: Json) -> list[tuple[str, str | None]]:
    return [(row["result"], row["code"]) for row in job["rows"]]


def test_each_order_gets_what_was_asked_and_one_that_is_refused_stops_no_other(opened: Opened) -> None:
    till = opened(VETTED)
    first, second, third = (till.buy() for _ in range(3))
    till.did(second, "decline")

    job = done(till, "approve", [first, second, third], note="welcome")

    assert results(job) == [("changed", None), ("failed", "wrong_state"), ("changed", None)]
    assert (job["kind"], job["total"], job["changed"], job["failed"]) == ("orders_bulk", 3, 2, 1)
    assert till.order(first).status is OrderStatus.AWAITING_PAYMENT
    assert till.order(first).timeline[1].what == "approved: welcome"
    assert till.order(first).timeline[1].actor == FOUNDER


def test_what_is_done_already_is_unchanged(opened: Opened) -> None:
    till = opened(VETTED)
    order = till.buy()
    done(till, "approve", [order])

    assert results(done(till, "approve", [order])) == [("unchanged", None)]


def test_an_order_that_is_named_twice_is_met_once(opened: Opened) -> None:
    till = opened()
    order = till.buy()

    job = done(till, "note", [order, order], body={"text": "Has called."})

    assert job["total"] == 1
    assert [one.what for one in till.order(order).timeline].count("note: Has called.") == 1


@pytest.mark.parametrize("action", ["cancel", "refund"])
def test_money_goes_back_for_each_order_once(opened: Opened, action: str) -> None:
    till = opened()
    orders = [till.sold(), till.sold()]
    body: Json = {"refund": True} if action == "cancel" else {"amount": euro(500)}

    job = done(till, action, orders, body=body, key="once")
    assert asked(till, action, orders, body=body, key="once").body["id"] == job["id"]
    till.api.work_off_jobs()

    assert results(job) == [("changed", None)] * 2
    assert len(till.gateway.refunds_made) == len({one.order_id for one in till.gateway.refunds_made.values()})


def test_a_worker_that_dies_is_followed_by_one_that_does_nothing_twice(opened: Opened) -> None:
    till = opened(invoice_policy="on_payment")
    orders = [till.buy(method="invoice") for _ in range(3)]
    answer = asked(till, "settle", orders, body={"amount": euro(300)})
    till.api.queued.clear()

    for writes in range(1, 9):
        job = load_job(till.table, answer.body["id"])
        try:
            act_on(
                Mortal(till.table, writes),
                till.gateway,
                job,
                clock=clock_at(till.api.now),
                random=Random(1),
                seconds=60,
            )
        except Died:
            continue
        break

    ended = load_job(till.table, answer.body["id"])
    assert (ended.ended, ended.failed) == (True, 0)
    assert [till.order(order).paid for order in orders] == [300, 300, 300]


def test_a_reason_is_set_aside_for_many_orders(opened: Opened) -> None:
    till = opened(VETTED)
    orders = [till.buy(), till.buy()]

    job = done(till, "dismiss", orders, body={"reason": "approval_waiting"}, note="after the board")

    assert results(job) == [("changed", None)] * 2
    assert [till.order(order).attention for order in orders] == [[], []]
    assert till.order(orders[0]).set_aside[0].note == "after the board"


def test_an_order_of_another_event_is_not_there(opened: Opened) -> None:
    till, other = opened(), opened()

    assert results(done(till, "resend", [other.buy()])) == [("failed", "not_found")]


@pytest.mark.parametrize(
    ("action", "fields", "field"),
    [
        ("confirm_refund", {"body": {"sequence": 1}}, "action"),
        ("note", {}, "text"),
        ("cancel", {"body": {"colour": "red"}}, "colour"),
    ],
)
def test_a_request_that_can_be_right_for_no_order_is_refused_at_once(
    opened: Opened, action: str, fields: Json, field: str
) -> None:
    till = opened()

    answer = asked(till, action, [till.buy()], **fields)

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_a_job_of_another_kind_is_not_read_here(opened: Opened) -> None:
    till = opened()
    body = {"kind": "tiers", "csv": "title,price\nMore,0\n"}
    job = till.api.post(f"{till.path}/imports", body, as_=FOUNDER).body["id"]

    assert till.api.get(f"{till.path}/orders/bulk/{job}", as_=FOUNDER).status == 404


def test_no_more_than_five_hundred_orders_are_taken_at_a_time(opened: Opened) -> None:
    till = opened()

    answer = asked(till, "resend", [{"id": str(number)} for number in range(501)])

    assert (answer.status, answer.code) == (422, "invalid_input")
