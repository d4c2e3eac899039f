"""Discounts are set up and their limits move on sale."""

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.discount import DiscountPatch
from admit.catalog.edit_discount import edit_discount, remove_discount
from admit.errors import (
    BelowSoldUnits,
    DiscountUsedUp,
    Invalid,
    LimitReached,
)
from admit.orders.order import Order
from admit.orders.price import Customer
from tests.builders import (
    a_buyer,
    a_draft,
    an_event,
    other_tier,
)
from tests.engine.setting_up import KARI, SOLD, a_discount, end, fields, now_of, sell


def test_a_discount_is_used_as_often_as_it_may_and_its_limit_moves_on_sale(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    discount = a_discount(table, catalog, code="TEN", use_limit=2, ticket_limit=5)
    catalog = now_of(table, catalog)
    tier_id = other_tier(catalog)

    def buy(quantity: int) -> Order:
        total = {"amount": 1_800 * quantity, "currency": "EUR"}
        shown = Customer(codes=["ten"])
        return sell(table, catalog, tier_id, quantity, total=total, code="ten", customer=shown)

    orders = [buy(2), buy(2)]
    with pytest.raises(DiscountUsedUp):
        buy(1)
    for limits in ({"use_limit": 1}, {"ticket_limit": 3}):
        with pytest.raises(BelowSoldUnits) as refused:
            edit_discount(table, now_of(table, catalog), discount.id, DiscountPatch.model_validate(limits))
        assert fields(refused) == list(limits)
    edit_discount(table, now_of(table, catalog), discount.id, DiscountPatch(use_limit=4))
    with pytest.raises(DiscountUsedUp):
        buy(2)
    end(table, orders[0])
    assert buy(3).discount == 600
    remove_discount(table, now_of(table, catalog), discount.id)
    assert now_of(table, catalog).discounts == {}


def test_a_guest_uses_a_discount_as_often_as_he_may(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    a_discount(table, catalog, code="TEN", use_limit_per=1, ticket_limit_per=2)
    catalog = now_of(table, catalog)

    def buy(email: str, quantity: int = 1) -> Order:
        total = {"amount": 1_800 * quantity, "currency": "EUR"}
        return sell(
            table,
            catalog,
            other_tier(catalog),
            quantity,
            total=total,
            code="ten",
            buyer=a_buyer(email=email),
            customer=Customer(codes=["ten"]),
        )

    for guest in (KARI, "ola@polar.example"):
        with pytest.raises(LimitReached) as refused:
            buy(guest, 3)
        assert fields(refused) == ["code"]
        assert buy(guest).discount == 200
        with pytest.raises(LimitReached):
            buy(guest.upper())


def test_a_code_belongs_to_one_discount_and_names_tiers_of_its_event(table: DynamoTable) -> None:
    draft = a_draft(table)
    first = a_discount(table, draft, code="Early")

    with pytest.raises(Invalid) as refused:
        a_discount(table, draft, code="EARLY", tier_ids=["nothing"])
    assert fields(refused) == ["tier_ids[0]", "code"]
    with pytest.raises(Invalid) as refused:
        a_discount(table, draft, percent=None, amount={"amount": 1, "currency": "NOK"})
    assert fields(refused) == ["amount.currency"]
    same = edit_discount(
        table, now_of(table, draft), first.id, DiscountPatch(code="EARLY", title="Early bird")
    )
    assert (same.title, same.uses) == ("Early bird", first.uses)
