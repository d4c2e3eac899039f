"""What bounds the model of a stock, and when a rush says that it was sold wrongly."""

import pytest

from admit.stock.stock import shards_for
from bench.model import CONTROL, LIMIT, TARGET, Case, Result, Row, kinds, simulate
from bench.rush import Attempt, Sale, Told, falsely_sold_out, summary

LIKELY_WINDOW = 0.004
ONE_TIER = Sale(tiers=(10,), capacity=100, attempts=2)
RESULT = Result(TARGET, busy=0, median_tries=1, p95_tries=1, sold_out=0, left=0, last_placed_at=1)


def test_a_shard_takes_half_as_many_orders_as_its_partition_has_write_units() -> None:
    assert shards_for(1_000) == 1
    assert simulate(Case(limit=1_000, window=0)).per_second == pytest.approx(500, rel=0.01)


def test_a_tier_on_one_shard_is_far_below_the_target() -> None:
    assert simulate(Case(limit=1_000, window=LIKELY_WINDOW)).per_second < TARGET / 10


@pytest.mark.parametrize("kind", [name for name in kinds(Case(LIMIT, LIKELY_WINDOW)) if name != CONTROL])
def test_100_000_tickets_reach_the_target(kind: str) -> None:
    result = simulate(kinds(Case(LIMIT, LIKELY_WINDOW))[kind])
    assert result.per_second > TARGET
    assert result.busy < 0.05


def test_at_a_long_window_the_target_is_reached_only_at_one_position() -> None:
    case = Case(LIMIT, window=0.008, capacity=LIMIT)
    assert simulate(case).per_second > TARGET
    assert simulate(case._replace(apart=True)).per_second < TARGET / 2


def test_a_sale_ends_with_every_ticket_sold_and_everyone_else_told_so() -> None:
    sale = Case(8_000, LIKELY_WINDOW, capacity=8_000, runs_out=True, offered=1_000, seconds=5)
    result = simulate(sale)
    assert result.left == 0
    assert result.sold_out > 0


def test_the_target_is_missed_only_where_it_is_judged_and_not_by_the_control() -> None:
    slow = RESULT._replace(per_second=TARGET - 1)
    row = Row(LIKELY_WINDOW, LIMIT, 96, {"event": slow, "none": RESULT, CONTROL: slow})
    assert row.missed == ["event"]
    assert row._replace(window=0.008).missed == []


def attempt(told: Told, units: int, begun: int, ended: int, tier: int = 0) -> Attempt:
    return Attempt(tier, units, begun, ended, told)


def test_sold_out_is_false_when_enough_was_left_all_the_time() -> None:
    placed = attempt(Told.PLACED, units=8, begun=0, ended=10)
    refused = attempt(Told.SOLD_OUT, units=2, begun=20, ended=30)
    assert falsely_sold_out(ONE_TIER, [placed, refused]) == [refused]
    assert falsely_sold_out(ONE_TIER, [placed, refused._replace(units=3)]) == []


def test_sold_out_is_not_false_when_others_may_have_taken_the_rest_meanwhile() -> None:
    placed = attempt(Told.PLACED, units=9, begun=25, ended=40)
    refused = attempt(Told.SOLD_OUT, units=2, begun=20, ended=30)
    assert falsely_sold_out(ONE_TIER, [placed, refused]) == []
    assert falsely_sold_out(ONE_TIER, [placed._replace(begun=31), refused]) == [refused]


def test_sold_out_is_not_false_when_other_tiers_have_filled_the_event() -> None:
    sale = Sale(tiers=(10, 10), capacity=12, attempts=3)
    placed = [attempt(Told.PLACED, units=9, begun=0, ended=10), attempt(Told.PLACED, 2, 0, 10, tier=1)]
    refused = attempt(Told.SOLD_OUT, units=2, begun=20, ended=30, tier=1)
    assert falsely_sold_out(sale, [*placed, refused]) == []
    assert falsely_sold_out(sale, [*placed, refused._replace(units=1)]) == [refused._replace(units=1)]


@pytest.mark.parametrize(
    ("left", "capacity", "wrong"),
    [
        ([2, 92], 100, []),
        ([1, 92], 100, ["placed and left are not the stock"]),
        ([2, 91], 100, ["placed and left are not the stock"]),
        ([2, -1], 7, ["placed and left are not the stock"]),
    ],
)
def test_a_rush_that_does_not_add_up_is_named(left: list[int], capacity: int, wrong: list[str]) -> None:
    history = [attempt(Told.PLACED, 4, 0, 10), attempt(Told.PLACED, 4, 5, 15)]
    sale = ONE_TIER._replace(capacity=capacity)
    assert summary(sale, history, shards=[1, 1], left=left).wrong == wrong
