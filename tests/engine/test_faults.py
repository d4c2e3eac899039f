"""What no emulator ever answers is injected at the client: conflicts, throttles, answers that get lost."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from admit.aws.table import DynamoTable
from admit.errors import SoldOut
from admit.orders.order import OrderStatus, load_order
from admit.orders.release import release
from admit.stock.stock import left_in
from admit.store import Contention, Item, Key, Update
from tests.builders import NOW, a_name, a_price, an_event, an_order, other_tier
from tests.engine.dynamodb_local import client

WORKSHOP = {"title": "Workshop", "prices": [a_price(0)], "ticket_limit": 5}


class Faulty:
    """A client whose chosen operation fails as often as told, before or after it took place."""

    def __init__(self, real: Any, operation: str, errors: list[Exception], *, after: bool = False) -> None:
        self._real = real
        self._operation = operation
        self._errors = errors
        self._after = after
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name != self._operation:
            return real

        def call(**request: Any) -> Any:
            self.calls += 1
            if not self._errors:
                return real(**request)
            if self._after:
                real(**request)
            raise self._errors.pop(0)

        return call


def cancelled(*codes: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(answer, "TransactWriteItems")


def throttled() -> ClientError:
    answer: Any = {"Error": {"Code": "ThrottlingException", "Message": "too fast"}}
    return ClientError(answer, "TransactWriteItems")


@pytest.fixture
def real(endpoint: str) -> Iterator[Any]:
    made = client(endpoint)
    yield made
    made.close()


def faulty_table(name: str, faulty: Faulty, pauses: list[float]) -> DynamoTable:
    return DynamoTable(faulty, name, sleep=pauses.append)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [cancelled("None", "TransactionConflict"), throttled()])
def test_a_conflict_that_passes_is_retried_with_growing_pauses(
    real: Any, table: DynamoTable, table_name: str, error: Exception
) -> None:
    catalog = an_event(table, WORKSHOP)
    pauses: list[float] = []
    faulty = Faulty(real, "transact_write_items", [error] * 3)

    order = an_order(faulty_table(table_name, faulty, pauses), catalog, tier_id=other_tier(catalog))

    assert load_order(table, order.id).status is OrderStatus.SETTLED
    assert faulty.calls == 4
    assert len(pauses) == 3
    assert left_in(table, catalog.limits()) == {other_tier(catalog): 4}


def test_contention_that_outlasts_the_retries_is_never_called_sold_out(
    real: Any, table: DynamoTable, table_name: str
) -> None:
    catalog = an_event(table, WORKSHOP)
    faulty = Faulty(real, "transact_write_items", [cancelled("None", "TransactionConflict")] * 99)

    with pytest.raises(Contention):
        an_order(faulty_table(table_name, faulty, []), catalog, tier_id=other_tier(catalog))

    assert left_in(table, catalog.limits()) == {other_tier(catalog): 5}


def test_what_comes_back_while_the_shards_are_read_is_never_called_sold_out(
    table: DynamoTable, table_name: str
) -> None:
    catalog = an_event(table, WORKSHOP | {"prices": [a_price(2_000, "card")]})
    held = an_order(table, catalog, tier_id=other_tier(catalog), quantity=5, method="card")

    class Meanwhile(DynamoTable):
        """The hold that took everything ends between two looks at the shards."""

        looks = 0

        def get_many(self, keys: Sequence[Key]) -> list[Item]:
            seen = super().get_many(keys)
            self.looks += 1
            if self.looks == 1:
                release(table, held, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)
            return seen

    meanwhile = Meanwhile(table._client, table_name)
    order = an_order(meanwhile, catalog, tier_id=other_tier(catalog), quantity=5, method="card")

    assert order.tickets == 5
    assert left_in(table, catalog.limits()) == {other_tier(catalog): 0}
    with pytest.raises(SoldOut):
        an_order(table, catalog, tier_id=other_tier(catalog), method="card")


def test_shards_that_never_stand_still_are_never_called_sold_out(table: DynamoTable, table_name: str) -> None:
    catalog = an_event(table, WORKSHOP)
    an_order(table, catalog, tier_id=other_tier(catalog), quantity=5)
    shard = catalog.tiers[other_tier(catalog)].stock.key(0)

    class Restless(DynamoTable):
        """Somebody takes a ticket and gives it back whenever the shards are read."""

        def get_many(self, keys: Sequence[Key]) -> list[Item]:
            seen = super().get_many(keys)
            table.write(Update(shard, "ADD version :two", condition=None, values={"two": 2}))
            return seen

    with pytest.raises(Contention):
        an_order(Restless(table._client, table_name), catalog, tier_id=other_tier(catalog))


def test_an_order_whose_answer_got_lost_is_found_by_the_same_request(
    real: Any, table: DynamoTable, table_name: str
) -> None:
    catalog = an_event(table, WORKSHOP)
    key = a_name("key")
    lost = ReadTimeoutError(endpoint_url="http://nowhere")
    faulty = Faulty(real, "transact_write_items", [lost], after=True)
    with pytest.raises(ReadTimeoutError):
        an_order(faulty_table(table_name, faulty, []), catalog, key, tier_id=other_tier(catalog))

    order = an_order(table, catalog, key, tier_id=other_tier(catalog))

    assert order.status is OrderStatus.SETTLED
    assert left_in(table, catalog.limits()) == {other_tier(catalog): 4}


def test_an_error_that_is_not_passing_is_not_retried(real: Any, table: DynamoTable, table_name: str) -> None:
    catalog = an_event(table, WORKSHOP)
    denied: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    faulty = Faulty(real, "transact_write_items", [ClientError(denied, "TransactWriteItems")])

    with pytest.raises(ClientError):
        an_order(faulty_table(table_name, faulty, []), catalog, tier_id=other_tier(catalog))

    assert faulty.calls == 1
