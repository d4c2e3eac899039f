"""What no emulator ever answers is injected at the client: conflicts, throttles, answers that get lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from admit.aws.table import DynamoTable
from admit.errors import SoldOut
from admit.orders.order import OrderStatus, load_order
from admit.stock.shard import left_in
from admit.store import Contention
from tests.builders import a_name, a_price, an_event, an_order, other_tier
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
    assert left_in(table, sorted(catalog.stocks())) == {other_tier(catalog): 4}


def test_contention_that_outlasts_the_retries_is_never_called_sold_out(
    real: Any, table: DynamoTable, table_name: str
) -> None:
    catalog = an_event(table, WORKSHOP)
    faulty = Faulty(real, "transact_write_items", [cancelled("None", "TransactionConflict")] * 99)

    with pytest.raises(Contention):
        an_order(faulty_table(table_name, faulty, []), catalog, tier_id=other_tier(catalog))

    assert left_in(table, sorted(catalog.stocks())) == {other_tier(catalog): 5}


def test_a_snapshot_that_conflicts_is_taken_again_before_anything_is_said(
    real: Any, table: DynamoTable, table_name: str
) -> None:
    catalog = an_event(table, WORKSHOP)
    an_order(table, catalog, tier_id=other_tier(catalog), quantity=5)
    faulty = Faulty(real, "transact_get_items", [cancelled("TransactionConflict")] * 2)

    with pytest.raises(SoldOut):
        an_order(faulty_table(table_name, faulty, []), catalog, tier_id=other_tier(catalog))

    assert faulty.calls == 3


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
    assert left_in(table, sorted(catalog.stocks())) == {other_tier(catalog): 4}


def test_an_error_that_is_not_passing_is_not_retried(real: Any, table: DynamoTable, table_name: str) -> None:
    catalog = an_event(table, WORKSHOP)
    denied: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    faulty = Faulty(real, "transact_write_items", [ClientError(denied, "TransactWriteItems")])

    with pytest.raises(ClientError):
        an_order(faulty_table(table_name, faulty, []), catalog, tier_id=other_tier(catalog))

    assert faulty.calls == 1
