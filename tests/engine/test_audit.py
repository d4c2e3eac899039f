"""The audit: what every counter should be is counted again, and only what is wrong is named."""

import logging
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws import audit as command
from admit.aws.table import DynamoTable
from admit.catalog.allot import create_allotment, edit_allotment
from admit.catalog.allotment import AllotmentPatch, AllotmentSettings
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.discount import DiscountSettings
from admit.catalog.edit_discount import create_discount
from admit.catalog.edit_event import edit_event
from admit.catalog.edit_tier import edit_tier
from admit.catalog.event import EventPatch
from admit.catalog.tier import TierPatch
from admit.insight.audit import Drift, audit
from admit.insight.summary import Change, apply
from admit.orders.approve import DecisionRequest, approve, decline
from admit.orders.order import Order, OrderStatus
from admit.orders.place import OrganizerPlaceRequest, place_by_organizer
from admit.orders.waiting import WaitRequest, join, offer_round
from admit.payments.expire import end_order
from admit.payments.settle import settle_invoice
from admit.stock.claim import Claim
from admit.stock.stock import left_in
from admit.store import Update
from tests.builders import (
    NOW,
    a_buyer,
    a_name,
    a_price,
    an_event,
    an_order,
    default_tier,
)
from tests.engine.api import Api, serving
from tests.fake_gateway import FakeGateway

PASS = {
    "title": "Pass",
    "prices": [a_price(12_500, "card", "invoice", quantity=2_400)],
    "ticket_limit": 2_500,
    "ticket_limit_per": 10,
}
PICKED = {"title": "Picked", "approval_required": True, "ticket_limit": 40}
SCARCE = {"title": "Scarce", "ticket_limit": 2}


def at_once(_: float) -> None:
    """Sleep not at all: nobody else is at this table."""


def project(table: DynamoTable, event_id: str) -> None:
    """Bring what has become of the event's orders into its summary and ledger, as the stream does."""
    shards = range(load_catalog(table, event_id).event.shards)
    pages = [table.page("gsi1", keys.orders_of(event_id, nn), limit=100) for nn in shards]
    orders = [Order.of(item) for page in pages for item in page.items]
    apply(table, [Change(a_name("record"), before=None, after=order) for order in orders], NOW)


def tier_called(catalog: Catalog, title: str) -> str:
    return next(tier.id for tier in catalog.tiers.values() if tier.title == title)


def a_busy_event(table: DynamoTable) -> Catalog:
    """Return an event of which something of every kind is claimed, and something of every kind given back."""
    catalog = an_event(table, PASS, PICKED, SCARCE, capacity=3_000, ticket_limit_per=20)
    of_event = catalog.event.id
    settings = DiscountSettings.model_validate(
        {
            "title": "Early",
            "percent": "10",
            "code": "EARLY",
            "use_limit": 5,
            "use_limit_per": 2,
            "ticket_limit": 20,
        }
    )
    create_discount(table, catalog, settings, discount_id=a_name("discount"))
    catalog = load_catalog(table, of_event)
    paid, picked, scarce = (tier_called(catalog, title) for title in ("Pass", "Picked", "Scarce"))

    def placed(tier_id: str, quantity: int = 1, method: str = "card", **fields: Any) -> Order:
        return an_order(table, catalog, tier_id=tier_id, quantity=quantity, method=method, **fields)

    def ended(order: Order, to: OrderStatus) -> None:
        end_order(table, FakeGateway(), order, to, actor="system", now=NOW)

    placed(default_tier(catalog), method="free")
    placed(paid, 3, "invoice")
    ended(placed(paid, 4), OrderStatus.EXPIRED)
    ended(placed(paid, 2), OrderStatus.CANCELLED)
    for decide in (approve_now, decline_now, None):
        order = placed(picked, 2)
        if decide is not None:
            decide(table, catalog, order)

    block = AllotmentSettings(title="Block", units=30, tier_id=paid)
    allotment = create_allotment(
        table, load_catalog(table, of_event), block, allotment_id=a_name("block"), random=Random(2)
    )
    taken = OrganizerPlaceRequest.model_validate(
        {
            "lines": [{"tier_id": paid, "quantity": 4}],
            "buyer": a_buyer(),
            "payment_method": "free",
            "allotment_id": allotment.id,
        }
    )
    place_by_organizer(table, load_catalog(table, of_event), taken, a_name("key"), now=NOW, random=Random(3))
    smaller = AllotmentPatch(units=10)
    edit_allotment(table, load_catalog(table, of_event), allotment.id, smaller, random=Random(4))

    placed(scarce, 2)
    waiting = WaitRequest(email="ola@x.example", name="Ola", quantity=2, tier_ids=[scarce])
    left = left_in(table, load_catalog(table, of_event).limits())
    join(table, load_catalog(table, of_event), waiting, a_name("key"), left=left, now=NOW)
    more = TierPatch(ticket_limit=5)
    edit_tier(table, load_catalog(table, of_event), scarce, more, new_id=lambda: a_name("price"))
    assert offer_round(table, load_catalog(table, of_event), NOW, Random(5)) == 1

    fewer = TierPatch(ticket_limit=2_300)
    edit_tier(table, load_catalog(table, of_event), paid, fewer, new_id=lambda: a_name("price"))
    edit_event(table, load_catalog(table, of_event), EventPatch(capacity=5_000), actor="organizer", now=NOW)
    project(table, of_event)
    return load_catalog(table, of_event)


