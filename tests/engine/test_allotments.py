"""Allotments and blocks: tickets that are set apart."""

from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.allot import create_allotment, edit_allotment, remove_allotment
from admit.catalog.allotment import Allotment, AllotmentPatch, AllotmentSettings
from admit.catalog.catalog import Catalog
from admit.catalog.edit_tier import remove_tier
from admit.errors import (
    BelowSoldUnits,
    InUse,
    Invalid,
    SoldOut,
)
from admit.orders.order import Order
from admit.orders.place import OrganizerPlaceRequest, place_by_organizer
from tests.builders import (
    NOW,
    a_buyer,
    a_draft,
    a_name,
    an_event,
    default_tier,
    other_tier,
)
from tests.engine.setting_up import SOLD, a_new_tier, edited, fields, left, now_of


def allot(table: DynamoTable, catalog: Catalog, units: int, **overrides: Any) -> Allotment:
    body = {"title": "Polar", "units": units, "tier_id": other_tier(catalog), "company_id": "polar"}
    settings = AllotmentSettings.model_validate(body | overrides)
    catalog = now_of(table, catalog)
    return create_allotment(table, catalog, settings, allotment_id=a_name("allotment"), random=Random(1))


def resized(table: DynamoTable, catalog: Catalog, allotment: Allotment, units: int) -> Allotment:
    catalog = now_of(table, catalog)
    return edit_allotment(table, catalog, allotment.id, AllotmentPatch(units=units), random=Random(1))


def handed_out(
    table: DynamoTable, catalog: Catalog, allotment: Allotment, quantity: int, **how: Any
) -> Order:
    body = {
        "lines": [{"tier_id": how.pop("tier_id", allotment.tier_id), "quantity": quantity}],
        "buyer": a_buyer(),
        "payment_method": "free",
        "company_id": "polar",
        "source": "allotment",
        "allotment_id": allotment.id,
    }
    request = OrganizerPlaceRequest.model_validate(body | how)
    catalog = now_of(table, catalog)
    return place_by_organizer(table, catalog, request, a_name("key"), now=NOW, random=Random(1))


def test_an_allotment_takes_its_tickets_from_the_tier_grows_shrinks_and_gives_them_back(
    table: DynamoTable,
) -> None:
    catalog = an_event(table, SOLD, capacity=60)
    tier = catalog.tiers[other_tier(catalog)]

    def stocks() -> list[int]:
        return [left(table, tier.stock), left(table, catalog.event.stock)]

    allotment = allot(table, catalog, 20)
    assert (stocks(), left(table, allotment.stock)) == ([30, 40], 20)
    allotment = resized(table, catalog, allotment, 45)
    assert (stocks(), left(table, allotment.stock)) == ([5, 15], 45)
    with pytest.raises(SoldOut):
        resized(table, catalog, allotment, 51)
    with pytest.raises(SoldOut):
        allot(table, catalog, 6)
    allotment = resized(table, catalog, allotment, 10)
    assert (stocks(), left(table, allotment.stock)) == ([40, 50], 10)
    remove_allotment(table, now_of(table, catalog), allotment.id, random=Random(1))
    assert (stocks(), now_of(table, catalog).allotments) == ([50, 60], {})


def test_an_order_from_an_allotment_takes_nothing_of_what_is_on_sale(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier = catalog.tiers[other_tier(catalog)]
    allotment = allot(table, catalog, 20)

    order = handed_out(table, catalog, allotment, 15)

    assert (left(table, tier.stock), left(table, allotment.stock)) == (30, 5)
    assert (order.status, order.allotment_id, order.company_id) == ("settled", allotment.id, "polar")
    with pytest.raises(SoldOut):
        handed_out(table, catalog, allotment, 6)
    with pytest.raises(BelowSoldUnits) as refused:
        resized(table, catalog, allotment, 14)
    assert fields(refused) == ["units"]
    with pytest.raises(InUse):
        remove_allotment(table, now_of(table, catalog), allotment.id, random=Random(1))
    assert left(table, resized(table, catalog, allotment, 15).stock) == 0
    assert left(table, tier.stock) == 35
    with pytest.raises(BelowSoldUnits):
        edited(table, catalog, tier.id, ticket_limit=14)
    edited(table, catalog, tier.id, ticket_limit=15)


def test_an_allotment_is_of_one_tier_and_one_company(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    allotment = allot(table, catalog, 5)

    with pytest.raises(Invalid) as refused:
        handed_out(table, catalog, allotment, 1, tier_id=default_tier(catalog), company_id="fjord")
    assert fields(refused) == ["lines[0].tier_id", "company_id"]
    with pytest.raises(Invalid):
        handed_out(table, catalog, allotment, 1, allotment_id="nothing")
    with pytest.raises(Invalid):
        allot(table, catalog, 5, tier_id="nothing")
    block = allot(table, catalog, 5, company_id=None, title="Block")
    assert handed_out(table, catalog, block, 2, source="organizer", company_id=None).tickets == 2


def test_tickets_set_apart_in_a_draft_stay_so_when_its_limits_change(table: DynamoTable) -> None:
    draft = a_draft(table)
    a_new_tier(table, draft, **SOLD)
    draft = now_of(table, draft)
    allotment = allot(table, draft, 20)

    with pytest.raises(BelowSoldUnits):
        edited(table, draft, allotment.tier_id, ticket_limit=19)
    tier = edited(table, draft, allotment.tier_id, ticket_limit=25)
    assert left(table, tier.stock) == 5
    with pytest.raises(InUse):
        remove_tier(table, now_of(table, draft), allotment.tier_id)
