"""A hundred thousand codes that are none: nobody is admitted, and none of them costs a read."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from admit import ids
from admit.aws.table import DynamoTable
from admit.store import Item, Put
from admit.tickets.credential import CHARACTERS, Credential, Signer
from tests.builders import SIGNING_SECRET, an_event
from tests.engine.doors import a_device, scan, told

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
MOST = 100_000


class OnlyStrays:
    """A table that takes down what is no ticket; it has nothing else to give."""

    def __init__(self) -> None:
        self.kept: Counter[str] = Counter()

    def write(self, write: Put) -> Item:
        assert write.key.pk.startswith("STRAY#")
        self.kept[write.key.pk] += 1
        return write.item


def forged(random: Random, event_id: str) -> Iterator[str]:
    """Give texts that are no code of an event: random ones, and good ones with something turned."""
    signer = Signer(SIGNING_SECRET, event_id)
    for number in range(MOST):
        order_id = ids.order_id(event_id, str(number % 50))
        good = signer.sign(Credential(order_id, 1 + number % 9, number % 3))
        match number % 5:
            case 0:
                yield "".join(random.choices(ALPHABET, k=random.choice([0, 1, 3, CHARACTERS, 300])))
            case 1:
                yield random.randbytes(random.randrange(60)).decode("latin-1")
            case 2:
                yield good[: random.randrange(CHARACTERS)]
            case _:
                at = random.randrange(CHARACTERS)
                other = random.choice(ALPHABET.replace(good[at], ""))
                yield good[:at] + other + good[at + 1 :]


def test_none_of_a_hundred_thousand_forged_codes_admits_or_costs_a_read(table: DynamoTable) -> None:
    catalog = an_event(table)
    device = a_device(table, catalog)
    only_strays: Any = OnlyStrays()

    answers = Counter(
        told(scan(only_strays, catalog, device, credential=text))
        for text in forged(Random(45), catalog.event.id)
    )

    assert answers.keys() == {"invalid", "wrong_event"}
    assert answers.total() == MOST
    assert only_strays.kept.total() == MOST


def test_a_code_that_is_one_does_cost_a_write(table: DynamoTable) -> None:
    """The control: the same table has no answer for a code that is signed."""
    catalog = an_event(table)
    device = a_device(table, catalog)
    good = Signer(SIGNING_SECRET, catalog.event.id).sign(
        Credential(ids.order_id(catalog.event.id, "1"), 1, 0)
    )
    only_strays: Any = OnlyStrays()

    with pytest.raises(AssertionError):
        scan(only_strays, catalog, device, credential=good)
