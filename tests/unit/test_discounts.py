"""Discounts: what is off, of which lines, when, for whom, and that the best one wins alone."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from admit.catalog.catalog import Catalog
from admit.catalog.discount import Discount, DiscountSettings
from admit.errors import UnknownCode
from admit.orders.place import Draft, draft_by_buyer
from admit.orders.price import Customer, Priced
from admit.stock.stock import Stock
from tests.builders import NOW, later
from tests.unit.test_quote import CARD, a_catalog, a_price, a_request, a_tier, faults, lines, priced

TIERS = (
    a_tier("pass", a_price("p", 12_500, CARD)),
    a_tier("talk", a_price("q", 2_000, CARD)),
    a_tier("dinner", a_price("r", 333, CARD)),
)


def a_discount(discount_id: str, **fields: Any) -> Discount:
    body = {
        "title": discount_id.title(),
        "id": discount_id,
        "event_id": "event-1",
        "uses": Stock.opened(f"{discount_id}#uses", fields.get("use_limit")),
        "tickets": Stock.opened(f"{discount_id}#tickets", fields.get("ticket_limit")),
    }
    return Discount.model_validate(body | fields)


def with_discounts(*discounts: Discount, currency: str = "EUR") -> Catalog:
    tiers = TIERS if currency == "EUR" else (a_tier("pass", a_price("p", 12_340, CARD, currency=currency)),)
    catalog = a_catalog(*tiers, currency=currency)
    return Catalog(**{**vars(catalog), "discounts": {one.id: one for one in discounts}})


def off(priced: Priced) -> list[int]:
    return [line.discount for line in priced.lines]


def used(priced: Priced) -> str | None:
    return priced.discount.id if priced.discount else None


def lowered(*wanted: tuple[str, int], **discount: Any) -> list[int]:
    """Return what one automatic discount takes off each line."""
    return off(priced(*wanted, catalog=with_discounts(a_discount("sale", **discount))))


# --- kinds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "wanted", "taken_off"),
    [
        ("10", [("pass", 2)], [2_500]),
        ("100", [("pass", 1), ("talk", 1)], [12_500, 2_000]),
        ("50", [("dinner", 1)], [167]),  # 166.5
        ("50", [("dinner", 3)], [500]),  # 499.5 of the line, not three times 167
        ("12.5", [("dinner", 4)], [167]),  # 166.5
    ],
)
def test_a_share_is_off_each_line_rounded_half_up(
    percent: str, wanted: list[tuple[str, int]], taken_off: list[int]
) -> None:
    assert lowered(*wanted, percent=percent) == taken_off


def test_an_amount_is_off_each_ticket_down_to_nothing() -> None:
    assert lowered(("pass", 2), ("dinner", 3), amount={"amount": 500, "currency": "EUR"}) == [1_000, 999]


@pytest.mark.parametrize(
    ("wanted", "taken_off"),
    [
        ([("talk", 2)], [0]),
        ([("talk", 3)], [2_000]),
        ([("talk", 5)], [2_000]),
        ([("talk", 6)], [4_000]),
        ([("pass", 2), ("talk", 1)], [0, 2_000]),
        ([("talk", 1), ("pass", 1), ("dinner", 1)], [0, 0, 333]),
        ([("pass", 1), ("talk", 2), ("dinner", 1)], [0, 2_000, 0]),
    ],
)
def test_three_for_two_frees_the_cheapest_of_every_three(
    wanted: list[tuple[str, int]], taken_off: list[int]
) -> None:
    assert lowered(*wanted, buy=3, pay=2) == taken_off


def test_five_for_three_frees_two() -> None:
    assert lowered(("talk", 5), buy=5, pay=3) == [4_000]


def test_what_is_off_in_three_decimals_can_still_be_charged() -> None:
    catalog = with_discounts(a_discount("sale", percent="12.5"), currency="KWD")

    given = priced(("pass", 1), catalog=catalog)

    assert (off(given), given.total) == ([1_540], 10_800)  # 1542.5 to the next ten fils
    assert given.total % 10 == 0


# --- scope, window, minimum -------------------------------------------------------------------------------


def test_a_discount_of_some_tiers_leaves_the_others() -> None:
    wanted = [("pass", 1), ("talk", 1)]
    assert lowered(*wanted, percent="10", tier_ids=["talk"]) == [0, 200]
    assert lowered(*wanted, percent="10", tier_ids=["dinner"]) == [0, 0]


def test_a_discount_is_valid_from_its_first_moment_until_its_last() -> None:
    discount = a_discount("sale", percent="10", valid_from=later(1), valid_until=later(2))
    catalog = with_discounts(discount)

    def at(minutes: int) -> list[int]:
        return off(priced(("talk", 1), catalog=catalog, now=later(minutes)))

    assert [at(minutes) for minutes in (0, 1, 2)] == [[0], [200], [0]]
    assert lowered(("talk", 1), percent="10", active=False) == [0]


def test_a_minimum_counts_the_tickets_that_the_discount_is_for() -> None:
    minimum = {"percent": "10", "tier_ids": ["talk"], "min_tickets": 3}
    assert lowered(("talk", 2), ("pass", 5), **minimum) == [0, 0]
    assert lowered(("talk", 3), ("pass", 1), **minimum) == [600, 0]
    assert lowered(("talk", 1), ("talk", 2), **minimum) == [200, 400]


# --- codes ------------------------------------------------------------------------------------------------


def test_a_code_lowers_only_who_gives_it_in_any_case() -> None:
    catalog = with_discounts(a_discount("early", code="Early27", percent="10"))

    assert off(priced(("talk", 1), catalog=catalog)) == [0]
    given = priced(("talk", 1), catalog=catalog, codes=["EARLY27"])
    assert (off(given), used(given)) == ([200], "early")


@pytest.mark.parametrize(
    "fields",
    [{"tier_ids": ["pass"]}, {"min_tickets": 2}, {"valid_until": NOW}, {"active": False}, {"percent": "0"}],
)
def test_a_code_that_lowers_none_of_the_lines_is_refused_and_never_ignored(fields: dict[str, Any]) -> None:
    catalog = with_discounts(a_discount("early", **({"code": "EARLY", "percent": "10"} | fields)))

    with pytest.raises(UnknownCode) as refused:
        priced(("talk", 1), catalog=catalog, codes=["early"])

    assert faults(refused.value) == ["code"]


# --- which one --------------------------------------------------------------------------------------------


def test_the_discount_that_saves_most_wins_alone() -> None:
    ten = a_discount("ten", percent="10")
    three = a_discount("three", amount={"amount": 300, "currency": "EUR"})
    catalog = with_discounts(ten, three)

    def best(*wanted: tuple[str, int]) -> tuple[str | None, list[int]]:
        given = priced(*wanted, catalog=catalog)
        return used(given), off(given)

    assert best(("talk", 1)) == ("three", [300])
    assert best(("pass", 1)) == ("ten", [1_250])
    assert best(("pass", 1), ("talk", 1)) == ("ten", [1_250, 200])


def test_a_code_gives_way_to_an_automatic_discount_that_saves_more() -> None:
    code, automatic = a_discount("code", code="TEN", percent="10"), a_discount("half", percent="50")
    catalog = with_discounts(code, automatic)

    given = priced(("talk", 1), catalog=catalog, codes=["ten"])

    assert (used(given), given.total) == ("half", 1_000)


def test_of_equal_discounts_the_code_is_used_and_else_the_first() -> None:
    first, second = a_discount("a", percent="10"), a_discount("b", percent="10")
    code = a_discount("c", code="TEN", percent="10")
    catalog = with_discounts(second, first, code)

    assert used(priced(("talk", 1), catalog=catalog)) == "a"
    assert used(priced(("talk", 1), catalog=catalog, codes=["ten"])) == "c"


@pytest.mark.parametrize("left", [{"sale#uses": 0}, {"sale#uses": 9, "sale#tickets": 1}])
def test_an_automatic_discount_that_is_used_up_is_no_more_and_hinders_nobody(left: dict[str, int]) -> None:
    catalog = with_discounts(a_discount("sale", percent="10", use_limit=9, ticket_limit=20))

    assert off(priced(("talk", 2), catalog=catalog, left=lambda: left)) == [0]
    assert off(priced(("talk", 2), catalog=catalog)) == [400]


@pytest.mark.parametrize("limit", ["use_limit_per", "ticket_limit_per"])
def test_a_limit_per_guest_needs_a_code(limit: str) -> None:
    fields = {"title": "Sale", "percent": "10", limit: 1}
    with pytest.raises(ValidationError, match="need a code"):
        DiscountSettings.model_validate(fields)
    DiscountSettings.model_validate(fields | {"code": "TEN"})


def test_an_organizers_order_has_no_discount() -> None:
    catalog = with_discounts(a_discount("sale", percent="10"))
    assert off(priced(("talk", 1), catalog=catalog, by_organizer=True)) == [0]


# --- what an order takes of it ----------------------------------------------------------------------------


def drafted(**limits: int) -> Draft:
    sale = a_discount("sale", code="TEN", percent="10", tier_ids=["pass"], **limits)
    request = a_request(total={"amount": 24_500, "currency": "EUR"}, lines=lines(("pass", 2), ("talk", 1)))
    return draft_by_buyer(with_discounts(sale), request, "order-1", Customer(codes=["ten"]), NOW)


def test_an_order_uses_a_discount_once_and_for_the_tickets_that_it_lowers() -> None:
    draft = drafted(use_limit=5)
    of_discount = {stock.id: units for stock, units in draft.wanted.items() if "#" in stock.id}

    assert of_discount == {"sale#uses": 1, "sale#tickets": 2}
    assert draft.order.applied_discount is not None
    assert (draft.order.applied_discount.id, draft.order.discount) == ("sale", 2_500)


def test_a_discount_that_limits_each_guest_counts_his_orders_and_tickets() -> None:
    allowances = drafted(use_limit_per=1, ticket_limit_per=4).order.allowances

    assert [(one.scope, one.units, one.most) for one in allowances] == [
        ("pass", 2, None),
        ("talk", 1, None),
        ("event-1", 3, None),
        ("sale#uses", 1, 1),
        ("sale#tickets", 2, 4),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"percent": "10", "buy": 3, "pay": 2},
        {"percent": "10", "amount": {"amount": 1, "currency": "EUR"}},
        {"percent": "101"},
        {"percent": "1.234"},
        {"buy": 3},
        {"buy": 3, "pay": 3},
        {"pay": 2},
        {"amount": {"amount": 1_234, "currency": "KWD"}},
        {"percent": "10", "valid_from": later(1), "valid_until": later(1)},
        {"percent": "10", "code": "two words"},
    ],
)
def test_a_discount_that_can_not_be_right_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DiscountSettings.model_validate({"title": "Sale", **fields})


def test_a_share_is_kept_as_it_was_written() -> None:
    discount = a_discount("sale", percent="7.70")
    assert discount.percent == Decimal("7.7")
    assert discount.attributes()["percent"] == "7.7"
