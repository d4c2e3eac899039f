"""What DynamoDB charges for a transaction's writes, counted from the items before and after it.

DynamoDB Local answers something for a transaction that is neither the sum of its writes nor what AWS charges:
https://github.com/awslabs/amazon-dynamodb-local-samples/issues/31. The rules are Amazon's, a transaction pays
twice what its writes alone would: read-write-operations.html, CapacityUnitCalculations.html and GSI.html of
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from local.template import load

type Image = Mapping[str, Any]

_INDEXES = ("gsi1", "gsi2", "gsi3", "gsi4")


def transacted(before: Image | None, after: Image | None) -> Counter[str]:
    """Return the write units of one item of a transaction, by index; a mere check is charged as a write."""
    units = Counter({"table": 2 * max(write_units(before), write_units(after))})
    for index in _INDEXES:
        old, new = _entry(before, index), _entry(after, index)
        if old is None or new is None or old.key != new.key:
            # An entry that moves is deleted and put.
            units[index] = 2 * sum(entry is not None for entry in (old, new))
        elif old != new:
            units[index] = 2
    units += Counter()  # without the indexes that nothing is written to
    return units


def write_units(image: Image | None) -> int:
    """Return what a single write of an item is charged: a unit for each kilobyte begun."""
    return max(1, math.ceil(_size(image or {}) / 1024))


class _Entry(NamedTuple):
    key: tuple[Any, Any]
    projected: tuple[Any, ...]


def _entry(image: Image | None, index: str) -> _Entry | None:
    pk, sk = (image or {}).get(f"{index}pk"), (image or {}).get(f"{index}sk")
    if image is None or pk is None or sk is None:
        return None
    return _Entry((pk, sk), tuple(image.get(name) for name in _projections()[index]))


@cache
def _projections() -> Mapping[str, Sequence[str]]:
    """Return what each index keeps of an item beside its keys."""
    indexes = load()["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
    return {index["IndexName"]: index["Projection"].get("NonKeyAttributes", []) for index in indexes}


def _size(image: Image) -> int:
    return sum(len(name.encode()) + _size_of(value) for name, value in image.items())


def _size_of(typed: Image) -> int:
    """Return the size of an attribute's value in bytes, as DynamoDB counts it."""
    [(kind, value)] = typed.items()
    match kind:
        case "S":
            return len(str(value).encode())
        case "N":
            return 1 + math.ceil(len(value.strip("-0.")) / 2) + int(value.startswith("-"))
        case "L":
            return 3 + sum(1 + _size_of(element) for element in value)
        case "M":
            return 3 + len(value) + _size(value)
        case "BOOL" | "NULL":
            return 1
    raise ValueError(f"the table holds nothing of the kind {kind}")
