from collections.abc import Iterator
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from tests.builders import a_name
from tests.engine.api import Api, serving
from tests.engine.dynamodb_local import client, create_table, dynamodb_local


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with dynamodb_local() as address:
        yield address


@pytest.fixture(scope="session")
def dynamodb(endpoint: str) -> Iterator[Any]:
    made = client(endpoint, connections=64)
    yield made
    made.close()


@pytest.fixture(scope="module")
def table_name(dynamodb: Any) -> str:
    name = a_name("admit")
    create_table(dynamodb, name)
    return name


@pytest.fixture
def table(dynamodb: Any, table_name: str) -> DynamoTable:
    return DynamoTable(dynamodb, table_name)


@pytest.fixture
def empty_table(dynamodb: Any) -> DynamoTable:
    """A table of the test's own, for what reads across orders and events."""
    name = a_name("admit")
    create_table(dynamodb, name)
    return DynamoTable(dynamodb, name)


@pytest.fixture
def api(table: DynamoTable) -> Iterator[Api]:
    """A client of the whole API on the table of this module."""
    with serving(table) as client:
        yield client
