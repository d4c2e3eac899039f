"""Expressions of writes worked out in memory, as DynamoDB does, and never otherwise."""

from typing import Any

import pytest

from admit.acts.expression import holds, updated

ITEM = {"revision": 3, "status": "valid", "entries": 0, "seat_7": "o-1", "version": 4}


@pytest.mark.parametrize(
    ("condition", "values", "outcome"),
    [
        ("revision = :read", {"read": 3}, True),
        ("revision = :read", {"read": 4}, False),
        ("#status = :from AND entries = :none", {"from": "valid", "none": 0}, True),
        ("#status = :from AND entries = :none", {"from": "valid", "none": 1}, False),
        ("attribute_not_exists(taken) OR taken <= :room", {"room": 1}, True),
        ("(attribute_not_exists(revision) OR revision >= :units)", {"units": 4}, False),
        ("attribute_exists(#seat_7) AND NOT revision < :n", {"n": 3}, True),
        ("#status IN (:a, :b)", {"a": "valid", "b": "used"}, True),
        ("#status <> :to", {"to": "valid"}, False),
        ("missing <> :to", {"to": "valid"}, True),
        ("missing = :to", {"to": "valid"}, False),
        ("missing > :n", {"n": 1}, False),
        ("#status > :n", {"n": 1}, False),
    ],
)
def test_a_condition_is_true_or_false_of_an_item(
    condition: str, values: dict[str, Any], outcome: bool
) -> None:
    assert holds(condition, ITEM, values) is outcome


def test_of_an_item_that_is_not_there_nothing_exists() -> None:
    assert holds("attribute_not_exists(pk)", None, {})
    assert not holds("attribute_exists(pk)", None, {})
    assert holds(None, None, {})


def test_an_update_works_on_the_item_as_it_was() -> None:
    after = updated(
        "SET available = if_not_exists(available, :share) - :units, #seat_7 = :now,"
        " revision = revision + :one REMOVE #status ADD version :one, count :one",
        ITEM,
        {"share": 10, "units": 2, "now": "o-2", "one": 1},
    )

    assert after == {
        "revision": 4,
        "entries": 0,
        "seat_7": "o-2",
        "available": 8,
        "version": 5,
        "count": 1,
    }
    assert ITEM["status"] == "valid"


@pytest.mark.parametrize(
    "condition",
    [
        "size(revision) > :n",
        "contains(#status, :n)",
        "scans.#name = :n",
        "revision = :n revision",
        "(revision = :n",
    ],
)
def test_a_condition_that_is_not_known_is_refused(condition: str) -> None:
    with pytest.raises((ValueError, KeyError, IndexError)):
        holds(condition, ITEM, {"n": 3})


def test_an_update_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="not a clause"):
        updated("DELETE tags :tags", ITEM, {"tags": {"a"}})