def approve_now(table: DynamoTable, catalog: Catalog, order: Order) -> None:
    approve(table, catalog, order, DecisionRequest(), actor="eva@x.example", now=NOW, random=Random(1))


def decline_now(table: DynamoTable, catalog: Catalog, order: Order) -> None:
    decline(table, order, actor="eva@x.example", note="", now=NOW)


def take_one_by_hand(table: DynamoTable, catalog: Catalog) -> str:
    """Take a unit that no order has; return the stock's id."""
    stock = catalog.tiers[tier_called(catalog, "Pass")].stock
    table.write(stock.take(Claim(stock_id=stock.id, shard=0, units=1)))
    return stock.id


def test_nothing_drifts_whatever_becomes_of_orders_offers_allotments_and_limits(table: DynamoTable) -> None:
    catalog = a_busy_event(table)

    result = audit(table, catalog.event.id, at_once)

    assert (result.drifts, result.moving) == ([], [])
    assert result.counters > len(catalog.limits())


def test_a_stock_that_was_changed_by_hand_is_named(table: DynamoTable) -> None:
    catalog = a_busy_event(table)
    [right] = [
        left for name, left in left_in(table, [catalog.tiers[tier_called(catalog, "Pass")].stock]).items()
    ]
    changed = take_one_by_hand(table, catalog)

    result = audit(table, catalog.event.id, at_once)

    assert result.drifts == [Drift(counter=changed, expected=right, found=right - 1)]


def test_a_guests_count_that_was_changed_by_hand_is_named(table: DynamoTable) -> None:
    catalog = an_event(table, PASS)
    paid = tier_called(catalog, "Pass")
    an_order(table, catalog, tier_id=paid, quantity=3, method="card")
    key = keys.guest_limit(paid, "kari@polar.example")
    table.write(Update(key, "SET taken = :taken", "taken = :three", {"taken": 7, "three": 3}))
    project(table, catalog.event.id)

    result = audit(table, catalog.event.id, at_once)

    assert result.drifts == [Drift(counter=key.pk, expected=3, found=7)]


def test_a_sum_and_a_movement_that_were_changed_by_hand_are_named(table: DynamoTable) -> None:
    catalog = an_event(table, PASS)
    order = an_order(table, catalog, tier_id=tier_called(catalog, "Pass"), method="invoice")
    order = settle_invoice(table, order, actor="eva@x.example", note="", now=NOW)
    project(table, catalog.event.id)
    event_id, paid = catalog.event.id, order.movements[0]
    table.write(Update(keys.summary(event_id), "SET paid = :paid", None, {"paid": 12_000}))
    row = keys.ledger_row(event_id, order.shard, paid.at, order.id, paid.id)
    table.write(Update(row, "SET amount = :amount", "amount = :right", {"amount": 1, "right": 12_500}))

    result = audit(table, event_id, at_once)

    assert sorted(result.drifts, key=lambda drift: drift.counter) == [
        Drift(counter="ledger by_hand EUR", expected=12_500, found=1),
        Drift(counter="ledger order EUR", expected=-12_500, found=-1),
        Drift(counter="summary paid", expected=12_500, found=12_000),
    ]


def test_a_summary_that_is_behind_while_money_moves_has_not_drifted(table: DynamoTable) -> None:
    catalog = an_event(table, PASS)
    tier_id = tier_called(catalog, "Pass")
    an_order(table, catalog, tier_id=tier_id, method="invoice")
    project(table, catalog.event.id)

    def somebody_orders(_: float) -> None:
        an_order(
            table, catalog, tier_id=tier_id, method="invoice", buyer=a_buyer(email=f"{a_name('b')}@x.example")
        )

    result = audit(table, catalog.event.id, somebody_orders)

    assert [drift for drift in result.drifts if drift.counter.startswith(("summary", "ledger"))] == []


