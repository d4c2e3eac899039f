"""Setting an event up, for the tests of its catalog."""

from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.discount import Discount, DiscountSettings
from admit.catalog.edit_category import create_category
from admit.catalog.edit_discount import create_discount
from admit.catalog.edit_event import edit_event
from admit.catalog.edit_quota import create_quota
from admit.catalog.edit_tier import edit_tier
from admit.catalog.event import EventPatch
from admit.catalog.quota import Quota, QuotaSettings
from admit.catalog.tier import Category, CategorySettings, Tier, TierPatch
from admit.catalog.whitelist import Listed
from admit.errors import (
    AdmitError,
)
from admit.orders.order import Order, OrderStatus
from admit.orders.release import release
from admit.stock.stock import Stock, left_in
from tests.builders import (
    NOW,
    a_name,
    a_price,
    a_tier,
    an_order,
)

SOLD = {"title": "Workshop", "prices": [a_price(2_000, "card")], "ticket_limit": 50}
UNLIMITED = {"title": "Pass", "prices": [a_price(2_000, "card")]}
KARI = "kari@polar.example"


def new_id() -> str:
    return a_name("price")


def now_of(table: DynamoTable, catalog: Catalog) -> Catalog:
    return load_catalog(table, catalog.event.id)


def fields(refused: pytest.ExceptionInfo[AdmitError]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


def edited(table: DynamoTable, catalog: Catalog, tier_id: str, **patch: Any) -> Tier:
    settings = TierPatch.model_validate(patch)
    return edit_tier(table, now_of(table, catalog), tier_id, settings, new_id=new_id)


def changed(table: DynamoTable, catalog: Catalog, **patch: Any) -> Catalog:
    return edit_event(
        table, now_of(table, catalog), EventPatch.model_validate(patch), actor="organizer", now=NOW
    )


def listed(*names: str) -> list[Listed]:
    return [Listed(email=name) if "@" in name else Listed(domain=name) for name in names]


def a_new_tier(table: DynamoTable, catalog: Catalog, **overrides: Any) -> str:
    return a_tier(table, now_of(table, catalog), **overrides)


def left(table: DynamoTable, stock: Stock) -> int:
    return left_in(table, [stock])[stock.id]


def sell(table: DynamoTable, catalog: Catalog, tier_id: str, quantity: int = 1, **request: Any) -> Order:
    return an_order(table, catalog, tier_id=tier_id, quantity=quantity, **({"method": "card"} | request))


def end(table: DynamoTable, order: Order) -> None:
    release(table, order, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)


def a_quota(table: DynamoTable, catalog: Catalog, title: str, limit: int) -> Quota:
    settings = QuotaSettings(title=title, limit=limit)
    return create_quota(table, now_of(table, catalog), settings, quota_id=a_name("quota"))


def a_category(table: DynamoTable, catalog: Catalog, title: str = "Workshops") -> Category:
    settings = CategorySettings(title=title)
    return create_category(table, now_of(table, catalog), settings, category_id=a_name("category"))


def a_discount(table: DynamoTable, catalog: Catalog, **overrides: Any) -> Discount:
    settings = DiscountSettings.model_validate({"title": "Sale", "percent": "10"} | overrides)
    return create_discount(table, now_of(table, catalog), settings, discount_id=a_name("discount"))
