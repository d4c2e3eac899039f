"""What bounds the model of a stock, and when a rush says that it was sold wrongly."""

import pytest

from bench.model import TARGET, Case, simulate
from bench.rush import Attempt, Told, falsely_sold_out, summary

LIKELY_WINDOW = 0.004


def test_a_shard_takes_half_as_many_orders_as_its_partition_has_write_units() -> None:
    assert simulate(Case(shards=1, window=0)).per_second == pytest.approx(500, rel=0.01)


def test_a_tier_on_one_shard_is_far_below_the_target() -> None:
    assert simulate(Case(shards=1, window=LIKELY_WINDOW)).per_second < TARGET / 10


@pytest.mark.parametrize("window", [0.002, 0.004, 0.008])
def test_100_000_tickets_on_96_shards_reach_the_target(window: float) -> None:
    result = simulate(Case(shards=96, window=window))
    assert result.per_second > TARGET
    assert result.busy < 0.05


def test_with_the_event_the_target_is_reached_only_on_the_same_shards() -> None:
    apart = Case(shards=96, window=0.008, event_shards=96)
    assert simulate(apart).per_second < TARGET / 2
    assert simulate(apart._replace(same_shard=True)).per_second > TARGET


def test_a_sale_ends_with_every_ticket_sold_and_everyone_else_told_so() -> None:
    sale = Case(shards=8, window=LIKELY_WINDOW, tickets=800, offered=200, seconds=4)
    result = simulate(sale)
    assert result.left == 0
    assert result.sold_out > 0


def attempt(told: Told, units: int, begun: int, ended: int) -> Attempt:
    return Attempt(units, begun, ended, told)


def test_sold_out_is_false_when_enough_was_left_all_the_time() -> None:
    placed = attempt(Told.PLACED, units=8, begun=0, ended=10)
    refused = attempt(Told.SOLD_OUT, units=2, begun=20, ended=30)
    assert falsely_sold_out([placed, refused], stock=10) == [refused]
    assert falsely_sold_out([placed, refused._replace(units=3)], stock=10) == []


def test_sold_out_is_not_false_when_others_may_have_taken_the_rest_meanwhile() -> None:
    placed = attempt(Told.PLACED, units=9, begun=25, ended=40)
    refused = attempt(Told.SOLD_OUT, units=2, begun=20, ended=30)
    assert falsely_sold_out([placed, refused], stock=10) == []
    assert falsely_sold_out([placed._replace(begun=31), refused], stock=10) == [refused]


@pytest.mark.parametrize(
    ("left", "stock", "wrong"),
    [
        (2, 10, []),
        (1, 10, ["placed and left are not the stock"]),
        (-1, 7, ["sold over"]),
    ],
)
def test_a_rush_that_does_not_add_up_is_named(left: int, stock: int, wrong: list[str]) -> None:
    history = [attempt(Told.PLACED, 4, 0, 10), attempt(Told.PLACED, 4, 5, 15)]
    assert summary(history, stock=stock, shards=1, left=left).wrong == wrong