def test_a_stock_that_moves_during_the_count_is_told_and_has_not_drifted(table: DynamoTable) -> None:
    catalog = an_event(table, PASS, SCARCE)
    paid = catalog.tiers[tier_called(catalog, "Pass")]

    def somebody_buys(_: float) -> None:
        an_order(table, catalog, tier_id=paid.id, method="card")

    result = audit(table, catalog.event.id, somebody_buys)

    assert result.drifts == []
    assert set(result.moving) == {
        paid.stock.id,
        str(paid.prices[0].stock and paid.prices[0].stock.id),
        catalog.event.id,
    }


def test_no_stock_is_judged_while_the_catalog_changes(table: DynamoTable) -> None:
    catalog = an_event(table, SCARCE)

    def the_organizer_edits(_: float) -> None:
        edit_event(
            table,
            load_catalog(table, catalog.event.id),
            EventPatch(title=a_name("Other")),
            actor="organizer",
            now=NOW,
        )

    result = audit(table, catalog.event.id, the_organizer_edits)

    assert result.drifts == []
    assert catalog.tiers[tier_called(catalog, "Scarce")].stock.id in result.moving


def test_a_difference_that_a_second_count_does_not_find_is_none(table: DynamoTable) -> None:
    catalog = an_event(table, PASS)
    stock = catalog.tiers[tier_called(catalog, "Pass")].stock
    claim = Claim(stock_id=stock.id, shard=0, units=1)
    table.write(stock.take(claim))
    sleeps: list[float] = []

    def is_put_right_after_the_first_count(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 2:
            table.write(claim.give_back())

    assert audit(table, catalog.event.id, is_put_right_after_the_first_count).drifts == []
    assert len(sleeps) == 2


# --- on its schedule, and by hand --------------------------------------------------------------------------


@pytest.fixture
def waits_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", at_once)


@pytest.mark.usefixtures("waits_not")
def test_the_schedule_has_every_published_event_counted_and_tells_the_alarm_of_a_drift(
    empty_table: DynamoTable, caplog: pytest.LogCaptureFixture
) -> None:
    sound, drifted = an_event(empty_table, PASS), an_event(empty_table, PASS)
    stock_id = take_one_by_hand(empty_table, drifted)
    with serving(empty_table) as api:
        asked = ask_for_audits(api)
        with caplog.at_level(logging.INFO):
            api.work_off_jobs()

    assert asked == {sound.event.id, drifted.event.id}
    [alarm] = [record for record in caplog.records if record.message == "stock drift"]
    told: Any = vars(alarm)
    assert (alarm.levelname, told["event_id"]) == ("ERROR", drifted.event.id)
    assert [drift["counter"] for drift in told["drifts"]] == [stock_id]


def ask_for_audits(api: Api) -> set[str]:
    """Let the schedule ask; return the events that it asks for."""
    answer = api.invoke("jobs", {"task": "audit"})
    assert answer == {"asked": len(api.queued)}
    return {message.event_id for message in api.queued if message.event_id}  # type: ignore[union-attr]


@pytest.fixture
def run(
    empty_table: DynamoTable, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, waits_not: None
) -> Callable[..., int]:
    """Run the command on the test's table."""

    def run(*events: str) -> int:
        monkeypatch.setattr(sys, "argv", ["audit", empty_table._name, *events])
        monkeypatch.setattr("boto3.client", lambda _: dynamodb)
        monkeypatch.setattr("admit.clock.now", lambda: NOW)
        return command.main()

    return run


def test_the_command_tells_of_every_published_event_that_nothing_has_drifted(
    empty_table: DynamoTable, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = an_event(empty_table), an_event(empty_table)

    assert run() == 0

    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.partition(":")[0] for line in lines) == sorted([one.event.id, other.event.id])
    assert all(line.endswith(" 0 drifted") for line in lines)


def test_the_command_fails_and_tells_what_has_drifted_of_the_event_that_it_is_asked_for(
    empty_table: DynamoTable, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    catalog, _ = an_event(empty_table, PASS), an_event(empty_table)
    stock_id = take_one_by_hand(empty_table, catalog)

    assert run(catalog.event.id) == 1

    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith(" 1 drifted")
    assert told[1:] == [f"  {stock_id}: 2499, should be 2500"]
