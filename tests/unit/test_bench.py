"""What the benchmark counts by itself, and when it says that a target is missed."""

from typing import Any

import pytest

from bench.charges import transacted, write_units
from bench.measure import Measured
from bench.operations import Target


def an_image(**attributes: str) -> dict[str, Any]:
    return {"pk": {"S": "ORDER#1"}, "sk": {"S": "ORDER"}} | {
        name: {"S": value} for name, value in attributes.items()
    }


def measured(**overrides: Any) -> Measured:
    fields: dict[str, Any] = {
        "name": "scan",
        "target": Target(requests=1, writes=1, write_units=2, read_units=1),
        "requests": 1,
        "writes": 1,
        "read_units": 0.0,
        "write_units": {"table": 1.0, "gsi1": 1.0},
        "other_calls": {},
        "own_milliseconds": 1.0,
        "bare_milliseconds": 1.0,
    }
    return Measured(**fields | overrides)


def test_a_write_is_charged_a_unit_for_each_kilobyte_begun() -> None:
    bare = len("pk" + "ORDER#1" + "sk" + "ORDER" + "text")
    assert write_units(None) == 1
    assert write_units(an_image(text="x" * (1024 - bare))) == 1
    assert write_units(an_image(text="x" * (1025 - bare))) == 2


def test_a_transaction_pays_twice_by_the_larger_of_the_images() -> None:
    assert transacted(an_image(text="x" * 1500), an_image()) == {"table": 4}


def test_an_index_is_charged_only_when_its_entry_changes() -> None:
    old = an_image(gsi1pk="a", gsi1sk="b", gsi2pk="a", gsi2sk="b", gsi3pk="a", gsi3sk="b")
    new = an_image(gsi1pk="a", gsi1sk="b", gsi2pk="a", gsi2sk="c")
    assert transacted(old, new) == {"table": 2, "gsi2": 4, "gsi3": 2}


@pytest.mark.parametrize(
    ("cost", "over"),
    [
        ({}, []),
        ({"requests": 2}, ["requests"]),
        ({"writes": 2}, ["writes"]),
        ({"write_units": {"table": 2.0, "gsi1": 1.0}}, ["write_units"]),
        ({"read_units": 1.5}, ["read_units"]),
    ],
)
def test_a_count_above_its_target_is_named(cost: dict[str, Any], over: list[str]) -> None:
    assert measured(**cost).over == over
