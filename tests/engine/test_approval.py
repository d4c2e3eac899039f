"""Approval: who is approved gets what is left, who is declined gives back what was held, each once."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.edit_event import cancel
from admit.catalog.edit_tier import edit_tier, remove_tier
from admit.catalog.event import InvoicePolicy
from admit.catalog.tier import TierPatch
from admit.errors import LimitReached, SoldOut, WrongState
from admit.orders.approve import (
    BulkDecision,
    Decision,
    DecisionRequest,
    Verdict,
    approve,
    decide_all,
    decline,
)
from admit.orders.order import Order, OrderStatus, PaymentStatus, load_order
from admit.orders.place import place
from admit.orders.price import Customer, LineRequest
from admit.payments.checkout import open_checkout
from admit.payments.expire import end_order
from admit.payments.settle import settle_card, settle_invoice
from admit.payments.sweep import sweep
from admit.stock.stock import left_in
from tests.builders import (
    NOW,
    a_draft_order,
    a_name,
    a_price,
    an_event,
    an_order,
    clock_at,
    default_tier,
    later,
    other_tier,
)
from tests.fake_gateway import FakeGateway

VETTED = {
    "title": "Academic pass",
    "prices": [a_price(2_000, "card", "invoice")],
    "ticket_limit": 5,
    "approval_required": True,
}


def an_application(table: DynamoTable, catalog: Catalog, method: str = "card", **request: Any) -> Order:
    """Order tickets that need approval, two by default."""
    fields: dict[str, Any] = {"tier_id": other_tier(catalog), "quantity": 2, "method": method}
    return an_order(table, catalog, **(fields | request))


def approved(table: DynamoTable, catalog: Catalog, order: Order, now: Any = NOW) -> Order:
    catalog = load_catalog(table, catalog.event.id)
    return approve(
        table, catalog, order, DecisionRequest(), actor="olav@host.example", now=now, random=Random(1)
    )


def declined(table: DynamoTable, order: Order) -> Order:
    return decline(table, order, actor="olav@host.example", note="full house", now=NOW)


def left(table: DynamoTable, catalog: Catalog) -> int:
    return left_in(table, [catalog.tiers[other_tier(catalog)].stock])[other_tier(catalog)]


def test_an_application_takes_no_stock_until_it_is_approved(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)

    order = an_application(table, catalog)

    assert (order.status, order.claims, left(table, catalog)) == (OrderStatus.AWAITING_APPROVAL, [], 5)
    order = approved(table, catalog, order)
    assert (order.status, left(table, catalog)) == (OrderStatus.AWAITING_PAYMENT, 3)
    assert {(claim.stock_id, claim.units) for claim in order.claims} == {
        (other_tier(catalog), 2),
        (catalog.event.id, 2),
    }


def test_an_event_may_hold_stock_for_applications_and_gives_it_back_when_they_are_declined(
    table: DynamoTable,
) -> None:
    catalog = an_event(table, VETTED, approval_holds_stock=True)
    first, second = an_application(table, catalog), an_application(table, catalog)
    assert left(table, catalog) == 1
    with pytest.raises(SoldOut):
        an_application(table, catalog)

    assert declined(table, first).status is OrderStatus.DECLINED
    assert left(table, catalog) == 3
    assert len(approved(table, catalog, second).claims) == 2
    assert left(table, catalog) == 3


def test_an_order_that_can_not_be_approved_for_want_of_stock_goes_on_waiting(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order, other = an_application(table, catalog, quantity=3), an_application(table, catalog, quantity=3)
    approved(table, catalog, order)

    with pytest.raises(SoldOut, match="Academic pass") as refused:
        approved(table, catalog, other)

    assert [fault.field for fault in refused.value.faults] == ["lines[0].quantity"]
    assert load_order(table, other.id) == other
    end_order(table, FakeGateway(), load_order(table, order.id), OrderStatus.CANCELLED, actor="b", now=NOW)
    assert approved(table, catalog, other).status is OrderStatus.AWAITING_PAYMENT
    assert left(table, catalog) == 2


def test_who_is_approved_has_the_events_time_to_pay_and_loses_the_tickets_after_it(
    empty_table: DynamoTable,
) -> None:
    table, gateway = empty_table, FakeGateway()
    catalog = an_event(table, VETTED, approval_pay_minutes=60)
    order = approved(table, catalog, an_application(table, catalog), now=later(500))
    assert order.hold_expires_at == later(560)
    open_checkout(table, gateway, order, "An event", later(510))

    def swept(minutes: int) -> OrderStatus:
        sweep(table, gateway, clock_at(later(minutes)), Random(1), lambda key, error: pytest.fail(str(error)))
        return load_order(table, order.id).status

    assert swept(559) is OrderStatus.AWAITING_PAYMENT
    assert swept(561) is OrderStatus.EXPIRED
    assert left(table, catalog) == 5


def test_an_application_has_no_deadline_of_its_own(empty_table: DynamoTable) -> None:
    catalog = an_event(empty_table, VETTED)
    order = an_application(empty_table, catalog)

    done = sweep(empty_table, FakeGateway(), clock_at(later(50_000)), Random(1), lambda key, error: None)

    assert (done, load_order(empty_table, order.id)) == (0, order)


def test_who_is_approved_and_pays_by_card_is_settled(table: DynamoTable) -> None:
    catalog, gateway = an_event(table, VETTED), FakeGateway()
    application = an_application(table, catalog)
    with pytest.raises(WrongState):
        open_checkout(table, gateway, application, "An event", NOW)

    order = open_checkout(table, gateway, approved(table, catalog, application), "An event", NOW)
    assert order.checkout is not None
    settled = settle_card(table, order, gateway.pay(order.checkout.session_id), NOW)

    assert (settled.status, settled.attention) == (OrderStatus.SETTLED, [])


def test_free_tickets_are_settled_when_they_are_approved(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED | {"prices": [a_price(0)]})

    order = approved(table, catalog, an_application(table, catalog, method="free"))

    assert (order.status, order.payment_status) == (OrderStatus.SETTLED, PaymentStatus.PAID)
    assert order.hold_expires_at is None
    assert left(table, catalog) == 3


@pytest.mark.parametrize(
    ("policy", "status"),
    [
        (InvoicePolicy.ON_PAYMENT, OrderStatus.AWAITING_PAYMENT),
        (InvoicePolicy.ON_RELEASE, OrderStatus.AWAITING_PAYMENT),
        (InvoicePolicy.ON_ISSUE, OrderStatus.SETTLED),
    ],
)
def test_an_approved_invoice_follows_the_events_policy_and_is_due_from_then_on(
    table: DynamoTable, policy: InvoicePolicy, status: OrderStatus
) -> None:
    catalog = an_event(table, VETTED, invoice_policy=policy, invoice_days=10)
    application = an_application(table, catalog, method="invoice")
    assert (application.due_at, application.invoice_policy) == (None, policy)
    with pytest.raises(WrongState):
        settle_invoice(table, application, actor="olav", note="", now=NOW)

    order = approved(table, catalog, application, now=later(60))

    assert (order.status, order.payment_status) == (status, PaymentStatus.UNPAID)
    assert order.due_at == later(60) + timedelta(days=10)
    assert order.hold_expires_at is None


def test_approving_and_declining_again_change_nothing(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order, other = an_application(table, catalog), an_application(table, catalog)

    once = approved(table, catalog, order)
    assert approved(table, catalog, order, now=later(5)) == once
    assert approved(table, catalog, once, now=later(5)) == once
    assert left(table, catalog) == 3
    refused = declined(table, other)
    assert declined(table, refused) == refused


def test_a_decision_is_not_turned_round(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order, other = an_application(table, catalog), an_application(table, catalog)
    approved(table, catalog, order)
    declined(table, other)

    for stale in (order, load_order(table, order.id)):
        with pytest.raises(WrongState):
            declined(table, stale)
    for stale in (other, load_order(table, other.id)):
        with pytest.raises(WrongState):
            approved(table, catalog, stale)
    assert left(table, catalog) == 3


def test_a_note_and_who_decided_are_in_the_timeline(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)

    order = declined(table, an_application(table, catalog))

    assert (order.timeline[-1].actor, order.timeline[-1].what) == (
        "olav@host.example",
        "declined: full house",
    )


def test_one_ticket_that_needs_approval_makes_the_whole_order_wait(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED | {"prices": [a_price(0)]})
    free = default_tier(catalog)
    lines = [LineRequest(tier_id=free, quantity=1), LineRequest(tier_id=other_tier(catalog), quantity=1)]

    order = an_order(table, catalog, lines=lines)

    assert (order.status, order.claims) == (OrderStatus.AWAITING_APPROVAL, [])
    order = approved(table, catalog, order)
    assert {(claim.stock_id, claim.units) for claim in order.claims} == {
        (free, 1),
        (other_tier(catalog), 1),
        (catalog.event.id, 2),
    }


def test_an_event_may_want_every_order_approved(table: DynamoTable) -> None:
    catalog = an_event(table, approval_required=True)

    assert an_order(table, catalog).status is OrderStatus.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("auto", "status"), [(True, OrderStatus.AWAITING_PAYMENT), (False, OrderStatus.AWAITING_APPROVAL)]
)
def test_being_on_the_whitelist_can_count_as_approval(
    table: DynamoTable, auto: bool, status: OrderStatus
) -> None:
    listed = {
        "limited": True,
        "limited_whitelist_users": [{"email": "kari@polar.example"}],
        "whitelist_auto_approve": auto,
    }
    catalog = an_event(table, VETTED | listed)
    kari = Customer(verified_email="kari@polar.example")

    order = place(
        table,
        catalog,
        a_draft_order(catalog, customer=kari, tier_id=other_tier(catalog), method="card"),
        Random(1),
    )

    assert order.status is status


def test_an_application_counts_for_the_guests_limit_until_it_is_declined(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED | {"ticket_limit_per": 2})
    order = an_application(table, catalog)
    with pytest.raises(LimitReached):
        an_application(table, catalog, quantity=1)

    declined(table, order)

    assert an_application(table, catalog).status is OrderStatus.AWAITING_APPROVAL


def test_a_price_with_a_quantity_is_claimed_when_the_order_is_approved(table: DynamoTable) -> None:
    early = a_price(2_000, "card", quantity=2)
    catalog = an_event(table, VETTED | {"prices": [early]})
    order = approved(table, catalog, an_application(table, catalog))
    price = catalog.tiers[other_tier(catalog)].prices[0].stock
    assert price is not None

    assert left_in(table, [price]) == {price.id: 0}
    with pytest.raises(SoldOut):
        approved(table, catalog, an_application(table, catalog, quantity=1))
    end_order(table, FakeGateway(), order, OrderStatus.EXPIRED, actor="system", now=NOW)
    assert left_in(table, [price]) == {price.id: 2}


def test_nothing_is_approved_for_an_event_that_is_called_off(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order = an_application(table, catalog)
    cancel(table, catalog)

    with pytest.raises(WrongState, match="cancelled"):
        approved(table, catalog, order)


def test_tickets_of_a_tier_that_is_gone_can_not_be_approved(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order = an_application(table, catalog)
    remove_tier(table, catalog, other_tier(catalog))

    with pytest.raises(WrongState, match="Academic pass"):
        approved(table, catalog, order)
    assert declined(table, order).status is OrderStatus.DECLINED


def test_an_application_is_approved_under_the_limit_of_now(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order = an_application(table, catalog, quantity=5)
    edit_tier(table, catalog, other_tier(catalog), TierPatch(ticket_limit=4), new_id=lambda: a_name("price"))
    with pytest.raises(SoldOut):
        approved(table, catalog, order)

    edit_tier(
        table, catalog, other_tier(catalog), TierPatch(ticket_limit=None), new_id=lambda: a_name("price")
    )

    assert approved(table, catalog, order).status is OrderStatus.AWAITING_PAYMENT


def test_many_decisions_at_once_each_have_a_result_of_their_own(table: DynamoTable) -> None:
    catalog, elsewhere = an_event(table, VETTED), an_event(table, VETTED)
    first, second, third = (an_application(table, catalog, quantity=3) for _ in range(3))
    foreign = an_application(table, elsewhere)
    asked = [
        (first.id, Verdict.APPROVE),
        (second.id, Verdict.APPROVE),
        (third.id, Verdict.DECLINE),
        (third.id, Verdict.APPROVE),
        (first.id, Verdict.APPROVE),
        (foreign.id, Verdict.DECLINE),
        ("nothing", Verdict.APPROVE),
    ]
    bulk = BulkDecision(decisions=[Decision(order_id=at, decision=verdict) for at, verdict in asked])

    told = decide_all(table, catalog, bulk, actor="olav", now=NOW, random=Random(1))

    assert [(one.status, one.code) for one in told.results] == [
        (OrderStatus.AWAITING_PAYMENT, None),
        (None, "sold_out"),
        (OrderStatus.DECLINED, None),
        (None, "wrong_state"),
        (OrderStatus.AWAITING_PAYMENT, None),
        (None, "not_found"),
        (None, "not_found"),
    ]
    assert [one.order_id for one in told.results] == [order_id for order_id, _ in asked]
    assert load_order(table, foreign.id).status is OrderStatus.AWAITING_APPROVAL
    assert left(table, catalog) == 2
